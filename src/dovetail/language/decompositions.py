"""Decompositions of matrices in `dt.linalg`, as in the array API standard 2024.12.

All are batched: the last two axes are a matrix. Integers become float32, and half precisions
compute in float32. What each host does with a matrix that has no result is in docs/accuracy.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Node
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.spectral import eigh_parts, qr_shapes, svd_shapes
from dovetail.language.functions import linalg
from dovetail.language.operands import Operand, Weak, located, operand, require_matrices, wrap
from dovetail.language.tracer import Tracer

__all__ = ["cholesky", "eigh", "eigvalsh", "qr", "svd", "svdvals"]


class EighResult(NamedTuple):
    """What `eigh` returns."""

    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    """What `qr` returns."""

    Q: Any
    R: Any


class SVDResult(NamedTuple):
    """What `svd` returns."""

    U: Any
    S: Any
    Vh: Any


def matrices(name: str, x: Operand, *, square: bool = False) -> tuple[Node, Weak]:
    """A floating array whose last two axes are a matrix."""
    node, weak = operand(x, floating=True)
    shape = node.shape
    require_matrices(f"linalg.{name}", node)
    if square and shape[-1] != shape[-2]:
        raise ShapeError(f"linalg.{name}", [shape], "square matrices (..., n, n)")
    return node, weak


def _symmetric(name: str, x: Operand) -> tuple[Node, Weak]:
    node, weak = matrices(name, x, square=True)
    return structure.symmetric(node), weak


@linalg
def cholesky(x: Operand, /, *, upper: bool = False) -> Tracer:
    """The lower triangular L with L L^T = x, of positive definite x; with `upper`, L^T.

    Computed from (x + x^T) / 2, so that the gradient is symmetric. A matrix that is not positive
    definite raises; under XLA it gives NaN.
    """
    node, weak = _symmetric("cholesky", x)
    factor = located(structure.cholesky(node))
    return wrap(structure.swap_last(factor) if upper else factor, weak)


@linalg
def eigh(x: Operand, /) -> EighResult:
    """(eigenvalues, eigenvectors) of symmetric matrices: ascending, and in columns.

    Computed from (x + x^T) / 2. The signs of eigenvectors are those of the host's library. Where
    eigenvalues are equal, the gradient of eigenvectors is not finite; eigenvalues have theirs.
    """
    node, weak = _symmetric("eigh", x)
    values, vectors = eigh_parts(located(structure.eigh(node)))
    return EighResult(wrap(values, weak), wrap(vectors, weak))


@linalg
def eigvalsh(x: Operand, /) -> Tracer:
    """The eigenvalues of symmetric matrices, in ascending order; of (x + x^T) / 2."""
    node, weak = _symmetric("eigvalsh", x)
    return wrap(structure.eigvalsh(node), weak)


@linalg
def svd(x: Operand, /, *, full_matrices: bool = True) -> SVDResult:
    """(U, S, Vh) with x = U diag(S) Vh, singular values in descending order.

    With `full_matrices=False`, U has as many columns and Vh as many rows as there are singular
    values. Matrices that are not square have a gradient only then. Signs are those of the host's
    library. Where singular values are equal, the gradient of U and Vh is not finite.
    """
    node, weak = matrices("svd", x)
    full = bool(full_matrices) and node.shape[-2] != node.shape[-1]
    packed = located(structure.svd(node, full=full))
    u, s, vh = structure.unpacked(packed, svd_shapes(node.shape, full))
    return SVDResult(wrap(u, weak), wrap(s, weak), wrap(vh, weak))


@linalg
def svdvals(x: Operand, /) -> Tracer:
    """The singular values of (..., m, n), in descending order: (..., min(m, n))."""
    node, weak = matrices("svdvals", x)
    return wrap(structure.svdvals(node), weak)


@linalg
def qr(x: Operand, /, *, mode: str = "reduced") -> QRResult:
    """(Q, R) with x = Q R: orthonormal columns, and an upper triangle; x is (..., m, n).

    Q is (..., m, k) and R (..., k, n), k = min(m, n). Signs are those of the host's library.
    `mode="complete"`: Q is square; there is no gradient where x has more rows than columns.
    """
    if mode not in ("reduced", "complete"):
        raise ArgumentError("linalg.qr", "mode", mode, '"reduced" or "complete"')
    node, weak = matrices("qr", x)
    complete = mode == "complete" and node.shape[-2] > node.shape[-1]
    packed = located(structure.qr(node, complete=complete))
    q, r = structure.unpacked(packed, qr_shapes(node.shape, complete))
    return QRResult(wrap(q, weak), wrap(r, weak))
