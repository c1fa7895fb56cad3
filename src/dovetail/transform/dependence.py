"""Which nodes depend on which others, through values that have derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from dovetail.graph.node import Node, Nodes, post_order, topological
from dovetail.graph.primitives.declared import declared_inputs
from dovetail.graph.primitives.row import Declared, Linear, Zero


def differentiable_operands(node: Node) -> Nodes:
    """The operands that a derivative can flow into."""
    match node.primitive.derivative:
        case Zero():
            operands = ()
        case Declared():
            operands = declared_inputs(node)
        case Linear() as row:
            operands = tuple(node.args[index] for index in row.operands(node))
        case _:
            operands = node.args
    return tuple(operand for operand in operands if operand.dtype.is_floating)


def between(outputs: Sequence[Node], wrt: Sequence[Node]) -> list[Node]:
    """The nodes above `wrt` that the outputs depend on it through, operands first."""
    varying = set(wrt)
    order: list[Node] = []

    def operands(node: Node) -> Nodes:
        passes = node.dtype.is_floating and node not in varying
        return differentiable_operands(node)[::-1] if passes else ()

    for node in post_order(reversed(outputs), operands):
        if any(operand in varying for operand in operands(node)):
            varying.add(node)
            order.append(node)
    return order


def dependences(
    outputs: Sequence[Node], inputs: Sequence[Node], *, derivatives: bool
) -> list[frozenset[int]]:
    """For each output, the positions of the inputs that it depends on.

    `derivatives`: only where a derivative flows.
    """
    masks: dict[Node, int] = {}
    for position, node in enumerate(inputs):
        masks[node] = 1 << position if node.dtype.is_floating or not derivatives else 0
    for node in topological(outputs):
        if node in masks:
            continue
        mask = 0
        if node.dtype.is_floating or not derivatives:
            for operand in differentiable_operands(node) if derivatives else node.args:
                mask |= masks[operand]
        masks[node] = mask
    count = range(len(inputs))
    return [frozenset(i for i in count if masks[node] >> i & 1) for node in outputs]


def carried_on(
    given: AbstractSet[int], depends: Sequence[frozenset[int]], carries: int
) -> set[int]:
    """The inputs of a loop's body that depend on some of them, at any step.

    `depends`: the inputs that each output depends on, of which the first are the carries.
    """
    found = set(given)
    while True:
        more = {j for j in range(carries) if j not in found and not depends[j].isdisjoint(found)}
        if not more:
            return found
        found |= more
