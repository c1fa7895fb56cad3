"""The arguments of functions over windows: sizes, strides, padding, and the order of axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.windows import window_count, window_span
from dovetail.language.operands import KNOWN, static_ints

Numbers = int | Sequence[int]
Padding = str | int | Sequence[int | Sequence[int]]

PADDINGS = '"valid", "same", "causal", a number for each axis, or (before, after) for each axis'
FORMATS = ("channels_last", "channels_first")


class Windowed(NamedTuple):
    """Windows over axes of an array: for each axis its size, step, dilation and padding."""

    axes: Shape
    window: Shape
    steps: Shape
    dilations: Shape
    lows: Shape
    highs: Shape

    @property
    def spans(self) -> Shape:
        """The elements from the first to the last of a window, for each axis."""
        return tuple(map(window_span, self.window, self.dilations))

    def counts(self, shape: Shape) -> Shape:
        """The windows of each axis."""
        return tuple(
            window_count(shape[axis] + low + high, span, step)
            for axis, low, high, span, step in zip(
                self.axes, self.lows, self.highs, self.spans, self.steps, strict=True
            )
        )


def one_for_each(call: str, name: str, value: Any, count: int, least: int) -> Shape:
    """An integer for each axis; one stands for all."""
    given = static_ints(call, name, value)
    several = isinstance(value, (tuple, list))
    found = given if several else given * count
    if len(found) != count or any(number < least for number in found):
        expected = f"an integer from {least} on, or {count} of them: one for each axis"
        raise ArgumentError(call, name, value, expected)
    return found


def windowed(
    call: str, shape: Shape, axes: Shape, size: Any, strides: Any, dilation: Any, padding: Any,
    whole: bool = True,
) -> Windowed:  # fmt: skip
    """The arguments of windows over axes of an array of this shape; `whole`: it holds one."""
    count = len(axes)
    window = one_for_each(call, "size", size, count, 1)
    steps = one_for_each(call, "strides", strides, count, 1)
    dilations = one_for_each(call, "dilation", dilation, count, 1)
    spans = tuple(map(window_span, window, dilations))
    extents = [shape[axis] for axis in axes]
    pairs = paddings(call, padding, extents, spans, steps)
    lows, highs = (tuple(pair[side] for pair in pairs) for side in (0, 1))
    found = Windowed(axes, window, steps, dilations, lows, highs)
    if whole:
        require_window(call, shape, found)
    return found


def require_window(call: str, shape: Shape, found: Windowed) -> None:
    """Raises where an axis with its padding is shorter than a window."""
    for axis, span, low, high in zip(found.axes, found.spans, found.lows, found.highs, strict=True):
        extent = shape[axis]
        if low + extent + high < span:
            padded = f", padded to {low + extent + high}" if low or high else ""
            raise ShapeError(
                f"{call}: a window of {span} elements in axis {axis}, which has {extent}{padded},",
                [shape],
                "at least one whole window in each axis: a smaller window, or padding",
            )


def paddings(
    call: str, padding: Any, extents: Sequence[int], spans: Shape, steps: Shape
) -> list[tuple[int, int]]:
    """The padding before and after each axis."""
    if isinstance(padding, str):
        if padding not in ("valid", "same", "causal"):
            raise ArgumentError(call, "padding", padding, PADDINGS)
        return [
            _named(padding, extent, span, step)
            for extent, span, step in zip(extents, spans, steps, strict=True)
        ]
    several = isinstance(padding, (tuple, list))
    given = cast("Sequence[Any]", padding) if several else [padding] * len(spans)
    pairs: list[tuple[int, int]] = []
    for item in given:
        whole = static_ints(call, "padding", item)
        pairs.append((whole[0], whole[0]) if len(whole) == 1 else (whole[0], whole[-1]))
        if len(whole) > 2 or min(whole, default=-1) < 0:
            raise ArgumentError(call, "padding", padding, PADDINGS)
    if len(pairs) != len(spans):
        raise ArgumentError(call, "padding", padding, f"{PADDINGS}; there are {len(spans)} axes")
    return pairs


def _named(padding: str, extent: int, span: int, step: int) -> tuple[int, int]:
    """Padding by name: "same" keeps ceil(extent / step) windows, as Keras does."""
    if padding == "valid":
        return 0, 0
    count = -(-extent // step)
    if padding == "causal":  # a window ends at its own position
        return span - 1, 0
    total = (count - 1) * step + span - extent
    total = total if total > 0 else 0
    return total // 2, total - total // 2


def spatial_axes(call: str, rank: int, data_format: str) -> Shape:
    """The axes between that of examples and that of channels, or after both."""
    if data_format not in FORMATS:
        expected = " or ".join(f'"{name}"' for name in FORMATS)
        raise ArgumentError(call, "data_format", data_format, expected)
    return tuple(range(1, rank - 1) if data_format == "channels_last" else range(2, rank))


def bordered(x: Node, found: Windowed, value: float | int) -> Node:
    """An array with a border of `value`."""
    rank = len(x.shape)
    if not any(found.lows) and not any(found.highs):
        return x
    starts, shape = [0] * rank, list(x.shape)
    for axis, low, high in zip(found.axes, found.lows, found.highs, strict=True):
        starts[axis] = low
        shape[axis] = low + x.shape[axis] + high
    ones = (1,) * rank
    whole = structure.pad(x, shape=tuple(shape), starts=tuple(starts), steps=ones)
    if value == 0:
        return whole
    low_corner, sizes = [0] * rank, list(shape)
    for axis, low, high in zip(found.axes, found.lows, found.highs, strict=True):
        after = low + x.shape[axis]
        for start, width in ((0, low), (after, high)):
            if width:
                sizes[axis], low_corner[axis] = width, start
                side = constant(value, tuple(sizes), x.dtype)
                whole = structure.add_at(
                    whole, side, starts=tuple(low_corner), steps=ones, apart=True
                )
        sizes[axis], low_corner[axis] = x.shape[axis], low
    return whole


def known_flag(call: str, name: str, value: object) -> bool:
    """A truth value that is known before the function runs."""
    if not isinstance(value, bool):
        raise ArgumentError(call, name, value, "True or False", KNOWN)
    return value


def chosen_axes(call: str, axis: Any, rank: int) -> Shape:
    """The axes of windows: given, or those between examples and channels."""
    if axis is not None:
        axes = static_ints(call, "axis", axis)
        if len({each % rank for each in axes if -rank <= each < rank}) != len(axes):
            raise ArgumentError(call, "axis", axis, f"axes that differ, from {-rank} to {rank - 1}")
        return tuple(each % rank for each in axes)
    if rank == 1:
        return (0,)
    if rank == 2:
        raise ArgumentError(call, "axis", axis, "the axis or axes, for an array of 2 dimensions")
    return tuple(range(1, rank - 1))
