"""Graphs in files: every primitive comes back as the same node; what is ill-formed does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.errors import SerialisationError
from dovetail.files.attributes import ATTRIBUTES
from dovetail.files.formulas import Numbers
from dovetail.files.graphs import GraphWriter, SavedGraph
from dovetail.files.records import parsed, text_of
from dovetail.graph.dtypes import float64
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives.row import input_node
from dovetail.graph.primitives.scan import bodies_in
from dovetail.operations.sized_composite import sized_graph
from tests.transform.primitive_examples import EXAMPLES


def again(graph: Graph) -> Graph:
    """A graph after it was written and read."""
    arrays: dict[str, Any] = {}
    writer = GraphWriter(arrays)
    record = writer.graph(sized_graph(lambda _: graph, ()), lambda _: graph, ())
    assert writer.formulas == []
    read = parsed(text_of(record), "graph")
    saved = SavedGraph(read, len(graph.inputs), arrays, "graph")
    return Graph(graph.inputs, tuple(saved.outputs(graph.inputs, Numbers())))


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_primitive_comes_back(example: Any) -> None:
    inputs = example.inputs()
    graph = Graph(tuple(inputs), (example.build(*inputs),))
    found = again(graph)
    rules = any(node.op == "declared" for node in graph) or any(
        node.op == "declared" for body in bodies_in(graph) for node in body.graph
    )
    if not rules:  # rules are other objects
        assert found.outputs[0] is graph.outputs[0]
    values = list(example.values(np.random.default_rng(0), inputs).values())
    for one, other in zip(evaluate(found, values), evaluate(graph, values), strict=True):
        assert np.array_equal(one, other, equal_nan=True)


def test_every_attribute_has_a_type() -> None:
    """The attributes of each row, as the examples of all rows have them."""
    own = {"input", "literal", "declared", "scan"}
    for example in EXAMPLES:
        inputs = example.inputs()
        for node in Graph(tuple(inputs), (example.build(*inputs),)):
            if node.op not in own:
                assert {name for name, _ in node.attrs} <= set(ATTRIBUTES.get(node.op, {})), node
    assert set(ATTRIBUTES) <= set(PRIMITIVES)


def node(op: str, operands: list[int], **attrs: Any) -> list[Any]:
    return [op, operands, attrs]


ILL_FORMED = {
    "unknown primitive": node("explode", [0]),
    "input": node("input", [], name="x", shape=[2], dtype="float64", scalar=False),
    "itself": node("sin", [1]),
    "later": node("sin", [7]),
    "negative operand": node("sin", [-1]),
    "operand of another type": node("sin", ["0"]),
    "too few operands": node("add", [0]),
    "missing attribute": node("sum", [0]),
    "another attribute": node("sum", [0], axes=[0], power=2),
    "axis outside": node("sum", [0], axes=[5]),
    "negative axis": node("argsort", [0], axis=-1, descending=False),
    "axis of another type": node("argsort", [0], axis="0", descending=False),
    "flag of another type": node("argsort", [0], axis=0, descending=1),
    "permutation": node("permute", [0], axes=[0, 0]),
    "elements": node("reshape", [0], shape=[5, 5]),
    "negative shape": node("reshape", [0], shape=[-3, -4]),
    "broadcast from outside": node("broadcast", [0], shape=[3, 4], dims=[-2, 1]),
    "absurd shape": node("broadcast", [0], shape=[2**40, 2**40, 3, 4], dims=[2, 3]),
    "pad beyond": node("pad", [0], shape=[3, 4], starts=[1, 0], steps=[1, 1]),
    "pad onto itself": node("pad", [0], shape=[3, 4], starts=[0, 0], steps=[0, 1]),
    "slice beyond": node("slice", [0], starts=[0, 2], steps=[1, 1], sizes=[3, 4]),
    "gather from floats": node("gather", [0, 0], axis=0),
    "window of 0": node("windows", [0], axes=[0], window=[0], steps=[1], dilations=[1]),
    "step of 0": node("windows", [0], axes=[0], window=[2], steps=[0], dilations=[1]),
    "type": node("cast", [0], dtype="complex64"),
    "type of another type": node("cast", [0], dtype=64),
    "value": node("constant", [], value=300, shape=[2], dtype="int8"),
    "value of another type": node("constant", [], value="1", shape=[2], dtype="float32"),
    "unknown number": node("reshape", [0], shape=["n3", 4]),
    "array": node("literal", [], array="array.9"),
    "body": node("scan", [0], body=0, index=0, length=3, reverse=False, checkpoint=False),
    "rule": node("declared", [0], rule=0, index=0, count=1),
    "no list": {"op": "sin"},
    "no name": [1, [0], {}],
}


@pytest.mark.parametrize("name", ILL_FORMED)
def test_what_is_ill_formed_is_refused(name: str) -> None:
    record = {"nodes": [ILL_FORMED[name]], "outputs": [1]}
    x = input_node("x", (3, 4), float64)
    with pytest.raises(SerialisationError):
        SavedGraph(parsed(text_of(record), "graph"), 1, {}, "graph").outputs([x], Numbers())


def test_a_right_node_is_not_refused() -> None:
    record = {"nodes": [node("sum", [0], axes=[1])], "outputs": [1]}
    x = input_node("x", (3, 4), float64)
    (found,) = SavedGraph(parsed(text_of(record), "graph"), 1, {}, "g").outputs([x], Numbers())
    assert (found.op, found.shape) == ("sum", (3,))
