"""Reductions as GPU kernels, emulated: rows, columns, all; their order, bytes, and barriers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.compile.gpu import ptxas, schedule
from dovetail.compile.gpu.target import Target, target_of
from dovetail.graph.dtypes import DType, bfloat16, float16, float32, float64
from dovetail.verify.emulator.memory import DeviceError
from tests.compile.gpu.device import changed, execute, planned, run, traffic
from tests.compile.gpu.pieces import PIECES, piece
from tests.compile.harness import Array, bits, dt, evaluate, random, traced

# Of an output's largest value: half precisions are rounded once, float32 by the number of terms.
TOLERANCE = {float32: 2e-5, float64: 1e-13, float16: 2e-3, bfloat16: 1.6e-2}


def assert_right(results: list[Array], expected: list[Any], dtype: DType, scale: float = 0) -> None:
    for number, (result, value) in enumerate(zip(results, expected, strict=True)):
        value = np.asarray(value, np.float64)
        limit = TOLERANCE[dtype] * max(scale, float(np.max(np.abs(value), initial=1e-30)))
        error = np.abs(result.astype(np.float64) - value)
        assert np.all(error <= limit), f"output {number}: {error.max()} beyond {limit}"


# Some lanes of a warp, a whole warp, a block; aligned and not; rows that are not a whole width.
SHAPES = [(37, 5), (5, 67), (3, 520), (2, 4099)]


@pytest.mark.parametrize("dtype", [float32, bfloat16], ids=str)
@pytest.mark.parametrize("name", PIECES)
def test_pieces_and_their_gradients(name: str, dtype: DType) -> None:
    for shape in SHAPES:
        graph, arrays = piece(name, shape, dtype)
        made = run(graph, arrays)
        assert_right(made.outputs, evaluate(graph, arrays), dtype, scale=0.3)


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": lambda x, axis: dt.sum(x, axis=axis),
    "max": lambda x, axis: dt.max(x, axis=axis),
    "min": lambda x, axis: dt.min(x, axis=axis),
    "prod": lambda x, axis: dt.prod(1 + x * 0.01, axis=axis),
    "any": lambda x, axis: dt.any(x > 3, axis=axis),
    "all": lambda x, axis: dt.all(x > -3, axis=axis),
    "argmax": lambda x, axis: dt.argmax(x, axis=axis) if axis in (0, 1, None) else dt.max(x),
    "count": lambda x, axis: dt.sum(dt.astype(x > 0, "int8"), axis=axis),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", [0, 1, (0, 2), (1, 2), None])
def test_reductions_along_every_axis(name: str, axis: Any) -> None:
    for dtype in (float32, float16):
        x = random(0, (6, 40, 24), dtype)
        graph = traced(lambda x: REDUCTIONS[name](x, axis), x)
        assert_right(run(graph, [x]).outputs, evaluate(graph, [x]), dtype, scale=2)


@pytest.mark.parametrize("dtype", [float64, float16], ids=str)
def test_other_types(dtype: DType) -> None:
    graph, arrays = piece("layer_norm", (7, 300), dtype)
    assert_right(run(graph, arrays).outputs, evaluate(graph, arrays), dtype)


def test_nan_and_infinity_reach_the_result() -> None:
    x = random(1, (4, 700), float32)
    x[0, 699], x[1, 3], x[2, 5], x[2, 6] = np.nan, np.inf, np.inf, -np.inf
    graph = traced(lambda x: (dt.max(x, axis=1), dt.sum(x, axis=1), dt.sum(x)), x)
    largest, total, whole = run(graph, [x]).outputs
    assert np.isnan(largest[0]) and largest[1] == largest[2] == np.inf
    assert np.isnan(total[[0, 2]]).all() and total[1] == np.inf and np.isfinite(total[3])
    assert np.isnan(whole)


def test_empty_rows_and_columns() -> None:
    for shape in ((0, 5), (5, 0), (0, 0)):
        x = np.zeros(shape, np.float32)
        graph = traced(lambda x: (dt.sum(x, axis=0), dt.sum(x, axis=1), dt.sum(x)), x)
        for result in run(graph, [x]).outputs:
            np.testing.assert_array_equal(result, np.zeros_like(result))


# Order.


def test_the_same_bits_in_whatever_order_warps_run() -> None:
    for name in ("layer_norm", "cross_entropy"):
        graph, arrays = piece(name, (70, 300))
        program = planned(graph, arrays)
        runs = [execute(program, arrays, seed=seed).outputs for seed in range(3)]
        for results in zip(*runs, strict=True):
            assert len({bits(result) for result in results}) == 1


def column_sums(x: Array, groups: int, blocks: int) -> Array:
    """Sums over rows in the order of the schedule: groups of rows, groups of a block, blocks."""
    partial = np.zeros((blocks, groups, x.shape[1]), np.float32)
    for row, values in enumerate(x):
        part = partial[row // groups % blocks, row % groups]
        part += values
    of_blocks = np.zeros((blocks, x.shape[1]), np.float32)
    for group in range(groups):
        of_blocks += partial[:, group]
    return np.sum(of_blocks.astype(np.float64), axis=0).astype(np.float32)


def test_partial_sums_are_added_in_a_fixed_order(monkeypatch: pytest.MonkeyPatch) -> None:
    x = random(2, (20_000, 32), float32)
    graph = traced(lambda x: dt.sum(x, axis=0), x)
    expected = column_sums(x, groups=32, blocks=528)
    np.testing.assert_array_equal(run(graph, [x]).outputs[0], expected)
    monkeypatch.setattr(schedule, "PERSISTENT", 64)  # planted: other rows in each partial sum
    assert np.any(run(graph, [x]).outputs[0] != expected)


def test_long_sums_lose_little() -> None:
    x = np.random.default_rng(3).random((3, 300_000), np.float32)
    graph = traced(lambda x: (dt.sum(x, axis=1), dt.sum(x)), x)
    for result, value in zip(run(graph, [x]).outputs, evaluate(graph, [x]), strict=True):
        np.testing.assert_allclose(result, value, rtol=1e-6)


# Bytes.


@pytest.mark.parametrize("name", ["softmax", "rms_norm", "layer_norm", "swiglu", "cross_entropy"])
def test_each_byte_is_read_once_and_written_once(name: str) -> None:
    graph, arrays = piece(name, (4, 4096), bfloat16)
    forward = type(graph)(graph.inputs, graph.outputs[:1])
    program = planned(forward, arrays)
    counted = traffic(forward, arrays)
    assert sum(each.read + each.written for each in counted) == sum(e.floor for e in counted)
    if name != "cross_entropy":  # of which a second kernel adds up the rows
        made = execute(program, arrays)
        # What all rows share is read again from a cache.
        shared = sum(array.nbytes * 3 for array in arrays[1:] if array.shape == (4096,))
        assert made.memory.read_bytes == sum(each.read for each in counted) + shared
        assert made.memory.written_bytes == sum(each.written for each in counted)


@pytest.mark.parametrize("name", ["softmax", "rms_norm", "layer_norm"])
def test_gradients_move_no_more_than_they_must(name: str) -> None:
    graph, arrays = piece(name, (64, 4096), bfloat16)
    counted = traffic(graph, arrays)
    assert sum(e.read + e.written for e in counted) == sum(e.floor for e in counted)


def test_rows_beyond_shared_memory_are_read_in_every_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph, arrays = piece("softmax", (2, 3000))
    kept = planned(graph, arrays).launches[0].module.schedule
    monkeypatch.setattr(Target, "shared_bytes", schedule.STATIC_BYTES)
    program = planned(graph, arrays)
    assert kept.staged
    assert not any(launch.module.schedule.staged for launch in program.launches)
    assert_right(execute(program, arrays).outputs, evaluate(graph, arrays), float32)


@pytest.mark.parametrize(("target", "limit", "cluster"), [("sm_80", 4096, 1), ("sm_90", 2048, 2)])
def test_sums_of_columns_beyond_shared_memory(
    target: str, limit: int, cluster: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, arrays = piece("layer_norm", (37, 1000))
    monkeypatch.setattr(Target, "shared_bytes", schedule.STATIC_BYTES + limit)
    program = planned(graph, arrays, target)
    assert program.launches[0].module.schedule.cluster == cluster
    assert all(launch.shared_bytes <= limit for launch in program.launches)
    assert any(not launch.module.schedule.cells_shared for launch in program.launches)
    assert_right(execute(program, arrays).outputs, evaluate(graph, arrays), float32)


def test_sums_of_columns_and_of_all_in_one_kernel() -> None:
    x = random(7, (30, 5000), float32)  # more than one tile of columns
    graph = traced(lambda x: (dt.sum(x * x, axis=0), dt.sum(x * x), dt.max(x)), x)
    assert_right(run(graph, [x]).outputs, evaluate(graph, [x]), float32)


# Planted errors.


def test_a_missing_barrier_is_seen() -> None:
    graph, arrays = piece("layer_norm", (3, 2000))
    program = planned(graph, arrays)
    barrier = next(b for b in ("barrier.sync 0;", "bar.sync \t0;", "bar.sync 0;")
                   if b in program.launches[0].module.ptx)  # fmt: skip
    with pytest.raises((AssertionError, DeviceError)):
        made = execute(changed(program, barrier, ""), arrays, seed=1)
        assert_right(made.outputs, evaluate(graph, arrays), float32)


def test_a_barrier_that_some_threads_miss_is_seen() -> None:
    graph, arrays = piece("layer_norm", (3, 2000))
    program = planned(graph, arrays)
    ptx = program.launches[0].module.ptx
    barrier = next(b for b in ("barrier.sync 0;", "bar.sync \t0;", "bar.sync 0;") if b in ptx)
    with pytest.raises(DeviceError, match="a barrier that some threads"):
        skipped = f"setp.eq.u32 %p1, %tid.x, 0;\n\t@%p1 ret;\n\t{barrier}"
        execute(changed(program, barrier, skipped), arrays)


def test_a_shuffle_with_other_lanes_is_seen() -> None:
    graph, arrays = piece("softmax", (5, 20))
    program = planned(graph, arrays)
    ptx = program.launches[0].module.ptx
    line = next(line for line in ptx.splitlines() if "shfl.sync" in line)
    wrong = line.replace(line.split(",")[-1], " 1;")
    with pytest.raises(DeviceError, match="does not take part"):
        execute(changed(program, line, wrong), arrays)


# ptxas.


@pytest.mark.skipif(ptxas.found() is None, reason="pip install nvidia-cuda-nvcc-cu12")
@pytest.mark.parametrize("target", ["sm_80", "sm_90", "sm_100"])
def test_ptxas_accepts_rows_without_spills(target: str) -> None:
    for name in PIECES:
        for columns in (200, 32768, 131_072) if name == "layer_norm" else (4096,):
            graph, arrays = piece(name, (2, columns), bfloat16)
            for module in planned(graph, arrays, target).modules:
                assert re.search(rf"\.maxntid {module.threads}\b", module.ptx)
                report = ptxas.assemble(module.ptx, target_of(target))
                assert report.spilled == report.stack == 0, f"{name}: {report.text}"
                assert report.registers <= 65536 // module.threads, name
