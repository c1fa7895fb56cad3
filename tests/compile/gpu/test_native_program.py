"""One program on several devices, with its scalars in memory, on the stand-in's functions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from dovetail.compile.gpu.driver import Driver
from dovetail.compile.gpu.native_program import NativeGpuProgram, scalars_in_memory
from dovetail.compile.gpu.program import GpuProgram
from dovetail.graph.dtypes import float32
from dovetail.language.trace import ArraySpec, ScalarSpec, trace
from tests.compile.gpu.device import planned
from tests.compile.gpu.stand_in import StandIn, aligned
from tests.compile.harness import Array, dt

SHAPE = (3000,)


def _program() -> GpuProgram:
    """With a number of the call, and partial sums."""

    def scaled(x: Any, *, rate: float) -> Any:
        return dt.sum(dt.exp(x) * rate)

    graph = trace(scaled, [ArraySpec(SHAPE, float32)], {"rate": ScalarSpec()}).graph
    return planned(scalars_in_memory(graph), [np.zeros(SHAPE, np.float32), np.zeros(())])


def _run(made: NativeGpuProgram, program: GpuProgram, x: Array, rate: float, stream: int) -> Any:
    """The result."""
    given, number = aligned(SHAPE, np.float32), aligned((), np.float64)
    output, workspace = aligned((), np.float32), aligned((program.workspace_bytes,), np.uint8)
    given[...], number[...] = x, rate
    made.run([each.ctypes.data for each in (given, number, output, workspace)], (), stream)
    return output[()]


def _made(program: GpuProgram, driver: Driver) -> NativeGpuProgram:
    return NativeGpuProgram(program, driver, [0, 1])


def test_values_on_the_device_of_the_stream() -> None:
    stand_in, program = StandIn(), _program()
    made = _made(program, stand_in.driver())
    x = np.linspace(-1.0, 2.0, SHAPE[0], dtype=np.float32)
    for rate, stream in ((2.0, 5), (-3.0, 105)):
        stand_in.started.clear()
        found = _run(made, program, x, rate, stream)
        np.testing.assert_allclose(found, rate * np.exp(x.astype(np.float64)).sum(), rtol=1e-5)
        places = [(each.device, each.stream) for each in stand_in.started]
        assert places == [(stream // 100, stream)] * len(program.steps)
        assert stand_in.current() is None  # as before


def test_a_context_that_is_current_stays() -> None:
    stand_in, program = StandIn(), _program()
    driver = stand_in.driver()
    made = _made(program, driver)
    with driver.on(1):
        for stream, pushes in ((105, 0), (5, 1)):
            stand_in.calls.clear()
            _run(made, program, np.zeros(SHAPE, np.float32), 1.0, stream)
            assert stand_in.calls.count("cuCtxPushCurrent_v2") == pushes
            assert stand_in.current() == 1


def test_threads_share_a_program_and_nothing_of_a_call() -> None:
    stand_in, program = StandIn(), _program()
    made = _made(program, stand_in.driver())
    stand_in.pause = 0.005  # in which another thread may write its arguments

    def called(rate: float) -> float:
        return _run(made, program, np.zeros(SHAPE, np.float32), rate, 5)

    rates = [float(n) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(called, rates))
    np.testing.assert_allclose(found, [SHAPE[0] * rate for rate in rates], rtol=1e-5)
