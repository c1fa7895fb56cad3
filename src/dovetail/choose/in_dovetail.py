"""The trainer of Dovetail itself, without a framework."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.choose.contestant import Batch, Contestant
from dovetail.extension.gradients import value_and_grad
from dovetail.graph.node import Array


class InDovetail(Contestant):
    """`model.train_on_batch` and `model.predict_on_batch`."""

    exports = ("dovetail",)

    def prepare(self) -> None:
        self.model.compile(self.optimizer, self.loss)

    def batch(self, batch: Batch) -> Any:
        inputs, targets = batch
        return (inputs[0] if len(inputs) == 1 else inputs), targets

    def step(self, batch: Any) -> Any:
        return self.model.train_on_batch(*batch)["loss"]

    def infer(self, batch: Any) -> Any:
        return self.model.predict_on_batch(batch[0])

    def checked(self, batch: Batch) -> tuple[Array, list[tuple[Array, Array]]]:
        inputs, targets = batch
        parameters, states = self.model.parameters(), self.model.states()

        def loss(parameters: Any) -> Any:
            return self.loss(self.model.program(parameters, states, *inputs)[0], targets)

        _, gradients = value_and_grad(loss)(parameters)
        pairs = [(np.array(parameters[path]), gradients[path]) for path in parameters]
        return np.asarray(self.infer(self.batch(batch))), pairs

    def export(self, name: str, folder: Any) -> None:
        self.model.save(folder / "exported.dovetail")
