"""Programs with loops in one native call: products by BLAS, and loops at the same time."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu import blas, native_steps
from dovetail.compile.cpu.executor import Executable
from dovetail.compile.cpu.native_steps import blocks_of
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import (
    Program,
    at_once,
    loops_of,
    touched,
)
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, trace
from dovetail.options import override
from tests.compile.test_runner import run

Array = np.ndarray[Any, Any]
STEPS, BATCH, UNITS = 12, 4, 16


def rnn(xs: Any, w: Any, reverse: bool = False) -> Any:
    """The states of a recurrence."""

    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(x + h @ w)
        return h, h

    return dt.scan(step, dt.zeros(xs.shape[1:], dtype=xs.dtype), xs, reverse=reverse)[1]


def by_hand(xs: Array, w: Array, reverse: bool = False) -> Array:
    h, states = np.zeros(xs.shape[1:]), np.empty(xs.shape)
    for n in reversed(range(len(xs))) if reverse else range(len(xs)):
        h = states[n] = np.tanh(xs[n] + h @ w)
    return states


def both_ways(xs: Any, w: Any, u: Any) -> Any:
    """Two loops that do not need each other, with work between them and behind them."""
    forward = rnn(xs @ w, w)
    return dt.concat([forward, rnn(xs @ u, u, reverse=True)], axis=-1), dt.sum(forward)


def program_of(function: Any, *arrays: Array) -> Program:
    specs = [ArraySpec(array.shape, as_dtype(array.dtype)) for array in arrays]
    return lower_graph(trace(function, specs).graph, [array.strides for array in arrays])


def arrays_of(batch: int = BATCH, steps: int = STEPS) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(7)
    shapes = (steps, batch, UNITS), (UNITS, UNITS), (UNITS, UNITS)
    xs, w, u = (rng.normal(size=shape) for shape in shapes)
    return xs, 0.3 * w, 0.3 * u


def groups(program: Program) -> list[int]:
    return [len(group) for group in at_once(program.steps) if loops_of(group)]


@pytest.fixture(autouse=True)
def two_threads() -> Any:
    with override(num_threads=2):
        yield


def test_loops_that_do_not_need_each_other_run_at_once() -> None:
    for sizes in ((), (5, 9), (7, 30)):  # the later ones fill in a recorded program
        xs, w, u = arrays_of(*sizes)
        program = program_of(both_ways, xs, w, u)
        assert groups(program) == [2]
        expected = np.concatenate([by_hand(xs @ w, w), by_hand(xs @ u, u, True)], axis=-1)
        for _ in range(20):
            states, total = Executable(program)([xs, w, u])
            np.testing.assert_allclose(states, expected, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(total, expected[..., :UNITS].sum(), rtol=1e-11)


def test_what_runs_at_once_shares_no_memory() -> None:
    program = program_of(both_ways, *arrays_of())
    first, second = (
        {(program.offsets[b], program.offsets[b] + b.nbytes) for b in touched(loop)
         if b in program.offsets and b.nbytes}
        for loop in loops_of(program.steps)
    )  # fmt: skip
    assert first and second
    assert all(a[1] <= b[0] or b[1] <= a[0] for a in first for b in second if a != b)


def test_loops_that_need_each_other_or_take_longer_run_alone() -> None:
    def chained(xs: Any, w: Any, u: Any) -> Any:
        return rnn(rnn(xs, w), u)

    def unlike(xs: Any, w: Any, u: Any) -> Any:
        return rnn(xs, w), rnn(xs[:3], u)

    arrays = arrays_of()
    assert groups(program_of(chained, *arrays)) == [1, 1]
    assert groups(program_of(unlike, *arrays)) == [1, 1]
    with override(num_threads=1):
        other = program_of(lambda *given: both_ways(*given)[0] + 1.0, *arrays)
        assert groups(other) == [1, 1]


def test_bits_do_not_depend_on_what_runs_at_once() -> None:
    xs, w, u = arrays_of(3)
    together, _ = Executable(program_of(both_ways, xs, w, u))([xs, w, u])
    alone = [
        Executable(program_of(lambda x, w, b=b: rnn(x @ w, w, b), xs, m))([xs, m])[0]
        for m, b in ((w, False), (u, True))
    ]
    np.testing.assert_array_equal(together, np.concatenate(alone, axis=-1))


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_check_of_either_loop_is_heard(wrong: int) -> None:
    def lookups(table: Any, first: Any, second: Any) -> Any:
        def total(indices: Any) -> Any:
            def step(h: Any, i: Any) -> Any:
                return h + dt.take(table, i, axis=0), None

            return dt.scan(step, table[:1], indices)[0]

        return total(first), total(second)

    indices = [np.zeros((STEPS, 1), np.int64), np.zeros((STEPS, 1), np.int64)]
    table = np.ones((3, 1))
    assert groups(program_of(lookups, table, *indices)) == [2]
    assert run(lookups, [table, *indices])[0] == 0
    indices[wrong][5] = 3
    assert run(lookups, [table, *indices])[0] != 0


def test_products_before_a_loop_keep_blas_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[int] = []
    get = ctypes.CFUNCTYPE(ctypes.c_int32)(lambda: 5)
    put = ctypes.CFUNCTYPE(None, ctypes.c_int32)(set_to.append)
    words = np.array([ctypes.cast(each, ctypes.c_void_p).value for each in (get, put)], np.int64)
    monkeypatch.setattr(blas, "threads_address", lambda: words.ctypes.data)
    xs, w, _ = arrays_of()
    status, (found,) = run(lambda xs, w: dt.tanh(xs @ w) @ w, [xs, w])
    assert status == 0
    assert set_to == [1, 5, 1, 5]  # around each of the products
    np.testing.assert_allclose(found, np.tanh(xs @ w) @ w, rtol=1e-12)
    del set_to[:]
    square = xs[:, :, :BATCH]  # a product of two xs in each step
    run(lambda xs: dt.scan(lambda h, x: ((x + h) @ x,) * 2, xs[0], xs)[1], [square])
    assert set_to == [1, 5]  # once for the loop


def test_matrices_in_half_precision_that_steps_read_transposed() -> None:
    xs, w = (array.astype(np.float16) for array in arrays_of()[:2])

    def transposed(xs: Any, w: Any) -> Any:
        return rnn(xs, w.T)

    for given in (w, w.T):
        for function, read in ((rnn, given), (transposed, given.T)):
            (found,) = Executable(program_of(function, xs, given))([xs, given])
            exact = by_hand(xs.astype(float), read.astype(float))
            np.testing.assert_allclose(found, exact, rtol=0, atol=0.05)


def test_blocks_of_larger_products_are_not_small() -> None:
    assert blocks_of(1, 32, 512, 128) == (32, 128)  # below a million multiply-adds
    assert blocks_of(1, 64, 1024, 256) == (64, 256)
    assert blocks_of(1, 128, 512, 3200) == (128, 128)
    assert blocks_of(1, 64, 256, 3200) == (64, 64)  # four at least
    assert blocks_of(1, 256, 1024, 6400) == (128, 128)
    assert blocks_of(1, 6400, 1024, 256) == (800, 512)  # sixteen of larger ones
    assert blocks_of(1, 4096, 4096, 4096) == (512, 512)  # and more where each is a long task


@pytest.mark.parametrize("transposed", [False, True])
def test_products_on_arrays_run_on_the_threads_of_kernels(
    transposed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not on those of BLAS, which NumPy's function would use."""

    def refused(*given: Any) -> None:
        raise AssertionError("NumPy's function is called")

    monkeypatch.setattr(native_steps, "call_library", refused)
    rng = np.random.default_rng(3)
    a = rng.normal(size=(70, 130) if transposed else (130, 70)).astype(np.float32)
    b = rng.normal(size=(70, 90)).astype(np.float32)

    def product(a: Any, b: Any) -> Any:
        return dt.tanh((dt.permute_dims(a, (1, 0)) if transposed else a) @ b)

    (found,) = Executable(program_of(product, a, b))([a, b])
    exact = np.tanh((a.T if transposed else a).astype(np.float64) @ b)
    np.testing.assert_allclose(found, exact, rtol=1e-4, atol=1e-4)
