"""Rules for exponentials, logarithms, the hyperbolic functions and the error function.

Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.14; Maechler,
Accurately computing log(1 - exp(-|a|)), 2012.
"""

from __future__ import annotations

import math

from dovetail.graph.node import Node
from dovetail.graph.primitives.declared import declare
from dovetail.graph.primitives.elementwise import (
    acosh,
    add,
    asinh,
    atanh,
    cos,
    cosh,
    divide,
    equal,
    erf,
    erfc,
    exp,
    expm1,
    less,
    log,
    log1p,
    logaddexp,
    logical_and,
    maximum,
    multiply,
    ndtr,
    negative,
    not_equal,
    select,
    sigmoid,
    signbit,
    sin,
    sinh,
    sqrt,
    subtract,
    tanh,
)
from dovetail.graph.primitives.row import Primitive, constant, is_number
from dovetail.graph.primitives.slope import Slope
from dovetail.graph.primitives.structure import (
    broadcast,
    gather,
    max_,
    min_,
    permute,
    reshape,
    slice_,
    sum_,
)
from dovetail.transform.rewrite import Known, Match, Rule, of, stable
from dovetail.transform.simplify_fold import rounded

_EXP_X, _EXP_Y, _EXPM1_X = of(exp, "x"), of(exp, "y"), of(expm1, "x")
_MINUS_X = of(negative, "x")
_TANH_X, _SIGMOID_X, _ERF_X, _COS_X = of(tanh, "x"), of(sigmoid, "x"), of(erf, "x"), of(cos, "x")
_TWICE_X, _HALF_X = of(multiply, "x", 2.0), of(multiply, "x", 0.5)
_MINUS_TWICE_X = of(multiply, "x", -2.0)


def opposite(x: Node, y: Node) -> bool:
    """Whether y is written as -x, after simplification."""
    for first, second in ((x, y), (y, x)):
        if second.op == "negative" and second.args[0] is first:
            return True
    if x.op == y.op == "subtract":
        return x.args == y.args[::-1]
    if x.op == y.op == "multiply" and x.args[0] is y.args[0]:
        c, d = x.args[1], y.args[1]
        return c.op == d.op == "constant" and c.attr("value") == -d.attr("value")
    return False


def _opposite(match: Match) -> bool:
    return opposite(match["x"], match["y"])


# 1 - f(x), where f(x) comes close to 1.

_TWICE_SINH_X = of(multiply, of(sinh, "x"), 2.0)
_SIGMOID_TWICE_X, _SIGMOID_MINUS_TWICE_X = of(sigmoid, _TWICE_X), of(sigmoid, _MINUS_TWICE_X)
_SIN_HALF_X = of(sin, _HALF_X)


# Far from 0 erfc magnifies the rounding of x sqrt(1/2), which 2 ndtr does not compute.
_TWICE_NDTR_X = of(multiply, of(ndtr, "x"), 2.0)
_TWICE_NDTR_MINUS_X = of(multiply, of(ndtr, _MINUS_X), 2.0)
_X_OVER_ROOT_2 = of(divide, "x", math.sqrt(2.0))
_X_OVER_MINUS_ROOT_2 = of(divide, "x", -math.sqrt(2.0))
_X_ROOT_HALF = of(multiply, "x", math.sqrt(0.5))
_MINUS_X_ROOT_HALF = of(multiply, "x", -math.sqrt(0.5))


def _square_of_sech(x: Node) -> Node:
    twice = multiply(x, 2.0)
    return multiply(multiply(sigmoid(twice), sigmoid(negative(twice))), 4.0)


def _slope_of_square_of_sech(x: Node) -> Node:
    return multiply(multiply(tanh(x), -2.0), _square_of_sech(x))


def _one_minus_square_of_tanh(match: Match) -> Node:
    """4 sigmoid(2x) sigmoid(-2x); the difference of those two in its derivative would cancel."""
    x = match["x"]
    return declare((_square_of_sech(x),), (x,), Slope(_slope_of_square_of_sech))[0]


