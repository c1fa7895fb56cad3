"""TensorFlow: `model.to("tensorflow")`, a tf.Module, eager or by tf.function."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from dovetail.choose.contestant import Batch, Contestant
from dovetail.graph.node import Array


class InTensorFlow(Contestant):
    """A module, a GradientTape, and an optimizer of Keras' kind."""

    exports = ("SavedModel",)

    def prepare(self) -> None:
        self.module = self.model.to("tensorflow")
        self.module.build(*[tf.convert_to_tensor(x) for x in self.example[0]])
        self.variables = list(self.module.trainable_variables)
        self.stepper = self.optimizer.tensorflow
        self.stepper.build(self.variables)
        module, stepper, variables, loss = self.module, self.stepper, self.variables, self.loss

        def step(inputs: Any, targets: Any) -> Any:
            with tf.GradientTape() as tape:
                value = loss(module(*inputs, training=True), targets)
            stepper.apply_gradients(zip(tape.gradient(value, variables), variables, strict=True))
            return value

        def infer(inputs: Any) -> Any:
            return module(*inputs, training=False)

        self.run_step: Any = tf.function(step) if self.compiled else step
        self.run: Any = tf.function(infer) if self.compiled else infer

    def set_threads(self, count: int) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(count)
        tf.config.threading.set_inter_op_parallelism_threads(count)

    def batch(self, batch: Batch) -> Any:
        inputs, targets = batch
        return [tf.convert_to_tensor(x) for x in inputs], tf.convert_to_tensor(targets)

    def step(self, batch: Any) -> Any:
        return self.run_step(*batch)

    def infer(self, batch: Any) -> Any:
        return self.run(batch[0])

    def checked(self, batch: Batch) -> tuple[Array, list[tuple[Array, Array]]]:
        inputs, targets = self.batch(batch)
        with tf.GradientTape() as tape:
            outputs = self.module(*inputs, training=False)
            value = self.loss(outputs, targets)
        gradients = tape.gradient(value, self.variables)
        pairs = [
            (v.numpy(), np.asarray(tf.convert_to_tensor(g)))
            for v, g in zip(self.variables, gradients, strict=True) if g is not None
        ]  # fmt: skip
        return np.asarray(outputs), pairs

    def export(self, name: str, folder: Any) -> None:
        specs = [tf.TensorSpec((None, *x.shape[1:]), x.dtype) for x in self.example[0]]
        holder: Any = tf.Module()
        holder.module = self.module
        holder.serve = tf.function(
            lambda *x: self.module(*x, training=False), input_signature=specs
        )
        tf.saved_model.save(holder, str(folder / "exported-savedmodel"))
