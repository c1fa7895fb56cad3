"""Layers. `features` is taken from an axis of the first input, unless it is given."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dovetail.errors import UnknownNameError
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter, RandomKey, State, from_input
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import affine, widened
from dovetail.library.activations import ACTIVATIONS

__all__ = [
    "Activation", "BatchNorm", "Dense", "Dropout", "Embedding", "Flatten", "LayerNorm", "PReLU",
    "RMSNorm",
]  # fmt: skip

ActivationLike = str | Callable[..., Any] | None


def activate(activation: ActivationLike, x: Any) -> Any:
    """The activation of x: by name, by a callable, or x itself for None."""
    if activation is None:
        return x
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise UnknownNameError("activation", activation, ACTIVATIONS)
        return ACTIVATIONS[activation](x)
    return activation(x)


class Dense(Layer):
    """activation(x kernel + bias). (..., features) to (..., units).

    `kernel` (features, units) starts Glorot-uniform (Glorot & Bengio 2010, AISTATS),
    `bias` (units,) at 0. `activation`: a name, an extension or any function, or None.
    """

    units: int
    activation: ActivationLike = None
    use_bias: bool = True
    features: int = from_input(axis=-1)
    kernel = Parameter("features", "units", init="glorot_uniform")
    bias = Parameter("units", init="zeros", when="use_bias")

    def forward(self, x: Any) -> Any:
        """The output for x of shape (..., features)."""
        y = x @ self.kernel
        return activate(self.activation, y + self.bias if self.use_bias else y)


class Activation(Layer):
    """An activation, by name or as a function, as a layer. Any shape to the same shape."""

    function: str | Callable[..., Any]

    def forward(self, x: Any) -> Any:
        """The activation of x."""
        return activate(self.function, x)


class Flatten(Layer):
    """(n, ...) to (n, the product of the rest)."""

    def forward(self, x: Any) -> Any:
        """x with its axes after the first made one."""
        return dt.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


Axes = int | tuple[int, ...]


def _aligned(array: Any, axis: Axes, x: Any) -> Any:
    """A parameter of the axes `axis` of x, with 1 for the others; None stays None."""
    if array is None:
        return None
    axes = [each % x.ndim for each in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if axes == list(range(x.ndim - len(axes), x.ndim)):
        return array
    array = dt.permute_dims(array, sorted(range(len(axes)), key=axes.__getitem__))
    return dt.reshape(array, [x.shape[each] if each in axes else 1 for each in range(x.ndim)])


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
            centred = wide - _aligned(mean, self.axis, x)
            var = dt.mean(centred * centred, axis=axes)
            self.running_mean = self._moved(self.running_mean, mean)
            self.running_var = self._moved(self.running_var, self._kept(var, wide, axes))
        else:
            centred = wide - _aligned(self.running_mean, self.axis, x)
            var = self.running_var
        normalised = centred * _aligned(dt.rsqrt(var + self.eps), self.axis, x)
        scale, bias = (_aligned(each, self.axis, x) for each in (self.scale, self.bias))
        return affine(normalised, x, scale, bias)

    def _moved(self, running: Any, batch: Any) -> Any:
        """A running statistic after a batch, in its own type."""
        moved = self.momentum * running + (1 - self.momentum) * batch
        return dt.astype(moved, running.dtype)

    def _kept(self, var: Any, wide: Any, axes: tuple[int, ...]) -> Any:
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
        scale, bias = (_aligned(each, self.axis, x) for each in (self.scale, self.bias))
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
        return dt.rms_norm(x, _aligned(self.scale, self.axis, x), axis=self.axis, eps=self.eps)


class PReLU(Layer):
    """x for x > 0, else slope x, with a learned slope. Any shape.

    One `slope` for all elements, or one for each channel of `axis`. He et al. 2015,
    arXiv:1502.01852.
    """

    axis: Axes | None = None
    start: float | str | Callable[..., Any] = 0.25
    features: int | tuple[int, ...] = from_input(axis="axis")
    slope = Parameter("features", init="start")

    def forward(self, x: Any) -> Any:
        """x, with the negative elements multiplied by the slope."""
        slope = self.slope if self.axis is None else _aligned(self.slope, self.axis, x)
        return dt.leaky_relu(x, slope)


class Dropout(Layer):
    """In training each element is 0 with probability `rate`, else divided by 1 - rate.

    Otherwise x itself. On NumPy arrays the random key is a state, so a seeded model repeats its
    training bit by bit; frameworks draw it as they draw random numbers. Srivastava et al. 2014,
    JMLR 15:1929.
    """

    rate: float = 0.5
    key = RandomKey()

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """x with elements dropped, in training."""
        return dt.dropout(x, self.key, self.rate) if training else x


class Embedding(Layer):
    """Rows of a table by index. Integers (...) from 0 to count - 1, to (..., units).

    `table` (count, units) starts uniform between -0.05 and 0.05, as in Keras (PyTorch:
    normal with deviation 1).
    """

    count: int
    units: int
    table = Parameter("count", "units", init="uniform")

    def forward(self, indices: Any) -> Any:
        """The row of each index."""
        flat = dt.reshape(indices, (math.prod(indices.shape),))
        return dt.reshape(dt.take(self.table, flat, axis=0), (*indices.shape, self.units))
