"""Rules with `prepare`, `again`, `hessian` and `evaluation` as transformations of Optax."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dovetail.errors import CallError
from dovetail.hosts.jax.validators import optimize
from tests.extension.optimizer_pieces import (
    GRADS,
    PIECES,
    START,
    Averaged,
    Curved,
    Distance,
    Rated,
    Sharpness,
    assert_steps,
    averaged,
    averaged_evaluation,
)

NAMES = [type(piece).__name__ for piece, _ in PIECES]


@pytest.mark.parametrize(("piece", "rule"), PIECES, ids=NAMES)
def test_five_steps_under_jit(piece: Any, rule: Any) -> None:
    assert_steps(optimize(piece, START, GRADS), rule, rtol=1e-10, atol=1e-12)


def loss(params: Any) -> Any:
    return jnp.sum(jnp.cos(params["w"]) * params["w"]) + jnp.sum(params["b"] ** 4)


PARAMS = {"w": jnp.linspace(-1.0, 1.0, 6).reshape(2, 3), "b": jnp.ones(2)}


def test_a_second_gradient_in_a_chain() -> None:
    rate = optax.linear_schedule(0.1, 0.0, 10)
    chained = optax.chain(optax.clip_by_global_norm(100.0), Sharpness.jax(lr=rate, rho=0.5))

    @jax.jit
    def step(params: Any, state: Any) -> Any:
        grads = jax.grad(loss)(params)
        updates, state = chained.update(grads, state, params, again=jax.value_and_grad(loss))
        return optax.apply_updates(params, updates), state

    params, state, right = PARAMS, chained.init(PARAMS), PARAMS
    for number in range(3):
        params, state = step(params, state)
        grads = jax.grad(loss)(right)
        norm = optax.tree.norm(grads)
        near = {k: right[k] + 0.5 * grads[k] / norm for k in right}
        second = jax.grad(loss)(near)
        right = {k: right[k] - 0.1 * (1 - number / 10) * second[k] for k in right}
    for name, value in right.items():
        np.testing.assert_allclose(params[name], value, rtol=1e-5, atol=1e-6)


def test_products_with_the_hessian_follow_from_again() -> None:
    tx = Curved.jax()
    grads = jax.grad(loss)(PARAMS)
    updates, state = tx.update(grads, tx.init(PARAMS), PARAMS, again=jax.value_and_grad(loss))
    products = jax.jvp(jax.grad(loss), (PARAMS,), (jax.tree.map(lambda g: 3.0 * g, grads),))[1]
    for name, product in products.items():
        right = -0.1 * (grads[name] + product)
        np.testing.assert_allclose(updates[name], right, rtol=1e-5, atol=1e-6)
    # The second step keeps the product.
    again: Any = jax.value_and_grad(lambda params: 0.0 * loss(params))
    _, after = tx.update(grads, state, PARAMS, again=again)
    np.testing.assert_array_equal(after.states["product"]["w"], state.states["product"]["w"])


def test_an_answer_is_missing() -> None:
    for kind in (Sharpness, Curved):
        tx: Any = kind.jax()
        with pytest.raises(CallError, match="value_and_grad"):
            tx.update(PARAMS, tx.init(PARAMS), PARAMS)


def test_evaluation_parameters() -> None:
    tx = Averaged.jax(lr=0.1)
    with jax.enable_x64(True):
        params, state = {k: jnp.asarray(v) for k, v in START.items()}, None
        state = tx.init(params)
        own: dict[str, Any] = {}
        right = START
        for step, grads in enumerate(GRADS, 1):
            updates, state = tx.update(grads, state, params)
            params = optax.apply_updates(params, updates)
            right = averaged(right, grads, own, step, lambda _: {})
        found = jax.jit(tx.evaluation)(state, params)
    for name, value in averaged_evaluation(right, own).items():
        np.testing.assert_allclose(found[name], value, rtol=1e-10)


def test_evaluation_has_the_hyperparameters_of_the_last_step() -> None:
    tx: Any = Rated.jax(lr=lambda count: 1.0 / (count + 1))
    state = tx.init(PARAMS)
    for _ in range(3):
        _, state = tx.update(PARAMS, state, PARAMS)
    found = jax.jit(tx.evaluation)(state, PARAMS)
    np.testing.assert_allclose(found["w"], PARAMS["w"] / 3, rtol=1e-6)


def test_shared_states_are_leaves() -> None:
    state: Any = Distance.jax().init(PARAMS)
    assert state.states["distance"].shape == ()
    assert len(jax.tree.leaves(state)) == 1 + 2 + 2 * len(PARAMS)
