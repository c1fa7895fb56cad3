"""From a Python call to a kernel: pointers, checks, the interpreter lock, the slow path."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from dovetail.compile.cpu import entry_points, native, threads
from dovetail.errors import ArgumentError, CallError, StructureError
from dovetail.options import override

# sum(buffers, sizes, scalars, parallel_for): into the last of sizes[0] buffers, the sum of
# the first elements of the others times scalars[0].
SUM = """
define void @sum(ptr %buffers, ptr %sizes, ptr %scalars, ptr %parallel_for) {
entry:
  %count = load i64, ptr %sizes
  %scale = load double, ptr %scalars
  %last = sub i64 %count, 1
  br label %check
check:
  %i = phi i64 [0, %entry], [%next, %body]
  %total = phi double [0.0, %entry], [%more, %body]
  %at = getelementptr ptr, ptr %buffers, i64 %i
  %buffer = load ptr, ptr %at
  %ends = icmp sge i64 %i, %last
  br i1 %ends, label %end, label %body
body:
  %value = load double, ptr %buffer
  %more = fadd double %total, %value
  %next = add i64 %i, 1
  br label %check
end:
  %result = fmul double %total, %scale
  store double %result, ptr %buffer
  ret void
}
define void @nothing(ptr %buffers, ptr %sizes, ptr %scalars, ptr %parallel_for) {
  ret void
}
"""


@pytest.fixture(autouse=True)
def _private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with override(cache_dir=tmp_path_factory.getbasetemp() / "cache"):
        yield


@pytest.fixture(params=["fast", "slow"])
def entry_point(request: pytest.FixtureRequest) -> Callable[[int], Callable[..., None]]:
    return entry_points.entry_point if request.param == "fast" else entry_points._slow_entry_point


def constants(arrays: int, scale: float = 2.0) -> tuple[list[int], list[Any]]:
    """The five addresses, and the objects that must stay alive."""
    sizes, scalars = np.array([arrays]), np.array([scale])
    kernel = native.load(SUM).address("sum")
    parallel_for = threads.serial_for_address()
    return [kernel, sizes.ctypes.data, scalars.ctypes.data, parallel_for, 0], [sizes, scalars]


def test_the_fast_door_is_open_here() -> None:
    assert entry_points.layout_holds() == (sys.implementation.name == "cpython")
    if entry_points.layout_holds():
        assert type(entry_points.entry_point(2)).__name__ == "builtin_function_or_method"
    assert entry_points.entry_point(2) is entry_points.entry_point(2)


@pytest.mark.parametrize("arrays", [1, 2, 3, 7, 16, 64])
def test_pointers_arrive_in_order(entry_point: Any, arrays: int) -> None:
    values, _alive = constants(arrays)
    inputs = [np.array([float(3**i % 1000)]) for i in range(arrays - 1)]
    out = np.zeros(1)
    for _ in range(3):
        assert entry_point(arrays)(*values, *inputs, out) is None
        assert out[0] == 2 * sum(array[0] for array in inputs)


def test_views_and_odd_arrays(entry_point: Any) -> None:
    values, _alive = constants(4)
    grid = np.arange(12.0).reshape(3, 4)
    read_only = np.array(100.0)
    read_only.flags.writeable = False
    out = np.zeros((2, 2))
    entry_point(4)(*values, grid[1, 2:], grid.T[::-1, ::-1], read_only, out[1:])
    assert out[1, 0] == 2 * (6 + 11 + 100)


def test_subclasses_take_the_slow_path_and_work(entry_point: Any) -> None:
    class Named(np.ndarray[Any, Any]):
        pass

    values, _alive = constants(2)
    out = np.zeros(1)
    entry_point(2)(*values, np.array([4.0]).view(Named), out)
    assert out[0] == 8


@pytest.mark.parametrize(
    "bad", [None, 3.0, [1.0], (1.0, 2.0), "text", np.float64(3), memoryview(b"12345678")]
)
def test_what_is_no_array_is_named(entry_point: Any, bad: object) -> None:
    values, _alive = constants(3)
    out = np.zeros(1)
    for position in range(3):
        arguments: list[object] = [out, out, out]
        arguments[position] = bad
        with pytest.raises(ArgumentError, match=f"buffer {position}"):
            entry_point(3)(*values, *arguments)


@pytest.mark.parametrize("count", [0, 3, 4, 5, 6, 8, 20])
def test_the_number_of_arguments(entry_point: Any, count: int) -> None:
    out = np.zeros(1)
    with pytest.raises(CallError, match="operands"):
        entry_point(2)(*[out] * count)
    with pytest.raises(TypeError):
        entry_point(2)(kernel=1)


@pytest.mark.parametrize("bad", [None, "x", -1, 1 << 64, 1.5, np.zeros(1)])
@pytest.mark.parametrize("position", [0, 1, 2, 3, 4])
def test_bad_addresses_are_named(entry_point: Any, position: int, bad: object) -> None:
    values: list[Any] = constants(1)[0]
    values[position] = bad
    with pytest.raises(ArgumentError, match=entry_points._CONSTANTS[position]):
        entry_point(1)(*values, np.zeros(1))


def test_null_is_refused_for_the_kernel_only(entry_point: Any) -> None:
    nothing = native.load(SUM).address("nothing")
    entry_point(0)(nothing, 0, 0, 0, 0)
    with pytest.raises(ArgumentError, match="kernel"):
        entry_point(0)(0, 0, 0, 0, 0)


ROWS = np.arange(6.0).reshape(2, 3)
LAYOUT = np.dtype(np.float64), (2, 3), (24, 8)


@pytest.mark.parametrize(
    "bad",
    [
        ROWS.astype(np.float32), ROWS.view(np.int64), ROWS.astype(">f8"), ROWS[:1], ROWS.T,
        ROWS.ravel(), ROWS[None], np.asfortranarray(ROWS), np.zeros((2, 6))[:, ::2],
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}{array.strides}",
)  # fmt: skip
def test_arrays_that_the_kernel_was_not_made_for(entry_point: Any, bad: Any) -> None:
    values, _alive = constants(2)
    layouts = entry_points.Layouts("sum", [LAYOUT, LAYOUT])
    values[4] = layouts.address
    out = np.zeros((2, 3))
    entry_point(2)(*values, ROWS + 1, out)
    assert out[0, 0] == 2.0
    for arrays in ((bad, out), (out, bad)):
        with pytest.raises(StructureError, match="the program of sum: got"):
            entry_point(2)(*values, *arrays)


def test_arrays_that_fit_are_compared_in_native_code(monkeypatch: pytest.MonkeyPatch) -> None:
    values, _alive = constants(3)
    half = ml_dtypes.bfloat16
    kinds = [np.dtype(np.float64), np.dtype(bool), np.dtype(half)]
    arrays = [np.ones((2, 3)), np.zeros((), bool), np.zeros((4, 1, 2), half)[:, :, ::-1]]
    given = [(kind, a.shape, a.strides) for kind, a in zip(kinds, arrays, strict=True)]
    if entry_points.layout_holds():
        values[0] = native.load(SUM).address("nothing")
        layouts = entry_points.Layouts("sum", given)
        monkeypatch.setattr(entry_points, "_known", {})
        values[4] = layouts.address
        entry_points.entry_point(3)(*values, *arrays)


def test_strides_that_lead_nowhere_do_not_matter(entry_point: Any) -> None:
    values, _alive = constants(1)
    values[0] = native.load(SUM).address("nothing")
    for shape, strides, others in (((1, 3), (8, 8), (24, 8)), ((0, 3), (8, 16), (24, 8))):
        layouts = entry_points.Layouts("nothing", [(np.dtype(np.float64), shape, strides)])
        values[4] = layouts.address
        entry_point(1)(*values, np.lib.stride_tricks.as_strided(np.zeros(3), shape, others))


def test_references_are_kept_in_balance(entry_point: Any) -> None:
    values, _alive = constants(2)
    x, out = np.ones(1), np.ones(1)
    call = entry_point(2)

    def counts() -> list[int]:
        return [sys.getrefcount(x), sys.getrefcount(out), sys.getrefcount(values[0])]

    gc.collect()  # what earlier tests left holds references of None
    before, nothing = counts(), sys.getrefcount(None)
    for _ in range(20_000):
        call(*values, x, out)
    for _ in range(20):
        with pytest.raises(ArgumentError):
            call(*values, x, None)
    gc.collect()
    assert counts() == before
    assert abs(sys.getrefcount(None) - nothing) < 5000


def test_other_python_threads_run_during_a_kernel(entry_point: Any) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def body(*_: int | None) -> None:
        begun.set()
        assert go_on.wait(10)

    # A kernel that takes the lock again, and waits for a thread that needs it.
    pointer = ctypes.c_void_p
    kernel = ctypes.CFUNCTYPE(None, pointer, pointer, pointer, pointer)(body)
    address = ctypes.cast(kernel, pointer).value
    thread = threading.Thread(target=lambda: entry_point(1)(address, 0, 0, 0, 0, np.zeros(1)))
    thread.start()
    assert begun.wait(10)
    go_on.set()
    thread.join(10)
    assert not thread.is_alive()


# busy: says 1, and waits for a 2, but not for ever; the second buffer tells whether it came.
BUSY = """
define void @busy(ptr %buffers, ptr %sizes, ptr %scalars, ptr %parallel_for) {
entry:
  %flag = load ptr, ptr %buffers
  %answer.at = getelementptr ptr, ptr %buffers, i64 1
  %answer = load ptr, ptr %answer.at
  store atomic i64 1, ptr %flag seq_cst, align 8
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %again]
  %value = load atomic i64, ptr %flag seq_cst, align 8
  %came = icmp eq i64 %value, 2
  br i1 %came, label %good, label %again
