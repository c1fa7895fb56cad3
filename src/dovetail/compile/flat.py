"""Elementwise graphs over flat memory.

If every element of every output depends only on the elements at the same index, the shape does not
matter: the arrays can be treated as flat memory in any element order, and split anywhere. The
update rules of most optimizers are of this kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.node import Graph, Node, Shape, topological
from dovetail.graph.primitives.reductions import broadcast
from dovetail.graph.primitives.row import constant, input_node, is_number, size


def is_flat(graph: Graph) -> bool:
    """Whether the outputs are elementwise in the arrays, which all have one shape."""
    arrays = [node for node in graph.inputs if not node.flag("scalar")]
    shapes = {node.shape for node in (*arrays, *graph.outputs)}
    if len(shapes) != 1:
        return False
    (shape,) = shapes
    return all(_fits(node, shape) for node in graph)


def _fits(node: Node, shape: Shape) -> bool:
    if node.shape not in (shape, ()):
        return False
    if node.op == "input" or is_number(node):
        return True
    if node.op == "broadcast":
        return node.args[0].shape == ()
    return node.primitive.category == "elementwise"


def flattened(graph: Graph, length: int) -> Graph:
    """A flat graph for arrays of one dimension and this length."""
    shape = (length,)
    done: dict[Node, Node] = {}
    for node in graph.inputs:
        scalar = node.flag("scalar")
        done[node] = node if scalar else input_node(node.attr("name"), shape, node.dtype)
    for node in topological(graph.outputs):
        if node not in done:
            done[node] = _flat_node(node, [done[arg] for arg in node.args], shape)
    outputs = tuple(_spread(done[node], shape) for node in graph.outputs)
    return Graph(tuple(done[node] for node in graph.inputs), outputs)


def _flat_node(node: Node, args: Sequence[Node], shape: Shape) -> Node:
    if node.op == "constant":
        return constant(node.attr("value"), (), node.dtype)
    if node.op == "size":
        return size(node.attr("value"), (), node.dtype)
    if node.op == "broadcast":
        return args[0]  # broadcast again where it is combined with an array
    if any(arg.shape for arg in args):
        args = [_spread(arg, shape) for arg in args]
    return node.primitive.apply(tuple(args), node.attrs, node.source)


def _spread(node: Node, shape: Shape) -> Node:
    return node if node.shape == shape else broadcast(node, shape=shape, dims=())
