"""Deviations from a mean add up to nothing: their multiples are left out of sums."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from dovetail.graph.dtypes import float32, float64
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph, Node, substitute, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node, size
from dovetail.transform.derivative import vjp
from dovetail.transform.min_cut import min_cut_partition
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import stabilise

ROW_SUMS = (64, 32)
V = input_node("v", ROW_SUMS, float32)
W = input_node("w", ROW_SUMS, float32)


def passes(outputs: Sequence[Node]) -> int:
    """How many sums wait for each other, at most."""
    depth: dict[Node, int] = {}
    for node in topological(outputs):
        above = max((depth[arg] for arg in node.args), default=0)
        depth[node] = above + (node.primitive.category == "reduction")
    return max(depth[output] for output in outputs)


def per_row(node: Node) -> Node:
    return st.broadcast(node, shape=ROW_SUMS, dims=(0,))


def late() -> Node:
    """A number for each row that waits for a sum over it."""
    return per_row(ew.rsqrt(st.sum_(ew.multiply(V, V), axes=(1,))))


def deviations(
    x: Node = V, of: Node = V, count: int = 32, axes: tuple[int, ...] = (1,)
) -> Node:  # fmt: skip
    total = st.sum_(of, axes=axes)
    mean = ew.divide(total, size(count, total.shape, float32))
    return ew.subtract(x, st.restore(mean, ROW_SUMS, axes))


def test_multiples_of_deviations_are_left_out() -> None:
    for summed in (
        deviations(),
        ew.add(W, ew.multiply(deviations(), late())),
        ew.subtract(W, ew.multiply(ew.multiply(late(), deviations()), 2.0)),
        ew.negative(ew.add(ew.multiply(ew.negative(deviations()), late()), W)),
        ew.multiply(late(), deviations()),
    ):
        total = st.sum_(summed, axes=(1,))
        (found,) = simplify([total])
        sums = [node.args[0] for node in topological([found]) if node.op == "sum"]
        assert not any(node.op == "subtract" for each in sums for node in topological([each]))
        values = [np.random.default_rng(n).normal(size=ROW_SUMS) for n in (0, 1)]
        (right,) = evaluate(Graph((V, W), (total,)), values)
        (got,) = evaluate(Graph((V, W), (found,)), values)
        np.testing.assert_allclose(got, right, atol=1e-5)


def test_other_sums_stay_as_they_are() -> None:
    crosswise = st.broadcast(
        ew.rsqrt(st.sum_(ew.multiply(V, V), axes=(0,))), shape=ROW_SUMS, dims=(1,)
    )
    for summed in (
        ew.add(ew.multiply(V, late()), W),  # a factor taken out would overflow, and lose NaN
        ew.multiply(deviations(), crosswise),  # varies along the sum
        ew.multiply(deviations(), deviations()),
        ew.exp(deviations()),
        deviations(V, W),
        deviations(count=31),
        deviations(axes=(0,)),
    ):
        total = st.sum_(summed, axes=(1,))
        assert simplify([total]) == (total,)


def test_the_mean_of_the_columns_of_a_square_is_not_that_of_its_rows() -> None:
    x = input_node("x", (4, 4), float64)
    mean = ew.divide(st.sum_(x, axes=(1,)), size(4, (4,), float64))
    total = st.sum_(ew.subtract(x, st.broadcast(mean, shape=(4, 4), dims=(1,))), axes=(1,))
    assert simplify([total]) == (total,)


def test_of_nothing_the_sum_is_nothing() -> None:
    """0 times a factor that is NaN, as a mean of nothing is, would not be."""
    v = input_node("v", (0, 3), float32)
    mean = ew.divide(st.sum_(v, axes=(0,)), size(0, (3,), float32))
    wide = st.broadcast(mean, shape=(0, 3), dims=(1,))
    for summed in (ew.subtract(v, wide), ew.add(ew.multiply(ew.subtract(v, wide), wide), v)):
        (total,) = simplify([st.sum_(summed, axes=(0,))])
        (found,) = evaluate(Graph((v,), (total,)), [np.zeros((0, 3), np.float32)])
        assert found.tolist() == [0.0] * 3


def test_what_is_left_out_keeps_its_nan() -> None:
    (found,) = simplify([st.sum_(ew.add(W, ew.multiply(deviations(), late())), axes=(1,))])
    values = np.random.default_rng(0).normal(size=ROW_SUMS)
    values[3, 5], values[7, 2], values[8, :2] = np.nan, np.inf, (np.inf, -np.inf)
    values[9] = 0.0  # late is infinite there
    with np.errstate(all="ignore"):
        (got,) = evaluate(Graph((V, W), (found,)), [values, np.ones(ROW_SUMS)])
    assert np.flatnonzero(np.isnan(got)).tolist() == [3, 7, 8, 9]
    assert np.nan_to_num(got, nan=32.0).tolist() == [32.0] * 64


@pytest.mark.parametrize("scale", [1e-25, 1e25])
def test_sums_keep_their_range(scale: float) -> None:
    """x * (1 / max|x|) squared, not x squared times 1 / max|x| squared."""
    x = input_node("x", (4,), float32)
    peak = ew.divide(1.0, st.max_(ew.absolute(x), axes=(0,)))
    n = ew.multiply(x, st.broadcast(peak, shape=(4,), dims=()))
    (found,) = simplify([st.sum_(ew.subtract(ew.multiply(n, n), n), axes=(0,))])
    results: dict[Node, np.ndarray] = {x: np.array([1, 0.5, 0.25, 0.125], "f4") * np.float32(scale)}
    with np.errstate(all="ignore"):
        for node in topological([found]):  # in float32, unlike the evaluator
            if node not in results:
                assert node.primitive.evaluate is not None
                value = node.primitive.evaluate(node, *(results[arg] for arg in node.args))
                results[node] = np.asarray(value, "f4")
    assert results[found] == pytest.approx(-0.546875, rel=1e-6)


def layer_norm(x: Node, eps: float) -> Node:
    count = size(32, (64,), float32)
    centred = ew.subtract(x, per_row(ew.divide(st.sum_(x, axes=(1,)), count)))
    variance = ew.divide(st.sum_(ew.multiply(centred, centred), axes=(1,)), count)
    return ew.multiply(centred, per_row(ew.rsqrt(ew.add(variance, eps))))


def test_the_gradient_of_a_norm_takes_one_pass_for_its_sums() -> None:
    """Also once the mean is an input of the backward computation, and not seen to be one."""
    outputs = stabilise([layer_norm(V, 1e-5)])
    cotangent = input_node("cotangent", ROW_SUMS, float32)
    found = vjp(outputs, [V], [cotangent])
    kept = [node for node in min_cut_partition(outputs, found, [V], [cotangent]) if node is not V]
    assert [node.shape for node in kept] == [(64,), (64,)]
    fresh = {node: input_node(f"kept{i}", node.shape, float32) for i, node in enumerate(kept)}
    backward = simplify(substitute(found, fresh))
    assert passes(backward) == 1
    sums = [node for node in topological(backward) if node.op == "sum"]
    assert len(sums) == 2
