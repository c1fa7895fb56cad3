"""What is derived about splitting a graph holds: parts that are computed apart make the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.graph.dtypes import float64
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph, Node, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node
from dovetail.transform.axes import Axes
from dovetail.transform.derivative import vjp
from dovetail.transform.sharding import PARTIAL, Sharding, localised, shardings
from tests.transform.primitive_examples import Example


def _parts(array: Any, place: Any, count: int) -> list[Any]:
    if place is None:
        return [array] * count
    if place is PARTIAL:
        rng = np.random.default_rng(3)
        summands = [rng.normal(size=array.shape) for _ in range(count - 1)]
        return [*summands, array - sum(summands)]
    return np.array_split(array, count, axis=place)


def _joined(parts: list[Any], place: Any) -> Any:
    if place is None:
        for other in parts[1:]:
            np.testing.assert_array_equal(other, parts[0])
        return parts[0]
    return sum(parts) if place is PARTIAL else np.concatenate(parts, axis=place)


def _hold(graph: Graph, arrays: list[Any], count: int, partial: Any = ()) -> list[Sharding]:
    """Check every way to split a graph over so many processes; those that there are."""
    axes = Axes(graph)
    want = evaluate(graph, arrays)
    checked: list[Sharding] = []
    for way in shardings(graph, axes, len(arrays), len(want), partial):
        pieces = [_parts(a, p, count) for a, p in zip(arrays, way.inputs, strict=True)]
        cuts = [] if way.axis is None else [(way.axis, lambda extent: extent // count)]
        part = localised(graph, axes, cuts, len(want))
        even = all(
            a.shape[p] % count == 0
            for a, p in zip(arrays, way.inputs, strict=True) if isinstance(p, int)
        )  # fmt: skip
        if part is None or not even:
            continue
        results = [evaluate(part, [each[n] for each in pieces]) for n in range(count)]
        for number, place in enumerate(way.outputs):
            found = _joined([each[number] for each in results], place)
            np.testing.assert_allclose(found, want[number], rtol=1e-9, atol=1e-9, err_msg=str(way))
        checked.append(way)
    return checked


def _example(example: Example) -> tuple[Graph, list[Any]]:
    inputs = example.inputs()
    output = example.build(*inputs)
    values = example.values(np.random.default_rng(0), inputs)
    return Graph(tuple(inputs), (output,)), [values[node] for node in inputs]


def test_parts_make_the_whole(example: Example) -> None:
    graph, arrays = _example(example)
    floating = [n for n, node in enumerate(graph.inputs) if node.dtype.is_floating]
    partial = [(n,) for n in floating] + [tuple(floating)] * (len(floating) > 1)
    for count in (2, 3):
        _hold(graph, arrays, count, partial)


def test_parts_of_gradients_make_the_whole(example: Example) -> None:
    graph, arrays = _example(example)
    if not all(node.dtype is float64 for node in (*graph.inputs, *graph.outputs)):
        pytest.skip("no derivative")
    cotangent = input_node("cotangent", graph.outputs[0].shape, float64)
    found = vjp(list(graph.outputs), list(graph.inputs), [cotangent])
    joint = Graph((cotangent, *graph.inputs), (*found, *graph.outputs))
    given = [np.random.default_rng(1).normal(size=cotangent.shape), *arrays]
    for count in (2, 3):
        _hold(joint, given, count, [(0,)])


def _x(*shape: int, name: str = "x") -> Node:
    return input_node(name, shape, float64)


def _ways(*outputs: Node) -> list[tuple[Any, Any]]:
    inputs = tuple(node for node in topological(outputs) if node.op == "input")
    graph = Graph(inputs, outputs)
    arrays = [np.random.default_rng(2).normal(size=node.shape) for node in inputs]
    return [(way.inputs, way.outputs) for way in _hold(graph, arrays, 2)]


def test_the_ways_that_there_are() -> None:
    x, y = _x(4, 6), _x(4, 6, name="y")
    total = st.sum_(x, axes=(0,))
    assert _ways(ew.add(x, y)) == [((0, 0), (0,)), ((1, 1), (1,))]
    assert _ways(total) == [((0,), (PARTIAL,)), ((1,), (0,))]
    assert _ways(ew.multiply(total, 2.0)) == [((0,), (PARTIAL,)), ((1,), (0,))]
    assert _ways(ew.add(total, 2.0)) == [((1,), (0,))]  # 2 would be added twice
    assert _ways(ew.exp(total)) == [((1,), (0,))]
    assert _ways(st.max_(x, axes=(0,))) == [((1,), (0,))]
    assert _ways(st.argmax(x, axis=1)) == [((0,), (0,))]
    centred = ew.subtract(x, st.restore(total, x.shape, (0,)))
    assert _ways(centred) == [((1,), (1,))]
    square = _x(4, 4)
    assert _ways(ew.add(square, st.permute(square, axes=(1, 0)))) == []
    assert _ways(st.reshape(x, shape=(24,))) == [((0,), (0,))]
    assert _ways(st.reshape(x, shape=(2, 2, 6))) == [((0,), (0,)), ((1,), (2,))]
    a, b = _x(4, 6), _x(6, 2, name="b")
    assert _ways(st.matmul(a, b)) == [
        ((0, None), (0,)), ((1, 0), (PARTIAL,)), ((None, 1), (1,)),
    ]  # fmt: skip
