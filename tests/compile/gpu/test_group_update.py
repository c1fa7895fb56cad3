"""Updates of many tensors in one launch, beside float64's NumPy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import dovetail
from dovetail.compile.flat import flattened
from dovetail.compile.flat_plan import LENGTH, FlatPlan, flat_plan
from dovetail.compile.gpu import ptxas
from dovetail.compile.gpu.group_kernels import (
    WRITTEN,
    factor_kernel,
    square_kernel,
    update_kernel,
    write_kernel,
)
from dovetail.compile.gpu.group_update import TensorGroup, chunk_elements, floats_of
from dovetail.compile.gpu.target import target_of
from dovetail.compile.loops import GPU
from dovetail.graph.dtypes import DType, bfloat16, float32
from dovetail.graph.evaluate import evaluate
from tests.compile.gpu.stand_in import StandIn
from tests.compile.harness import Array

SIZES = (5, 0, 2048 + 7, 64, 1)


def _plan(rule: Any, dtype: DType, scaled: bool = False, **settings: Any) -> tuple[Any, FlatPlan]:
    optimizer = rule(**settings)
    program = optimizer.group_program(tuple(optimizer.hyper(1)), scaled)
    flat = flattened(program.graph((LENGTH,), dtype), LENGTH)
    plan = flat_plan(flat, GPU)
    assert plan is not None
    return program, plan


class _Group:
    """Tensors with states in NumPy's memory, and what updates them on the stand-in."""

    def __init__(
        self, stand_in: StandIn, rule: Any, dtypes: list[DType], scaled: bool = False,
        shift: int = 0, **settings: Any,
    ) -> None:  # fmt: skip
        generator = np.random.default_rng(7)
        self.optimizer = rule(**settings)
        self.hyper = self.optimizer.hyper(1)
        self.program = self.optimizer.group_program(tuple(self.hyper), scaled)
        items: list[tuple[FlatPlan, int]] = []
        self.rows: list[list[Array]] = []
        self.dtypes = [dtypes[n % len(dtypes)] for n in range(len(SIZES))]
        self.kept: list[Array] = []
        for dtype, size in zip(self.dtypes, SIZES, strict=True):
            flat = flattened(self.program.graph((LENGTH,), dtype), LENGTH)
            plan = flat_plan(flat, GPU)
            assert plan is not None
            items.append((plan, size))
            types = [node.dtype for node in plan.inputs if not node.flag("scalar")]
            made = [self._array(size, each, shift) for each in types]
            made[0][...] = generator.standard_normal(size)
            made[1][...] = generator.standard_normal(size)
            for state in made[2:]:
                state[...] = 0.25
            self.rows.append([*made, np.full(1, 2.0, np.float32)])
        bases = np.array([[a.ctypes.data if a.size else 0 for a in row] for row in self.rows])
        self.group = TensorGroup(stand_in.driver(), 0, target_of("sm_90"), items, bases,
                                 [2.0] * len(SIZES), self._place)  # fmt: skip

    def _array(self, size: int, dtype: DType, shift: int) -> Array:
        raw = np.zeros(size * dtype.itemsize + 64, np.uint8)
        self.kept.append(raw)
        start = -raw.ctypes.data % 16 + shift * dtype.itemsize
        return raw[start : start + size * dtype.itemsize].view(dtype.numpy)

    def _place(self, array: Array) -> int:
        self.kept.append(array.copy())
        return self.kept[-1].ctypes.data

    def step(self, stream: int = 0, **changes: Any) -> None:
        given = {name: self.hyper.get(name) for name in ("clip_norm", "clip_value")}
        gradients = [row[1].ctypes.data if row[1].size else 0 for row in self.rows]
        floats = floats_of(self.program.scalars, self.hyper)
        self.group.run(stream, gradients, floats, **given, **changes)

    def expected(self, step: float, inverse: float = 1.0) -> list[list[Array]]:
        """By NumPy, from the values that are there now."""
        gradients = [row[1].astype(np.float64) * inverse for row in self.rows]
        bound, limit = self.hyper.get("clip_value", np.inf), self.hyper.get("clip_norm")
        squares = sum(np.square(np.clip(each, -bound, bound)).sum() for each in gradients)
        factor = 1.0 if limit is None else limit / max(limit, np.sqrt(squares))
        known = {**self.hyper, "step": step, "norm_factor": factor, "inverse_scale": inverse}
        floats = [np.float64(known[name]) for name in self.program.scalars]
        found: list[list[Array]] = []
        for dtype, row in zip(self.dtypes, self.rows, strict=True):
            graph = self.program.graph((row[0].size,), dtype)
            found.append(evaluate(graph, [*(each.copy() for each in row[:-1]), *floats]))
        return found


SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {}, "by norm": {"clip_norm": 0.5}, "by value": {"clip_value": 0.1, "clip_norm": 2.0},
    "small": {"clip_norm": 1e9}, "upwards": {"maximize": True},
}  # fmt: skip


