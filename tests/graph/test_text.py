"""The text of a graph: readable, and the same for the same graph."""

from __future__ import annotations

import numpy as np

from dovetail.graph.dtypes import float32, int64
from dovetail.graph.node import Graph
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node, literal, size
from dovetail.graph.text import graph_text

GOLDEN = """\
inputs %x: float32[4, 8], %labels: int64[4, 1]
%0 = max(%x, axes=(1,)) : float32[4]
%1 = broadcast(%0, dims=(0,), shape=(4, 8)) : float32[4, 8]
%2 = subtract(%x, %1) : float32[4, 8]
%3 = gather(%2, %labels, axis=1) : float32[4, 1]
%4 = literal(array=Held) : float32[4, 1]
%5 = multiply(%3, %4) : float32[4, 1]
%6 = size(value=8.0) : float32[4, 1]
%7 = divide(%5, %6) : float32[4, 1]
%8 = cast(%7, dtype=int64) : int64[4, 1]
return %8, %2"""


def test_golden():
    x = input_node("x", (4, 8), float32)
    labels = input_node("labels", (4, 1), int64)
    shifted = ew.subtract(x, st.restore(st.max_(x, axes=(1,)), x.shape, (1,)))
    picked = st.gather(shifted, labels, axis=1)
    weights = literal(np.ones((4, 1), np.float32), float32)
    scaled = ew.divide(ew.multiply(picked, weights), size(8, (4, 1), float32))
    graph = Graph((x, labels), (ew.cast(scaled, dtype=int64), shifted))
    assert graph_text(graph) == GOLDEN
    assert graph_text(Graph(graph.inputs, graph.outputs)) == GOLDEN
