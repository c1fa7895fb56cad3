"""Modified Bessel functions of order 0 and 1: up to 3 by powers of x^2, then by x, then by 1 / x.

I_n(x) exp(-x) sqrt(x) varies little, and is smooth in 1 / x; DLMF 10.40.1.
"""

from __future__ import annotations

import math

from dovetail.compile.scalar.special_coefficients import LOW, SPECIAL
from dovetail.compile.scalar.vectormath_arithmetic import Arithmetic
from dovetail.compile.scalar.vectormath_emitter import Value

_ENDS = (3.0, 7.75)
_CENTRES = (5.0, 0.0625)


def _bessel(e: Arithmetic, x: Value, order: int, scaled: bool) -> Value:
    """I_n(x); `scaled`: exp(-|x|) I_n(x)."""
    a = e.abs(x)
    first, second = _ENDS
    bounded = e.at_least(e.at_most(x, first), -first)
    half = bounded * 0.5
    small = e.polynomial(half * half, (1.0, *SPECIAL[f"i{order}", e.precision]))
    small_error: Value | float = 0.0
    if order == 1:
        small, small_low = e.two_product(half, small)
        small_error = e.select(small.equals(0.0), 0.0, small_low / small)

    large = e.at_least(a, first)
    v = 1.0 / large
    root = e.sqrt(large)
    middle = e.at_most(large, second) - _CENTRES[0]
    far = e.at_most(v, 1.0 / second) - _CENTRES[1]
    names = (f"i{order}_middle", f"i{order}_large")
    by_x, by_v = (
        e.polynomial(at, SPECIAL[name, e.precision])
        for name, at in zip(names, (middle, far), strict=True)
    )
    beyond = large > second
    series = e.select(beyond, by_v, by_x)
    quotient = series / root
    # What the roundings of the root, of the quotient and of the polynomials' constants left out,
    # relative to polynomials that are about 0.4.
    low_of_x, low_of_v = (LOW[name, e.precision] for name in names)
    rest = e.fma(-quotient, root, series) + e.select(beyond, low_of_v, e.constant(low_of_x))
    large_error = e.fma(e.fma(root, root, -large), v * 0.5, rest * 2.5)

    near = a <= first
    exponent = e.select(near, -a, 0.0) if scaled else e.select(near, 0.0, large)
    error = e.select(near, small_error, large_error)
    sign = x < 0.0
    quotient = quotient if order == 0 else e.select(sign, -quotient, quotient)
    value = e.select(near, small, quotient)
    value = e.times_exp(value, error, e.at_most(exponent, 720.0))
    end, limit = (math.inf, 0.0) if scaled else (720.0, math.inf)
    edge = limit if order == 0 else e.select(sign, -limit, e.constant(limit))
    return e.select(a < end, value, e.select(a >= end, edge, a))


def i0(e: Arithmetic, x: Value) -> Value:
    return _bessel(e, x, order=0, scaled=False)


def i1(e: Arithmetic, x: Value) -> Value:
    return _bessel(e, x, order=1, scaled=False)


def i0e(e: Arithmetic, x: Value) -> Value:
    return _bessel(e, x, order=0, scaled=True)


def i1e(e: Arithmetic, x: Value) -> Value:
    return _bessel(e, x, order=1, scaled=True)
