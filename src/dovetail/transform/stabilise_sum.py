"""Rules for sums and differences of squares, and for roots of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dovetail.graph.node import Node, Nodes
from dovetail.graph.primitives.declared import (
    Pullback,
    declare,
    hold_constant,
    is_held_constant,
)
from dovetail.graph.primitives.elementwise import (
    absolute,
    add,
    divide,
    equal,
    maximum,
    multiply,
    negative,
    select,
    sqrt,
    subtract,
)
from dovetail.graph.primitives.row import Primitive, constant
from dovetail.graph.primitives.slope import Slope
from dovetail.graph.primitives.structure import max_, restore, sum_
from dovetail.transform.rewrite import Known, Match, Rule, of, stable
from dovetail.transform.simplify_fold import rounded
from dovetail.transform.stabilise_quotient import finite_or

_SQUARE_X, _SQUARE_Y = of(multiply, "x", "x"), of(multiply, "y", "y")


def _slope_of_root_of_one_plus(x: Node) -> Node:
    return divide(0.5, sqrt(add(x, 1.0)))


def _root_of_one_plus_less_one(match: Match) -> Node:
    """sqrt(1 + x) - 1 = x / (sqrt(1 + x) + 1); at infinity the quotient would be NaN."""
    x = match["x"]
    infinite = equal(x, math.inf)
    inside = select(infinite, constant(1.0, x.shape, x.dtype), x)
    quotient = divide(inside, add(sqrt(add(inside, 1.0)), 1.0))
    value = select(infinite, x, quotient)
    return declare((value,), (x,), Slope(_slope_of_root_of_one_plus))[0]


def _pullback_of_difference_of_squares(cotangent: Node, x: Node, y: Node) -> tuple[Node, Node]:
    """(2x, -2y); the derivative of the product, (x + y) + (x - y), loses x beside y."""
    twice = multiply(cotangent, 2.0)
    return multiply(twice, x), negative(multiply(twice, y))


def _difference_of_squares(match: Match) -> Node:
    x, y = match["x"], match["y"]
    product = multiply(subtract(x, y), add(x, y))
    return declare((product,), (x, y), Pullback(_pullback_of_difference_of_squares))[0]


def _is_floating(match: Match) -> bool:
    return match.root.dtype.is_floating


DIFFERENCES: tuple[Rule, ...] = (
    stable(
        "x^2 - y^2", of(subtract, _SQUARE_X, _SQUARE_Y), _difference_of_squares, _is_floating
    ),
    stable(
        "sqrt(1 + x) - 1", of(subtract, of(sqrt, of(add, "x", 1.0)), 1.0),
        _root_of_one_plus_less_one,
    ),
)  # fmt: skip


def _variance(scale: Primitive) -> Rule:
    """mean(x^2) - mean(x)^2 = mean((x - mean(x))^2), which does not cancel."""

    def replacement(match: Match) -> Node | None:
        x, n = match["x"], match["n"]
        squares, (mean, other) = match.root.args[0].args[0], match.root.args[1].args
        axes = squares.ints("axes")
        # The means of the rows and of the columns of a square array are of one shape.
        if mean is not other or mean.args[0].ints("axes") != axes:
            return None
        count = math.prod(x.shape[axis] for axis in axes)
        if not count:
            return None
        expected = count if scale is divide else 1.0 / count
        if rounded(match.value("n"), x.dtype) != rounded(expected, x.dtype):
            return None
        centred = subtract(x, restore(mean, x.shape, axes))
        return scale(sum_(multiply(centred, centred), axes=axes), n)

    n = Known("n", sizes=True)
    mean = of(scale, of(sum_, "x"), n)
    name = f"variance by {scale.name}"
    pattern = of(subtract, of(scale, of(sum_, _SQUARE_X), n), of(multiply, mean, mean))
    return stable(name, pattern, replacement)


VARIANCES: tuple[Rule, ...] = (_variance(divide), _variance(multiply))


# Roots of sums of squares: scaled by the largest operand, which is held constant because the
# result does not depend on it.


def _scale_of(largest: Node) -> Node:
    """A scale that may be divided by: 1 where the largest operand is 0 or infinite."""
    one = constant(1.0, largest.shape, largest.dtype)
    return hold_constant(select(equal(largest, 0.0), one, finite_or(largest, 1.0)))


def _hypot_parts(x: Node, y: Node) -> tuple[Node, Node, Node, Node]:
    """The scale, both operands over it, and the root of the sum of their squares."""
    scale = _scale_of(maximum(absolute(x), absolute(y)))
    a, b = divide(x, scale), divide(y, scale)
    return scale, a, b, sqrt(add(multiply(a, a), multiply(b, b)))


def _pullback_of_hypot(cotangent: Node, x: Node, y: Node) -> tuple[Node, Node]:
    """x and y over the root, both scaled: the cotangent times the scale may overflow."""
    _, a, b, root = _hypot_parts(x, y)
    return multiply(cotangent, divide(a, root)), multiply(cotangent, divide(b, root))


def _hypot(match: Match) -> Node:
    x, y = match["x"], match["y"]
    scale, _, _, root = _hypot_parts(x, y)
    return declare((multiply(scale, root),), (x, y), Pullback(_pullback_of_hypot))[0]


def _is_scaled(x: Node) -> bool:
    if x.op != "divide":
        return False
    scale = x.args[1]
    while scale.op in ("broadcast", "reshape"):
        scale = scale.args[0]
    return is_held_constant(scale)


def _unscaled(match: Match) -> bool:
    return not _is_scaled(match["x"])


def _norm_parts(x: Node, axes: tuple[int, ...]) -> tuple[Node, Node, Node]:
    """The scale, the operand over it, and the root of the sum of its squares."""
    scale = _scale_of(max_(absolute(x), axes=axes))
    a = divide(x, restore(scale, x.shape, axes))
    return scale, a, sqrt(sum_(multiply(a, a), axes=axes))


@dataclass(frozen=True)
class _PullbackOfNorm:
    """x over the root, both scaled, as for hypot."""

    axes: tuple[int, ...]

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        (x,) = inputs
        _, a, root = _norm_parts(x, self.axes)
        direction = divide(a, restore(root, x.shape, self.axes))
        return (multiply(restore(cotangents[0], x.shape, self.axes), direction),)


def _norm(match: Match) -> Node | None:
    x, axes = match["x"], match.root.args[0].ints("axes")
    if any(x.shape[axis] == 0 for axis in axes):
        return None
    scale, _, root = _norm_parts(x, axes)
    return declare((multiply(scale, root),), (x,), _PullbackOfNorm(axes))[0]


ROOTS: tuple[Rule, ...] = (
    stable("sqrt(x^2)", of(sqrt, _SQUARE_X), of(absolute, "x")),
    stable("sqrt(x^2 + y^2)", of(sqrt, of(add, _SQUARE_X, _SQUARE_Y)), _hypot, _unscaled),
)

RULES: tuple[Rule, ...] = (*DIFFERENCES, *VARIANCES, *ROOTS)

NORM_RULES: tuple[Rule, ...] = (
    stable("sqrt(sum(x^2))", of(sqrt, of(sum_, _SQUARE_X)), _norm, _unscaled),
)
