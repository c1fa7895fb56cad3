"""Callbacks that set the learning rate. Nothing is compiled again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from dovetail.errors import ArgumentError
from dovetail.train.callbacks.base import Callback, monitored, rate_of, sign_of


class LearningRateSchedule(Callback):
    """Sets the optimizer's `lr` before each epoch to `schedule(epoch)`."""

    def __init__(self, schedule: Callable[[int], float]) -> None:
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Sets the rate."""
        self.model.optimizer.lr = float(self.schedule(epoch))


class LearningRateScheduler(Callback):
    """Sets the rate before each epoch to `schedule(epoch, rate)`, or `schedule(epoch)`.

    The rate is among the figures of the epoch as "learning_rate".
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule, self.verbose = schedule, verbose
        parameters = inspect.signature(schedule).parameters.values()
        self._takes_rate = (
            sum(each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) and
                each.default is each.empty for each in parameters) > 1
        )  # fmt: skip

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Sets the rate."""
        given = (epoch, rate_of(self.model)) if self._takes_rate else (epoch,)
        rate = float(self.schedule(*given))
        self.model.optimizer.lr = rate
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: LearningRateScheduler sets lr to {rate}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Adds the rate to the figures."""
        if logs is not None:
            logs["learning_rate"] = rate_of(self.model)


class ReduceLROnPlateau(Callback):
    """Multiplies the rate by `factor` when a figure has not improved for `patience` epochs.

    An improvement is one by more than `min_delta`. After a reduction `cooldown` epochs are not
    counted. The rate is at least `min_lr`, and among the figures as "learning_rate".
    """

    _resumed = ("wait", "cooldown_counter", "best")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        if factor >= 1.0:
            raise ArgumentError("ReduceLROnPlateau", "factor", factor, "a number below 1")
        self.monitor, self.sign = monitor, sign_of(monitor, mode)
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.min_delta, self.cooldown, self.min_lr = min_delta, cooldown, min_lr
        self.on_train_begin()

    def on_train_begin(self, logs: Any = None) -> None:
        """Resets the state of an earlier training."""
        self.wait = self.cooldown_counter = 0
        self.best: float | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compares the monitored figure with the best so far."""
        rate = rate_of(self.model)
        figure = monitored(self.monitor, logs)
        if logs is not None:
            logs["learning_rate"] = rate
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.best is None or self.sign * (figure - self.best) > self.min_delta:
            self.best, self.wait = figure, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                rate = max(rate * self.factor, self.min_lr)
                self.model.optimizer.lr = rate
                self.cooldown_counter, self.wait = self.cooldown, 0
                if self.verbose > 0:
                    print(f"Epoch {epoch + 1}: ReduceLROnPlateau sets lr to {rate}")
