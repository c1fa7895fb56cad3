"""What compilation rewrites before kernels, and hosts before their own functions: nothing breaks.

Expressions as for the rules of tests/transform: each axis, square shapes, sizes 1 and 0, shared
operands, every magnitude, infinities, NaN and zeros of both signs.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from dovetail.compile.decompose import TABLE, decompose
from dovetail.errors import DovetailError
from dovetail.graph.dtypes import DType, float32, float64, int64
from dovetail.graph.node import Graph, Node, topological
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node
from dovetail.operations.composite import DECOMPOSITIONS
from tests.transform.primitive_examples import EXAMPLES
from tests.transform.rule_comparison import differences, draw, in_own_type, inputs_of, same_bits
from tests.transform.rule_instances import Builder, MisfitError

FEW = 8  # expressions of each kind
RUNNING = ("cumulative_sum", "cumulative_prod", "linear_recurrence")
EXACT = {"declared", "cumulative_sum", "cumulative_prod", "prod", "max", "min", "scatter_add"}
# The normal distribution of composite.py is compared to the last digits in tests/hosts.
NORMAL = {"ndtr", "normal_density", "log_ndtr", "ndtri"}
# Sums of products in another order overflow elsewhere; tests/language has their values.
SUMS = {"conv", "conv_input", "conv_kernel"}
NAMES = sorted({*TABLE, *DECOMPOSITIONS} - NORMAL - SUMS)
# Their attributes fit together: the examples of every row have some.
BY_EXAMPLE = ("add_at", "overlap_add")


def builders(name: str, count: int) -> Iterator[tuple[Builder, DType]]:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for number in range(40 * count):
        dtype = float32 if number % 2 else float64
        builder = Builder(rng, dtype)
        builder.having, builder.of_deviations = None, False
        yield builder, dtype


def built(name: str, make: Callable[[Builder, DType], Node], count: int = FEW) -> Iterator[Node]:
    """Expressions, without those whose random parts do not fit."""
    found = 0
    for builder, dtype in builders(name, count):
        try:
            node = make(builder, dtype)
        except (MisfitError, DovetailError, AssertionError):
            continue
        yield node
        found += 1
        if found == count:
            return
    raise AssertionError(f"too few expressions of {name}")


def application(name: str) -> Callable[[Builder, DType], Node]:
    def make(builder: Builder, dtype: DType) -> Node:
        shape = builder.shape()
        if name in (*RUNNING, "scatter_add", "argmax", "argmin") and not shape:
            raise MisfitError
        if name in ("argmax", "argmin"):
            axis = int(builder.rng.integers(len(shape)))
            return PRIMITIVES[name](builder.any(shape, dtype), axis=axis)
        if name in RUNNING:
            row = PRIMITIVES[name]
            operands = [builder.any(shape, dtype) for _ in range(row.arity or 0)]
            axis = int(builder.rng.integers(len(shape)))
            reverse = bool(builder.rng.integers(2))
            exclusive = {"exclusive": reverse} if name == "cumulative_prod" else {}
            return row(*operands, axis=axis, reverse=reverse, **exclusive)
        if name == "scatter_add":
            axis = int(builder.rng.integers(len(shape)))
            indices = input_node("below3.0", shape, int64)
            return st.scatter_add(indices, builder.any(shape, dtype), axis=axis, extent=3)
        return builder.apply(PRIMITIVES[name], None, shape, dtype)

    return make


def assert_same(before: Node, after: Node, exact: bool) -> None:
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    rng = np.random.default_rng(1)
    for special in (False, True):
        values = draw(inputs_of([before, after]), rng, special)
        written, found = in_own_type([before, after], values)
        if exact:
            assert same_bits(written, found).all(), (before, written, found, values)
        elif special:
            np.testing.assert_allclose(found, written, rtol=1e-4, atol=1e-5)
        else:
            assert not differences(before, after, values, rng), before


def expressions(name: str) -> list[Node]:
    """Applications of a primitive."""
    if name not in BY_EXAMPLE:
        return list(built(name, application(name)))
    examples = [each for each in EXAMPLES if each.primitive == name]
    assert examples
    return [each.build(*each.inputs()) for each in examples]


@pytest.mark.parametrize("name", NAMES)
def test_a_decomposition_breaks_nothing(name: str) -> None:
    for before in expressions(name):
        graph = Graph(tuple(inputs_of([before])), (before,))
        only = {name: ({**DECOMPOSITIONS, **TABLE})[name]}
        (after,) = decompose(graph, only).outputs
        assert_same(before, after, name in EXACT)


def test_a_wrong_decomposition_is_found() -> None:
    def overflowing(node: Node) -> Node:
        add, exp, log = (PRIMITIVES[name] for name in ("add", "exp", "log"))
        return log(add(*(exp(arg) for arg in node.args)))

    def crosswise(node: Node) -> Node:
        return node.args[0] if 1 in node.shape else node

    for name, rule, exact in (
        ("logaddexp", overflowing, False),
        ("cumulative_sum", crosswise, True),
    ):
        with pytest.raises(AssertionError):
            for before in built(name, application(name), 40):
                graph = Graph(tuple(inputs_of([before])), (before,))
                (after,) = decompose(graph, {name: rule}).outputs
                assert_same(before, after, exact)


def test_every_node_is_looked_at() -> None:
    """The expressions are deep enough to have operands of several kinds."""
    seen = {
        node.op for before in built("sum", application("sum"), 60) for node in topological([before])
    }
    assert {"broadcast", "multiply", "add", "negative", "constant", "slice"} <= seen
