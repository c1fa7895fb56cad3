"""Derive the polynomial coefficients of `dovetail.compile.scalar.vectormath_special`.

Each row of `TABLE` names a smooth function on an interval. It is interpolated at Chebyshev's
points in 60-digit arithmetic (mpmath), and written as a polynomial in the distance from `centre`.
With this many terms the result is as good as that of Remez' exchange (tools/minimax.py), and much
faster to compute.

Run `python tools/special_functions.py` to print the error of each row as a power of two, and
`python tools/special_functions.py --write` to write the coefficients anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mpmath
from minimax import Real, heading
from mpmath import mp

mp.dps = 60
TARGET = Path(__file__).parents[1] / "src/dovetail/compile/scalar/special_coefficients.py"


@dataclass(frozen=True)
class Row:
    """`function` on [low, high], as a polynomial in x - centre; `terms` of each precision.

    `scale`: the largest error of the final function for an error of 1.
    """

    name: str
    meaning: str
    function: Callable[[Real], Real]
    low: float
    high: float
    terms: dict[str, int]
    centre: float = 0.0
    scale: float = 1.0


def chebyshev(function: Callable[[Real], Real], low: Real, high: Real, count: int) -> list[Real]:
    """Coefficients of Chebyshev's polynomials on [low, high]."""
    angles = [mp.pi * (k + mp.mpf(1) / 2) / count for k in range(count)]
    values = [function((low + high) / 2 + (high - low) / 2 * mp.cos(at)) for at in angles]
    sums = [
        2 / mp.mpf(count) * sum(v * mp.cos(j * at) for v, at in zip(values, angles, strict=True))
        for j in range(count)
    ]
    return [sums[0] / 2, *sums[1:]]


def monomials(series: list[Real], low: Real, high: Real, centre: Real) -> list[Real]:
    """The same in powers of x - centre."""
    # y = (x - middle) / half = a (x - centre) + b
    half = (high - low) / 2
    a, b = 1 / half, (centre - (low + high) / 2) / half
    count = len(series)

    def times_y(poly: list[Real]) -> list[Real]:
        result = [mp.mpf(0)] * count
        for power, c in enumerate(poly):
            result[power] += b * c
            if power + 1 < count:
                result[power + 1] += a * c
        return result

    before = [mp.mpf(1)] + [mp.mpf(0)] * (count - 1)
    now = times_y(before)
    total = [series[0] * c for c in before]
    for weight in series[1:]:
        total = [t + weight * c for t, c in zip(total, now, strict=True)]
        doubled = [2 * c for c in times_y(now)]
        before, now = now, [d - c for d, c in zip(doubled, before, strict=True)]
    return total


def fit(row: Row, count: int) -> tuple[list[Real], Real, Real]:
    """Coefficients, the largest error, and how much larger the terms are than the sum."""
    low, high, centre = mp.mpf(row.low), mp.mpf(row.high), mp.mpf(row.centre)
    exact = monomials(chebyshev(row.function, low, high, count), low, high, centre)
    worst, condition = mp.mpf(0), mp.mpf(0)
    for k in range(3 * count + 2):
        x = (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * k / (3 * count + 1))
        terms = [c * (x - centre) ** n for n, c in enumerate(exact)]
        value = row.function(x)
        worst = max(worst, abs(sum(terms) - value) * row.scale)
        condition = max(condition, sum(map(abs, terms)) / abs(value) if value else mp.mpf(0))
    return exact, worst, condition


TINY = mp.mpf(10) ** -20
DIGAMMA_ROOT = mp.findroot(mp.digamma, 1.4616)


def log_gamma_near(n: int) -> Callable[[Real], Real]:
    """log(gamma(n + t)) / t."""

    def function(t: Real) -> Real:
        if abs(t) < TINY:
            return mp.digamma(n) + t * mp.psi(1, n) / 2
        return mp.loggamma(n + t) / t

    return function


def stirling(v: Real) -> Real:
    """x times what Stirling's formula lacks, for v = 1 / x^2."""
    if v < mp.mpf(10) ** -8:
        return mp.mpf(1) / 12 - v / 360 + v**2 / 1260 - v**3 / 1680 + v**4 / 1188
    x = 1 / mp.sqrt(v)
    return (mp.loggamma(x) - ((x - mp.mpf(1) / 2) * mp.log(x) - x + mp.log(2 * mp.pi) / 2)) * x


