"""What a long definition costs at its first call, by its number of operations.

Run: `python benchmarks/compile_time.py [case ...]`. Each figure is one first call in a fresh
process without a disk cache: tracing, differentiating, planning and LLVM, as processor time of the
calling thread in seconds. One small kernel is compiled before, so that LLVM is loaded. "again" is
the same definition once more, under another name: what is left when its kernels are known.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import dovetail as dt

COUNTS = (100, 200, 400)
Chain = Callable[[Any, int], Any]


def additions(x: Any, count: int) -> Any:
    y = x
    for number in range(count):
        y = y + x * (number * 0.001)
    return y


def maxima(x: Any, count: int) -> Any:
    y, z = x, x * 0.5
    for _ in range(count):
        y = dt.maximum(y, z) + x
    return y


def sines(x: Any, count: int) -> Any:
    for _ in range(count):
        x = dt.sin(x + 0.1)
    return x


def recurrent(x: Any, count: int) -> Any:
    """The steps of a plain recurrent network: two products and a tanh each."""
    xs = dt.reshape(x, (8, -1, 16))
    h, u, w = dt.zeros((8, 32)), dt.reshape(x[:512], (16, 32)), dt.reshape(x[:1024], (32, 32))
    for number in range(count):
        h = dt.tanh(xs[:, number % xs.shape[1]] @ u + h @ w)
    return h


CASES: dict[str, Chain] = {f.__name__: f for f in (additions, maxima, sines, recurrent)}


def first_call(run: Callable[[Any], Any], x: Any) -> float:
    start = time.thread_time()
    run(x)
    return time.thread_time() - start


def measure(chain: Chain, count: int) -> list[float]:
    """Forward, gradient, and both again."""
    x = np.random.default_rng(0).normal(size=2560).astype(np.float32) * 0.1
    dt.op(lambda x: x + 1.0)(x)

    def forward() -> Any:
        return dt.op(lambda x: chain(x, count))

    def gradient() -> Any:
        return dt.grad(lambda x: dt.sum(chain(x, count)))

    return [first_call(made(), x) for made in (forward, gradient, forward, gradient)]


def in_a_process(name: str, count: int) -> list[float]:
    command = [sys.executable, __file__, name, "--count", str(count)]
    environment = {**os.environ, "DOVETAIL_CACHE": "0"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--count", type=int, help="measure in this process, and print the seconds")
    options = parser.parse_args()
    if options.count:
        print(*measure(CASES[options.cases[0]], options.count))
        return
    table = Table("case", "operations", "forward", "gradient", "forward again", "gradient again")
    for name in options.cases:
        for count in COUNTS:
            table.add_row(name, str(count), *(f"{s:.2f}" for s in in_a_process(name, count)))
    Console().print(table)


if __name__ == "__main__":
    main()
