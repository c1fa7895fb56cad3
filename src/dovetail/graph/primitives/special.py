"""Rows of the special functions. Sources: DLMF 5 (gamma), 7 (error functions), 10 (Bessel)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.graph.dtypes import float64
from dovetail.graph.node import Node, Nodes
from dovetail.graph.primitives import evaluations_special as evaluations
from dovetail.graph.primitives.declared import OwnRule, declare
from dovetail.graph.primitives.elementwise import (
    absolute,
    add,
    cos,
    divide,
    equal,
    exp,
    floor,
    greater,
    less,
    logical_or,
    multiply,
    ndtr,
    negative,
    normal_density,
    round_,
    select,
    sign,
    sin,
    subtract,
    unary,
)
from dovetail.graph.primitives.evaluations import by_sign
from dovetail.graph.primitives.row import Primitive, constant

# The gamma function.

lgamma = unary(
    "lgamma", evaluations.lgamma, lambda out, x: digamma(x), samples=(0.2, 5.0),
    intermediate=evaluations.terms_of_lgamma, source="log |gamma(x)|",
)  # fmt: skip
digamma: Primitive = unary(
    "digamma", evaluations.digamma, lambda out, x: polygamma(1, x), samples=(0.2, 5.0),
    intermediate=evaluations.terms_of_digamma, source="the derivative of log |gamma(x)|",
)  # fmt: skip

# B_2j / (2j)!
_BERNOULLI = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000,
    1 / 74724249600, -3617 / 10670622842880000, 43867 / 5109094217170944000,
)  # fmt: skip


@dataclass(frozen=True)
class _NextPolygamma(OwnRule):
    """The derivative of the polygamma function of an order is that of the next."""

    order: int

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        return (multiply(cotangents[0], polygamma(self.order + 1, inputs[0])),)

    def __repr__(self) -> str:
        return f"polygamma {self.order + 1}"


def polygamma(order: int, x: Node) -> Node:
    """The derivative of `digamma` of an order of 1 or more.

    (-1)^(n + 1) n! times the sum over k of (x + k)^-(n + 1): n + 10 terms, and the others by the
    Euler-Maclaurin formula; for negative x by reflection, DLMF 5.15.6.
    """
    below = less(x, 0.0)
    start = select(below, subtract(1.0, x), x)
    total = _hurwitz(order + 1, start)
    right = multiply(total, float((-1) ** (order + 1) * math.factorial(order)))
    left = subtract(right if order % 2 == 0 else negative(right), _cotangent_derivative(order, x))
    value = select(below, left, right)
    return declare((value,), (x,), _NextPolygamma(order))[0]


def _hurwitz(s: int, x: Node) -> Node:
    """The sum of (x + k)^-s over k = 0, 1, 2, ... for x >= 0."""
    count = 9 + s
    total = constant(0.0, x.shape, x.dtype)
    for k in reversed(range(count)):
        total = add(total, _power(divide(1.0, add(x, float(k))), s))
    y = add(x, float(count))
    inverse = divide(1.0, y)
    square = multiply(inverse, inverse)
    rising = (math.prod(range(s, s + 2 * j + 1)) for j in range(len(_BERNOULLI)))
    series = polynomial(square, [b * r for b, r in zip(_BERNOULLI, rising, strict=True)])
    ends = add(multiply(series, square), add(multiply(inverse, 0.5), 1.0 / (s - 1)))
    return add(total, multiply(ends, _power(inverse, s - 1)))


def polynomial(x: Node, coefficients: Sequence[float]) -> Node:
    """By Horner's rule; the lowest power comes first."""
    result = constant(coefficients[-1], x.shape, x.dtype)
    for coefficient in reversed(coefficients[:-1]):
        result = add(multiply(result, x), coefficient)
    return result


def _power(x: Node, exponent: int) -> Node:
    result = x
    for _ in range(exponent - 1):
        result = multiply(result, x)
    return result


def _cotangent_derivative(order: int, x: Node) -> Node:
    """pi times the derivative of cot(pi x) of an order, a polynomial of the cotangent."""
    coefficients = [0.0, 1.0]
    for _ in range(order):  # -(1 + c^2) times the derivative
        slopes = [n * c for n, c in enumerate(coefficients)][1:]
        wider = [0.0] * (len(slopes) + 2)
        for power, slope in enumerate(slopes):
            wider[power] -= slope
            wider[power + 2] -= slope
        coefficients = wider
    r = subtract(x, round_(x))
    angle = multiply(r, math.pi)
    cotangent = divide(cos(angle), sin(angle))
    return multiply(polynomial(cotangent, coefficients), math.pi ** (order + 1))


# The inverses of the error function and of the normal distribution function.

erfinv = unary(
    "erfinv", evaluations.erfinv,
    lambda out, x: multiply(exp(multiply(out, out)), math.sqrt(math.pi) / 2.0),
    domain=(-1.0, 1.0), samples=(-0.9, 0.9), parity="odd",
)  # fmt: skip
ndtri = unary(
    "ndtri", evaluations.ndtri,
    lambda out, x: multiply(exp(multiply(multiply(out, out), 0.5)), math.sqrt(2.0 * math.pi)),
    domain=(0.0, 1.0), samples=(0.1, 0.9),
)  # fmt: skip


# The scaled complementary error function.

# The derivative by powers of 1 / x^2, for large x: (-1)^k (2k - 1)!! / 2^k.
_SLOPE_SERIES = tuple((-1) ** k * math.prod(range(1, 2 * k, 2)) / 2.0**k for k in range(1, 13))


