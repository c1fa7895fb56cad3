"""Rows of linear algebra: eigenvalues, singular values, and the QR decomposition.

`eigh` and `eigvalsh` are functions of symmetric matrices: they read the lower triangle, and their
derivative is that along symmetric changes. Eigenvectors and singular vectors have a derivative
where their values differ (and, of matrices that are not square, are not 0); otherwise it is not
finite. Functions of the values alone have one everywhere.

Derivatives: Giles 2008 (eigh); Townsend 2016, "Differentiating the singular value decomposition";
Walter & Lehmann 2010, arXiv:1001.1654 (qr).
"""

from __future__ import annotations

import math

from dovetail.errors import GradientError
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import matrix_evaluations as evaluations
from dovetail.graph.primitives.elementwise import add, divide, multiply, subtract
from dovetail.graph.primitives.library import matmul, swap_last
from dovetail.graph.primitives.matrices import solve_triangular
from dovetail.graph.primitives.matrix_parts import (
    columns,
    of_matrices,
    on_diagonal,
    outside,
    product,
    rows_of,
    skew,
    triangle,
    unpacked,
)
from dovetail.graph.primitives.movement import concat, reshape, slice_axis
from dovetail.graph.primitives.row import Attributes, constant


def _gaps(values: Node, shape: Shape, squared: bool = False) -> Node:
    """values[j] - values[i], or of their squares, for row i and column j; 1 on the diagonal."""
    across, down = columns(values, shape), rows_of(values, shape)
    gaps = subtract(across, down)
    if squared:
        gaps = multiply(gaps, add(across, down))  # of squares, without cancellation
    ones = constant(1.0, values.shape, values.dtype)
    return add(gaps, on_diagonal(ones, shape))


def _is_zero(cotangent: Node, axis: int, start: int, count: int) -> bool:
    """Whether a cotangent is known to be 0 there: this part of a packed result is not used."""
    match cotangent.op:
        case "constant":
            return cotangent.attr("value") == 0
        case "add":
            return all(_is_zero(part, axis, start, count) for part in cotangent.args)
        case "pad":
            first, step = cotangent.ints("starts")[axis], cotangent.ints("steps")[axis]
            last = first + step * (cotangent.args[0].shape[axis] - 1)
            return last < start or first >= start + count
        case _:
            return False


# Symmetric matrices.


def eigh_parts(x: Node) -> tuple[Node, Node]:
    """Eigenvalues and eigenvectors of what `eigh` has packed, or their cotangents."""
    axis, count = len(x.shape) - 2, x.shape[-1]
    values = reshape(slice_axis(x, axis, 0, 1, 1), shape=(*x.shape[:-2], count))
    return values, slice_axis(x, axis, 1, count, 1)


def _eigh_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    values, vectors = eigh_parts(node)
    of_values, of_vectors = eigh_parts(cotangent)
    turned, shape = swap_last(vectors), vectors.shape
    inner = on_diagonal(of_values, shape)
    if not _is_zero(cotangent, len(shape) - 2, 1, shape[-1]):
        rotation = divide(skew(matmul(turned, of_vectors)), _gaps(values, shape))
        inner = add(inner, multiply(rotation, 0.5))
    return [product(vectors, inner, turned)]


eigh = of_matrices(
    "eigh", lambda shape, attrs: (*shape[:-2], shape[-1] + 1, shape[-1]), evaluations.eigh,
    _eigh_reverse, source="a row of eigenvalues above the matrix of eigenvectors",
)  # fmt: skip


def _eigvalsh_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    _, vectors = eigh_parts(eigh(node.args[0]))
    scaled = multiply(vectors, columns(cotangent, vectors.shape))
    return [matmul(scaled, swap_last(vectors))]


eigvalsh = of_matrices(
    "eigvalsh", lambda shape, attrs: shape[:-1], evaluations.eigvalsh, _eigvalsh_reverse, own=1
)


# Singular values.


def svd_shapes(shape: Shape, full: bool) -> list[Shape]:
    """The shapes of u, the singular values, and vh, of one matrix."""
    m, n = shape[-2:]
    k = min(m, n)
    return [(m, m), (k,), (n, n)] if full else [(m, k), (k,), (k, n)]


def _packed_size(shapes: list[Shape]) -> int:
    """The number of elements of arrays that are packed along one axis."""
    return sum(map(math.prod, shapes))


def _infer_svd(shape: Shape, attrs: Attributes) -> Shape:
    return (*shape[:-2], _packed_size(svd_shapes(shape, attrs["full"])))


