"""`dt.fori_loop`, `dt.while_loop` and `dt.associative_scan`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DovetailError, GradientError, StructureError

rng = np.random.default_rng(0)


def test_a_counted_loop() -> None:
    @dt.op
    def summed(x: Any) -> Any:
        return dt.fori_loop(2, 6, lambda i, c: {"s": c["s"] + dt.take(x, i, axis=0)}, {"s": x[0]})

    x = rng.normal(size=(7, 3))
    np.testing.assert_allclose(summed(x)["s"], x[0] + x[2:6].sum(0))
    gradient = dt.op(dt.grad(lambda x: dt.sum(summed(x)["s"] ** 2)))(x)
    expected = np.zeros_like(x)
    for row in (0, 2, 3, 4, 5):
        expected[row] = 2 * (x[0] + x[2:6].sum(0))
    np.testing.assert_allclose(gradient, expected)

    @dt.op
    def nothing(x: Any) -> Any:
        return dt.fori_loop(5, 2, lambda i, c: c * 2, x)

    np.testing.assert_array_equal(nothing(x), x)


def test_errors_of_a_counted_loop() -> None:
    with pytest.raises(ArgumentError, match="upper of fori_loop"):
        dt.op(lambda x: dt.fori_loop(0, 2.5, lambda i, c: c, x))(np.ones(3))

    def grows(i: Any, c: Any) -> Any:
        return dt.concat([c, c])

    with pytest.raises(StructureError, match=r"scan\(grows\) changes from one step") as found:
        dt.op(lambda x: dt.fori_loop(0, 2, grows, x))(np.ones(3))
    assert "float64 of shape (6,)" in str(found.value)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 8, 100])
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
def test_prefixes(length: int, reverse: bool) -> None:
    x = rng.normal(size=(2, length))
    along = np.flip(x, 1) if reverse else x
    cases = [(lambda a, b: a + b, np.add), (dt.maximum, np.maximum)]
    for function, theirs in cases:
        found = dt.op(lambda x, f=function: dt.associative_scan(f, x, reverse=reverse, axis=1))(x)
        expected = theirs.accumulate(along, axis=1)
        expected = np.flip(expected, 1) if reverse else expected
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def _recurrence(a: Any, b: Any) -> Any:
    """h_t = a_t h_(t-1) + b_t, from h_0 = b_0."""
    return dt.associative_scan(
        lambda one, other: (one[0] * other[0], one[1] * other[0] + other[1]), (a, b)
    )[1]


def test_a_linear_recurrence_and_its_gradient() -> None:
    a, b = rng.uniform(0.5, 1.0, (33, 4)), rng.normal(size=(33, 4))

    def by_steps(a: Any, b: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = x[0] * h + x[1]
            return h, h

        return dt.scan(step, dt.zeros_like(b[0]), (a, b))[1]

    np.testing.assert_allclose(dt.op(_recurrence)(a, b), dt.op(by_steps)(a, b), rtol=1e-10)
    found, expected = (
        dt.op(dt.grad(lambda a, b, f=f: dt.sum(dt.sin(f(a, b))), (0, 1)))(a, b)
        for f in (_recurrence, by_steps)
    )
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_it_takes_few_calls() -> None:
    calls: list[int] = []

    @dt.op
    def running(x: Any) -> Any:
        return dt.associative_scan(lambda a, b: (calls.append(1), a + b)[1], x)

    running(np.ones(1024))
    assert len(calls) == 2 * 10 - 1


def test_errors_of_an_associative_scan() -> None:
    def refused(function: Any, xs: Any, **options: Any) -> str:
        with pytest.raises(DovetailError) as found:
            dt.op(lambda xs: dt.associative_scan(function, xs, **options))(xs)
        return str(found.value)

    x = np.ones((4, 2))
    assert "xs[0]: 4, xs[1]: 3" in refused(lambda a, b: a, (x, x[:3]))
    assert "as its arguments" in refused(lambda a, b: a[:1], x)
    assert "axis 2" in refused(lambda a, b: a, x, axis=2)


@dt.op
def square_root(a: Any) -> Any:
    """Newton's method, and how many steps it took."""

    def step(carry: Any) -> Any:
        x, count = carry
        return 0.5 * (x + a / x), count + 1

    return dt.while_loop(lambda c: dt.any(dt.abs(c[0] ** 2 - a) > 1e-12 * a), step, (a, 0))


def _steps_of_newton(a: Any) -> tuple[Any, int]:
    x, count = a.copy(), 0
    while np.any(np.abs(x**2 - a) > 1e-12 * a):
        x, count = 0.5 * (x + a / x), count + 1
    return x, count


def test_a_loop_whose_end_depends_on_values() -> None:
    for a in (np.array([2.0, 9.0, 1e6]), np.array([1.0]), np.array(3.0)):
        roots, count = square_root(a)
        expected, steps = _steps_of_newton(a)
        np.testing.assert_array_equal(roots, expected)
        assert int(count) == steps
    assert int(square_root(np.array([1.0]))[1]) == 0  # not even once


def test_forward_mode_and_vmap_of_a_while_loop() -> None:
    a = np.array([2.0, 9.0, 1e6, 0.5])
    only = lambda a: square_root(a)[0]  # noqa: E731
    _, tangent = dt.op(lambda a: dt.jvp(only, (a,), (dt.ones_like(a),)))(a)
    np.testing.assert_allclose(tangent, 0.5 / np.sqrt(a), rtol=1e-9)
    roots, counts = dt.op(dt.vmap(square_root))(a)
    for number, one in enumerate(a):
        expected, steps = _steps_of_newton(np.asarray(one))
        assert roots[number] == expected
        assert counts[number] == steps
    tangents = dt.op(dt.vmap(lambda a: dt.jvp(only, (a,), (dt.ones_like(a),))[1]))(a)
    np.testing.assert_allclose(tangents, 0.5 / np.sqrt(a), rtol=1e-9)


def test_a_while_loop_has_no_reverse_mode() -> None:
    def root(a: Any) -> Any:
        return dt.sum(square_root(a)[0])

    with pytest.raises(GradientError, match="the number of its steps is not known") as found:
        dt.op(dt.grad(root))(np.array([2.0]))
    assert "dt.jvp" in str(found.value)
    assert "test_loops.py" in str(found.value)
    # What does not depend on it has one.
    gradient = dt.op(dt.grad(lambda a: dt.sum(a * a) + dt.sum(a * square_root(a)[1] * 0.0)))
    np.testing.assert_allclose(gradient(np.array([3.0])), [6.0])


def test_errors_of_a_while_loop() -> None:
    def refused(condition: Any, step: Any) -> str:
        with pytest.raises(DovetailError) as found:
            dt.op(lambda x: dt.while_loop(condition, step, x))(np.ones(3))
        assert "test_loops.py" in str(found.value)
        return str(found.value)

    assert "bool of shape (3,)" in refused(lambda x: x > 0, lambda x: x)
    assert "float64 of shape ()" in refused(dt.sum, lambda x: x)
    assert "changes from one step" in refused(lambda x: dt.any(x > 0), lambda x: x[:2])
