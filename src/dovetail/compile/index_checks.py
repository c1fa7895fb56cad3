"""Bounds checks of indices that optimisation would remove.

A pass may remove a gather (all elements of a broadcast or a constant are the same), or a kernel may
compute only some of its elements (a slice of a gather). An index out of bounds is still an error.
So the checks of a graph are recorded before the first pass, as nodes that go through all passes;
checks that no kernel of the schedule makes get a separate kernel.
"""

from __future__ import annotations

from typing import NamedTuple

from dovetail.compile.index_map import IndexMap
from dovetail.graph.node import Graph, Node, Shape
from dovetail.graph.primitives.indexing import checked_index, counts_from_end, is_inside
from dovetail.graph.primitives.scan import bodies_in
from dovetail.graph.primitives.structure import max_


class IndexCheck(NamedTuple):
    """A check that all elements of `indices` are within an axis of `extent` elements."""

    indices: Node
    extent: int
    from_end: bool = True  # negative indices count from the end; otherwise they are out of bounds

    @property
    def cannot_fail(self) -> bool:
        """Whether the indices are known to be in bounds."""
        return not self.indices.size or is_inside(*self)

    def includes(self, other: IndexCheck) -> bool:
        """Whether indices that pass this check also pass the other one."""
        as_strict = other.from_end or not self.from_end
        return self.indices is other.indices and self.extent <= other.extent and as_strict

    def node(self, source: str | None = None) -> Node:
        """A `checked_index` node for this check."""
        attrs = (("extent", self.extent),)
        if not self.from_end:
            attrs = (*attrs, ("from_end", False))
        return checked_index.apply((self.indices,), attrs, source)


def check_of(node: Node) -> IndexCheck | None:
    """The check that an indexing node makes."""
    if node.op == "gather":
        return IndexCheck(_bare(node.args[1]), node.args[0].shape[node.integer("axis")])
    if node.op == "checked_index":
        return IndexCheck(_bare(node.args[0]), node.integer("extent"), counts_from_end(node))
    if node.primitive.combine:
        return IndexCheck(_bare(node.args[-2]), node.shape[node.integer("axis")])
    return None


def fallible_nodes(graph: Graph) -> list[Node]:
    """The nodes of a graph, and of its loops, whose indices may be out of bounds."""
    return [
        node
        for each in (graph, *(body.graph for body in bodies_in(graph)))
        for node in each
        if (check := check_of(node)) is not None and not check.cannot_fail
    ]


def required_checks(graph: Graph) -> tuple[Node, ...]:
    """A `checked_index` for each check of a graph that could fail."""
    found: dict[IndexCheck, str | None] = {}
    for node in graph:
        check = check_of(node)
        if check is not None:
            found[check] = found.get(check) or node.source
    return tuple(check.node(source) for check, source in found.items() if not check.cannot_fail)


def with_checks(graph: Graph) -> Graph:
    """The graph with its checks as further outputs."""
    return Graph(graph.inputs, (*graph.outputs, *required_checks(graph)))


def is_whole(index: IndexMap, shape: Shape, space: Shape) -> bool:
    """Whether a kernel over `space` computes every element of a value of this shape."""
    if 0 in space:
        return False
    return all(
        extent == 1
        or (
            entry.dim is not None
            and not entry.more
            and abs(entry.step) == 1
            and space[entry.dim] == extent
        )
        for entry, extent in zip(index, shape, strict=True)
    )


def remaining(required: tuple[Node, ...], made: set[IndexCheck]) -> list[Node]:
    """A scalar that needs all indices, for each check not yet in `made`, to which it is added."""
    missing: list[Node] = []
    for node in required:
        check = check_of(node)
        assert check is not None
        if check.cannot_fail or any(other.includes(check) for other in made):
            continue
        made.add(check)
        checked = check.node()
        missing.append(max_(checked, axes=tuple(range(len(checked.shape)))))
    return missing


def _bare(indices: Node) -> Node:
    """The indices before they were moved or broadcast."""
    while indices.primitive.view and indices.op != "slice":  # every element remains
        indices = indices.args[0]
    return indices
