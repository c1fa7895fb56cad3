"""Rules for quotients in which numerator and denominator overflow together."""

from __future__ import annotations

import math

from dovetail.graph.node import Node
from dovetail.graph.primitives.declared import declared, hold_constant, is_held_constant
from dovetail.graph.primitives.elementwise import (
    absolute,
    add,
    cosh,
    divide,
    equal,
    exp,
    expm1,
    log,
    multiply,
    negative,
    select,
    sigmoid,
    sinh,
    subtract,
    tanh,
)
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.structure import broadcast, max_, reshape, restore, sum_
from dovetail.graph.softmax import SoftmaxDerivative, normalised
from dovetail.transform.rewrite import Match, Rule, of, stable
from dovetail.transform.simplify_movement import restored_reduction
from dovetail.transform.stabilise_exponential import opposite

_SUMS = (add, subtract, negative)
_EXP_X = of(exp, "x")
_ONE_PLUS_EXP_X = of(add, 1.0, _EXP_X)


def _plain_numerator(match: Match) -> bool:
    """Not one of the numerators that make a tanh of the quotient."""
    return match["y"].op not in ("negative", "expm1")


SIGMOIDS: tuple[Rule, ...] = (
    stable("exp(x) / (1 + exp(x))", of(divide, _EXP_X, _ONE_PLUS_EXP_X), of(sigmoid, "x")),
    stable("1 / (1 + exp(x))", of(divide, 1.0, _ONE_PLUS_EXP_X), of(sigmoid, of(negative, "x"))),
    stable(
        "(exp(x) - 1) / (exp(x) + 1)", of(divide, of(expm1, "x"), _ONE_PLUS_EXP_X),
        of(tanh, of(multiply, "x", 0.5)),
    ),
    stable(
        "y / (1 + exp(x))", of(divide, "y", _ONE_PLUS_EXP_X),
        of(multiply, "y", of(sigmoid, of(negative, "x"))), _plain_numerator,
    ),
    stable("sinh(x) / cosh(x)", of(divide, of(sinh, "x"), of(cosh, "x")), of(tanh, "x")),
    stable(
        "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
        of(divide, of(multiply, of(sinh, "x"), 2.0), of(add, _EXP_X, of(exp, "y"))),
        of(tanh, "x"), lambda match: opposite(match["x"], match["y"]),
    ),
)  # fmt: skip


# softmax and logsumexp: the free shift is the largest operand, held constant.


def finite_or(value: Node, otherwise: float) -> Node:
    """`value`, or a constant where it is infinite; NaN stays NaN."""
    infinite = equal(absolute(value), math.inf)
    return select(infinite, constant(otherwise, value.shape, value.dtype), value)


def _is_shifted(x: Node) -> bool:
    """Whether x is a sum in which a maximum, or a value held constant, is a term already.

    The sum may have been rearranged since the shift was put in: -x - m is -(x + m).
    """
    terms, shifts = [x], list[Node]()
    while terms:
        node = terms.pop()
        if node.primitive in _SUMS:
            terms.extend(node.args)
        elif node.primitive in (broadcast, reshape, max_) or is_held_constant(node):
            shifts.append(node)
    while shifts:
        node = shifts.pop()
        if node.primitive is max_ or is_held_constant(node):
            return True
        if node.primitive in (broadcast, reshape, select, *_SUMS):
            shifts.extend(node.args)
    return False


def _shift(x: Node, axes: tuple[int, ...]) -> Node | None:
    if _is_shifted(x) or any(x.shape[axis] == 0 for axis in axes):
        return None
    return hold_constant(finite_or(max_(x, axes=axes), 0.0))


def _softmax(match: Match) -> Node | None:
    """A softmax, where each sum is broadcast along the axes that it was taken over."""
    x, total = match["x"], restored_reduction(match.root.args[1])
    if total is None:
        return None
    axes = total.ints("axes")
    shift = _shift(x, axes)
    if shift is None:
        return None
    return normalised(exp(subtract(x, restore(shift, x.shape, axes))), x, axes)


def _log_sum_exp(match: Match) -> Node | None:
    x, axes = match["x"], match.root.args[0].ints("axes")
    shift = _shift(x, axes)
    if shift is None:
        return None
    return add(log(sum_(exp(subtract(x, restore(shift, x.shape, axes))), axes=axes)), shift)


def _log_softmax(match: Match) -> Node | None:
    rule, value = match.root.args[0].attr("rule"), match["value"]
    powers = next((operand for operand in value.args if operand.op == "exp"), None)
    if not isinstance(rule, SoftmaxDerivative) or powers is None:
        return None
    total = log(sum_(powers, axes=rule.axes))
    return subtract(powers.args[0], restore(total, value.shape, rule.axes))


_SUM_EXP_X = of(sum_, _EXP_X)
# With keepdims, or over a dimension of size 1, the sum is reshaped before or instead of broadcast.
_RESTORED = {
    "": of(broadcast, _SUM_EXP_X),
    ", a dimension kept": of(broadcast, of(reshape, _SUM_EXP_X)),
    ", of size 1": of(reshape, _SUM_EXP_X),
}

SOFTMAX: tuple[Rule, ...] = (
    *(
        stable(f"exp(x) / sum(exp(x)){kind}", of(divide, _EXP_X, total), _softmax)
        for kind, total in _RESTORED.items()
    ),
    stable("log(sum(exp(x)))", of(log, _SUM_EXP_X), _log_sum_exp),
    stable("log(softmax(x))", of(log, of(declared, "value", "x")), _log_softmax),
)

RULES: tuple[Rule, ...] = (*SIGMOIDS, *SOFTMAX)
