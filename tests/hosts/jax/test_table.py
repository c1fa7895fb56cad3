"""The table of primitives against the reference evaluator, and the choice of kernel or XLA."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.graph.dtypes import (  # noqa: E402
    DType,
    bfloat16,
    float16,
    float32,
    int8,
    int32,
    uint8,
)
from dovetail.graph.evaluate import evaluate_nodes  # noqa: E402
from dovetail.graph.node import Graph  # noqa: E402
from dovetail.graph.primitives import elementwise as ew  # noqa: E402
from dovetail.graph.primitives import structure as st  # noqa: E402
from dovetail.graph.primitives.row import input_node  # noqa: E402
from dovetail.hosts.jax.lowering import composite  # noqa: E402
from dovetail.hosts.jax.table import TABLE  # noqa: E402
from tests.hosts.tables import (  # noqa: E402
    check_shifts,
    check_that_conversions_saturate,
    check_that_it_covers_every_primitive,
)
from tests.transform.primitive_examples import EXAMPLES, Example  # noqa: E402


def types(graph: Graph) -> list[Any]:
    """The data types of its outputs."""
    return [node.dtype.numpy for node in graph.outputs]


def test_the_table_covers_every_primitive() -> None:
    check_that_it_covers_every_primitive(TABLE)


def test_each_primitive_is_right() -> None:
    """All in one program, which compiles faster than a program for each."""
    rng = np.random.default_rng(3)
    graphs: list[Graph] = []
    given: list[list[Any]] = []
    wanted: list[Any] = []
    for example in EXAMPLES:
        inputs = example.inputs()
        output = example.build(*inputs)
        values = example.values(rng, inputs)
        wanted += evaluate_nodes([output], values)
        graphs.append(Graph(tuple(inputs), (output,)))
        given.append([np.asarray(values[node], node.dtype.numpy) for node in inputs])

    def run(everything: list[list[Any]]) -> list[Any]:
        return [composite(g, x, None, types(g))[0] for g, x in zip(graphs, everything, strict=True)]

    with jax.enable_x64(True):
        found = jax.jit(run)(given)
    assert len(found) == len(EXAMPLES) > 60
    example: Example
    for example, graph, got, want in zip(EXAMPLES, graphs, found, wanted, strict=True):
        assert got.dtype == graph.outputs[0].dtype.numpy, example
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12, err_msg=str(example))


def test_the_left_tail_of_the_normal_distribution_keeps_its_digits() -> None:
    """XLA's own erfc loses hundreds of units in the last place there."""
    values = np.linspace(-12.9, 3.0, 4001).astype(np.float32)
    x = input_node("x", values.shape, float32)
    (found,) = computed(Graph((x,), (ew.ndtr(x),)), [values])
    wide = np.array([0.5 * math.erfc(-float(value) * math.sqrt(0.5)) for value in values])
    assert np.max(np.abs(found - wide) / np.spacing(wide.astype(np.float32))) <= 4


def computed(graph: Graph, values: list[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph as XLA computes them."""
    run = jax.jit(lambda given: composite(graph, given, None, types(graph)))
    return [np.asarray(each) for each in run(values)]


@pytest.mark.parametrize("dtype", [int8, int32, uint8])
def test_conversions_to_integers_saturate(dtype: DType) -> None:
    check_that_conversions_saturate(dtype, computed)


@pytest.mark.parametrize("dtype", [float16, bfloat16])
def test_half_precisions_are_rounded_once(dtype: Any) -> None:
    x = input_node("x", (8, 32), dtype)
    wide = st.restore(st.sum_(ew.exp(x), axes=(1,)), x.shape, (1,))
    output = ew.multiply(ew.divide(ew.exp(x), wide), ew.add(x, 1.0))
    values = np.linspace(-3, 3, 256).reshape(8, 32).astype(dtype.numpy)
    want = evaluate_nodes([output], {x: values})[0]
    (got,) = computed(Graph((x,), (output,)), [values])
    assert got.dtype == dtype.numpy
    step = float(np.finfo(np.float16).eps) if dtype is float16 else 2.0**-7
    np.testing.assert_allclose(got.astype(np.float64), want, rtol=0.51 * step)


def test_shifts_by_more_than_the_width() -> None:
    check_shifts(computed)


def test_nan_and_ties_in_maxima() -> None:
    values = np.array([[1.0, np.nan, 3.0]], np.float32)
    x = input_node("x", values.shape, float32)
    outputs = (st.max_(x, axes=(1,)), st.min_(x, axes=(1,)), ew.maximum(x, 2.0), ew.sign(x))
    want = evaluate_nodes(outputs, {x: values})
    for got, expected in zip(computed(Graph((x,), outputs), [values]), want, strict=True):
        np.testing.assert_array_equal(got, expected)


def _kernels(function: Any, *args: Any) -> int:
    return jax.jit(function).lower(*args).as_text().count("@dovetail_")


def test_kernels_are_called_where_they_win() -> None:
    x = jnp.ones((1000, 128))
    assert _kernels(dt.mish, x) == 1
    assert _kernels(jax.grad(lambda v: dt.mish(v).sum()), x) == 1  # the gradient; the value is dead
    assert _kernels(lambda v: dt.mish(v @ v.T), x) == 1
    assert _kernels(lambda v: dt.mish(v * 2 + 1), x) == 0  # XLA fuses these
    assert _kernels(lambda v: dt.softmax(v * 2 + 1), x) == 1
    assert _kernels(dt.mish, jnp.ones((0, 3))) == 0
    assert _kernels(lambda v: v @ v.T, x) == 0


def test_labels_out_of_range_are_an_error_or_nan() -> None:
    log_p = dt.log_softmax(jnp.ones((4, 3)))

    def picked(labels: Any) -> Any:
        return dt.take_along_axis(log_p, labels[:, None], axis=-1)

    from tests.hosts.jax.kernels import forced  # noqa: PLC0415

    labels = jnp.array([0, 1, 2, 3])
    with forced(True), pytest.raises(Exception, match="index is out of range"):
        jax.block_until_ready(jax.jit(picked)(labels))
    with forced(False):
        assert bool(jnp.isnan(jax.jit(lambda given: picked(given))(labels)[3, 0]))
