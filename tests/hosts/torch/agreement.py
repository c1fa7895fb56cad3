"""The functions that PyTorch has too: ours, theirs, over which samples, how close.

`samples` is the name of PyTorch's own sample inputs (OpInfo), or a function that makes
arguments. `ulp`: how many units in the last place float32 may be off; where it is more
than 4, or taken `of_largest` element instead of each, `reason` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

import dovetail as dt
from dovetail.library import activations, losses

SKIP = object()  # what ours returns for arguments that it has no word for
SUMS = "a sum's error is that of its largest terms"


@dataclass(frozen=True)
class Row:
    name: str
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    samples: str | Callable[[Any], list[tuple[Any, ...]]]
    ulp: float = 4.0
    of_largest: bool = False
    reason: str = ""
    differentiable: bool = True
    wrt: int | None = None  # arguments, from the first, that theirs has derivatives for
    slope: float = 1e-11  # how close gradients are in float64, relative to the largest


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """For samples without settings."""
    return lambda *args, **settings: SKIP if settings else function(*args)


def _pointwise(names: str, **options: Any) -> list[Row]:
    return [
        Row(name, _plain(getattr(dt, ours)), getattr(torch, name), name, **options)
        for name, _, ours in (
            (word.partition("=")[0], "", word.partition("=")[2] or word) for word in names.split()
        )
    ]


POINTWISE = _pointwise("""
    abs acos acosh asin asinh atan atanh cos cosh erf erfc exp exp2 expm1 log log10 log1p log2
    neg=negative reciprocal rsqrt sigmoid sin sinh sqrt square tan tanh atan2 hypot
    maximum minimum copysign mul=multiply
""") + _pointwise("ceil floor round trunc sign isnan isinf isfinite", differentiable=False) + [
    Row("add", lambda x, y, alpha=1: SKIP if alpha != 1 else dt.add(x, y), torch.add, "add"),
    Row("sub", lambda x, y, alpha=1: SKIP if alpha != 1 else dt.subtract(x, y), torch.sub, "sub"),
    Row("logaddexp", _plain(dt.logaddexp), torch.logaddexp, "logaddexp", of_largest=True,
        reason="near 0 the larger argument and the logarithm cancel"),
    Row("div", _plain(dt.divide), torch.div, "div"),
    Row("pow", lambda x, y: SKIP if not isinstance(y, torch.Tensor) else dt.pow(x, y), torch.pow,
        "pow"),
    Row("remainder", lambda x, y: SKIP if not isinstance(y, torch.Tensor) else dt.remainder(x, y),
        torch.remainder, "remainder", differentiable=False),
    Row("where", dt.where, torch.where, lambda new: [(new(3, 4) > 0, new(3, 4), new(4))]),
    Row("clamp", dt.clip, torch.clamp, lambda new: [(new(5, 6), -0.5, 0.75), (new(7), -1.0, 1.0)]),
]  # fmt: skip


def _no(function: Callable[..., Any], **names: str) -> Callable[..., Any]:
    """With PyTorch's names of settings; samples with others are left out."""

    def call(*args: Any, **settings: Any) -> Any:
        settings.pop("inplace", None)
        if not set(settings) <= set(names):
            return SKIP
        return function(*args, **{names[key]: value for key, value in settings.items()})

    return call


