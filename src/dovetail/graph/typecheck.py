"""The type checker: run after every pass, so that a fault is found where it is made."""

from __future__ import annotations

from dovetail.errors import GraphTypeError
from dovetail.graph.node import Graph
from dovetail.graph.primitives import LEAVES


def typecheck(graph: Graph) -> Graph:
    """The graph itself; raises GraphTypeError where a node is not what its row infers."""
    declared = set(graph.inputs)
    for node in graph:
        if node.primitive.name == "input" and node not in declared:
            raise GraphTypeError(repr(node), "a free input", "an input of the graph")
        if node.primitive in LEAVES:
            continue
        inferred = node.primitive.infer(node.op, node.args, dict(node.attrs))
        if inferred != (node.shape, node.dtype):
            raise GraphTypeError(repr(node), (node.shape, node.dtype), inferred)
    return graph
