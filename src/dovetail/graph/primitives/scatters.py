"""Rows of scatters into an array: updates replace elements, or are compared with them.

out[.., indices[.., j, ..], ..] is made of that element of x and of updates[.., j, ..]; indices and
updates have one shape. Updates of one element are taken in order: the last one replaces it.
`scatter_add` (indexing.py) starts from zeros.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dimensions import Indexed
from dovetail.graph.dtypes import DType, int64
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.elementwise import (
    add,
    cast,
    divide,
    equal,
    logical_or,
    not_equal,
    select,
)
from dovetail.graph.primitives.indexing import (
    gather,
    iota,
    positions,
    scatter_add,
)
from dovetail.graph.primitives.movement import differ_only_along
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Linear,
    Primitive,
    Reverse,
    constant,
    require_kind,
    same_dtype,
)


def _infer_scatter(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    x, indices, updates = args
    axis: int = attrs["axis"]
    require_kind(name, (indices,), "iu")
    if indices.shape != updates.shape or not differ_only_along(axis, x.shape, indices.shape):
        raise ShapeError(
            name, [arg.shape for arg in args],
            f"indices and updates of one shape, which differs from the first only along {axis}",
        )  # fmt: skip
    return x.shape, same_dtype(name, (x, updates))


def _evaluation(
    combine: Callable[[Array, tuple[Array, ...], Array], None],
) -> Callable[[Node, Array, Array, Array], Array]:
    def evaluate(node: Node, x: Array, indices: Array, updates: Array) -> Array:
        result = np.array(x)
        if updates.size:
            combine(result, positions(indices, node.integer("axis")), updates)
        return result

    return evaluate


def _replace(result: Array, position: tuple[Array, ...], updates: Array) -> None:
    result[position] = updates  # NumPy assigns in order, too


# The last update of an element.


def _is_last(node: Node) -> Node | None:
    """Which updates are the last of their element; None where each element has one at most."""
    indices, axis = node.args[1], node.integer("axis")
    if indices.shape[axis] <= 1:
        return None
    order = iota(shape=indices.shape, axis=axis, dtype=int64)
    last = scatter_set(constant(0, node.shape, int64), indices, order, axis=axis)
    return equal(gather(last, indices, axis=axis), order)


def _set_transpose(node: Node, cotangent: Node, index: int) -> Node:
    x, indices, updates = node.args
    axis = node.integer("axis")
    if index == 0:
        zeros = constant(0.0, updates.shape, x.dtype)
        return scatter_set(cotangent, indices, zeros, axis=axis)
    taken = gather(cotangent, indices, axis=axis)
    is_last = _is_last(node)
    if is_last is None:
        return taken
    return select(is_last, taken, constant(0.0, taken.shape, taken.dtype))


scatter_set = Primitive(
    "scatter_set", "indexing", 3, _infer_scatter, _evaluation(_replace),
    Linear(_set_transpose, linear=(0, 2)), Indexed(1, 2), sequential=True, combine="last",
    rounding=0.0, source="the last update of an element replaces it",
)  # fmt: skip


# Extrema.


def _decides(operand: Node, result: Node) -> Node:
    """Where an operand is the extremum; NaN is."""
    return logical_or(equal(operand, result), not_equal(operand, operand))


def _extremum_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    """All that are the extremum share the cotangent."""
    x, indices, updates = node.args
    axis = node.integer("axis")
    kept = _decides(x, node)
    taken = _decides(updates, gather(node, indices, axis=axis))
    number = add(
        cast(kept, dtype=node.dtype),
        scatter_add(indices, cast(taken, dtype=node.dtype), axis=axis, extent=x.shape[axis]),
    )
    share = divide(cotangent, number)
    none = constant(0.0, updates.shape, node.dtype)
    return [
        select(kept, share, constant(0.0, x.shape, node.dtype)),
        None,
        select(taken, gather(share, indices, axis=axis), none),
    ]


def _extremum(name: str, function: np.ufunc, combine: str) -> Primitive:
    return Primitive(
        name, "indexing", 3, _infer_scatter, _evaluation(function.at),
        Reverse(_extremum_reverse), Indexed(1, 2), sequential=True, combine=combine,
        rounding=0.0, source="NaN propagates; ties share the gradient",
    )  # fmt: skip


scatter_max = _extremum("scatter_max", np.maximum, "max")
scatter_min = _extremum("scatter_min", np.minimum, "min")
