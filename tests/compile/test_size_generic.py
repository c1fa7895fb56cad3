"""A program or a partition that was made for other sizes is the one that these sizes would give."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import native
from dovetail.compile.pipeline import _plan, lower_graph  # pyright: ignore[reportPrivateUsage]
from dovetail.compile.program import KernelCall, Program
from dovetail.errors import DovetailError
from dovetail.graph import generic, sizes
from dovetail.graph.dtypes import DType, bfloat16, float32, float64
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.row import input_node
from dovetail.transform import joint_graph

from .random_graphs import Maker

EXTENTS = (
    (1, 2, 3, 5, 17), (1, 4, 6, 10, 34), (1, 3, 5, 7, 19), (1, 70, 35, 300, 129),
    (1, 2, 9, 40, 64), (1, 700, 11, 1300, 65),
)  # fmt: skip


class Steady:
    """Random numbers of which as many are drawn whatever the sizes are."""

    def __init__(self, seed: int) -> None:
        self.draw = np.random.default_rng(seed).random

    def integers(self, low: int, high: int | None = None, size: Any = None) -> Any:
        if size is not None:
            return np.zeros(size, np.int64)
        first, last = (0, low) if high is None else (low, high)
        return first + int(self.draw() * (last - first))

    def permutation(self, count: int) -> Any:
        return np.argsort([self.draw() for _ in range(count)])

    def standard_normal(self, shape: Any) -> Any:
        return np.zeros(shape)

    def choice(self, items: Any) -> Any:
        return items[self.integers(len(items))]


class SteadyMaker(Maker):
    """The same graph for one seed, of other sizes for other extents."""

    def __init__(self, seed: int, dtype: DType, extents: tuple[int, ...]) -> None:
        super().__init__(seed, dtype)
        self.random: Any = Steady(seed)
        self.inputs, self.arrays = [], []
        self.shape = tuple(self.random.choice(extents) for _ in range(self.random.integers(0, 4)))
        self.pool = [self.input(self.shape) for _ in range(2)]


def described(program: Program) -> Any:
    """All that a program is, by the order of its buffers."""
    buffers: dict[Any, int] = {}

    def number(buffer: Any) -> Any:
        place = buffers.setdefault(buffer, len(buffers))
        source = buffer.source and (buffer.source.op, buffer.source.attrs)
        return place, buffer.shape, buffer.dtype, buffer.zeroed, source

    def scalar(node: Node) -> Any:
        return node.attrs if node.op == "input" else node.attr("value")

    steps: list[Any] = []
    for step in program.steps:
        if isinstance(step, KernelCall):
            lowered = step.lowered
            steps.append((
                lowered.nest.text(), [number(b) for b in lowered.buffers], lowered.words,
                [scalar(node) for node in lowered.scalars], lowered.partial_bytes,
                step.partials and number(step.partials),
            ))  # fmt: skip
        else:
            read = [(number(o.buffer), o.shape, o.index, o.extents) for o in step.operands]
            steps.append((step.node.op, read, number(step.buffer)))
    outputs = [number(buffer) for buffer in program.schedule.outputs]
    offsets = [(number(buffer), offset) for buffer, offset in program.offsets.items()]
    return steps, outputs, program.schedule.output_shapes, offsets, program.arena_bytes


def structure(graph: Graph) -> Any:
    found = generic._Structure(graph)  # pyright: ignore[reportPrivateUsage]
    return found.key, found.numbers


@pytest.mark.parametrize("seed", range(24))
def test_programs_and_partitions_of_random_graphs(seed: int) -> None:
    dtype = (float32, float64, bfloat16)[seed % 3]
    for extents in EXTENTS:
        try:
            maker = SteadyMaker(seed, dtype, extents)
            graph = maker.graph(steps=12, outputs=3)
        except DovetailError:
            continue  # no graph at these sizes
        strides = [array.strides for array in maker.arrays]
        made = described(lower_graph(graph, strides))
        assert made == described(_plan(graph, strides))
        assert not any(map(generic.is_recorded, flat(made)))
        floating = tuple(n for n, x in enumerate(graph.outputs) if x.dtype.is_floating)
        wrt = tuple(n for n, x in enumerate(graph.inputs) if x.dtype.is_floating)
        found = joint_graph.partition(graph, floating, wrt)
        plain = joint_graph._partition(graph, (), floating, wrt)  # pyright: ignore[reportPrivateUsage]
        assert found.outputs == plain.outputs
        assert (found.residuals, found.needed) == (plain.residuals, plain.needed)
        assert structure(found.forward) == structure(plain.forward)
        assert structure(found.backward) == structure(plain.backward)
        # The program of a filled-in graph is found without its nodes.
        rows = [None if n.flag("scalar") else row_major(n.shape, n.dtype.itemsize)
                for n in plain.backward.inputs]  # fmt: skip
        again = joint_graph.partition(Graph(graph.inputs, graph.outputs), floating, wrt).backward
        made = described(lower_graph(again, rows))
        assert "outputs" not in vars(again) or type(again) is Graph or again.is_short
        renamed = (described(_plan(each, rows)) for each in (found.backward, plain.backward))
        assert nameless(made) in [nameless(each) for each in renamed]


def nameless(value: Any) -> Any:
    """What is described, without the names of inputs."""
    if isinstance(value, (tuple, list)):
        if len(value) == 2 and value[0] == "name":
            return "name"
        return tuple(map(nameless, value))
    return value


def flat(value: Any) -> list[Any]:
    """What is in nested tuples and lists."""
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in flat(item)]
    return [value]


# Recorded numbers.


def test_a_run_is_repeated_for_sizes_that_decide_alike() -> None:
    recording = sizes.Recording()
    rows, columns = recording.input(8), recording.input(300)
    blocks = -(-rows * columns // 64)
    longest = max(rows, columns)
    mean = sizes.computed(float, rows) / 3
    replay = recording.replay()
    for given in ((8, 300), (9, 301), (64, 65)):
        found = replay(*given)
        assert found is not None
        assert found[blocks.place] == -(-given[0] * given[1] // 64)
        assert found[longest.place] == given[1]
        assert found[mean.place] == given[0] / 3
    assert replay(300, 8) is None  # the rows are the longest


def test_what_decides_is_guarded() -> None:
    asked: tuple[Callable[[Any, Any], object], ...] = (
        lambda a, b: a == 6,
        lambda a, b: a < b,
        lambda a, b: bool(a - 6),
        lambda a, b: f"{a}",
        lambda a, b: int(a),
        lambda a, b: len({a, b}),
        lambda a, b: {(a, 1): 0}.get((b, 1)),
        lambda a, b: sizes.computed(math.isqrt, a) == 2,
        lambda a, b: a // 4,  # 0 and 1 are structure
        lambda a, b: (a * 0.5).hex() == (b * 0.25).hex(),
    )
    for ask in asked:
        recording = sizes.Recording()
        ask(recording.input(6), recording.input(12))
        replay = recording.replay()
        assert replay(6, 12) is not None
        assert replay(12, 12) is None


def test_recorded_numbers_are_no_others() -> None:
    """A node of recorded sizes is not taken for one of plain sizes, nor of another recording."""
    first, second = (sizes.Recording().input(5) for _ in range(2))
    nodes = {input_node("x", (size,), float32) for size in (first, second, 5)}
    assert len(nodes) == 3


def test_attention_of_another_length_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def loss(maths: Any, x: Any, attention: Any) -> Any:
        return maths.sum(attention(x) ** 2)

    def by_hand(x: Any) -> Any:
        scores = np.where(np.tri(len(x)), x @ x.T / np.sqrt(x.shape[1]), -np.inf)
        powers = np.exp(scores - scores.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True) @ x

    def ours(x: Any) -> Any:
        wide = dt.reshape(x, (1, 1, *x.shape))
        return dt.attention(wide, wide, wide, causal=True)

    gradient = dt.op(dt.grad(lambda x: loss(dt, x, ours)))
    rng, loaded = np.random.default_rng(3), list[str]()
    gradient(rng.normal(size=(40, 4)))
    load = native.load
    counted = lambda text, *more: (loaded.append(text), load(text, *more))[1]  # noqa: E731
    monkeypatch.setattr(native, "load", counted)
    for length in (41, 47, 53):
        x = rng.normal(size=(length, 4))
        step = 1e-6 * rng.normal(size=x.shape)
        ends = [loss(np, x + s * step, by_hand) for s in (1, -1)]
        slope = (gradient(x) * step).sum()
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 2, rtol=1e-4, atol=1e-9)
    assert loaded == []
