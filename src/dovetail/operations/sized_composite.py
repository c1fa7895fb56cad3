"""The composite of a graph whose sizes are not known: with a host's own sizes in place of numbers.

A graph is traced for plain sizes. Each number in it is sought as a formula of the sizes that are
not known (sizes.py); its node is then given to its rule with what the host's arithmetic makes
of the formula: a tensor, or a symbolic size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import UnsupportedError
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.scan import Body, bodies_in, is_loop
from dovetail.operations.composite import Rule, Step, Table
from dovetail.operations.sizes import Formula, Group, Power, SizeSearch, Values, close
from dovetail.operations.straight_line import straight_line

_NOT_SIZES = ("array", "body", "rule", "dtype")  # attributes


class SizedNode:
    """A node with a host's sizes in place of those that are not known."""

    def __init__(
        self, node: Node, args: tuple[Any, ...], shape: tuple[Any, ...], attrs: dict[str, Any]
    ) -> None:
        self.op, self.dtype = node.op, node.dtype
        self.args, self.shape = args, shape
        self._attrs = attrs

    @property
    def attrs(self) -> tuple[tuple[str, Any], ...]:
        return tuple(self._attrs.items())

    def attr(self, name: str) -> Any:
        return self._attrs[name]

    ints = integer = flag = attr


class NoFormulaError(Exception):
    """No formula of the sizes was found for a number in a graph."""

    def explained(self, problem: str, remedy: str) -> UnsupportedError:
        """The error for the user, whose problem has this reason."""
        expected = "maths in which every size is a product or a sum of the inputs' sizes"
        return UnsupportedError(f"{problem}: {self}", expected, remedy)


@dataclass(frozen=True)
class SizedGraph:
    """A graph for some sizes, and how its numbers follow from the sizes.

    `groups`: the variables that are free, together with those that must be equal to them;
    all others keep the values of the example.
    """

    graph: Graph
    groups: tuple[Group, ...]
    numbers: tuple[Formula | float, ...]

    def evaluate(
        self, table: Table, inputs: Sequence[Any],
        sizes: Sequence[Any], as_float: Callable[[Any], Any],
    ) -> list[Any]:  # fmt: skip
        """The outputs, for a size for each group; `as_float`: a size as an array of float64."""

        def number(found: Formula | float) -> Any:
            if not isinstance(found, Formula):
                return found
            if isinstance(found.function, Power):
                return found([as_float(size) for size in sizes])
            return found(sizes)

        return _evaluated(self.graph, map(number, self.numbers), table, inputs)

    def parts(self) -> list[tuple[Graph, dict[Node, tuple[Any, Any]]]]:
        """The graph and the bodies in it: of each node, shape and attributes with the formulas.

        Attributes that hold no sizes are left out.
        """
        numbers = iter(self.numbers)
        return [
            (part, {node: _filled((node.shape, _attributes(node)), numbers) for node in part})
            for part in (self.graph, *(body.graph for body in bodies_in(self.graph)))
        ]

    def numbers_at(self, sizes: Sequence[int]) -> list[float]:
        """The numbers for a size for each group."""
        return [n(sizes) if isinstance(n, Formula) else n for n in self.numbers]

    def is_form_of(self, graph: Graph) -> bool:
        """Whether a graph is this one but for its numbers."""
        return _numbers_of(graph)[0] == _numbers_of(self.graph)[0]

    def fits(self, graph: Graph, sizes: Sequence[int]) -> bool:
        """Whether a graph, traced for these sizes, is this one with their numbers."""
        numbers = _numbers_of(graph)[1]
        return self.is_form_of(graph) and all(map(close, self.numbers_at(sizes), numbers))


def sized_graph(
    graph_at: Callable[[Values], Graph],
    example: Values,
    groups: Sequence[Group] | None = None,
    *,
    fixing: bool = False,
) -> SizedGraph:
    """The graph for the example, with formulas that are right at other sizes.

    `fixing`: variables that a number depends on, but by no formula, keep their example values.
    """
    graphs: dict[Values, Graph] = {}

    def trace(values: Values) -> tuple[Hashable, list[float]]:
        graphs[values] = graph_at(values)
        return _numbers_of(graphs[values])

    search = SizeSearch(trace, example)
    if groups is None:
        groups = search.groups()
    elif not search.works(groups):
        raise NoFormulaError("its maths has another form at other sizes")
    while True:
        found = _formulas(search, groups, fixing)
        if not isinstance(found, frozenset):
            return SizedGraph(graphs[example], tuple(groups), found)
        groups = [group for number, group in enumerate(groups) if number not in found]


