"""Whole programs against the float64 reference evaluator, over random graphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dovetail
from dovetail.compile.pipeline import compile_graph
from dovetail.graph.dtypes import DType, float32, float64
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph
from dovetail.graph.text import graph_text

from .random_graphs import random_graph

TOLERANCE = {"float64": 1e-10, "float32": 2e-4}


def compare(graph: Graph, arrays: list[Any], tolerance: float) -> None:
    """Raises where a compiled output differs from the reference."""
    executable = compile_graph(graph, [array.strides for array in arrays])
    before = [array.copy() for array in arrays]
    results = executable(arrays, [])
    for old, array in zip(before, arrays, strict=True):
        np.testing.assert_array_equal(old, array)
    for result, expected, node in zip(results, evaluate(graph, arrays), graph.outputs, strict=True):
        assert result.dtype == node.dtype.numpy
        assert result.shape == expected.shape
        assert not any(np.shares_memory(result, array) for array in arrays if result.size)
        scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=1.0)
        np.testing.assert_allclose(
            result.astype(np.float64),
            expected,
            rtol=tolerance,
            atol=tolerance * scale,
            err_msg=graph_text(graph),
        )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(3, 16), st.integers(1, 4), st.booleans())
def test_random_graphs(seed: int, steps: int, outputs: int, empty: bool) -> None:
    graph, arrays = random_graph(seed, steps, outputs, float64, empty)
    compare(graph, arrays, TOLERANCE["float64"])


@pytest.mark.parametrize("dtype", [float32], ids=str)
@pytest.mark.parametrize("seed", range(25))
def test_random_graphs_in_single_precision(seed: int, dtype: DType) -> None:
    graph, arrays = random_graph(seed, 6, 2, dtype)
    compare(graph, arrays, TOLERANCE[dtype.name])


def test_a_number_as_an_output() -> None:
    """A hyperparameter that is not converted needs memory of its own, in library calls, too."""

    def run(x: Any, rate: float = 0.1) -> Any:
        wide = dovetail.astype(dovetail.asarray(rate), dovetail.float64)
        row = dovetail.reshape(wide, (1,))
        return wide, wide, row, dovetail.sort(dovetail.concat([row, x])), x + wide

    x = np.array([0.5, 0.0])
    found = dovetail.op(run)(x, rate=0.3)
    for got, right in zip(found, (0.3, 0.3, [0.3], [0.0, 0.3, 0.5], x + 0.3), strict=True):
        np.testing.assert_array_equal(got, right)
