"""Loops over time whose elements meet, as one kernel: values, gradients, planted errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.compile.gpu import loop_layout, ptxas
from dovetail.compile.gpu.bounds import without_errors
from dovetail.compile.gpu.program import GpuProgram
from dovetail.compile.gpu.target import target_of
from dovetail.graph.dtypes import DType, bfloat16, float16, float32, float64
from dovetail.graph.evaluate import evaluate
from dovetail.library import crf_log_partition, viterbi
from tests.compile.gpu.device import changed, execute, planned, run
from tests.compile.gpu.loop_steps import (
    STEPS,
    arrays_of,
    backwards,
    bits,
    check,
    crf_arrays,
    ctc,
    ctc_arrays,
    given,
    loops_of,
    normalised,
    shifted,
)
from tests.compile.harness import Array, assert_ulps, dt, random, traced, with_gradients
from tests.compile.harness import run as run_on_cpu


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("shape", [(1, 1, 70), (4, 3, 5), (3, 2, 70)])
def test_values_and_gradients(name: str, shape: tuple[int, int, int]) -> None:
    loops = check(STEPS[name], arrays_of(*shape), 5e-5)
    assert loops
    assert {loop.grid[0] for loop in loops} == {shape[1]}  # a block for each example


@pytest.mark.parametrize("name", ["normalised", "several"])
def test_no_step_leaves_the_carries(name: str) -> None:
    arrays = arrays_of(0, 2, 6)
    graph = traced(STEPS[name], *arrays)
    for made, right in zip(run(graph, arrays).outputs, run_on_cpu(graph, arrays), strict=True):
        np.testing.assert_array_equal(made, right)


@pytest.mark.parametrize(("dtype", "tolerance"),
                         [(float64, 1e-12), (float16, 0.02), (bfloat16, 0.1)])  # fmt: skip
def test_data_types(dtype: DType, tolerance: float) -> None:
    check(normalised, arrays_of(3, 2, 40, dtype), tolerance)
    check(shifted, arrays_of(3, 2, 9, dtype), tolerance)


def test_strided_xs() -> None:
    xs = np.swapaxes(random(1, (20, 6, 3), float32), 0, 2)[::-1].swapaxes(0, 1)
    assert not xs.flags.c_contiguous
    carry, scale = random(0, (3, 20), float32), random(2, (20,), float32, 0.3)
    check(normalised, [carry, xs, scale], 5e-5)


# The library.


@pytest.mark.parametrize(("examples", "length", "frames"), [(1, 1, 1), (4, 3, 6), (2, 70, 5)])
def test_ctc(examples: int, length: int, frames: int) -> None:
    loops = check(ctc, ctc_arrays(examples, length, frames), 5e-5)
    assert [loop.grid[0] for loop in loops] == [examples, examples]


def test_ctc_without_an_alignment() -> None:
    """The loss is infinite, its gradient 0, as on the CPU."""
    arrays = ctc_arrays(2, 3, 7)
    arrays[2], arrays[3] = np.array([1, 7]), np.array([3, 2])
    graph = with_gradients(traced(ctc, *arrays))
    whole = [*arrays, np.ones(2, np.float32)]
    found, right = run(graph, whole).outputs, run_on_cpu(graph, whole)
    assert np.isinf(found[0][0])
    assert not found[1][0].any()
    for made, expected in zip(found, right, strict=True):
        np.testing.assert_allclose(made, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 2, 3), (4, 3, 4), (2, 3, 40)])
def test_the_partition_function_of_a_crf(shape: tuple[int, int, int]) -> None:
    loops = check(lambda *arrays: crf_log_partition(*arrays), crf_arrays(*shape), 5e-5)
    assert [loop.grid[0] for loop in loops] == [shape[0], shape[0]]


@pytest.mark.parametrize("shape", [(1, 2, 3), (3, 5, 9), (2, 4, 40)])
def test_viterbi(shape: tuple[int, int, int]) -> None:
    arrays = [*crf_arrays(*shape), np.random.default_rng(1).integers(0, shape[1] + 1, shape[0])]
    graph = traced(lambda *given: viterbi(*given), *arrays)
    program = planned(graph, arrays)
    path, score = execute(program, arrays).outputs
    right = evaluate(graph, [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays])
    np.testing.assert_array_equal(path, right[0])
    np.testing.assert_allclose(score, right[1], rtol=1e-5, atol=1e-5)
    assert len(loops_of(program)) == 2


def test_what_is_not_a_number_goes_where_it_goes_on_the_cpu() -> None:
    arrays = arrays_of(3, 2, 9)
    arrays[1][0, 0, 3], arrays[1][1, 1, 4] = np.nan, np.inf
    for function in (normalised, backwards, shifted):
        graph = traced(function, *arrays)
        for made, right in zip(run(graph, arrays).outputs, run_on_cpu(graph, arrays), strict=True):
            np.testing.assert_allclose(made, right, rtol=1e-5, atol=1e-6)


def test_elementwise_steps_agree_with_the_cpu() -> None:
    """Also where elements change their places: 4 ULP, from step to step."""
    for function, arrays in ((shifted, arrays_of(6, 2, 70)), (ctc, ctc_arrays(3, 4, 9))):
        graph = traced(function, *arrays)
        for made, right in zip(run(graph, arrays).outputs, run_on_cpu(graph, arrays), strict=True):
            assert_ulps(made, right.astype(np.float64), 4)


def test_an_index_out_of_bounds_in_a_step() -> None:
    """The status says so; the graph that cannot raise gives NaN there, and goes on."""

    def step(state: Any, place: Any) -> Any:
        found = dt.take_along_axis(state, place[:, None], axis=1)
        return state * 0.5 + dt.roll(state, 1, axis=1), found[:, 0]

    carry, places = random(0, (2, 9), float32), np.array([[0, 8], [3, 9], [-9, 4]])
    graph = traced(lambda carry, xs: dt.scan(step, carry, xs), carry, places)
    assert run(graph, [carry, places]).status == 1
    assert run(graph, [carry, places % 9]).status == 0
    ran = run(without_errors(graph), [carry, places])
    right = evaluate(graph, [carry, places % 9])[1]
    assert ran.status == 0
    assert np.argwhere(np.isnan(ran.outputs[1])).tolist() == [[1, 1]]
    np.testing.assert_allclose(np.where(places == 9, right, ran.outputs[1]), right, rtol=1e-5)


# Of a state (examples, states) and an x like it, or (states,).
MOVES: list[Callable[[Any, Any], Any]] = [
    lambda s, x: dt.roll(s, 2, axis=-1) + x,
    lambda s, x: dt.flip(s, axis=-1) * 0.5 - x,
    lambda s, x: dt.softmax(s * 2 + x, axis=-1),
    lambda s, x: s - dt.logsumexp(s + x, axis=-1, keepdims=True),
    lambda s, x: dt.cumulative_sum(s, axis=-1) * 0.2 + dt.sin(x),
    lambda s, x: dt.concat([s[..., 1:], dt.broadcast_to(x, s.shape)[..., :1]], axis=-1),
    lambda s, x: dt.pad(s[..., 1:-1], ((0, 0), (2, 0))) + x,
    lambda s, x: dt.where(x > 0, s, dt.max(s, axis=-1, keepdims=True)),
    lambda s, x: dt.take(s, dt.asarray(np.arange(s.shape[-1])[::-1] // 2), axis=-1) + x,
    lambda s, x: dt.tanh(s) * dt.mean(dt.cos(x + s), axis=-1, keepdims=True),
    lambda s, x: s / (1 + dt.sum(s * s, axis=-1, keepdims=True)) + x,
    lambda s, x: dt.mean(dt.tanh(s[..., None] - (s * 0 + x)[..., None, :]), axis=-1),
]  # fmt: skip


def random_loop(seed: int) -> tuple[Callable[..., Any], list[Array]]:
    """A loop of some moves, with two carries, and one x that all examples share or not."""
    rng = np.random.default_rng(seed)
    moves = [MOVES[n] for n in rng.integers(0, len(MOVES), 4)]
    states, examples = int(rng.integers(3, 40)), int(rng.integers(1, 4))
    shape = (states,) if seed % 3 == 0 else (examples, states)
    reverse = bool(seed % 2)

    def step(carries: Any, x: Any) -> Any:
        one, other = carries
        new = moves[1](moves[0](one, x), other)
        return (new, moves[2](other, one)), (moves[3](one, x), dt.max(new, axis=-1))

    def loop(one: Any, other: Any, xs: Any) -> Any:
        return dt.scan(step, (one, other), xs, reverse=reverse)

    shapes = (examples, states), (examples, states), (int(rng.integers(1, 5)), *shape)
    return loop, [random(seed + n, each, float32) for n, each in enumerate(shapes)]


@pytest.mark.parametrize("seed", range(6))
def test_random_steps(seed: int) -> None:
    function, arrays = random_loop(seed)
    assert check(function, arrays, 2e-4)


# Determinism, and errors that must be seen.


def test_the_same_bits_in_whatever_order_warps_run(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = arrays_of(3, 3, 70)
    graph = with_gradients(traced(normalised, *arrays))
    whole = given(graph, arrays)
    program = planned(graph, whole)
    runs = [bits(execute(program, whole, seed=seed).outputs) for seed in range(3)]
    assert runs[0] == runs[1] == runs[2]
    monkeypatch.setattr(loop_layout, "PERSISTENT", 2)  # planted: other parts in each sum
    found = bits(execute(planned(graph, whole), whole).outputs)
    assert found[:4] == runs[0][:4]
    assert found != runs[0]


def is_seen(program: GpuProgram, wrong: Callable[[], GpuProgram], arrays: list[Array]) -> bool:
    """Whether a program with an error computes something else, or stops."""
    right = bits(execute(program, arrays).outputs)
    for seed in range(3):
        try:
            if bits(execute(wrong(), arrays, seed=seed).outputs) != right:
                return True
        except AssertionError:
            return True
    return False


def without_barrier(program: GpuProgram, number: int) -> GpuProgram:
    """The program without the barrier of this number."""
    (loop,) = loops_of(program)
    parts = loop.module.ptx.split("bar.sync")
    broken = "bar.sync".join(parts[: number + 1]) + "// " + "bar.sync".join(parts[number + 1 :])
    return changed(program, loop.module.ptx, broken)


def flipped(carry: Any, xs: Any, scale: Any) -> Any:
    return dt.scan(lambda state, x: (dt.flip(state, axis=-1) * scale + x, state), carry, xs)


@pytest.mark.parametrize(
    ("function", "barriers"),
    [(flipped, (0, 1)), (shifted, (1, 2))],  # after the first carries, between steps, between nests
)
def test_each_barrier_is_needed(function: Any, barriers: tuple[int, ...]) -> None:
    arrays = arrays_of(4, 2, 150)
    program = planned(traced(function, *arrays), arrays)
    (loop,) = loops_of(program)
    assert loop.module.threads == 128
    assert loop.module.ptx.count("bar.sync") == barriers[-1] + 1
    for number in barriers:
        assert is_seen(program, lambda n=number: without_barrier(program, n), arrays), number


@pytest.mark.parametrize(
    ("old", "new"),
    [(r"xor.b64\s+(%rd\d+), (%rd\d+), 1;", r"xor.b64 \1, \2, 0;"),  # one place for a carry
     (r"setp.ge.s64", "setp.gt.s64")],
    ids=["the place of another step", "an element beyond the last"],
)  # fmt: skip
def test_a_planted_error_is_seen(old: str, new: str) -> None:
    arrays = arrays_of(4, 2, 150)
    program = planned(traced(shifted, *arrays), arrays)
    (loop,) = loops_of(program)
    broken = re.sub(old, new, loop.module.ptx)
    assert broken != loop.module.ptx
    assert is_seen(program, lambda: changed(program, loop.module.ptx, broken), arrays)


@pytest.mark.skipif(ptxas.found() is None, reason="pip install nvidia-cuda-nvcc")
@pytest.mark.parametrize("chip", ["sm_80", "sm_90", "sm_100"])
def test_ptxas_accepts_the_largest_blocks_without_spills(chip: str) -> None:
    for function, arrays in ((ctc, ctc_arrays(2, 1200, 2)), (normalised, arrays_of(2, 2, 2000))):
        graph = with_gradients(traced(function, *arrays))
        for loop in loops_of(planned(graph, given(graph, arrays), chip)):
            report = ptxas.assemble(loop.module.ptx, target_of(chip))
            assert loop.module.threads == 512
            assert report.spilled == report.stack == 0