def _not_reduced(node: Node, argument: str) -> GradientError:
    return GradientError(
        f"linalg.{node.op} of shape {node.args[0].shape} with {argument} has no derivative: the "
        "vectors that complete a basis are arbitrary",
        "the reduced decomposition",
        f"leave {argument} out where a gradient is needed",
        node.source,
    )


def _svd_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    a = node.args[0]
    m, n = a.shape[-2:]
    if node.flag("full") and m != n:
        raise _not_reduced(node, "full_matrices=True")
    shapes = svd_shapes(a.shape, False)
    u, s, vh = unpacked(node, shapes)
    of_u, of_s, of_vh = unpacked(cotangent, shapes)
    v, of_v = swap_last(vh), swap_last(of_vh)
    k = min(m, n)
    square = (*a.shape[:-2], k, k)
    inner = on_diagonal(of_s, square)
    axis = len(cotangent.shape) - 1
    uses_u = not _is_zero(cotangent, axis, 0, m * k)
    uses_v = not _is_zero(cotangent, axis, m * k + k, k * n)
    across, down = columns(s, square), rows_of(s, square)
    gaps = _gaps(s, square, squared=True)
    if uses_u:
        inner = add(inner, multiply(divide(skew(matmul(swap_last(u), of_u)), gaps), across))
    if uses_v:
        inner = add(inner, multiply(divide(skew(matmul(vh, of_v)), gaps), down))
    result = product(u, inner, vh)
    if m > n and uses_u:
        scaled = divide(of_u, columns(s, of_u.shape))
        result = add(result, matmul(outside(u, scaled), vh))
    if m < n and uses_v:
        scaled = divide(of_v, columns(s, of_v.shape))
        result = add(result, matmul(u, swap_last(outside(v, scaled))))
    return [result]


svd = of_matrices(
    "svd", _infer_svd, evaluations.svd, _svd_reverse, square=False, own=1,
    source="u, singular values and vh, along one axis",
)  # fmt: skip


def _svdvals_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    a = node.args[0]
    u, _, vh = unpacked(svd(a, full=False), svd_shapes(a.shape, False))
    return [matmul(multiply(u, columns(cotangent, u.shape)), vh)]


svdvals = of_matrices(
    "svdvals", lambda shape, attrs: (*shape[:-2], min(shape[-2:])), evaluations.svdvals,
    _svdvals_reverse, square=False, own=1,
)  # fmt: skip


# The QR decomposition.


def qr_shapes(shape: Shape, complete: bool) -> list[Shape]:
    """The shapes of q and r, of one matrix."""
    m, n = shape[-2:]
    k = m if complete else min(m, n)
    return [(m, k), (k, n)]


def _infer_qr(shape: Shape, attrs: Attributes) -> Shape:
    return (*shape[:-2], _packed_size(qr_shapes(shape, attrs["complete"])))


def _tall_qr_reverse(q: Node, r: Node, of_q: Node, of_r: Node) -> Node:
    """For r square: as many rows as columns, or more."""
    mixed = subtract(matmul(r, swap_last(of_r)), matmul(swap_last(of_q), q))
    mirrored = add(triangle(mixed), swap_last(triangle(mixed, diagonal=False)))
    right = add(of_q, matmul(q, mirrored))
    # right r^-T
    solved = solve_triangular(r, swap_last(right), lower=False, unit_diagonal=False)
    return swap_last(solved)


def _qr_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    a = node.args[0]
    m, n = a.shape[-2:]
    if node.flag("complete") and m > n:
        raise _not_reduced(node, "mode='complete'")
    shapes = qr_shapes(a.shape, False)
    q, r = unpacked(node, shapes)
    of_q, of_r = unpacked(cotangent, shapes)
    if m >= n:
        return [_tall_qr_reverse(q, r, of_q, of_r)]
    # The first m columns decide on q; the others are q^T times theirs.
    axis = len(a.shape) - 1
    first, of_first = (slice_axis(x, axis, 0, m, 1) for x in (r, of_r))
    others, of_others = (slice_axis(x, axis, m, n - m, 1) for x in (a, of_r))
    whole = add(of_q, matmul(others, swap_last(of_others)))
    left = _tall_qr_reverse(q, first, whole, of_first)
    return [concat(left, matmul(q, of_others), axis=axis)]


qr = of_matrices(
    "qr", _infer_qr, evaluations.qr, _qr_reverse, square=False, own=1,
    source="q and r, along one axis",
)  # fmt: skip
