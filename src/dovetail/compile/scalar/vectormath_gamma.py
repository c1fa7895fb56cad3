"""The logarithm of the gamma function, and its derivative.

From 1/2 to 5/2 the logarithm is a polynomial times the distance from its root at 1 or 2, beyond
it Stirling's formula with a polynomial of 1 / x^2 in place of its series; DLMF 5.11.1. Below, the
reflection formula, DLMF 5.5.3. For negative x the functions have roots without a formula, beside
which the rounding errors of the terms are left. (A float32 result is within 2 ULP there, too, since
the terms are float64, and so are the polynomials.)
"""

from __future__ import annotations

import math

from dovetail.compile.scalar.special_coefficients import DIGAMMA_ROOT, SPECIAL
from dovetail.compile.scalar.vectormath_arithmetic import Arithmetic
from dovetail.compile.scalar.vectormath_emitter import Value

# log(2 pi) / 2 - 1/2 and log(pi), each in two parts.
_STIRLING = (0.4189385332046727, 1.6728209650585413e-17)
_LOG_PI = (1.1447298858494002, 1.0265951162707826e-17)


def _stirling(e: Arithmetic, x: Value) -> Value:
    """log(gamma(x)) for x >= 5/2."""
    high, low = e.log_parts(x)
    less, error = e.quick_two_sum(high, e.constant(-1.0))
    half_less = x - 0.5
    product, product_low = e.two_product(half_less, less)
    rest = e.fma(half_less, low + error, product_low)
    v = 1.0 / (x * x)
    series = e.polynomial(v, SPECIAL["stirling", "float64"]) / x
    constant, constant_low = _STIRLING
    result = product + (constant + (series + (rest + constant_low)))
    return e.select(product < math.inf, result, product)


def lgamma(e: Arithmetic, x: Value) -> Value:
    a = e.abs(x)
    small = a < 0.5  # log(gamma(1 + x)) - log |x|
    first = e.select(small, x, a - 1.0)
    second = a - 2.0
    near_1 = first * e.polynomial(first, SPECIAL["lgamma_1", "float64"])
    near_2 = second * e.polynomial(second, SPECIAL["lgamma_2", "float64"])
    near = e.select(a < 1.5, near_1, near_2)
    right = e.select(a < 2.5, near, _stirling(e, e.at_least(a, 2.5)))

    # log(pi) - log(a |sin(pi a)|) - log(gamma(a))
    sine, sine_low = e.sin_pi_parts(e.abs(a - e.rint(a)))
    factor, factor_low = e.two_product(a, sine)
    factor_low = e.fma(a, sine_low, factor_low)
    whole = e.select(small, a, factor)
    high, low = e.log_parts(whole)
    low = low + e.select(small, 0.0, factor_low / factor)
    constant, constant_low = (e.select(small, 0.0, part) for part in _LOG_PI)
    start, start_low = e.two_sum(constant, -high)
    total, error = e.two_sum(start, e.select(small, near_1, -right))
    left = total + (error + (start_low + (constant_low - low)))
    left = e.select(whole.equals(0.0), math.inf, left)
    result = e.select(small, left, e.select(x < 0.0, left, right)) + 0.0  # -0 becomes 0
    return e.select(a.equals(math.inf), math.inf, result)


def digamma(e: Arithmetic, x: Value) -> Value:
    """The derivative of log(gamma(x)); at -0 infinite, at 0 -infinite, at -1, -2, ... NaN."""
    a = e.abs(x)
    negative = x < 0.0
    below = x < 1.0
    # digamma(1 + t), by its root.
    t = e.select(negative, a, e.select(below, x, x - 1.0))
    root, root_low = DIGAMMA_ROOT
    polynomial = e.polynomial(t - 0.5, SPECIAL["digamma", "float64"])
    near = ((t - (root - 1.0)) - root_low) * polynomial

    large = e.at_least(e.select(negative, a + 1.0, x), 2.0)
    high, low = e.log_parts(large)
    v = 1.0 / (large * large)
    series = e.fma(v, e.polynomial(v, SPECIAL["digamma_tail", "float64"]), 0.5 / large)
    far = high - (series - low)
    value = e.select(t < 1.0, near, far)

    # 1 + t = x + 1, or pi cot(pi a) away from the reflection of x.
    r = a - e.rint(a)
    size = e.abs(r)
    beyond = size > 0.25
    tangent = e.tan_pi_by_pi(e.select(beyond, 0.5 - size, size))
    cotangent = e.select(beyond, tangent * math.pi**2, 1.0 / tangent)
    cotangent = e.select(r < 0.0, -cotangent, cotangent)
    inverse = 1.0 / x
    added = e.select(negative, cotangent, e.select(below, -inverse, 0.0))
    result = value + added
    pole = e.select(r.equals(0.0), math.nan, result)
    result = e.select(negative, pole, result)
    return e.select(x.equals(math.inf), math.inf, result)
