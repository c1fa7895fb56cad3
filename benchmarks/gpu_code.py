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
from dovetail.compile.gpu.program import gpu_program
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


def _gradient(function: Callable[..., Any], count: int, value_too: bool = True) -> Any:
    def both(*args: Any) -> Any:
        value, pullback = dt.vjp(function, *args)
        gradients = pullback(dt.ones_like(value))[:count]
        return (value, *gradients) if value_too else gradients

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


def _cell(state: Any, xs: Any, scale: Any) -> Any:
    """A cell with a norm in it."""

    def step(state: Any, x: Any) -> Any:
        mixed = state * scale + x
        mixed = mixed - dt.mean(mixed, axis=-1, keepdims=True)
        state = dt.tanh(mixed * dt.rsqrt(dt.mean(mixed * mixed, axis=-1, keepdims=True) + 1e-3))
        return state, state

    return dt.scan(step, state, xs)[1]


# float32; "i": integers.
LOOPS: list[tuple[str, Callable[..., Any], list[tuple[tuple[int, ...], str]]]] = [
    ("gradients of a cell with a norm", _gradient(_cell, 3, False),
     [((64, 512), "x"), ((9, 64, 512), "x"), ((512,), "x")]),
    ("gradient of CTC", _gradient(lambda *args: dt.ctc_loss.definition(*args), 1, False),
     [((64, 200, 40), "x"), ((64, 60), "i"), ((64,), "i"), ((64,), "i")]),
    ("gradients of the partition function of a CRF",
     _gradient(lambda *args: dt.crf_log_partition(*args), 4, False),
     [((64, 9, 48), "x"), ((48, 48), "x"), ((48,), "x"), ((48,), "x")]),
    ("viterbi", lambda *args: dt.viterbi(*args), [((64, 9, 48), "x"), ((48, 48), "x")]),
]  # fmt: skip


def loops(name: str) -> None:
    """Print the table of loops over time: each of their kernels."""
    target = target_of(name)
    print(f"| {name}, float32, loops over time | ms | threads | registers | spills |")
    print("|---|---|---|---|---|")
    for title, function, specs in LOOPS:
        arrays = [np.zeros(shape, np.float32 if kind == "x" else np.int64) for shape, kind in specs]
        graph = trace(function, [ArraySpec(a.shape, as_dtype(a.dtype)) for a in arrays]).graph
        plan = lower_graph(graph, [a.strides for a in arrays], processor="gpu")
        modules = [each for each in gpu_program(plan, target).modules if "loop" in each.nest[:4]]
        for number, module in enumerate(modules):
            best, registers, spills = _made(lambda m=module: m.ir, target)
            heading = title if number == 0 else "... backwards"
            print(f"| {heading} | {best:.0f} | {module.threads} | {registers} | {spills} |")


def main(name: str) -> None:
    """Print the tables."""
    kernels(name)
    print()
    loops(name)


def kernels(name: str) -> None:
    """Print the table of kernels."""
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
    best, registers, spills = _made(lambda: print_kernel(nest, schedule).ir, target)
    share = (moved.read + moved.written) / max(1, moved.floor)
    numbers = f"{best:.0f} | {schedule.cluster} | {registers} | {spills} | {share:.2f}"
    return f"| {title} | {numbers} |"


def _made(ir: Callable[[], str], target: Any) -> tuple[float, str, str]:
    """The milliseconds that PTX takes, and ptxas' registers and spilled bytes."""
    best, ptx = float("inf"), ""
    for _ in range(RUNS):
        start = time.thread_time()
        ptx = generate(ir(), target)
        best = min(best, time.thread_time() - start)
    if ptxas.found() is None:
        return best * 1e3, "?", "?"
    report = ptxas.assemble(ptx, target)
    return best * 1e3, str(report.registers), str(report.spilled)


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["sm_90"]))
