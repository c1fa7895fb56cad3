"""Keras' names on Keras' forms: arguments, attributes, weights and files; values as Keras' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import dovetail as dt
from dovetail import errors

X = np.random.default_rng(0).normal(size=(6, 5, 4, 3)).astype("float32")
L = keras.layers

# Ours, Keras', arguments of both.
PIECES: list[tuple[Any, Any, dict[str, Any]]] = [
    (dt.BatchNorm, L.BatchNormalization, {"axis": 1, "momentum": 0.6, "epsilon": 1e-2}),
    (dt.BatchNorm, L.BatchNormalization, {"center": False, "gamma_initializer": "uniform"}),
    (dt.LayerNorm, L.LayerNormalization, {"epsilon": 1e-3, "beta_initializer": "ones"}),
    (dt.LayerNorm, L.LayerNormalization, {"axis": [2, 3], "epsilon": 1e-2, "scale": False}),
    (dt.RMSNorm, L.RMSNormalization, {"axis": -1, "epsilon": 1e-2}),
    (dt.Dense, L.Dense, {"units": 7, "activation": "relu", "kernel_initializer": "he_normal",
                         "bias_initializer": keras.initializers.Constant(0.3)}),
    (dt.PReLU, L.PReLU, {"alpha_initializer": keras.initializers.Constant(0.2)}),
]  # fmt: skip


def _numpy(value: Any) -> Any:
    return keras.ops.convert_to_numpy(value)


def _made(kind: Any, arguments: dict[str, Any]) -> Any:
    model = keras.Sequential([keras.Input(X.shape[1:]), kind(**arguments)])
    values = np.random.default_rng(1)
    model.set_weights([np.abs(values.normal(size=w.shape)) + 0.1 for w in model.get_weights()])
    return model


def test_weights_go_both_ways_and_values_agree(tmp_path: Path) -> None:
    for number, (kind, their_kind, arguments) in enumerate(PIECES):
        if kind is dt.PReLU:
            continue  # one slope, Keras' has one for each element
        theirs, ours = _made(their_kind, arguments), _made(kind.keras, arguments)
        names = [w.name for w in theirs.layers[0].weights]
        assert [w.name for w in ours.layers[0].weights] == names, kind
        file = str(tmp_path / f"{number}.weights.h5")
        theirs.save_weights(file)
        ours.load_weights(file)
        for training in (True, False):
            wanted = _numpy(theirs(X, training=training))
            np.testing.assert_allclose(_numpy(ours(X, training=training)), wanted, 2e-4, 2e-5)
        ours.save_weights(file)
        again = _made(their_kind, arguments)
        again.load_weights(file)
        np.testing.assert_allclose(_numpy(again(X)), _numpy(ours(X)), 2e-4, 2e-5)


def test_frozen_batch_norm_infers_in_training() -> None:
    """As Keras' does, alone and inside of a layer of ours; dropout goes on."""
    x = X[:, 0, 0, :]
    inside = dt.Sequential(dt.BatchNorm(), dt.Dropout(0.5)).keras
    for ours in (dt.BatchNorm.keras(), inside):
        ours.build((None, 3))
        states = [w for w in ours.weights if w.name.endswith(("mean", "var", "variance"))]
        assert len(states) == 2
        ours(x, training=True)
        moved = [_numpy(w) for w in states]
        assert np.any(moved[0] != 0.0)
        ours.trainable = False
        inferred, frozen = _numpy(ours(x)), _numpy(ours(x, training=True))
        kept = frozen != 0.0
        np.testing.assert_allclose(frozen[kept] * (0.5 if ours is inside else 1), inferred[kept])
        assert kept.all() == (ours is not inside)
        for each, value in zip(states, moved, strict=True):
            np.testing.assert_array_equal(_numpy(each), value)
        ours.trainable = True
        ours(x, training=True)
        assert np.any(_numpy(states[0]) != moved[0])


def test_every_weight_is_an_attribute_by_both_names() -> None:
    layer = dt.BatchNorm.keras(epsilon=0.5)
    layer.build((None, 3))
    assert layer.scale is layer.gamma
    assert layer.bias is layer.beta
    assert layer.running_mean is layer.moving_mean
    assert [w.name for w in layer.weights] == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert layer.eps == layer.epsilon == 0.5
    assert dt.LayerNorm.keras(3, center=False).bias is None
    dense = dt.Dense.keras(2)
    dense.build((None, 3))
    assert dense.kernel is dense.weights[0]
    with pytest.raises(AttributeError, match="nothing"):
        _ = dense.nothing


