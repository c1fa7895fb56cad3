"""Rows of linear algebra: solutions of linear equations, inverses and determinants.

The last two dimensions are those of a matrix; all others count matrices, and are those of every
operand. A row with several results packs them into one array, which the language slices.
`cholesky` is a function of symmetric matrices: it reads the lower triangle, and its derivative is
that along symmetric changes.

Derivatives: Giles 2008, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (solve, inv, det); Murray 2016, arXiv:1602.07527, and Seeger et
al. 2017, arXiv:1710.08717 (cholesky); Golub & Pereyra 1973, doi:10.1137/0710036 (pinv).
"""

from __future__ import annotations

from dovetail.graph.dimensions import OfMatrices
from dovetail.graph.node import Node
from dovetail.graph.primitives import matrix_evaluations as evaluations
from dovetail.graph.primitives.elementwise import add, divide, multiply, negative, subtract
from dovetail.graph.primitives.library import matmul, swap_last
from dovetail.graph.primitives.matrix_parts import (
    alike,
    for_each_matrix,
    infer_solution,
    of_matrices,
    on_diagonal,
    product,
    symmetric,
    triangle,
)
from dovetail.graph.primitives.movement import reshape, slice_axis
from dovetail.graph.primitives.reductions import sum_
from dovetail.graph.primitives.row import Primitive, Reverse, constant


def _diagonal_halved(x: Node) -> Node:
    """The lower triangle, with half the diagonal."""
    return multiply(add(triangle(x), triangle(x, diagonal=False)), 0.5)


def _cholesky_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    factor = node
    upper = swap_last(factor)
    inner = _diagonal_halved(product(upper, cotangent))
    left = solve_triangular(upper, inner, lower=False, unit_diagonal=False)
    right = solve_triangular(upper, swap_last(left), lower=False, unit_diagonal=False)
    return [symmetric(right)]


cholesky = of_matrices("cholesky", alike, evaluations.cholesky, _cholesky_reverse)


def _triangular_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    lower, unit = node.flag("lower"), node.flag("unit_diagonal")
    of_b = solve_triangular(swap_last(node.args[0]), cotangent, lower=not lower, unit_diagonal=unit)
    whole = negative(matmul(of_b, swap_last(node)))
    return [triangle(whole, lower=lower, diagonal=not unit), of_b]


solve_triangular = Primitive(
    "solve_triangular", "library", 2, infer_solution, evaluations.substituted,
    Reverse(_triangular_reverse), OfMatrices(columns=True), accumulates=True,
)  # fmt: skip


def _solve_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    of_b = solve(swap_last(node.args[0]), cotangent)
    return [negative(matmul(of_b, swap_last(node))), of_b]


solve = Primitive(
    "solve", "library", 2, infer_solution, evaluations.solve,
    Reverse(_solve_reverse), OfMatrices(columns=True), accumulates=True,
)  # fmt: skip


def _inv_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    turned = swap_last(node)
    return [negative(product(turned, cotangent, turned))]


inv = of_matrices("inv", alike, evaluations.inv, _inv_reverse)


# Determinants.


def _det_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    a = node.args[0]
    return [multiply(for_each_matrix(cotangent, a.shape), cofactor(a))]


det = of_matrices("det", lambda shape, attrs: shape[:-2], evaluations.det, _det_reverse, own=0)


def _cofactor_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    """The second derivative of the determinant; NaN where the matrix is singular."""
    rank = len(node.shape)
    along = sum_(multiply(node, cotangent), axes=(rank - 2, rank - 1))
    change = subtract(
        multiply(for_each_matrix(along, node.shape), node),
        product(node, swap_last(cotangent), node),
    )
    return [divide(change, for_each_matrix(det(node.args[0]), node.shape))]


cofactor = of_matrices(
    "cofactor", alike, evaluations.cofactor, _cofactor_reverse,
    source="det(a) inv(a)^T, also of singular matrices",
)  # fmt: skip


def _slogdet_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    a = node.args[0]
    last = slice_axis(cotangent, len(cotangent.shape) - 1, 1, 1, 1)
    of_logarithm = for_each_matrix(reshape(last, shape=a.shape[:-2]), a.shape)
    return [multiply(of_logarithm, swap_last(inv(a)))]


slogdet = of_matrices(
    "slogdet", lambda shape, attrs: (*shape[:-2], 2), evaluations.slogdet, _slogdet_reverse, own=1,
    source="(sign, log |det|), along one axis",
)  # fmt: skip


# The pseudo-inverse.


def _rest(a: Node, b: Node) -> Node:
    """I - a b."""
    both = matmul(a, b)
    ones = constant(1.0, both.shape[:-1], both.dtype)
    return subtract(on_diagonal(ones, both.shape), both)


def _pinv_reverse(node: Node, cotangent: Node) -> list[Node | None]:
    a, turned, back = node.args[0], swap_last(node), swap_last(cotangent)
    through = negative(product(turned, cotangent, turned))
    left = product(_rest(a, node), back, node, turned)
    right = product(turned, node, back, _rest(node, a))
    return [add(through, add(left, right))]


pinv = of_matrices(
    "pinv", lambda shape, attrs: (*shape[:-2], shape[-1], shape[-2]), evaluations.pinv,
    _pinv_reverse, square=False, source="the derivative is that along changes that keep the rank",
)  # fmt: skip
