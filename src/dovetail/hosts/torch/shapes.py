"""The shapes of outputs where those of inputs are symbolic (torch.compile, torch.export).

A graph is traced for plain sizes. Its output sizes as functions of the symbols in its input
sizes are found by trial: symbols are given other values, the graph is traced again, and a
polynomial, or a quotient rounded down, is sought that gives the right size each time. The
maths may work only where two symbols are equal, or where one has its example value, or a
size may follow no formula: that much, and no more, is then required by a guard.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from dovetail.errors import DovetailError
from dovetail.hosts.torch.dtypes import ours, symbol_value
from dovetail.hosts.torch.polynomials import Polynomial, interpolate
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Operation, Specs

Shape = tuple[int, ...]
Group = tuple[int, ...]  # the numbers of symbols that have one value

_STEPS = (11, 18, 27, 38, 51, 66, 83, 102)  # what is added to the symbols of each group
_MOST = {1: 4, 2: 2}  # by degree: variables of a polynomial
_DIVISORS = range(2, 17)
_SHIFTS = 16
_SPREAD = (1, 2, 3, 4, 5, 7, 11, 13)  # values beyond the example at which a quotient is tried


@dataclass(frozen=True)
class Quotient:
    """(symbol + shift) // divisor."""

    shift: int
    divisor: int

    def __call__(self, values: Sequence[Any]) -> Any:
        return (values[0] + self.shift) // self.divisor


@dataclass(frozen=True)
class Formula:
    """A size, as a function of the values of some groups."""

    groups: tuple[int, ...]
    function: Polynomial | Quotient

    def __call__(self, values: Sequence[Any]) -> Any:
        return self.function([values[number] for number in self.groups])


@dataclass(frozen=True)
class SizeRule:
    """What holds for all values of the symbols: those of one group are equal."""

    groups: tuple[Group, ...]
    fixed: Group  # symbols that keep their example values
    shapes: tuple[tuple[Formula, ...], ...]

    def varied(self, example: Shape, turn: int) -> Shape:
        """Other values of the symbols, each group's in its own way; the example for turn 0."""
        values = list(example)
        for number, group in enumerate(self.groups):
            for symbol in group:
                values[symbol] += turn * _step(number)
        return tuple(values)


def output_shapes(operation: Operation, tensors: Sequence[Any]) -> list[list[Any]]:
    """The sizes of each output; symbolic where they depend on symbolic sizes."""

    def sizes(specs: Specs) -> list[Shape]:
        return [spec.shape for spec in operation.outputs(specs)]

    return infer_sizes(operation.size_rules, tensors, sizes)[0]


def infer_sizes(
    size_rules: dict[Any, SizeRule], tensors: Sequence[Any], sizes: Callable[[Specs], list[Shape]]
) -> tuple[list[list[Any]], list[Specs]]:
    """What `sizes` gives for the tensors, symbolic where they are; and specs to try.

    The specs are those of the example values, then some with other values of what is
    symbolic. Laws once found are kept in `size_rules`.
    """
    shapes = [tuple(tensor.shape) for tensor in tensors]
    dtypes = [ours(tensor.dtype) for tensor in tensors]
    symbols = _symbols(shapes)
    example = tuple(symbol_value(symbol, size) for symbol, size in symbols.items())

    def at(values: Sequence[int]) -> Specs:
        given = dict(zip(symbols, values, strict=True))
        return tuple(
            ArraySpec(tuple(_at(size, given) for size in shape), dtype)
            for shape, dtype in zip(shapes, dtypes, strict=True)
        )

    if not symbols:
        return [list(shape) for shape in sizes(at(()))], [at(())]
    key = repr((shapes, dtypes, example))
    if key not in size_rules:
        size_rules[key] = _Search(lambda values: sizes(at(values)), example).law()
    law = size_rules[key]
    variables = [_variable(symbol, size) for symbol, size in symbols.items()]
    for number in law.fixed:
        int(variables[number])  # a guard: another value is another graph
    for first, *others in law.groups:
        for other in others:
            torch._check(variables[first] == variables[other])
    values = [variables[group[0]] for group in law.groups]
    trials = [at(law.varied(example, turn)) for turn in range(4)]
    return [[formula(values) for formula in shape] for shape in law.shapes], trials


def _symbols(shapes: Sequence[Sequence[Any]]) -> dict[Any, Any]:
    """The symbols in the sizes, each with a size that it is in."""
    found: dict[Any, Any] = {}
    for size in itertools.chain(*shapes):
        if type(size) is not int:
            for symbol in sorted(size.node.expr.free_symbols, key=str):
                found.setdefault(symbol, size)
    return found


def _variable(symbol: Any, size: Any) -> Any:
    """A symbol as a size."""
    if size.node.expr == symbol:
        return size
    value = symbol_value(symbol, size)
    return size.node.shape_env.create_symintnode(symbol, hint=value)


def _at(size: Any, values: dict[Any, int]) -> int:
    return size if type(size) is int else int(size.node.expr.xreplace(values))


