"""Metrics of classification: precision, recall, F1, AUC, and those of a confusion matrix.

Their meanings are Keras'. Predictions are probabilities unless `from_logits` is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.train.stateful_metrics import (
    State,
    StatefulMetric,
    each_weight,
    flat,
    quotient,
    wide,
    zeros,
)

__all__ = [
    "AUC", "CohenKappa", "ConfusionMatrix", "F1Score", "MatthewsCorrelation", "Precision", "Recall",
]  # fmt: skip

_HITS = ("true_positives", "false_positives", "false_negatives")


def _labels(metric: StatefulMetric, values: Any, classes: int, other: Any) -> Any:
    """Labels: as they are, or of the largest of `classes` values."""
    if values.ndim == other.ndim + 1 or (
        values.ndim > 1 and values.shape[-1] == classes and not values.dtype.is_integer
    ):
        if values.shape[-1] != classes:
            raise ShapeError(
                f"metric {metric.name}", [f"values {values.shape}"],
                f"a last axis of {classes}, the number of classes", "correct classes=",
            )  # fmt: skip
        return dt.argmax(values, axis=-1)
    return dt.astype(values, dt.int64)


def _one_hot(labels: Any, classes: int) -> Any:
    column = dt.reshape(labels, (-1, 1))
    return wide(column == dt.arange(classes))


def _sigmoid(value: Any, from_logits: bool) -> Any:
    return dt.sigmoid(value) if from_logits else value


@dataclass(frozen=True)
class _Hits(StatefulMetric):
    """True and false positives and negatives of binary predictions, at a threshold."""

    threshold: float = 0.5
    from_logits: bool = False

    def state(self) -> State:
        """No hits."""
        return zeros(*_HITS)

    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """Add the hits of a batch."""
        p, y, w = flat(self, predictions, targets, weights)
        yes = _sigmoid(p, self.from_logits) > self.threshold
        true = y > 0.5
        return {
            "true_positives": state["true_positives"] + dt.sum(w * wide(yes & true)),
            "false_positives": state["false_positives"] + dt.sum(w * wide(yes & ~true)),
            "false_negatives": state["false_negatives"] + dt.sum(w * wide(~yes & true)),
        }


@dataclass(frozen=True)
class Precision(_Hits):
    """How many of the predicted positives are positive."""

    def result(self, state: State) -> Any:
        """TP / (TP + FP)."""
        hits = state["true_positives"]
        return quotient(hits, hits + state["false_positives"])


@dataclass(frozen=True)
class Recall(_Hits):
    """How many of the positives are predicted."""

    def result(self, state: State) -> Any:
        """TP / (TP + FN)."""
        hits = state["true_positives"]
        return quotient(hits, hits + state["false_negatives"])


@dataclass(frozen=True)
class F1Score(StatefulMetric):
    """2 TP / (2 TP + FP + FN), for one class, or averaged over several.

    `classes`: 1 for binary targets, at the threshold (0.5 if it is None). With several, the
    predicted class is the largest value, or with a threshold each value above it; targets are
    labels or one-hot.
    `average`: "macro", the mean over classes; "micro", of all hits together; "weighted" by how
    often a class occurs. `beta`: how much recall counts against precision.
    """

    classes: int = 1
    average: str = "macro"
    threshold: float | None = None
    beta: float = 1.0
    from_logits: bool = False

    def __post_init__(self) -> None:
        if self.average not in ("macro", "micro", "weighted"):
            expected = '"macro", "micro" or "weighted"'
            raise ArgumentError("F1Score", "average", self.average, expected)

    def state(self) -> State:
        """No hits."""
        return zeros(*_HITS, shape=(self.classes,))

    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """Add the hits of a batch, for each class."""
        yes, true, w = self._counted(predictions, targets, weights)
        changes = {
            "true_positives": yes * true, "false_positives": yes * (1.0 - true),
            "false_negatives": (1.0 - yes) * true,
        }  # fmt: skip
        return {name: state[name] + dt.sum(w * each, axis=0) for name, each in changes.items()}

    def _counted(self, predictions: Any, targets: Any, weights: Any) -> tuple[Any, Any, Any]:
        if self.classes == 1:
            p, y, w = flat(self, predictions, targets, weights)
            limit = 0.5 if self.threshold is None else self.threshold
            yes = wide(_sigmoid(p, self.from_logits) > limit)
            return yes[:, None], wide(y > 0.5)[:, None], w[:, None]
        labels = targets.ndim == predictions.ndim - 1
        true = _one_hot(targets, self.classes) if labels else wide(targets > 0.5)
        true = dt.reshape(true, (-1, self.classes))
        if self.threshold is None:
            chosen = _labels(self, predictions, self.classes, targets)
            yes = _one_hot(chosen, self.classes)
        else:
            above = _sigmoid(predictions, self.from_logits) > self.threshold
            yes = dt.reshape(wide(above), (-1, self.classes))
        return yes, true, each_weight(weights, predictions[..., 0])[:, None]

    def result(self, state: State) -> Any:
        """The average over classes."""
        hits, wrong, missed = (state[name] for name in _HITS)
        if self.average == "micro":
            hits, wrong, missed = dt.sum(hits), dt.sum(wrong), dt.sum(missed)
        square = self.beta * self.beta
        each = quotient((1 + square) * hits, (1 + square) * hits + wrong + square * missed)
        if self.average == "weighted":
            often = hits + missed
            return quotient(dt.sum(each * often), dt.sum(often))
        return dt.mean(each) if self.average == "macro" else each


@dataclass(frozen=True)
class AUC(StatefulMetric):
    """The area below the curve of "ROC" or "PR", by thresholds that divide [0, 1] evenly.

    As Keras' with its default interpolation. Davis & Goadrich 2006, doi:10.1145/1143844.1143874.
    """

    curve: str = "ROC"
    thresholds: int = 200
    from_logits: bool = False

    @property
    def name(self) -> str:
        """auc, or auc_pr."""
        return "auc" if self.curve == "ROC" else "auc_pr"

    def __post_init__(self) -> None:
        if self.curve not in ("ROC", "PR"):
            raise ArgumentError("AUC", "curve", self.curve, '"ROC" or "PR"')
        if self.thresholds < 2:
            raise ArgumentError("AUC", "thresholds", self.thresholds, "a number from 2")

    def state(self) -> State:
        """Positives and negatives above each threshold, and all of them."""
        above = zeros("true_positives", "false_positives", shape=(self.thresholds,))
        return {**above, **zeros("positives", "negatives")}

    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """Add the counts of a batch."""
        p, y, w = flat(self, predictions, targets, weights)
        inner = np.arange(1, self.thresholds - 1) / (self.thresholds - 1)
        limits = dt.asarray(np.concatenate([[-1e-7], inner, [1.0 + 1e-7]]))
        above = wide(_sigmoid(p, self.from_logits)[:, None] > limits)
        true = w * wide(y > 0.5)
        false = w - true
        return {
            "true_positives": state["true_positives"] + dt.sum(true[:, None] * above, axis=0),
            "false_positives": state["false_positives"] + dt.sum(false[:, None] * above, axis=0),
            "positives": state["positives"] + dt.sum(true),
            "negatives": state["negatives"] + dt.sum(false),
        }

    def result(self, state: State) -> Any:
        """The area."""
        hits, wrong = state["true_positives"], state["false_positives"]
        positives, negatives = state["positives"], state["negatives"]
        if self.curve == "ROC":
            x, y = quotient(wrong, negatives), quotient(hits, positives)
            return dt.sum((x[:-1] - x[1:]) * (y[:-1] + y[1:]) * 0.5)
        step, chosen = hits[:-1] - hits[1:], hits + wrong
        slope = quotient(step, dt.maximum(chosen[:-1] - chosen[1:], 0.0))
        intercept = hits[1:] - slope * chosen[1:]
        both = (chosen[:-1] > 0) & (chosen[1:] > 0)
        ratio = dt.where(both, chosen[:-1] / dt.where(both, chosen[1:], 1.0), 1.0)
        area = slope * (step + intercept * dt.log(ratio))
        return dt.sum(quotient(area, dt.maximum(positives, 0.0)))


@dataclass(frozen=True)
class ConfusionMatrix(StatefulMetric):
    """How often class i was predicted as class j. For evaluation: its result is a matrix."""

    classes: int

    def state(self) -> State:
        """No examples."""
        return zeros("matrix", shape=(self.classes, self.classes))

    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """Add the examples of a batch."""
        chosen = _labels(self, predictions, self.classes, targets)
        true = _labels(self, targets, self.classes, chosen)
        w = each_weight(weights, true)[:, None]
        counts = dt.matrix_transpose(_one_hot(true, self.classes) * w)
        return {"matrix": state["matrix"] + counts @ _one_hot(chosen, self.classes)}

    def result(self, state: State) -> Any:
        """The matrix."""
        return state["matrix"]


@dataclass(frozen=True)
class CohenKappa(ConfusionMatrix):
    """Agreement beyond chance; `weighting`: "linear" or "quadratic" in the distance of classes.

    Cohen 1960, doi:10.1177/001316446002000104.
    """

    weighting: str | None = None

    def __post_init__(self) -> None:
        if self.weighting not in (None, "linear", "quadratic"):
            expected = 'None, "linear" or "quadratic"'
            raise ArgumentError("CohenKappa", "weighting", self.weighting, expected)

    def result(self, state: State) -> Any:
        """1 - observed disagreement / that by chance."""
        matrix = state["matrix"]
        number = np.arange(self.classes, dtype=float)
        distance = np.abs(number[:, None] - number)
        cost = {None: (distance > 0) * 1.0, "linear": distance, "quadratic": distance**2}
        costs = dt.asarray(cost[self.weighting])
        rows, columns = dt.sum(matrix, axis=1), dt.sum(matrix, axis=0)
        chance = rows[:, None] * columns / dt.maximum(dt.sum(matrix), 1e-300)
        return 1.0 - quotient(dt.sum(costs * matrix), dt.sum(costs * chance))


@dataclass(frozen=True)
class MatthewsCorrelation(ConfusionMatrix):
    """The correlation of labels and predictions. Gorodkin 2004 for several classes."""

    def result(self, state: State) -> Any:
        """The coefficient, 0 where either is constant."""
        matrix = state["matrix"]
        rows, columns, total = dt.sum(matrix, axis=1), dt.sum(matrix, axis=0), dt.sum(matrix)
        right = dt.sum(matrix * dt.asarray(np.eye(self.classes)))
        top = right * total - dt.sum(rows * columns)
        spread = (total * total - dt.sum(columns * columns)) * (total * total - dt.sum(rows * rows))
        return quotient(top, dt.sqrt(dt.maximum(spread, 0.0)))
