"""Numbers that a definition computes from sizes in Python, such as `x / x.shape[0]`.

In a traced graph they are constants, of which each value would be a kernel of its own. A constant
that another trace of the same definition has at the same place with another value becomes a number
that the kernel is given (`size` in graph/primitives/row.py): the third value compiles nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from dovetail.graph.node import Cost, Graph, Node, constant_, rebuild
from dovetail.graph.primitives.row import size

_KINDS = 64  # of graphs that one definition remembers


@dataclass(frozen=True)
class _Seen:
    values: tuple[bool | int | float, ...]
    varying: frozenset[int] = frozenset()


Kinds = dict[tuple[int, int], _Seen]  # by the numbers of nodes and of constants
_known: WeakKeyDictionary[Callable[..., Any], Kinds] = WeakKeyDictionary()


def with_varying_numbers(definition: Callable[..., Any], graph: Graph) -> Graph:
    """The graph of a definition; constants that have varied are numbers that a kernel is given."""
    constants = [node for node in graph.nodes if node.primitive is constant_]
    if not constants:
        return graph
    try:
        kinds = _known.setdefault(definition, {})
    except TypeError:  # what no weak reference can point to
        return graph
    key = len(graph.nodes), len(constants)
    values = tuple([node.attr("value") for node in constants])
    seen = kinds.get(key)
    if seen is None:
        if len(kinds) < _KINDS:
            kinds[key] = _Seen(values)
        return graph
    if values != seen.values:
        pairs = enumerate(zip(seen.values, values, strict=True))
        more = {place for place, (old, new) in pairs if old != new and _is_size(old, new)}
        seen = kinds[key] = _Seen(values, seen.varying | more)
    return _with_sizes(graph, {constants[n] for n in seen.varying}) if seen.varying else graph


def _is_size(*values: bool | int | float) -> bool:
    """Whether these may be numbers of a kernel; 0 and 1 decide on more than a value."""
    return all(
        not isinstance(value, bool) and math.isfinite(value) and abs(value) not in (0, 1)
        for value in values
    )


def _reads_numbers(node: Node) -> bool:
    """Whether it is computed alike for all numbers, unlike a power, say."""
    row = node.primitive
    return row.category == "elementwise" and row.cost <= Cost.QUOTIENT


def _with_sizes(graph: Graph, varying: set[Node]) -> Graph:
    for node in graph.nodes:
        if not _reads_numbers(node):
            varying = varying.difference(node.args)
    varying = {node for node in varying if _is_size(node.attr("value"))}.difference(graph.outputs)
    if not varying:
        return graph
    done: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in graph.nodes:
        done[node] = (
            size(node.attr("value"), node.shape, node.dtype)
            if node in varying
            else rebuild(node, [done[arg] for arg in node.args])
        )
    return Graph(graph.inputs, tuple(done[output] for output in graph.outputs))
