"""Pieces of networks, forward and with gradients, beside each framework's own.

Run: `python benchmarks/networks.py [--only conv,attention] [--seconds 2] [--compiled]`. Columns:
Dovetail on NumPy arrays, PyTorch's and JAX' arrays, what PyTorch and JAX have for the same
(`whole/cases.py`), and with `--compiled` PyTorch's by `torch.compile`. Each column has a process of
its own, because the thread pools of several frameworks in one disturb each other, and is compared
with PyTorch's maths in float64 before it is timed. Bursts of calls alternate; a figure is the
median of milliseconds for a call and, in brackets, PyTorch's or JAX' own time divided by it.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from whole.cases import CASES, Case

import dovetail as dt
from dovetail.measure.workers import RemoteCall, Worker, WorkerError, default_threads
from dovetail.timing import Local, Pace, no_collection, rounds

TOLERANCE = 2e-3  # of the largest element, in float32

Array = np.ndarray[Any, Any]
Call = Callable[[], Sequence[Any]]


def _differentiable(arrays: Sequence[Array]) -> tuple[int, ...]:
    return tuple(n for n, array in enumerate(arrays) if array.dtype.kind == "f")


def numpy_calls(case: Case) -> tuple[Call, Call]:
    """Forward and gradients on NumPy arrays."""
    arrays, places = case.arrays, _differentiable(case.arrays)
    forward = dt.op(case.ours)
    gradient = dt.op(dt.grad(lambda *given: dt.sum(case.ours(*given) ** 2), places))
    return lambda: [forward(*arrays)], lambda: gradient(*arrays)


def torch_calls(case: Case, function: Callable[..., Any], *, own: bool) -> tuple[Call, Call]:
    """Forward and gradients on tensors; PyTorch's own maths has its own layout."""
    layout = case.torch_layout if own else (lambda arrays: arrays)
    tensors = [torch.tensor(array) for array in layout(case.arrays)]
    wrt = [tensor.requires_grad_() for tensor in tensors if tensor.is_floating_point()]

    def forward() -> Sequence[Any]:
        with torch.no_grad():
            return [function(*tensors)]

    return forward, lambda: torch.autograd.grad(function(*tensors).square().sum(), wrt)


def jax_calls(case: Case, function: Any) -> tuple[Call, Call]:
    """Forward and gradients under jit."""
    arrays, places = list(map(jnp.asarray, case.arrays)), _differentiable(case.arrays)
    forward = jax.jit(function)
    gradient = jax.jit(jax.grad(lambda *given: (function(*given) ** 2).sum(), places))
    return (
        lambda: [forward(*arrays).block_until_ready()],
        lambda: jax.block_until_ready(gradient(*arrays)),
    )


COLUMNS: dict[str, Callable[[Case], tuple[Call, Call]]] = {
    "NumPy": numpy_calls,
    "PyTorch": lambda case: torch_calls(case, dt.op(case.ours), own=False),
    "PyTorch's own": lambda case: torch_calls(case, case.torch, own=True),
    "compiled": lambda case: torch_calls(case, torch.compile(case.torch), own=True),
    "JAX": lambda case: jax_calls(case, dt.op(case.ours)),
    "JAX' own": lambda case: jax_calls(case, case.jax),
}


class Piece:
    """One column of a case: its calls forward (0) and with gradients (1). It lives in a worker."""

    def __init__(self, column: str, number: int) -> None:
        self.case, self.column = CASES[number](), column
        self.calls = COLUMNS[column](self.case)

    def result(self, direction: int) -> tuple[float, list[Array]]:
        """Seconds of the first call, and what it gives, in the layout of ours."""
        start = time.perf_counter()
        made = self.calls[direction]()
        seconds = time.perf_counter() - start
        found = [np.asarray(each.detach() if hasattr(each, "detach") else each) for each in made]
        if self.column in ("PyTorch's own", "compiled"):
            layout = self.case.our_layout_of_gradients if direction else self.case.our_layout
            found = layout(found)
        return seconds, found

    def burst(self, direction: int, calls: int) -> float:
        """Seconds of one call, the mean of `calls`."""
        with no_collection():
            return Local(self.calls[direction]).burst(calls)


