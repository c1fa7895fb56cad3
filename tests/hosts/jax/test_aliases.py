"""The names of Flax and Optax on JAX's forms; values as theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")
nnx: Any = pytest.importorskip("flax.nnx")
optax: Any = pytest.importorskip("optax")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail import errors  # noqa: E402

X = jnp.asarray(np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32))

PIECES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "BatchNorm": (dt.BatchNorm, nnx.BatchNorm,
                  {"num_features": 5, "momentum": 0.7, "epsilon": 1e-2}),
    "LayerNorm": (dt.LayerNorm, nnx.LayerNorm, {"num_features": 5, "epsilon": 1e-2}),
    "LayerNorm without bias": (
        dt.LayerNorm, nnx.LayerNorm, {"num_features": 5, "epsilon": 1e-2, "use_bias": False}),
    "RMSNorm": (dt.RMSNorm, nnx.RMSNorm, {"num_features": 5, "epsilon": 1e-2}),
    "Linear": (dt.Dense, nnx.Linear, {"in_features": 5, "out_features": 3}),
}  # fmt: skip
ARRAYS = ("scale", "bias", "kernel", "mean", "var")


@pytest.mark.parametrize("case", PIECES)
def test_layers_take_the_names_of_flax(case: str) -> None:
    kind, their_kind, arguments = PIECES[case]
    theirs = their_kind(**arguments, rngs=nnx.Rngs(0))
    ours = kind.jax(**arguments, rngs=nnx.Rngs(1))
    ours.build(X)
    for name in ARRAYS:
        variable = getattr(theirs, name, None)
        if variable is not None and variable.get_value() is not None:
            value = variable.get_value() + 0.25
            variable.set_value(value)
            getattr(ours, name).set_value(value)
    np.testing.assert_allclose(ours(X), theirs(X), rtol=2e-4, atol=2e-5)
    if case == "BatchNorm":  # after a step in training
        np.testing.assert_allclose(ours.mean.get_value(), theirs.mean.get_value(), rtol=1e-5)
        np.testing.assert_allclose(ours.var.get_value(), theirs.var.get_value(), rtol=1e-5)
        assert ours.running_mean is ours.mean
        assert (ours.epsilon, ours.eps, ours.num_features) == (1e-2, 1e-2, 5)
        assert len(jax.tree.leaves(nnx.state(ours, nnx.Param, nnx.BatchStat))) == 4


IMAGES = jnp.asarray(np.random.default_rng(1).normal(size=(2, 7, 8, 6)).astype(np.float32))
WINDOWS: dict[str, tuple[Any, Any, dict[str, Any], dict[str, Any]]] = {
    "Conv": (
        dt.Conv2D, nnx.Conv, {"in_features": 6, "out_features": 4, "kernel_size": (3, 2),
                              "strides": 2, "kernel_dilation": 1, "feature_group_count": 2},
        {"padding": "same"}),
    "ConvTranspose": (
        dt.Conv2DTranspose, nnx.ConvTranspose,
        {"in_features": 6, "out_features": 4, "kernel_size": (3, 3), "strides": 2,
         "use_bias": False}, {"padding": "same"}),
    "GroupNorm": (
        dt.GroupNorm, nnx.GroupNorm, {"num_features": 6, "num_groups": 3, "epsilon": 1e-2}, {}),
    "InstanceNorm": (dt.InstanceNorm, nnx.InstanceNorm, {"num_features": 6, "epsilon": 1e-2}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", WINDOWS)
def test_layers_over_windows_take_the_names_and_weights_of_flax(case: str) -> None:
    kind, their_kind, arguments, more = WINDOWS[case]
    theirs = their_kind(**arguments, rngs=nnx.Rngs(0))
    ours = kind.jax(**arguments, **more, rngs=nnx.Rngs(1))
    ours.build(IMAGES)
    for name in ("scale", "bias", "kernel"):
        variable = getattr(theirs, name, None)
        if variable is not None and variable.get_value() is not None:
            value = variable.get_value() + 0.25
            variable.set_value(value)
            if case == "ConvTranspose":  # ours has Keras' order, and no kernel is turned round
                value = jnp.flip(value, (0, 1)).swapaxes(-1, -2)
            getattr(ours, name).set_value(value)
    np.testing.assert_allclose(ours(IMAGES), theirs(IMAGES), rtol=2e-4, atol=2e-5)


def test_other_layers() -> None:
    ours, theirs = (
        kind(num_embeddings=7, features=3, rngs=nnx.Rngs(0)) for kind in (dt.Embedding.jax,
                                                                          nnx.Embed)
    )  # fmt: skip
    theirs.embedding.set_value(ours.embedding.get_value())
    indices = jnp.asarray([[0, 6], [3, 3]])
    np.testing.assert_array_equal(ours(indices), theirs(indices))
    ours, theirs = dt.PReLU.jax(negative_slope_init=0.3), nnx.PReLU(negative_slope_init=0.3)
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-6)
    np.testing.assert_allclose(ours.negative_slope.get_value(), 0.3, rtol=1e-6)
    with pytest.raises(AttributeError, match="nothing"):
        _ = ours.nothing


OPTIMIZERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "adam": (dt.Adam, {"b1": 0.8, "b2": 0.9, "eps": 1e-6, "eps_root": 0.0}),
    "adamw": (dt.AdamW, {"b1": 0.8, "weight_decay": 0.1, "mu_dtype": None}),
    "lion": (dt.Lion, {"b1": 0.8, "b2": 0.9, "weight_decay": 0.1}),
    "sgd": (dt.SGD, {"momentum": 0.5, "nesterov": True}),
    "rmsprop": (dt.RMSprop, {"decay": 0.8, "eps": 1e-6, "eps_in_sqrt": False}),
    "adagrad": (dt.Adagrad, {"initial_accumulator_value": 0.0, "eps": 1e-12}),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_take_the_names_of_optax(name: str) -> None:
    kind, settings = OPTIMIZERS[name]
    found = []
    for tx in (kind.jax(learning_rate=0.05, **settings),
               getattr(optax, name)(learning_rate=0.05, **settings)):  # fmt: skip
        params = {"w": X}
        state = tx.init(params)
        for step in range(4):
            updates, state = tx.update({"w": jnp.cos(X * (step + 1))}, state, params)
            params = optax.apply_updates(params, updates)
        found.append(params["w"])
    np.testing.assert_allclose(*found, rtol=2e-5, atol=1e-6)


def test_what_means_another_rule_is_refused() -> None:
    for make in (
        lambda: dt.Adam.jax(eps_root=1e-3),
        lambda: dt.RMSprop.jax(eps_in_sqrt=True),
        lambda: dt.AdamW.jax(mask={"w": True}),
    ):
        with pytest.raises(errors.ArgumentError, match="no other rule"):
            make()
    with pytest.raises(errors.CallError, match="beta1"):
        dt.Adam.jax(b1=0.1, beta1=0.1)
