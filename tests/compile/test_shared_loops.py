"""Loops over time in parts of some examples."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu import library, native_steps
from dovetail.compile.cpu.executor import Executable
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import LoweredLoop, Program, loops_of
from dovetail.errors import DovetailError
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, trace
from dovetail.options import override

Array = np.ndarray[Any, Any]
STEPS, UNITS = 41, 24


def cell(xs: Any, w: Any, mask: Any, reverse: bool = False) -> Any:
    """A recurrence whose first carry is also a y, and whose second one is not."""

    def step(carry: Any, given: Any) -> Any:
        h, total = carry
        x, keep = given
        new = dt.where(keep, dt.tanh(x + h @ w), h)
        return (new, 0.9 * total + new * x), new

    start = dt.zeros(xs.shape[1:], dtype=xs.dtype)
    (last, total), ys = dt.scan(step, (start, start), (xs, mask), reverse=reverse)
    return last, total, ys


def by_hand(xs: Array, w: Array, mask: Array, reverse: bool = False) -> tuple[Array, ...]:
    xs, w = xs.astype(np.float64), w.astype(np.float64)
    h = total = np.zeros(xs.shape[1:])
    ys = np.empty(xs.shape)
    for n in reversed(range(len(xs))) if reverse else range(len(xs)):
        h = np.where(mask[n], np.tanh(xs[n] + h @ w), h)
        total = 0.9 * total + h * xs[n]
        ys[n] = h
    return h, total, ys


def arrays_of(batch: int, steps: int = STEPS, units: int = UNITS) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(batch)
    xs = rng.normal(size=(steps, batch, units)).astype(np.float32)
    w = (rng.normal(size=(units, units)) / units**0.5).astype(np.float32)
    return xs, w, rng.random((steps, batch, 1)) < 0.8


def program_of(function: Any, *arrays: Array) -> Program:
    specs = [ArraySpec(array.shape, as_dtype(array.dtype)) for array in arrays]
    return lower_graph(trace(function, specs).graph, [array.strides for array in arrays])


def loop_in(function: Any, *arrays: Array) -> LoweredLoop:
    (loop,) = loops_of(program_of(function, *arrays).steps)
    return loop


def parts_in(function: Any, *arrays: Array) -> int:
    parts = loop_in(function, *arrays).parts
    return 1 if parts is None else parts.count


@pytest.fixture(autouse=True)
def two_threads() -> Any:
    with override(num_threads=2):
        yield


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("batch", "parts"), [(16, 2), (37, 4), (64, 8), (91, 8)])
@pytest.mark.parametrize("steps", [STEPS, STEPS + 1])  # the carries end in either memory
def test_values(batch: int, parts: int, steps: int, reverse: bool) -> None:
    arrays = arrays_of(batch, steps)

    def function(*given: Any) -> Any:
        return cell(*given, reverse=reverse)

    assert parts_in(function, *arrays) == parts
    found = Executable(program_of(function, *arrays))(list(arrays))
    for got, expected in zip(found, by_hand(*arrays, reverse), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def test_the_last_part_is_smaller() -> None:
    loop = loop_in(cell, *arrays_of(37))
    assert loop.parts is not None
    programs = loop.program, loop.parts.last
    assert [program.graph.inputs[0].shape[0] for program in programs] == [10, 7]


def test_gradients() -> None:
    xs, w, mask = arrays_of(37)

    def loss(xs: Any, w: Any) -> Any:
        last, total, ys = cell(xs, w, mask)
        return dt.sum(last * last) + dt.sum(total) + dt.sum(dt.sin(ys))

    gradient = dt.op(dt.grad(loss, (0, 1)))
    exact = gradient(xs.astype(np.float64), w.astype(np.float64))
    for got, expected in zip(gradient(xs, w), exact, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-3)
    # In float64 against differences of the maths by hand.
    way = np.random.default_rng(1).normal(size=xs.shape)

    def at(distance: float) -> float:
        last, total, ys = by_hand(xs.astype(np.float64) + distance * way, w, mask)
        return float((last * last).sum() + total.sum() + np.sin(ys).sum())

    slope = (at(1e-5) - at(-1e-5)) / 2e-5
    np.testing.assert_allclose((exact[0] * way).sum(), slope, rtol=1e-6)


def test_the_same_bits_on_any_number_of_threads() -> None:
    arrays = arrays_of(50)
    run = Executable(program_of(cell, *arrays))
    found = []
    for count in (1, 2, 3):
        with override(num_threads=count):
            found.append(run(list(arrays)))
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(one, other)


def test_examples_along_a_later_dimension_of_what_is_read() -> None:
    xs, w, _ = arrays_of(32)
    examples_last = np.ascontiguousarray(xs.swapaxes(1, 2))

    def function(turned: Any, w: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = dt.tanh(dt.permute_dims(x, (1, 0)) + h @ w)
            return h, h

        return dt.scan(step, dt.zeros(xs.shape[1:], dtype=turned.dtype), turned)[1]

    loop = loop_in(function, examples_last, w)
    assert loop.parts is not None and loop.parts.strides[-4] == 8 * 4
    (found,) = Executable(program_of(function, examples_last, w))([examples_last, w])
    everywhere = np.ones((*xs.shape[:2], 1), bool)
    np.testing.assert_allclose(found, by_hand(xs, w, everywhere)[2], rtol=1e-4, atol=1e-5)


def mean_over_examples(xs: Any, w: Any, mask: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(x + h @ w - dt.mean(h, axis=0))
        return h, h

    return dt.scan(step, xs[0], xs)[1]


def sum_of_steps(xs: Any, w: Any, mask: Any) -> Any:
    def step(total: Any, x: Any) -> Any:
        return total + dt.sum(x, axis=0), x

    return dt.scan(step, xs[0, 0], xs)


def examples_last(xs: Any, w: Any, mask: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(x + w @ h)
        return h, h

    turned = dt.permute_dims(xs, (0, 2, 1))
    return dt.scan(step, turned[0], turned)[1]


@pytest.mark.parametrize("function", [mean_over_examples, sum_of_steps, examples_last])
def test_a_loop_that_is_not_cut(function: Any) -> None:
    """Its steps mix examples, or parts would not be contiguous."""
    assert parts_in(function, *arrays_of(64)) == 1


def test_a_loop_that_is_not_worth_it() -> None:
    assert parts_in(cell, *arrays_of(15)) == 1  # few examples
    assert parts_in(cell, *arrays_of(64, steps=2)) == 1  # short
    xs, w, mask = arrays_of(64, steps=4, units=600)  # a matrix larger than a cache
    assert parts_in(cell, xs, w, mask) == 1
    assert parts_in(cell, *arrays_of(31, units=192)) == 1  # few for a large matrix
    assert parts_in(cell, *arrays_of(32, units=192)) == 2


def test_a_loop_in_a_loop_is_not_cut() -> None:
    def function(xs: Any, w: Any, mask: Any) -> Any:
        def step(total: Any, factor: Any) -> Any:
            return total + cell(xs * factor, w, mask)[0], factor

        return dt.scan(step, dt.zeros(xs.shape[1:], dtype=xs.dtype), dt.arange(3.0))[0]

    xs, w, mask = arrays_of(64)
    outer = loop_in(function, xs, w, mask)
    (inner,) = loops_of(outer.program.steps)
    assert inner.parts is None


def test_a_step_that_calls_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller holds the interpreter's lock, so the parts stay on its thread."""

    def function(xs: Any, w: Any, mask: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = dt.sort(x + 0.5 * h, axis=-1)
            return h, h

        return dt.scan(step, dt.zeros(xs.shape[1:], dtype=xs.dtype), xs)[1]

    xs, w, mask = arrays_of(64)
    assert parts_in(function, xs, w, mask) == 8
    callers: set[int] = set()

    def call_library(*given: Any) -> None:
        callers.add(threading.get_ident())
        library.call_library(*given)

    monkeypatch.setattr(native_steps, "call_library", call_library)
    (found,) = Executable(program_of(function, xs, w, mask))([xs, w, mask])
    assert callers == {threading.get_ident()}
    h = np.zeros(xs.shape[1:], np.float32)
    for x, got in zip(xs, found, strict=True):
        h = np.sort(x + np.float32(0.5) * h, axis=-1)
        np.testing.assert_allclose(got, h, rtol=1e-5, atol=1e-6)


def test_an_index_out_of_range_in_any_part() -> None:
    def function(xs: Any, indices: Any) -> Any:
        def step(h: Any, given: Any) -> Any:
            x, index = given
            h = 0.5 * h + dt.take_along_axis(x, index, axis=-1)
            return h, h

        return dt.scan(step, xs[0, :, :1], (xs, indices))[1]

    xs, _, _ = arrays_of(64)
    indices = np.random.default_rng(0).integers(0, UNITS, (STEPS, 64, 1))
    assert parts_in(function, xs, indices) == 8
    (found,) = Executable(program_of(function, xs, indices))([xs, indices])
    h = xs[0, :, :1].astype(np.float64)
    for x, index, got in zip(xs, indices, found, strict=True):
        h = 0.5 * h + np.take_along_axis(x, index, axis=-1)
        np.testing.assert_allclose(got, h, rtol=1e-5, atol=1e-5)
    for example in (0, 30, 63):
        wrong = indices.copy()
        wrong[5, example] = UNITS
        with pytest.raises(DovetailError, match="index"):
            Executable(program_of(function, xs, wrong))([xs, wrong])
