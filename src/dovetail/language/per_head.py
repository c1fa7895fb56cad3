"""The part of a value over (examples, heads, ...) that belongs to one example and one head.

A score function works on one tile of one head. What it reads may have axes of heads and examples
in front, such as slopes of shape (heads, 1, 1); its result then has them, too. Here the result is
computed again for one head alone: only what was broadcast along these axes is indexed.
"""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.graph.node import Node, topological
from dovetail.graph.primitives.structure import broadcast, gather, reshape
from dovetail.language.indexing import taken


def at_index(node: Node, index: Node) -> Node:
    """`node` at one index along its first axis; `index` has the shape ()."""
    return _Part(index).of(node, 0)


def not_pointwise(result: Node, given: Iterable[Node]) -> Node | None:
    """What is computed of the given values, but not element by element, if there is such a node."""
    depends = set(given)
    for node in topological([result]):
        if node not in depends and any(arg in depends for arg in node.args):
            if node.primitive.category != "elementwise" and node.primitive is not broadcast:
                return node
            depends.add(node)
    return None


class _Part:
    def __init__(self, index: Node) -> None:
        self.index = index
        self.known: dict[tuple[Node, int], Node] = {}

    def of(self, node: Node, axis: int) -> Node:
        """`node` at the index along an axis, without that axis."""
        key = node, axis
        if key not in self.known:
            self.known[key] = self._made(node, axis)
        return self.known[key]

    def _made(self, node: Node, axis: int) -> Node:
        rest = (*node.shape[:axis], *node.shape[axis + 1 :])
        if node.args and node.primitive.category == "elementwise":
            args = tuple(self.of(arg, axis) for arg in node.args)
            return node.primitive.apply(args, node.attrs, node.source)
        if node.primitive is broadcast:
            dims = node.ints("dims")
            moved = tuple(dim - (dim > axis) for dim in dims if dim != axis)
            operand = node.args[0]
            if axis in dims:
                operand = self.of(operand, dims.index(axis))
            return broadcast(operand, shape=rest, dims=moved)
        if node.primitive is gather and node.integer("axis") != axis:
            args = tuple(self.of(arg, axis) for arg in node.args)
            along = node.integer("axis")
            return gather(*args, axis=along - (along > axis))
        if node.shape[axis] == 1:
            return reshape(node, shape=rest)
        if node.primitive is reshape and axis == 0 and node.args[0].shape[:1] == node.shape[:1]:
            return reshape(self.of(node.args[0], 0), shape=rest)
        return taken(node, self.index, axis)
