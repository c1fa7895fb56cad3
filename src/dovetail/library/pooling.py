"""Layers that pool over space: (examples, space..., channels), or channels before space.

Arguments are those of Keras' layers; `padding` is "valid", "same", or numbers, one for all axes,
one for each, or (before, after) for each, as for `dt.max_pool`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dovetail.errors import ShapeError
from dovetail.extension.layer import Layer
from dovetail.graph.dtypes import int64
from dovetail.graph.primitives.row import size as size_node
from dovetail.language.data_types import lowest
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating, widened
from dovetail.language.operands import wrap
from dovetail.language.window_arguments import one_for_each
from dovetail.library.axes import Padding, check_input, space_axes

__all__ = [
    "AdaptiveAveragePool1D", "AdaptiveAveragePool2D", "AdaptiveAveragePool3D", "AdaptiveMaxPool1D",
    "AdaptiveMaxPool2D", "AdaptiveMaxPool3D", "AveragePool1D", "AveragePool2D", "AveragePool3D",
    "GlobalAveragePool1D", "GlobalAveragePool2D", "GlobalAveragePool3D", "GlobalMaxPool1D",
    "GlobalMaxPool2D", "GlobalMaxPool3D", "MaxPool1D", "MaxPool2D", "MaxPool3D",
]  # fmt: skip


class _MaxPool(Layer):
    """The maximum of each window."""

    _rank: ClassVar[int]

    pool_size: int | tuple[int, ...] = 2
    strides: int | tuple[int, ...] | None = None
    padding: Padding = "valid"
    data_format: str = "channels_last"
    dilation_rate: int | tuple[int, ...] = 1
    ceil_mode: bool = False

    def forward(self, x: Any) -> Any:
        """The maxima; padding is never one."""
        check_input(self, x, self._rank)
        return dt.max_pool(
            x, self.pool_size, self.strides, self.padding, self.dilation_rate,
            ceil_mode=self.ceil_mode, data_format=self.data_format,
        )  # fmt: skip


class MaxPool1D(_MaxPool):
    """y[t, c] = max of x[strides t + j, c] over j. (examples, steps, channels) to fewer steps.

    `strides` are the `pool_size` by default. Ties share the gradient (PyTorch: the first has it).
    """

    _rank = 1


class MaxPool2D(_MaxPool):
    """y[h, w, c] = max of x[s h + i, s w + j, c] over i and j; s are the `strides`.

    (examples, rows, columns, channels) to fewer rows and columns. `strides` are the `pool_size` by
    default; with `ceil_mode` a last window may be partly after the end, as in PyTorch. Ties share
    the gradient (PyTorch: the first has it). Riesenhuber & Poggio 1999, Nature
    Neuroscience 2.
    """

    _rank = 2


class MaxPool3D(_MaxPool):
    """MaxPool2D over three dimensions: (examples, planes, rows, columns, channels)."""

    _rank = 3


class _AveragePool(Layer):
    """The mean of each window."""

    _rank: ClassVar[int]

    pool_size: int | tuple[int, ...] = 2
    strides: int | tuple[int, ...] | None = None
    padding: Padding = "valid"
    data_format: str = "channels_last"
    count_include_pad: bool | None = None
    ceil_mode: bool = False

    def forward(self, x: Any) -> Any:
        """The means."""
        check_input(self, x, self._rank)
        return dt.avg_pool(
            x, self.pool_size, self.strides, self.padding,
            count_include_pad=self.count_include_pad, ceil_mode=self.ceil_mode,
            data_format=self.data_format,
        )  # fmt: skip


class AveragePool1D(_AveragePool):
    """y[t, c] = mean of x[strides t + j, c] over j. (examples, steps, channels) to fewer steps.

    `strides` and `count_include_pad` are as in AveragePool2D.
    """

    _rank = 1


class AveragePool2D(_AveragePool):
    """y[h, w, c] = mean of x[s h + i, s w + j, c] over i and j; s are the `strides`.

    (examples, rows, columns, channels) to fewer rows and columns. `strides` are the `pool_size` by
    default. `count_include_pad`: whether padding counts as zeros; by default it does where it is
    given in numbers, as in PyTorch, and not for "same", as in Keras. `ceil_mode`: whether a last
    window may be partly after the end, which is never counted. LeCun et al. 1998, Proc. IEEE
    86(11).
    """

    _rank = 2


class AveragePool3D(_AveragePool):
    """AveragePool2D over three dimensions: (examples, planes, rows, columns, channels)."""

    _rank = 3


# Over all of space.


class _Global(Layer):
    """One value for each channel."""

    _rank: ClassVar[int]

    data_format: str = "channels_last"
    keepdims: bool = False


class _GlobalMaxPool(_Global):
    """The maximum over space."""

    def forward(self, x: Any) -> Any:
        """The maximum of each channel."""
        check_input(self, x, self._rank)
        return dt.max(x, axis=space_axes(self, x), keepdims=self.keepdims)


class GlobalMaxPool1D(_GlobalMaxPool):
    """y[c] = max of x[t, c] over t. (examples, steps, channels) to (examples, channels)."""

    _rank = 1


class GlobalMaxPool2D(_GlobalMaxPool):
    """y[c] = max of x[h, w, c] over h and w. (examples, rows, columns, channels) to (examples,
    channels)."""

    _rank = 2


class GlobalMaxPool3D(_GlobalMaxPool):
    """GlobalMaxPool2D over three dimensions: (examples, planes, rows, columns, channels)."""

    _rank = 3


class _GlobalAveragePool(_Global):
    """The mean over space."""

    def forward(self, x: Any) -> Any:
        """The mean of each channel."""
        check_input(self, x, self._rank)
        return dt.mean(x, axis=space_axes(self, x), keepdims=self.keepdims)


class GlobalAveragePool1D(_GlobalAveragePool):
    """y[c] = mean of x[t, c] over t. (examples, steps, channels) to (examples, channels).

    `mask` (examples, steps): the mean is over the steps where it is True, and 0 if there are none.
    Lin, Chen & Yan 2014, arXiv:1312.4400.
    """

    _rank = 1

    def forward(self, x: Any, mask: Any = None) -> Any:
        """The mean of each channel."""
        if mask is None:
            return super().forward(x)
        check_input(self, x, self._rank)
        axes = space_axes(self, x)
        if mask.shape != (x.shape[0], x.shape[axes[0]]):
            raise ShapeError(
                f"{self.name}: a mask", [mask.shape],
                f"(examples, steps), which are {(x.shape[0], x.shape[axes[0]])}",
            )  # fmt: skip
        counts = dt.expand_dims(mask != 0, axis=-1 if axes == (1,) else 1)
        wide = widened(x)
        total = dt.sum(dt.where(counts, wide, 0.0), axis=axes, keepdims=self.keepdims)
        number = dt.sum(dt.astype(counts, wide.dtype), axis=axes, keepdims=self.keepdims)
        return dt.astype(total / dt.maximum(number, 1.0), floating(x).dtype)


class GlobalAveragePool2D(_GlobalAveragePool):
    """y[c] = mean of x[h, w, c] over h and w. (examples, rows, columns, channels) to (examples,
    channels). Lin, Chen & Yan 2014, arXiv:1312.4400."""

    _rank = 2


class GlobalAveragePool3D(_GlobalAveragePool):
    """GlobalAveragePool2D over three dimensions: (examples, planes, rows, columns, channels)."""

    _rank = 3


# To a given size.


class _AdaptivePool(Layer):
    """Window i of n is from floor(i extent / n) to ceil((i + 1) extent / n) of each axis.

    Windows of one axis may have different sizes, and overlap.
    """

    _rank: ClassVar[int]

    output_size: int | tuple[int | None, ...]
    data_format: str = "channels_last"

    def forward(self, x: Any) -> Any:
        """The pooled x, one axis after the other; an axis of size None stays as it is."""
        check_input(self, x, self._rank)
        axes = space_axes(self, x)
        given = self.output_size
        if isinstance(given, (tuple, list)) and len(given) == self._rank:
            given = tuple(
                x.shape[axis] if size is None else size
                for axis, size in zip(axes, given, strict=True)
            )
        counts = one_for_each(self.name, "output_size", given, self._rank, 1)
        for axis, count in zip(axes, counts, strict=True):
            extent = x.shape[axis]
            if extent == 0:
                raise ShapeError(self.name, [x.shape], "at least one element along each axis")
            if extent % count == 0:
                shape = (*x.shape[:axis], count, extent // count, *x.shape[axis + 1 :])
                x = self._reduced(dt.reshape(x, shape), axis + 1)
            else:
                x = self._uneven(x, axis, extent, count)
        return x

    def _uneven(self, x: Any, axis: int, extent: int, count: int) -> Any:
        """Pool an axis of which `count` is no divisor: elements by index, some of which count."""
        most = -(-extent // count) + 1
        number, place = dt.arange(count), dt.arange(most)
        whole = wrap(size_node(extent, (), int64))  # a number that another extent changes
        first = number * whole // count
        size = ((number + 1) * whole + (count - 1)) // count - first
        inside = place < size[:, None]
        at = dt.minimum(first[:, None] + place, whole - 1)
        shape = (*x.shape[:axis], count, most, *x.shape[axis + 1 :])
        picked = dt.reshape(dt.take(x, dt.reshape(at, (count * most,)), axis=axis), shape)
        after = (1,) * (x.ndim - axis - 1)
        inside, size = dt.reshape(inside, (count, most, *after)), dt.reshape(size, (count, *after))
        return self._of_some(picked, inside, size, axis + 1)

    def _reduced(self, x: Any, axis: int) -> Any:
        raise NotImplementedError

    def _of_some(self, x: Any, inside: Any, size: Any, axis: int) -> Any:
        raise NotImplementedError


class _AdaptiveMaxPool(_AdaptivePool):
    """The maximum of each window."""

    def _reduced(self, x: Any, axis: int) -> Any:
        return dt.max(x, axis=axis)

    def _of_some(self, x: Any, inside: Any, size: Any, axis: int) -> Any:
        return dt.max(dt.where(inside, x, lowest(x.dtype)), axis=axis)


class AdaptiveMaxPool1D(_AdaptiveMaxPool):
    """The maximum of `output_size` windows that cover the steps: (examples, steps, channels)."""

    _rank = 1


class AdaptiveMaxPool2D(_AdaptiveMaxPool):
    """The maximum of `output_size` windows that cover rows and columns, whatever their number.

    (examples, rows, columns, channels) to (examples, *output_size, channels). Window i of n is from
    floor(i extent / n) to ceil((i + 1) extent / n), as in PyTorch. He et al. 2015, arXiv:1406.4729.
    """

    _rank = 2


class AdaptiveMaxPool3D(_AdaptiveMaxPool):
    """AdaptiveMaxPool2D over three dimensions: (examples, planes, rows, columns, channels)."""

    _rank = 3


class _AdaptiveAveragePool(_AdaptivePool):
    """The mean of each window."""

    def _reduced(self, x: Any, axis: int) -> Any:
        return dt.mean(x, axis=axis)

    def _of_some(self, x: Any, inside: Any, size: Any, axis: int) -> Any:
        wide = widened(x)
        total = dt.sum(dt.where(inside, wide, 0.0), axis=axis)
        return dt.astype(total / dt.astype(size, wide.dtype), floating(x).dtype)


class AdaptiveAveragePool1D(_AdaptiveAveragePool):
    """The mean of `output_size` windows that cover the steps: (examples, steps, channels)."""

    _rank = 1


class AdaptiveAveragePool2D(_AdaptiveAveragePool):
    """The mean of `output_size` windows that cover rows and columns, whatever their number.

    (examples, rows, columns, channels) to (examples, *output_size, channels). Window i of n is from
    floor(i extent / n) to ceil((i + 1) extent / n), as in PyTorch. He et al. 2015, arXiv:1406.4729.
    """

    _rank = 2


class AdaptiveAveragePool3D(_AdaptiveAveragePool):
    """AdaptiveAveragePool2D over three dimensions: (examples, planes, rows, columns, channels)."""

    _rank = 3
