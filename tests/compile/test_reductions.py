"""Reductions of every kind and direction, and what is fused around them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.compile import blocks, loops
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.errors import ShapeError
from dovetail.graph.dtypes import (
    ALL,
    FLOATING,
    DType,
    bfloat16,
    bool_,
    float16,
    float32,
    float64,
    int32,
)
from dovetail.graph.node import Graph
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives import structure as s
from dovetail.graph.primitives.row import Primitive

from .harness import (
    Array,
    assert_close,
    assert_ulps,
    dt,
    evaluate,
    graph_of,
    random,
    run,
    run_nodes,
    strides_of,
    traced,
    ulps,
    with_gradients,
)

REDUCTIONS = (s.sum_, s.prod, s.max_, s.min_)

# Full, row, outer, and rows in the middle; long and short; dimensions of size 1.
CASES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((), ()), ((1,), (0,)), ((7,), (0,)), ((1000,), (0,)), ((100_003,), (0,)),
    ((3, 5, 7), (0, 1, 2)), ((33, 100), (1,)), ((4, 5, 100), (2,)), ((4, 5, 100), (1, 2)),
    ((4, 5, 100), ()), ((100, 33), (0,)), ((5, 6, 7), (0, 1)), ((5, 6, 7), (0,)),
    ((5, 6, 7), (1,)), ((5, 6, 7), (0, 2)), ((2, 3, 4, 5), (1, 3)), ((2, 3, 4, 5), (0, 2)),
    ((1, 5, 1), (0, 2)), ((1, 5, 1), (1,)), ((300, 3), (1,)), ((70_000, 3), (0,)),
    ((70_000, 1), (0,)), ((3, 300_000), (1,)), ((9, 262_145), (1,)), ((2, 40_000), (1,)),
    ((3, 4, 2_500), (0,)), ((3, 4, 2_500), (0, 2)), ((700, 300), (0,)), ((20_000, 17), (0, 1)),
]  # fmt: skip


def data(row: Primitive, shape: tuple[int, ...], dtype: DType, seed: int = 0) -> Array:
    generator = np.random.default_rng(seed)
    if dtype is bool_:
        return generator.integers(0, 2, shape).astype(bool)
    if not dtype.is_floating:
        info = np.iinfo(dtype.numpy)
        return generator.integers(info.min, info.max, shape, dtype.numpy, endpoint=True)
    drawn = generator.standard_normal(shape)
    if row is s.prod:  # so that products of many stay in range
        drawn = np.exp(drawn / math.sqrt(drawn.size + 1)) * np.where(drawn < 0, -1, 1)
    return np.asarray(drawn).astype(dtype.numpy)


def check(row: Primitive, x: Array, axes: tuple[int, ...], result: Array, expected: Array) -> None:
    """Extrema are exact; sums and products are right to a few units of the type that they have."""
    if row in (s.max_, s.min_) or not np.issubdtype(expected.dtype, np.floating):
        np.testing.assert_array_equal(result.astype(expected.dtype), expected)
        return
    wide = np.abs(x.astype(np.float64))
    if row is s.sum_:
        scale = np.sum(wide, axis=axes)
        assert_ulps(result, expected, 4.0 if x.dtype.itemsize > 2 else 1.0, scale=scale)
    else:
        count = x.size / max(1, expected.size)
        # Factors so close to 1 as those of the long products round with a bias.
        assert_ulps(result, expected, 4.0 + 2 * math.sqrt(count) + count / 64)


@pytest.mark.parametrize("row", REDUCTIONS, ids=lambda row: row.name)
@pytest.mark.parametrize(("shape", "axes"), CASES, ids=str)
def test_reductions(row: Primitive, shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    x = data(row, shape, float32)
    graph = graph_of(lambda a: row(a, axes=axes), x)
    check(row, x, axes, run(graph, [x])[0], evaluate(graph, [x])[0])


@pytest.mark.parametrize("dtype", [d for d in ALL if d is not float32], ids=str)
def test_reductions_of_every_type(dtype: DType) -> None:
    """Integers wrap around. Truth values are not added up: the language counts in int64."""
    rows = [row for row in REDUCTIONS if dtype is not bool_ or row is not s.sum_]
    for shape, axes in [((1000,), (0,)), ((33, 100), (1,)), ((100, 33), (0,)), ((5, 6, 7), (1,))]:
        x = data(s.prod, shape, dtype)
        graph = graph_of(lambda a, at=axes: tuple(row(a, axes=at) for row in rows), x)
        results, expected = run(graph, [x]), evaluate(graph, [x])
        for row, result, wanted in zip(rows, results, expected, strict=True):
            check(row, x, axes, result, wanted)


@pytest.mark.parametrize("row", REDUCTIONS, ids=lambda row: row.name)
@pytest.mark.parametrize("axes", [(), (0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2)], ids=str)
def test_keeping_the_axes(row: Primitive, axes: tuple[int, ...]) -> None:
    """A statistic, restored over what it was taken over, beside the array itself."""
    x = data(row, (4, 9, 33), float64)
    graph = graph_of(lambda a: e.divide(a, s.restore(row(a, axes=axes), a.shape, axes)), x)
    assert_close(graph, [x], 1e-12)


# Accuracy.


@pytest.mark.parametrize("count", [1_000_000, 3_000_001, 10_000_000])
def test_long_sums_are_accurate(count: int) -> None:
    generator = np.random.default_rng(count)
    positive = generator.uniform(0, 1, count).astype(np.float32)
    result = run_nodes(lambda a: s.sum_(a, axes=(0,)), positive)[0]
    assert_ulps(result, np.asarray(math.fsum(positive.tolist())), 2.0)
    signed = generator.standard_normal(count).astype(np.float32)
    result = run_nodes(lambda a: s.sum_(a, axes=(0,)), signed)[0]
    expected = np.asarray(np.sum(signed, dtype=np.float64))
    assert_ulps(result, expected, 4.0, scale=np.asarray(math.sqrt(count)))


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((1_000_000, 3), (0,)),
        ((4, 1_000_000), (1,)),
        ((1000, 2, 1000), (0, 2)),
        ((500, 2000), (0,)),
    ],
    ids=str,
)
def test_long_sums_along_axes_are_accurate(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).uniform(0, 1, shape).astype(np.float32)
    result = run_nodes(lambda a: s.sum_(a, axes=axes), x)[0]
    assert_ulps(result, np.sum(x, axis=axes, dtype=np.float64), 8.0)


@pytest.mark.parametrize("dtype", [float16, bfloat16], ids=str)
@pytest.mark.parametrize(
    ("shape", "axes"),
    [((60_000,), (0,)), ((60_000, 3), (0,)), ((3, 60_000), (1,)), ((3, 20_000, 3), (1,))],
    ids=str,
)
def test_halves_accumulate_in_single_precision(
    dtype: DType, shape: tuple[int, ...], axes: tuple[int, ...]
) -> None:
    """A sum in the half itself would stop growing at 2048 (float16) or 256 (bfloat16)."""
    x = np.full(shape, 0.75, dtype.numpy)
    result = run_nodes(lambda a: s.sum_(a, axes=axes), x)[0]
    assert result.dtype == dtype.numpy
    assert_ulps(result, np.sum(x.astype(np.float64), axis=axes), 0.5)


def test_sums_of_too_many_rows_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: one task adds up all rows, in float32."""
    x = np.random.default_rng(2).uniform(0, 1, (200_000, 3)).astype(np.float32)
    expected = np.sum(x, axis=0, dtype=np.float64)

    def total() -> Array:
        return run_nodes(lambda a: s.sum_(a, axes=(0,)), x)[0]

    assert_ulps(total(), expected, 8.0)
    monkeypatch.setattr(blocks, "OUTER_BLOCK_ROWS", 1 << 40)
    monkeypatch.setattr(blocks, "TASK_ELEMENTS", 1 << 40)
    assert ulps(total(), expected).max() > 20.0


