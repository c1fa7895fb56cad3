"""NumPy with whole arrays, stable formulas and hand-written gradients.

The same functions on float64 arrays are the reference that every library is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import scipy.special
from problems import EPSILON, Adam, Array, Problem

from dovetail.timing import Call

VARIANTS = OPTIMIZERS = ("NumPy",)
ROOT_HALF: Final = 0.7071067811865476
DENSITY: Final = 0.3989422804014327  # of the standard normal distribution at 0


def set_threads(count: int) -> None:
    """NumPy computes on one thread."""


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _tanh_softplus(x: Array) -> Array:
    return np.tanh(np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0))


def mish(x: Array) -> Array:
    """x tanh(softplus(x))."""
    return x * _tanh_softplus(x)


def mish_both(c: Array, x: Array) -> tuple[Array, ...]:
    """The value and the gradient."""
    t = _tanh_softplus(x)
    return x * t, c * (t + x * _sigmoid(x) * (1 - t * t))


def relu(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0)


def relu_both(c: Array, x: Array) -> tuple[Array, ...]:
    """The value and the gradient."""
    return np.maximum(x, 0), np.where(x > 0, c, 0)


def gelu(x: Array) -> Array:
    """x P(Z <= x)."""
    return 0.5 * x * (1 + scipy.special.erf(x * ROOT_HALF))


def gelu_both(c: Array, x: Array) -> tuple[Array, ...]:
    """The value and the gradient."""
    chance = 0.5 * (1 + scipy.special.erf(x * ROOT_HALF))
    return x * chance, c * (chance + x * DENSITY * np.exp(-0.5 * x * x))


def swiglu(x: Array, gate: Array) -> Array:
    """x gate sigmoid(gate)."""
    return x * gate * _sigmoid(gate)


def swiglu_both(c: Array, x: Array, gate: Array) -> tuple[Array, ...]:
    """The value and both gradients."""
    s = _sigmoid(gate)
    silu = gate * s
    return x * silu, c * silu, c * x * (s + silu * (1 - s))


def softmax(x: Array) -> Array:
    """e^x / sum(e^x) in each row."""
    powers = np.exp(x - x.max(-1, keepdims=True))
    powers /= powers.sum(-1, keepdims=True)
    return powers


def softmax_both(c: Array, x: Array) -> tuple[Array, ...]:
    """The value and the gradient."""
    y = softmax(x)
    return y, y * (c - (c * y).sum(-1, keepdims=True))


def log_softmax(x: Array) -> Array:
    """x - log(sum(e^x)) in each row."""
    shifted = x - x.max(-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(-1, keepdims=True))
    return shifted


def log_softmax_both(c: Array, x: Array) -> tuple[Array, ...]:
    """The value and the gradient."""
    y = log_softmax(x)
    return y, c - np.exp(y) * c.sum(-1, keepdims=True)


def rms_norm(x: Array, scale: Array) -> Array:
    """x / sqrt(mean(x^2) + eps) scale."""
    mean_square = np.einsum("ij,ij->i", x, x)[:, None] / x.shape[-1]
    return x * (1 / np.sqrt(mean_square + EPSILON)) * scale


def rms_norm_both(c: Array, x: Array, scale: Array) -> tuple[Array, ...]:
    """The value and both gradients."""
    mean_square = np.einsum("ij,ij->i", x, x)[:, None] / x.shape[-1]
    rate = 1 / np.sqrt(mean_square + EPSILON)
    unit = x * rate
    inner = c * scale
    shared = np.einsum("ij,ij->i", inner, unit)[:, None] / x.shape[-1]
    return unit * scale, rate * (inner - unit * shared), (c * unit).sum(0)


def layer_norm(x: Array, scale: Array, bias: Array) -> Array:
    """(x - mean) / sqrt(var + eps) scale + bias."""
    centred = x - x.mean(-1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred)[:, None] / x.shape[-1]
    return centred * (1 / np.sqrt(variance + EPSILON)) * scale + bias


def layer_norm_both(c: Array, x: Array, scale: Array, bias: Array) -> tuple[Array, ...]:
    """The value and the three gradients."""
    centred = x - x.mean(-1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred)[:, None] / x.shape[-1]
    rate = 1 / np.sqrt(variance + EPSILON)
    unit = centred * rate
    inner = c * scale
    shared = np.einsum("ij,ij->i", inner, unit)[:, None] / x.shape[-1]
    slope = rate * (inner - inner.mean(-1, keepdims=True) - unit * shared)
    return unit * scale + bias, slope, (c * unit).sum(0), c.sum(0)


def cross_entropy(logits: Array, labels: Array) -> Array:
    """The mean of -log softmax(logits) at the labels."""
    peak = logits.max(-1)
    total = np.log(np.exp(logits - peak[:, None]).sum(-1)) + peak
    return np.asarray((total - logits[np.arange(len(labels)), labels]).mean())


def cross_entropy_both(logits: Array, labels: Array) -> tuple[Array, ...]:
    """The value and the gradient of the logits."""
    rows = np.arange(len(labels))
    peak = logits.max(-1, keepdims=True)
    powers = np.exp(logits - peak)
    sums = powers.sum(-1, keepdims=True)
    loss = np.mean((np.log(sums) + peak)[:, 0] - logits[rows, labels])
    powers /= sums
    powers[rows, labels] -= 1
    powers /= len(labels)
    return np.asarray(loss), powers


FORWARD: Mapping[str, Callable[..., Array]] = {
    "mish": mish, "gelu": gelu, "swiglu": swiglu, "softmax": softmax, "log_softmax": log_softmax,
    "rms_norm": rms_norm, "layer_norm": layer_norm, "cross_entropy": cross_entropy,
    "relu": relu,
}  # fmt: skip
BOTH: Mapping[str, Callable[..., tuple[Array, ...]]] = {
    "mish": mish_both, "gelu": gelu_both, "swiglu": swiglu_both, "softmax": softmax_both,
    "log_softmax": log_softmax_both, "rms_norm": rms_norm_both, "layer_norm": layer_norm_both,
    "cross_entropy": cross_entropy_both, "relu": relu_both,
}  # fmt: skip


def _call(problem: Problem, inputs: Sequence[Array], cotangent: Array | None) -> Call:
    if problem.direction == "forward":
        forward = FORWARD[problem.operation]
        return lambda: forward(*inputs)
    both = BOTH[problem.operation]
    given = inputs if cotangent is None else (cotangent, *inputs)
    return lambda: both(*given)


def prepare(problem: Problem, variant: str) -> Call:
    """The operation on its arrays."""
    return _call(problem, problem.arrays, problem.cotangent)


def reference(problem: Problem) -> list[Array]:
    """The exact results, by float64."""

    def wide(array: Array) -> Array:
        return array.astype(np.float64) if array.dtype.kind == "f" else array

    cotangent = None if problem.cotangent is None else wide(problem.cotangent)
    return arrays(_call(problem, [wide(array) for array in problem.arrays], cotangent)())


def adamw(
    parameters: Sequence[Array], gradients: Sequence[Array], settings: Adam, variant: str
) -> Call:
    """One update in place, in the dtype of the arrays."""
    parameters = [array.copy() for array in parameters]
    means = [np.zeros_like(array) for array in parameters]
    variances = [np.zeros_like(array) for array in parameters]
    step = 0

    def call() -> list[Array]:
        nonlocal step
        step += 1
        mean_rate = settings.lr / (1 - settings.beta1**step)
        variance_rate = 1 / (1 - settings.beta2**step)
        for p, g, m, v in zip(parameters, gradients, means, variances, strict=True):
            m *= settings.beta1
            m += (1 - settings.beta1) * g
            v *= settings.beta2
            v += (1 - settings.beta2) * g * g
            p *= 1 - settings.lr * settings.weight_decay
            p -= mean_rate * m / (np.sqrt(v * variance_rate) + settings.eps)
        return parameters

    return call


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    return list(result) if isinstance(result, (tuple, list)) else [result]
