"""One native call over many tensors: the same results as tensor by tensor, on all threads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from dovetail.compile.cpu import threads
from dovetail.compile.cpu.multi_tensor import (
    CHUNK_ELEMENTS,
    FlatUpdate,
    MultiTensor,
    flat_update,
)
from dovetail.compile.flat import flattened, is_flat
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph
from dovetail.language.trace import ArraySpec, ScalarSpec, trace
from dovetail.options import override
from tests.compile.harness import Array, assert_ulps, bits, dt, random

SIZES = (0, 1, 7, 64, 1000, CHUNK_ELEMENTS - 1, CHUNK_ELEMENTS, 3 * CHUNK_ELEMENTS + 5)
TYPES = ("float64", "float32", "float16", "bfloat16")


def momentum(param: Any, grad: Any, state: Any, step: Any, norm: Any, scale: Any, lr: Any) -> Any:
    state = 0.9 * state + grad * scale * norm
    return param - lr * state / (1.0 - 0.9**step), state


def graph_of(shape: tuple[int, ...], dtype: DType, rule: Any = momentum) -> Graph:
    return trace(rule, [ArraySpec(shape, dtype)] * 3 + [ScalarSpec()] * 4).graph


def update_of(shape: tuple[int, ...], dtype: DType, rule: Any = momentum) -> FlatUpdate | None:
    return flat_update(graph_of(shape, dtype, rule))


class Job:
    """Parameters, gradients and states of some sizes, with the call over them."""

    def __init__(self, sizes: Sequence[int], dtype: str, counted: bool = True) -> None:
        self.dtype = as_dtype(dtype)
        self.arrays = [
            [random(3 * number + part, (size,), self.dtype) for part in range(3)]
            for number, size in enumerate(sizes)
        ]
        self.steps = np.arange(len(sizes), dtype=np.float32)
        update = update_of((3,), self.dtype)
        assert update is not None
        self.table = MultiTensor([(update, size) for size in sizes], 3, 4)
        for number, arrays in enumerate(self.arrays):
            counter = self.steps[number:].ctypes.data if counted else 0
            self.table.bases[number] = [*(array.ctypes.data for array in arrays), counter]
        self.table.scalars[[0, 3]] = 5.0, 0.1

    def expected(self, factor: float = 1.0) -> list[list[Array]]:
        """Parameter and state of each tensor by the reference; the first step counts 1."""
        return [
            evaluate(
                graph_of(arrays[0].shape, self.dtype),
                [*arrays, *map(np.float64, (self.steps[number] + 1.0, 1.0, factor, 0.1))],
            )
            for number, arrays in enumerate(self.arrays)
        ]

    def run(self, **settings: Any) -> bool:
        return self.table.run(threads.parallel_for_address(), **settings)


@pytest.mark.parametrize("dtype", TYPES)
def test_every_tensor_is_updated_with_its_own_step(dtype: str) -> None:
    job = Job(SIZES, dtype)
    expected = job.expected()
    assert job.run()
    for (param, _, state), right in zip(job.arrays, expected, strict=True):
        assert_ulps(param, right[0], 2, scale=np.float64(4.0))
        assert_ulps(state, right[1], 2, scale=np.float64(4.0))
    assert job.steps.tolist() == [number + 1.0 for number in range(len(SIZES))]


def test_a_step_for_all() -> None:
    job = Job((5,), "float64", counted=False)
    job.steps[0] = 4.0
    expected = job.expected()
    job.run()
    np.testing.assert_allclose(job.arrays[0][0], expected[0][0], rtol=1e-14, atol=1e-15)


def test_nothing_at_all() -> None:
    assert Job((), "float32").run(clip_norm=1.0)
    assert Job((0, 0), "float32").run(clip_norm=1.0)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("bound", [None, 0.5])
def test_clipping_by_the_norm_of_all(dtype: str, bound: float | None) -> None:
    job = Job(SIZES, dtype)
    gradients = [arrays[1].astype(np.float64) for arrays in job.arrays]
    if bound is not None:
        gradients = [gradient.clip(-bound, bound) for gradient in gradients]
    norm = math.sqrt(math.fsum(float((gradient**2).sum()) for gradient in gradients))
    job.run(clip_norm=2.0, clip_value=bound)
    assert job.table.scalars[1] == pytest.approx(2.0 / norm, rel=1e-12)
    job.run(clip_norm=norm * 2, clip_value=bound)
    assert job.table.scalars[1] == 1.0
    job.run()
    assert job.table.scalars[1] == 1.0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_bad_gradient_is_not_clipped_away(bad: float) -> None:
    job = Job(SIZES, "float32")
    job.arrays[3][1][7] = bad
    job.run(clip_norm=1.0)
    assert np.isnan(job.arrays[3][0][7])


def test_the_scale_of_the_loss() -> None:
    scale, flag = np.array([4.0], np.float32), np.zeros(1, np.float32)
    job = Job((10,), "float32")
    expected = job.expected(0.25)
    assert job.run(grad_scale=scale.ctypes.data, found_inf=flag.ctypes.data)
    assert_ulps(job.arrays[0][0], expected[0][0], 2, scale=np.float64(4.0))
    before = [bits(array) for array in job.arrays[0]]
    flag[0] = 1.0
    assert not job.run(grad_scale=scale.ctypes.data, found_inf=flag.ctypes.data)
    assert [bits(array) for array in job.arrays[0]] == before
    assert job.steps[0] == 1.0


def test_threads_do_not_change_the_bits() -> None:
    found = []
    for count in (1, 2, 7):
        job = Job((*SIZES, *[100] * 900, 300_000), "float32")
        with override(num_threads=count):
            job.run(clip_norm=0.5)
        found.append([bits(array) for arrays in job.arrays for array in arrays])
    assert found[0] == found[1] == found[2]


def test_neighbours_are_left_alone() -> None:
    """Tensors that lie side by side in memory are each updated once."""
    job = Job((3 * CHUNK_ELEMENTS + 5, 9), "float32")
    whole = np.concatenate([arrays[0] for arrays in job.arrays])
    guarded = np.concatenate([np.full(4, 8.0, np.float32), whole, np.full(4, 8.0, np.float32)])
    middle = 4 + 3 * CHUNK_ELEMENTS + 5
    job.table.bases[:, 0] = guarded[4:].ctypes.data, guarded[middle:].ctypes.data
    job.run()
    own = Job((3 * CHUNK_ELEMENTS + 5, 9), "float32")
    own.run()
    assert bits(guarded[4:middle]) == bits(own.arrays[0][0])
    assert bits(guarded[middle:-4]) == bits(own.arrays[1][0])
    assert (guarded[:4] == 8.0).all() and (guarded[-4:] == 8.0).all()


# What may be taken as flat memory.


def test_shapes_share_a_kernel() -> None:
    """Also a shape without dimensions."""
    update = update_of((3, 4), as_dtype("float32"))
    assert update is not None
    assert update is update_of((12,), as_dtype("float32"))
    assert update is update_of((), as_dtype("float32"))


def test_numbers_that_follow_from_the_shape_are_kept() -> None:
    def rule(param: Any, grad: Any, state: Any, *scalars: Any) -> Any:
        return param - grad / param.shape[0], state

    graph = graph_of((4, 2), as_dtype("float64"), rule)
    flat = flattened(graph, 3)
    ones = np.ones(3)
    zeros = [np.zeros(())] * 4
    np.testing.assert_array_equal(evaluate(flat, [ones, ones, ones, *zeros])[0], 0.75 * ones)


def row_mean(param: Any, grad: Any, state: Any, *scalars: Any) -> Any:
    return param - dt.mean(grad, axis=-1, keepdims=True), state


def positions(param: Any, grad: Any, state: Any, *scalars: Any) -> Any:
    return param - grad * dt.arange(param.shape[-1], dtype="float32"), state


def reversed_state(param: Any, grad: Any, state: Any, *scalars: Any) -> Any:
    return param - grad, dt.flip(state)


@pytest.mark.parametrize("rule", [row_mean, positions, reversed_state])
def test_not_flat(rule: Any) -> None:
    assert not is_flat(graph_of((3, 4), as_dtype("float32"), rule))
    assert update_of((3, 4), as_dtype("float32"), rule) is None


def exchanged(param: Any, grad: Any, state: Any, *scalars: Any) -> Any:
    return state, param


def twice(param: Any, grad: Any, state: Any, *scalars: Any) -> Any:
    new = param - grad
    return new, new


def nothing(param: Any, grad: Any, state: Any, *scalars: Any) -> Any:
    return param, state


@pytest.mark.parametrize("rule", [exchanged, twice, nothing])
def test_what_cannot_be_written_in_place_is_refused_or_right(rule: Any) -> None:
    float32 = as_dtype("float32")
    update = update_of((3,), float32, rule)
    if update is None:
        return
    arrays = [random(part, (50,), float32) for part in range(3)]
    expected = rule(*(array.copy() for array in arrays))
    table = MultiTensor([(update, 50)], 3, 7)
    table.bases[0] = [*(array.ctypes.data for array in arrays), 0]
    table.run(threads.serial_for_address())
    np.testing.assert_array_equal(arrays[0], expected[0])
    np.testing.assert_array_equal(arrays[2], expected[1])


def test_an_unchanged_state_is_not_written() -> None:
    def rule(param: Any, grad: Any, state: Any, *scalars: Any) -> Any:
        return param - grad * state, state

    update = update_of((3,), as_dtype("float32"), rule)
    assert update is not None
    arrays = [random(part, (50,), as_dtype("float32")) for part in range(3)]
    expected, kept = arrays[0] - arrays[1] * arrays[2], arrays[2].copy()
    table = MultiTensor([(update, 50)], 3, 4)
    table.bases[0] = [*(array.ctypes.data for array in arrays), 0]
    table.run(threads.serial_for_address())
    np.testing.assert_allclose(arrays[0], expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(arrays[2], kept)