# What is not a number, infinite, or missing.


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
@pytest.mark.parametrize("row", REDUCTIONS, ids=lambda row: row.name)
@pytest.mark.parametrize("size", [1, 2, 5, 16, 31, 64, 70, 130])
def test_nan_propagates_from_every_position(row: Primitive, dtype: DType, size: int) -> None:
    x = np.ones((size, size), np.float64)
    even = np.arange(size) % 2 == 0
    x[even, even.nonzero()[0]] = np.nan if even.sum() == size else 1.0
    for place in np.flatnonzero(even):
        x[place, place] = np.nan
    x = x.astype(dtype.numpy)
    rows, columns, full = run_nodes(
        lambda a: (row(a, axes=(1,)), row(a, axes=(0,)), row(a, axes=(0, 1))), x
    )
    for result in (rows, columns):
        np.testing.assert_array_equal(np.isnan(result.astype(np.float64)), even)
    assert np.isnan(full.astype(np.float64))


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
def test_infinities(dtype: DType) -> None:
    inf, nan = math.inf, math.nan
    x = np.ones((6, 40), np.float64)
    x[1, 3], x[2, 39], x[3, 0], x[3, 1], x[4, 7] = inf, -inf, inf, -inf, 0.0
    x[4, 8] = inf
    x = x.astype(dtype.numpy)
    found = run_nodes(lambda a: tuple(row(a, axes=(1,)) for row in REDUCTIONS), x)
    wanted = [
        [40, inf, -inf, nan, inf, 40], [1, inf, -inf, -inf, nan, 1], [1, inf, 1, inf, inf, 1],
        [1, 1, -inf, -inf, 0, 1],
    ]  # fmt: skip
    for row, result, expected in zip(REDUCTIONS, found, wanted, strict=True):
        np.testing.assert_array_equal(result.astype(np.float64), expected, err_msg=row.name)


