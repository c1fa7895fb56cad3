"""What the tests of every host's table of primitives check, given how its graphs are run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.graph.dtypes import DType, float32, int32
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Graph
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives.row import input_node
from dovetail.operations.composite import DECOMPOSITIONS, Table
from tests.transform.primitive_examples import Example

Array = np.ndarray[Any, Any]
Run = Callable[[Graph, list[Array]], list[Array]]  # the outputs in the host's functions


def check_that_it_covers_every_primitive(table: Table) -> None:
    assert set(PRIMITIVES) <= {*table.rules, *DECOMPOSITIONS, "input", "scan"}
    assert table.loop is not None
    assert {"matmul", "sum", "gather"} <= set(PRIMITIVES)


def check_example(example: Example, run: Run, tolerance: float = 1e-12) -> None:
    """A primitive against the reference evaluator."""
    inputs = example.inputs()
    output = example.build(*inputs)
    values = example.values(np.random.default_rng(3), inputs)
    (want,) = evaluate_nodes([output], values)
    given = [np.asarray(values[node], node.dtype.numpy) for node in inputs]
    (got,) = run(Graph(tuple(inputs), (output,)), given)
    assert got.dtype == output.dtype.numpy
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def check_that_conversions_saturate(dtype: DType, run: Run) -> None:
    """Floats outside of an integer type become its limits, and NaN 0."""
    x = input_node("x", (7,), float32)
    values = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, -3.9, 3.9], np.float32)
    output = ew.cast(x, dtype=dtype)
    (want,) = evaluate_nodes([output], {x: values})
    np.testing.assert_array_equal(run(Graph((x,), (output,)), [values])[0], want)


def check_that_halves_are_rounded_once(dtype: DType, run: Run) -> None:
    """Half precisions compute in float32; only the result is rounded."""
    x = input_node("x", (64,), dtype)
    output = ew.multiply(ew.exp(x), ew.add(x, 1.0))
    values = np.linspace(-3, 3, 64).astype(dtype.numpy)
    wide = evaluate_nodes([output], {x: values})[0]
    (got,) = run(Graph((x,), (output,)), [values])
    assert got.dtype == dtype.numpy
    np.testing.assert_array_equal(got, wide.astype(np.float32).astype(dtype.numpy))


def check_shifts(run: Run) -> None:
    """By the width and more, everything is shifted out; a negative number leaves its sign."""
    x, y = (input_node(name, (6,), int32) for name in "xy")
    values = np.array([1, -8, 5, -1, 7, 2], np.int32), np.array([1, 2, 40, 40, 31, 0], np.int32)
    outputs = (ew.shift_left(x, y), ew.shift_right(x, y))
    left, right = run(Graph((x, y), outputs), list(values))
    np.testing.assert_array_equal(left, [2, -32, 0, 0, np.int32(-(2**31)), 2])
    np.testing.assert_array_equal(right, [0, -2, 0, -1, 0, 2])
