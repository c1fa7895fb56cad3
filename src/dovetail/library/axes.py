"""The axes of layers' inputs: channels and space, parameters along them, and checks."""

from __future__ import annotations

from typing import Any

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Shape
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.window_arguments import FORMATS, one_for_each

Axes = int | tuple[int, ...]
Padding = str | int | tuple[Any, ...]

_NAMES = {1: ("steps",), 2: ("rows", "columns"), 3: ("planes", "rows", "columns")}


def channel_axis(layer: Any, field: str = "data_format") -> int:
    """The axis of the channels in the order of axes that the layer's field says."""
    order = getattr(layer, field)
    if order not in FORMATS:
        expected = " or ".join(f'"{name}"' for name in FORMATS)
        raise ArgumentError(layer.name, field, order, expected)
    return -1 if order == "channels_last" else 1


def space_axes(layer: Any, x: Any) -> Shape:
    """The axes of space of the layer's input."""
    return tuple(range(1, x.ndim - 1) if channel_axis(layer) == -1 else range(2, x.ndim))


def check_input(layer: Any, x: Any, rank: int) -> None:
    """Raises unless x has axes for examples, for `rank` dimensions of space, and for channels."""
    space = ", ".join(_NAMES[rank])
    last = channel_axis(layer) == -1
    layout = f"(examples, {space}, channels)" if last else f"(examples, channels, {space})"
    if x.ndim != rank + 2:
        raise ShapeError(
            layer.name, [x.shape], f"an array {layout}",
            "add the axis that is missing, for example x[..., None] for one channel, or x[None] "
            "for one example" if x.ndim < rank + 2 else "reshape it, or choose another layer",
        )  # fmt: skip


def sizes_of(layer: Any, name: str, rank: int) -> Shape:
    """A size for each axis of space, of the field of this name."""
    return one_for_each(layer.name, name, getattr(layer, name), rank, 1)


def aligned(array: Any, axis: Axes, x: Any) -> Any:
    """A parameter of the axes `axis` of x, with 1 for the others; None stays None."""
    if array is None:
        return None
    axes = [each % x.ndim for each in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if axes == list(range(x.ndim - len(axes), x.ndim)):
        return array
    array = dt.permute_dims(array, sorted(range(len(axes)), key=axes.__getitem__))
    return dt.reshape(array, [x.shape[each] if each in axes else 1 for each in range(x.ndim)])


def along_channels(array: Any, layer: Any, ndim: int) -> Any:
    """An array of channels, aligned with those of arrays of `ndim` axes; None stays None."""
    if array is None or channel_axis(layer) == -1:
        return array
    return dt.reshape(array, (-1, *(1,) * (ndim - 2)))


def check_divides(layer: Any, name: str, what: str, count: int) -> None:
    """Raises unless the field of this name divides a number of channels."""
    value = getattr(layer, name)
    if not isinstance(value, int) or value < 1 or count % value:
        raise ArgumentError(
            layer.name, name, value, f"a divisor of {what}, {count}",
            f"choose one of {', '.join(map(str, _divisors(count)))}",
        )  # fmt: skip


def _divisors(count: int) -> list[int]:
    found = [n for n in range(1, count + 1) if count % n == 0]
    return found if len(found) <= 8 else [*found[:7], found[-1]]
