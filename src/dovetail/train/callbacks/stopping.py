"""Callbacks that end a training."""

from __future__ import annotations

import math
from typing import Any

from dovetail.train.callbacks.base import Callback, monitored, sign_of


class EarlyStopping(Callback):
    """Stops when a figure has not improved for `patience` epochs, counted as in Keras.

    An improvement is one by more than `min_delta`. `mode` is "min", "max", or "auto", for losses,
    errors and accuracies. `baseline`: until a figure improves on it, the best epoch so far does not
    reset the count. Epochs before `start_from_epoch` are ignored. With `restore_best_weights` the
    model ends with the parameters of its best epoch.
    """

    _resumed = ("wait", "best", "best_epoch", "best_weights")

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
        self.monitor, self.sign = monitor, sign_of(monitor, mode)
        self.patience, self.min_delta = patience, abs(min_delta)
        self.restore_best_weights, self.baseline = restore_best_weights, baseline
        self.start_from_epoch = start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs: Any = None) -> None:
        """Resets the state of an earlier training."""
        self.wait = 0  # epochs since the last progress
        self.best: float | None = None
        self.best_epoch = -1
        self.best_weights: Any = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compares the monitored figure with the best so far."""
        figure = monitored(self.monitor, logs)
        if epoch < self.start_from_epoch:
            return
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

    def on_train_end(self, logs: Any = None) -> None:
        """Restores the best parameters with `restore_best_weights`."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class TerminateOnNaN(Callback):
    """Ends the training when a loss is NaN or infinite, where `fit` would raise an error.

    The model keeps the parameters from before that step.
    """

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Looks at the loss of the batch."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: the loss is {loss}, terminating training")
            self.model.stop_training = True
