"""What the backward keeps, by name, for the layers that matter; and maximum flow itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from dovetail.graph.dtypes import float32, int64
from dovetail.graph.node import Node, substitute, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import constant, input_node, size
from dovetail.graph.softmax import SoftmaxDerivative
from dovetail.transform.derivative import vjp
from dovetail.transform.maxflow import Network
from dovetail.transform.min_cut import min_cut_partition
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import stabilise

ROWS, COLUMNS = 64, 128
SHAPE = (ROWS, COLUMNS)
X = input_node("x", SHAPE, float32)
SCALE = input_node("scale", (COLUMNS,), float32)
LABELS = input_node("labels", (ROWS, 1), int64)
W1 = input_node("w1", (COLUMNS, 256), float32)
W2 = input_node("w2", (256, 16), float32)


def kept_by(outputs: list[Node]) -> tuple[list[Node], list[Node]]:
    """What is kept for the backward of these outputs, and their inputs."""
    outputs = list(stabilise(simplify(outputs)))
    inputs = [node for node in topological(outputs) if node.op == "input"]
    wrt = [node for node in inputs if node.dtype.is_floating]
    cotangents = [input_node(f"c{i}", o.shape, o.dtype) for i, o in enumerate(outputs)]
    backward = simplify(vjp(outputs, wrt, cotangents))
    kept = min_cut_partition(outputs, backward, inputs, cotangents)
    assert_sufficient(backward, kept, cotangents)
    return kept, inputs


def assert_sufficient(backward, kept, cotangents):
    """With what is kept, no reduction or product of the forward is needed again."""
    held = {node: input_node(f"kept{i}", node.shape, node.dtype) for i, node in enumerate(kept)}
    rebuilt = substitute(backward, held)
    own = {*held.values(), *cotangents}
    varying: set[Node] = set(cotangents)
    for node in topological(rebuilt):
        if any(arg in varying for arg in node.args):
            varying.add(node)
        elif node not in own and node.args:
            again = node.primitive.category in ("elementwise", "movement", "declared")
            assert again or node.op == "checked_index", node
        assert node.op != "input" or node in own, f"{node} is not kept"


def names(kept: list[Node]) -> set[str]:
    return {str(node.attr("name")) if node.op == "input" else node.op for node in kept}


def wide(row: Node) -> Node:
    return st.restore(row, SHAPE, (1,))


def mean(x: Node) -> Node:
    return ew.divide(st.sum_(x, axes=(1,)), size(COLUMNS, (ROWS,), float32))


def rmsnorm() -> Node:
    factor = ew.rsqrt(ew.add(mean(ew.multiply(X, X)), 1e-6))
    return ew.multiply(ew.multiply(X, wide(factor)), st.broadcast(SCALE, shape=SHAPE, dims=(1,)))


def layernorm() -> Node:
    centred = ew.subtract(X, wide(mean(X)))
    factor = ew.rsqrt(ew.add(mean(ew.multiply(centred, centred)), 1e-6))
    return ew.multiply(
        centred, ew.multiply(wide(factor), st.broadcast(SCALE, shape=SHAPE, dims=(1,)))
    )


def softmax() -> Node:
    return ew.divide(ew.exp(X), wide(st.sum_(ew.exp(X), axes=(1,))))


def cross_entropy() -> Node:
    return ew.negative(st.reshape(st.gather(ew.log(softmax()), LABELS, axis=1), shape=(ROWS,)))


def mish() -> Node:
    return ew.multiply(X, ew.tanh(ew.log(ew.add(ew.exp(X), 1.0))))


def gelu() -> Node:
    return ew.multiply(ew.multiply(X, 0.5), ew.add(ew.erf(ew.multiply(X, math.sqrt(0.5))), 1.0))


@pytest.mark.parametrize("activation", [mish, gelu])
def test_an_activation_keeps_its_input(activation):
    kept, _ = kept_by([activation()])
    assert kept == [X]


def test_rmsnorm_keeps_x_scale_and_one_number_per_row():
    kept, _ = kept_by([rmsnorm()])
    assert names(kept) == {"x", "scale", "rsqrt"}
    assert [node.shape for node in kept if node.op == "rsqrt"] == [(ROWS,)]


def test_layernorm_keeps_x_scale_and_two_numbers_per_row():
    kept, _ = kept_by([layernorm()])
    assert names(kept) == {"x", "scale", "divide", "rsqrt"}
    assert all(node.shape == (ROWS,) for node in kept if node.args)


def test_softmax_is_read_from_its_value():
    kept, _ = kept_by([softmax()])
    assert names(kept) == {"declared"}
    assert isinstance(kept[0].attr("rule"), SoftmaxDerivative)


def test_cross_entropy_keeps_numbers_per_row():
    kept, inputs = kept_by([cross_entropy()])
    assert set(inputs) <= set(kept)
    statistics = [node for node in kept if node not in inputs]
    assert all(node.shape == (ROWS,) for node in statistics)
    assert len(statistics) == 2


def test_matmul_chain_keeps_what_the_activation_starts_from():
    hidden = st.matmul(X, W1)
    active = ew.select(ew.less(hidden, 0.0), constant(0.0, hidden.shape, float32), hidden)
    kept, _ = kept_by([st.matmul(active, W2)])
    assert set(kept) == {X, W1, W2, hidden}


def test_a_mask_is_kept_where_it_is_smaller():
    """Only the sign of the hidden values is read: a byte each, not four."""
    hidden = st.matmul(X, W1)
    kept, _ = kept_by([ew.select(ew.less(hidden, 0.0), ew.multiply(hidden, 0.1), hidden)])
    masks = [node for node in kept if node.shape == hidden.shape and node.args]
    assert [node.dtype.name for node in masks] == ["bool"]


def test_outputs_are_read_rather_than_kept_again():
    product = st.matmul(X, W1)
    kept, _ = kept_by([ew.exp(product)])
    assert set(kept) == {X, W1, ew.exp(product)}


def test_linear_work_keeps_nothing():
    kept, _ = kept_by([ew.multiply(st.cumulative_sum(X, axis=0, reverse=False), 3.0)])
    assert kept == []


def test_a_backward_that_is_known_beforehand():
    """A derivative that does not depend on the cotangent's values is read as it is."""
    statistic = mean(X)
    assert min_cut_partition([statistic], [statistic], [X], []) == [statistic]


