"""pow, rsqrt and cbrt.

A power multiplies the error of the logarithm by up to 1075 (float64), so the logarithm is
computed in two parts there. The roots end in one correction step with an exact residual.
"""

from __future__ import annotations

import math

from dovetail.compile.scalar.vectormath_coefficients import (
    COEFFICIENTS,
    LOG2_OF_E,
    ONE_THIRD,
    TWO_LOG2_OF_E,
)
from dovetail.compile.scalar.vectormath_emitter import FLOAT32, Emitter, Value, split
from dovetail.compile.scalar.vectormath_exponential import (
    exp2_clamped,
    power_of_two,
    round_to_count,
)
from dovetail.compile.scalar.vectormath_logarithm import (
    float_of_small,
    log1p_tail,
    split_exponent_of_any,
)


def log2_in_two_parts(e: Emitter, a: Value) -> tuple[Value, Value]:
    """log2(a) for finite a > 0 with a relative error of about 2^-64."""
    parts = split_exponent_of_any(e, a)
    m = parts.significand
    f = m - 1.0
    # s = f / (1 + m) and its error; the denominator is rounded, too.
    denominator = m + 1.0
    denominator_low = m - (denominator - 1.0)
    inverse = 1.0 / denominator
    s = f * inverse
    s_low = (e.fma(-s, denominator, f) - s * denominator_low) * inverse
    # u = s^2, c = 1/3 + u/5 + ..., log(a) = 2 s (1 + u c)
    u, u_error = e.two_product(s, s)
    u_low = e.fma(s + s, s_low, u_error)
    third, third_low = split(ONE_THIRD, e.form)
    tail = u * e.polynomial(u, COEFFICIENTS["log2_tail", e.precision])
    c = tail + third
    c_low = (third - c) + tail + third_low
    uc, uc_error = e.two_product(u, c)
    uc_low = e.fma(u, c_low, e.fma(u_low, c, uc_error))
    cubic, cubic_error = e.two_product(s, uc)
    cubic_low = e.fma(s, uc_low, e.fma(s_low, uc, cubic_error))
    half, half_error = e.quick_two_sum(s, cubic)
    half_low = half_error + (s_low + cubic_low)
    factor, factor_low = split(TWO_LOG2_OF_E, e.form)
    fraction, fraction_error = e.two_product(half, factor)
    fraction_low = e.fma(half, factor_low, e.fma(half_low, factor, fraction_error))
    total, total_error = e.quick_two_sum(parts.exponent, fraction)
    return e.quick_two_sum(total, total_error + fraction_low)


def magnitude_wide(e: Emitter, a: Value, y: Value) -> Value:
    """a^y for a float32 result: float64 arithmetic has bits to spare."""
    parts = split_exponent_of_any(e, a)
    f = parts.significand - 1.0
    logarithm = e.fma(f + log1p_tail(e, f), split(LOG2_OF_E, e.form)[0], parts.exponent)
    product = e.at_least(e.at_most(y * logarithm, 200.0), -200.0)
    return exp2_clamped(e, product)


def magnitude(e: Emitter, a: Value, y: Value) -> Value:
    """a^y from the logarithm and the product in two parts each."""
    log_high, log_low = log2_in_two_parts(e, a)
    product, product_error = e.two_product(y, log_high)
    product_low = e.fma(y, log_low, product_error)
    clamped = e.at_least(e.at_most(product, 1025.0), -1076.0)
    return exp2_clamped(e, clamped, e.select(product.equals(clamped), product_low, 0.0))


def pow(e: Emitter, x: Value, y: Value) -> Value:
    a = e.abs(x)
    # An infinite y acts like a huge one, and no product below is 0 * inf: pow(1, inf) = 1.
    bounded = e.at_least(e.at_most(y, 2.0**70), -(2.0**70))
    compute = magnitude_wide if e.precision == "wide" else magnitude
    size = compute(e, a, bounded)
    # Bases 0 and inf: the result is 0 or inf by the sign of y.
    vanishes = e.select(y < 0.0, math.inf, 0.0)
    grows = e.select(y < 0.0, 0.0, math.inf)
    size = e.select(a.equals(0.0), vanishes, e.select(a.equals(math.inf), grows, size))
    # Negative bases: odd y keeps the sign; the result is NaN if y is not an integer.
    half = y * 0.5
    whole = e.rint(y).equals(y)
    odd = whole & (e.rint(half).equals(half) ^ 1)
    signed = e.with_sign_of(size, e.select(odd, x, 0.0))
    undefined = (x < 0.0) & (a < math.inf) & (whole ^ 1)
    result = e.select(undefined, math.nan, signed)
    result = e.select(x.unordered(y), x + y, result)
    return e.select(x.equals(1.0), 1.0, e.select(y.equals(0.0), 1.0, result))


def rsqrt(e: Emitter, x: Value) -> Value:
    inverse = 1.0 / e.sqrt(x)
    # After two roundings; their error is 1 - x inverse^2, computed in double length.
    product, product_low = e.two_product(x, inverse)
    left = e.fma(-product_low, inverse, e.fma(-product, inverse, 1.0))
    corrected = e.fma(inverse * 0.5, left, inverse)
    return e.select(x > 0.0, e.select(x < math.inf, corrected, inverse), inverse)


def cbrt(e: Emitter, x: Value) -> Value:
    form = e.form
    a = e.abs(x)
    tiny = a < form.smallest_normal
    shift = 24 if form is FLOAT32 else 54  # a multiple of 3
    bits = e.to_bits(e.select(tiny, a * 2.0**shift, a))
    fraction = bits & ((1 << form.fraction_bits) - 1)
    significand = e.from_bits(fraction | (form.bias << form.fraction_bits))
    # exponent = 3 third + rest with rest 0, 1 or 2; rounding (exponent - 1) / 3 finds `third`.
    less_one = float_of_small(e, bits >> form.fraction_bits, form.bias + 1)
    third, third_bits = round_to_count(e, less_one, 1 / 3, form.bias)
    rest = e.fma(third, -3.0, less_one + 1.0)
    z = significand * e.fma(rest, e.fma(rest, 0.5, 0.5), 1.0)  # times 2^rest, exactly
    w = e.polynomial(z, COEFFICIENTS["inverse_cbrt", e.precision])
    for _ in range(1 if form is FLOAT32 else 2):  # each step cubes the error of w = z^(-1/3)
        h = e.fma(-(z * w), w * w, 1.0)
        w = e.fma(w * h, e.fma(h, 2 / 9, 1 / 3), w)
    w_square = w * w
    y = z * w_square
    square, square_low = e.two_product(y, y)
    excess = e.fma(square, y, -z) + square_low * y
    y = e.fma(excess * w_square, -1 / 3, y)
    scale = power_of_two(e, third_bits)
    result = y * e.select(tiny, scale * 2.0 ** -(shift // 3), scale)
    result = e.select(a < math.inf, result, a)
    return e.with_sign_of(e.select(a.equals(0.0), a, result), x)
