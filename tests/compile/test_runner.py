"""Programs run by one call of compiled code, as the hosts run them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu import native, native_steps, runner, threads
from dovetail.compile.cpu.executor import Executable
from dovetail.compile.pipeline import lower_graph
from dovetail.errors import CompileError, LinearAlgebraError
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, ScalarSpec, trace

Array = np.ndarray[Any, Any]

RUN = """
declare i64 @dovetail_run_program(ptr, ptr, ptr, ptr)

define i64 @run(ptr %program, ptr %given, ptr %scalars, ptr %parallel_for) {
  %status = call i64 @dovetail_run_program(ptr %program, ptr %given, ptr %scalars,
                                           ptr %parallel_for)
  ret i64 %status
}
"""


def program_of(
    function: Callable[..., Any], arrays: Sequence[Array], floats: int
) -> tuple[runner.NativeProgram, list[Array]]:
    """The program for arrays like these, and arrays for its outputs."""
    specs = [ArraySpec(array.shape, as_dtype(array.dtype)) for array in arrays]
    graph = trace(function, [*specs, *[ScalarSpec()] * floats]).graph
    strides = [array.strides for array in arrays] + [None] * floats
    made = runner.NativeProgram(lower_graph(graph, strides))
    return made, [np.full(node.shape, 77, node.dtype.numpy) for node in graph.outputs]


def run(
    function: Callable[..., Any], arrays: Sequence[Array], floats: Sequence[float] = ()
) -> tuple[int, list[Array]]:
    """The status of a call, and its outputs."""
    made, outputs = program_of(function, arrays, len(floats))
    entry = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 4)(
        native.load(RUN).address("run")
    )
    given = [array.ctypes.data for array in (*arrays, *outputs)]
    scalars = np.array([*floats, 0.0])
    status = entry(
        made.address, (ctypes.c_void_p * len(given))(*given), scalars.ctypes.data,
        threads.parallel_for_address(),
    )  # fmt: skip
    return status, outputs


@pytest.fixture
def x(rng: np.random.Generator) -> Array:
    return rng.normal(size=(300, 70))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_floats_are_given_at_each_call(x: Array) -> None:
    for factor, added in ((0.5, 2.0), (-3.0, 0.25)):
        status, (found,) = run(lambda x, by, more: (x + more) * by, [x], [factor, added])
        assert status == 0
        np.testing.assert_array_equal(found, (x + added) * factor)


def test_outputs_that_are_one_value_are_both_written(x: Array) -> None:
    status, (first, second, third) = run(lambda x: (x * 2, x + 1, x * 2), [x])
    assert status == 0
    np.testing.assert_array_equal(first, 2 * x)
    np.testing.assert_array_equal(second, x + 1)
    np.testing.assert_array_equal(third, 2 * x)


@pytest.mark.parametrize("rows", [3, 2000])  # temporaries on the stack, and from recycled memory
def test_several_kernels_with_values_between_them(rows: int, rng: np.random.Generator) -> None:
    big = rng.normal(size=(rows, 50))

    def centred(x: Any) -> Any:
        return dt.cumulative_sum(dt.softmax(x, axis=0), axis=0) - dt.mean(x, axis=0)

    status, (found,) = run(centred, [big])
    powers = np.exp(big)
    powers /= powers.sum(0)
    assert status == 0
    np.testing.assert_allclose(found, powers.cumsum(0) - big.mean(0), rtol=1e-12, atol=1e-13)


def test_cleared_buffers_are_cleared_at_each_call(x: Array, rng: np.random.Generator) -> None:
    rows = rng.integers(0, 300, 500)
    added = rng.normal(size=(500, 70))

    def scattered(x: Any, rows: Any, added: Any) -> Any:
        _, back = dt.vjp(lambda table: dt.take(table, rows, axis=0), x)
        return back(added)[0]

    expected = np.zeros_like(x)
    np.add.at(expected, rows, added)
    for _ in range(2):
        status, (found,) = run(scattered, [x, rows, added])
        assert status == 0
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_literals_are_read_where_they_are(x: Array) -> None:
    weights = np.linspace(0.0, 1.0, 70)
    status, (found,) = run(lambda x: x * dt.asarray(weights), [x])
    assert status == 0
    np.testing.assert_array_equal(found, x * weights)


def test_the_status_tells_of_an_index_out_of_range(x: Array) -> None:
    pick = lambda x, i: dt.take_along_axis(x, i, axis=-1)  # noqa: E731
    inside = np.full((300, 1), 69)
    status, (found,) = run(pick, [x, inside])
    assert status == 0
    np.testing.assert_array_equal(found, x[:, 69:])
    outside = inside.copy()
    outside[123] = 70
    assert run(pick, [x, outside])[0] != 0


def test_what_calls_a_library_is_not_kernels_alone(x: Array) -> None:
    with pytest.raises(CompileError, match="products by BLAS alone"):
        program_of(lambda x: dt.argsort(x), [x], 0)


def test_every_error_of_a_library_call_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: Any) -> None:
        raise MemoryError("planted")

    monkeypatch.setattr(native_steps, "call_library", fails)
    for sort in (dt.argsort, dt.sort):
        with pytest.raises(MemoryError, match="planted"):
            dt.op(lambda x, sort=sort: sort(x * 2.0))(np.ones(5))


def test_an_arena_that_the_system_does_not_have() -> None:
    specs = [ArraySpec((30,), as_dtype(np.float64))]
    graph = trace(lambda x: dt.cumulative_sum(dt.softmax(x)), specs).graph
    program = replace(lower_graph(graph, [(8,)]), arena_bytes=1 << 60)
    with pytest.raises(MemoryError, match="temporaries"):
        Executable(program)([np.ones(30)])


def test_a_failure_that_no_caller_asked_for_is_not_raised_by_the_next_call() -> None:
    """In a framework's operation the result of a failed library call is NaN."""
    wrong, right = np.array([[[1.0, 2.0], [2.0, 1.0]]]), np.array([[[4.0, 0.0], [0.0, 9.0]]])

    def roots(matrices: Any) -> Any:
        step = lambda total, x: (total + dt.linalg.cholesky(x), ())  # noqa: E731
        return dt.scan(step, matrices[0] * 0.0, matrices)[0]

    status, (found,) = run(roots, [wrong])
    assert status == 0
    assert np.isnan(found).all()
    np.testing.assert_array_equal(dt.op(roots)(right), [[2.0, 0.0], [0.0, 3.0]])
    with pytest.raises(LinearAlgebraError):
        dt.op(roots)(wrong)
