"""A softmax is shifted once for every kind of operand: two rules must not alternate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dovetail.graph.dtypes import float64
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Node, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node
from dovetail.transform.stabilise import stabilise

X = input_node("x", (3, 5), float64)
OPERANDS: dict[str, Callable[[Node], Node]] = {
    "negative": ew.negative,
    "one minus": lambda x: ew.subtract(1.0, x),
    "less a constant": lambda x: ew.subtract(x, 2.0),
    "negative of a sum": lambda x: ew.negative(ew.add(x, ew.sin(x))),
    "difference": lambda x: ew.subtract(ew.sin(x), x),
    "negative arctangent": lambda x: ew.atan(ew.negative(x)),
    "scaled": lambda x: ew.multiply(x, -3.0),
}


def softmax(x: Node) -> Node:
    """Naive on purpose."""
    powers = ew.exp(x)
    return ew.divide(powers, st.restore(st.sum_(powers, axes=(1,)), x.shape, (1,)))


@pytest.mark.parametrize("operand", OPERANDS.values(), ids=OPERANDS)
def test_one_shift(operand: Callable[[Node], Node]) -> None:
    naive = softmax(operand(X))
    (stable,) = stabilise([naive])
    assert sum(node.op == "max" for node in topological([stable])) == 1
    assert stabilise([stable]) == (stable,)
    x = np.random.default_rng(0).standard_normal((3, 5))
    small, expected = (evaluate_nodes([node], {X: x})[0] for node in (stable, naive))
    np.testing.assert_allclose(small, expected, rtol=1e-12)
    large = evaluate_nodes([stable], {X: 1e4 * x})[0]
    np.testing.assert_allclose(large.sum(axis=1), 1.0, rtol=1e-12)
