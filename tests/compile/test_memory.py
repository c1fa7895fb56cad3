"""Memory: the arena of a program's temporaries, and reused blocks for large results."""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.compile import program as program_module
from dovetail.compile.arena import ALIGNMENT, arena_layout
from dovetail.compile.cpu import memory, runtime
from dovetail.compile.cpu.executor import Executable
from dovetail.compile.pipeline import compile_graph, lower_graph
from dovetail.compile.program import Program, touched
from dovetail.compile.steps import Buffer
from dovetail.graph.dtypes import ALL, DType, bfloat16, float32, uint8
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives import structure as s
from dovetail.options import override

from .harness import Array, graph_of, random, strides_of
from .random_graphs import random_graph
from .test_native_memory import give, held_bytes, take

pytestmark = pytest.mark.usefixtures("earlier_left_alone")

STACK_ARENA = runtime.constant("STACK_ARENA")

# The arena.


def lifetimes(program: Program) -> dict[Buffer, tuple[int, int]]:
    """For each buffer, the first and the last step that touches it."""
    result: dict[Buffer, tuple[int, int]] = {}
    for number, step in enumerate(program.steps):
        for buffer in touched(step):
            first, _ = result.get(buffer, (number, number))
            result[buffer] = first, number
    return result


def check_arena(program: Program) -> int:
    """Temporaries that live at the same time do not overlap; counts pairs that share memory."""
    lives = lifetimes(program)
    outputs = set(map(id, program.schedule.outputs))
    for buffer in lives:
        temporary = buffer.source is None and id(buffer) not in outputs
        assert (buffer in program.offsets) == temporary
    for buffer, offset in program.offsets.items():
        assert offset % ALIGNMENT == 0 and offset >= 0
        assert offset + buffer.nbytes <= program.arena_bytes
    shared = 0
    for one, other in combinations(program.offsets, 2):
        apart = (
            program.offsets[one] + one.nbytes <= program.offsets[other]
            or program.offsets[other] + other.nbytes <= program.offsets[one]
        )
        in_turn = lives[one][1] < lives[other][0] or lives[other][1] < lives[one][0]
        assert apart or in_turn, "two live buffers overlap"
        shared += not apart
    return shared


def chain(length: int) -> tuple[Graph, list[Array]]:
    """A chain of products: at most two temporaries are live at a time."""

    def build(x: Any) -> Any:
        for _ in range(length):
            x = e.tanh(s.matmul(x, x))
        return x

    x = random(0, (40, 40), float32, 0.2)
    return graph_of(build, x), [x]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(5, 30), st.integers(1, 4))
def test_live_buffers_never_overlap(seed: int, steps: int, outputs: int) -> None:
    graph, arrays = random_graph(seed, steps, outputs)
    check_arena(lower_graph(graph, strides_of(arrays)))


def test_memory_is_shared_in_turn() -> None:
    short, long = (
        lower_graph(graph, strides_of(arrays)) for graph, arrays in (chain(3), chain(30))
    )
    assert check_arena(long) > 0
    assert long.arena_bytes == short.arena_bytes <= 3 * 40 * 40 * 4 + 2 * ALIGNMENT


