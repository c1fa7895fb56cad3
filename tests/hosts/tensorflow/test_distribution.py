"""tf.distribute.MirroredStrategy on two logical processors, in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("tensorflow")

PROGRAM = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
import tensorflow as tf
import dovetail as dt

processor = tf.config.list_physical_devices("CPU")[0]
half = tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(processor, [half, half])
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
assert strategy.num_replicas_in_sync == 2


class Scaled(dt.Layer):
    features: int = dt.from_input(axis=-1)
    scale = dt.Parameter("features", init="ones")

    def forward(self, x):
        return dt.mish(x) * self.scale


with strategy.scope():
    layer = Scaled.tensorflow().build((None, 4))
x = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
data = tf.data.Dataset.from_tensor_slices(x).batch(8)


def step(x):
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(x) ** 2)
    (slope,) = tape.gradient(value, layer.trainable_variables)
    slope = tf.distribute.get_replica_context().all_reduce("sum", slope)
    layer.trainable_variables[0].assign_sub(0.1 * slope)
    return value


@tf.function
def train(batch):
    return strategy.reduce("SUM", strategy.run(step, args=(batch,)), axis=None)


(total,) = [train(batch) for batch in strategy.experimental_distribute_dataset(data)]
squares = (x * np.tanh(np.log1p(np.exp(x)))) ** 2
np.testing.assert_allclose(total, squares.sum(), rtol=1e-5)
for copy in layer.parameters["scale"].values:
    np.testing.assert_allclose(copy.numpy(), 1 - 0.2 * squares.sum(0), rtol=1e-4, atol=1e-5)
print("right on both")
"""


def test_two_replicas_train_together() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True, text=True, check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "right on both" in done.stdout
