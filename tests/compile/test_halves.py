"""Half precisions, exhaustively: unary rows on all 65,536 values, and rounding of stores."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from dovetail.compile.scalar import operations
from dovetail.compile.scalar.operations import Code, memory_type
from dovetail.graph.dtypes import DType, bfloat16, float16, float32
from dovetail.graph.node import Graph
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives.row import Primitive, input_node

from .harness import Array, assert_ulps, evaluate, graph_of, run, run_nodes, ulps

HALVES = (float16, bfloat16)
UNARY = [
    row
    for row in PRIMITIVES.values()
    if row.category == "elementwise" and row.arity == 1 and row.name not in
    ("logical_not", "bitwise_not", "cast")
]  # fmt: skip
# Rounded to nearest: operations that float32 computes without error.
EXACT = {"negative", "absolute", "sign", "floor", "ceil", "trunc", "round", "sqrt"}


@cache
def everything(dtype: DType) -> Array:
    """All values of a half precision, including NaN of every payload."""
    return np.arange(1 << 16, dtype=np.uint16).view(dtype.numpy)


def nearest(values: Array, dtype: DType) -> Array:
    """The float64 values rounded once, to even."""
    with np.errstate(all="ignore"):
        if dtype is float16:
            return values.astype(np.float16)
        return values.astype(ml_dtypes.bfloat16)


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_every_value(row: Primitive, dtype: DType) -> None:
    x = everything(dtype)
    graph = graph_of(row, x)
    result, expected = run(graph, [x])[0], evaluate(graph, [x])[0]
    if not graph.outputs[0].dtype.is_floating:
        np.testing.assert_array_equal(result, expected)
        return
    assert result.dtype == dtype.numpy
    assert_ulps(result, expected, 1.0, x)
    rounded = nearest(expected, dtype).astype(np.float64)
    ordinary = ~np.isnan(expected)
    wrong = (result.astype(np.float64) != rounded) & ordinary
    # Float32 has so many more digits that few results are close to a tie.
    share = 0.0 if row.name in EXACT else 0.01
    if row.name == "i1" and dtype is float16:
        share = 0.02  # x / 2 of half of the subnormal numbers is a tie, and a little more than that
    assert wrong.sum() <= share * x.size, f"{wrong.sum()} are not correctly rounded"
    if row.name in EXACT:
        kept = ordinary & (expected != 0) | (row.name in ("negative", "absolute")) & ordinary
        np.testing.assert_array_equal(
            np.signbit(result.astype(np.float64))[kept], np.signbit(expected)[kept]
        )


def between(dtype: DType) -> Array:
    """In float32: every value of a half, every midpoint of neighbours, and the floats beside it."""
    finite = everything(dtype).astype(np.float64)
    values = np.unique(finite[np.isfinite(finite)])
    top = values[-1] + (values[-1] - values[-2])  # rounding to infinity begins half way
    values = np.concatenate([[-top], values, [top]])
    middle = ((values[1:] + values[:-1]) / 2).astype(np.float32)
    below, above = (
        np.nextafter(middle, np.float32(-np.inf)),
        np.nextafter(middle, np.float32(np.inf)),
    )
    beyond = np.array([3e38, -3e38, np.inf, -np.inf, np.nan], np.float32)
    return np.concatenate([values.astype(np.float32), middle, below, above, beyond])


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_stores_round_to_nearest_even(dtype: DType) -> None:
    with np.errstate(all="ignore"):
        x = between(dtype)
    assert (
        x.astype(np.float64) == nearest(x.astype(np.float64), dtype).astype(np.float64)
    ).sum() < (0.6 * x.size)
    result = run_nodes(lambda a: e.cast(a, dtype=dtype), x)[0]
    expected = nearest(x.astype(np.float64), dtype)
    np.testing.assert_array_equal(result.astype(np.float64), expected.astype(np.float64))
    ordinary = ~np.isnan(x)
    np.testing.assert_array_equal(
        np.signbit(result.astype(np.float32))[ordinary], np.signbit(x)[ordinary]
    )


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("row", [e.add, e.multiply, e.divide, e.subtract], ids=lambda row: row.name)
def test_arithmetic_rounds_once(row: Primitive, dtype: DType) -> None:
    """One operation of float32 and one rounding: as if rounded once (Figueroa 1995)."""
    generator = np.random.default_rng(3)
    x, y = (generator.integers(0, 1 << 16, 200_000).astype(np.uint16).view(dtype.numpy)
            for _ in range(2))  # fmt: skip
    result = run_nodes(row, x, y)[0].astype(np.float64)
    with np.errstate(all="ignore"):
        exact = row.evaluate(None, x.astype(np.float64), y.astype(np.float64))  # type: ignore[misc]
    expected = nearest(exact, dtype).astype(np.float64)
    # bfloat16 has float32's range: below it, float32 itself has rounded already.
    ordinary = (np.abs(exact) >= 2.0**-120) | (exact == 0) | np.isnan(exact)
    np.testing.assert_array_equal(result[ordinary], expected[ordinary])
    assert ulps(nearest(result, dtype), exact).max() <= 1.0


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_a_chain_is_rounded_only_at_its_end(dtype: DType) -> None:
    """(x + 1) - 1 keeps what float32 keeps, not what a half would."""
    x = np.full(100, 2.0**-15, dtype.numpy)
    result = run_nodes(lambda a: e.subtract(e.add(a, 1.0), 1.0), x)[0]
    np.testing.assert_array_equal(result.astype(np.float64), 2.0**-15)


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_a_cast_in_a_chain_does_round(dtype: DType) -> None:
    x = np.full(100, 1 + 2.0**-12, np.float32)
    result = run_nodes(lambda a: e.subtract(e.cast(e.cast(a, dtype=dtype), dtype=float32), 1.0), x)
    np.testing.assert_array_equal(result[0], 0.0)


def test_truncating_stores_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def truncate(code: Code, dtype: DType, x: str) -> str:
        if dtype is bfloat16:
            word = code.add(f"lshr i32 {code.add(f'bitcast float {x} to i32')}, 16")
            return code.add(f"trunc i32 {word} to i16")
        assert memory_type(dtype) == "float"
        return x

    prefix = "dovetail.compile."
    users = [module for name, module in sys.modules.items() if name.startswith(prefix)]
    for module in users:
        if module is not operations and getattr(module, "narrow", None) is operations.narrow:
            monkeypatch.setattr(module, "narrow", truncate)
    x = np.abs(np.random.default_rng(5).standard_normal((2, 3, 500))).astype(bfloat16.numpy)
    node = input_node("x", x.shape, bfloat16)
    # A nest that nothing else has: its machine code is made with the planted store.
    graph = Graph((node,), (e.multiply(e.exp(e.sqrt(node)), 1.0078125),))
    result: Any = run(graph, [x])[0]
    expected = evaluate(graph, [x])[0]
    wrong = result.astype(np.float64) != nearest(expected, bfloat16).astype(np.float64)
    assert wrong.mean() > 0.3  # what `test_every_value` allows is 0.01
    assert (result.astype(np.float64) <= expected + 1e-6).all()
