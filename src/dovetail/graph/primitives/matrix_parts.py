"""What the rows of linear algebra share: shapes of matrices, their parts, and packed results."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dovetail.errors import ShapeError
from dovetail.graph.dimensions import OfMatrices
from dovetail.graph.dtypes import DType, int64
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.elementwise import (
    add,
    equal,
    greater,
    greater_equal,
    multiply,
    select,
    subtract,
)
from dovetail.graph.primitives.indexing import iota
from dovetail.graph.primitives.library import matmul, swap_last
from dovetail.graph.primitives.movement import reshape, slice_axis
from dovetail.graph.primitives.reductions import broadcast
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Primitive,
    Reverse,
    constant,
    require_kind,
    same_dtype,
)

# Rows.


def of_matrices(
    name: str, result: Callable[[Shape, Attributes], Shape], evaluate: Callable[..., Array],
    reverse: Callable[[Node, Node], list[Node | None]], *,
    square: bool = True, own: int = 2, source: str = "",
) -> Primitive:  # fmt: skip
    """The row of a function of matrices; `result`: its shape, whose last `own` dimensions it has
    of its own."""

    def infer(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
        require_kind(name, args, "f")
        shape = args[0].shape
        if len(shape) < 2 or (square and shape[-1] != shape[-2]):
            expected = "square matrices (..., n, n)" if square else "matrices (..., m, n)"
            raise ShapeError(name, [shape], expected)
        return result(shape, attrs), args[0].dtype

    return Primitive(
        name, "library", 1, infer, evaluate, Reverse(reverse), OfMatrices(own=own),
        accumulates=True, source=source,
    )  # fmt: skip


def alike(shape: Shape, attrs: Attributes) -> Shape:
    """The shape of the operand."""
    return shape


def infer_solution(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    """The shape rule of solutions of linear equations."""
    a, b = args
    require_kind(name, args, "f")
    fits = len(a.shape) == len(b.shape) >= 2 and a.shape[:-1] == b.shape[:-1]
    if not fits or a.shape[-1] != a.shape[-2]:
        raise ShapeError(name, [a.shape, b.shape], "shapes (..., n, n) and (..., n, k)")
    return b.shape, same_dtype(name, args)


# Parts of matrices.


def _positions(shape: Shape) -> tuple[Node, Node]:
    """The row and the column of each element."""
    rank = len(shape)
    row, column = (iota(shape=shape, axis=rank - n, dtype=int64) for n in (2, 1))
    return row, column


def triangle(x: Node, *, lower: bool = True, diagonal: bool = True) -> Node:
    """The lower or upper triangle of matrices, with or without the diagonal; 0 elsewhere."""
    row, column = _positions(x.shape)
    inside = (greater_equal if diagonal else greater)(*((row, column) if lower else (column, row)))
    return select(inside, x, constant(0.0, x.shape, x.dtype))


def on_diagonal(values: Node, shape: Shape) -> Node:
    """Matrices with these diagonals; 0 elsewhere."""
    row, column = _positions(shape)
    zero = constant(0.0, shape, values.dtype)
    return select(equal(row, column), columns(values, shape), zero)


def symmetric(x: Node) -> Node:
    """The symmetric part of matrices."""
    return multiply(add(x, swap_last(x)), 0.5)


def skew(x: Node) -> Node:
    """x - x^T."""
    return subtract(x, swap_last(x))


def columns(values: Node, shape: Shape) -> Node:
    """A number for each column, as matrices."""
    rank = len(shape)
    return broadcast(values, shape=shape, dims=(*range(rank - 2), rank - 1))


def rows_of(values: Node, shape: Shape) -> Node:
    """A number for each row, as matrices."""
    return broadcast(values, shape=shape, dims=tuple(range(len(shape) - 1)))


def for_each_matrix(values: Node, shape: Shape) -> Node:
    """A number for each matrix, as matrices."""
    return broadcast(values, shape=shape, dims=tuple(range(len(shape) - 2)))


def product(*factors: Node) -> Node:
    """The matrix product, from the left."""
    result = factors[0]
    for factor in factors[1:]:
        result = matmul(result, factor)
    return result


def outside(basis: Node, x: Node) -> Node:
    """(I - basis basis^T) x, for orthonormal columns of `basis`."""
    return subtract(x, product(basis, matmul(swap_last(basis), x)))


# Packed results.


def unpacked(x: Node, parts: Sequence[Shape]) -> list[Node]:
    """The arrays of these trailing shapes that lie side by side along the last axis."""
    lead, axis = x.shape[:-1], len(x.shape) - 1
    start = 0
    found: list[Node] = []
    for part in parts:
        count = math.prod(part)
        found.append(reshape(slice_axis(x, axis, start, count, 1), shape=(*lead, *part)))
        start += count
    return found
