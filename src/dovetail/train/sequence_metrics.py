"""Metrics of sequences of labels, with a state over an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dovetail.errors import ShapeError
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.train.stateful_metrics import State, StatefulMetric, quotient, wide, zeros

__all__ = ["CharacterErrorRate"]


@dataclass(frozen=True)
class CharacterErrorRate(StatefulMetric):
    """CER: the edits that turn all predictions into their targets, over the targets' lengths.

    Predictions are scores of classes (batch, time, classes), as for `dt.ctc_loss`, read greedily:
    the best class of each frame, equal neighbours merged and `blank` removed. With `blank=None`
    they are labels (batch, time), or the best class of each place, and none is merged. Targets are
    labels (batch, length). Negative labels are padding, at the end of both. Edits are insertions,
    deletions and substitutions (Levenshtein 1966); `dt.character_error_rate` counts them for texts
    and for sequences that were decoded otherwise. A weight is one for each example.

        @dt.loss
        def reading(scores, labels):  # labels padded with -1
            frames = dt.full_like(labels[:, 0], scores.shape[1])
            lengths = dt.sum(dt.astype(labels >= 0, dt.int64), axis=1)
            logs = dt.log_softmax(scores)
            return dt.ctc_loss(logs, labels, frames, lengths, reduction="none")

        model.compile("adam", reading, [dt.CharacterErrorRate()])
    """

    blank: int | None = 0

    def state(self) -> State:
        """The state to begin with."""
        return zeros("edits", "length")

    def update(self, state: State, predictions: Any, targets: Any, weights: Any) -> State:
        """The state after a batch."""
        labels = dt.argmax(predictions, axis=-1) if predictions.ndim == 3 else predictions
        if labels.ndim != 2 or targets.ndim != 2 or len(labels) != len(targets):
            raise ShapeError(
                f"metric {self.name}",
                [f"predictions {predictions.shape}", f"targets {targets.shape}"],
                "(batch, time, classes) or (batch, time), and (batch, length)",
                "pass the labels of a batch with one row for each example, padded with -1",
            )
        labels, targets = dt.astype(labels, dt.int64), dt.astype(targets, dt.int64)
        counts = labels >= 0
        if self.blank is not None:
            before = dt.concat([dt.full_like(labels[:, :1], -1), labels[:, :-1]], axis=1)
            counts = counts & (labels != self.blank) & (labels != before)
        lengths = dt.sum(dt.astype(targets >= 0, dt.int64), axis=1)
        each = dt.ones_like(wide(lengths)) if weights is None else wide(weights)
        edits = _edit_distances(labels, counts, targets, lengths)
        return {
            "edits": state["edits"] + dt.sum(edits * each),
            "length": state["length"] + dt.sum(wide(lengths) * each),
        }

    def result(self, state: State) -> Any:
        """The figure of a state; 0 where all targets are empty."""
        return quotient(state["edits"], state["length"])


def _edit_distances(labels: Any, counts: Any, targets: Any, lengths: Any) -> Any:
    """The edits from the labels that count to the first `lengths` of the targets, for each row.

    A row of the table for each label, of which an insertion makes cell j at least cell j - 1 plus
    one: a minimum over all cells before, of the value less its number.
    """
    numbers = wide(dt.arange(targets.shape[1] + 1))

    def step(row: Any, given: Any) -> Any:
        label, counted = given
        substituted = row[:, :-1] + wide(targets != label[:, None])
        first, rest = row[:, :1] + 1.0, dt.minimum(substituted, row[:, 1:] + 1.0)
        best = dt.concat([first, rest], axis=1) - numbers
        new = dt.associative_scan(dt.minimum, best, axis=1) + numbers
        return dt.where(counted[:, None], new, row), None

    start = dt.broadcast_to(numbers, (len(targets), targets.shape[1] + 1))
    rows = dt.permute_dims(labels, (1, 0)), dt.permute_dims(counts, (1, 0))
    last, _ = dt.scan(step, start, rows)
    return dt.take_along_axis(last, lengths[:, None], axis=1)[:, 0]
