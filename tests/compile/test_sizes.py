"""Sizes and layouts: a new shape compiles nothing, and any layout in memory is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import dovetail
from dovetail.compile.cpu import native
from dovetail.compile.pipeline import compile_graph
from dovetail.graph.dtypes import FLOATING, bfloat16, float32, float64
from dovetail.graph.node import Graph
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives import structure as s
from dovetail.graph.primitives.row import constant

from .harness import Array, assert_close, bits, dt, graph_of, random, run, traced, with_gradients


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kernels that are compiled or loaded after this call."""
    modules: list[str] = []
    real = native.load

    def load(text: str, *args: Any, **kwargs: Any) -> Any:
        if "@kernel(" in text:  # not the pool of threads, which starts at the first large call
            modules.append(text)
        return real(text, *args, **kwargs)

    monkeypatch.setattr(native, "load", load)
    return modules


def cross_entropy(x: Any) -> Any:
    return dt.mean(dt.logsumexp(x, axis=-1) - x[:, 0])


def embedding(x: Any) -> Any:
    return dt.take(x, np.array([0, 1, 0, -1]), axis=0)


FAMILIES: dict[str, Callable[..., Any]] = {
    "pointwise": lambda x: dt.exp(x) * 2.0 + x,
    "row": dt.softmax,
    "row with a mean": lambda x: dt.layer_norm(x),
    "outer": lambda x: dt.sum(dt.tanh(x), axis=0),
    "outer mean": lambda x: dt.mean(dt.tanh(x), axis=0),
    "full": lambda x: dt.mean(x * x),
    "variance": lambda x: dt.var(x, axis=-1, correction=1),
    "position": lambda x: x * dt.arange(x.shape[1], dtype=dt.float32),
    "labels": lambda x: dt.take_along_axis(x, dt.astype(dt.abs(x[:, :1]), dt.int64), axis=-1),
    "cross entropy": cross_entropy,
    "running": lambda x: dt.cumulative_sum(x, axis=-1) + dt.cumulative_prod(x, axis=0),
    "running product": lambda x: dt.cumulative_prod(dt.cos(x), axis=1, include_initial=True),
    "flipped": lambda x: x[::-1] + x[:, ::-1],
}
# What fits the cache is reduced in another nest than what does not: one of each comes first.
SHAPES = [(70, 90), (1024, 1024), (71, 90), (70, 131), (128, 4096), (300, 65), (2, 70), (900, 700)]
WARM = 2


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("name", FAMILIES)
def test_a_new_shape_compiles_nothing(name: str, backward: bool, compilations: list[str]) -> None:
    for number, shape in enumerate(SHAPES):
        arrays = [random(number, shape, float32)]
        graph = traced(FAMILIES[name], *arrays)
        if backward:
            arrays += [random(100 + number, node.shape, float32) for node in graph.outputs]
            graph = with_gradients(graph)
        if number < WARM:
            run(graph, arrays)
            compilations.clear()
        else:
            assert_close(graph, arrays, 1e-5)
            assert compilations == [], f"{shape} compiled {len(compilations)} modules"


def test_the_counter_counts(compilations: list[str]) -> None:
    x = random(0, (5, 7), float32)
    run(traced(lambda a: dt.exp(a) * 3.21875 + dt.sin(a), x), [x])
    assert compilations


def test_shapes_and_numbers_are_not_part_of_the_public_path(compilations: list[str]) -> None:
    """As a user sees it: an extension, called on one shape after another."""
    average = dovetail.op(lambda x, rate=0.5: dt.mean(x * rate, axis=-1) + 0.8125)
    average(random(0, (80, 90), float32))
    compilations.clear()
    for shape in [(81, 90), (80, 1000), (5000, 70)]:
        for rate in (0.25, 0.75):
            x = random(1, shape, float32)
            expected = (x.astype(np.float64) * rate).mean(-1) + 0.8125
            np.testing.assert_allclose(average(x, rate=rate), expected, rtol=1e-5)
    assert compilations == []


# Few elements.

EDGES = [
    (), (0,), (1,), (2,), (1, 1), (0, 3), (3, 0), (1, 5), (5, 1), (2, 0, 3), (1, 1, 1), (1, 4, 1),
]  # fmt: skip


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
@pytest.mark.parametrize("shape", EDGES, ids=str)
def test_edges(shape: tuple[int, ...], dtype: Any) -> None:
    x = random(0, shape, dtype)
    tolerance = {2: 2e-2, 4: 1e-5, 8: 1e-12}[dtype.itemsize]
    axes = tuple(range(len(shape)))

    def several(a: Any) -> tuple[Any, ...]:
        total = s.sum_(a, axes=axes)
        return (
            e.exp(a), total, e.subtract(a, s.restore(total, a.shape, axes)), a,
            constant(2.5, a.shape, a.dtype), s.reshape(a, shape=(a.size,)),
            s.permute(a, axes=axes[::-1]), s.sum_(a, axes=axes[:1]), s.prod(a, axes=axes[1:]),
        )  # fmt: skip

    graph = graph_of(several, x)
    results = assert_close(graph, [x], tolerance)
    for number, result in enumerate(results):
        assert not np.shares_memory(result, x) or not result.size
        others = [r for at, r in enumerate(results) if at != number and r.size]
        assert not any(np.shares_memory(result, other) for other in others)


