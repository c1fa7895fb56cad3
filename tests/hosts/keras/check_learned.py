"""Hyperparameters that are variables of Keras, or symbolic tensors."""

from __future__ import annotations

import keras
import numpy as np

import dovetail as dt
from tests.hosts.learned import CHANNELS, X


def test_a_variable_is_taken_and_gets_the_value_of_a_float() -> None:
    x = keras.ops.convert_to_tensor(X.astype("float32"))
    for value in (np.float32(0.7), CHANNELS.astype("float32")):
        variable = keras.Variable(value)
        for call in (dt.snake, dt.snake.keras):
            found = keras.ops.convert_to_numpy(call(x, frequency=variable))
            wanted = dt.snake(X.astype("float32"), np.asarray(value))
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


class Snake(keras.layers.Layer):
    """A learned frequency for each channel."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.frequency = self.add_weight(shape=(input_shape[-1],), initializer="ones")

    def call(self, x: object) -> object:
        return dt.snake.keras(x, frequency=self.frequency)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return input_shape

    def compute_output_spec(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(x.shape, x.dtype)


def test_a_layer_trains_its_hyperparameter() -> None:
    keras.utils.set_random_seed(0)
    layer = Snake()
    model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    x = X.astype("float32")
    losses = model.fit(x, np.sin(2.0 * x[:, :1]), epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert np.all(keras.ops.convert_to_numpy(layer.frequency) != 1.0)


def test_a_symbolic_tensor() -> None:
    x, frequency = keras.Input((4,)), keras.Input((4,))
    model = keras.Model([x, frequency], dt.snake.keras(x, frequency=frequency))
    given = X.astype("float32"), np.abs(X).astype("float32") + np.float32(0.5)
    found = keras.ops.convert_to_numpy(model(list(given)))
    np.testing.assert_allclose(found, dt.snake(given[0], given[1]), rtol=1e-5, atol=1e-6)
