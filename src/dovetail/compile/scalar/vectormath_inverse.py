"""The inverses of the error function and of the normal distribution function.

With y = erfc(z) and s = sqrt(-log(y)), z is s and a small smooth function of s.
"""

from __future__ import annotations

import math

from dovetail.compile.scalar.special_coefficients import SPECIAL
from dovetail.compile.scalar.vectormath_arithmetic import Arithmetic
from dovetail.compile.scalar.vectormath_emitter import Value

# The pieces of the tail: their ends, and the points that their polynomials are written around.
_ENDS = (2.25, 6.1, 13.0)
_CENTRES = (1.5, 4.0, 9.0, 20.0)


def _tail(e: Arithmetic, y: Value, scale: float, pieces: int) -> Value:
    """`scale` (1 or sqrt(2)) times the z with erfc(z) = y, for y from 0 to 1/2."""
    high, low = e.log_parts(y)
    square = scale * scale
    square = float(round(square))
    whole, rest = high * -square, low * -square
    root = e.sqrt(whole)
    root_low = (e.fma(-root, root, whole) + rest) / (root + root)
    s = root if square == 1.0 else root * (1.0 / scale)
    bend: Value | None = None
    for number in reversed(range(pieces)):
        table = SPECIAL[f"erfinv_tail_{number + 1}", e.precision]
        piece = e.polynomial(s - _CENTRES[number], [c * scale for c in table])
        bend = piece if bend is None else e.select(s < _ENDS[number], piece, bend)
    assert bend is not None
    return root + (bend + root_low)


def _centre(e: Arithmetic, x: Value, scale: float) -> Value:
    """`scale` times erfinv(x) for |x| <= 1/2."""
    table = SPECIAL["erfinv", e.precision]
    return x * e.polynomial(x * x, [c * scale for c in table])


def _with_edges(e: Arithmetic, y: Value, value: Value) -> Value:
    """Infinite for y = 0, NaN below and for NaN."""
    return e.select(y > 0.0, value, e.select(y.equals(0.0), math.inf, math.nan))


def erfinv(e: Arithmetic, x: Value) -> Value:
    y = 1.0 - e.abs(x)
    tail = _with_edges(e, y, _tail(e, y, 1.0, 2))
    return e.select(e.abs(x) <= 0.5, _centre(e, x, 1.0), e.with_sign_of(tail, x))


def ndtri(e: Arithmetic, p: Value) -> Value:
    below = p < 0.5
    half = e.select(below, p, 1.0 - p)
    tail = _tail(e, half + half, math.sqrt(2.0), 3 if e.precision == "wide" else 4)
    tail = _with_edges(e, half, tail)
    x = (p - 0.5) * 2.0
    outer = e.select(below, -tail, tail)
    return e.select(e.abs(x) <= 0.5, _centre(e, x, math.sqrt(2.0)), outer)
