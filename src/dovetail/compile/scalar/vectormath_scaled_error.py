"""The scaled complementary error function, and the logarithm of the normal distribution.

Both are the ratio of vectormath_error.py without its exponential.
"""

from __future__ import annotations

import math

from dovetail.compile.scalar.vectormath_arithmetic import Arithmetic
from dovetail.compile.scalar.vectormath_coefficients import ERFC_END, ERFC_SLOPE, NDTR_SLOPE
from dovetail.compile.scalar.vectormath_emitter import Value
from dovetail.compile.scalar.vectormath_error import fraction

# sqrt(pi) x erfcx(x) - 1 by powers of 1 / x^2, without the first factor: DLMF 7.12.1.
_ERFCX_SERIES = tuple((-1) ** n * math.prod(range(1, 2 * n, 2)) / 2**n for n in range(1, 9))
# 1 / (1 - ndtr(x)) by powers of 1 / x^2, without the factor sqrt(2 pi) x exp(x^2 / 2).
_MILLS_SERIES = (1.0, 1.0, -2.0, 10.0, -74.0, 706.0, -8162.0)


def erfcx(e: Arithmetic, x: Value) -> Value:
    """exp(x^2) erfc(x): D / S, by 1 / x^2 beyond its range, and 2 exp(x^2) less that for x < 0."""
    a = e.abs(x)
    d, total, total_low = fraction(e, "erfc", e.at_most(a, ERFC_END["float64"]), ERFC_SLOPE)
    near = d / (total + total_low)
    v = 1.0 / (a * a)
    series = v * e.polynomial(v, _ERFCX_SERIES)
    unit = 1.0 / math.sqrt(math.pi)
    right = e.select(a < ERFC_END["float64"], near, e.fma(series, unit, e.constant(unit)) / a)
    square, square_low = e.two_product(e.at_most(a, 27.0), e.at_most(a, 27.0))
    power = e.exp(square) * 2.0
    left = power + e.fma(power, square_low, -right)
    return e.select(x < 0.0, e.select(power < math.inf, left, power), right)


def log_ndtr(e: Arithmetic, x: Value) -> Value:
    """-x^2 / 2 - log(2 (1 + a g)) for x < 0, and log(1 - ndtr(-x)) for x >= 0."""
    a = e.abs(x)
    d, total, total_low = fraction(e, "ndtr", e.at_most(a, 40.0), NDTR_SLOPE)
    v = 1.0 / (a * a)
    far = a * e.polynomial(v, _MILLS_SERIES) * math.sqrt(math.pi / 2.0)
    beyond = a > 35.0
    whole = e.select(beyond, far, total)
    below = e.select(beyond, 1.0, d)
    # log of twice S / D; D has an error of its own, S two parts.
    quotient = whole / below
    rest = (e.fma(-quotient, below, whole) + e.select(beyond, 0.0, total_low)) / whole
    high, low = e.log_parts(quotient + quotient)
    square, square_low = e.two_product(a, a)
    first, first_low = e.two_sum(square * 0.5, high)
    left = -(first + (first_low + e.fma(square_low, 0.5, low + rest)))
    left = e.select(square < math.inf, left, -square)

    right = e.log_of_complement(x)
    return e.select(x < 0.0, left, e.select(x.equals(math.inf), 0.0, right))
