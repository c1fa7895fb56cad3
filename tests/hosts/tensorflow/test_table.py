"""The composite: every primitive under XLA against the reference, and symbolic sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

from dovetail.graph.dtypes import (  # noqa: E402
    bfloat16,
    bool_,
    float16,
    float32,
    float64,
    int8,
    int32,
    int64,
    uint8,
)
from dovetail.graph.evaluate import evaluate_nodes  # noqa: E402
from dovetail.graph.node import Graph  # noqa: E402
from dovetail.graph.primitives import PRIMITIVES  # noqa: E402
from dovetail.graph.primitives import elementwise as ew  # noqa: E402
from dovetail.graph.primitives import structure as st  # noqa: E402
from dovetail.graph.primitives.row import input_node  # noqa: E402
from dovetail.hosts.tensorflow.table import TABLE  # noqa: E402
from dovetail.operations.composite import DECOMPOSITIONS, evaluate, prepared  # noqa: E402
from tests.transform.primitive_examples import EXAMPLES, Example  # noqa: E402


def compiled(graph: Graph, values: list[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph as XLA computes them."""
    found = prepared(graph, TABLE)

    @tf.function(jit_compile=True, autograph=False)
    def run(*inputs: Any) -> list[Any]:
        return evaluate(found, TABLE, inputs)

    return [np.asarray(output) for output in run(*map(tf.constant, values))]


def test_the_table_covers_every_primitive() -> None:
    assert set(PRIMITIVES) <= {*TABLE.rules, *DECOMPOSITIONS, "input", "scan"}
    assert TABLE.loop is not None
    assert {"matmul", "sum", "gather"} <= set(PRIMITIVES)


# XLA's own, for TensorFlow, of float64: it iterates until they are within about 1e-8.
ITERATED = {"eigh": 1e-6, "svd": 1e-6, "pinv": 1e-6}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_each_primitive_is_right_under_xla(example: Example) -> None:
    inputs = example.inputs()
    output = example.build(*inputs)
    values = example.values(np.random.default_rng(3), inputs)
    (want,) = evaluate_nodes([output], values)
    given = [np.asarray(values[node], node.dtype.numpy) for node in inputs]
    (got,) = compiled(Graph(tuple(inputs), (output,)), given)
    assert got.dtype == output.dtype.numpy
    tolerance = ITERATED.get(example.primitive, 1e-12)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [int8, int32, uint8, int64])
def test_conversions_to_integers_saturate(dtype: Any) -> None:
    x = input_node("x", (7,), float32)
    values = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, -3.9, 3.9], np.float32)
    output = ew.cast(x, dtype=dtype)
    (want,) = evaluate_nodes([output], {x: values})
    np.testing.assert_array_equal(compiled(Graph((x,), (output,)), [values])[0], want)


@pytest.mark.parametrize("dtype", [float16, bfloat16])
def test_half_precisions_are_rounded_once(dtype: Any) -> None:
    x = input_node("x", (64,), dtype)
    output = ew.multiply(ew.exp(x), ew.add(x, 1.0))
    values = np.linspace(-3, 3, 64).astype(dtype.numpy)
    wide = evaluate_nodes([output], {x: values})[0]
    got = compiled(Graph((x,), (output,)), [values])[0]
    assert got.dtype == dtype.numpy
    np.testing.assert_array_equal(got, wide.astype(np.float32).astype(dtype.numpy))


@pytest.mark.parametrize("descending", [False, True])
def test_sorting_is_stable_with_nan_last(descending: bool) -> None:
    for dtype in (float32, float64, float16):
        values = np.array([[1, np.nan, -0.0, 0.0, 1, -np.inf, np.inf, np.nan]], dtype.numpy)
        x = input_node("x", values.shape, dtype)
        output = st.argsort(x, axis=1, descending=descending)
        (want,) = evaluate_nodes([output], {x: values})
        np.testing.assert_array_equal(compiled(Graph((x,), (output,)), [values])[0], want)


def test_nan_is_kept_by_maxima_under_xla() -> None:
    values = np.array([[1.0, np.nan, 3.0]], np.float32)
    x = input_node("x", values.shape, float32)
    outputs = (
        st.max_(x, axes=(1,)), st.min_(x, axes=(1,)), ew.maximum(x, 2.0), ew.minimum(x, 2.0),
        ew.sign(x),
    )  # fmt: skip
    want = evaluate_nodes(outputs, {x: values})
    for got, expected in zip(compiled(Graph((x,), outputs), [values]), want, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_shifts_by_more_than_the_width() -> None:
    x, y = (input_node(name, (6,), int32) for name in "xy")
    values = np.array([1, -8, 5, -1, 7, 2], np.int32), np.array([1, 2, 40, 40, 31, 0], np.int32)
    outputs = (ew.shift_left(x, y), ew.shift_right(x, y))
    left, right = compiled(Graph((x, y), outputs), list(values))
    np.testing.assert_array_equal(left, [2, -32, 0, 0, np.int32(-(2**31)), 2])
    np.testing.assert_array_equal(right, [0, -2, 0, -1, 0, 2])


def test_logic_and_signs() -> None:
    values = np.array([0.0, -0.0, -1.5, np.inf, -np.nan], np.float64)
    x = input_node("x", values.shape, float64)
    outputs = (ew.signbit(x), ew.copysign(ew.add(x, 1.0), x), ew.trunc(x))
    want = evaluate_nodes(outputs, {x: values})
    for got, expected in zip(compiled(Graph((x,), outputs), [values]), want, strict=True):
        np.testing.assert_array_equal(got, expected)
    assert outputs[0].dtype is bool_
