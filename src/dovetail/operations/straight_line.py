"""A graph as a framework's users write it: one call for each node, without a loop over nodes.

`composite.evaluate` is for compilers, which fold what it leaves: constants of the whole shape,
arrays that are broadcast before they are added. Run eagerly, these cost passes over memory that no
user would write. Here constants are numbers of shape (), and operands of elementwise functions keep
dimensions of size 1, which the framework broadcasts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.graph.node import Graph, Node, constant
from dovetail.graph.primitives.reductions import broadcast
from dovetail.graph.primitives.row import input_node
from dovetail.graph.primitives.scan import is_loop
from dovetail.graph.primitives.structure import reshape
from dovetail.operations.composite import Table, evaluate

Function = Callable[..., list[Any]]
Shape = tuple[int, ...]


def straight_line(graph: Graph, table: Table, *, broadcasts: bool) -> Function:
    """The function of a prepared graph: `(*arrays)` to the outputs.

    `broadcasts`: the table's elementwise functions broadcast their operands. Graphs with half
    precisions or loops are evaluated node by node, with the rules of those.
    """
    if any(is_loop(node) or node.dtype.compute is not node.dtype for node in graph):
        return lambda *arrays: evaluate(graph, table, arrays)
    return _Writer(graph, table, broadcasts).function()


class _Writer:
    """Writes the code of a graph. `shapes`: of the value of each node, before broadcasting."""

    def __init__(self, graph: Graph, table: Table, broadcasts: bool) -> None:
        self.graph, self.table, self.broadcasts = graph, table, broadcasts
        self.names: dict[Node, str] = {}
        self.shapes: dict[Node, Shape] = {}
        self.whole: dict[Node, str] = {}  # names of values that have been broadcast
        self.known: dict[str, Any] = {}
        self.lines: list[str] = []

    def function(self) -> Function:
        """The compiled function."""
        given = [f"a{number}" for number in range(len(self.graph.inputs))]
        for name, node in zip(given, self.graph.inputs, strict=True):
            self.names[node], self.shapes[node] = name, node.shape
        for node in self.graph:
            if node not in self.names:
                self._write(node)
        results = ", ".join(self._whole(node) for node in self.graph.outputs)
        body = "".join(f"    {line}\n" for line in [*self.lines, f"return [{results}]"])
        exec(f"def run({', '.join(given)}):\n{body}", self.known)
        found: Function = self.known["run"]
        return found

    def _write(self, node: Node) -> None:
        if not node.args:
            self._leaf(node)
        elif self.broadcasts and node.op == "broadcast":
            self._lazily_broadcast(node)
        elif self.broadcasts and node.primitive.category == "elementwise":
            operands = [self.names[arg] for arg in node.args]
            self.names[node] = self._call(node, operands)
            self.shapes[node] = np.broadcast_shapes(*(self.shapes[arg] for arg in node.args))
        else:
            self.names[node] = self._call(node, [self._whole(arg) for arg in node.args])
            self.shapes[node] = node.shape

    def _leaf(self, node: Node) -> None:
        """A value that is the same in each call."""
        small = self.broadcasts and node.op == "constant"
        made = constant(node.attr("value"), (), node.dtype) if small else node
        name = f"c{len(self.known)}"
        self.known[name] = self.table.rules[made.op](made)
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
        self.known[f"f{number}"] = self.table.rules[node.op]
        self.known[f"n{number}"] = node
        self.lines.append(f"v{number} = f{number}({', '.join([f'n{number}', *operands])})")
        return f"v{number}"


def _like(node: Node, shape: Shape) -> Node:
    return input_node("value", shape, node.dtype)
