"""Reductions of rows by segment: `segment_ids` says to which segment each row belongs.

Results do not depend on the number of threads: the rows of a segment are taken in their order. A
segment that does not exist raises; where XLA compiled the maths, the row is left out.
"""

from __future__ import annotations

from collections.abc import Callable

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import Primitive, constant
from dovetail.language.data_types import highest, lowest
from dovetail.language.functions import op
from dovetail.language.indexing import require_integers
from dovetail.language.operands import Operand, array, located, operand, static, static_int, wrap
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node

__all__ = ["segment_max", "segment_mean", "segment_min", "segment_sum"]


def _rows_and_ids(
    function: str, data: Node, segment_ids: Operand, num_segments: object
) -> tuple[Node, Node, int]:
    """The data as rows, the checked segment of each row, and the number of segments."""
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
    return data, located(structure.checked_index(ids, extent=count, from_end=False)), count


def _for_each_element(ids: Node, data: Node) -> Node:
    return structure.broadcast(ids, shape=data.shape, dims=(0,))


def _segment_sum(data: Node, ids: Node, count: int) -> Node:
    index = _for_each_element(ids, data)
    return located(structure.scatter_add(index, data, axis=0, extent=count))


@op
@static("num_segments")
def segment_sum(data: Operand, segment_ids: Operand, num_segments: int) -> Tracer:
    """out[s] = the sum of the rows of `data` whose segment is s: (num_segments, ...).

    `segment_ids` has the shape of the data's leading axes: integers from 0 to num_segments - 1, in
    any order. A segment without rows is 0.
    """
    node, weak = operand(data)
    return wrap(_segment_sum(*_rows_and_ids("segment_sum", node, segment_ids, num_segments)), weak)


@op
@static("num_segments")
def segment_mean(data: Operand, segment_ids: Operand, num_segments: int) -> Tracer:
    """The mean of the rows of each segment; arguments and shapes as for `segment_sum`.

    Integers become float32. A segment without rows is 0.
    """
    node, weak = operand(data, floating=True)
    data_rows, ids, count = _rows_and_ids("segment_mean", node, segment_ids, num_segments)
    total = _segment_sum(data_rows, ids, count)
    ones = constant(1.0, ids.shape, node.dtype.compute)
    number = structure.scatter_add(ids, ones, axis=0, extent=count)
    number = cast_node(rows.maximum(number, 1.0), node.dtype)
    spread = structure.broadcast(number, shape=total.shape, dims=(0,))
    return wrap(rows.divide(total, spread), weak)


def _segment_extremum(
    function: str,
    row: Primitive,
    start_of: Callable[[DType], float | int | bool],
    data: Operand,
    segment_ids: Operand,
    num_segments: int,
) -> Tracer:
    node, weak = operand(data)
    data_rows, ids, count = _rows_and_ids(function, node, segment_ids, num_segments)
    start = constant(start_of(node.dtype), (count, *data_rows.shape[1:]), node.dtype)
    index = _for_each_element(ids, data_rows)
    return wrap(located(row(start, index, data_rows, axis=0)), weak)


@op
@static("num_segments")
def segment_max(data: Operand, segment_ids: Operand, num_segments: int) -> Tracer:
    """The maximum of the rows of each segment; arguments and shapes as for `segment_sum`.

    A segment without rows is -inf, or the least integer of the type. NaN propagates; ties share
    the gradient.
    """
    row = structure.scatter_max
    return _segment_extremum("segment_max", row, lowest, data, segment_ids, num_segments)


@op
@static("num_segments")
def segment_min(data: Operand, segment_ids: Operand, num_segments: int) -> Tracer:
    """The minimum of the rows of each segment; arguments and shapes as for `segment_sum`.

    A segment without rows is inf, or the largest integer of the type. NaN propagates; ties share
    the gradient.
    """
    row = structure.scatter_min
    return _segment_extremum("segment_min", row, highest, data, segment_ids, num_segments)
