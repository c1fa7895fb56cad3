"""Loops over time whose elements meet, as one kernel: values, gradients, sums, planted errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.compile.gpu import loop_layout, loop_parts, ptxas
from dovetail.compile.gpu.bounds import without_errors
from dovetail.compile.gpu.program import GpuProgram, Launch
from dovetail.compile.gpu.target import target_of
from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import DType, bfloat16, float16, float32, float64
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph
from dovetail.library import crf_log_partition, ctc_loss, viterbi
from tests.compile.gpu.device import changed, execute, planned, run
from tests.compile.harness import Array, dt, random, traced, with_gradients
from tests.compile.harness import run as run_on_cpu


def loops_of(program: GpuProgram) -> list[Launch]:
    """The launches that are loops in parts."""
    return [each for each in program.launches if each.module.nest.startswith("loop in parts")]


def given(graph: Graph, arrays: list[Array]) -> list[Array]:
    """The arrays, and a cotangent for each output that has one."""
    return [*arrays, *(random(5 + n, node.shape, node.dtype)
                       for n, node in enumerate(graph.inputs[len(arrays) :]))]  # fmt: skip


def check(function: Callable[..., Any], arrays: list[Array], tolerance: float) -> list[Launch]:
    """Compare with the reference in float64, with gradients; the loops that it took."""
    graph = with_gradients(traced(function, *arrays))
    whole = given(graph, arrays)
    wide = [each.astype(np.float64) if each.dtype.kind != "i" else each for each in whole]
    exact = with_gradients(traced(function, *wide[: len(arrays)]))
    program = planned(graph, whole)
    for made, right in zip(execute(program, whole).outputs, evaluate(exact, wide), strict=True):
        np.testing.assert_allclose(made.astype(np.float64), right, rtol=tolerance, atol=tolerance)
    return loops_of(program)


# Steps whose elements meet.


def normalised(carry: Any, xs: Any, scale: Any) -> Any:
    """A cell with a norm in it; the gradient of its scale is a sum over steps and examples."""

    def step(state: Any, x: Any) -> Any:
        mixed = state * scale + x
        mixed = mixed - dt.mean(mixed, axis=-1, keepdims=True)
        state = dt.tanh(mixed * dt.rsqrt(dt.mean(mixed * mixed, axis=-1, keepdims=True) + 1e-3))
        return state, state

    return dt.scan(step, carry, xs)


def backwards(carry: Any, xs: Any, scale: Any) -> Any:
    def step(state: Any, x: Any) -> Any:
        return dt.softmax(state * scale + x, axis=-1), dt.logsumexp(state, axis=-1)

    return dt.scan(step, carry, xs, reverse=True)


def shifted(carry: Any, xs: Any, scale: Any) -> Any:
    """Shifts, reversals and slices along the state."""

    def step(state: Any, x: Any) -> Any:
        before = dt.concat([x[..., :2], state[..., :-2]], axis=-1)
        return dt.roll(state, 1, axis=-1) * scale + dt.sin(before), dt.flip(state, axis=-1)

    return dt.scan(step, carry, xs)


def several(carry: Any, xs: Any, scale: Any) -> Any:
    """Carries of several shapes and types, one of them without examples."""

    def step(carries: Any, x: Any) -> Any:
        state, highest, count = carries
        state = dt.cumulative_sum(state * 0.3, axis=-1) * scale + x * dt.cos(highest)[..., None]
        highest = dt.maximum(highest * 0.5, dt.max(state, axis=-1))
        return (state, highest, count + 1), dt.where(count % 2 == 0, highest, 0.0)

    return dt.scan(step, (carry, carry[..., 0] * 1.5, dt.asarray(0)), xs)


def picked(carry: Any, xs: Any, scale: Any) -> Any:
    """Elements at places that the state says."""

    def step(state: Any, x: Any) -> Any:
        place = dt.argmax(state, axis=-1)[..., None]
        found = dt.take_along_axis(x, place, axis=-1)
        return state * 0.5 + scale * found, found[..., 0]

    return dt.scan(step, carry, xs)


def shared(carry: Any, xs: Any, scale: Any) -> Any:
    """Something of each step that all examples read, and an array of the step's own."""
    table = dt.asarray(np.linspace(0.5, 1, xs.shape[-1]).astype("float32"))

    def step(state: Any, x: Any) -> Any:
        total = dt.sum(state * table, axis=-1, keepdims=True)
        return dt.tanh(state * scale + x[1] * x[0] + total * 0.1), total[..., 0]

    return dt.scan(step, carry, xs)


