"""Linear algebra in JAX's own functions.

Where a matrix is singular, or not positive definite, the result is not finite: XLA cannot raise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Function = Callable[..., Any]  # (attributes, *arrays) -> array


def _packed(*parts: Any) -> Any:
    """Matrices, and vectors with a last axis of 1, side by side along one axis."""
    flat = [part.reshape(*part.shape[:-2], math.prod(part.shape[-2:])) for part in parts]
    return jnp.concatenate(flat, axis=-1)


def _eigh(attrs: dict[str, Any], a: Any) -> Any:
    values, vectors = jnp.linalg.eigh(a, symmetrize_input=False)
    return jnp.concatenate([values[..., None, :], vectors], axis=-2)


def _svd(attrs: dict[str, Any], a: Any) -> Any:
    u, s, vh = jnp.linalg.svd(a, full_matrices=attrs["full"])
    return _packed(u, s[..., None], vh)


def _qr(attrs: dict[str, Any], a: Any) -> Any:
    rows, columns = a.shape[-2:]
    if rows >= columns:
        return _packed(*jnp.linalg.qr(a, "complete" if attrs["complete"] else "reduced"))
    # JAX has no derivative for these: the first columns decide on q.
    q, r = jnp.linalg.qr(a[..., :rows], "reduced")
    rest = jnp.matmul(jnp.matrix_transpose(q), a[..., rows:], precision="highest")
    return _packed(q, jnp.concatenate([r, rest], axis=-1))


def _cofactor(attrs: dict[str, Any], a: Any) -> Any:
    value, vjp = jax.vjp(jnp.linalg.det, a)
    return vjp(jnp.ones_like(value))[0]


def _solve_triangular(attrs: dict[str, Any], a: Any, b: Any) -> Any:
    lower, unit = attrs["lower"], attrs["unit_diagonal"]
    return lax.linalg.triangular_solve(a, b, left_side=True, lower=lower, unit_diagonal=unit)


def _pinv(attrs: dict[str, Any], a: Any) -> Any:
    rtol = attrs["rtol"]
    if rtol is None:
        rtol = max(a.shape[-2:]) * float(jnp.finfo(a.dtype).eps)
    return jnp.linalg.pinv(a, rtol=rtol)


MATRICES: dict[str, Function] = {
    "cholesky": lambda attrs, a: lax.linalg.cholesky(a, symmetrize_input=False),
    "solve_triangular": _solve_triangular,
    "solve": lambda attrs, a, b: jnp.linalg.solve(a, b),
    "inv": lambda attrs, a: jnp.linalg.inv(a),
    "det": lambda attrs, a: jnp.linalg.det(a),
    "cofactor": _cofactor,
    "slogdet": lambda attrs, a: jnp.stack(jnp.linalg.slogdet(a), axis=-1),
    "pinv": _pinv,
    "eigh": _eigh,
    "eigvalsh": lambda attrs, a: jnp.linalg.eigvalsh(a, symmetrize_input=False),
    "svd": _svd,
    "svdvals": lambda attrs, a: jnp.linalg.svd(a, compute_uv=False),
    "qr": _qr,
}


def singular_cofactor(attrs: dict[str, Any], a: Any) -> Any:
    """By the singular values, for matrices of any rank; without a derivative of its own."""
    u, s, vh = jnp.linalg.svd(a)
    sign = jnp.linalg.det(u) * jnp.linalg.det(vh)
    count = s.shape[-1]
    others = jnp.where(jnp.eye(count, dtype=bool), 1, s[..., None, :])
    products = jnp.prod(others, axis=-1) * sign[..., None]
    return jnp.matmul(u * products[..., None, :], vh, precision="highest")
