"""Choose the residuals: the values of the forward computation that are saved for the backward one.

A minimum cut over bytes: whatever the backward reads must follow from what is saved. Inputs and
outputs of the forward exist anyway, so they cost only one more read. Pointwise work is recomputed.
What needs a pass over its operands (a reduction, a scan, a gather, a matrix product) is not: its
result is saved, or something computed from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.node import Node, Nodes, topological
from dovetail.transform.maxflow import UNLIMITED, Network

_RECOMPUTED = ("elementwise", "movement", "declared")
_READING = 16  # keeping an array costs as much as reading so many that exist anyway
_ALLOCATION = 64  # bytes that one more array is worth: fewer arrays where sizes tie


def min_cut_partition(
    graph_outputs: Sequence[Node],
    backward_outputs: Sequence[Node],
    inputs: Sequence[Node],
    cotangents: Sequence[Node],
) -> list[Node]:
    """The forward nodes that the backward starts from, operands first.

    Inputs and forward outputs are among them where the backward reads them.
    """
    free = {*inputs, *graph_outputs}
    forward, read = _forward(backward_outputs, set(cotangents))
    number = {node: 2 * index + 2 for index, node in enumerate(forward)}
    source, sink = 0, 1
    network = Network(2 * len(forward) + 2)
    for node, vertex in number.items():
        # The edge through a node is cut where the node is kept.
        cost = node.nbytes // _READING if node in free else node.nbytes + _ALLOCATION
        cost += node.primitive.view  # rather what it is a view of, whose sizes are more natural
        network.connect(vertex, vertex + 1, cost)
        if node in read:
            network.connect(vertex + 1, sink, UNLIMITED)
        if node.primitive.name == "input" or _is_costly(node):
            network.connect(source, vertex, UNLIMITED)
        else:
            for operand in computed_from(node):
                network.connect(number[operand] + 1, vertex, UNLIMITED)
    network.maximise(source, sink)
    kept_for = network.sink_side(sink)
    return [
        node for node, vertex in number.items() if vertex + 1 in kept_for and vertex not in kept_for
    ]


def computed_from(node: Node) -> Nodes:
    """The operands that the value needs; a declared node carries others for its derivative."""
    return node.args[:1] if node.primitive.category == "declared" else node.args


def _is_costly(node: Node) -> bool:
    if not node.args:
        return False  # constants and positions are made anew from nothing
    return node.primitive.category not in _RECOMPUTED and node.op != "checked_index"


def _forward(outputs: Sequence[Node], cotangents: set[Node]) -> tuple[list[Node], set[Node]]:
    """The nodes below `outputs` that no cotangent enters, and those that the backward reads."""
    backward = set(cotangents)
    forward: list[Node] = []
    order = topological(outputs)
    for node in order:
        if node in backward:
            continue
        if any(operand in backward for operand in computed_from(node)):
            backward.add(node)
        else:
            forward.append(node)
    read = {
        operand
        for node in order
        if node in backward and node not in cotangents
        for operand in computed_from(node)
        if operand not in backward
    }
    read.update(output for output in outputs if output not in backward)
    return forward, read
