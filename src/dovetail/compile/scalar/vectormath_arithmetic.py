"""What the special functions are written with: an emitter with logarithms and exponentials.

operations/special_functions.py has the same methods for nodes of a graph, so that the compilers of
frameworks get the same formulas.
"""

from __future__ import annotations

import math

from dovetail.compile.scalar.vectormath_coefficients import COEFFICIENTS, LN2, PI
from dovetail.compile.scalar.vectormath_emitter import Emitter, Value, split
from dovetail.compile.scalar.vectormath_error import log_of_complement
from dovetail.compile.scalar.vectormath_exponential import (
    exp_clamped,
    expm1_of_rest,
    reduce_exactly,
    scale_twice,
)
from dovetail.compile.scalar.vectormath_logarithm import (
    log1p_tail,
    split_exponent_of_any,
)


class Arithmetic(Emitter):
    """An emitter of float64 arithmetic with the functions that special functions need."""

    def log_parts(self, x: Value) -> tuple[Value, Value]:
        """log(x) for finite x > 0, as a rounded number and what it lacks."""
        parts = split_exponent_of_any(self, x)
        high, low = split(LN2, self.form, self.form.precision - 11)
        f = parts.significand - 1.0
        total, error = self.quick_two_sum(parts.exponent * high, f)
        rest = error + self.fma(parts.exponent, low, log1p_tail(self, f))
        return self.quick_two_sum(total, rest)

    def log_of_complement(self, x: Value) -> Value:
        """log(1 - ndtr(-x)) for finite x >= 0."""
        return log_of_complement(self, x)

    def times_exp(self, value: Value, error: Value, x: Value) -> Value:
        """value (1 + error) exp(x) for |x| <= 720, with an error as small as a rounding."""
        reduced, rest_low = reduce_exactly(self, x, self.constant(0.0), 2 * self.form.bias)
        p = expm1_of_rest(self, reduced.rest) + (error + rest_low)
        return scale_twice(self, self.fma(value, p, value), reduced.bits)

    def exp(self, x: Value) -> Value:
        """exp(x), infinite from 710 on."""
        return exp_clamped(self, self.at_most(x, 710.0))

    def sin_pi_parts(self, r: Value) -> tuple[Value, Value]:
        """sin(pi r) for 0 <= r <= 1/2, as a rounded number and what it lacks."""
        beyond = r > 0.25
        q = self.select(beyond, 0.5 - r, r)
        unit, unit_low = split(PI, self.form)
        z, z_error = self.two_product(q, unit)
        u = z * z
        z_low = self.fma(q, unit_low, z_error)
        sine = self.fma(z * u, self.polynomial(u, COEFFICIENTS["sin", "float64"]), z_low)
        series = self.fma(u, self.polynomial(u, COEFFICIENTS["cos", "float64"]), -0.5)
        cosine = self.fma(u, series, -(z * z_low))
        start = self.select(beyond, 1.0, z)
        return self.quick_two_sum(start, self.select(beyond, cosine, sine))

    def tan_pi_by_pi(self, q: Value) -> Value:
        """tan(pi q) / pi for 0 <= q <= 1/4."""
        z = q * math.pi
        u = z * z
        return self.fma(q, u * self.polynomial(u, COEFFICIENTS["tan", "float64"]), q)
