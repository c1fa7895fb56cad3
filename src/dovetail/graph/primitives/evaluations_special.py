"""How NumPy evaluates the special functions: by series and recurrences, in long doubles."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from dovetail.graph.node import Array
from dovetail.graph.primitives.evaluations import erf, erfc, ndtr, of_math

_WIDE = np.longdouble
_PI = _WIDE("3.14159265358979323846264338327950288")


def _narrowed(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """A function of long doubles, with results of the operand's type and without warnings."""

    def apply(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(function(np.asarray(x, _WIDE))).astype(np.result_type(x))

    return apply


@_narrowed
def lgamma(x: Array) -> Array:
    """By the recurrence up to 20, then by Stirling's series; below 0 by reflection."""
    a = np.abs(x)
    y, product = a, np.ones_like(a)
    for _ in range(20):
        near = y < 20
        product = np.where(near, product * y, product)
        y = np.where(near, y + 1, y)
    v = 1 / (y * y)
    series = np.zeros_like(y)
    for b in (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = series * v + _WIDE(b)
    right = (y - 0.5) * (np.log(y) - 1) + (np.log(2 * _PI) - 1) / 2 + series / y - np.log(product)
    right = np.where(np.isinf(a), np.inf, right)
    r = a - np.rint(a)
    left = np.log(_PI / np.abs(a * np.sin(_PI * r))) - right
    left = np.where((r == 0) | np.isinf(a), np.inf, left)
    return np.where(x > 0, right, np.where(np.isnan(x), x, left))


@_narrowed
def digamma(x: Array) -> Array:
    """By the recurrence up to 20, then by the asymptotic series."""
    r = x - np.rint(x)
    angle = _PI * r
    cotangent = np.where(r == 0, np.nan, np.cos(angle) / np.sin(angle))
    y = np.where(x < 0, 1 - x, x)
    total = np.zeros_like(y)
    for _ in range(20):
        near = y < 20
        total = total - np.where(near, 1 / y, 0)
        y = np.where(near, y + 1, y)
    v = 1 / (y * y)
    series = np.zeros_like(y)
    for b in (-3617 / 8160, 1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12):
        series = series * v + _WIDE(b)
    value = total + np.log(y) - 0.5 / y - series * v
    return np.where(x < 0, value - _PI * cotangent, value)


def terms_of_lgamma(x: Array) -> Array:
    """The terms that cancel at the roots of negative numbers."""
    return np.where(x < 0, np.abs(lgamma(np.abs(x))) + 1, np.abs(lgamma(x)))


def terms_of_digamma(x: Array) -> Array:
    """The terms that cancel at the roots of negative numbers."""
    return np.where(x < 0, 2 * np.abs(digamma(np.abs(x) + 1)) + 1, np.abs(digamma(x)))


@cache
def _standard_normal() -> Any:
    return importlib.import_module("statistics").NormalDist()  # here: it imports decimal


def _inverse_normal(p: float) -> float:
    p = float(p)  # of a long double
    if not 0 < p < 1:
        return {0.0: -math.inf, 1.0: math.inf}.get(p, math.nan)
    return _standard_normal().inv_cdf(p)


_quantile = of_math(_inverse_normal)


def erfinv(x: Array) -> Array:
    """By quantiles of the normal distribution, and two steps of Newton's method near 0."""
    with np.errstate(all="ignore"):
        size = np.abs(x)
        tail = -_quantile(np.where(size > 1, np.nan, (1 - size) / 2))
        near = np.minimum(size, 0.6)
        z = _quantile((1 + near) / 2) / math.sqrt(2)
        for _ in range(2):
            z = z - (erf(z) - near) * math.sqrt(math.pi) / 2 * np.exp(z * z)
        found = np.where(size < 0.6, z, tail / math.sqrt(2))
    return np.where(x == 0, x, np.where(x < 0, -found, found)).astype(np.result_type(x))


def ndtri(p: Array) -> Array:
    """By `erfinv` in the middle."""
    middle = erfinv(np.clip(2 * p - 1, -0.5, 0.5)) * math.sqrt(2)
    with np.errstate(all="ignore"):
        outer = np.where(p < 0.5, _quantile(p), -_quantile(1 - p))
    return np.where(np.abs(p - 0.5) < 0.2, middle, outer).astype(np.result_type(p))


def _erfc_series(v: Array) -> Array:
    """sqrt(pi) z exp(z^2) erfc(z) for large z, by powers of v = 1 / (2 z^2)."""
    series = np.ones_like(v)
    for k in reversed(range(1, 15)):
        series = 1 - (2 * k - 1) * v * series
    return series


@_narrowed
def erfcx(x: Array) -> Array:
    """exp(x^2) erfc(x), and beyond 20 the asymptotic series."""
    near = np.clip(x, -30, 20)
    product = np.exp(near * near) * erfc(near.astype(np.float64))
    far = _erfc_series(1 / (2 * x * x)) / (x * np.sqrt(_PI))
    return np.where(x > 20, far, np.where(x < -30, np.inf, product))


@_narrowed
def log_ndtr(x: Array) -> Array:
    """log(ndtr(x)); far to the left by the asymptotic series."""
    left = -x * x / 2 - np.log(-x * np.sqrt(2 * _PI)) + np.log(_erfc_series(1 / (x * x)))
    near = x.astype(np.float64)
    found = np.where(x < -1, np.log(ndtr(near)), np.log1p(-ndtr(-near)))
    return np.where(np.isneginf(x), x, np.where(x < -20, left, found))


def _bessel(x: Array, order: int, scaled: bool) -> Array:
    """The power series, which has no cancellation, up to 40; then the asymptotic one."""
    a = np.abs(x)
    near = np.minimum(a, 40)
    u = near * near / 4
    series = np.zeros_like(a)
    for k in reversed(range(120)):
        series = 1 + series * u / ((k + 1) * (k + 1 + order))
    small = series * (near / 2) ** order * np.exp(-near)
    far = np.ones_like(a)
    for k in reversed(range(1, 30)):
        far = 1 - far * (4 * order * order - (2 * k - 1) ** 2) / (8 * k * a)
    value = np.where(a <= 40, small, far / np.sqrt(2 * _PI * a))
    value = np.where(np.isinf(a), 0, value)
    if not scaled:
        value = np.where(np.isinf(a), np.inf, value * np.exp(a))
    return value if order == 0 else np.copysign(value, x)


i0 = _narrowed(partial(_bessel, order=0, scaled=False))
i1 = _narrowed(partial(_bessel, order=1, scaled=False))
i0e = _narrowed(partial(_bessel, order=0, scaled=True))
i1e = _narrowed(partial(_bessel, order=1, scaled=True))


@_narrowed
def sinc(x: Array) -> Array:
    """sin(pi x) / (pi x), 1 at 0."""
    r = np.fmod(x, 2)
    value = np.sin(_PI * r) / (_PI * x)
    value = np.where((x == np.rint(x)) & (x != 0), 0, value)
    return np.where(np.isinf(x), 0, np.where(x == 0, 1, value))
