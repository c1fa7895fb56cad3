"""A graph as a framework's users write it: a function with one call for each node.

A compiler that traces the function folds constants of the whole shape, and arrays that are
broadcast before they are added. Run eagerly, these cost passes over memory that no user would
write: with `broadcasts` constants are numbers of shape (), and operands of elementwise functions
keep dimensions of size 1, which the framework broadcasts itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph, Node, constant
from dovetail.graph.primitives.reductions import broadcast
from dovetail.graph.primitives.row import input_node
from dovetail.graph.primitives.scan import LoopKey, is_loop, loop_key
from dovetail.graph.primitives.structure import reshape
from dovetail.operations.composite import Rule, Table, becomes_wide, operand_types

Function = Callable[..., list[Any]]
Shape = tuple[int, ...]

_VALUE = re.compile(r"\bv\d+\b")


def straight_line(graph: Graph, table: Table, *, broadcasts: bool = False) -> Function:
    """The function of a prepared graph: `(*arrays)` to the outputs, each of its node's data type.

    Its constants are made here. `broadcasts`: the table's elementwise functions broadcast their
    operands.
    """
    return _Writer(graph, table, broadcasts).function()


class _Writer:
    """Writes the code of a graph. `shapes`: of the value of each node, before broadcasting."""

    def __init__(self, graph: Graph, table: Table, broadcasts: bool) -> None:
        self.graph, self.table, self.broadcasts = graph, table, broadcasts
        self.names: dict[Node, str] = {}
        self.shapes: dict[Node, Shape] = {}
        self.whole: dict[Node, str] = {}  # names of values that have been broadcast
        self.known: dict[str, Any] = {"cast": table.cast}
        self.lines: list[str] = []
        self.wide: set[Node] = set()  # of a half precision, and held in float32
        self.casts: dict[tuple[str, str], str] = {}
        self.loops: dict[LoopKey, str] = {}

    def function(self) -> Function:
        """The compiled function."""
        given = [f"a{number}" for number in range(len(self.graph.inputs))]
        for name, node in zip(given, self.graph.inputs, strict=True):
            self.names[node], self.shapes[node] = name, node.shape
        for node in self.graph:
            if node not in self.names:
                self._write(node)
        results = ", ".join(self._narrow(node) for node in self.graph.outputs)
        lines = _freeing([*self.lines, f"return [{results}]"])
        body = "".join(f"    {line}\n" for line in lines)
        exec(f"def run({', '.join(given)}):\n{body}", self.known)
        found: Function = self.known["run"]
        return found

    def _write(self, node: Node) -> None:
        shape = node.shape
        if is_loop(node) and self.table.loop is not None:
            self.names[node] = f"{self._loop(node)}[{node.integer('index')}]"
        elif not node.args:
            self._leaf(node)
            shape = self.shapes[node]
        elif self.broadcasts and node.op == "broadcast":
            self._lazily_broadcast(node)
            shape = self.shapes[node]
        elif self.broadcasts and node.primitive.category == "elementwise":
            operands = self._operands(node, [self.names[arg] for arg in node.args])
            self.names[node] = self._call(node, operands)
            shape = np.broadcast_shapes(*(self.shapes[arg] for arg in node.args))
        else:
            operands = self._operands(node, [self._whole(arg) for arg in node.args])
            self.names[node] = self._call(node, operands)
        self.shapes[node] = shape
        if becomes_wide(node, self.wide):
            self.wide.add(node)

    def _operands(self, node: Node, names: list[str]) -> list[str]:
        """The operands in the precision that the rule of a node expects."""
        types = operand_types(node, self.wide)
        return [self._cast(name, target) for name, target in zip(names, types, strict=True)]

    def _cast(self, name: str, target: DType | None) -> str:
        if target is None:
            return name
        key = name, target.name
        if key not in self.casts:
            self.known[target.name] = target
            self.casts[key] = self._line(f"cast({name}, {target.name})")
        return self.casts[key]

    def _narrow(self, node: Node) -> str:
        """The name of a value in the shape and the type of its node."""
        return self._cast(self._whole(node), node.dtype if node in self.wide else None)

    def _loop(self, node: Node) -> str:
        """The name of the outputs of a loop, whose body is a function of its own."""
        key = loop_key(node)
        if key not in self.loops:
            body, operands = key[0], [self._narrow(arg) for arg in node.args]
            first, last = body.carries, body.first_x
            inside = straight_line(
                body.graph, self.table.bodies.get(body, self.table), broadcasts=self.broadcasts
            )
            number = len(self.known)
            self.known[f"l{number}"] = functools.partial(_run_loop, self.table, node, inside)
            listed = [operands[:first], operands[first:last], operands[last:]]
            given = ", ".join(f"[{', '.join(names)}]" for names in listed)
            self.loops[key] = self._line(f"l{number}({given})")
        return self.loops[key]

    def _line(self, expression: str) -> str:
        """The name of what a line computes."""
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {expression}")
        return name

    def _leaf(self, node: Node) -> None:
        """A value that is the same in each call."""
        small = self.broadcasts and node.op == "constant"
        made = constant(node.attr("value"), (), node.dtype) if small else node
        name = f"c{len(self.known)}"
        self.known[name] = self._rule(made)(made)
        self.names[node], self.shapes[node] = name, made.shape

    def _lazily_broadcast(self, node: Node) -> None:
        """Dimensions of size 1 where the operand has none; a number stays a number."""
        operand, dims = node.args[0], node.ints("dims")
        extents = self.shapes[operand]
        if not extents:
            self.names[node], self.shapes[node] = self.names[operand], ()
            return
        sizes = dict(zip(dims, extents, strict=True))
        shape = tuple(sizes.get(axis, 1) for axis in range(len(node.shape)))
        name = self.names[operand]
        if shape != extents:
            name = self._call(reshape(_like(operand, extents), shape=shape), [name])
        self.names[node], self.shapes[node] = name, shape

    def _whole(self, node: Node) -> str:
        """The name of a value in the shape of its node."""
        shape = self.shapes[node]
        if shape == node.shape:
            return self.names[node]
        if node not in self.whole:
            kept = [axis for axis, extent in enumerate(shape) if extent == node.shape[axis]]
            value, name = _like(node, shape), self.names[node]
            if len(kept) < len(shape):
                value = reshape(value, shape=tuple(shape[axis] for axis in kept))
                name = self._call(value, [name])
            self.whole[node] = self._call(
                broadcast(_like(node, value.shape), shape=node.shape, dims=tuple(kept)), [name]
            )
        return self.whole[node]

    def _call(self, node: Node, operands: Sequence[str]) -> str:
        """A line that calls the rule of a node."""
        number = len(self.known)
        self.known[f"f{number}"] = self._rule(node)
        self.known[f"n{number}"] = node
        return self._line(f"f{number}({', '.join([f'n{number}', *operands])})")

    def _rule(self, node: Node) -> Rule:
        rule = self.table.rules.get(node.op)
        if rule is None:
            raise UnsupportedError(
                "this host has no rule for the primitive "
                f"{node.op!r}{f' (used at {node.source})' if node.source else ''}",
                "a row in its table, or a decomposition (operations/composite.py)",
                "upgrade Dovetail, or the package that brings the host",
            )
        return rule


def _freeing(lines: Sequence[str]) -> list[str]:
    """The lines, each value but the results deleted after its last use."""
    last = {name: number for number, line in enumerate(lines) for name in _VALUE.findall(line)}
    dead: dict[int, list[str]] = {}
    for name, number in last.items():
        dead.setdefault(number, []).append(name)
    found: list[str] = []
    for number, line in enumerate(lines):
        found.append(line)
        if number in dead and number < len(lines) - 1:
            found.append(f"del {', '.join(dead[number])}")
    return found


def _like(node: Node, shape: Shape) -> Node:
    return input_node("value", shape, node.dtype)


def _run_loop(
    table: Table, node: Node, body: Function, carries: list[Any], constants: list[Any],
    xs: list[Any],
) -> Sequence[Any]:  # fmt: skip
    """All outputs of a loop."""
    first = len(carries)

    def step(carries: Sequence[Any], xs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        found = body(*carries, *constants, *xs)
        return found[:first], found[first:]

    assert table.loop is not None
    return table.loop(node, step, carries, xs)
