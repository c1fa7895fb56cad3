"""Rules of arithmetic, without those that IEEE 754 makes wrong: x*0, x-x, x/x, x == x."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dovetail.graph.node import Node
from dovetail.graph.primitives import ELEMENTWISE
from dovetail.graph.primitives.elementwise import (
    absolute,
    add,
    cast,
    divide,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    rsqrt,
    sqrt,
    subtract,
)
from dovetail.graph.primitives.row import Primitive, is_number
from dovetail.transform.rewrite import Application, Known, Match, Rule, of

_C, _D = Known("c", sizes=True), Known("d", sizes=True)

NEUTRAL = (
    Rule("x + (-0)", of(add, "x", -0.0), "x"),
    Rule("x + 0", of(add, "x", 0.0), "x", "reassociating"),  # turns -0 into 0
    Rule("x - 0", of(subtract, "x", 0.0), "x"),
    Rule("0 - x", of(subtract, 0.0, "x"), of(negative, "x"), "reassociating"),
    Rule("x * 1", of(multiply, "x", 1.0), "x"),
    Rule("x / 1", of(divide, "x", 1.0), "x"),
    Rule("maximum(x, x)", of(maximum, "x", "x"), "x"),
    Rule("minimum(x, x)", of(minimum, "x", "x"), "x"),
)


def _opposite_term(match: Match) -> Node | None:
    opposite = subtract if match.root.op == "add" else add
    return opposite(match["x"], negative(match["c"])) if match.value("c") < 0 else None


_OPPOSITE = of(negative, "c")

# Move signs outwards, where an addition absorbs them.
SIGNS = (
    Rule("x + (-c)", of(add, "x", Known("c")), _opposite_term),
    Rule("x - (-c)", of(subtract, "x", Known("c")), _opposite_term),
    Rule("-(-x)", of(negative, of(negative, "x")), "x"),
    Rule("x * -1", of(multiply, "x", -1.0), of(negative, "x")),
    Rule("x / -1", of(divide, "x", -1.0), of(negative, "x")),
    Rule("x + (-y)", of(add, "x", of(negative, "y")), of(subtract, "x", "y")),
    Rule("x - (-y)", of(subtract, "x", of(negative, "y")), of(add, "x", "y")),
    Rule(
        "-x - y",
        of(subtract, of(negative, "x"), "y"),
        of(negative, of(add, "x", "y")),
        "reassociating",
    ),
    Rule("-(x - y)", of(negative, of(subtract, "x", "y")), of(subtract, "y", "x"), "reassociating"),
    Rule("-x * c", of(multiply, of(negative, "x"), Known("c")), of(multiply, "x", _OPPOSITE)),
    Rule("-(x * c)", of(negative, of(multiply, "x", Known("c"))), of(multiply, "x", _OPPOSITE)),
    Rule("-x / c", of(divide, of(negative, "x"), Known("c")), of(divide, "x", _OPPOSITE)),
    Rule("-x * y", of(multiply, of(negative, "x"), "y"), of(negative, of(multiply, "x", "y"))),
    Rule("-x / y", of(divide, of(negative, "x"), "y"), of(negative, of(divide, "x", "y"))),
    Rule("x / -y", of(divide, "x", of(negative, "y")), of(negative, of(divide, "x", "y"))),
    Rule("||x||", of(absolute, of(absolute, "x")), of(absolute, "x")),
)

PARITY = tuple(
    Rule(
        f"{row.name}(-x)",
        of(row, of(negative, "x")),
        of(negative, of(row, "x")) if row.parity == "odd" else of(row, "x"),
    )
    for row in ELEMENTWISE
    if row.parity is not None
)


def _constant_last(match: Match) -> Node | None:
    first, second = match.root.args
    if not is_number(first) or is_number(second):
        return None
    return match.root.primitive(second, first)


ORDER = (
    Rule("c * x", of(multiply, _C, "x"), _constant_last),
    Rule("c + x", of(add, _C, "x"), _constant_last),
)


def _normal(node: Node, value: float) -> bool:
    """Whether a constant neither overflows nor loses digits in the type that computes it."""
    limits = np.finfo(node.dtype.compute.numpy)
    return float(limits.tiny) <= abs(value) <= float(limits.max)


def _regrouping(
    name: str, pattern: Application, combined: Primitive, build: Callable[[Node, Node], Node]
) -> Rule:
    """Combine two known factors, unless the result is 0, subnormal or infinite."""

    def replacement(match: Match) -> Node | None:
        root, c, d = match.root, match["c"], match["d"]
        if not root.dtype.is_floating or is_number(match["x"]):
            return None
        first, second = match.value("c"), match.value("d")
        if first == 0 or second == 0:
            return None
        if not _normal(root, first * second if combined is multiply else first / second):
            return None
        return build(match["x"], combined(c, d))

    return Rule(name, pattern, replacement, "reassociating")


_XC, _X_C, _C_X = of(multiply, "x", _C), of(divide, "x", _C), of(divide, _C, "x")

REGROUPING = (
    _regrouping("(x * c) * d", of(multiply, _XC, _D), multiply, multiply),
    _regrouping("(x * c) / d", of(divide, _XC, _D), divide, multiply),
    _regrouping("(x / c) * d", of(multiply, _X_C, _D), divide, divide),
    _regrouping("(x / c) / d", of(divide, _X_C, _D), multiply, divide),
    _regrouping("(c / x) * d", of(multiply, _C_X, _D), multiply, lambda x, k: divide(k, x)),
    Rule("1 / sqrt(x)", of(divide, 1.0, of(sqrt, "x")), of(rsqrt, "x"), "reassociating"),
)

_X2 = of(multiply, "x", "x")

POWERS = (
    Rule("x ** 0", of(power, "x", 0.0), 1.0),
    Rule("x ** -0", of(power, "x", -0.0), 1.0),
    Rule("x ** 1", of(power, "x", 1.0), "x"),
    Rule("x ** 2", of(power, "x", 2.0), _X2, "reassociating"),
    Rule("x ** 3", of(power, "x", 3.0), of(multiply, _X2, "x"), "reassociating"),
    Rule("x ** 4", of(power, "x", 4.0), of(multiply, _X2, _X2), "reassociating"),
    Rule(
        "x ** -1", of(power, "x", -1.0), of(divide, 1.0, "x"), "reassociating",
        condition=lambda match: match.root.dtype.is_floating,
    ),
)  # fmt: skip


def holds(wide: Node, narrow: Node) -> bool:
    """Whether the type of `wide` holds every value of the type of `narrow`."""
    into, of_ = wide.dtype, narrow.dtype
    if into is of_:
        return True
    if into.kind == "b" or (into.kind == "u" and of_.kind in "if"):
        return False
    if of_.is_floating and not into.is_floating:
        return False
    if of_.is_floating and into.bits == 16:  # float16 and bfloat16 do not hold one another
        return False
    return into.digits >= of_.digits


def _cast_of_cast(match: Match) -> Node | None:
    middle, x = match.root.args[0], match["x"]
    if not holds(middle, x):
        return None
    if not match.root.dtype.is_floating and middle.dtype.is_floating:
        return None  # a floating type saturates where an integer wraps
    return cast(x, dtype=match.root.dtype)


CASTS = (
    Rule(
        "cast to the same type", of(cast, "x"), "x",
        condition=lambda match: match["x"].dtype is match.root.dtype,
    ),
    Rule("cast of a widening cast", of(cast, of(cast, "x")), _cast_of_cast),
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    *NEUTRAL, *SIGNS, *PARITY, *ORDER, *REGROUPING, *POWERS, *CASTS,
)  # fmt: skip
