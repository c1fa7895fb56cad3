"""References and samples of the special functions, for benchmarks/vectormath.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special
from mpmath import mp

Reference = Callable[..., Any]


def _sinc(x: Any) -> Any:
    count = np.rint(x)
    sign = np.where(np.fmod(count, 2) == 0, 1.0, -1.0)
    return np.where(x == 0, 1.0, sign * np.sin(np.pi * (x - count)) / (np.pi * x))


def _lgamma(x: Any) -> Any:
    """SciPy's, but beside the roots of negative numbers, where it loses digits."""
    rough = scipy.special.gammaln(x)
    lost = (np.abs(rough) < 1e-3) & (x < -1)
    rough[lost] = [float(lgamma(mp.mpf(value))) for value in x[lost].tolist()]
    return rough


FLOAT64_REFERENCES: dict[str, Reference] = {
    "digamma": scipy.special.psi, "erfcx": scipy.special.erfcx, "erfinv": scipy.special.erfinv,
    "i0": scipy.special.i0, "i0e": scipy.special.i0e, "i1": scipy.special.i1,
    "i1e": scipy.special.i1e, "lgamma": _lgamma, "log_ndtr": scipy.special.log_ndtr,
    "ndtri": scipy.special.ndtri, "sinc": _sinc,
}  # fmt: skip


def lgamma(x: Any) -> Any:
    """log |gamma(x)|."""
    if x > 0:
        return mp.loggamma(x)
    return mp.log(mp.pi / abs(x * mp.sinpi(x))) - mp.loggamma(-x)


def inverse_erfc(y: Any) -> Any:
    """The z > 0 with erfc(z) = y, by Halley's method."""
    size = -mp.log(y)
    z = mp.sqrt(size - mp.log(mp.pi * max(size, 1)) / 2) if size > 2 else mp.mpf("0.6")
    for _ in range(60):
        step = (mp.erfc(z) - y) * mp.sqrt(mp.pi) / 2 * mp.exp(z * z)
        step = step / (1 + z * step) if abs(z * step) < 0.9 else step / 2
        z += step
        if abs(step) < mp.mpf(10) ** -40 * z:
            break
    return z


def erfinv(x: Any) -> Any:
    """The y with erf(y) = x."""
    if abs(x) < 1e-20:
        return x * mp.sqrt(mp.pi) / 2
    return mp.erfinv(x) if abs(x) < 0.6 else mp.sign(x) * inverse_erfc(1 - abs(x))


def ndtri(p: Any) -> Any:
    """The quantile of the standard normal."""
    if 0.2 < p < 0.8:
        return mp.sqrt(2) * erfinv(2 * p - 1)
    return mp.sqrt(2) * (-inverse_erfc(2 * p) if p < 0.5 else inverse_erfc(2 * (1 - p)))


def erfcx(x: Any) -> Any:
    """exp(x^2) erfc(x)."""
    if x > 1e8:
        return (1 - 1 / (2 * x * x)) / (x * mp.sqrt(mp.pi))
    if x > 100:
        v = 1 / (2 * x * x)
        series = sum((-v) ** k * mp.fac2(2 * k - 1) for k in range(40))
        return series / (x * mp.sqrt(mp.pi))
    return mp.exp(x * x) * mp.erfc(x)


def log_ndtr(x: Any) -> Any:
    """log(ndtr(x))."""
    if x > 0:
        return mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2)
    return mp.log(erfcx(-x / mp.sqrt(2)) / 2) - x * x / 2


def _bessel(order: int, scaled: bool) -> Reference:
    def function(x: Any) -> Any:
        a = abs(x)
        if a > 1000:
            terms, term = mp.mpf(1), mp.mpf(1)
            for k in range(1, 40):
                term *= -(4 * order * order - (2 * k - 1) ** 2) / (8 * k * a)
                terms += term
            value = terms / mp.sqrt(2 * mp.pi * a) * (1 if scaled else mp.exp(a))
        else:
            value = mp.besseli(order, a) * (mp.exp(-a) if scaled else 1)
        return -value if order and x < 0 else value

    return function


MPMATH_REFERENCES: dict[str, Reference] = {
    "digamma": mp.digamma, "erfcx": erfcx, "erfinv": erfinv, "i0": _bessel(0, False),
    "i0e": _bessel(0, True), "i1": _bessel(1, False), "i1e": _bessel(1, True), "lgamma": lgamma,
    "log_ndtr": log_ndtr, "ndtri": ndtri, "sinc": mp.sincpi,
}  # fmt: skip

# What cancels at the roots of negative numbers: errors are units of the terms, if they are larger.
TERMS: dict[str, Reference] = {
    "lgamma": lambda x: 0 if x > -0.5 else max(1, abs(mp.loggamma(-x))),
    "digamma": lambda x: 0 if x > -0.25 else max(1, 2 * abs(mp.digamma(1 - x))),
}

REGIONS: dict[str, tuple[tuple[float, float], ...]] = {
    "digamma": ((0, 1), (1, 2), (1.4616, 1.4617), (2, 3), (2, 30), (-0.25, 0), (-9, 0)),
    "erfcx": ((-1, 1), (-27, -1), (1, 27), (27, 28), (20, 1000)),
    "erfinv": ((-0.5, 0.5), (0.5, 0.75), (0.74, 1), (0.9999, 1), (-1, -0.5)),
    "i0": ((-3, 3), (2.9, 7.8), (-20, 20), (20, 89), (80, 714)),
    "i0e": ((-3, 3), (2.9, 7.8), (-20, 20), (20, 714)),
    "i1": ((-3, 3), (2.9, 7.8), (-20, 20), (20, 89), (80, 714)),
    "i1e": ((-3, 3), (2.9, 7.8), (-20, 20), (20, 714)),
    "lgamma": ((0, 0.6), (0.5, 1.5), (0.999, 1.001), (1.5, 2.5), (1.999, 2.001), (2.4, 3.5),
               (2.5, 30), (-0.5, 0), (-9, 0)),
    "log_ndtr": ((-1, 1), (-6, 0), (0, 3), (0, 38.5), (-40, -30), (-1000, -1)),
    "ndtri": ((0, 1), (0.25, 0.75), (0.09, 0.11), (0, 0.01), (0.49, 0.51)),
    "sinc": ((-0.5, 0.5), (0.49, 0.51), (0.9, 1.1), (-10, 10), (-1e4, 1e4)),
}  # fmt: skip