def digamma_tail(v: Real) -> Real:
    """x^2 (log(x) - 1 / (2 x) - digamma(x)) for v = 1 / x^2."""
    if v < mp.mpf(10) ** -8:
        return mp.mpf(1) / 12 - v / 120 + v**2 / 252 - v**3 / 240
    x = 1 / mp.sqrt(v)
    return (mp.log(x) - 1 / (2 * x) - mp.digamma(x)) * x * x


def inverse_erfc(y: Real) -> Real:
    """The z with erfc(z) = y, by Halley's method."""
    y = mp.mpf(y)
    size = -mp.log(y)
    z = mp.sqrt(size - mp.log(mp.pi * max(size, 1)) / 2) if size > 2 else mp.mpf("0.6")
    for _ in range(60):
        step = (mp.erfc(z) - y) * mp.sqrt(mp.pi) / 2 * mp.exp(z * z)
        step = step / (1 + z * step) if abs(z * step) < 0.9 else step / 2
        z += step
        if abs(step) < mp.mpf(10) ** -45 * z:
            break
    return z


def inverse_erfc_tail(s: Real) -> Real:
    """inverse_erfc(exp(-s^2)) - s."""
    return inverse_erfc(mp.exp(-s * s)) - s


def bessel_small(order: int) -> Callable[[Real], Real]:
    """(I_n(x) n! (2 / x)^n - 1) / u for u = x^2 / 4."""

    def function(u: Real) -> Real:
        if u < TINY:
            return mp.mpf(1) / (order + 1)
        x = 2 * mp.sqrt(u)
        return (mp.besseli(order, x) * (2 / x) ** order - 1) / u

    return function


def bessel_large(order: int) -> Callable[[Real], Real]:
    """I_n(x) exp(-x) sqrt(x) for v = 1 / x."""

    def function(v: Real) -> Real:
        if v < mp.mpf(10) ** -9:
            m = 4 * order * order
            series = 1 - (m - 1) * v / 8 + (m - 1) * (m - 9) * v * v / 128
            return series / mp.sqrt(2 * mp.pi)
        return mp.exp(-1 / v) * mp.besseli(order, 1 / v) / mp.sqrt(v)

    return function


def sinc_series(u: Real) -> Real:
    """(sin(pi x) / (pi x) - 1) / u for u = x^2."""
    return (mp.sincpi(mp.sqrt(u)) - 1) / u if u > TINY else -(mp.pi**2) / 6