COMPLEMENTS: tuple[Rule, ...] = (
    stable("exp(x) - 1", of(subtract, _EXP_X, 1.0), _EXPM1_X),
    stable("1 - exp(x)", of(subtract, 1.0, _EXP_X), of(negative, _EXPM1_X)),
    stable("exp(x) - exp(-x)", of(subtract, _EXP_X, _EXP_Y), _TWICE_SINH_X, _opposite),
    stable("1 - sigmoid(x)", of(subtract, 1.0, _SIGMOID_X), of(sigmoid, _MINUS_X)),
    stable(
        "sigmoid(x) - 1", of(subtract, _SIGMOID_X, 1.0), of(negative, of(sigmoid, _MINUS_X))
    ),
    stable(
        "1 - tanh(x)^2", of(subtract, 1.0, of(multiply, _TANH_X, _TANH_X)),
        _one_minus_square_of_tanh,
    ),
    stable("1 + tanh(x)", of(add, 1.0, _TANH_X), of(multiply, _SIGMOID_TWICE_X, 2.0)),
    stable("1 - tanh(x)", of(subtract, 1.0, _TANH_X), of(multiply, _SIGMOID_MINUS_TWICE_X, 2.0)),
    stable("tanh(x) - 1", of(subtract, _TANH_X, 1.0), of(multiply, _SIGMOID_MINUS_TWICE_X, -2.0)),
    stable("1 + erf(x)", of(add, 1.0, _ERF_X), of(erfc, _MINUS_X)),
    stable("1 - erf(x)", of(subtract, 1.0, _ERF_X), of(erfc, "x")),
    stable("erf(x) - 1", of(subtract, _ERF_X, 1.0), of(negative, of(erfc, "x"))),
    stable("1 - erfc(x)", of(subtract, 1.0, of(erfc, "x")), _ERF_X),
    stable("erfc(x sqrt(1/2))", of(erfc, _X_ROOT_HALF), _TWICE_NDTR_MINUS_X),
    stable("erfc(-x sqrt(1/2))", of(erfc, _MINUS_X_ROOT_HALF), _TWICE_NDTR_X),
    stable("erfc(x / sqrt(2))", of(erfc, _X_OVER_ROOT_2), _TWICE_NDTR_MINUS_X),
    stable("erfc(x / -sqrt(2))", of(erfc, _X_OVER_MINUS_ROOT_2), _TWICE_NDTR_X),
    stable("erfc(-(x / sqrt(2)))", of(erfc, of(negative, _X_OVER_ROOT_2)), _TWICE_NDTR_X),
    stable(
        "1 - cos(x)", of(subtract, 1.0, _COS_X),
        of(multiply, of(multiply, _SIN_HALF_X, _SIN_HALF_X), 2.0),
    ),
)  # fmt: skip


# Logarithms of sums and products, and of what overflows.


def _log_of_exp_and_constant(match: Match) -> Node | None:
    root = match.root
    value = rounded(match.value("c"), root.dtype)
    if not 0 < value < math.inf:
        return None
    return logaddexp(match["x"], constant(math.log(value), root.shape, root.dtype))


def _log_of_one_minus_exp(match: Match) -> Node:
    """log(1 - exp(x)): one form keeps its digits above -log 2, the other below.

    Where x > 0 it is NaN, however small x is; at 0 the slope is -inf.
    """
    x = match["x"]
    near = logical_and(less(constant(-math.log(2.0), x.shape, x.dtype), x), not_equal(x, 0.0))
    elsewhere = constant(-1.0, x.shape, x.dtype)  # a safe argument for the branch not taken
    by_expm1 = log(negative(expm1(select(near, x, elsewhere))))
    by_log1p = log1p(negative(exp(select(near, elsewhere, x))))
    return select(near, by_expm1, by_log1p)


_SIGN_PRESERVING: tuple[Primitive, ...] = (
    sum_, max_, min_, broadcast, reshape, permute, slice_, gather, add, maximum,
)  # fmt: skip


_MOST_LOOKED_AT = 256  # nodes, before the answer is no


def _is_never_minus_zero(node: Node) -> bool:
    """Whether a node is known to hold no -0."""
    known = True
    seen: set[Node] = set()
    stack = [node]
    while stack and known:
        node = stack.pop()
        if node in seen:
            continue
        if len(seen) == _MOST_LOOKED_AT:
            return False
        seen.add(node)
        if is_number(node):
            known = math.copysign(1.0, node.attr("value")) > 0
        elif node.primitive in _SIGN_PRESERVING:
            stack.extend(arg for arg in node.args if arg.dtype.is_floating)
        else:
            squared = node.primitive is multiply and node.args[0] is node.args[1]
            known = squared or node.primitive.positive
    return known


def _log_of_exp_over(match: Match) -> Node:
    """x - log(y); exp(x) / -0 is -inf, whose logarithm is NaN."""
    x, y = match["x"], match["y"]
    if not _is_never_minus_zero(y):
        below = logical_and(equal(y, 0.0), signbit(y))
        x = select(below, constant(math.nan, x.shape, x.dtype), x)
    return subtract(x, log(y))


def _log_of_cosh(match: Match) -> Node:
    """log(exp(x) + exp(-x)) - log 2; the difference of two sigmoids in its slope would cancel."""
    x = match["x"]
    value = subtract(logaddexp(x, negative(x)), math.log(2.0))
    return declare((value,), (x,), Slope(tanh))[0]


def _guarded(x: Node) -> bool:
    """Whether x is already guarded by such a select."""
    return x.op == "select" and any(
        arg.op == "constant" and arg.attr("value") == -1.0 for arg in x.args[1:]
    )


