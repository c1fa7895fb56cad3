"""The usual neural functions, written in the language itself: an equation each.

Floating dtypes are kept, integers become float32. Kinks are written as `where`, which states the
derivative at the kink and propagates NaN.
"""

from __future__ import annotations

import math

from dovetail.graph.primitives.declared import hold_constant
from dovetail.graph.softmax import normalised
from dovetail.language.data_types import astype
from dovetail.language.elementwise import (
    abs,
    add,
    divide,
    exp,
    expm1,
    isinf,
    log,
    logaddexp,
    multiply,
    ndtr,
    rsqrt,
    sigmoid,
    sign,
    square,
    tanh,
)
from dovetail.language.functions import activation, also, op
from dovetail.language.manipulation import split
from dovetail.language.operands import Operand, is_known, many_axes, one_axis, unify, wrap
from dovetail.language.searching import where
from dovetail.language.statistical import Axis, max, mean, sum
from dovetail.language.tracer import Tracer

__all__ = [
    "celu", "elu", "gelu", "glu", "hard_sigmoid", "hard_swish", "hard_tanh", "layer_norm",
    "leaky_relu", "log_sigmoid", "log_softmax", "logsumexp", "mish", "relu", "relu6", "rms_norm",
    "selu", "silu", "softmax", "softplus", "softsign", "stop_gradient", "swiglu", "swish",
]  # fmt: skip


def floating(x: Operand) -> Tracer:
    """x, with integers and bool in float32."""
    operand = unify("a neural function", x, floating=True)
    return wrap(operand.nodes[0], operand.weak)


@op
def stop_gradient(x: Operand, /) -> Tracer:
    """x, through which no derivative flows. Any shape and dtype."""
    operand = unify("stop_gradient", x)
    return wrap(hold_constant(operand.nodes[0]), operand.weak)


# Activations.


@activation
def relu(x: Operand, /) -> Tracer:
    """max(x, 0), with relu'(0) = 0. Fukushima 1969, doi:10.1109/TSSC.1969.300225."""
    x = floating(x)
    return where(x <= 0, 0.0, x)


def _between(x: Tracer, low: Operand, high: Operand) -> Tracer:
    """x in the open interval; the bounds, with derivative 0, outside."""
    return where(x <= low, low, where(x >= high, high, x))


@activation
def relu6(x: Operand, /) -> Tracer:
    """min(max(x, 0), 6). Howard et al. 2017, arXiv:1704.04861."""
    return _between(floating(x), 0.0, 6.0)


@activation
def leaky_relu(x: Operand, /, negative_slope: Operand = 0.01) -> Tracer:
    """x for x > 0, else negative_slope x. Maas et al. 2013, ICML."""
    x = floating(x)
    return where(x > 0, x, negative_slope * x)


@activation
def elu(x: Operand, /, alpha: Operand = 1.0) -> Tracer:
    """x for x > 0, else alpha (e^x - 1). Clevert et al. 2015, arXiv:1511.07289."""
    x = floating(x)
    return where(x > 0, x, alpha * expm1(where(x > 0, 0.0, x)))


@activation
def celu(x: Operand, /, alpha: Operand = 1.0) -> Tracer:
    """x for x > 0, else alpha (e^(x / alpha) - 1). Barron 2017, arXiv:1704.07483."""
    x = floating(x)
    return where(x > 0, x, alpha * expm1(where(x > 0, 0.0, x) / alpha))


@activation
def selu(x: Operand, /) -> Tracer:
    """s elu(x, a), which keeps mean 0 and variance 1. Klambauer et al. 2017, arXiv:1706.02515."""
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


@activation
def gelu(x: Operand, /, approximate: bool = False) -> Tracer:
    """x P(Z <= x), or its tanh form. Hendrycks & Gimpel 2016, arXiv:1606.08415.

    By way of `ndtr`, because 1 + erf(x) loses its digits for x below -3.
    """
    x = floating(x)
    if approximate:
        return 0.5 * x * (1.0 + tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)))
    return x * ndtr(x)


@activation
def silu(x: Operand, /) -> Tracer:
    """x sigmoid(x), also called swish. Elfwing et al. 2017, arXiv:1702.03118."""
    x = floating(x)
    return x * sigmoid(x)


swish = also("swish", silu)


@activation
def mish(x: Operand, /) -> Tracer:
    """x tanh(softplus(x)). Misra 2019, arXiv:1908.08681."""
    x = floating(x)
    return x * tanh(softplus(x))


@activation
def hard_sigmoid(x: Operand, /) -> Tracer:
    """relu6(x + 3) / 6. Howard et al. 2019, arXiv:1905.02244."""
    return relu6(floating(x) + 3.0) * (1.0 / 6.0)


@activation
def hard_swish(x: Operand, /) -> Tracer:
    """x hard_sigmoid(x). Howard et al. 2019, arXiv:1905.02244."""
    x = floating(x)
    # By cases and not as a product, whose derivative is 0 times infinity at infinity.
    return where(x <= -3.0, 0.0, where(x >= 3.0, x, x * hard_sigmoid(x)))


@activation
def hard_tanh(x: Operand, /, min_val: Operand = -1.0, max_val: Operand = 1.0) -> Tracer:
    """min(max(x, min_val), max_val). Collobert 2004."""
    return _between(floating(x), min_val, max_val)


