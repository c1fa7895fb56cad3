"""Special functions far out, and their derivatives where the formula changes, against mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import dovetail as dt
from tests.test_accuracy import DOUBLE, SINGLE, assert_accurate

DTYPES = pytest.mark.parametrize("dtype", [SINGLE, DOUBLE], ids=str)


def erfcx(x: Any) -> Any:
    return mpmath.exp(x * x) * mpmath.erfc(x)


def log_ndtr(x: Any) -> Any:
    """By the series for x -> -infinity where mpmath's erfc would take long."""
    if x > -200:
        return mpmath.log(mpmath.ncdf(x))
    series = sum((-1) ** k * mpmath.fac2(2 * k - 1) / x ** (2 * k) for k in range(20))
    return -x * x / 2 - mpmath.log(-x * mpmath.sqrt(2 * mpmath.pi)) + mpmath.log(series)


def bessel(order: int) -> Callable[[Any], Any]:
    """exp(-x) I(x) for x > 0; far out by DLMF 10.40.1."""

    def function(x: Any) -> Any:
        if x < 2000:
            return mpmath.besseli(order, x) * mpmath.exp(-x)
        total, term = mpmath.mpf(1), mpmath.mpf(1)
        for k in range(1, 20):
            term *= -(4 * order**2 - (2 * k - 1) ** 2) / (8 * k * x)
            total += term
        return total / mpmath.sqrt(2 * mpmath.pi * x)

    return function


i0e, i1e = bessel(0), bessel(1)

# Name, exact function, the sign of x, and |x| from and to: beyond the ranges of test_accuracy.py.
FAR: list[tuple[str, Callable[[Any], Any], int, float, float]] = [
    ("erfcx", erfcx, 1, 9.0, 1e6),
    ("log_ndtr", log_ndtr, -1, 25.0, 1e6),
    ("lgamma", mpmath.loggamma, 1, 50.0, 1e30),
    ("digamma", mpmath.digamma, 1, 50.0, 1e30),
    ("i0e", i0e, 1, 150.0, 1e6),
    ("i1e", i1e, 1, 150.0, 1e6),
]


@DTYPES
@pytest.mark.parametrize(("name", "exact", "sign", "low", "high"), FAR, ids=[x[0] for x in FAR])
def test_values_far_out(
    name: str, exact: Any, sign: int, low: float, high: float, dtype: np.dtype[Any]
) -> None:
    x = sign * np.geomspace(low, high, 100).astype(dtype)
    assert_accurate(getattr(dt, name), exact, x, 2.0)


# Name, exact derivative, the sign of x, |x| from and to, limits in ULP for float32, float64. The
# derivatives of erfcx, i0e and i1e are differences, which lose digits until their series begins.
SLOPES: list[tuple[str, Callable[[Any], Any], int, float, float, tuple[float, float]]] = [
    ("erfcx", lambda x: 2 * x * erfcx(x) - 2 / mpmath.sqrt(mpmath.pi), 1, 1e-2, 2.0, (10, 20)),
    ("erfcx", lambda x: 2 * x * erfcx(x) - 2 / mpmath.sqrt(mpmath.pi), 1, 2.0, 12.0, (100, 300)),
    ("erfcx", lambda x: 2 * x * erfcx(x) - 2 / mpmath.sqrt(mpmath.pi), 1, 12.01, 1e5, (4, 4)),
    ("log_ndtr", lambda x: mpmath.npdf(x) / mpmath.ncdf(x), -1, 1e-2, 100.0, (4, 4)),
    ("log_ndtr", lambda x: mpmath.npdf(x) / mpmath.ncdf(x), 1, 1e-2, 5.0, (4, 4)),
    ("i0e", lambda x: i1e(x) - i0e(x), 1, 1e-2, 1000.0, (100, 2000)),
    ("i0e", lambda x: i1e(x) - i0e(x), 1, 1001.0, 1e6, (4, 6)),
    ("i1e", lambda x: i0e(x) - i1e(x) - i1e(x) / x, 1, 2.0, 1000.0, (100, 2000)),
    ("i1e", lambda x: i0e(x) - i1e(x) - i1e(x) / x, 1, 1001.0, 1e6, (4, 6)),
    ("sinc", lambda x: (mpmath.cospi(x) - mpmath.sincpi(x)) / x, 1, 1e-2, 0.9, (4, 4)),
    ("lgamma", mpmath.digamma, 1, 2.0, 1e6, (2, 2)),
    ("digamma", lambda x: mpmath.psi(1, x), 1, 1e-2, 1e4, (4, 4)),
]


@DTYPES
@pytest.mark.parametrize(
    ("name", "exact", "sign", "low", "high", "limits"),
    SLOPES,
    ids=[f"{name}-{sign * low:g}" for name, _, sign, low, *_ in SLOPES],
)
def test_derivatives(
    name: str, exact: Any, sign: int, low: float, high: float, limits: Any, dtype: np.dtype[Any]
) -> None:
    gradient = dt.grad(lambda x: dt.sum(getattr(dt, name)(x)))
    x = sign * np.geomspace(low, high, 60).astype(dtype)
    assert_accurate(gradient, exact, x, limits[0] if dtype == SINGLE else limits[1])


@DTYPES
@pytest.mark.parametrize("order", [1, 2, 3, 7])
def test_polygamma(order: int, dtype: np.dtype[Any]) -> None:
    x = np.geomspace(1e-2, 1e4, 60).astype(dtype)
    assert_accurate(
        lambda x: dt.polygamma(order, x), lambda x: mpmath.psi(order, x), x, 4.0 + order
    )
