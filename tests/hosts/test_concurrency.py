"""Many Python threads, forked and spawned processes, signals: as a user's program has them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.options import override

Array = np.ndarray[Any, Any]
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
# Python 3.12 and later warn about any fork beside threads; that it works is tested here.
calm = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def data(seed: int, shape: tuple[int, ...] = (300, 400)) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def softmax(x: Array) -> Array:
    powers = np.exp(x.astype(np.float64) - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Runs work(0 .. count - 1) at once; raises what any of them raised."""
    barrier = threading.Barrier(count)
    errors: list[BaseException] = []

    def body(number: int) -> None:
        try:
            barrier.wait(30)
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if errors:
        raise errors[0]


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-6)


# Threads.


def test_the_first_call_of_one_extension_in_many_threads() -> None:
    for attempt in range(5):
        function = dt.op(lambda x, shift=float(attempt): dt.softmax(x) + 0.171875 * (shift + 1.0))
        results: dict[int, Array] = {}

        def work(number: int, function: Any = function, results: Any = results) -> None:
            results[number] = function(data(number))

        in_threads(8, work)
        for number in range(8):
            close(results[number], softmax(data(number)) + 0.171875 * (attempt + 1))


def test_different_extensions_and_shapes_at_once() -> None:
    functions: list[tuple[Any, Callable[[Array], Array]]] = [
        (dt.op(lambda x: dt.exp(x) + 0.1484375), lambda x: np.exp(x) + 0.1484375),
        (dt.op(lambda x: dt.sum(x * 1.1484375, axis=0)), lambda x: np.sum(x * 1.1484375, axis=0)),
        (dt.softmax, softmax),
        (dt.op(lambda x: x @ dt.matrix_transpose(x)), lambda x: x @ x.T),
        (dt.op(lambda x: dt.mean(x * x)), lambda x: np.mean(x * x)),
        (dt.grad(lambda x: dt.sum(dt.tanh(x))), lambda x: 1 - np.tanh(x) ** 2),
    ]

    def work(number: int) -> None:
        for turn in range(30):
            function, expected = functions[(number + turn) % len(functions)]
            x = data(number, (50 + 10 * (turn % 4), 30 + 50 * (number % 3)))
            np.testing.assert_allclose(
                function(x), expected(x.astype(np.float64)), rtol=1e-4, atol=1e-4
            )

    in_threads(8, work)


def test_one_program_with_temporaries_in_many_threads() -> None:
    """Each call has its own frame: products and scatters between kernels."""
    labels = np.random.default_rng(1).integers(0, 20, 64)

    def loss(w: Any, x: Any) -> Any:
        logits = dt.tanh(x @ w) @ dt.matrix_transpose(w[:20])
        picked = dt.take_along_axis(logits, labels[:, None], axis=-1)[:, 0]
        return dt.mean(dt.logsumexp(logits, axis=-1) - picked)

    step = dt.value_and_grad(loss)
    inputs = [(data(n, (40, 40)) * 0.2, data(n + 50, (64, 40))) for n in range(6)]
    alone = [step(w, x) for w, x in inputs]

    def work(number: int) -> None:
        for _ in range(25):
            value, gradient = step(*inputs[number])
            np.testing.assert_array_equal(value, alone[number][0])
            np.testing.assert_array_equal(gradient, alone[number][1])

    in_threads(6, work)


def test_a_pool_of_eight_threads_with_two_threads_each() -> None:
    """The pool of compiled code serves one call at a time; the others run on their callers."""
    x = [data(n, (1200, 700)) for n in range(8)]
    expected = [softmax(array) for array in x]

    def work(number: int) -> Array:
        with override(num_threads=2):
            return dt.softmax(x[number % 8])

    with ThreadPoolExecutor(8) as pool:
        for number, result in enumerate(pool.map(work, range(64))):
            close(result, expected[number % 8])


