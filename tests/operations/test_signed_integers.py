"""A graph without unsigned integers has the values of the graph with them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DovetailError
from dovetail.graph.dtypes import DType, bool_, float32, int32, int64, uint16, uint32
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Graph
from dovetail.graph.primitives import ELEMENTWISE, PRIMITIVES
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.row import input_node
from dovetail.language.trace import ArraySpec, trace
from dovetail.operations.signed_integers import NARROW, signed

TYPES = (uint16, uint32)


def _same(graph: Graph, *values: Any) -> Graph:
    """The graph without unsigned integers, once it has been compared."""
    made = signed(graph)
    given = [
        np.asarray(value, node.dtype.numpy)
        for value, node in zip(values, graph.inputs, strict=True)
    ]
    with np.errstate(all="ignore"):
        want = evaluate_nodes(graph.outputs, dict(zip(graph.inputs, given, strict=True)))
        got = evaluate_nodes(made.outputs, dict(zip(made.inputs, given, strict=True)))
    for one, other, node in zip(got, want, graph.outputs, strict=True):
        assert node.dtype.is_floating or one.dtype == node.dtype.numpy
        np.testing.assert_array_equal(one, other)
    assert not any(
        node.dtype in NARROW and node.op not in ("input", "cast", "scan") for node in made
    )
    return made


def _numbers(dtype: DType) -> tuple[np.ndarray, np.ndarray]:
    limit = (1 << dtype.bits) - 1
    edges = [0, 1, 2, 3, dtype.bits - 1, dtype.bits, limit // 2, limit - 1, limit]
    pairs = np.array(list(itertools.product(edges, edges)), np.int64).T
    return pairs[0].astype(dtype.numpy), pairs[1].astype(dtype.numpy)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_every_function_of_elements(dtype: DType) -> None:
    tried = set()
    given = _numbers(dtype)
    inputs = tuple(input_node(name, given[0].shape, dtype) for name in "xy")
    for name in (each.name for each in ELEMENTWISE if each.name != "cast"):  # below
        for count in (1, 2):
            try:
                output = PRIMITIVES[name](*inputs[:count])
                with np.errstate(all="ignore"):
                    evaluate_nodes([output], dict(zip(inputs, given, strict=True)))
            except (DovetailError, TypeError, ValueError, IndexError):
                continue
            tried.add(name)
            _same(Graph(inputs[:count], (output,)), *given[:count])
    assert {"add", "subtract", "multiply", "shift_left", "shift_right", "less"} <= tried


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("other", [int32, int64, float32, bool_, uint32], ids=str)
def test_conversions_wrap_and_saturate(dtype: DType, other: DType) -> None:
    values = _numbers(dtype)[0]
    x = input_node("x", values.shape, dtype)
    _same(Graph((x,), (rows.cast(rows.add(x, 1), dtype=other),)), values)
    given = np.array([-3, -1, 0, 1, 70_000, 2**31 - 1], np.int64).astype(other.numpy)
    if other.is_floating:
        given = np.array([np.nan, -np.inf, -3.9, 0.5, 3.9, 70_000.0, 1e30, np.inf], np.float32)
    y = input_node("y", given.shape, other)
    _same(Graph((y,), (rows.cast(y, dtype=dtype),)), given)


def test_sums_loops_and_random_numbers() -> None:
    x = input_node("x", (6,), uint32)
    values = np.array([2**32 - 1, 5, 2**31, 2**31, 7, 9], np.uint32)
    _same(Graph((x,), (PRIMITIVES["cumulative_sum"](x, axis=0, reverse=False),)), values)

    def drawn(key: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            carry = dt.fold_in(carry, 3)
            return carry, dt.random_uniform(carry, (2,))

        return dt.scan(step, key, None, length=3)

    graph = trace(dt.op(drawn), [ArraySpec((2,), uint32)]).graph
    assert any(node.dtype in NARROW for node in graph)
    _same(graph, np.array([17, 2**32 - 5], np.uint32))


def test_a_graph_without_them_is_left_alone() -> None:
    x = input_node("x", (6,), int32)
    graph = Graph((x,), (rows.add(x, x),))
    assert signed(graph) is graph
