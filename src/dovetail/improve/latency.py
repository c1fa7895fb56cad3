"""Compared times of calls: rounds over all of them, and the ratio in each round.

A sample is the shortest of several calls, because other programs only make a call longer. What they
do for longer slows the calls of a round alike, so that quotients by round say more than times. One
model is faster than another if both the shortest calls and most of the rounds say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dovetail.timing import Pace, Shortest, sampled

SAMPLE = 3e-3  # seconds that a sample takes at least
CALLS = 3  # calls of a sample, at least
ROUNDS = 21
MOST = 63  # rounds, while they do not agree which one is faster
FEWEST = 5  # rounds, however long they take
BUDGET = 3.0  # seconds, as far as the fewest rounds allow it
NOISE = 0.03  # of the quotient of the shortest calls


@dataclass(frozen=True)
class Spread:
    """The least value, the median, and the quartiles around it."""

    least: float
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Speed:
    """How many times as fast a call is as another one.

    `best`: by the shortest call of each; `median`, `low` and `high`: over the rounds.
    """

    best: float
    median: float
    low: float
    high: float

    @property
    def faster(self) -> bool:
        """Whether it is measured faster."""
        return self.best > 1.0 + NOISE and self.median > 1.0 + NOISE

    @property
    def slower(self) -> bool:
        """Whether it is measured slower."""
        return self.best < 1.0 - NOISE and self.median < 1.0 - NOISE

    @property
    def decided(self) -> bool:
        """Whether most rounds agree which one is faster."""
        return self.low > 1.0 or self.high < 1.0


def spread(values: npt.ArrayLike) -> Spread:
    """The least, the median and the quartiles of some values."""
    least, low, median, high = np.percentile(np.asarray(values), (0, 25, 50, 75))
    return Spread(float(least), float(median), float(low), float(high))


def speed(before: Sequence[float], after: Sequence[float]) -> Speed:
    """How many times as fast the second is, from the seconds of each round."""
    quotients = spread([a / b for a, b in zip(before, after, strict=True)])
    return Speed(min(before) / min(after), quotients.median, quotients.low, quotients.high)


def timed(
    before: Callable[[], object], after: Callable[[], object]
) -> tuple[list[float], list[float]]:
    """The seconds of two calls, once for each round; the order changes from round to round."""
    pace = Pace(
        rounds=MOST, fewest_rounds=FEWEST, burst=SAMPLE, lead=0.0, budget=BUDGET, warm_up=0.0,
        pause=0.0, fewest_calls=CALLS,
    )  # fmt: skip

    def enough(seen: Mapping[str, list[float]]) -> bool:
        first, second = seen["before"], seen["after"]
        return len(first) >= ROUNDS and speed(first, second).decided

    found, _ = sampled({"before": Shortest(before), "after": Shortest(after)}, pace, enough)
    return found["before"], found["after"]
