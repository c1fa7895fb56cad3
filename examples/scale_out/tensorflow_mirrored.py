"""Training a model further in Keras on TensorFlow, on two devices: MirroredStrategy.

    python examples/scale_out/tensorflow_mirrored.py

The devices are two logical ones of this machine's processor. On accelerators,
`tf.distribute.MirroredStrategy()` takes all of them.
"""

from __future__ import annotations

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import contextlib
from typing import Any

import keras
import tensorflow as tf
from start import BATCH, digits, report, trained

import dovetail as dt


def train(model: Any, scope: Any, steps: int) -> Any:
    """The logits of the held-out digits after so many steps, with variables of a scope."""
    images, labels, held_out, _ = digits(steps)
    with scope:
        network = keras.Sequential([keras.Input((784,)), model.to("keras")])
        loss = dt.sparse_categorical_cross_entropy.keras()
        network.compile(keras.optimizers.AdamW(1e-3), loss, jit_compile=False)
    x, y = images.reshape(-1, 784), labels.reshape(-1)
    network.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
    return network.predict(held_out, batch_size=len(held_out), verbose=0)


def main(steps: int) -> None:
    """Train on two devices and on one; the results agree."""
    model = trained()
    _, _, held_out, labels = digits(1)
    (processor,) = tf.config.list_physical_devices("CPU")
    half = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(processor, [half, half])
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert strategy.num_replicas_in_sync == 2
    after = train(model, strategy.scope(), steps)
    alone = train(model, contextlib.nullcontext(), steps)
    report(model.predict(held_out), after, alone, labels)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
