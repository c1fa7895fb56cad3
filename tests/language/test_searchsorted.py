"""`searchsorted` agrees with NumPy, for arrays short and long, with a kernel for all sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError
from dovetail.graph.dtypes import float32
from dovetail.language.trace import ArraySpec, trace

RNG = np.random.default_rng(0)
COUNTS = (0, 1, 5, 128, 129, 200, 255, 256, 1000, 65535, 65536, 100_000)


def edges_and_values(dtype: str, count: int) -> tuple[Any, Any]:
    edges = np.sort((RNG.normal(size=count) * 100).astype(dtype))
    values = [(RNG.normal(size=200) * 100).astype(dtype), edges[:30], edges[-30:]]
    if dtype != "int32":
        edges[max(count - 3, 0) :] = np.nan
        values.append(np.array([np.nan, np.inf, -np.inf], dtype))
    return edges, np.concatenate(values)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("count", COUNTS)
def test_positions(dtype: str, count: int) -> None:
    edges, values = edges_and_values(dtype, count)
    for side in ("left", "right"):
        found = dt.searchsorted(edges, values, side=side)
        np.testing.assert_array_equal(found, np.searchsorted(edges, values, side=side))


def test_shapes_and_vmap() -> None:
    edges, values = edges_and_values("float32", 1000)
    values = values[:240]
    expected = np.searchsorted(edges, values)
    assert dt.searchsorted(edges, values[7]) == expected[7]
    grid = values.reshape(4, 3, 20)
    np.testing.assert_array_equal(dt.searchsorted(edges, grid), expected.reshape(grid.shape))
    each = dt.vmap(lambda row: dt.searchsorted(edges, row))(values.reshape(12, 20))
    np.testing.assert_array_equal(each, expected.reshape(12, 20))


def test_the_work_grows_with_the_bits_of_the_count() -> None:
    def size(count: int) -> int:
        specs = [ArraySpec((count,), float32), ArraySpec((10,), float32)]
        graph = trace(dt.searchsorted, specs).graph
        assert max(node.size for node in graph) == count, "no table of all edges for each value"
        return len(list(graph))

    assert size(200) == size(60_000) and size(70_000) == size(10_000_000) < 2.1 * size(200)


def test_an_unknown_side_raises() -> None:
    with pytest.raises(
        ArgumentError, match=r'side of searchsorted is str \'rihgt\'[^"]*"left" or "right"'
    ):
        dt.searchsorted(*edges_and_values("float32", 5), side="rihgt")
