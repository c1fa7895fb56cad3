"""The thread pool: every task runs exactly once."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from dovetail.compile.cpu import native, runtime, threads
from dovetail.options import override

TASK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
PARALLEL_FOR = ctypes.CFUNCTYPE(None, TASK, ctypes.c_void_p, ctypes.c_int64)

_kept: list[Any] = []


def kept(function: Callable[..., Any]) -> Any:
    """A task. It stays: the pool knows functions, and what they take, by their addresses."""
    _kept.append(TASK(function))
    return _kept[-1]


needs_pool = pytest.mark.skipif(not threads.is_parallel(), reason="no pool on this system")

# stress(run, rounds): jobs of 2 and 5 tasks in turn, right after each other; the number of
# jobs of 5 in which a task did not run exactly once.
# fill(run, out, count): out[i] = 3 i + 1, one task for each i.
# products(run, x, count): x[i] = x[i] * x[i], one task for each i.
WORK = """
@hits = internal global [8 x i32] zeroinitializer

define internal void @hit(ptr %context, i64 %index) {
  %at = getelementptr [8 x i32], ptr @hits, i64 0, i64 %index
  %before = atomicrmw add ptr %at, i32 1 seq_cst
  ret void
}

define i64 @stress(ptr %run, i64 %rounds) {
entry:
  br label %round
round:
  %r = phi i64 [0, %entry], [%r.next, %next]
  %bad = phi i64 [0, %entry], [%bad.next, %next]
  call void %run(ptr @hit, ptr null, i64 2)
  store [8 x i32] zeroinitializer, ptr @hits
  call void %run(ptr @hit, ptr null, i64 5)
  br label %check
check:
  %i = phi i64 [0, %round], [%i.next, %check]
  %wrong = phi i1 [0, %round], [%wrong.next, %check]
  %at = getelementptr [8 x i32], ptr @hits, i64 0, i64 %i
  %count = load atomic i32, ptr %at seq_cst, align 4
  %other = icmp ne i32 %count, 1
  %wrong.next = or i1 %wrong, %other
  %i.next = add i64 %i, 1
  %i.more = icmp slt i64 %i.next, 5
  br i1 %i.more, label %check, label %next
next:
  store [8 x i32] zeroinitializer, ptr @hits
  %one = zext i1 %wrong.next to i64
  %bad.next = add i64 %bad, %one
  %r.next = add i64 %r, 1
  %more = icmp slt i64 %r.next, %rounds
  br i1 %more, label %round, label %exit
exit:
  ret i64 %bad.next
}

define internal void @fill_one(ptr %out, i64 %index) {
  %triple = mul i64 %index, 3
  %value = add i64 %triple, 1
  %at = getelementptr i64, ptr %out, i64 %index
  %old = load i64, ptr %at
  %new = add i64 %old, %value
  store i64 %new, ptr %at
  ret void
}

define void @fill(ptr %run, ptr %out, i64 %count) {
  call void %run(ptr @fill_one, ptr %out, i64 %count)
  ret void
}

define internal void @square_one(ptr %x, i64 %index) {
  %at = getelementptr float, ptr %x, i64 %index
  %value = load float, ptr %at
  %square = fmul float %value, %value
  store float %square, ptr %at
  ret void
}

