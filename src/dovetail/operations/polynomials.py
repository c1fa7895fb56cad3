"""Polynomials with whole coefficients through given points, in exact arithmetic."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Terms = dict[tuple[int, ...], Fraction]  # exponents -> coefficient
Function = Callable[[Sequence[int]], float | None]


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
    function: Function, base: Sequence[int], steps: Sequence[int], degree: int
) -> Polynomial | None:
    """The polynomial, of a degree in each variable, equal to a function on a grid.

    The function is called with what is added to each of `base`. None where it is None at
    some point, or where a coefficient is no whole number.
    """
    terms = _fit(function, base, steps, degree, ())
    if terms is None or any(value.denominator != 1 for value in terms.values()):
        return None
    return Polynomial(tuple((powers, int(value)) for powers, value in terms.items() if value))


def _fit(
    function: Function,
    base: Sequence[int],
    steps: Sequence[int],
    degree: int,
    chosen: tuple[int, ...],
) -> Terms | None:
    """The terms in the variables after those chosen, by Lagrange's basis polynomials."""
    number = len(chosen)
    if number == len(base):
        value = function(chosen)
        return None if value is None else {(): Fraction(value)}
    points = [base[number] + turn * steps[number] for turn in range(degree + 1)]
    result: Terms = {}
    for turn, point in enumerate(points):
        inner = _fit(function, base, steps, degree, (*chosen, turn * steps[number]))
        if inner is None:
            return None
        basis = [Fraction(1)]  # 1 at this point, 0 at the others; by power
        for other in points:
            if other != point:
                pairs = zip([Fraction(0), *basis], [*basis, Fraction(0)], strict=True)
                basis = [(low - other * high) / (point - other) for low, high in pairs]
        for (power, scale), (powers, value) in itertools.product(enumerate(basis), inner.items()):
            key = (power, *powers)
            result[key] = result.get(key, Fraction(0)) + scale * value
    return result
