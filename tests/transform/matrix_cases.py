"""Expressions around the primitives of linear algebra, on matrices that suit them."""

from __future__ import annotations

from collections.abc import Callable

from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.matrix_parts import on_diagonal, symmetric
from dovetail.graph.primitives.spectral import eigh_parts, qr_shapes, svd_shapes

Case = tuple[str, str, Callable[..., Node], tuple[Shape, ...]]


def regular(x: Node) -> Node:
    """Matrices with a dominant diagonal, whose elements are 4, 6, 8, ..."""
    count = min(x.shape[-2:])
    wide = (*x.shape[:-2], count, count)
    numbers = st.iota(shape=wide[:-1], axis=len(wide) - 2, dtype=x.dtype)
    diagonal = on_diagonal(ew.add(ew.multiply(numbers, 2.0), 4.0), wide)
    starts, steps = (0,) * len(wide), (1,) * len(wide)
    return ew.add(ew.multiply(x, 0.3), st.pad(diagonal, shape=x.shape, starts=starts, steps=steps))


def definite(x: Node) -> Node:
    """Symmetric positive definite matrices with eigenvalues that differ."""
    return symmetric(regular(x))


def _triangular(x: Node, lower: bool, unit: bool, b: Node) -> Node:
    return st.solve_triangular(regular(x), b, lower=lower, unit_diagonal=unit)


def _eigh(x: Node) -> Node:
    """Two functions that do not depend on the signs of the eigenvectors."""
    values, vectors = eigh_parts(st.eigh(definite(x)))
    return ew.add(ew.multiply(vectors, vectors), st.restore(values, vectors.shape, (0,)))


def _svd(x: Node, full: bool = False) -> Node:
    a = regular(x)
    parts = st.unpacked(st.svd(a, full=full), svd_shapes(a.shape, full))
    u, s, vh = parts
    k = s.shape[-1]
    squares = [ew.multiply(u, u), ew.multiply(vh, vh)]
    u, vh = (st.slice_(y, starts=(0, 0), steps=(1, 1), sizes=(k, k)) for y in squares)
    signless = st.slice_(
        st.matmul(parts[0], parts[2]), starts=(0, 0), steps=(1, 1), sizes=(k, k)
    ) if not full else u  # fmt: skip
    return ew.add(ew.add(u, signless), ew.add(vh, st.restore(s, u.shape, (0,))))


def _qr(x: Node, complete: bool = False) -> Node:
    a = regular(x)
    q, r = st.unpacked(st.qr(a, complete=complete), qr_shapes(a.shape, complete))
    k = min(q.shape[-1], r.shape[-1])
    cut = {"starts": (0, 0), "steps": (1, 1), "sizes": (k, k)}
    return ew.add(st.slice_(q, **cut), ew.multiply(st.slice_(r, **cut), 0.5))


def _low_rank(x: Node) -> Node:
    return st.pinv(st.matmul(regular(x), st.swap_last(regular(x))), rtol=1e-6)


CASES: list[Case] = [
    ("cholesky", "", lambda x: st.cholesky(definite(x)), ((3, 3),)),
    ("cholesky", "batched", lambda x: st.cholesky(definite(x)), ((2, 2, 2),)),
    ("cholesky", "empty", lambda x: st.cholesky(definite(x)), ((0, 0),)),
    *(
        (
            "solve_triangular",
            f"{lower}{unit}",
            lambda x, b, lower=lower, unit=unit: _triangular(x, lower, unit, b),
            ((2, 3, 3), (2, 3, 2)),
        )
        for lower in (True, False)
        for unit in (True, False)
    ),
    ("solve_triangular", "empty", lambda x, b: _triangular(x, True, False, b), ((0, 0), (0, 2))),
    ("solve", "", lambda x, b: st.solve(regular(x), b), ((3, 3), (3, 2))),
    ("solve", "batched", lambda x, b: st.solve(regular(x), b), ((2, 2, 2), (2, 2, 1))),
    ("solve", "empty", lambda x, b: st.solve(regular(x), b), ((2, 0, 0), (2, 0, 1))),
    ("inv", "", lambda x: st.inv(regular(x)), ((3, 3),)),
    ("det", "", lambda x: ew.multiply(st.det(regular(x)), 0.01), ((2, 3, 3),)),
    ("det", "empty", lambda x: st.det(x), ((2, 0, 0),)),
    ("cofactor", "", lambda x: ew.multiply(st.cofactor(regular(x)), 0.1), ((3, 3),)),
    ("slogdet", "", lambda x: st.slogdet(regular(x)), ((2, 3, 3),)),
    ("pinv", "tall", lambda x: st.pinv(regular(x), rtol=None), ((4, 2),)),
    ("pinv", "wide", lambda x: st.pinv(regular(x), rtol=None), ((2, 3),)),
    ("pinv", "of less than full rank", _low_rank, ((3, 2),)),
    ("eigh", "", _eigh, ((3, 3),)),
    ("eigvalsh", "", lambda x: st.eigvalsh(definite(x)), ((2, 3, 3),)),
    ("svd", "square", _svd, ((3, 3),)),
    ("svd", "tall", _svd, ((4, 2),)),
    ("svd", "wide", _svd, ((2, 4),)),
    ("svd", "full", lambda x: _svd(x, full=True), ((3, 3),)),
    ("svdvals", "", lambda x: st.svdvals(regular(x)), ((2, 3, 2),)),
    ("qr", "square", _qr, ((3, 3),)),
    ("qr", "tall", _qr, ((4, 2),)),
    ("qr", "wide", _qr, ((2, 4),)),
    ("qr", "complete", lambda x: _qr(x, complete=True), ((2, 4),)),
]
