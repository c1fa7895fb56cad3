"""Merge the dims of a kernel into loops, and partition the loops into tasks.

The partition depends only on sizes and strides, never on the number of threads, so results have the
same bits on any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.compile.accesses import Affine
from dovetail.compile.loops import MASKED_ROW, SHORT_ROW, Access, Nest
from dovetail.compile.steps import Buffer, Kernel

# A task should take some ten microseconds; more rows than this in one outer sum would
# lose precision in float32, and a sum over more tasks costs more partial results.
TASK_ELEMENTS = 16_384
CHEAP_TASK_ELEMENTS = 65_536  # for kernels bound by memory without sums over tasks
WHOLE_VECTORS = 64  # the columns of a task are a multiple of this
OUTER_BLOCK_ROWS = 256
FEWEST_OUTER_ROWS = 16
ENOUGH_TASKS = 64  # above this number of tasks, larger tasks with fewer partial results are better
TILE_COLUMNS = 256
FEWEST_LANES = 1024
BALANCE_THREADS = (
    8  # threads (or multiples of this number) that should get equal shares of the tasks
)


@dataclass
class Dim:
    """Adjacent dims of a kernel, merged into one loop."""

    members: list[int]
    extent: int


@dataclass
class Loops:
    """The loops of a nest, outermost first."""

    parallel: list[Dim]
    rows: list[Dim]
    outer: list[Dim]
    inner: Dim
    transposed: bool = False

    @property
    def short(self) -> bool:
        """Whether there are rows, and they are too short for interleaved vectors."""
        return bool(self.rows) and not self.transposed and self.inner.extent <= MASKED_ROW

    @property
    def columns(self) -> frozenset[int]:
        """The dims of the kernel that are columns."""
        dims = self.outer if self.transposed else [*self.outer, self.inner]
        return frozenset(member for dim in dims for member in dim.members)

    @property
    def ordered(self) -> list[Dim]:
        return [*self.parallel, *self.rows, *self.outer]


def arrange(kernel: Kernel, affine: Sequence[Affine], transposable: bool) -> Loops:
    """Parallel, row and column loops; adjacent dims merge where every access allows it."""

    def merged(dims: Sequence[int]) -> list[Dim]:
        result: list[Dim] = []
        for dim in dims:
            extent = kernel.shape[dim]
            if (
                result
                and dim - 1 == result[-1].members[-1]
                and all(a.strides[dim - 1] == a.strides[dim] * extent for a in affine)
            ):
                result[-1].members.append(dim)
                result[-1].extent *= extent
            else:
                result.append(Dim([dim], extent))
        return result

    parallel = merged(sorted(kernel.parallel))
    if kernel.columns:
        rows, columns = merged(sorted(kernel.rows)), merged(sorted(kernel.columns))
    else:
        free = merged(sorted(frozenset(range(len(kernel.shape))) - kernel.parallel))
        rows, columns = free[:-1], free[-1:]
    short = (
        transposable
        and not parallel
        and len(rows) == len(columns) == 1
        and columns[0].extent <= SHORT_ROW
        and rows[0].extent >= columns[0].extent
    )
    if short:  # too short for vectors, but enough rows for rows as vector lanes
        return Loops([], [], columns, rows[0], transposed=True)
    return Loops(parallel, rows, columns[:-1], columns[-1] if columns else Dim([], 1))


def access_of(affine: Affine, inner: Dim, buffers: list[Buffer]) -> Access:
    """An access of a nest, classified by its stride along the inner loop."""
    stride = affine.strides[inner.members[-1]] if inner.members else 0
    unit = 1 if affine.buffer is None else affine.dtype.itemsize
    kind = "zero" if stride == 0 else "unit" if stride == unit else "general"
    buffer = None if affine.buffer is None else buffers.index(affine.buffer)
    return Access(buffer, affine.dtype, kind, affine.axis_words is not None)


def even(count: int, block: int, multiple: int = 1) -> int:
    """A block size of at most `block`, rounded to `multiple`, for parts of equal size.

    The number of parts is rounded to 2, 4 or a multiple of 8, so that threads get equal shares.
    """
    parts = max(1, -(-count // block))
    parts = (
        2 ** (parts - 1).bit_length()
        if parts < BALANCE_THREADS
        else -(-parts // BALANCE_THREADS) * BALANCE_THREADS
    )
    return max(1, -(-count // (parts * multiple)) * multiple)


def words_of(
    nest: Nest, loops: Loops, affine: Sequence[Affine], integers: list[int], whole_rows: bool
) -> list[int]:
    """The run-time words of a nest: counts and blocks, extents, accesses, integers."""
    parallel, rows, outer = (
        math.prod(dim.extent for dim in dims) for dims in (loops.parallel, loops.rows, loops.outer)
    )
    length = max(1, loops.inner.extent)
    outer_sums = any(partial.kind == "outer" for partial in nest.partials)
    strided = any(a.inner == "general" and a.buffer is not None for a in nest.accesses)
    cheap = nest.is_bound_by_memory and not nest.partials
    most = CHEAP_TASK_ELEMENTS if cheap else TASK_ELEMENTS
    column_block = length
    if nest.transposed:
        column_block = min(length, max(FEWEST_LANES, most // max(1, outer)))
    elif not whole_rows and outer <= 1:
        narrow = outer_sums or (strided and bool(loops.rows))
        column_block = min(length, TILE_COLUMNS if narrow else most)
    row_block = max(1, most // max(1, column_block * outer))
    if outer_sums:  # enough rows that partial results are small compared with the input
        row_block = max(row_block, FEWEST_OUTER_ROWS, rows // ENOUGH_TASKS)
        row_block = min(row_block, OUTER_BLOCK_ROWS)
    if any(
        item.index is not None for loop in nest.loops for item in loop.stores
    ):  # additions may collide: one task
        row_block = max(1, rows)
    if column_block < length:
        column_block = even(length, column_block, WHOLE_VECTORS)
    row_block = even(rows, row_block)
    words = [
        parallel, rows, outer, loops.inner.extent,
        row_block, -(-rows // row_block), column_block, -(-length // column_block),
    ]  # fmt: skip
    words += [dim.extent for dim in loops.ordered]
    for access in affine:
        words.append(access.offset)
        words += [
            access.strides[dim.members[-1]] if dim.members else 0
            for dim in (*loops.ordered, loops.inner)
        ]
        words += access.axis_words or ()
    return words + integers


def partial_bytes(nest: Nest, words: Sequence[int]) -> int:
    """Bytes of the partial results of all tasks, eight for each value."""
    parallel, _, outer, _, _, row_blocks, column_block, column_blocks = words[:8]
    per_task = sum(8 * (outer * column_block if partial.kind == "outer" else 1)
                   for partial in nest.partials)  # fmt: skip
    return per_task * parallel * row_blocks * column_blocks
