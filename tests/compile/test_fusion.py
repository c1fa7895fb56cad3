"""Fusion: the number of kernels of a graph, their outputs, and their loops as text."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.compile import fuse as fuse_module
from dovetail.compile.loops import CPU
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.compile.steps import Buffer, Kernel, LibraryCall, Schedule, Step
from dovetail.graph.dtypes import bfloat16, float32
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives import structure as s
from dovetail.graph.primitives.row import constant, input_node
from dovetail.graph.views import is_reduction
from dovetail.transform.derivative import vjp
from dovetail.transform.stabilise import stabilise

from .harness import (
    Array,
    assert_close,
    calls_of,
    dt,
    graph_of,
    kernels_of,
    plan_of,
    random,
    run,
    strides_of,
    traced,
    with_gradients,
)
from .random_graphs import random_graph

N, K = 128, 300
X = random(0, (N, K), float32)
ROW = random(1, (K,), float32)
LABELS = np.random.default_rng(2).integers(0, K, N)


def picked(x: Any, labels: Any) -> Any:
    return dt.squeeze(dt.take_along_axis(x, dt.expand_dims(labels, axis=-1), axis=-1), axis=-1)


def losses(x: Any, labels: Any) -> Any:
    """The cross-entropy of each row."""
    return dt.logsumexp(x, axis=-1) - picked(x, labels)


def mean_loss(x: Any, labels: Any) -> Any:
    return dt.mean(losses(x, labels))


def value_and_gradients(graph: Graph) -> Graph:
    """The outputs, and the gradients of their sum."""
    outputs = tuple(stabilise(graph.outputs))
    ones = [constant(1.0, node.shape, node.dtype) for node in outputs]
    wrt = [node for node in graph.inputs if node.dtype.is_floating]
    return Graph(graph.inputs, (*outputs, *vjp(outputs, wrt, ones)))


def written(plan: Schedule) -> list[tuple[int, ...]]:
    """The shapes of all that kernels write, in order."""
    return [root.value.shape for kernel in kernels_of(plan) for root in kernel.roots]


def kinds(kernel: Kernel) -> list[str | None]:
    return sorted(root.reduction or "" for root in kernel.roots)


# One kernel.


@pytest.mark.parametrize(
    "function",
    [
        dt.softmax, dt.log_softmax, dt.rms_norm, dt.layer_norm, dt.gelu, dt.mish,
        lambda x: dt.softmax(x) * dt.sigmoid(x) + 1.0,
        lambda x: dt.logsumexp(x, axis=-1), lambda x: dt.var(x, axis=-1),
        lambda x: dt.sum(dt.exp(x)), lambda x: dt.sum(x * x, axis=0),
    ],
)  # fmt: skip
def test_one_kernel_forward(function: Callable[..., Any]) -> None:
    plan = plan_of(traced(function, X))
    assert len(plan.steps) == len(kernels_of(plan)) == 1
    assert len(written(plan)) == 1


@pytest.mark.parametrize("function", [dt.softmax, dt.log_softmax, dt.rms_norm, dt.layer_norm])
def test_one_kernel_forward_and_backward(function: Callable[..., Any]) -> None:
    plan = plan_of(with_gradients(traced(function, X)))
    assert len(plan.steps) == len(kernels_of(plan)) == 1
    assert written(plan) == [(N, K), (N, K)]


def test_rms_norm_and_both_gradients_are_one_kernel() -> None:
    """The sum over rows for the scale's gradient is in the kernel of the input's gradient."""
    plan = plan_of(with_gradients(traced(lambda x, scale: dt.rms_norm(x, scale), X, ROW)))
    (kernel,) = plan.steps
    assert isinstance(kernel, Kernel)
    assert kernel.columns == {1}
    assert kinds(kernel) == ["", "", "outer"]
    assert written(plan) == [(N, K), (N, K), (K,)]


def test_layer_norm_and_its_three_gradients_are_one_kernel() -> None:
    plan = plan_of(with_gradients(traced(lambda x, a, b: dt.layer_norm(x, a, b), X, ROW, ROW)))
    (kernel,) = plan.steps
    assert isinstance(kernel, Kernel)
    assert kinds(kernel) == ["", "", "outer", "outer"]


def test_cross_entropy_and_its_gradient_are_one_kernel() -> None:
    plan = plan_of(value_and_gradients(traced(losses, X, LABELS)))
    assert len(plan.steps) == len(kernels_of(plan)) == 1
    assert [shape for shape in written(plan) if len(shape) == 2] == [(N, K)]


def test_mean_cross_entropy_writes_the_gradient_and_row_statistics_only() -> None:
    plan = plan_of(value_and_gradients(traced(mean_loss, X, LABELS)))
    assert not calls_of(plan)
    large = [kernel for kernel in kernels_of(plan) if kernel.shape == (N, K)]
    assert len(large) == 1  # the rest is over the losses of the rows
    assert len(plan.steps) <= 2
    assert sorted(shape for shape in written(plan) if len(shape) > 1) == [(N, K)]
    assert all(shape in ((N, K), (N,), (N, 1), ()) for shape in written(plan))


def test_log_softmax_of_which_a_label_is_picked_is_never_written() -> None:
    def loss(x: Any, labels: Any) -> Any:
        return -dt.mean(picked(dt.log_softmax(x), labels))

    plan = plan_of(traced(loss, X, LABELS))
    assert all(shape in ((N,), (N, 1), ()) for shape in written(plan))


def test_dense_layer_is_a_library_call_and_a_kernel() -> None:
    a, w, b = random(0, (64, 32), float32), random(1, (32, 16), float32), random(2, (16,), float32)
    graph = traced(lambda x, kernel, bias: dt.relu(x @ kernel + bias), a, w, b)
    plan = plan_of(graph)
    call, kernel = plan.steps
    assert isinstance(call, LibraryCall) and call.node.op == "matmul"
    assert isinstance(kernel, Kernel) and call.buffer in [plan.buffers[n] for n in kernel.loads]
    backward = plan_of(with_gradients(graph))
    assert [c.node.op for c in calls_of(backward)] == ["matmul"] * 3
    (fused,) = kernels_of(backward)  # the bias' gradient is computed in the same pass
    assert kinds(fused) == ["", "", "outer"]


def test_transposed_operands_of_a_product_are_not_copied() -> None:
    a, b = random(0, (64, 32), float32), random(1, (16, 32), float32)
    plan = plan_of(traced(lambda x, y: x @ dt.matrix_transpose(y), a, b))
    assert len(plan.steps) == len(calls_of(plan)) == 1


def test_batch_norm_is_outer_reductions_then_pointwise_work() -> None:
    def batch_norm(x: Any, scale: Any, bias: Any) -> Any:
        centred = x - dt.mean(x, axis=0)
        return centred * dt.rsqrt(dt.mean(centred * centred, axis=0) + 1e-5) * scale + bias

    x, row = random(0, (500, 48), float32), random(1, (48,), float32)
    graph = traced(batch_norm, x, row, row)
    plan = plan_of(graph)
    assert [kinds(kernel) for kernel in kernels_of(plan)] == [["outer"], ["outer"], [""]]
    assert written(plan) == [(48,), (48,), (500, 48)]
    assert_close(graph, [x, row, row], 1e-5)


def test_pointwise_roots_with_a_common_operand_share_a_kernel() -> None:
    plan = plan_of(traced(lambda x: (dt.exp(x), dt.sin(x), dt.sum(x, axis=0), dt.sum(x)), X))
    assert len(plan.steps) <= 2
    apart = plan_of(traced(lambda x, y: (dt.exp(x), dt.sin(y)), X, X + 1))
    assert len(apart.steps) == 2


def test_an_optimizer_step_is_one_kernel() -> None:
    def adam(p: Any, g: Any, m: Any, v: Any) -> Any:
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        return p - 1e-3 * m / (dt.sqrt(v) + 1e-8), m, v

    plan = plan_of(traced(adam, X, X, X, X))
    assert len(plan.steps) == 1 and written(plan) == [(N, K)] * 3


# Values that are computed once.


def computed_reductions(plan: Schedule) -> Iterator[tuple[Node, Kernel]]:
    """Every reduction, with each kernel that computes it rather than loads it."""
    for kernel in kernels_of(plan):
        seen: set[Node] = set()
        stack = [value for root in kernel.roots for value, _ in root.computed()]
        own = {root.value for root in kernel.roots if root.reduction}
        found = set(own)
        while stack:
            node = stack.pop()
            if node in seen or node in kernel.loads:
                continue
            seen.add(node)
            if is_reduction(node):
                found.add(node)
            stack.extend(node.args)
        for node in found:
            yield node, kernel


def computed_twice(plan: Schedule) -> list[Node]:
    counts: dict[Node, int] = {}
    for node, _ in computed_reductions(plan):
        counts[node] = counts.get(node, 0) + 1
    return [node for node, count in counts.items() if count > 1]


def on_both_sides(x: Any, y: Any) -> Any:
    """Two kernels, before and after a library call, need the same statistic of the rows."""
    largest = dt.max(x, axis=-1, keepdims=True)
    through = dt.exp(x - largest) @ y @ dt.ones((y.shape[1], 1))
    return through * x - largest


def test_a_row_statistic_that_two_kernels_need_is_computed_once() -> None:
    y = random(3, (K, 8), float32)
    graph = traced(on_both_sides, X, y)
    plan = plan_of(graph)
    assert len(kernels_of(plan)) > 1 and computed_twice(plan) == []
    assert ["", "row"] in [kinds(kernel) for kernel in kernels_of(plan)]
    assert_close(graph, [X, y], 1e-5)
    for function in (mean_loss, losses):
        graph = traced(function, X, LABELS)
        assert computed_twice(plan_of(graph)) == []
        assert computed_twice(plan_of(value_and_gradients(graph))) == []


def test_statistics_computed_twice_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuse_module.Fuser, "_share_row_values", lambda self, expressions: False)
    plan = plan_of(traced(on_both_sides, X, random(3, (K, 8), float32)))
    assert [node.op for node in computed_twice(plan)] == ["max"]


# Order.


def check_order(plan: Schedule, graph: Graph) -> None:
    """Every step reads only what earlier steps have written in full."""
    writers: dict[Buffer, set[Step]] = {}
    for step in plan.steps:
        stored = [r.buffer for r in step.roots] if isinstance(step, Kernel) else [step.buffer]
        for buffer in stored:
            writers.setdefault(buffer, set()).add(step)
    done: set[Step] = set()
    for step in plan.steps:
        read = (
            [plan.buffers[node] for node in step.loads]
            if isinstance(step, Kernel)
            else [operand.buffer for operand in step.operands]
        )
        for buffer in read:
            assert buffer.source is not None or writers[buffer] <= done, f"{step} reads too early"
        assert step not in done
        done.add(step)
    for buffer in plan.outputs:
        assert buffer.source is None and writers[buffer] <= done
    assert len(set(map(id, plan.outputs))) == len(graph.outputs)


def product_between(x: Node) -> tuple[Node, ...]:
    powers = e.exp(x)
    return powers, e.add(powers, s.matmul(powers, s.permute(powers, axes=(1, 0))))


def outer_between(x: Node) -> tuple[Node, ...]:
    powers = e.exp(x)
    total = s.sum_(powers, axes=(0,))
    return powers, e.divide(powers, s.restore(total, x.shape, (0,)))


def both_ways(x: Node) -> tuple[Node, ...]:
    rows = s.restore(s.sum_(x, axes=(1,)), x.shape, (1,))
    columns = s.restore(s.sum_(e.multiply(x, rows), axes=(0,)), x.shape, (0,))
    return e.subtract(x, columns), e.subtract(x, rows), s.sum_(e.multiply(columns, rows), axes=(1,))


def through_concat(x: Node) -> tuple[Node, ...]:
    powers = e.exp(x)
    joined = s.concat(powers, e.negative(x), axis=0)
    back = s.slice_axis(joined, 0, 0, x.shape[0], 1)
    return powers, e.add(back, powers), joined


def two_diamonds(x: Node) -> tuple[Node, ...]:
    a = e.exp(x)
    b = s.matmul(a, a)
    c = e.add(a, b)
    d = s.matmul(c, a)
    return e.add(e.add(c, d), x), e.multiply(a, d), e.sin(x), c


@pytest.mark.parametrize(
    "build", [product_between, outer_between, both_ways, through_concat, two_diamonds]
)
def test_diamonds_have_no_cycles(build: Callable[[Node], tuple[Node, ...]]) -> None:
    x = random(0, (33, 33), float32)
    graph = graph_of(build, x)
    plan = plan_of(graph)
    check_order(plan, graph)
    assert len(plan.steps) > 1 or build is through_concat
    assert_close(graph, [x], 1e-5)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 10**9), st.integers(3, 25), st.integers(1, 5), st.booleans())
def test_random_graphs_are_ordered(seed: int, steps: int, outputs: int, empty: bool) -> None:
    graph, arrays = random_graph(seed, steps, outputs, empty=empty)
    check_order(plan_of(graph, arrays), graph)


def test_a_plan_in_the_wrong_order_is_noticed() -> None:
    graph = graph_of(two_diamonds, X[:33, :33])
    plan = plan_of(graph)
    plan.steps.reverse()
    with pytest.raises(AssertionError, match="too early"):
        check_order(plan, graph)


# Golden files: the loops as text.

GOLDEN = Path(__file__).parent / "golden"
SHORT = random(0, (1500, 10), float32)
WORDS = np.arange(40).reshape(4, 10) % 7


def backward_of_table(table: Any, words: Any) -> Any:
    return dt.take(table, words, axis=0)


KERNELS: dict[str, Callable[[], tuple[Graph, list[Array]]]] = {
    "mish": lambda: (traced(dt.mish, X), [X]),
    "mish_transposed_bfloat16": lambda: (
        traced(dt.mish, X.astype(bfloat16.numpy).T), [X.astype(bfloat16.numpy).T]
    ),
    "softmax": lambda: (traced(dt.softmax, X), [X]),
    "softmax_short_rows": lambda: (traced(dt.softmax, SHORT), [SHORT]),
    "rms_norm_with_gradients": lambda: (
        with_gradients(traced(lambda x, scale: dt.rms_norm(x, scale), X, ROW)), [X, ROW, X]
    ),
    "layer_norm_with_gradients": lambda: (
        with_gradients(traced(lambda x, a, b: dt.layer_norm(x, a, b), X, ROW, ROW)),
        [X, ROW, ROW, X],
    ),
    "cross_entropy_with_gradient": lambda: (
        value_and_gradients(traced(losses, X, LABELS)), [X, LABELS]
    ),
    "mean_of_everything": lambda: (traced(dt.mean, X), [X]),
    "variance_of_columns": lambda: (traced(lambda x: dt.var(x, axis=0), X), [X]),
    "embedding": lambda: (traced(backward_of_table, X, WORDS), [X, WORDS]),
    "scatter": lambda: (
        graph_of(lambda i, u: s.scatter_add(i, u, axis=0, extent=9), WORDS, SHORT[:4]),
        [WORDS, SHORT[:4]],
    ),
    "running_sum_from_the_end": lambda: (
        graph_of(lambda x: s.cumulative_sum(x, axis=1, reverse=True), X), [X]
    ),
}  # fmt: skip


def loops_of(name: str) -> str:
    graph, arrays = KERNELS[name]()
    program = lower_graph(graph, strides_of(arrays))
    texts = [step.lowered.nest.text() for step in program.steps if isinstance(step, KernelCall)]
    return "\n\n".join(texts) + "\n"


@pytest.mark.parametrize("name", KERNELS)
def test_golden_loops(name: str, update_golden: bool) -> None:
    file, text = GOLDEN / f"{name}.txt", loops_of(name)
    if update_golden:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    expected = file.read_text() if file.exists() else ""
    diff = "\n".join(difflib.unified_diff(expected.splitlines(), text.splitlines(), lineterm=""))
    assert text == expected, f"run pytest with --update-golden if this is meant:\n{diff}"


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*")} == set(KERNELS)


def test_what_several_slices_read_is_computed_once() -> None:
    """A tree of halves, as in the gradient of a product, must not be unrolled into its leaves."""
    x = input_node("x", (64,), float32)
    node = x
    while node.shape[0] > 1:
        half = node.shape[0] // 2
        lower, upper = (s.slice_axis(node, 0, start, half, 1) for start in (0, half))
        node = e.multiply(lower, upper)
    plan = fuse_module.fuse(Graph((x,), (node,)), frozenset({x}), (), CPU)
    assert len(plan.steps) > 3


@pytest.mark.parametrize("columns", [5, 40, 200])
def test_a_value_that_waits_in_an_outputs_row_is_not_read_once_the_output_is_there(
    columns: int,
) -> None:
    x = np.random.default_rng(0).normal(size=(60, columns))

    def twice(x: Any) -> Any:
        p = dt.softmax(x, axis=1)
        return dt.sum(dt.exp(p - dt.max(p, axis=1, keepdims=True)), axis=1), p

    graph = traced(twice, x)
    total, p = run(graph, [x])
    e = np.exp(x - x.max(1, keepdims=True))
    expected = e / e.sum(1, keepdims=True)
    np.testing.assert_allclose(p, expected, rtol=1e-12)
    wanted = np.exp(expected - expected.max(1, keepdims=True)).sum(1)
    np.testing.assert_allclose(total, wanted, rtol=1e-12)


@pytest.mark.parametrize(
    "shape, stored", [((2, 3, 256), True), ((30, 40, 256), True), ((3000, 256), False)]
)
def test_costly_values_of_columns_are_computed_once(shape: tuple[int, ...], stored: bool) -> None:
    """The pixels of images load the quotient of each channel; rows and half precisions do not.

    Whatever the sizes are, so that no other size needs other kernels.
    """
    x, scale = random(0, shape, float32), random(1, (256,), float32)

    def scaled(x: Any, scale: Any) -> Any:
        return x * (1.0 / (2.0 + scale * scale)) + scale

    graph = traced(scaled, x, scale)
    assert ((256,) in written(plan_of(graph))) is stored
    (whole,) = run(graph, [x, scale])
    right = scaled(x.astype(np.float64), scale.astype(np.float64))
    np.testing.assert_allclose(whole, right, rtol=0, atol=1e-6 * np.abs(right).max())
    half = traced(scaled, x.astype(np.float16), scale.astype(np.float16))
    assert (256,) not in written(plan_of(half))


def test_costly_values_of_rows_stay_in_the_loop() -> None:
    x, scale = random(0, (256, 1024), float32), random(1, (256, 1), float32)
    graph = traced(lambda x, scale: x * (1.0 / (2.0 + scale * scale)), x, scale)
    assert written(plan_of(graph)) == [(256, 1024)]
