"""The parts of loops over time: how many, what they add up and where, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.compile.gpu import loop_layout, loop_parts, schedule
from dovetail.compile.gpu.target import Target
from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import float32
from dovetail.graph.evaluate import evaluate
from dovetail.library import crf_log_partition
from tests.compile.gpu.device import execute, planned
from tests.compile.gpu.loop_steps import (
    arrays_of,
    check,
    crf_arrays,
    loops_of,
    normalised,
    shared,
)
from tests.compile.harness import dt, random, traced, with_gradients


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
    # The gradient of what all of them read at a step is a sum over both axes at each step.
    loops = check(normalised, [state, xs[:, 0, 0], random(2, (8,), float32, 0.4)], 5e-5)
    assert {loop.grid[0] for loop in loops} == {6}


def test_parts_along_three_axes() -> None:
    shape = 2, 3, 2, 8
    arrays = [random(0, shape, float32), random(1, (2, *shape), float32)]
    loops = check(normalised, [*arrays, random(2, (8,), float32, 0.4)], 5e-5)
    assert {loop.grid[0] for loop in loops} == {12}


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
    two_axes = [random(0, (2, 3, 70), float32), arrays[1]]
    for given, blocks in ((arrays, 3), (two_axes, 6)):
        program = planned(traced(loop, *given), given)
        assert [each.grid[0] for each in loops_of(program)] == [blocks]
        ran = execute(program, given)
        made = sum(each.nbytes for each in ran.outputs)
        assert made <= ran.memory.written_bytes < made + 64  # a first count, and each result once


def test_examples_that_meet_are_one_part() -> None:
    def step(state: Any, x: Any) -> Any:
        return dt.tanh(state + dt.mean(state, axis=0) + x), state

    arrays = [random(0, (3, 8), float32), random(1, (4, 3, 8), float32)]
    loops = check(lambda carry, xs: dt.scan(step, carry, xs), arrays, 5e-5)
    assert {loop.grid[0] for loop in loops} == {1}


@pytest.mark.parametrize(
    ("change", "blocks"),
    [(lambda total: total, 2), (lambda total: total * 0.5, 1), (lambda total: total + total, 1),
     (lambda total: total + total * 0.5, 1)],
)  # fmt: skip
def test_a_sum_over_the_examples_that_changes_is_none_of_parts(
    monkeypatch: pytest.MonkeyPatch, change: Any, blocks: int
) -> None:
    """A block would change what it has of its first part while it computes the second."""
    monkeypatch.setattr(loop_layout, "PERSISTENT", 2)

    def step(carries: Any, x: Any) -> Any:
        state, total = carries
        state = dt.softmax(state + x, axis=-1)
        return (state, change(total) + dt.sum(state, axis=0)), ()

    arrays = [random(0, (5, 8), float32), random(1, (4, 5, 8), float32)]
    graph = traced(lambda carry, xs: dt.scan(step, (carry, carry[0]), xs)[0], *arrays)
    program = planned(graph, arrays)
    for made, right in zip(execute(program, arrays).outputs, evaluate(graph, arrays), strict=True):
        np.testing.assert_allclose(made, right, rtol=1e-5, atol=1e-5)
    (loop,) = loops_of(program)
    assert loop.grid[0] == blocks


@pytest.mark.parametrize("reader", ["result before", "result after", "carry"])
def test_a_sum_over_the_examples_that_something_reads_is_none_of_parts(
    monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    """A block has neither what the sum begins with nor the sums of other blocks."""
    monkeypatch.setattr(loop_layout, "PERSISTENT", 2)

    def step(carries: Any, x: Any) -> Any:
        state, total, more = carries
        state = dt.softmax(state + x, axis=-1)
        new = total + dt.sum(state, axis=0)
        results = {"result before": (total,), "result after": (new,), "carry": ()}[reader]
        more = more + new if reader == "carry" else more
        return (state, new, more), (*results, dt.max(state, axis=-1))

    def loop(carry: Any, xs: Any) -> Any:
        return dt.scan(step, (carry, carry[0], carry[1]), xs)

    arrays = [random(0, (5, 8), float32), random(1, (4, 5, 8), float32)]
    loops = check(loop, arrays, 5e-5)
    assert {each.grid[0] for each in loops} >= {1}


def test_carries_that_shared_memory_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Target, "shared_bytes", schedule.STATIC_BYTES)
    for function, arrays in ((normalised, arrays_of(2, 2, 40)), (crf_log_partition,
                             crf_arrays(2, 3, 9))):  # fmt: skip
        loops = check(lambda *a, f=function: f(*a), arrays, 5e-5)
        assert {loop.shared_bytes for loop in loops} == {0}


def test_a_step_whose_sums_take_more_memory_than_code_may_declare() -> None:
    def step(state: Any, x: Any) -> Any:
        for _ in range(200):
            state = state / dt.sum(state, axis=-1, keepdims=True)
        return state + x, ()

    arrays = [random(0, (1, 2), float32), random(1, (2, 1, 2), float32)]
    with pytest.raises(UnsupportedError, match="many sums"):
        planned(traced(lambda carry, xs: dt.scan(step, carry, xs), *arrays), arrays)


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