again:
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, 4000000000
  br i1 %more, label %loop, label %exit
good:
  store i64 1, ptr %answer
  br label %exit
exit:
  ret void
}
"""


def test_the_interpreter_lock_is_released(entry_point: Any) -> None:
    flag, answer = np.zeros(1, np.int64), np.zeros(1, np.int64)
    kernel = native.load(BUSY).address("busy")
    thread = threading.Thread(target=lambda: entry_point(2)(kernel, 0, 0, 0, 0, flag, answer))
    thread.start()
    while flag[0] == 0:
        time.sleep(0.0001)
    flag[0] = 2  # too late if the kernel has kept the lock
    thread.join(30)
    assert answer[0] == 1


def test_many_threads(entry_point: Any) -> None:
    wrong: list[float] = []

    def work(seed: float) -> None:
        values, _alive = constants(2)
        x, out = np.array([seed]), np.zeros(1)
        for _ in range(2000):
            out[0] = 0
            entry_point(2)(*values, x, out)
            if out[0] != 2 * seed:
                wrong.append(out[0])

    workers = [threading.Thread(target=work, args=(float(i),)) for i in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


def test_a_strange_layout_closes_the_fast_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_points, "_DATA", 8)
    assert entry_points.layout_holds.__wrapped__() is False
    monkeypatch.setattr(entry_points, "layout_holds", lambda: False)
    values, _alive = constants(2)
    out = np.zeros(1)
    entry_points.entry_point.__wrapped__(2)(*values, np.array([4.0]), out)
    assert out[0] == 8


def test_a_call_is_quick() -> None:
    if not entry_points.layout_holds():
        pytest.skip("the slow entry_point only")
    call, kernel = entry_points.entry_point(2), native.load(SUM).address("nothing")
    x = np.zeros(1)
    best = 1.0
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(1000):
            call(kernel, 0, 0, 0, 0, x, x)
        best = min(best, (time.perf_counter() - start) / 1000)
    assert best < 1.5e-6
