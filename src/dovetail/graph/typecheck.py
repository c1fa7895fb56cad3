"""The type checker: run after every pass, so that a fault is found where it is made."""

from __future__ import annotations

from dovetail.errors import CompileError
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives import LEAVES


def _ill_typed(node: Node, recorded: object, inferred: object) -> CompileError:
    return CompileError(
        f"ill-typed node {node}: recorded {recorded}, inferred {inferred}",
        remedy="please report this fault of Dovetail with the definition that led here",
    )


def typecheck(graph: Graph) -> Graph:
    """The graph itself; raises CompileError where a node is not what its row infers."""
    declared = set(graph.inputs)
    for node in graph:
        if node.primitive.name == "input" and node not in declared:
            raise _ill_typed(node, "a free input", "an input of the graph")
        if node.primitive in LEAVES:
            continue
        inferred = node.primitive.infer(node.op, node.args, dict(node.attrs))
        if inferred != (node.shape, node.dtype):
            raise _ill_typed(node, (node.shape, node.dtype), inferred)
    return graph
