"""Unsigned integers of 16 and 32 bits as int64, for frameworks with few functions of them.

`signed(graph)` has the inputs, outputs and values of the graph; between them, a uint16 or uint32 is
an int64 in the same range. What could leave the range is taken modulo 2^16 or 2^32, so sums wrap
and right shifts bring zeros, as they should.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np

from dovetail.graph.dtypes import DType, bool_, int64, uint16, uint32
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Graph, Node, rebuild
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.row import Primitive, constant, input_node, is_number
from dovetail.graph.primitives.scan import is_loop
from dovetail.graph.primitives.structure import iota

NARROW = frozenset({uint16, uint32})


def signed(graph: Graph) -> Graph:
    """The graph without uint16 and uint32, but for inputs, outputs and the operands of loops."""
    if not any(node.dtype in NARROW for node in graph):
        return graph
    held: dict[Node, Node] = {}
    for node in graph:
        held[node] = _held(node, [held[arg] for arg in node.args])
    return Graph(graph.inputs, tuple(_given(held[node], node.dtype) for node in graph.outputs))


def _given(value: Node, dtype: DType) -> Node:
    """A value in the type that it has in the original graph."""
    return value if value.dtype is dtype else rows.cast(value, dtype=dtype)


def _held(node: Node, args: list[Node]) -> Node:
    """A node on operands that are held as int64."""
    narrow = node.dtype in NARROW
    if is_loop(node):
        pairs = zip(args, node.args, strict=True)
        made = rebuild(node, [_given(value, arg.dtype) for value, arg in pairs])
        return rows.cast(made, dtype=int64) if narrow else made
    if node.op == "cast":
        return _converted(args[0], node.args[0].dtype, node.dtype) if narrow else (
            _given(args[0], node.dtype)
        )  # fmt: skip
    if not narrow:
        return rebuild(node, args)
    if is_number(node):
        return constant(node.attr("value"), node.shape, int64)
    if node.op == "iota":
        made = iota(shape=node.shape, axis=node.integer("axis"), dtype=int64)
        return _wrapped(made, node.dtype)
    if not node.args:  # an input, or an array in the definition
        return rows.cast(node, dtype=int64)
    made = rebuild(node, args)
    return made if _keeps_range(node) else _wrapped(made, node.dtype)


def _keeps_range(node: Node) -> bool:
    """Whether a value that is made of numbers in range is in range."""
    category = node.primitive.category
    if category == "elementwise":
        others = tuple(arg.dtype if arg.dtype not in NARROW else int64 for arg in node.args)
        return _keeps_corners(node.primitive, others, _limit(node.dtype))
    return category == "movement" or (category == "indexing" and node.primitive.combine != "sum")


@functools.cache
def _keeps_corners(primitive: Primitive, dtypes: tuple[DType, ...], limit: int) -> bool:
    """Whether an elementwise function keeps the range where its operands are 0, 1 or the limit."""
    choices = [(False, True) if dtype is bool_ else (0, 1, limit) for dtype in dtypes]
    corners = np.array(list(itertools.product(*choices))).T
    inputs = [input_node(f"x{n}", row.shape, dtypes[n]) for n, row in enumerate(corners)]
    values = {node: row.astype(node.dtype.numpy) for node, row in zip(inputs, corners, strict=True)}
    with np.errstate(all="ignore"):
        (found,) = evaluate_nodes([primitive(*inputs)], values)
    return bool(np.all((found >= 0) & (found <= limit)))


def _converted(value: Node, source: DType, target: DType) -> Node:
    """A conversion to an unsigned type: of floats it saturates, of integers it wraps."""
    wide = _given(value, int64)
    if source.is_floating:
        return rows.minimum(rows.maximum(wide, 0), _limit(target))
    return wide if source is bool_ else _wrapped(wide, target)


def _wrapped(value: Node, dtype: DType) -> Node:
    return rows.bitwise_and(value, _limit(dtype))


def _limit(dtype: DType) -> int:
    return (1 << dtype.bits) - 1
