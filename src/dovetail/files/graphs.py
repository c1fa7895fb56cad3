"""Graphs in a file: nodes as rows of primitives, with sizes as formulas.

    {"nodes": [["sum", [0], {"axes": [1]}], ...], "outputs": [3]}

An operand is a number: of an input, or of a node before this one, so that no graph has a cycle.
Loops name their bodies, which are graphs as well, and declared derivatives their rules: graphs from
inputs, outputs and cotangents to cotangents. Every node is built by its primitive, which infers
shape and type and raises for operands that do not fit.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.errors import CompileError, DovetailError
from dovetail.files import attributes, formulas
from dovetail.files.formulas import Numbers
from dovetail.files.records import FileFault, Record, real_text
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.graph.node import Array, Graph, Node, Nodes, post_order
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives.declared import declared, hold_constant, is_held_constant
from dovetail.graph.primitives.row import fresh_input, input_node, literal
from dovetail.graph.primitives.scan import UNTIL, Body, bodies_in, body_of, is_loop, scan
from dovetail.graph.softmax import SoftmaxDerivative
from dovetail.operations.sized_composite import SizedGraph, sized_graph
from dovetail.operations.sizes import Formula, Values

MOST_NODES = 1_000_000
_LARGEST = 2**62  # bytes of a value
_FAULTS = (
    IndexError, KeyError, TypeError, ValueError, AssertionError, ZeroDivisionError, OverflowError,
)  # fmt: skip

# Writing.


class GraphWriter:
    """Writes the graphs of one definition; captured arrays go to `arrays`, by name."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._arrays = arrays
        self._names = {id(array): name for name, array in arrays.items()}
        self._numbers: dict[Formula, int] = {}

    @property
    def formulas(self) -> list[dict[str, Any]]:
        """The formulas of all numbers that were written."""
        return list(map(formulas.written, self._numbers))

    def graph(self, sized: SizedGraph, graph_at: Callable[[Values], Graph], example: Values) -> Any:
        """A graph, whose rules are traced for other sizes by `graph_at`."""
        parts = sized.parts()
        inner = post_order(_bodies(sized.graph), lambda body: _bodies(body.graph))
        bodies = {body: n for n, body in enumerate(inner)}
        rules: dict[int, tuple[int, Any]] = {}  # by id of the rule, kept alive by its node

        def rule_number(part: int, node: Node, place: int) -> int:
            rule = node.attr("rule")
            if id(rule) not in rules:
                at = _RuleAt(graph_at, part, place)
                rules[id(rule)] = len(rules), self._rule(rule, sized, at, example)
            return rules[id(rule)][0]

        written = [
            self._part(graph, filled, bodies, lambda node, place, n=n: rule_number(n, node, place))
            for n, (graph, filled) in enumerate(parts)
        ]
        by_graph = dict(zip([graph for graph, _ in parts], written, strict=True))
        record = by_graph[sized.graph]
        if bodies:
            record["bodies"] = [
                {
                    "carries": body.carries,
                    "constants": body.constants,
                    "inputs": len(body.inputs),
                    **by_graph[body.graph],
                }
                for body in bodies
            ]
        if rules:
            record["rules"] = [rule for _, rule in rules.values()]
        return record

    def _part(
        self,
        graph: Graph,
        filled: Mapping[Node, tuple[Any, Any]],
        bodies: Mapping[Body, int],
        rule_number: Callable[[Node, int], int],
    ) -> dict[str, Any]:
        numbers = {node: n for n, node in enumerate(graph.inputs)}
        nodes: list[Any] = []
        for place, (node, (shape, attrs)) in enumerate(filled.items()):
            if node in numbers:
                continue
            numbers[node] = len(graph.inputs) + len(nodes)
            given = {name: self._plain(value) for name, value in attrs}
            if "dtype" in dict(node.attrs):
                given["dtype"] = node.dtype.name
            if node.op == "literal":
                if any(isinstance(size, Formula) for size in shape):
                    raise FileFault("an array that NumPy has made of a size")
                given = {"array": self._array(node.attr("array").value)}
            elif is_loop(node):
                given["body"] = bodies[node.attr("body")]
            elif node.primitive is declared:
                given["rule"] = rule_number(node, place)
            nodes.append([node.op, [numbers[arg] for arg in node.args], given])
        return {"nodes": nodes, "outputs": [numbers[node] for node in graph.outputs]}

    def _plain(self, value: Any) -> Any:
        """An attribute as JSON: formulas by number, tuples as lists."""
        if isinstance(value, tuple):
            return [self._plain(item) for item in value]
        if isinstance(value, Formula):
            return f"n{self._numbers.setdefault(value, len(self._numbers))}"
        if isinstance(value, DType):
            return value.name
        if isinstance(value, (float, np.floating)):
            return real_text(float(value))
        if value is None or isinstance(value, (bool, int)):
            return value
        raise FileFault(f"a graph holds {value!r:.60}, which files have no form for")

    def _array(self, array: Array) -> str:
        name = self._names.get(id(array))
        if name is None:
            name = self._names[id(array)] = f"array.{len(self._arrays)}"
            self._arrays[name] = array
        return name

    def _rule(
        self, rule: Any, sized: SizedGraph, rule_at: _RuleAt, example: Values
    ) -> dict[str, Any]:
        if isinstance(rule, SoftmaxDerivative):
            return {"softmax": list(rule.axes)}
        node = rule_at.node(example)
        if is_held_constant(node):
            return {"constant": True}
        found = sized_graph(rule_at.graph, example, sized.groups)
        record = self.graph(found, rule_at.graph, example)
        record |= {"inputs": len(found.graph.inputs), "present": rule_at.present}
        record["surrogate"] = bool(getattr(rule, "surrogate", False))
        return record


