"""The driver and programs that it runs, on the stand-in's functions."""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
import pytest

from dovetail.compile.gpu import driver as driver_module
from dovetail.compile.gpu.driver import Driver, needed_driver
from dovetail.compile.gpu.native_program import NativeGpuProgram
from dovetail.compile.gpu.program import GpuProgram
from dovetail.compile.gpu.target import target_of
from dovetail.errors import HostError, UnsupportedError
from dovetail.graph.dtypes import float16, float32
from dovetail.language.trace import ArraySpec, ScalarSpec, trace
from tests.compile.gpu.device import execute, planned
from tests.compile.gpu.pieces import piece
from tests.compile.gpu.stand_in import StandIn, aligned
from tests.compile.harness import Array, dt, random, traced

PTX = ".version 7.8\n.target sm_90\n.address_size 64\n.visible .entry nothing()\n{\nret;\n}\n"


def _ran(
    program: GpuProgram, driver: Driver, arrays: list[Array], scalars: Any = (), device: int = 0,
    stream: int = 0,
) -> list[Array]:  # fmt: skip
    given = [aligned(each.shape, each.dtype) for each in arrays]
    for own, array in zip(given, arrays, strict=True):
        own[...] = array
    constants = [aligned(each.shape, each.dtype) for each in program.constants]
    for own, array in zip(constants, program.constants, strict=True):
        own[...] = array
    outputs = [aligned(shape, dtype.numpy) for shape, dtype in program.outputs]
    workspace = aligned((program.workspace_bytes,), np.uint8)
    loaded = NativeGpuProgram(program, driver, [device], [each.ctypes.data for each in constants])
    buffers = [*given, *outputs, *[workspace] * bool(program.workspace_bytes)]
    loaded.run([each.ctypes.data for each in buffers], scalars, stream)
    return outputs


@pytest.mark.parametrize("name", ["cross_entropy", "layer_norm"])
def test_a_program_runs_on_the_memory_that_it_is_given(name: str) -> None:
    graph, arrays = piece(name, (6, 40), float16)
    stand_in, program = StandIn(), planned(graph, arrays)
    found = _ran(program, stand_in.driver(), arrays, device=1, stream=103)
    want = execute(program, arrays).outputs
    assert [each.tobytes() for each in found] == [each.tobytes() for each in want]
    assert [each.name for each in stand_in.kernels()] == [
        launch.module.name for launch in program.launches
    ]
    assert {(each.device, each.stream) for each in stand_in.started} == {(1, 103)}
    assert stand_in.current() is None  # as before


def test_numbers_of_a_call_and_constants() -> None:
    tables = [np.arange(5, dtype=np.float32), np.float32([[7.0], [11.0], [13.0]])]
    x = random(0, (3, 5), float32)

    def scaled(x: Any, *, rate: float, shift: float) -> Any:
        return (x * rate + shift) * dt.asarray(tables[0]) + dt.asarray(tables[1])

    names = {"rate": ScalarSpec(), "shift": ScalarSpec()}
    program = planned(trace(scaled, [ArraySpec((3, 5), float32)], names).graph, [x])
    stand_in = StandIn()
    for rate, shift in ((0.5, 3.0), (-2.0, 0.1)):
        (found,) = _ran(program, stand_in.driver(), [x], [rate, shift])
        want = (x * np.float64(rate) + shift) * tables[0] + tables[1]
        np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-5)


def test_shared_memory_beyond_48_kibibytes_is_asked_for() -> None:
    x = random(0, (1, 20_000), float32)
    program = planned(traced(lambda x: dt.softmax(x, axis=-1), x), [x])
    assert max(launch.shared_bytes for launch in program.launches) > 48 * 1024
    stand_in = StandIn()
    stand_in.skips = True
    _ran(program, stand_in.driver(), [x])
    assert stand_in.calls.count("cuFuncSetAttribute") == 1


# Contexts and threads.


def test_the_context_of_a_thread_is_as_it_was() -> None:
    stand_in = StandIn()
    driver = stand_in.driver()
    with driver.on(0):
        assert stand_in.current() == 0
        with driver.on(1), driver.on(1):
            assert stand_in.current() == 1
        with pytest.raises(ZeroDivisionError), driver.on(1):
            raise ZeroDivisionError
        assert stand_in.current() == 0
    assert stand_in.current() is None
    assert stand_in.calls.count("cuDevicePrimaryCtxRetain") == 2


