"""Which nodes only view their operand, and which are reductions or follow from reductions alone."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.graph.node import Node
from dovetail.graph.primitives.row import is_library_call, is_number
from dovetail.graph.primitives.scan import is_loop


def is_unit_reshape(node: Node) -> bool:
    """A reshape that only adds or removes dimensions of size 1."""
    if node.op != "reshape":
        return False
    before = [extent for extent in node.args[0].shape if extent != 1]
    return before == [extent for extent in node.shape if extent != 1]


def is_view(node: Node) -> bool:
    """Whether a kernel reads a node through its operand, by another index map."""
    return is_unit_reshape(node) if node.op == "reshape" else node.primitive.view


def is_reduction(node: Node) -> bool:
    """Whether a node drops the axes that it reduces."""
    return node.primitive.category == "reduction"


def is_ordered(node: Node) -> bool:
    """Whether the bits of a reduction depend on the order of its operands."""
    return is_reduction(node) and node.primitive.accumulates


def assembles(node: Node) -> bool:
    """Whether a node puts its operands side by side: `pad`, `concat`."""
    return node.primitive.category == "movement" and not node.primitive.view


def is_barrier(node: Node) -> bool:
    """Whether a node's value must be stored in memory."""
    row = node.primitive
    copies = node.op == "reshape" and not is_unit_reshape(node)
    apart = is_library_call(node) or is_loop(node)
    return apart or row.sequential or assembles(node) or copies


def statistics_of(order: Iterable[Node]) -> frozenset[Node]:
    """The reductions, and the nodes computed only from reductions; operands come first.

    Statistics of half precisions are float32 until they are outputs.
    """
    found: set[Node] = set()
    for node in order:
        through = node.op == "gather" or is_view(node)
        made_of = node.args[:1] if through else node.args
        varying = [arg for arg in made_of if not is_number(arg)]
        pointwise = through or node.primitive.category == "elementwise"
        if is_reduction(node) or (pointwise and varying and found.issuperset(varying)):
            found.add(node)
    return frozenset(found)