def _formulas(
    search: SizeSearch, groups: Sequence[Group], fixing: bool
) -> tuple[Formula | float, ...] | frozenset[int]:
    """A formula for each number; where one has none, the groups that it depends on."""
    tried = [search.first, *[numbers for _, numbers in search.neighbours(groups)]]
    known: dict[Hashable, Formula | float] = {}  # by the number at the sizes tried, and its type
    found: list[Formula | float] = []
    for index, column in enumerate(zip(*tried, strict=True)):
        key = column, type(column[0])
        if key not in known:
            formula = column[0] if len(set(column)) == 1 else search.formula(groups, index)
            if isinstance(formula, tuple):
                if fixing:
                    return frozenset(formula)
                shown = ", ".join(map(str, dict.fromkeys(column)))
                raise NoFormulaError(f"no formula of the sizes gives {shown}")
            known[key] = formula
        found.append(known[key])
    return tuple(found)


def _numbers_of(graph: Graph) -> tuple[Hashable, list[float]]:
    """What is alike in graphs for different sizes, and the numbers of this one."""
    numbers: list[float] = []
    form = [
        (node.op, len(node.args), _form((node.shape, _attributes(node)), numbers.append))
        for each in (graph, *(body.graph for body in bodies_in(graph)))
        for node in each
    ]
    return tuple(form), numbers


def _evaluated(
    graph: Graph, numbers: Iterator[Any], table: Table, inputs: Sequence[Any]
) -> list[Any]:
    """The outputs of a graph, with these in place of the numbers that `_numbers_of` finds."""
    bodies: dict[Body, Table] = {}
    whole = _sized_table(graph, numbers, table, bodies)
    for body in bodies_in(graph):
        bodies[body] = _sized_table(body.graph, numbers, table, bodies)
    return straight_line(graph, whole)(*inputs)


def _sized_table(
    graph: Graph, numbers: Iterator[Any], table: Table, bodies: Mapping[Body, Table]
) -> Table:
    """A table whose rules see these numbers in the nodes of one graph."""
    proxies: dict[Node, SizedNode] = {}
    for node in graph:
        args = tuple(proxies[arg] for arg in node.args)
        shape, attrs = _filled((node.shape, _attributes(node)), numbers)
        if node.op == "literal":
            attrs = (*attrs, ("array", node.attr("array")))
        if is_loop(node):
            attrs = (*attrs, ("body", node.attr("body")))
        proxies[node] = SizedNode(node, args, shape, dict(attrs))

    def through(rule: Rule) -> Rule:
        return lambda node, *values: rule(proxies[node], *values)

    def loop(node: Node, step: Step, carries: list[Any], xs: list[Any]) -> Sequence[Any]:
        assert table.loop is not None
        return table.loop(proxies[node], step, carries, xs)

    rules = {op: through(rule) for op, rule in table.rules.items()}
    return Table(rules, table.cast, table.loop and loop, bodies)


def _attributes(node: Node) -> tuple[tuple[str, Any], ...]:
    return tuple(each for each in node.attrs if each[0] not in _NOT_SIZES and node.op != "input")


def _is_size(value: Any) -> bool:
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    return numeric and math.isfinite(value)


def _form(value: Any, found: Callable[[float], None]) -> Any:
    """A value without its numbers, which `found` is called with."""
    if isinstance(value, tuple):
        return tuple([_form(item, found) for item in value])
    if _is_size(value):
        found(value)
        return type(value)
    return repr(value)


def _filled(value: Any, numbers: Iterator[Any]) -> Any:
    """A value with other numbers in place of its own."""
    if isinstance(value, tuple):
        return tuple([_filled(item, numbers) for item in value])
    return next(numbers) if _is_size(value) else value
