"""Names of Flax's own in definitions; optimizers with states of a condition and array fields."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

import dovetail as dt
from dovetail.errors import DefinitionError
from tests.extension.test_configuration import Net, Rule
from tests.extension.test_optimizer_states import GRADS, START, Masked, Momentum, by_hand

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


class Outer(dt.Layer):
    """Layers inside with names that the module itself has used."""

    def __init__(self) -> None:
        super().__init__(seed=0)
        self.layer, self.built = dt.Dense(3), dt.Dense(2)

    def forward(self, x: Any) -> Any:
        return self.built(self.layer(x))


def test_layers_inside() -> None:
    module, layer = Outer.jax(rngs=nnx.Rngs(0)), Outer()
    output = module(X)
    assert module.layer.kernel.shape == (3, 3)
    layer.build(np.asarray(X))
    kernels = {"layer": module.layer, "built": module.built}
    for name, part in kernels.items():
        layer.set(f"{name}.kernel", np.asarray(part.kernel.get_value()))
        layer.set(f"{name}.bias", np.asarray(part.bias.get_value()))
    np.testing.assert_allclose(output, layer(np.asarray(X)), rtol=1e-5)
    assert len(jax.tree.leaves(nnx.state(module, nnx.Param))) == 4


def test_names_of_a_module() -> None:
    for name in ("build", "deterministic", "train", "_layer"):
        body = {name: dt.Parameter(3), "forward": lambda self, x: x, "__module__": __name__}
        if name == "build":
            with pytest.raises(DefinitionError, match="'build'"):
                type("Taken", (dt.Layer,), body)
            continue
        owner = type("Taken", (dt.Layer,), body)
        with pytest.raises(DefinitionError, match=f"'{name}'"):
            owner.jax()(X)
    body = {"__annotations__": {"rngs": float}, "rngs": 1.0, "forward": lambda self, x: x}
    with pytest.raises(DefinitionError, match="'rngs'"):
        _ = type("Taken", (dt.Layer,), body).jax


def test_arguments_of_init() -> None:
    assert Net.jax(8, 5, act="tanh")(X).shape == (2, 5)
    rule = Rule.jax(k=3, lr=0.25)
    updates, _ = rule.update(jnp.ones(3), rule.init(jnp.ones(3)), jnp.ones(3))
    np.testing.assert_allclose(updates, -0.75)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_states_of_a_condition(momentum: float) -> None:
    with jax.enable_x64(True):
        params = {name: jnp.asarray(value) for name, value in START.items()}
        rule = Momentum.jax(momentum=momentum)
        state = rule.init(params)
        assert ("velocity" in state.states) == (momentum != 0)
        for grads in GRADS:
            given = {name: jnp.asarray(value) for name, value in grads.items()}
            updates, state = rule.update(given, state, params)
            params = optax.apply_updates(params, updates)
    for name, right in by_hand(momentum).items():
        np.testing.assert_allclose(params[name], right, rtol=1e-12)


def test_arrays_as_fields() -> None:
    mask = np.ones(3000, np.float32)
    other = mask.copy()
    other[1500] = 0.0
    for each in (mask, other, jnp.asarray(mask), jnp.asarray(other)):
        rule = Masked.jax(mask=each)
        params = jnp.zeros(3000)
        updates, _ = rule.update(jnp.ones(3000), rule.init(params), params)
        np.testing.assert_allclose(updates, -0.1 * np.asarray(each), rtol=1e-6)


def test_an_optimizer_with_an_init_of_its_own() -> None:
    rule = Rule(3, lr=0.25).jax(maximize=True)
    updates, _ = rule.update(jnp.ones(3), rule.init(jnp.ones(3)), jnp.ones(3))
    np.testing.assert_allclose(updates, 0.75)
