"""Helpers for tests of kernels: run graphs compiled and by the reference, errors in ULP."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from dovetail.compile.fuse import fuse
from dovetail.compile.loops import CPU
from dovetail.compile.pipeline import compile_graph, contiguous_inputs, optimise
from dovetail.compile.steps import Kernel, LibraryCall, Schedule
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.row import input_node
from dovetail.language.namespace import NAMESPACE
from dovetail.language.trace import ArraySpec, trace
from dovetail.transform.derivative import vjp
from dovetail.transform.stabilise import stabilise

Array = np.ndarray[Any, Any]
dt: Any = NAMESPACE


def inputs_like(arrays: Sequence[Array]) -> list[Node]:
    """An input node for each array."""
    return [
        input_node(f"x{number}", array.shape, as_dtype(array.dtype))
        for number, array in enumerate(arrays)
    ]


def strides_of(arrays: Sequence[Array]) -> list[tuple[int, ...]]:
    return [array.strides for array in arrays]


def run(graph: Graph, arrays: Sequence[Array]) -> list[Array]:
    """The outputs of a graph, compiled."""
    return compile_graph(graph, strides_of(arrays))(arrays, [])


def run_nodes(build: Callable[..., Any], *arrays: Array) -> list[Array]:
    """The compiled outputs of the graph that `build` makes of input nodes."""
    return run(graph_of(build, *arrays), arrays)


def graph_of(build: Callable[..., Any], *arrays: Array) -> Graph:
    """The graph that `build` makes of input nodes."""
    inputs = inputs_like(arrays)
    outputs = build(*inputs)
    return Graph(tuple(inputs), outputs if isinstance(outputs, tuple) else (outputs,))


def traced(function: Callable[..., Any], *arrays: Array) -> Graph:
    """The graph of a function written in the language."""
    specs = [ArraySpec(array.shape, as_dtype(array.dtype)) for array in arrays]
    return trace(function, specs).graph


def with_gradients(graph: Graph, wrt: Sequence[int] | None = None) -> Graph:
    """The outputs of a graph, then its gradients for a cotangent of each output."""
    outputs = tuple(stabilise(graph.outputs))
    seeds = tuple(
        input_node(f"seed{number}", node.shape, node.dtype) for number, node in enumerate(outputs)
    )
    chosen = [graph.inputs[n] for n in wrt] if wrt is not None else [
        node for node in graph.inputs if node.dtype.is_floating
    ]  # fmt: skip
    return Graph((*graph.inputs, *seeds), (*outputs, *vjp(outputs, chosen, seeds)))


def plan_of(graph: Graph, arrays: Sequence[Array] | None = None) -> Schedule:
    """The schedule of a graph for arrays in C order, or for these."""
    optimised = optimise(graph)
    if arrays is None:
        return fuse(optimised, frozenset(optimised.inputs), (), CPU)
    given = dict(zip(optimised.inputs, strides_of(arrays), strict=True))
    return fuse(optimised, contiguous_inputs(optimised, given), (), CPU)


def kernels_of(plan: Schedule) -> list[Kernel]:
    return [step for step in plan.steps if isinstance(step, Kernel)]


def calls_of(plan: Schedule) -> list[LibraryCall]:
    return [step for step in plan.steps if isinstance(step, LibraryCall)]


def spacing(values: Array, dtype: DType) -> Array:
    """The ULP of a floating type at values of float64."""
    info = ml_dtypes.finfo(dtype.numpy)
    _, exponent = np.frexp(np.abs(values))
    lowest = int(info.minexp)
    exponent = np.maximum(np.where(values == 0, lowest, exponent - 1), lowest)
    return np.ldexp(1.0, exponent - int(info.nmant))


def ulps(result: Array, expected: Array, scale: Array | None = None) -> Array:
    """The error in units of the last place of the result's type; infinite if kinds differ.

    What rounds to infinity counts as the next power of two. `scale`: take the unit there
    where it is larger, as for sums that cancel.
    """
    dtype = as_dtype(result.dtype)
    limit = math.ldexp(1.0, int(ml_dtypes.finfo(dtype.numpy).maxexp) - 1)
    mine, theirs = result.astype(np.float64), np.asarray(expected, np.float64)
    unit = np.abs(theirs) if scale is None else np.maximum(np.abs(theirs), np.abs(scale))
    # Halved where they are large, so that twice the largest power of two is a float64, too.
    factor = np.where(np.maximum(abs(mine), abs(theirs)) > 1, 0.5, 1.0)
    with np.errstate(invalid="ignore"):
        mine = np.clip(mine * factor, -limit, limit)
        theirs = np.clip(theirs * factor, -limit, limit)
        error = np.abs(mine - theirs) / (spacing(np.minimum(unit, limit), dtype) * factor)
    both = np.isnan(mine) & np.isnan(theirs)
    error = np.where(both, 0.0, error)
    return np.where(np.isnan(error), np.inf, error)


def assert_ulps(
    result: Array, expected: Array, limit: float, *given: Array, scale: Array | None = None
) -> None:
    """Fails with the worst element and its arguments."""
    assert result.shape == expected.shape
    error = ulps(result, expected, scale)
    if error.size and error.max() > limit:
        worst = np.unravel_index(int(np.argmax(error)), error.shape)
        at = [repr(array[worst]) for array in given]
        raise AssertionError(
            f"{error[worst]:.2f} ULP: {result[worst]!r} instead of {expected[worst]!r} at "
            f"{', '.join(at)}; {int((error > limit).sum())} of {error.size} beyond {limit}"
        )


def assert_close(graph: Graph, arrays: Sequence[Array], tolerance: float) -> list[Array]:
    """The compiled outputs agree with the reference, relative to each output's largest value."""
    results = run(graph, arrays)
    for number, (result, expected, node) in enumerate(
        zip(results, evaluate(graph, arrays), graph.outputs, strict=True)
    ):
        assert result.dtype == node.dtype.numpy
        finite = expected[np.isfinite(expected)]
        scale = float(np.max(np.abs(finite), initial=1e-30))
        np.testing.assert_allclose(
            result.astype(np.float64), expected, rtol=tolerance, atol=tolerance * scale,
            err_msg=f"output {number}",
        )  # fmt: skip
    return results


def bits(array: Array) -> bytes:
    return np.ascontiguousarray(array).tobytes()


def random(seed: int, shape: tuple[int, ...], dtype: DType, scale: float = 1.0) -> Array:
    generator = np.random.default_rng(seed)
    return np.asarray(generator.standard_normal(shape) * scale).astype(dtype.numpy)


__all__ = [
    "Array", "Graph", "assert_close", "assert_ulps", "bits", "calls_of", "dt", "evaluate",
    "graph_of", "inputs_like", "kernels_of", "plan_of", "random", "run", "run_nodes", "spacing",
    "strides_of", "traced", "ulps", "with_gradients",
]  # fmt: skip
