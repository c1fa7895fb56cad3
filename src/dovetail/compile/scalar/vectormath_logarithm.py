"""The logarithms, and the inverse hyperbolic functions, which use them.

x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), taken from the bits of x, so that
log(x) = k ln 2 + f + tail(f). In float32 the tail is f^2 times a polynomial of f, which is cheaper
than a division; in float64 it follows from atanh(s), s = f / (2 + f), which needs far fewer terms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dovetail.compile.scalar.vectormath_coefficients import (
    COEFFICIENTS,
    LN2,
    LOG2_OF_E,
    LOG10_OF_2,
    LOG10_OF_E,
)
from dovetail.compile.scalar.vectormath_emitter import FLOAT32, Emitter, Value, split

# The bits of sqrt(1/2): significands start there, so that f is small on both sides of 1.
_SQRT_HALF_BITS = {"float32": 0x3F3504F3, "float64": 0x3FE6A09E667F3BCD}


@dataclass(frozen=True)
class Scaled:
    """x = 2^exponent * significand; `biased` is the exponent plus the bias, as an integer."""

    exponent: Value
    biased: Value
    significand: Value


def float_of_small(e: Emitter, integer: Value, subtract: int) -> Value:
    """A small non-negative integer as a float, less `subtract`; cheaper than a conversion."""
    unit = 2.0**e.form.fraction_bits
    return e.from_bits(integer | e.to_bits_of(unit)) - (unit + subtract)


def split_exponent(e: Emitter, x: Value) -> Scaled:
    """For normal x > 0; other arguments give meaningless but defined numbers."""
    form = e.form
    start = _SQRT_HALF_BITS[form.dtype]
    one = form.bias << form.fraction_bits
    moved = e.to_bits(x) + (one - start)
    biased = moved >> form.fraction_bits
    significand = e.from_bits((moved & ((1 << form.fraction_bits) - 1)) + start)
    return Scaled(float_of_small(e, biased, form.bias), biased, significand)


def split_exponent_of_any(e: Emitter, x: Value) -> Scaled:
    """The same, also for subnormal x."""
    tiny = x < e.form.smallest_normal
    parts = split_exponent(e, e.select(tiny, x * 2.0**e.form.precision, x))
    shift = float(e.form.precision)
    exponent = e.select(tiny, parts.exponent - shift, parts.exponent)
    return Scaled(exponent, parts.biased, parts.significand)


def log1p_tail(e: Emitter, f: Value) -> Value:
    """log(1 + f) - f for 1 + f between sqrt(1/2) and sqrt(2)."""
    if e.form is FLOAT32:
        return f * f * e.polynomial(f, COEFFICIENTS["log1p", e.precision])
    # With h = f^2 / 2: log(1 + f) = f - h + s (h + R), since 2 s = f - s f.
    s = f / (f + 2.0)
    u = s * s
    half_square = f * f * 0.5
    series = u * e.polynomial(u, COEFFICIENTS["atanh", e.precision])
    return e.fma(s, half_square + series, -half_square)


def natural(e: Emitter, exponent: Value, f: Value, f_low: Value | None = None) -> Value:
    """exponent * ln 2 + log(1 + f), where f_low is the rounding error of f."""
    high, low = split(LN2, e.form, e.form.precision - 11)
    tail = log1p_tail(e, f)
    if f_low is not None:
        tail = tail + f_low
    rest = f + e.fma(exponent, low, tail)
    return e.fma(exponent, high, rest)


def with_edges(e: Emitter, x: Value, result: Value, pole: float = 0.0) -> Value:
    """The values of a logarithm at its pole, left of it, at infinity and at NaN."""
    edge = e.select(x.equals(pole), -math.inf, math.nan)
    return e.select(x > pole, e.select(x < math.inf, result, x), edge)


def log(e: Emitter, x: Value) -> Value:
    parts = split_exponent_of_any(e, x)
    return with_edges(e, x, natural(e, parts.exponent, parts.significand - 1.0))


def to_base(e: Emitter, x: Value, log_of_e: str, log_of_2: str) -> Value:
    """The logarithm to a base of which the logarithms of e and of 2 are given."""
    parts = split_exponent_of_any(e, x)
    f = parts.significand - 1.0
    high, low = e.quick_two_sum(f, log1p_tail(e, f))
    factor, factor_low = split(log_of_e, e.form)
    unit, unit_low = split(log_of_2, e.form, e.form.precision - 11)
    small = e.fma(high, factor_low, low * factor)
    if unit_low:
        small = e.fma(parts.exponent, unit_low, small)
    return with_edges(e, x, e.fma(parts.exponent, unit, e.fma(high, factor, small)))


def log2(e: Emitter, x: Value) -> Value:
    return to_base(e, x, LOG2_OF_E, "1")


def log10(e: Emitter, x: Value) -> Value:
    return to_base(e, x, LOG10_OF_E, LOG10_OF_2)


def log1p_finite(
    e: Emitter, x: Value, x_low: Value | None = None, doubled: Value | None = None
) -> Value:
    """log(1 + x + x_low) for finite x > -1, plus ln 2 where `doubled` holds."""
    form = e.form
    parts = split_exponent(e, x + 1.0)
    # f = (1 + x) / 2^k - 1 with a single rounding: x / 2^k is exact, and so is 1 / 2^k - 1 where it
    # matters. Four times that, because 1 / 2^k may be subnormal.
    power = e.from_bits((2 * form.bias + 2 - parts.biased) << form.fraction_bits)
    f = e.fma(x, power, power - 4.0) * 0.25
    f_low = None if x_low is None else x_low * (power * 0.25)
    exponent = parts.exponent
    if doubled is not None:
        exponent = e.select(doubled, exponent + 1.0, exponent)
    return natural(e, exponent, f, f_low)


def log1p(e: Emitter, x: Value) -> Value:
    result = e.with_sign_of(log1p_finite(e, x), x)  # log1p(-0) = -0
    return with_edges(e, x, result, pole=-1.0)


_SQUARE_DOMINATES = 2.0**28  # beyond it, sqrt(a^2 +- 1) is a to the last bit


def asinh(e: Emitter, x: Value) -> Value:
    # asinh(a) = log1p(a + a^2 / (1 + sqrt(1 + a^2))), and log(2 a) for large a.
    a = e.abs(x)
    large = a > _SQUARE_DOMINATES
    square = a * a
    y, y_low = e.quick_two_sum(a, square / (e.sqrt(e.fma(a, a, 1.0)) + 1.0))
    y_low = e.select(large, 0.0, y_low)
    result = log1p_finite(e, e.select(large, a - 1.0, y), y_low, doubled=large)
    return e.with_sign_of(e.select(a < math.inf, result, a), x)


def acosh(e: Emitter, x: Value) -> Value:
    # acosh(1 + t) = log1p(t + sqrt(2 t + t^2)), and log(2 x) for large x.
    t = x - 1.0
    large = x > _SQUARE_DOMINATES
    y, y_low = e.quick_two_sum(e.sqrt(e.fma(t, t, t + t)), t)
    y_low = e.select(large, 0.0, y_low)
    result = log1p_finite(e, e.select(large, t, y), y_low, doubled=large)
    return e.select(x >= 1.0, e.select(x < math.inf, result, x), math.nan)


def atanh(e: Emitter, x: Value) -> Value:
    # Near 0 the series of log1p_tail itself; elsewhere log1p(2 a + 2 a a / (1 - a)) / 2,
    # in which the rounded quotient counts for little where the result is small.
    a = e.abs(x)
    square = a * a
    series = e.polynomial(square, COEFFICIENTS["atanh", e.precision])
    small = e.fma(a * square * 0.5, series, a)
    large = log1p_finite(e, e.fma(a + a, a / (1.0 - a), a + a)) * 0.5
    result = e.select(a < 0.171, small, large)
    edge = e.select(a.equals(1.0), math.inf, math.nan)
    return e.with_sign_of(e.select(a < 1.0, result, edge), x)
