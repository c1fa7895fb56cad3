"""How long calls take beside each other: rounds of all of them in turn, and quotients by round.

A sample is the shortest of several calls, because other programs only make a call longer. What they
do for longer slows the calls of a round alike, so that quotients by round say more than times. A
difference counts where three quarters of the rounds have it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SAMPLE = 3e-3  # seconds that a sample takes at least
CALLS = 3  # calls of a sample, at least
ROUNDS = 21


@dataclass(frozen=True)
class Spread:
    """A median, and the quartiles around it."""

    median: float
    low: float
    high: float


def spread(values: npt.ArrayLike) -> Spread:
    """The median and quartiles of some values."""
    low, median, high = np.percentile(np.asarray(values), (25, 50, 75))
    return Spread(float(median), float(low), float(high))


def timed(
    calls: Mapping[str, Callable[[], object]], rounds: int = ROUNDS, sample: float = SAMPLE
) -> dict[str, list[float]]:
    """The seconds of each call, once for each round; the order changes from round to round."""
    repeats = {name: _repeats(call, sample) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            found[name].append(_seconds(calls[name], repeats[name]))
    return found


def quotients(numerator: Sequence[float], denominator: Sequence[float]) -> Spread:
    """How many times as long the one takes as the other, round by round."""
    return spread([a / b for a, b in zip(numerator, denominator, strict=True)])


def _seconds(call: Callable[[], object], repeats: int) -> float:
    """The shortest of so many calls."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def _repeats(call: Callable[[], object], sample: float) -> int:
    """Calls that take as long as a sample; the first ones, which compile, do not count."""
    call()
    return max(CALLS, round(sample / max(_seconds(call, CALLS), 1e-7)))
