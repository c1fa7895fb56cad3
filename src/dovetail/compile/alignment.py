"""Map operands and reductions onto the loops of a kernel."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.compile.index_map import ZERO, Index, IndexMap, through
from dovetail.graph.node import Node, Shape
from dovetail.graph.views import is_view


def is_array_leaf(node: Node) -> bool:
    """Whether a node is an array of the caller or a captured array."""
    return node.op == "literal" or (node.op == "input" and not node.flag("scalar"))


def operands(node: Node, index: IndexMap) -> Iterator[tuple[Node, IndexMap]]:
    """The operands of a node inside a kernel, with their index maps."""
    if is_view(node):
        yield node.args[0], through(node, index)
    elif node.op == "gather":
        yield node.args[1], index
    elif node.primitive.category == "elementwise" or node.op == "checked_index":
        for arg in node.args:
            yield arg, index


def drop_units(shape: Shape) -> tuple[Shape, tuple[int | None, ...]]:
    """An iteration space without dimensions of size 1, and the new number of each dimension."""
    dims: list[int | None] = []
    kept: list[int] = []
    for extent in shape:
        dims.append(None if extent == 1 else len(kept))
        if extent != 1:
            kept.append(extent)
    return tuple(kept), tuple(dims)


def aligned_operand(
    reduction: Node, index: IndexMap, shape: Shape, columns: frozenset[int]
) -> IndexMap | None:
    """The index map of a reduction's operand, if the reduction runs over the columns.

    None if it does not align: its kept dimensions must be exactly the kernel's rows.
    """
    operand = reduction.args[0].shape
    axes = reduction.ints("axes")
    remaining = iter(sorted(columns))
    kept = iter(index)
    result: list[Index] = []
    rows: set[int] = set()
    for axis, extent in enumerate(operand):
        if axis in axes:
            if extent == 1:
                result.append(ZERO)
                continue
            dim = next(remaining, None)
            if dim is None or shape[dim] != extent:
                return None
            result.append(Index(0, 1, dim))
            continue
        entry = next(kept)
        if extent == 1:
            result.append(ZERO)
            continue
        dim = entry.whole
        if dim is None:
            return None
        if dim in columns or dim in rows or shape[dim] != extent:
            return None
        rows.add(dim)
        result.append(entry)
    if next(remaining, None) is not None or len(rows) + len(columns) != len(shape):
        return None
    return tuple(result)
