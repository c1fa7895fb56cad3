"""Layers of features: dense, activations, dropout, embeddings.

`features` is taken from an axis of the first input, unless it is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dovetail.errors import ShapeError, UnknownNameError
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter, RandomKey, from_input
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating
from dovetail.library.activations import ACTIVATIONS
from dovetail.library.axes import Axes, aligned, channel_axis, space_axes

__all__ = [
    "Activation", "Dense", "Dropout", "Embedding", "Flatten", "PReLU", "SpatialDropout",
    "TiedDense",
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
    """(n, ...) to (n, the product of the rest).

    `data_format` is the order of the input's axes, `order` that in which its elements follow each
    other: "channels_last" or "channels_first". So Flatten("channels_first") gives what Keras' does
    for channels before space, and Flatten(order="channels_first"), after layers with channels last,
    the elements as PyTorch's layers have them, for weights of a Dense that were learned there.
    """

    data_format: str = "channels_last"
    order: str = "channels_last"

    def forward(self, x: Any) -> Any:
        """x with its axes after the first made one."""
        axis, wanted = channel_axis(self), channel_axis(self, "order")
        if axis != wanted and x.ndim > 2:
            x = dt.moveaxis(x, axis, wanted)
        return dt.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


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
        slope = self.slope if self.axis is None else aligned(self.slope, self.axis, x)
        return dt.leaky_relu(x, slope)


class Dropout(Layer):
    """In training each element is 0 with probability `rate`, else divided by 1 - rate.

    Any shape to the same shape. Otherwise x itself. On NumPy arrays the random key is a state, so a
    seeded model repeats its training bit by bit; frameworks draw it as they draw random numbers.
    Srivastava et al. 2014, JMLR 15:1929.
    """

    rate: float = 0.5
    key = RandomKey()

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """x with elements dropped, in training."""
        return dt.dropout(x, self.key, self.rate) if training else x


class SpatialDropout(Layer):
    """In training each channel of an example is 0 with probability `rate`, else over 1 - rate.

    (examples, space..., channels), or channels before space; otherwise x itself. Tompson et al.
    2014, arXiv:1411.4280. Keras' SpatialDropout1D to 3D, PyTorch's Dropout1d to 3d.
    """

    rate: float = 0.5
    data_format: str = "channels_last"
    key = RandomKey()

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """x with channels dropped, in training."""
        if not training:
            return x
        space = space_axes(self, x)
        shape = [1 if axis in space else extent for axis, extent in enumerate(x.shape)]
        return x * dt.dropout(dt.ones(shape, dtype=floating(x).dtype), self.key, self.rate)


class Embedding(Layer):
    """Rows of a table by index. Integers (...) from 0 to count - 1, to (..., units).

    `table` (count, units) starts uniform between -0.05 and 0.05, as in Keras (PyTorch: normal with
    deviation 1). With `mask_zero`, index 0 stands for padding: `compute_mask` says which others are
    there, for layers that take a mask; Keras passes it on. `attend` is the projection with the same
    table (see TiedDense).
    """

    count: int
    units: int
    mask_zero: bool = False
    table = Parameter("count", "units", init="uniform")

    def forward(self, indices: Any) -> Any:
        """The row of each index."""
        flat = dt.reshape(indices, (math.prod(indices.shape),))
        return dt.reshape(dt.take(self.table, flat, axis=0), (*indices.shape, self.units))

    def compute_mask(self, indices: Any) -> Any:
        """True for each index that is no padding, with `mask_zero`; otherwise None."""
        return indices != 0 if self.mask_zero else None

    def attend(self, x: Any) -> Any:
        """x table^T, inside of a layer's `forward`: (..., units) to (..., count)."""
        return dt.matmul(x, dt.permute_dims(self.table, (1, 0)))


class TiedDense(Layer):
    """x table^T + bias with the table of an Embedding, which the two share: (..., units) to (...,
    count). Press & Wolf 2016, arXiv:1608.05859.

    The embedding is one layer in both places: it has one table, one gradient and one update.
    """

    embedding: Embedding
    use_bias: bool = False
    bias = Parameter("count", init="zeros", when="use_bias")

    @property
    def count(self) -> int:
        """The rows of the table."""
        return self.embedding.count

    def forward(self, x: Any) -> Any:
        """The scores of all rows."""
        if x.ndim == 0 or x.shape[-1] != self.embedding.units:
            units = self.embedding.units
            raise ShapeError(self.name, [x.shape], f"an array (..., {units}), as wide as the table")
        y = self.embedding.attend(x)
        return y + self.bias if self.use_bias else y


@TiedDense.samples
def _(rng: Any) -> Any:
    return TiedDense(Embedding(7, 5), use_bias=True), rng.normal(size=(6, 5))
