"""Pieces of a user's module, which a file names by module and name."""

from __future__ import annotations

from typing import Any

import dovetail as dt


@dt.activation
def swirl(x: Any, turn: float = 0.5) -> Any:
    """x sin(turn x)."""
    return x * dt.sin(turn * x)


@dt.op
def gated(x: Any, gate: Any) -> Any:
    """The product with a gate, and the gate itself."""
    opened = dt.sigmoid(gate)
    return swirl(x) * opened, opened


@dt.loss
def quartic(predictions: Any, targets: Any) -> Any:
    """The fourth power of the difference."""
    return (predictions - targets) ** 4.0


class Centred(dt.Layer):
    """Subtracts a moving average, beside a layer of the library."""

    units: int = 3
    features: int = dt.from_input(axis=-1)
    centre = dt.State("features", init="zeros")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inner = dt.Dense(self.units, swirl)

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """The output of the layer inside."""
        if training:
            self.centre = 0.9 * self.centre + 0.1 * dt.mean(x, axis=0)
        return self.inner(x - self.centre)


class Signed(dt.Optimizer):
    """Signs of a moving average."""

    lr: float = 0.01
    decay: float = 0.9
    average = dt.State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        """The new parameter."""
        self.average = self.decay * self.average + grad
        return param - self.lr * dt.sign(self.average)