S = (0.8325546, 2.25, 6.1, 13.0, 27.4)  # sqrt(log 2) and on
BESSEL = (3.0, 7.75)
TABLE = [
    Row("lgamma_1", "log(gamma(1 + t)) / t", log_gamma_near(1), -0.5, 0.5,
        {"float64": 30}, scale=1.8),
    Row("lgamma_2", "log(gamma(2 + t)) / t", log_gamma_near(2), -0.5, 0.5,
        {"float64": 20}, scale=2.4),
    Row("stirling", "x (log(gamma(x)) - (x - 1/2) log(x) + x - log(2 pi) / 2), v = 1 / x^2",
        stirling, 0.0, 0.1600001, {"float64": 15}, scale=1.5),
    Row("digamma", "digamma(1 + t) / (1 + t - root)",
        lambda t: mp.digamma(1 + t) / (1 + t - DIGAMMA_ROOT), 0.0, 1.0,
        {"float64": 24}, centre=0.5, scale=1.0),
    Row("digamma_tail", "x^2 (log(x) - 1 / (2 x) - digamma(x)), v = 1 / x^2",
        digamma_tail, 0.0, 0.2500001, {"float64": 20}, scale=0.6),
    Row("erfinv", "erfinv(x) / x - sqrt(pi) / 2, u = x^2",
        lambda u: mp.erfinv(mp.sqrt(u)) / mp.sqrt(u) if u > TINY else mp.sqrt(mp.pi) / 2, 0.0, 0.25,
        {"wide": 8, "float64": 15}),
    Row("erfinv_tail_1", "erfcinv(exp(-s^2)) - s", inverse_erfc_tail, S[0], S[1],
        {"wide": 14, "float64": 25}, centre=1.5, scale=2.0),
    Row("erfinv_tail_2", "erfcinv(exp(-s^2)) - s", inverse_erfc_tail, S[1], S[2],
        {"wide": 14, "float64": 27}, centre=4.0, scale=0.5),
    Row("erfinv_tail_3", "erfcinv(exp(-s^2)) - s", inverse_erfc_tail, S[2], S[3],
        {"wide": 9, "float64": 22}, centre=9.0, scale=0.17),
    Row("erfinv_tail_4", "erfcinv(exp(-s^2)) - s", inverse_erfc_tail, S[3], S[4],
        {"float64": 22}, centre=20.0, scale=0.08),
    Row("i0", "(I_0(x) - 1) / u, u = x^2 / 4", bessel_small(0), 0.0, BESSEL[0] ** 2 / 4,
        {"wide": 6, "float64": 10}, scale=0.5),
    Row("i1", "(2 I_1(x) / x - 1) / u, u = x^2 / 4", bessel_small(1), 0.0, BESSEL[0] ** 2 / 4,
        {"wide": 6, "float64": 10}, scale=0.5),
    Row("i0_middle", "I_0(x) exp(-x) sqrt(x)", lambda x: bessel_large(0)(1 / x), *BESSEL,
        {"wide": 13, "float64": 28}, centre=5.0, scale=2.5),
    Row("i1_middle", "I_1(x) exp(-x) sqrt(x)", lambda x: bessel_large(1)(1 / x), *BESSEL,
        {"wide": 13, "float64": 28}, centre=5.0, scale=2.9),
    Row("i0_large", "I_0(x) exp(-x) sqrt(x), v = 1 / x", bessel_large(0), 0.0, 1 / BESSEL[1],
        {"wide": 8, "float64": 27}, centre=0.0625, scale=2.5),
    Row("i1_large", "I_1(x) exp(-x) sqrt(x), v = 1 / x", bessel_large(1), 0.0, 1 / BESSEL[1],
        {"wide": 8, "float64": 27}, centre=0.0625, scale=2.6),
    Row("sinc", "(sin(pi x) / (pi x) - 1) / u, u = x^2", sinc_series, 0.0, 0.25,
        {"float32": 5, "float64": 9}, scale=0.4),
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    title = "Polynomial coefficients of the special functions"
    *lines, table = heading(title, "special_functions.py", "SPECIAL")
    lines += ["# fmt: off", table]
    lacks: dict[tuple[str, str], float] = {}
    for row in TABLE:
        for precision, count in row.terms.items():
            coefficients, worst, condition = fit(row, count)
            size, terms = (mpmath.nstr(v, 4) for v in (mp.log(worst, 2), condition))
            print(f"{row.name:14s} {precision:8s} {count:2d} terms  2^{size} condition {terms}",
                  flush=True)  # fmt: skip
            about = f", from {row.centre}" if row.centre else ""
            lines.append(f"    # {row.meaning}{about}: 2^{size}")
            lines.append(f'    ("{row.name}", "{precision}"): (')
            lines += [
                "        " + " ".join(f"{float(c)!r}," for c in coefficients[at : at + 3])
                for at in range(0, len(coefficients), 3)
            ]
            lines.append("    ),")
            lacks[row.name, precision] = float(coefficients[0] - mp.mpf(float(coefficients[0])))
    high = float(DIGAMMA_ROOT)
    low = float(DIGAMMA_ROOT - mp.mpf(high))
    lines += ["}", "# fmt: on", "", "# What the rounded first coefficients lack."]
    lines.append("LOW: Final[Mapping[tuple[str, str], float]] = {")
    lines += [f'    ("{name}", "{kind}"): {rest!r},' for (name, kind), rest in lacks.items()]
    lines += ["}", "", "# The positive root of digamma, in two parts."]
    lines.append(f"DIGAMMA_ROOT: Final = ({high!r}, {low!r})")
    if options.write:
        TARGET.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
