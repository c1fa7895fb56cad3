"""Recurrent cells written by hand, by `dt.scan`, beside torch.nn and lax.scan: 200 x 32 x 64.

Run: `python benchmarks/scan.py [--seconds 2]`. All columns get the same weights; their outputs and
gradients are compared with float64 before they are timed in interleaved rounds, by the time
of the wall and of the calling thread (on a machine that others use, the second is the one to read).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

import dovetail as dt

STEPS, BATCH, UNITS = 200, 32, 64
TOLERANCE = 1e-3  # of the largest element, in float32 over 200 steps

Array = np.ndarray[Any, Any]
Call = Callable[[], Sequence[Any]]


def lstm(w: Any, u: Any, b: Any, xs: Any) -> Any:
    """The states of an LSTM, gates in the order of torch.nn: input, forget, cell, output."""

    def step(carry: Any, x: Any) -> Any:
        h, c = carry
        z = x @ w + h @ u + b
        i, f, g, o = (z[:, n * UNITS : (n + 1) * UNITS] for n in range(4))
        c = dt.sigmoid(f) * c + dt.sigmoid(i) * dt.tanh(g)
        h = dt.sigmoid(o) * dt.tanh(c)
        return (h, c), h

    start = dt.zeros((xs.shape[1], UNITS), dtype=xs.dtype)
    return dt.scan(step, (start, start), xs)[1]


def rnn(w: Any, u: Any, b: Any, xs: Any) -> Any:
    """The states of a simple recurrent network."""

    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(x @ w + h @ u + b)
        return h, h

    return dt.scan(step, dt.zeros((xs.shape[1], UNITS), dtype=xs.dtype), xs)[1]


def gru(w: Any, u: Any, b: Any, xs: Any) -> Any:
    """The states of a GRU with one bias, gates in the order of torch.nn: reset, update, new."""

    def step(h: Any, x: Any) -> Any:
        z, product = x @ w + b, h @ u
        gates = dt.sigmoid(z[:, : 2 * UNITS] + product[:, : 2 * UNITS])
        reset, update = gates[:, :UNITS], gates[:, UNITS:]
        new = dt.tanh(z[:, 2 * UNITS :] + reset * product[:, 2 * UNITS :])
        h = update * h + (1.0 - update) * new
        return h, h

    return dt.scan(step, dt.zeros((xs.shape[1], UNITS), dtype=xs.dtype), xs)[1]


CELLS = {"LSTM": (lstm, 4), "GRU": (gru, 3), "RNN": (rnn, 1)}
MODULES = {4: torch.nn.LSTM, 3: torch.nn.GRU, 1: torch.nn.RNN}


def _arrays(gates: int) -> list[Array]:
    rng = np.random.default_rng(0)
    shapes = (UNITS, gates * UNITS), (UNITS, gates * UNITS), (gates * UNITS,), (STEPS, BATCH, UNITS)
    scales = 0.1, 0.1, 0.1, 1.0
    return [
        (rng.normal(size=shape) * scale).astype(np.float32)
        for shape, scale in zip(shapes, scales, strict=True)
    ]


def _loss(cell: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays: dt.sum(cell(*arrays) ** 2)


def dovetail_calls(cell: Callable[..., Any], arrays: Sequence[Array]) -> tuple[Call, Call]:
    """Forward, and the gradients, on NumPy arrays."""
    forward, gradient = dt.op(cell), dt.op(dt.grad(_loss(cell), (0, 1, 2, 3)))
    return lambda: [forward(*arrays)], lambda: gradient(*arrays)


def in_torch_calls(cell: Callable[..., Any], arrays: Sequence[Array]) -> tuple[Call, Call]:
    """The same definition on tensors."""
    function = dt.op(cell)
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]

    def forward() -> Sequence[Any]:
        with torch.no_grad():
            return [function(*tensors)]

    return forward, lambda: torch.autograd.grad((function(*tensors) ** 2).sum(), tensors)


def torch_calls(gates: int, arrays: Sequence[Array]) -> tuple[Call, Call]:
    """torch.nn.LSTM, GRU or RNN with these weights."""
    w, u, b, xs = map(torch.tensor, arrays)
    module = MODULES[gates](UNITS, UNITS)
    with torch.no_grad():
        module.weight_ih_l0.copy_(w.T)
        module.weight_hh_l0.copy_(u.T)
        module.bias_ih_l0.copy_(b)
        module.bias_hh_l0.zero_()
    xs.requires_grad_()
    wrt = [module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, xs]

    def forward() -> Sequence[Any]:
        with torch.no_grad():
            return [module(xs)[0]]

    def gradient() -> Sequence[Any]:
        dw, du, db, dx = torch.autograd.grad((module(xs)[0] ** 2).sum(), wrt)
        return dw.T, du.T, db, dx

    return forward, gradient


def jax_calls(gates: int, arrays: Sequence[Array]) -> tuple[Call, Call]:
    """lax.scan under jit, with the product with the inputs before the loop."""

    def states(w: Any, u: Any, b: Any, xs: Any) -> Any:
        def step(carry: Any, z: Any) -> Any:
            h, c = carry
            if gates == 3:
                product = h @ u
                r, g = jnp.split(jax.nn.sigmoid(z[:, : 2 * UNITS] + product[:, : 2 * UNITS]), 2, -1)
                h = g * h + (1.0 - g) * jnp.tanh(z[:, 2 * UNITS :] + r * product[:, 2 * UNITS :])
                return (h, c), h
            z = z + h @ u
            if gates == 1:
                h = jnp.tanh(z)
                return (h, c), h
            i, f, g, o = jnp.split(z, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        start = jnp.zeros((BATCH, UNITS), xs.dtype)
        return jax.lax.scan(step, (start, start), xs @ w + b)[1]

    given = list(map(jnp.asarray, arrays))
    forward = jax.jit(states)
    gradient = jax.jit(jax.grad(lambda *a: (states(*a) ** 2).sum(), (0, 1, 2, 3)))
    return (
        lambda: [forward(*given).block_until_ready()],
        lambda: jax.block_until_ready(gradient(*given)),
    )


def _error(found: Sequence[Any], exact: Sequence[Array]) -> float:
    worst = 0.0
    for array, right in zip(found, exact, strict=True):
        given = np.asarray(array.detach() if hasattr(array, "detach") else array, np.float64)
        worst = max(worst, float(np.abs(given - right).max() / np.abs(right).max()))
    return worst


def _timed(calls: dict[str, Call], seconds: float) -> dict[str, tuple[float, float]]:
    """The least time of the wall and of the thread, in milliseconds."""
    best = dict.fromkeys(calls, (np.inf, np.inf))
    end = time.perf_counter() + seconds * len(calls)
    while time.perf_counter() < end:
        for name, call in calls.items():
            wall, own = time.perf_counter(), time.thread_time()
            call()
            wall, own = time.perf_counter() - wall, time.thread_time() - own
            best[name] = min(best[name][0], 1e3 * wall), min(best[name][1], 1e3 * own)
    return best


def main() -> None:
    """Compare, then time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each column")
    seconds: float = parser.parse_args().seconds
    table = Table("cell", "direction", "column", "first call s", "ms", "ms of the thread", "error")
    for name, (cell, gates) in CELLS.items():
        arrays = _arrays(gates)
        columns = {
            "dovetail": dovetail_calls(cell, arrays),
            "dovetail in torch": in_torch_calls(cell, arrays),
            "torch.nn": torch_calls(gates, arrays),
            "lax.scan": jax_calls(gates, arrays),
        }
        wide = [array.astype(np.float64) for array in arrays]
        exact = dovetail_calls(cell, wide)
        for number, direction in enumerate(("forward", "gradient")):
            reference = [np.asarray(array) for array in exact[number]()]
            firsts: dict[str, float] = {}
            errors: dict[str, float] = {}
            for column, calls in columns.items():
                start = time.perf_counter()
                found = calls[number]()
                firsts[column] = time.perf_counter() - start
                errors[column] = _error(found, reference)
            right = {c: calls[number] for c, calls in columns.items() if errors[c] < TOLERANCE}
            for column, (wall, own) in _timed(right, seconds).items():
                table.add_row(
                    name, direction, column, f"{firsts[column]:.2f}", f"{wall:.2f}",
                    f"{own:.2f}", f"{errors[column]:.0e}",
                )  # fmt: skip
            for column in columns.keys() - right.keys():
                table.add_row(name, direction, column, "", "wrong", "", f"{errors[column]:.0e}")
    Console().print(table)


if __name__ == "__main__":
    main()
