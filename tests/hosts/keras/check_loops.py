"""Loops in Keras: a recurrent layer trains, for sequences of several lengths."""

from __future__ import annotations

import keras
import numpy as np

from tests.hosts.loops import Recurrent


def test_a_recurrent_layer_trains() -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((None, 3)), Recurrent.keras(8), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 5, 3)).astype(np.float32)
    y = np.tanh(x[:, :, :1].sum(1))
    history = model.fit(x, y, epochs=15, batch_size=16, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]
    assert model.predict(x[:, :3], verbose=0).shape == (64, 1)
