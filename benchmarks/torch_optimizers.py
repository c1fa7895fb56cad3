"""Optimizers inside PyTorch: `AdamW.torch` and `Lion.torch` beside PyTorch's own, in one run.

Run: `python benchmarks/torch_optimizers.py`. Each row times one `step()` over parameters that
have gradients. PyTorch's AdamW runs with `fused=True`, `foreach=True` and tensor by tensor;
PyTorch has no Lion, so that is written with `torch._foreach_*` as its own optimizers are, and
tensor by tensor. A peer's column is its time divided by Dovetail's. Before a row is timed, the
parameters after three steps are compared.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from harness import QUICK, Call, Pace, interleaved
from kernels import set_threads
from neighbours import QUIET, Neighbours
from report import seconds
from rich.console import Console
from rich.table import Table

# A transformer of 27 million parameters in 302 tensors, many small ones, and one large one.
_LAYER = [(384, 384)] * 4 + [(1536, 384), (384, 1536)] + [(384,)] * 6 + [(1536,)]
MODELS: dict[str, list[tuple[int, ...]]] = {
    "27M in 302": [*_LAYER * 12, *_LAYER * 3, (384,), *[(96,)] * 106],
    "200 small": [(64,)] * 100 + [(16, 16)] * 100,
    "one of 10M": [(10_000_000,)],
}
OURS = "Dovetail"
TOLERANCE = 1e-5


def lion_foreach(params: Sequence[Any], lr: float = 1e-4) -> Call:
    """Lion with one operation over all tensors at a time, as PyTorch's `foreach=True`."""
    import torch  # noqa: PLC0415

    momenta = [torch.zeros_like(param) for param in params]

    @torch.no_grad()
    def step() -> None:
        gradients = [param.grad for param in params]
        direction = torch._foreach_mul(momenta, 0.9)
        torch._foreach_add_(direction, gradients, alpha=0.1)
        torch._foreach_sign_(direction)
        torch._foreach_add_(params, direction, alpha=-lr)
        torch._foreach_mul_(momenta, 0.99)
        torch._foreach_add_(momenta, gradients, alpha=0.01)

    return step


def lion_loop(params: Sequence[Any], lr: float = 1e-4) -> Call:
    """Lion tensor by tensor."""
    import torch  # noqa: PLC0415

    momenta = [torch.zeros_like(param) for param in params]

    @torch.no_grad()
    def step() -> None:
        for param, momentum in zip(params, momenta, strict=True):
            direction = (0.9 * momentum).add_(param.grad, alpha=0.1).sign_()
            param.add_(direction, alpha=-lr)
            momentum.mul_(0.99).add_(param.grad, alpha=0.01)

    return step


def variants() -> dict[str, dict[str, Callable[[Sequence[Any]], Call]]]:
    """By optimizer and by column: what makes a step over parameters."""
    import torch  # noqa: PLC0415

    import dovetail as dt  # noqa: PLC0415

    def adamw(**settings: Any) -> Callable[[Sequence[Any]], Call]:
        return lambda params: torch.optim.AdamW(params, **settings).step

    return {
        "AdamW": {
            OURS: lambda params: dt.AdamW.torch(params).step,
            "fused": adamw(fused=True),
            "foreach": adamw(foreach=True),
            "loop": adamw(foreach=False),
        },
        "Lion": {
            OURS: lambda params: dt.Lion.torch(params).step,
            "foreach": lion_foreach,
            "loop": lion_loop,
        },
    }


def parameters(shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Parameters with gradients, the same each time."""
    import torch  # noqa: PLC0415

    generator = torch.Generator().manual_seed(0)
    params: list[Any] = []
    for shape in shapes:
        param = torch.nn.Parameter(torch.randn(shape, generator=generator))
        param.grad = torch.randn(shape, generator=generator) * 0.01
        params.append(param)
    return params


def difference(ours: Sequence[Any], theirs: Sequence[Any]) -> float:
    """The largest difference of two sets of parameters."""
    return max((a - b).abs().max().item() for a, b in zip(ours, theirs, strict=True))


def measure(
    columns: dict[str, Callable[[Sequence[Any]], Call]],
    shapes: Sequence[tuple[int, ...]],
    pace: Pace,
) -> tuple[dict[str, float], float]:
    """Seconds of a step for each column, and the largest difference after three steps."""
    sets = {name: parameters(shapes) for name in columns}
    calls = {name: make(sets[name]) for name, make in columns.items()}
    for call in calls.values():
        for _ in range(3):
            call()
    worst = max(difference(sets[OURS], params) for params in sets.values())
    return {name: time.median for name, time in interleaved(calls, pace).items()}, worst


def main() -> int:
    """Print both tables; 1 where a result is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, help="processors to use, for every library")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args()
    threads = set_threads(options.threads)  # before PyTorch is loaded
    import torch  # noqa: PLC0415

    torch.set_num_threads(threads)
    pace, console, wrong, watch = QUICK if options.quick else Pace(), Console(), False, Neighbours()
    for name, columns in variants().items():
        table = Table(title=f"{name}, one step, {threads} threads", title_justify="left")
        for heading in ("parameters", *columns):
            table.add_column(heading, justify="right")
        for label, shapes in MODELS.items():
            times, worst = measure(columns, shapes, pace)
            ratios = [f"{times[column] / times[OURS]:.2f}" for column in columns if column != OURS]
            wrong |= not worst <= TOLERANCE
            table.add_row(label, seconds(times[OURS]), *ratios)
        console.print(table)
    share = watch.share()
    if share is not None and share > QUIET:
        console.print(f"other processes took {share:.0%} of the processors' time")
    if wrong:
        console.print("[red]parameters differ by more than they may[/red]")
    return int(wrong)


if __name__ == "__main__":
    print({label: (len(s), sum(map(math.prod, s))) for label, s in MODELS.items()})
    sys.exit(main())
