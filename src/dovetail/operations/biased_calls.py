"""Convolutions and products that take the bias added to them: PyTorch has both in one call.

Where the sum is all there is, no kernel follows, nor does one that only passes the cotangent on.
What follows a convolution has one array, whose order in memory it keeps; a kernel that follows a
product adds the bias for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dovetail.graph.node import Node, Shape, rebuild, topological
from dovetail.graph.primitives.elementwise import add
from dovetail.graph.primitives.row import is_library_call
from dovetail.graph.primitives.structure import broadcast, permuted


def with_bias_inside(outputs: Sequence[Node]) -> tuple[tuple[Node, ...], dict[Node, Node]]:
    """The outputs with each bias added to its call; and the call in each such sum.

    A bias added to a convolution whose axes are permuted is added before they are.
    """
    nodes = topological(outputs)
    readers: defaultdict[Node, list[Node | None]] = defaultdict(list)
    for node in nodes:
        for arg in node.args:
            readers[arg].append(node)
    for node in outputs:
        readers[node].append(None)
    found: dict[Node, Node] = {}
    made: dict[Node, Node] = {}
    for node in nodes:
        parts = _sum_with_bias(node, readers)
        if parts is None:
            made[node] = rebuild(node, [made[arg] for arg in node.args])
            continue
        call, axes, vector = parts
        last = len(axes) - 1
        spread = broadcast(made[vector], shape=call.shape, dims=(last,))
        total = add(made[call], spread)
        found[total] = made[call]
        made[node] = permuted(total, axes)
    return tuple(made[node] for node in outputs), found


def _sum_with_bias(
    node: Node, readers: Mapping[Node, Sequence[Node | None]]
) -> tuple[Node, Shape, Node] | None:
    """The call in a sum, how its axes are permuted, and the vector that is its bias."""
    for result, bias in (node.args, node.args[::-1]) if node.op == "add" else ():
        call = result.args[0] if result.op == "permute" else result
        if len(readers[call]) != 1 or len(readers[result]) != 1:
            continue
        if call.op == "matmul":
            if call is not result or not _is_layer(call) or not _has_no_kernel(readers[node]):
                continue
        elif call.op != "conv" or not _is_single(call):
            continue
        axes = tuple(range(len(call.shape))) if call is result else result.ints("axes")
        vector = _vector(bias, axes.index(len(axes) - 1))
        if vector is not None:
            return call, axes, vector
    return None


def _is_layer(product: Node) -> bool:
    """Whether a product is one of rows by a matrix of weights, in floating point."""
    rows, weights = product.args
    return len(rows.shape) >= 2 and len(weights.shape) == 2 and product.dtype.is_floating


def _has_no_kernel(readers: Sequence[Node | None]) -> bool:
    """Whether a value is read by the caller and by calls of libraries alone."""
    return all(reader is None or is_library_call(reader) for reader in readers)


def _is_single(call: Node) -> bool:
    """Whether there are no axes in front of the batch, those of several convolutions."""
    return len(call.shape) == len(call.ints("steps")) + 2


def _vector(bias: Node, axis: int) -> Node | None:
    """The vector that is broadcast along one axis, if a node is one."""
    if bias.op != "broadcast" or axis not in bias.ints("dims"):
        return None
    inner = bias.args[0]
    if inner.op == "reshape" and len(inner.args[0].shape) == 1:
        vector = inner.args[0]
    else:
        vector = inner
    sizes = dict(zip(bias.ints("dims"), inner.shape, strict=True))
    is_along = all(size == 1 for dim, size in sizes.items() if dim != axis)
    return vector if is_along and vector.shape == (bias.shape[axis],) else None
