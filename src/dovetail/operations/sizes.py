"""Sizes as formulas of sizes that are not known yet, found by trial.

A graph is traced for plain sizes. To see how a number in it follows from the sizes of the inputs
that are not known (the variables), these are given other values, the graph is traced again, and a
polynomial, a quotient rounded down or a power is sought that is right each time. The maths may
work only where some variables are equal, or where one has its example value.

PyTorch's symbols, TensorFlow's unknown dimensions and Keras' None are such variables
(unknown_sizes.py for the last two); each host turns the formulas into its own arithmetic.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import DovetailError
from dovetail.operations.polynomials import Polynomial, interpolate

Values = tuple[int, ...]
Group = tuple[int, ...]  # the numbers of variables that have one value
# For values of the variables: what must be alike at all sizes, and the numbers sought.
Trace = Callable[[Values], tuple[Hashable, Sequence[float]]]

TRIALS = 4
STEPS = (11, 18, 27, 38, 51, 66, 83, 102)  # what is added to the variables of each group
_MOST = {1: 4, 2: 2}  # by degree: variables of a polynomial
_DIVISORS = range(2, 17)
_SHIFTS = 16
_SPREAD = (1, 2, 3, 4, 5, 7, 11, 13)  # values beyond the example at which a quotient is tried
_FACTORS = 3  # sizes in the base of a power
_EXPONENTS = (-1.0, -0.5, 0.5)
_SPLIT = 8  # variables that are looked through for equal ones in all combinations


@dataclass(frozen=True)
class Quotient:
    """(size + shift) // divisor."""

    shift: int
    divisor: int

    def __call__(self, values: Sequence[Any]) -> Any:
        return (values[0] + self.shift) // self.divisor


@dataclass(frozen=True)
class Power:
    """`factor` times a power of a product of sizes, such as the 1 / n of a mean."""

    factor: float
    terms: tuple[int, ...]
    exponent: float

    def __call__(self, values: Sequence[Any]) -> Any:
        return math.prod(values[term] for term in self.terms) ** self.exponent * self.factor


@dataclass(frozen=True)
class Formula:
    """A number, as a function of the values of some groups."""

    groups: tuple[int, ...]
    function: Polynomial | Quotient | Power

    def __call__(self, values: Sequence[Any]) -> Any:
        return self.function([values[number] for number in self.groups])


def moved(example: Values, groups: Sequence[Group], more: Sequence[int]) -> Values:
    """The example with `more` added to the variables of each group."""
    values = list(example)
    for group, extra in zip(groups, more, strict=True):
        for variable in group:
            values[variable] += extra
    return tuple(values)


def varied(example: Values, groups: Sequence[Group], turn: int) -> Values:
    """Other values of the variables, by a different step for each group; the example for turn 0."""
    return moved(example, groups, [turn * _step(n) for n in range(len(groups))])


