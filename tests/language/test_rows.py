"""Segment reductions, `top_k`, updates at indices and `unique`, on NumPy's arrays."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from tests.language.row_cases import CASES, IDS, Case, normal

import dovetail as dt
from dovetail.errors import ArgumentError, DTypeError, IndexingError, ShapeError, TraceError

each = pytest.mark.parametrize("case", CASES, ids=str)


def op_of(case: Case) -> Any:
    return dt.op(lambda *arrays: case.call(dt, *arrays))


@each
def test_values(case: Case) -> None:
    np.testing.assert_allclose(op_of(case)(*case.arrays), case.wanted(*case.arrays), rtol=1e-13)


@each
def test_gradients(case: Case) -> None:
    """Against differences of the reference; ties occur nowhere."""
    weights = np.cos(np.arange(case.wanted(*case.arrays).size)).reshape(
        case.wanted(*case.arrays).shape
    )

    def loss(*arrays: Any) -> Any:
        found = case.call(dt, *arrays)
        found = dt.where(dt.isfinite(found), found, 0.0)
        return dt.sum(found * found * weights)

    def reference(*arrays: Any) -> float:
        found = case.wanted(*arrays)
        found = np.where(np.isfinite(found), found, 0.0)
        return float(np.sum(found * found * weights))

    gradients = dt.grad(loss, argnums=tuple(range(len(case.arrays))))(*case.arrays)
    for number, gradient in enumerate(gradients):
        along = normal(*gradient.shape)
        step = 1e-6
        ends = []
        for side in (1, -1):
            moved = list(case.arrays)
            moved[number] = moved[number] + side * step * along
            ends.append(reference(*moved))
        slope = (ends[0] - ends[1]) / (2 * step)
        if case.name == "unique":  # equal values must stay equal
            continue
        np.testing.assert_allclose(np.sum(gradient * along), slope, rtol=1e-5, atol=1e-6)


@each
def test_vmap(case: Case) -> None:
    batches = tuple(np.stack([array, array[..., ::-1]]) for array in case.arrays)
    mapped = dt.vmap(lambda *arrays: case.call(dt, *arrays))(*batches)
    for number in range(2):
        wanted = case.wanted(*(batch[number] for batch in batches))
        np.testing.assert_allclose(mapped[number], wanted, rtol=1e-13)


@each
def test_forward_mode_agrees_with_reverse_mode(case: Case) -> None:
    def run(*arrays: Any) -> Any:
        found = case.call(dt, *arrays)
        return dt.where(dt.isfinite(found), found, 0.0) ** 2

    along = tuple(normal(*array.shape) for array in case.arrays)
    out, tangent = dt.jvp(run, case.arrays, along)
    seed = normal(*out.shape)
    _, pull = dt.vjp(run, *case.arrays)
    cotangents = pull(seed)
    total = sum(np.sum(c * a) for c, a in zip(cotangents, along, strict=True))
    np.testing.assert_allclose(np.sum(seed * tangent), total, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.int32, np.uint8, np.int64])
@pytest.mark.parametrize("name", ["sum", "max", "min"])
def test_segments_of_other_types(name: str, dtype: Any) -> None:
    data = (10 * np.abs(normal(40, 3))).astype(dtype)
    found = getattr(dt, f"segment_{name}")(data, IDS.astype(np.int32), 6)
    assert found.dtype == dtype
    wide = data.astype(np.float64)
    for segment in range(6):
        rows = wide[segment == IDS]
        if len(rows):
            wanted = getattr(np, name)(rows, axis=0).astype(dtype)
            assert np.array_equal(found[segment], wanted)
        elif np.issubdtype(dtype, np.integer) and name != "sum":
            info = np.iinfo(dtype)
            assert np.all(found[segment] == (info.min if name == "max" else info.max))


def test_sums_of_half_precisions_round_once() -> None:
    data = np.full((4096, 1), 1.0, np.float16)
    assert dt.segment_sum(data, np.zeros(4096, np.int64), 1)[0, 0] == 4096
    assert dt.segment_mean(data, np.zeros(4096, np.int64), 1)[0, 0] == 1


def test_not_a_number_and_ties() -> None:
    x = np.array([1.0, np.nan, 3.0, 3.0, 2.0])
    ids = np.array([0, 0, 1, 1, 1])
    assert np.isnan(dt.segment_max(x, ids, 2)[0]) and dt.segment_max(x, ids, 2)[1] == 3
    gradient = dt.grad(lambda x: dt.segment_max(x, ids, 2)[1])(x)
    assert np.array_equal(gradient, [0, 0, 0.5, 0.5, 0])
    values, indices = dt.top_k(x, 3)
    assert np.isnan(values[0]) and indices.tolist() == [1, 2, 3]
    many = np.round(2 * normal(3, 500))
    for k in (1, 7, 40, 400):  # the first of equal elements come first
        order = np.argsort(-many, axis=1, kind="stable")[:, :k]
        assert np.array_equal(dt.top_k(many, k).indices, order)
    lost = normal(100)
    lost[[70, 20]] = np.nan  # larger than everything, by selection as by sorting
    for k in (1, 5, 60):
        order = np.concatenate([[20, 70], np.argsort(-lost, kind="stable")])[:k]
        assert np.array_equal(dt.top_k(lost, k).indices, order)
    shared = dt.grad(lambda x: dt.sum(dt.scatter_max(x, np.array([0, 0]), x[2:4])))(x)
    assert np.array_equal(shared, [0, 1, 1.5, 1.5, 1])


def test_the_last_of_several_updates_has_the_gradient() -> None:
    ids, values = np.array([1, 1, 3]), np.array([5.0, 6.0, 7.0])
    gradients = dt.grad(lambda x, v: dt.sum(dt.put_along_axis(x, ids, v) ** 2), argnums=(0, 1))(
        np.zeros(4) + 1, values
    )
    assert np.array_equal(gradients[0], [2, 0, 2, 0])
    assert np.array_equal(gradients[1], [0, 12, 14])


def test_unique() -> None:
    x = np.array([[3, 1, 1], [2, 3, 3]])
    values, inverse, counts = dt.unique(x, 5)
    assert values.tolist() == [1, 2, 3, 3, 3] and counts.tolist() == [2, 1, 3, 0, 0]
    assert np.array_equal(values[inverse], x)
    found = dt.unique(np.array([np.nan, 1.0, -0.0, 0.0, np.nan]), 4)
    assert found.counts.tolist() == [2, 1, 1, 1]
    assert [part.shape for part in dt.unique(np.zeros((0, 2)), 3)] == [(3,), (0, 2), (3,)]
    with pytest.raises(IndexingError, match="0 to 1"):
        dt.unique(x, 2)
    with pytest.raises(ArgumentError, match="size"):
        dt.unique(x, 0)


def test_empty() -> None:
    none = np.zeros(0, np.int64)
    assert np.array_equal(dt.segment_sum(np.zeros((0, 3)), none, 2), np.zeros((2, 3)))
    assert np.array_equal(dt.segment_mean(np.zeros((0, 3)), none, 2), np.zeros((2, 3)))
    assert np.all(dt.segment_max(np.zeros((0, 3)), none, 2) == -np.inf)
    assert dt.segment_sum(np.zeros((0, 3)), none, 0).shape == (0, 3)
    assert dt.segment_mean(np.zeros((4, 0)), np.zeros(4, np.int64), 2).shape == (2, 0)
    assert np.array_equal(dt.put_along_axis(np.ones(3), none, np.zeros(0)), np.ones(3))
    assert dt.top_k(np.zeros((0, 3)), 2).values.shape == (0, 2)


def test_segments_of_leading_axes() -> None:
    data, ids = normal(5, 8, 3), IDS.reshape(5, 8)
    found = dt.segment_sum(data, ids, 6)
    np.testing.assert_allclose(found, dt.segment_sum(data.reshape(40, 3), IDS, 6))


@pytest.mark.parametrize("wrong", [-1, 6])
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_segments_that_do_not_exist_raise(name: str, wrong: int) -> None:
    ids = np.where(np.arange(40) == 7, wrong, IDS)
    with pytest.raises(IndexingError, match=r"0 to 5 .*test_rows"):
        getattr(dt, f"segment_{name}")(normal(40, 3), ids, 6)


@pytest.mark.parametrize("wrong", [-5, 4])
@pytest.mark.parametrize("name", ["put_along_axis", "scatter_add", "scatter_max", "scatter_min"])
def test_indices_that_do_not_exist_raise(name: str, wrong: int) -> None:
    with pytest.raises(IndexingError, match="-4 to 3"):
        getattr(dt, name)(np.zeros((4, 2)), np.array([[0, wrong]]), 1.0, axis=0)


def test_arguments_are_checked() -> None:
    with pytest.raises(ShapeError, match="a segment for each row"):
        dt.segment_sum(np.zeros((4, 2)), np.zeros(3, np.int64), 2)
    with pytest.raises(DTypeError, match="integer indices"):
        dt.segment_sum(np.zeros((4, 2)), np.zeros(4), 2)
    with pytest.raises(ArgumentError, match="num_segments"):
        dt.segment_sum(np.zeros((4, 2)), np.zeros(4, np.int64), -1)
    with pytest.raises(ArgumentError, match="the size of the axis"):
        dt.top_k(np.zeros(3), 4)
    with pytest.raises(ShapeError, match="as many dimensions"):
        dt.put_along_axis(np.zeros((4, 2)), np.zeros(4, np.int64), 1.0)
    with pytest.raises(ShapeError, match="broadcast"):
        dt.put_along_axis(np.zeros((4, 2)), np.zeros((3, 1), np.int64), 1.0)
    with pytest.raises(TraceError, match=r"x\.at\[key\]\.set"):
        dt.op(lambda x: x.__setitem__(0, 1.0))(np.zeros(3))
    with pytest.raises(IndexingError, match="-4 to 3"):
        dt.op(lambda x: x.at[np.array([0, 4])].set(0.0))(np.zeros((4, 2)))


def test_chains_of_updates() -> None:
    """A scatter's operand may be computed, scattered into before, and used afterwards."""

    def chain(x: Any, v: Any) -> Any:
        y = (x * 2).at[np.array([1, 3, 1])].add(v)
        z = y.at[0].set(dt.sum(y)).at[np.array([2, 2])].max(v[:2] * 3)
        return y + z, dt.segment_sum(z, np.array([0, 0, 1, 1]), 2)

    def reference(x: Any, v: Any) -> Any:
        y = x * 2
        np.add.at(y, [1, 3, 1], v)
        z = y.copy()
        z[0] = y.sum()
        np.maximum.at(z, [2, 2], v[:2] * 3)
        return y + z, np.stack([z[:2].sum(0), z[2:].sum(0)])

    x, v = normal(4, 300), normal(3, 300)
    for got, wanted in zip(dt.op(chain)(x, v), reference(x, v), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)


def test_results_do_not_change_from_call_to_call() -> None:
    data, ids = normal(5000, 32).astype(np.float32), np.arange(5000) % 7
    first = dt.segment_sum(data, ids, 7)
    for _ in range(3):
        assert np.array_equal(dt.segment_sum(data, ids, 7), first)
