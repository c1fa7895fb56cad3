"""Training steps of whole models, as users write them, and with Dovetail's pieces put in.

Run: `python benchmarks/models.py [--only GPT,ViT] [--in torch,jax,keras] [--seconds 20]`. With
`--keep-memory` all columns call `dt.keep_memory()` first. Each
column has a process of its own, as a user's model has, because thread pools and allocators of two
in one process disturb each other. All columns get the same weights and examples; the losses of
three steps are compared before anything is timed, then the steps run in turn.
A figure is the median of milliseconds for a step; the factor, the first column's time divided by
that column's. Rows are printed as they come. `--where` adds a table of where the time of PyTorch's
steps goes.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from importlib import import_module
from typing import Any

from rich.console import Console
from rich.table import Table
from whole.sizes import MODELS

import dovetail as dt
from dovetail.measure.workers import RemoteCall, Worker, WorkerError, default_threads
from dovetail.timing import Call, Local, Pace, no_collection, rounds

_OURS = "with Dovetail"
COLUMNS = {
    "torch": ("PyTorch", _OURS, "compiled", "compiled, with Dovetail"),
    "jax": ("JAX", _OURS),
    "keras-jax": ("Keras on jax", _OURS),
    "keras-tensorflow": ("Keras on tensorflow", _OURS),
    "keras-torch": ("Keras on torch", _OURS),
}
TOLERANCE = 1e-3  # of the loss, over three steps in float32
TOP = 8  # operations in a table of where the time goes


class Step:
    """A training step of a model in one column; it lives in a worker."""

    def __init__(self, framework: str, column: str, model: str, keep_memory: bool) -> None:
        if keep_memory:
            dt.keep_memory()
        module = import_module(f"whole.{framework.partition('-')[0]}_models")
        self.call: Call = module.columns()[column](model)

    def losses(self) -> list[float]:
        """Those of three steps."""
        return [self.call() for _ in range(3)]

    def burst(self, calls: int) -> float:
        """Seconds of one call, the mean of `calls`."""
        with no_collection():
            return Local(self.call).burst(calls)


def measure(
    framework: str, model: str, threads: int, seconds: float, keep_memory: bool = False
) -> dict[str, Any]:
    """Milliseconds of each column, or why it was not timed, and the losses that it began with."""
    steps: dict[str, RemoteCall] = {}
    found: dict[str, Any] = {}
    losses: list[float] | None = None
    backend = framework.partition("-")[2]
    environment = {"KERAS_BACKEND": backend} if backend else {}
    with contextlib.ExitStack() as stack:
        for name in COLUMNS[framework]:
            try:
                worker = stack.enter_context(
                    Worker("models:Step", framework, name, model, keep_memory, threads=threads,
                           environment=environment)
                )  # fmt: skip
                mine = worker.ask("losses")
            except WorkerError as error:  # the other columns continue
                found[name] = str(error).splitlines()[0][:160]
                continue
            losses = losses or mine
            if any(abs(a - b) > TOLERANCE * abs(b) for a, b in zip(mine, losses, strict=True)):
                found[name] = f"losses {mine} differ from {losses}"
            else:
                steps[name] = RemoteCall(worker)
        # As in training, where a step follows the last one at once.
        pace = Pace(rounds=31, fewest_rounds=5, burst=0.3, lead=0.1, budget=seconds)
        found |= {name: 1e3 * time.median for name, time in rounds(steps, pace).items()}
    return {name: found[name] for name in COLUMNS[framework]}


def time_by_operation(model: str) -> list[Table]:
    """For each column in PyTorch that is not compiled: its longest operations in five steps."""
    import torch  # noqa: PLC0415
    from whole import torch_models  # noqa: PLC0415

    tables: list[Table] = []
    for name, make in list(torch_models.columns().items())[:2]:
        call = make(model)
        call()
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as seen:
            for _ in range(5):
                call()
        table = Table(title=f"{model}, {name}")
        for title in ("operation", "ms a step", "calls a step"):
            table.add_column(title, justify="left" if title == "operation" else "right")
        rows = sorted(seen.key_averages(), key=lambda row: -row.self_cpu_time_total)
        for row in rows[:TOP]:
            time = row.self_cpu_time_total / 5e3
            table.add_row(row.key, f"{time:.2f}", f"{row.count / 5:.0f}")
        tables.append(table)
    return tables


def show(framework: str, model: str, row: dict[str, Any]) -> bool:
    """Print a row at once: ms a step, and the factor to the first column; whether it was right."""
    first = next((time for time in row.values() if isinstance(time, float)), 0.0)
    cells = [
        f"{name} {time:.1f} ({first / time:.2f})" if isinstance(time, float) else f"{name}: {time}"
        for name, time in row.items()
    ]
    print(f"{framework:<18}{model:<12}{'   '.join(cells)}", flush=True)
    return all(isinstance(time, float) for time in row.values())


def main() -> int:
    """Print the rows; 1 where a step failed or had other losses."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default=",".join(MODELS), help="models, with commas")
    parser.add_argument("--in", dest="frameworks", default=",".join(COLUMNS))
    parser.add_argument("--seconds", type=float, default=20.0, help="for a row")
    parser.add_argument("--threads", type=int, default=0, help="processors to use")
    parser.add_argument("--keep-memory", action="store_true", help="dt.keep_memory() everywhere")
    parser.add_argument("--where", action="store_true", help="where PyTorch's time goes")
    options = parser.parse_args()
    threads = options.threads or default_threads()
    models = [model for model in MODELS if model in options.only.split(",")]
    console = Console()
    right = True
    for framework in COLUMNS:
        if any(framework.startswith(name) for name in options.frameworks.split(",")):
            for model in models:
                row = measure(framework, model, threads, options.seconds, options.keep_memory)
                right &= show(framework, model, row)
    if options.where:
        for model in models:
            for table in time_by_operation(model):
                console.print(table)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