ACTIVATIONS = [
    Row(f"nn.functional.{name}", ours, getattr(F, name), f"nn.functional.{name}")
    for name, ours in {
        "relu": _no(dt.relu), "relu6": _no(dt.relu6), "elu": _no(dt.elu, alpha="alpha"),
        "celu": _no(dt.celu, alpha="alpha"), "selu": _no(dt.selu), "silu": _no(dt.silu),
        "mish": _no(dt.mish), "softsign": _no(dt.softsign),
        "hardswish": _no(dt.hard_swish), "hardtanh": _no(dt.hard_tanh),
        "logsigmoid": _no(dt.log_sigmoid),
        "leaky_relu": _no(dt.leaky_relu, negative_slope="negative_slope"),
        "tanhshrink": _no(activations.tanh_shrink),
        "hardshrink": _no(activations.hard_shrink, lambd="threshold"),
        "softshrink": _no(activations.soft_shrink, lambd="threshold"),
        "glu": lambda x, dim=-1: dt.glu(x, axis=dim),
        "gelu": lambda x, approximate="none": dt.gelu(x, approximate=approximate == "tanh"),
    }.items()
] + [
    Row("nn.functional.softplus", dt.softplus, F.softplus, lambda new: [(4 * new(200) - 2,)],
        reason="PyTorch's is x itself above 20, by which 2e-9 is lost: here x stays below",
        ulp=4),
    Row("nn.functional.hardsigmoid", _no(dt.hard_sigmoid), F.hardsigmoid,
        "nn.functional.hardsigmoid", slope=1e-7,
        reason="PyTorch's gradient is 1/6 in float32, for float64 too"),
]  # fmt: skip


