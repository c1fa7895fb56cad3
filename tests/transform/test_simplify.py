"""What simplification must not do, and what it makes of whole expressions."""

from __future__ import annotations

import pytest

from dovetail.graph.dtypes import float16, float32, float64, int8, int32, int64
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import constant, input_node, size
from dovetail.graph.text import graph_text
from dovetail.transform.derivative import vjp
from dovetail.transform.rewrite import Rewriter, Rule, of
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import stabilise

SHAPE = (3, 8)
X, Y = (input_node(name, SHAPE, float64) for name in "xy")
ROW = input_node("r", (8,), float64)
COLUMN = input_node("k", (3, 1), float64)
INDEX = input_node("i", SHAPE, int64)


def wide(node: Node, *dims: int) -> Node:
    return st.broadcast(node, shape=SHAPE, dims=dims)


def placed(x: Node, start: int) -> Node:
    return st.pad(x, shape=SHAPE, starts=(0, start), steps=(1, 1))


def part(name: str, count: int) -> Node:
    return input_node(name, (3, count), float64)


def variance(count: int) -> Node:
    n = size(count, (3,), float64)
    mean = ew.divide(st.sum_(X, axes=(1,)), n)
    return ew.subtract(ew.divide(st.sum_(ew.multiply(X, X), axes=(1,)), n), ew.multiply(mean, mean))


# What the rules must not do.


@pytest.mark.parametrize(
    "build",
    [
        lambda: ew.multiply(X, 0.0),
        lambda: ew.subtract(X, X),
        lambda: ew.divide(X, X),
        lambda: ew.equal(X, X),
        lambda: ew.exp(ew.log(X)),
        lambda: ew.sqrt(ew.power(X, 0.5)),
        lambda: ew.cast(ew.cast(X, dtype=float32), dtype=float64),
        lambda: ew.cast(ew.cast(INDEX, dtype=int8), dtype=int32),
        lambda: ew.logical_not(ew.less(X, Y)),
        # Merged, ties would share the gradient differently.
        lambda: st.max_(st.max_(X, axes=(1,)), axes=(0,)),
        lambda: ew.multiply(ew.multiply(X, 1e-200), 1e-200),
        lambda: st.gather(X, constant(8, (3, 2), int64), axis=1),
        lambda: ew.add(ew.multiply(wide(ROW, 1), wide(COLUMN, 0, 1)), X),
        lambda: ew.add(placed(part("p", 3), 3), placed(part("q", 3), 5)),
        lambda: st.slice_axis(st.concat(X, Y, axis=1), 1, 6, 4, 1),
        lambda: variance(7),
    ],
)
def test_left_as_it_is(build):
    node = build()
    assert stabilise([node])[0] is node


def test_sizes_never_become_constants():
    def count(extent: int) -> Node:
        return size(extent, SHAPE, float64)

    for node in (
        ew.multiply(count(3), 2.0),
        ew.divide(1.0, count(3)),
        ew.multiply(count(3), count(8)),
        st.sum_(constant(1.0, SHAPE, float64), axes=(1,)),
        wide(size(3, (8,), float64), 1),
    ):
        (folded_,) = simplify([node])
        assert folded_.op == "size"
    assert simplify([ew.multiply(X, size(1, SHAPE, float64))])[0] is not X


def test_folding_half_precision_does_not_round():
    third = constant(1 / 3, (), float16)
    (folded_,) = simplify([ew.multiply(third, 3.0)])
    assert abs(folded_.attr("value") - 1.0) < 1e-7


def test_work_is_done_on_few_elements():
    scalar = input_node("s", (), float64)
    expression = ew.multiply(ew.add(wide(ROW, 1), wide(scalar)), ew.exp(wide(scalar)))
    (node,) = simplify([expression])
    assert node.op == "broadcast"
    assert node.args[0].shape == (8,)


def test_slices_of_one_array_hand_back_one_cotangent():
    """The cotangents of gates cut from one array are joined, not added to zeros."""
    gates = [st.slice_axis(X, 1, start, 2, 1) for start in (0, 2, 4, 6)]
    cotangents = [part(f"c{index}", 2) for index in range(4)]
    for order in ((0, 1, 2, 3), (2, 0, 3, 1)):
        pulled = vjp([gates[i] for i in order], [X], [cotangents[i] for i in order])
        assert simplify(pulled)[0] is st.concat(*cotangents, axis=1)


def test_mean_keeps_its_size_apart():
    mean = ew.divide(st.sum_(X, axes=(1,)), size(8, (3,), float64))
    pulled = simplify(vjp([mean], [X], [input_node("c", (3,), float64)]))
    inputs = (X, input_node("c", (3,), float64))
    assert (
        graph_text(Graph(inputs, pulled))
        == """\
inputs %x: float64[3, 8], %c: float64[3]
%0 = size(value=0.125) : float64[3]
%1 = multiply(%c, %0) : float64[3]
%2 = broadcast(%1, dims=(0,), shape=(3, 8)) : float64[3, 8]
return %2"""
    )


def test_keepdims_disappears():
    total = st.reshape(st.sum_(X, axes=(1,)), shape=(3, 1))
    (node,) = simplify([ew.subtract(X, wide(ew.multiply(total, 2.0), 0, 1))])
    assert node is ew.subtract(X, wide(ew.multiply(st.sum_(X, axes=(1,)), 2.0), 0))


def test_deep_graphs_do_not_exhaust_the_stack():
    node = X
    for _ in range(3000):
        node = ew.add(ew.negative(node), 1.0)
    assert simplify([node])[0].op in ("subtract", "add")


@pytest.mark.parametrize(
    "rules",
    [
        [
            Rule("there", of(ew.sin, "x"), of(ew.cos, "x")),
            Rule("back", of(ew.cos, "x"), of(ew.sin, "x")),
        ],
        [Rule("deeper", of(ew.sin, "x"), of(ew.cos, of(ew.sin, "x")))],
    ],
)
def test_rules_that_do_not_settle_are_reported(rules):
    with pytest.raises(AssertionError, match="do not settle"):
        Rewriter(rules)([ew.sin(X)])