define void @squares(ptr %run, ptr %x, i64 %count) {
  call void %run(ptr @square_one, ptr %x, i64 %count)
  ret void
}
"""


def compiled(name: str, result: type | None, arguments: int) -> Callable[..., int]:
    kinds = [ctypes.c_void_p] + [ctypes.c_int64] * (arguments - 1)
    return ctypes.CFUNCTYPE(result, *kinds)(native.load(WORK).address(name))


def entry(number: int) -> int:
    with override(num_threads=number):
        return threads.parallel_for_address()


def filled(address: int, count: int) -> bool:
    out = np.zeros(count, np.int64)
    compiled("fill", None, 3)(address, out.ctypes.data, count)
    return bool((out == 3 * np.arange(count) + 1).all())


@pytest.mark.parametrize("number", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 100, 4097])
def test_every_task_runs_once(number: int, count: int) -> None:
    for _ in range(20):
        assert filled(entry(number), count)


@pytest.mark.parametrize("number", [1, 2])
def test_a_negative_count_is_none(number: int) -> None:
    seen: list[int] = []
    PARALLEL_FOR(entry(number))(kept(lambda context, index: seen.append(index)), None, -3)
    assert seen == []


def test_serial_runs_in_order_on_the_caller() -> None:
    seen: list[tuple[int, int | None, int]] = []
    task = kept(lambda context, index: seen.append((index, context, threading.get_ident())))
    PARALLEL_FOR(threads.serial_for_address())(task, 77, 5)
    assert seen == [(index, 77, threading.get_ident()) for index in range(5)]


def test_the_address_follows_the_options() -> None:
    assert entry(1) == threads.serial_for_address()
    assert entry(2) == entry(2)
    if threads.is_parallel():
        assert len({entry(1), entry(2), entry(3)}) == 3


def meeting(number: int) -> bool:
    """Whether `number` tasks run at the same time."""
    barrier = threading.Barrier(number, timeout=5)
    met: list[int] = []

    def task(context: int | None, index: int) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait()
            met.append(threading.get_ident())

    PARALLEL_FOR(entry(number))(kept(task), None, number)
    return len(set(met)) == number


@needs_pool
def test_tasks_run_at_the_same_time_and_on_no_more_threads_than_asked() -> None:
    for number in (2, 4, 3):
        assert meeting(number)
    for number in (3, 2, 1):
        seen: set[int] = set()

        def task(context: int | None, index: int, seen: set[int] = seen) -> None:
            seen.add(threading.get_ident())
            time.sleep(0.0005)

        PARALLEL_FOR(entry(number))(kept(task), None, 40)
        assert len(seen) <= number
        assert threading.get_ident() in seen


def test_nested_calls_run() -> None:
    address = entry(2)
    outcomes: list[bool] = []
    task = kept(lambda context, index: outcomes.append(filled(address, 50)))
    PARALLEL_FOR(address)(task, None, 8)
    assert outcomes == [True] * 8
    assert filled(address, 50)


def test_a_task_that_fails_in_python_does_not_stop_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: failed.append(found.exc_type))
    seen: list[int] = []

    def task(context: int | None, index: int) -> None:
        seen.append(index)
        if index % 3 == 0:
            raise ValueError(index)

    for _ in range(5):
        seen.clear()
        failed.clear()
        PARALLEL_FOR(entry(2))(kept(task), None, 10)
        assert sorted(seen) == list(range(10))
        assert failed == [ValueError] * 4


def test_many_python_threads_at_once() -> None:
    addresses = [entry(number) for number in (1, 2, 3)]
    wrong: list[int] = []

    def work(seed: int) -> None:
        for i in range(300):
            if not filled(addresses[(seed + i) % 3], (seed * 37 + i) % 60):
                wrong.append(i)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert not any(worker.is_alive() for worker in workers)
    assert wrong == []


def wrong_jobs(address: int, seconds: float, enough: int = 1) -> int:
    stress = compiled("stress", ctypes.c_int64, 2)
    found, end = 0, time.monotonic() + seconds
    while time.monotonic() < end and found < enough:
        found += stress(address, 50_000)
    return found


@needs_pool
@pytest.mark.parametrize("number", [2, 3, 5])
def test_short_jobs_right_after_each_other(number: int) -> None:
    assert wrong_jobs(entry(number), 0.7) == 0


@needs_pool
def test_the_stress_test_finds_a_counter_that_is_not_closed() -> None:
    text = native.target_text() + runtime.ir("pool")
    closing = r"  call void @close_counter\(.*\)( #\d+)?\n"
    broken, found = re.subn(closing, "", text)
    assert found == 1
    run = native.load(broken).address("dovetail_pool_run")
    native.define_symbol("test_broken_run", run)
    entry = runtime.ir("pool_entry").replace("dovetail_pool_run", "test_broken_run")
    module = native.load(native.target_text() + entry)
    ctypes.c_int32.from_address(module.address("threads")).value = 3
    assert wrong_jobs(module.address("parallel_for"), 15.0) > 0


SET_MODE = """
declare void @llvm.x86.sse.ldmxcsr(ptr)
define void @set_mode(i64 %value) {
  %word = alloca i32
  %narrow = trunc i64 %value to i32
  store i32 %narrow, ptr %word
  call void @llvm.x86.sse.ldmxcsr(ptr %word)
  ret void
}
"""


@needs_pool
@pytest.mark.skipif(platform.machine() != "x86_64", reason="a mode of x86")
def test_workers_compute_in_the_mode_of_the_caller() -> None:
    module = native.load(SET_MODE)
    set_mode = ctypes.CFUNCTYPE(None, ctypes.c_int64)(module.address("set_mode"))
    squares = compiled("squares", None, 3)
    address, count = entry(2), 200_000
    x = np.empty(count, np.float32)
    for flush in (True, False, True, False):
        x.fill(1e-20)  # its square is subnormal
        try:
            set_mode(0x9F80 if flush else 0x1F80)
            squares(address, x.ctypes.data, count)
        finally:
            set_mode(0x1F80)
        assert (x.view(np.int32) == 0).all() if flush else (x.view(np.int32) != 0).all()


def own_threads() -> set[str]:
    return set(os.listdir("/proc/self/task"))


def _status(thread: str, field: str) -> str:
    with open(f"/proc/self/task/{thread}/status") as lines:
        return next(line.split()[1] for line in lines if line.startswith(field))


def sleeps(thread: str) -> int:
    """How often a thread has gone to sleep, once it sleeps: a busy machine may delay that."""
    while _status(thread, "State") != "S":
        time.sleep(0.001)
    return int(_status(thread, "voluntary_ctxt_switches"))


def has_run(thread: str, seen: int, within: float) -> bool:
    """Whether a thread that had gone to sleep so often wakes within some seconds."""
    end = time.monotonic() + within
    while (same := sleeps(thread) == seen) and time.monotonic() < end:
        time.sleep(0.001)
    return not same


@needs_pool
def test_sleeping_workers_use_no_processor_time() -> None:
    assert filled(entry(3), 100)
    time.sleep(0.05)
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.05
    assert filled(entry(3), 100)
    assert meeting(2)


STEERED = """
import os, sys, time
from dovetail.compile.cpu import threads
from dovetail.options import override
from tests.compile.test_threads import filled, own_threads

