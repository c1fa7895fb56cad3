"""Derive the polynomial coefficients of `dovetail.compile.scalar.vectormath`.

Each row of `TABLE` names a smooth function g, an interval, a weight and how many terms to spend.
`fit` finds the polynomial P that minimises max |weight * (g - P)| by Remez' exchange on a dense
Chebyshev grid, in 60-digit arithmetic (mpmath). The coefficients are then rounded one by one,
lowest power first, and the rest is fitted again each time, so that the rounding of the large
coefficients is absorbed by the small ones where possible.

Run `python tools/minimax.py` to print the error of each row as a power of two, and
`python tools/minimax.py --write` to write `vectormath_coefficients.py` anew (about a minute).
`--only NAME` restricts the printed rows.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath
from mpmath import mp

Real = Any  # mpmath ships no types
Function = Callable[[Real], Real]

mp.dps = 60
TURN_BITS = 1280
TARGET = Path(__file__).parents[1] / "src/dovetail/compile/scalar/vectormath_coefficients.py"


@dataclass(frozen=True)
class Approximation:
    """g on [low, high]; the error of the final function is weight * (g - P)."""

    name: str
    meaning: str
    function: Function
    weight: Function
    low: float
    high: float
    terms: dict[str, int]  # precision -> number of coefficients


def rounded(value: Real, precision: str) -> float:
    """`value` in the format in which the coefficients of this precision are stored."""
    number = float(value)
    if precision == "float32":
        number = struct.unpack("<f", struct.pack("<f", number))[0]
    return number


def evaluate(coefficients: list[Real], at: Real) -> Real:
    result = mp.mpf(0)
    for coefficient in reversed(coefficients):
        result = result * at + coefficient
    return result


def exchange(errors: list[Real], count: int) -> list[int]:
    """Indices of `count` alternating extrema of the error, the largest ones."""
    extrema: list[int] = []
    for index, error in enumerate(errors):
        if extrema and (errors[extrema[-1]] > 0) == (error > 0):
            if abs(error) > abs(errors[extrema[-1]]):
                extrema[-1] = index
        else:
            extrema.append(index)
    while len(extrema) > count:
        if len(extrema) == count + 1:
            ends = (abs(errors[extrema[0]]), abs(errors[extrema[-1]]))
            extrema.pop(0 if ends[0] < ends[1] else -1)
            continue
        sizes = [abs(errors[i]) for i in extrema]
        weakest = sizes.index(min(sizes))
        if weakest in (0, len(extrema) - 1):
            extrema.pop(weakest)
        else:  # removing a pair keeps the signs alternating
            neighbour = weakest + 1 if sizes[weakest + 1] < sizes[weakest - 1] else weakest - 1
            for index in sorted((weakest, neighbour), reverse=True):
                extrema.pop(index)
    return extrema


def remez(
    points: list[Real], values: list[Real], weights: list[Real], powers: list[int]
) -> tuple[list[Real], Real]:
    """Minimax coefficients of the given powers on the grid, and the largest weighted error."""
    unknowns = len(powers)
    step = (len(points) - 1) / mp.mpf(unknowns)
    nodes = [int(mp.nint(i * step)) for i in range(unknowns + 1)]
    coefficients: list[Real] = []
    worst = mp.mpf(0)
    for _ in range(30):
        matrix = mp.matrix(unknowns + 1, unknowns + 1)
        right = mp.matrix(unknowns + 1, 1)
        for row, node in enumerate(nodes):
            for column, power in enumerate(powers):
                matrix[row, column] = points[node] ** power
            matrix[row, unknowns] = (-1) ** row / weights[node]
            right[row] = values[node]
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[i] for i in range(unknowns)]
        dense = [mp.mpf(0)] * (max(powers) + 1)
        for power, coefficient in zip(powers, coefficients, strict=True):
            dense[power] = coefficient
        errors = [
            w * (v - evaluate(dense, x)) for x, v, w in zip(points, values, weights, strict=True)
        ]
        worst = max(abs(error) for error in errors)
        if worst <= abs(solution[unknowns]) * mp.mpf("1.001"):
            break
        found = exchange(errors, unknowns + 1)
        if len(found) < unknowns + 1:
            break
        nodes = found
    return coefficients, worst


def fit(row: Approximation, precision: str) -> tuple[list[float], Real]:
    """Rounded coefficients, lowest power first, and the largest weighted error with them."""
    low, high = mp.mpf(row.low), mp.mpf(row.high)
    count = row.terms[precision]
    size = 24 * (count + 1)
    points = [
        (low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / size)
        for i in range(size)
    ]
    values = [row.function(x) for x in points]
    weights = [abs(row.weight(x)) for x in points]

    def largest_error(coefficients: list[Real]) -> Real:
        return max(
            abs(w * (v - evaluate(coefficients, x)))
            for x, v, w in zip(points, values, weights, strict=True)
        )

    best: list[Real] = remez(points, values, weights, list(range(count)))[0]
    for power in range(count):
        best[power] = mp.mpf(rounded(best[power], precision))
        later = list(range(power + 1, count))
        if not later:
            break
        rest = [v - evaluate(best[: power + 1], x) for v, x in zip(values, points, strict=True)]
        # The later powers need not alternate where the interval contains 0: then keep them.
        again = best[: power + 1] + remez(points, rest, weights, later)[0]
        if largest_error(again) < largest_error(best):
            best = again
    return [float(c) for c in best], largest_error(best)


def per_root(series: Function, at_zero: float) -> Function:
    """A function of u = t^2 written in t, continuous at zero."""
    return lambda u: series(mp.sqrt(u)) if u > mp.mpf("1e-40") else mp.mpf(at_zero)


def scaled_erfc(x: Real) -> Real:
    return mp.exp(x * x) * mp.erfc(x)


@dataclass(frozen=True)
class Tail:
    """scaled(a) = 1 / (1 + a (slope + N(a) / D(a))) for a from 0 to `end`, with a leading 1 in D.

    The slope has few digits, and is such that a N / D stays below an eighth of the whole: so much
    less do its roundings count. N is fitted for the rounded D.
    """

    name: str
    meaning: str
    scaled: Function
    slope: float
    end: dict[str, float]
    terms: dict[str, tuple[int, int]]  # of N and of D

    def rest(self, a: Real) -> Real:
        """N / D."""
        return (1 / self.scaled(a) - 1) / a - self.slope

    def weight(self, a: Real) -> Real:
        """The relative error of `scaled` for an error of 1 in N / D."""
        return a * self.scaled(a)

    def denominator(self, precision: str) -> list[float]:
        """Coefficients of D, rounded.

        The best ratio in the sense of least squares, whose weights are made larger where the
        error is (Lawson 1961), and which are divided by the D of the step before (Loeb 1957).
        """
        middle, end = 2, mp.mpf(self.end[precision])
        above, below = self.terms[precision]
        size = 8 * (above + below + 1)
        highest = (end - middle) / (end + middle)
        points: list[Real] = []  # dense where the function bends
        for i in range(size):
            at = (highest - 1) / 2 - (highest + 1) / 2 * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / size)
            points.append(middle * (1 + at) / (1 - at))
        values = [self.rest(a) for a in points]
        weights = [self.weight(a) for a in points]
        importance = [mp.mpf(1)] * size
        divisors = [mp.mpf(1)] * size
        best, smallest = [mp.mpf(1)], mp.inf
        for step in range(40):
            matrix, right = mp.matrix(size, above + below - 1), mp.matrix(size, 1)
            for row, (a, value) in enumerate(zip(points, values, strict=True)):
                factor = mp.sqrt(importance[row]) * weights[row] / divisors[row]
                for power in range(above):
                    matrix[row, power] = factor * a**power
                for power in range(1, below):
                    matrix[row, above - 1 + power] = -factor * value * a**power
                right[row] = factor * value
            solution = mp.lu_solve(matrix.T * matrix, matrix.T * right)
            top = [solution[i] for i in range(above)]
            bottom = [mp.mpf(1), *(solution[i] for i in range(above, above + below - 1))]
            divisors = [evaluate(bottom, a) for a in points]
            errors = [
                abs(w * (evaluate(top, a) / d - v))
                for a, d, v, w in zip(points, divisors, values, weights, strict=True)
            ]
            worst = max(errors)
            if worst < smallest:
                best, smallest = bottom, worst
            if step >= 4:  # D has settled
                importance = [
                    i * (error / worst + mp.mpf("1e-3"))
                    for i, error in zip(importance, errors, strict=True)
                ]
                largest = max(importance)
                importance = [i / largest for i in importance]
        return [rounded(c / best[-1], precision) for c in best]

    def fits(self, precision: str) -> tuple[list[float], list[float], Real]:
        """The coefficients of N and D, and the largest relative error with them."""
        with mp.workdps(140):  # the squares of ill-conditioned systems
            bottom = self.denominator(precision)
            exact = [mp.mpf(c) for c in bottom]
            row = Approximation(
                self.name, self.meaning,
                lambda a: self.rest(a) * evaluate(exact, a),
                lambda a: self.weight(a) / evaluate(exact, a),
                0.0, self.end[precision], {precision: self.terms[precision][0]},
            )  # fmt: skip
            top, worst = fit(row, precision)
        return top, bottom, worst


TAILS = [
    Tail(
        "erfc", "erfc(a) exp(a^2) = 1 / (1 + a (slope + N / D))", scaled_erfc, 1.5625,
        {"float32": 10.1, "float64": 27.3}, {"float32": (6, 5), "float64": (11, 11)},
    ),
    Tail(
        "ndtr", "2 ndtr(-a) exp(a^2 / 2) = 1 / (1 + a (slope + N / D))",
        lambda a: scaled_erfc(a / mp.sqrt(2)), 1.125,
        {"float32": 14.3, "float64": 38.6}, {"float32": (6, 5), "float64": (11, 11)},
    ),
]  # fmt: skip

HALF_LN2 = 0.3470
LOG_LOW, LOG_HIGH = -0.29290, 0.41422  # sqrt(1/2) - 1 and sqrt(2) - 1, a little wider
LOG_RATIO = 0.02946  # (f / (2 + f))^2 there

TABLE = [
    Approximation(
        "expm1",
        "(exp(r) - 1 - r) / r^2",
        lambda r: (mp.expm1(r) - r) / r**2,
        lambda r: r**2 / mp.expm1(r),
        -HALF_LN2,
        HALF_LN2,
        {"float32": 5, "float64": 11},
    ),
    Approximation(
        "exp2",
        "(2^r - 1) / r",
        lambda r: (mp.mpf(2) ** r - 1) / r,
        lambda r: r / mp.mpf(2) ** r,
        -0.5005,
        0.5005,
        {"float32": 6, "float64": 12, "wide": 7},
    ),
    Approximation(
        "log1p",
        "(log(1 + f) - f) / f^2",
        lambda f: (mp.log1p(f) - f) / f**2,
        lambda f: f**2 / mp.log1p(f),
        LOG_LOW,
        LOG_HIGH,
        {"float32": 9},
    ),
    Approximation(
        "atanh",
        "2 (atanh(s) - s) / s^3, u = s^2",
        per_root(lambda s: 2 * (mp.atanh(s) - s) / s**3, 2 / 3),
        lambda u: u,
        1e-12,
        LOG_RATIO,
        {"float64": 7, "wide": 4},
    ),
    Approximation(
        "sin",
        "(sin(r) - r) / r^3, u = r^2",
        per_root(lambda r: (mp.sin(r) - r) / r**3, -1 / 6),
        per_root(lambda r: r**3 / mp.sin(r), 0.0),
        1e-12,
        1.0,
        {"float32": 4, "float64": 7},
    ),
    Approximation(
        "cos",
        "(cos(r) - 1 + r^2 / 2) / r^4, u = r^2",
        per_root(lambda r: (mp.cos(r) - 1 + r**2 / 2) / r**4, 1 / 24),
        per_root(lambda r: r**4 / mp.cos(r), 0.0),
        1e-12,
        1.0,
        {"float32": 3, "float64": 7},
    ),
    Approximation(
        "tan",
        "(tan(r) - r) / r^3, u = r^2",
        per_root(lambda r: (mp.tan(r) - r) / r**3, 1 / 3),
        per_root(lambda r: r**3 / mp.tan(r), 0.0),
        1e-12,
        1.0,
        {"float32": 8, "float64": 19},
    ),
    Approximation(
        "asin",
        "(asin(s) - s) / s^3, u = s^2",
        per_root(lambda s: (mp.asin(s) - s) / s**3, 1 / 6),
        per_root(lambda s: s**3 / mp.asin(s), 0.0),
        1e-12,
        0.25,
        {"float32": 5, "float64": 12},
    ),
    Approximation(
        "atan",
        "(atan(t) - t) / t^3, u = t^2",
        per_root(lambda t: (mp.atan(t) - t) / t**3, -1 / 3),
        per_root(lambda t: t**3 / mp.atan(t), 0.0),
        1e-12,
        1.0,
        {"float32": 8, "float64": 19},
    ),
    Approximation(
        "sinh",
        "(sinh(x) - x) / x^3, u = x^2",
        per_root(lambda x: (mp.sinh(x) - x) / x**3, 1 / 6),
        per_root(lambda x: x**3 / mp.sinh(x), 0.0),
        1e-12,
        1.0,
        {"float32": 3, "float64": 7},
    ),
    Approximation(
        "erf",
        "erf(x) / x - 1, u = x^2",
        per_root(lambda x: mp.erf(x) / x - 1, 0.1283791670955126),
        per_root(lambda x: x / mp.erf(x), 0.886),
        0.0,
        1.0,
        {"float32": 7, "float64": 12},
    ),
    Approximation(
        "erf_tail",
        "log(erfc(x)) / x",
        lambda x: mp.log(mp.erfc(x)) / x,
        lambda x: x * mp.erfc(x) / mp.erf(x),
        1.0,
        4.0,
        {"float32": 6},
    ),
    Approximation(
        "log2_tail",
        "(atanh(s) - s - s^3 / 3) / s^5, u = s^2",
        per_root(lambda s: (mp.atanh(s) - s - s**3 / 3) / s**5, 1 / 5),
        lambda u: u**2,
        1e-12,
        LOG_RATIO,
        {"float64": 8},
    ),
    Approximation(
        "inverse_cbrt",
        "m^(-1/3)",
        lambda m: m ** (-mp.mpf(1) / 3),
        lambda m: m ** (mp.mpf(1) / 3),
        1.0,
        8.0,
        {"float32": 5, "float64": 7},
    ),
]


def constant_lines() -> list[str]:
    """The constants that are needed in more than one part, and the bits of 1 / (2 pi)."""
    constants = {
        "LN2": mp.log(2),
        "LOG2_OF_E": 1 / mp.log(2),
        "LOG10_OF_E": 1 / mp.log(10),
        "LOG10_OF_2": mp.log10(2),
        "TWO_LOG2_OF_E": 2 / mp.log(2),
        "ONE_THIRD": mp.mpf(1) / 3,
        "PI": mp.pi,
    }
    lines = [f'{name}: Final = "{mpmath.nstr(value, 50)}"' for name, value in constants.items()]
    with mp.workdps(500):
        turns = int(mp.floor(mp.ldexp(1 / (2 * mp.pi), TURN_BITS)))
    digits = f"{turns:0{TURN_BITS // 4}X}"
    lines += ["", "# The slopes of the tails, and the largest arguments they were fitted for."]
    for tail in TAILS:
        lines.append(f"{tail.name.upper()}_SLOPE: Final = {tail.slope}")
        lines.append(f"{tail.name.upper()}_END: Final = {json.dumps(tail.end)}")
    lines += ["", f"# 1 / (2 pi) as a binary fraction of {TURN_BITS} bits."]
    lines += ["ONE_TURN_INVERSE: Final = int("]
    lines += [f'    "{digits[i : i + 80]}"' for i in range(0, len(digits), 80)]
    lines[-1] += ","
    lines += ["    16,", ")", f"ONE_TURN_INVERSE_BITS: Final = {TURN_BITS}"]
    return lines


def fits(only: str) -> Iterator[tuple[str, str, str, list[float], Real]]:
    """Name, precision, meaning, coefficients and error of every polynomial."""
    for row in TABLE:
        if only in row.name:
            for precision in row.terms:
                yield row.name, precision, row.meaning, *fit(row, precision)
    for tail in TAILS:
        if only in tail.name:
            for precision in tail.terms:
                top, bottom, worst = tail.fits(precision)
                yield f"{tail.name}_over", precision, f"{tail.meaning}, N", top, worst
                yield f"{tail.name}_under", precision, f"{tail.meaning}, D", bottom, worst


def heading(title: str, tool: str, table: str) -> list[str]:
    """The lines of a written module above the entries of its table."""
    return [
        f'"""{title}, lowest power first.',
        "",
        f"Written by `tools/{tool}`; do not edit.",
        "",
        "The precision `wide` means: for float32 results computed in float64 arithmetic.",
        "Each comment gives the largest error of the final function, were it evaluated exactly.",
        '"""',
        "",
        "from collections.abc import Mapping",
        "from typing import Final",
        "",
        f"{table}: Final[Mapping[tuple[str, str], tuple[float, ...]]] = {{",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    lines = heading("Polynomial coefficients", "minimax.py", "COEFFICIENTS")
    for name, precision, meaning, coefficients, worst in fits(options.only):
        size = mpmath.nstr(mp.log(worst, 2), 4)
        print(f"{name:16s} {precision:8s} {len(coefficients):2d} terms  2^{size}", flush=True)
        lines.append(f"    # {meaning}: 2^{size}")
        lines.append(f'    ("{name}", "{precision}"): (')
        lines += [f"        {coefficient!r}," for coefficient in coefficients]
        lines.append("    ),")
    lines += [
        "}",
        "",
        "# As decimal fractions, far longer than any format here.",
        *constant_lines(),
    ]
    if options.write and not options.only:
        TARGET.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
