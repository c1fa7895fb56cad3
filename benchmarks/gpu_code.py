"""The GPU code of common pieces, without a GPU: time to make it, registers, bytes moved.

`python benchmarks/gpu_code.py [sm_90]` prints a table. Times are the least CPU time of several
runs without caches: printing LLVM IR, and LLVM's way to PTX. Registers and spills are ptxas',
where it is installed. Bytes are counted from the schedule, as a multiple of the floor.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

import dovetail as dt
from dovetail.compile.gpu import ptxas
from dovetail.compile.gpu.kernels import print_kernel
from dovetail.compile.gpu.schedule import schedule_of, shape_of
from dovetail.compile.gpu.target import generate, target_of
from dovetail.compile.gpu.traffic import traffic_of
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, trace

RUNS = 5


def _rms_norm(x: Any, scale: Any) -> Any:
    return x * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + 1e-6) * scale


def _layer_norm(x: Any, scale: Any) -> Any:
    centred = x - dt.mean(x, axis=-1, keepdims=True)
    return centred * dt.rsqrt(dt.mean(centred * centred, axis=-1, keepdims=True) + 1e-5) * scale


def _cross_entropy(x: Any, labels: Any) -> Any:
    return -dt.mean(dt.take_along_axis(dt.log_softmax(x, axis=-1), labels[:, None], axis=-1))


def _gradient(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    def both(*args: Any) -> Any:
        value, pullback = dt.vjp(function, *args)
        return value, *pullback(dt.ones_like(value))[:count]

    return both


ROWS, LONG = (64, 4096), (64, 131_072)  # a long row is divided over a cluster, where there are any
CASES: list[tuple[str, Callable[..., Any], list[tuple[tuple[int, ...], Any]]]] = [
    ("gelu", dt.gelu, [(ROWS, "x")]),
    ("mish", dt.mish, [(ROWS, "x")]),
    ("mish with gradient", _gradient(dt.mish, 1), [(ROWS, "x")]),
    ("SwiGLU", lambda x, y: dt.silu(x) * y, [(ROWS, "x"), (ROWS, "x")]),
    ("softmax", lambda x: dt.softmax(x, axis=-1), [(ROWS, "x")]),
    ("RMSNorm", _rms_norm, [(ROWS, "x"), (ROWS[1:], "x")]),
    ("RMSNorm with gradients", _gradient(_rms_norm, 2), [(ROWS, "x"), (ROWS[1:], "x")]),
    ("LayerNorm", _layer_norm, [(ROWS, "x"), (ROWS[1:], "x")]),
    ("LayerNorm with gradients", _gradient(_layer_norm, 2), [(ROWS, "x"), (ROWS[1:], "x")]),
    ("cross-entropy with gradient", _gradient(_cross_entropy, 1), [(ROWS, "x"), ((64,), "i")]),
    ("softmax, rows of 131072", lambda x: dt.softmax(x, axis=-1), [(LONG, "x")]),
    ("cross-entropy with gradient, rows of 131072", _gradient(_cross_entropy, 1),
     [(LONG, "x"), ((64,), "i")]),
    ("LayerNorm with gradients, rows of 65536", _gradient(_layer_norm, 2),
     [((64, 65_536), "x"), ((65_536,), "x")]),
]  # fmt: skip


def main(name: str) -> None:
    """Print the table."""
    target = target_of(name)
    head = f"{name}, bfloat16 64 x 4096 | ms | blocks of a row | registers | spills"
    print(f"| {head} | bytes / floor |")
    print("|---|---|---|---|---|---|")
    for title, function, specs in CASES:
        arrays = [
            np.zeros(shape, ml_dtypes.bfloat16 if kind == "x" else np.int64)
            for shape, kind in specs
        ]
        graph = trace(function, [ArraySpec(a.shape, as_dtype(a.dtype)) for a in arrays]).graph
        strides = [array.strides for array in arrays]
        program = lower_graph(graph, strides, processor=target.processor)
        calls = [step for step in program.steps if isinstance(step, KernelCall)]
        for number, call in enumerate(calls):
            print(_row(title if number == 0 else "... its next kernel", call, target))


def _row(title: str, call: KernelCall, target: Any) -> str:
    nest, words = call.lowered.nest, call.lowered.words
    schedule = schedule_of(nest, words, [256] * len(call.lowered.buffers), target)
    moved = traffic_of(nest, schedule, words, shape_of(nest, schedule, words))
    best, ptx = float("inf"), ""
    for _ in range(RUNS):
        start = time.thread_time()
        ptx = generate(print_kernel(nest, schedule).ir, target)
        best = min(best, time.thread_time() - start)
    registers = spills = "?"
    if ptxas.found() is not None:
        report = ptxas.assemble(ptx, target)
        registers, spills = str(report.registers), str(report.spilled)
    share = (moved.read + moved.written) / max(1, moved.floor)
    numbers = f"{best * 1e3:.0f} | {schedule.cluster} | {registers} | {spills} | {share:.2f}"
    return f"| {title} | {numbers} |"


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["sm_90"]))
