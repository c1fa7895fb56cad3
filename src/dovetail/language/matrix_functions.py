"""Functions of matrices in `dt.linalg`, as in the array API standard 2024.12.

All are batched: the last two axes are a matrix. Integers become float32, and half precisions
compute in float32. What each host does with a matrix that has no result is in docs/accuracy.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.dtypes import int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.matrix_parts import on_diagonal
from dovetail.graph.primitives.row import Primitive, constant, size
from dovetail.language.data_types import finfo
from dovetail.language.decompositions import matrices
from dovetail.language.functions import linalg
from dovetail.language.norms import vector_norm
from dovetail.language.operands import (
    KNOWN,
    Operand,
    Weak,
    broadcast_node,
    broadcast_shapes,
    keep_dims,
    located,
    one_axis,
    operand,
    promoted,
    require_matrices,
    static,
    static_int,
    wrap,
)
from dovetail.language.statistical import sum as sum_of
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node

__all__ = [
    "cross", "det", "diagonal", "inv", "matrix_norm", "matrix_power", "matrix_rank", "pinv",
    "slogdet", "solve", "solve_triangular", "trace",
]  # fmt: skip


class SlogdetResult(NamedTuple):
    """What `slogdet` returns."""

    sign: Any
    logabsdet: Any


# Linear equations.


def _solved(name: str, x1: Operand, x2: Operand, solver: Callable[[Node, Node], Node]) -> Tracer:
    found = promoted(x1, x2, floating=True)
    a, b = found.nodes
    vector = len(b.shape) == 1
    equations = b.shape[-2:][:1]
    if len(a.shape) < 2 or a.shape[-2:] != (*equations, *equations):
        expected = "shapes (..., n, n) and (..., n, k), or (n,) for one right-hand side"
        raise ShapeError(f"linalg.{name}", [a.shape, b.shape], expected)
    if vector:
        b = structure.reshape(b, shape=(*b.shape, 1))
    lead = broadcast_shapes(f"linalg.{name}", [a.shape[:-2], b.shape[:-2]])
    a, b = (broadcast_node(x, (*lead, *x.shape[-2:])) for x in (a, b))
    result = located(solver(a, b))
    if vector:
        result = structure.reshape(result, shape=result.shape[:-1])
    return wrap(result, found.weak)


@linalg
def solve(x1: Operand, x2: Operand, /) -> Tracer:
    """The x with x1 x = x2; x1 is (..., n, n), x2 (..., n, k) or (n,). Leading axes broadcast.

    A singular matrix raises; under XLA the result is not finite.
    """
    return _solved("solve", x1, x2, structure.solve)


@linalg
def solve_triangular(
    a: Operand, b: Operand, /, *, lower: bool = False, unit_diagonal: bool = False
) -> Tracer:
    """The x with a x = b, for the upper triangle of `a`, or its lower one; shapes as for `solve`.

    The other triangle is not read. `unit_diagonal`: the diagonal counts as ones. A zero on the
    diagonal raises; under XLA the result is not finite.
    """
    options = {"lower": bool(lower), "unit_diagonal": bool(unit_diagonal)}
    return _solved(
        "solve_triangular", a, b, lambda x, y: structure.solve_triangular(x, y, **options)
    )


@linalg
def inv(x: Operand, /) -> Tracer:
    """The inverse of (..., n, n). A singular matrix raises; under XLA it is not finite."""
    node, weak = matrices("inv", x, square=True)
    return wrap(structure.inv(node), weak)


@linalg
@static("rtol")
def pinv(x: Operand, /, *, rtol: float | None = None) -> Tracer:
    """The pseudo-inverse of (..., m, n), of Moore and Penrose: (..., n, m).

    Singular values of at most `rtol` times the largest count as 0; by default `rtol` is max(m, n)
    times the machine epsilon. The gradient is that along changes which keep the rank.
    """
    node, weak = matrices("pinv", x)
    if rtol is not None and (isinstance(rtol, Tracer) or not 0 <= float(rtol) < 1):
        raise ArgumentError("linalg.pinv", "rtol", rtol, "a Python number from 0 to 1", KNOWN)
    return wrap(structure.pinv(node, rtol=None if rtol is None else float(rtol)), weak)


# Determinants.

LAPLACE = 3  # up to this size a determinant is a polynomial of a few products


def _entry(x: Node, row: int, column: int) -> Node:
    lead = x.shape[:-2]
    starts = (*(0 for _ in lead), row, column)
    one = structure.slice_(x, starts=starts, steps=(1,) * len(starts), sizes=(*lead, 1, 1))
    return structure.reshape(one, shape=lead)


def _minor(x: Node, columns: tuple[int, ...], row: int = 0) -> Node:
    """The determinant of the last rows, from `row`, at some columns."""
    if not columns:
        return constant(1.0, x.shape[:-2], x.dtype)
    if len(columns) == 1:
        return _entry(x, row, columns[0])
    total: Node | None = None
    for position, column in enumerate(columns):
        rest = columns[:position] + columns[position + 1 :]
        term = rows.multiply(_entry(x, row, column), _minor(x, rest, row + 1))
        if total is None:
            total = term
        else:
            total = (rows.subtract if position % 2 else rows.add)(total, term)
    assert total is not None
    return total


@linalg
def det(x: Operand, /) -> Tracer:
    """The determinant of (..., n, n): (...).

    Its gradient is the matrix of cofactors, also where the matrix is singular. Second derivatives
    of singular matrices larger than 3 x 3 are NaN.
    """
    node, weak = matrices("det", x, square=True)
    count = node.shape[-1]
    if count <= LAPLACE:
        return wrap(_minor(node, tuple(range(count))), weak)
    return wrap(structure.det(node), weak)


@linalg
def slogdet(x: Operand, /) -> SlogdetResult:
    """(sign, logarithm of the absolute determinant); (0, -inf) of singular matrices."""
    node, weak = matrices("slogdet", x, square=True)
    packed = located(structure.slogdet(node))
    last = len(packed.shape) - 1
    sign, logarithm = (
        structure.reshape(structure.slice_axis(packed, last, n, 1, 1), shape=packed.shape[:-1])
        for n in (0, 1)
    )
    return SlogdetResult(wrap(sign, weak), wrap(logarithm, weak))


# Powers, ranks and norms.


@linalg
@static("n")
def matrix_power(x: Operand, n: int, /) -> Tracer:
    """x^n of (..., n, n), by repeated squaring; for n < 0 a power of the inverse."""
    exponent = static_int("linalg.matrix_power", "n", n)
    node, weak = matrices("matrix_power", x, square=True)
    if exponent < 0:
        node, exponent = located(structure.inv(node)), -exponent
    result: Node | None = None
    while exponent:
        if exponent % 2:
            result = node if result is None else structure.matmul(result, node)
        exponent //= 2
        if exponent:
            node = structure.matmul(node, node)
    if result is None:
        result = on_diagonal(constant(1.0, node.shape[:-1], node.dtype), node.shape)
    return wrap(result, weak)


@linalg
def matrix_rank(x: Operand, /, *, rtol: float | None = None) -> Tracer:
    """The number of singular values above `rtol` times the largest, as int64: (...) of (..., m, n).

    By default `rtol` is max(m, n) times the machine epsilon of the data type.
    """
    node, _ = matrices("matrix_rank", x)
    values = located(structure.svdvals(node))
    last = len(values.shape) - 1
    if not values.shape[last]:
        return wrap(constant(0, values.shape[:last], int64))
    largest = structure.max_(values, axes=(last,))
    if rtol is None:
        extent = size(max(node.shape[-2:]), largest.shape, node.dtype)
        limit = rows.multiply(extent, finfo(node.dtype).eps)
    else:
        factor = broadcast_node(operand(rtol)[0], largest.shape)
        limit = cast_node(factor, node.dtype)
    least = structure.restore(rows.multiply(largest, limit), values.shape, (last,))
    return wrap(structure.sum_(cast_node(rows.greater(values, least), int64), axes=(last,)))


_ORDERS = (1, -1, 2, -2, math.inf, -math.inf, "fro", "nuc")


@linalg
@static("ord")
def matrix_norm(x: Operand, /, *, keepdims: bool = False, ord: int | float | str = "fro") -> Tracer:
    """The norm of matrices.

    "fro": the root of the sum of squares; "nuc": the sum of the singular values; 2 and -2: the
    largest and least of them; 1 and -1: of the columns' sums of |x|; inf and -inf: of the rows'.
    """
    node, weak = matrices("matrix_norm", x)
    if isinstance(ord, Tracer) or ord not in _ORDERS:
        expected = "one of " + ", ".join(map(repr, _ORDERS))
        raise ArgumentError("linalg.matrix_norm", "ord", ord, expected, KNOWN)
    rank = len(node.shape)
    axes = rank - 2, rank - 1
    if ord == "fro":
        return vector_norm(wrap(node, weak), axis=axes, keepdims=keepdims)
    if ord in ("nuc", 2, -2):
        row = structure.sum_ if ord == "nuc" else _extremum(ord)
        result = row(located(structure.svdvals(node)), axes=(rank - 2,))
    else:
        summed = rank - 2 if abs(float(ord)) == 1 else rank - 1
        sums = structure.sum_(rows.absolute(node), axes=(summed,))
        result = _extremum(ord)(sums, axes=(rank - 2,))
    return wrap(keep_dims(result, axes, rank, keepdims), weak)


def _extremum(order: Any) -> Primitive:
    return structure.max_ if order > 0 else structure.min_


# Diagonals and products.


def _diagonal(name: str, x: Operand, offset: int) -> tuple[Node, Weak]:
    node, weak = operand(x)
    require_matrices(f"linalg.{name}", node)
    shift = static_int(f"linalg.{name}", "offset", offset)
    *lead, m, n = node.shape
    count = max(0, min(m + min(shift, 0), n - max(shift, 0)))
    flat = structure.reshape(node, shape=(*lead, m * n))
    start = 0 if not count else shift if shift >= 0 else -shift * n
    return structure.slice_axis(flat, len(lead), start, count, n + 1), weak


@linalg
def diagonal(x: Operand, /, *, offset: int = 0) -> Tracer:
    """The diagonals of matrices; above the main one for `offset` > 0, below for `offset` < 0."""
    return wrap(*_diagonal("diagonal", x, offset))


@linalg
def trace(x: Operand, /, *, offset: int = 0, dtype: object = None) -> Tracer:
    """The sum of each diagonal: (...) of (..., m, n).

    Integers are summed as int64, unless `dtype` is given.
    """
    return sum_of(wrap(*_diagonal("trace", x, offset)), axis=-1, dtype=dtype)


@linalg
def cross(x1: Operand, x2: Operand, /, *, axis: int = -1) -> Tracer:
    """The cross product of vectors of 3 elements along an axis; the other axes broadcast."""
    found = promoted(x1, x2)
    shape: Shape = broadcast_shapes("linalg.cross", [node.shape for node in found.nodes])
    least = min(len(node.shape) for node in found.nodes)
    along = one_axis("linalg.cross", axis, least) - least
    if any(node.shape[along] != 3 for node in found.nodes):
        shapes = [node.shape for node in found.nodes]
        raise ShapeError("linalg.cross", shapes, f"3 elements along axis {axis}")
    along += len(shape)
    a, b = (broadcast_node(node, shape) for node in found.nodes)

    def part(x: Node, number: int) -> Node:
        return structure.slice_axis(x, along, number % 3, 1, 1)

    parts = [
        rows.subtract(
            rows.multiply(part(a, n + 1), part(b, n + 2)),
            rows.multiply(part(a, n + 2), part(b, n + 1)),
        )
        for n in range(3)
    ]
    return wrap(structure.concat(*parts, axis=along), found.weak)
