"""The standard normal distribution, for frameworks whose own functions are inaccurate.

0.5 erfc(-x sqrt(1/2)) would magnify the roundings of its argument, and XLA's `erfc` those of its
square: hundreds of units in the last place for x << 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from dovetail.compile.scalar.vectormath_coefficients import COEFFICIENTS, ERFC_SLOPE, NDTR_SLOPE
from dovetail.graph.node import Node
from dovetail.graph.primitives.elementwise import (
    absolute,
    add,
    divide,
    exp,
    expm1,
    less,
    minimum,
    multiply,
    round_,
    select,
    subtract,
)
from dovetail.graph.primitives.special import polynomial


def ndtr(node: Node) -> Node:
    """By the ratio of polynomials of our own (compile/scalar/vectormath_error.py).

    The square is taken of a part of x with few digits, which is exact; the exponential of what is
    left of the square is a factor.
    """
    (x,) = node.args
    tail = _tail(minimum(absolute(x), 40.0), "ndtr", NDTR_SLOPE, 0.5)
    half = multiply(tail, 0.5)
    return select(less(x, 0.0), half, subtract(1.0, half))


def erfc(node: Node) -> Node:
    """The complement of the error function, likewise."""
    (x,) = node.args
    tail = _tail(minimum(absolute(x), 28.0), "erfc", ERFC_SLOPE, 1.0)
    return select(less(x, 0.0), subtract(2.0, tail), tail)


def _tail(a: Node, name: str, slope: float, factor: float) -> Node:
    """exp(-factor a^2) / (1 + a g(a)), where g is a line and a ratio of polynomials."""
    wide = a.dtype.compute.name
    over, under = (
        polynomial(a, COEFFICIENTS[f"{name}_{part}", wide]) for part in ("over", "under")
    )
    total = add(multiply(under, add(multiply(a, slope), 1.0)), multiply(a, over))
    coarse = multiply(round_(multiply(a, 64.0)), 1 / 64)
    others = multiply(subtract(a, coarse), add(a, coarse))
    decay = exp(multiply(multiply(coarse, coarse), -factor))
    # Not as a product of exponentials, which XLA makes the exponential of a sum.
    decay = add(decay, multiply(decay, expm1(multiply(others, -factor))))
    return multiply(divide(under, total), decay)


def normal_density(node: Node) -> Node:
    (x,) = node.args
    return multiply(exp(multiply(multiply(x, x), -0.5)), 1.0 / math.sqrt(2.0 * math.pi))


DECOMPOSITIONS: Mapping[str, Callable[[Node], Node]] = {
    "erfc": erfc, "ndtr": ndtr, "normal_density": normal_density,
}  # fmt: skip
