"""Recurrent layers beside Keras' own with the same weights: masks, states, training, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

import dovetail as dt

L = keras.layers
IDS = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [1, 1, 1, 2]])
TARGETS = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
KINDS: list[tuple[Any, Any, dict[str, Any]]] = [
    (dt.LSTM, L.LSTM, {"go_backwards": True}),
    (dt.GRU, L.GRU, {"activation": "relu"}),
]


def _model(first: Any, second: Any, last: Any) -> Any:
    """Three layers behind an embedding whose mask reaches all of them."""
    ids = keras.Input((4,), dtype="int32")
    h = second(first(L.Embedding(4, 3, mask_zero=True, name="table")(ids)))
    model = keras.Model(ids, last(h))
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) * 0.5 for w in model.get_weights()])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


def test_values_and_steps_of_training_with_a_mask() -> None:
    for ours, theirs, arguments in KINDS:
        more = {"return_sequences": True, **arguments}
        both = {**more, "go_backwards": False}
        models = [
            _model(
                ours.keras(3, **more),
                dt.Bidirectional.keras(ours(2, **both)),
                ours.keras(5, **arguments),
            ),
            _model(theirs(3, **more), L.Bidirectional(theirs(2, **both)), theirs(5, **arguments)),
        ]
        for _ in range(2):
            one, other = (model.predict(IDS, verbose=0) for model in models)
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
            for model in models:
                model.train_on_batch(IDS, TARGETS)
        for one, other in zip(*(model.get_weights() for model in models), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_states_and_arguments_that_only_keras_has() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
    ours = dt.LSTM.keras(3, return_state=True, kernel_initializer="ones", unroll=False)
    theirs = L.LSTM(3, return_state=True, kernel_initializer="ones")
    start = [keras.ops.ones((3, 3)), keras.ops.zeros((3, 3))]
    ours(x), theirs(x)
    theirs.set_weights(ours.get_weights())
    for one, other in zip(ours(x, initial_state=start), theirs(x, start), strict=True):
        pair = map(keras.ops.convert_to_numpy, (one, other))
        np.testing.assert_allclose(*pair, rtol=1e-5, atol=1e-6)


def test_files_and_dropout(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
    model = keras.Sequential([
        keras.Input((4, 2)), dt.GRU.keras(3, return_sequences=True, recurrent_dropout=0.5),
        dt.Bidirectional.keras(dt.LSTM(2, dropout=0.5), merge_mode="sum"),
    ])  # fmt: skip
    first, second = (keras.ops.convert_to_numpy(model(x, training=True)) for _ in range(2))
    assert (first != second).any()
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    found = (each.predict(x, verbose=0) for each in (model, again))
    np.testing.assert_array_equal(*found)
