"""One training step as one graph: forward, loss, backward, clipping, update and metrics.

The training and test steps are extensions over trees of arrays, traced for each new batch size
with the same kernels. A step takes all arrays that it reads and returns all that it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dovetail.extension.examples import counted, mean_of_counted, refuse_mutual_broadcast
from dovetail.extension.gradients import value_and_grad
from dovetail.extension.layer import Layer
from dovetail.extension.loss import Loss
from dovetail.extension.op import op
from dovetail.extension.optimizer import Optimizer
from dovetail.language.location import location_of, name_of
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.train.metrics import Metric

Arrays = dict[str, Any]


def _mean(values: Any) -> Any:
    """The mean over all axes; a scalar as it is."""
    return dt.mean(values) if values.ndim else values


def _evaluated(function: Callable[[Any, Any], Any], predictions: Any, targets: Any) -> Any:
    """The values of a loss or metric; refuses predictions and targets that broadcast each other."""
    values = function(predictions, targets)
    if not isinstance(function, Loss):
        given = (("predictions", predictions), ("targets", targets))
        refuse_mutual_broadcast(name_of(function), given, (values,), location_of(function))
    return values


class Steps:
    """The compiled steps of one layer with one loss, optimizer and list of metrics."""

    def __init__(
        self,
        layer: Layer,
        optimizer: Optimizer,
        loss: Callable[[Any, Any], Any],
        metrics: Sequence[tuple[str, Metric]],
        ignored: int | None = None,
    ) -> None:
        self.program = layer.program  # another one after a field of the layer has changed
        self.optimizer = optimizer
        self.update = optimizer.program  # another one after a static field has changed
        self.loss = loss
        self.metrics = tuple(metrics)
        self.ignored = ignored
        self.train = op(self._train)
        self.test = op(self._test)

    def _figures(self, loss: Any, predictions: Any, targets: Any) -> Arrays:
        """The loss and the metrics, each the mean over the examples of the batch."""
        figures = {"loss": loss}
        counts = None
        if self.ignored is not None:
            counts = targets != self.ignored
            targets = dt.where(counts, targets, 0)
        for name, metric in self.metrics:
            values = _evaluated(metric, predictions, targets)
            if counts is not None and values.shape == counts.shape:
                figures[name] = mean_of_counted(counted(values, counts), counts)
            else:
                figures[name] = _mean(values)
        return figures

    def _train(
        self,
        parameters: Arrays,
        states: Arrays,
        slots: dict[str, Arrays],
        x: Any,
        y: Any,
        step: Any,
        hyper: dict[str, Any],
    ) -> tuple[Arrays, Arrays, dict[str, Arrays], Arrays]:
        """(new parameters, new states, new optimizer states, figures).

        `step` counts from 1; it and the numbers in `hyper` are passed by value.
        """

        def objective(parameters: Arrays) -> tuple[Any, Any]:
            predictions, new_states = self.program(parameters, states, x, training=True)
            return _mean(_evaluated(self.loss, predictions, y)), (predictions, new_states)

        (loss, (predictions, new_states)), gradients = value_and_grad(objective, has_aux=True)(
            parameters
        )
        parameters, slots = self.optimizer.pure_update(parameters, gradients, slots, step, hyper)
        return parameters, new_states, slots, self._figures(loss, predictions, y)

    def _test(self, parameters: Arrays, states: Arrays, x: Any, y: Any) -> Arrays:
        """The figures of a batch."""
        predictions, _ = self.program(parameters, states, x, training=False)
        return self._figures(_mean(_evaluated(self.loss, predictions, y)), predictions, y)