def test_initialisers_regularisers_and_constraints(tmp_path: Path) -> None:
    layer = dt.Dense.keras(
        4, kernel_initializer=keras.initializers.Constant(-0.5), kernel_regularizer="l2",
        bias_regularizer=keras.regularizers.L1(0.1), bias_initializer="ones",
        kernel_constraint=keras.constraints.NonNeg(), activity_regularizer="l1",
    )  # fmt: skip
    twin = L.Dense(
        4, kernel_initializer=keras.initializers.Constant(-0.5), kernel_regularizer="l2",
        bias_regularizer=keras.regularizers.L1(0.1), bias_initializer="ones",
        kernel_constraint=keras.constraints.NonNeg(), activity_regularizer="l1",
    )  # fmt: skip
    trained = []
    for each in (layer, twin):
        model = keras.Sequential([keras.Input((3,)), each])
        x = X[:, 0, 0, :]
        np.testing.assert_array_equal(_numpy(each.kernel), -0.5)
        np.testing.assert_array_equal(_numpy(each.bias), 1.0)
        model(x)
        losses = [float(_numpy(v)) for v in model.losses]
        model.compile(keras.optimizers.SGD(0.05), "mse")
        history = model.fit(x, x @ np.ones((3, 4)), epochs=2, verbose=0, shuffle=False).history
        trained.append((sorted(losses), history["loss"], _numpy(each.kernel)))
        model.save(tmp_path / "model.keras")
    for ours, theirs in zip(*trained, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert (trained[0][2] >= 0).all()
    again = type(layer).from_config(layer.get_config())
    again.build((None, 3))
    np.testing.assert_array_equal(_numpy(again.kernel), -0.5)
    config = layer.get_config()
    assert config["kernel_constraint"]["class_name"] == "NonNeg"


def test_a_saved_model_has_them(tmp_path: Path) -> None:
    layers = [dt.LayerNorm.keras(axis=-1, gamma_regularizer="l2"), dt.PReLU.keras()]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    x = X[:, 0, 0, :]
    np.testing.assert_array_equal(_numpy(again(x)), _numpy(model(x)))
    assert len(again.losses) == 1


def test_a_configuration_of_keras_own_makes_ours() -> None:
    theirs = L.BatchNormalization(axis=1, epsilon=0.2, gamma_initializer="uniform", name="norm")
    ours = dt.BatchNorm.keras.from_config(theirs.get_config())
    assert (ours.eps, ours.inner.axis, ours.name) == (0.2, 1, "norm")


@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Lion"])
def test_optimizers_take_the_arguments_of_keras(name: str) -> None:
    settings: dict[str, dict[str, Any]] = {
        "Adam": {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-12, "amsgrad": True},
        "AdamW": {"beta_1": 0.8, "weight_decay": 0.1, "epsilon": 1e-12, "amsgrad": True},
        "SGD": {"momentum": 0.5},
        "RMSprop": {"rho": 0.8, "epsilon": 1e-12, "centered": False},
        "Adagrad": {"initial_accumulator_value": 0.0, "epsilon": 1e-12},
        "Lion": {"beta_1": 0.8, "beta_2": 0.9},
    }
    kinds = getattr(dt, name).keras, getattr(keras.optimizers, name)
    found = []
    for kind in kinds:
        optimizer = kind(learning_rate=0.05, **settings[name])
        variable = keras.Variable(X[0, 0])
        for step in range(4):
            gradient = np.cos(X[1, 1] * (step + 1)) * (4 - step)
            optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        found.append(_numpy(variable))
    np.testing.assert_allclose(*found, rtol=2e-5, atol=1e-6)


def test_what_means_another_rule_is_refused() -> None:
    for make in (
        lambda: dt.BatchNorm.keras(renorm=True),
        lambda: dt.Embedding.keras(3, 4, lora_rank=2),
        lambda: dt.RMSprop.keras(centered=True),
        lambda: dt.Adagrad.keras(initial_accumulator_value=0.1),
    ):
        with pytest.raises(errors.ArgumentError, match="no other rule"):
            make()
    with pytest.raises(errors.CallError, match="eps"):
        dt.LayerNorm.keras(epsilon=0.1, eps=0.2)