class _RuleAt:
    """The rule of a declared node, as a graph for any sizes; the node is known by its place."""

    def __init__(self, graph_at: Callable[[Values], Graph], part: int, place: int) -> None:
        self._graph_at, self._part, self._place = graph_at, part, place
        self.present: list[bool] = []

    def node(self, values: Values) -> Node:
        """The declared node in the graph for these sizes."""
        whole = self._graph_at(values)
        graphs = [whole, *(body.graph for body in bodies_in(whole))]
        return graphs[self._part].nodes[self._place]

    def graph(self, values: Values) -> Graph:
        """(inputs, outputs, cotangents) -> the cotangents of inputs that are there."""
        node = self.node(values)
        count = node.integer("count")
        index = node.integer("index")
        others = node.args[1:count]
        outputs = (*others[:index], node.args[0], *others[index:])
        inputs = tuple(fresh_input(each, "operand") for each in node.args[count:])
        outputs = tuple(fresh_input(each, "output") for each in outputs)
        cotangents = tuple(fresh_input(each, "cotangent") for each in outputs)
        results = node.attr("rule")(inputs, outputs, cotangents)
        self.present = [result is not None for result in results]
        return Graph(
            (*inputs, *outputs, *cotangents), tuple(each for each in results if each is not None)
        )


def _bodies(graph: Graph) -> list[Body]:
    return list(dict.fromkeys(node.attr("body") for node in graph if is_loop(node)))


# Reading.


class SavedGraph:
    """A graph of a file, which can be built on nodes for any of its sizes."""

    def __init__(self, record: Record, inputs: int, arrays: Mapping[str, Array], name: str) -> None:
        self.name = name
        self._inputs = inputs
        self._arrays = arrays
        self._nodes, self._outputs = _nodes_in(record, inputs)
        bodies = record.records("bodies") if "bodies" in record else ()
        self._bodies = [_SavedBody(each, arrays, name) for each in bodies]
        rules = record.records("rules") if "rules" in record else ()
        self._rules = [_read_rule(each, arrays, name) for each in rules]

    def outputs(
        self,
        inputs: Sequence[Node],
        numbers: Numbers,
        parts: _Parts | None = None,
    ) -> list[Node]:
        """The outputs, as nodes of these inputs; `parts`: of the graph that this is a body of."""
        if len(inputs) != self._inputs:
            raise FileFault(f"a graph has {self._inputs} inputs, not {len(inputs)}")
        if parts is None:
            rules = [rule and rule(numbers) for rule in self._rules]
            parts = _Parts(self._bodies, rules)
        nodes = list(inputs)
        for op, args, given in self._nodes:
            try:
                node = self._node(op, [nodes[arg] for arg in args], given, numbers, parts)
            except CompileError:
                raise
            except DovetailError as reason:
                raise FileFault(f"a {op} of {self.name}: {reason.found}") from reason
            except _FAULTS as reason:
                raise FileFault(f"a {op} of {self.name} is ill-formed") from reason
            if node.nbytes > _LARGEST:
                raise FileFault(f"a {op} of {self.name} has the shape {node.shape}")
            nodes.append(node)
        return [nodes[number] for number in self._outputs]

    def _node(
        self,
        op: str,
        args: list[Node],
        given: Mapping[str, Any],
        numbers: Numbers,
        parts: _Parts,
    ) -> Node:
        if op == "literal":
            array = self._arrays[given["array"]]
            return literal(array, as_dtype(array.dtype))
        if op == "scan":
            return _loop_output(args, given, numbers, parts)
        if op == "declared":
            rule = _listed(parts.rules, given["rule"])
            if rule is None:
                return hold_constant(*args)
            index, count = numbers.whole(given["index"]), numbers.whole(given["count"])
            return declared(*args, rule=rule, index=index, count=count)
        row = PRIMITIVES.get(op)
        if row is None or op == "input":
            raise FileFault(
                f"{op!r:.40} is no primitive of this version of Dovetail; a newer one may have it"
            )
        attrs = attributes.read(op, given, numbers)
        attributes.check(op, args, attrs)
        return row.apply(tuple(args), tuple(sorted(attrs.items())))


