"""Rows of windows over axes, and of the sum of overlapping windows, its transpose.

Window i of an axis holds the elements step * i + dilation * j, for j below the window's size. The
windows replace the elements of their axis, and their own elements are in further axes at the end:
`windows` of axes (1, 2) of an array (n, h, w, c) has the shape (n, windows, windows, c, size,
size). It is a view: nothing is copied. Elements beyond the last whole window are in no window.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dimensions import AddedAt, OverWindows
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.movement import basic_index, slice_
from dovetail.graph.primitives.row import Array, Attributes, Linear, Primitive, same_dtype


def window_span(size: int, dilation: int) -> int:
    """The elements from the first to the last of a window."""
    return dilation * (size - 1) + 1


def window_count(extent: int, span: int, step: int) -> int:
    """The whole windows of an axis."""
    return (extent - span) // step + 1


def _fields(attrs: Attributes) -> Iterator[tuple[int, int, int, int]]:
    """For each axis: the axis, the window's size, its step and its dilation."""
    return zip(attrs["axes"], attrs["window"], attrs["steps"], attrs["dilations"], strict=True)


def _check(name: str, shape: Shape, attrs: Attributes) -> None:
    axes: Shape = attrs["axes"]
    found = list(_fields(attrs))
    distinct = len(set(axes)) == len(axes) and all(0 <= axis < len(shape) for axis in axes)
    if not distinct or any(min(size, step, gap) < 1 for _, size, step, gap in found):
        raise ShapeError(
            name, [shape, axes], "distinct axes, and sizes, steps and dilations of at least 1"
        )


def _infer_windows(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    shape = list(args[0].shape)
    _check(name, args[0].shape, attrs)
    for axis, size, step, dilation in _fields(attrs):
        span = window_span(size, dilation)
        if shape[axis] < span:
            raise ShapeError(
                f"{name} of {span} elements along axis {axis}",
                [args[0].shape],
                "an axis that holds at least one window",
            )
        shape[axis] = window_count(shape[axis], span, step)
    return (*shape, *attrs["window"]), args[0].dtype


def windows_of(x: Array, fields: Iterable[tuple[int, int, int, int]]) -> Array:
    """A view of the windows; `fields`: for each axis itself, size, step and dilation."""
    shape, strides = list(x.shape), list(x.strides)
    window: list[int] = []
    inner: list[int] = []
    for axis, size, step, dilation in fields:
        shape[axis] = window_count(shape[axis], window_span(size, dilation), step)
        window.append(size)
        inner.append(strides[axis] * dilation)
        strides[axis] *= step
    return np.lib.stride_tricks.as_strided(
        x, (*shape, *window), (*strides, *inner), writeable=False
    )


def _evaluate_windows(node: Node, x: Array) -> Array:
    return windows_of(x, _fields(dict(node.attrs)))


def _windows_transpose(node: Node, cotangent: Node, index: int) -> Node:
    extent = tuple(node.args[0].shape[axis] for axis in node.ints("axes"))
    return overlap_add(cotangent, extent=extent, **dict(node.attrs))


windows = Primitive(
    "windows", "movement", 1, _infer_windows, _evaluate_windows, Linear(_windows_transpose),
    OverWindows(), view=True, rounding=0.0,
)  # fmt: skip


# overlap_add: each element of a window is added where `windows` reads it, in the order of the
# windows' elements; zero where no window is.


def _infer_overlap(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    given = args[0].shape
    count = len(attrs["window"])
    shape = list(given[: len(given) - count])
    _check(name, tuple(shape), attrs)
    fits = given[len(shape) :] == attrs["window"]
    for (axis, size, step, dilation), extent in zip(_fields(attrs), attrs["extent"], strict=True):
        span = window_span(size, dilation)
        fits = fits and extent >= span and given[axis] == window_count(extent, span, step)
        shape[axis] = extent
    if not fits:
        expected = f"the windows of {attrs['window']} of axes with {attrs['extent']} elements"
        raise ShapeError(name, [given], expected)
    return tuple(shape), args[0].dtype


def taps(window: Sequence[int]) -> Iterator[Shape]:
    """The positions within a window, in order."""
    return itertools.product(*[range(size) for size in window])


def tap_starts(node: Node, tap: Shape, rank: int) -> Shape:
    """Where the elements at one position of the windows start, in the array under them."""
    starts = [0] * rank
    for axis, place, dilation in zip(node.ints("axes"), tap, node.ints("dilations"), strict=True):
        starts[axis] = place * dilation
    return tuple(starts)


def tap_steps(node: Node, rank: int) -> Shape:
    """The steps between windows, for each axis of the array under them."""
    steps = [1] * rank
    for axis, step in zip(node.ints("axes"), node.ints("steps"), strict=True):
        steps[axis] = step
    return tuple(steps)


def _evaluate_overlap(node: Node, y: Array) -> Array:
    rank = len(node.shape)
    result = np.zeros(node.shape, y.dtype)
    steps, sizes = tap_steps(node, rank), y.shape[:rank]
    for tap in taps(node.ints("window")):
        result[basic_index(tap_starts(node, tap, rank), steps, sizes)] += y[(..., *tap)]
    return result


def _overlap_transpose(node: Node, cotangent: Node, index: int) -> Node:
    attrs = {name: node.ints(name) for name in ("axes", "window", "steps", "dilations")}
    return windows(cotangent, **attrs)


overlap_add = Primitive(
    "overlap_add", "movement", 1, _infer_overlap, _evaluate_overlap, Linear(_overlap_transpose),
    OverWindows(), accumulates=True,
)  # fmt: skip


# add_at: the second operand is added to the first one, at start + step * i. `overlap_add` is
# computed by it. `apart`: the first one is zero there.


def _infer_add_at(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    x, y = (arg.shape for arg in args)
    if len(x) != len(y):
        raise ShapeError(name, [x, y], "operands of one rank")
    return x, same_dtype(name, args)


def _evaluate_add_at(node: Node, x: Array, y: Array) -> Array:
    result = np.array(x)
    result[basic_index(node.ints("starts"), node.ints("steps"), y.shape)] += y
    return result


def _add_at_transpose(node: Node, cotangent: Node, index: int) -> Node:
    if index == 0:
        return cotangent
    starts, steps = node.ints("starts"), node.ints("steps")
    return slice_(cotangent, starts=starts, steps=steps, sizes=node.args[1].shape)


add_at = Primitive(
    "add_at", "movement", 2, _infer_add_at, _evaluate_add_at, Linear(_add_at_transpose),
    AddedAt(), accumulates=True,
)  # fmt: skip