@pytest.mark.parametrize("dtype", [float32, bfloat16, int32], ids=str)
def test_extrema_of_extremes(dtype: DType) -> None:
    """The start of a maximum is no larger than the smallest value there is."""
    lowest, highest = (-math.inf, math.inf) if dtype.is_floating else (-(2**31), 2**31 - 1)
    for value in (lowest, highest):
        x = np.full((5, 33), value, np.float64).astype(dtype.numpy)
        for axes in ((0,), (1,), (0, 1)):
            found = run_nodes(lambda a, at=axes: (s.max_(a, axes=at), s.min_(a, axes=at)), x)
            for result in found:
                assert (result.astype(np.float64) == value).all()


@pytest.mark.parametrize("dtype", [float32, float16, int32], ids=str)
@pytest.mark.parametrize(
    ("shape", "axes"),
    [((0,), (0,)), ((0, 5), (0,)), ((5, 0), (1,)), ((0, 5), (1,)), ((5, 0), (0,)),
     ((3, 0, 4), (1,)), ((3, 0, 4), (0, 1, 2)), ((3, 0, 4), (0,)), ((0, 0), (1,))],
    ids=str,
)  # fmt: skip
def test_reductions_over_nothing(
    shape: tuple[int, ...], axes: tuple[int, ...], dtype: DType
) -> None:
    x = np.empty(shape, dtype.numpy)
    total, product = run_nodes(lambda a: (s.sum_(a, axes=axes), s.prod(a, axes=axes)), x)
    kept = tuple(extent for axis, extent in enumerate(shape) if axis not in axes)
    assert total.shape == product.shape == kept
    assert (total == 0).all() and (product == 1).all()
    assert total.size == math.prod(kept)


def test_an_extremum_of_nothing_is_refused() -> None:
    with pytest.raises(ShapeError, match="at least one element"):
        run_nodes(lambda a: s.max_(a, axes=(0,)), np.empty((0, 3), np.float32))


def test_an_extremum_beside_nothing() -> None:
    """No rows, but columns: an empty result, not an error."""
    x = np.empty((0, 3), np.float32)
    assert run_nodes(lambda a: s.max_(a, axes=(1,)), x)[0].shape == (0,)


# Fused chains, forward and with their gradients.


