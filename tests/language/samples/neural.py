"""Samples of neural functions: activations, and functions over axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special
from tests.language.samples.sample import draws, sample, unary_samples

from dovetail.language.namespace import FUNCTIONS, NAMESPACE

dt: Any = NAMESPACE
f, _, _ = draws()


def _selu(x: Any) -> Any:
    return 1.05070098735548 * np.where(x > 0, x, 1.67326324235437 * np.expm1(x))


def _gelu_tanh(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


unary_samples({
    "celu": (lambda x: np.where(x > 0, x, np.expm1(x)), -4, 4),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(x)), -4, 4),
    "gelu": (lambda x: x * special.ndtr(x), -9, 9),
    "hard_sigmoid": (lambda x: np.clip(x / 6 + 0.5, 0, 1), -5, 5),
    "hard_swish": (lambda x: x * np.clip(x / 6 + 0.5, 0, 1), -5, 5),
    "hard_tanh": (lambda x: np.clip(x, -1, 1), -3, 3),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), -3, 3),
    "log_sigmoid": (special.log_expit, -40, 40),
    "mish": (lambda x: x * np.tanh(np.logaddexp(0, x)), -9, 9),
    "relu": (lambda x: np.maximum(x, 0), -3, 3),
    "relu6": (lambda x: np.clip(x, 0, 6), -3, 9),
    "selu": (_selu, -4, 4),
    "silu": (lambda x: x * special.expit(x), -9, 9),
    "swish": (lambda x: x * special.expit(x), -9, 9),
    "softplus": (lambda x: np.logaddexp(x, 0), -40, 40),
    "softsign": (lambda x: x / (1 + np.abs(x)), -9, 9),
}, f)  # fmt: skip
sample("gelu", lambda x: dt.gelu(x, approximate=True), _gelu_tanh, f(9))
sample("leaky_relu", lambda x: dt.leaky_relu(x, 0.3), lambda x: np.where(x > 0, x, 0.3 * x), f(9))
sample("elu", lambda x: dt.elu(x, 2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x)), f(9))
sample("celu", lambda x: dt.celu(x, 2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2)), f(9))

# Over axes.

EXTREME = np.asarray([[1e4, 0, -1e4], [-np.inf, 0, 1], [0, 0, 0]], np.float32)
for axis in (-1, 0):
    sample("softmax", lambda x, a=axis: dt.softmax(x, axis=a),
           lambda x, a=axis: special.softmax(x, axis=a), EXTREME)  # fmt: skip
    sample("log_softmax", lambda x, a=axis: dt.log_softmax(x, axis=a),
           lambda x, a=axis: special.log_softmax(x, axis=a), EXTREME)  # fmt: skip
for axis, keepdims in ((None, False), (0, True), ((0, 1), False), (-1, True)):
    sample("logsumexp", lambda x, a=axis, k=keepdims: dt.logsumexp(x, axis=a, keepdims=k),
           lambda x, a=axis, k=keepdims: special.logsumexp(x, axis=a, keepdims=k),
           EXTREME)  # fmt: skip
LOST = np.asarray([[-np.inf, -np.inf], [0, np.nan], [np.inf, 0]], np.float32)
sample("logsumexp", lambda x: dt.logsumexp(x, axis=1),
       lambda x: np.asarray([-np.inf, np.nan, np.inf]), LOST)  # fmt: skip
sample("logsumexp", lambda x: dt.logsumexp(x, axis=1), lambda x: np.full(2, -np.inf), f(2, 0))
for name in ("softmax", "log_softmax"):
    sample(name, FUNCTIONS[name], lambda x: np.full((2, 2), np.nan), LOST[:2])
    sample(name, FUNCTIONS[name], lambda x: x, f(2, 0))
sample("glu", dt.glu, lambda x: x[..., :2] * special.expit(x[..., 2:]), f(3, 4))
sample("swiglu", dt.swiglu, lambda x, g: x * g * special.expit(g), f(3, 4), f(3, 4))
sample("rms_norm", dt.rms_norm,
       lambda x: x / np.sqrt(np.mean(x**2, -1, keepdims=True) + 1e-6), f(3, 4))  # fmt: skip
sample("rms_norm", dt.rms_norm,
       lambda x, s: s * x / np.sqrt(np.mean(x**2, -1, keepdims=True) + 1e-6), f(3, 4),
       f(4))  # fmt: skip


def _layer_norm(x: Any, scale: Any = 1, bias: Any = 0) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * scale + bias


sample("layer_norm", dt.layer_norm, _layer_norm, f(3, 4))
sample("layer_norm", dt.layer_norm, _layer_norm, f(3, 4), f(4), f(4))
sample("layer_norm", dt.layer_norm, _layer_norm, f(3, 4, dtype=np.float16), dtype="float16")


def _attention(q: Any, k: Any, v: Any, mask: Any) -> Any:
    s = np.where(mask, q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]), -np.inf)
    powers = np.exp(s - s.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True) @ v


_before = np.arange(6) <= np.arange(5)[:, None] + 1
sample(
    "attention", lambda *x: dt.attention(*x, causal=True), lambda *x: _attention(*x, _before),
    f(2, 3, 5, 4), f(2, 3, 6, 4), f(2, 3, 6, 2),
)  # fmt: skip
