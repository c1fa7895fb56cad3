"""Windows over axes, and pooling.

Windows are a view: their maximum, their mean, or any other function of them reads the array
itself, without a copy of the windows. The derivative adds up what overlapping windows give.
"""

from __future__ import annotations

import math
from typing import Any

from dovetail.errors import ArgumentError
from dovetail.graph.dtypes import int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import size as size_node
from dovetail.language.data_types import lowest
from dovetail.language.functions import op
from dovetail.language.operands import Operand, operand, static, wrap
from dovetail.language.tracer import Tracer
from dovetail.language.window_arguments import (
    Numbers,
    Padding,
    Windowed,
    bordered,
    chosen_axes,
    known_flag,
    require_window,
    spatial_axes,
    windowed,
)

__all__ = ["avg_pool", "max_pool", "windows"]


def _windows(x: Node, found: Windowed, border: float | int) -> Node:
    return structure.windows(
        bordered(x, found, border),
        axes=found.axes,
        window=found.window,
        steps=found.steps,
        dilations=found.dilations,
    )


@op
@static("size")
def windows(
    x: Operand,
    /,
    size: Numbers,
    axis: Numbers | None = None,
    *,
    strides: Numbers = 1,
    dilation: Numbers = 1,
    padding: Padding = "valid",
) -> Tracer:
    """out[.., i, .., j] = x[.., strides i + dilation j, ..] for j from 0 to size - 1.

    The elements of windows are axes at the end: windows over the axes (1, 2) of (n, h, w, c) have
    the shape (n, rows, columns, c, size, size). `axis`: by default those of space in (batch,
    space..., channels). `padding`: "valid" (whole windows), "same" (one for each `strides`
    elements), "causal" (each ends at its own position), or the number of zeros for each axis.
    """
    node, weak = operand(x)
    axes = chosen_axes("windows", axis, len(node.shape))
    found = windowed("windows", node.shape, axes, size, strides, dilation, padding)
    return wrap(_windows(node, found, 0), weak)


# Pooling.


def _pooled(
    call: str, x: Node, size: Any, strides: Any, dilation: Any, padding: Any, data_format: str,
    ceil_mode: Any,
) -> Windowed:  # fmt: skip
    rank = len(x.shape)
    axes = spatial_axes(call, rank, data_format)
    if not axes:
        raise ArgumentError(
            call, "x", x.shape, "an array (batch, space..., channels), or channels before space"
        )
    steps = size if strides is None else strides
    whole = not known_flag(call, "ceil_mode", ceil_mode)
    found = windowed(call, x.shape, axes, size, steps, dilation, padding, whole)
    for low, high, span in zip(found.lows, found.highs, found.spans, strict=True):
        if low >= span or high >= span:
            raise ArgumentError(call, "padding", padding, "less than a window, on each side")
    return found


def _with_last(call: str, found: Windowed, shape: Shape, ceil_mode: Any) -> Windowed:
    """With a last window that is partly after the end, unless it begins in the padding there."""
    if not ceil_mode:
        return found
    highs: list[int] = []
    sides = zip(found.axes, found.lows, found.highs, found.spans, found.steps, strict=True)
    for axis, low, high, span, step in sides:
        rest = (shape[axis] + low + high - span) % step
        first = shape[axis] + low + high - span - rest + step  # of the window after the last
        begins_inside = rest > 0 and first < shape[axis] + low
        highs.append(high + step - rest if begins_inside else high)
    found = found._replace(highs=tuple(highs))
    require_window(call, shape, found)
    return found


def _elements(found: Windowed, rank: int) -> Shape:
    return tuple(range(rank, rank + len(found.axes)))


@op
@static("size")
def max_pool(
    x: Operand,
    /,
    size: Numbers,
    strides: Numbers | None = None,
    padding: Padding = "valid",
    dilation: Numbers = 1,
    *,
    ceil_mode: bool = False,
    data_format: str = "channels_last",
) -> Tracer:
    """The maximum of each window in space: (batch, space..., channels).

    `strides` are the size by default. Padding is never the maximum; ties share the gradient.
    `ceil_mode`: whether a last window may be partly after the end, as in PyTorch.
    """
    node, weak = operand(x)
    found = _pooled("max_pool", node, size, strides, dilation, padding, data_format, ceil_mode)
    found = _with_last("max_pool", found, node.shape, ceil_mode)
    whole = _windows(node, found, lowest(node.dtype))
    return wrap(structure.max_(whole, axes=_elements(found, len(node.shape))), weak)


def _inside(x: Node, found: Windowed, shape: Shape, borders: Shape, ends: Shape) -> Node:
    """The elements of each window from `borders` before the array on, to `ends` after it."""
    total: Node | None = None
    sides = zip(found.lows, borders, ends, strict=True)
    windows = zip(found.axes, found.window, found.steps, sides, strict=True)
    for axis, length, step, (low, border, after) in windows:
        place = structure.iota(shape=shape, axis=axis, dtype=int64)
        first = rows.subtract(rows.multiply(place, step), low)
        last = size_node(x.shape[axis] + after, shape, int64)
        end = rows.minimum(rows.add(first, length), last)
        count = rows.subtract(end, rows.maximum(first, -border))
        total = count if total is None else rows.multiply(total, count)
    assert total is not None
    return rows.cast(total, dtype=x.dtype)


@op
@static("size")
def avg_pool(
    x: Operand,
    /,
    size: Numbers,
    strides: Numbers | None = None,
    padding: Padding = "valid",
    *,
    count_include_pad: bool | None = None,
    ceil_mode: bool = False,
    data_format: str = "channels_last",
) -> Tracer:
    """The mean of each window in space: (batch, space..., channels).

    `strides` are the size by default. `count_include_pad`: whether padding counts as zeros; by
    default it does where it is given in numbers, as in PyTorch, and not for "same", as in Keras.
    `ceil_mode`: whether a last window may be partly after the end, which is never counted.
    """
    node, weak = operand(x, floating=True)
    found = _pooled("avg_pool", node, size, strides, 1, padding, data_format, ceil_mode)
    counted = not isinstance(padding, str)
    if count_include_pad is not None:
        counted = known_flag("avg_pool", "count_include_pad", count_include_pad)
    nothing = (0,) * len(found.axes)
    borders, ends = (found.lows, found.highs) if counted else (nothing, nothing)
    found = _with_last("avg_pool", found, node.shape, ceil_mode)
    elements = _elements(found, len(node.shape))
    total = structure.sum_(_windows(node, found, 0), axes=elements)
    if (borders, ends) == (found.lows, found.highs):
        return wrap(rows.divide(total, float(math.prod(found.window))), weak)
    return wrap(rows.divide(total, _inside(node, found, total.shape, borders, ends)), weak)