def cross_entropy(x: Any, labels: Any) -> Any:
    picked = dt.take_along_axis(x, dt.expand_dims(labels, axis=-1), axis=-1)
    return dt.mean(dt.logsumexp(x, axis=-1) - dt.squeeze(picked, axis=-1))


def smooth_cross_entropy(x: Any, target: Any) -> Any:
    return -dt.sum(dt.softmax(target) * dt.log_softmax(x), axis=-1)


CHAINS: dict[str, Callable[..., Any]] = {
    "softmax": dt.softmax,
    "softmax of columns": lambda x: dt.softmax(x, axis=0),
    "log_softmax": dt.log_softmax,
    "logsumexp": lambda x: dt.logsumexp(x, axis=-1),
    "variance": lambda x: dt.var(x, axis=-1),
    "deviation": lambda x: dt.std(x, axis=(0, 1), correction=1),
    "standardised": lambda x: (x - dt.mean(x)) / (dt.std(x) + 1e-3),
    "layer_norm": lambda x, scale, bias: dt.layer_norm(x, scale, bias),
    "rms_norm": lambda x, scale: dt.rms_norm(x, scale),
    "cross_entropy": cross_entropy,
    "smooth_cross_entropy": lambda x, target: smooth_cross_entropy(x, target),
    "largest": lambda x: dt.max(x * x, axis=-1) - dt.min(x, axis=0)[: x.shape[0]].sum()
    if hasattr(x, "sum") else dt.max(x, axis=-1),
    "entropy": lambda x: -dt.sum(dt.softmax(x) * dt.log_softmax(x)),
}  # fmt: skip
SHAPES = [(17, 5), (64, 64), (13, 65), (5, 1000), (2, 40_000), (9, 33_000)]


def arguments(name: str, shape: tuple[int, int], dtype: DType) -> list[Array]:
    x = random(1, shape, dtype, 2.0)
    if name == "cross_entropy":
        return [x, np.random.default_rng(3).integers(0, shape[1], shape[0])]
    if name == "smooth_cross_entropy":
        return [x, random(4, shape, dtype)]
    more = {"layer_norm": 2, "rms_norm": 1}.get(name, 0)
    return [x, *(random(5 + n, shape[1:], dtype) for n in range(more))]


# In units of the largest value of each result.
TOLERANCES = {"float64": 1e-12, "float32": 4e-6, "float16": 3e-3, "bfloat16": 2.4e-2}


def check_chain(name: str, shape: tuple[int, int], dtype: DType) -> None:
    arrays = arguments(name, shape, dtype)
    forward = traced(CHAINS[name], *arrays)
    assert_close(forward, arrays, TOLERANCES[dtype.name])
    both = with_gradients(forward)
    seeds = [random(9 + n, node.shape, node.dtype) for n, node in enumerate(forward.outputs)]
    results = assert_close(both, [*arrays, *seeds], TOLERANCES[dtype.name])
    assert len(results) > len(forward.outputs)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", CHAINS)
def test_chains(name: str, shape: tuple[int, int]) -> None:
    check_chain(name, shape, float32)


@pytest.mark.parametrize("dtype", [float64, float16, bfloat16], ids=str)
@pytest.mark.parametrize("shape", [(7, 130)], ids=str)
@pytest.mark.parametrize("name", CHAINS)
def test_chains_in_other_precisions(name: str, shape: tuple[int, int], dtype: DType) -> None:
    check_chain(name, shape, dtype)


