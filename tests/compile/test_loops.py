"""Loops as compiled programs: memory, layouts, types, lengths, threads."""

from __future__ import annotations

import threading
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu import native
from dovetail.compile.stages import stages
from dovetail.errors import LinearAlgebraError
from dovetail.language.trace import ArraySpec, trace
from dovetail.options import override

rng = np.random.default_rng(5)
W = rng.normal(size=(4, 4)) * 0.5


@dt.op
def rnn(w: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(h @ w + x)
        return h, (h, h * 2)

    return dt.scan(step, h, xs)


def reference(w: Any, h: Any, xs: Any) -> tuple[Any, Any]:
    states = []
    for x in xs:
        h = np.tanh(h @ w + x)
        states.append(h)
    return h, np.stack(states)


def _run(h: Any, xs: Any, w: Any = W) -> None:
    last, (states, doubled) = rnn(w, h, xs)
    expected, all_expected = reference(w, h, xs)
    np.testing.assert_allclose(last, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(states, all_expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(doubled, 2 * all_expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "layout",
    [
        lambda x: np.ascontiguousarray(x.transpose(1, 0, 2)).transpose(1, 0, 2),  # batch first
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: np.ascontiguousarray(x[::-1])[::-1],
        lambda x: np.broadcast_to(x[:1], x.shape),
        lambda x: np.repeat(x, 3, axis=2)[..., 1::3],
    ],
    ids=["batch-first", "fortran", "every-second", "reversed", "broadcast", "strided"],
)
def test_layouts(layout: Any) -> None:
    xs, h = rng.normal(size=(6, 3, 4)), rng.normal(size=(3, 4))
    _run(h, layout(xs))
    _run(np.asfortranarray(h), xs, np.asfortranarray(W))
    _run(np.broadcast_to(h[:1], h.shape), xs, np.repeat(W, 2, axis=1)[:, ::2])


@pytest.mark.parametrize("length", [1, 2, 3, 8])
def test_carries_alternate_between_two_memories(length: int) -> None:
    def step(carry: Any, x: Any) -> Any:
        a, b, c = carry
        return (b + x, a * 0.5, a + b + c), a

    @dt.op
    def shifted(a: Any, b: Any, c: Any, xs: Any) -> Any:
        return dt.scan(step, (a, b, c), xs)

    arrays = [rng.normal(size=(3,)) for _ in range(3)]
    xs = rng.normal(size=(length, 3))
    kept = [array.copy() for array in (*arrays, xs)]
    found, stacked = shifted(*arrays, xs)
    a, b, c = arrays
    befores = []
    for x in xs:
        befores.append(a)
        a, b, c = b + x, a * 0.5, a + b + c
    for one, other in zip((*found, stacked), (a, b, c, np.stack(befores)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)
    for array, before in zip((*arrays, xs), kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_no_memory_is_shared() -> None:
    @dt.op
    def passed_on(h: Any, xs: Any) -> Any:
        return dt.scan(lambda c, x: (c, (c, c, x)), h, xs)

    h, xs = rng.normal(size=(3,)), rng.normal(size=(1, 3))
    last, ys = passed_on(h, xs)
    arrays = [h, xs, last, *ys]
    for number, one in enumerate(arrays):
        for other in arrays[number + 1 :]:
            assert not np.shares_memory(one, other)
    for one, other in zip(arrays[2:], (h, h[None], h[None], xs), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "dtype, tolerance",
    [("float32", 1e-6), ("float16", 2e-3), (ml_dtypes.bfloat16, 2e-2)],
    ids=["float32", "float16", "bfloat16"],
)
def test_types(dtype: Any, tolerance: float) -> None:
    arrays = [(rng.normal(size=s) * 0.5).astype(dtype) for s in ((4, 4), (3, 4), (6, 3, 4))]
    last, (states, _) = rnn(*arrays)
    assert last.dtype == states.dtype == arrays[0].dtype
    expected = reference(*(array.astype("float64") for array in arrays))
    np.testing.assert_allclose(states.astype("float64"), expected[1], atol=3 * tolerance)
    gradients = dt.op(dt.grad(lambda *a: dt.sum(rnn(*a)[1][0] ** 2), (0, 1, 2)))(*arrays)
    wide = dt.op(dt.grad(lambda *a: dt.sum(rnn(*a)[1][0] ** 2), (0, 1, 2)))(
        *(array.astype("float64") for array in arrays)
    )
    for one, other in zip(gradients, wide, strict=True):
        assert one.dtype == arrays[0].dtype
        scale = np.abs(other).max()
        np.testing.assert_allclose(one.astype("float64"), other, atol=8 * tolerance * scale)


def test_integers_and_a_sort_in_a_step() -> None:
    @dt.op
    def ordered(h: Any, xs: Any) -> Any:
        return dt.scan(lambda h, x: (dt.sort(h + x), dt.argsort(x)), h, xs)

    h, xs = rng.integers(0, 99, 5), rng.integers(0, 99, (4, 5))
    last, orders = ordered(h, xs)
    for x, order in zip(xs, orders, strict=True):
        h = np.sort(h + x)
        np.testing.assert_array_equal(order, np.argsort(x, kind="stable"))
    np.testing.assert_array_equal(last, h)


def test_a_library_call_in_steps_without_a_carry() -> None:
    """Python's library calls keep the steps on one thread, which raises their errors."""

    @dt.op
    def factors(matrices: Any) -> Any:
        return dt.scan(lambda c, x: (c, dt.linalg.cholesky(x)), (), matrices)[1]

    matrices = np.stack([np.eye(100) * (n + 1.0) for n in range(16)])
    with override(num_threads=3):
        np.testing.assert_array_equal(factors(matrices), np.sqrt(matrices))
        matrices[11] *= -1
        with pytest.raises(LinearAlgebraError):
            factors(matrices)


def test_another_length_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = dt.op(dt.value_and_grad(lambda *a: dt.sum(rnn(*a)[1][0] ** 2), (0, 1, 2)))
    h = rng.normal(size=(3, 4))
    gradient(W, h, rng.normal(size=(5, 3, 4)))
    gradient(W, h, rng.normal(size=(6, 3, 4)))
    loaded: list[str] = []
    load = native.load
    monkeypatch.setattr(native, "load", lambda text: (loaded.append(text), load(text))[1])
    for length in (7, 64, 1000):
        xs = rng.normal(size=(length, 3, 4))
        value, gradients = gradient(W, h, xs)
        np.testing.assert_allclose(value, (reference(W, h, xs)[1] ** 2).sum(), rtol=1e-10)
        assert gradients[2].shape == xs.shape
    assert loaded == []


def test_other_sizes() -> None:
    """From the third on, the programs of bodies are filled in from what the second recorded."""
    gradient = dt.op(dt.grad(lambda *a: dt.sum(dt.sin(rnn(*a)[1][0])), (0, 1, 2)))
    for batch, units in ((3, 4), (2, 5), (7, 9), (5, 21), (1, 4)):
        w = rng.normal(size=(units, units)) * 0.3
        h, xs = rng.normal(size=(batch, units)), rng.normal(size=(4, batch, units))
        _run(h, xs, w)
        direction = rng.normal(size=w.shape)
        ends = [np.sin(reference(w + s * direction, h, xs)[1]).sum() for s in (1e-6, -1e-6)]
        found = (gradient(w, h, xs)[0] * direction).sum()
        np.testing.assert_allclose(found, (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-7)


def test_programs_of_other_sizes_share_a_batched_loop() -> None:
    """The batched body is kept by the original one, and outlives the recording it is made in."""

    def inner(c: Any, x: Any) -> Any:
        c = c * 0.5 + x
        return c, c

    def outer(xs: Any, w: Any) -> Any:
        def step(c: Any, x: Any) -> Any:  # the product is taken before the outer loop
            return dt.tanh(c + dt.scan(inner, x[0] * 0.0, x)[1] @ w), ()

        return dt.scan(step, (xs[0] @ w) * 0.0, xs)[0]

    def expected(xs: Any, w: Any) -> Any:
        c = np.zeros((xs.shape[1], w.shape[1]))
        for x in xs:
            ys = np.stack([sum(0.5 ** (n - m) * x[m] for m in range(n + 1)) for n in range(len(x))])
            c = np.tanh(c + ys @ w)
        return c

    first = dt.op(outer)
    second = dt.op(lambda a, b, xs, w: outer(xs, w) * dt.sum(a) * dt.sum(b))
    w = rng.normal(size=(2, 3))
    for length in (5, 6, 7):
        xs = rng.normal(size=(length, 4, 2))
        np.testing.assert_allclose(first(xs, w), expected(xs, w), rtol=1e-12, atol=1e-14)
    for length in (5, 6, 7, 6):
        xs, a = rng.normal(size=(length, 4, 2)), rng.normal(size=(length + 6, length + 7))
        b = rng.normal(size=2 * length + 9)
        found = second(a, b, xs, w)
        np.testing.assert_allclose(found, expected(xs, w) * a.sum() * b.sum(), rtol=1e-9)


def test_steps_that_are_large_run_on_several_threads() -> None:
    w, h = rng.normal(size=(256, 256)) * 0.05, rng.normal(size=(300, 256))
    _run(h, rng.normal(size=(3, 300, 256)), w)


def test_steps_without_a_carry_are_tasks_of_several_threads() -> None:
    """Each writes its own part of the ys; a step that calls Python stays on the caller's thread."""
    xs, w = rng.normal(size=(11, 60, 70)), rng.normal(size=(70, 30))

    def product(_: Any, x: Any) -> Any:
        return (), (dt.tanh(x) @ w, dt.sum(x))

    def ordered(_: Any, x: Any) -> Any:
        return (), dt.sort(x, axis=-1) @ w

    for number in (1, 2, 3):
        with override(num_threads=number):
            for reverse in (False, True):
                _, (found, sums) = dt.scan(product, (), xs, reverse=reverse)
                np.testing.assert_allclose(found, np.tanh(xs) @ w, rtol=1e-12, atol=1e-13)
                np.testing.assert_allclose(sums, xs.sum((1, 2)), rtol=1e-12, atol=1e-13)
            found = dt.scan(ordered, (), xs)[1]
            np.testing.assert_allclose(found, np.sort(xs, -1) @ w, rtol=1e-12, atol=1e-13)


def test_an_index_out_of_range_in_a_task_is_an_error() -> None:
    table, rows = rng.normal(size=(9, 4000)), np.arange(12).reshape(12, 1)

    def step(_: Any, row: Any) -> Any:
        return (), dt.take(table, row, axis=0)

    np.testing.assert_array_equal(dt.scan(step, (), rows[:9])[1], table[:, None])
    with pytest.raises(IndexError):
        dt.scan(step, (), rows)


def test_several_threads_run_one_loop() -> None:
    given = [(rng.normal(size=(3, 4)), rng.normal(size=(50, 3, 4))) for _ in range(8)]
    found: list[Any] = [None] * len(given)

    def call(number: int) -> None:
        for _ in range(20):
            found[number] = rnn(W, *given[number])[0]

    threads = [threading.Thread(target=call, args=(n,)) for n in range(len(given))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (h, xs), last in zip(given, found, strict=True):
        np.testing.assert_allclose(last, reference(W, h, xs)[0], rtol=1e-12, atol=1e-14)


def test_a_loop_in_a_loop_in_a_loop() -> None:
    def nested(depth: int) -> Any:
        def step(h: Any, x: Any) -> Any:
            if depth == 0:
                return dt.tanh(h @ W + x), ()
            h, _ = dt.scan(nested(depth - 1), h, x)
            return h, dt.sum(h)

        return step

    xs = rng.normal(size=(2, 3, 2, 3, 4))
    h = rng.normal(size=(3, 4))
    last, sums = dt.op(lambda h, xs: dt.scan(nested(2), h, xs))(h, xs)
    expected = h
    totals = []
    for outer in xs:
        expected = reference(W, expected, outer.reshape(-1, 3, 4))[0]
        totals.append(expected.sum())
    np.testing.assert_allclose(last, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(sums, totals, rtol=1e-10)


def _stages(function: Any) -> dict[str, str]:
    """What `dt.show` prints of a function of a state and xs, by title."""
    h, xs = np.zeros((3, 4)), np.zeros((40, 3, 4))
    specs = [ArraySpec(array.shape, dt.float64) for array in (h, xs)]
    found = stages(trace(function, specs).graph, [h.strides, xs.strides])
    return {stage.title: stage.text for stage in found}


def test_the_program_of_a_loop_is_shown() -> None:
    shown = _stages(lambda h, xs: dt.scan(lambda h, x: (dt.tanh(h @ W + x), ()), h, xs)[0])
    assert "40 times" in shown["program"]
    assert "    step 0: panel_matmul(carry.0" in shown["program"]
    assert "advice" not in shown


def test_a_loop_of_python_is_advised_to_be_a_scan() -> None:
    def unrolled(h: Any, xs: Any, steps: int) -> Any:
        for t in range(steps):
            h = dt.tanh(h @ W + xs[t])
        return h

    shown = _stages(lambda h, xs: unrolled(h, xs, 40))
    assert "dt.scan" in shown["advice"]
    assert "test_loops.py" in shown["advice"]
    assert "advice" not in _stages(lambda h, xs: unrolled(h, xs, 5))
