"""Definitions that are measured, some with a planted fault."""

from __future__ import annotations

from typing import Any

import dovetail as dt


@dt.activation
def glide(x: Any) -> Any:
    """Right."""
    return x * dt.sigmoid(1.25 * x) + 0.5 * dt.mean(x, axis=-1, keepdims=True)


@dt.activation
def off(x: Any) -> Any:
    """Its declared derivative is 1 % off, so that a framework's own differs."""
    return dt.tanh(x) * x


@off.vjp
def _(x: Any, *, out: Any, cotangent: Any) -> Any:
    return 1.01 * cotangent * (dt.tanh(x) + x * (1.0 - dt.tanh(x) ** 2))


class Signs(dt.Optimizer):
    """p - lr sign(g)."""

    lr: float = 0.01

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * dt.sign(grad)
