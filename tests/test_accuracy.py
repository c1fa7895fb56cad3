"""Accuracy through the public interface, against mpmath: functions, composites and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import dovetail as dt

Array = np.ndarray[Any, Any]
DIGITS = 60
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def ulps(found: Array, exact: list[Any]) -> Array:
    """The distance to the exact numbers in units of the last place of the found type."""
    info = np.finfo(found.dtype)
    errors: list[float] = []
    for value, number in zip(found.ravel().tolist(), exact, strict=True):
        if mpmath.isnan(number) or math.isnan(value):
            errors.append(0.0 if mpmath.isnan(number) and math.isnan(value) else math.inf)
            continue
        if mpmath.isinf(number) or abs(number) >= mpmath.mpf(float(info.max)) * (
            1 + mpmath.mpf(float(info.eps)) / 4
        ):
            same = math.isinf(value) and (value > 0) == (number > 0)
            errors.append(0.0 if same else math.inf)
            continue
        if math.isinf(value):
            errors.append(math.inf)
            continue
        lowest = math.frexp(float(info.tiny))[1]
        exponent = lowest if number == 0 else max(mpmath.frexp(number)[1], lowest)
        unit = mpmath.ldexp(mpmath.mpf(1), exponent - 1 - info.nmant)
        errors.append(float(abs(mpmath.mpf(value) - number) / unit))
    return np.array(errors)


def assert_accurate(
    function: Callable[..., Any], exact: Callable[[Any], Any], x: Array, limit: float
) -> None:
    """Within `limit` ULP at every x."""
    found = function(x)
    assert found.dtype == x.dtype and found.shape == x.shape
    with mpmath.workdps(DIGITS):
        numbers = [exact(mpmath.mpf(value)) for value in x.tolist()]
        error = ulps(found, numbers)
    worst = int(np.argmax(error))
    assert error[worst] <= limit, (
        f"{error[worst]:.2f} ULP at {x[worst]!r}: {found[worst]!r}, exactly "
        f"{mpmath.nstr(numbers[worst], 12)}; {int((error > limit).sum())} of {x.size} above {limit}"
    )


def spread(low: float, high: float, count: int, dtype: Any, seed: int = 0) -> Array:
    """Evenly, and evenly in the exponent towards 0, within bounds."""
    generator = np.random.default_rng(seed)
    even = generator.uniform(low, high, count)
    reach = max(abs(low), abs(high))
    small = reach * np.exp2(-generator.uniform(0, 30 if dtype == SINGLE else 60, count))
    sign = np.where(generator.integers(0, 2, count) == 0, -1.0, 1.0)
    both = np.concatenate([even, small * sign, [low, high, 0.0, 1.0, -1.0]])
    return np.clip(both, low, high).astype(dtype)


def _complex_free(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return function


# Name, exact function, and where it is sampled: float32, float64.
FUNCTIONS: list[tuple[str, Callable[[Any], Any], tuple[float, float], tuple[float, float]]] = [
    ("exp", mpmath.exp, (-104, 89), (-746, 710)),
    ("exp2", lambda x: mpmath.power(2, x), (-150, 128.5), (-1075, 1024.5)),
    ("expm1", mpmath.expm1, (-20, 89), (-40, 710)),
    ("log", lambda x: mpmath.log(x) if x else -mpmath.inf, (0, 3e38), (0, 1e308)),
    ("log2", lambda x: mpmath.log(x, 2) if x else -mpmath.inf, (0, 100), (0, 1e3)),
    ("log10", lambda x: mpmath.log10(x) if x else -mpmath.inf, (0, 100), (0, 1e3)),
    ("log1p", lambda x: mpmath.log1p(x) if x > -1 else -mpmath.inf, (-1, 1e6), (-1, 1e9)),
    ("sqrt", mpmath.sqrt, (0, 3e38), (0, 1e308)),
    ("rsqrt", lambda x: 1 / mpmath.sqrt(x) if x else mpmath.inf, (0, 3e38), (0, 1e308)),
    ("sin", mpmath.sin, (-1e5, 1e5), (-1e9, 1e9)),
    ("cos", mpmath.cos, (-1e5, 1e5), (-1e9, 1e9)),
    ("tan", mpmath.tan, (-1e5, 1e5), (-1e9, 1e9)),
    ("asin", mpmath.asin, (-1, 1), (-1, 1)),
    ("acos", mpmath.acos, (-1, 1), (-1, 1)),
    ("atan", mpmath.atan, (-1e4, 1e4), (-1e8, 1e8)),
    ("sinh", mpmath.sinh, (-90, 90), (-711, 711)),
    ("cosh", mpmath.cosh, (-90, 90), (-711, 711)),
    ("tanh", mpmath.tanh, (-12, 12), (-25, 25)),
    ("asinh", mpmath.asinh, (-1e6, 1e6), (-1e12, 1e12)),
    ("acosh", mpmath.acosh, (1, 1e6), (1, 1e12)),
    ("atanh", lambda x: mpmath.atanh(x) if abs(x) < 1 else x * mpmath.inf, (-1, 1), (-1, 1)),
    ("erf", mpmath.erf, (-5, 5), (-7, 7)),
    ("erfc", mpmath.erfc, (-5, 10.2), (-7, 27.3)),
    ("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), (-104, 30), (-746, 60)),
    ("reciprocal", lambda x: 1 / x if x else mpmath.inf, (1e-3, 1e6), (1e-3, 1e6)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE], ids=str)
@pytest.mark.parametrize(
    ("name", "exact", "single", "double"), FUNCTIONS, ids=[case[0] for case in FUNCTIONS]
)
def test_elementary_functions(
    name: str, exact: Any, single: Any, double: Any, dtype: np.dtype[Any]
) -> None:
    low, high = single if dtype == SINGLE else double
    x = spread(low, high, 250, dtype)
    assert_accurate(getattr(dt, name), exact, np.clip(x, low, high).astype(dtype), 2.0)


def test_every_elementary_function_is_here() -> None:
    tested = {case[0] for case in FUNCTIONS}
    unary = {
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "sin", "cos",
        "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf",
        "erfc", "sigmoid",
    }  # fmt: skip
    assert unary <= tested


# Composites, and their derivatives.


def sigma(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def normal_cdf(x: Any) -> Any:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def normal_density(x: Any) -> Any:
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


def softplus(x: Any) -> Any:
    return mpmath.log1p(mpmath.exp(x))


def mish_slope(x: Any) -> Any:
    t = mpmath.tanh(softplus(x))
    return t + x * (1 - t * t) * sigma(x)


# Name, function, derivative, where, and the ULP that are promised for each.
ACTIVATIONS: list[tuple[str, Any, Any, tuple[float, float], float, float]] = [
    ("softplus", softplus, sigma, (-103, 100), 3.0, 4.0),
    ("sigmoid", sigma, lambda x: sigma(x) * sigma(-x), (-103, 100), 2.0, 5.0),
    ("log_sigmoid", lambda x: -softplus(-x), lambda x: sigma(-x), (-100, 103), 3.0, 4.0),
    ("silu", lambda x: x * sigma(x), lambda x: sigma(x) * (1 + x * sigma(-x)), (-100, 100), 4.0, 8.0),
    ("gelu", lambda x: x * normal_cdf(x), lambda x: normal_cdf(x) + x * normal_density(x),
     (-13, 13), 60.0, 200.0),
    ("mish", lambda x: x * mpmath.tanh(softplus(x)), mish_slope, (-100, 100), 8.0, 16.0),
    ("tanh", mpmath.tanh, lambda x: mpmath.sech(x) ** 2, (-12, 12), 2.0, 6.0),
    ("softsign", lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, (-1e4, 1e4), 3.0, 5.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "exact", "where", "limit"),
    [(case[0], case[1], case[3], case[4]) for case in ACTIVATIONS],
    ids=[case[0] for case in ACTIVATIONS],
)
def test_activations(name: str, exact: Any, where: Any, limit: float) -> None:
    assert_accurate(getattr(dt, name), exact, spread(*where, 400, SINGLE), limit)


@pytest.mark.parametrize(
    ("name", "slope", "where", "limit"),
    [(case[0], case[2], case[3], case[5]) for case in ACTIVATIONS],
    ids=[case[0] for case in ACTIVATIONS],
)
def test_derivatives_of_activations(name: str, slope: Any, where: Any, limit: float) -> None:
    gradient = dt.grad(lambda x: dt.sum(getattr(dt, name)(x)))
    assert_accurate(gradient, slope, spread(*where, 400, SINGLE), limit)
