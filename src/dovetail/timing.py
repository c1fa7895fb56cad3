"""Timing: interleaved rounds over prepared calls, and the bandwidth of a plain copy.

Every variant is warmed up first. In each round each variant gets one burst: a pause in which
the spinning threads of the variant before it go to sleep, calls that are not counted, in which its
own threads wake up, then as many counted calls as fill the burst. The order rotates from round to
round. A variant's figure is the median over the rounds; two variants are compared by the rounds
themselves (improve/latency.py).
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Protocol

Call = Callable[[], Any]

# Seconds. OpenMP's threads spin for up to 8 ms after their work, and use a processor during that
# time.
PAUSE = 0.015


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to measure."""

    rounds: int = 11
    fewest_rounds: int = 5
    burst: float = 0.003  # seconds of counted calls
    lead: float = 0.001  # seconds of calls before them, that are not counted
    budget: float = 6.0  # seconds for a row, as long as the fewest rounds allow it
    warm_up: float = 0.05  # seconds for each variant
    pause: float = PAUSE
    fewest_calls: int = 1  # counted in a burst


QUICK = Pace(rounds=5, fewest_rounds=3, burst=0.001, lead=0.0005, budget=1.0, warm_up=0.01)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds for one call: the median of the rounds and the quartiles around it."""

    median: float
    low: float
    high: float
    rounds: int
    calls: int


@contextmanager
def no_collection() -> Iterator[None]:
    """The garbage collector is off, as in timeit."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Timed(Protocol):
    """A prepared call, in this process or in another one."""

    def burst(self, calls: int) -> float:
        """Seconds for one call, the mean of `calls`."""
        ...


@dataclass(frozen=True)
class Local:
    """A call in this process."""

    call: Call

    def burst(self, calls: int) -> float:
        """Seconds for one call, the mean of `calls`."""
        call = self.call
        start = time.perf_counter()
        for _ in repeat(None, calls):
            call()
        return (time.perf_counter() - start) / calls


@dataclass(frozen=True)
class Shortest:
    """A call in this process, whose bursts count by their shortest call."""

    call: Call

    def burst(self, calls: int) -> float:
        """Seconds of the shortest of `calls`."""
        best = float("inf")
        for _ in repeat(None, calls):
            start = time.perf_counter()
            self.call()
            best = min(best, time.perf_counter() - start)
        return best


def _warm_up(timed: Timed, seconds: float) -> float:
    """Call at least twice and for `seconds`; returns the seconds of the shortest call."""
    timed.burst(1)
    best = timed.burst(1)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        best = min(best, timed.burst(1))
    return best


def interleaved(calls: Mapping[str, Call], pace: Pace) -> dict[str, Timing]:
    """The time of each call in this process, in rounds over all of them."""
    with no_collection():
        return rounds({name: Local(call) for name, call in calls.items()}, pace)


def rounds(timed: Mapping[str, Timed], pace: Pace) -> dict[str, Timing]:
    """The time of each call, in rounds over all of them."""
    seen, counts = sampled(timed, pace)
    return {name: timing_of(times, counts[name]) for name, times in seen.items()}


def sampled(
    timed: Mapping[str, Timed], pace: Pace,
    enough: Callable[[Mapping[str, list[float]]], bool] = lambda seen: False,
) -> tuple[dict[str, list[float]], dict[str, int]]:  # fmt: skip
    """The seconds of each round, and how many calls a burst has; `enough`: ends it earlier."""
    estimates = {name: _warm_up(each, pace.warm_up) for name, each in timed.items()}
    counts = {name: max(pace.fewest_calls, round(pace.burst / best))
              for name, best in estimates.items()}  # fmt: skip
    leads = {name: max(1, round(pace.lead / best)) if pace.lead else 0
             for name, best in estimates.items()}  # fmt: skip
    one_round = sum(
        pace.pause + best * (counts[name] + leads[name]) for name, best in estimates.items()
    )
    number_of_rounds = max(pace.fewest_rounds, min(pace.rounds, int(pace.budget / one_round)))
    seen: dict[str, list[float]] = {name: [] for name in timed}
    names = list(timed)
    for number in range(number_of_rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            if pace.pause:
                time.sleep(pace.pause)
            if leads[name]:
                timed[name].burst(leads[name])
            seen[name].append(timed[name].burst(counts[name]))
        if enough(seen):
            break
    return seen, counts


def timing_of(times: list[float], calls: int) -> Timing:
    """The figure of some rounds of `calls` calls each."""
    low, median, high = statistics.quantiles(times, n=4, method="inclusive")
    return Timing(median, low, high, len(times), calls)