@pytest.mark.parametrize("dtype", [float16, bfloat16], ids=str)
def test_an_extremum_in_half_precision_is_found_again(dtype: DType) -> None:
    """The largest square is rounded where it is stored; the squares are not, inside the kernel."""
    x = random(1, (23, 130), dtype)
    forward = traced(lambda a: (dt.max(a * a, axis=-1), dt.min(a * a + 1.0, axis=-1)), x)
    seeds = [np.ones(23, dtype.numpy)] * 2
    gradient = run(with_gradients(forward), [x, *seeds])[2].astype(np.float64)
    assert np.isfinite(gradient).all() and (np.count_nonzero(gradient, axis=1) >= 2).all()

    def chosen(a: Any, b: Any) -> Any:
        return dt.maximum(a * a, b * b)

    both = with_gradients(traced(chosen, x, x[::-1]))
    ones = np.ones(x.shape, dtype.numpy)
    _, first, second = run(both, [x, x[::-1], ones])
    weight = (first / (2 * x)).astype(np.float64) + (second / (2 * x[::-1])).astype(np.float64)
    np.testing.assert_allclose(weight, 1.0, rtol=2e-2)


def nests(graph: Graph, arrays: list[Array]) -> list[loops.Nest]:
    program = lower_graph(graph, strides_of(arrays))
    return [step.lowered.nest for step in program.steps if isinstance(step, KernelCall)]


@pytest.mark.parametrize("columns", [2, 3, 17, 63, 64])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "cross_entropy"])
def test_short_rows_become_lanes(name: str, columns: int) -> None:
    arrays = arguments(name, (1500, columns), float32)
    graph = traced(CHAINS[name], *arrays)
    if name != "cross_entropy":
        assert [nest.transposed for nest in nests(graph, arrays)] == [True]
    assert_close(graph, arrays, 2e-6)
    seeds = [random(9, node.shape, node.dtype) for node in graph.outputs]
    assert_close(with_gradients(graph), [*arrays, *seeds], 4e-6)


def test_rows_with_parallel_dimensions_beside_them() -> None:
    """Outer sums within each of several blocks, next to row statistics."""
    x = random(0, (3, 50, 70), float32)

    def outer(a: Any) -> Any:
        centred = a - dt.mean(a, axis=-1, keepdims=True)
        return centred, dt.sum(centred * centred, axis=1)

    assert_close(traced(outer, x), [x], 4e-6)
    for axes in ((1,), (0,), (0, 1), (0, 2)):
        squares = graph_of(lambda a, at=axes: s.sum_(e.multiply(a, a), axes=at), x)
        assert_close(squares, [x], 4e-6)


@pytest.mark.parametrize("columns", [3, 33, 300])
def test_sums_of_several_types_over_the_rows_of_strided_columns(columns: int) -> None:
    """One kernel for columns of two dims; some results lie in one array, beside each other."""
    x = random(0, (600, 6, columns + 7), float32)[..., :columns]

    def outer(maths: Any, a: Any, wide: Any) -> Any:
        sums = maths.sum(a, axis=0), maths.max(a, axis=0), maths.sum(a * a, axis=0)
        return (
            maths.concat(sums, axis=-1), maths.min(wide, axis=0), maths.max(wide - 9, axis=0),
            maths.prod(1 + wide / 64, axis=0), maths.any(a > 3, axis=0), maths.all(a > -3, axis=0),
            maths.count_nonzero(a > 1, axis=0),
        )  # fmt: skip

    graph = traced(lambda a: outer(dt, a, dt.astype(a, dt.float64)), x)
    (nest,) = nests(graph, [x])
    assert nest.outer_dims == 1
    assert len({(each.op, each.dtype) for each in nest.partials}) == 8
    exact = outer(np, *[x.astype(np.float64)] * 2)
    for found, right in zip(run(graph, [x]), exact, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-5, atol=1e-5 * len(x))


@pytest.mark.parametrize("columns", [262_143, 262_144, 300_001])
def test_very_long_rows(columns: int) -> None:
    x = random(0, (2, columns), float32)
    assert_close(traced(dt.softmax, x), [x], 4e-6)


def test_statistics_in_several_passes() -> None:
    """Each statistic needs the one before it, deeper than one kernel goes."""
    x = random(0, (11, 90), float64)

    def deep(a: Any, depth: int) -> Any:
        for _ in range(depth):
            a = dt.tanh(a - dt.mean(a, axis=-1, keepdims=True))
        return a

    for depth in (1, 8, 9, 12):
        assert_close(traced(lambda a, n=depth: deep(a, n), x), [x], 1e-11)
