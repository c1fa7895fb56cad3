"""`dt.linalg` on NumPy's arrays: values, gradients of every order, edges, and errors."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from tests.language.linalg_cases import (
    CASES,
    NUMPY,
    Case,
    close,
    definite,
    gradients,
    normal,
    regular,
)

import dovetail as dt
from dovetail.errors import (
    ArgumentError,
    DTypeError,
    GradientError,
    LinearAlgebraError,
    ShapeError,
)
from dovetail.language.functions import LINALG
from dovetail.language.namespace import LINALG_NAMESPACE

la: Any = dt.linalg
STANDARD = {
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve",
    "svd", "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
}  # fmt: skip


def test_the_namespace_is_the_standards() -> None:
    assert set(la.__all__) == STANDARD | {"solve_triangular"}
    assert set(vars(LINALG_NAMESPACE)) == set(la.__all__)
    assert la.matmul is dt.matmul
    assert {case.name.partition("-")[0].rstrip("0123456789") for case in CASES} >= set(LINALG) - {
        "matrix_power"
    }


def test_every_function_says_what_it_does() -> None:
    for name in la.__all__:
        assert (getattr(la, name).__doc__ or "").strip(), name


def test_functions_are_found_by_their_names() -> None:
    assert pickle.loads(pickle.dumps(la.cholesky)) is la.cholesky
    assert copy.deepcopy(la.svd) is la.svd


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values(case: Case) -> None:
    run = dt.op(lambda *arrays: case.call(dt.linalg, *arrays))
    close(np.asarray(run(*case.arrays)), np.asarray(case.call(NUMPY, *case.arrays)))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_code_of_the_standard_traces(case: Case) -> None:
    def call(*arrays: Any) -> Any:
        return case.call(arrays[0].__array_namespace__().linalg, *arrays)

    close(np.asarray(dt.op(call)(*case.arrays)), np.asarray(case.call(NUMPY, *case.arrays)))


@pytest.mark.parametrize("case", [case for case in CASES if case.differentiable], ids=str)
def test_gradients(case: Case) -> None:
    def loss(*arrays: Any) -> Any:
        return dt.sum(dt.sin(case.call(dt.linalg, *arrays) * case.scale))

    numbers = tuple(range(len(case.arrays)))
    found = dt.grad(loss, argnums=numbers)(*case.arrays)
    for got, wanted in zip(found, gradients(case), strict=True):
        close(got, wanted, 1e-8)


@pytest.mark.parametrize("case", [case for case in CASES if case.differentiable], ids=str)
def test_second_derivatives(case: Case) -> None:
    """Forward over reverse, against differences of the gradient; reverse over reverse alike."""

    def loss(*arrays: Any) -> Any:
        return dt.sum(dt.sin(case.call(dt.linalg, *arrays) * case.scale))

    numbers = tuple(range(len(case.arrays)))
    gradient = dt.grad(loss, argnums=numbers)
    along = [np.cos(np.arange(a.size, dtype=np.float64)).reshape(a.shape) for a in case.arrays]

    def at(distance: float) -> list[Any]:
        moved = [a + distance * v for a, v in zip(case.arrays, along, strict=True)]
        return list(gradient(*moved))

    step = 1e-3
    wanted = [
        (8 * (b - a) - (d - c)) / (12 * step)
        for a, b, c, d in zip(at(-step), at(step), at(-2 * step), at(2 * step), strict=True)
    ]
    _, forward = dt.jvp(gradient, case.arrays, tuple(along))

    def slope(*arrays: Any) -> Any:
        parts = zip(gradient(*arrays), along, strict=True)
        return sum(dt.sum(part * direction) for part, direction in parts)

    reverse = dt.grad(slope, argnums=numbers)(*case.arrays)
    for one, other, expected in zip(forward, reverse, wanted, strict=True):
        close(one, expected, 1e-7)
        close(other, one, 1e-9)


@pytest.mark.parametrize("case", [case for case in CASES if case.arrays[0].ndim > 2], ids=str)
def test_vmap(case: Case) -> None:
    if case.name in ("solve-broadcast", "cross"):
        pytest.skip("broadcasts over the axis")
    mapped = dt.vmap(lambda *arrays: case.call(dt.linalg, *arrays))(*case.arrays)
    close(np.asarray(mapped), np.asarray(case.call(NUMPY, *case.arrays)))


# Edges.


@pytest.mark.parametrize("lead", [(), (2,), (0,)])
def test_empty_matrices(lead: tuple[int, ...]) -> None:
    x, wide = np.ones((*lead, 0, 0)), np.ones((*lead, 0, 3))
    for function in (la.cholesky, la.inv, la.pinv):
        assert function(x).shape == (*lead, 0, 0)
    assert np.array_equal(la.det(x), np.ones(lead))
    sign, logarithm = la.slogdet(x)
    assert np.array_equal(sign, np.ones(lead)) and np.array_equal(logarithm, np.zeros(lead))
    assert la.solve(x, wide).shape == la.solve_triangular(x, wide).shape == wide.shape
    assert [part.shape for part in la.eigh(x)] == [(*lead, 0), (*lead, 0, 0)]
    assert la.eigvalsh(x).shape == la.svdvals(wide).shape == (*lead, 0)
    reduced = la.svd(wide, full_matrices=False)
    assert [part.shape for part in reduced] == [(*lead, 0, 0), (*lead, 0), (*lead, 0, 3)]
    assert [part.shape for part in la.qr(wide)] == [(*lead, 0, 0), (*lead, 0, 3)]
    assert la.matrix_power(x, 3).shape == x.shape
    assert np.array_equal(la.matrix_rank(wide), np.zeros(lead))
    assert np.array_equal(la.trace(x), np.zeros(lead)) and la.diagonal(wide).shape == (*lead, 0)
    assert np.array_equal(la.matrix_norm(x), np.zeros(lead))
    gradient = dt.grad(lambda x: dt.sum(la.det(x)) + dt.sum(la.inv(x)))(x)
    assert gradient.shape == x.shape


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("lost", [1, 2])
def test_the_gradient_of_a_determinant_is_the_adjugate_where_it_is_singular(
    n: int, lost: int
) -> None:
    x = regular(n=n)
    x[:, -lost:] = 0
    x[:, -lost:] = x[:, :-lost] @ normal(n - min(n, lost), min(n, lost))
    wanted = np.zeros((n, n))
    for i, j in np.ndindex(n, n):
        minor = np.delete(np.delete(x, i, 0), j, 1)
        wanted[i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    found = dt.grad(la.det)(x)
    np.testing.assert_allclose(found, wanted, atol=1e-12 * np.abs(x).max() ** (n - 1))


def test_equal_eigenvalues_have_a_gradient_but_their_vectors_have_none() -> None:
    eigenvalues = dt.grad(lambda x: dt.sum(la.eigh(x).eigenvalues ** 2))(np.eye(4))
    close(eigenvalues, 2 * np.eye(4))
    singular = dt.grad(lambda x: dt.sum(la.svd(x, full_matrices=False).S))(np.eye(4)[:, :3])
    close(singular, np.eye(4)[:, :3])
    for part in (lambda x: la.eigh(x).eigenvectors, lambda x: la.svd(x).U, lambda x: la.svd(x).Vh):
        found = dt.grad(lambda x, part=part: dt.sum(dt.sin(part(x))))(np.eye(3))
        assert np.isnan(found).all()


def test_the_gradient_of_a_cholesky_factor_is_symmetric() -> None:
    found = dt.grad(lambda x: dt.sum(dt.sin(la.cholesky(x))))(definite())
    assert np.array_equal(found, found.T)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", ["cholesky", "inv", "eigvalsh", "svdvals", "det", "pinv"])
def test_half_precisions_compute_in_float32(name: str, dtype: Any) -> None:
    x = definite(2, n=5).astype(dtype)
    wide = x.astype(np.float64)
    found = getattr(la, name)(x)
    assert found.dtype == dtype
    wanted = getattr(NUMPY, name)((wide + wide.mT) / 2 if name != "det" else wide)
    digits = float(ml_dtypes.finfo(dtype).eps)
    close(found.astype(np.float64), wanted, 2 * digits)


def test_integers_become_float32() -> None:
    found = la.inv(np.array([[2, 0], [0, 4]]))
    assert found.dtype == np.float32
    assert np.array_equal(found, [[0.5, 0], [0, 0.25]])
    assert la.trace(np.ones((3, 3), np.int32)).dtype == np.int64
    assert la.matrix_rank(np.ones((3, 3))).dtype == np.int64
    assert la.cross(np.array([1, 0, 0]), np.array([0, 1, 0])).tolist() == [0, 0, 1]


def test_layouts_of_arrays() -> None:
    x = regular(3)[::-1].mT
    b = np.asfortranarray(normal(3, 4, 2))
    close(la.solve(x, b), np.linalg.solve(x, b))
    close(la.solve_triangular(x, b), NUMPY.solve_triangular(np.triu(x), b))
    large = np.asfortranarray(0.1 * normal(70, 70) + 3 * np.eye(70))
    close(la.solve_triangular(large, normal(70, 5) * 0 + 1),
          NUMPY.solve_triangular(large, np.ones((70, 5))))  # fmt: skip


# Errors.


def test_matrices_without_a_result_raise() -> None:
    singular = np.stack([np.eye(4), np.ones((4, 4))])
    with pytest.raises(LinearAlgebraError, match=r"singular \(matrix \(1,\) of the batch\)"):
        la.inv(singular)
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        la.solve(np.ones((4, 4)), np.ones(4))
    with pytest.raises(LinearAlgebraError, match="not positive definite") as caught:
        la.cholesky(-singular)
    assert "test_linalg.py" in str(caught.value)
    with pytest.raises(LinearAlgebraError, match="its diagonal has a zero"):
        la.solve_triangular(np.zeros((2, 2)), np.ones(2))
    with pytest.raises(LinearAlgebraError, match="its diagonal has a zero"):
        la.solve_triangular(np.zeros((2, 40, 40)), np.ones((40, 1)))
    assert np.array_equal(la.det(singular), [1, 0])
    assert la.slogdet(singular).logabsdet[1] == -np.inf


@pytest.mark.parametrize("lost", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["eigh", "eigvalsh", "svd", "svdvals", "pinv", "qr"])
def test_matrices_that_are_not_finite_give_nan_alone(name: str, lost: float) -> None:
    x = np.stack([definite(), definite()])
    x[1, 2, 3] = x[1, 3, 2] = lost
    found = getattr(la, name)(x)
    for part in found if isinstance(found, tuple) else (found,):
        assert np.isfinite(part[0]).all() and not np.isfinite(part[1]).all()


def test_shapes_and_arguments_are_checked() -> None:
    with pytest.raises(ShapeError, match=r"linalg.inv: got \(2, 3\)"):
        la.inv(np.ones((2, 3)))
    with pytest.raises(ShapeError, match="at least 2 dimensions"):
        la.svd(np.ones(3))
    with pytest.raises(ShapeError, match=r"\(\.\.\., n, n\) and \(\.\.\., n, k\)"):
        la.solve(np.ones((3, 3)), np.ones((2, 1)))
    with pytest.raises(ShapeError, match="3 elements"):
        la.cross(np.ones(2), np.ones(2))
    with pytest.raises(ArgumentError, match="mode"):
        la.qr(np.ones((2, 2)), mode="r")
    with pytest.raises(ArgumentError, match="ord"):
        la.matrix_norm(np.ones((2, 2)), ord=3)
    with pytest.raises(ArgumentError, match="rtol"):
        la.pinv(np.ones((2, 2)), rtol=-1.0)
    with pytest.raises(ArgumentError, match=r"linalg\.matrix_power is"):
        la.matrix_power(np.ones((2, 2)), 0.5)
    with pytest.raises((DTypeError, TypeError)):
        la.inv(np.ones((2, 2)) * 1j)


def test_a_whole_basis_has_no_gradient() -> None:
    for call in (lambda x: la.svd(x).U, lambda x: la.qr(x, mode="complete").Q):
        with pytest.raises(GradientError, match="has no derivative"):
            dt.grad(lambda x, call=call: dt.sum(call(x)))(np.ones((3, 2)))
