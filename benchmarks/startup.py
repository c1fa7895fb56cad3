"""Time to the first result: the import, and the first call of a new op.

Each figure is the median over processes of their own. The first call is measured without a
disk cache (nothing compiled yet), and again with the cache that the first process left.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

IMPORT = """
import time
start = time.perf_counter()
import {name}
print(time.perf_counter() - start)
"""

# A definition that no other program has compiled; it is read from a file, as a user's is.
FIRST_CALL = """
import time
import numpy as np
import dovetail as dt

@dt.activation
def newcomer(x):
    return x * dt.tanh(dt.softplus(1.25 * x)) + 0.125 * x

{gradient}
x = np.linspace(-4, 4, 1024, dtype=np.float32)
start = time.perf_counter()
call(x)
first = time.perf_counter()
call(x.reshape(2, 512))
second = time.perf_counter()
call(x.reshape(2, 512))
print(first - start, second - first, time.perf_counter() - second)
"""
FORWARD = "call = newcomer"
GRADIENT = """
@dt.op
def call(x):
    value, pull = dt.vjp(newcomer, x)
    return value, *pull(x)
"""


def _run(source: str, folder: Path) -> list[float]:
    """The numbers that a script prints, run in a process with its cache in `folder`."""
    script = folder / "script.py"
    script.write_text(source)
    environment = {**os.environ, "DOVETAIL_CACHE_DIR": str(folder / "cache")}
    finished = subprocess.run(
        [sys.executable, str(script)], env=environment, check=True, capture_output=True, text=True
    )
    return [float(word) for word in finished.stdout.split()]


def _median(lists: list[list[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*lists, strict=True)]


def import_seconds(processes: int) -> dict[str, float]:
    """The time of `import dovetail`, in which NumPy is included, and of NumPy alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, float] = {}
        for module in ("numpy", "dovetail"):
            source = IMPORT.format(name=module)
            _run(source, folder)  # fills the page cache, and writes byte code
            found[module] = _median([_run(source, folder) for _ in range(processes)])[0]
    return found


def first_call_seconds(processes: int) -> dict[str, dict[str, float]]:
    """The first call of a new op, the next one in another shape, and the one after it."""
    found: dict[str, dict[str, float]] = {}
    for what, gradient in (("forward", FORWARD), ("forward and backward", GRADIENT)):
        source = FIRST_CALL.format(gradient=gradient)
        cold: list[list[float]] = []
        warm: list[list[float]] = []
        for _ in range(processes):
            with tempfile.TemporaryDirectory() as name:
                cold.append(_run(source, Path(name)))
                warm.append(_run(source, Path(name)))
        without, other_shape, repeated = _median(cold)
        found[what] = {
            "nothing on disk": without,
            "from the disk cache": _median(warm)[0],
            "the next call, in a new shape": other_shape,
            "the call after that": repeated,
        }
    return found
