"""exp, exp2, expm1, sigmoid, sinh, cosh, tanh.

With k = round(x / ln 2) and r = x - k ln 2, exp(x) = 2^k (1 + p) where p = expm1(r) is a
polynomial on |r| <= ln(2) / 2. Adding a large constant rounds to k and leaves k, with the bias of
an exponent already added, in the low bits of the sum, so that no conversion is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from dovetail.compile.scalar.vectormath_coefficients import COEFFICIENTS, LN2
from dovetail.compile.scalar.vectormath_emitter import FLOAT32, Emitter, Value, split

# Powers of two by which intermediate results are scaled up, so that none of them is subnormal.
SPARE: Final = {"float32": 32, "float64": 64}


@dataclass(frozen=True)
class Reduced:
    """x = count * ln 2 + rest; `bits` holds count plus a known number in its low bits."""

    count: Value
    bits: Value
    rest: Value


def round_to_count(e: Emitter, x: Value, scale: float, added: int) -> tuple[Value, Value]:
    """k = round(x * scale) as a float, and an integer whose low bits hold k + added."""
    shifter = 1.5 * 2.0**e.form.fraction_bits + added
    shifted = e.fma(x, scale, shifter)
    return shifted - shifter, e.to_bits(shifted)


def reduce_by_ln2(e: Emitter, x: Value, added: int) -> Reduced:
    count, bits = round_to_count(e, x, 1 / math.log(2), added)
    high, low = ln2_parts(e)
    return Reduced(count, bits, e.fma(count, -low, e.fma(count, -high, x)))


def reduce_exactly(e: Emitter, x: Value, x_low: Value, added: int) -> tuple[Reduced, Value]:
    """The same for x + x_low, with the rounding error of `rest`."""
    count, bits = round_to_count(e, x, 1 / math.log(2), added)
    high, low = ln2_parts(e)
    rest, rest_low = e.quick_two_sum(e.fma(count, -high, x), e.fma(count, -low, x_low))
    return Reduced(count, bits, rest), rest_low


def ln2_parts(e: Emitter) -> tuple[float, float]:
    """The high part has so few bits that count * high is exact, and x - count * high as well."""
    return split(LN2, e.form, 15 if e.form is FLOAT32 else 41)


def expm1_tail(e: Emitter, rest: Value) -> Value:
    """(expm1(rest) - rest) / rest^2 for |rest| <= ln(2) / 2."""
    return e.polynomial(rest, COEFFICIENTS["expm1", e.form.dtype])


def expm1_of_rest(e: Emitter, rest: Value) -> Value:
    return e.fma(rest * rest, expm1_tail(e, rest), rest)


def power_of_two(e: Emitter, bits: Value) -> Value:
    """2^k from bits whose low part holds k + bias; k within the range of normal numbers."""
    return e.from_bits(bits << e.form.fraction_bits)


def is_negative(e: Emitter, x: Value) -> Value:
    """Whether the sign bit is set; comparing floats would use the port of a multiplication."""
    return e.to_bits(x) < 0


def scale_twice(e: Emitter, value: Value, bits: Value) -> Value:
    """value * 2^k for any k, from bits that hold k + 2 * bias.

    The exponents of the factors 2^(k / 2) never leave the format; the first product is exact, and
    the second one overflows or rounds into the subnormal numbers as it should.
    """
    half = bits >> 1
    return value * power_of_two(e, half) * power_of_two(e, bits - half)


def exp_clamped(e: Emitter, x: Value, halvings: int = 0) -> Value:
    """exp(x) / 2^halvings, for x within the range of `scale_twice`."""
    reduced = reduce_by_ln2(e, x, 2 * e.form.bias - halvings)
    return scale_twice(e, expm1_of_rest(e, reduced.rest) + 1.0, reduced.bits)


def exp(e: Emitter, x: Value) -> Value:
    low, high = (-104.0, 89.0) if e.form is FLOAT32 else (-746.0, 710.0)
    return exp_clamped(e, e.at_least(e.at_most(x, high), low))


def exp2(e: Emitter, x: Value) -> Value:
    low, high = (-151.0, 129.0) if e.form is FLOAT32 else (-1076.0, 1025.0)
    x = e.at_least(e.at_most(x, high), low)
    return exp2_clamped(e, x)


def exp2_clamped(e: Emitter, x: Value, rest: Value | float = 0.0) -> Value:
    """2^(x + rest), |rest| far below 1, for x within the range of `scale_twice`."""
    count, bits = round_to_count(e, x, 1.0, 2 * e.form.bias)
    fraction = x - count + rest if isinstance(rest, Value) else x - count
    value = e.fma(fraction, e.polynomial(fraction, COEFFICIENTS["exp2", e.precision]), 1.0)
    return scale_twice(e, value, bits)


def expm1(e: Emitter, x: Value) -> Value:
    high = 89.0 if e.form is FLOAT32 else 710.0
    clamped = e.at_least(e.at_most(x, high), -60.0)
    # Half of the result is computed, because 2^k itself may overflow where the result does not.
    reduced = reduce_by_ln2(e, clamped, e.form.bias - 1)
    p = expm1_of_rest(e, reduced.rest)
    half_power = power_of_two(e, reduced.bits)
    half = e.fma(half_power, p, half_power - 0.5)
    result = e.select(reduced.count.equals(0.0), p, half + half)
    return e.with_sign_of(result, x)  # expm1(-0) = -0


def sigmoid(e: Emitter, x: Value) -> Value:
    # 1 / (1 + d) for x >= 0 and d / (1 + d) for x < 0, with d = exp(-|x|) = s + s p, which never
    # overflows. Written for `one` times s, which is not subnormal even where s is, the fraction
    # comes out that much smaller, and only the last product can round to a subnormal number.
    negative = is_negative(e, x)
    low = -104.0 if e.form is FLOAT32 else -746.0
    spare = SPARE[e.form.dtype]
    reduced = reduce_by_ln2(e, e.at_least(-e.abs(x), low), e.form.bias + spare)
    p = expm1_of_rest(e, reduced.rest)
    power, one = power_of_two(e, reduced.bits), 2.0**spare
    denominator = e.fma(power, p, power + one)
    inverse = 1.0 / denominator
    left = e.fma(-inverse, denominator, 1.0)  # the remainder of the rounded division
    fraction = e.fma(inverse, e.select(negative, p + left, left), inverse)
    return fraction * e.select(negative, power, one)


def tanh(e: Emitter, x: Value) -> Value:
    # tanh(a) = (1 - exp(-2a)) / (1 + exp(-2a)), with exp(-2a) = s + s p as in expm1.
    saturated = e.at_most(e.abs(x), 10.0 if e.form is FLOAT32 else 20.0)
    if e.form is FLOAT32:  # 2 ULP were verified for every argument without this correction
        reduced = reduce_by_ln2(e, saturated * -2.0, e.form.bias)
        p = expm1_of_rest(e, reduced.rest)
    else:
        reduced, rest_low = reduce_exactly(e, saturated * -2.0, e.constant(0.0), e.form.bias)
        rest = reduced.rest
        p = rest + e.fma(rest * rest, expm1_tail(e, rest), rest_low)
    power = power_of_two(e, reduced.bits)
    return e.with_sign_of(e.fma(-power, p, 1.0 - power) / e.fma(power, p, power + 1.0), x)


def half_exp_of_magnitude(e: Emitter, x: Value) -> Value:
    """exp(|x|) / 2, which overflows no sooner than sinh and cosh do."""
    return exp_clamped(e, e.at_most(e.abs(x), 90.0 if e.form is FLOAT32 else 711.0), halvings=1)


def sinh(e: Emitter, x: Value) -> Value:
    square = x * x
    small = e.fma(x * square, e.polynomial(square, COEFFICIENTS["sinh", e.precision]), x)
    half = half_exp_of_magnitude(e, x)
    large = e.with_sign_of(half - 0.25 / half, x)
    return e.select(e.abs(x) < 1.0, small, large)


def cosh(e: Emitter, x: Value) -> Value:
    half = half_exp_of_magnitude(e, x)
    return half + 0.25 / half
