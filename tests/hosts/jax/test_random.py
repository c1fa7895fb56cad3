"""Random keys: streams of nnx.Rngs for modules, and explicit states for pure functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")
nnx: Any = pytest.importorskip("flax.nnx")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402

X = jnp.ones(64)


def _rows(y: Any) -> int:
    """How many different rows there are."""
    return len({tuple(row) for row in np.asarray(y).tolist()})


def test_streams() -> None:
    first, again = (dt.Dropout.jax(0.5, rngs=nnx.Rngs(0, dropout=1)) for _ in range(2))
    other = dt.Dropout.jax(0.5, rngs=nnx.Rngs(0, dropout=2))
    a, b = first(X), first(X)
    assert not jnp.array_equal(a, b)
    assert jnp.array_equal(again(X), a)
    assert not jnp.array_equal(other(X), a)
    assert set(np.unique(a).tolist()) == {0.0, 2.0}
    nnx.reseed(first, dropout=5)
    c = first(X)
    nnx.reseed(again, dropout=5)
    assert jnp.array_equal(again(X), c)
    first.eval()
    before = nnx.state(first, nnx.RngState)
    assert jnp.array_equal(first(X), X)
    assert jax.tree.all(jax.tree.map(jnp.array_equal, before, nnx.state(first, nnx.RngState)))


def test_two_layers_of_one_model_draw_apart() -> None:
    rngs = nnx.Rngs(0)
    modules = [dt.Dropout.jax(0.5, rngs=rngs) for _ in range(2)]
    assert _rows(jnp.stack([module(X) for module in modules])) == 2
    model = dt.Sequential(dt.Dropout(0.5), dt.Dropout(0.5), seed=3).jax
    assert 4.0 in np.unique(model(X))
    assert np.mean(np.asarray(model(X)) > 0) < 0.45  # two masks, not one twice
    assert not jax.tree.leaves(nnx.state(model, nnx.BatchStat))


def test_jit_vmap_and_remat() -> None:
    module = dt.Dropout.jax(0.5, rngs=nnx.Rngs(0))

    @nnx.jit
    def step(module: Any, x: Any) -> Any:
        return module(x)

    assert _rows(jnp.stack([step(module, X) for _ in range(3)])) == 3

    @nnx.split_rngs(splits=5)
    @nnx.vmap(in_axes=(nnx.StateAxes({nnx.RngState: 0, ...: None}), 0))
    def mapped(module: Any, x: Any) -> Any:
        return module(x)

    assert _rows(mapped(module, jnp.ones((5, 64)))) == 5

    def loss(module: Any, x: Any) -> Any:
        y = nnx.remat(lambda m, x: m(x))(module, x)
        return y.sum(), y

    slope, y = nnx.grad(loss, argnums=1, has_aux=True)(module, X)
    assert jnp.array_equal(slope, y)  # what was dropped, and scaled, on the way there


def test_pure_functions_take_and_give_keys() -> None:
    pure = dt.Dropout(0.5).pure(X)
    parameters, states = pure.init(3)
    (y, new), (same, _) = (
        pure.apply(parameters, jax.tree.map(jnp.asarray, states), X, training=True)
        for _ in range(2)
    )
    assert jnp.array_equal(y, same)
    assert not jnp.array_equal(pure.apply(parameters, new, X, training=True)[0], y)
    run = jax.checkpoint(lambda x: pure.apply(parameters, states, x, training=True)[0])
    assert jnp.array_equal(jax.grad(lambda x: run(x).sum())(X), y)
    keys = {"key": jax.random.bits(jax.random.key(0), (4, 2), jnp.uint32)}
    run = jax.vmap(lambda state: pure.apply(parameters, state, X, training=True)[0])
    assert _rows(run(keys)) == 4


def test_explicit_keys() -> None:
    keys = jax.random.bits(jax.random.key(1), (3, 2), jnp.uint32)
    for function in (
        jax.vmap(lambda k: dt.dropout(X, k)),
        jax.vmap(lambda k: dt.random_normal(k, (64,))),
    ):
        assert _rows(function(keys)) == 3
        assert jnp.array_equal(function(keys), jax.jit(function)(keys))