def test_overlaps_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: every buffer at the start of the arena."""
    real = program_module._arena

    def careless(steps: Any, kept: set[Buffer]) -> tuple[dict[Buffer, int], int]:
        offsets, total = real(steps, kept)
        return dict.fromkeys(offsets, 0), total

    monkeypatch.setattr(program_module, "_arena", careless)
    graph, arrays = chain(4)
    with pytest.raises(AssertionError, match="overlap"):
        check_arena(lower_graph(graph, strides_of(arrays)))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60))
def test_buffers_that_are_needed_at_the_same_time_lie_apart(seed: int, count: int) -> None:
    """For sizes of which many are equal or 0."""
    generator = np.random.default_rng(seed)
    sizes = generator.choice([0, 1, 63, 64, 100, 256, 4096], count).tolist()
    born = generator.integers(0, count, count)
    lifetimes = [
        (int(n), int(n + more))
        for n, more in zip(born, generator.geometric(0.2, count), strict=True)
    ]
    *offsets, total = arena_layout(lifetimes, *sizes)
    lying = [
        (offset, offset + size, lifetime)
        for offset, size, lifetime in zip(offsets, sizes, lifetimes, strict=True)
        if size
    ]
    assert all(start % ALIGNMENT == 0 and end <= total for start, end, _ in lying)
    for one, other in combinations(lying, 2):
        at_once = one[2][0] <= other[2][1] and other[2][0] <= one[2][1]
        assert not at_once or one[1] <= other[0] or other[1] <= one[0]


def poisoned(shape: tuple[int, ...], dtype: DType) -> Array:
    """Memory whose every floating value is NaN."""
    array = np.empty(shape, dtype.numpy)
    array.view(np.uint8).fill(0xFF) if array.ndim else array.fill(1)
    return array


def fill_recycled(size: int) -> None:
    """Set the bits of the next arena of so many bytes."""
    block = take(size)
    ctypes.memset(block, 0xFF, size)
    give(block, size)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(5, 20), st.integers(1, 3))
def test_nothing_depends_on_what_lay_in_memory_before(seed: int, steps: int, outputs: int) -> None:
    """The arena and the results start as NaN; buffers that must be zero are cleared."""
    graph, arrays = random_graph(seed, steps, outputs)
    program = lower_graph(graph, strides_of(arrays))
    # So much that it is not on the stack.
    program = replace(program, arena_bytes=max(program.arena_bytes, 2 * STACK_ARENA))
    size = memory.rounded(program.arena_bytes)
    executable = Executable(program)
    found: list[list[Array]] = []
    for _ in range(2):
        fill_recycled(size)
        results = [poisoned(node.shape, node.dtype) for node in graph.outputs]
        found.append(executable(arrays, [], results))
    for one, other, expected in zip(*found, evaluate(graph, arrays), strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(np.isnan(one), np.isnan(expected))


def test_zeroed_buffers() -> None:
    """Elements that `pad` and `scatter_add` do not write are zero, in temporaries and results."""
    x, indices = random(1, (30, 20), float32), np.zeros((30, 20), np.int64)

    def build(a: Any, i: Any) -> tuple[Any, ...]:
        placed = s.pad(e.exp(a), shape=(61, 20), starts=(1, 0), steps=(2, 1))
        added = s.scatter_add(i, e.exp(a), axis=0, extent=9)
        return (
            placed, added, s.sum_(placed, axes=(0,)),
            s.matmul(placed, s.permute(placed, axes=(1, 0))), e.add(added, 1.0),
            e.subtract(placed, 1.0),
        )  # fmt: skip

    graph = graph_of(build, x, indices)
    executable = compile_graph(graph, strides_of([x, indices]))
    assert any(buffer.zeroed for buffer in executable.program.schedule.buffers.values())
    expected = evaluate(graph, [x, indices])
    for _ in range(3):
        results = executable([x, indices], [])
        for result, wanted in zip(results, expected, strict=True):
            np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-5)
            result.fill(np.nan)  # writes of a user to a result must not be visible later
        fill_recycled(memory.rounded(executable.program.arena_bytes))


def test_buffers_that_are_not_cleared_are_noticed() -> None:
    """Planted: no buffer is cleared."""
    x = random(1, (30, 20), float32)
    graph = graph_of(
        lambda a: s.matmul(
            s.pad(a, shape=(61, 20), starts=(1, 0), steps=(2, 1)), s.permute(a, axes=(1, 0))
        ),
        x,
    )
    program = lower_graph(graph, strides_of([x]))
    size = memory.rounded(program.arena_bytes)
    fill_recycled(size)
    assert np.isfinite(Executable(program)([x], [])[0]).all()
    for buffer in program.schedule.buffers.values():
        buffer.zeroed = False
    fill_recycled(size)
    assert np.isnan(Executable(program)([x], [])[0]).any()


# Reused blocks.


@pytest.fixture
def clean() -> Iterator[None]:
    """A pool that keeps what it is given, whatever earlier tests have left there."""
    gc.collect()
    with override(buffer_pool_bytes=1 << 40):
        yield


def address(array: Array) -> int:
    return array.__array_interface__["data"][0]


COUNT = 1 << 20


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_arrays_of_every_type(dtype: DType) -> None:
    for shape in [(), (0,), (3,), (COUNT,), (2, 3, COUNT // 4), (COUNT, 1)]:
        array = memory.empty(shape, dtype)
        assert array.shape == shape and array.dtype == dtype.numpy
        assert array.flags.c_contiguous and array.flags.writeable and array.flags.aligned
        array.fill(1)
        assert (array == 1).all()
        if array.nbytes >= memory.LARGE:
            assert address(array) % 64 == 0


@pytest.mark.usefixtures("clean")
def test_a_block_is_taken_over() -> None:
    first = memory.empty((COUNT,), float32)
    place = address(first)
    del first
    second = memory.empty((COUNT - 7,), float32)  # about the same size
    assert address(second) == place
    third = memory.empty((COUNT,), float32)
    assert address(third) != place


@pytest.mark.usefixtures("clean")
def test_views_keep_a_block_alive() -> None:
    array = memory.empty((COUNT,), bfloat16)
    array[:] = 3
    view, reshaped = array[10:20], array.reshape(2, -1).T
    place = address(array)
    del array
    others = [memory.empty((COUNT,), bfloat16) for _ in range(3)]
    assert place not in [address(other) for other in others]
    for other in others:
        other[:] = 5
    assert (view == 3).all() and (reshaped == 3).all()
    del view
    assert address(memory.empty((COUNT,), bfloat16)) != place
    del reshaped, other, others
    held = [memory.empty((COUNT,), bfloat16) for _ in range(4)]
    assert place in [address(array) for array in held]


@pytest.mark.usefixtures("clean")
def test_free_memory_is_bounded() -> None:
    arrays = [memory.empty((1 << 20,), uint8) for _ in range(8)]
    before = held_bytes()
    with override(buffer_pool_bytes=before + (3 << 20)):
        del arrays
        assert before < held_bytes() <= before + (3 << 20)
    with override(buffer_pool_bytes=0):
        array = memory.empty((1 << 20,), uint8)
        before = held_bytes()
        del array
        assert held_bytes() == before


@pytest.mark.parametrize("size", [memory.LARGE, 100_001, (1 << 21) - 1, 1 << 21, 10_000_019])
def test_blocks_are_little_larger_than_requested(size: int) -> None:
    given = memory.rounded(size)
    assert size <= given <= max(size * 1.25 + 4096, size + (1 << 21))
    assert memory.rounded(given) == given


@pytest.mark.usefixtures("clean")
def test_threads_never_get_the_same_block() -> None:
    wrong: list[str] = []

    def work(number: int) -> None:
        generator = np.random.default_rng(number)
        held: list[Array] = []
        for _ in range(300):
            array = memory.empty((int(generator.integers(70_000, 90_000)),), uint8)
            array.fill(number)
            held.append(array)
            if len(held) > 3:
                old = held.pop(int(generator.integers(4)))
                if not (old == number).all():
                    wrong.append(f"thread {number}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads) and wrong == []
