"""Pieces of networks, forward and with gradients, beside each framework's own.

Run: `python benchmarks/networks.py [--only conv,attention] [--seconds 2] [--compiled]`. Columns:
Dovetail on NumPy arrays, PyTorch's and JAX' arrays, what PyTorch and JAX have for the same
(`whole/cases.py`), and with `--compiled` PyTorch's by `torch.compile`. Every column is compared
with PyTorch's maths in float64 before it is timed. Calls alternate; a figure is the least time of a
call in milliseconds and, in brackets, PyTorch's or JAX' own time divided by it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from kernels import set_threads
from whole.cases import CASES, Case

import dovetail as dt

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


def jax_calls(case: Case, function: Callable[..., Any]) -> tuple[Call, Call]:
    """Forward and gradients under jit."""
    arrays, places = list(map(jnp.asarray, case.arrays)), _differentiable(case.arrays)
    forward = jax.jit(function)
    gradient = jax.jit(jax.grad(lambda *given: (function(*given) ** 2).sum(), places))
    return (
        lambda: [forward(*arrays).block_until_ready()],
        lambda: jax.block_until_ready(gradient(*arrays)),
    )


def columns(case: Case, *, compiled: bool) -> dict[str, tuple[Call, Call]]:
    """By the name of a column: its forward call and its call with gradients."""
    ours = dt.op(case.ours)
    found = {
        "NumPy": numpy_calls(case),
        "PyTorch": torch_calls(case, ours, own=False),
        "PyTorch's own": torch_calls(case, case.torch, own=True),
    }
    if compiled:
        found["compiled"] = torch_calls(case, torch.compile(case.torch), own=True)
    found["JAX"] = jax_calls(case, ours)
    if case.jax is not None:
        found["JAX' own"] = jax_calls(case, case.jax)
    return found


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
        given = np.asarray(array.detach() if hasattr(array, "detach") else array, np.float64)
        if given.shape != right.shape:
            return float("inf")
        size = float(np.abs(right).max()) or 1.0
        difference = float(np.abs(given - right).max())
        worst = max(worst, difference / size if np.isfinite(difference) else float("inf"))
    return worst


def timed(calls: dict[str, Call], seconds: float) -> dict[str, float]:
    """The least milliseconds of each call; the calls alternate."""
    best = dict.fromkeys(calls, float("inf"))
    end = time.perf_counter() + seconds * len(calls)
    while time.perf_counter() < end:
        for name, call in calls.items():
            call()
            start = time.perf_counter()
            call()
            best[name] = min(best[name], 1e3 * (time.perf_counter() - start))
    return best


def line(*cells: str) -> None:
    """Print a row at once, so that a run that is ended early has said what it knows."""
    name, direction, *others = cells
    print(f"{name:<24}{direction:<10}" + "".join(f"{cell:>15}" for cell in others), flush=True)


def measure(case: Case, options: argparse.Namespace) -> bool:
    """Two rows: forward, and with gradients. Whether every column was right."""
    made = columns(case, compiled=options.compiled)
    right = True
    for number, direction in enumerate(("forward", "gradient")):
        exact = reference(case)[number]
        calls: dict[str, Call] = {}
        wrong: dict[str, str] = {}
        first = 0.0
        for name, both in made.items():
            try:
                start = time.perf_counter()
                found = both[number]()
                first = first or time.perf_counter() - start
            except Exception as problem:  # any error: the other columns continue
                wrong[name] = f"{type(problem).__name__}: {problem}".splitlines()[0][:100]
                continue
            if name in ("PyTorch's own", "compiled"):
                layout = case.our_layout_of_gradients if number else case.our_layout
                found = layout([each.detach().numpy() for each in found])
            difference = error(found, exact)
            if difference <= TOLERANCE:
                calls[name] = both[number]
            else:
                wrong[name] = f"wrong by {difference:.0e}"
        times = timed(calls, options.seconds)
        cells = []
        for name in HEADS:
            if name not in times:
                cells.append("-")
                continue
            peer = times.get("JAX' own" if name == "JAX" else "PyTorch's own")
            ours = name in ("NumPy", "PyTorch", "JAX") and peer is not None
            factor = f" ({peer / times[name]:.2f})" if ours and peer else ""
            cells.append(f"{times[name]:.2f}{factor}")
        line(case.name, direction, f"{first:.2f}", *cells)
        for name, problem in wrong.items():
            print(f"    {name}: {problem}", flush=True)
        right &= not wrong
    return right


HEADS = "NumPy", "PyTorch", "PyTorch's own", "compiled", "JAX", "JAX' own"


def main() -> int:
    """Print the table; 1 where a column was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="what the names of cases contain, with commas")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each column")
    parser.add_argument("--threads", type=int, default=0, help="processors to use")
    parser.add_argument("--compiled", action="store_true", help="torch.compile, too")
    options = parser.parse_args()
    torch.set_num_threads(set_threads(options.threads))
    line("case", "direction", "first call s", *HEADS)
    right = True
    for make in CASES:
        case = make()
        if any(part in case.name for part in options.only.split(",")):
            right &= measure(case, options)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
