"""Layers as flax.nnx modules, beside Flax's own, and as pure functions."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")
nnx: Any = pytest.importorskip("flax.nnx")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402


def _x(*shape: int, seed: int = 0) -> Any:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def _close(got: Any, want: Any, tolerance: float = 3e-6) -> None:
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def test_batch_norm_is_that_of_flax() -> None:
    x = 2.0 * _x(32, 8) + 1.0
    ours = dt.BatchNorm.jax(8, rngs=nnx.Rngs(0))
    theirs = nnx.BatchNorm(8, momentum=0.99, epsilon=1e-3, rngs=nnx.Rngs(0))
    for _ in range(3):
        _close(ours(x), theirs(x))
    _close(ours.running_mean[...], theirs.mean[...])
    _close(ours.running_var[...], theirs.var[...])
    for module in (ours, theirs):
        module.eval()
    _close(ours(x), theirs(x))
    before = np.asarray(ours.running_mean[...])
    ours(x, training=True)
    assert not np.allclose(before, ours.running_mean[...])


def test_split_and_merge() -> None:
    x = _x(16, 4)
    module = dt.BatchNorm.jax(4, rngs=nnx.Rngs(0))
    module(x)
    graph, parameters, states = nnx.split(module, nnx.Param, nnx.BatchStat)
    assert set(parameters) == {"scale", "bias"}
    assert set(states) == {"running_mean", "running_var"}

    @jax.jit
    def forward(parameters: Any, states: Any, x: Any) -> Any:
        merged = nnx.merge(graph, parameters, states)
        out = merged(x, training=True)
        return out, nnx.state(merged, nnx.BatchStat)

    out, new = forward(parameters, states, x)
    _close(out, module(x))
    _close(jax.tree.leaves(new)[0], jax.tree.leaves(nnx.state(module, nnx.BatchStat))[0])


def test_training_with_flax() -> None:
    x, y = _x(64, 8), _x(64, 3, seed=1)
    model = dt.Sequential(dt.Dense(16, "relu"), dt.BatchNorm(), dt.Dense(3)).jax
    model(x)  # sizes from the input
    model.train()
    optimizer = nnx.Optimizer(model, dt.Adam.jax(learning_rate=0.01), wrt=nnx.Param)

    @nnx.jit
    def step(model: Any, optimizer: Any) -> Any:
        def loss(model: Any) -> Any:
            return dt.mean_squared_error(model(x), y)

        value, gradients = nnx.value_and_grad(loss)(model)
        optimizer.update(model, gradients)
        return value

    losses = [float(step(model, optimizer)) for _ in range(30)]
    assert losses[-1] < 0.7 * losses[0]
    paths = {".".join(map(str, path)) for path, _ in nnx.to_flat_state(nnx.state(model))}
    assert {"layers.0.kernel", "layers.1.running_mean", "layers.2.bias"} <= paths


def test_gradients_are_those_of_flax() -> None:
    x = _x(8, 6)
    ours, theirs = dt.LayerNorm.jax(6, rngs=nnx.Rngs(0)), nnx.LayerNorm(6, rngs=nnx.Rngs(0))
    eps = ours.layer.eps
    theirs.epsilon = eps

    def loss(module: Any) -> Any:
        return (module(x) ** 3).sum()

    got, want = nnx.grad(loss)(ours), nnx.grad(loss)(theirs)
    for name in ("scale", "bias"):
        _close(got[name][...], want[name][...], 2e-5)


def test_first_values() -> None:
    kernels = [dt.Dense.jax(4, rngs=nnx.Rngs(seed)) for seed in (0, 0, 1)]
    for module in kernels:
        module(_x(2, 3))
    first, same, other = (np.asarray(module.kernel[...]) for module in kernels)
    np.testing.assert_array_equal(first, same)
    assert not np.allclose(first, other)
    shapes = nnx.eval_shape(lambda: dt.RMSNorm.jax(8, rngs=nnx.Rngs(0)))
    assert shapes.scale.get_value().shape == (8,)
    made = nnx.jit(lambda: dt.RMSNorm.jax(8, rngs=nnx.Rngs(0)))()
    np.testing.assert_array_equal(made.scale[...], np.ones(8))


def test_instances_copies_and_pickles() -> None:
    layer = dt.Dense(4, seed=3)
    x = _x(5, 3)
    want = layer(np.asarray(x))
    _close(layer.jax(x), want)
    _close(layer(x), want)  # a direct call goes to the module
    module = dt.Dense.jax(4, rngs=nnx.Rngs(2))
    out = module(x)
    _close(copy.deepcopy(module)(x), out)
    assert pickle.loads(pickle.dumps(dt.Dense.jax)) is dt.Dense.jax
    assert dt.Dense.jax.__name__ == "Dense" and "rngs" in str(dt.Dense.jax.__signature__)


def test_vmap_and_scan_over_modules() -> None:
    x = _x(3, 5, 8)
    module = dt.RMSNorm.jax(8, rngs=nnx.Rngs(0))
    module.eval()
    graph, state = nnx.split(module)

    def apply(state: Any, x: Any) -> Any:
        return nnx.merge(graph, state)(x)

    _close(jax.vmap(apply, in_axes=(None, 0))(state, x), module(x))
    _, found = jax.lax.scan(lambda c, row: (c, apply(state, row)), 0, x)
    _close(found, module(x))
    kept = jax.grad(jax.checkpoint(lambda row: (apply(state, row) ** 2).sum()))(x[0])
    _close(kept, jax.grad(lambda row: (apply(state, row) ** 2).sum())(x[0]))


def test_the_pure_pair() -> None:
    x = _x(16, 4)
    layer = dt.BatchNorm()
    pure = layer.pure(x)
    parameters, states = pure.init(0)

    @jax.jit
    def loss(parameters: Any, states: Any, x: Any) -> Any:
        out, new = pure.apply(parameters, states, x, training=True)
        return (out**2 * x).sum(), new

    (value, new), slope = jax.value_and_grad(loss, has_aux=True)(parameters, states, x)
    assert np.isfinite(value) and set(slope) == {"scale", "bias"}
    _, want = pure.apply(parameters, states, np.asarray(x), training=True)
    for name, array in new.items():
        _close(array, want[name])


def test_optional_and_named_inputs() -> None:
    class Scaled(dt.Layer):
        features: int = dt.from_input(axis=-1)
        scale = dt.Parameter("features", init="ones")

        def forward(self, x: Any, mask: Any = None, power: float = 1.0) -> Any:
            out = x * self.scale**power
            return out if mask is None else dt.where(mask, out, 0.0)

    x = _x(3, 4)
    module = Scaled.jax()
    _close(module(x, power=2.0), x)
    _close(module(x, mask=x > 0), jnp.where(x > 0, x, 0.0))


def test_layers_made_under_vmap() -> None:
    def made(key: Any) -> Any:
        return nnx.Sequential(
            dt.Dense.jax(4, features=3, rngs=nnx.Rngs(key)), dt.Dropout.jax(0.5, rngs=nnx.Rngs(key))
        )

    keys = jax.random.split(jax.random.key(0), 3)
    together = nnx.state(nnx.vmap(made)(keys), nnx.Param)
    alone = [nnx.state(made(key), nnx.Param) for key in keys]
    for leaf, *each in zip(*map(jax.tree.leaves, (together, *alone)), strict=True):
        np.testing.assert_array_equal(leaf, np.stack(each))
    kernel = max(jax.tree.leaves(together), key=lambda leaf: leaf.ndim)
    assert kernel.shape == (3, 3, 4) and not (kernel[0] == kernel[1]).all()
