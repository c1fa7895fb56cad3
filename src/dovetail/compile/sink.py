"""Move gathers towards the leaves, so that only the selected elements are computed.

The label's entry of a log-softmax becomes the label's logit minus the row's logsumexp, so that the
log-softmax is never stored. A gather from a broadcast is removed; its indices are still checked
(index_checks.py).
"""

from __future__ import annotations

from collections.abc import Set

from dovetail.graph.node import Graph, Node, rebuild, topological
from dovetail.graph.primitives.elementwise import cast
from dovetail.graph.primitives.indexing import checked_index
from dovetail.graph.primitives.row import is_library_call, is_number, with_shape
from dovetail.graph.primitives.scan import is_loop
from dovetail.graph.primitives.structure import gather
from dovetail.transform.simplify_slicing import without_gather

DEEPEST = 32  # operations that a gather moves through


class _Sinking:
    """Moves one gather; each node that it reaches is rebuilt once."""

    def __init__(self, moved: Node, stored: Set[Node]) -> None:
        self.gather = moved
        self.indices = moved.args[1]
        self.axis = moved.integer("axis")
        self.stored = stored
        self.done: dict[Node, Node] = {}

    def __call__(self, source: Node, depth: int = 0) -> Node:
        if source not in self.done:
            self.done[source] = self._moved(source, depth)
        return self.done[source]

    def _moved(self, source: Node, depth: int) -> Node:
        if is_number(source):
            return with_shape(source, self.indices.shape)
        stops = depth >= DEEPEST or source in self.stored
        if source.primitive.category == "elementwise" and not stops:
            args = tuple(self(arg, depth + 1) for arg in source.args)
            return source.primitive.apply(args, source.attrs, source.source)
        if source.op == "iota":
            return self._numbered(source)
        widened = without_gather(source, self.indices, self.axis)
        if widened is not None:
            return widened
        return gather.apply((source, self.indices), self.gather.attrs, self.gather.source)

    def _numbered(self, source: Node) -> Node:
        """The elements of positions are the indices, or positions along another axis."""
        if source.integer("axis") != self.axis:
            return with_shape(source, self.indices.shape)
        attrs = (("extent", source.shape[self.axis]),)
        found = checked_index.apply((self.indices,), attrs, self.gather.source)
        return cast(found, dtype=source.dtype)


def sink_gathers(graph: Graph) -> Graph:
    """The graph with gathers moved as far as possible, if they do not enlarge their operand.

    Values that are stored anyway are loaded from memory.
    """
    kept = _kept(graph)
    stored: set[Node] = set()
    done: dict[Node, Node] = {}
    for node in topological(graph.outputs):
        done[node] = moved = _sunk(rebuild(node, [done[arg] for arg in node.args]), stored)
        if node in kept:
            stored.add(moved)
    return Graph(graph.inputs, tuple(done[node] for node in graph.outputs))


def _sunk(node: Node, stored: Set[Node]) -> Node:
    if node.op != "gather":
        return node
    source, indices = node.args
    axis = node.integer("axis")
    if indices.shape[axis] > source.shape[axis]:
        return node
    return _Sinking(node, stored)(source)


def _kept(graph: Graph) -> set[Node]:
    """The nodes that are stored in memory wherever the gathers are."""
    kept = set(graph.outputs)
    for node in graph:
        if is_library_call(node) or is_loop(node):
            kept.update(node.args)
    return kept
