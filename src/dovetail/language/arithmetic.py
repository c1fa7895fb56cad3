"""Elementwise arithmetic beyond the array API standard."""

from __future__ import annotations

import math

from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.declared import Pullback, declare
from dovetail.graph.primitives.row import Primitive
from dovetail.language.data_types import finfo
from dovetail.language.functions import op
from dovetail.language.operands import Operand, unify, wrap
from dovetail.language.tracer import Tracer

__all__ = ["fmax", "fmin", "fmod", "lerp", "nan_to_num"]


def _is_nan(x: Node) -> Node:
    return rows.not_equal(x, x)


def _ignoring_nan(row: Primitive, x: Operand, y: Operand) -> Tracer:
    operands = unify(row.name, x, y)
    first, second = operands.nodes
    value = row(first, second)
    if first.dtype.is_floating:
        value = rows.select(_is_nan(first), second, value)
        value = rows.select(_is_nan(second), first, value)
    return wrap(value, operands.weak)


@op
def fmax(x1: Operand, x2: Operand, /) -> Tracer:
    """The larger of x1 and x2; NaN only where both are. Ties share the gradient.

    Shapes broadcast; operands promote.
    """
    return _ignoring_nan(rows.maximum, x1, x2)


@op
def fmin(x1: Operand, x2: Operand, /) -> Tracer:
    """The smaller of x1 and x2; NaN only where both are. Ties share the gradient.

    Shapes broadcast; operands promote.
    """
    return _ignoring_nan(rows.minimum, x1, x2)


@op
def fmod(x1: Operand, x2: Operand, /) -> Tracer:
    """x1 - x2 trunc(x1 / x2), exact and with the sign of x1, as C's fmod.

    `remainder` has the sign of x2, as Python's %. Shapes broadcast; operands promote. An integer
    modulo 0 is 0.
    """
    operands = unify("fmod", x1, x2)
    x, y = operands.nodes
    if x.dtype.is_floating:
        value = rows.copysign(rows.remainder(rows.absolute(x), rows.absolute(y)), x)
        return wrap(declare((value,), (x, y), Pullback(_fmod_vjp))[0], operands.weak)
    rest = rows.remainder(x, y)  # of the sign of y, or 0
    if x.dtype.kind == "i":
        opposite = rows.not_equal(rows.less(x, 0), rows.less(y, 0))
        moved = rows.logical_and(opposite, rows.not_equal(rest, 0))
        rest = rows.select(moved, rows.subtract(rest, y), rest)
    return wrap(rest, operands.weak)


def _fmod_vjp(cotangent: Node, x: Node, y: Node) -> tuple[Node, Node]:
    """1 and -trunc(x / y), the quotient without its rounding."""
    quotient = rows.divide(rows.absolute(x), rows.absolute(y))
    finite = rows.less(quotient, math.inf)
    exact = rows.floor_divide(rows.absolute(x), rows.absolute(y))
    count = rows.select(finite, exact, quotient)
    signed = rows.copysign(count, rows.divide(x, y))
    return cotangent, rows.negative(rows.multiply(cotangent, signed))


@op
def lerp(start: Operand, end: Operand, weight: Operand, /) -> Tracer:
    """start + weight (end - start): start at weight 0 and end at weight 1, to the bit.

    Shapes broadcast; integers become float32. It overflows only where the result does. For weights
    from 0 to 1 the error is at most 2 ULP: of the result, or of the larger of start and end where
    their signs differ.
    """
    operands = unify("lerp", start, end, weight, floating=True)
    a, b, t = operands.nodes
    rest = rows.subtract(1.0, t)
    rise = rows.subtract(b, a)
    near = rows.add(a, rows.multiply(t, rise))
    far = rows.subtract(b, rows.multiply(rest, rise))
    between = rows.select(rows.less(t, 0.5), near, far)
    # Where the signs differ, b - a may overflow, but no term of this sum does.
    across = rows.add(rows.multiply(rest, a), rows.multiply(t, b))
    opposite = rows.less(rows.multiply(rows.sign(a), rows.sign(b)), 0.0)
    value = rows.select(rows.equal(a, b), a, rows.select(opposite, across, between))
    return wrap(declare((value,), operands.nodes, Pullback(_lerp_vjp))[0], operands.weak)


def _lerp_vjp(cotangent: Node, a: Node, b: Node, t: Node) -> tuple[Node, Node, Node]:
    return (
        rows.multiply(cotangent, rows.subtract(1.0, t)),
        rows.multiply(cotangent, t),
        rows.multiply(cotangent, rows.subtract(b, a)),
    )


def _limit(given: float | None, sign: int, dtype: DType) -> float:
    return sign * finfo(dtype).max if given is None else given


@op
def nan_to_num(
    x: Operand, /, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tracer:
    """x with numbers in place of NaN and the infinities; by default 0 and the type's limits.

    Any shape; the dtype is kept. The derivative is 0 where an element was replaced.
    """
    operand = unify("nan_to_num", x)
    (node,) = operand.nodes
    if not node.dtype.is_floating:
        return wrap(node, operand.weak)
    limits = operand.weak or node.dtype

    def replaced(where: Node, value: float, others: Node) -> Node:
        with_value = unify("nan_to_num", wrap(others), value).nodes[1]
        return rows.select(where, with_value, others)

    found = replaced(_is_nan(node), nan, node)
    found = replaced(rows.equal(node, math.inf), _limit(posinf, 1, limits), found)
    found = replaced(rows.equal(node, -math.inf), _limit(neginf, -1, limits), found)
    return wrap(found, operand.weak)
