"""Graphs whose sizes are not known before they run, for the composite.

A graph is traced for several sizes (operations/shapes.py). Where all traces have the same form,
each number in it that differs between them is sought as a formula of the sizes that are
not known: a multiple of a product of some, or a sum of two, plus a constant. The
node is then given to its rule with tensors in place of such numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import tensorflow as tf

from dovetail.errors import UnsupportedError
from dovetail.graph.node import Graph, Node
from dovetail.operations.composite import Rule, Table, evaluate
from dovetail.operations.shapes import Trials

_FACTORS = 3  # sizes in one product


class Sized:
    """A node with tensors in place of the sizes that are not known."""

    def __init__(self, node: Node, shape: tuple[Any, ...], attrs: dict[str, Any]) -> None:
        self.op, self.dtype = node.op, node.dtype
        self.shape = shape
        self.args: tuple[Any, ...] = ()
        self._attrs = attrs

    @property
    def attrs(self) -> tuple[tuple[str, Any], ...]:
        return tuple(self._attrs.items())

    def attr(self, name: str) -> Any:
        return self._attrs[name]

    ints = integer = flag = attr


@dataclass(frozen=True)
class Power:
    """`factor` times a power of a product of unknown sizes, a float."""

    factor: float
    terms: tuple[int, ...]
    exponent: float

    def at(self, sizes: Sequence[Any]) -> Any:
        """The number, for the sizes of the classes."""
        product = math.prod(tf.cast(sizes[term], tf.float64) for term in self.terms)
        return tf.pow(product, tf.constant(self.exponent, tf.float64)) * self.factor


@dataclass(frozen=True)
class Formula:
    """`factor` times a product, or a sum, of unknown sizes, plus `added`."""

    factor: Fraction
    terms: tuple[int, ...]
    is_sum: bool
    added: int

    def at(self, sizes: Sequence[Any]) -> Any:
        """The number, for the sizes of the classes."""
        combine: Callable[[list[Any]], Any] = sum if self.is_sum else math.prod
        found = combine([sizes[term] for term in self.terms])
        if self.factor != 1:
            found = found * self.factor.numerator // self.factor.denominator
        return found + self.added if self.added else found


def evaluate_sized(
    graphs: Sequence[Graph], found: Trials, table: Table, inputs: Sequence[Any], name: str
) -> list[Any]:
    """The outputs; `graphs` are prepared, one for each of the trials."""
    count = max(found.classes.values(), default=-1) + 1
    columns = [
        [next(s[a].shape[d] for (a, d), c in found.classes.items() if c == number)
         for s in found.specs]
        for number in range(count)
    ]  # fmt: skip
    sizes = [
        next(tf.shape(inputs[a])[d] for (a, d), c in found.classes.items() if c == number)
        for number in range(count)
    ]
    # Where sizes are taken to be equal, XLA shall refuse arrays in which they are not.
    inputs = [
        tf.reshape(
            tensor,
            [sizes[found.classes[n, d]] if (n, d) in found.classes else extent
             for d, extent in enumerate(tensor.shape)],
        )
        if n < len(found.specs[0]) and tensor.shape.rank
        else tensor
        for n, tensor in enumerate(inputs)
    ]  # fmt: skip
    orders = [list(graph) for graph in graphs]
    forms = {
        tuple((node.op, len(node.args), len(node.shape), len(node.attrs)) for node in order)
        for order in orders
    }
    if len(forms) > 1:
        raise _unknown_size(name, "its maths has another form at other sizes")
    proxies: dict[Node, Sized] = {}

    def value(numbers: Sequence[Any]) -> Any:
        first = numbers[0]
        if all(type(n) is type(first) and n == first for n in numbers[1:]):
            return first
        if isinstance(first, tuple):
            return tuple(value(part) for part in zip(*numbers, strict=True))
        if isinstance(first, (int, float)) and all(map(math.isfinite, numbers)):
            formula = _formula([Fraction(n) for n in numbers], columns)
            if formula is None and isinstance(first, float):
                formula = _power(list(map(float, numbers)), columns)
            if formula is not None:
                return formula.at(sizes)
        raise _unknown_size(name, f"no formula of the sizes gives {', '.join(map(str, numbers))}")

    for nodes in zip(*orders, strict=True):
        first = nodes[0]
        attrs = {
            key: value([node.attr(key) for node in nodes])
            for key, _ in first.attrs
            if first.op != "input" and key not in ("array", "rule", "dtype")
        }
        shape = tuple(value([node.shape[dim] for node in nodes]) for dim in range(len(first.shape)))
        if first.op == "literal":
            attrs["array"] = first.attr("array")
        proxies[first] = Sized(first, shape, attrs)
    for node, proxy in proxies.items():
        proxy.args = tuple(proxies[arg] for arg in node.args)

    def through(rule: Rule) -> Rule:
        return lambda node, *values: rule(proxies[node], *values)

    sized = Table({op: through(rule) for op, rule in table.rules.items()}, table.cast)
    return evaluate(graphs[0], sized, inputs)


def _products(columns: list[list[int]]) -> list[tuple[int, ...]]:
    numbers = range(len(columns))
    return [
        terms
        for count in range(1, _FACTORS + 1)
        for terms in itertools.combinations_with_replacement(numbers, count)
    ]


def _formula(values: list[Fraction], columns: list[list[int]]) -> Formula | None:
    combinations = [(terms, False) for terms in _products(columns)]
    combinations += [(terms, True) for terms in itertools.combinations(range(len(columns)), 2)]
    for terms, is_sum in combinations:
        combine: Callable[[list[int]], int] = sum if is_sum else math.prod
        bases = [combine([columns[t][turn] for t in terms]) for turn in range(len(values))]
        if bases[0] == bases[1]:
            continue
        factor = (values[1] - values[0]) / (bases[1] - bases[0])
        added = values[0] - factor * bases[0]
        fits = all(factor * b + added == v for b, v in zip(bases, values, strict=True))
        proven = len(values) > 2 or (factor == 1 and added == 0)
        if fits and proven and added.denominator == 1:
            return Formula(factor, terms, is_sum, int(added))
    return None


def _power(values: list[float], columns: list[list[int]]) -> Power | None:
    """Such as 1 / n of a mean, or the 1 / sqrt(n) of a scale."""
    if len(values) <= 2 or 0.0 in values:
        return None
    for terms in _products(columns):
        bases = [math.prod(columns[t][turn] for t in terms) for turn in range(len(values))]
        for exponent in (-1.0, -0.5, 0.5):
            factors = [v / b**exponent for v, b in zip(values, bases, strict=True)]
            if all(math.isclose(f, factors[0], rel_tol=1e-14) for f in factors):
                near = round(factors[0])
                exact = math.isclose(near, factors[0], rel_tol=1e-14)
                return Power(float(near) if exact else factors[0], terms, exponent)
    return None


def _unknown_size(name: str, reason: str) -> UnsupportedError:
    return UnsupportedError(
        f"{name} cannot be put into a graph for XLA with sizes that are not known: {reason}",
        "maths in which every size is a product or a sum of the inputs' sizes",
        "give the inputs full shapes (input_signature, drop_remainder=True), or leave out "
        "jit_compile=True",
    )
