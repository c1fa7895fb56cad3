"""Callbacks: what happens between epochs. Kept minimal."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from dovetail.errors import UnknownNameError

__all__ = ["Callback", "EarlyStopping", "LearningRateSchedule"]


class Callback:
    """Called by `fit`, which sets `model` first. `model.stop_training = True` ends the training.

    Parameters replaced during a callback, and hyperparameters set on `model.optimizer`,
    hold from the next step on.
    """

    model: Any = None

    def on_train_begin(self) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, epoch: int) -> None:
        """Before epoch `epoch`, counted from 0."""

    def on_batch_end(self, step: int, figures: Mapping[str, float]) -> None:
        """After each step, with the loss and metrics of its batch."""

    def on_epoch_end(self, epoch: int, figures: Mapping[str, float]) -> None:
        """After epoch `epoch`, with its figures, validation's among them."""

    def on_train_end(self) -> None:
        """After the last epoch."""


class EarlyStopping(Callback):
    """Stops when a figure has not improved for `patience` epochs.

    `mode` is "min", "max", or "auto", which takes "max" for accuracies. With
    `restore_best_weights` the model ends with the parameters of its best epoch.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 0,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best_weights: bool = False,
    ) -> None:
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        up = mode == "max" or (mode == "auto" and monitor.endswith(("accuracy", "acc")))
        self.sign = 1.0 if up else -1.0
        self.restore_best_weights = restore_best_weights
        self.best = -math.inf
        self.best_epoch = -1
        self.best_weights: Any = None

    def on_train_begin(self) -> None:
        """Forgets an earlier training."""
        self.best, self.best_epoch, self.best_weights = -math.inf, -1, None

    def on_epoch_end(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Compares the monitored figure with the best so far."""
        if self.monitor not in figures:
            raise UnknownNameError("monitored figure", self.monitor, figures)
        score = self.sign * figures[self.monitor]
        if score > self.best + self.min_delta:
            self.best, self.best_epoch = score, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
        elif epoch - self.best_epoch > self.patience:
            self.model.stop_training = True

    def on_train_end(self) -> None:
        """Restores the best parameters, where asked to."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class LearningRateSchedule(Callback):
    """Sets the optimizer's `lr` before each epoch to `schedule(epoch)`. Nothing recompiles."""

    def __init__(self, schedule: Callable[[int], float]) -> None:
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int) -> None:
        """Sets the rate."""
        self.model.optimizer.lr = float(self.schedule(epoch))
