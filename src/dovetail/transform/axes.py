"""The axes of a computation: dimensions of its arrays that correspond to each other.

Each primitive says which dimensions of its operands and its result correspond
(`Primitive.dimensions`). Dimensions that are tied anywhere in a graph are one axis of the
computation.
"""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.graph.node import RESULT, Graph, Node, topological

Dim = tuple[Node, int]


class Axes:
    """The axes of a graph: sets of dimensions that are tied, each named by one of them.

    `alike`: pairs of arrays of one shape whose dimensions are tied, too.
    """

    def __init__(self, graph: Graph, alike: Iterable[tuple[Node, Node]] = ()) -> None:
        self.nodes = topological([*graph.inputs, *graph.outputs])
        self._parent: dict[Dim, Dim] = {}
        for node in self.nodes:
            for tie in node.primitive.dimensions.ties(node):
                self._tie([(node if n == RESULT else node.args[n], dim) for n, dim in tie])
        for one, other in alike:
            for dim in range(len(one.shape)):
                self._tie([(one, dim), (other, dim)])

    def _tie(self, dims: list[Dim]) -> None:
        for dim in dims[1:]:
            one, other = self.find(dims[0]), self.find(dim)
            if one != other:
                self._parent[other] = one

    def find(self, dim: Dim) -> Dim:
        """The axis that a dimension belongs to."""
        above = self._parent.get(dim)
        while above is not None:
            dim, above = above, self._parent.get(above)
        return dim

    def along(self, node: Node, axis: Dim) -> int | None:
        """The dimension of an array that belongs to an axis; the last, where there are several."""
        found = [dim for dim in range(len(node.shape)) if self.find((node, dim)) == axis]
        return found[-1] if found else None

    def is_simple(self, axis: Dim) -> bool:
        """Whether no array has an axis twice, as in x + transpose(x)."""
        return all(
            sum(self.find((node, dim)) == axis for dim in range(len(node.shape))) <= 1
            for node in self.nodes
        )
