"""How much longer work takes here because other programs use the processors, too."""

from __future__ import annotations

import time

SLICE = 0.01  # seconds of a processor's time that are taken for a sample


class Contention:
    """Samples over a run, each of some work whose time on the processor is known."""

    def __init__(self) -> None:
        self.passed = self.worked = 0.0

    def sample(self) -> None:
        """Work for a moment, and see how long it takes by the clock."""
        begun, started = time.perf_counter(), time.thread_time()
        while time.thread_time() - started < SLICE:
            pass
        self.passed += time.perf_counter() - begun
        self.worked += time.thread_time() - started

    @property
    def share(self) -> float:
        """How much longer work took than on a machine of its own: 0.5 is half as long again."""
        return max(0.0, self.passed / self.worked - 1.0) if self.worked else 0.0
