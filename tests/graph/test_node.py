"""Hash-consing, identity, traversal and rebuilding of nodes."""

from __future__ import annotations

import gc
import math
import weakref

import pytest

from dovetail.errors import CallError, DTypeError, ShapeError
from dovetail.graph.dtypes import bool_, float32, float64, int64
from dovetail.graph.node import Graph, rebuild, substitute, topological, transform
from dovetail.graph.primitives import LEAVES, PRIMITIVES
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import constant, input_node, size

X = input_node("x", (2, 3), float32)
Y = input_node("y", (2, 3), float32)


def test_the_same_application_is_the_same_node():
    assert ew.add(X, Y) is ew.add(X, Y)
    assert ew.add(X, Y) is not ew.add(Y, X)
    assert ew.add(X, 1) is ew.add(X, 1.0)
    assert st.sum_(X, axes=(0,)) is not st.sum_(X, axes=(1,))
    assert input_node("x", (2, 3), float32) is X
    assert input_node("x", (2, 3), float64) is not X


def test_constants_are_told_apart_by_their_bits():
    def value(number: float) -> object:
        return constant(number, (), float64)

    assert value(math.nan) is value(float("nan"))
    assert value(0.0) is not value(-0.0)
    assert value(math.inf) is not value(-math.inf)
    assert constant(1, (), int64) is not constant(1, (), float64)
    assert constant(True, (), bool_) is constant(1, (), bool_)
    assert constant(2.0, (), float64) is not size(2, (), float64)


def test_the_users_line_is_no_part_of_the_identity():
    first = ew.exp.apply((X,), (), "model.py:3")
    assert ew.exp.apply((X,), (), "model.py:7") is first


def test_nodes_are_released():
    node = ew.exp(ew.sin(input_node("released", (3,), float32)))
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is None


def test_topological_order_visits_each_node_once():
    shared = ew.exp(X)
    output = ew.add(ew.multiply(shared, Y), shared)
    order = topological([output, shared])
    assert len(order) == len(set(order)) == 5
    assert all(order.index(arg) < order.index(node) for node in order for arg in node.args)
    assert list(Graph((X, Y), (output, shared))) == order


def test_topological_order_of_a_deep_graph():
    node = X
    for _ in range(5000):
        node = ew.sin(node)
    assert len(topological([node])) == 5001


def test_rebuild_substitute_and_transform():
    node = ew.add(ew.exp(X), Y)
    assert rebuild(node, node.args) is node
    assert substitute([node], {X: Y}) == (ew.add(ew.exp(Y), Y),)
    assert substitute([node], {}) == (node,)
    negated = transform([node], lambda n: ew.negative(n.args[0]) if n.op == "exp" else n)
    assert negated == (ew.add(ew.negative(X), Y),)


def test_scalars_become_constants_like_the_first_node():
    (_, two) = ew.multiply(X, 2).args
    assert two is constant(2.0, (2, 3), float32)
    (one, _) = ew.divide(1, X).args
    assert one is constant(1.0, (2, 3), float32)


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: ew.add(X, input_node("z", (3,), float32)), ShapeError),
        (lambda: ew.add(X, input_node("z", (2, 3), float64)), DTypeError),
        (lambda: ew.exp(input_node("z", (2, 3), int64)), DTypeError),
        (lambda: ew.select(X, X, X), DTypeError),
        (lambda: ew.exp(X, X), CallError),
        (lambda: st.sum_(X, axes=(1, 0)), ShapeError),
        (lambda: st.sum_(X, axes=(2,)), ShapeError),
        (lambda: st.max_(input_node("z", (0, 3), float32), axes=(0,)), ShapeError),
        (lambda: st.broadcast(X, shape=(3, 2), dims=(0, 1)), ShapeError),
        (lambda: st.broadcast(X, shape=(3, 2), dims=(1, 0)), ShapeError),
        (lambda: st.permute(X, axes=(0, 0)), ShapeError),
        (lambda: st.reshape(X, shape=(5,)), ShapeError),
        (lambda: st.slice_axis(X, 1, 2, 2, 1), ShapeError),
        (lambda: st.slice_axis(X, 1, 0, 2, -1), ShapeError),
        (lambda: st.concat(X, input_node("z", (2, 4), float32), axis=0), ShapeError),
        (lambda: st.gather(X, Y, axis=0), DTypeError),
        (lambda: st.gather(X, input_node("z", (3, 2), int64), axis=0), ShapeError),
        (lambda: st.matmul(X, Y), ShapeError),
    ],
)
def test_what_does_not_fit_is_refused(build, error):
    with pytest.raises(error):
        build()


def test_every_row_can_be_evaluated_and_is_named_once():
    rows = list(PRIMITIVES.values())
    assert all(row.evaluate is not None for row in rows if row.name != "input")
    assert all(name == row.name for name, row in PRIMITIVES.items())
    assert set(LEAVES) <= set(rows)
