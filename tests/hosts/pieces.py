"""Extensions of every kind of shape and type, which the hosts' tests use."""

from __future__ import annotations

from typing import Any

import dovetail as dt


@dt.activation
def mish(x: Any) -> Any:
    return x * dt.tanh(dt.softplus(x))


@dt.op
def gated(x: Any, gate: Any, power: float = 3.0) -> Any:
    return dt.sin(x) ** 2.0 * gate**power


@dt.op
def normalised(x: Any, scale: Any, bias: Any = None, eps: float = 1e-5) -> Any:
    centred = x - dt.mean(x, axis=-1, keepdims=True)
    result = centred * dt.rsqrt(dt.mean(centred * centred, axis=-1, keepdims=True) + eps) * scale
    return result if bias is None else result + bias


@dt.loss
def focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    log_p = dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]
    return -((1.0 - dt.exp(log_p)) ** gamma) * log_p


@dt.op
def polar(x: Any, y: Any) -> Any:
    """Two outputs with derivatives, one without."""
    return dt.hypot(x, y), dt.atan2(y, x), x > y


@dt.op
def totals(x: Any, axis: int = 0) -> Any:
    """Outputs smaller than the input."""
    return {"sum": dt.sum(dt.exp(x), axis=axis), "largest": dt.max(x, axis=axis)}