class SizeSearch:
    """Formulas for the numbers of a trace, which must work for the example."""

    def __init__(self, trace: Trace, example: Values) -> None:
        self._trace = trace
        self.example = example
        self.form, self.first = trace(example)  # what is wrong at the example itself is raised
        self._known: dict[Values, Sequence[float] | None] = {example: self.first}

    def groups(self) -> list[Group]:
        """The variables that are free to vary, together with those that must be equal to them."""
        free: list[Group] = []
        for variable in range(len(self.example)):
            if self.works([*free, (variable,)]):
                free.append((variable,))
        bound = set(range(len(self.example))) - {variable for (variable,) in free}
        for value in dict.fromkeys(self.example[variable] for variable in sorted(bound)):
            alike = [variable for variable in sorted(bound) if self.example[variable] == value]
            for group in _subsets(alike):
                if bound.issuperset(group) and self.works([*free, group]):
                    free.append(group)
                    bound -= set(group)
        return free

    def works(self, groups: Sequence[Group]) -> bool:
        """Whether the graph is of one form for other values of these groups."""
        return all(self.at(varied(self.example, groups, turn)) is not None for turn in (1, 2))

    def at(self, values: Values) -> Sequence[float] | None:
        """The numbers for these values; None where the maths does not work, or has another form."""
        if values not in self._known:
            try:
                form, numbers = self._trace(values)
            except DovetailError:
                self._known[values] = None
            else:
                self._known[values] = numbers if form == self.form else None
        return self._known[values]

    def formula(self, groups: Sequence[Group], index: int) -> Formula | tuple[int, ...]:
        """The formula of one number; where none is found, the groups that it depends on."""
        depends = tuple(n for n in range(len(groups)) if self._depends(groups, n, index))
        for function in self._functions(groups, depends, index):
            formula = Formula(depends, function)
            if self._holds(formula, groups, index):
                return formula
        return depends or tuple(range(len(groups)))

    def _depends(self, groups: Sequence[Group], group: int, index: int) -> bool:
        near, *far = (
            self._number(groups, {group: more}, index)
            for more in (1, _step(group), 2 * _step(group))
        )
        here = self.first[index]
        return near not in (None, here) or any(found != here for found in far)

    def neighbours(self, groups: Sequence[Group]) -> list[tuple[Values, Sequence[float]]]:
        """Values where all groups change, with the numbers for them."""
        tried = [varied(self.example, groups, turn) for turn in (1, 2)]
        tried += [moved(self.example, groups, [turn] * len(groups)) for turn in (1, 2, 3)]
        found = [(values, self.at(values)) for values in tried]
        return [(values, numbers) for values, numbers in found if numbers is not None]

    def _number(self, groups: Sequence[Group], more: dict[int, int], index: int) -> float | None:
        """The number where `more` is added to the variables of some groups."""
        changes = [more.get(n, 0) for n in range(len(groups))]
        found = self.at(moved(self.example, groups, changes))
        return None if found is None else found[index]

    def _functions(
        self, groups: Sequence[Group], depends: tuple[int, ...], index: int
    ) -> Iterator[Polynomial | Quotient | Power]:
        """Functions of the groups that a number depends on, right at some sizes."""
        base = [self.example[groups[n][0]] for n in depends]

        def number(more: Sequence[int]) -> float | None:
            return self._number(groups, dict(zip(depends, more, strict=True)), index)

        for degree, most in _MOST.items():
            if len(depends) <= most:
                found = interpolate(number, base, [_step(n) for n in depends], degree)
                if found is not None:
                    yield found
        if len(depends) == 1:
            pairs = [(base[0] + extra, number([extra])) for extra in (0, *_SPREAD)]
            for divisor in _DIVISORS:
                for shift in range(-_SHIFTS, _SHIFTS + divisor):
                    if all((value + shift) // divisor == found for value, found in pairs):
                        yield Quotient(shift, divisor)
        here = self.first[index]
        if isinstance(here, float) and depends:
            for terms in _products(len(depends)):
                product = math.prod(base[term] for term in terms)
                for exponent in _EXPONENTS:
                    factor = here / product**exponent
                    whole = float(round(factor))
                    close = whole and math.isclose(whole, factor, rel_tol=1e-14)
                    yield Power(whole if close else factor, terms, exponent)

    def _holds(self, formula: Formula, groups: Sequence[Group], index: int) -> bool:
        """Whether a formula is right where all variables change, and for neighbours."""
        for values, numbers in self.neighbours(groups):
            if not close(formula([values[group[0]] for group in groups]), numbers[index]):
                return False
        return True


def close(found: float, right: float) -> bool:
    """Whether a formula gives a number: an integer exactly, a float within rounding."""
    is_float = isinstance(right, float)
    return found == right or (is_float and math.isclose(found, right, rel_tol=1e-14))


@dataclass(frozen=True)
class SizeRule:
    """What holds for all values: variables of one group are equal, and those of none are fixed."""

    groups: tuple[Group, ...]
    form: Any  # what is alike at all sizes
    formulas: tuple[Formula, ...]


def infer_sizes(trace: Trace, example: Values) -> SizeRule:
    """Formulas for all numbers of a trace; variables that no formula follows are fixed."""
    search = SizeSearch(trace, example)
    groups = search.groups()
    formulas: list[Formula] = []
    while len(formulas) < len(search.first):
        found = search.formula(groups, len(formulas))
        if isinstance(found, Formula):
            formulas.append(found)
        else:
            groups = [group for n, group in enumerate(groups) if n not in found]
            formulas.clear()
    return SizeRule(tuple(groups), search.form, tuple(formulas))


def _step(number: int) -> int:
    return STEPS[number % len(STEPS)] + 128 * (number // len(STEPS))


def _subsets(items: Sequence[int]) -> Iterator[Group]:
    """Two of them, then more, up to all; of very many, all at once."""
    for count in range(2, len(items) + 1) if len(items) <= _SPLIT else (len(items),):
        yield from itertools.combinations(items, count)


def _products(count: int) -> Iterator[tuple[int, ...]]:
    for factors in range(1, _FACTORS + 1):
        yield from itertools.combinations_with_replacement(range(count), factors)
