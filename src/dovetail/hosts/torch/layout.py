"""Memory layouts of outputs, as PyTorch's own functions choose them.

Pointwise maths on arrays that are dense in another order than row-major (channels last,
a transposed matrix) gives outputs in that same order. Everything else is row-major.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.generic import SizeGeneric, Strides
from dovetail.graph.node import Graph, Node, transform
from dovetail.graph.primitives.row import input_node

Shape = tuple[int, ...]


def _is_pointwise(graph: Graph, strides: Strides) -> bool:
    shapes = {node.shape for node in (*graph.inputs, *graph.outputs)} - {()}
    if len(shapes) != 1 or any(node.shape == () for node in graph.outputs):
        return False
    return all(
        node.primitive.category == "elementwise"
        or node.op in ("input", "constant")
        or (node.op == "broadcast" and node.args[0].shape == ())
        for node in graph
    )


# Whether all arrays have one shape, and elements depend on those at their position alone.
is_pointwise = SizeGeneric(_is_pointwise, lambda found, _: lambda graph, values: found)


def order_of(shape: Shape, strides: Sequence[int]) -> Shape | None:
    """The dimensions from the outermost to the innermost in memory; None where not dense."""
    order = tuple(sorted(range(len(shape)), key=lambda dim: (-strides[dim], dim)))
    if _dense(shape, strides, range(len(shape))):  # as PyTorch: dimensions of size 1 don't matter
        return tuple(range(len(shape)))
    return order if _dense(shape, strides, order) else None


def _repeats(shape: Shape, strides: Sequence[int]) -> bool:
    """Whether elements of an array share memory, as those of an expanded one; it has no order."""
    return any(stride == 0 and size > 1 for size, stride in zip(shape, strides, strict=True))


def _dense(shape: Shape, strides: Sequence[int], order: Sequence[int]) -> bool:
    step = 1
    for dim in reversed(order):
        if shape[dim] != 1 and strides[dim] != step:
            return False
        step *= shape[dim]
    return True


def output_order(graph: Graph, strides: Sequence[Sequence[int]]) -> Shape | None:
    """The order of the outputs' dimensions; None for row-major."""
    if not is_pointwise(graph):
        return None
    arrays = [pair for pair in zip(graph.inputs, strides, strict=False) if pair[0].shape]
    spread = [pair for pair in arrays if not _repeats(pair[0].shape, pair[1])]
    found = {order_of(node.shape, given) for node, given in spread}
    if len(found) != 1:
        return None
    (order,) = found
    return None if order is None or order == tuple(range(len(order))) else order


def in_order(graph: Graph, order: Shape) -> Graph:
    """A pointwise graph with the dimensions of every array in this order, as they are in memory.

    It is not the operation's graph for the permuted shapes: a definition may depend on sizes, and
    a segment between library calls knows only the shapes of its own call.
    """

    def permuted(node: Node) -> Node:
        if not node.shape:
            return node
        shape = tuple(node.shape[dim] for dim in order)
        if node.op == "input":
            return input_node(node.attr("name"), shape, node.dtype)
        if not any(name == "shape" for name, _ in node.attrs):
            return node  # pointwise work takes the shape of its operands
        attrs = tuple((name, shape if name == "shape" else v) for name, v in node.attrs)
        return node.primitive.apply(node.args, attrs, node.source)

    replaced = {node: permuted(node) for node in graph if not node.args}
    for node in graph.inputs:
        replaced.setdefault(node, permuted(node))
    outputs = transform(graph.outputs, permuted, replaced)
    return Graph(tuple(replaced[node] for node in graph.inputs), outputs)


def strides_in(shape: Shape, order: Shape | None) -> Shape:
    """The strides of a new array whose dimensions are in this order; sizes may be symbolic.

    As in PyTorch, those of an empty array count a size of 0 as 1.
    """
    strides = [1] * len(shape)
    step = 1
    for dim in reversed(range(len(shape)) if order is None else order):
        strides[dim] = step
        step = step * (shape[dim] or 1 if type(shape[dim]) is int else shape[dim])
    return tuple(strides)