STEPS: dict[str, Callable[..., Any]] = {
    "normalised": normalised, "backwards": backwards, "shifted": shifted, "several": several,
    "picked": picked,
}  # fmt: skip


def arrays_of(steps: int, examples: int, states: int, dtype: DType = float32) -> list[Array]:
    """A carry, xs and a scale."""
    return [random(0, (examples, states), dtype), random(1, (steps, examples, states), dtype),
            random(2, (states,), dtype, 0.4)]  # fmt: skip


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


def ctc(log_probs: Any, labels: Any, frames: Any, lengths: Any) -> Any:
    return ctc_loss.definition(log_probs, labels, frames, lengths)


def ctc_arrays(examples: int, length: int, frames: int) -> list[Array]:
    """The labels that count fit the frames that do."""
    rng = np.random.default_rng(7)
    logits = rng.normal(size=(examples, frames, 5)).astype(np.float32)
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    counts = rng.integers(0, min(length, frames // 2) + 1, examples)
    return [log_probs, rng.integers(1, 5, (examples, length)),
            rng.integers(2 * counts, frames + 1), counts]  # fmt: skip


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


def crf_arrays(examples: int, steps: int, states: int) -> list[Array]:
    shapes = (examples, steps, states), (states, states), (states,), (states,)
    return [random(n, shape, float32) for n, shape in enumerate(shapes)]


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


# Parts.


def test_several_small_examples_share_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_parts, "ENOUGH_PARTS", 3)
    loops = check(normalised, arrays_of(2, 12, 7), 5e-5)
    assert {loop.grid[0] for loop in loops} == {3}  # 4 examples of 7 states each


def test_elements_that_never_meet_fill_a_warp(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no parts of one element each, and none at all where no number divides them."""
    monkeypatch.setattr(loop_parts, "ENOUGH_PARTS", 2)

    def loop(carry: Any, xs: Any) -> Any:
        def step(pair: Any, x: Any) -> Any:
            return (pair[0] * dt.cos(pair[1])[:, None] + x, pair[1] * 0.5), pair[1]

        return dt.scan(step, (carry, carry[:, 0]), xs)

    for states, parts in ((96, 4), (97, 2)):
        arrays = [random(0, (2, states), float32), random(1, (3, 2, states), float32)]
        graph = traced(loop, *arrays)
        program = planned(graph, arrays)
        for made, right in zip(execute(program, arrays).outputs, evaluate(graph, arrays),
                               strict=True):  # fmt: skip
            np.testing.assert_allclose(made, right, rtol=1e-5, atol=1e-6)
        assert [each.grid[0] for each in loops_of(program)] == [parts]


def test_a_block_adds_up_several_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_layout, "PERSISTENT", 2)
    loops = check(normalised, arrays_of(3, 5, 11), 5e-5)
    assert [loop.grid[0] for loop in loops] == [5, 2]


def test_parts_along_two_axes() -> None:
    """With a scale of all heads, and with one for each of them."""
    state, xs = random(0, (2, 3, 8), float32), random(1, (4, 2, 3, 8), float32)
    for scale, grids in (((8,), {6}), ((3, 8), {6, 2})):
        loops = check(normalised, [state, xs, random(2, scale, float32, 0.4)], 5e-5)
        assert {loop.grid[0] for loop in loops} == grids


def test_a_sum_over_the_examples_at_each_step() -> None:
    xs = random(1, (3, 2, 8), float32)
    loops = check(shared, [random(0, (4, 8), float32), xs, random(2, (8,), float32, 0.4)], 5e-5)
    assert {loop.grid[0] for loop in loops} == {4}


def test_a_result_that_all_parts_have_is_written_by_one() -> None:
    """It is kept in its memory until it is known, so another part must not write there."""

    def step(carries: Any, x: Any) -> Any:
        state, count = carries
        weights = dt.softmax(x * count, axis=-1)
        return (dt.tanh(dt.flip(state, axis=-1) * weights), count + 1), (weights, count)

    def loop(carry: Any, xs: Any) -> Any:
        return dt.scan(step, (carry, dt.asarray(1)), xs)

    arrays = [random(0, (3, 70), float32), random(1, (4, 70), float32)]
    loops = check(loop, arrays, 5e-5)
    assert [each.grid[0] for each in loops] == [3, 1]  # the gradient of the weights needs all parts
    ran = run(traced(loop, *arrays), arrays)
    made = sum(each.nbytes for each in ran.outputs)
    assert made <= ran.memory.written_bytes < made + 64  # a first count, and each result once


def test_examples_that_meet_are_one_part() -> None:
    def step(state: Any, x: Any) -> Any:
        return dt.tanh(state + dt.mean(state, axis=0) + x), state

    arrays = [random(0, (3, 8), float32), random(1, (4, 3, 8), float32)]
    loops = check(lambda carry, xs: dt.scan(step, carry, xs), arrays, 5e-5)
    assert {loop.grid[0] for loop in loops} == {1}


def test_carries_that_shared_memory_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_layout, "STATIC_BYTES", target_of("sm_90").shared_bytes)
    for function, arrays in ((normalised, arrays_of(2, 2, 40)), (crf_log_partition,
                             crf_arrays(2, 3, 9))):  # fmt: skip
        loops = check(lambda *a, f=function: f(*a), arrays, 5e-5)
        assert {loop.shared_bytes for loop in loops} == {0}


def test_another_length_or_batch_is_the_same_code() -> None:
    few, many = (
        loops_of(planned(with_gradients(traced(normalised, *arrays)), [*arrays, *more]))
        for arrays, more in (
            (arrays_of(3, 2, 40), [arrays_of(3, 2, 40)[n] for n in (0, 1)]),
            (arrays_of(50, 7, 41), [arrays_of(50, 7, 41)[n] for n in (0, 1)]),
        )
    )
    assert [one.module for one in few] == [one.module for one in many]


def test_too_much_for_a_block_is_refused() -> None:
    arrays = [random(0, (8,), float32), random(1, (4, 8), float32)]
    large = [np.zeros(1 << 19, np.float32), np.zeros((2, 1 << 19), np.float32)]
    for function, given, reason in (
        (lambda carry, xs: dt.scan(
            lambda s, x: (dt.tanh(dt.outer(s, x) @ x), s), carry, xs), arrays, "call of matmul"),
        (lambda carry, xs: dt.scan(lambda s, x: (dt.roll(s, 1) + x, s), carry, xs), large,
         "parts have 524288 elements"),
    ):  # fmt: skip
        with pytest.raises(UnsupportedError, match=f"loop over time.* {reason}"):
            planned(traced(function, *given), given)


def test_a_loop_until_a_condition() -> None:
    """One part where the condition needs all examples, several where it needs none."""
    x = random(0, (3, 70), float32)

    def halved(x: Any) -> Any:
        return dt.while_loop(lambda v: dt.max(abs(v)) > 0.1, lambda v: dt.roll(v, 1, axis=1) / 2, x)

    def counted(x: Any) -> Any:
        def step(pair: Any) -> Any:
            return pair[0] + 1, dt.softmax(pair[1], axis=1)

        return dt.while_loop(lambda pair: pair[0] < 3, step, (dt.asarray(0), x))

    for function, blocks in ((halved, 1), (counted, 3)):
        graph = traced(function, x)
        program = planned(graph, [x])
        found = execute(program, [x]).outputs
        for made, right in zip(found, evaluate(graph, [x]), strict=True):
            np.testing.assert_allclose(made, right, rtol=1e-5)
        (loop,) = loops_of(program)
        assert loop.grid[0] == blocks


# Determinism, and errors that must be seen.


def bits(results: list[Array]) -> list[bytes]:
    return [result.tobytes() for result in results]


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