def _nodes_in(record: Record, inputs: int) -> tuple[list[tuple[str, Any, Any]], list[int]]:
    """The nodes, each of which names nodes before it; and the outputs."""
    found: list[tuple[str, Any, Any]] = []
    given = record.items_of("nodes")
    if len(given) > MOST_NODES:
        raise record.wrong("nodes", f"at most {MOST_NODES} nodes")
    for place, node in enumerate(given, inputs):
        fits = isinstance(node, list) and len(node) >= 3 and isinstance(node[0], str)
        if not fits or not isinstance(node[1], list) or not isinstance(node[2], dict):
            raise record.wrong("nodes", "a list of nodes: a name, operands and attributes each")
        if any(type(arg) is not int or not 0 <= arg < place for arg in node[1]):
            raise FileFault(
                f"{record.path}nodes: a {node[0]:.40} has an operand that is not before it"
            )
        found.append((node[0], node[1], node[2]))
    outputs = record.integers("outputs", least=0, most=inputs + len(found) - 1)
    return found, outputs


def _listed(items: Sequence[Any], number: Any) -> Any:
    """A body or rule by its number."""
    if type(number) is not int or not 0 <= number < len(items):
        raise FileFault(f"it names part {number!r:.20}, which is not before it")
    return items[number]


def _loop_output(
    args: list[Node], given: Mapping[str, Any], numbers: Numbers, parts: _Parts
) -> Node:
    index, length = numbers.whole(given["index"]), numbers.whole(given["length"])
    reverse, checkpoint = given["reverse"], given["checkpoint"]
    if type(reverse) is not bool or type(checkpoint) is not bool or length < UNTIL:
        raise FileFault("a loop has a length below 0, or flags that are none")
    number = given["body"]
    saved: _SavedBody = _listed(parts.bodies, number)
    key = number, tuple(map(id, args))
    body = parts.made.get(key)
    if body is None:  # one body for all outputs of a loop
        inner = _Parts(parts.bodies[:number], parts.rules)
        body = parts.made[key] = saved.at(args, numbers, inner)
    if not 0 <= index < len(body.outputs):
        raise FileFault("a loop has no such output")
    if length == UNTIL and len(body.inputs) != body.carries:
        raise FileFault("a loop without a length has carries alone")
    attrs = {
        "body": body, "checkpoint": checkpoint, "index": index, "length": length,
        "reverse": reverse,
    }  # fmt: skip
    return scan.apply(tuple(args), tuple(attrs.items()))


@dataclass
class _Parts:
    """The bodies that a graph may name, its rules, and the bodies that were made."""

    bodies: Sequence[_SavedBody]
    rules: Sequence[Any]
    made: dict[Any, Body] = field(default_factory=dict[Any, "Body"])


class _SavedBody:
    """The body of a loop in a file."""

    def __init__(self, record: Record, arrays: Mapping[str, Array], name: str) -> None:
        self._inputs = record.integer("inputs", least=0, most=MOST_NODES)
        self.carries = record.integer("carries", least=0, most=self._inputs)
        self.constants = record.integer("constants", least=0, most=self._inputs - self.carries)
        self._graph = SavedGraph(record, self._inputs, arrays, name)

    def at(self, operands: Sequence[Node], numbers: Numbers, parts: _Parts) -> Body:
        """The body of a loop with these operands."""
        first, last = self.carries, self.carries + self.constants
        if len(operands) != self._inputs or any(not each.shape for each in operands[last:]):
            raise FileFault("a loop has other operands than its body")
        inputs = [
            input_node(f"body.{n}", each.shape if n < last else each.shape[1:], each.dtype)
            for n, each in enumerate(operands)
        ]
        outputs = self._graph.outputs(inputs, numbers, parts)
        kept = [(node.shape, node.dtype) for node in inputs[:first]]
        if [(node.shape, node.dtype) for node in outputs[:first]] != kept:
            raise FileFault("a loop returns carries of other shapes or types than it takes")
        return body_of(inputs[:first], inputs[first:last], inputs[last:], outputs)


@dataclass(frozen=True)
class RuleAtSizes:
    """A declared derivative of a file, for some sizes.

    `present`: which cotangents there are. `surrogate`: whether it differs from the true derivative
    on purpose.
    """

    graph: SavedGraph
    present: tuple[bool, ...]
    surrogate: bool
    numbers: Numbers

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        found = iter(self.graph.outputs((*inputs, *outputs, *cotangents), self.numbers))
        return tuple(next(found) if there else None for there in self.present)


def _read_rule(
    record: Record, arrays: Mapping[str, Array], name: str
) -> Callable[[Numbers], Any] | None:
    """A rule of a file, made for the numbers of a graph; None for a value that is held constant."""
    if "constant" in record:
        return None
    if "softmax" in record:  # which compiler passes recognise
        rule = SoftmaxDerivative(tuple(record.integers("softmax", least=0, most=64)))
        return lambda numbers: rule
    present, surrogate = record.items_of("present"), record.flag("surrogate")
    if any(type(each) is not bool for each in present):
        raise record.wrong("present", "a list of truth values")
    inputs = record.integer("inputs", least=0, most=MOST_NODES)
    graph = SavedGraph(record, inputs, arrays, name)
    return functools.partial(RuleAtSizes, graph, tuple(present), surrogate)
