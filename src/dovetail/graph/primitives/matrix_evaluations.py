"""How NumPy evaluates the rows of matrices.py and spectral.py.

Half precisions compute in float32.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from dovetail.errors import LinearAlgebraError
from dovetail.graph.node import Array, Node

LAPACK = (np.dtype(np.float32), np.dtype(np.float64))


def for_lapack(x: Array) -> Array:
    """Matrices of a type that LAPACK has."""
    if x.dtype in LAPACK:
        return x
    return x.astype(np.float64 if x.dtype.itemsize >= 8 else np.float32)


def failed(node: Node, reason: str, remedy: str, *matrices: Array) -> LinearAlgebraError:
    """The error for matrices without a result; the first one that is not finite is named."""
    for x in matrices:
        wrong = np.argwhere(~np.isfinite(x).all(axis=(-2, -1)))
        if len(wrong):
            which = f" {tuple(map(int, wrong[0]))} of the batch" if x.ndim > 2 else ""
            found = f"{node.op}: matrix{which} holds NaN or infinity"
            return LinearAlgebraError(
                found, "finite numbers", "check what it was computed from", node.source
            )
    return LinearAlgebraError(f"{node.op}: {reason}", "", remedy, node.source)


def _first(wrong: Array) -> str:
    """Which matrix of a batch."""
    return f" (matrix {tuple(map(int, np.argwhere(wrong)[0]))} of the batch)" if wrong.ndim else ""


def _each_fails(function: Callable[[Array], Any], matrices: Array) -> Array:
    """For each matrix, whether a function raises for it."""
    flat = matrices.reshape(-1, *matrices.shape[-2:])
    wrong = np.zeros(len(flat), bool)
    for number, matrix in enumerate(flat):
        try:
            function(matrix)
        except np.linalg.LinAlgError:
            wrong[number] = True
            break
    return wrong.reshape(matrices.shape[:-2])


def _singular(node: Node, a: Array) -> LinearAlgebraError:
    where = _first(_each_fails(np.linalg.inv, a))
    remedy = "use linalg.pinv, or add a small multiple of the identity matrix"
    return failed(node, f"a matrix is singular{where}", remedy, a)


def cholesky(node: Node, a: Array) -> Array:
    """The lower factor of positive definite matrices, from their lower triangles."""
    a = for_lapack(a)
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        where = _first(_each_fails(np.linalg.cholesky, a))
        remedy = "add a small multiple of the identity matrix, or use linalg.eigh"
        raise failed(node, f"a matrix is not positive definite{where}", remedy, a) from None


def solve(node: Node, a: Array, b: Array) -> Array:
    """The solution of a x = b, by the LU decomposition with partial pivoting."""
    a, b = for_lapack(a), for_lapack(b)
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise _singular(node, a) from None


def inv(node: Node, a: Array) -> Array:
    """The inverse."""
    a = for_lapack(a)
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        raise _singular(node, a) from None


def check_diagonal(node: Node, a: Array) -> None:
    """Raises where a triangular matrix has a zero on its diagonal."""
    wrong = (np.diagonal(a, axis1=-2, axis2=-1) == 0).any(axis=-1)
    if not node.flag("unit_diagonal") and wrong.any():
        where = _first(np.asarray(wrong))
        reason = f"a triangular matrix is singular{where}: its diagonal has a zero"
        raise failed(node, reason, "change the zeros on the diagonal, or use linalg.pinv")


def substituted(node: Node, a: Array, b: Array) -> Array:
    """The solution of a triangular system by substitution, for all matrices at once."""
    a, x = for_lapack(a), for_lapack(b).copy()
    check_diagonal(node, a)
    count = a.shape[-1]
    lower = node.flag("lower")
    for step in range(count):
        row = step if lower else count - 1 - step
        known = slice(0, row) if lower else slice(row + 1, count)
        x[..., row, :] -= np.matmul(a[..., row, None, known], x[..., known, :])[..., 0, :]
        if not node.flag("unit_diagonal"):
            x[..., row, :] /= a[..., row, row, None]
    return x


def det(node: Node, a: Array) -> Array:
    """The determinant."""
    return np.linalg.det(for_lapack(a))


def cofactor(node: Node, a: Array) -> Array:
    """det(a) inv(a)^T, also of singular matrices, by the singular values."""
    u, s, vh = _converged(node, lambda x: tuple(np.linalg.svd(x)), for_lapack(a))
    sign = np.linalg.det(u) * np.linalg.det(vh)
    count = s.shape[-1]
    others = np.ones((*s.shape, count), s.dtype)
    others *= s[..., None, :]
    others[..., range(count), range(count)] = 1
    products = np.prod(others, axis=-1) * sign[..., None]
    return np.matmul(u * products[..., None, :], vh)


def slogdet(node: Node, a: Array) -> Array:
    """The sign and the logarithm of the absolute determinant."""
    sign, logarithm = np.linalg.slogdet(for_lapack(a))
    return np.stack([sign, logarithm], axis=-1)


def _converged(node: Node, function: Callable[[Array], Any], a: Array) -> Any:
    """An iterative decomposition: one array or several. That of NaN or infinity is NaN."""
    lost: Array = np.asarray(~np.isfinite(a).all(axis=(-2, -1)))
    try:
        if not lost.any():
            return function(a)
        found = function(np.where(lost[..., None, None], 0, a).astype(a.dtype))
    except np.linalg.LinAlgError as error:
        raise failed(node, str(error), "scale the matrix, or compute in float64") from None

    def filled(part: Array) -> Array:
        spread = lost.reshape(lost.shape + (1,) * (part.ndim - lost.ndim))
        return np.where(spread, np.nan, part).astype(a.dtype)

    if isinstance(found, tuple):
        return tuple(filled(part) for part in cast("tuple[Array, ...]", found))
    return filled(found)


def eigh(node: Node, a: Array) -> Array:
    """Eigenvalues, then the rows of the matrix of eigenvectors."""
    values, vectors = _converged(node, lambda x: tuple(np.linalg.eigh(x)), for_lapack(a))
    return np.concatenate([values[..., None, :], vectors], axis=-2)


def eigvalsh(node: Node, a: Array) -> Array:
    """The eigenvalues of symmetric matrices, in ascending order."""
    return _converged(node, np.linalg.eigvalsh, for_lapack(a))


def packed(parts: list[Array]) -> Array:
    """Matrices and vectors side by side along one axis."""
    lead = parts[0].shape[:-2]
    flat = [part.reshape(*lead, math.prod(part.shape[len(lead) :])) for part in parts]
    return np.concatenate(flat, axis=-1)


def svd(node: Node, a: Array) -> Array:
    """u, the singular values, and vh, along one axis."""
    full = node.flag("full")
    decompose = functools.partial(np.linalg.svd, full_matrices=full)
    u, s, vh = _converged(node, lambda x: tuple(decompose(x)), for_lapack(a))
    return packed([u, s, vh])


def svdvals(node: Node, a: Array) -> Array:
    """The singular values, in descending order."""
    values: Callable[[Array], Any] = functools.partial(np.linalg.svd, compute_uv=False)
    return _converged(node, values, for_lapack(a))


def qr(node: Node, a: Array) -> Array:
    """q and r, along one axis."""
    mode: Any = "complete" if node.flag("complete") else "reduced"
    q, r = np.linalg.qr(for_lapack(a), mode)
    return packed([q, r])


def pinv(node: Node, a: Array) -> Array:
    """The pseudo-inverse; singular values up to `rtol` times the largest count as 0."""
    a = for_lapack(a)
    rtol: float | None = node.attr("rtol")
    if rtol is None:
        rtol = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps)
    return _converged(node, functools.partial(np.linalg.pinv, rcond=rtol), a)
