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
    "Activation", "BatchNorm", "Dense", "Dropout", "Embedding", "Flatten", "LayerNorm",
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


class BatchNorm(Layer):
    """(x - mean) / sqrt(var + eps) scale + bias over all axes but the last. (..., features).

    In training the mean and variance are those of the batch, and the running ones follow:
    r <- momentum r + (1 - momentum) batch, with the biased variance, as in Keras (PyTorch:
    1 - momentum, and the unbiased variance). Otherwise the running ones are used.
    Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    features: int = from_input(axis=-1)
    momentum: float = 0.99
    eps: float = 1e-3
    scale = Parameter("features", init="ones")
    bias = Parameter("features", init="zeros")
    running_mean = State("features", init="zeros")
    running_var = State("features", init="ones")

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """The normalised x; in training the running statistics move."""
        wide = widened(x)
        if training:
            axes = tuple(range(x.ndim - 1))
            mean = dt.mean(wide, axis=axes)
            centred = wide - mean
            var = dt.mean(centred * centred, axis=axes)
            self.running_mean = self._moved(self.running_mean, mean)
            self.running_var = self._moved(self.running_var, var)
        else:
            centred = wide - self.running_mean
            var = self.running_var
        return affine(centred * dt.rsqrt(var + self.eps), x, self.scale, self.bias)

    def _moved(self, running: Any, batch: Any) -> Any:
        """A running statistic after a batch, in its own type."""
        moved = self.momentum * running + (1 - self.momentum) * batch
        return dt.astype(moved, running.dtype)


class LayerNorm(Layer):
    """(x - mean) / sqrt(var + eps) scale + bias over the last axis. (..., features).

    Ba, Kiros & Hinton 2016, arXiv:1607.06450. `eps` is 1e-5 as in PyTorch (Keras: 1e-3).
    """

    features: int = from_input(axis=-1)
    eps: float = 1e-5
    scale = Parameter("features", init="ones")
    bias = Parameter("features", init="zeros")

    def forward(self, x: Any) -> Any:
        """The normalised x."""
        return dt.layer_norm(x, self.scale, self.bias, eps=self.eps)


class RMSNorm(Layer):
    """x / sqrt(mean(x^2) + eps) scale over the last axis. (..., features).

    Zhang & Sennrich 2019, arXiv:1910.07467.
    """

    features: int = from_input(axis=-1)
    eps: float = 1e-6
    scale = Parameter("features", init="ones")

    def forward(self, x: Any) -> Any:
        """The normalised x."""
        return dt.rms_norm(x, self.scale, eps=self.eps)


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