def _slope_of_erfcx(out: Node, x: Node) -> Node:
    """2 x erfcx(x) - 2 / sqrt(pi); where the terms cancel, by powers of 1 / x^2."""
    unit = 2.0 / math.sqrt(math.pi)
    far = greater(x, 12.0 if x.dtype is float64 else 6.0)
    large = select(far, x, constant(12.0, x.shape, x.dtype))
    inverse = divide(1.0, large)
    square = multiply(inverse, inverse)
    series = polynomial(square, _SLOPE_SERIES)
    plain = subtract(multiply(multiply(out, x), 2.0), unit)
    return select(far, multiply(multiply(multiply(series, inverse), inverse), unit), plain)


erfcx: Primitive = unary(
    "erfcx", evaluations.erfcx, _slope_of_erfcx, positive=True, source="exp(x^2) erfc(x)"
)


def _slope_of_log_ndtr(out: Node, x: Node) -> Node:
    """normal_density(x) / ndtr(x), for x < 0 by `erfcx`, where both underflow."""
    zero, below = constant(0.0, x.shape, x.dtype), less(x, 0.0)
    left, right = select(below, x, zero), select(below, zero, x)
    ratio = divide(math.sqrt(2.0 / math.pi), erfcx(multiply(left, -math.sqrt(0.5))))
    return select(below, ratio, divide(normal_density(right), ndtr(right)))


log_ndtr = unary("log_ndtr", evaluations.log_ndtr, _slope_of_log_ndtr, source="log(ndtr(x))")


# Modified Bessel functions.


_I1_SERIES = tuple(0.5 / (math.factorial(k) * math.factorial(k + 1)) for k in range(9))


def _i1_by_x(x: Node, value: Node, scaled: bool) -> Node:
    """I_1(x) / x, near 0 by its series, so that its derivatives are right there, too."""
    one, zero = (constant(number, x.shape, x.dtype) for number in (1.0, 0.0))
    near = less(absolute(x), 0.5)
    small = select(near, x, zero)
    u = multiply(multiply(small, small), 0.25)
    series = polynomial(u, _I1_SERIES)
    if scaled:
        series = multiply(series, exp(negative(absolute(small))))
    return select(near, series, divide(value, select(near, one, x)))


# 1 - I_1(x) / I_0(x) by powers of 1 / x, from the first on.
_RATIO_SERIES = (0.5, 1 / 8, 1 / 8, 25 / 128, 13 / 32, 1073 / 1024)


def _is_far(x: Node) -> Node:
    return greater(absolute(x), 1000.0 if x.dtype is float64 else 50.0)


def _far_difference(x: Node, first: Node) -> Node:
    """i0e(x) - |i1e(x)| for the x that are far: the terms cancel."""
    inverse = divide(1.0, select(_is_far(x), absolute(x), constant(1000.0, x.shape, x.dtype)))
    return multiply(first, multiply(polynomial(inverse, _RATIO_SERIES), inverse))


def _slope_of_i1(out: Node, x: Node) -> Node:
    """i0(x) - i1(x) / x, infinite where both are."""
    first = i0(x)
    return select(equal(first, math.inf), first, subtract(first, _i1_by_x(x, out, False)))


def _slope_of_i0e(out: Node, x: Node) -> Node:
    """i1e(x) - sign(x) i0e(x)."""
    far = negative(multiply(sign(x), _far_difference(x, out)))
    return select(_is_far(x), far, subtract(i1e(x), multiply(sign(x), out)))


def _slope_of_i1e(out: Node, x: Node) -> Node:
    """i0e(x) - |i1e(x)| - i1e(x) / x."""
    first = i0e(x)
    plain = subtract(first, multiply(sign(x), out))
    difference = select(_is_far(x), _far_difference(x, first), plain)
    return subtract(difference, _i1_by_x(x, out, True))


i0: Primitive = unary("i0", evaluations.i0, lambda out, x: i1(x), parity="even", positive=True)
i1: Primitive = unary("i1", evaluations.i1, _slope_of_i1, parity="odd")
i0e: Primitive = unary(
    "i0e", evaluations.i0e, _slope_of_i0e, parity="even", positive=True, kinks=(0.0,),
    branch=by_sign, source="exp(-|x|) I_0(x)",
)  # fmt: skip
i1e: Primitive = unary(
    "i1e", evaluations.i1e, _slope_of_i1e, parity="odd", kinks=(0.0,), branch=by_sign,
    source="exp(-|x|) I_1(x)",
)  # fmt: skip


# sin(pi x) / (pi x).


def _cos_pi(x: Node) -> Node:
    """cos(pi x), by the distance from a whole number."""
    count = round_(x)
    half = multiply(count, 0.5)
    value = cos(multiply(subtract(x, count), math.pi))
    return select(equal(half, floor(half)), value, negative(value))


_SINC_SLOPE_SERIES = tuple(
    (-1) ** k * 2 * k * math.pi ** (2 * k) / math.factorial(2 * k + 1) for k in range(1, 13)
)


def _slope_of_sinc(out: Node, x: Node) -> Node:
    """(cos(pi x) - sinc(x)) / x, near 0 by its series."""
    near = less(absolute(x), 0.5)
    small = select(near, x, constant(0.0, x.shape, x.dtype))
    series = polynomial(multiply(small, small), _SINC_SLOPE_SERIES)
    infinite = equal(absolute(x), math.inf)
    regular = select(logical_or(near, infinite), constant(1.0, x.shape, x.dtype), x)
    plain = divide(subtract(_cos_pi(regular), out), regular)
    plain = select(infinite, constant(0.0, x.shape, x.dtype), plain)
    return select(near, multiply(series, small), plain)


sinc = unary("sinc", evaluations.sinc, _slope_of_sinc, parity="even", source="sin(pi x) / (pi x)")


ROWS = (lgamma, digamma, erfinv, ndtri, erfcx, log_ndtr, i0, i1, i0e, i1e, sinc)
