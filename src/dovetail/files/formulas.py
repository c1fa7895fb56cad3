"""The numbers in a graph that depend on sizes, as a file holds them.

A number in a saved graph is an integer, a float, or a text such as "n3": the fourth of the formulas
beside the graph. A formula is a polynomial, a quotient rounded down, or a power of the values of
some sizes (operations/sizes.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.files.records import MOST, FileFault, Record, as_real, real_text
from dovetail.operations.polynomials import Polynomial
from dovetail.operations.sizes import Formula, Power, Quotient

_MOST_TERMS = 256
_MOST_POWER = 8
_MOST_SIZE = 2**48  # of a dimension, and of what a formula may give


def written(formula: Formula) -> dict[str, Any]:
    """A formula as a record."""
    function = formula.function
    sizes = {"sizes": list(formula.groups)}
    if isinstance(function, Polynomial):
        terms = [[coefficient, list(powers)] for powers, coefficient in function.terms]
        return {**sizes, "terms": terms}
    if isinstance(function, Quotient):
        return {**sizes, "shift": function.shift, "divisor": function.divisor}
    return {
        **sizes,
        "factor": real_text(function.factor),
        "product": list(function.terms),
        "exponent": real_text(function.exponent),
    }


def read(record: Record, count: int) -> Formula:
    """A formula of `count` sizes."""
    sizes = tuple(record.integers("sizes", least=0, most=count - 1))
    function: Polynomial | Quotient | Power
    if "terms" in record:
        function = Polynomial(tuple(_term(record, term, len(sizes)) for term in _terms(record)))
    elif "divisor" in record:
        if len(sizes) != 1:
            raise record.wrong("sizes", "one size")
        function = Quotient(record.integer("shift"), record.integer("divisor", least=1))
    else:
        product = record.integers("product", least=0, most=len(sizes) - 1)
        if len(product) > _MOST_POWER:
            raise record.wrong("product", f"at most {_MOST_POWER} sizes")
        exponent = record.real("exponent")
        if not abs(exponent) <= _MOST_POWER:
            raise record.wrong("exponent", f"at most {_MOST_POWER}")
        function = Power(record.real("factor"), tuple(product), exponent)
    return Formula(sizes, function)


def _terms(record: Record) -> list[Any]:
    terms = record.items_of("terms")
    if len(terms) > _MOST_TERMS:
        raise record.wrong("terms", f"at most {_MOST_TERMS} terms")
    return terms


def _term(record: Record, term: Any, count: int) -> tuple[tuple[int, ...], int]:
    fits = isinstance(term, list) and len(term) == 2 and isinstance(term[1], list)
    coefficient, powers = term if fits else (None, [])
    whole = all(type(power) is int and 0 <= power <= _MOST_POWER for power in powers)
    if type(coefficient) is not int or abs(coefficient) > MOST or len(powers) != count or not whole:
        raise record.wrong("terms", "coefficients, each with a power of each size")
    return tuple(powers), coefficient


def values_of(formulas: Sequence[Formula], sizes: Sequence[int]) -> Numbers:
    """What the formulas give for these sizes."""
    floats = [float(size) for size in sizes]
    found: list[int | float] = []
    for formula in formulas:
        try:
            value = formula(floats if isinstance(formula.function, Power) else sizes)
        except (ZeroDivisionError, OverflowError):
            value = math.inf
        if isinstance(value, int) and not -_MOST_SIZE <= value <= _MOST_SIZE:
            raise FileFault(f"a size that follows from {tuple(sizes)} would be {value}")
        found.append(value)
    return Numbers(tuple(found))


@dataclass(frozen=True)
class Numbers:
    """The numbers of a graph: as they are, or by the values of formulas."""

    values: tuple[int | float, ...] = ()

    def whole(self, value: Any) -> int:
        """An integer, such as a size or an axis."""
        found = self._looked_up(value)
        if type(found) is not int or abs(found) > _MOST_SIZE:
            raise FileFault(f"{found!r:.60} is no integer, where a graph needs one")
        return found

    def wholes(self, value: Any) -> tuple[int, ...]:
        """A tuple of integers."""
        if not isinstance(value, list):
            raise FileFault(f"{value!r:.60} is no list of integers")
        return tuple(map(self.whole, value))

    def number(self, value: Any) -> bool | int | float:
        """An integer, a float, or a truth value."""
        found = self._looked_up(value)
        if type(found) in (bool, float):
            return found
        if type(found) is int and -(2**63) <= found < 2**64:
            return found
        real = as_real(found)
        if real is None:
            raise FileFault(f"{found!r:.60} is no number")
        return real

    def _looked_up(self, value: Any) -> Any:
        if isinstance(value, str) and value[:1] == "n" and value[1:].isdecimal():
            number = int(value[1:]) if len(value) < 12 else len(self.values)
            if number >= len(self.values):
                raise FileFault(f"a graph names the number {value:.20}, which it has not")
            return self.values[number]
        return value
