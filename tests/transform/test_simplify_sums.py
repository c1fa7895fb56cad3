"""Sums that wait for other sums, in one pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dovetail.graph.dtypes import float32
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph, Node, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node, size
from dovetail.transform.simplify import simplify

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


def test_sums_with_factors_that_wait_take_one_pass() -> None:
    for summed in (
        ew.add(ew.multiply(V, late()), W),
        ew.subtract(W, ew.multiply(ew.multiply(V, late()), W)),
        ew.add(ew.multiply(ew.exp(W), late()), ew.negative(ew.multiply(late(), V))),
        ew.subtract(ew.multiply(late(), ew.multiply(2.0, V)), ew.multiply(ew.negative(V), late())),
    ):
        total = st.sum_(summed, axes=(1,))
        assert passes([total]) == 2
        assert passes(simplify([total])) == 1


def test_other_sums_stay_as_they_are() -> None:
    early = per_row(input_node("early", (64,), float32))
    crosswise = st.broadcast(
        ew.rsqrt(st.sum_(ew.multiply(V, V), axes=(0,))), shape=ROW_SUMS, dims=(1,)
    )
    for summed in (
        ew.add(ew.multiply(V, early), W),  # waits for nothing
        ew.add(ew.multiply(V, crosswise), W),  # varies along the sum
        ew.multiply(V, late()),  # alone
        ew.add(ew.divide(V, late()), W),  # no product
        ew.multiply(ew.exp(ew.add(V, late())), W),  # not outside
        # Too many sums for one pass.
        ew.add(ew.multiply(V, late()), ew.add(ew.add(W, ew.exp(W)), ew.add(ew.exp(V), ew.sin(V)))),
    ):
        total = st.sum_(summed, axes=(1,))
        assert simplify([total]) == (total,)


def test_of_nothing_the_sum_is_nothing() -> None:
    """0 times a factor that is NaN, as a mean of nothing is, would not be."""
    v = input_node("v", (0, 3), float32)
    mean = ew.divide(st.sum_(v, axes=(0,)), size(0, (3,), float32))
    wide = st.broadcast(mean, shape=(0, 3), dims=(1,))
    for summed in (ew.subtract(v, wide), ew.add(ew.multiply(v, wide), v)):
        (total,) = simplify([st.sum_(summed, axes=(0,))])
        (found,) = evaluate(Graph((v,), (total,)), [np.zeros((0, 3), np.float32)])
        assert found.tolist() == [0.0] * 3


def test_only_deviations_from_the_mean_add_up_to_nothing() -> None:
    def deviations(x: Node, of: Node, by: Node, axes: tuple[int, ...] = (1,)) -> Node:
        mean = ew.divide(st.sum_(of, axes=(1,)), by)
        return st.sum_(ew.subtract(x, per_row(mean)), axes=axes)

    count = size(32, (64,), float32)
    (nothing,) = simplify([deviations(V, V, count)])
    assert passes([nothing]) == 1
    values = np.random.default_rng(0).normal(size=ROW_SUMS)
    values[3, 5], values[7, 2], values[8, :2] = np.nan, np.inf, (np.inf, -np.inf)
    (found,) = evaluate(Graph((V,), (nothing,)), [values.astype(np.float32)])
    assert np.flatnonzero(np.isnan(found)).tolist() == [3, 7, 8]
    assert not np.nan_to_num(found).any()
    for other in (
        deviations(V, W, count),
        deviations(V, V, size(31, (64,), float32)),
        deviations(V, V, count, axes=(0,)),
    ):
        assert passes(simplify([other])) == 2
