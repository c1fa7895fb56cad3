"""The machine: its name, what a copy moves in a second, and what a product computes."""

from __future__ import annotations

import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

COPY_BYTES = 256 << 20  # of both arrays of a thread: no cache holds them
PRODUCT = 1024  # rows and columns of the matrices
REPEATS = 7
SECONDS = 1.0  # of products: other processes may be busy for a while
# Settings of the environment that make the machine slower than it is.
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


@dataclass(frozen=True)
class Machine:
    """Measured figures, with the number of threads that they are for.

    `copy_bandwidth`: bytes read and written in a second; `peak`: operations in a second of a
    product of float32 matrices, which multiplies and adds.
    """

    processor: str
    system: str
    python: str
    threads: int
    copy_bandwidth: float
    peak: float
    environment: dict[str, str]
    load: float  # of the processors when the measurement began


def processor() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration, IndexError):
        return platform.processor() or platform.machine()


class Probe:
    """In a worker, whose threads are fixed: the bandwidth and the peak."""

    def __init__(self, threads: int, quick: bool = False) -> None:
        self.threads, self.quick = threads, quick

    def copy_bandwidth(self) -> float:
        """The best of some copies of arrays that no cache holds, all threads at once."""
        count = COPY_BYTES // (8 if not self.quick else 32)
        arrays = [(np.ones(count, np.float32), np.ones(count, np.float32))
                  for _ in range(self.threads)]  # fmt: skip
        best = float("inf")
        with ThreadPoolExecutor(self.threads) as pool:
            for _ in range(REPEATS):
                begun = time.perf_counter()
                for each in [pool.submit(np.copyto, to, source) for source, to in arrays]:
                    each.result()
                best = min(best, time.perf_counter() - begun)
        return self.threads * 2 * arrays[0][0].nbytes / best

    def peak(self) -> float:
        """The best of some products of matrices by NumPy's BLAS."""
        side = PRODUCT if not self.quick else PRODUCT // 2
        a = np.ones((side, side), np.float32)
        best, repeats = float("inf"), 0
        end = time.perf_counter() + (SECONDS if not self.quick else SECONDS / 4)
        while repeats < REPEATS or time.perf_counter() < end:
            begun = time.perf_counter()
            np.matmul(a, a)
            best, repeats = min(best, time.perf_counter() - begun), repeats + 1
        return 2 * side**3 / best


def described(threads: int, copy_bandwidth: float, peak: float) -> Machine:
    """The machine with its measured figures."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    known = {name: os.environ[name] for name in SLOWING if name in os.environ}
    return Machine(
        processor(), f"{platform.system()} {platform.machine()}", platform.python_version(),
        threads, copy_bandwidth, peak, known, load,
    )  # fmt: skip
