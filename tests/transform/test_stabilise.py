"""The naive formula fails at the extremes, and what takes its place is right there."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest

from dovetail.graph.dtypes import float32, float64
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Node, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import constant, input_node, size
from dovetail.transform.derivative import jvp, vjp
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import NORM_RULES, RULES, stabilise


def sigmoid(x: mp.mpf) -> mp.mpf:
    return 1 / (1 + mp.exp(-x))


ROOT_2, ROOT_HALF = math.sqrt(2.0), math.sqrt(0.5)


def below(x: mp.mpf) -> mp.mpf:
    return 2 * mp.ncdf(x)


def above(x: mp.mpf) -> mp.mpf:
    return 2 * mp.ncdf(-x)


# Rule: the naive formula, the same in many digits, and where the naive one fails.
Case = tuple[Callable[..., Node], Callable[..., mp.mpf], tuple[tuple[float, ...], ...]]
CASES: dict[str, Case] = {
    "exp(x) - 1": (lambda x: ew.subtract(ew.exp(x), 1.0), mp.expm1, ((1e-9,), (-1e-14,))),
    "1 - exp(x)": (lambda x: ew.subtract(1.0, ew.exp(x)), lambda x: -mp.expm1(x), ((1e-9,),)),
    "exp(x) - exp(-x)": (
        lambda x: ew.subtract(ew.exp(x), ew.exp(ew.negative(x))),
        lambda x: 2 * mp.sinh(x), ((1e-9,), (-1e-12,)),
    ),
    "1 - sigmoid(x)": (
        lambda x: ew.subtract(1.0, ew.sigmoid(x)), lambda x: sigmoid(-x), ((40.0,), (300.0,)),
    ),
    "sigmoid(x) - 1": (
        lambda x: ew.subtract(ew.sigmoid(x), 1.0), lambda x: -sigmoid(-x), ((40.0,), (300.0,)),
    ),
    "1 - tanh(x)^2": (
        lambda x: ew.subtract(1.0, ew.power(ew.tanh(x), 2.0)), lambda x: mp.sech(x) ** 2,
        ((20.0,), (-30.0,)),
    ),
    "1 + tanh(x)": (lambda x: ew.add(ew.tanh(x), 1.0), lambda x: 2 * sigmoid(2 * x), ((-20.0,),)),
    "1 - tanh(x)": (
        lambda x: ew.subtract(1.0, ew.tanh(x)), lambda x: 2 * sigmoid(-2 * x), ((20.0,),),
    ),
    "tanh(x) - 1": (
        lambda x: ew.subtract(ew.tanh(x), 1.0), lambda x: -2 * sigmoid(-2 * x), ((20.0,),),
    ),
    "1 + erf(x)": (lambda x: ew.add(1.0, ew.erf(x)), lambda x: mp.erfc(-x), ((-6.0,), (-9.0,))),
    "1 - erf(x)": (lambda x: ew.subtract(1.0, ew.erf(x)), mp.erfc, ((6.0,), (9.0,))),
    "erf(x) - 1": (lambda x: ew.subtract(ew.erf(x), 1.0), lambda x: -mp.erfc(x), ((6.0,),)),
    "1 - erfc(x)": (lambda x: ew.subtract(1.0, ew.erfc(x)), mp.erf, ((1e-9,),)),
    **{
        name: (lambda x, scaled=scaled: ew.erfc(scaled(x)), doubled, ((20.1 * sign,),))
        for name, scaled, doubled, sign in (
            ("erfc(x sqrt(1/2))", lambda x: ew.multiply(x, ROOT_HALF), above, 1.0),
            ("erfc(-x sqrt(1/2))", lambda x: ew.multiply(x, -ROOT_HALF), below, -1.0),
            ("erfc(x / sqrt(2))", lambda x: ew.divide(x, ROOT_2), above, 1.0),
            ("erfc(x / -sqrt(2))", lambda x: ew.divide(x, -ROOT_2), below, -1.0),
            ("erfc(-(x / sqrt(2)))", lambda x: ew.negative(ew.divide(x, ROOT_2)), below, -1.0),
        )
    },
    "1 - cos(x)": (
        lambda x: ew.subtract(1.0, ew.cos(x)), lambda x: 2 * mp.sin(x / 2) ** 2, ((1e-9,), (1e-5,)),
    ),
    "log(exp(x))": (lambda x: ew.log(ew.exp(x)), lambda x: x, ((1000.0,), (-1000.0,))),
    "log(exp(x) + exp(y))": (
        lambda x, y: ew.log(ew.add(ew.exp(x), ew.exp(y))),
        lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), ((1000.0, 999.0), (-1000.0, -1001.0)),
    ),
    "log(exp(x) + c)": (
        lambda x: ew.log(ew.add(1.0, ew.exp(x))), lambda x: mp.log1p(mp.exp(x)),
        ((1000.0,), (-50.0,)),
    ),
    "log1p(exp(x))": (lambda x: ew.log1p(ew.exp(x)), lambda x: mp.log1p(mp.exp(x)), ((1000.0,),)),
    "log(1 - exp(x))": (
        lambda x: ew.log(ew.subtract(1.0, ew.exp(x))), lambda x: mp.log(-mp.expm1(x)),
        ((-1e-9,), (-50.0,)),
    ),
    "log1p(-exp(x))": (
        lambda x: ew.log1p(ew.negative(ew.exp(x))), lambda x: mp.log(-mp.expm1(x)),
        ((-1e-9,), (-50.0,)),
    ),
    "log(exp(x) - 1)": (
        lambda x: ew.log(ew.subtract(ew.exp(x), 1.0)), lambda x: mp.log(mp.expm1(x)),
        ((1000.0,), (1e-9,)),
    ),
    "log(sigmoid(x))": (
        lambda x: ew.log(ew.sigmoid(x)), lambda x: mp.log(sigmoid(x)), ((-1000.0,), (40.0,)),
    ),
    "log(y * sigmoid(x))": (
        lambda x, y: ew.log(ew.multiply(y, ew.sigmoid(x))),
        lambda x, y: mp.log(y) + mp.log(sigmoid(x)), ((-1000.0, 3.0),),
    ),
    "log(y * exp(x))": (
        lambda x, y: ew.log(ew.multiply(y, ew.exp(x))), lambda x, y: mp.log(y) + x,
        ((1000.0, 3.0), (-1000.0, 3.0)),
    ),
    "log(exp(x) / y)": (
        lambda x, y: ew.log(ew.divide(ew.exp(x), y)), lambda x, y: x - mp.log(y),
        ((1000.0, 3.0), (-1000.0, 3.0)),
    ),
    "log(cosh(x))": (
        lambda x: ew.log(ew.cosh(x)), lambda x: mp.log(mp.cosh(x)), ((1000.0,), (-800.0,)),
    ),
    "log((1 + x) / (1 - x))": (
        lambda x: ew.log(ew.divide(ew.add(1.0, x), ew.subtract(1.0, x))),
        lambda x: 2 * mp.atanh(x), ((1e-9,), (-1e-12,)),
    ),
    "log(x + sqrt(x^2 + 1))": (
        lambda x: ew.log(ew.add(x, ew.sqrt(ew.add(ew.multiply(x, x), 1.0)))), mp.asinh,
        ((1e-9,), (-1e9,), (1e300,)),
    ),
    "log(x + sqrt(x^2 - 1))": (
        lambda x: ew.log(ew.add(x, ew.sqrt(ew.subtract(ew.multiply(x, x), 1.0)))), mp.acosh,
        ((1e300,),),
    ),
    "log(1 + x)": (lambda x: ew.log(ew.add(1.0, x)), mp.log1p, ((1e-9,), (-1e-14,))),
    "log(1 - x)": (lambda x: ew.log(ew.subtract(1.0, x)), lambda x: mp.log1p(-x), ((1e-9,),)),
    "exp(x) / exp(y)": (
        lambda x, y: ew.divide(ew.exp(x), ew.exp(y)), lambda x, y: mp.exp(x - y),
        ((1000.0, 999.0),),
    ),
    "exp(-softplus(x))": (
        lambda x: ew.exp(ew.negative(ew.log(ew.add(ew.exp(x), 1.0)))), lambda x: sigmoid(-x),
        ((720.0,),),
    ),
    "tanh(softplus(x))": (
        lambda x: ew.tanh(ew.log(ew.add(ew.exp(x), 1.0))),
        lambda x: mp.tanh(mp.log1p(mp.exp(x))), ((1000.0,), (-40.0,), (-1.0,), (0.5,)),
    ),
    "exp(x) / (1 + exp(x))": (
        lambda x: ew.divide(ew.exp(x), ew.add(1.0, ew.exp(x))), sigmoid, ((1000.0,),),
    ),
    "1 / (1 + exp(x))": (
        lambda x: ew.divide(1.0, ew.add(1.0, ew.exp(ew.negative(x)))), sigmoid, ((-740.0,),),
    ),
    "(exp(x) - 1) / (exp(x) + 1)": (
        lambda x: ew.divide(ew.subtract(ew.exp(x), 1.0), ew.add(ew.exp(x), 1.0)),
        lambda x: mp.tanh(x / 2), ((1000.0,), (1e-9,)),
    ),
    "y / (1 + exp(x))": (
        lambda x, y: ew.divide(y, ew.add(1.0, ew.exp(ew.negative(x)))),
        lambda x, y: y * sigmoid(x), ((-740.0, 5.0),),
    ),
    "sinh(x) / cosh(x)": (
        lambda x: ew.divide(ew.sinh(x), ew.cosh(x)), mp.tanh, ((1000.0,), (-1000.0,)),
    ),
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x))": (
        lambda x: ew.divide(
            ew.subtract(ew.exp(x), ew.exp(ew.negative(x))),
            ew.add(ew.exp(x), ew.exp(ew.negative(x))),
        ),
        mp.tanh, ((1000.0,), (1e-9,)),
    ),
    "x^2 - y^2": (
        lambda x, y: ew.subtract(ew.power(x, 2.0), ew.power(y, 2.0)),
        lambda x, y: (x - y) * (x + y), ((1.0, 1.0 + 1e-12),),
    ),
    "sqrt(1 + x) - 1": (
        lambda x: ew.subtract(ew.sqrt(ew.add(1.0, x)), 1.0), lambda x: x / (mp.sqrt(1 + x) + 1),
        ((1e-12,),),
    ),
    "sqrt(x^2)": (lambda x: ew.sqrt(ew.multiply(x, x)), abs, ((1e200,), (-1e-200,))),
    "sqrt(x^2 + y^2)": (
        lambda x, y: ew.sqrt(ew.add(ew.multiply(x, x), ew.multiply(y, y))), mp.hypot,
        ((3e200, 4e200), (3e-200, -4e-200)),
    ),
}  # fmt: skip

# Rules over a whole axis have tests of their own below.
OVER_AXES = {
    "exp(x) / sum(exp(x))", "exp(x) / sum(exp(x)), a dimension kept",
    "exp(x) / sum(exp(x)), of size 1", "log(softmax(x))", "log(sum(exp(x)))", "variance by divide",
    "variance by multiply", "sqrt(sum(x^2))",
}  # fmt: skip


def test_every_rule_has_a_case():
    assert {rule.name for rule in (*RULES, *NORM_RULES)} == set(CASES) | OVER_AXES


@pytest.mark.parametrize("name", CASES)
def test_extremes(name):
    naive_of, exact_of, points = CASES[name]
    inputs = [input_node(f"x{index}", (), float64) for index in range(len(points[0]))]
    naive = naive_of(*inputs)
    (stable,) = stabilise(simplify([naive]))
    worst = 0.0
    for point in points:
        values = dict(zip(inputs, map(np.float64, point), strict=True))
        before, after = (float(x) for x in evaluate_nodes([naive, stable], values))
        with mp.workdps(700):
            exact = exact_of(*map(mp.mpf, point))
        assert error_in_ulp(after, exact) <= 4, (point, after, float(exact))
        worst = max(worst, error_in_ulp(before, exact))
    assert worst > 16, "the naive formula does not fail here"


def error_in_ulp(value: float, exact: mp.mpf) -> float:
    if not math.isfinite(value):
        return math.inf
    with mp.workdps(700):
        return float(abs(mp.mpf(value) - exact) / math.ulp(float(exact)))


def test_gradient_at_the_extremes():
    x = input_node("x", (3,), float64)
    ones = constant(1.0, (3,), float64)
    values = {x: np.array([-1000.0, 0.0, 1000.0])}
    softplus = ew.log(ew.add(ew.exp(x), 1.0))
    mish = ew.multiply(x, ew.tanh(softplus))
    for naive, expected in (
        (softplus, [0.0, 0.5, 1.0]),
        (mish, [0.0, 0.6, 1.0]),
        (ew.divide(x, ew.add(1.0, ew.exp(ew.negative(x)))), [0.0, 0.5, 1.0]),
    ):
        (found,) = evaluate_nodes(vjp(stabilise([naive]), [x], [ones]), values)
        np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-300)


def test_mish_has_its_derivatives_at_zero_to_any_order():
    x = input_node("x", (), float64)
    naive = ew.tanh(ew.log(ew.add(ew.exp(x), 1.0)))
    (node,) = stabilise([naive])
    with mp.workdps(40):
        expected = mp.taylor(lambda t: mp.tanh(mp.log1p(mp.exp(t))), 0, 5)
    for order in range(6):
        (value,) = evaluate_nodes([node], {x: np.float64(0.0)})
        assert float(value) / math.factorial(order) == pytest.approx(
            float(expected[order]), rel=1e-12
        )
        (node,) = vjp([node], [x], [constant(1.0, (), float64)])


def test_one_exponential_and_one_division_in_mish_and_its_derivative():
    x = input_node("x", (4,), float64)
    (node,) = stabilise([ew.multiply(x, ew.tanh(ew.log(ew.add(ew.exp(x), 1.0))))])
    slope = vjp([node], [x], [input_node("cotangent", (4,), float64)])
    for nodes in ((node,), slope, (node, *slope)):
        names = [inner.op for inner in topological(simplify(nodes))]
        assert names.count("exp") == 1
        assert names.count("divide") == 1
        assert {"log", "tanh", "logaddexp"}.isdisjoint(names)
        assert names.count("multiply") <= 10


@pytest.mark.parametrize(
    ("naive_of", "slope_of", "points"),
    [
        (lambda x: ew.tanh(ew.log(ew.add(ew.exp(x), 1.0))),
         lambda t: sigmoid(t) * mp.sech(mp.log1p(mp.exp(t))) ** 2,
         [-700.0, -30.0, -1.0, -1e-9, -0.0, 0.0, 1e-9, 1.0, 30.0, 350.0]),
        (lambda x: ew.subtract(ew.sqrt(ew.add(x, 1.0)), 1.0), lambda t: 0.5 / mp.sqrt(1 + t),
         [-0.9, -1e-9, 0.0, 1e-9, 1.0, 1e9, 1e300]),
    ],
    ids=["tanh(softplus(x))", "sqrt(1 + x) - 1"],
)  # fmt: skip
def test_slopes_brought_along(naive_of, slope_of, points):
    """To the last digits, where the derivative of the form, branch by branch, may cancel."""
    x, cotangent = (input_node(name, (), float64) for name in ("x", "cotangent"))
    (node,) = stabilise([naive_of(x)])
    for derive in (vjp, jvp):
        found = derive([node], [x], [cotangent])
        for point in points:
            given = {x: np.float64(point), cotangent: np.float64(1.0)}
            with mp.workdps(700):
                exact = slope_of(mp.mpf(point))
            (value,) = evaluate_nodes(found, given)
            assert error_in_ulp(float(value), exact) <= 8, (point, value)
    ends = {x: np.float64(math.inf), cotangent: np.float64(1.0)}
    assert evaluate_nodes(vjp([node], [x], [cotangent]), ends)[0] == 0.0
    nothing = {x: np.float64(1e300), cotangent: np.float64(0.0)}
    assert evaluate_nodes(vjp([node], [x], [cotangent]), nothing)[0] == 0.0


# Over an axis.

ROWS = input_node("x", (2, 3), float64)
LARGE = np.array([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -1002.0]])


def naive_softmax() -> Node:
    raised = ew.exp(ROWS)
    total = st.reshape(st.sum_(raised, axes=(1,)), shape=(2, 1))
    return ew.divide(raised, st.broadcast(total, shape=(2, 3), dims=(0, 1)))


def exact_softmax(x: np.ndarray) -> np.ndarray:
    shifted = np.exp(x - x.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def test_softmax_and_its_logarithm():
    naive = [naive_softmax(), ew.log(naive_softmax()), ew.log(st.sum_(ew.exp(ROWS), axes=(1,)))]
    assert all(np.isnan(v).any() or np.isinf(v).any() for v in evaluate_nodes(naive, {ROWS: LARGE}))
    soft, logarithm, total = evaluate_nodes(stabilise(naive), {ROWS: LARGE})
    np.testing.assert_allclose(soft, exact_softmax(LARGE), rtol=4e-16)
    np.testing.assert_allclose(logarithm, np.log(exact_softmax(LARGE)), rtol=4e-16)
    highest = LARGE.max(axis=1)
    expected = highest + np.log(np.exp(LARGE - highest[:, None]).sum(axis=1))
    np.testing.assert_allclose(total, expected, rtol=4e-16)


def test_softmax_keeps_infinities_and_nan():
    special = np.array([[np.inf, 0.0, 1.0], [np.nan, 0.0, 1.0]])
    naive = [naive_softmax(), ew.log(st.sum_(ew.exp(ROWS), axes=(1,)))]
    for values in (special, np.full((2, 3), -np.inf)):
        before = evaluate_nodes(naive, {ROWS: values})
        after = evaluate_nodes(stabilise(naive), {ROWS: values})
        for theirs, mine in zip(before, after, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_softmax_that_is_stable_already_is_left_alone():
    highest = st.max_(ROWS, axes=(1,))
    raised = ew.exp(ew.subtract(ROWS, st.broadcast(highest, shape=(2, 3), dims=(0,))))
    total = st.broadcast(st.sum_(raised, axes=(1,)), shape=(2, 3), dims=(0,))
    node = ew.divide(raised, total)
    assert stabilise([node])[0] is node


def test_softmax_only_where_each_sum_comes_back_to_its_row():
    """The sums of the rows of a square array fit its columns as well."""
    x = input_node("x", (3, 3), float64)
    raised = ew.exp(x)
    crosswise = ew.divide(raised, st.broadcast(st.sum_(raised, axes=(1,)), shape=(3, 3), dims=(1,)))
    values = np.random.default_rng(0).normal(size=(3, 3))
    found, logarithm = evaluate_nodes(stabilise([crosswise, ew.log(crosswise)]), {x: values})
    expected = np.exp(values) / np.exp(values).sum(1)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    np.testing.assert_allclose(logarithm, np.log(expected), rtol=1e-14)


@pytest.mark.parametrize("shape", [(1, 3), (1, 1), (3, 1), (1, 3, 1)])
def test_softmax_of_one_row_is_stable(shape):
    """Dimensions of size 1, which are neither broadcast nor dropped, make no difference."""
    x = input_node("x", shape, float64)
    for axis in range(len(shape)):
        total = st.sum_(ew.exp(x), axes=(axis,))
        kept = st.reshape(total, shape=tuple(1 if a == axis else e for a, e in enumerate(shape)))
        naive = ew.divide(ew.exp(x), st.broadcast(kept, shape=shape, dims=range_of(shape)))
        values = 1000.0 + np.arange(float(np.prod(shape))).reshape(shape)
        (found,) = evaluate_nodes(stabilise(simplify([naive])), {x: values})
        shifted = np.exp(values - values.max(axis, keepdims=True))
        np.testing.assert_allclose(found, shifted / shifted.sum(axis, keepdims=True), rtol=1e-15)


def range_of(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(len(shape)))


def test_variance_only_of_means_over_the_same_axes():
    x = input_node("x", (3, 3), float64)
    down, across = (ew.divide(st.sum_(x, axes=(axis,)), size(3, (3,), float64)) for axis in (0, 1))
    squares = ew.divide(st.sum_(ew.multiply(x, x), axes=(0,)), size(3, (3,), float64))
    for product in ((down, across), (across, across)):
        node = ew.subtract(squares, ew.multiply(*product))
        assert stabilise([node])[0] is node


def test_a_constant_counts_as_its_type_has_it():
    """1e-300 is 0 in float32: exp(x) + 0, where x is small, is not about 1e-300."""
    x = input_node("x", (), float32)
    node = ew.log(ew.add(ew.exp(x), 1e-300))
    (found,) = evaluate_nodes(stabilise([node]), {x: np.float64(-1e4)})
    assert found < -700


def test_log_of_a_quotient_keeps_nan_of_minus_zero():
    x, y = (input_node(name, (2,), float64) for name in "xy")
    (node,) = stabilise([ew.log(ew.divide(ew.exp(x), y))])
    (found,) = evaluate_nodes([node], {x: np.zeros(2), y: np.array([0.0, -0.0])})
    assert found[0] == np.inf and np.isnan(found[1])


@pytest.mark.parametrize(
    ("naive_of", "slope"),
    [
        (lambda x: ew.log(ew.cosh(x)), lambda t: t),
        (lambda x: ew.subtract(1.0, ew.multiply(ew.tanh(x), ew.tanh(x))), lambda t: -2 * t),
    ],
    ids=["log(cosh(x))", "1 - tanh(x)^2"],
)  # fmt: skip
def test_slopes_near_zero_do_not_cancel(naive_of, slope):
    x = input_node("x", (), float64)
    (found,) = vjp(stabilise([naive_of(x)]), [x], [constant(1.0, (), float64)])
    (value,) = evaluate_nodes([found], {x: np.float64(1e-12)})
    assert float(value) == pytest.approx(slope(1e-12), rel=1e-12)


def test_the_slopes_of_a_difference_of_squares_do_not_cancel():
    x, y = (input_node(name, (), float64) for name in "xy")
    (node,) = stabilise([ew.subtract(ew.multiply(x, x), ew.multiply(y, y))])
    found = vjp([node], [x, y], [constant(1.0, (), float64)])
    assert evaluate_nodes(found, {x: np.float64(1.0), y: np.float64(1e20)}) == [2.0, -2e20]


def test_the_slope_of_a_norm_does_not_overflow():
    x, y = (input_node(name, (), float64) for name in "xy")
    (node,) = stabilise([ew.sqrt(ew.add(ew.multiply(x, x), ew.multiply(y, y)))])
    found = vjp([node], [x, y], [constant(1e10, (), float64)])
    values = {x: np.float64(3e300), y: np.float64(4e300)}
    np.testing.assert_allclose(evaluate_nodes(found, values), [6e9, 8e9], rtol=1e-14)


def test_variance_does_not_cancel():
    mean = ew.divide(st.sum_(ROWS, axes=(1,)), size(3, (2,), float64))
    squares = ew.divide(st.sum_(ew.multiply(ROWS, ROWS), axes=(1,)), size(3, (2,), float64))
    naive = ew.subtract(squares, ew.multiply(mean, mean))
    values = {ROWS: np.array([[1e9, 1e9 + 1, 1e9 + 2], [1e9, 1e9, 1e9 + 3]])}
    before, after = evaluate_nodes([naive, *stabilise([naive])], values)
    np.testing.assert_allclose(after, [2 / 3, 2.0], rtol=4e-16)
    assert abs(before[0] - 2 / 3) > 0.1


def test_norms_do_not_overflow():
    naive = ew.sqrt(st.sum_(ew.multiply(ROWS, ROWS), axes=(1,)))
    assert stabilise([naive])[0] is naive
    (node,) = stabilise([naive], norms=True)
    values = np.array([[3e200, 4e200, 0.0], [3e-200, 0.0, 4e-200]])
    before, after = evaluate_nodes([naive, node], {ROWS: values})
    assert np.isinf(before[0])
    np.testing.assert_allclose(after, [5e200, 5e-200], rtol=4e-16)
    for special in (0.0, math.inf, math.nan):
        rows = np.full((2, 3), special)
        theirs, mine = evaluate_nodes([naive, node], {ROWS: rows})
        np.testing.assert_array_equal(mine, theirs)


def test_stabilising_settles(checks):
    for naive_of, _, points in CASES.values():
        inputs = [input_node(f"x{index}", (), float64) for index in range(len(points[0]))]
        once = stabilise([naive_of(*inputs)])
        assert stabilise(once) == once
