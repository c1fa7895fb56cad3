"""Norms of vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.errors import ArgumentError
from dovetail.graph.node import Node, Nodes
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.declared import OwnRule, declare
from dovetail.graph.primitives.row import constant
from dovetail.language.functions import op
from dovetail.language.operands import (
    KNOWN,
    Operand,
    keep_dims,
    many_axes,
    operand,
    reduced,
    static,
    wrap,
)
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node

__all__ = ["vector_norm"]

Axes = int | Sequence[int] | None


@op
@static("ord")
def vector_norm(
    x: Operand, /, *, axis: Axes = None, keepdims: bool = False, ord: int | float = 2
) -> Tracer:
    """(sum |x|^ord)^(1 / ord) over axes; for inf the largest |x|, -inf the least, 0 their number.

    Integers become float32. Powers neither overflow nor underflow where the norm does not. The
    gradient is 0 where the norm is 0.
    """
    if isinstance(ord, Tracer):
        raise ArgumentError("vector_norm", "ord", ord, "a Python number", KNOWN)
    node, weak = operand(x, floating=True)
    axes = many_axes("vector_norm", axis, len(node.shape))
    if ord == 0:
        number = cast_node(rows.not_equal(node, 0.0), node.dtype)
        return wrap(reduced(structure.sum_, number, axes, keepdims), weak)
    size = rows.absolute(node)
    if math.isinf(ord):
        row = structure.max_ if ord > 0 else structure.min_
        return wrap(reduced(row, size, axes, keepdims), weak)
    if ord == 1 or not axes:
        return wrap(reduced(structure.sum_, size, axes, keepdims), weak)
    return wrap(keep_dims(_norm(node, axes, float(ord)), axes, len(node.shape), keepdims), weak)


def _norm(x: Node, axes: tuple[int, ...], order: float) -> Node:
    """The norm by way of the elements divided by the largest (for a negative order, the least)."""
    size = rows.absolute(x)
    empty = any(x.shape[axis] == 0 for axis in axes)
    if empty:
        value = structure.sum_(size, axes=axes)
    else:
        extremum = (structure.max_ if order > 0 else structure.min_)(size, axes=axes)
        one = constant(1.0, extremum.shape, extremum.dtype)
        regular = rows.logical_and(rows.greater(extremum, 0.0), rows.less(extremum, math.inf))
        unit = rows.select(regular, extremum, one)
        ratio = rows.divide(size, structure.restore(unit, x.shape, axes))
        total = structure.sum_(_power(ratio, order), axes=axes)
        value = rows.multiply(unit, _root(total, order))
    return declare((value,), (x,), _NormRule(axes, order))[0]


def _power(x: Node, order: float) -> Node:
    return rows.multiply(x, x) if order == 2 else rows.power(x, order)


def _root(x: Node, order: float) -> Node:
    return rows.sqrt(x) if order == 2 else rows.power(x, 1.0 / order)


@dataclass(frozen=True)
class _NormRule(OwnRule):
    """The derivative sign(x) (|x| / norm)^(order - 1); 0 where the norm or x is 0."""

    axes: tuple[int, ...]
    order: float

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        (x,), (norm,), (cotangent,) = inputs, outputs, cotangents
        one, zero = (constant(value, x.shape, x.dtype) for value in (1.0, 0.0))
        whole, given = (structure.restore(node, x.shape, self.axes) for node in (norm, cotangent))
        lost = rows.equal(whole, 0.0)
        whole = rows.select(lost, one, whole)
        if self.order == 2:
            slope = rows.divide(x, whole)
        else:
            lost = rows.logical_or(lost, rows.equal(x, 0.0))
            ratio = rows.select(lost, one, rows.divide(rows.absolute(x), whole))
            slope = rows.multiply(rows.sign(x), rows.power(ratio, self.order - 1.0))
        return (rows.multiply(given, rows.select(lost, zero, slope)),)

    def __repr__(self) -> str:
        return f"norm of order {self.order}"
