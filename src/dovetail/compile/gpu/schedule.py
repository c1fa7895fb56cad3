"""How the loops of a nest are laid over blocks and threads.

A group of lanes, a power of two up to the threads of a block, works on a row: each lane on `width`
adjacent columns, then on those one tile further. A block has as many groups as fit, and the blocks
of a grid lie over tiles of columns (x), groups of rows (y) and parallel points (z). Every loop goes
on from where the grid ends, so any grid computes the whole. How many lanes and blocks there are
follows from the sizes alone, and is given to the launch: the code is the same for all sizes.

A scatter has owners: a group goes over all rows in order, and stores at the places along the axis
that are its own, a share of all. So what meets at a place is added in the order of the rows.

A row with reductions belongs to one group: to some lanes of a warp, or to a block of more threads
the longer it is. What later passes over the row need again stays in shared memory. A row that is
too long for one block's is divided over the blocks of a cluster, each of which has a part of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from dovetail.compile.gpu.target import Target
from dovetail.compile.loops import HEADER, Access, Nest
from dovetail.errors import UnsupportedError

WARP = 32
THREADS = 256
WARP_ROWS_THREADS = 128  # of a block whose rows belong to warps
FEWEST_THREADS, MOST_THREADS = 64, 1024  # of a block that works on one row
MOST_BUSY_THREADS = 512  # of one with much arithmetic, which needs registers
BUSY = 24  # instructions from which arithmetic is much
CHUNKS = 2  # times that each lane goes over a row, about
ACCESS_BYTES = 16  # the widest load of a thread
WIDEST = 8  # elements that a thread computes from one access
AT_ONCE = 160  # instructions that are written side by side, so that code is made fast
FUNCTION = 9  # a transcendental function counts as so many more
MOST_X, MOST_Y = 2**31 - 1, 65_535
LONG_ROW = 32_768  # columns from which the blocks of a cluster gain by sharing a row that fits one
MULTIPROCESSORS = 128  # about what a large chip has
PERSISTENT = 528  # blocks, where each has a partial result
ROWS_OF_A_SUM = 2048  # rows that a group sums in the compute type
OWNERS = 8192  # groups that share the places of a scatter, where each computes all points
WORD_BYTES = 8
MOST_PARAMETERS = 4096 // WORD_BYTES
STATIC_BYTES = 8192  # of shared memory, at least, for what warps exchange

Exchange = Literal["none", "warp", "block"]


@dataclass(frozen=True)
class Schedule:
    """What the code of a kernel depends on besides its nest.

    `width`: adjacent columns of a thread. `step`: how many of them it computes at a time. `wide`:
    accesses that load or store them at once. `staged`: those whose rows stay in shared memory.
    `exchange`: among which threads the sums of a row go. `cells_shared`: whether the sums of
    columns are in shared memory. `cluster`: the blocks that a row is divided over.
    """

    threads: int
    width: int
    step: int
    wide: tuple[int, ...]
    staged: tuple[int, ...] = ()
    exchange: Exchange = "none"
    cells_shared: bool = True
    cluster: int = 1

    def text(self) -> str:
        """What differs between two schedules differs here."""
        wide, staged = (", ".join(map(str, each)) or "none" for each in (self.wide, self.staged))
        block = "a block" if self.cluster == 1 else f"a cluster of {self.cluster} blocks"
        rows = {"none": "no", "warp": "some lanes of a warp", "block": block}[self.exchange]
        return (
            f"schedule: {self.threads} threads; {self.width} columns of a thread, {self.step} at a"
            f" time; wide accesses: {wide}; rows in shared memory: {staged}; sums of a row: {rows}"
            + ("" if self.cells_shared else "; sums of columns in global memory")
        )


@dataclass(frozen=True)
class Shape:
    """The grid and the numbers of one launch, and the bytes of its partial results."""

    grid: tuple[int, int, int]
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    shared_bytes: int = 0
    partial_bytes: int = 0


def header(words: Sequence[int], name: str) -> int:
    """A count of the nest, of its run-time words."""
    return words[HEADER.index(name)]


def has_row_sums(nest: Nest) -> bool:
    """Whether a pass reduces a row."""
    return any(item.kind == "row" for loop in nest.loops for item in loop.accumulations)


def static_bytes(nests: Sequence[Nest], threads: int) -> int:
    """Of shared memory, at most, for the totals that warps and blocks exchange, in two copies."""
    totals = sum(len(loop.accumulations) for nest in nests for loop in nest.loops)
    totals += sum(len(nest.partials) for nest in nests)
    return max(STATIC_BYTES, totals * 2 * (threads // WARP + 1) * WORD_BYTES)


def _refused(what: str) -> UnsupportedError:
    return UnsupportedError(
        f"{what} has no GPU kernel yet",
        "elementwise maths, gathers, reductions and cumulative sums",
        "compute it by the framework's own operations (the composite)",
    )


def schedule_of(
    nest: Nest, words: Sequence[int], alignments: Sequence[int], target: Target
) -> Schedule:
    """The schedule of a nest at these words; `alignments`: of its buffers, in bytes."""
    if nest.transposed:
        raise _refused("a nest for the CPU")
    if nest.scatters and (nest.parallel_dims or nest.partials or len(nest.loops) > 1):
        raise _refused("a scatter among other sums")
    if nest.sequential:
        return Schedule(THREADS, 1, 1, ())
    adjacent = [
        number
        for number in sorted({number for loop in nest.loops for number in loop.accesses})
        if nest.accesses[number].inner == "unit"
        and nest.accesses[number].buffer is not None
        and not nest.accesses[number].indexed
    ]
    aligned = {n: _alignment(nest, n, words, alignments) for n in adjacent}
    width = _width([nest.accesses[n] for n in adjacent if aligned[n] >= ACCESS_BYTES])
    wide = tuple(
        n
        for n in adjacent
        if width > 1 and aligned[n] >= min(ACCESS_BYTES, width * nest.accesses[n].dtype.itemsize)
    )
    step, size = width, len(list(nest.instructions)) + FUNCTION * nest.transcendental
    while step > 1 and step * size > AT_ONCE:
        step //= 2
    if not has_row_sums(nest):
        return _staged(nest, Schedule(THREADS, width, step, wide), words, target)
    if _parts(header(words, "columns"), width) <= CHUNKS * WARP:
        plain = Schedule(WARP_ROWS_THREADS, width, step, wide, (), "warp")
        return _staged(nest, plain, words, target)
    return _of_long_rows(nest, Schedule(0, width, step, wide, (), "block"), words, target)


def _of_long_rows(nest: Nest, plain: Schedule, words: Sequence[int], target: Target) -> Schedule:
    """The schedule where a row belongs to a block, or to a cluster if it is too long for one.

    Of the clusters in which a row is read once, the smallest whose blocks leave room for another
    one on their multiprocessor: one then loads while the other waits. QuACK's tables, measured on
    an H100, choose so, too: for RMSNorm of 16 bits, clusters of 2, 4 and 8 from rows of 16K, 32K
    and 64K columns on (Dao-AILab/quack, quack/rmsnorm_config.py). Of few long rows each has so many
    blocks that every multiprocessor has one.
    """
    columns, most = header(words, "columns"), MOST_THREADS
    wanted = MULTIPROCESSORS // max(1, header(words, "rows") * header(words, "parallel"))
    wanted = wanted if columns >= LONG_ROW else 1
    if len(list(nest.instructions)) > BUSY:
        most = MOST_BUSY_THREADS

    def of(cluster: int) -> Schedule:
        lanes = _power(_parts(_part(columns, cluster), plain.width * CHUNKS))
        threads = min(most, max(FEWEST_THREADS, lanes))
        made = _staged(nest, replace(plain, threads=threads, cluster=cluster), words, target)
        if made.cells_shared:
            return made
        return replace(made, threads=min(threads, THREADS))  # their addresses take registers

    alone = of(1)
    if nest.scatters or (wanted < 2 and not _read_again(nest, alone)):
        return alone
    room = target.shared_bytes // 2 - static_bytes([nest], most)
    fullest = columns // (FEWEST_THREADS * plain.width)  # blocks in which every thread has columns
    return min(
        [alone, *(of(cluster) for cluster in target.clusters if cluster <= fullest)],
        key=lambda each: (
            _read_again(nest, each),
            shape_of(nest, each, words).shared_bytes > room,
            max(0, wanted - each.cluster),
            each.cluster,
        ),
    )


def _staged(nest: Nest, plain: Schedule, words: Sequence[int], target: Target) -> Schedule:
    """The schedule with as many rows in shared memory as fit, of those that passes share."""
    most, chosen = target.shared_bytes - static_bytes([nest], plain.threads), list[int]()
    if shape_of(nest, plain, words).shared_bytes > most:
        plain = replace(plain, cells_shared=False)
    for number in _used_again(nest):
        more = replace(plain, staged=(*chosen, number))
        if shape_of(nest, more, words).shared_bytes <= most:
            chosen.append(number)
    return replace(plain, staged=tuple(chosen))


def _used_again(nest: Nest) -> list[int]:
    """The accesses to rows that several passes share."""
    return [
        number
        for number, access in enumerate(nest.accesses)
        if access.buffer is not None
        and len(nest.loops_using(number)) > 1
        and not (access.inner == "zero" or access.indexed)
    ]


def _read_again(nest: Nest, schedule: Schedule) -> int:
    """Bytes of a column that are not in shared memory, and so are loaded more than once."""
    rows = set(_used_again(nest)).difference(schedule.staged)
    cells = [partial for partial in nest.partials if partial.kind == "outer"]
    return sum(nest.accesses[number].dtype.itemsize for number in rows) + sum(
        partial.dtype.compute.itemsize for partial in cells if not schedule.cells_shared
    )


def _width(accesses: Sequence[Access]) -> int:
    """The columns of a thread: as many as the smallest type needs to fill an access."""
    sizes = [access.dtype.itemsize for access in accesses]
    return min(WIDEST, ACCESS_BYTES // min(sizes)) if sizes else 1


def _alignment(nest: Nest, number: int, words: Sequence[int], alignments: Sequence[int]) -> int:
    """The largest power of two, up to 16, that all rows of an access start at multiples of."""
    buffer = nest.accesses[number].buffer
    assert buffer is not None
    start = nest.access_words(number)
    extents = words[len(HEADER) : len(HEADER) + nest.dims - 1]
    strides = words[start + 1 : start + nest.dims]
    moved = [stride for extent, stride in zip(extents, strides, strict=True) if extent > 1]
    return math.gcd(ACCESS_BYTES, alignments[buffer], words[start], *moved)


def shape_of(
    nest: Nest, schedule: Schedule, words: Sequence[int], one_block: bool = False
) -> Shape:
    """The grid and the memory for these words; `one_block`: of a block that computes all."""
    parallel, rows, outer, columns = (
        header(words, name) for name in ("parallel", "rows", "outer_columns", "columns")
    )
    lanes = _lanes(nest, schedule, columns)
    groups, tile = schedule.threads // lanes, lanes * schedule.width
    one_tile = one_block or _is_alone(nest) or schedule.exchange != "none"
    x = schedule.cluster if one_tile else _parts(columns, tile)
    y = 1 if one_block else _parts(rows, groups)
    sums = [partial for partial in nest.partials if partial.kind == "outer"]
    if nest.partials:
        x = x if sums else min(x, PERSISTENT)
        fewest = _parts(rows, groups * ROWS_OF_A_SUM)
        y = min(y, max(PERSISTENT // x, fewest, 1))
    if nest.scatters:
        points = rows * (outer * columns if one_tile else 1)
        most = OWNERS if one_tile else PERSISTENT * groups // x
        y = 1 if one_block else _power(_parts(min(most, points), groups))
    z = 1 if one_block else max(1, parallel)
    grid = min(x, MOST_X), min(y, MOST_Y), min(z, MOST_Y)
    if x > MOST_X:
        raise _refused(f"a sum over rows of {columns} columns")
    numbers = {"lanes_log2": lanes.bit_length() - 1}
    numbers["owners"] = groups * y
    numbers["part"] = part = _part(columns, schedule.cluster)
    shared = _row_memory(nest, schedule, outer * part, groups, numbers)
    numbers["stage_columns"] = part
    cell_columns = part if one_tile else tile
    numbers |= {"cell_columns": cell_columns, "cells": outer * cell_columns}
    partial_bytes = 0
    for number, partial in enumerate(nest.partials):
        size = partial.dtype.compute.itemsize
        numbers[f"partial{number}"] = partial_bytes
        is_outer = partial.kind == "outer"
        blocks = numbers[f"blocks{number}"] = grid[1] * (1 if is_outer else grid[0])
        count = blocks * (outer * columns if is_outer else 1)
        partial_bytes += _whole(max(1, parallel) * count * size, WORD_BYTES)
        cells = _whole(groups * outer * cell_columns * size, ACCESS_BYTES)
        if is_outer and schedule.cells_shared:
            numbers[f"cells{number}"] = shared
            shared += cells
        elif is_outer:
            numbers[f"cells{number}"] = partial_bytes = _whole(partial_bytes, ACCESS_BYTES)
            partial_bytes += math.prod(grid) * groups * outer * cell_columns * size
    return Shape(grid, numbers, shared, partial_bytes)


def _part(columns: int, cluster: int) -> int:
    """The columns of a row that a block of a cluster has, in whole accesses."""
    return _whole(-(-columns // cluster))


def _row_memory(
    nest: Nest, schedule: Schedule, columns: int, groups: int, numbers: dict[str, int]
) -> int:
    """Where the rows of a group lie in shared memory; the bytes of all groups."""
    group = 0
    for number in schedule.staged:
        numbers[f"stage{number}"] = group
        group += _whole(columns * nest.accesses[number].dtype.itemsize, ACCESS_BYTES)
    numbers["stage_group"] = group
    return groups * group


def _lanes(nest: Nest, schedule: Schedule, columns: int) -> int:
    """The lanes of a row: the next power of two, so that few of them are in vain."""
    if _is_alone(nest):
        return 1
    if schedule.exchange == "block":
        return schedule.threads
    most = WARP if schedule.exchange == "warp" else schedule.threads
    return min(most, _power(_parts(columns, schedule.width)))


def _is_alone(nest: Nest) -> bool:
    """Whether a thread works on whole rows: columns follow each other, or may meet in a scatter."""
    if not nest.scatters:
        return nest.sequential
    stores = [store for loop in nest.loops for store in loop.stores]
    return any(nest.accesses[store.access].inner == "zero" for store in stores)


def finish_grid(nest: Nest, number: int, words: Sequence[int]) -> tuple[int, int, int]:
    """The grid of the kernel that combines the partial results of a reduction."""
    x = 1
    if nest.partials[number].kind == "outer":
        x = _parts(header(words, "outer_columns") * header(words, "columns"), WARP)
    return min(x, MOST_X), 1, min(max(1, header(words, "parallel")), MOST_Y)


def _power(count: int) -> int:
    """The next power of two."""
    return 1 << (count - 1).bit_length()


def _parts(count: int, size: int) -> int:
    return max(1, -(-count // size))


def _whole(count: int, multiple: int = WIDEST) -> int:
    return -(-count // multiple) * multiple
