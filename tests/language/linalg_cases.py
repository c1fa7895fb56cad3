"""Functions of `dt.linalg` on matrices that suit them, written for any framework's namespace.

`call(linalg, *arrays)`: also with `numpy.linalg`, `torch.linalg` or `jax.numpy.linalg`, so that
each is compared with what others make of the same formula. Results do not depend on the signs of
eigenvectors and singular vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import dovetail as dt

rng = np.random.default_rng(5)


def normal(*shape: int) -> Any:
    return rng.normal(size=shape)


def regular(*lead: int, n: int = 4) -> Any:
    return normal(*lead, n, n) + 3 * np.eye(n)


def definite(*lead: int, n: int = 4) -> Any:
    """Symmetric, with eigenvalues that differ."""
    q = np.linalg.qr(normal(*lead, n, n))[0]
    return q * np.arange(1.0, n + 1) @ q.mT


@dataclass(frozen=True)
class Case:
    name: str
    call: Callable[..., Any]
    arrays: tuple[Any, ...]
    differentiable: bool = True

    def __str__(self) -> str:
        return self.name

    @cached_property
    def scale(self) -> float:
        """What makes the largest result 1."""
        return 1.0 / float(np.max(np.abs(self.call(NUMPY, *self.arrays))))


def _solve_triangular(a: Any, b: Any, *, lower: bool = False, unit_diagonal: bool = False) -> Any:
    solve = np.vectorize(
        lambda a, b: scipy.linalg.solve_triangular(a, b, lower=lower, unit_diagonal=unit_diagonal),
        signature="(n,n),(n,k)->(n,k)",
    )
    return solve(a, b)


def _names(linalg: Any) -> dict[str, Any]:
    return {name: getattr(linalg, name) for name in dir(linalg) if not name.startswith("_")}


NUMPY = SimpleNamespace(**{**_names(np.linalg), "solve_triangular": _solve_triangular})


def functions(linalg: Any, **others: Any) -> Any:
    """A namespace with a framework's functions, and some under our names."""
    return SimpleNamespace(**{**_names(linalg), **others})


def _eigh(la: Any, x: Any) -> Any:
    values, vectors = la.eigh(x)
    return vectors * (1.0 / (1.0 + values * values))[..., None, :] @ vectors.mT


def _svd(la: Any, x: Any, full_matrices: bool = False) -> Any:
    u, s, vh = la.svd(x, full_matrices=full_matrices)
    return u * (s / (1.0 + s * s))[..., None, :] @ vh


def _svd_full(la: Any, x: Any) -> Any:
    """Projections onto whole bases; U and Vh are square."""
    u, s, vh = la.svd(x)
    return (u @ u.mT)[..., :2, :2] + (vh @ vh.mT)[..., :2, :2] * s[..., :1, None]


def _qr(la: Any, x: Any, mode: str = "reduced") -> Any:
    q, r = la.qr(x, mode=mode)
    return (q * q) @ (r * r) + q @ r


def _slogdet(la: Any, x: Any) -> Any:
    sign, logarithm = la.slogdet(x)
    return sign * logarithm


TALL, WIDE = (normal(2, *shape) + 2 * np.eye(*shape) for shape in ((5, 3), (3, 5)))
THIN = TALL[..., :2]
LOW = normal(2, 5, 2) @ normal(2, 2, 3)

