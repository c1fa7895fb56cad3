"""The library's schedules as the learning rate of Keras' optimizers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import dovetail as dt

X = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
SCHEDULES: list[Any] = [
    dt.Warmup(dt.CosineDecay(0.1, 12), 4), dt.PiecewiseConstant((3, 7), (0.1, 0.05, 0.01)),
    dt.Joined((dt.ExponentialDecay(0.1, 4, 0.5), 0.03), (6,)), dt.Cyclical(0.01, 0.1, 3),
]  # fmt: skip


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_the_rate_follows_the_step(schedule: Any) -> None:
    variable = keras.Variable(np.zeros(2, np.float32))
    optimizer = dt.SGD.keras(learning_rate=schedule)
    total = 0.0
    for step in range(1, 12):
        optimizer.apply([keras.ops.ones((2,))], [variable])
        total += schedule(step)
        found = np.asarray(keras.ops.convert_to_numpy(variable.value))
        np.testing.assert_allclose(found, -total, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_in_fit_and_in_files(schedule: Any, tmp_path: Any) -> None:
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(dt.SGD(lr=schedule).keras, "mse")
    model.fit(X, X[:, :1], epochs=2, batch_size=8, verbose=0, shuffle=False)
    assert float(model.optimizer.learning_rate) == pytest.approx(schedule(9), rel=1e-5, abs=1e-7)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    one = model.fit(X, X[:, :1], epochs=1, verbose=0, shuffle=False).history["loss"]
    other = again.fit(X, X[:, :1], epochs=1, verbose=0, shuffle=False).history["loss"]
    np.testing.assert_allclose(one, other, rtol=1e-6)
