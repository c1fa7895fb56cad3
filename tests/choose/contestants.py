"""Contestants with planted faults, and a model to measure."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import dovetail as dt
from dovetail.choose.in_dovetail import InDovetail


class Slow(InDovetail):
    """Each step and each inference takes 3 ms longer."""

    def step(self, batch: Any) -> Any:
        time.sleep(0.003)
        return super().step(batch)

    def infer(self, batch: Any) -> Any:
        time.sleep(0.003)
        return super().infer(batch)


class Wrong(InDovetail):
    """Its outputs are 1 % off."""

    def infer(self, batch: Any) -> Any:
        return super().infer(batch) * 1.01


class WrongGradient(InDovetail):
    """One gradient is 1 % off."""

    def checked(self, batch: Any) -> Any:
        outputs, pairs = super().checked(batch)
        value, gradient = pairs[0]
        return outputs, [(value, gradient * 1.01), *pairs[1:]]


class OtherWeights(InDovetail):
    """It begins with other weights."""

    def prepare(self) -> None:
        weights = self.model.get_weights()
        self.model.set_weights({path: array + 1.0 for path, array in weights.items()})
        super().prepare()


class Breaks(InDovetail):
    """It fails in its first step."""

    def step(self, batch: Any) -> Any:
        raise ArithmeticError("planted")


model = dt.Sequential(dt.Dense(8, "tanh"), dt.Dense(3), seed=1)


def data() -> Any:
    """Three classes, of which a line tells two."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 5)).astype(np.float32)
    return x, (x[:, 0] > 0).astype(np.int64) + (x[:, 1] > 0.5)
