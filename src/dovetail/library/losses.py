"""Losses. Each returns the loss of every example; `reduction="mean"|"sum"|"none"` is the caller's.

The arguments are predictions and targets. With one dimension each element is an example; with
more, the last axis holds the outputs of one example, and regression losses average over it. Nothing
is broadcast. Class labels outside of 0 to k - 1 are an error (NaN where XLA compiled the call);
`ignore_index=` leaves examples out, as in PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from dovetail.extension.loss import loss
from dovetail.language.namespace import NAMESPACE as dt

__all__ = [
    "binary_cross_entropy", "categorical_cross_entropy", "cosine_similarity", "focal", "hinge",
    "huber", "kl_divergence", "log_cosh", "mean_absolute_error", "mean_squared_error",
    "poisson", "sparse_categorical_cross_entropy",
]  # fmt: skip

TINY = 1e-7  # probabilities are kept this far from 0 and 1, as Keras does


def _per_example(errors: Any) -> Any:
    """The mean over the outputs of an example: over the last axis, if there is one."""
    return dt.mean(errors, axis=-1) if errors.ndim > 1 else errors


@loss(targets="alike")
def mean_squared_error(predictions: Any, targets: Any) -> Any:
    """(p - y)^2, averaged over the last axis. Shapes (..., k) and (..., k), or (n,) and (n,).

    The loss of each example is (...) or (n,). Legendre 1805; as in Keras.
    """
    error = predictions - targets
    return _per_example(error * error)


@loss(targets="alike")
def mean_absolute_error(predictions: Any, targets: Any) -> Any:
    """|p - y|, averaged over the last axis. Shapes (..., k) and (..., k), or (n,) and (n,).

    Its derivative is 0 at p = y. As in Keras.
    """
    return _per_example(dt.abs(predictions - targets))


@loss(targets="alike")
def huber(predictions: Any, targets: Any, delta: float = 1.0) -> Any:
    """e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), for e = p - y.

    Huber 1964, doi:10.1214/aoms/1177703732. Shapes (..., k) and (..., k), averaged over the last
    axis, or (n,) and (n,).
    """
    error = dt.abs(predictions - targets)
    inside = dt.minimum(error, delta)
    return _per_example(inside * (error - 0.5 * inside))


@loss(targets="alike")
def log_cosh(predictions: Any, targets: Any) -> Any:
    """log(cosh(p - y)), averaged over the last axis; without overflow or cancellation.

    Shapes (..., k) and (..., k), or (n,) and (n,). As in Keras. It is log1p(2 sinh(e/2)^2) for
    errors e below 20, and |e| - log 2 beyond, where e^(-2e) is lost.
    """
    error = dt.abs(predictions - targets)
    half = dt.sinh(0.5 * dt.where(error < 20.0, error, 0.0))
    large = error - math.log(2.0)
    return _per_example(dt.where(error < 20.0, dt.log1p(2.0 * half * half), large))


@loss(targets="alike")
def poisson(predictions: Any, targets: Any) -> Any:
    """p - y log(p + 1e-7), averaged over the last axis: predictions are rates, not their logs.

    Shapes (..., k) and (..., k), or (n,) and (n,); targets are counts. As in Keras.
    """
    return _per_example(predictions - targets * dt.log(predictions + TINY))


@loss(targets="alike")
def binary_cross_entropy(
    predictions: Any, labels: Any, from_logits: bool = True, label_smoothing: float = 0.0
) -> Any:
    """-y log p - (1 - y) log(1 - p), averaged over the last axis, with p = sigmoid(predictions).

    Shapes (..., k) and (..., k), or (n,) and (n,); labels are 0 or 1, or between. Good 1952,
    Journal of the Royal Statistical Society B 14. On logits it is softplus(z) - y z, which never
    overflows. `from_logits=False` takes probabilities, clipped to 1e-7 from 0 and 1. Keras' default
    is probabilities.
    """
    labels = dt.astype(labels, predictions.dtype)
    labels = labels * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        return _per_example(dt.softplus(predictions) - labels * predictions)
    chance = dt.clip(predictions, TINY, 1.0 - TINY)
    return _per_example(-labels * dt.log(chance) - (1.0 - labels) * dt.log1p(-chance))


def _log_probabilities(predictions: Any, from_logits: bool) -> Any:
    if from_logits:
        return dt.log_softmax(predictions, axis=-1)
    total = dt.sum(predictions, axis=-1, keepdims=True)
    return dt.log(dt.clip(predictions / total, TINY, 1.0 - TINY))


def _mean_log_probability(predictions: Any, from_logits: bool) -> Any:
    """The mean of log p over the classes, which does not make their number part of the program."""
    if from_logits:
        return dt.mean(predictions, axis=-1) - dt.logsumexp(predictions, axis=-1)
    return dt.mean(_log_probabilities(predictions, from_logits), axis=-1)


def _smoothed(wanted: Any, predictions: Any, from_logits: bool, smoothing: Any) -> Any:
    """-(1 - s) wanted - s / k (the sum of log p over the k classes)."""
    uniform = smoothing * _mean_log_probability(predictions, from_logits)
    return -(1.0 - smoothing) * wanted - dt.where(smoothing == 0.0, 0.0, uniform)


@loss(targets="alike")
def categorical_cross_entropy(
    predictions: Any, targets: Any, from_logits: bool = True, label_smoothing: float = 0.0
) -> Any:
    """-sum_k y_k log p_k over the last axis, p = softmax(predictions). Shapes (..., k), (..., k).

    `label_smoothing` s mixes the targets with the uniform distribution: (1 - s) y + s / k
    (Szegedy et al. 2016, arXiv:1512.00567). `from_logits=False` takes probabilities, which
    are normalised and clipped to 1e-7 from 0 and 1. Keras' default is probabilities.
    """
    targets = dt.astype(targets, predictions.dtype)
    # A class with log p = -inf and y = 0 adds 0.
    log_p = _log_probabilities(predictions, from_logits)
    wanted = dt.sum(dt.where(targets == 0.0, 0.0, targets * log_p), axis=-1)
    return _smoothed(wanted, predictions, from_logits, label_smoothing)


@loss(targets="labels")
def sparse_categorical_cross_entropy(
    predictions: Any, labels: Any, from_logits: bool = True, label_smoothing: float = 0.0
) -> Any:
    """-log p_label over the last axis, p = softmax(predictions). Shapes (..., k) and (...).

    `labels` are integers from 0 to k - 1. Keras' default is probabilities; here it is
    logits, which lose no digits. `from_logits=False` and `label_smoothing` as in
    `categorical_cross_entropy`.
    """
    log_p = _log_probabilities(predictions, from_logits)
    wanted = dt.take_along_axis(log_p, labels[..., None], axis=-1)[..., 0]
    return _smoothed(wanted, predictions, from_logits, label_smoothing)


@loss(targets="labels")
def focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    """-(1 - p)^gamma log p for p = softmax(logits) at the label. Shapes (..., k) and (...).

    Lin et al. 2017, arXiv:1708.02002. Where p is 1 to the last digit, loss and gradient are 0.
    """
    log_p = dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]
    rest = -dt.expm1(log_p)
    certain, hopeless = rest <= 0.0, log_p < -100.0
    # The derivative of rest^gamma is infinite at 0 for gamma < 1, and at log p = -inf the
    # product with log p would be 0 times infinity.
    weight = dt.where(certain | hopeless, 1.0, rest) ** gamma
    return dt.where(certain, 0.0, -weight * log_p)


@loss(targets="alike")
def hinge(predictions: Any, targets: Any) -> Any:
    """max(0, 1 - y p), averaged over the last axis; targets are -1 or 1.

    Shapes (..., k) and (..., k), or (n,) and (n,). Cortes & Vapnik 1995, doi:10.1007/BF00994018.
    Unlike Keras, 0 is not taken for -1.
    """
    return _per_example(dt.relu(1.0 - targets * predictions))


@loss(targets="alike")
def kl_divergence(predictions: Any, targets: Any) -> Any:
    """sum_k y_k log(y_k / p_k) over the last axis, both probabilities, clipped to [1e-7, 1].

    Shapes (..., k) and (..., k). Kullback & Leibler 1951, doi:10.1214/aoms/1177729694.
    """
    predictions = dt.clip(predictions, TINY, 1.0)
    targets = dt.clip(targets, TINY, 1.0)
    return dt.sum(targets * (dt.log(targets) - dt.log(predictions)), axis=-1)


def _scaled(x: Any) -> tuple[Any, Any]:
    """x over its largest element, and that element; a zero vector as it is, and 1."""
    largest = dt.stop_gradient(dt.max(dt.abs(x), axis=-1, keepdims=True))
    largest = dt.where(largest == 0.0, 1.0, largest)
    return x / largest, largest[..., 0]


def _norm(x: Any, least: Any) -> Any:
    """max(the norm along the last axis, least), without a NaN gradient at 0."""
    square = dt.sum(x * x, axis=-1)
    empty = square == 0.0
    return dt.maximum(dt.where(empty, 0.0, dt.sqrt(dt.where(empty, 1.0, square))), least)


@loss(targets="alike")
def cosine_similarity(predictions: Any, targets: Any, eps: float = 0.0) -> Any:
    """-cos of the angle between p and y along the last axis: -1 is the same direction.

    Shapes (..., k) and (..., k). p and y are scaled by their largest elements first, so that no
    norm overflows. A norm below `eps` counts as `eps`, as in PyTorch, whose default is 1e-8. With
    eps = 0 a zero vector has similarity and gradient 0.
    """
    if predictions.ndim and predictions.shape[-1] == 0:
        return -dt.sum(predictions * targets, axis=-1)
    p, p_size = _scaled(predictions)
    y, y_size = _scaled(targets)
    norms = _norm(p, eps / p_size) * _norm(y, eps / y_size)
    none = norms == 0.0
    return dt.where(none, 0.0, -dt.sum(p * y, axis=-1) / dt.where(none, 1.0, norms))


_BY_NAME = {name: globals()[name] for name in __all__}
LOSSES: Mapping[str, Callable[..., Any]] = MappingProxyType({
    **_BY_NAME,
    **{name.replace("cross_entropy", "crossentropy"): each for name, each in _BY_NAME.items()},
    "mse": mean_squared_error,
    "mae": mean_absolute_error,
})  # fmt: skip
"""The names that `model.compile(loss=...)` understands; Keras' spellings are among them."""
