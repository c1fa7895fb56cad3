"""Segment reductions and their gradients, beside each framework's own.

Run: `python benchmarks/segments.py [--quick] [--threads 1]`. Results are compared before they are
timed, in interleaved rounds: least times, of the wall and of the calling thread. On a machine that
others use, the second is the one to read; XLA's own threads show in the first alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow as tf
import torch
from rich.console import Console
from rich.table import Table

import dovetail as dt

TOLERANCE = 1e-4  # of the largest element
SHAPES = ((100_000, 64, 1_000), (1_000_000, 1, 1_000), (20_000, 256, 20_000), (1_000, 16, 50))

Array = np.ndarray[Any, Any]
Call = Callable[[], Any]


def _reference(name: str, data: Array, ids: Array, count: int) -> Array:
    start = 0.0 if name == "sum" else -np.inf
    result = np.full((count, data.shape[1]), start)
    (np.add if name == "sum" else np.maximum).at(result, ids, data.astype(np.float64))
    return result


def _with_gradient(function: Callable[[Any], Any], data: Any) -> Call:
    given = data.clone().requires_grad_()

    def call() -> Any:
        return torch.autograd.grad(function(given).square().sum(), given)[0]

    return call


def calls(name: str, data: Array, ids: Array, count: int) -> dict[str, dict[str, Call]]:
    """Value and gradient of each framework: ours first, then its own."""
    ours = getattr(dt, f"segment_{name}")
    tensor, places = torch.tensor(data), torch.tensor(ids)

    def in_torch(x: Any) -> Any:
        if name == "sum":
            return torch.zeros(count, x.shape[1]).index_add(0, places, x)
        start = torch.full((count, x.shape[1]), -torch.inf)
        return start.scatter_reduce(0, places[:, None].expand(x.shape), x, "amax")

    jax_data, jax_ids = jnp.asarray(data), jnp.asarray(ids.astype(np.int32))
    of_jax = getattr(jax.ops, f"segment_{name}")

    def jitted(function: Callable[..., Any]) -> Call:
        compiled = jax.jit(function)
        return lambda: compiled(jax_data, jax_ids).block_until_ready()

    def pulled(function: Callable[..., Any]) -> Callable[..., Any]:
        return jax.grad(lambda x, i: jnp.sum(function(x, i) ** 2))

    tf_data, tf_ids = tf.constant(data), tf.constant(ids.astype(np.int32))
    of_tf = getattr(tf.math, f"unsorted_segment_{name}")

    def graph(function: Callable[..., Any]) -> Call:
        compiled = tf.function(function)
        return lambda: compiled(tf_data, tf_ids)

    def taped(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(x: Any, i: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = tf.reduce_sum(function(x, i) ** 2)
            return tape.gradient(loss, x)

        return run

    def mine(x: Any, i: Any) -> Any:
        return ours(x, i, count)

    def jaxs(x: Any, i: Any) -> Any:
        return of_jax(x, i, num_segments=count)

    def tensorflows(x: Any, i: Any) -> Any:
        return of_tf(x, i, count)

    gradient = dt.op(dt.grad(lambda x, i: dt.sum(ours(x, i, count) ** 2)))
    return {
        "value": {
            "NumPy arrays": lambda: ours(data, ids, count),
            "PyTorch": lambda: ours(tensor, places, count),
            "PyTorch's own": lambda: in_torch(tensor),
            "JAX": jitted(mine), "JAX' own": jitted(jaxs),
            "TensorFlow": graph(mine), "TensorFlow's own": graph(tensorflows),
        },
        "gradient": {
            "NumPy arrays": lambda: gradient(data, ids),
            "PyTorch": _with_gradient(lambda x: ours(x, places, count), tensor),
            "PyTorch's own": _with_gradient(in_torch, tensor),
            "JAX": jitted(pulled(mine)), "JAX' own": jitted(pulled(jaxs)),
            "TensorFlow": graph(taped(mine)), "TensorFlow's own": graph(taped(tensorflows)),
        },
    }  # fmt: skip


def measured(columns: Mapping[str, Call], rounds: int) -> dict[str, tuple[float, float]]:
    """The least time of each call, of the wall and of the calling thread, in seconds."""
    best = dict.fromkeys(columns, (float("inf"), float("inf")))
    for _ in range(rounds):
        for name, call in columns.items():
            call()
            wall, thread = time.perf_counter(), time.thread_time()
            call()
            wall, thread = time.perf_counter() - wall, time.thread_time() - thread
            best[name] = min(best[name][0], wall), min(best[name][1], thread)
    return best


def main() -> None:
    """Compare, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the smallest shape, a few rounds")
    parser.add_argument("--threads", type=int, default=0, help="threads of PyTorch; 0: as it has")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    console = Console()
    rng = np.random.default_rng(0)
    for size, width, count in SHAPES[-1:] if options.quick else SHAPES:
        data = rng.normal(size=(size, width)).astype(np.float32)
        ids = rng.integers(0, count, size)
        ids[:count] = np.arange(count)  # every segment has a row
        table = Table("", "", *calls("sum", data, ids, count)["value"],
                      title=f"{size:,} x {width} into {count:,}, ms wall (thread)")  # fmt: skip
        for name in ("sum", "max"):
            reference = _reference(name, data, ids, count)
            for direction, columns in calls(name, data, ids, count).items():
                wanted = reference if direction == "value" else None
                for column, call in columns.items():
                    found = np.asarray(call(), np.float64)
                    wanted = found if wanted is None else wanted
                    error = np.max(np.abs(found - wanted)) / np.max(np.abs(wanted))
                    if not error <= TOLERANCE:
                        raise SystemExit(f"{column}, {name}, {direction}: wrong by {error}")
                times = measured(columns, 5 if options.quick else 25)
                cells = [f"{1e3 * wall:.2f} ({1e3 * own:.2f})" for wall, own in times.values()]
                table.add_row(name, direction, *cells)
        console.print(table)


if __name__ == "__main__":
    main()
