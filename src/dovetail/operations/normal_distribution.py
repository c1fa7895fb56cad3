"""The standard normal distribution, for frameworks whose own functions are inaccurate.

0.5 erfc(-x sqrt(1/2)) would magnify the roundings of its argument, and XLA's `erfc` those of its
square: hundreds of units in the last place for x << 0.
"""

from __future__ import annotations

import math

from dovetail.compile.cpu.vectormath_coefficients import COEFFICIENTS, NDTR_SLOPE
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
from dovetail.graph.primitives.row import constant


def ndtr(node: Node) -> Node:
    """By the ratio of polynomials of our own (compile/cpu/vectormath_error.py).

    The square is taken of a part of x with few digits, which is exact; the exponential of what is
    left of the square is a factor.
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


def normal_density(node: Node) -> Node:
    (x,) = node.args
    return multiply(exp(multiply(multiply(x, x), -0.5)), 1.0 / math.sqrt(2.0 * math.pi))


def _polynomial(x: Node, coefficients: tuple[float, ...]) -> Node:
    """Lowest power first."""
    result = constant(coefficients[-1], x.shape, x.dtype)
    for coefficient in reversed(coefficients[:-1]):
        result = add(multiply(result, x), coefficient)
    return result
