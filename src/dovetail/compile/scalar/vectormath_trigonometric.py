"""sin, cos, tan for arguments of any size, and their inverses.

A finite |x| >= 1 is M 2^q with an integer M, so that x / (2 pi) modulo 1 needs only those bits of
1 / (2 pi) that are behind the point after multiplication by 2^q. They are selected from constants
by the bits of the exponent (selects of whole words, then a funnel shift: cheaper than a gather on
most processors) and multiplied by M modulo 2^64. The result is the angle as a fraction of a turn
in fixed point, which gives the quadrant; nothing cancels for any size of x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from dovetail.compile.scalar.special_coefficients import SPECIAL
from dovetail.compile.scalar.vectormath_coefficients import (
    COEFFICIENTS,
    ONE_TURN_INVERSE,
    ONE_TURN_INVERSE_BITS,
    PI,
)
from dovetail.compile.scalar.vectormath_emitter import FLOAT32, Emitter, Value, split

_WORD = 64


@dataclass(frozen=True)
class Angle:
    """|x| = quarter turns + rest (+ rest_low), -1 <= rest <= 1.

    `odd` tells whether the number of quarter turns is odd, `half` whether it is 2 or 3 modulo 4.
    """

    rest: Value
    rest_low: Value | None
    odd: Value
    half: Value


def turn_words(e: Emitter, exponent: Value, count: int) -> list[Value]:
    """`count` words of the fraction bits of 2^(exponent - fraction_bits) / (2 pi)."""
    steps = [1] if e.form is FLOAT32 else [8, 4, 2, 1]
    total = count + 1 + sum(steps)
    shift_of_last = ONE_TURN_INVERSE_BITS - _WORD * total + e.form.fraction_bits
    bits = ONE_TURN_INVERSE >> shift_of_last
    words = [e.integer((bits >> (_WORD * (total - 1 - i))) % (1 << _WORD)) for i in range(total)]
    for step in steps:
        beyond = (exponent & (_WORD * step)) > 0
        words = [e.select(beyond, words[i + step], words[i]) for i in range(len(words) - step)]
    shift = exponent & (_WORD - 1)
    return [e.call("fshl", words[i], words[i + 1], shift) for i in range(count)]


def angle(e: Emitter, a: Value, quarter_turns: int = 0, in_two_parts: bool = False) -> Angle:
    """The angle of a = |x| with some quarter turns added; meaningless for infinite a."""
    form = e.form
    bits = e.to_bits(a)
    fraction = bits & ((1 << form.fraction_bits) - 1)
    integer = e.widened(fraction | (1 << form.fraction_bits))
    exponent = e.widened((bits >> form.fraction_bits) - form.bias)
    # The quadrant changes in the middle between the axes: an eighth of a turn is added.
    axis = (quarter_turns << 62) + (1 << 61)
    rest_low: Value | None = None
    if form is FLOAT32:
        high, low = turn_words(e, exponent, 2)
        turns = integer * high + ((integer * (low >> 32)) >> 32)
        quarters = e.convert("sitofp", turns << 2, "double") * (math.pi / 2 * 2.0**-64)
        rest = e.convert("fptrunc", quarters, form.type)
        if in_two_parts:
            rest_low = e.convert(
                "fptrunc", quarters - e.convert("fpext", rest, "double"), form.type
            )
    else:
        high, middle, low = turn_words(e, exponent, 3)
        turns = integer * high
        rest, rest_low = rest_in_two_parts(e, turns, fraction, middle, low)
    turns = turns + axis
    direct = a < 1.0
    reduced = a >= 1.0  # false for NaN, which then passes through `rest`
    odd_below_1, half_below_1 = quarter_turns & 1, quarter_turns >> 1
    odd = e.select(direct, e.truth(odd_below_1), (turns << 1) < 0)
    half = e.select(direct, e.truth(half_below_1), turns < 0)
    if rest_low is not None:
        rest_low = e.select(reduced, rest_low, 0.0)
    return Angle(e.select(reduced, rest, a), rest_low, odd, half)


def rest_in_two_parts(
    e: Emitter, turns: Value, fraction: Value, middle: Value, low: Value
) -> tuple[Value, Value]:
    """The angle from the nearest axis in float64: `turns` and what `middle` and `low` add."""
    # Four times the product of M with the two lower words, in units of 2^-64 turns. The words are
    # cut into pieces of 53, 53 and 22 bits, each of which is a float.
    significand = e.from_bits(fraction | e.to_bits_of(1.0))
    pieces = (middle >> 11, e.call("fshl", middle, low, 53) >> 11, (low << 42) >> 11)
    first, second, third = (e.convert("sitofp", piece, "double") for piece in pieces)
    product, error = e.two_product(significand * 2.0, first)
    product_low = e.fma(significand * 2.0**-52, second, error)
    product_low = e.fma(significand * 2.0**-105, third, product_low)
    quarters = turns << 2
    upper = e.convert("sitofp", quarters & -2048, "double")
    lower = e.convert("sitofp", quarters & 2047, "double")
    # Near an axis all but a few bits of `upper` and `lower` cancel the product: lose nothing.
    total, total_error = e.two_sum(upper, product)
    whole, whole_error = e.two_sum(total, lower)
    high, rest = e.two_sum(whole, total_error + whole_error + product_low)
    unit, unit_low = (part * 2.0**-65 for part in split(PI, e.form))
    scaled, scaled_error = e.two_product(high, unit)
    return scaled, e.fma(rest, unit, e.fma(high, unit_low, scaled_error))


def sine_series(e: Emitter, angle: Angle) -> Value:
    r = angle.rest
    u = r * r
    series = e.polynomial(u, COEFFICIENTS["sin", e.precision])
    if angle.rest_low is None:
        return e.fma(r * u, series, r)
    return r + e.fma(r * u, series, angle.rest_low)


def cosine_series(e: Emitter, angle: Angle) -> Value:
    r = angle.rest
    u = r * r
    series = e.fma(u, e.polynomial(u, COEFFICIENTS["cos", e.precision]), -0.5)
    if angle.rest_low is None:
        return e.fma(u, series, 1.0)
    return e.fma(u, series, 1.0) - r * angle.rest_low


def sine_of_angle(e: Emitter, a: Value, quarter_turns: int) -> Value:
    at = angle(e, a, quarter_turns)
    size = e.select(at.odd, cosine_series(e, at), sine_series(e, at))
    return e.select(a < math.inf, e.select(at.half, -size, size), math.nan)


def sin(e: Emitter, x: Value) -> Value:
    return e.flip_sign(sine_of_angle(e, e.abs(x), 0), x)


def cos(e: Emitter, x: Value) -> Value:
    return sine_of_angle(e, e.abs(x), 1)


def tan(e: Emitter, x: Value) -> Value:
    a = e.abs(x)
    at = angle(e, a, in_two_parts=True)
    r = at.rest
    u = r * r
    series = e.polynomial(u, COEFFICIENTS["tan", e.precision])
    rest_low = at.rest_low or e.constant(0.0)
    tangent = r + e.fma(r * u, series, e.fma(u, rest_low, rest_low))
    value = e.select(at.odd, -1.0, tangent) / e.select(at.odd, tangent, 1.0)
    return e.flip_sign(e.select(a < math.inf, value, math.nan), x)


def asin_parts(e: Emitter, a: Value) -> tuple[Value, Value, Value]:
    """(near, s, t): asin(a) = s + t where `near`, else asin(a) = pi/2 - 2 (s + t)."""
    near = a <= 0.5
    u = e.select(near, a * a, e.fma(a, -0.5, 0.5))
    s = e.select(near, a, e.sqrt(u))
    return near, s, s * u * e.polynomial(u, COEFFICIENTS["asin", e.precision])


_OUTER = 1.125


def asin(e: Emitter, x: Value) -> Value:
    near, s, t = asin_parts(e, e.abs(x))
    # A part of pi/2 is added last, so that the sums before it are small.
    inner, inner_low = split(Fraction(PI) / 2 - Fraction(_OUTER), e.form)
    far = (e.fma(s, -2.0, inner) - e.fma(t, 2.0, -inner_low)) + _OUTER
    return e.with_sign_of(e.select(near, s + t, far), x)


def acos(e: Emitter, x: Value) -> Value:
    near, s, t = asin_parts(e, e.abs(x))
    pi, pi_low = split(PI, e.form)
    negative = x < 0.0
    signed_s = e.select(negative, -s, s)
    signed_t = e.select(negative, -t, t)
    middle = (pi / 2 - signed_s) - (signed_t - pi_low / 2)
    # acos(-a) = pi - 2 (s + t)
    base = e.select(negative, pi, 0.0)
    base_low = e.select(negative, pi_low, 0.0)
    outer = e.fma(signed_s, 2.0, base) + e.fma(signed_t, 2.0, base_low)
    return e.select(near, middle, outer)


def atan_of_ratio(e: Emitter, t: Value, base: Value, base_low: Value, sign: Value) -> Value:
    """base + base_low + atan(t) with the sign of `sign` for the latter, 0 <= t <= 1."""
    u = t * t
    signed = e.with_sign_of(t, sign)
    tail = signed * u * e.polynomial(u, COEFFICIENTS["atan", e.precision])
    return (base + signed) + (tail + base_low)


def atan(e: Emitter, x: Value) -> Value:
    a = e.abs(x)
    pi, pi_low = split(PI, e.form)
    steep = a > 1.0
    t = e.select(steep, 1.0, a) / e.select(steep, a, 1.0)
    zero = e.constant(0.0)
    base = e.select(steep, pi / 2, zero)
    base_low = e.select(steep, pi_low / 2, zero)
    sign = e.select(steep, -1.0, e.constant(1.0))
    return e.with_sign_of(atan_of_ratio(e, t, base, base_low, sign), x)


def atan2(e: Emitter, y: Value, x: Value) -> Value:
    height, width = e.abs(y), e.abs(x)
    pi, pi_low = split(PI, e.form)
    steep = height > width
    top = e.select(steep, width, height)
    bottom = e.select(steep, height, width)
    t = top / bottom
    t = e.select(bottom.equals(0.0), top, t)  # 0, or NaN where y is
    both = e.select(bottom.equals(math.inf), 1.0, t)  # NaN where x is
    t = e.select(top.equals(math.inf), both, t)
    left = e.to_bits(x) < 0  # the sign bit: x = -0 counts as negative
    # Angle of (width, height) from the nearer axis, then measured from the positive x axis.
    quarter = e.select(steep, 0.5, e.select(left, 1.0, e.constant(0.0)))
    base, base_low = quarter * pi, quarter * pi_low
    plus, minus = e.constant(1.0), e.constant(-1.0)
    sign = e.select(steep, e.select(left, plus, minus), e.select(left, minus, plus))
    return e.with_sign_of(atan_of_ratio(e, t, base, base_low, sign), y)


def sinc(e: Emitter, x: Value) -> Value:
    """sin(pi x) / (pi x), by the distance r of x from a whole number."""
    count = e.rint(x)
    r = x - count
    half = count * 0.5
    u = r * r
    bend = u * e.polynomial(u, SPECIAL["sinc", e.form.dtype])
    sine = e.fma(r, bend, r)
    quotient = e.select(half.equals(e.rint(half)), sine, -sine) / x
    near = e.abs(x) <= 0.5
    result = e.select(near, bend + 1.0, quotient + 0.0)  # -0 becomes 0
    return e.select(e.abs(x).equals(math.inf), 0.0, result)
