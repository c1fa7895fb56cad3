"""Searching, sorting and counting, as in the array API standard 2024.12; `top_k` and `unique`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.dtypes import int64
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import Primitive, constant
from dovetail.language.elementwise_builders import truth
from dovetail.language.functions import op
from dovetail.language.operands import (
    Operand,
    array,
    arrays,
    broadcast_node,
    broadcast_shapes,
    keep_dims,
    located,
    many_axes,
    one_axis,
    operand,
    promoted,
    reduced,
    static,
    static_int,
    wrap,
)
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node

__all__ = [
    "argmax", "argmin", "argsort", "count_nonzero", "searchsorted", "sort", "top_k", "unique",
    "where",
]  # fmt: skip


@op
def where(condition: Operand, x1: Operand, x2: Operand, /) -> Tracer:
    """x1 where the condition holds, else x2. Shapes broadcast; x1 and x2 promote.

    Of two Python numbers the result is weak. The operand that is not chosen gets a gradient of 0,
    and NaN in it does not propagate.
    """
    chosen = promoted(x1, x2)
    mask = truth(operand(condition)[0])
    nodes = (mask, *chosen.nodes)
    shape = broadcast_shapes("where", [node.shape for node in nodes])
    return wrap(rows.select(*(broadcast_node(node, shape) for node in nodes)), chosen.weak)


def _first_extremum(
    name: str, row: Primitive, x: Operand, axis: int | None, keepdims: bool
) -> Tracer:
    node = array(x)
    rank = len(node.shape)
    axes = many_axes(name, axis, rank)
    if axis is None:
        node, along = structure.reshape(node, shape=(node.size,)), 0
    else:
        along = one_axis(name, axis, rank)
    if node.shape[along] == 0:
        raise ShapeError(name, [node.shape], "at least one element along the axis")
    first = row(node, axis=along)
    return wrap(keep_dims(first, axes, rank, keepdims))


@op
def argmax(x: Operand, /, *, axis: int | None = None, keepdims: bool = False) -> Tracer:
    """The index of the first maximum, as int64; NaN counts as the maximum.

    Without an axis: the index into the flattened array.
    """
    return _first_extremum("argmax", structure.argmax, x, axis, keepdims)


@op
def argmin(x: Operand, /, *, axis: int | None = None, keepdims: bool = False) -> Tracer:
    """The index of the first minimum, as int64; NaN counts as the minimum.

    Without an axis: the index into the flattened array.
    """
    return _first_extremum("argmin", structure.argmin, x, axis, keepdims)


@op
def argsort(
    x: Operand, /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> Tracer:
    """The indices that sort `x` along an axis, as int64. Always stable.

    NaN is larger than everything: last when ascending, first when descending.
    """
    node = array(x)
    along = one_axis("argsort", axis, len(node.shape))
    return wrap(structure.argsort(node, axis=along, descending=bool(descending)))


@op
def sort(x: Operand, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tracer:
    """`x` sorted along an axis: a gather by `argsort`, so that it differentiates."""
    node, weak = operand(x)
    along = one_axis("sort", axis, len(node.shape))
    order = structure.argsort(node, axis=along, descending=bool(descending))
    return wrap(structure.gather(node, order, axis=along), weak)


@op
def count_nonzero(
    x: Operand, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False
) -> Tracer:
    """How many elements are not 0, as int64, over axes; NaN counts."""
    node = array(x)
    axes = many_axes("count_nonzero", axis, len(node.shape))
    return wrap(reduced(structure.sum_, cast_node(truth(node), int64), axes, keepdims))


@op
def searchsorted(
    x1: Operand, x2: Operand, /, *, side: str = "left", sorter: Operand | None = None
) -> Tracer:
    """Where elements of `x2` belong in the sorted `x1` of shape (n,): int64, the shape of x2.

    It is the number of elements of `x1` that are smaller (`side="left"`), or not larger
    (`"right"`), by bisection where `x1` is long. NaN is larger than everything and equal to
    itself, as in `sort`. With `sorter`, such as `argsort(x1)`, `x1[sorter]` is what is sorted.
    """
    edges, values = arrays(x1, x2)
    if len(edges.shape) != 1:
        raise ShapeError("searchsorted", [edges.shape], "a sorted array of one dimension")
    if side not in ("left", "right"):
        raise ArgumentError("searchsorted", "side", side, '"left" or "right"')
    if sorter is not None:
        order = array(sorter)
        if order.shape != edges.shape or not order.dtype.is_integer:
            given = f"{order.dtype} of shape {order.shape}"
            raise ArgumentError("searchsorted", "sorter", given, f"integers of shape {edges.shape}")
        edges = structure.gather(edges, order, axis=0)
    count, left = edges.shape[0], side == "left"

    def before(edge: Node, value: Node) -> Node:
        found = (rows.less if left else rows.less_equal)(edge, value)
        if value.dtype.is_floating:
            beyond = rows.not_equal(value, value)
            if left:
                beyond = rows.logical_and(beyond, rows.equal(edge, edge))
            found = rows.logical_or(found, beyond)
        return found

    if count <= _FEW_EDGES:
        shape = (*values.shape, count)
        values = structure.broadcast(values, shape=shape, dims=tuple(range(len(shape) - 1)))
        hits = cast_node(before(broadcast_node(edges, shape), values), int64)
        return wrap(structure.sum_(hits, axes=(len(shape) - 1,)))
    flat = structure.reshape(values, shape=(values.size,))
    found = _bisected(edges, flat, before)
    return wrap(structure.reshape(found, shape=values.shape))


# Up to so many edges, comparing with each takes no longer than bisection.
_FEW_EDGES = 128
# The bits of a position: few different numbers, so that sizes share their kernels.
_STEPS = (16, 32, 63)


def _bisected(edges: Node, values: Node, before: Callable[[Node, Node], Node]) -> Node:
    """How many sorted edges lie before each value, bit by bit from the highest."""
    last = structure.extent_of(edges, 0, constant(0, values.shape, int64))
    steps = next(bits for bits in _STEPS if edges.shape[0] < 1 << bits)
    found = constant(0, values.shape, int64)
    for bit in reversed(range(steps)):
        more = rows.add(found, 1 << bit)
        edge = structure.gather(edges, rows.subtract(rows.minimum(more, last), 1), axis=0)
        below = rows.logical_and(rows.less_equal(more, last), before(edge, values))
        found = rows.select(below, more, found)
    return found


class TopKResult(NamedTuple):
    """What `top_k` returns."""

    values: Any
    indices: Any


@op
@static("k")
def top_k(x: Operand, k: int, /, *, axis: int = -1) -> TopKResult:
    """(values, indices) of the k largest elements along an axis, in descending order.

    The axis has k elements then. Equal elements keep their order; NaN is larger than everything.
    Indices are int64. k above the size of the axis raises.
    """
    node, weak = operand(x)
    along = one_axis("top_k", axis, len(node.shape))
    count = static_int("top_k", "k", k)
    if not 0 <= count <= node.shape[along]:
        expected = f"an integer from 0 to {node.shape[along]}, the size of the axis"
        raise ArgumentError("top_k", "k", count, expected)
    indices = structure.top_k(node, axis=along, k=count)
    return TopKResult(wrap(structure.gather(node, indices, axis=along), weak), wrap(indices))


class UniqueResult(NamedTuple):
    """What `unique` returns."""

    values: Any
    inverse_indices: Any
    counts: Any


@op
@static("size")
def unique(x: Operand, size: int, /) -> UniqueResult:
    """(values, inverse_indices, counts): the distinct values of `x`, ascending, `size` of them.

    The shape cannot depend on values. With fewer distinct values the largest is repeated, with
    counts of 0; more of them raise. Each NaN is a value of its own, after all numbers. x equals
    values[inverse_indices]; values have a gradient.
    """
    node, weak = operand(x)
    room = static_int("unique", "size", size)
    flat = structure.reshaped(node, (node.size,))
    if room < (1 if node.size else 0):
        raise ArgumentError("unique", "size", room, "the number of distinct values, or more")
    order = structure.argsort(flat, axis=0, descending=False)
    ordered = structure.gather(flat, order, axis=0)
    if not node.size:
        empty = constant(0, node.shape, int64)
        none = constant(math.nan if node.dtype.is_floating else 0, (room,), node.dtype)
        return UniqueResult(wrap(none, weak), wrap(empty), wrap(constant(0, (room,), int64)))
    first = structure.slice_axis(ordered, 0, 0, node.size - 1, 1)
    second = structure.slice_axis(ordered, 0, 1, node.size - 1, 1)
    is_new = cast_node(rows.not_equal(second, first), int64)
    steps = structure.concat(constant(0, (1,), int64), is_new, axis=0)
    number = structure.cumulative_sum(steps, axis=0, reverse=False)
    number = located(structure.checked_index(number, extent=room, from_end=False))
    last = structure.slice_axis(ordered, 0, node.size - 1, 1, 1)
    fill = structure.broadcast(structure.reshape(last, shape=()), shape=(room,), dims=())
    values = structure.scatter_set(fill, number, ordered, axis=0)
    counts = structure.scatter_add(number, constant(1, number.shape, int64), axis=0, extent=room)
    inverse = structure.scatter_set(
        constant(0, number.shape, int64), order, cast_node(number, int64), axis=0
    )
    inverse = structure.reshaped(inverse, node.shape)
    return UniqueResult(wrap(values, weak), wrap(inverse), wrap(counts))