def _axes(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    def call(x: Any, *args: Any, **settings: Any) -> Any:
        names = {"dim": "axis", "keepdim": "keepdims"}
        if not set(settings) <= set(names):
            return SKIP
        given = {names[key]: value for key, value in settings.items()}
        given |= dict(zip(("axis", "keepdims"), args, strict=False))
        if isinstance(given.get("axis"), list):
            given["axis"] = tuple(given["axis"])
        if not x.ndim and given.get("axis") is not None:  # the standard has no axis 0 there
            return SKIP
        if given.get("axis") == ():  # all of them in PyTorch, none in the standard
            return SKIP
        return function(x, **given, **options)

    return call


def _softmax(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, dim: int, dtype: Any = None, **rest: Any) -> Any:
        return SKIP if dtype is not None or rest or not x.ndim else function(x, axis=dim)

    return call


def _variance(new: Any) -> list[tuple[Any, ...]]:
    return [(new(4, 5), 1), (new(4, 5, 6), (0, 2)), (new(30), 0)]


REDUCTIONS = [
    Row("sum", _axes(dt.sum), torch.sum, "sum", of_largest=True, reason=SUMS),
    Row("mean", _axes(dt.mean), torch.mean, "mean", of_largest=True, reason=SUMS),
    Row("amax", _axes(dt.max), torch.amax, "amax"),
    Row("amin", _axes(dt.min), torch.amin, "amin"),
    Row("var", lambda x, d: dt.var(x, axis=d, correction=1.0), torch.var, _variance,
        of_largest=True, reason=SUMS),
    Row("std", lambda x, d: dt.std(x, axis=d, correction=1.0), torch.std, _variance,
        of_largest=True, reason=SUMS),
    Row("logsumexp", _axes(dt.logsumexp), torch.logsumexp, "logsumexp", of_largest=True,
        reason=SUMS),
    Row("softmax", _softmax(dt.softmax), torch.softmax, "softmax", ulp=16,
        reason="an exponential's error grows with its argument's, which was rounded once"),
    Row("log_softmax", _softmax(dt.log_softmax), torch.log_softmax, "log_softmax",
        of_largest=True, reason="a difference of numbers near one another"),
    Row("cumsum", lambda x, d: dt.cumulative_sum(x, axis=d), torch.cumsum,
        lambda new: [(new(4, 5), 0), (new(3, 7), -1), (new(9), 0)], of_largest=True, reason=SUMS),
]  # fmt: skip


@dt.loss
def soft_margin(predictions: Any, targets: Any) -> Any:
    return dt.softplus(-targets * predictions)


@dt.loss
def gaussian_likelihood(mean: Any, targets: Any, variance: Any, eps: float = 1e-6) -> Any:
    variance = dt.maximum(variance, eps)
    return 0.5 * (dt.log(variance) + (mean - targets) ** 2.0 / variance)


@dt.loss
def margin_ranking(one: Any, other: Any, targets: Any, margin: float = 0.0) -> Any:
    return dt.relu(margin - targets * (one - other))


@dt.loss
def triplet(anchor: Any, positive: Any, negative: Any, margin: float = 1.0) -> Any:
    near = dt.sqrt(dt.sum((anchor - positive + 1e-6) ** 2.0, axis=-1))
    far = dt.sqrt(dt.sum((anchor - negative + 1e-6) ** 2.0, axis=-1))
    return dt.relu(near - far + margin)


@dt.loss
def poisson_of_logs(predictions: Any, targets: Any) -> Any:
    return dt.exp(predictions) - targets * predictions


def _two(new: Any) -> list[tuple[Any, ...]]:
    return [(new(6, 5), new(6, 5)), (new(7), new(7)), (new(2, 3, 4), new(2, 3, 4))]


def _signs(new: Any) -> list[tuple[Any, ...]]:
    return [(new(6, 5), torch.sign(new(6, 5)))]


def _classes(new: Any) -> list[tuple[Any, ...]]:
    labels = torch.arange(6) % 5
    return [(new(6, 5), labels), (new(1, 3), torch.tensor([2])), (3 * new(6, 40), labels * 7)]


def _chances(new: Any) -> list[tuple[Any, ...]]:
    return [(torch.sigmoid(new(6, 5)), torch.sigmoid(new(6, 5)))]


def _rows(new: Any) -> list[tuple[Any, ...]]:
    return [(torch.softmax(new(6, 5), -1), torch.softmax(new(6, 5), -1))]


CLIPPED = "probabilities are clipped, and a logarithm's error is relative to 1"
LOSSES = [
    Row("mse_loss", losses.mean_squared_error, F.mse_loss, _two),
    Row("l1_loss", losses.mean_absolute_error, F.l1_loss, _two),
    Row("huber_loss", losses.huber, F.huber_loss, _two),
    Row("smooth_l1_loss", losses.huber, F.smooth_l1_loss, _two),
    Row("binary_cross_entropy_with_logits", losses.binary_cross_entropy,
        F.binary_cross_entropy_with_logits,
        lambda new: [(4 * x, y) for x, y in _chances(new)]),
    Row("binary_cross_entropy", lambda p, y: losses.binary_cross_entropy(p, y, from_logits=False),
        F.binary_cross_entropy, _chances),
    Row("cross_entropy", losses.sparse_categorical_cross_entropy, F.cross_entropy, _classes),
    Row("cross_entropy of probabilities", losses.categorical_cross_entropy, F.cross_entropy,
        lambda new: [(new(6, 5), torch.softmax(new(6, 5), -1))]),
    Row("cross_entropy with smoothed labels",
        lambda x, y: losses.categorical_cross_entropy(x, y, label_smoothing=0.125),
        lambda x, y: F.cross_entropy(x, y, label_smoothing=0.125),
        lambda new: [(new(6, 5), torch.softmax(new(6, 5), -1))]),
    Row("cross_entropy of labels, smoothed and padded",
        lambda x, y: losses.sparse_categorical_cross_entropy(
            x, y, label_smoothing=0.125, ignore_index=1),
        lambda x, y: F.cross_entropy(x, y, label_smoothing=0.125, ignore_index=1), _classes),
    Row("kl_div", losses.kl_divergence,
        lambda p, y: F.kl_div(p.log(), y, reduction="batchmean"), _rows, of_largest=True, ulp=16,
        reason="terms of both signs cancel in the sum"),
    Row("poisson_nll_loss", lambda p, y: losses.poisson(p, y),
        lambda p, y: F.poisson_nll_loss(p, y, log_input=False, eps=1e-7), _chances),
    Row("poisson_nll_loss of logarithms", poisson_of_logs, F.poisson_nll_loss, _two),
    Row("cosine_similarity", lambda x, y: -losses.cosine_similarity(x, y, reduction="none"),
        lambda x, y: F.cosine_similarity(x, y, -1),
        lambda new: [(new(6, 5), new(6, 5))], of_largest=True, reason=SUMS),
    Row("soft_margin_loss", soft_margin, F.soft_margin_loss, _signs, wrt=1),
    Row("gaussian_nll_loss", gaussian_likelihood, F.gaussian_nll_loss,
        lambda new: [(new(6, 5), new(6, 5), 0.5 + torch.sigmoid(new(6, 5)))], of_largest=True,
        ulp=8, reason="terms of both signs cancel in the mean"),
    Row("margin_ranking_loss", margin_ranking, F.margin_ranking_loss,
        lambda new: [(new(7), new(7), torch.sign(new(7)))]),
    Row("triplet_margin_loss", triplet, F.triplet_margin_loss,
        lambda new: [(new(6, 5), new(6, 5), new(6, 5))], ulp=8,
        reason="a difference of distances"),
]  # fmt: skip


@dt.op
def group_norm(x: Any, scale: Any, bias: Any, groups: int = 2, eps: float = 1e-5) -> Any:
    parts = dt.reshape(x, (x.shape[0], groups, -1))
    centred = parts - dt.mean(parts, axis=-1, keepdims=True)
    result = centred * dt.rsqrt(dt.mean(centred * centred, axis=-1, keepdims=True) + eps)
    wide = (x.shape[1], *(1,) * (x.ndim - 2))
    return dt.reshape(result, x.shape) * dt.reshape(scale, wide) + dt.reshape(bias, wide)


@dt.op
def batch_norm(x: Any, scale: Any, bias: Any, eps: float = 1e-5) -> Any:
    centred = x - dt.mean(x, axis=(0, 2, 3), keepdims=True)
    variance = dt.mean(centred * centred, axis=(0, 2, 3), keepdims=True)
    wide = (-1, 1, 1)
    return centred * dt.rsqrt(variance + eps) * dt.reshape(scale, wide) + dt.reshape(bias, wide)


@dt.op
def instance_norm(x: Any, eps: float = 1e-5) -> Any:
    centred = x - dt.mean(x, axis=(2, 3), keepdims=True)
    return centred * dt.rsqrt(dt.mean(centred * centred, axis=(2, 3), keepdims=True) + eps)


@dt.op
def unit(x: Any, eps: float = 1e-12) -> Any:
    return x / dt.maximum(dt.sqrt(dt.sum(x * x, axis=1, keepdims=True)), eps)


CENTRED = "the difference from a mean has the error of the mean"


def _images(new: Any) -> list[tuple[Any, ...]]:
    return [(new(3, 4, 5, 5), new(4), new(4))]


NORMS = [
    Row("rms_norm", lambda x, s: dt.rms_norm(x, s, eps=1e-6),
        lambda x, s: F.rms_norm(x, (x.shape[-1],), s, eps=1e-6),
        lambda new: [(new(6, 8), new(8)), (new(2, 3, 50), new(50))]),
    Row("layer_norm", dt.layer_norm, lambda x, s, b: F.layer_norm(x, (x.shape[-1],), s, b),
        lambda new: [(new(6, 8), new(8), new(8)), (new(2, 3, 50), new(50), new(50))],
        of_largest=True, reason=CENTRED),
    Row("group_norm", group_norm, lambda x, s, b: F.group_norm(x, 2, s, b), _images,
        of_largest=True, reason=CENTRED),
    Row("batch_norm", batch_norm,
        lambda x, s, b: F.batch_norm(x, None, None, s, b, training=True), _images,
        of_largest=True, reason=CENTRED),
    Row("instance_norm", instance_norm, F.instance_norm, lambda new: [(new(3, 4, 5, 5),)],
        of_largest=True, reason=CENTRED),
    Row("normalize", unit, F.normalize, lambda new: [(new(6, 5),), (new(2, 30, 4),)]),
]  # fmt: skip

TABLE = [*POINTWISE, *ACTIVATIONS, *REDUCTIONS, *LOSSES, *NORMS]
