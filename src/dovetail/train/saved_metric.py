"""Metrics with a state that are the user's own, in files: a first state, and maths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import SerialisationError
from dovetail.extension.base import Extension
from dovetail.extension.op import op
from dovetail.extension.uses import Use
from dovetail.files.library import name_of_piece
from dovetail.files.writer import Writer
from dovetail.graph.dtypes import float32, float64
from dovetail.graph.node import ArraySpec
from dovetail.language.tree import map_leaves
from dovetail.train.stateful_metrics import State, StatefulMetric


@dataclass(frozen=True, eq=False)
class SavedMetric(StatefulMetric):
    """A metric of a file. `first`: its first state, as numbers in lists."""

    title: str
    first: dict[str, Any]
    added: Extension[..., Any]
    figure: Extension[..., Any]

    def __post_init__(self) -> None:
        parts: Any = self.title, self.first, self.added, self.figure
        kinds = str, dict, Extension, Extension
        if not all(isinstance(part, kind) for part, kind in zip(parts, kinds, strict=True)):
            raise SerialisationError(
                "a metric of the file is no metric", "a name, a first state and two extensions",
                "save the model again",
            )  # fmt: skip

    @property
    def name(self) -> str:
        """The name among the figures."""
        return self.title

    def state(self) -> State:
        """The state to begin with."""
        return {name: np.asarray(values, np.float64) for name, values in self.first.items()}

    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """The state after a batch."""
        new: State = self.added(state, predictions, targets, weights)
        return new

    def result(self, state: State) -> Any:
        """The figure of a state."""
        return self.figure(state)


def saved(value: Any, writer: Writer, pairs: Sequence[Use]) -> Any:
    """The same losses or metrics, with what a file can hold for metrics of the user's own.

    `pairs`: predictions with targets that they may be called with.
    """
    return map_leaves(
        lambda each: _saved(each, writer, pairs) if isinstance(each, StatefulMetric) else each,
        dict(value) if isinstance(value, dict) else value,
    )


def _saved(metric: StatefulMetric, writer: Writer, pairs: Sequence[Use]) -> StatefulMetric:
    if name_of_piece(type(metric)) is not None:
        return metric
    first = {name: np.asarray(array, np.float64) for name, array in metric.state().items()}
    state = {name: ArraySpec(array.shape, float64) for name, array in first.items()}

    def added(state: Any, predictions: Any, targets: Any, weights: Any = None) -> Any:
        return metric.update(state, predictions, targets, weights)

    def figure(state: Any) -> Any:
        return metric.result(state)

    found = SavedMetric(
        metric.name, {name: array.tolist() for name, array in first.items()}, op(added), op(figure)
    )
    calls = [
        ((state, predictions, targets, weights), {})
        for (predictions, targets), _ in pairs
        for weights in (None, *(ArraySpec(targets.shape[:1], each) for each in (float32, float64)))
    ]
    writer.extension(found.added, optional=calls)
    writer.extension(found.figure, uses=[((state,), {})])
    return found
