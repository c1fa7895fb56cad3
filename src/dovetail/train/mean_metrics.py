"""Metrics of regression, ranking and language models, which follow from means over examples."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

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
    "NDCG", "HitRate", "Perplexity", "R2Score", "RootMeanSquaredError", "TopKAccuracy",
]  # fmt: skip


@dataclass(frozen=True)
class R2Score(StatefulMetric):
    """1 - sum (y - p)^2 / sum (y - mean y)^2, averaged over the outputs."""

    outputs: int = 1

    def state(self) -> State:
        """No examples."""
        return {**zeros("errors", "values", "squares", shape=(self.outputs,)), **zeros("count")}

    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """Add the sums of a batch."""
        p = dt.reshape(wide(predictions), (-1, self.outputs))
        y = dt.reshape(wide(targets), (-1, self.outputs))
        w = each_weight(weights, dt.reshape(predictions, (-1, self.outputs))[:, 0])[:, None]
        return {
            "errors": state["errors"] + dt.sum(w * (y - p) * (y - p), axis=0),
            "values": state["values"] + dt.sum(w * y, axis=0),
            "squares": state["squares"] + dt.sum(w * y * y, axis=0),
            "count": state["count"] + dt.sum(w),
        }

    def result(self, state: State) -> Any:
        """The mean over outputs."""
        mean = quotient(state["values"], state["count"])
        spread = state["squares"] - state["values"] * mean
        return dt.mean(1.0 - quotient(state["errors"], spread))


@dataclass(frozen=True)
class _Mean(StatefulMetric):
    """A function of the mean of a value of each example."""

    def state(self) -> State:
        """No examples."""
        return zeros("total", "count")

    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """Add the values of a batch."""
        values = wide(self.values(predictions, targets))
        w = dt.reshape(each_weight(weights, values), values.shape)
        return {
            "total": state["total"] + dt.sum(w * values), "count": state["count"] + dt.sum(w)
        }  # fmt: skip

    @abstractmethod
    def values(self, predictions: Any, targets: Any) -> Any:
        """The value of each example."""

    def result(self, state: State) -> Any:
        """The mean."""
        return quotient(state["total"], state["count"])


@dataclass(frozen=True)
class RootMeanSquaredError(_Mean):
    """The root of the mean of the squared errors."""

    def values(self, predictions: Any, targets: Any) -> Any:
        """The squared errors."""
        p, y, _ = flat(self, predictions, targets, None)
        return dt.reshape((p - y) * (p - y), predictions.shape)

    def result(self, state: State) -> Any:
        """The root of the mean."""
        return dt.sqrt(quotient(state["total"], state["count"]))


@dataclass(frozen=True)
class Perplexity(_Mean):
    """exp of the mean cross-entropy of labels; predictions are logits unless said otherwise."""

    from_logits: bool = True

    def values(self, predictions: Any, targets: Any) -> Any:
        """The cross-entropy of each label."""
        p = wide(predictions)
        logs = dt.log_softmax(p, axis=-1) if self.from_logits else dt.log(dt.maximum(p, 1e-300))
        return -_at(logs, targets)[..., 0]

    def result(self, state: State) -> Any:
        """exp of the mean."""
        return dt.exp(quotient(state["total"], state["count"]))


def _at(predictions: Any, labels: Any) -> Any:
    """The prediction at each label, with a last axis of 1."""
    return dt.take_along_axis(predictions, dt.astype(labels, dt.int64)[..., None], axis=-1)


def ranks(predictions: Any, labels: Any) -> Any:
    """How many predictions are above the one at the label."""
    return dt.sum(dt.astype(predictions > _at(predictions, labels), dt.int64), axis=-1)


@dataclass(frozen=True)
class TopKAccuracy(_Mean):
    """How often the label is among the k largest predictions."""

    k: int = 5

    def values(self, predictions: Any, targets: Any) -> Any:
        """1 for a hit, else 0."""
        labels = targets if targets.ndim < predictions.ndim else dt.argmax(targets, axis=-1)
        return wide(ranks(predictions, labels) < self.k)


def alike(predictions: Any, labels: Any) -> Any:
    """How many predictions are equal to the one at the label, itself included; 0 if it is NaN."""
    return dt.sum(dt.astype(predictions == _at(predictions, labels), dt.int64), axis=-1)


@dataclass(frozen=True)
class HitRate(TopKAccuracy):
    """HR@k of recommendations: how often the label is among the k largest predictions.

    Of all items, so that predictions are (n, items). Among equal predictions each order counts
    alike: a model that says the same of every item has k / items, where TopKAccuracy has 1.
    """

    k: int = 10

    def values(self, predictions: Any, targets: Any) -> Any:
        """The probability of a hit."""
        labels = targets if targets.ndim < predictions.ndim else dt.argmax(targets, axis=-1)
        left, equal = self.k - wide(ranks(predictions, labels)), wide(alike(predictions, labels))
        return dt.clip(quotient(left, equal), 0.0, 1.0)


@dataclass(frozen=True)
class NDCG(_Mean):
    """Normalised discounted cumulative gain of the k largest predictions.

    Targets are labels of the one relevant item, or the gain of each item. Järvelin & Kekäläinen
    2002, doi:10.1145/582415.582418, with linear gains as in scikit-learn. For labels each order of
    equal predictions counts alike, as for HitRate; for gains the first of equal ones comes first.
    """

    k: int = 10

    def values(self, predictions: Any, targets: Any) -> Any:
        """The gain of each row, divided by the best possible one."""
        if targets.ndim < predictions.ndim:
            first, equal = ranks(predictions, targets), alike(predictions, targets)
            most = min(self.k, predictions.shape[-1])
            sums = dt.asarray(np.cumsum([0.0, *(1.0 / np.log2(np.arange(most) + 2.0))]))
            begin, end = (
                dt.take(sums, dt.reshape(dt.minimum(each, most), (-1,)), axis=0)
                for each in (first, first + equal)
            )
            gained = dt.reshape(end - begin, first.shape)
            return quotient(gained, wide(equal))
        count = min(self.k, predictions.shape[-1])
        gains = wide(targets)
        order = dt.argsort(predictions, axis=-1, descending=True)
        taken = dt.take_along_axis(gains, order, axis=-1)[..., :count]
        best = dt.sort(gains, axis=-1, descending=True)[..., :count]
        discount = dt.asarray(1.0 / np.log2(np.arange(count) + 2.0))
        return quotient(dt.sum(taken * discount, axis=-1), dt.sum(best * discount, axis=-1))
