"""Metrics: figures that are watched and not trained on.

A metric is a function of (predictions, targets) in the language that returns one value
for each example; the trainer traces it into the step and averages over the examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from dovetail.errors import ShapeError, UnknownNameError
from dovetail.language.namespace import NAMESPACE as dt

__all__ = [
    "LABEL_METRICS",
    "METRICS",
    "Metric",
    "accuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "mean_absolute_error",
    "mean_squared_error",
    "resolve",
    "sparse_categorical_accuracy",
    "top_5_accuracy",
]

Metric = Callable[[Any, Any], Any]


def _hits(equal: Any) -> Any:
    """1 for each example that is right; over the last axis, the share of right outputs."""
    return dt.astype(equal, dt.float32)


def _other_shapes(name: str, predictions: Any, targets: Any) -> ShapeError:
    return ShapeError(
        f"metric {name}",
        [f"predictions {predictions.shape}", f"targets {targets.shape}"],
        "equal shapes, or labels with one dimension less",
        "choose a metric that fits the targets",
    )


def _same_shape(name: str, predictions: Any, targets: Any) -> None:
    if predictions.shape != targets.shape:
        raise _other_shapes(name, predictions, targets)


def _labels_shape(name: str, predictions: Any, labels: Any) -> None:
    if predictions.shape[:-1] != labels.shape or not predictions.ndim:
        raise _other_shapes(name, predictions, labels)


def sparse_categorical_accuracy(predictions: Any, labels: Any) -> Any:
    """1 where the largest of (..., k) predictions is at the integer label (...)."""
    _labels_shape("sparse_categorical_accuracy", predictions, labels)
    return _hits(dt.argmax(predictions, axis=-1) == dt.astype(labels, dt.int64))


def categorical_accuracy(predictions: Any, targets: Any) -> Any:
    """1 where the largest prediction and the largest target, both (..., k), coincide."""
    _same_shape("categorical_accuracy", predictions, targets)
    return _hits(dt.argmax(predictions, axis=-1) == dt.argmax(targets, axis=-1))


def binary_accuracy(predictions: Any, targets: Any, threshold: float = 0.0) -> Any:
    """1 where `predictions > threshold` agrees with `targets > 0.5`; shapes are equal.

    The threshold 0 is for logits, which this library's losses expect. For probabilities
    pass `functools.partial(binary_accuracy, threshold=0.5)`.
    """
    _same_shape("binary_accuracy", predictions, targets)
    return _hits((predictions > threshold) == (targets > 0.5))


def accuracy(predictions: Any, targets: Any) -> Any:
    """Sparse, categorical or binary accuracy, by the shapes.

    (..., k) with (...) is sparse; (..., k) with (..., k) and k > 1 is categorical; (n,) with
    (n,), or (..., 1) with (..., 1), is binary, on logits.
    """
    if predictions.ndim == targets.ndim + 1:
        return sparse_categorical_accuracy(predictions, targets)
    if predictions.shape != targets.shape:
        raise _other_shapes("accuracy", predictions, targets)
    if predictions.ndim > 1 and predictions.shape[-1] > 1:
        return categorical_accuracy(predictions, targets)
    return binary_accuracy(predictions, targets)


def top_5_accuracy(predictions: Any, labels: Any) -> Any:
    """1 where fewer than five of (..., k) predictions are above the one at the label (...)."""
    _labels_shape("top_5_accuracy", predictions, labels)
    at_label = dt.take_along_axis(predictions, labels[..., None], axis=-1)
    return _hits(dt.sum(dt.astype(predictions > at_label, dt.int64), axis=-1) < 5)


def mean_absolute_error(predictions: Any, targets: Any) -> Any:
    """|p - y|; shapes are equal."""
    _same_shape("mean_absolute_error", predictions, targets)
    return dt.abs(predictions - targets)


def mean_squared_error(predictions: Any, targets: Any) -> Any:
    """(p - y)^2; shapes are equal."""
    _same_shape("mean_squared_error", predictions, targets)
    return (predictions - targets) * (predictions - targets)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "accuracy": accuracy,
        "acc": accuracy,
        "sparse_categorical_accuracy": sparse_categorical_accuracy,
        "categorical_accuracy": categorical_accuracy,
        "binary_accuracy": binary_accuracy,
        "top_5_accuracy": top_5_accuracy,
        "mean_absolute_error": mean_absolute_error,
        "mae": mean_absolute_error,
        "mean_squared_error": mean_squared_error,
        "mse": mean_squared_error,
    }
)
"""The names that `model.compile(metrics=[...])` understands."""

LABEL_METRICS = frozenset({accuracy, sparse_categorical_accuracy, top_5_accuracy})
"""The metrics that look classes up by integer labels; `accuracy` does by shape."""


def resolve(metric: str | Metric) -> tuple[str, Metric]:
    """A metric and the name that its figures go by."""
    if isinstance(metric, str):
        if metric not in METRICS:
            raise UnknownNameError("metric", metric, METRICS)
        return metric, METRICS[metric]
    function = getattr(metric, "func", metric)  # of a functools.partial
    return str(getattr(function, "__name__", type(metric).__name__)), metric
