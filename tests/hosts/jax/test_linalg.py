"""`dt.linalg` on JAX's arrays: values, its own derivatives, jit and vmap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from tests.language.linalg_cases import (
    BY_NAME,
    FEW,
    Case,
    all_close,
    close,
    each_case,
    each_smooth_case,
    expected,
    few_smooth_cases,
    functions,
    gradient_of,
    gradients,
    op_of,
)

jax: Any = pytest.importorskip("jax")
from jax.test_util import check_grads  # noqa: E402

from tests.hosts.jax.pairs import quickly  # noqa: E402


def _jaxs() -> Any:
    return functions(
        jax.numpy.linalg,
        qr=lambda x, mode="reduced": jax.numpy.linalg.qr(x, mode),
        solve_triangular=jax.scipy.linalg.solve_triangular,
    )


@each_case
def test_values(case: Case) -> None:
    with jax.enable_x64(True):
        given = list(map(jax.numpy.asarray, case.arrays))
        close(op_of(case)(*given), expected(case))
        if case in FEW:
            close(jax.jit(op_of(case))(*given), expected(case))
            if case.name != "solve-broadcast":
                close(jax.vmap(op_of(case))(*given), expected(case))


@each_smooth_case
def test_gradients_are_its_own(case: Case) -> None:
    numbers = tuple(range(len(case.arrays)))

    def gradient(call: Any) -> Any:
        def loss(*arrays: Any) -> Any:
            return jax.numpy.sum(jax.numpy.sin(call(*arrays) * case.scale))

        return quickly(jax.grad(loss, argnums=numbers))

    with jax.enable_x64(True):
        given = list(map(jax.numpy.asarray, case.arrays))
        found = gradient(op_of(case))(*given)
        if case.name == "qr-wide":  # which JAX itself cannot differentiate
            wanted, tolerance = gradients(case), 1e-8
        else:
            own = gradient(lambda *arrays: case.call(_jaxs(), *arrays))(*given)
            wanted, tolerance = own, 1e-10
    all_close(found, wanted, tolerance)


@few_smooth_cases
def test_takes_dovetails_gradient(case: Case) -> None:
    """`dt.grad` on JAX's arrays: the composite of a derivative that Dovetail derived."""
    with jax.enable_x64(True):
        found = quickly(gradient_of(case))(*map(jax.numpy.asarray, case.arrays))
    all_close(found, gradients(case), 1e-8)


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