def test_threads_load_a_module_once_for_each_device() -> None:
    stand_in = StandIn()
    driver = stand_in.driver()
    found: set[tuple[int, int]] = set()
    begin = threading.Barrier(6)

    def load(number: int) -> None:
        begin.wait()
        found.add((number % 2, driver.function(number % 2, PTX, "nothing")))

    threads = [threading.Thread(target=load, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(stand_in.loaded) == [0, 1]
    assert len(found) == 2


def test_threads_run_one_program() -> None:
    x = random(0, (4, 8), float32)
    stand_in = StandIn()
    stand_in.pause = 0.002  # after the driver was called, before it reads the arguments
    program = planned(traced(lambda x: x * x, x), [x])
    loaded = NativeGpuProgram(program, stand_in.driver(), [0])
    given = [aligned((4, 8), np.float32) for _ in range(4)]
    results = [aligned((4, 8), np.float32) for _ in given]
    for number, each in enumerate(given):
        each[...] = number + 1

    def run(number: int) -> None:
        loaded.run([given[number].ctypes.data, results[number].ctypes.data], (), 0)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [float(each.max()) for each in results] == [1.0, 4.0, 9.0, 16.0]
    assert [float(each.min()) for each in results] == [1.0, 4.0, 9.0, 16.0]


def test_modules_are_loaded_while_a_stream_is_captured() -> None:
    stand_in = StandIn()
    stand_in.captured[7] = []
    driver = stand_in.driver()
    assert driver.function(0, PTX, "nothing")
    assert stand_in._threads.mode == 0  # as before


# Failures.


@pytest.mark.parametrize(
    ("function", "code", "words"),
    [
        ("cuLaunchKernel", 700, "CUDA_ERROR_ILLEGAL_ADDRESS: what code 700 means"),
        ("cuLaunchKernel", 77, "failed with error 77"),
        ("cuModuleLoadDataEx", 222, "update the GPU's driver"),
        ("cuModuleLoadDataEx", 900, "before the capture"),
        ("cuFuncSetAttribute", 1, "CUDA_ERROR_INVALID_VALUE"),
        ("cuCtxPushCurrent_v2", 201, "CUDA_ERROR_INVALID_CONTEXT"),
    ],
)
def test_a_failed_call_says_what_and_what_to_do(function: str, code: int, words: str) -> None:
    x = random(0, (1, 20_000), float32)
    program = planned(traced(lambda x: dt.softmax(x, axis=-1), x), [x])
    stand_in = StandIn()
    stand_in.skips = True
    stand_in.fail[function] = code
    with pytest.raises(HostError, match=re.escape(words)) as caught:
        _ran(program, stand_in.driver(), [x])
    assert function in str(caught.value) and caught.value.remedy
    assert stand_in.current() is None
    stand_in.fail.clear()
    _ran(program, stand_in.driver(), [x])  # it goes on


def test_what_the_drivers_compiler_says() -> None:
    with pytest.raises(HostError, match="ptxas fatal: no entry"):
        StandIn().driver().function(0, "nonsense", "nothing")


def test_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_module, "_LIBRARY", "libno-such-driver.so.1")
    driver_module._loaded.cache_clear()
    with pytest.raises(UnsupportedError, match="NVIDIA's driver cannot be loaded") as caught:
        driver_module.driver()
    assert "install or update" in caught.value.remedy


# Which code a device gets.


@pytest.mark.parametrize(
    ("capability", "shared", "version", "target"),
    [(80, 163, 11_000, "sm_80"), (90, 227, 12_080, "sm_90"), (90, 227, 11_070, "sm_87"),
     (89, 99, 12_000, "sm_89"), (103, 227, 13_000, "sm_100"), (121, 99, 13_000, "sm_120")],
)  # fmt: skip
def test_the_target_of_a_device(capability: int, shared: int, version: int, target: str) -> None:
    stand_in = StandIn(capability=capability, version=version)
    stand_in.shared_kilobytes = shared
    assert stand_in.driver().target(0).name == target
    assert needed_driver(target_of(target)) <= version


@pytest.mark.parametrize(
    ("capability", "shared", "version", "words"),
    [(75, 64, 13_000, "compute capability 7.5"), (80, 163, 10_020, "is for CUDA 10.2"),
     (89, 99, 11_000, "one for CUDA 11.1")],
)  # fmt: skip
def test_a_device_without_a_target(capability: int, shared: int, version: int, words: str) -> None:
    stand_in = StandIn(capability=capability, version=version)
    stand_in.shared_kilobytes = shared
    with pytest.raises(UnsupportedError, match=words) as caught:
        stand_in.driver().target(0)
    assert "the framework's own functions" in caught.value.remedy
