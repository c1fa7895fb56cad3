"""Resampling along axes of space: the nearest elements, or linear interpolation between them."""

from __future__ import annotations

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.dtypes import int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import size as size_node
from dovetail.language.functions import op
from dovetail.language.operands import Operand, operand, static, wrap
from dovetail.language.tracer import Tracer
from dovetail.language.window_arguments import Numbers, known_flag, one_for_each, spatial_axes

__all__ = ["resize"]

METHODS = ("nearest", "bilinear")


def _whole(value: int, shape: Shape) -> Node:
    return size_node(value, shape, int64)


def _picked(x: Node, places: Node, axis: int) -> Node:
    shape = (*x.shape[:axis], places.shape[0], *x.shape[axis + 1 :])
    return structure.gather(x, structure.broadcast(places, shape=shape, dims=(axis,)), axis=axis)


def _nearest(x: Node, axis: int, count: int) -> Node:
    """The element that covers the middle of each new one."""
    shape = (count,)
    place = structure.iota(shape=shape, axis=0, dtype=int64)
    middle = rows.multiply(rows.add(rows.multiply(place, 2), 1), _whole(x.shape[axis], shape))
    return _picked(x, rows.floor_divide(middle, _whole(2 * count, shape)), axis)


def _interpolated(x: Node, axis: int, count: int, align_corners: bool) -> Node:
    """Linear interpolation; each weight is a quotient of integers, rounded once."""
    extent, shape = x.shape[axis], (count,)
    place = structure.iota(shape=shape, axis=0, dtype=int64)
    if align_corners:
        parts = count - 1 if count > 1 else 1
        above = rows.multiply(place, _whole(extent - 1, shape))
    else:
        parts = 2 * count
        middle = rows.multiply(rows.add(rows.multiply(place, 2), 1), _whole(extent, shape))
        above = rows.maximum(rows.subtract(middle, _whole(count, shape)), 0)
    below = _whole(parts, shape)
    low = rows.floor_divide(above, below)
    high = rows.minimum(rows.add(low, 1), _whole(extent - 1, shape))
    rest = rows.cast(rows.remainder(above, below), dtype=x.dtype)
    weight = rows.divide(rest, rows.cast(below, dtype=x.dtype))
    first, second = _picked(x, low, axis), _picked(x, high, axis)
    spread = structure.broadcast(weight, shape=first.shape, dims=(axis,))
    return rows.add(rows.multiply(first, rows.subtract(1.0, spread)), rows.multiply(second, spread))


@op
@static("size")
def resize(
    x: Operand,
    /,
    size: Numbers,
    method: str = "bilinear",
    *,
    align_corners: bool = False,
    data_format: str = "channels_last",
) -> Tracer:
    """x, (batch, space..., channels), resampled to `size` elements along each axis of space.

    Element i of n lies at (i + 1/2) / n of an axis, with `align_corners` at i / (n - 1). "bilinear"
    interpolates linearly along each axis, without antialiasing. "nearest" takes the element that
    covers the position, as TensorFlow, JAX and PyTorch's "nearest-exact" do.
    """
    if method not in METHODS:
        raise ArgumentError("resize", "method", method, " or ".join(f'"{m}"' for m in METHODS))
    aligned = known_flag("resize", "align_corners", align_corners)
    if aligned and method == "nearest":
        expected = 'False for method="nearest", whose elements are not between others'
        raise ArgumentError("resize", "align_corners", align_corners, expected)
    node, weak = operand(x, floating=method == "bilinear")
    axes = spatial_axes("resize", len(node.shape), data_format)
    if not axes or any(node.shape[axis] == 0 for axis in axes):
        expected = "(batch, space..., channels) with at least one element along each axis of space"
        raise ShapeError("resize", [node.shape], expected)
    for axis, count in zip(axes, one_for_each("resize", "size", size, len(axes), 1), strict=True):
        if node.shape[axis] == count:
            continue
        if method == "nearest":
            node = _nearest(node, axis, count)
        else:
            node = _interpolated(node, axis, count, aligned)
    return wrap(node, weak)
