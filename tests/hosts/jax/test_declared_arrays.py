"""Arrays that follow fields, as variables of Flax and states of Optax."""

from __future__ import annotations

import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

from tests.hosts.declared_arrays import Kept, Scaled  # noqa: E402


def test_a_layer() -> None:
    module = Scaled.jax((2, 3), lead=2, start=0.75)
    assert module.scale.shape == (2, 2, 3)
    assert jnp.all(module(jnp.ones((4, 2, 3))) == 1.5)
    assert jnp.all(module.calls.get_value() == 1.75)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_an_optimizer(dtype: object) -> None:
    tx = Kept.jax(first=0.5)
    params = {"w": jnp.zeros(4, dtype)}
    state = tx.init(params)
    updates, state = tx.update({"w": jnp.ones(4, dtype)}, state, params)
    steps = state.states["steps"]["w"]
    assert steps.dtype == dtype
    assert steps.shape == (2, 3)
    assert jnp.all(steps == 1.5)
    assert state.states["wide"]["w"].dtype == jnp.float32
    assert jnp.allclose(updates["w"].astype(jnp.float32), -0.15, rtol=5e-3)
