"""Gathers and scatters in compiled programs: views, negative indices, out of bounds."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import dovetail
from dovetail.compile.pipeline import compile_graph
from dovetail.errors import IndexingError
from dovetail.graph.dtypes import (
    FLOATING,
    DType,
    bfloat16,
    float32,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from dovetail.graph.node import Graph
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives import structure as s

from .harness import (
    Array,
    assert_close,
    dt,
    evaluate,
    graph_of,
    random,
    run,
    strides_of,
    traced,
    with_gradients,
)

RANDOM = np.random.default_rng(0)
INDEX_TYPES = (int8, int16, int32, int64, uint8, uint16, uint32, uint64)


def gather_graph(x: Array, indices: Array, axis: int) -> Graph:
    return graph_of(lambda a, i: s.gather(a, i, axis=axis), x, indices)


@pytest.mark.parametrize("dtype", INDEX_TYPES, ids=str)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_gather(axis: int, dtype: DType) -> None:
    x = random(1, (5, 17, 33), float32)
    extent = x.shape[axis]
    shape = tuple(40 if d == axis else n for d, n in enumerate(x.shape))
    lowest = -extent if dtype.kind == "i" else 0
    indices = RANDOM.integers(lowest, extent, shape).astype(dtype.numpy)
    (result,) = run(gather_graph(x, indices, axis), [x, indices])
    wrapped = np.where(indices.astype(np.int64) < 0, indices.astype(np.int64) + extent, indices)
    np.testing.assert_array_equal(result, np.take_along_axis(x, wrapped.astype(np.int64), axis))


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
def test_gather_through_views(dtype: DType) -> None:
    x = random(1, (20, 30), dtype)
    indices = RANDOM.integers(-10, 10, (30, 7))

    def views(a: Any, i: Any) -> tuple[Any, ...]:
        transposed = s.permute(a, axes=(1, 0))
        sliced = s.slice_axis(transposed, 1, 19, 10, -2)
        computed = e.exp(sliced)
        row = s.broadcast(s.slice_axis(a, 0, 3, 1, 1), shape=(10, 30), dims=(0, 1))
        return (
            s.gather(transposed, i, axis=1), s.gather(sliced, i, axis=1),
            s.gather(computed, i, axis=1), e.multiply(s.gather(sliced, i, axis=1), 3.0),
            s.gather(s.permute(row, axes=(1, 0)), i, axis=1),
        )  # fmt: skip

    for array in (x, x[::-1], np.ascontiguousarray(x.T).T, x[::-1, ::-1]):
        assert_close(
            graph_of(views, array, indices), [array, indices], {2: 2e-2}.get(dtype.itemsize, 1e-6)
        )


def test_indices_may_lie_as_they_like() -> None:
    x = random(1, (20, 30), float32)
    plain = RANDOM.integers(-20, 20, (12, 60))
    for indices in (plain[:6, ::2], plain[::-2, ::2], np.ascontiguousarray(plain[:, :30].T).T,
                    np.broadcast_to(plain[:1, :30], (9, 30))):  # fmt: skip
        assert_close(gather_graph(x, indices, 0), [x, indices], 1e-6)


@pytest.mark.parametrize("dtype", [*FLOATING, int32, uint8], ids=str)
@pytest.mark.parametrize("axis", [0, 1])
def test_scatter_with_duplicates(axis: int, dtype: DType) -> None:
    indices = RANDOM.integers(-6, 6, (50, 40))
    updates = (
        random(2, (50, 40), dtype) if dtype.is_floating
        else RANDOM.integers(0, 100, (50, 40)).astype(dtype.numpy)
    )  # fmt: skip
    graph = graph_of(lambda i, u: s.scatter_add(i, u, axis=axis, extent=6), indices, updates)
    if dtype.is_floating:
        tolerance = {2: 2e-2 if dtype is bfloat16 else 2e-3, 4: 1e-6, 8: 1e-14}[dtype.itemsize]
        (result,) = assert_close(graph, [indices, updates], tolerance)
        assert np.count_nonzero(result.astype(np.float64)) == result.size
    else:
        np.testing.assert_array_equal(
            run(graph, [indices, updates])[0], evaluate(graph, [indices, updates])[0]
        )


def test_scatter_of_expressions_through_views() -> None:
    indices, x = RANDOM.integers(0, 9, (30, 20)), random(3, (20, 30), float32)

    def scattered(i: Any, a: Any) -> tuple[Any, ...]:
        moved = s.permute(a, axes=(1, 0))
        first = s.scatter_add(i, e.exp(moved), axis=0, extent=9)
        total = s.restore(s.sum_(moved, axes=(0,)), moved.shape, (0,))
        second = s.scatter_add(e.subtract(i, 9), e.subtract(moved, total), axis=0, extent=9)
        return first, second, e.add(first, second), s.sum_(first, axes=(0,))

    assert_close(graph_of(scattered, indices, x), [indices, x], 1e-5)


def test_scatter_starts_from_zero_every_time() -> None:
    """Recycled memory, and a second call of the same program."""
    indices, updates = RANDOM.integers(0, 300, (400, 300)), random(3, (400, 300), float32)
    graph = graph_of(
        lambda i, u: (
            s.scatter_add(i, u, axis=0, extent=300),
            s.sum_(s.scatter_add(e.bitwise_not(i), u, axis=0, extent=300), axes=(0,)),
        ),
        indices, updates,
    )  # fmt: skip
    executable = compile_graph(graph, strides_of([indices, updates]))
    expected = evaluate(graph, [indices, updates])
    for _ in range(4):
        for result, wanted in zip(executable([indices, updates], []), expected, strict=True):
            np.testing.assert_allclose(result, wanted, rtol=1e-3, atol=1e-4)


# Out of range.


def raises(graph: Graph, arrays: list[Array], *bounds: str) -> None:
    """The program refuses these arrays, each time, and names the range."""
    executable = compile_graph(graph, strides_of(arrays))
    for _ in range(2):
        with pytest.raises(IndexingError, match="outside of its array") as caught:
            executable(arrays, [])
        for bound in bounds:
            assert bound in str(caught.value)
    assert isinstance(caught.value, IndexError)


@pytest.mark.parametrize("bad", [7, -8, 100, -(2**31), 2**31 - 1, 2**62, -(2**63)])
@pytest.mark.parametrize("place", [(0, 0), (4, 299), (2, 131)])
def test_one_bad_index_among_many(bad: int, place: tuple[int, int]) -> None:
    x = random(1, (7, 300), float32)
    indices = RANDOM.integers(-7, 7, (5, 300))
    graph = gather_graph(x, indices, 0)
    executable = compile_graph(graph, strides_of([x, indices]))
    good = executable([x, indices], [])[0]
    wrong = indices.copy()
    wrong[place] = bad
    raises(graph, [x, wrong], "-7 to 6 along axis 0")
    with pytest.raises(IndexingError, match="-7 to 6 along axis 0"):
        executable([x, wrong], [])
    # The next call is right again.
    np.testing.assert_array_equal(executable([x, indices], [])[0], good)
    np.testing.assert_array_equal(good, np.take_along_axis(x, indices % 7, 0))


@pytest.mark.parametrize("dtype", INDEX_TYPES, ids=str)
def test_bad_indices_of_every_type(dtype: DType) -> None:
    x = random(1, (9, 8), float32)
    info = np.iinfo(dtype.numpy)
    for bad in {
        9,
        info.max,
        -10 if dtype.kind == "i" else 10,
        info.min if dtype.kind == "i" else 11,
    }:
        indices = np.zeros((3, 8), dtype.numpy)
        indices[1, 5] = bad
        raises(gather_graph(x, indices, 0), [x, indices], "-9 to 8 along axis 0")


def test_a_bad_scatter() -> None:
    indices, updates = np.zeros((40, 30), np.int64), random(1, (40, 30), float32)
    indices[20, 3] = 6
    graph = graph_of(lambda i, u: s.scatter_add(i, u, axis=0, extent=6), indices, updates)
    raises(graph, [indices, updates], "-6 to 5 along axis 0")
    indices[20, 3] = -6
    assert_close(graph, [indices, updates], 1e-5)


def test_taking_from_nothing() -> None:
    x, indices = np.empty((0, 4), np.float32), np.zeros((2, 4), np.int64)
    with pytest.raises(IndexingError, match="axis 0"):
        gather_graph(x, indices, 0)
    none = np.zeros((0, 4), np.int64)
    assert run(gather_graph(x, none, 0), [x, none])[0].shape == (0, 4)


def mean_loss(x: Any, labels: Any) -> Any:
    picked = dt.take_along_axis(x, dt.expand_dims(labels, axis=-1), axis=-1)
    return dt.mean(dt.logsumexp(x, axis=-1) - dt.squeeze(picked, axis=-1))


@pytest.mark.parametrize("columns", [10, 700])
def test_a_bad_label_in_a_fused_cross_entropy(columns: int) -> None:
    """With the gradient in the same program; then good labels again."""
    x = random(1, (200, columns), float32)
    labels = RANDOM.integers(0, columns, 200)
    one = np.ones((), np.float32)
    graph = with_gradients(traced(mean_loss, x, labels))
    executable = compile_graph(graph, strides_of([x, labels, one]))
    expected = evaluate(graph, [x, labels, one])
    for bad in (columns, -columns - 1, 10**12):
        wrong = labels.copy()
        wrong[177] = bad
        with pytest.raises(IndexingError, match="outside of its array") as caught:
            executable([x, wrong, one], [])
        assert f"-{columns} to {columns - 1} along axis 1" in str(caught.value)
        results = executable([x, labels, one], [])
        for result, wanted in zip(results, expected, strict=True):
            np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-7)


def test_through_the_public_interface() -> None:
    loss = dovetail.op(lambda x, labels: mean_loss(x, labels))
    both = dovetail.value_and_grad(lambda x, labels: mean_loss(x, labels))
    x, labels = random(1, (20, 10), float32), RANDOM.integers(0, 10, 20)
    before = loss(x, labels), both(x, labels)
    wrong = labels.copy()
    wrong[3] = 10
    for function in (loss, both):
        with pytest.raises(IndexingError, match=re.escape("-10 to 9 along axis 1")):
            function(x, wrong)
    np.testing.assert_array_equal(before[0], loss(x, labels))
    np.testing.assert_array_equal(before[1][1], both(x, labels)[1])


def test_a_gradient_alone_refuses_bad_labels() -> None:
    gradient = dovetail.grad(lambda x, labels: mean_loss(x, labels))
    with pytest.raises(IndexingError, match="outside of its array"):
        gradient(random(1, (20, 10), float32), np.full(20, 10))


def test_two_ranges_are_both_named() -> None:
    x, y = random(1, (5, 8), float32), random(2, (9, 8), float32)
    i, j = np.zeros((3, 8), np.int64), np.full((3, 8), 9)
    graph = graph_of(
        lambda a, b, p, q: e.add(s.gather(a, p, axis=0), s.gather(b, q, axis=0)), x, y, i, j
    )
    raises(graph, [x, y, i, j], "-5 to 4 along axis 0", "-9 to 8 along axis 0")


def test_gradients_of_indexing() -> None:
    """The gradient of a gather adds repeated elements; that of a scatter selects."""
    x = random(1, (30, 12), float32)
    words = RANDOM.integers(-30, 30, (7, 9))
    forward = traced(lambda a: dt.exp(dt.take(a, words, axis=0)), x)
    graph = with_gradients(forward)
    assert_close(graph, [x, random(2, (7, 9, 12), float32)], 1e-5)
    indices = RANDOM.integers(0, 5, (30, 12))
    scattered = graph_of(lambda i, u: s.scatter_add(i, e.exp(u), axis=0, extent=5), indices, x)
    assert_close(with_gradients(scattered), [indices, x, random(3, (5, 12), float32)], 1e-5)
