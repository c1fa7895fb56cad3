"""Loops over time whose elements meet, for tests of their kernels, and a comparison of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.compile.gpu.program import GpuProgram, Launch
from dovetail.graph.dtypes import DType, float32
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph
from dovetail.library import ctc_loss
from tests.compile.gpu.device import execute, planned
from tests.compile.harness import Array, dt, random, traced, with_gradients


def loops_of(program: GpuProgram) -> list[Launch]:
    """The launches that are loops in parts."""
    return [each for each in program.launches if each.module.nest.startswith("loop in parts")]


def given(graph: Graph, arrays: list[Array]) -> list[Array]:
    """The arrays, and a cotangent for each output that has one."""
    return [*arrays, *(random(5 + n, node.shape, node.dtype)
                       for n, node in enumerate(graph.inputs[len(arrays) :]))]  # fmt: skip


def check(function: Callable[..., Any], arrays: list[Array], tolerance: float) -> list[Launch]:
    """Compare with the reference in float64, with gradients; the loops that it took."""
    graph = with_gradients(traced(function, *arrays))
    whole = given(graph, arrays)
    wide = [each.astype(np.float64) if each.dtype.kind != "i" else each for each in whole]
    exact = with_gradients(traced(function, *wide[: len(arrays)]))
    program = planned(graph, whole)
    for made, right in zip(execute(program, whole).outputs, evaluate(exact, wide), strict=True):
        np.testing.assert_allclose(made.astype(np.float64), right, rtol=tolerance, atol=tolerance)
    return loops_of(program)


def bits(results: list[Array]) -> list[bytes]:
    return [result.tobytes() for result in results]


# Steps whose elements meet.


def normalised(carry: Any, xs: Any, scale: Any) -> Any:
    """A cell with a norm in it; the gradient of its scale is a sum over steps and examples."""

    def step(state: Any, x: Any) -> Any:
        mixed = state * scale + x
        mixed = mixed - dt.mean(mixed, axis=-1, keepdims=True)
        state = dt.tanh(mixed * dt.rsqrt(dt.mean(mixed * mixed, axis=-1, keepdims=True) + 1e-3))
        return state, state

    return dt.scan(step, carry, xs)


def backwards(carry: Any, xs: Any, scale: Any) -> Any:
    def step(state: Any, x: Any) -> Any:
        return dt.softmax(state * scale + x, axis=-1), dt.logsumexp(state, axis=-1)

    return dt.scan(step, carry, xs, reverse=True)


def shifted(carry: Any, xs: Any, scale: Any) -> Any:
    """Shifts, reversals and slices along the state."""

    def step(state: Any, x: Any) -> Any:
        before = dt.concat([x[..., :2], state[..., :-2]], axis=-1)
        return dt.roll(state, 1, axis=-1) * scale + dt.sin(before), dt.flip(state, axis=-1)

    return dt.scan(step, carry, xs)


def several(carry: Any, xs: Any, scale: Any) -> Any:
    """Carries of several shapes and types, one of them without examples."""

    def step(carries: Any, x: Any) -> Any:
        state, highest, count = carries
        state = dt.cumulative_sum(state * 0.3, axis=-1) * scale + x * dt.cos(highest)[..., None]
        highest = dt.maximum(highest * 0.5, dt.max(state, axis=-1))
        return (state, highest, count + 1), dt.where(count % 2 == 0, highest, 0.0)

    return dt.scan(step, (carry, carry[..., 0] * 1.5, dt.asarray(0)), xs)


def picked(carry: Any, xs: Any, scale: Any) -> Any:
    """Elements at places that the state says."""

    def step(state: Any, x: Any) -> Any:
        place = dt.argmax(state, axis=-1)[..., None]
        found = dt.take_along_axis(x, place, axis=-1)
        return state * 0.5 + scale * found, found[..., 0]

    return dt.scan(step, carry, xs)


def shared(carry: Any, xs: Any, scale: Any) -> Any:
    """Something of each step that all examples read, and an array of the step's own."""
    table = dt.asarray(np.linspace(0.5, 1, xs.shape[-1]).astype("float32"))

    def step(state: Any, x: Any) -> Any:
        total = dt.sum(state * table, axis=-1, keepdims=True)
        return dt.tanh(state * scale + x[1] * x[0] + total * 0.1), total[..., 0]

    return dt.scan(step, carry, xs)


STEPS: dict[str, Callable[..., Any]] = {
    "normalised": normalised, "backwards": backwards, "shifted": shifted, "several": several,
    "picked": picked,
}  # fmt: skip


def arrays_of(steps: int, examples: int, states: int, dtype: DType = float32) -> list[Array]:
    """A carry, xs and a scale."""
    return [random(0, (examples, states), dtype), random(1, (steps, examples, states), dtype),
            random(2, (states,), dtype, 0.4)]  # fmt: skip


# The library.


def ctc(log_probs: Any, labels: Any, frames: Any, lengths: Any) -> Any:
    return ctc_loss.definition(log_probs, labels, frames, lengths)


def ctc_arrays(examples: int, length: int, frames: int) -> list[Array]:
    """The labels that count fit the frames that do."""
    rng = np.random.default_rng(7)
    logits = rng.normal(size=(examples, frames, 5)).astype(np.float32)
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    counts = rng.integers(0, min(length, frames // 2) + 1, examples)
    return [log_probs, rng.integers(1, 5, (examples, length)),
            rng.integers(2 * counts, frames + 1), counts]  # fmt: skip


def crf_arrays(examples: int, steps: int, states: int) -> list[Array]:
    shapes = (examples, steps, states), (states, states), (states,), (states,)
    return [random(n, shape, float32) for n, shape in enumerate(shapes)]
