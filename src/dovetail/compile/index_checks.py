"""Checks of indices that no kernel makes any more.

A gather may vanish on its way through the passes (all elements of a broadcast are the same,
so are those of a constant), or a kernel may compute only some of its elements (a slice of a
gather). An index outside of its array is an error all the same. So the checks that a graph asks
for are noted before the first pass, as nodes that take part in all of them; what the kernels
of the plan leave unchecked afterwards gets a kernel of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from dovetail.compile.index_map import IndexMap
from dovetail.graph.node import Graph, Node, Shape
from dovetail.graph.primitives.indexing import checked_index, counts_from_end, is_inside
from dovetail.graph.primitives.structure import max_

_SPREADING = frozenset({"broadcast", "permute", "reshape"})  # every element remains


class Check(NamedTuple):
    """All elements of `indices` count the elements of an axis of size `extent`."""

    indices: Node
    extent: int
    from_end: bool = True  # a negative one counts from the end; else it lies outside

    @property
    def cannot_fail(self) -> bool:
        return not self.indices.size or is_inside(*self)

    def includes(self, other: Check) -> bool:
        """Whether indices that pass this check pass the other one as well."""
        as_strict = other.from_end or not self.from_end
        return self.indices is other.indices and self.extent <= other.extent and as_strict

    def node(self, source: str | None = None) -> Node:
        """The `checked_index` that makes this check."""
        attrs = (("extent", self.extent),)
        if not self.from_end:
            attrs = (*attrs, ("from_end", False))
        return checked_index.apply((self.indices,), attrs, source)


def check_of(node: Node) -> Check | None:
    """What an indexing node checks as it runs."""
    if node.op == "gather":
        return Check(_bare(node.args[1]), node.args[0].shape[node.integer("axis")])
    if node.op == "checked_index":
        return Check(_bare(node.args[0]), node.integer("extent"), counts_from_end(node))
    if node.op == "scatter_add":
        return Check(_bare(node.args[0]), node.integer("extent"))
    return None


def required_checks(graph: Graph) -> tuple[Node, ...]:
    """A `checked_index` for each check that a graph asks for, and that could fail."""
    found: dict[Check, str | None] = {}
    for node in graph:
        check = check_of(node)
        if check is not None:
            found[check] = found.get(check) or node.source
    return tuple(check.node(source) for check, source in found.items() if not check.cannot_fail)


def is_whole(index: IndexMap, shape: Shape, space: Shape) -> bool:
    """Whether a kernel over `space` computes every element of a value of this shape."""
    if 0 in space:
        return False
    return all(
        extent == 1
        or (entry.dim is not None and abs(entry.step) == 1 and space[entry.dim] == extent)
        for entry, extent in zip(index, shape, strict=True)
    )


def remaining(required: tuple[Node, ...], made: set[Check]) -> list[Node]:
    """For each check that is not made yet: a number that takes every check to compute."""
    missing: list[Node] = []
    for node in required:
        check = check_of(node)
        assert check is not None
        if check.cannot_fail or any(other.includes(check) for other in made):
            continue
        made.add(check)
        places = check.node()
        missing.append(max_(places, axes=tuple(range(len(places.shape)))))
    return missing


def _bare(indices: Node) -> Node:
    """The indices without what only spreads them out."""
    while indices.op in _SPREADING:
        indices = indices.args[0]
    return indices
