"""Polynomials with whole coefficients through given points, in exact arithmetic."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Terms = dict[tuple[int, ...], Fraction]  # exponents -> coefficient


@dataclass(frozen=True)
class Polynomial:
    """The sum of coefficient * product of values ** exponents."""

    terms: tuple[tuple[tuple[int, ...], int], ...]

    def __call__(self, values: Sequence[Any]) -> Any:
        total: Any = 0
        for exponents, coefficient in self.terms:
            product: Any = coefficient
            for value, exponent in zip(values, exponents, strict=True):
                for _ in range(exponent):
                    product = value if type(product) is int and product == 1 else product * value
            total = product if type(total) is int and total == 0 else total + product
        return total


def interpolate(
    function: Callable[[Sequence[int]], int | None],
    base: Sequence[int],
    steps: Sequence[int],
    degree: int,
) -> Polynomial | None:
    """The polynomial, of a degree in each variable, equal to a function on a grid.

    The function is called with what is added to each of `base`. None where it is None at
    some point, or where a coefficient is no whole number.
    """
    terms = _fit(function, list(base), list(steps), degree, ())
    if terms is None or any(value.denominator != 1 for value in terms.values()):
        return None
    return Polynomial(tuple((powers, int(value)) for powers, value in terms.items() if value))


def _fit(
    function: Callable[[Sequence[int]], int | None],
    base: list[int],
    steps: list[int],
    degree: int,
    chosen: tuple[int, ...],
) -> Terms | None:
    """As a polynomial of the variables after those chosen, by Newton's divided differences."""
    place = len(chosen)
    if place == len(base):
        value = function(chosen)
        return None if value is None else {(): Fraction(value)}
    points = [base[place] + turn * steps[place] for turn in range(degree + 1)]
    table: list[Terms] = []
    for turn in range(degree + 1):
        inner = _fit(function, base, steps, degree, (*chosen, turn * steps[place]))
        if inner is None:
            return None
        table.append(inner)
    result: Terms = {}
    factor = [Fraction(1)]  # of (x - point) ..., by power of x
    for order in range(degree + 1):
        for power, scale in enumerate(factor):
            for powers, value in table[0].items():
                key = (power, *powers)
                result[key] = result.get(key, Fraction(0)) + scale * value
        factor = [
            (factor[power - 1] if power else Fraction(0))
            - (factor[power] * points[order] if power < len(factor) else Fraction(0))
            for power in range(len(factor) + 1)
        ]
        table = [
            _difference(after, before, points[n + order + 1] - points[n])
            for n, (before, after) in enumerate(itertools.pairwise(table))
        ]
    return result


def _difference(after: Terms, before: Terms, span: int) -> Terms:
    return {
        powers: (after.get(powers, Fraction(0)) - before.get(powers, Fraction(0))) / span
        for powers in {**after, **before}
    }
