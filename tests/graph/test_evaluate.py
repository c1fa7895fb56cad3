"""The reference evaluator: against NumPy, SciPy and mpmath, and at the edges."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import scipy.special

from dovetail.graph.dtypes import bool_, float16, float32, float64, int8, int64, uint8
from dovetail.graph.evaluate import evaluate, evaluate_nodes
from dovetail.graph.node import Graph
from dovetail.graph.primitives import ELEMENTWISE, special
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import constant, input_node, literal, size

X = input_node("x", (2, 3), float64)
VALUES = np.array([[0.3, -1.2, 2.0], [0.7, 1.5, -0.4]])

UNARY = {
    ew.negative: mp.fneg, ew.absolute: abs, ew.sign: mp.sign, ew.floor: mp.floor,
    ew.ceil: mp.ceil, ew.sqrt: mp.sqrt, ew.rsqrt: lambda x: 1 / mp.sqrt(x), ew.exp: mp.exp,
    ew.exp2: lambda x: mp.mpf(2) ** x, ew.expm1: mp.expm1, ew.log: mp.log,
    ew.log2: lambda x: mp.log(x, 2), ew.log10: mp.log10, ew.log1p: mp.log1p,
    ew.sigmoid: lambda x: 1 / (1 + mp.exp(-x)), ew.sin: mp.sin, ew.cos: mp.cos, ew.tan: mp.tan,
    ew.asin: mp.asin, ew.acos: mp.acos, ew.atan: mp.atan, ew.sinh: mp.sinh, ew.cosh: mp.cosh,
    ew.tanh: mp.tanh, ew.asinh: mp.asinh, ew.acosh: mp.acosh, ew.atanh: mp.atanh, ew.erf: mp.erf,
    ew.erfc: mp.erfc,
    ew.ndtr: mp.ncdf, ew.normal_density: mp.npdf,
    special.lgamma: mp.loggamma, special.digamma: mp.digamma, special.erfinv: mp.erfinv,
    special.ndtri: lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1),
    special.erfcx: lambda x: mp.exp(x * x) * mp.erfc(x),
    special.log_ndtr: lambda x: mp.log(mp.ncdf(x)), special.i0: lambda x: mp.besseli(0, x),
    special.i1: lambda x: mp.besseli(1, x),
    special.i0e: lambda x: mp.besseli(0, x) * mp.exp(-abs(x)),
    special.i1e: lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), special.sinc: mp.sincpi,
}  # fmt: skip


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_functions_of_one_variable(row):
    low, high = row.samples
    points = np.linspace(low, high, 37)
    x = input_node("points", points.shape, float64)
    (found,) = evaluate_nodes([row(x)], {x: points})
    with mp.workdps(40):
        expected = [float(UNARY[row](mp.mpf(point))) for point in points]
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-300)


def test_every_function_of_one_variable_is_compared():
    unary = {row for row in ELEMENTWISE if row.arity == 1 and row.infer is ew.exp.infer}
    assert unary <= set(UNARY) | {ew.trunc, ew.round_}
    others = {row.name for row in ELEMENTWISE if row.arity == 1} - {row.name for row in UNARY}
    assert others == {"trunc", "round", "logical_not", "bitwise_not", "signbit", "cast"}


def test_half_precision_is_evaluated_in_float64():
    x = input_node("h", (1,), float16)
    result = evaluate(Graph((x,), (ew.multiply(x, x),)), [np.array([0.1], np.float16)])[0]
    assert result.dtype == np.float64
    assert result[0] == float(np.float16(0.1)) ** 2


def test_casts_saturate_and_say_what_nan_becomes():
    x = input_node("c", (5,), float64)
    values = np.array([np.nan, np.inf, -np.inf, 300.7, -1.5])
    narrow, unsigned, wide = (ew.cast(x, dtype=dtype) for dtype in (int8, uint8, int64))
    found = evaluate_nodes([narrow, unsigned, wide], {x: values})
    np.testing.assert_array_equal(found[0], [0, 127, -128, 127, -1])
    np.testing.assert_array_equal(found[1], [0, 255, 0, 255, 0])
    limits = np.iinfo(np.int64)
    np.testing.assert_array_equal(found[2], [0, limits.max, limits.min, 300, -1])


def test_nan_and_ties():
    x, y = input_node("a", (3,), float64), input_node("b", (3,), float64)
    values = {x: np.array([np.nan, 1.0, -0.0]), y: np.array([1.0, np.nan, 0.0])}
    largest, smallest = evaluate_nodes([ew.maximum(x, y), ew.minimum(x, y)], values)
    assert np.isnan(largest[:2]).all()
    assert np.isnan(smallest[:2]).all()
    row = input_node("row", (3,), float64)
    (highest,) = evaluate_nodes([st.max_(row, axes=(0,))], {row: np.array([1.0, np.nan, 2.0])})
    assert np.isnan(highest)


def test_negative_powers_of_integers_round_towards_zero():
    x, n = (input_node(name, (6,), int64) for name in "xn")
    bases = np.array([1, -1, -1, 2, 0, -1])
    exponents = np.array([-3, -3, -2, -1, -1, np.iinfo(np.int64).min])
    (found,) = evaluate_nodes([ew.power(x, n)], {x: bases, n: exponents})
    np.testing.assert_array_equal(found, [1, -1, 1, 0, 0, 1])


def test_reductions_and_scans():
    for row, function in (
        (st.sum_, np.sum),
        (st.prod, np.prod),
        (st.max_, np.max),
        (st.min_, np.min),
    ):
        for axes in ((0,), (1,), (0, 1)):
            (found,) = evaluate_nodes([row(X, axes=axes)], {X: VALUES})
            np.testing.assert_allclose(found, function(VALUES, axis=axes))
    scan = st.cumulative_sum(X, axis=1, reverse=True)
    (found,) = evaluate_nodes([scan], {X: VALUES})
    np.testing.assert_allclose(found, np.flip(np.cumsum(np.flip(VALUES, 1), axis=1), 1))
    empty = input_node("e", (0, 2), float64)
    total, product = evaluate_nodes(
        [st.sum_(empty, axes=(0,)), st.prod(empty, axes=(0,))], {empty: np.zeros((0, 2))}
    )
    np.testing.assert_array_equal(total, [0, 0])
    np.testing.assert_array_equal(product, [1, 1])


def test_movement():
    x = VALUES
    cases = {
        st.broadcast(X, shape=(2, 4, 3), dims=(0, 2)): np.repeat(x[:, None], 4, axis=1),
        st.permute(X, axes=(1, 0)): x.T,
        st.reshape(X, shape=(3, 2)): x.reshape(3, 2),
        st.slice_(X, starts=(1, 2), steps=(-1, -2), sizes=(2, 2)): x[::-1, ::-2],
        st.concat(X, X, axis=1): np.concatenate([x, x], 1),
        st.iota(shape=(2, 3), axis=1, dtype=float32): np.tile(np.arange(3.0), (2, 1)),
        st.matmul(X, st.swap_last(X)): x @ x.T,
        st.argsort(X, axis=1, descending=False): np.argsort(x, axis=1),
    }
    for node, expected in cases.items():
        np.testing.assert_allclose(evaluate_nodes([node], {X: x})[0], expected)
    placed = st.pad(X, shape=(2, 7), starts=(0, 1), steps=(1, 2))
    expected = np.zeros((2, 7))
    expected[:, 1:7:2] = x
    np.testing.assert_array_equal(evaluate_nodes([placed], {X: x})[0], expected)


def test_gather_and_scatter():
    index = input_node("i", (2, 2), int64)
    positions = np.array([[0, -1], [2, 2]])
    picked = st.gather(X, index, axis=1)
    (found,) = evaluate_nodes([picked], {X: VALUES, index: positions})
    np.testing.assert_array_equal(found, np.take_along_axis(VALUES, positions, 1))
    (back,) = evaluate_nodes(
        [st.scatter_add(index, picked, axis=1, extent=3)], {X: VALUES, index: positions}
    )
    np.testing.assert_allclose(back, [[0.3, 0, 2.0], [0, 0, -0.8]])
    with pytest.raises(IndexError):
        evaluate_nodes([picked], {X: VALUES, index: positions + 3})


def test_argsort_is_stable_and_puts_nan_last():
    x = input_node("s", (5,), float64)
    values = np.array([1.0, np.nan, 0.0, 1.0, 0.0])
    up, down = evaluate_nodes(
        [st.argsort(x, axis=0, descending=flag) for flag in (False, True)], {x: values}
    )
    np.testing.assert_array_equal(up, [2, 4, 0, 3, 1])
    np.testing.assert_array_equal(down, [1, 0, 3, 2, 4])


def test_leaves():
    array = np.array([1.5, 2.5], np.float32)
    nodes = [
        constant(True, (2,), bool_),
        size(7, (2,), int64),
        literal(array, float32),
        ew.select(constant(True, (2,), bool_), literal(array, float32), literal(array, float32)),
    ]
    found = evaluate_nodes(nodes, {})
    np.testing.assert_array_equal(found[0], [True, True])
    np.testing.assert_array_equal(found[1], [7, 7])
    np.testing.assert_array_equal(found[2], array)
    np.testing.assert_array_equal(found[3], array)


def test_special_functions_of_two_variables():
    x, y = input_node("a", (50,), float64), input_node("b", (50,), float64)
    rng = np.random.default_rng(0)
    values = {x: rng.normal(size=50) * 30, y: rng.normal(size=50) * 30}
    found = evaluate_nodes([ew.logaddexp(x, y), ew.atan2(x, y), ew.copysign(x, y)], values)
    stacked = np.stack([values[x], values[y]])
    np.testing.assert_allclose(found[0], scipy.special.logsumexp(stacked, axis=0), rtol=1e-14)
    np.testing.assert_allclose(found[1], np.angle(values[y] + 1j * values[x]), rtol=1e-14)
    np.testing.assert_array_equal(np.signbit(found[2]), np.signbit(values[y]))