def test_products_with_empty_sides() -> None:
    for m, k, n in [(0, 3, 4), (2, 0, 4), (2, 3, 0), (0, 0, 0), (1, 1, 1)]:
        a, b = random(0, (m, k), float32), random(1, (k, n), float32)
        graph = graph_of(lambda x, y: e.add(s.matmul(x, y), 1.0), a, b)
        assert_close(graph, [a, b], 1e-6)


# Layouts.


def layouts(seed: int, shape: tuple[int, int], dtype: Any) -> Iterator[tuple[str, Array]]:
    """Arrays of one shape in every memory layout."""
    m, n = shape
    yield "rows", random(seed, shape, dtype)
    yield "columns", random(seed, (n, m), dtype).T
    yield "backwards", random(seed, shape, dtype)[::-1, ::-1]
    yield "rows backwards", random(seed, shape, dtype)[::-1]
    yield "columns backwards", random(seed, shape, dtype)[:, ::-1]
    yield "gaps", random(seed, (2 * m, 3 * n), dtype)[::2, 1::3]
    yield "gaps between rows", random(seed, (m, n + 7), dtype)[:, 3 : n + 3]
    yield "gaps backwards", random(seed, (2 * m, 2 * n), dtype)[::-2, ::-2]
    yield "one row", np.broadcast_to(random(seed, (n,), dtype), shape)
    yield "one column", np.broadcast_to(random(seed, (m, 1), dtype), shape)
    yield "one value", np.broadcast_to(random(seed, (), dtype), shape)
    yield "off by one", random(seed, (m * n + 1,), dtype)[1:].reshape(shape)
    yield (
        "overlapping",
        np.lib.stride_tricks.sliding_window_view(random(seed, (m + n - 1,), dtype), n),
    )


def work(x: Any, y: Any) -> tuple[Any, ...]:
    return (
        x * y + 1.0, dt.softmax(x - y), dt.sum(x * y, axis=0), dt.sum(x), dt.max(x, axis=-1),
        dt.matrix_transpose(x) @ y, x[::-1, 1:], dt.reshape(x, (-1,)), dt.concat([x, y], axis=1),
        dt.cumulative_sum(x, axis=0), dt.take(x, np.array([1, 0, -1]), axis=1),
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [float32, bfloat16], ids=str)
@pytest.mark.parametrize("shape", [(33, 19), (9, 200)], ids=str)
def test_layouts(shape: tuple[int, int], dtype: Any) -> None:
    tolerance = 1e-5 if dtype is float32 else 3e-2
    others = [array for _, array in layouts(2, shape, dtype)]
    for number, (name, x) in enumerate(layouts(1, shape, dtype)):
        y = others[(3 * number + 1) % len(others)]
        before = x.copy(), y.copy()
        results = assert_close(traced(work, x, y), [x, y], tolerance)
        assert bits(x) == bits(before[0]) and bits(y) == bits(before[1]), name
        for result in results:
            assert result.flags.c_contiguous
            assert not np.shares_memory(result, x) and not np.shares_memory(result, y), name


def test_one_program_for_each_layout_only(compilations: list[str]) -> None:
    """Strides that differ in size but not in kind share their machine code."""
    for rows in (40, 41, 42):
        x = random(0, (rows, 3 * rows), float64)[:, ::3]
        run(traced(lambda a: dt.exp(a) + 0.34375, x), [x])
        if rows == 40:
            compilations.clear()
    assert compilations == []


def test_misaligned_arrays() -> None:
    """Not even aligned to an element: through the public path, which may copy."""
    for dtype in FLOATING:
        raw = np.zeros(400 * dtype.itemsize + 1, np.uint8)
        x = raw[1:].view(dtype.numpy)
        x[:] = random(3, (400,), dtype)
        assert not x.flags.aligned or dtype.itemsize == 1
        expected = np.exp(np.ascontiguousarray(x).astype(np.float64))
        found = dovetail.exp(x).astype(np.float64)
        np.testing.assert_allclose(found, expected, rtol=2e-2 if dtype.itemsize == 2 else 1e-6)


def test_foreign_byte_order() -> None:
    x = np.linspace(-1, 1, 50).astype(">f4")
    np.testing.assert_allclose(dovetail.exp(x), np.exp(x.astype(np.float64)), rtol=1e-6)


def test_outputs_that_are_inputs_are_copies() -> None:
    x = random(0, (40, 50), float32)
    graph = graph_of(lambda a: (a, a, s.permute(a, axes=(1, 0)), s.reshape(a, shape=(2000,))), x)
    results = run(graph, [x])
    for result in results:
        assert not np.shares_memory(result, x)
    for first in range(4):
        for second in range(first):
            assert not np.shares_memory(results[first], results[second])
    results[0][:] = 7
    np.testing.assert_array_equal(results[1], x)


def test_results_of_one_call_survive_the_next() -> None:
    """Memory is reused only when no array refers to it."""
    x = random(0, (300, 400), float32)
    executable = compile_graph(traced(lambda a: (dt.softmax(a), dt.sum(a, axis=0)), x), [x.strides])
    first = executable([x], [])
    kept = [array.copy() for array in first]
    for number in range(5):
        executable([random(number + 1, (300, 400), float32)], [])
    for array, copy in zip(first, kept, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_read_only_inputs() -> None:
    x = random(0, (40, 50), float32)
    x.flags.writeable = False
    assert_close(Graph(*_pair(x)), [x], 1e-6)


def _pair(x: Array) -> tuple[Any, Any]:
    graph = graph_of(lambda a: e.exp(a), x)
    return graph.inputs, graph.outputs
