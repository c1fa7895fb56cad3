"""How differently other programs slow what is measured at one time and at another."""

from __future__ import annotations

import time

import numpy as np

SLICE = 0.01  # seconds of a processor's time that are taken for a sample
GROUP = 4  # samples that are averaged, as what is measured once takes longer than a slice


class Contention:
    """Samples over a run: how long some work takes by the clock, for its time on a processor."""

    def __init__(self) -> None:
        self.samples: list[float] = []

    def sample(self) -> None:
        """Work for a moment."""
        begun, started = time.perf_counter(), time.thread_time()
        while time.thread_time() - started < SLICE:
            pass
        self.samples.append((time.perf_counter() - begun) / (time.thread_time() - started))

    @property
    def slowdown(self) -> float:
        """How many times as long work took as on a machine of its own."""
        return max(1.0, float(np.mean(self.samples))) if self.samples else 1.0

    @property
    def spread(self) -> float:
        """By which share one time of the run was slower than another."""
        groups = [self.samples[n : n + GROUP] for n in range(0, len(self.samples), GROUP)]
        if not groups:
            return 0.0
        low, high = np.quantile([np.mean(each) for each in groups], [0.1, 0.9])
        return float(high / low) - 1.0
