"""Callbacks of `fit`: early stopping and learning rate schedules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dovetail.errors import ArgumentError, UnknownNameError


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
        """After epoch `epoch`, with its figures, including those of validation."""

    def on_train_end(self) -> None:
        """After the last epoch."""


_UP = ("accuracy", "acc")  # endings of the names of figures where higher is better
_DOWN = ("loss", "error", "mae", "mse")  # and lower


class EarlyStopping(Callback):
    """Stops when a figure has not improved for `patience` epochs, counted as in Keras.

    An improvement is one by more than `min_delta`. `mode` is "min", "max", or "auto", for losses,
    errors and accuracies. `baseline`: until a figure improves on it, the best epoch so far does not
    reset the count. Epochs before `start_from_epoch` are ignored. With `restore_best_weights` the
    model ends with the parameters of its best epoch.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 0,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best_weights: bool = False,
        baseline: float | None = None,
        start_from_epoch: int = 0,
    ) -> None:
        self.monitor, self.sign = monitor, _sign(monitor, mode)
        self.patience, self.min_delta = patience, abs(min_delta)
        self.restore_best_weights, self.baseline = restore_best_weights, baseline
        self.start_from_epoch = start_from_epoch
        self.on_train_begin()

    def on_train_begin(self) -> None:
        """Resets the state of an earlier training."""
        self.wait = 0  # epochs since the last progress
        self.best: float | None = None
        self.best_epoch = -1
        self.best_weights: Any = None

    def on_epoch_end(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Compares the monitored figure with the best so far."""
        if self.monitor not in figures:
            raise UnknownNameError("monitored figure", self.monitor, figures)
        if epoch < self.start_from_epoch:
            return
        figure = figures[self.monitor]
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self._improves(figure, self.best):
            self.best = figure
            self._keep(epoch)
            if self._improves(figure, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.model.stop_training = True

    def _improves(self, figure: float, other: float | None) -> bool:
        return other is None or self.sign * (figure - other) > self.min_delta

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self) -> None:
        """Restores the best parameters with `restore_best_weights`."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


def _sign(monitor: str, mode: str) -> float:
    """1 if higher is better, -1 if lower is."""
    if mode == "auto":
        if monitor.endswith(_UP):
            return 1.0
        if monitor.endswith(_DOWN):
            return -1.0
        expected = f'"min" or "max": the name {monitor!r} does not say whether higher is better'
        raise ArgumentError("", "mode", mode, expected)
    if mode not in ("min", "max"):
        raise ArgumentError("", "mode", mode, '"min", "max" or "auto"')
    return 1.0 if mode == "max" else -1.0


class LearningRateSchedule(Callback):
    """Sets the optimizer's `lr` before each epoch to `schedule(epoch)`. Nothing recompiles."""

    def __init__(self, schedule: Callable[[int], float]) -> None:
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int) -> None:
        """Sets the rate."""
        self.model.optimizer.lr = float(self.schedule(epoch))
