"""The error function, its complement, and the distribution function of the standard normal.

erfc(a) exp(a^2) = 1 / (1 + a g) for a >= 0, where g grows smoothly from 1.13 to 1.77: a line and,
for the rest of g, a small ratio of polynomials, whose rounding errors are negligible. The
exponential gives the magnitude. The tail of the normal distribution has the same form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dovetail.compile.scalar.vectormath_coefficients import (
    COEFFICIENTS,
    ERFC_END,
    ERFC_SLOPE,
    NDTR_SLOPE,
    NORMAL_END,
)
from dovetail.compile.scalar.vectormath_emitter import FLOAT32, Emitter, Value
from dovetail.compile.scalar.vectormath_exponential import (
    SPARE,
    expm1_of_rest,
    is_negative,
    ln2_parts,
    power_of_two,
    reduce_by_ln2,
    round_to_count,
)
from dovetail.compile.scalar.vectormath_logarithm import log1p_finite


def erfc_of_magnitude(e: Emitter, a: Value) -> Value:
    """erfc(a) for a >= 0."""
    return _tail(e, "erfc", e.at_most(a, ERFC_END[e.precision]), ERFC_SLOPE, 1)


def _tail(e: Emitter, name: str, a: Value, slope: float, unit: int) -> Value:
    """exp(-a^2 / unit) / (1 + a g) / unit, for a >= 0.

    With g = slope + N / D the fraction is D / S, S = D (1 + slope a) + a N; and exp(a^2 / unit) is
    2^-k (1 + p). S is kept with its rounding error, so that S (1 + p) is rounded once.
    The constants of S hold 2^spare as a factor, and the power is 2^(k + spare): the result is their
    product, and neither is subnormal where it is. (Adding k to the exponent makes numbers of NaN.)
    """
    spare = SPARE[e.form.dtype]
    over, under = (COEFFICIENTS[f"{name}_{part}", e.form.dtype] for part in ("over", "under"))
    n = e.polynomial(a, [c * 2.0**spare for c in over])
    d = e.polynomial(a, under)
    line = e.fma(a, slope * 2.0**spare, 2.0**spare)
    line_low = e.fma(a, slope * 2.0**spare, 2.0**spare - line)
    rest = e.fma(a, n, d * line_low)
    total = e.fma(d, line, rest)
    total_low = e.fma(d, line, -total) + rest

    decay = _decay(e, a, unit)
    whole, whole_low = (v if unit == 1 else v + v for v in (total, total_low))
    return d / (whole + e.fma(total, decay.high, e.fma(total, decay.low, whole_low))) * decay.power


@dataclass(frozen=True)
class _Decay:
    """exp(-a^2 / unit) = power / (1 + (high + low) / unit) / 2^spare."""

    power: Value
    high: Value
    low: Value


def _decay(e: Emitter, a: Value, unit: int) -> _Decay:
    # a^2 = r - k unit ln 2, where k is the exponent of the result; unit p = r + r^2 bend(r). The
    # rounding of a^2 would be magnified: r = high + low takes its error along.
    square, square_low = e.two_product(a, a)
    added = e.form.bias + SPARE[e.form.dtype]
    count, bits = round_to_count(e, square, -1 / (unit * math.log(2)), added)
    ln2_high, ln2_low = (part * unit for part in ln2_parts(e))
    high, low = e.fma(count, ln2_high, square), e.fma(count, ln2_low, square_low)
    r = high + low
    bend = [c * unit ** -(n + 1) for n, c in enumerate(COEFFICIENTS["expm1", e.form.dtype])]
    return _Decay(power_of_two(e, bits), high, e.fma(r * r, e.polynomial(r, bend), low))


def log_of_complement(e: Emitter, x: Value) -> Value:
    """log(1 - ndtr(-x)) for finite x >= 0."""
    bounded = _within_normal(e, x)
    d, total, total_low = fraction(e, "ndtr", bounded, NDTR_SLOPE)
    decay = _decay(e, bounded, 2)
    share = e.fma(decay.high + decay.low, 0.5, 1.0)
    # S (1 + p), with what its rounding lacks.
    bend_high, bend_low = decay.high * 0.5, decay.low * 0.5
    part, part_low = e.two_product(total, bend_high)
    part_low = e.fma(total, bend_low, part_low) + total_low * share
    part, part_low = e.two_sum(part, part_low)
    under, under_low = e.two_sum(total, part)
    under_low = under_low + part_low
    scale = decay.power * 2.0 ** -(SPARE["float64"] + 1)
    tail = d / under
    tail_low = (e.fma(-tail, under, d) - tail * under_low) / under
    return log1p_finite(e, -(tail * scale), -(tail_low * scale))


def fraction(e: Emitter, name: str, a: Value, slope: float) -> tuple[Value, Value, Value]:
    """D, and S as a rounded number and its error, as in `_tail`."""
    over, under = (COEFFICIENTS[f"{name}_{part}", "float64"] for part in ("over", "under"))
    n, d = e.polynomial(a, over), e.polynomial(a, under)
    line = e.fma(a, slope, 1.0)
    rest = e.fma(a, n, d * e.fma(a, slope, 1.0 - line))
    total = e.fma(d, line, rest)
    return d, total, e.fma(d, line, -total) + rest


def erfc(e: Emitter, x: Value) -> Value:
    right = erfc_of_magnitude(e, e.abs(x))
    return e.select(is_negative(e, x), 2.0 - right, right)


def ndtr(e: Emitter, x: Value) -> Value:
    tail = _tail(e, "ndtr", _within_normal(e, x), NDTR_SLOPE, 2)
    return e.select(is_negative(e, x), tail, 1.0 - tail)


def normal_density(e: Emitter, x: Value) -> Value:
    """exp(-x^2 / 2) / sqrt(2 pi), by the instructions of `ndtr`: LLVM merges them in a gradient."""
    decay = _decay(e, _within_normal(e, x), 2)
    whole = e.fma(decay.high + decay.low, 0.5, 1.0)
    return 2.0 ** -SPARE[e.form.dtype] / math.sqrt(2.0 * math.pi) / whole * decay.power


def _within_normal(e: Emitter, x: Value) -> Value:
    """|x|, or the smallest number at which the density, and so the tail, is 0."""
    return e.at_most(e.abs(x), NORMAL_END[e.form.dtype])


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
