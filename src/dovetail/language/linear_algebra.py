"""Products of vectors, matrices and tensors, as in the array API standard 2024.12."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.language.functions import op
from dovetail.language.norms import vector_norm as vector_norm
from dovetail.language.operands import (
    Operand,
    broadcast_node,
    broadcast_shapes,
    one_axis,
    operand,
    promoted,
    require_matrices,
    static_int,
    static_ints,
    wrap,
)
from dovetail.language.tracer import Tracer

__all__ = ["matmul", "matrix_transpose", "outer", "tensordot", "vecdot", "vector_norm"]


def _product(a: Node, b: Node) -> Node:
    """Matrices of `a` times matrices of `b`, whose leading axes broadcast."""
    if len(b.shape) == 2 and len(a.shape) > 2:
        # One product with all rows: no copy of `b`, and its gradient is one product, too.
        lead, inner = a.shape[:-1], a.shape[-1]
        flat = structure.matmul(structure.reshaped(a, (math.prod(lead), inner)), b)
        return structure.reshape(flat, shape=(*lead, b.shape[-1]))
    lead = broadcast_shapes("matmul", [a.shape[:-2], b.shape[:-2]])
    return structure.matmul(
        broadcast_node(a, (*lead, *a.shape[-2:])), broadcast_node(b, (*lead, *b.shape[-2:]))
    )


@op
def matmul(x1: Operand, x2: Operand, /) -> Tracer:
    """x1 @ x2: (..., m, k) times (..., k, n) is (..., m, n); the leading axes broadcast.

    A vector on the left is a row, on the right a column, and its axis is dropped again.
    """
    found = promoted(x1, x2)
    a, b = found.nodes
    if not a.shape or not b.shape:
        raise ShapeError("matmul", [a.shape, b.shape], "at least one dimension each")
    if a.shape[-1] != b.shape[-2 if len(b.shape) > 1 else 0]:
        raise ShapeError("matmul", [a.shape, b.shape], "shapes (..., m, k) and (..., k, n)")
    row, column = len(a.shape) == 1, len(b.shape) == 1
    a = structure.reshape(a, shape=(1, *a.shape)) if row else a
    b = structure.reshape(b, shape=(*b.shape, 1)) if column else b
    result = _product(a, b)
    if row or column:
        shape = result.shape
        result = structure.reshaped(
            result, shape[:-2] + (() if row else shape[-2:-1]) + (() if column else shape[-1:])
        )
    return wrap(result, found.weak)


@op
def matrix_transpose(x: Operand, /) -> Tracer:
    """The matrices of `x` with their last two axes swapped."""
    node, weak = operand(x)
    require_matrices("matrix_transpose", node)
    return wrap(structure.swap_last(node), weak)


@op
def outer(x1: Operand, x2: Operand, /) -> Tracer:
    """x1[i] x2[j] of two vectors: (n,) and (m,) to (n, m). Operands promote."""
    found = promoted(x1, x2)
    a, b = found.nodes
    if len(a.shape) != 1 or len(b.shape) != 1:
        raise ShapeError("outer", [a.shape, b.shape], "two vectors")
    shape = (*a.shape, *b.shape)
    columns = structure.broadcast(a, shape=shape, dims=(0,))
    rows_ = structure.broadcast(b, shape=shape, dims=(1,))
    return wrap(rows.multiply(columns, rows_), found.weak)


@op
def vecdot(x1: Operand, x2: Operand, /, *, axis: int = -1) -> Tracer:
    """The sum of x1 * x2 along an axis; the other axes broadcast."""
    along = static_int("vecdot", "axis", axis)
    found = promoted(x1, x2)
    a, b = found.nodes
    least = min(len(a.shape), len(b.shape))
    last = one_axis("vecdot", along, least) - least  # counted from the end
    if a.shape[last] != b.shape[last]:
        raise ShapeError("vecdot", [a.shape, b.shape], f"one extent along axis {axis}")
    shape = broadcast_shapes("vecdot", [a.shape, b.shape])
    product = rows.multiply(broadcast_node(a, shape), broadcast_node(b, shape))
    return wrap(structure.sum_(product, axes=(len(product.shape) + last,)), found.weak)


def _contracted(
    axes: int | Sequence[int | Sequence[int]], a: Node, b: Node
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of each array that tensordot sums over."""
    if isinstance(axes, int):
        if not 0 <= axes <= min(len(a.shape), len(b.shape)):
            raise ArgumentError("tensordot", "axes", axes, "no more axes than both have")
        rank = len(a.shape)
        return tuple(range(rank - axes, rank)), tuple(range(axes))
    first, second = (static_ints("tensordot", "axes", part) for part in axes)
    return (
        tuple(one_axis("tensordot", axis, len(a.shape)) for axis in first),
        tuple(one_axis("tensordot", axis, len(b.shape)) for axis in second),
    )


@op
def tensordot(
    x1: Operand, x2: Operand, /, *, axes: int | Sequence[int | Sequence[int]] = 2
) -> Tracer:
    """The sum of products over the last `axes` of x1 and the first of x2, or over pairs."""
    found = promoted(x1, x2)
    a, b = found.nodes
    first, second = _contracted(axes, a, b)
    if [a.shape[axis] for axis in first] != [b.shape[axis] for axis in second]:
        raise ShapeError("tensordot", [a.shape, b.shape], f"equal extents along axes {axes}")
    own_a = tuple(axis for axis in range(len(a.shape)) if axis not in first)
    own_b = tuple(axis for axis in range(len(b.shape)) if axis not in second)
    shape_a = tuple(a.shape[axis] for axis in own_a)
    shape_b = tuple(b.shape[axis] for axis in own_b)
    inner = math.prod(a.shape[axis] for axis in first)
    left = structure.permuted(a, (*own_a, *first))
    right = structure.permuted(b, (*second, *own_b))
    product = structure.matmul(
        structure.reshaped(left, (math.prod(shape_a), inner)),
        structure.reshaped(right, (inner, math.prod(shape_b))),
    )
    return wrap(structure.reshaped(product, (*shape_a, *shape_b)), found.weak)
