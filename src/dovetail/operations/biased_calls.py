"""Convolutions and products that take the bias added to them: PyTorch has both in one call.

Where the sum is all there is, no kernel follows, nor does one that only passes the cotangent on.
What follows a convolution has one array, whose order in memory it keeps; a kernel that follows a
product adds the bias for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from dovetail.graph.node import Node, rebuild, topological
from dovetail.graph.primitives.elementwise import add
from dovetail.graph.primitives.row import is_library_call
from dovetail.graph.primitives.structure import broadcast


def with_bias_inside(outputs: Sequence[Node]) -> tuple[tuple[Node, ...], dict[Node, Node]]:
    """The outputs with each bias added to its call; and the call in each such sum.

    A bias added to a view of the result is added before that is made: to a permuted convolution,
    or to a product whose rows are those of several axes.
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
        call, result, vector = parts
        last = len(call.shape) - 1
        total = add(made[call], broadcast(made[vector], shape=call.shape, dims=(last,)))
        found[total] = made[call]
        made[node] = total if result is call else rebuild(result, [total])
    return tuple(made[node] for node in outputs), found


Readers = Mapping[Node, Sequence[Node | None]]  # None is the caller


def _sum_with_bias(node: Node, readers: Readers) -> tuple[Node, Node, Node] | None:
    """The call in a sum, its result there, which may be a view, and the vector that is its bias."""
    for result, bias in (node.args, node.args[::-1]) if node.op == "add" else ():
        call = result.args[0] if result.op in ("permute", "reshape") else result
        if len(readers[call]) != 1 or len(readers[result]) != 1:
            continue
        axis = _last_axis(call, result)
        if axis is None or not _takes_bias(call, node, readers):
            continue
        vector = _vector(bias, axis)
        if vector is not None:
            return call, result, vector
    return None


def _last_axis(call: Node, result: Node) -> int | None:
    """Where the last axis of a call is in its result, which may be a view."""
    last = len(call.shape) - 1
    if result.op == "permute":
        return result.ints("axes").index(last) if call.op == "conv" else None
    if result.op == "reshape":
        is_kept = call.op == "matmul" and result.shape[-1:] == call.shape[-1:]
        return len(result.shape) - 1 if is_kept else None
    return last


def _takes_bias(call: Node, total: Node, readers: Readers) -> bool:
    if call.op == "conv":
        return _is_single(call)
    return call.op == "matmul" and _is_layer(call) and _has_no_kernel(total, readers)


def _is_layer(product: Node) -> bool:
    """Whether a product is one of rows by a matrix of weights, in floating point."""
    rows, weights = product.args
    return len(rows.shape) >= 2 and len(weights.shape) == 2 and product.dtype.is_floating


def _has_no_kernel(value: Node, readers: Readers) -> bool:
    """Whether a value is read by the caller and by calls of libraries alone, or its views are."""
    return all(
        reader is None
        or is_library_call(reader)
        or (reader.op in ("reshape", "permute") and _has_no_kernel(reader, readers))
        for reader in readers[value]
    )


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
