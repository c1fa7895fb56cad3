"""EarlyStopping counts as Keras' own does, on the same sequences of figures."""

from __future__ import annotations

import itertools
import math
from typing import Any

import keras
import pytest

from tests.train.callbacks import Model, own, trained

SEQUENCES: dict[str, list[float]] = {
    "worse from the second on": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
    "up and down": [5.0, 4.0, 4.5, 3.0, 3.5, 3.25, 3.75, 2.0, 2.5, 2.5, 2.5],
    "the same": [1.0] * 8,
    "small steps": [1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65],
    "not a number": [1.0, math.nan, 0.5, math.nan, math.nan, math.nan],
    "not a number first": [math.nan, 1.0, 2.0, 3.0, 4.0],
}
OPTIONS: list[dict[str, Any]] = [
    dict(zip(("patience", "min_delta", "mode", "baseline", "start_from_epoch"), each, strict=True))
    for each in itertools.product(
        (0, 1, 2, 3), (0.0, 0.1875), ("min", "max"), (None, 3.25, 0.875), (0, 2)
    )
][::5]  # each value meets each other one


@pytest.mark.parametrize("name", SEQUENCES)
def test_as_keras(name: str) -> None:
    def begin(callback: Any, model: Model) -> None:
        callback.set_model(model)
        callback.on_train_begin()

    figures = SEQUENCES[name]
    for options in OPTIONS:
        given = {**options, "restore_best_weights": True}
        theirs = trained(
            keras.callbacks.EarlyStopping("loss", **given), figures, begin,
            lambda c: c.on_train_end(),
        )  # fmt: skip
        assert own(given, figures) == theirs, given
