"""Definitions of a user's, which files hold as maths."""

from __future__ import annotations

from typing import Any

import numpy as np

import dovetail as dt

SCALES = np.array([0.5, 1.0, 1.5, 2.0], np.float32)


@dt.activation
def swirl(x: Any, turn: float = 0.5) -> Any:
    """x sin(turn x)."""
    return x * dt.sin(turn * x)


@dt.op
def stepped(x: Any) -> Any:
    """A sign, with the derivative of a line: straight-through."""
    return dt.sign(x) * 2.0


@stepped.vjp(surrogate=True)
def _stepped(x: Any, out: Any, cotangent: Any) -> Any:
    return cotangent * dt.mean(x, axis=-1, keepdims=True)


@dt.op
def decayed(x: Any, rate: float = 0.5) -> dict[str, Any]:
    """An exponential moving sum along the first axis, and its last value."""

    def step(carry: Any, row: Any) -> tuple[Any, Any]:
        carry = carry * rate + row
        return carry, carry * SCALES

    last, rows = dt.scan(step, dt.zeros(x.shape[1:], dtype=x.dtype), x)
    return {"rows": rows, "last": (last, dt.softmax(last, axis=-1))}


@dt.loss
def quartic(predictions: Any, targets: Any, power: float = 4.0) -> Any:
    """A power of the difference."""
    return dt.abs(predictions - targets) ** power


@dt.loss(targets="labels")
def margin(predictions: Any, labels: Any) -> Any:
    """How far the prediction of the label is below 1."""
    chosen = dt.take_along_axis(predictions, labels[..., None], axis=-1)[..., 0]
    return dt.relu(1.0 - chosen)


class Centred(dt.Layer):
    """Subtracts a moving average, beside a layer of the library, and drops elements."""

    units: int = 3
    features: int = dt.from_input(axis=-1)
    centre = dt.State("features", init="zeros")
    scale = dt.Parameter("features", init="ones")
    key = dt.RandomKey()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inner = dt.Dense(self.units, swirl)
        self.drop = dt.Dropout(0.25)

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """The output of the layer inside."""
        if training:
            self.centre = 0.9 * self.centre + 0.1 * dt.mean(x, axis=0)
            x = x + dt.random_normal(self.key, x.shape) * 0.01
        return self.drop(self.inner((x - self.centre) * self.scale))


class Net(dt.Model):
    """Layers of both kinds, one of them used twice, in a list and a dict."""

    def __init__(self, *, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.blocks = [Centred(6), dt.Dense(6, "tanh")]
        self.heads = {"a": dt.Dense(3)}

    def forward(self, x: Any) -> Any:
        """The head's output."""
        for block in (*self.blocks, self.blocks[1]):
            x = x + block(x)
        return self.heads["a"](dt.layer_norm(x))


class Signed(dt.Optimizer):
    """Signs of a moving average, with a second state and a static field."""

    lr: float = 0.01
    decay: float = 0.9
    ahead: bool = True
    average = dt.State(like="param", init="zeros")
    start = dt.State(like="param", init="param")

    def update(self, param: Any, grad: Any) -> Any:
        """The new parameter."""
        self.average = self.decay * self.average + grad
        move = self.decay * self.average + grad if self.ahead else self.average
        return param - self.lr * dt.sign(move) / self.step - 1e-3 * (param - self.start)