@pytest.mark.parametrize("how", SETTINGS)
def test_steps(how: str) -> None:
    stand_in = StandIn()
    group = _Group(stand_in, dovetail.AdamW, [float32, bfloat16], lr=0.05, **SETTINGS[how])
    for step in (3.0, 4.0):
        want = group.expected(step)
        group.step()
        for row, values in zip(group.rows, want, strict=True):
            for got, value in zip([row[0], *row[2:-1]], values, strict=True):
                tolerance = 2e-2 if got.dtype == bfloat16.numpy else 2e-6
                np.testing.assert_allclose(got.astype(np.float64), value.astype(np.float64),
                                           rtol=tolerance, atol=tolerance)  # fmt: skip
            assert row[-1][0] == step
    # One launch for each type, and the addresses of the gradients once.
    clipping = 3 if "clip_norm" in SETTINGS[how] else 0
    assert len(stand_in.started) == 1 + 2 * (2 + clipping)


def test_a_loss_scale_and_an_overflow_on_the_device() -> None:
    stand_in = StandIn()
    group = _Group(stand_in, dovetail.AdamW, [float32], True, clip_norm=1.0)
    scale, flag = np.full(1, 8.0, np.float32), np.zeros(1, np.float32)
    want = group.expected(3.0, 0.125)
    addresses = {"grad_scale": scale.ctypes.data, "found_inf": flag.ctypes.data}
    group.step(**addresses)
    for row, values in zip(group.rows, want, strict=True):
        np.testing.assert_allclose(row[0], values[0], rtol=2e-6, atol=2e-6)
    for value in (1.0, np.nan):
        flag[0] = value
        before = [[each.copy() for each in row] for row in group.rows]
        group.step(**addresses)
        for row, old in zip(group.rows, before, strict=True):
            assert all(np.array_equal(one, other) for one, other in zip(row, old, strict=True))
    flag[0] = 0.0
    group.step(**addresses)
    assert [row[-1][0] for row in group.rows] == [4.0] * len(SIZES)


def test_gradients_that_are_not_finite_reach_the_norm() -> None:
    group = _Group(StandIn(), dovetail.SGD, [float32], clip_norm=1.0)
    group.rows[0][1][0] = np.nan
    group.step()
    assert all(np.isnan(row[0]).all() for row in group.rows)


@pytest.mark.parametrize("shift", [1, 0])
def test_misaligned_tensors_and_gradients(shift: int) -> None:
    """All of them, or one gradient."""
    group = _Group(StandIn(), dovetail.Lion, [float32], shift=shift)
    gradient = group._array(SIZES[2], float32, 1)
    gradient[...] = group.rows[2][1]
    group.rows[2][1] = gradient
    want = group.expected(3.0)
    group.step()
    for row, values in zip(group.rows, want, strict=True):
        np.testing.assert_allclose(row[0], values[0], rtol=2e-6, atol=2e-6)


def test_the_table_of_gradients_is_written_where_it_has_changed() -> None:
    stand_in = StandIn()
    group = _Group(stand_in, dovetail.SGD, [float32])
    for _ in range(2):
        group.step()
    assert len(stand_in.started) == 3
    group.rows[2][1] = group._array(SIZES[2], float32, 0)
    group.rows[2][1][...] = 1.0
    want = group.expected(5.0)
    group.step()
    assert len(stand_in.started) == 5
    np.testing.assert_allclose(group.rows[2][0], want[2][0], rtol=2e-6, atol=2e-6)


def test_a_captured_step_has_a_table_of_its_own() -> None:
    stand_in = StandIn()
    group = _Group(stand_in, dovetail.SGD, [float32])
    group.step()
    own, first = np.zeros(WRITTEN, np.int64), group.rows[3][1]
    other = group._array(SIZES[3], float32, 0)
    other[...] = 3.0
    group.rows[3][1] = other
    stand_in.captured[7] = []
    group.step(7, table=own.ctypes.data)
    captured = stand_in.captured.pop(7)

    def check(run: Any, step: float) -> None:
        want = group.expected(step)
        run()
        np.testing.assert_allclose(group.rows[3][0], want[3][0], rtol=2e-6, atol=2e-6)
        assert group.rows[3][-1][0] == step

    check(group.step, 4.0)  # what was captured has not been written
    group.rows[3][1] = first
    check(group.step, 5.0)
    group.rows[3][1] = other
    check(lambda: [run() for run in captured], 6.0)


def test_chunks() -> None:
    assert chunk_elements(10) == 2048 and chunk_elements(10**9) == 32_768
    assert chunk_elements(2048 * 5000) == 8192


@pytest.mark.skipif(ptxas.found() is None, reason="no ptxas is installed")
@pytest.mark.parametrize("name", ["sm_80", "sm_90", "sm_100"])
def test_ptxas_assembles_them(name: str) -> None:
    target = target_of(name)
    _, plan = _plan(dovetail.AdamW, float32)
    kernels = [update_kernel(plan, target, wide) for wide in (True, False)]
    kernels += [square_kernel(plan, target), factor_kernel(target), write_kernel(target)]
    for kernel in kernels:
        report = ptxas.assemble(kernel.ptx, target)
        assert not report.spilled and not report.stack
        assert ".extern" not in kernel.ptx
    loads = re.compile(r"ld\.global\.v(?:4\.[bfu]32|2\.[bfu]64)")
    wide = [len(loads.findall(each.ptx)) for each in kernels[:2]]
    assert wide == [4, 0]  # the parameter, its gradient, two states: 16 bytes each
