"""Arrays that follow fields, as weights of Keras and variables of its optimizers."""

from __future__ import annotations

import keras
import numpy as np

from tests.hosts.declared_arrays import Kept, Scaled


def test_a_layer_keeps_its_fields() -> None:
    layer = Scaled.keras((2, 3), lead=2, start=0.75)
    model = keras.Sequential([keras.Input((2, 3)), layer])
    x = np.ones((4, 2, 3), "float32")
    assert np.all(keras.ops.convert_to_numpy(model(x)) == 1.5)
    again = type(layer).from_config(layer.get_config())
    again.build((None, 2, 3))
    assert [tuple(w.shape) for w in again.weights] == [(2, 2, 3), (2, 3)]


def test_an_optimizer() -> None:
    optimizer = Kept.keras(0.1, first=0.5)
    variable = keras.Variable(np.zeros(4), dtype="float64" if keras.backend.backend() != "jax"
                              else "float32")  # fmt: skip
    gradient = keras.ops.convert_to_tensor(np.ones(4), dtype=variable.dtype)
    optimizer.apply([gradient], [variable])
    states = {v.path.rpartition("_")[2]: v for v in optimizer.variables}
    assert tuple(states["steps"].shape) == (2, 3)
    assert states["steps"].dtype == variable.dtype
    assert np.all(keras.ops.convert_to_numpy(states["steps"]) == 1.5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(variable), -0.15, rtol=1e-6)
