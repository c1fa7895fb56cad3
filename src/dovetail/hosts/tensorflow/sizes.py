"""The composite of a graph whose sizes are not known before it runs.

The variables of the size search (operations/sizes.py) are the unknown dimensions of the inputs.
The graph is traced for several sizes; each number in it that differs between them is sought as a
formula of the unknown sizes, and its node is given to its rule with tensors in place of numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import tensorflow as tf

from dovetail.errors import UnsupportedError
from dovetail.graph.node import Graph, Node
from dovetail.operations.composite import Rule, Table, evaluate, prepared
from dovetail.operations.operation import Operation
from dovetail.operations.sizes import Formula, Power, SizeSearch, Values
from dovetail.operations.unknown_sizes import UnknownSizes

_NOT_SIZES = ("array", "rule", "dtype")  # attributes


class SizedNode:
    """A node with tensors in place of the sizes that are not known."""

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


def evaluate_sized(
    operation: Operation, found: UnknownSizes, table: Table, inputs: Sequence[Any]
) -> list[Any]:
    """The outputs for tensors of which some sizes are not known."""
    graphs: dict[Values, Graph] = {}

    def trace(values: Values) -> tuple[Hashable, list[float]]:
        graph = graphs[values] = prepared(operation.graph(found.at(values)), table)
        numbers: list[float] = []
        form = [
            (node.op, len(node.args), _form((node.shape, _attributes(node)), numbers.append))
            for node in graph
        ]
        return tuple(form), numbers

    search = SizeSearch(trace, found.example)
    if not search.works(found.groups):
        raise _unknown_size(operation.name, "its maths has another form at other sizes")
    sizes: list[Any] = []
    for first, *_ in found.groups:
        array, dim = found.dims[first]
        sizes.append(tf.shape(inputs[array])[dim])
    tried = [search.first, *[numbers for _, numbers in search.neighbours(found.groups)]]
    formulas: dict[Hashable, Formula] = {}  # by the number at the sizes tried

    def number(index: int) -> Any:
        known = tuple([numbers[index] for numbers in tried])
        if len(set(known)) == 1:
            return search.first[index]
        formula = formulas.get(known) or search.formula(found.groups, index)
        if not isinstance(formula, Formula):
            shown = ", ".join(map(str, dict.fromkeys(known)))
            raise _unknown_size(operation.name, f"no formula of the sizes gives {shown}")
        formulas[known] = formula
        if isinstance(formula.function, Power):
            return formula([tf.cast(size, tf.float64) for size in sizes])
        return formula(sizes)

    numbers = map(number, range(len(search.first)))
    graph = graphs[found.example]
    proxies: dict[Node, SizedNode] = {}
    for node in graph:
        args = tuple(proxies[arg] for arg in node.args)
        shape, attrs = _filled((node.shape, _attributes(node)), numbers)
        if node.op == "literal":
            attrs = (*attrs, ("array", node.attr("array")))
        proxies[node] = SizedNode(node, args, shape, dict(attrs))

    def through(rule: Rule) -> Rule:
        return lambda node, *values: rule(proxies[node], *values)

    sized = Table({op: through(rule) for op, rule in table.rules.items()}, table.cast)
    return evaluate(graph, sized, _checked(found, inputs, sizes))


def _checked(found: UnknownSizes, inputs: Sequence[Any], sizes: Sequence[Any]) -> list[Any]:
    """The inputs, reshaped so that XLA refuses other sizes than those that were assumed."""
    known: dict[Any, Any] = dict(zip(found.dims, found.example, strict=True))
    for group, size in zip(found.groups, sizes, strict=True):
        known |= {found.dims[variable]: size for variable in group}
    return [
        tf.reshape(tensor, [known.get((n, d), extent) for d, extent in enumerate(tensor.shape)])
        if n < len(found.shapes) and tensor.shape.rank
        else tensor
        for n, tensor in enumerate(inputs)
    ]


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


def _filled(value: Any, numbers: Any) -> Any:
    """A value with other numbers in place of its own."""
    if isinstance(value, tuple):
        return tuple([_filled(item, numbers) for item in value])
    return next(numbers) if _is_size(value) else value


def _unknown_size(name: str, reason: str) -> UnsupportedError:
    return UnsupportedError(
        f"{name} cannot be put into a graph for XLA with sizes that are not known: {reason}",
        "maths in which every size is a product or a sum of the inputs' sizes",
        "give the inputs full shapes (input_signature, drop_remainder=True), or leave out "
        "jit_compile=True",
    )
