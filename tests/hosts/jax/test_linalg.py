"""`dt.linalg` on JAX's arrays: values, its own derivatives, jit and vmap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from tests.language.linalg_cases import (
    BY_NAME,
    CASES,
    FEW,
    Case,
    close,
    expected,
    functions,
    gradients,
    op_of,
)

jax: Any = pytest.importorskip("jax")
from jax.test_util import check_grads  # noqa: E402

from tests.hosts.jax.pairs import quickly  # noqa: E402

SMOOTH = [case for case in CASES if case.differentiable]
each = pytest.mark.parametrize("case", CASES, ids=str)
smooth = pytest.mark.parametrize("case", SMOOTH, ids=str)
few = pytest.mark.parametrize("case", FEW, ids=str)
few_smooth = pytest.mark.parametrize("case", [c for c in FEW if c.differentiable], ids=str)


def _jaxs() -> Any:
    return functions(
        jax.numpy.linalg,
        qr=lambda x, mode="reduced": jax.numpy.linalg.qr(x, mode),
        solve_triangular=jax.scipy.linalg.solve_triangular,
    )


@each
def test_values(case: Case) -> None:
    with jax.enable_x64(True):
        given = list(map(jax.numpy.asarray, case.arrays))
        close(op_of(case)(*given), expected(case))
        if case in FEW:
            close(jax.jit(op_of(case))(*given), expected(case))
            if case.name != "solve-broadcast":
                close(jax.vmap(op_of(case))(*given), expected(case))


@smooth
def test_gradients_are_its_own(case: Case) -> None:
    numbers = tuple(range(len(case.arrays)))

    def gradient_of(call: Any) -> Any:
        def loss(*arrays: Any) -> Any:
            return jax.numpy.sum(jax.numpy.sin(call(*arrays) * case.scale))

        return quickly(jax.grad(loss, argnums=numbers))

    with jax.enable_x64(True):
        given = list(map(jax.numpy.asarray, case.arrays))
        found = gradient_of(op_of(case))(*given)
        if case.name == "qr-wide":  # which JAX itself cannot differentiate
            wanted, tolerance = gradients(case), 1e-8
        else:
            own = gradient_of(lambda *arrays: case.call(_jaxs(), *arrays))(*given)
            wanted, tolerance = list(map(np.asarray, own)), 1e-10
    for got, each in zip(found, wanted, strict=True):
        close(got, each, tolerance)


@few_smooth
def test_takes_dovetails_gradient(case: Case) -> None:
    """`dt.grad` on JAX's arrays: the composite of a derivative that Dovetail derived."""

    def loss(*arrays: Any) -> Any:
        return dt.sum(dt.sin(case.call(dt.linalg, *arrays) * case.scale))

    with jax.enable_x64(True):
        gradient = dt.grad(loss, argnums=tuple(range(len(case.arrays))))
        found = quickly(gradient)(*map(jax.numpy.asarray, case.arrays))
    for got, wanted in zip(found, gradients(case), strict=True):
        close(got, wanted, 1e-8)


@pytest.mark.parametrize("name", ["cholesky", "solve_triangular-False-True-4", "eigvalsh"])
def test_check_grads(name: str) -> None:
    case = BY_NAME[name]
    scaled = dt.op(lambda *arrays: case.call(dt.linalg, *arrays) * case.scale)
    with jax.enable_x64(True):
        check_grads(scaled, list(map(jax.numpy.asarray, case.arrays)), 2, rtol=1e-4, atol=1e-4)


def test_cannot_raise() -> None:
    singular = jax.numpy.zeros((4, 4))
    for call in (dt.linalg.inv, lambda x: dt.linalg.cholesky(x - jax.numpy.eye(4))):
        assert not np.isfinite(np.asarray(call(singular))).all()
