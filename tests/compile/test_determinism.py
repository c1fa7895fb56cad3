"""The same bits on any number of threads, and from run to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.compile import blocks
from dovetail.compile.pipeline import compile_graph
from dovetail.graph.dtypes import bfloat16, float32, float64
from dovetail.graph.node import Graph
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives import structure as s
from dovetail.options import options, override

from .harness import Array, bits, dt, graph_of, random, strides_of, traced, with_gradients

THREADS = (1, 2, 3)


def outcomes(graph: Graph, arrays: list[Array], rounds: int = 2) -> list[list[bytes]]:
    """The bits of every output: on each number of threads, several times."""
    executable = compile_graph(graph, strides_of(arrays))
    found: list[list[bytes]] = []
    for number in THREADS:
        with override(num_threads=number):
            for _ in range(rounds):
                found.append([bits(result) for result in executable(arrays, [])])
    return found


def assert_same(graph: Graph, arrays: list[Array], rounds: int = 2) -> None:
    first, *others = outcomes(graph, arrays, rounds)
    for other in others:
        assert other == first


LARGE = random(0, (700, 1100), float32)
TALL = random(1, (90_000, 7), float32)
LONG = random(2, (1_000_003,), float32)

CASES: dict[str, tuple[Callable[..., Any], list[Array]]] = {
    "pointwise": (dt.mish, [LARGE]),
    "pointwise with gaps": (dt.tanh, [LARGE[:, ::3]]),
    "row": (dt.softmax, [LARGE]),
    "short rows": (dt.softmax, [TALL]),
    "outer": (lambda x: dt.sum(x, axis=0), [LARGE]),
    "outer, few columns": (lambda x: dt.sum(x, axis=0), [TALL]),
    "outer product": (lambda x: dt.prod(x, axis=0), [LARGE]),
    "full": (lambda x: dt.sum(x), [LONG]),
    "full of an expression": (lambda x: dt.mean(dt.exp(x)), [LARGE]),
    "variance of all": (dt.var, [LONG]),
    "long rows": (lambda x: dt.sum(x, axis=1), [LONG[:1_000_000].reshape(2, 500_000)]),
    "middle": (lambda x: dt.sum(dt.reshape(x, (7, 100, 1100)), axis=1), [LARGE]),
    "several": (lambda x: (dt.softmax(x), dt.sum(x * x, axis=0), dt.sum(x)), [LARGE]),
    "running sum": (lambda x: dt.cumulative_sum(x, axis=0), [LARGE]),
    "float64": (lambda x: (dt.sum(x, axis=0), dt.sum(x)), [LARGE.astype(np.float64)]),
    "bfloat16": (
        lambda x: (dt.sum(x, axis=0), dt.sum(x), dt.softmax(x)), [LARGE.astype(bfloat16.numpy)]
    ),
    "attention": (
        lambda q: dt.attention(q, q, q, causal=True), [random(7, (2, 8, 300, 16), float32)]
    ),
    "product": (lambda x: x @ dt.matrix_transpose(x), [LARGE]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_any_number_of_threads(name: str) -> None:
    function, arrays = CASES[name]
    assert_same(traced(function, *arrays), arrays)


@pytest.mark.parametrize(
    "name", ["pointwise", "row", "short rows", "several", "variance of all", "attention"]
)
def test_gradients(name: str) -> None:
    function, arrays = CASES[name]
    graph = with_gradients(traced(function, *arrays))
    seeds = [random(5, node.shape, node.dtype) for node in graph.inputs[len(arrays) :]]
    assert_same(graph, [*arrays, *seeds])


def test_scatter_with_duplicates() -> None:
    """Additions to the same element happen in a fixed order."""
    indices = np.random.default_rng(3).integers(0, 50, (60_000, 4))
    updates = random(4, (60_000, 4), float32)
    graph = graph_of(lambda i, u: s.scatter_add(i, u, axis=0, extent=50), indices, updates)
    assert_same(graph, [indices, updates])


def test_norm_with_both_gradients() -> None:
    scale = random(6, (1100,), float32)
    graph = with_gradients(traced(lambda x, w: dt.rms_norm(x, w), LARGE, scale))
    assert_same(graph, [LARGE, scale, random(7, LARGE.shape, float32)])


def training_step(dtype: Any) -> tuple[Graph, list[Array]]:
    """Embedding, norm, two products, cross-entropy; all gradients; an update."""
    generator = np.random.default_rng(8)
    words = generator.integers(0, 300, (64, 8))
    labels = generator.integers(0, 40, 64)

    def loss(table: Any, scale: Any, first: Any, second: Any, bias: Any) -> Any:
        x = dt.mean(dt.take(table, words, axis=0), axis=1)
        hidden = dt.gelu(dt.rms_norm(x, scale) @ first)
        logits = hidden @ second + bias
        picked = dt.take_along_axis(logits, labels[:, None], axis=-1)[:, 0]
        return dt.mean(dt.logsumexp(logits, axis=-1) - picked)

    shapes = [(300, 96), (96,), (96, 200), (200, 40), (40,)]
    parameters = [random(n, shape, dtype, 0.3) for n, shape in enumerate(shapes)]
    graph = with_gradients(traced(loss, *parameters))
    value, *gradients = graph.outputs
    updated = [
        e.subtract(p, e.multiply(g, 0.125)) for p, g in zip(graph.inputs, gradients, strict=False)
    ]
    return Graph(graph.inputs, (value, *gradients, *updated)), [
        *parameters, np.ones((), dtype.numpy)
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", [float32, float64], ids=str)
def test_training_steps(dtype: Any) -> None:
    graph, arrays = training_step(dtype)
    assert_same(graph, arrays, rounds=3)


def test_blocks_that_follow_the_threads_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: tasks that depend on the number of threads."""
    graph = traced(lambda x: dt.sum(dt.exp(x), axis=0), TALL)
    found: set[bytes] = set()
    for number in THREADS:
        monkeypatch.setattr(blocks, "OUTER_BLOCK_ROWS", 90_000 // number)
        monkeypatch.setattr(blocks, "TASK_ELEMENTS", 1 << 30)
        with override(num_threads=number):
            found.add(bits(compile_graph(graph, [TALL.strides])([TALL], [])[0]))
    assert len(found) > 1


def test_the_number_of_threads_is_what_is_asked_for() -> None:
    for number in THREADS:
        with override(num_threads=number):
            assert options().num_threads == number


def test_rows_do_not_depend_on_their_neighbours() -> None:
    """A row's softmax has the same bits alone and in a batch."""
    graph = traced(dt.softmax, LARGE)
    whole = compile_graph(graph, [LARGE.strides])([LARGE], [])[0]
    for first, last in [(0, 10), (13, 14), (600, 700)]:
        part = np.ascontiguousarray(LARGE[first:last])
        alone = compile_graph(traced(dt.softmax, part), [part.strides])([part], [])[0]
        assert bits(alone) == bits(whole[first:last])
