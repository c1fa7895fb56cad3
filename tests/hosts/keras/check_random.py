"""Random keys and initial values: Keras' seed generators and its seed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import dovetail as dt
from dovetail.hosts.keras.registration import register

numpy = keras.ops.convert_to_numpy
X = np.ones((4, 64), np.float32)
BACKEND = keras.backend.backend()


class Noisy(dt.Layer):
    """A key that is read in evaluation too."""

    scale = dt.Parameter(64, init="ones")
    key = dt.RandomKey()

    def forward(self, x: Any) -> Any:
        return x + self.scale * dt.random_uniform(self.key, x.shape)


register(Noisy, Noisy.keras)
LAYERS = {"dropout": lambda: dt.Dropout.keras(0.5), "noise": lambda: Noisy.keras()}


def _called(layer: Any, training: bool = True) -> Any:
    return numpy(layer(X, training=training))


@pytest.mark.parametrize("name", LAYERS)
def test_the_seed_says_what_is_drawn(name: str) -> None:
    drawn: list[Any] = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        layer = LAYERS[name]()
        drawn.append([_called(layer) for _ in range(2)])
    (a, b), (c, d), (other, _) = drawn
    assert (a != b).any()
    assert (a != other).any()
    np.testing.assert_array_equal((a, b), (c, d))
    assert len(layer.non_trainable_variables) == 1  # the generator's
    assert len(layer.non_trainable_weights) == 0
    if name == "noise":
        assert (_called(layer, False) != _called(layer, False)).any()
    else:
        before = numpy(layer.seed_generator.state)
        np.testing.assert_array_equal(_called(layer, False), X)
        np.testing.assert_array_equal(numpy(layer.seed_generator.state), before)


def _gradient(layer: Any, compiled: bool) -> tuple[Any, Any]:
    """The output for X, and the gradient of its sum."""
    if BACKEND == "torch":
        import torch  # noqa: PLC0415

        x = torch.tensor(X, requires_grad=True)
        y = layer(x, training=True)
        y.sum().backward()
        return numpy(y), x.grad.numpy()
    if BACKEND == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415

        def run(x: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x, training=True)
            return y, tape.gradient(y, x)

        y, slope = (tf.function(run) if compiled else run)(tf.constant(X))
        return numpy(y), numpy(slope)
    import jax  # noqa: PLC0415

    def loss(x: Any, states: Any) -> Any:
        parameters = [v.value for v in layer.trainable_variables]
        y, _ = layer.stateless_call(parameters, states, x, training=True)
        return y.sum(), y

    run = jax.grad(loss, has_aux=True)
    states = [v.value for v in layer.non_trainable_variables]
    slope, y = (jax.jit(run) if compiled else run)(X, states)
    return numpy(y), numpy(slope)


@pytest.mark.parametrize("compiled", [False, True])
def test_what_is_computed_again_has_the_same_keys(compiled: bool) -> None:
    with keras.RematScope(mode="full"):
        layer = dt.Dropout.keras(0.5)
        layer.build(X.shape)
        y, slope = _gradient(layer, compiled)
        np.testing.assert_array_equal(y, slope)
        assert set(np.unique(y).tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("jit", [False, True])
def test_each_step_of_training_has_a_mask_of_its_own(jit: bool) -> None:
    model = keras.Sequential([keras.Input((64,)), dt.Dropout.keras(0.5), Noisy.keras()])
    model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=jit and BACKEND != "torch")
    losses = [float(model.train_on_batch(X, np.zeros_like(X))) for _ in range(4)]
    assert len(set(losses)) > 2


def test_a_loaded_model_begins_at_its_seed_as_those_of_keras_do(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((64,)), dt.Dropout.keras(0.5, seed=3)])
    first = _called(model)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(_called(again), first)
    np.testing.assert_array_equal(_called(again), _called(model))


def test_making_a_layer_without_random_values_draws_nothing() -> None:
    before = random.getstate()
    for layer in (dt.LayerNorm, dt.RMSNorm, dt.BatchNorm, dt.Flatten):
        layer.keras()
    assert random.getstate() == before