def _unguarded(match: Match) -> bool:
    return not _guarded(match["x"])


_SQUARE_X = of(multiply, "x", "x")
_MINUS_SOFTPLUS_MINUS_X = of(negative, of(logaddexp, _MINUS_X, 0.0))

LOGARITHMS: tuple[Rule, ...] = (
    stable("log(exp(x))", of(log, _EXP_X), "x"),
    stable("log(exp(x) + exp(y))", of(log, of(add, _EXP_X, _EXP_Y)), of(logaddexp, "x", "y")),
    stable("log(exp(x) + c)", of(log, of(add, _EXP_X, Known("c"))), _log_of_exp_and_constant),
    stable("log1p(exp(x))", of(log1p, _EXP_X), of(logaddexp, "x", 0.0)),
    stable(
        "log(1 - exp(x))", of(log, of(negative, _EXPM1_X)), _log_of_one_minus_exp, _unguarded
    ),
    stable(
        "log1p(-exp(x))", of(log1p, of(negative, _EXP_X)), _log_of_one_minus_exp, _unguarded
    ),
    stable(
        "log(exp(x) - 1)", of(log, _EXPM1_X),
        of(add, "x", of(log, of(negative, of(expm1, _MINUS_X)))),
    ),
    stable("log(sigmoid(x))", of(log, _SIGMOID_X), _MINUS_SOFTPLUS_MINUS_X),
    stable(
        "log(y * sigmoid(x))", of(log, of(multiply, "y", _SIGMOID_X)),
        of(subtract, of(log, "y"), of(logaddexp, _MINUS_X, 0.0)),
    ),
    stable("log(y * exp(x))", of(log, of(multiply, "y", _EXP_X)), of(add, of(log, "y"), "x")),
    stable("log(exp(x) / y)", of(log, of(divide, _EXP_X, "y")), _log_of_exp_over),
    stable("log(cosh(x))", of(log, of(cosh, "x")), _log_of_cosh),
    stable(
        "log((1 + x) / (1 - x))", of(log, of(divide, of(add, 1.0, "x"), of(subtract, 1.0, "x"))),
        of(multiply, of(atanh, "x"), 2.0),
    ),
    stable(
        "log(x + sqrt(x^2 + 1))", of(log, of(add, "x", of(sqrt, of(add, _SQUARE_X, 1.0)))),
        of(asinh, "x"),
    ),
    stable(
        "log(x + sqrt(x^2 - 1))", of(log, of(add, "x", of(sqrt, of(subtract, _SQUARE_X, 1.0)))),
        of(acosh, "x"),
    ),
    stable("log(1 + x)", of(log, of(add, 1.0, "x")), of(log1p, "x")),
    stable("log(1 - x)", of(log, of(subtract, 1.0, "x")), of(log1p, _MINUS_X)),
)  # fmt: skip


# Products and functions of exponentials.


def _parts(x: Node) -> tuple[Node, Node, Node, Node]:
    """tanh(log(1 + e)) with e = exp(x), as m / (m + v): where x < 0, w, m and 1 / (m + v).

    It is (e + e^2 / 2) / (e + e^2 / 2 + 1), divided through by e^2 where x >= 0; so w = exp(-|x|)
    is the only exponential. m + v lies between 1/2 and 5/2, so that its reciprocal is safe. Each
    branch is smooth around every point at which it is taken: there is no kink at 0.
    """
    below, one = less(x, 0.0), constant(1.0, x.shape, x.dtype)
    w = exp(select(below, x, negative(x)))
    square = multiply(w, w)
    m = add(multiply(select(below, square, one), 0.5), w)
    return below, w, m, divide(1.0, add(m, select(below, one, square)))


def _slope_of_tanh_of_softplus(x: Node) -> Node:
    """e (1 + e) / (e + e^2 / 2 + 1)^2, where nothing cancels and no factor overflows."""
    below, w, _, inverse = _parts(x)
    e = select(below, w, multiply(w, w))
    return multiply(add(multiply(e, w), e), multiply(inverse, inverse))


def _tanh_of_softplus(match: Match) -> Node:
    x = match["x"]
    _, _, m, inverse = _parts(x)
    return declare((multiply(m, inverse),), (x,), Slope(_slope_of_tanh_of_softplus))[0]


EXPONENTIALS: tuple[Rule, ...] = (
    stable("exp(x) / exp(y)", of(divide, _EXP_X, _EXP_Y), of(exp, of(subtract, "x", "y"))),
    stable(
        "exp(-softplus(x))", of(exp, of(negative, of(logaddexp, "x", 0.0))),
        of(sigmoid, _MINUS_X),
    ),
    stable("tanh(softplus(x))", of(tanh, of(logaddexp, "x", 0.0)), _tanh_of_softplus),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*COMPLEMENTS, *LOGARITHMS, *EXPONENTIALS)
