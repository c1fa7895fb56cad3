"""Layers made of others, and layers of several inputs."""

from __future__ import annotations

from typing import Any

from dovetail.errors import ArgumentError, CallError, ShapeError
from dovetail.extension.layer import Layer
from dovetail.extension.sequential import member
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.layers import ActivationLike, Dense, activate

__all__ = ["Add", "Concatenate", "Residual"]


class Residual(Layer):
    """activation(shortcut(x) + layer(x)); without a `shortcut`, activation(x + layer(x)).

    `layer` and `shortcut`: a layer (`dt.Sequential` for several), an extension or a function; both
    take x of any shape, and their results have the same shape. He et al. 2015, arXiv:1512.03385.
    """

    layer: Any
    shortcut: Any = None
    activation: ActivationLike = None

    def __init__(
        self, layer: Any, shortcut: Any = None, activation: ActivationLike = None, *,
        seed: int | None = None,
    ) -> None:  # fmt: skip
        made = None if shortcut is None else member(shortcut)
        super().__init__(member(layer), made, activation, seed=seed)

    def forward(self, x: Any) -> Any:
        """The sum."""
        y = self.layer(x)
        passed = x if self.shortcut is None else self.shortcut(x)
        if passed.shape != y.shape:
            other = "x" if self.shortcut is None else "shortcut(x)"
            raise ShapeError(
                f"{self.name}: the layer's result and {other}", [y.shape, passed.shape],
                "the same shape: a residual does not broadcast",
                "give a shortcut= that has the shape of the result, such as a Dense or a Conv of "
                "size 1",
            )  # fmt: skip
        return activate(self.activation, passed + y)


def _arrays(name: str, inputs: Any) -> tuple[Any, ...]:
    """The inputs, given one by one or as one list."""
    listed = len(inputs) == 1 and isinstance(inputs[0], (list, tuple))
    found = tuple(inputs[0] if listed else inputs)
    if not found:
        raise CallError(f"{name} was called without arrays", "at least one", "pass some")
    return found


class Add(Layer):
    """The sum of its inputs: `add(a, b)`, or `add([a, b])`.

    (..., a) and (..., b) to their common shape: shapes broadcast and types promote, as in Keras.
    """

    def forward(self, *inputs: Any) -> Any:
        """The sum."""
        first, *others = _arrays(self.name, inputs)
        for other in others:
            first = first + other
        return first


class Concatenate(Layer):
    """Its inputs side by side along `axis`: `join(a, b)`, or `join([a, b])`.

    All other axes have the same sizes. Huang et al. 2016, arXiv:1608.06993.
    """

    axis: int = -1

    def forward(self, *inputs: Any) -> Any:
        """The inputs side by side."""
        arrays = _arrays(self.name, inputs)
        rank = arrays[0].ndim
        if not -rank <= self.axis < rank:
            expected = f"an axis of arrays of {rank} dimensions"
            raise ArgumentError(self.name, "axis", self.axis, expected)
        return dt.concat(arrays, axis=self.axis)


@Residual.samples
def _(rng: Any) -> Any:
    return Residual(Dense(5, "tanh")), rng.normal(size=(6, 5))


@Add.samples
def _(rng: Any) -> Any:
    return Add(), rng.normal(size=(6, 5)), rng.normal(size=(6, 5))


@Concatenate.samples
def _(rng: Any) -> Any:
    return Concatenate(), rng.normal(size=(6, 5)), rng.normal(size=(6, 3))
