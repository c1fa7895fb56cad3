"""A linear recurrence for the compilers of frameworks, which have no primitive for it."""

from __future__ import annotations

from dovetail.graph.node import Node
from dovetail.graph.primitives.elementwise import add, multiply
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.structure import concat, slice_axis


def linear_recurrence(node: Node) -> Node:
    """By doubling, in log2(n) steps over the whole array, each of twice as many elements."""
    axis, reverse = node.integer("axis"), node.flag("reverse")
    extent = node.shape[axis]

    def earlier(x: Node, distance: int) -> Node:
        """For each element but the first few, the one that is so far before it."""
        return slice_axis(x, axis, distance if reverse else 0, extent - distance, 1)

    def later(x: Node, distance: int) -> Node:
        return slice_axis(x, axis, 0 if reverse else distance, extent - distance, 1)

    def first(x: Node, count: int) -> Node:
        return slice_axis(x, axis, extent - count if reverse else 0, count, 1)

    def joined(start: Node, rest: Node) -> Node:
        return concat(*((rest, start) if reverse else (start, rest)), axis=axis)

    if extent == 0:
        return node.args[1]
    factor, state = node.args  # the product, and the state, of the elements up to each
    distance = 1
    while distance < extent:
        own = later(factor, distance)
        moved = add(multiply(own, earlier(state, distance)), later(state, distance))
        state = joined(first(state, distance), moved)
        factor = joined(first(factor, distance), multiply(own, earlier(factor, distance)))
        distance *= 2
    shape = (*node.shape[:axis], 1, *node.shape[axis + 1 :])
    return joined(constant(0, shape, node.dtype), earlier(state, 1))
