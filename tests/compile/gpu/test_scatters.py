"""Scatter-adds as GPU kernels, emulated: in the order of the rows, with no atomics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.compile.gpu.printer import NestPrinter
from dovetail.graph.dtypes import DType, bfloat16, float16, float32
from dovetail.graph.primitives import structure
from tests.compile.gpu.device import planned, run
from tests.compile.harness import Array, bits, dt, graph_of, random, traced, with_gradients


def embedding_gradient(index: Array, weight: Array, given: Array) -> Any:
    """The gradient of a table that rows are taken from."""
    graph = with_gradients(traced(lambda w, i: dt.take(w, i, axis=0), weight, index), [0])
    return type(graph)(graph.inputs, graph.outputs[1:]), [weight, index, given]


@pytest.mark.parametrize("dtype", [float32, bfloat16], ids=str)
@pytest.mark.parametrize("columns", [1, 40])
def test_rows_are_added_in_order(columns: int, dtype: DType) -> None:
    rng = np.random.default_rng(0)
    index = rng.integers(-11, 11, (4, 30))
    given = random(1, (4, 30, columns), dtype)
    graph, arrays = embedding_gradient(index, random(2, (11, columns), dtype), given)
    made = run(graph, arrays)
    expected = np.zeros((11, columns), np.float32)
    np.add.at(expected, index.reshape(-1), given.reshape(-1, columns).astype(np.float32))
    assert bits(made.outputs[0]) == bits(expected.astype(dtype.numpy))
    assert made.status == 0
    assert not any("atom" in each.module.ptx or "red.global" in each.module.ptx
                   for each in planned(graph, arrays).launches)  # fmt: skip


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_every_axis(axis: int) -> None:
    x = random(3, (5, 40, 6), float32)
    index = np.random.default_rng(4).integers(-3, 3, x.shape)
    graph = graph_of(lambda i, v: structure.scatter_add(i, v, axis=axis, extent=3), index, x)
    shape = tuple(3 if d == axis else n for d, n in enumerate(x.shape))
    expected = np.zeros(shape, np.float32)
    places = list(np.indices(x.shape))
    places[axis] = index % 3
    np.add.at(expected, tuple(places), x)
    assert bits(run(graph, [index, x]).outputs[0]) == bits(expected)


def test_an_index_out_of_bounds_is_reported() -> None:
    index, x = np.array([0, 5, 1]), random(5, (3,), float32)
    graph = graph_of(lambda i, v: structure.scatter_add(i, v, axis=0, extent=5), index, x)
    assert run(graph, [index, x]).status == 1


def test_a_place_with_two_owners_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NestPrinter, "_is_own", lambda self, place: "true")
    index = np.array([[0, 2, 1, 2] * 40])
    given = random(6, (1, 160, 33), float16)  # a nest that nothing else has
    made = run(*embedding_gradient(index, random(2, (3, 33), float16), given)).outputs[0]
    expected = np.zeros((3, 33), np.float32)
    np.add.at(expected, index[0], given[0].astype(np.float32))
    assert bits(made) != bits(expected.astype(np.float16))
