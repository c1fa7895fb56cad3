"""Layers whose kernels are whole numbers of 8 bits, with a scale for each channel of the result.

`kernel` is a state, which is not trained; its values are kernel * scale. The scale is
applied to the result. `dt.improve.quantise` makes them.
"""

from __future__ import annotations

from typing import Any

from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter, State, from_input
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating
from dovetail.library.axes import along_channels
from dovetail.library.convolution import (
    Conv1D,
    Conv2D,
    Conv3D,
    DepthwiseConv1D,
    DepthwiseConv2D,
)
from dovetail.library.layers import ActivationLike, activate

__all__ = [
    "QuantisedConv1D", "QuantisedConv2D", "QuantisedConv3D", "QuantisedDense",
    "QuantisedDepthwiseConv1D", "QuantisedDepthwiseConv2D", "QuantisedEmbedding",
]  # fmt: skip

INT8 = "int8"
LARGEST = 127.0


def rounded(kernel: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """(whole numbers from -127 to 127 as floats, their scale) of each slice along `axes`.

    The scale has 1 for the axes that it is over.
    """
    scale = dt.max(dt.abs(kernel), axis=axes, keepdims=True) / LARGEST
    scale = dt.where(scale > 0.0, scale, 1.0)
    return dt.round(kernel / scale), scale


class QuantisedDense(Layer):
    """activation(x kernel scale + bias), with a kernel of int8. (..., features) to (..., units).

    `dynamic`: x is rounded to 8 bits, too, with a scale for each row, and the product is one of
    whole numbers.
    """

    units: int
    activation: ActivationLike = None
    use_bias: bool = True
    dynamic: bool = False
    features: int = from_input(axis=-1)
    kernel = State("features", "units", dtype=INT8)
    scale = State("units", init="ones")
    bias = Parameter("units", init="zeros", when="use_bias")

    def forward(self, x: Any) -> Any:
        """The output for x of shape (..., features)."""
        x = floating(x)
        if self.dynamic:
            whole, scale = rounded(x, (-1,))
            product = dt.astype(whole, dt.int32) @ dt.astype(self.kernel, dt.int32)
            y = dt.astype(product, x.dtype) * scale
        else:
            y = x @ dt.astype(self.kernel, x.dtype)
        y = y * dt.astype(self.scale, x.dtype)
        return activate(self.activation, y + self.bias if self.use_bias else y)


class QuantisedEmbedding(Layer):
    """Rows of a table of int8 by index, with a scale for each row."""

    count: int
    units: int
    mask_zero: bool = False
    kernel = State("count", "units", dtype=INT8)
    scale = State("count", init="ones")

    def forward(self, indices: Any) -> Any:
        """The row of each index."""
        rows = dt.take(self.kernel, dt.reshape(indices, (-1,)), axis=0)
        scale = dt.take(self.scale, dt.reshape(indices, (-1,)), axis=0)
        found = dt.astype(rows, scale.dtype) * dt.expand_dims(scale, axis=-1)
        return dt.reshape(found, (*indices.shape, self.units))

    def compute_mask(self, indices: Any) -> Any:
        """True for each index that is no padding, with `mask_zero`; otherwise None."""
        return indices != 0 if self.mask_zero else None


class _Quantised:
    """What convolutions with a kernel of int8 have in common: the scale of each channel."""

    scale = State("filters", init="ones")

    def _of(self, kernel: Any, x: Any) -> Any:
        return dt.astype(kernel, x.dtype)

    def forward(self, x: Any) -> Any:
        """The output for x of shape (examples, space..., features)."""
        layer: Any = self
        y = layer._convolved(floating(x))
        y = y * along_channels(dt.astype(layer.scale, y.dtype), layer, y.ndim)
        return layer._finished(y)


class QuantisedConv1D(_Quantised, Conv1D):
    """Conv1D with a kernel of int8."""

    kernel = State("window", "features / groups", "filters", dtype=INT8)


class QuantisedConv2D(_Quantised, Conv2D):
    """Conv2D with a kernel of int8."""

    kernel = State("window", "features / groups", "filters", dtype=INT8)


class QuantisedConv3D(_Quantised, Conv3D):
    """Conv3D with a kernel of int8."""

    kernel = State("window", "features / groups", "filters", dtype=INT8)


class QuantisedDepthwiseConv1D(_Quantised, DepthwiseConv1D):
    """DepthwiseConv1D with a kernel of int8."""

    kernel = State("window", "features", "depth_multiplier", dtype=INT8)


class QuantisedDepthwiseConv2D(_Quantised, DepthwiseConv2D):
    """DepthwiseConv2D with a kernel of int8."""

    kernel = State("window", "features", "depth_multiplier", dtype=INT8)
