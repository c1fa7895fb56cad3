"""Pointwise work on the xs of a loop is done in the loop, step by step.

`x @ w + bias` for all steps is a product, and a sum that reads and writes as much again. In the
loop, the sum is part of a kernel that reads the product anyway.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from dovetail.graph.node import Cost, Graph, Node, Shape, post_order, rebuild, substitute
from dovetail.graph.primitives.elementwise import multiply
from dovetail.graph.primitives.row import input_node, is_number, with_shape
from dovetail.graph.primitives.scan import body_of, is_loop, loop, loop_key
from dovetail.transform.scan_hoist import has_loops


def sink_into_loops(graph: Graph) -> Graph:
    """The graph, whose loops do the pointwise work on what they alone read."""
    if not graph.known(has_loops):
        return graph
    movable = _movable(graph)
    done: dict[Node, Node] = {}
    for node in graph:
        args = [done[arg] for arg in node.args]
        done[node] = rebuild(node, args)
        if is_loop(node) and any(arg in movable for arg in node.args):
            done[node] = _Sinking(node, args, movable, done).node
    return Graph(graph.inputs, tuple(done[output] for output in graph.outputs))


def _movable(graph: Graph) -> set[Node]:
    """Cheap pointwise values that one node or loop reads.

    A product is none of them: in the body it would be contracted with a sum that reads it. Nor are
    half precisions: what stays before the loop would be rounded, which one kernel for both spares.
    """
    outputs = set(graph.outputs)
    readers: dict[Node, set[Hashable]] = {}
    for node in graph:
        reader = loop_key(node) if is_loop(node) else node
        for arg in node.args:
            readers.setdefault(arg, set()).add(reader)
    return {
        node
        for node, found in readers.items()
        if node.primitive.category == "elementwise"
        and node.primitive.cost == Cost.CHEAP
        and node.primitive is not multiply
        and len(found) == 1
        and node not in outputs
        and all(each.dtype.compute is each.dtype for each in (node, *node.args))
    }


class _Sinking:
    """One output of a loop, with the work on its xs in its body."""

    def __init__(
        self, node: Node, args: Sequence[Node], movable: set[Node], done: dict[Node, Node]
    ) -> None:
        body, length, reverse, checkpoint, operands = loop_key(node)
        self._movable = movable
        self._fixed: dict[Node, Node] = {}  # further constants, and what the body reads
        self._xs: dict[tuple[Node, Shape], Node] = {}
        carried, constants, xs = body.by_role(body.inputs)
        first = body.first_x
        counts = [operands.count(operand) for operand in operands]
        roots = {
            x: (operand, x.shape)
            for x, operand, count in zip(xs, operands[first:], counts[first:], strict=True)
            if operand in movable and count == 1
        }
        inner: dict[tuple[Node, Shape], Node] = {}
        for key in post_order(roots.values(), self._read):
            inner[key] = self._at_one_step(*key, [inner[read] for read in self._read(key)])
        inside = {x: inner[key] for x, key in roots.items()}
        kept = [(x, arg) for x, arg in zip(xs, args[first:], strict=True) if x not in inside]
        made = body_of(
            carried,
            [*constants, *self._fixed.values()],
            [*(x for x, _ in kept), *self._xs.values()],
            substitute(body.outputs, inside),
        )
        given = [
            *args[:first],
            *(done[each] for each in self._fixed),
            *(arg for _, arg in kept),
            *(done[each] for each, _ in self._xs),
        ]
        every = loop(made, given, length, reverse, checkpoint, node.source)
        self.node = every[node.integer("index")]

    def _read(self, key: tuple[Node, Shape]) -> list[tuple[Node, Shape]]:
        """The values that move with a value; each with its shape at one step, in plain numbers."""
        node, shape = key
        return [(arg, shape) for arg in node.args] if node in self._movable else []

    def _at_one_step(self, node: Node, shape: Shape, args: Sequence[Node]) -> Node:
        """A value at one step, in the body; `args` are those that it reads there."""
        if is_number(node):
            return with_shape(node, shape)
        if node in self._movable:
            return node.primitive.apply(tuple(args), node.attrs, node.source)
        if node.op == "broadcast" and 0 not in node.ints("dims"):  # the same at all steps
            dims = tuple(dim - 1 for dim in node.ints("dims"))
            source = node.args[0]
            pairs = zip(source.shape, dims, strict=True)
            own = tuple(1 if extent == 1 else shape[dim] for extent, dim in pairs)
            if source not in self._fixed:
                name = f"fixed.{len(self._fixed)}"
                self._fixed[source] = input_node(name, own, source.dtype)
            return node.primitive(self._fixed[source], shape=shape, dims=dims)
        x = self._xs[node, shape] = input_node(f"more.{len(self._xs)}", shape, node.dtype)
        return x
