"""Optimizers inside PyTorch: `AdamW.torch` and `Lion.torch` compared with PyTorch's, in one run.

Run: `python benchmarks/torch_optimizers.py`. Each row times one `step()` over parameters that
have gradients. PyTorch's AdamW runs with `fused=True`, `foreach=True` and tensor by tensor;
PyTorch has no Lion, so that is written with `torch._foreach_*` as its own optimizers are, and
tensor by tensor. A peer's column is its time divided by Dovetail's. Before a row is timed, the
parameters after three steps are compared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kernels import set_threads
from neighbours import QUIET, Neighbours
from report import seconds
from rich.console import Console
from rich.table import Table

from dovetail.timing import QUICK, Call, Pace, interleaved

# A transformer of 27 million parameters in 302 tensors, many small ones, and one large one.
_LAYER = [(384, 384)] * 4 + [(1536, 384), (384, 1536)] + [(384,)] * 6 + [(1536,)]
MODELS: dict[str, list[tuple[int, ...]]] = {
    "27M in 302": [*_LAYER * 12, *_LAYER * 3, (384,), *[(96,)] * 106],
    "200 small": [(64,)] * 100 + [(16, 16)] * 100,
    "one of 10M": [(10_000_000,)],
}
TOLERANCE = 1e-5


def measure(
    peer: Any,
    columns: Mapping[str, Callable[[Sequence[Any]], Call]],
    shapes: Sequence[tuple[int, ...]],
    pace: Pace,
) -> tuple[dict[str, float], float]:
    """Seconds of a step for each column, and the largest difference after three steps."""
    sets = {name: peer.parameters(shapes) for name in columns}
    calls = {name: make(sets[name]) for name, make in columns.items()}
    for call in calls.values():
        for _ in range(3):
            call()
    worst = max(peer.difference(sets[peer.OURS], params) for params in sets.values())
    return {name: time.median for name, time in interleaved(calls, pace).items()}, worst


def main() -> int:
    """Print both tables; 1 where a result is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--threads", type=int, default=0, help="processors to use, for every library"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args()
    threads = set_threads(options.threads)  # before PyTorch is loaded
    from peers import torch_host_peer  # noqa: PLC0415
    from peers import torch_optimizer_peer as peer  # noqa: PLC0415

    torch_host_peer.set_threads(threads)
    pace, console, wrong, watch = QUICK if options.quick else Pace(), Console(), False, Neighbours()
    for name, columns in peer.VARIANTS.items():
        table = Table(title=f"{name}, one step, {threads} threads", title_justify="left")
        for heading in ("parameters", *columns):
            table.add_column(heading, justify="right")
        for label, shapes in MODELS.items():
            times, worst = measure(peer, columns, shapes, pace)
            ratios = [
                f"{times[column] / times[peer.OURS]:.2f}"
                for column in columns
                if column != peer.OURS
            ]
            wrong |= not worst <= TOLERANCE
            table.add_row(label, seconds(times[peer.OURS]), *ratios)
        console.print(table)
    share = watch.share()
    if share is not None and share > QUIET:
        console.print(f"other processes took {share:.0%} of the processors' time")
    if wrong:
        console.print("[red]parameters differ by more than they may[/red]")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
