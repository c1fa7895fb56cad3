"""Sums over space and the channels of a group, whose rows in memory are short pieces.

A group normalisation reduces (batch, space, groups, channels) over space and the channels, so a
row of its kernel is a few channels at each place. Here groups and channels are one axis: sums over
space come first, with vectors along the channels of all groups, and sums of a group's channels
after them. Everything pointwise of that shape has the merged axis, too.
"""

from __future__ import annotations

import math

from dovetail.graph.node import Graph, Node, Shape, rebuild
from dovetail.graph.primitives.row import is_number, with_shape
from dovetail.graph.primitives.structure import broadcast, max_, min_, reshape, reshaped, sum_

SHORT = 32  # elements; longer pieces of a row fill vectors
FEW = 16  # places: for fewer, the second sum is not worth it
REDUCTIONS = (sum_, max_, min_)


def merge_axes(graph: Graph) -> Graph:
    """The graph, with the last two axes of arrays merged where sums are faster for it."""
    shapes = {
        node.args[0].shape: None
        for node in graph
        if node.primitive in REDUCTIONS and _is_short(node)
    }
    for shape in shapes:
        merging = _Merging(graph, shape)
        if merging.possible:
            graph = merging.merged()
    return graph


def _is_short(node: Node) -> bool:
    """Whether a reduction keeps the last axis but one, and has short pieces of many places."""
    shape, axes = node.args[0].shape, node.ints("axes")
    last = len(shape) - 1
    if last < 2 or last not in axes or last - 1 in axes:
        return False
    places = math.prod(shape[axis] for axis in axes[:-1])
    return 1 < shape[last] <= SHORT < shape[last] * shape[last - 1] and places >= FEW


class _Merging:
    """All values of one shape, with the last two axes merged."""

    def __init__(self, graph: Graph, shape: Shape) -> None:
        self._graph, self._shape = graph, shape
        self._whole = (*shape[:-2], shape[-2] * shape[-1])
        self._last = len(shape) - 1
        self.possible = all(map(self._fits, graph))

    def _fits(self, node: Node) -> bool:
        """Whether the merged axis is right for what a node reads and what it is."""
        if not any(arg.shape == self._shape for arg in node.args):
            if node.shape != self._shape:
                return True
            return node.primitive.category == "leaf" or node.op in ("broadcast", "reshape")
        if node.primitive.category == "elementwise":
            return True
        if node.op == "reshape":
            return node.shape == self._whole
        if node.primitive not in REDUCTIONS or node.dtype.compute is not node.dtype:
            return False
        halves = {self._last - 1 in node.ints("axes"), self._last in node.ints("axes")}
        return len(halves) == 1 or len(node.ints("axes")) > 1

    def merged(self) -> Graph:
        """The graph with merged axes."""
        done: dict[Node, Node] = {}  # in their own shapes
        whole: dict[Node, Node] = {}  # with the merged axis
        for node in self._graph:
            if node.shape == self._shape:
                whole[node] = self._made(node, done, whole)
                done[node] = node if is_number(node) else reshape(whole[node], shape=node.shape)
            elif node.args and node.args[0].shape == self._shape:
                (value,) = (whole[arg] for arg in node.args)
                done[node] = value if node.op == "reshape" else self._reduced(node, value)
            else:
                done[node] = rebuild(node, [done[arg] for arg in node.args])
        return Graph(self._graph.inputs, tuple(done[output] for output in self._graph.outputs))

    def _made(self, node: Node, done: dict[Node, Node], whole: dict[Node, Node]) -> Node:
        """A value of the shape, with the merged axis."""
        if is_number(node):
            return with_shape(node, self._whole)
        if node.primitive.category == "elementwise":
            args = tuple(whole[arg] for arg in node.args)
            return node.primitive.apply(args, node.attrs, node.source)
        if node.op == "reshape":
            return reshaped(done[node.args[0]], self._whole)
        if node.op == "broadcast":
            return self._broadcast(done[node.args[0]], node.ints("dims"))
        return reshape(node, shape=self._whole)

    def _broadcast(self, source: Node, dims: Shape) -> Node:
        """A value that is repeated, along half of the merged axis, too."""
        own = dict(zip(dims, source.shape, strict=True))
        halves = (self._last - 1, self._last)
        outer = tuple(dim for dim in dims if dim not in halves)
        if any(own.get(dim, 1) != 1 for dim in halves):
            extents = tuple(own[dim] for dim in outer)
            both = (*extents, *self._shape[-2:])
            places = tuple((*outer, *halves).index(dim) for dim in dims)
            source = reshape(
                source if source.shape == both else broadcast(source, shape=both, dims=places),
                shape=(*extents, self._whole[-1]),
            )
            return broadcast(source, shape=self._whole, dims=(*outer, self._last - 1))
        source = reshaped(source, tuple(own[dim] for dim in outer))
        return broadcast(source, shape=self._whole, dims=outer)

    def _reduced(self, node: Node, value: Node) -> Node:
        """A reduction: over what both halves are reduced over, and then over one of them."""
        last = self._last
        axes = [axis for axis in node.ints("axes") if axis < last - 1]
        halves = [axis for axis in node.ints("axes") if axis >= last - 1]
        reduce = node.primitive
        if len(halves) == 2:
            return reduce(value, axes=(*axes, last - 1))
        first = reduce(value, axes=tuple(axes)) if axes else value
        parts = reshape(first, shape=(*first.shape[:-1], *self._shape[-2:]))
        rank = len(parts.shape)
        found = tuple(rank - 1 if axis == last else rank - 2 for axis in halves)
        return reduce(parts, axes=found) if found else parts
