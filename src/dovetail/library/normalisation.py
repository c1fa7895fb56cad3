"""Layers that normalise.

`features` is taken from an axis of the first input, unless it is given.
"""

from __future__ import annotations

import math
from typing import Any

from dovetail.errors import ShapeError
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter, State, from_input
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import affine, floating, widened
from dovetail.library.axes import Axes, aligned, check_divides

__all__ = [
    "BatchNorm", "GroupNorm", "InstanceNorm", "LayerNorm", "RMSNorm", "UnitNormalization",
]  # fmt: skip


def unit(x: Any, axis: int) -> Any:
    """x over its Euclidean length along the axis, which neither overflows nor vanishes.

    A vector of zeros stays, with gradient 0.
    """
    if x.shape[axis] == 0:
        return x
    largest = dt.stop_gradient(dt.max(dt.abs(x), axis=axis, keepdims=True))
    scaled = x / dt.where(largest == 0.0, 1.0, largest)
    square = dt.sum(scaled * scaled, axis=axis, keepdims=True)
    empty = square == 0.0
    return dt.where(empty, 0.0, scaled * dt.rsqrt(dt.where(empty, 1.0, square)))


class BatchNorm(Layer):
    """(x - mean) / sqrt(var + eps) scale + bias over all axes but `axis`. Any rank.

    In training the mean and variance are those of the batch, and the running ones follow:
    r <- momentum r + (1 - momentum) batch, with the biased variance, as in Keras, or the `unbiased`
    one, as in PyTorch (whose momentum is 1 - momentum). Otherwise the running ones are used.
    Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    features: int = from_input(axis="axis")
    momentum: float = 0.99
    eps: float = 1e-3
    axis: int = -1
    use_scale: bool = True
    use_bias: bool = True
    unbiased: bool = False
    scale = Parameter("features", init="ones", when="use_scale")
    bias = Parameter("features", init="zeros", when="use_bias")
    running_mean = State("features", init="zeros")
    running_var = State("features", init="ones")

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """The normalised x; in training the running statistics move."""
        wide = widened(x)
        if training:
            axes = tuple(each for each in range(x.ndim) if each != self.axis % x.ndim)
            mean = dt.mean(wide, axis=axes)
            centred = wide - aligned(mean, self.axis, x)
            var = dt.mean(centred * centred, axis=axes)
            self.running_mean = self._moved(self.running_mean, mean)
            self.running_var = self._moved(self.running_var, self._tracked(var, wide, axes))
        else:
            centred = wide - aligned(self.running_mean, self.axis, x)
            var = self.running_var
        normalised = centred * aligned(dt.rsqrt(var + self.eps), self.axis, x)
        scale, bias = (aligned(each, self.axis, x) for each in (self.scale, self.bias))
        return affine(normalised, x, scale, bias)

    def _moved(self, running: Any, batch: Any) -> Any:
        """A running statistic after a batch, in its own type."""
        moved = self.momentum * running + (1 - self.momentum) * batch
        return dt.astype(moved, running.dtype)

    def _tracked(self, var: Any, wide: Any, axes: tuple[int, ...]) -> Any:
        """The variance that the running one follows; one example has only the biased one."""
        several = self.unbiased and math.prod(wide.shape[each] for each in axes) > 1
        return dt.var(wide, axis=axes, correction=1.0) if several else var


class LayerNorm(Layer):
    """(x - mean) / sqrt(var + eps) scale + bias over `axis`, one or several. Any rank.

    Ba, Kiros & Hinton 2016, arXiv:1607.06450. `eps` is 1e-5 as in PyTorch (Keras: 1e-3).
    """

    features: int | tuple[int, ...] = from_input(axis="axis")
    eps: float = 1e-5
    axis: Axes = -1
    use_scale: bool = True
    use_bias: bool = True
    scale = Parameter("features", init="ones", when="use_scale")
    bias = Parameter("features", init="zeros", when="use_bias")

    def forward(self, x: Any) -> Any:
        """The normalised x."""
        scale, bias = (aligned(each, self.axis, x) for each in (self.scale, self.bias))
        return dt.layer_norm(x, scale, bias, axis=self.axis, eps=self.eps)


class RMSNorm(Layer):
    """x / sqrt(mean(x^2) + eps) scale over `axis`, one or several. Any rank.

    Zhang & Sennrich 2019, arXiv:1910.07467.
    """

    features: int | tuple[int, ...] = from_input(axis="axis")
    eps: float = 1e-6
    axis: Axes = -1
    use_scale: bool = True
    scale = Parameter("features", init="ones", when="use_scale")

    def forward(self, x: Any) -> Any:
        """The normalised x."""
        return dt.rms_norm(x, aligned(self.scale, self.axis, x), axis=self.axis, eps=self.eps)


def _normalised(x: Any, axis: int, groups: int, eps: Any) -> Any:
    """(x - mean) / sqrt(var + eps) over space and the channels of each group, in float32 or more.

    Sums over space come first, those of a group's channels after them.
    """
    wide = widened(x)
    along = axis % x.ndim
    space = tuple(each for each in range(1, x.ndim) if each != along)
    channels = x.shape[along]

    def mean(array: Any) -> Any:
        each = dt.mean(array, axis=space) if space else array
        grouped = dt.reshape(each, (x.shape[0], groups, channels // groups))
        whole = dt.broadcast_to(dt.mean(grouped, axis=-1, keepdims=True), grouped.shape)
        kept = [extent if n in (0, along) else 1 for n, extent in enumerate(x.shape)]
        return dt.reshape(whole, kept)

    centred = wide - mean(wide)
    return centred * dt.rsqrt(mean(centred * centred) + eps)


class GroupNorm(Layer):
    """(x - mean) / sqrt(var + eps) scale + bias over space and the channels of each group.

    (examples, space..., features), or with the channels at `axis`; an example's channels are in
    `groups` of neighbours, each with a mean and a variance of its own; -1 for one group each.
    `eps` is 1e-5 as in PyTorch (Keras: 1e-3). Wu & He 2018, arXiv:1803.08494.
    """

    groups: int = 32
    eps: float = 1e-5
    axis: int = -1
    use_scale: bool = True
    use_bias: bool = True
    features: int = from_input(axis="axis")
    scale = Parameter("features", init="ones", when="use_scale")
    bias = Parameter("features", init="zeros", when="use_bias")

    def forward(self, x: Any) -> Any:
        """The normalised x."""
        _check_channels(self, x)
        if self.groups != -1:
            check_divides(self, "groups", "the channels of the input", self.features)
        groups = self.features if self.groups == -1 else self.groups
        scale, bias = (aligned(each, self.axis, x) for each in (self.scale, self.bias))
        return affine(_normalised(x, self.axis, groups, self.eps), x, scale, bias)


class InstanceNorm(Layer):
    """(x - mean) / sqrt(var + eps) scale + bias over space, for each channel of each example.

    (examples, space..., features), or with the channels at `axis`. PyTorch's has no scale and bias
    unless `affine=True`; its running statistics do not exist here. Ulyanov et al. 2016,
    arXiv:1607.08022.
    """

    features: int = from_input(axis="axis")
    eps: float = 1e-5
    axis: int = -1
    use_scale: bool = True
    use_bias: bool = True
    scale = Parameter("features", init="ones", when="use_scale")
    bias = Parameter("features", init="zeros", when="use_bias")

    def forward(self, x: Any) -> Any:
        """The normalised x."""
        _check_channels(self, x)
        scale, bias = (aligned(each, self.axis, x) for each in (self.scale, self.bias))
        return affine(_normalised(x, self.axis, self.features, self.eps), x, scale, bias)


def _check_channels(layer: Any, x: Any) -> None:
    """Raises unless x has an axis of examples, and one of channels that is another."""
    if x.ndim < 2 or layer.axis % x.ndim == 0:
        raise ShapeError(
            layer.name, [f"{x.shape} with the channels at axis {layer.axis}"],
            "an array (examples, space..., channels), whose first axis is that of examples",
            "add the axis that is missing, or correct axis=",
        )  # fmt: skip


class UnitNormalization(Layer):
    """x over its Euclidean length along `axis`. Any rank; a vector of zeros stays.

    Keras' layer of this name. Embeddings of length 1 are compared by their cosines.
    """

    axis: int = -1

    def forward(self, x: Any) -> Any:
        """x, of length 1."""
        x = floating(x)
        return dt.astype(unit(widened(x), self.axis), x.dtype)


@GroupNorm.samples
def _(rng: Any) -> Any:
    return GroupNorm(2), rng.normal(size=(3, 5, 2, 6))
