"""Loops: values and derivatives against the same steps, run one by one by Python."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.accesses import row_major
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import LoweredLoop, Program
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import topological
from dovetail.graph.primitives.scan import is_loop, loop_key
from dovetail.language.trace import ArraySpec, trace
from dovetail.language.tree import flatten
from dovetail.transform.scan_hoist import simple_loops
from tests.transform.loops import LOOPS, Loop, loss

Function = Callable[..., Any]


def _value(function: Function, loop: Loop) -> Function:
    return function


def _gradient(function: Function, loop: Loop) -> Function:
    return dt.value_and_grad(lambda *arrays: loss(function(*arrays)), loop.argnums)


def _second(function: Function, loop: Loop) -> Function:
    def squares(*arrays: Any) -> Any:
        gradients = dt.grad(lambda *a: loss(function(*a)), loop.argnums)(*arrays)
        return sum(dt.sum(dt.sin(gradient)) for gradient in gradients)

    return dt.grad(squares, loop.argnums)


def _tangent(function: Function, loop: Loop) -> Function:
    def tangent(*arrays: Any) -> Any:
        tangents = [dt.cos(array) if n in loop.argnums else None for n, array in enumerate(arrays)]
        return dt.jvp(function, arrays, tangents)

    return tangent


def _forward_over_reverse(function: Function, loop: Loop) -> Function:
    return _tangent(dt.grad(lambda *a: loss(function(*a)), loop.argnums), loop)


def _mapped(axes: Callable[[int, int], Any], inner: Callable[..., Function]) -> Any:
    """vmap over copies of the arguments, which differ; `axes(n, rank)` of argument n, or None."""

    def transform(function: Function, loop: Loop) -> Function:
        chosen = tuple(axes(n, array.ndim) for n, array in enumerate(loop.arrays))

        def mapped(*arrays: Any) -> Any:
            given = []
            for array, axis in zip(arrays, chosen, strict=True):
                if axis is None:
                    given.append(array)
                    continue
                both = [array, array[::-1] if array.dtype == dt.int64 else dt.cos(array)]
                given.append(dt.stack(both, axis=axis))
            return dt.vmap(inner(function, loop), in_axes=chosen)(*given)

        return mapped

    return transform


TRANSFORMS: dict[str, Callable[[Function, Loop], Function]] = {
    "value": _value,
    "gradient": _gradient,
    "second order": _second,
    "tangent": _tangent,
    "forward over reverse": _forward_over_reverse,
    "all mapped": _mapped(lambda n, rank: 0, _value),
    "last mapped": _mapped(lambda n, rank: rank, _gradient),
    "some mapped": _mapped(lambda n, rank: None if n % 2 else 0, _gradient),
    "others mapped": _mapped(lambda n, rank: 0 if n % 2 else None, _gradient),
}


def compared(
    transform: Callable[[Function, Loop], Function], loop: Loop, **options: Any
) -> tuple[list[Any], list[Any]]:
    """The outputs of a loop, and of its steps one by one, which NumPy takes."""
    reverse = options.get("reverse", False)
    result = dt.op(transform(lambda *arrays: loop.scanned(*arrays, **options), loop))(*loop.arrays)
    steps = transform(lambda *arrays: loop.unrolled(*arrays, reverse=reverse), loop)
    graph = trace(steps, [ArraySpec(a.shape, as_dtype(a.dtype)) for a in loop.arrays]).graph
    values = zip(graph.outputs, evaluate(graph, loop.arrays), strict=True)
    return (
        [np.asarray(leaf) for _, leaf in flatten(result)[0]],
        [value.astype(node.dtype.numpy) for node, value in values],
    )


def check(
    transform: Callable[[Function, Loop], Function], loop: Loop, tolerance: float, **options: Any
) -> None:
    scanned, unrolled = compared(transform, loop, **options)
    assert len(scanned) == len(unrolled)
    for one, other in zip(scanned, unrolled, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.name)
def test_a_loop_is_its_steps_one_by_one(loop: Loop, transform: str) -> None:
    if transform == "others mapped" and len(loop.arrays) == 1:
        pytest.skip("it has no others")
    check(TRANSFORMS[transform], loop, 1e-11)


@pytest.mark.parametrize("transform", ["value", "gradient", "tangent"])
@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.name)
def test_a_reversed_loop_starts_with_the_last_x(loop: Loop, transform: str) -> None:
    check(TRANSFORMS[transform], loop, 1e-11, reverse=True)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.name)
def test_gradients_are_differences(loop: Loop) -> None:
    """Independent of every derivative: central differences of the loop's value, by NumPy."""

    @dt.op
    def value(*arrays: Any) -> Any:
        return loss(loop.scanned(*arrays))

    gradients = dt.op(dt.grad(value, loop.argnums))(*loop.arrays)
    direction = [np.cos(array) for array in loop.arrays]
    step = 1e-6
    ends = []
    for sign in (1, -1):
        moved = list(loop.arrays)
        for n in loop.argnums:
            moved[n] = moved[n] + sign * step * direction[n]
        ends.append(float(value(*moved)))
    expected = (ends[0] - ends[1]) / (2 * step)
    found = sum(
        float(np.sum(gradient * direction[n]))
        for n, gradient in zip(loop.argnums, gradients, strict=True)
    )
    assert abs(found - expected) < 1e-6 * max(1.0, abs(expected))


