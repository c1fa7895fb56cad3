"""Long kernels call elementary functions: with the same bits as kernels that inline them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.compile.cpu import native
from dovetail.compile.cpu.llvm import print_module
from dovetail.compile.loops import MOST_INLINED
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.graph.dtypes import float64
from dovetail.graph.node import Cost, Node
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives.elementwise import add, cast, multiply, sin, tanh
from dovetail.graph.primitives.structure import broadcast, sum_
from tests.compile.harness import graph_of, run_nodes, strides_of

Array = np.ndarray[Any, Any]
COUNT = MOST_INLINED + 1
FUNCTIONS = sorted(
    name
    for name, row in PRIMITIVES.items()
    if row.cost is Cost.TRANSCENDENTAL and row.category == "elementwise" and name != "logaddexp"
)
RNG = np.random.default_rng(0)


def modules(build: Any, *arrays: Array) -> list[str]:
    """The IR of the kernels of a graph."""
    program = lower_graph(graph_of(build, *arrays), strides_of(arrays))
    return [
        print_module(step.lowered.nest) for step in program.steps if isinstance(step, KernelCall)
    ]


def is_shared(build: Any, *arrays: Array) -> bool:
    return any("@dt_shared_" in text for text in modules(build, *arrays))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_bits_of_inlined_functions(name: str, dtype: str) -> None:
    row = PRIMITIVES[name]
    arity = row.arity or 1
    values = [RNG.normal(size=75) * 10.0 ** RNG.integers(-3, 3, 75) for _ in range(arity)]
    values[0][:6] = 0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40
    arrays = [value.astype(dtype) for value in values]

    def one(factor: float) -> Any:
        return lambda *x: row(multiply(x[0], factor), *x[1:])

    def many(*x: Node) -> tuple[Node, ...]:
        return tuple(one(1.0 + number / 8)(*x) for number in range(COUNT))

    assert is_shared(many, *arrays) and not is_shared(one(1.0), *arrays)
    found = run_nodes(many, *arrays)
    for number in (0, COUNT // 2, COUNT - 1):
        (expected,) = run_nodes(one(1.0 + number / 8), *arrays)
        np.testing.assert_array_equal(found[number], expected)


@pytest.mark.parametrize("size", [0, 1, 7, 16, 31, 33, 1000])
def test_a_chain_of_any_length(size: int) -> None:
    x = RNG.normal(size=size).astype(np.float32)

    def chain(x: Node) -> Node:
        for _ in range(40):
            x = sin(add(x, 0.1))
        return x

    expected = x.astype(np.float64)
    for _ in range(40):
        expected = np.sin(expected + 0.1)
    np.testing.assert_allclose(run_nodes(chain, x)[0], expected, rtol=1e-5)


def test_beside_other_types_and_sums() -> None:
    """Loops over two types of different width, over half precisions, and over short rows."""
    x = RNG.normal(size=(40, 10)).astype(np.float32)

    def mixed(x: Node) -> Node:
        wide = cast(x, dtype=float64)
        for _ in range(COUNT):
            x, wide = tanh(add(x, 0.1)), tanh(add(wide, 0.1))
        return add(cast(x, dtype=float64), wide)

    def rows(x: Node) -> Node:
        for _ in range(COUNT):
            x = tanh(add(x, 0.1))
        return multiply(x, broadcast(sum_(x, axes=(1,)), shape=x.shape, dims=(0,)))

    def reference(x: Array) -> Array:
        x = x.astype(np.float64)
        for _ in range(COUNT):
            x = np.tanh(x + 0.1)
        return x

    deep = reference(x)
    assert is_shared(mixed, x) and is_shared(rows, x)
    np.testing.assert_allclose(run_nodes(mixed, x)[0], 2 * deep, rtol=1e-6)
    expected = deep * deep.sum(1, keepdims=True)
    np.testing.assert_allclose(run_nodes(rows, x)[0], expected, rtol=1e-5)
    half = x.astype(np.float16)
    np.testing.assert_allclose(
        run_nodes(rows, half)[0].astype(np.float64),
        reference(half) * reference(half).sum(1, keepdims=True),
        rtol=1e-2,
    )


def test_the_vectoriser_calls_whole_vectors() -> None:
    def chain(x: Node) -> Node:
        for _ in range(COUNT):
            x = sin(add(x, 0.1))
        return x

    (module,) = modules(chain, np.zeros(100, np.float32))
    lanes = native.vector_bits() // 32
    assert f"@dt_shared_sin_float32.{lanes}(" in native.optimised(module).split("define")[1]