class _Search:
    """From trials to a law."""

    def __init__(self, traced: Callable[[Sequence[int]], list[Shape]], example: Shape) -> None:
        self._traced = traced
        self._example = example
        self._known: dict[Shape, list[Shape] | None] = {}
        self._first = traced(example)  # what is wrong at the example itself is raised

    def law(self) -> SizeRule:
        groups = self._groups()
        while True:
            formulas: list[tuple[Formula, ...]] = []
            without: Formula | None = None
            for output, shape in enumerate(self._first):
                row: list[Formula] = []
                for dim in range(len(shape)):
                    depends = self._depends(groups, output, dim)
                    found = self._formula(groups, depends, output, dim)
                    if found is None:
                        without = Formula(depends, Quotient(0, 1))
                        break
                    row.append(found)
                formulas.append(tuple(row))
            if without is None:
                free = {symbol for group in groups for symbol in group}
                fixed = tuple(n for n in range(len(self._example)) if n not in free)
                return SizeRule(tuple(groups), fixed, tuple(formulas))
            groups = [group for n, group in enumerate(groups) if n not in without.groups]

    def _groups(self) -> list[Group]:
        """The symbols that are free to vary, together with those that must be equal to them."""
        free: list[Group] = []
        bound: list[int] = []
        for symbol in range(len(self._example)):
            if self._works([*free, (symbol,)]):
                free.append((symbol,))
            else:
                bound.append(symbol)
        for value in dict.fromkeys(self._example[symbol] for symbol in bound):
            alike = [symbol for symbol in bound if self._example[symbol] == value]
            for group in _subsets(alike):
                taken = {symbol for each in free for symbol in each}
                if taken.isdisjoint(group) and self._works([*free, group]):
                    free.append(group)
        return free

    def _works(self, groups: Sequence[Group]) -> bool:
        return all(
            self._shapes(groups, [turn * _step(n) for n in range(len(groups))]) is not None
            for turn in (1, 2)
        )

    def _shapes(self, groups: Sequence[Group], more: Sequence[int]) -> list[Shape] | None:
        """The shapes where `more` is added to the symbols of each group; None where none."""
        values = list(self._example)
        for group, extra in zip(groups, more, strict=True):
            for symbol in group:
                values[symbol] += extra
        key = tuple(values)
        if key not in self._known:
            try:
                found = self._traced(key)
            except DovetailError:
                found = None
            if found is not None and [len(s) for s in found] != [len(s) for s in self._first]:
                found = None
            self._known[key] = found
        return self._known[key]

    def _size(
        self, groups: Sequence[Group], more: dict[int, int], output: int, dim: int
    ) -> int | None:
        found = self._shapes(groups, [more.get(n, 0) for n in range(len(groups))])
        return None if found is None else found[output][dim]

    def _depends(self, groups: Sequence[Group], output: int, dim: int) -> tuple[int, ...]:
        """The groups that one of two changes of this size shows."""
        here = self._first[output][dim]
        return tuple(
            n
            for n in range(len(groups))
            if any(self._size(groups, {n: turn * _step(n)}, output, dim) != here for turn in (1, 2))
        )

    def _formula(
        self, groups: Sequence[Group], depends: tuple[int, ...], output: int, dim: int
    ) -> Formula | None:
        base = [self._example[groups[n][0]] for n in depends]

        def size(more: Sequence[int]) -> int | None:
            return self._size(groups, dict(zip(depends, more, strict=True)), output, dim)

        for degree, most in _MOST.items():
            if len(depends) > most:
                continue
            found = interpolate(size, base, [_step(n) for n in depends], degree)
            if found is not None and self._holds(Formula(depends, found), groups, output, dim):
                return Formula(depends, found)
        if len(depends) == 1:
            pairs = [(base[0] + extra, size([extra])) for extra in (0, *_SPREAD)]
            for divisor in _DIVISORS:
                for shift in range(-_SHIFTS, _SHIFTS + divisor):
                    if all((value + shift) // divisor == there for value, there in pairs):
                        formula = Formula(depends, Quotient(shift, divisor))
                        if self._holds(formula, groups, output, dim):
                            return formula
        return None

    def _holds(self, formula: Formula, groups: Sequence[Group], output: int, dim: int) -> bool:
        """Whether a formula is right where all symbols change, and for neighbours."""
        count = len(groups)
        tried = [[turn * _step(n) for n in range(count)] for turn in (1, 2)]
        tried += [[turn] * count for turn in (1, 2, 3)]
        for more in tried:
            found = self._shapes(groups, more)
            values = [self._example[g[0]] + m for g, m in zip(groups, more, strict=True)]
            if found is not None and found[output][dim] != formula(values):
                return False
        return True


def _step(number: int) -> int:
    return _STEPS[number % len(_STEPS)] + 128 * (number // len(_STEPS))


def _subsets(items: Sequence[int]) -> Iterator[Group]:
    """All of them, then fewer, down to two."""
    for count in range(len(items), 1, -1):
        yield from itertools.combinations(items, count)
