"""Rewrite primitives without a code generator in terms of those that have one."""

from __future__ import annotations

import math
from collections.abc import Callable

from dovetail.graph.dtypes import float32, int64
from dovetail.graph.node import Graph, Node, transform
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives.elementwise import (
    absolute,
    add,
    cast,
    divide,
    equal,
    exp,
    log1p,
    logical_or,
    maximum,
    multiply,
    negative,
    not_equal,
    select,
    subtract,
)
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.structure import (
    extent_of,
    iota,
    max_,
    min_,
    reshape,
    restore,
    scatter_add,
)


def _logaddexp(node: Node) -> Node:
    """max(x, y) + log1p(exp(-|x - y|)); equal infinities have no finite difference."""
    x, y = node.args
    largest = maximum(x, y)
    distance = negative(absolute(subtract(x, y)))
    tail = log1p(exp(distance))
    if y.op == "constant" and math.isfinite(y.attr("value")):
        return add(largest, tail)
    return select(equal(x, y), add(x, math.log(2.0)), add(largest, tail))


def _power(node: Node) -> Node:
    """An integer power from -4 to -2, as one quotient."""
    x, exponent = node.args
    if exponent.op != "constant" or not node.dtype.is_floating:
        return node
    square = multiply(x, x)
    powers = {-2.0: square, -3.0: multiply(square, x), -4.0: multiply(square, square)}
    power = powers.get(exponent.attr("value"))
    return node if power is None else divide(1.0, power)


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


def over_units(node: Node) -> Node:
    """A reduction over dimensions of size 1 only drops them."""
    operand = node.args[0]
    if all(operand.shape[axis] == 1 for axis in node.ints("axes")):
        return reshape(operand, shape=node.shape)
    return node


def _running_over_unit(node: Node) -> Node:
    """A running reduction of one element is that element, or what it starts from."""
    if node.shape[node.integer("axis")] != 1:
        return node
    if node.op == "linear_recurrence":
        return constant(0, node.shape, node.dtype)
    if node.op == "cumulative_prod" and node.flag("exclusive"):
        return constant(1, node.shape, node.dtype)
    return node.args[0]


def _first_position(node: Node) -> Node:
    """The least position whose element equals the extremum, or is NaN.

    Exactly one element qualifies, since a node has the same bits wherever it is computed.
    """
    x, axis = node.args[0], node.integer("axis")
    if x.shape[axis] == 1:
        return constant(0, node.shape, int64)
    extremum = (max_ if node.op == "argmax" else min_)(x, axes=(axis,))
    hit = equal(x, restore(extremum, x.shape, (axis,)))
    if x.dtype.is_floating:
        hit = logical_or(hit, not_equal(x, x))
    position = iota(shape=x.shape, axis=axis, dtype=int64)
    return min_(select(hit, position, extent_of(x, axis, position)), axes=(axis,))


# What no target computes as it is.
EXPANSIONS: dict[str, Callable[[Node], Node]] = {
    "argmax": _first_position,
    "argmin": _first_position,
    "logaddexp": _logaddexp,
    "declared": _declared,
}
TABLE: dict[str, Callable[[Node], Node]] = {
    **EXPANSIONS,
    "power": _power,
    "scatter_add": _wide_scatter,
    **{name: _running_over_unit for name, row in PRIMITIVES.items() if row.category == "running"},
    **{name: over_units for name, row in PRIMITIVES.items() if row.category == "reduction"},
}


def decompose(graph: Graph, table: dict[str, Callable[[Node], Node]] = TABLE) -> Graph:
    """The graph without the primitives of the table."""

    def visit(node: Node) -> Node:
        rule = table.get(node.op)
        return node if rule is None else rule(node)

    return Graph(graph.inputs, transform(graph.outputs, visit))
