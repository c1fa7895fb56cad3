"""JAX's own means of finding errors: jax_debug_nans, and running without compilation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402


@pytest.fixture
def debug_nans() -> Iterator[None]:
    jax.config.update("jax_debug_nans", True)
    yield
    jax.config.update("jax_debug_nans", False)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("log", lambda x: dt.log(x)),
        ("log", jax.jit(lambda x: dt.log(x) * 2.0)),
        ("sqrt_vjp", lambda x: jax.grad(lambda v: dt.sqrt(v + 1.0).sum() * 0.0)(x)),
        ("log_batched", jax.vmap(lambda x: dt.log(x))),
        ("product", lambda x: product(x, jnp.eye(2))),
    ],
    ids=["eager", "jit", "grad", "vmap", "segments"],
)
def test_debug_nans_names_the_operation(debug_nans: None, name: str, function: Any) -> None:
    with pytest.raises(FloatingPointError, match=rf"nan.*{name}"):
        function(jnp.full((2, 2), -1.0))
    found = dt.log(jnp.array([1.0, 2.0]))
    np.testing.assert_allclose(found, np.log([1.0, 2.0]), rtol=1e-6)


@dt.op
def product(x: Any, w: Any) -> Any:
    return dt.log(x @ w)


def test_without_compilation() -> None:
    x = jnp.array([[0.5, 2.0], [1.0, 3.0]])
    with jax.disable_jit():
        np.testing.assert_allclose(jax.jit(product)(x, x), np.log(x @ x), rtol=1e-6)
        slope = jax.grad(lambda v: dt.log(v).sum())(x)
    np.testing.assert_allclose(slope, 1.0 / x, rtol=1e-6)
