"""The operations that a graph needs at least.

Each element of an arithmetic, a comparison or an elementary function counts as one operation, an
element of a reduction as one, and a product or convolution as two for each multiply-add. Views and
what moves elements count nothing.
"""

from __future__ import annotations

from dovetail.graph.node import Cost, Graph, Node
from dovetail.graph.primitives.scan import is_loop, loop_key
from dovetail.train.inspection import multiply_adds
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import stabilise

COUNTED = frozenset({"reduction", "search", "running"})


def least_operations(graph: Graph) -> dict[str, int]:
    """By kind: "arithmetic", "transcendental" and "products"."""
    outputs = simplify(stabilise(simplify(graph.outputs)))
    return _of(Graph(graph.inputs, tuple(outputs)))


def _of(graph: Graph) -> dict[str, int]:
    found = {
        "arithmetic": 0, "transcendental": 0,
        "products": 2 * multiply_adds(graph.outputs, graph.inputs),
    }  # fmt: skip
    loops: set[object] = set()
    for node in graph:
        if is_loop(node):
            key = loop_key(node)
            if key not in loops:
                loops.add(key)
                body = _of(key[0].graph)
                steps = max(1, node.integer("length"))
                for kind in ("arithmetic", "transcendental"):
                    found[kind] += steps * body[kind]
        elif node.primitive.category == "elementwise" and node.op != "cast":
            costly = node.primitive.cost is Cost.TRANSCENDENTAL
            found["transcendental" if costly else "arithmetic"] += _work(node)
        elif node.primitive.category in COUNTED:
            found["arithmetic"] += node.args[0].size
    return found


def _work(node: Node) -> int:
    """The elements that differ: what is computed on a number that is broadcast counts once."""
    extents = [_distinct(arg) for arg in node.args]
    return max(extents, default=1)


def _distinct(node: Node) -> int:
    if node.op == "constant":
        return 1
    if node.op in ("broadcast", "reshape"):
        return _distinct(node.args[0])
    return node.size
