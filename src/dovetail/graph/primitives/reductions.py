"""Rows of the reductions, and of `broadcast`, which puts dimensions back.

Reductions drop their axes, a sorted tuple; `broadcast` restores them. Sum and broadcast
are each other's transpose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dimensions import Broadcast, Reduced, Searched
from dovetail.graph.dtypes import DType, int64
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.elementwise import divide, equal, multiply, select
from dovetail.graph.primitives.movement import concat, reshape, slice_axis
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Derivative,
    Expand,
    Linear,
    Partials,
    Primitive,
    constant,
)

# Broadcasting.


def _infer_broadcast(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    shape: Shape = attrs["shape"]
    dims: Shape = attrs["dims"]
    x = args[0]
    fits = len(dims) == len(x.shape) and list(dims) == sorted(set(dims))
    if not fits or any(
        extent not in (1, shape[dim]) for extent, dim in zip(x.shape, dims, strict=True)
    ):
        raise ShapeError(name, [x.shape, shape], f"an operand that fits dimensions {dims}")
    return shape, x.dtype


def _evaluate_broadcast(node: Node, x: Array) -> Array:
    shape, dims = node.ints("shape"), node.ints("dims")
    aligned = [1] * len(shape)
    for extent, dim in zip(x.shape, dims, strict=True):
        aligned[dim] = extent
    return np.broadcast_to(x.reshape(aligned), shape)


def _broadcast_transpose(node: Node, cotangent: Node, index: int) -> Node:
    x, dims, shape = node.args[0], node.ints("dims"), node.ints("shape")
    kept = {dim for dim, extent in zip(dims, x.shape, strict=True) if extent == shape[dim]}
    axes = tuple(axis for axis in range(len(shape)) if axis not in kept)
    reduced = sum_(cotangent, axes=axes) if axes else cotangent
    return reduced if reduced.shape == x.shape else reshape(reduced, shape=x.shape)


broadcast = Primitive(
    "broadcast", "movement", 1, _infer_broadcast, _evaluate_broadcast, Linear(_broadcast_transpose),
    Broadcast(), view=True, rounding=0.0,
)  # fmt: skip


def restore(reduced: Node, shape: Shape, axes: tuple[int, ...]) -> Node:
    """A reduced value, broadcast back over the axes it was reduced over."""
    kept = tuple(axis for axis in range(len(shape)) if axis not in axes)
    return broadcast(reduced, shape=shape, dims=kept)


# Reductions.


def _reduced(shape: Shape, axes: tuple[int, ...]) -> Shape:
    return tuple(extent for axis, extent in enumerate(shape) if axis not in axes)


def _infer_reduction(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    axes: Shape = attrs["axes"]
    shape = args[0].shape
    if list(axes) != sorted(set(axes)) or any(not 0 <= axis < len(shape) for axis in axes):
        raise ShapeError(name, [shape, axes], "sorted, distinct axes of the operand")
    if name in ("max", "min") and any(shape[axis] == 0 for axis in axes):
        raise ShapeError(
            f"{name} over axes {axes}", [shape], "at least one element (there is no identity)"
        )
    return _reduced(shape, axes), args[0].dtype


def _reduction(name: str, function: np.ufunc, derivative: Derivative, **facts: Any) -> Primitive:
    def evaluate(node: Node, x: Array) -> Array:
        return function.reduce(x, axis=node.ints("axes"), dtype=x.dtype)

    return Primitive(
        name, "reduction", 1, _infer_reduction, evaluate, derivative, Reduced(), **facts
    )


def _sum_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return restore(cotangent, node.args[0].shape, node.ints("axes"))


sum_ = _reduction("sum", np.add, Linear(_sum_transpose), accumulates=True)


def _product_tree(node: Node) -> Node:
    """The product by halves: multiplications only, so that zeros are right to every order."""
    x = node.args[0]
    for axis in reversed(node.ints("axes")):
        extent = x.shape[axis]
        if extent == 0:
            x = constant(1.0, _reduced(x.shape, (axis,)), x.dtype)
            continue
        while extent > 1:
            half = extent // 2
            paired = multiply(slice_axis(x, axis, 0, half, 1), slice_axis(x, axis, half, half, 1))
            if extent % 2:
                paired = concat(paired, slice_axis(x, axis, extent - 1, 1, 1), axis=axis)
            x, extent = paired, half + extent % 2
        x = reshape(x, shape=_reduced(x.shape, (axis,)))
    return x


prod = _reduction("prod", np.multiply, Expand(_product_tree), accumulates=True)


def reduction_weight(node: Node) -> Node:
    """d extremum / d x: 1 where it is taken, shared between ties."""
    x, axes = node.args[0], node.ints("axes")
    taken = equal(x, restore(node, x.shape, axes))
    one, zero = (constant(value, x.shape, x.dtype) for value in (1.0, 0.0))
    weight = select(taken, one, zero)
    return divide(weight, restore(sum_(weight, axes=axes), x.shape, axes))


def _taken(node: Node, value: Array, x: Array) -> Array:
    """The branch of an extremum: which elements equal it."""
    return x == np.expand_dims(value, node.ints("axes"))


max_, min_ = (
    _reduction(
        name, function, Partials(lambda out, x: (reduction_weight(out),)), rounding=0.0,
        branch=_taken, source="NaN propagates; ties share the gradient",
    )
    for name, function in (("max", np.maximum), ("min", np.minimum))
)  # fmt: skip


# Positions of extrema.


def _infer_position(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    axis: int = attrs["axis"]
    shape = args[0].shape
    if not 0 <= axis < len(shape) or shape[axis] == 0:
        raise ShapeError(f"{name} along axis {axis}", [shape], "at least one element along it")
    return _reduced(shape, (axis,)), int64


def _position(name: str, function: Callable[..., Array]) -> Primitive:
    def evaluate(node: Node, x: Array) -> Array:
        return np.asarray(function(x, axis=node.integer("axis")), np.int64)

    return Primitive(
        name, "search", 1, _infer_position, evaluate, dimensions=Searched(), rounding=0.0,
        source="the first position along an axis, as int64; NaN counts as the extremum",
    )  # fmt: skip


argmax = _position("argmax", np.argmax)
argmin = _position("argmin", np.argmin)
