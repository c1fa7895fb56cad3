"""`dt.scan` as a function of the language: what it takes, returns and refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DovetailError, StructureError, TraceError
from dovetail.graph.text import graph_text
from dovetail.language.trace import ArraySpec, trace

XS = np.arange(12.0).reshape(4, 3)


def _add(total: Any, x: Any) -> Any:
    return total + x, total * x


def test_a_call_on_arrays_and_inside_a_definition() -> None:
    @dt.op
    def inside(start: Any, xs: Any) -> Any:
        return dt.scan(_add, start, xs)

    start = np.ones(3)
    for last, stacked in (dt.scan(_add, start, XS), inside(start, XS)):
        np.testing.assert_allclose(last, 1 + XS.sum(0))
        befores = 1 + np.concatenate([np.zeros((1, 3)), np.cumsum(XS, 0)[:-1]])
        np.testing.assert_allclose(stacked, befores * XS)


def test_a_body_is_traced_once_whatever_the_length() -> None:
    calls: list[int] = []

    def step(total: Any, x: Any) -> Any:
        calls.append(1)
        return total + x, total

    def summed(total: Any, xs: Any) -> Any:
        return dt.scan(step, total, xs)

    for length in (1, 7, 10_000):
        calls.clear()
        specs = [ArraySpec((3,), dt.float64), ArraySpec((length, 3), dt.float64)]
        assert len(list(trace(summed, specs).graph)) == 4
        assert len(calls) == 1


class State(NamedTuple):
    h: Any
    parts: Any


def test_trees_of_every_kind() -> None:
    def step(carry: Any, x: Any) -> Any:
        h = carry.h + x["a"] * x["b"][0]
        return State(h, [carry.parts[0] + 1, {"k": carry.parts[1]["k"] * 2}]), [h, (h + 1,)]

    @dt.op
    def looped(h: Any, a: Any, b: Any) -> Any:
        carry = State(h, [dt.asarray(0), {"k": dt.asarray(1)}])
        return dt.scan(step, carry, {"a": a, "b": (b,)})

    state, ys = looped(np.zeros(3), XS, XS)
    assert isinstance(state, State)
    assert isinstance(ys, list)
    np.testing.assert_allclose(state.h, (XS * XS).sum(0))
    assert int(state.parts[0]) == 4
    assert int(state.parts[1]["k"]) == 16
    np.testing.assert_allclose(ys[1][0], np.cumsum(XS * XS, 0) + 1)


def test_no_xs_no_ys_and_no_steps() -> None:
    @dt.op
    def powers(x: Any) -> Any:
        return dt.scan(lambda c, _: (c * x, None), dt.ones_like(x), length=3)

    last, ys = powers(XS)
    np.testing.assert_allclose(last, XS**3)
    assert ys == ()

    @dt.op
    def nothing(x: Any) -> Any:
        return dt.scan(_add, x, x[None, :, :][:0])

    last, ys = nothing(XS)
    np.testing.assert_array_equal(last, XS)
    assert ys.shape == (0, 4, 3)


@pytest.mark.parametrize("start", [0, 0.0, True])
def test_a_number_takes_the_type_of_what_the_step_returns(start: float) -> None:
    @dt.op
    def total(xs: Any) -> Any:
        return dt.scan(lambda c, x: (c + x, ()), start, xs)[0]

    for dtype in ("float32", "float64", "float16"):
        found = total(XS[:, 0].astype(dtype))
        assert found.dtype == dtype
        assert float(found) == start + XS[:, 0].sum()

    @dt.op
    def counted(xs: Any) -> Any:
        return dt.scan(lambda c, x: (c + 1, c * 0.5), 0, xs)

    number, halves = counted(XS)
    assert number.dtype == "int64"
    assert halves.dtype == "float32"


def test_floats_and_arrays_around_the_step() -> None:
    captured = np.array([1.0, 2.0, 3.0])

    @dt.op
    def decayed(xs: Any, rate: float = 0.5) -> Any:
        def step(total: Any, x: Any) -> Any:
            return total * rate + x * captured, total

        return dt.scan(step, dt.zeros_like(captured), xs)[0]

    for rate in (0.5, 0.25):
        expected = np.zeros(3)
        for x in XS:
            expected = expected * rate + x * captured
        np.testing.assert_allclose(decayed(XS, rate=rate), expected)
    gradient = dt.op(lambda r: dt.grad(lambda s: dt.sum(decayed(XS, rate=s)))(r))(0.5)
    numeric = (decayed(XS, rate=0.5 + 1e-6) - decayed(XS, rate=0.5 - 1e-6)).sum() / 2e-6
    assert abs(float(gradient) - numeric) < 1e-4 * abs(numeric)


def test_the_text_of_a_graph_has_the_body() -> None:
    specs = [ArraySpec((3,), dt.float64), ArraySpec((4, 3), dt.float64)]
    text = graph_text(trace(lambda a, xs: dt.scan(_add, a, xs), specs).graph)
    assert "length=4" in text
    assert re.search(r"multiply\(%carry.0, %x.0\) : float64\[3\]", text), text


# What is refused: the value, the expectation and the user's line.


def _refused(carry: Any, xs: Any, step: Callable[..., Any] = _add, **options: Any) -> DovetailError:
    with pytest.raises(DovetailError) as found:
        dt.op(lambda c, x: dt.scan(step, c, x, **options))(carry, xs)
    assert Path(__file__).name in str(found.value)
    return found.value


def test_a_carry_that_changes() -> None:
    error = _refused(np.zeros(3), XS, lambda c, x: (dt.stack([c, c]), x))
    assert isinstance(error, StructureError)
    assert "float64 of shape (2, 3)" in str(error)
    assert "float64 of shape (3,)" in str(error)
    error = _refused(np.zeros(3, "float32"), XS, lambda c, x: (c + x, x))
    assert "got float64 of shape (3,)" in str(error)
    assert "dt.astype" in str(error)
    error = _refused({"h": np.zeros(3)}, XS, lambda c, x: ({"h": c["h"], "more": x}, x))
    assert "carry['h'], carry['more']" in str(error)
    assert "the structure of the first carry: carry['h']" in str(error)


def test_lengths() -> None:
    error = _refused(np.zeros(3), (XS, XS[:2]), lambda c, x: (c, ()))
    assert "xs[0]: 4, xs[1]: 2" in str(error)
    error = _refused(np.zeros(3), XS, length=5)
    assert "xs: 4, length: 5" in str(error)
    error = _refused(np.zeros(3), np.float64(1.0))
    assert "without dimensions" in str(error)
    with pytest.raises(ArgumentError, match="the number of steps where there are no xs") as found:
        dt.op(lambda c: dt.scan(_add, c, None))(np.zeros(3))
    assert Path(__file__).name in str(found.value)
    with pytest.raises(ArgumentError, match="0 or more steps"):
        dt.op(lambda c: dt.scan(_add, c, None, length=-1))(np.zeros(3))
    with pytest.raises(ArgumentError, match="an integer"):
        dt.op(lambda c: dt.scan(_add, c, None, length=2.5))(np.zeros(3))


def test_what_a_step_returns() -> None:
    error = _refused(np.zeros(3), XS, lambda c, x: c)
    assert "a pair (carry, y)" in str(error)
    error = _refused(np.zeros(3), XS, lambda c, x: (c, "text"))
    assert isinstance(error, TraceError)
    assert "'text' at y" in str(error)
    error = _refused(np.zeros(3), XS, lambda c, x: (None, x))
    assert "carry" in str(error)


def test_a_tracer_of_a_step_does_not_leave_it() -> None:
    kept: list[Any] = []

    def step(total: Any, x: Any) -> Any:
        kept.append(x)
        return total + x, ()

    def leaking(total: Any, xs: Any) -> Any:
        return dt.scan(step, total, xs)[0] + kept[0]

    with pytest.raises(TraceError, match="after its trace had ended"):
        dt.op(leaking)(np.zeros(3), XS)


def test_an_index_in_a_step_that_is_out_of_range() -> None:
    @dt.op
    def picked(table: Any, labels: Any) -> Any:
        return dt.scan(lambda c, n: (c + dt.take(table, n, axis=0), ()), table[0], labels)[0]

    np.testing.assert_allclose(picked(XS, np.array([1, 2])), XS[0] + XS[1] + XS[2])
    with pytest.raises(IndexError, match="-4 to 3"):
        picked(XS, np.array([1, 4]))
