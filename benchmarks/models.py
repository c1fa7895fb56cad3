"""Training steps of whole models, as users write them, and with Dovetail's pieces put in.

Run: `python benchmarks/models.py [--only GPT,ViT] [--in torch,jax,keras] [--seconds 20]`. Each
framework has a process of its own (Keras: one for each backend), because the thread pools of two
frameworks in one process disturb each other. In it all columns get the same weights and examples;
the losses of three steps are compared before anything is timed, then the steps run in turn.
A figure is the median of milliseconds for a step; the factor, the first column's time divided by
that column's. Rows are printed as they come. `--where` adds a table of where the time of PyTorch's
steps goes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from kernels import set_threads
from rich.console import Console
from rich.table import Table
from whole.sizes import MODELS

from dovetail.timing import Call, Pace, interleaved

FRAMEWORKS = "torch", "jax", "keras-jax", "keras-tensorflow", "keras-torch"
TOLERANCE = 1e-3  # of the loss, over three steps in float32
TOP = 8  # operations in a table of where the time goes
ROW = "row: "  # before a row, in the output of a framework's process


def measure(columns: dict[str, Callable[[str], Call]], model: str, seconds: float) -> Any:
    """Milliseconds of each column, or why it was not timed, and the losses that it began with."""
    calls: dict[str, Call] = {}
    found: dict[str, Any] = {}
    losses: list[float] | None = None
    for name, make in columns.items():
        try:
            calls[name] = make(model)
            mine = [calls[name]() for _ in range(3)]
        except Exception as error:  # any error: the other columns continue
            found[name] = f"{type(error).__name__}: {error}".splitlines()[0][:160]
            calls.pop(name, None)
            continue
        losses = losses or mine
        if any(abs(a - b) > TOLERANCE * abs(b) for a, b in zip(mine, losses, strict=True)):
            found[name] = f"losses {mine} differ from {losses}"
            del calls[name]
    pace = Pace(rounds=31, fewest_rounds=5, burst=0.02, lead=0.005, budget=seconds)
    times = interleaved(calls, pace)
    found |= {name: 1e3 * time.median for name, time in times.items()}
    return {name: found[name] for name in columns}


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


def in_process(
    framework: str, models: list[str], options: Any
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a process of its own measures: models and their rows, as they come."""
    command = [sys.executable, __file__, "--inside", framework, "--only", ",".join(models)]
    command += ["--seconds", str(options.seconds), "--threads", str(options.threads)]
    backend = framework.partition("-")[2]
    environment = {**os.environ, **({"KERAS_BACKEND": backend} if backend else {})}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for text in process.stdout:
            if text.startswith(ROW):
                yield from json.loads(text.removeprefix(ROW)).items()
    if process.returncode:
        raise SystemExit(f"{framework}: the process ended with {process.returncode}")


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
    parser.add_argument("--in", dest="frameworks", default=",".join(FRAMEWORKS))
    parser.add_argument("--seconds", type=float, default=20.0, help="for a row")
    parser.add_argument("--threads", type=int, default=0, help="processors to use")
    parser.add_argument("--where", action="store_true", help="where PyTorch's time goes")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    set_threads(options.threads)
    models = [model for model in MODELS if model in options.only.split(",")]
    if options.inside:
        module = import_module(f"whole.{options.inside.partition('-')[0]}_models")
        for model in models:
            row = measure(module.columns(), model, options.seconds)
            print(ROW + json.dumps({model: row}), flush=True)
        return 0
    console = Console()
    right = True
    for framework in FRAMEWORKS:
        if any(framework.startswith(name) for name in options.frameworks.split(",")):
            for model, row in in_process(framework, models, options):
                right &= show(framework, model, row)
    if options.where:
        for model in models:
            for table in time_by_operation(model):
                console.print(table)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