def test_a_failing_call_beside_others() -> None:
    """An index out of range in one thread is that thread's alone."""
    take = dt.op(lambda x, i: dt.take_along_axis(x, i, axis=0) * 1.25)
    x = data(0, (50, 60))
    good, bad = np.zeros((4, 60), np.int64), np.full((4, 60), 50)

    def work(number: int) -> None:
        for _ in range(40):
            if number % 2:
                with pytest.raises(IndexError):
                    take(x, bad)
            else:
                close(take(x, good), np.broadcast_to(x[0] * 1.25, (4, 60)))

    in_threads(6, work)


def test_results_handed_to_other_threads() -> None:
    """Arrays are made in one thread, and die in another."""
    queue: list[Array] = []

    def work(number: int) -> None:
        x = data(number)
        for _ in range(40):
            queue.append(dt.softmax(x))
            with contextlib.suppress(IndexError):
                result = queue.pop(0)
                assert abs(float(result.sum()) - 300) < 0.01
                result.fill(-1)

    in_threads(5, work)


# Processes.


def in_child(work: Callable[[], None], seconds: float = 60) -> int:
    """The exit status of a forked child that runs `work`; it is killed when it hangs."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -999


@forks
@calm
def test_fork_after_first_use() -> None:
    """The child has no workers of the parent's pool; it starts its own, and both go on."""
    x = data(0, (2000, 1000))
    expected = dt.softmax(x)
    fresh = dt.op(lambda a: dt.softmax(a) * 0.4453125)

    def work() -> None:
        for number in (2, 1, 3):
            with override(num_threads=number):
                np.testing.assert_array_equal(dt.softmax(x), expected)
                close(fresh(x), expected * 0.4453125)  # compiled in the child

    assert in_child(work) == 0
    assert in_child(lambda: close(expected, expected + 1)) == 1  # a failure is seen
    work()


@forks
@calm
def test_fork_while_other_threads_are_at_work() -> None:
    x = data(0, (600, 1000))
    expected = dt.softmax(x)
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            dt.softmax(x)

    threads = [threading.Thread(target=busy, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(6):
            assert in_child(lambda: np.testing.assert_array_equal(dt.softmax(x), expected)) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


CHILD = """
import numpy as np
import dovetail as dt

def work(seed):
    x = np.random.default_rng(seed).standard_normal((900, 1000)).astype(np.float32)
    return float(np.float64(dt.softmax(x)[7].sum())), float(dt.sum(dt.exp(x)))
"""


@calm
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this system")
    (tmp_path / "dovetail_child.py").write_text(CHILD)
    monkeypatch.syspath_prepend(tmp_path)
    child: Any = __import__("dovetail_child")
    try:
        expected = [child.work(seed) for seed in range(4)]  # the parent first
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map_async(child.work, range(4)).get(timeout=120) == expected
    finally:
        del sys.modules["dovetail_child"]


# Signals.


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals need the main thread"
)
def test_signals_during_calls() -> None:
    x = data(0, (1500, 1000))
    expected = dt.softmax(x)
    dt.exp(x[:10])  # compiled now: in the handler, that would take longer than the next signal
    count = 0

    def handle(number: int, frame: Any) -> None:
        nonlocal count
        count += 1
        dt.exp(x[:10])  # a handler may call, too

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            np.testing.assert_array_equal(dt.softmax(x), expected)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert count > 20


class Interrupted(Exception):
    pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # in a __del__
def test_an_exception_from_a_signal_leaves_everything_in_order() -> None:
    x, w = data(0, (400, 300)), data(1, (300, 200))
    function = dt.op(lambda a, b: dt.softmax(dt.tanh(a @ b)) @ dt.matrix_transpose(b))
    expected = function(x, w)

    def handle(number: int, frame: Any) -> None:
        raise Interrupted

    interrupted = 0
    before = signal.signal(signal.SIGALRM, handle)
    try:
        for attempt in range(60):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + 0.0001 * (attempt % 20))
                for _ in range(50):
                    function(x, w)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Interrupted:
                interrupted += 1
            np.testing.assert_array_equal(function(x, w), expected)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 5
