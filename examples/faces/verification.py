"""Are two photographs of one person? Pairs, the ROC curve and the equal error rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faces.data import Array


@dataclass(frozen=True)
class Pairs:
    """All pairs of photographs: their rows, their likeness, and whether it is one person."""

    first: Array
    second: Array
    likeness: Array
    alike: Array


def pairs(vectors: Array, people: Array) -> Pairs:
    """Every two photographs with the cosine of the angle between their vectors."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    first, second = np.triu_indices(len(unit), 1)
    likeness = (unit @ unit.T)[first, second]
    return Pairs(first, second, likeness, people[first] == people[second])


@dataclass(frozen=True)
class Curve:
    """The shares of pairs that are accepted, at every threshold from the highest down."""

    false_accepted: Array
    true_accepted: Array
    thresholds: Array

    @property
    def equal_error(self) -> tuple[float, float]:
        """The rate at which as many strangers are accepted as people are refused; the threshold.

        Between two thresholds both rates are interpolated.
        """
        apart = (1.0 - self.true_accepted) - self.false_accepted  # falls from 1 to -1
        after = int(np.argmax(apart <= 0.0))
        before = after - 1
        part = apart[before] / (apart[before] - apart[after])
        rate = self.false_accepted[before] * (1 - part) + self.false_accepted[after] * part
        return float(rate), float(self.thresholds[after])


def roc(likeness: Array, alike: Array) -> Curve:
    """The curve of these pairs. Pairs of equal likeness are accepted together."""
    order = np.argsort(-likeness, kind="stable")
    ranked, hits = likeness[order], alike[order]
    last = np.append(ranked[1:] != ranked[:-1], True)  # of each group of equal ones
    true = np.cumsum(hits)[last] / max(1, hits.sum())
    false = np.cumsum(~hits)[last] / max(1, (~hits).sum())
    return Curve(np.append(0.0, false), np.append(0.0, true), np.append(np.inf, ranked[last]))
