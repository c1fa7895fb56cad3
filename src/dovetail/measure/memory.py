"""The memory that a call takes at its peak, of a process that has been warmed up. Linux only."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from dovetail.timing import Call

_PROCESS = Path("/proc/self")
MEBIBYTE = 1 << 20


def can_measure() -> bool:
    """Whether this system tells a process its peak, and lets it start again."""
    return sys.platform == "linux" and (_PROCESS / "clear_refs").exists()


def status(name: str) -> int:
    """A line of the status of this process, in bytes: VmRSS (resident) or VmHWM (its peak)."""
    lines = (_PROCESS / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def peak_of(call: Call) -> int:
    """Bytes at the peak of one call above what was there before it."""
    gc.collect()
    before = status("VmRSS")
    (_PROCESS / "clear_refs").write_text("5")
    kept = call()
    peak = status("VmHWM")
    del kept
    return max(0, peak - before)
