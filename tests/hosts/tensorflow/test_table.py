"""The composite: every primitive under XLA against the reference, and symbolic sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

from dovetail.graph.dtypes import (  # noqa: E402
    DType,
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
from dovetail.graph.primitives import elementwise as ew  # noqa: E402
from dovetail.graph.primitives import structure as st  # noqa: E402
from dovetail.graph.primitives.row import input_node  # noqa: E402
from dovetail.hosts.tensorflow.table import TABLE  # noqa: E402
from dovetail.operations.composite import prepared  # noqa: E402
from dovetail.operations.straight_line import straight_line  # noqa: E402
from tests.hosts.tables import (  # noqa: E402
    check_example,
    check_shifts,
    check_that_conversions_saturate,
    check_that_halves_are_rounded_once,
    check_that_it_covers_every_primitive,
)
from tests.transform.primitive_examples import EXAMPLES, Example  # noqa: E402


def compiled(graph: Graph, values: list[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph as XLA computes them."""
    found = prepared(graph, TABLE)

    @tf.function(jit_compile=True, autograph=False)
    def run(*inputs: Any) -> list[Any]:
        return straight_line(found, TABLE)(*inputs)

    return [np.asarray(output) for output in run(*map(tf.constant, values))]


def test_the_table_covers_every_primitive() -> None:
    check_that_it_covers_every_primitive(TABLE)


# XLA's own, for TensorFlow, of float64: it iterates until they are within about 1e-8.
ITERATED = {"eigh": 1e-6, "svd": 1e-6, "pinv": 1e-6}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_each_primitive_is_right_under_xla(example: Example) -> None:
    check_example(example, compiled, ITERATED.get(example.primitive, 1e-12))


@pytest.mark.parametrize("dtype", [int8, int32, uint8, int64])
def test_conversions_to_integers_saturate(dtype: DType) -> None:
    check_that_conversions_saturate(dtype, compiled)


@pytest.mark.parametrize("dtype", [float16, bfloat16])
def test_half_precisions_are_rounded_once(dtype: DType) -> None:
    check_that_halves_are_rounded_once(dtype, compiled)


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
    check_shifts(compiled)


def test_logic_and_signs() -> None:
    values = np.array([0.0, -0.0, -1.5, np.inf, -np.nan], np.float64)
    x = input_node("x", values.shape, float64)
    outputs = (ew.signbit(x), ew.copysign(ew.add(x, 1.0), x), ew.trunc(x))
    want = evaluate_nodes(outputs, {x: values})
    for got, expected in zip(compiled(Graph((x,), outputs), [values]), want, strict=True):
        np.testing.assert_array_equal(got, expected)
    assert outputs[0].dtype is bool_
