"""Gathers move towards the leaves, so that work is done on what is picked, not on all.

The label's entry of a log-softmax becomes the label's logit minus the row's logsumexp:
the log-softmax itself is then never written.
"""

from __future__ import annotations

from dovetail.graph.node import Graph, Node, transform
from dovetail.graph.primitives.structure import broadcast, gather


def _sink(source: Node, indices: Node, axis: int) -> Node:
    if source.primitive.category == "elementwise":
        args = tuple(_sink(arg, indices, axis) for arg in source.args)
        return source.primitive.apply(args, source.attrs, source.source)
    if source.op == "constant" or source.op == "size":
        attrs = dict(source.attrs)
        attrs["shape"] = indices.shape
        return source.primitive.apply((), tuple(sorted(attrs.items())), source.source)
    if source.op == "broadcast":
        operand, dims = source.args[0], source.ints("dims")
        constant_along = axis not in dims or operand.shape[dims.index(axis)] == 1
        if constant_along:
            return broadcast(operand, shape=indices.shape, dims=dims)
    return gather(source, indices, axis=axis)


def sink_gathers(graph: Graph) -> Graph:
    """The graph with gathers as deep as they go, where they pick no more than there is."""

    def visit(node: Node) -> Node:
        if node.op != "gather":
            return node
        source, indices = node.args
        axis = node.integer("axis")
        if indices.shape[axis] > source.shape[axis]:
            return node
        return _sink(source, indices, axis)

    return Graph(graph.inputs, transform(graph.outputs, visit))
