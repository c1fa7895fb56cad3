"""Linear algebra by torch.linalg: its errors and its derivatives.

A row with several results is packed as its primitive says (graph/primitives/matrices.py,
spectral.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Function = Callable[..., Any]  # (attributes, *tensors) -> tensor


def _packed(*parts: Any) -> Any:
    """Matrices, and vectors with a last axis of 1, side by side along one axis."""
    return torch.cat([part.flatten(-2) for part in parts], dim=-1)


def _eigh(attrs: dict[str, Any], a: Any) -> Any:
    values, vectors = torch.linalg.eigh(a)
    return torch.cat([values.unsqueeze(-2), vectors], dim=-2)


def _svd(attrs: dict[str, Any], a: Any) -> Any:
    u, s, vh = torch.linalg.svd(a, full_matrices=attrs["full"])
    return _packed(u, s.unsqueeze(-1), vh)


def _qr(attrs: dict[str, Any], a: Any) -> Any:
    return _packed(*torch.linalg.qr(a, "complete" if attrs["complete"] else "reduced"))


def _cofactor(attrs: dict[str, Any], a: Any) -> Any:
    value, vjp = torch.func.vjp(torch.linalg.det, a)[:2]
    return vjp(torch.ones_like(value))[0]


def _solve_triangular(attrs: dict[str, Any], a: Any, b: Any) -> Any:
    upper, unit = not attrs["lower"], attrs["unit_diagonal"]
    return torch.linalg.solve_triangular(a, b, upper=upper, unitriangular=unit)


MATRICES: dict[str, Function] = {
    "cholesky": lambda attrs, a: torch.linalg.cholesky(a),
    "solve_triangular": _solve_triangular,
    "solve": lambda attrs, a, b: torch.linalg.solve(a, b),
    "inv": lambda attrs, a: torch.linalg.inv(a),
    "det": lambda attrs, a: torch.linalg.det(a),
    "cofactor": _cofactor,
    "slogdet": lambda attrs, a: torch.stack(torch.linalg.slogdet(a), dim=-1),
    "pinv": lambda attrs, a: torch.linalg.pinv(a, rtol=attrs["rtol"]),
    "eigh": _eigh,
    "eigvalsh": lambda attrs, a: torch.linalg.eigvalsh(a),
    "svd": _svd,
    "svdvals": lambda attrs, a: torch.linalg.svdvals(a),
    "qr": _qr,
}