@activation
def softplus(x: Operand, /, beta: Operand = 1.0, threshold: Operand = math.inf) -> Tracer:
    """log(1 + e^(beta x)) / beta, without overflow. Dugas et al. 2000, NeurIPS.

    Where beta x is above `threshold`, x: by default nowhere, since nothing overflows (PyTorch: 20).
    """
    x = floating(x)
    if is_known(beta, 1.0) and is_known(threshold, math.inf):
        return logaddexp(x, 0.0)
    scaled = beta * x
    return where(scaled > threshold, x, logaddexp(scaled, 0.0) * divide(1.0, beta))


@activation
def softsign(x: Operand, /) -> Tracer:
    """x / (1 + |x|). Turian et al. 2009, NAACL."""
    x = floating(x)
    part = 1.0 / (1.0 + abs(x))
    # For |x| > 1 the quotient's derivative would cancel: written as its limit minus a term.
    near = abs(x) < 1.0
    return where(near, where(near, x, 0.0) * part, sign(x) - sign(x) * part)


@activation
def log_sigmoid(x: Operand, /) -> Tracer:
    """log(sigmoid(x)) = -softplus(-x)."""
    return -softplus(-floating(x))


@op
def glu(x: Operand, /, axis: int = -1) -> Tracer:
    """a sigmoid(b) for the halves a, b of an axis. Dauphin et al. 2016, arXiv:1612.08083."""
    value, gate = split(floating(x), 2, axis=axis)
    return value * sigmoid(gate)


@op
def swiglu(x: Operand, gate: Operand, /) -> Tracer:
    """x silu(gate); shapes broadcast. Shazeer 2020, arXiv:2002.05202."""
    return floating(x) * silu(gate)


# Normalised exponentials.


def _peak(x: Tracer, axis: Axis) -> Tracer:
    """A finite number near the maximum: it cancels in the maths and keeps exp in range."""
    axes = axis if isinstance(axis, tuple) else range(x.ndim) if axis is None else (axis,)
    if any(x.shape[one_axis("softmax", item, x.ndim)] == 0 for item in axes):
        return sum(x, axis=axis, keepdims=True)
    peak = stop_gradient(max(x, axis=axis, keepdims=True))
    return where(isinf(peak), 0.0, peak)


@activation
def softmax(x: Operand, /, axis: Axis = -1) -> Tracer:
    """e^x / sum(e^x) along an axis. Bridle 1990. A row of -inf only gives NaN, as in PyTorch."""
    x = floating(x)
    axes = many_axes("softmax", axis, x.ndim)
    powers = exp(x - _peak(x, axis))
    return wrap(normalised(powers.node, x.node, axes), x.weak)


@activation
def log_softmax(x: Operand, /, axis: Axis = -1) -> Tracer:
    """x - logsumexp(x) along an axis. A row of -inf only gives NaN, as in PyTorch."""
    x = floating(x)
    shifted = x - _peak(x, axis)
    return shifted - log(sum(exp(shifted), axis=axis, keepdims=True))


@op
def logsumexp(x: Operand, /, axis: Axis = None, *, keepdims: bool = False) -> Tracer:
    """log(sum(e^x)) over axes, without overflow; -inf over nothing, or over -inf only."""
    x = floating(x)
    peak = _peak(x, axis)
    total = log(sum(exp(x - peak), axis=axis, keepdims=True)) + peak
    return total if keepdims else sum(total, axis=axis)


# Normalisations.


def widened(x: Operand) -> Tracer:
    """x in the type that it is computed in: half precisions in float32."""
    x = floating(x)
    return astype(x, x.dtype.compute)


def affine(wide: Tracer, x: Operand, scale: Operand | None, bias: Operand | None) -> Tracer:
    """wide scale + bias, rounded once to the common type of x, scale and bias.

    `wide` is computed from x in the type in which half precisions compute, so that neither it nor
    the terms of the gradients of scale and bias are rounded.
    """
    given = [x, *(part for part in (scale, bias) if part is not None)]
    together = unify("a norm", *given, floating=True).nodes[0].dtype
    for part, combine in ((scale, multiply), (bias, add)):
        if part is not None:
            wide = combine(wide, widened(part))
    return astype(wide, together)


@op
def rms_norm(
    x: Operand, /, scale: Operand | None = None, *, axis: Axis = -1, eps: Operand = 1e-6
) -> Tracer:
    """x / sqrt(mean(x^2) + eps) scale over `axis`. Zhang & Sennrich 2019, arXiv:1910.07467.

    Any shape; `scale` broadcasts to it.
    """
    wide = widened(x)
    result = wide * rsqrt(mean(square(wide), axis=axis, keepdims=True) + eps)
    return affine(result, x, scale, None)


@op
def layer_norm(
    x: Operand,
    /,
    scale: Operand | None = None,
    bias: Operand | None = None,
    *,
    axis: Axis = -1,
    eps: Operand = 1e-5,
) -> Tracer:
    """(x - mean(x)) / sqrt(var(x) + eps) scale + bias over `axis`. Any shape.

    `scale` and `bias` broadcast to it. Ba et al. 2016, arXiv:1607.06450.
    """
    wide = widened(x)
    centred = wide - mean(wide, axis=axis, keepdims=True)
    result = centred * rsqrt(mean(square(centred), axis=axis, keepdims=True) + eps)
    return affine(result, x, scale, bias)