allowed = os.sched_getaffinity(0)
if sys.argv[1] == "one":
    os.sched_setaffinity(0, {min(allowed)})
before = own_threads()
with override(num_threads=3):
    address = threads.parallel_for_address()
for _ in range(3):
    assert filled(address, 100_000)
    time.sleep(0.02)  # now they sleep, and the next job, a long one, wakes them
workers = own_threads() - before
assert len(workers) == 2
masks = [os.sched_getaffinity(int(worker)) for worker in workers]
print(len(allowed), *[len(mask) for mask in masks], all(mask <= allowed for mask in masks))
"""


@needs_pool
@pytest.mark.parametrize("caller", ["everywhere", "one"])
def test_woken_workers_stay_off_the_processor_of_the_caller(caller: str) -> None:
    command = [sys.executable, "-c", STEERED, caller]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    allowed, *masks, within = done.stdout.split()
    others = int(allowed) - 1 if caller == "everywhere" else 1  # where none is left, none changes
    assert within == "True"
    assert all(int(mask) == max(1, others) for mask in masks)


LEFT_ASLEEP = """
import os, time
from dovetail.compile.cpu import threads
from dovetail.options import override
from tests.compile.test_threads import filled, has_run, own_threads, sleeps

before = own_threads()
with override(num_threads=2):
    address = threads.parallel_for_address()
assert filled(address, 100)
worker, = own_threads() - before
short, long = 0, 0
for _ in range(20):
    time.sleep(0.005)
    seen = sleeps(worker)
    assert filled(address, 100)
    short += has_run(worker, seen, 0.005)
    seen = sleeps(worker)
    assert filled(address, 100_000)
    long += has_run(worker, seen, 0.2)
    assert filled(address, 100)  # the last time that is known is that of this
print(short, long)
"""


@needs_pool
def test_a_job_that_is_faster_alone_wakes_no_worker() -> None:
    command = [sys.executable, "-c", LEFT_ASLEEP]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    short, long = map(int, done.stdout.split())
    assert short <= 5  # a hiccup of the machine may make it look long
    assert long >= 15


IN_A_ROW = """
import sys, time
from dovetail.compile.cpu import threads
from dovetail.options import override
from tests.compile.test_threads import filled, has_run, own_threads, sleeps

pause = float(sys.argv[1])
before = own_threads()
with override(num_threads=2):
    address = threads.parallel_for_address()
assert filled(address, 100)
worker, = own_threads() - before
woken = 0
for _ in range(10):
    assert filled(address, 100)
    time.sleep(0.005)
    seen = sleeps(worker)
    for _ in range(100):
        assert filled(address, 100)
        until = time.perf_counter() + pause
        while time.perf_counter() < until:
            pass
    woken += has_run(worker, seen, 0.02 if pause else 0.2)
print(woken)
"""


@needs_pool
@pytest.mark.parametrize(("pause", "least", "most"), [(0.0, 8, 10), (0.0003, 0, 3)])
def test_short_jobs_in_a_row_wake_workers(pause: float, least: int, most: int) -> None:
    command = [sys.executable, "-c", IN_A_ROW, str(pause)]
    woken: list[int] = []
    for _ in range(5):  # a busy machine puts pauses of its own between jobs
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        woken.append(int(done.stdout))
        if least <= woken[-1] <= most:
            return
    pytest.fail(f"woken {woken} of 10 times, expected {least} to {most}")


def test_a_system_without_futexes_is_served_serially(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(threads, "_entries", {})
    assert not threads.is_parallel()
    assert entry(4) == threads.serial_for_address()


@pytest.fixture(autouse=True)
def _private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with override(cache_dir=tmp_path_factory.getbasetemp() / "cache"):
        yield


def test_beside_another_pool_workers_hardly_spin() -> None:
    with override(num_threads=2):
        usual, brief = threads.parallel_for_address(), threads.parallel_for_address(spins=False)
    modules = [runtime.load("pool_entry", copy=4 + spins) for spins in (True, False)]
    assert [module.address("parallel_for") for module in modules] == [usual, brief]
    spins = [ctypes.c_int64.from_address(module.address("spin")).value for module in modules]
    assert spins == [runtime.constant("SPIN"), threads.BRIEFLY]
    assert spins[0] > 10 * spins[1]
