"""Running sums, products and linear recurrences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail
from dovetail.graph.dtypes import FLOATING, DType, float32, float64, int32
from dovetail.graph.node import Graph
from dovetail.graph.primitives import structure as s
from dovetail.operations.composite import _linear_recurrence

from .harness import Array, dt, graph_of, random, run

CASES = [((1,), 0), ((7,), 0), ((1000,), 0), ((5, 9), 0), ((5, 9), 1), ((3, 4, 1), 2),
         ((3, 1, 6), 2), ((2, 3, 40), 1), ((0, 3), 0), ((0, 3), 1)]  # fmt: skip


def states(factor: Array, term: Array, axis: int, reverse: bool) -> list[Array]:
    """The state of a linear recurrence before each element, and after it, element by element."""
    factors, terms = (np.moveaxis(x.astype(np.float64), axis, 0) for x in (factor, term))
    before, after = np.zeros_like(terms), np.zeros_like(terms)
    order = range(len(terms))
    state = np.zeros(terms.shape[1:])
    for number in reversed(order) if reverse else order:
        before[number] = state
        first = number == (len(terms) - 1 if reverse else 0)
        state = terms[number] if first else factors[number] * state + terms[number]
        after[number] = state
    return [np.moveaxis(x, 0, axis) for x in (before, after)]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("shape", "axis"), CASES)
@pytest.mark.parametrize("dtype", [float32, float64])
def test_values(dtype: DType, shape: tuple[int, ...], axis: int, reverse: bool) -> None:
    x, y = random(0, shape, dtype), random(1, shape, dtype)
    where: dict[str, Any] = {"axis": axis, "reverse": reverse}
    tolerance = 4 * float(np.finfo(dtype.numpy).eps)
    graph = graph_of(lambda x, y: s.linear_recurrence(x, y, **where), x, y)
    before, _ = states(x, y, axis, reverse)
    np.testing.assert_allclose(run(graph, [x, y])[0], before, rtol=tolerance, atol=tolerance)
    ones = np.ones_like(x)
    _, total = states(ones, x, axis, reverse)
    graph = graph_of(lambda x: s.cumulative_sum(x, **where), x)
    np.testing.assert_allclose(run(graph, [x])[0], total, rtol=tolerance, atol=10 * tolerance)
    factors = np.flip(x, axis) if reverse else x
    products = np.cumprod(factors.astype(np.float64), axis=axis)
    after = np.flip(products, axis) if reverse else products
    graph = graph_of(lambda x: s.cumulative_prod(x, **where, exclusive=False), x)
    np.testing.assert_allclose(run(graph, [x])[0], after, rtol=100 * tolerance, atol=1e-40)
    graph = graph_of(lambda x: s.cumulative_prod(x, **where, exclusive=True), x)
    (found,) = run(graph, [x])
    ahead, behind = slice(None, -1), slice(1, None)
    own, other = (ahead, behind) if reverse else (behind, ahead)
    leading = (slice(None),) * axis
    np.testing.assert_allclose(
        found[(*leading, own)], after[(*leading, other)], rtol=100 * tolerance, atol=1e-40
    )
    if x.size:
        np.testing.assert_array_equal(np.take(found, -1 if reverse else 0, axis), 1)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("shape", "axis"), CASES)
def test_the_form_for_compilers_of_frameworks(
    shape: tuple[int, ...], axis: int, reverse: bool
) -> None:
    x, y = random(0, shape, float64), random(1, shape, float64)
    graph = graph_of(lambda x, y: s.linear_recurrence(x, y, axis=axis, reverse=reverse), x, y)
    expected, _ = states(x, y, axis, reverse)
    doubled = Graph(graph.inputs, (_linear_recurrence(graph.outputs[0]),))
    np.testing.assert_allclose(run(doubled, [x, y])[0], expected, rtol=1e-12, atol=1e-12)


def test_the_first_factor_is_not_read() -> None:
    x, y = np.array([[np.inf, 2.0, 3.0], [np.nan, 2.0, 3.0]]), np.ones((2, 3))
    graph = graph_of(lambda x, y: s.linear_recurrence(x, y, axis=1, reverse=False), x, y)
    np.testing.assert_array_equal(run(graph, [x, y])[0], [[0.0, 1.0, 3.0]] * 2)


@pytest.mark.parametrize("dtype", FLOATING)
def test_products_are_rounded_once(dtype: DType) -> None:
    x = (1.0 + random(0, (3, 400), float64) * 0.02).astype(dtype.numpy)
    graph = graph_of(lambda x: s.cumulative_prod(x, axis=1, reverse=False, exclusive=False), x)
    expected = np.cumprod(x.astype(np.float64), axis=1)
    rounding = 2.0 ** -{"float64": 45, "float32": 23, "float16": 10, "bfloat16": 7}[dtype.name]
    np.testing.assert_allclose(run(graph, [x])[0].astype(np.float64), expected, rtol=rounding)


def test_integers_wrap() -> None:
    x = np.array([3, -5, 2**20, 2**11, 7], np.int32)
    graph = graph_of(lambda x: s.cumulative_prod(x, axis=0, reverse=False, exclusive=False), x)
    assert graph.outputs[0].dtype is int32
    np.testing.assert_array_equal(run(graph, [x])[0], np.cumprod(x, dtype=np.int32))


def test_gradients_of_long_products_with_zeros() -> None:
    """Against differences of the polynomial that a product is in one factor: exactly linear."""
    x = random(0, (2, 300), float64) * 0.1 + 1.0
    x[0, 100], x[1, [7, 200]] = 0.0, 0.0
    weights = random(1, (2, 300), float64)

    def total(x: Any) -> Any:
        return np.sum(np.cumprod(x, axis=1) * weights)

    found = dovetail.grad(lambda x: dt.sum(dt.cumulative_prod(x, axis=1) * weights))(x)
    for row, column in ((0, 0), (0, 50), (0, 100), (0, 299), (1, 6), (1, 7), (1, 8), (1, 200)):
        moved = x.copy(), x.copy()
        moved[0][row, column] += 0.5
        moved[1][row, column] -= 0.5
        np.testing.assert_allclose(found[row, column], total(moved[0]) - total(moved[1]),
                                   rtol=1e-9, atol=1e-9)  # fmt: skip
