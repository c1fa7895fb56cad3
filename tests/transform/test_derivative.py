"""Every primitive's derivatives, in both modes and to second order, and the checker itself."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import dovetail
from dovetail.errors import GradientError
from dovetail.graph.dtypes import float32, float64, int64
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Graph, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.declared import declare, hold_constant
from dovetail.graph.primitives.row import Linear, Partials, Zero, constant, input_node
from dovetail.graph.typecheck import typecheck
from dovetail.transform.derivative import jvp, vjp

X = input_node("x", (2, 3), float64)
Y = input_node("y", (2, 3), float64)
VALUES = {
    X: np.array([[0.3, -1.2, 2.0], [0.7, 1.5, -0.4]]),
    Y: np.array([[1.1, 0.2, -0.6], [-1.3, 0.9, 0.5]]),
}


def test_first_and_second_derivative(example, checks):
    inputs = example.inputs()
    checks.derivatives([example.build(*inputs)], example.values(checks.rng, inputs))


def test_derivative_graphs_are_well_typed(example):
    inputs = example.inputs()
    output = example.build(*inputs)
    typecheck(Graph(tuple(inputs), (output,)))
    cotangent = input_node("c", output.shape, output.dtype)
    pulled = vjp([output], inputs, [cotangent])
    tangents = [cotangent if node.shape == output.shape else None for node in inputs]
    typecheck(Graph((*inputs, cotangent), (*pulled, *jvp([output], inputs, tangents))))


WRONG = {
    "a factor": dataclasses.replace(
        ew.tanh, name="wrong1", derivative=Partials(lambda out, x: (ew.multiply(out, 1.0001),))
    ),
    "a sign": dataclasses.replace(
        ew.sin, name="wrong2", derivative=Partials(lambda out, x: (ew.negative(ew.cos(x)),))
    ),
    "zero": dataclasses.replace(ew.exp, name="wrong3", derivative=Zero()),
    "the other operand": dataclasses.replace(
        ew.divide,
        name="wrong4",
        derivative=Partials(lambda out, x, y: (ew.divide(1.0, x), ew.negative(ew.divide(out, y)))),
    ),
    "a transpose": dataclasses.replace(
        ew.subtract, name="wrong5", derivative=Linear(lambda node, cotangent, index: cotangent)
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_the_helper_catches_a_wrong_first_derivative(fault, checks):
    row = WRONG[fault]
    operands = (X, Y)[: row.arity]
    with pytest.raises(AssertionError):
        checks.derivatives([row(*operands)], {node: VALUES[node] for node in operands}, order=1)


def test_the_helper_catches_a_wrong_second_derivative(checks):
    inner = dataclasses.replace(
        ew.cos, name="wrong6", derivative=Partials(lambda out, x: (ew.sin(x),))
    )
    row = dataclasses.replace(
        ew.sin, name="wrong7", derivative=Partials(lambda out, x: (inner(x),))
    )
    checks.derivatives([row(X)], {X: VALUES[X]}, order=1)
    with pytest.raises(AssertionError):
        checks.derivatives([row(X)], {X: VALUES[X]}, order=2)


def test_zeros_make_no_work():
    assert vjp([X], [Y], [X])[0] is constant(0.0, Y.shape, Y.dtype)
    assert jvp([X], [Y], [X])[0] is constant(0.0, X.shape, X.dtype)
    assert vjp([ew.add(X, Y)], [X], [Y])[0] is Y
    assert vjp([ew.exp(X)], [X], [None])[0] is constant(0.0, X.shape, X.dtype)
    assert jvp([ew.add(X, ew.floor(X))], [X], [Y])[0] is Y
    # remainder has the partial 1: no multiplication by it.
    assert vjp([ew.remainder(X, Y)], [X], [Y])[0] is Y


def test_only_nodes_between_are_visited():
    independent = ew.exp(ew.tanh(Y))
    pulled = vjp([ew.multiply(X, independent)], [X], [Y])
    assert ew.sigmoid not in {node.primitive for node in topological(pulled)}


def test_wrt_may_be_an_inner_node():
    inner = ew.exp(X)
    outer = ew.multiply(inner, X)
    by_inner, by_input = vjp([outer], [inner, X], [Y])
    assert by_inner is ew.multiply(Y, X)
    assert by_input is ew.multiply(Y, inner)


def test_output_that_is_an_input_and_repeated_outputs():
    assert vjp([X, X], [X], [Y, Y])[0] is ew.add(Y, Y)
    assert jvp([X, X], [X], [Y]) == [Y, Y]


def test_integers_carry_no_cotangent():
    index = input_node("i", (2, 3), int64)
    picked = st.gather(X, index, axis=1)
    by_x, by_index = vjp([picked], [X, index], [Y])
    assert by_index is constant(0, index.shape, int64)
    assert by_x.dtype is float64
    rounded = ew.cast(ew.cast(X, dtype=int64), dtype=float64)
    assert vjp([rounded], [X], [Y])[0] is constant(0.0, X.shape, float64)


def test_cast_returns_to_the_operands_type():
    x = input_node("x32", (2,), float32)
    c = input_node("c", (2,), float64)
    assert vjp([ew.cast(x, dtype=float64)], [x], [c])[0].dtype is float32


def test_power_at_zero():
    x = input_node("x", (4,), float64)
    y = input_node("y", (4,), float64)
    ones = constant(1.0, (4,), float64)
    values = {x: np.array([0.0, 0.0, 2.0, 0.0]), y: np.array([0.0, 2.0, 0.0, 1.0])}
    by_base, by_exponent = evaluate_nodes(vjp([ew.power(x, y)], [x, y], [ones]), values)
    np.testing.assert_array_equal(by_base, [0.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(by_exponent, [0.0, 0.0, math.log(2.0), 0.0])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda x: ew.absolute(x), 0.0),
        (lambda x: ew.maximum(x, constant(0.0, (1,), float64)), 0.5),
        (lambda x: st.max_(st.concat(x, x, axis=0), axes=(0,)), 1.0),
        (lambda x: ew.maximum(x, x), 1.0),
    ],
)
def test_kinks(expression, expected):
    x = input_node("x", (1,), float64)
    output = expression(x)
    (pulled,) = vjp([output], [x], [constant(1.0, output.shape, float64)])
    assert evaluate_nodes([pulled], {x: np.zeros(1)})[0].sum() == expected


def test_ties_of_max_share_the_gradient():
    c = input_node("c", (2,), float64)
    values = {X: np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]]), c: np.array([1.0, 3.0])}
    (pulled,) = evaluate_nodes(vjp([st.max_(X, axes=(1,))], [X], [c]), values)
    np.testing.assert_allclose(pulled, [[0.5, 0.5, 0.0], [1.0, 1.0, 1.0]])


# Declared derivatives.


class StraightThrough:
    """The sign, with the derivative of the identity on [-1, 1]."""

    def __call__(self, inputs, outputs, cotangents):
        (x,) = inputs
        inside = ew.less_equal(ew.absolute(x), 1.0)
        return (ew.select(inside, cotangents[0], constant(0.0, x.shape, x.dtype)),)


class ByOutputs:
    """The derivatives of (exp(x), x^2) by way of the outputs, which are declared themselves."""

    calls = 0

    def __call__(self, inputs, outputs, cotangents):
        ByOutputs.calls += 1
        (x,) = inputs
        exponential, _ = outputs
        return (
            ew.add(
                ew.multiply(cotangents[0], exponential), ew.multiply(cotangents[1], ew.add(x, x))
            ),
        )


class Clipping:
    """Not linear in the cotangent."""

    def __call__(self, inputs, outputs, cotangents):
        return (ew.minimum(cotangents[0], 1.0),)


BY_OUTPUTS, CLIPPING = ByOutputs(), Clipping()


def by_outputs():
    return declare((ew.exp(X), ew.multiply(X, X)), (X,), BY_OUTPUTS)


def test_surrogate_in_both_modes():
    (binary,) = declare((ew.sign(X),), (X,), StraightThrough())
    expected = np.where(np.abs(VALUES[X]) <= 1, VALUES[Y], 0)
    for found in (vjp([binary], [X], [Y]), jvp([binary], [X], [Y])):
        np.testing.assert_array_equal(evaluate_nodes(found, VALUES)[0], expected)


def test_several_outputs_to_second_order(checks):
    first, second = by_outputs()
    checks.derivatives([ew.multiply(ew.sin(first), second)], {X: VALUES[X]})
    checks.derivatives([second], {X: VALUES[X]})
    checks.derivatives([first, second], {X: VALUES[X]})


def test_third_derivative_by_the_declared_rule():
    derivative = by_outputs()[0]
    for _ in range(3):
        (derivative,) = vjp([derivative], [X], [constant(1.0, X.shape, float64)])
    np.testing.assert_allclose(evaluate_nodes([derivative], VALUES)[0], np.exp(VALUES[X]))


def test_a_definition_is_differentiated_once_for_all_its_outputs():
    first, second = by_outputs()
    before = ByOutputs.calls
    vjp([ew.multiply(first, second)], [X], [Y])
    assert ByOutputs.calls == before + 1


def test_nothing_flows_into_the_value():
    (surrogate,) = declare((ew.exp(X),), (Y,), StraightThrough())
    by_x, by_y = vjp([surrogate], [X, Y], [X])
    assert by_x is constant(0.0, X.shape, float64)
    assert ew.select in {node.primitive for node in topological([by_y])}


def test_a_rule_that_is_not_linear_has_no_forward_mode():
    (clipped,) = declare((X,), (X,), CLIPPING)
    vjp([clipped], [X], [Y])
    with pytest.raises(GradientError, match="not linear"):
        jvp([clipped], [X], [Y])


def test_held_constant():
    held = hold_constant(ew.exp(X))
    assert vjp([ew.multiply(X, held)], [X], [Y])[0] is ew.multiply(Y, held)
    assert jvp([held], [X], [Y])[0] is constant(0.0, X.shape, float64)
    np.testing.assert_array_equal(evaluate_nodes([held], VALUES)[0], np.exp(VALUES[X]))


@pytest.mark.parametrize(
    ("name", "scale"), [("log", 1.0), ("log2", math.log(2)), ("log10", math.log(10))]
)
def test_slopes_of_logarithms_hold_for_subnormal_numbers(name: str, scale: float) -> None:
    """c / x overflows below 3e-39, where the derivative along x / 2 is c / 2."""
    function = getattr(dovetail, name)
    x = np.array([8e-40, 1e-30, 2.0], np.float32)
    tangent = dovetail.jvp(function, (x,), (x * np.float32(0.5),))[1]
    np.testing.assert_allclose(tangent, 0.5 / scale, rtol=2e-5)  # of numbers with few digits
    (cotangent,) = dovetail.vjp(function, x)[1](x * np.float32(0.25))
    np.testing.assert_allclose(cotangent, 0.25 / scale, rtol=2e-5)
