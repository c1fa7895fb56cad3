"""Numbers that follow from sizes in Python: right at every size, and compiled twice at most."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu import native
from dovetail.language.trace import ArraySpec
from dovetail.operations.primal import Primal
from dovetail.operations.sized_composite import sized_graph

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
SIZES = (5, 6, 7, 11, 12, 40)


def quotient(maths: Any, x: Any) -> Any:
    return maths.tanh(x / x.shape[0])


def scaled(maths: Any, x: Any) -> Any:
    return maths.sum(x * math.sqrt(x.shape[1]), axis=1) - 1.5


def bounded(maths: Any, x: Any) -> Any:
    n, m = x.shape
    return maths.minimum(x * (n - 1) / m, n + 0.5) + maths.where(x > 1 / n, x, 0.25)


def positions(maths: Any, x: Any) -> Any:
    at = maths.arange(x.shape[1])
    return maths.where(at < x.shape[0] - 2, x, -x) * 3.0


DEFINITIONS = (quotient, scaled, bounded, positions)


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: each.__name__)
def test_further_sizes_compile_nothing(
    definition: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = dt.op(lambda x: definition(dt, x))
    gradient = dt.op(dt.grad(lambda x: dt.sum(definition(dt, x) ** 2)))
    loaded: list[str] = []
    load = native.load
    counted = lambda text, *more: (loaded.append(text), load(text, *more))[1]  # noqa: E731
    monkeypatch.setattr(native, "load", counted)
    for number, size in enumerate(SIZES):
        x = RNG.normal(size=(size, size + 3))
        if number == 2:
            del loaded[:]
        np.testing.assert_allclose(forward(x), definition(np, x), rtol=1e-12, atol=1e-12)
        step = 1e-6 * RNG.normal(size=x.shape)
        ends = [(definition(np, x + s * step) ** 2).sum() for s in (1, -1)]
        slope = (gradient(x) * step).sum()
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 2, rtol=1e-4, atol=1e-8)
    assert loaded == []


def test_sizes_of_0_and_1() -> None:
    run = dt.op(lambda x: dt.sum(x) / max(x.shape[0], 1) + x.shape[0])
    for size in (3, 4, 1, 0, 5, 2):
        x = RNG.normal(size=size)
        exact = x.sum() / max(size, 1) + size
        np.testing.assert_allclose(run(x), exact, rtol=1e-13, atol=1e-13)


def test_a_number_that_decides_how_something_is_computed() -> None:
    """An exponent stays a constant: products of itself are right for negative bases."""
    run = dt.op(dt.grad(lambda x: dt.sum(x ** float(x.shape[0]))))
    for size in (2, 3, 4, 5):
        x = RNG.normal(size=size)
        np.testing.assert_allclose(run(x), size * x ** (size - 1), rtol=1e-12)


def test_arguments_and_integers() -> None:
    run = dt.op(lambda x, *, factor: x * factor)
    for factor in (2, 3, 5, 7):
        x = RNG.integers(-9, 9, size=factor + 2)
        assert (run(x, factor=factor) == x * factor).all()
        assert run(x, factor=factor).dtype == x.dtype
        y = x.astype(np.float32)
        assert (run(y, factor=float(factor)) == y * np.float32(factor)).all()


def test_in_a_loop_and_in_pytorch() -> None:
    torch = pytest.importorskip("torch")

    def mean(xs: Any) -> Any:
        return dt.scan(lambda h, x: (h + x / xs.shape[0], ()), xs[0] * 0.0, xs)[0]

    run = dt.op(lambda x: dt.tanh(x / x.shape[0]))
    for size in (4, 5, 6, 9):
        xs = RNG.normal(size=(size, 3))
        np.testing.assert_allclose(dt.op(mean)(xs), xs.mean(0), rtol=1e-12, atol=1e-12)
        given = torch.tensor(xs, requires_grad=True)
        run(given).sum().backward()
        exact = (1 - np.tanh(xs / size) ** 2) / size
        np.testing.assert_allclose(given.grad.numpy(), exact, rtol=1e-12, atol=1e-12)


def test_formulas_are_found_of_a_definition_that_is_new() -> None:
    """Its first trace has constants where the later ones have numbers that the kernel is given."""
    run = dt.op(lambda x: x / x.shape[0])
    operation = Primal("shares", None, partial(run.traced, kwargs={}), ["x"])
    found = sized_graph(lambda sizes: operation.graph((ArraySpec((*sizes, 3), dt.float32),)), (4,))
    assert found.groups == ((0,),) and 9.0 in found.numbers_at([9])
