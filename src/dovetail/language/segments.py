"""Rows by index: reductions by segment, the largest elements, and updates at indices.

Results do not depend on the number of threads: updates of one element are taken in their order. An
index outside of its array raises; where XLA compiled the maths, the update is left out.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.dtypes import DType, int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import Primitive, constant
from dovetail.language.functions import op
from dovetail.language.indexing import require_integers
from dovetail.language.operands import (
    Operand,
    array,
    broadcast_node,
    broadcast_shapes,
    located,
    one_axis,
    operand,
    promoted,
    static,
    static_int,
    wrap,
)
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node

__all__ = [
    "put_along_axis", "scatter_add", "scatter_max", "scatter_min", "segment_max", "segment_mean",
    "segment_min", "segment_sum", "top_k", "unique",
]  # fmt: skip


def least(dtype: DType) -> float | int | bool:
    """What every number of a type is at least."""
    if dtype.is_floating:
        return -math.inf
    return False if dtype.kind == "b" else int(np.iinfo(dtype.numpy).min)


def most(dtype: DType) -> float | int | bool:
    """What every number of a type is at most."""
    if dtype.is_floating:
        return math.inf
    return True if dtype.kind == "b" else int(np.iinfo(dtype.numpy).max)


# Segments.


def _rows_and_ids(
    function: str, data: Node, segment_ids: Operand, num_segments: object
) -> tuple[Node, Node, int]:
    """The data as rows, the checked segment of each element, and the number of segments."""
    ids = require_integers(function, array(segment_ids))
    count = static_int(function, "num_segments", num_segments)
    if count < 0:
        raise ArgumentError(function, "num_segments", count, "a number of segments, 0 or more")
    lead = len(ids.shape)
    if data.shape[:lead] != ids.shape or not lead:
        shapes = [data.shape, ids.shape]
        raise ShapeError(function, shapes, "a segment for each row: the data's leading axes")
    ids = structure.reshaped(ids, (ids.size,))
    data = structure.reshaped(data, (*ids.shape, *data.shape[lead:]))
    checked = located(structure.checked_index(ids, extent=count, from_end=False))
    return data, structure.broadcast(checked, shape=data.shape, dims=(0,)), count


def _segment_sum(data: Node, index: Node, count: int) -> Node:
    return located(structure.scatter_add(index, data, axis=0, extent=count))


@op
@static("num_segments")
def segment_sum(data: Operand, segment_ids: Operand, num_segments: int) -> Tracer:
    """out[s] = the sum of the rows of `data` whose segment is s: (num_segments, ...).

    `segment_ids`: integers from 0 to num_segments - 1, of the shape of the data's leading axes, in
    any order. A segment without rows is 0.
    """
    node, weak = operand(data)
    found = _rows_and_ids("segment_sum", node, segment_ids, num_segments)
    return wrap(_segment_sum(*found), weak)


@op
@static("num_segments")
def segment_mean(data: Operand, segment_ids: Operand, num_segments: int) -> Tracer:
    """As `segment_sum`, divided by the number of rows. A segment without rows is 0."""
    node, weak = operand(data, floating=True)
    data_rows, index, count = _rows_and_ids("segment_mean", node, segment_ids, num_segments)
    total = _segment_sum(data_rows, index, count)
    ones = constant(1.0, data_rows.shape[:1], node.dtype.compute)
    column = structure.reshape(
        structure.slice_(
            index, starts=(0,) * len(index.shape), steps=(1,) * len(index.shape),
            sizes=(index.shape[0], *(1 for _ in index.shape[1:])),
        ), shape=index.shape[:1],
    ) if index.size else constant(0, index.shape[:1], index.dtype)  # fmt: skip
    number = structure.scatter_add(column, ones, axis=0, extent=count)
    number = cast_node(rows.maximum(number, 1.0), node.dtype)
    spread = structure.broadcast(number, shape=total.shape, dims=(0,))
    return wrap(rows.divide(total, spread), weak)


def _segment_extremum(
    function: str, row: Primitive, first: Any, data: Operand, segment_ids: Operand, number: int
) -> Tracer:
    node, weak = operand(data)
    updates, index, count = _rows_and_ids(function, node, segment_ids, number)
    start = constant(first(node.dtype), (count, *updates.shape[1:]), node.dtype)
    return wrap(located(row(start, index, updates, axis=0)), weak)


@op
@static("num_segments")
def segment_max(data: Operand, segment_ids: Operand, num_segments: int) -> Tracer:
    """As `segment_sum`, the maximum. Without rows: -inf, or the least integer of the type.

    NaN propagates; ties share the gradient.
    """
    row = structure.scatter_max
    return _segment_extremum("segment_max", row, least, data, segment_ids, num_segments)


@op
@static("num_segments")
def segment_min(data: Operand, segment_ids: Operand, num_segments: int) -> Tracer:
    """As `segment_sum`, the minimum. Without rows: inf, or the largest integer of the type.

    NaN propagates; ties share the gradient.
    """
    row = structure.scatter_min
    return _segment_extremum("segment_min", row, most, data, segment_ids, num_segments)


# The largest elements.


class TopKResult(NamedTuple):
    """What `top_k` returns."""

    values: Any
    indices: Any


@op
@static("k")
def top_k(x: Operand, k: int, /, *, axis: int = -1) -> TopKResult:
    """(values, indices) of the k largest elements along an axis, in descending order.

    Of equal elements the first comes first; NaN is larger than everything. Indices are int64.
    """
    node, weak = operand(x)
    along = one_axis("top_k", axis, len(node.shape))
    count = static_int("top_k", "k", k)
    if not 0 <= count <= node.shape[along]:
        expected = f"an integer from 0 to {node.shape[along]}, the size of the axis"
        raise ArgumentError("top_k", "k", count, expected)
    indices = structure.top_k(node, axis=along, k=count)
    return TopKResult(wrap(structure.gather(node, indices, axis=along), weak), wrap(indices))


# Updates along an axis.


def _updated(
    function: str, row: Primitive, x: Operand, indices: Operand, values: Operand, axis: int
) -> Tracer:
    found = promoted(x, values)
    node, updates = found.nodes
    places = require_integers(function, array(indices))
    along = one_axis(function, axis, len(node.shape))
    if len(places.shape) != len(node.shape):
        shapes = [node.shape, places.shape]
        raise ShapeError(function, shapes, "indices of as many dimensions as the array")

    def others(shape: Shape, extent: int) -> Shape:
        return (*shape[:along], extent, *shape[along + 1 :])

    shape = broadcast_shapes(function, [places.shape, updates.shape])
    shape = broadcast_shapes(function, [shape, others(node.shape, 1)])
    if len(shape) != len(node.shape) or others(shape, 1) != others(node.shape, 1):
        shapes = [node.shape, places.shape, updates.shape]
        raise ShapeError(function, shapes, f"shapes that broadcast to the array's, but axis {axis}")
    places, updates = broadcast_node(places, shape), broadcast_node(updates, shape)
    return wrap(scattered(row, node, places, updates, along), found.weak)


def scattered(row: Primitive, x: Node, indices: Node, updates: Node, axis: int) -> Node:
    """An array with updates at indices along an axis."""
    if row is structure.scatter_add:
        extent = x.shape[axis]
        return rows.add(x, located(row(indices, updates, axis=axis, extent=extent)))
    return located(row(x, indices, updates, axis=axis))


@op
def put_along_axis(x: Operand, indices: Operand, values: Operand, /, *, axis: int = -1) -> Tracer:
    """x with out[.., indices[.., j, ..], ..] = values[.., j, ..]; `x` itself stays as it is.

    Indices and values broadcast together, and to the other axes of x. Where an index occurs more
    than once, the last one counts, and has the gradient.
    """
    return _updated("put_along_axis", structure.scatter_set, x, indices, values, axis)


@op
def scatter_add(x: Operand, indices: Operand, values: Operand, /, *, axis: int = -1) -> Tracer:
    """x, to whose elements at indices along an axis values are added; as `put_along_axis`."""
    return _updated("scatter_add", structure.scatter_add, x, indices, values, axis)


@op
def scatter_max(x: Operand, indices: Operand, values: Operand, /, *, axis: int = -1) -> Tracer:
    """The maximum of x and the values at indices along an axis; as `put_along_axis`.

    NaN propagates; ties share the gradient.
    """
    return _updated("scatter_max", structure.scatter_max, x, indices, values, axis)


@op
def scatter_min(x: Operand, indices: Operand, values: Operand, /, *, axis: int = -1) -> Tracer:
    """The minimum of x and the values at indices along an axis; as `put_along_axis`.

    NaN propagates; ties share the gradient.
    """
    return _updated("scatter_min", structure.scatter_min, x, indices, values, axis)


# Values without repetition.


class UniqueResult(NamedTuple):
    """What `unique` returns."""

    values: Any
    inverse_indices: Any
    counts: Any


@op
@static("size")
def unique(x: Operand, size: int, /) -> UniqueResult:
    """(values, inverse_indices, counts): the `size` distinct values of `x`, ascending.

    The shape cannot depend on values: where there are fewer, the largest is repeated, with counts
    of 0; where there are more, it raises. Each NaN is a value, after all numbers. x is
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
