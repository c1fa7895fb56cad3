"""Layers that convolve: (examples, space..., channels), or channels before space.

Arguments and arrays are those of Keras' layers of these names. `padding` is "valid", "same",
"causal", or numbers of zeros, one for all axes, one for each, or (before, after) for each.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter, from_input
from dovetail.graph.node import Shape
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.axes import (
    Padding,
    along_channels,
    channel_axis,
    check_divides,
    check_input,
    sizes_of,
)
from dovetail.library.layers import ActivationLike, activate

__all__ = [
    "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose",
    "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D",
]  # fmt: skip


class _Convolution(Layer):
    """The base of the layers: the window, the axis of channels, bias and activation."""

    _rank: ClassVar[int]

    @property
    def window(self) -> Shape:
        """The size of the kernel along each axis of space."""
        return sizes_of(self, "kernel_size", self._rank)

    @property
    def channel_axis(self) -> int:
        """The axis of the channels."""
        return channel_axis(self)

    def _of(self, kernel: Any, x: Any) -> Any:
        """The kernel as it is multiplied with x."""
        return kernel

    def _depthwise(self, x: Any, kernel: Any) -> Any:
        """The convolution of each channel with kernels of its own."""
        me: Any = self
        *window, channels, multiplier = kernel.shape
        kernel = dt.reshape(kernel, (*window, 1, channels * multiplier))
        return dt.conv(
            x, kernel, me.strides, me.padding, me.dilation_rate, channels,
            data_format=me.data_format,
        )  # fmt: skip

    def _finished(self, y: Any) -> Any:
        """activation(y + bias)."""
        me: Any = self
        if me.bias is not None:
            y = y + along_channels(me.bias, self, y.ndim)
        return activate(me.activation, y)


class _Conv(_Convolution):
    """activation(conv(x, kernel) + bias)."""

    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: Padding = "valid"
    data_format: str = "channels_last"
    dilation_rate: int | tuple[int, ...] = 1
    groups: int = 1
    activation: ActivationLike = None
    use_bias: bool = True
    features: int = from_input(axis="channel_axis")
    kernel = Parameter("window", "features / groups", "filters", init="glorot_uniform")
    bias = Parameter("filters", init="zeros", when="use_bias")

    def _convolved(self, x: Any) -> Any:
        """conv(x, kernel)."""
        check_input(self, x, self._rank)
        check_divides(self, "groups", "the channels of the input", self.features)
        check_divides(self, "groups", "filters", self.filters)
        return dt.conv(
            x, self._of(self.kernel, x), self.strides, self.padding, self.dilation_rate,
            self.groups, data_format=self.data_format,
        )  # fmt: skip

    def forward(self, x: Any) -> Any:
        """The output for x of shape (examples, space..., features)."""
        return self._finished(self._convolved(x))


class Conv1D(_Conv):
    """y[t, o] = activation(sum of x[strides t + dilation_rate j, c] kernel[j, c, o] + bias[o]).

    The sum is over j and c. (examples, steps, features) to (examples, steps out, filters). `kernel`
    (size, features / groups, filters) starts Glorot-uniform (Glorot & Bengio 2010, AISTATS), `bias`
    (filters,) at 0. `padding="causal"`: y[t] depends on x up to t alone (van den Oord et al. 2016,
    arXiv:1609.03499).
    """

    _rank = 1


class Conv2D(_Conv):
    """y[h, w, o] = activation(sum of x[s h + d i, s w + d j, c] kernel[i, j, c, o] + bias[o]).

    The sum is over i, j and c; s are the `strides`, d the `dilation_rate`. (examples, rows,
    columns, features) to (examples, rows out, columns out, filters). `kernel` (height, width,
    features / groups, filters) starts Glorot-uniform, `bias` (filters,) at 0. With `groups`, each
    group of channels has filters of its own. LeCun et al. 1989, Neural Computation 1(4).
    """

    _rank = 2


class Conv3D(_Conv):
    """Conv2D over three dimensions of space.

    (examples, planes, rows, columns, features) to (..., filters); `kernel` (depth, height, width,
    features / groups, filters). Ji et al. 2013, IEEE TPAMI 35(1).
    """

    _rank = 3


class _DepthwiseConv(_Convolution):
    """activation(conv of each channel with kernels of its own + bias)."""

    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: Padding = "valid"
    depth_multiplier: int = 1
    data_format: str = "channels_last"
    dilation_rate: int | tuple[int, ...] = 1
    activation: ActivationLike = None
    use_bias: bool = True
    features: int = from_input(axis="channel_axis")
    kernel = Parameter("window", "features", "depth_multiplier", init="glorot_uniform")
    bias = Parameter("filters", init="zeros", when="use_bias")

    @property
    def filters(self) -> int:
        """The channels of the output."""
        return self.features * self.depth_multiplier

    def forward(self, x: Any) -> Any:
        """The output for x of shape (examples, space..., features)."""
        return self._finished(self._convolved(x))

    def _convolved(self, x: Any) -> Any:
        """The convolution of each channel."""
        check_input(self, x, self._rank)
        return self._depthwise(x, self._of(self.kernel, x))


class DepthwiseConv1D(_DepthwiseConv):
    """Conv1D of each channel alone: y[t, c m] = sum of x[t + j, c] kernel[j, c, m] over j.

    (examples, steps, features) to (examples, steps out, features depth_multiplier); `kernel` (size,
    features, depth_multiplier). Chollet 2017, arXiv:1610.02357.
    """

    _rank = 1


class DepthwiseConv2D(_DepthwiseConv):
    """Conv2D of each channel alone: y[h, w, c m] = sum of x[h + i, w + j, c] kernel[i, j, c, m].

    (examples, rows, columns, features) to (examples, rows out, columns out, features
    depth_multiplier); `kernel` (height, width, features, depth_multiplier). Howard et al. 2017,
    arXiv:1704.04861.
    """

    _rank = 2


class _SeparableConv(_Convolution):
    """activation(conv(depthwise conv(x), pointwise kernel) + bias)."""

    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: Padding = "valid"
    data_format: str = "channels_last"
    dilation_rate: int | tuple[int, ...] = 1
    depth_multiplier: int = 1
    activation: ActivationLike = None
    use_bias: bool = True
    features: int = from_input(axis="channel_axis")
    depthwise_kernel = Parameter("window", "features", "depth_multiplier", init="glorot_uniform")
    pointwise_kernel = Parameter("ones", "between", "filters", init="glorot_uniform")
    bias = Parameter("filters", init="zeros", when="use_bias")

    @property
    def between(self) -> int:
        """The channels between the two convolutions."""
        return self.features * self.depth_multiplier

    @property
    def ones(self) -> Shape:
        """The window of the second convolution."""
        return (1,) * self._rank

    def forward(self, x: Any) -> Any:
        """The output for x of shape (examples, space..., features)."""
        check_input(self, x, self._rank)
        y = self._depthwise(x, self.depthwise_kernel)
        return self._finished(
            dt.conv(y, self.pointwise_kernel, padding="valid", data_format=self.data_format)
        )


class SeparableConv1D(_SeparableConv):
    """A DepthwiseConv1D without bias, then a Conv1D of size 1.

    (examples, steps, features) to (examples, steps out, filters); `depthwise_kernel` (size,
    features, depth_multiplier), `pointwise_kernel` (1, features depth_multiplier, filters).
    Chollet 2017, arXiv:1610.02357.
    """

    _rank = 1


class SeparableConv2D(_SeparableConv):
    """A DepthwiseConv2D without bias, then a Conv2D of size 1.

    (examples, rows, columns, features) to (examples, rows out, columns out, filters);
    `depthwise_kernel` (height, width, features, depth_multiplier), `pointwise_kernel` (1, 1,
    features depth_multiplier, filters). Chollet 2017, arXiv:1610.02357.
    """

    _rank = 2


class _ConvTranspose(_Convolution):
    """activation(conv_transpose(x, kernel) + bias)."""

    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: Padding = "valid"
    output_padding: int | tuple[int, ...] | None = None
    data_format: str = "channels_last"
    dilation_rate: int | tuple[int, ...] = 1
    activation: ActivationLike = None
    use_bias: bool = True
    groups: int = 1
    features: int = from_input(axis="channel_axis")
    kernel = Parameter("window", "filters / groups", "features", init="glorot_uniform")
    bias = Parameter("filters", init="zeros", when="use_bias")

    def forward(self, x: Any) -> Any:
        """The output for x of shape (examples, space..., features)."""
        check_input(self, x, self._rank)
        check_divides(self, "groups", "the channels of the input", self.features)
        check_divides(self, "groups", "filters", self.filters)
        rank = self._rank
        kernel = dt.permute_dims(self.kernel, (*range(rank), rank + 1, rank))
        y = dt.conv_transpose(
            x, kernel, self.strides, self.padding, self.dilation_rate, self.groups,
            output_padding=self.output_padding, data_format=self.data_format,
        )  # fmt: skip
        return self._finished(y)


class Conv1DTranspose(_ConvTranspose):
    """The transpose of Conv1D: x[t, c] kernel[j, o, c] is added to y[strides t + j, o].

    (examples, steps, features) to (examples, steps out, filters); `kernel` (size, filters / groups,
    features). "same" gives `strides` times as many steps. Dumoulin & Visin 2016, arXiv:1603.07285.
    """

    _rank = 1


class Conv2DTranspose(_ConvTranspose):
    """The transpose of Conv2D: x[h, w, c] kernel[i, j, o, c] is added to y[s h + i, s w + j, o].

    (examples, rows, columns, features) to (examples, rows out, columns out, filters); `kernel`
    (height, width, filters / groups, features). "same" gives `strides` times as many rows and
    columns; numbers are what is cut off at each side. Zeiler et al. 2010, CVPR.
    """

    _rank = 2


class Conv3DTranspose(_ConvTranspose):
    """Conv2DTranspose over three dimensions of space.

    (examples, planes, rows, columns, features) to (..., filters); `kernel` (depth, height, width,
    filters / groups, features). Dumoulin & Visin 2016, arXiv:1603.07285.
    """

    _rank = 3
