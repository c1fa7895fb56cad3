"""Layers that change the size of space.

Inputs are (examples, space..., channels), or have channels before space.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dovetail.errors import ArgumentError
from dovetail.extension.layer import Layer
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.axes import check_input, sizes_of, space_axes

__all__ = [
    "Resize", "UpSampling1D", "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D",
    "ZeroPadding3D",
]  # fmt: skip


class _ZeroPadding(Layer):
    """Zeros before and after each axis of space."""

    _rank: ClassVar[int]

    padding: int | tuple[Any, ...] = 1
    data_format: str = "channels_last"

    def forward(self, x: Any) -> Any:
        """x with a border of zeros."""
        check_input(self, x, self._rank)
        widths = [(0, 0)] * x.ndim
        for axis, pair in zip(space_axes(self, x), self._pairs(), strict=True):
            widths[axis] = pair
        return dt.pad(x, widths)

    def _pairs(self) -> list[tuple[int, int]]:
        """(before, after) for each axis of space."""
        given: Any = self.padding
        each = given if isinstance(given, (tuple, list)) else (given,) * self._rank
        if self._rank == 1 and isinstance(given, (tuple, list)) and len(given) == 2:
            each = (given,)  # before and after the one axis, as in Keras
        pairs = [tuple(one) if isinstance(one, (tuple, list)) else (one, one) for one in each]
        numbers = [number for pair in pairs for number in pair]
        whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in numbers)
        if len(pairs) != self._rank or any(len(pair) != 2 for pair in pairs) or not whole:
            expected = "a number from 0 on, one for each axis of space, or (before, after) for each"
            raise ArgumentError(self.name, "padding", given, expected)
        return [(pair[0], pair[1]) for pair in pairs]


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after the steps: (examples, steps, channels). `padding`: one number for both
    ends, or (before, after)."""

    _rank = 1


class ZeroPadding2D(_ZeroPadding):
    """Zeros around rows and columns: (examples, rows, columns, channels).

    `padding`: a number, one for (rows, columns), or ((before, after), (before, after)).
    """

    _rank = 2


class ZeroPadding3D(_ZeroPadding):
    """ZeroPadding2D for three dimensions: (examples, planes, rows, columns, channels)."""

    _rank = 3


class _UpSampling(Layer):
    """`size` times as many elements along each axis of space."""

    _rank: ClassVar[int]

    size: int | tuple[int, ...] = 2
    data_format: str = "channels_last"
    interpolation: str = "nearest"

    def forward(self, x: Any) -> Any:
        """x, resampled."""
        check_input(self, x, self._rank)
        times = sizes_of(self, "size", self._rank)
        extents = [x.shape[axis] for axis in space_axes(self, x)]
        wanted = [extent * n for extent, n in zip(extents, times, strict=True)]
        return dt.resize(x, wanted, self.interpolation, data_format=self.data_format)


class UpSampling1D(_UpSampling):
    """Each step `size` times: (examples, steps, channels) to (examples, size steps, channels).

    `interpolation="bilinear"` interpolates linearly between steps.
    """

    _rank = 1


class UpSampling2D(_UpSampling):
    """`size` times as many rows and columns: (examples, rows, columns, channels).

    `interpolation`: "nearest" repeats each element, "bilinear" interpolates between the middles of
    the elements, as `dt.resize` does.
    """

    _rank = 2


class UpSampling3D(_UpSampling):
    """UpSampling2D over three dimensions: (examples, planes, rows, columns, channels)."""

    _rank = 3


class Resize(Layer):
    """Rows and columns, resampled to `height` and `width`: (examples, rows, columns, channels).

    `interpolation`: "bilinear", without antialiasing, or "nearest", as `dt.resize`; Keras' layer of
    these arguments is Resizing.
    """

    height: int
    width: int
    interpolation: str = "bilinear"
    data_format: str = "channels_last"

    def forward(self, x: Any) -> Any:
        """x, resampled."""
        check_input(self, x, 2)
        size = self.height, self.width
        return dt.resize(x, size, self.interpolation, data_format=self.data_format)
