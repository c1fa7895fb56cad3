"""The error function and its complement.

erfc(a) exp(a^2) (1 + c a) is a smooth function of w = (a - k) / (a + k), which maps [0, inf) to
[-1, 1): one polynomial serves for all a >= 0, and the exponential takes care of the magnitude.
"""

from __future__ import annotations

from dovetail.compile.cpu.vectormath_coefficients import (
    COEFFICIENTS,
    ERFC_END,
    ERFC_SHIFT,
    ERFC_SLOPE,
)
from dovetail.compile.cpu.vectormath_emitter import FLOAT32, Emitter, Value
from dovetail.compile.cpu.vectormath_exponential import (
    expm1_of_rest,
    power_of_two,
    reduce_by_ln2,
    scale_twice,
)


def erfc_of_magnitude(e: Emitter, a: Value) -> Value:
    """erfc(a) for a >= 0."""
    shift = ERFC_SHIFT[e.precision]
    a = e.at_most(a, ERFC_END[e.precision])
    # exp(-a^2) would magnify the rounding of a^2, whose error is therefore taken along.
    square, square_low = e.two_product(a, a)
    reduced = reduce_by_ln2(e, -square, 2 * e.form.bias, low_part=-square_low)
    p = expm1_of_rest(e, reduced.rest)
    # Two quotients from one division.
    first, second = a + shift, e.fma(a, ERFC_SLOPE, 1.0)
    inverse_of_both = 1.0 / (first * second)
    w = (a - shift) * (inverse_of_both * second)
    inverse = inverse_of_both * first
    # What the rounded sum and the rounded inverse leave over, relative to the inverse.
    second_low = e.fma(a, ERFC_SLOPE, 1.0 - second)
    left = e.fma(-inverse, second_low, e.fma(-inverse, second, 1.0))
    value = inverse * e.polynomial(w, COEFFICIENTS["erfcx", e.precision])
    return scale_twice(e, e.fma(value, p + left, value), reduced.bits)


def erfc(e: Emitter, x: Value) -> Value:
    right = erfc_of_magnitude(e, e.abs(x))
    return e.select(x < 0.0, 2.0 - right, right)


def erf(e: Emitter, x: Value) -> Value:
    a = e.abs(x)
    square = x * x
    small = e.fma(a, e.polynomial(square, COEFFICIENTS["erf", e.precision]), a)
    if e.form is FLOAT32:
        # 1 - exp(log(erfc(a))), the logarithm being a polynomial without constant term.
        bounded = e.at_most(a, 4.0)
        exponent = bounded * e.polynomial(bounded, COEFFICIENTS["erf_tail", e.precision])
        reduced = reduce_by_ln2(e, exponent, e.form.bias)
        power = power_of_two(e, reduced.bits)
        large = e.fma(-power, expm1_of_rest(e, reduced.rest), 1.0 - power)
    else:
        large = 1.0 - erfc_of_magnitude(e, a)
    return e.with_sign_of(e.select(a < 1.0, small, large), x)