CASES = [
    Case("cholesky", lambda la, x: la.cholesky((x + x.mT) / 2), (definite(2),)),
    Case("cholesky-upper", lambda la, x: la.cholesky((x + x.mT) / 2, upper=True), (definite(),)),
    Case("cholesky-larger", lambda la, x: la.cholesky((x + x.mT) / 2), (definite(n=20),)),
    Case("solve", lambda la, a, b: la.solve(a, b), (regular(2), normal(2, 4, 3))),
    Case("solve-broadcast", lambda la, a, b: la.solve(a, b), (regular(2), normal(3, 1, 4, 2))),
    Case("solve-vector", lambda la, a, b: la.solve(a, b), (regular(), normal(4))),
    *(
        Case(
            f"solve_triangular-{lower}-{unit}-{n}",
            lambda la, a, b, lower=lower, unit=unit: la.solve_triangular(
                a, b, lower=lower, unit_diagonal=unit
            ),
            (0.2 * normal(3, n, n) + 2 * np.eye(n), normal(3, n, 2)),
            differentiable=n < 20,
        )
        for lower, unit, n in ((True, False, 4), (False, True, 4), (True, True, 20),
                               (False, False, 20))
    ),
    Case("inv", lambda la, x: la.inv(x), (regular(2),)),
    *(
        Case(f"det-{n}", lambda la, x: la.det(x), (regular(2, n=n),))
        for n in (1, 2, 3, 4, 7)
    ),
    Case("slogdet", _slogdet, (-regular(2, n=5),)),
    Case("eigh", lambda la, x: _eigh(la, (x + x.mT) / 2), (definite(2),)),
    Case("eigvalsh", lambda la, x: la.eigvalsh((x + x.mT) / 2), (definite(2),)),
    Case("svd-tall", _svd, (TALL,)),
    Case("svd-wide", _svd, (WIDE,)),
    Case("svd-square", lambda la, x: _svd(la, x, True), (regular(2),)),
    Case("svd-full", _svd_full, (TALL,), differentiable=False),
    Case("svdvals", lambda la, x: la.svdvals(x), (TALL,)),
    Case("qr-tall", _qr, (TALL,)),
    Case("qr-wide", _qr, (WIDE,)),
    Case("qr-complete", lambda la, x: _qr(la, x, "complete"), (TALL,), differentiable=False),
    Case("pinv-tall", lambda la, x: la.pinv(x), (TALL,)),
    Case("pinv-wide", lambda la, x: la.pinv(x), (WIDE,)),
    Case("pinv-rank", lambda la, x, y: la.pinv(x @ y, rtol=1e-8), (THIN, THIN.mT)),
    *(
        Case(f"matrix_power{n}", lambda la, x, n=n: la.matrix_power(x, n), (regular(2),))
        for n in (-2, 0, 1, 5)
    ),
    Case("matrix_rank", lambda la, x: la.matrix_rank(x), (LOW,), differentiable=False),
    *(
        Case(f"matrix_norm-{order}", lambda la, x, o=order: la.matrix_norm(x, ord=o), (TALL,))
        for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    ),
    Case("cross", lambda la, x, y: la.cross(x, y), (normal(2, 3), normal(4, 1, 3))),
    Case("diagonal", lambda la, x: la.diagonal(x, offset=-1), (TALL,)),
    Case("trace", lambda la, x: la.trace(x, offset=1), (TALL,)),
]  # fmt: skip
BY_NAME = {case.name: case for case in CASES}

# The same rows with other attributes: once is enough where a framework compiles.
FEW = [
    case
    for case in CASES
    if case.name in {
        "cholesky", "solve-broadcast", "solve_triangular-False-True-4", "inv", "det-4", "slogdet",
        "eigh", "eigvalsh", "svd-tall", "svd-wide", "svdvals", "qr-tall", "qr-wide", "pinv-tall",
        "pinv-rank", "matrix_rank",
    }
]  # fmt: skip

each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_smooth_case = pytest.mark.parametrize("case", [c for c in CASES if c.differentiable], ids=str)
few_cases = pytest.mark.parametrize("case", FEW, ids=str)
few_smooth_cases = pytest.mark.parametrize("case", [c for c in FEW if c.differentiable], ids=str)


def op_of(case: Case) -> Any:
    """An op around the case."""
    return dt.op(lambda *arrays: case.call(dt.linalg, *arrays), name=case.name.replace("-", "_"))


def expected(case: Case) -> Any:
    """NumPy's values."""
    return np.asarray(case.call(NUMPY, *case.arrays))


def close(got: Any, wanted: Any, tolerance: float = 1e-12) -> None:
    """To a fraction of the largest element."""
    got = np.asarray(got)
    assert got.shape == wanted.shape
    scale = max(1e-30, float(np.max(np.abs(wanted), initial=0.0)))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=tolerance * scale)


def all_close(got: Any, wanted: Any, tolerance: float) -> None:
    """Each of several results, such as gradients."""
    for one, other in zip(got, wanted, strict=True):
        close(one, np.asarray(other), tolerance)


def gradient_of(case: Case) -> Any:
    """`dt.grad` of the sum of the scaled results' sines: a derivative that Dovetail derived."""

    def loss(*arrays: Any) -> Any:
        return dt.sum(dt.sin(case.call(dt.linalg, *arrays) * case.scale))

    return dt.grad(loss, argnums=tuple(range(len(case.arrays))))


def gradients(case: Case) -> list[Any]:
    """Of the sum of the scaled results' sines, by differences of sixth order of NumPy's values."""

    def loss(arrays: list[Any]) -> float:
        return float(np.sum(np.sin(case.call(NUMPY, *arrays) * case.scale)))

    step = 2e-3
    weights = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
    found: list[Any] = []
    for number, array in enumerate(case.arrays):
        gradient = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            for count, weight in weights.items():
                for side in (1, -1):
                    moved = array.copy()
                    moved[place] += side * count * step
                    arrays = [moved if n == number else a for n, a in enumerate(case.arrays)]
                    gradient[place] += side * weight * loss(arrays) / step
        found.append(gradient)
    return found
