"""Primitives that no code generator has of its own, in terms of those that they have."""

from __future__ import annotations

import math
from collections.abc import Callable

from dovetail.compile.cpu.vectormath_coefficients import COEFFICIENTS, NDTR_SLOPE
from dovetail.graph.dtypes import float32
from dovetail.graph.node import Graph, Node, transform
from dovetail.graph.primitives.elementwise import (
    absolute,
    add,
    cast,
    divide,
    equal,
    exp,
    expm1,
    less,
    log1p,
    maximum,
    minimum,
    multiply,
    negative,
    round_,
    select,
    subtract,
)
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.structure import reshape, scatter_add


def _logaddexp(node: Node) -> Node:
    """max(x, y) + log1p(exp(-|x - y|)); equal infinities have no finite difference."""
    x, y = node.args
    largest = maximum(x, y)
    distance = negative(absolute(subtract(x, y)))
    tail = log1p(exp(distance))
    if y.op == "constant" and math.isfinite(y.attr("value")):
        return add(largest, tail)
    return select(equal(x, y), add(x, math.log(2.0)), add(largest, tail))


def _declared(node: Node) -> Node:
    return node.args[0]


def _wide_scatter(node: Node) -> Node:
    """Half precisions accumulate in float32."""
    if node.dtype.compute is node.dtype:
        return node
    indices, updates = node.args
    wide = scatter_add(
        indices,
        cast(updates, dtype=float32),
        axis=node.integer("axis"),
        extent=node.integer("extent"),
    )
    return cast(wide, dtype=node.dtype)


def _over_units(node: Node) -> Node:
    """A reduction over dimensions of size 1 only drops them."""
    operand = node.args[0]
    if all(operand.shape[axis] == 1 for axis in node.ints("axes")):
        return reshape(operand, shape=node.shape)
    return node


def _running_over_unit(node: Node) -> Node:
    return node.args[0] if node.shape[node.integer("axis")] == 1 else node


def ndtr(node: Node) -> Node:
    """By the ratio of polynomials that our own has, for whom lacks it; see cpu/vectormath_error.py.

    0.5 erfc(-x sqrt(1/2)) would magnify the roundings of its argument, and XLA's `erfc` those of
    its square: hundreds of units in the last place for x << 0. Here the square of a is taken of a
    part with few digits, which is exact, and the exponential of the rest is a factor.
    """
    (x,) = node.args
    wide = node.dtype.compute
    a = minimum(absolute(x), 40.0)
    over, under = (
        _polynomial(a, COEFFICIENTS[f"ndtr_{part}", wide.name]) for part in ("over", "under")
    )
    total = add(multiply(under, add(multiply(a, NDTR_SLOPE), 1.0)), multiply(a, over))
    coarse = multiply(round_(multiply(a, 64.0)), 1 / 64)
    others = multiply(subtract(a, coarse), add(a, coarse))
    decay = exp(multiply(multiply(coarse, coarse), -0.5))
    # Not as a product of exponentials, which XLA makes the exponential of a sum.
    decay = add(decay, multiply(decay, expm1(multiply(others, -0.5))))
    tail = multiply(divide(under, total), multiply(decay, 0.5))
    return select(less(x, 0.0), tail, subtract(1.0, tail))


def _polynomial(x: Node, coefficients: tuple[float, ...]) -> Node:
    """Lowest power first."""
    result = constant(coefficients[-1], x.shape, x.dtype)
    for coefficient in reversed(coefficients[:-1]):
        result = add(multiply(result, x), coefficient)
    return result


TABLE: dict[str, Callable[[Node], Node]] = {
    "logaddexp": _logaddexp,
    "declared": _declared,
    "scatter_add": _wide_scatter,
    "cumulative_sum": _running_over_unit,
    **dict.fromkeys(("sum", "prod", "max", "min"), _over_units),
}


def decompose(graph: Graph, table: dict[str, Callable[[Node], Node]] = TABLE) -> Graph:
    """The graph without the primitives of the table."""

    def visit(node: Node) -> Node:
        rule = table.get(node.op)
        return node if rule is None else rule(node)

    return Graph(graph.inputs, transform(graph.outputs, visit))
