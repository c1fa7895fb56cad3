"""Metrics with a state, which the batches of an epoch add to.

    model.compile(metrics=[dt.AUC(), dt.F1Score(classes=10, average="macro")])

`state()` is the first state, a dict of arrays; `update(state, predictions, targets, weights)` the
state after a batch, and `result(state)` the figure. The last two are array maths: in training they
are part of the step's graph. Called on arrays, a metric returns its figure for them. Metrics of
your own are subclasses that are frozen dataclasses; where the figure is a mean over examples, a
function below `@dt.metric` is enough.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import ShapeError, StructureError
from dovetail.extension.op import op
from dovetail.graph.dtypes import float64
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.scope import running
from dovetail.train.naming import snake_case

State = dict[str, Any]


@dataclass(frozen=True)
class StatefulMetric(ABC):
    """A figure with a state that batches add to."""

    @property
    def name(self) -> str:
        """The name among the figures: that of the class, as Keras writes it."""
        return snake_case(type(self).__name__)

    @abstractmethod
    def state(self) -> State:
        """The state to begin with: float64 arrays by name."""

    @abstractmethod
    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """The state after a batch; `weights` has one for each example, or is None."""

    @abstractmethod
    def result(self, state: State) -> Any:
        """The figure of a state."""

    def __call__(self, predictions: Any, targets: Any, weights: Any = None) -> Any:
        """The figure of some predictions."""
        if running() is not None:
            return self.result(self.update(self._traced(), predictions, targets, weights))
        given = {"predictions": predictions, "targets": targets, "weights": weights}
        return op(self._of)({name: each for name, each in given.items() if each is not None})

    def _traced(self) -> State:
        return {name: dt.asarray(array) for name, array in self.state().items()}

    def _of(self, arrays: Mapping[str, Any]) -> Any:
        predictions, targets = arrays["predictions"], arrays["targets"]
        return self.result(self.update(self._traced(), predictions, targets, arrays.get("weights")))


Measured = dict[str, Any]  # the batch that a metric is to add: predictions, targets, weights


def measured(predictions: Any, targets: Any, weights: Any) -> Measured:
    """The batch that a metric is to add, as a tree of arrays."""
    found = {"predictions": predictions, "targets": targets}
    return found if weights is None else {**found, "weights": weights}


def after(metric: StatefulMetric, state: State, batch: Measured) -> State:
    """The state after a batch."""
    new = metric.update(state, batch["predictions"], batch["targets"], batch.get("weights"))
    return {name: dt.astype(new[name], float64) for name in state}


def alone(metric: StatefulMetric, batch: Measured) -> Any:
    """The figure of a batch."""
    return metric(batch["predictions"], batch["targets"], batch.get("weights"))


def zeros(*names: str, shape: tuple[int, ...] = ()) -> State:
    """States that begin with 0."""
    return {name: np.zeros(shape) for name in names}


def wide(value: Any) -> Any:
    """A value in float64."""
    return dt.astype(value, float64)


def quotient(top: Any, bottom: Any) -> Any:
    """A quotient, 0 where the denominator is 0."""
    known = bottom != 0
    return dt.where(known, top / dt.where(known, bottom, 1.0), 0.0)


def flat(metric: StatefulMetric, predictions: Any, targets: Any, weights: Any) -> Any:
    """Predictions and targets of one shape in one dimension, and weights alike."""
    if predictions.ndim == targets.ndim + 1 and predictions.shape[-1] == 1:
        predictions = predictions[..., 0]
    elif targets.ndim == predictions.ndim + 1 and targets.shape[-1] == 1:
        targets = targets[..., 0]
    if predictions.shape != targets.shape:
        raise ShapeError(
            f"metric {metric.name}",
            [f"predictions {predictions.shape}", f"targets {targets.shape}"],
            "equal shapes",
            "choose a metric that fits the targets",
        )
    return (
        dt.reshape(wide(predictions), (-1,)), dt.reshape(wide(targets), (-1,)),
        each_weight(weights, predictions),
    )  # fmt: skip


def along(weights: Any, values: Any) -> Any:
    """Weights of examples, with further axes as the values have them."""
    if weights.ndim > values.ndim:
        raise StructureError(
            "the sample weights", f"shape {weights.shape}",
            f"one for each example, or for each of the values of shape {values.shape}",
        )  # fmt: skip
    return dt.reshape(weights, (*weights.shape, *[1] * (values.ndim - weights.ndim)))


def each_weight(weights: Any, values: Any) -> Any:
    """A weight for each value, in one dimension."""
    each = dt.ones_like(wide(values))
    if weights is not None:
        each = each * wide(along(weights, values))
    return dt.reshape(each, (-1,))
