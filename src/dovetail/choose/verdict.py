"""The verdict: a score by the user's weights, ties where the noise covers the difference, reasons.

The score of a contestant is the weighted geometric mean of its figures, each divided by the best
of all: 1 is the best in everything, 2 costs twice as much. Its noise is the same mean of
the noises. Two contestants tie where their scores differ by less than both noises.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dovetail.choose.figures import QUANTITIES, Figures

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "training": {
        "step p50": 4, "step p95": 1, "to target": 3, "first step": 1, "new shape": 1,
        "peak memory": 1,
    },
    "serving": {
        "one p50": 3, "one p99": 2, "bulk p50": 3, "bulk p99": 1, "import": 1, "peak memory": 1,
        "install size": 1,
    },
    "research": {
        "step p50": 2, "first step": 3, "new shape": 3, "import": 2, "to target": 1,
    },
}  # fmt: skip
REASONS = 3
NOTABLE = 1.1  # times the best's figure, from which on it is a reason


@dataclass(frozen=True)
class Place:
    """A contestant in order. `ties`: with the first, within the noise."""

    figures: Figures
    score: float
    noise: float
    ties: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """All places, the best first, and the quantities that nobody's score has."""

    purpose: str
    places: tuple[Place, ...]
    left_out: tuple[str, ...]

    @property
    def best(self) -> tuple[str, ...]:
        """The first, and those that tie with it."""
        return tuple(place.figures.name for place in self.places if place.ties)

    @property
    def sentence(self) -> str:
        """What to choose."""
        if not self.places:
            return "no framework gave the right results"
        first, *others = self.best
        if not others:
            return f"for {self.purpose}: {first}"
        return f"for {self.purpose}: {first}; within the noise also {'; '.join(others)}"


def verdict(figures: Sequence[Figures], purpose: str) -> Verdict:
    """The places of all contestants that are right."""
    right = [each for each in figures if not each.refused]
    weights = WEIGHTS[purpose]
    shared = [name for name in weights if right and all(name in each.values for each in right)]
    left_out = tuple(name for name in weights if name not in shared)
    best = {name: min(each.values[name] for each in right) for name in shared}
    total = sum(weights[name] for name in shared)
    scored: list[tuple[float, float, Figures]] = []
    for each in right:
        parts = [weights[n] * math.log(_ratio(each, n, best)) for n in shared]
        noises = [weights[n] * math.log1p(each.noise[n]) for n in shared]
        if total:
            scored.append((math.exp(sum(parts) / total), math.expm1(sum(noises) / total), each))
    scored.sort(key=lambda item: item[0])
    places = tuple(
        Place(each, score, noise, _ties(scored[0][:2], (score, noise)),
              _reasons(each, shared, best, weights))
        for score, noise, each in scored
    )  # fmt: skip
    return Verdict(purpose, places, left_out)


def _ratio(figures: Figures, name: str, best: Mapping[str, float]) -> float:
    return max(figures.values[name], 1e-12) / max(best[name], 1e-12)


def _ties(first: tuple[float, float], other: tuple[float, float]) -> bool:
    (score, noise), (theirs, their_noise) = first, other
    return theirs / score < (1 + noise) * (1 + their_noise)


def _reasons(
    figures: Figures, shared: Sequence[str], best: Mapping[str, float], weights: Mapping[str, float]
) -> tuple[str, ...]:
    """The figure that costs it most, by weight; or the one in which it is best."""
    ratios = {name: _ratio(figures, name, best) for name in shared}
    costly = [name for name in shared if ratios[name] >= NOTABLE]
    costly.sort(key=lambda name: -weights[name] * math.log(ratios[name]))
    if costly:
        return tuple(
            f"{QUANTITIES[name].words}: {ratios[name]:.1f} times the best"
            for name in costly[:REASONS]
        )
    return tuple(f"{QUANTITIES[name].words}: the best" for name in shared[:REASONS])
