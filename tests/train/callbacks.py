"""A callback on a given sequence of figures, without a model that trains."""

from __future__ import annotations

from typing import Any

from dovetail.train import EarlyStopping


class Model:
    """What a callback sees of a model: its weights are the number of the epoch."""

    def __init__(self) -> None:
        self.stop_training = False
        self.epoch = -1
        self.metrics: list[Any] = []

    def get_weights(self) -> int:
        return self.epoch

    def set_weights(self, weights: int) -> None:
        self.epoch = weights


def trained(callback: Any, figures: list[float], begin: Any, end: Any) -> tuple[int, int]:
    """(epochs that ran, the epoch whose weights are left)."""
    model = Model()
    begin(callback, model)
    ran = 0
    for epoch, figure in enumerate(figures):
        model.epoch = epoch
        ran += 1
        callback.on_epoch_end(epoch, {"loss": figure})
        if model.stop_training:
            break
    end(callback)
    return ran, model.epoch


def own(options: dict[str, Any], figures: list[float]) -> tuple[int, int]:
    def begin(callback: Any, model: Model) -> None:
        callback.model = model
        callback.on_train_begin()

    return trained(EarlyStopping("loss", **options), figures, begin, lambda c: c.on_train_end())
