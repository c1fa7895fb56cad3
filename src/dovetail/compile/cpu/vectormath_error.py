"""The error function and its complement.

exp(a^2) erfc(a) = 1 / (1 + a g), where g grows from 1.13 to 1.77 and is a smooth function of
1 / (a + k), which maps [0, inf) to (0, 1 / k]: one polynomial serves for all a >= 0, and the
exponential takes care of the magnitude.
"""

from __future__ import annotations

from dovetail.compile.cpu.vectormath_coefficients import (
    COEFFICIENTS,
    ERFC_CENTRE,
    ERFC_END,
    ERFC_SHIFT,
)
from dovetail.compile.cpu.vectormath_emitter import FLOAT32, Emitter, Value
from dovetail.compile.cpu.vectormath_exponential import (
    expm1_of_rest,
    power_of_two,
    reduce_by_ln2,
    reduce_exactly,
    scale_twice,
)


def erfc_of_magnitude(e: Emitter, a: Value) -> Value:
    """erfc(a) for a >= 0."""
    shift = ERFC_SHIFT[e.precision]
    a = e.at_most(a, ERFC_END[e.precision])
    # exp(-a^2) would magnify the rounding of a^2, whose error is therefore taken along.
    square, square_low = e.two_product(a, a)
    reduced, rest_low = reduce_exactly(e, -square, -square_low, 2 * e.form.bias)
    w = 1.0 / (a + shift) - ERFC_CENTRE
    high, low, *others = COEFFICIENTS["erfcx_slope", e.precision]
    slope, slope_low = e.quick_two_sum(e.constant(high), w * e.polynomial(w, others))
    inverse = e.fma(a, slope, 1.0)
    value = 1.0 / inverse
    # What the roundings of the sum and of the quotient leave over, relative to the value.
    inverse_low = e.fma(a, slope_low + low, e.fma(a, slope, 1.0 - inverse))
    left = e.fma(-value, inverse_low, e.fma(-value, inverse, 1.0))
    tail = expm1_of_rest(e, reduced.rest) + (left + rest_low)
    return scale_twice(e, e.fma(value, tail, value), reduced.bits)


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
