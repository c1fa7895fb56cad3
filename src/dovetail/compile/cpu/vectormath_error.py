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
    expm1_tail,
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
    rest = reduced.rest
    tail = e.fma(rest * rest, expm1_tail(e, rest), rest_low)
    # Two quotients from one division.
    first, second = a + shift, e.fma(a, ERFC_SLOPE, 1.0)
    inverse_of_both = 1.0 / (first * second)
    w = (a - shift) * (inverse_of_both * second)
    inverse = inverse_of_both * first
    # What the rounded sum and the rounded inverse leave over, relative to the inverse.
    second_low = e.fma(a, ERFC_SLOPE, 1.0 - second)
    left = e.fma(-inverse, second_low, e.fma(-inverse, second, 1.0))
    # The product of the three factors, the small parts of each summed apart.
    constant, *others = COEFFICIENTS["erfcx", e.precision]
    series, series_low = e.quick_two_sum(e.constant(constant), w * e.polynomial(w, others))
    value, value_low = e.two_product(inverse, series)
    low = e.fma(value, left, e.fma(inverse, series_low, value_low))
    small = e.fma(value, tail, e.fma(low, rest, low))
    return scale_twice(e, value + e.fma(value, rest, small), reduced.bits)


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
