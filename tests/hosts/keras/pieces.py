"""Definitions of every kind, which the checks use."""

from __future__ import annotations

from typing import Any

import keras

import dovetail as dt

# Before 3.15 Keras crops transposed convolutions elsewhere on PyTorch than on its other backends.
_VERSION = tuple(int(each) for each in keras.version().split(".")[:2])
TRANSPOSES_AGREE = keras.backend.backend() != "torch" or _VERSION >= (3, 15)


@dt.activation
def swirl(x: Any, beta: float = 1.0) -> Any:
    return x * dt.tanh(dt.softplus(beta * x))


@dt.op
def swiglu(x: Any, gate: Any) -> Any:
    return x * gate * dt.sigmoid(gate)


@dt.op
def spread(x: Any) -> Any:
    """Outputs of other shapes and types."""
    return {"mean": dt.mean(x, axis=1), "best": dt.argmax(x, axis=-1), "above": x > 0.0}


@dt.loss
def focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    log_p = dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]
    return -((1.0 - dt.exp(log_p)) ** gamma) * log_p


@dt.loss
def lopsided(y_true: Any, y_pred: Any) -> Any:
    """In Keras' order, and not symmetric."""
    return dt.mean((2.0 * y_true - y_pred) ** 2.0, axis=-1)


class Scale(dt.Layer):
    """A state that moves, and a mean over all axes but the last."""

    features: int = dt.from_input(axis=-1)
    rate: float = 0.5
    gain = dt.Parameter("features", init="normal")
    seen = dt.State("features", init="zeros")

    def forward(self, x: Any, *, training: bool = False) -> Any:
        if training:
            mean = dt.mean(x, axis=tuple(range(x.ndim - 1)))
            self.seen = (1.0 - self.rate) * self.seen + self.rate * mean
        return x * self.gain + self.seen


class Block(dt.Layer):
    """Layers inside a layer, and inside a tuple."""

    units: int = 8
    inner: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norm = dt.RMSNorm()
        self.steps = (dt.Dense(self.units, activation=swirl), dt.BatchNorm())

    def forward(self, x: Any) -> Any:
        x = self.norm(x)
        for step in self.steps:
            x = step(x)
        return x if self.inner is None else self.inner(x)


class Mix(dt.Layer):
    """Two inputs, one of them optional, and a setting of the call."""

    weight = dt.Parameter(init="ones")

    def forward(self, x: Any, gate: Any, bias: Any = None, power: float = 1.0) -> Any:
        y = x * dt.sigmoid(gate) ** power * self.weight
        return y if bias is None else y + bias


class Dipped(dt.Optimizer):
    """States like and unlike the parameter, a step count, and its own decay."""

    lr: float = 0.1
    decay: float = 0.9
    weight_decay: float = 0.0
    nesterov: bool = False
    start = dt.State(like="param", init="param")
    velocity = dt.State(like="param", init="zeros")
    calls = dt.State(init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        self.velocity = self.decay * self.velocity + grad
        self.calls = self.calls + 1.0
        direction = grad + self.decay * self.velocity if self.nesterov else self.velocity
        drift = (param - self.start) / (1.0 + self.step + dt.astype(self.calls, param.dtype))
        return param - self.lr * (direction + drift + self.weight_decay * param)
