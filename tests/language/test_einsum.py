"""einsum against numpy.einsum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.errors import ShapeError
from dovetail.language.namespace import NAMESPACE

dt: Any = NAMESPACE

SPECS: list[tuple[str, list[tuple[int, ...]]]] = [
    ("ij,jk->ik", [(2, 3), (3, 4)]),
    ("ij,jk", [(2, 3), (3, 4)]),
    ("ij->ji", [(2, 3)]),
    ("ba", [(2, 3)]),
    ("ij->", [(2, 3)]),
    ("ij->j", [(2, 3)]),
    ("ii->i", [(3, 3)]),
    ("ii", [(3, 3)]),
    ("iij->ij", [(3, 3, 2)]),
    ("iii->i", [(3, 3, 3)]),
    ("i,i", [(3,), (3,)]),
    ("i,j->ij", [(3,), (4,)]),
    ("bij,bjk->bik", [(5, 2, 3), (5, 3, 4)]),
    ("bij,jk->bik", [(5, 2, 3), (3, 4)]),
    ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
    ("bqhd,bkhd->bhqk", [(2, 4, 3, 5), (2, 6, 3, 5)]),
    ("...ij,...jk->...ik", [(5, 2, 3), (3, 4)]),
    ("...ij,...jk->...ik", [(5, 1, 2, 3), (6, 3, 4)]),
    ("...i,...i->...", [(2, 3), (3,)]),
    ("...i->...", [(2, 3, 4)]),
    ("i...->...i", [(2, 3, 4)]),
    ("...,...", [(2, 3), (3,)]),
    ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)]),
    ("ij,ik,il->jkl", [(2, 3), (2, 4), (2, 5)]),
    ("ijk,k,ab->ib", [(2, 3, 4), (4,), (2, 3)]),
    ("ij,ij->i", [(2, 3), (2, 3)]),
    ("ij,kj->", [(2, 3), (4, 3)]),
    ("ij, jk -> ik", [(2, 0), (0, 4)]),
    (",i->i", [(), (3,)]),
]


@pytest.mark.parametrize(("spec", "shapes"), SPECS)
def test_einsum(spec: str, shapes: list[tuple[int, ...]], run: Any) -> None:
    rng = np.random.default_rng(3)
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    result = run(lambda *a: dt.einsum(spec, *a), *arrays)
    expected = np.einsum(spec, *(array.astype(np.float64) for array in arrays))
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9)


def ops(run: Any) -> list[str]:
    return [node.op for node in run.traced.graph]


def test_contractions_are_matrix_products(run: Any) -> None:
    q, k = np.ones((2, 4, 3, 5), np.float32), np.ones((2, 6, 3, 5), np.float32)
    run(lambda q, k: dt.einsum("bqhd,bkhd->bhqk", q, k), q, k)
    assert ops(run).count("matmul") == 1 and "sum" not in ops(run)
    run(lambda q, k: dt.einsum("bqhd,bqhd->bqh", q, k), q, q)
    assert "matmul" not in ops(run) and ops(run).count("sum") == 1


@pytest.mark.parametrize(
    ("spec", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (4, 5)]),
        ("ij,jk->ik", [(2, 3)]),
        ("ij->ik", [(2, 3)]),
        ("ij->ii", [(2, 3)]),
        ("ijk->i", [(2, 3)]),
        ("i->i", [(2, 3)]),
        ("i1->i", [(2, 3)]),
        ("ii->i", [(2, 3)]),
    ],
)
def test_wrong_specs(spec: str, shapes: list[tuple[int, ...]], run: Any) -> None:
    arrays = [np.ones(shape, np.float32) for shape in shapes]
    with pytest.raises(ShapeError, match=r"test_einsum\.py:"):
        run(lambda *a: dt.einsum(spec, *a), *arrays)