# Products of matrices.

Shapes = tuple[tuple[int, ...], ...]


def _products(function: Function, loop: Loop) -> tuple[list[Shapes], list[Shapes]]:
    """The shapes of the operands of every product: outside of loops, and in their bodies."""
    specs = [ArraySpec(array.shape, dt.float64) for array in loop.arrays]
    graph = simple_loops(trace(function, specs).graph)
    bodies = {id(body): body for body in (loop_key(node)[0] for node in graph if is_loop(node))}
    inside = [node for body in bodies.values() for node in topological(body.outputs)]
    found = [
        [tuple(arg.shape for arg in node.args) for node in nodes if node.op == "matmul"]
        for nodes in (graph, inside)
    ]
    return found[0], found[1]


def test_products_without_the_carry_are_taken_for_all_steps_in_one() -> None:
    """Those of inputs before the loop, those of weight gradients after it."""
    rnn, left = (next(x for x in LOOPS if x.name == name) for name in ("rnn", "left"))
    outside, inside = _products(rnn.scanned, rnn)
    assert outside == [((10, 3), (3, 4))]
    assert inside == [((2, 4), (4, 4))]
    outside, inside = _products(left.scanned, left)
    assert outside == [((10, 4), (4, 4))]  # transposed: x^T w^T of all steps
    assert inside == [((4, 4), (4, 2))]
    outside, inside = _products(dt.grad(lambda *a: loss(rnn.scanned(*a)), (0, 1)), rnn)
    assert outside == [((10, 3), (3, 4)), ((3, 10), (10, 4)), ((4, 10), (10, 4))]
    assert inside == [((2, 4), (4, 4))] * 2


def test_a_checkpointed_loop_takes_all_products_itself() -> None:
    loop = LOOPS[0]

    def scanned(*arrays: Any) -> Any:
        return loop.scanned(*arrays, checkpoint=True)

    for function in (scanned, dt.grad(lambda *a: loss(scanned(*a)), (0, 1))):
        outside, inside = _products(function, loop)
        assert outside == []
        assert inside


def test_threads_derive_one_object_from_a_body() -> None:
    """Native code has the address of a body's program: a second one must not replace it."""
    traced = trace(LOOPS[0].scanned, [ArraySpec(a.shape, dt.float64) for a in LOOPS[0].arrays])
    body = next(loop_key(node)[0] for node in traced.graph if is_loop(node))
    key = "test of threads"
    with ThreadPoolExecutor(1) as pool:

        def slow() -> object:
            first.append(pool.submit(body.derived, key, object).result())
            return object()

        first: list[object] = []
        assert body.derived(key, slow) is first[0]


# Segments that are run again.


def _steps(length: int) -> Loop:
    """The first loop, over so many steps."""
    first = LOOPS[0]
    xs = np.random.default_rng(length).normal(size=(length, *first.arrays[-1].shape[1:]))
    return Loop(f"{length} steps", first.make, (*first.arrays[:-1], xs))


@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
@pytest.mark.parametrize("length", [1, 3, 4, 7, 12, 13])
def test_a_checkpointed_loop_is_the_same_loop(length: int, reverse: bool) -> None:
    loop = _steps(length)
    for transform in ("value", "gradient"):
        check(TRANSFORMS[transform], loop, 1e-11, reverse=reverse, checkpoint=True)


@pytest.mark.parametrize("transform", ["second order", "tangent", "some mapped"])
def test_transforms_of_a_checkpointed_loop(transform: str) -> None:
    check(TRANSFORMS[transform], _steps(10), 1e-11, checkpoint=True)
    check(
        TRANSFORMS[transform], next(x for x in LOOPS if x.name == "nested"), 1e-11, checkpoint=True
    )


def _most_memory(program: Program) -> int:
    """The bytes of the temporaries, with those of the loop inside that needs most."""
    inside = [_most_memory(step.program) for step in program.steps if isinstance(step, LoweredLoop)]
    return program.arena_bytes + max(inside, default=0)


def test_a_thousand_steps_keep_few_states() -> None:
    def final(w: Any, h: Any, xs: Any, checkpoint: bool) -> Any:
        def step(h: Any, x: Any) -> Any:
            return dt.tanh(h @ w + x), ()

        return dt.sum(dt.scan(step, h, xs, checkpoint=checkpoint)[0] ** 2)

    shapes = ((64, 64), (32, 64), (1000, 32, 64))
    specs = [ArraySpec(shape, dt.float32) for shape in shapes]
    strides = [row_major(shape, 4) for shape in shapes]
    state = 32 * 64 * 4

    def states(checkpoint: bool) -> float:
        gradient = dt.grad(lambda *arrays: final(*arrays, checkpoint), (0, 1))
        return _most_memory(lower_graph(trace(gradient, specs).graph, strides)) / state

    assert states(False) > 1000
    assert states(True) < 130  # 40 segments' carries, and what 25 steps leave
