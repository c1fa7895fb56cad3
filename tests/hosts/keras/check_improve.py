"""Models of Keras, folded and pruned: models of Keras come back, on each backend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

import dovetail as dt

RNG = np.random.default_rng(0)


def spread(model: Any) -> Any:
    model.set_weights([RNG.uniform(0.2, 1.0, each.shape) for each in model.get_weights()])
    return model


def test_a_folded_model_is_a_model(tmp_path: Path) -> None:
    model = spread(keras.Sequential([
        keras.Input((6,)), layers.Dense(8, use_bias=False), layers.BatchNormalization(),
        layers.ReLU(), layers.Dense(3),
    ]))  # fmt: skip
    x = RNG.normal(size=(32, 6)).astype(np.float32)
    expected = model.predict(x, verbose=0)
    result = dt.improve.fold(model, validation=x)
    assert isinstance(result.changed, keras.Sequential)
    found = result.changed.predict(x, verbose=0)
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    assert result.changed.count_params() == 6 * 8 + 8 + 8 * 3 + 3
    result.changed.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert np.array_equal(again.predict(x, verbose=0), found)


def test_a_functional_model_is_pruned() -> None:
    inputs = keras.Input((6,))
    hidden = layers.Dense(12, activation="relu")(inputs)
    joined = layers.Add()([hidden, layers.Dense(12)(hidden)])
    model = spread(keras.Model(inputs, layers.Dense(2)(joined)))
    x = RNG.normal(size=(32, 6)).astype(np.float32)
    y = RNG.integers(0, 2, 32)
    result = dt.improve.prune(
        model, (x, y), epochs=1, score="magnitude",
        compile={"optimizer": "adam", "loss": "sparse_categorical_crossentropy"},
    )  # fmt: skip
    report = result.report
    assert isinstance(result.changed, keras.Model) and result.changed.output_shape == (None, 2)
    assert result.changed.count_params() == report.after.parameters < report.before.parameters
    assert report.after.multiply_adds <= 0.5 * report.before.multiply_adds
    logits = result.changed.predict(x, verbose=0).astype(np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(32), y]
    assert np.isclose(losses.mean(), report.after.metrics["loss"], rtol=1e-4)
