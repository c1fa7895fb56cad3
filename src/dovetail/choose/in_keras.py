"""Keras: `model.to("keras")` in a model of Keras', eager or compiled, by `train_on_batch`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from dovetail.choose.contestant import Batch, Contestant
from dovetail.graph.node import Array
from dovetail.hosts.registry import REGISTRY


class InKeras(Contestant):
    """A functional model on the backend that Keras is set to."""

    exports = (".keras", "ONNX")

    def prepare(self) -> None:
        layer = self.model.to("keras")
        inputs = [keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in self.example[0]]
        self.network: Any = keras.Model(inputs if len(inputs) > 1 else inputs[0], layer(*inputs))
        self.network.compile(
            optimizer=self.optimizer.keras, loss=self.loss.keras(),
            run_eagerly=not self.compiled, jit_compile="auto" if self.compiled else False,
        )  # fmt: skip

    def set_threads(self, count: int) -> None:
        own = REGISTRY.named("keras").own_functions()
        if own is not None:
            own.set_threads(count)

    def batch(self, batch: Batch) -> Any:
        inputs, targets = batch
        return (inputs[0] if len(inputs) == 1 else list(inputs)), targets

    def step(self, batch: Any) -> Any:
        self.network.reset_metrics()
        return self.network.train_on_batch(*batch)

    def infer(self, batch: Any) -> Any:
        return self.network.predict_on_batch(batch[0])

    def checked(self, batch: Batch) -> tuple[Array, list[tuple[Array, Array]]]:
        """The gradient is what a step of plain gradient descent takes away, divided by its rate."""
        given, targets = self.batch(batch)
        outputs = np.asarray(self.infer((given, targets)))
        before = [np.array(v) for v in self.network.trainable_variables]
        self.network.trainable = True
        rate = 1.0
        self.network.compile(
            optimizer=keras.optimizers.SGD(rate), loss=self.loss.keras(), jit_compile=False
        )
        self.network.train_on_batch(given, targets)
        after = [np.array(v) for v in self.network.trainable_variables]
        return outputs, [(b, (b - a) / rate) for b, a in zip(before, after, strict=True)]

    def export(self, name: str, folder: Path) -> None:
        if name == ".keras":
            self.network.save(folder / "exported.keras")
        else:
            self.network.export(folder / "exported-keras.onnx", format="onnx", verbose=False)
