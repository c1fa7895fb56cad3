"""JAX on a machine with an NVIDIA GPU: our kernels in XLA's programs, right first, then as fast.

Run: `python benchmarks/gpu_jax.py [--json FILE]`, or benchmarks/gpu.py, which runs it in a process
of its own, since each framework takes the device's memory. Values and gradients under `jax.jit` are
compared with the CPU's; 1 where one is wrong or XLA compiled the maths itself, 2 where JAX sees no
GPU. Then each row is timed beside the same in JAX's functions, compiled by XLA. `--rehearse` runs
it on the CPU with small arrays, without a word on speed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from gpu import SMALL, Chosen, Row, compared, entropy, layer_norm, rms_norm, rows, softmax, swiglu

import dovetail as dt

jax: Any
jnp: Any
ROUNDS, CALLS = 10, 10


def _norm(x: Any, scale: Any) -> Any:
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-6) * scale


def _layer(x: Any, scale: Any, bias: Any) -> Any:
    centred = x - jnp.mean(x, -1, keepdims=True)
    variance = jnp.mean(centred * centred, -1, keepdims=True)
    return centred * jax.lax.rsqrt(variance + 1e-5) * scale + bias


def _entropy(logits: Any, labels: Any) -> Any:
    scores = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], -1))


def jax_functions() -> dict[Callable[..., Any], Callable[..., Any]]:
    """For each function of the table that of JAX."""
    return {
        swiglu: lambda x, y: jax.nn.silu(x) * y,
        rms_norm: _norm,
        layer_norm: _layer,
        softmax: lambda x: jax.nn.softmax(x, -1),
        entropy: _entropy,
    }


def arrays(row: Row, dtype: Any) -> list[Any]:
    """Random arrays on JAX's default device."""
    keys = jax.random.split(jax.random.key(0), len(row.shapes) + 1)
    found = [jax.random.normal(key, s, dtype) for key, s in zip(keys, row.shapes, strict=False)]
    if row.classes:
        count, classes = row.shapes[0]
        found.append(jax.random.randint(keys[-1], (count,), 0, classes))
    return found


def program(row: Row, function: Callable[..., Any], backward: bool) -> Callable[..., Any]:
    """A call, or its value and the gradients, compiled."""
    if not backward:
        return jax.jit(function)
    places = tuple(range(len(row.shapes)))

    def total(*args: Any) -> Any:
        return jnp.sum(function(*args).astype(jnp.float32) ** 2)

    return jax.jit(jax.value_and_grad(total, places))


def checks() -> list[str]:
    """What differs from the CPU's values and gradients."""
    wrong: list[str] = []
    processor = jax.devices("cpu")[0]
    theirs = jax_functions()
    for row, columns in compared():
        for dtype, tolerance in ((jnp.float32, 1e-5), (jnp.bfloat16, 3e-2)):
            given = arrays(row, dtype)
            here = jax.device_put(given, processor)
            for backward in (False, True):
                found = jax.tree.leaves(program(row, row.ours, backward)(*given))
                want = jax.tree.leaves(program(row, theirs[row.ours], backward)(*here))
                for one, other in zip(found, want, strict=True):
                    one, other = (np.asarray(each, np.float64) for each in (one, other))
                    size = tolerance * max(float(backward), float(np.abs(other).max()))
                    if not np.allclose(one, other, rtol=4 * tolerance, atol=4 * size):
                        label = f"{row.name} of {columns} columns in {dtype.__name__}"
                        label += ", gradient" * backward
                        wrong.append(f"{label} is wrong by {np.abs(one - other).max():.1e}")
    return wrong


def milliseconds(call: Callable[..., Any], given: list[Any]) -> float:
    """The least time of a call over some rounds, of several calls each."""
    jax.block_until_ready(call(*given))
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            found = call(*given)
        jax.block_until_ready(found)
        best = min(best, (time.perf_counter() - start) / CALLS)
    return 1e3 * best


def timings(rehearse: bool) -> list[dict[str, Any]]:
    """A line for each row."""
    found: list[dict[str, Any]] = []
    theirs = jax_functions()
    for row in rows(SMALL if rehearse else None):
        given = arrays(row, jnp.bfloat16)
        line: dict[str, Any] = {"name": row.name}
        for name, function in (("Dovetail", row.ours), ("XLA", theirs[row.ours])):
            line[name] = milliseconds(program(row, function, row.backward), given)
        found.append(line)
    return found


def main() -> int:
    """Print what is wrong, then the table; the head of this file has the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", help="a file for the results")
    parser.add_argument("--rehearse", action="store_true", help="small, on the CPU; no speed")
    options = parser.parse_args()
    global jax, jnp
    try:
        import jax  # noqa: PLC0415
        import jax.numpy as jnp  # noqa: PLC0415
    except ImportError:
        print("JAX is not installed: pip install 'jax[cuda12]'")
        return 2
    device = jax.devices()[0]
    if device.platform != "gpu" and not options.rehearse:
        print(f"JAX {jax.__version__} sees no GPU, so nothing was run or measured.")
        return 2
    facts = {"jax": jax.__version__, "dovetail": dt.__version__, "device": device.device_kind}
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    chosen = Chosen()
    wrong = checks()
    if device.platform == "gpu" and (chosen.others or not chosen.kernels):
        wrong += chosen.others or ["no kernel of Dovetail was launched"]
    for each in wrong:
        print(f"WRONG: {each}")
    print(f"{len(wrong)} comparisons with the CPU are wrong")
    table = timings(options.rehearse)
    if options.rehearse:
        print("A rehearsal on the CPU: its times mean nothing.")
    for line in table:
        print(f"{line['name']:<32} Dovetail {line['Dovetail']:.3f}, XLA {line['XLA']:.3f} (ms)")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"facts": facts, "wrong": wrong, "rows": table}, file, indent=1)
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ["DOVETAIL_GPU_KERNELS"] = "1"  # read at the first call
    sys.exit(main())
