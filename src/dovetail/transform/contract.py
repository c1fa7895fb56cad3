"""Contraction: a product that is added becomes a fused multiply-add.

The choice depends only on the graph, never on the loop, so that a node has the same bits in every
kernel, and in the forward and the backward computation. Every sum of a product is contracted, even
if the product has other users. The exception is a sum whose other operand depends on the product,
such as `p - floor(p)`: both must see the same rounded p. It is marked, so that no later pass
contracts it if `floor(p)` is a residual. An element that is selected from a value
is computed from selected elements of its operands, and contracted like the value itself: the
choice looks through primitives that only move elements.

A processor without the instruction rounds the product as well, everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from dovetail.graph.node import Graph, Node, Nodes, rebuild, topological
from dovetail.graph.primitives.elementwise import fused_multiply_add, negative

# Marks a sum that backward must not contract either, where its operands may be inputs.
_SEPARATE = (("separate", True),)


def _picks(node: Node) -> bool:
    """Whether each element of a node is an element of its first operand."""
    return node.primitive.view or node.op == "gather"


def contract(graph: Graph) -> Graph:
    """The graph with its sums of products contracted."""
    return Graph(graph.inputs, contracted(graph.outputs))


def contracted(outputs: Sequence[Node]) -> Nodes:
    """The outputs with their sums of products contracted."""
    order = topological(outputs)
    if not any(map(_products, order)):
        return tuple(outputs)
    chosen = _independent_products(order)
    done: dict[Node, Node] = {}
    for node in order:
        done[node] = rebuild(node, [done[arg] for arg in node.args])
        if node in chosen:
            done[node] = _fused(done[node], chosen[node])
        elif _products(node):
            done[node] = node.primitive.apply(done[node].args, _SEPARATE, node.source)
    return tuple(done[node] for node in outputs)


def _products(node: Node) -> list[int]:
    """The operands of a sum that are products."""
    is_sum = node.op in ("add", "subtract") and node.attrs != _SEPARATE
    if not is_sum or not node.dtype.is_floating:
        return []
    return [index for index, arg in enumerate(node.args) if arg.op == "multiply"]


def _independent_products(order: Sequence[Node]) -> dict[Node, int]:
    """For each sum, its first operand that is a product and that the other does not depend on."""
    kinds = _kinds(order)
    numbers: dict[int, int] = {}
    for node in order:
        for index in _products(node):
            numbers.setdefault(kinds[node.args[index]], len(numbers))
    below: dict[Node, int] = {}  # bit n: the node depends on product n
    chosen: dict[Node, int] = {}
    for node in order:
        found = 1 << numbers[kinds[node]] if kinds[node] in numbers else 0
        for arg in node.args[:1] if _picks(node) else node.args:
            found |= below[arg]
        below[node] = found
        for index in _products(node):
            product, other = node.args[index], node.args[1 - index]
            if not below[other] >> numbers[kinds[product]] & 1:
                chosen[node] = index
                break
    return chosen


def _kinds(order: Sequence[Node]) -> dict[Node, int]:
    """A number for each node, equal for nodes that only select other elements of a value."""
    numbers: dict[Hashable, int] = {}
    kinds: dict[Node, int] = {}
    for node in order:
        if _picks(node):
            kinds[node] = kinds[node.args[0]]
            continue
        attrs = tuple(item for item in node.attrs if item[0] != "shape")
        key = (node.op, node.dtype, attrs, *(kinds[arg] for arg in node.args))
        kinds[node] = numbers.setdefault(key, len(numbers))
    return kinds


def _fused(node: Node, index: int) -> Node:
    """x y + z, x y - z or z - x y, for the product at an operand of a sum."""
    (x, y), other = node.args[index].args, node.args[1 - index]
    if node.op == "subtract" and index == 0:
        other = negative(other)
    elif node.op == "subtract":
        x = negative(x)
    return fused_multiply_add.apply((x, y, other), (), node.source)
