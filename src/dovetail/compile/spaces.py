"""Iteration spaces: choose the loops for a value, and the reductions that they can include.

A value that uses a statistic of its rows is computed in loops over those rows, and the statistic
costs one more pass over a row that is in cache. A value for each row is computed in the loops of
the array that it reduces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dovetail.compile.alignment import aligned_operand, drop_units, operands
from dovetail.compile.index_map import IndexMap, identity
from dovetail.compile.loops import GPU_WITH_CLUSTERS, Processor
from dovetail.compile.steps import Buffer, Kernel, ReductionKind, Root
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.structure import reshape
from dovetail.graph.views import is_reduction

# Longer rows do not stay in cache between two passes; few long rows leave cores idle.
LONGEST_ROW = 262_144
LONG_ROW = 32_768
FEW_ROWS = 8
# On a GPU with clusters: the shared memory of 8 blocks has room for so many pairs of float16.
LONGEST_OF_A_CLUSTER = 448_000

Dims = tuple[int | None, ...]
Fits = Callable[[Shape, frozenset[int]], bool]


def new_root(value: Node, dims: Dims) -> Root:
    """A root with a new buffer."""
    rank = len(value.shape)
    return Root(value, Buffer(value.shape, value.dtype), dims, (0,) * rank, (1,) * rank)


class Spaces:
    """Chooses iteration spaces; `in_memory` tells which nodes are loaded, not computed."""

    def __init__(self, in_memory: Callable[[Node], bool], processor: Processor) -> None:
        self.in_memory = in_memory
        self.fits = fits_cluster if processor == GPU_WITH_CLUSTERS else fits_cache

    def first_reductions(self, node: Node, index: IndexMap) -> list[tuple[Node, IndexMap]]:
        """The reductions that a value needs, without those under other reductions."""
        found: dict[tuple[Node, IndexMap], None] = {}
        seen: set[tuple[Node, IndexMap]] = set()
        stack = [(node, index)]
        while stack:
            key = stack.pop()
            if key in seen:
                continue
            seen.add(key)
            if self.in_memory(key[0]):
                continue
            if is_reduction(key[0]):
                found[key] = None
            else:
                stack.extend(operands(*key))
        return list(found)

    def space(self, value: Node) -> tuple[Kernel, Root]:
        """A kernel for a single value."""
        if value.primitive.sequential:  # a copy of a value in memory
            value = reshape(value, shape=value.shape)
        if is_reduction(value) and not self.in_memory(value):
            return self._of_reduction(value)
        kernel, dims = self._of_pointwise(value)
        return kernel, new_root(value, dims)

    def _of_pointwise(self, value: Node) -> tuple[Kernel, Dims]:
        """Loops over a value's elements, with columns for the row reductions that it uses."""
        shape, dims = drop_units(value.shape)
        lifted: tuple[Kernel, Dims] | None = None
        for reduction, index in self.first_reductions(value, identity(value.shape, dims)):
            used = {dim for entry in index for _, dim in entry.terms}
            columns = frozenset(range(len(shape))) - used
            if not columns:
                lifted = lifted or _lifted(reduction, index, shape, dims, self.fits)
            elif (
                self.fits(shape, columns)
                and aligned_operand(reduction, index, shape, columns) is not None
            ):
                return Kernel(shape, columns), dims
        return lifted or (Kernel(shape), dims)

    def _of_reduction(self, value: Node) -> tuple[Kernel, Root]:
        operand, axes = value.args[0], value.ints("axes")
        kernel, dims = self._of_pointwise(operand)
        kind = _kind(kernel, dims, axes)
        if kind is None:  # alone: row reductions under it are stored first
            kernel, dims, kind = _standalone(operand.shape, axes, self.fits)
        root = new_root(value, _kept(dims, axes))
        root.reduction, root.operand_dims = kind, dims
        return kernel, root


def operand_dims(reduction: Node, dims: Dims, kernel: Kernel) -> Dims:
    """The dims of a row reduction's operand in a kernel."""
    columns = kernel.columns or frozenset()
    index = aligned_operand(reduction, identity(reduction.shape, dims), kernel.shape, columns)
    assert index is not None
    return tuple(entry.dim for entry in index)


def fits_cluster(shape: Shape, columns: frozenset[int]) -> bool:
    """Whether rows over these columns are contiguous and stay in shared memory between passes."""
    length = math.prod(shape[dim] for dim in columns)
    return len(shape) - 1 in columns and length < LONGEST_OF_A_CLUSTER


def fits_cache(shape: Shape, columns: frozenset[int]) -> bool:
    """Whether rows over these columns are contiguous and stay in cache between passes."""
    if len(shape) - 1 not in columns:
        return False
    length = math.prod(shape[dim] for dim in columns)
    rows = math.prod(extent for dim, extent in enumerate(shape) if dim not in columns)
    return length < LONG_ROW or (length < LONGEST_ROW and rows >= FEW_ROWS)


def _lifted(
    reduction: Node, index: IndexMap, shape: Shape, dims: Dims, fits: Fits
) -> tuple[Kernel, Dims] | None:
    """The space of a reduction's operand, for a value that is computed once for each row."""
    operand, axes = reduction.args[0].shape, reduction.ints("axes")
    space, position = drop_units(operand)
    columns = frozenset(dim for axis in axes if (dim := position[axis]) is not None)
    moved: dict[int | None, int] = {}
    for axis, entry in zip(_complement(len(operand), axes), index, strict=True):
        dim = position[axis]
        if dim is None:
            continue
        own = entry.whole
        if own is None or own in moved or shape[own] != operand[axis]:
            return None
        moved[own] = dim
    if len(moved) != len(shape) or not columns or not fits(space, columns):
        return None
    return Kernel(space, columns), tuple(None if d is None else moved[d] for d in dims)


def _complement(rank: int, axes: Sequence[int]) -> list[int]:
    return [axis for axis in range(rank) if axis not in axes]


def _kept(dims: Dims, axes: Sequence[int]) -> Dims:
    return tuple(dims[axis] for axis in _complement(len(dims), axes))


def _kind(kernel: Kernel, dims: Dims, axes: Sequence[int]) -> ReductionKind | None:
    """The kind of a reduction in a kernel whose columns other reductions have fixed."""
    if not kernel.columns:
        return None
    reduced = frozenset(dim for axis in axes if (dim := dims[axis]) is not None)
    kept = frozenset(dim for dim in _kept(dims, axes) if dim is not None)
    if reduced == kernel.columns:
        return "row"
    if reduced == kernel.rows and kept & kernel.columns:
        return "outer"
    return "full" if not kept else None


def _standalone(
    operand: Shape, axes: Sequence[int], fits: Fits
) -> tuple[Kernel, Dims, ReductionKind]:
    """The loops of a single reduction, which depend on the positions of the reduced axes."""
    shape, dims = drop_units(operand)
    reduced = frozenset(dim for axis in axes if (dim := dims[axis]) is not None)
    kept = frozenset(range(len(shape))) - reduced
    if not kept:
        return Kernel(shape), dims, "full"
    if len(shape) - 1 not in reduced:
        suffix = frozenset(range(max(reduced) + 1, len(shape)))
        return Kernel(shape, suffix, kept - suffix), dims, "outer"
    if fits(shape, reduced):
        return Kernel(shape, reduced), dims, "row"
    return Kernel(shape, parallel=kept), dims, "full"