def test_second_derivative_keeps_no_more_than_statistics():
    output = rmsnorm()
    cotangent = input_node("c", SHAPE, float32)
    backward = list(simplify(vjp([output], [X], [cotangent])))
    inputs = [X, SCALE, cotangent]
    outer = input_node("d", SHAPE, float32)
    second = simplify(vjp(backward, inputs, [outer]))
    kept = min_cut_partition(backward, second, inputs, [outer])
    assert_sufficient(second, kept, [outer])
    assert all(node.nbytes <= 4 * ROWS for node in kept if node not in inputs)


@pytest.mark.parametrize("seed", range(20))
def test_maximum_flow_against_scipy(seed):
    rng = np.random.default_rng(seed)
    vertices = int(rng.integers(2, 12))
    capacity = rng.integers(0, 10, (vertices, vertices)) * (rng.random((vertices, vertices)) < 0.4)
    np.fill_diagonal(capacity, 0)
    network = Network(vertices)
    for tail, head in zip(*np.nonzero(capacity), strict=True):
        network.connect(int(tail), int(head), int(capacity[tail, head]))
    expected = maximum_flow(csr_array(capacity.astype(np.int32)), 0, vertices - 1).flow_value
    assert network.maximise(0, vertices - 1) == expected
    below = network.sink_side(vertices - 1)
    above = [v for v in range(vertices) if v not in below]
    assert 0 in above
    assert sum(int(capacity[a, b]) for a in above for b in below) == expected
