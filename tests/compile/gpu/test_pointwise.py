"""Pointwise GPU kernels, emulated: values, layouts, widths, tails, and that errors are seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.compile.gpu import schedule
from dovetail.compile.gpu.kernel_writer import GpuCode, KernelWriter
from dovetail.graph.dtypes import DType, bfloat16, float16, float32, float64
from dovetail.verify.emulator.memory import DeviceError
from tests.compile.gpu.device import Run, changed, execute, planned, run
from tests.compile.harness import Array, assert_ulps, bits, dt, evaluate, random, traced
from tests.compile.harness import run as run_on_cpu

FLOATS = pytest.mark.parametrize("dtype", [float32, float64, float16, bfloat16], ids=str)
# ULP of the result's type: a half precision is rounded once, from float32.
BOUND = {float32: 4.0, float64: 4.0, float16: 0.51, bfloat16: 0.51}


def swish(x: Any) -> Any:
    return x * dt.sigmoid(x) + 1


def emulated(function: Callable[..., Any], *arrays: Array) -> tuple[Run, list[Any]]:
    """A function on the emulator, and by the reference."""
    graph = traced(function, *arrays)
    with np.errstate(all="ignore"):
        return run(graph, arrays), evaluate(graph, arrays)


@FLOATS
@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 67), (2, 8, 64), (0, 4), (700, 3)])
def test_values_of_every_shape(dtype: DType, shape: tuple[int, ...]) -> None:
    x = random(0, shape, dtype, 3.0)
    made, expected = emulated(swish, x)
    assert_ulps(made.outputs[0], expected[0], BOUND[dtype])


@FLOATS
def test_the_bits_are_those_of_the_cpu(dtype: DType) -> None:
    """No instruction is contracted, and every function is the same IR."""
    x = random(1, (40, 33), dtype, 3.0)
    graph = traced(lambda x: (dt.tanh(x) / (x * x + 2.5), dt.exp(-x) - x, dt.gelu(x)), x)
    for made, expected in zip(run(graph, [x]).outputs, run_on_cpu(graph, [x]), strict=True):
        assert bits(made) == bits(expected)


@FLOATS
def test_adjacent_columns_are_loaded_and_stored_16_bytes_at_a_time(dtype: DType) -> None:
    x = random(2, (4, 64), dtype)
    made, _ = emulated(swish, x)
    assert made.memory.accesses == {16: 2 * x.nbytes // 16}  # each byte read and written once
    tail, _ = emulated(swish, x.reshape(-1)[:-1])
    width = 16 // dtype.itemsize if dtype.itemsize < 8 else 2
    assert tail.memory.accesses[dtype.itemsize] == 2 * (width - 1)


def test_alignment_is_part_of_the_code() -> None:
    x = random(3, (4, 64), float32)
    graph = traced(swish, x)
    for misaligned, widest in ((0, 16), (16, 16), (8, 4), (4, 4)):
        program = planned(graph, [x], misaligned=[misaligned])
        made = execute(program, [x], misaligned=[misaligned])
        assert_ulps(made.outputs[0], evaluate(graph, [x])[0], 4)
        assert ("ld.global.v4" in program.launches[0].module.ptx) is (widest == 16)
    rows = np.zeros((4, 66), np.float32)[:, :64]  # rows begin at multiples of 8 bytes
    assert "ld.global.v4" not in planned(graph, [rows]).launches[0].module.ptx


def test_one_text_for_all_sizes() -> None:
    modules = {
        planned(traced(swish, x), [x]).launches[0].module
        for x in (random(0, shape, float32) for shape in [(4, 64), (7, 128), (1, 5), (1000, 12)])
    }
    assert len(modules) == 1


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "transposed": lambda x: x.T,
    "gaps": lambda x: x[:, ::3],
    "backwards": lambda x: x[::-1, ::-1],
    "a row for all": lambda x: np.broadcast_to(x[:1], x.shape),
    "a column for all": lambda x: np.broadcast_to(x[:, :1], x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_strides(layout: str) -> None:
    x = LAYOUTS[layout](random(4, (24, 36), bfloat16))
    made, expected = emulated(swish, x)
    assert_ulps(made.outputs[0], expected[0], 0.51)


@FLOATS
def test_broadcasting_and_mixed_types(dtype: DType) -> None:
    x, row, column = (
        random(5, (5, 6, 40), dtype),
        random(6, (40,), dtype),
        random(7, (6, 1), float32),
    )
    mask = random(8, (5, 1, 40), float32) > 0

    def function(x: Any, row: Any, column: Any, mask: Any) -> Any:
        return dt.where(mask, x * row, column), dt.permute_dims(x, (1, 0, 2)) + 1, x > row

    made, expected = emulated(function, x, row, column, mask)
    for result, value in zip(made.outputs, expected, strict=True):
        np.testing.assert_array_equal(result, np.asarray(value).astype(result.dtype))


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


@pytest.mark.parametrize("name", INTEGERS)
def test_integers(name: str) -> None:
    info = np.iinfo(name)
    edges = [0, 1, 2, 3, 7, info.max, info.max - 1, info.min, info.min + 1]
    values = np.array(edges, name)
    x, y = (each.reshape(-1) for each in np.meshgrid(values, values))
    shift = (np.arange(x.size) % (info.bits + 3)).astype(name)

    def function(x: Any, y: Any, shift: Any) -> Any:
        return (x + y, x * y, x // y, x % y, x & y, x ^ y, ~x, -x, abs(x), dt.maximum(x, y),
                x << shift, x >> shift, x < y, dt.pow(x, y % 5), dt.astype(x, "float32"),
                dt.astype(x, "int16"), dt.astype(x, "bool"), dt.sign(x))  # fmt: skip

    made, expected = emulated(function, x, y, shift)
    for number, (result, value) in enumerate(zip(made.outputs, expected, strict=True)):
        np.testing.assert_array_equal(result, value, err_msg=str(number))


@pytest.mark.parametrize("dtype", [float32, float64, bfloat16], ids=str)
def test_special_values(dtype: DType) -> None:
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.5, -0.5, 1e30, 1e-40, 3e9, -3e9, 7.0]
    x, y = (each.astype(dtype.numpy).reshape(-1) for each in np.meshgrid(edges, edges))

    def function(x: Any, y: Any) -> Any:
        return (dt.maximum(x, y), dt.minimum(x, y), x // y, x % y, dt.copysign(x, y), dt.round(x),
                dt.floor(x), dt.trunc(x), dt.nextafter(x, y), dt.signbit(x), dt.sign(x), x == y,
                dt.astype(dt.clip(x, -100, 100), "int32"), dt.sqrt(abs(x)), 1 / x,
                dt.astype(x, "float16"))  # fmt: skip

    made, _ = emulated(function, x, y)
    expected = run_on_cpu(traced(function, x, y), [x, y])
    for number, (result, value) in enumerate(zip(made.outputs, expected, strict=True)):
        same = (result == value) | ((result != result) & (value != value))
        zeros = np.signbit(result.astype(np.float64)) == np.signbit(value.astype(np.float64))
        assert np.all(same), number
        assert np.all(zeros | (result != 0)), number


def test_exact_remainders_of_far_apart_numbers() -> None:
    rng = np.random.default_rng(0)
    for dtype, most in ((np.float32, 120), (np.float64, 1000)):
        x, y = (np.ldexp(rng.standard_normal(200), rng.integers(-most, most, 200)).astype(dtype)
                for _ in range(2))  # fmt: skip
        made, _ = emulated(lambda x, y: x % y, x, y)
        np.testing.assert_array_equal(made.outputs[0], np.remainder(x, y))


def test_scalars_sizes_and_positions() -> None:
    x = random(9, (3, 50), float32)

    def function(x: Any) -> Any:
        return x / x.shape[1] + dt.arange(x.shape[1]) * 0.5

    made, expected = emulated(function, x)
    assert_ulps(made.outputs[0], expected[0], 1)


def test_gathers_and_indices_out_of_bounds() -> None:
    x, index = random(10, (9, 40), float32), np.array([[0, -1, 8], [3, -9, 2]])
    made, expected = emulated(lambda x, i: dt.take(x, i, axis=0) * 2, x, index)
    np.testing.assert_array_equal(made.outputs[0], expected[0].astype(np.float32))
    assert made.status == 0
    index[1, 1] = 9
    graph = traced(lambda x, i: dt.take(x, i, axis=0) * 2, x, index)
    assert run(graph, [x, index]).status == 1


def test_random_numbers_are_those_of_the_cpu() -> None:
    x, key = random(11, (7, 45), float32), np.array([5, 77], np.uint32)

    def function(x: Any, key: Any) -> Any:
        return dt.dropout(x, key, 0.4), dt.random_normal(key, (3, 50)), dt.random_uniform(key, (9,))

    graph = traced(function, x, key)
    for made, expected in zip(run(graph, [x, key]).outputs, run_on_cpu(graph, [x, key]),
                              strict=True):  # fmt: skip
        assert bits(made) == bits(expected)


@pytest.mark.parametrize("kind", ["sum", "prod", "reversed"])
def test_cumulative_reductions(kind: str) -> None:
    x = random(12, (5, 4, 30), float32, 0.5)
    functions: dict[str, Callable[..., Any]] = {
        "sum": lambda x: dt.cumulative_sum(x, axis=-1),
        "prod": lambda x: dt.cumulative_prod(1 + x, axis=1),
        "reversed": lambda x: dt.flip(dt.cumulative_sum(dt.flip(x, axis=2), axis=2), axis=2),
    }
    made, expected = emulated(functions[kind], x)
    np.testing.assert_allclose(made.outputs[0], expected[0], rtol=1e-5, atol=1e-5)


# Planted errors.


def test_an_offset_beyond_two_to_the_31_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = np.zeros((1 << 31) + 4096, np.uint8)  # never touched but for its two rows
    x = np.lib.stride_tricks.as_strided(memory, (2, 64), (memory.size - 64, 1))
    x[:] = np.arange(128).reshape(2, 64)
    made, _ = emulated(lambda x: x + 1, x)
    np.testing.assert_array_equal(made.outputs[0], x + 1)
    advance = KernelWriter.advance

    def of_32_bits(self: Any, access: int, address: str, step: str) -> str:
        step = self.integer(f"sext i32 {self.integer(f'trunc i64 {step} to i32')} to i64")
        return advance(self, access, address, step)

    monkeypatch.setattr(KernelWriter, "advance", of_32_bits)
    with pytest.raises(DeviceError, match="illegal address"):
        emulated(lambda x: x + 77, x)  # a nest that nothing else has


def test_a_wrong_tail_is_seen() -> None:
    x = random(13, (3, 61), float32)
    program = planned(traced(swish, x), [x])
    with pytest.raises(DeviceError, match="an access of 16 bytes at"):
        execute(changed(program, "setp.gt.s64", "setp.eq.s64"), [x])


def test_a_wrong_mask_is_seen() -> None:
    x = random(14, (3, 61), float32)
    graph = traced(swish, x)
    wrong = changed(planned(graph, [x]), "setp.ge.s64", "setp.gt.s64")
    with pytest.raises((DeviceError, AssertionError)):
        assert_ulps(execute(wrong, [x]).outputs[0], evaluate(graph, [x])[0], 4)


def test_a_misaligned_wide_load_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    x = random(15, (4, 64), float32)
    monkeypatch.setattr(schedule, "_alignment", lambda *given: 16)
    program = planned(traced(swish, x), [x], misaligned=[4])
    with pytest.raises(DeviceError, match="misaligned"):
        execute(program, [x], misaligned=[4])


def test_a_truncating_store_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def truncated(self: Any, x: str) -> str:
        word = self.add(f"lshr i32 {self.add(f'bitcast float {x} to i32')}, 16")
        return str(self.add(f"trunc i32 {word} to i16"))

    monkeypatch.setattr(GpuCode, "rounded_to_bfloat16", truncated)
    x = random(16, (2, 500), bfloat16)
    made, expected = emulated(lambda x: x * 1.0390625 + 0.5, x)  # a nest that nothing else has
    with pytest.raises(AssertionError, match="ULP"):
        assert_ulps(made.outputs[0], expected[0], 0.51)
