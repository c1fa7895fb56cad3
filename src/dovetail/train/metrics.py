"""Metrics: figures that are reported and not trained on.

A metric is a function of (predictions, targets) in the language that returns one value
for each example; the trainer traces it into the step and averages over the examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from dovetail.errors import ArgumentError, ShapeError, UnknownNameError
from dovetail.extension.op import op
from dovetail.language.location import name_of
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.train.classification_metrics import AUC, ConfusionMatrix, F1Score, Precision, Recall
from dovetail.train.mean_metrics import (
    NDCG,
    HitRate,
    Perplexity,
    R2Score,
    RootMeanSquaredError,
    TopKAccuracy,
    ranks,
)
from dovetail.train.naming import snake_case
from dovetail.train.sequence_metrics import CharacterErrorRate
from dovetail.train.stateful_metrics import StatefulMetric

Metric = Callable[[Any, Any], Any]


def _as_float(hits: Any) -> Any:
    """1 where a prediction is right, else 0."""
    return dt.astype(hits, dt.float32)


def _wrong_shapes(name: str, predictions: Any, targets: Any) -> ShapeError:
    return ShapeError(
        f"metric {name}",
        [f"predictions {predictions.shape}", f"targets {targets.shape}"],
        "equal shapes, or labels with one dimension less",
        "choose a metric that fits the targets",
    )


def _require_same_shape(name: str, predictions: Any, targets: Any) -> None:
    if predictions.shape != targets.shape:
        raise _wrong_shapes(name, predictions, targets)


def _require_labels(name: str, predictions: Any, labels: Any) -> None:
    if predictions.shape[:-1] != labels.shape or not predictions.ndim:
        raise _wrong_shapes(name, predictions, labels)


def sparse_categorical_accuracy(predictions: Any, labels: Any) -> Any:
    """1 where the largest of (..., k) predictions is at the integer label (...)."""
    _require_labels("sparse_categorical_accuracy", predictions, labels)
    return _as_float(dt.argmax(predictions, axis=-1) == dt.astype(labels, dt.int64))


def categorical_accuracy(predictions: Any, targets: Any) -> Any:
    """1 where the largest prediction and the largest target, both (..., k), are at one index."""
    _require_same_shape("categorical_accuracy", predictions, targets)
    return _as_float(dt.argmax(predictions, axis=-1) == dt.argmax(targets, axis=-1))


def binary_accuracy(predictions: Any, targets: Any, threshold: float = 0.0) -> Any:
    """1 where `predictions > threshold` agrees with `targets > 0.5`; shapes are equal.

    The threshold 0 is for logits. For probabilities pass
    `functools.partial(binary_accuracy, threshold=0.5)`.
    """
    _require_same_shape("binary_accuracy", predictions, targets)
    return _as_float((predictions > threshold) == (targets > 0.5))


def accuracy(predictions: Any, targets: Any) -> Any:
    """Sparse, categorical or binary accuracy, by the shapes.

    (..., k) with (...) is sparse; (..., k) with (..., k) and k > 1 is categorical; (n,) with
    (n,), or (..., 1) with (..., 1), is binary, on logits.
    """
    if predictions.ndim == targets.ndim + 1:
        return sparse_categorical_accuracy(predictions, targets)
    _require_same_shape("accuracy", predictions, targets)
    if predictions.ndim > 1 and predictions.shape[-1] > 1:
        return categorical_accuracy(predictions, targets)
    return binary_accuracy(predictions, targets)


def top_5_accuracy(predictions: Any, labels: Any) -> Any:
    """1 where fewer than five of (..., k) predictions are above the one at the label (...)."""
    _require_labels("top_5_accuracy", predictions, labels)
    return _as_float(ranks(predictions, labels) < 5)


def mean_absolute_error(predictions: Any, targets: Any) -> Any:
    """|p - y|; shapes are equal."""
    _require_same_shape("mean_absolute_error", predictions, targets)
    return dt.abs(predictions - targets)


def mean_squared_error(predictions: Any, targets: Any) -> Any:
    """(p - y)^2; shapes are equal."""
    _require_same_shape("mean_squared_error", predictions, targets)
    return (predictions - targets) * (predictions - targets)


def metric(function: Callable[[Any, Any], Any]) -> Metric:
    """A metric of your own: a function of (predictions, targets) with a value for each example.

    It is array maths, and its mean over examples is the figure. It may be called on arrays of any
    host, and `model.compile(metrics=[...])` takes it. For a figure that is no such mean, write a
    subclass of `dt.StatefulMetric`.
    """
    return op(function)


METRICS: Mapping[str, Metric] = MappingProxyType({
    **{each.__name__: each for each in (
        accuracy, sparse_categorical_accuracy, categorical_accuracy, binary_accuracy,
        top_5_accuracy, mean_absolute_error, mean_squared_error,
    )},
    "acc": accuracy,
    "mae": mean_absolute_error,
    "mse": mean_squared_error,
    **{each.name: each for each in (
        AUC(), AUC("PR"), Precision(), Recall(), F1Score(), R2Score(), RootMeanSquaredError(),
        Perplexity(), TopKAccuracy(), HitRate(), NDCG(), CharacterErrorRate(),
    )},
})  # fmt: skip
"""The names that `model.compile(metrics=[...])` understands."""

LABEL_METRICS = frozenset({accuracy, sparse_categorical_accuracy, top_5_accuracy})
"""The metrics that take integer labels; `accuracy` may, depending on the shapes."""

LOGIT_METRICS = frozenset({accuracy, binary_accuracy})
"""The metrics that take logits where predictions are numbers from 0 to 1."""


def resolve(metric: str | Metric) -> tuple[str, Metric]:
    """The name of a metric in figures, and its function."""
    if isinstance(metric, str):
        name = metric if metric in METRICS else snake_case(metric)  # Keras takes those of classes
        if name not in METRICS:
            raise UnknownNameError("metric", metric, METRICS)
        return name, METRICS[name]
    if isinstance(metric, type):
        expected = f"an object, such as dt.{metric.__name__}()"
        raise ArgumentError("compile", "metrics", metric, expected)
    if isinstance(metric, ConfusionMatrix) and type(metric).result is ConfusionMatrix.result:
        raise ArgumentError(
            "compile", "metrics", metric, "metrics whose figure is a number",
            "call it on predictions and targets after the training",
        )  # fmt: skip
    if isinstance(metric, StatefulMetric):
        return metric.name, metric
    return name_of(getattr(metric, "func", metric)), metric  # `func` of a functools.partial
