"""CPU time of other processes during a measurement, which makes timings unreliable.

A library that waits at a barrier for all of its threads (OpenMP) then waits for the
scheduler, for milliseconds at a time, and looks worse than it is.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

QUIET = 0.05  # of the processors


def _busy_seconds() -> float | None:
    """Of all processors together, since the machine started; None if unknown."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return None
    user, nice, system, _, _, interrupt, soft, steal = map(int, fields[:8])
    return (user + nice + system + interrupt + soft + steal) / os.sysconf("SC_CLK_TCK")


class Neighbours:
    """Measures from its creation on."""

    def __init__(self) -> None:
        self._busy = _busy_seconds()
        self._own = sum(os.times()[:4])
        self._start = time.monotonic()

    def share(self) -> float | None:
        """The share of all processors' time that other processes have used since then."""
        busy = _busy_seconds()
        if busy is None or self._busy is None:
            return None
        own = sum(os.times()[:4]) - self._own
        elapsed = (time.monotonic() - self._start) * (os.cpu_count() or 1)
        return max(0.0, (busy - self._busy - own) / elapsed)
