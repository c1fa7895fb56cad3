"""Hyperparameters that are JAX's arrays."""

from __future__ import annotations

from typing import Any

import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402
from tests.hosts.learned import CHANNELS, X, check_host  # noqa: E402


def _gradient(function: Any, arrays: list[Any], given: dict[str, Any], weights: Any) -> Any:
    ((name, value),) = given.items()

    def scalar(value: Any) -> Any:
        arguments = [jnp.asarray(each) for each in arrays]
        if weights is None:
            return function(*arguments, reduction="sum", **{name: value})
        return (function(*arguments, **{name: value}) * weights).sum()

    return jax.grad(scalar)(jnp.asarray(value))


@pytest.mark.usefixtures("wide", "fresh")
def test_every_hyperparameter_of_the_package_has_a_gradient() -> None:
    check_host(_gradient)


@pytest.mark.usefixtures("wide", "way")
def test_one_per_channel_under_transforms() -> None:
    def scalar(value: Any, x: Any) -> Any:
        return dt.snake(x, frequency=value).sum()

    value, x = jnp.asarray(CHANNELS), jnp.asarray(X)
    wanted = jax.grad(scalar)(value, x)
    mapped = jax.jit(jax.vmap(jax.grad(scalar), (None, 0)))(value, x)
    assert jnp.allclose(mapped.sum(0), wanted, rtol=1e-12)
    assert jnp.allclose(jax.jacfwd(scalar)(value, x), wanted, rtol=1e-12)
    each = jax.vmap(lambda v: dt.snake(x, frequency=v))(value)
    assert jnp.allclose(each[2], dt.snake(x, frequency=float(CHANNELS[2])), rtol=1e-12)
    assert dt.snake(x.astype(jnp.float16), value).dtype == jnp.float64
