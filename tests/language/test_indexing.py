"""x[key] against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dovetail.errors import IndexingError, ShapeError, TraceError
from dovetail.graph import dtypes
from dovetail.graph.evaluate import evaluate
from dovetail.graph.typecheck import typecheck
from dovetail.language.trace import ArraySpec, trace

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def numbered(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)


def index(x: Any, key: Any) -> Any:
    graph = trace(lambda a: a[key], [ArraySpec(x.shape, dtypes.float32)]).graph
    return evaluate(typecheck(graph), [x])[0]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data(), SHAPES)
def test_basic_indices(data: Any, shape: tuple[int, ...]) -> None:
    x = numbered(shape)
    key = data.draw(hnp.basic_indices(shape, allow_newaxis=True, max_dims=6))
    np.testing.assert_array_equal(index(x, key), x[key])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data(), hnp.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=4))
def test_one_integer_array_among_basic_indices(data: Any, shape: tuple[int, ...]) -> None:
    x = numbered(shape)
    place = data.draw(st.integers(0, len(shape) - 1))
    extent = shape[place]
    positions = data.draw(
        hnp.arrays(np.int64, hnp.array_shapes(min_dims=0, max_dims=2, max_side=3),
                   elements=st.integers(-extent, extent - 1))
    )  # fmt: skip
    parts: list[Any] = [
        data.draw(st.one_of(st.integers(-n, n - 1), st.slices(n), st.just(slice(None))))
        for n in shape
    ]
    parts[place] = positions
    if data.draw(st.booleans()):
        parts.insert(data.draw(st.integers(0, len(parts))), None)
    key = tuple(parts)
    np.testing.assert_array_equal(index(x, key), x[key])


X = numbered((3, 4, 5))
ROWS, COLUMNS = np.asarray([0, -1, 2]), np.asarray([[3], [-4]])


@pytest.mark.parametrize(
    "key",
    [
        (ROWS, ROWS), (ROWS, COLUMNS), (slice(None), ROWS, ROWS), (ROWS, slice(None), ROWS),
        (..., COLUMNS, ROWS), (ROWS, ROWS, ROWS), (0, ROWS, 1),
        (ROWS, slice(1, 3), COLUMNS[:, 0][0]),
        (0, slice(None), ROWS), ([0, 1],), ([],), np.int64(1), (ROWS, None, ROWS),
        (np.asarray(1), slice(None, None, -2)), (slice(None), 0, ROWS, None),
    ],
    ids=repr,
)  # fmt: skip
def test_several_integer_arrays(key: Any) -> None:
    numpy_key = tuple(np.asarray(k, int) if isinstance(k, list) else k for k in key) if isinstance(
        key, tuple
    ) else key  # fmt: skip
    np.testing.assert_array_equal(index(X, key), X[numpy_key])


def test_indices_may_be_tracers(run: Any) -> None:
    rows, columns = np.arange(3), np.asarray([3, 0, -1])
    result = run(lambda x, r, c: x[r, c], X, rows, columns)
    np.testing.assert_array_equal(result, X[rows, columns])
    result = run(lambda x, r: x[r], X, np.asarray(-1))
    np.testing.assert_array_equal(result, X[-1])


def test_an_index_that_is_wrong_on_its_own_axis_raises_and_hits_no_other_row(run: Any) -> None:
    for rows, columns in (([0], [4]), ([0], [-5]), ([3], [0]), ([-4], [0])):
        with pytest.raises(IndexError):
            run(lambda x, r, c: x[r, c], X, np.asarray(rows), np.asarray(columns))


def test_tensor_methods_of_containers(run: Any) -> None:
    assert run(lambda x: len(x) * x[0, 0, 0], X + 1) == 3
    np.testing.assert_array_equal(run(lambda x: sum(row for row in x), X), X.sum(0))
    first, second, third = run(lambda x: tuple(x), X)
    np.testing.assert_array_equal(np.stack([first, second, third]), X)


def test_refused_keys() -> None:
    with pytest.raises(TraceError, match=r"dt.where(.|\n)*test_indexing.py:\d"):
        index(X, X[:, 0, 0] > 0)
    with pytest.raises(TraceError, match="depends on the values"):
        index(X, True)
    with pytest.raises(IndexingError, match=r"index 3 .* axis 0, which has 3"):
        index(X, 3)
    with pytest.raises(IndexingError, match="does not exist"):
        index(X, (0, -5))
    with pytest.raises(IndexingError, match="at most 3"):
        index(X, (0, 0, 0, 0))
    with pytest.raises(IndexingError, match="no index"):
        index(X, (..., ...))
    with pytest.raises(IndexingError, match="no index"):
        index(X, 1.0)
    with pytest.raises(ShapeError):
        index(X, (np.asarray([0, 1]), np.asarray([0, 1, 2])))


def test_a_traced_mask_is_refused(run: Any) -> None:
    with pytest.raises(TraceError, match="depends on the values"):
        run(lambda x: x[x > 0], X)
