"""Convolutions that take the bias added to them: PyTorch has both in one call.

Where the sum is all there is, no kernel follows; and what follows has one array, whose order in
memory it keeps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dovetail.graph.node import Node, Shape, rebuild, topological
from dovetail.graph.primitives.elementwise import add
from dovetail.graph.primitives.structure import broadcast, permuted


def with_bias_inside(outputs: Sequence[Node]) -> tuple[tuple[Node, ...], dict[Node, Node]]:
    """The outputs with each bias added to its convolution; and the convolution in each such sum.

    A bias added to a convolution whose axes are permuted is added before they are.
    """
    nodes = topological(outputs)
    uses = Counter(arg for node in nodes for arg in node.args)
    uses.update(outputs)
    found: dict[Node, Node] = {}
    made: dict[Node, Node] = {}
    for node in nodes:
        parts = _sum_with_bias(node, uses)
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


def _sum_with_bias(node: Node, uses: Counter[Node]) -> tuple[Node, Shape, Node] | None:
    """The convolution in a sum, how its axes are permuted, and the vector that is its bias."""
    for result, bias in (node.args, node.args[::-1]) if node.op == "add" else ():
        call = result.args[0] if result.op == "permute" else result
        if call.op != "conv" or uses[call] != 1 or uses[result] != 1 or not _is_single(call):
            continue
        axes = tuple(range(len(call.shape))) if call is result else result.ints("axes")
        vector = _vector(bias, axes.index(len(axes) - 1))
        if vector is not None:
            return call, axes, vector
    return None


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
