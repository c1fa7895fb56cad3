"""Every rewrite rule: it fires, changes no value and no derivative, and settles."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from dovetail.graph.dtypes import bool_
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Graph, Node, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node
from dovetail.graph.typecheck import typecheck
from dovetail.transform.derivative import vjp
from dovetail.transform.rewrite import Match, Rewriter, Rule, of, stable

from .rule_examples import RULES, X, Y, instance


def inputs_of(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in topological(nodes) if node.op == "input"]


def draw(node: Node, rng: np.random.Generator, special: bool) -> np.ndarray:
    if node.dtype is bool_:
        return rng.random(node.shape) < 0.5
    if node.dtype.is_integer:
        return rng.integers(0, 5, node.shape)
    values = rng.uniform(-2, 2, node.shape)
    if special:
        pool = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 1e300, -5e-324]
        values = np.where(rng.random(node.shape) < 0.7, rng.choice(pool, node.shape), values)
    with np.errstate(over="ignore"):
        return values.astype(node.dtype.numpy)


def assert_same_bits(mine: np.ndarray, theirs: np.ndarray) -> None:
    np.testing.assert_array_equal(mine, theirs)
    if mine.dtype.kind == "f":
        signed = ~np.isnan(mine)
        np.testing.assert_array_equal(np.signbit(mine)[signed], np.signbit(theirs)[signed])


@pytest.fixture(params=RULES, ids=lambda rule: rule.name)
def rule(request: pytest.FixtureRequest) -> Rule:
    return request.param


def test_rule_fires_and_keeps_type(rule):
    before, fired = instance(rule), Counter[str]()
    (after,) = Rewriter([rule])([before], fired)
    assert fired[rule.name] >= 1
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    typecheck(Graph(tuple(inputs_of([before, after])), (after,)))


def assert_keeps_values(rule: Rule, before: Node) -> None:
    (after,) = Rewriter([rule])([before])
    rng = np.random.default_rng(1)
    compared = 0
    for special in (False, False, True):
        if special and rule.kind != "exact":
            continue
        values = {node: draw(node, rng, special) for node in inputs_of([before, after])}
        mine, theirs = evaluate_nodes([after, before], values)
        if rule.kind == "exact":
            assert_same_bits(mine, theirs)
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
        compared += int(np.isfinite(mine).sum())
    assert compared, "nothing but NaN was compared"


def assert_keeps_first_derivative(rule: Rule, before: Node) -> None:
    (after,) = Rewriter([rule])([before])
    wrt = [node for node in inputs_of([before, after]) if node.dtype.is_floating]
    weights = input_node("weights", before.shape, before.dtype)
    gradients = [*vjp([after], wrt, [weights]), *vjp([before], wrt, [weights])]
    rng = np.random.default_rng(2)
    zeros = {node: np.zeros(node.shape) for node in wrt}
    same = {node: np.full(node.shape, 0.5) for node in wrt}
    for fixed in ({}, zeros, same):
        values = {node: draw(node, rng, False) for node in inputs_of([before, after])}
        values |= fixed | {weights: rng.normal(size=weights.shape)}
        found = evaluate_nodes(gradients, values)
        for mine, theirs in zip(found[: len(wrt)], found[len(wrt) :], strict=True):
            # Where the naive derivative is NaN (infinity times 0), the other one may be right.
            # At a pole the sign of infinity hangs on the sign of a zero.
            assert np.isinf(mine[np.isinf(theirs)]).all()
            known = np.isfinite(theirs)
            np.testing.assert_allclose(mine[known], theirs[known], rtol=1e-7, atol=1e-9)


def test_rule_keeps_values(rule):
    assert_keeps_values(rule, instance(rule))


def test_rule_keeps_first_derivative(rule):
    before = instance(rule)
    if before.dtype.is_floating:
        assert_keeps_first_derivative(rule, before)


def test_rule_settles(rule):
    before = instance(rule)
    for rewriter in (Rewriter([rule]), Rewriter(RULES)):
        once = rewriter([before])
        assert rewriter(once) == once


def test_rule_leaves_the_rest_alone(rule):
    unrelated = ew.atan2(ew.copysign(X, Y), X)
    if rule.pattern.primitive in (ew.atan2, ew.copysign):
        assert Rewriter([rule])([unrelated])[0] is unrelated
    deep = st.cumulative_sum(ew.atan2(X, Y), axis=0, reverse=False)
    assert Rewriter([rule])([deep, unrelated]) == (deep, unrelated)


# The checks themselves: each must find a planted fault.

_MINUS_X = of(ew.negative, "x")


def below_zero(match: Match) -> Node:
    x = match["x"]
    return ew.select(ew.less(x, 0.0), ew.negative(x), x)


@pytest.mark.parametrize(
    "fault",
    [
        Rule("a sign", of(ew.negative, of(ew.subtract, "x", "y")), of(ew.subtract, "x", "y")),
        Rule("NaN is lost", of(ew.multiply, "x", 0.0), 0.0),
        Rule("-0 is lost", of(ew.add, "x", 0.0), "x"),
        Rule("the last digit", of(ew.divide, "x", 3.0), of(ew.multiply, "x", 1 / 3)),
        stable("an offset", of(ew.exp, "x"), of(ew.add, of(ew.expm1, "x"), 1.00001)),
    ],
    ids=lambda rule: rule.name,
)
def test_wrong_values_are_found(fault):
    with pytest.raises(AssertionError):
        assert_keeps_values(fault, instance(fault))


def test_wrong_derivatives_are_found():
    kink = stable("a kink", of(ew.absolute, "x"), below_zero)
    assert_keeps_values(kink, instance(kink))
    with pytest.raises(AssertionError):
        assert_keeps_first_derivative(kink, instance(kink))
