"""Layers with `trainable = False` stay as they are in every framework."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt

RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 5)).astype(np.float32)
Y = RNG.normal(size=(16, 2)).astype(np.float32)


def frozen() -> dt.Sequential:
    model = dt.Sequential(dt.Dense(4, "tanh"), dt.Sequential(dt.Dense(3)), dt.Dense(2), seed=0)
    model.build((None, 5))
    model.layers[0].trainable = model.layers[1].trainable = False
    return model


def test_torch() -> None:
    torch = pytest.importorskip("torch")
    module = frozen().to("torch")
    trained = [name for name, each in module.named_parameters() if each.requires_grad]
    assert trained == ["layers.2.kernel", "layers.2.bias"]
    module(torch.from_numpy(X)).sum().backward()
    found = {name: each.grad is not None for name, each in module.named_parameters()}
    assert {name for name, has in found.items() if has} == set(trained)


def test_tensorflow() -> None:
    pytest.importorskip("tensorflow")
    module = frozen().to("tensorflow")
    assert len(module.trainable_variables) == 2 and len(module.variables) == 6


def test_jax() -> None:
    jax = pytest.importorskip("jax")
    nnx = pytest.importorskip("flax.nnx")
    module = frozen().to("jax")
    grads: Any = nnx.grad(lambda module: module(X).sum())(module)
    assert len(jax.tree.leaves(grads)) == 2
    np.testing.assert_allclose(module(X), frozen().predict(X), rtol=1e-5, atol=1e-6)
    _, parameters, states = nnx.split(module, nnx.Param, nnx.BatchStat)
    assert len(jax.tree.leaves(parameters)) == 2 and len(jax.tree.leaves(states)) == 4


def test_keras() -> None:
    keras = pytest.importorskip("keras")
    model = dt.Sequential(dt.Dense(4), dt.BatchNorm(momentum=0.5), dt.Dense(2), seed=0)
    model.build((None, 5))
    model.layers[0].trainable = model.layers[1].trainable = False
    whole = keras.Sequential([keras.Input((5,)), model.to("keras")])
    assert len(whole.trainable_weights) == 2
    before = [np.array(each) for each in whole.get_weights()]
    whole.compile(keras.optimizers.SGD(0.1), "mse")
    loss = whole.train_on_batch(X, Y)
    changed = [not np.array_equal(a, b) for a, b in zip(before, whole.get_weights(), strict=True)]
    assert sum(changed) == 2  # the statistics of a frozen BatchNorm stay, too
    assert loss == pytest.approx(np.mean((model.predict(X) - Y) ** 2), rel=1e-5)
