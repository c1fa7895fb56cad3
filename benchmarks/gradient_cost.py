"""The cost of a gradient: its time relative to the forward pass, and the bytes of residuals.

Run: `python benchmarks/gradient_cost.py`. The time is that of one program that returns the
value and the gradients, over that of the value alone, for random compositions of ten
primitives; it should be at most 4. The bytes are those of the arrays that `dt.vjp` keeps
beside the arguments and the value, relative to the arguments' bytes.
"""

from __future__ import annotations

import argparse
import inspect
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import problems
from peers import dovetail_peer
from rich.console import Console
from rich.table import Table

import dovetail as dt
from dovetail import timing
from dovetail.timing import Pace

PRIMITIVES = 10
BOUND = 4.0
SHAPE = (128, 1024)
UNARY = ("tanh", "sigmoid", "softplus", "sin", "cos", "erf", "atan", "expm1", "abs", "negative")
BINARY = ("add", "subtract", "multiply", "maximum", "minimum", "logaddexp", "hypot")
ROWS = ("softmax", "mean", "max")
KEPT = ("mish", "gelu", "softmax", "layer_norm", "rms_norm", "cross_entropy")


@dataclass(frozen=True, slots=True)
class Composition:
    """Ten primitives in a row, each on earlier values; the first two values are arguments."""

    steps: tuple[tuple[str, tuple[int, ...]], ...]

    @classmethod
    def random(cls, generator: random.Random) -> Composition:
        """Each step takes the value before it, so that nothing is left unused."""
        steps: list[tuple[str, tuple[int, ...]]] = [("multiply", (0, 1))]
        while len(steps) < PRIMITIVES:
            last = len(steps) + 1
            kind = generator.choices((UNARY, BINARY, ROWS), (6, 5, 1))[0]
            other = (generator.randrange(last),) if kind is BINARY else ()
            steps.append((generator.choice(kind), (last, *other)))
        return cls(tuple(steps))

    def __call__(self, x: Any, y: Any) -> Any:
        values = [x, y]
        for name, operands in self.steps:
            values.append(_apply(name, [values[i] for i in operands]))
        return values[-1]

    def __str__(self) -> str:
        names = ["x", "y"]
        for name, operands in self.steps:
            names.append(f"{name}({', '.join(names[i] for i in operands)})")
        return names[-1] if len(names[-1]) < 300 else " ".join(name for name, _ in self.steps)


def _apply(name: str, operands: Sequence[Any]) -> Any:
    """One primitive, kept in a range where nothing overflows."""
    if name == "expm1":
        return dt.expm1(dt.minimum(operands[0], 2.0))
    if name in ("mean", "max"):  # a row statistic, taken from every element of its row
        return operands[0] - getattr(dt, name)(operands[0], axis=-1, keepdims=True)
    return getattr(dt, name)(*operands)


def programs(composition: Composition) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The value, and the value with both gradients."""

    @dt.op
    def forward(x: Any, y: Any) -> Any:
        return composition(x, y)

    @dt.op
    def both(x: Any, y: Any, cotangent: Any) -> Any:
        value, pull = dt.vjp(forward, x, y)
        return value, *pull(cotangent)

    return forward, both


def relative_cost(composition: Composition, pace: Pace) -> float:
    """Seconds of value and gradients over seconds of the value."""
    generator = np.random.default_rng(0)
    x, y, cotangent = (generator.standard_normal(SHAPE, np.float32) for _ in range(3))
    forward, both = programs(composition)
    times = timing.interleaved(
        {"forward": lambda: forward(x, y), "both": lambda: both(x, y, cotangent)}, pace
    )
    return times["both"].median / times["forward"].median


def kept_share(operation: str) -> float:
    """The bytes that a pullback holds beside arguments and value, over the arguments' bytes."""
    shape = (1024, 1000) if operation == "cross_entropy" else (1024, problems.COLUMNS)
    if operation in problems.POINTWISE:
        shape = (1_000_000,)
    problem = problems.make(operation, "both", shape)
    value, pullback = dt.vjp(dovetail_peer.FORWARD[operation], *problem.arrays)
    held = inspect.getclosurevars(pullback).nonlocals["residuals"]
    given = {id(array) for array in (*problem.arrays, value)}
    kept = sum(array.nbytes for array in held if id(array) not in given)
    return kept / sum(array.nbytes for array in problem.arrays)


def main() -> int:
    """Print both tables; 1 where a gradient costs more than it should."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=30, help="compositions")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console()
    kept = Table(title="bytes kept for the backward, of the arguments'", title_justify="left")
    kept.add_column("")
    kept.add_column("share", justify="right")
    for operation in KEPT:
        kept.add_row(operation, f"{kept_share(operation):.2%}")
    console.print(kept)

    generator = random.Random(options.seed)
    pace = Pace(rounds=7, warm_up=0.01)
    found = []
    for _ in range(options.count):
        composition = Composition.random(generator)
        found.append((relative_cost(composition, pace), str(composition)))
    found.sort(reverse=True)
    costs = [cost for cost, _ in found]
    console.print(
        f"value and gradients of {len(costs)} compositions of {PRIMITIVES} primitives, relative to "
        f"the value: median {statistics.median(costs):.2f}, worst {costs[0]:.2f} (bound {BOUND})"
    )
    for cost, text in found[:5]:
        console.print(f"  {cost:.2f}  {text}")
    return 1 if costs[0] > BOUND else 0


if __name__ == "__main__":
    sys.exit(main())