def reference(case: Case) -> tuple[list[Array], list[Array]]:
    """PyTorch's maths in float64, in the layout of ours."""
    wide = [each.astype(np.float64) if each.dtype.kind == "f" else each for each in case.arrays]
    calls = torch_calls(case.on(wide), case.torch, own=True)
    forward, gradients = ([each.detach().numpy() for each in call()] for call in calls)
    return case.our_layout(forward), case.our_layout_of_gradients(gradients)


def error(found: Sequence[Any], exact: Sequence[Array]) -> float:
    """The largest difference, relative to the largest element."""
    worst = 0.0
    for array, right in zip(found, exact, strict=True):
        given = np.asarray(array, np.float64)
        if given.shape != right.shape:
            return float("inf")
        size = float(np.abs(right).max()) or 1.0
        difference = float(np.abs(given - right).max())
        worst = max(worst, difference / size if np.isfinite(difference) else float("inf"))
    return worst


def line(*cells: str) -> None:
    """Print a row at once, so that a run that is ended early has said what it knows."""
    name, direction, *others = cells
    print(f"{name:<24}{direction:<10}" + "".join(f"{cell:>15}" for cell in others), flush=True)


def measure(number: int, threads: int, options: argparse.Namespace) -> bool:
    """Two rows: forward, and with gradients. Whether every column was right."""
    case, right = CASES[number](), True
    names = [name for name in COLUMNS if options.compiled or name != "compiled"]
    if case.jax is None:
        names.remove("JAX' own")
    with contextlib.ExitStack() as stack:
        workers = {
            name: stack.enter_context(Worker("networks:Piece", name, number, threads=threads))
            for name in names
        }
        for direction, exact in enumerate(reference(case)):
            calls: dict[str, RemoteCall] = {}
            wrong: dict[str, str] = {}
            first = 0.0
            for name, worker in workers.items():
                try:
                    seconds, found = worker.ask("result", direction)
                except WorkerError as problem:  # the other columns continue
                    wrong[name] = str(problem).splitlines()[0][:100]
                    continue
                first = first or seconds
                difference = error(found, exact)
                if difference <= TOLERANCE:
                    calls[name] = RemoteCall(worker, direction)
                else:
                    wrong[name] = f"wrong by {difference:.0e}"
            pace = Pace(rounds=31, burst=0.05, lead=0.02, budget=options.seconds * len(calls))
            times = {name: 1e3 * time.median for name, time in rounds(calls, pace).items()}
            cells: list[str] = []
            for name in COLUMNS:
                if name not in times:
                    cells.append("-")
                    continue
                peer = times.get("JAX' own" if name == "JAX" else "PyTorch's own")
                ours = name in ("NumPy", "PyTorch", "JAX") and peer is not None
                factor = f" ({peer / times[name]:.2f})" if ours and peer else ""
                cells.append(f"{times[name]:.2f}{factor}")
            line(case.name, ("forward", "gradient")[direction], f"{first:.2f}", *cells)
            for name, problem in wrong.items():
                print(f"    {name}: {problem}", flush=True)
            right &= not wrong
    return right


def main() -> int:
    """Print the table; 1 where a column was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="what the names of cases contain, with commas")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each column")
    parser.add_argument("--threads", type=int, default=0, help="processors to use")
    parser.add_argument("--compiled", action="store_true", help="torch.compile, too")
    options = parser.parse_args()
    threads = options.threads or default_threads()
    line("case", "direction", "first call s", *COLUMNS)
    right = True
    for number, make in enumerate(CASES):
        if any(part in make().name for part in options.only.split(",")):
            right &= measure(number, threads, options)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
