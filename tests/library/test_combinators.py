"""Layers made of others, and of several inputs."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, CallError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 5)).astype(np.float32)


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


def test_residual() -> None:
    layer = dt.Residual(dt.Dense(5), activation="relu", seed=1)
    layer.build(X)
    kernel = layer.get("layer.kernel")
    close(layer(X), np.maximum(X + X @ kernel, 0))
    close(dt.Residual(dt.tanh)(X), X + np.tanh(X))
    close(dt.Residual("tanh", "relu")(X), np.maximum(X, 0) + np.tanh(X))
    wider = dt.Residual(dt.Dense(7, "tanh"), dt.Dense(7, use_bias=False), seed=2)
    wider.build(X)
    first, second = wider.get("layer.kernel"), wider.get("shortcut.kernel")
    close(wider(X), np.tanh(X @ first) + X @ second)
    again = pickle.loads(pickle.dumps(wider))
    np.testing.assert_array_equal(again(X), wider(X))


def test_training_reaches_the_layers_inside() -> None:
    layer = dt.Residual(dt.Sequential(dt.BatchNorm(), dt.Dropout(0.5)), seed=1)
    close(layer(X), X + X / np.sqrt(1 + 1e-3))
    assert (layer(X, training=True) == X).any()  # what was dropped
    assert np.any(layer.states()["layer.layers.0.running_mean"] != 0)


def test_a_residual_never_broadcasts() -> None:
    for layer in (dt.Residual(dt.Dense(1)), dt.Residual(dt.tanh, dt.Dense(1))):
        with pytest.raises(ShapeError, match=r"\(6, \d\) and \(6, \d\)") as caught:
            layer(X)
        assert "shortcut=" in str(caught.value)


def test_add_and_concatenate() -> None:
    y, z = X * 2, RNG.normal(size=(6, 3)).astype(np.float32)
    for inputs in ((X, y, X), ([X, y, X],)):
        close(dt.Add()(*inputs), 4 * X)
    for inputs in ((X, z), ([X, z],)):
        close(dt.Concatenate()(*inputs), np.concatenate([X, z], -1))
    close(dt.Concatenate(axis=0)(X, y), np.concatenate([X, y], 0))
    close(dt.Add()(X), X)


def test_inputs_that_cannot_be_joined() -> None:
    with pytest.raises(ShapeError):
        dt.Concatenate(axis=0)(X, X[:, :3])
    with pytest.raises(ArgumentError, match="axis of Concatenate"):
        dt.Concatenate(axis=2)(X, X)
    with pytest.raises(CallError, match="without arrays"):
        dt.Add()([])


class Branches(dt.Layer):
    """Two paths side by side."""

    left: dt.Layer
    right: dt.Layer
    join: dt.Layer

    def forward(self, x: Any) -> Any:
        return self.join(self.left(x), self.right(x))


def test_branches_of_a_layer() -> None:
    model = Branches(dt.Dense(3), dt.Dense(2), dt.Concatenate(), seed=1)
    y = model(X)
    close(y, np.concatenate([X @ model.get("left.kernel"), X @ model.get("right.kernel")], -1))
