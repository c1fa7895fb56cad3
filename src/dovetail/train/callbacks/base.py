"""What `fit` calls, and which figures a callback watches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.errors import ArgumentError, UnknownNameError


class Callback:
    """Called by `fit`, with Keras' methods. `model.stop_training = True` ends the training.

    `model` and `params` (`epochs`, `steps`, `verbose`, `callbacks`) are set first. `logs` has the
    figures. Parameters replaced during a callback, and hyperparameters set on `model.optimizer`,
    hold from the next step on.
    """

    model: Any = None
    params: Mapping[str, Any] = {}
    _resumed: tuple[str, ...] = ()  # the attributes that a restart resumes with

    def set_model(self, model: Any) -> None:
        """Called by `fit` first."""
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Called by `fit` first."""
        self.params = params

    def on_train_begin(self, logs: Any = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Any = None) -> None:
        """After the last epoch, with its figures."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before epoch `epoch`, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After epoch `epoch`, with its figures, including those of validation."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Another name of on_train_batch_begin."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Another name of on_train_batch_end."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before each step of an epoch, counted from 0."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After each step, with the loss and metrics of its batch."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Before the examples for validation are evaluated in `fit`."""

    def on_test_end(self, logs: Any = None) -> None:
        """After that, with the figures."""

    def get_state(self) -> dict[str, Any]:
        """What BackupAndRestore saves, and `set_state` is given after a restart.

        Numbers, texts, arrays, and lists and dicts of these.
        """
        return {name: getattr(self, name) for name in self._resumed}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        Called after on_train_begin and, when the training resumes within an epoch, again after
        on_epoch_begin.
        """
        vars(self).update(state)


# Endings of the names of figures where higher is better, and where lower is.
_UP = (
    "accuracy", "acc", "auc", "auc_pr", "precision", "recall", "f1_score", "kappa", "r2_score",
    "correlation", "hit_rate", "ndcg",
)  # fmt: skip
_DOWN = ("loss", "error", "mae", "mse", "perplexity")


def sign_of(monitor: str, mode: str) -> float:
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


def check_save_freq(callback: Callback, value: Any) -> None:
    """Raises unless a callback can save as often as this."""
    if value != "epoch" and (type(value) is not int or value < 1):
        expected = '"epoch", or a number of batches from 1'
        raise ArgumentError(type(callback).__name__, "save_freq", value, expected)


def monitored(monitor: str, logs: Any) -> float:
    """The figure that a callback watches."""
    figures = logs or {}
    if monitor not in figures:
        raise UnknownNameError("monitored figure", monitor, figures)
    return float(figures[monitor])


def rate_of(model: Any) -> float:
    """The learning rate of a model's optimizer as it is now."""
    rate = getattr(model.optimizer, "lr", None)
    if rate is None or callable(rate):
        found = "has no lr" if rate is None else f"follows {rate!r:.60}"
        raise ArgumentError(
            "fit", "callbacks", f"a callback that sets lr, and the optimizer {found}",
            "an optimizer whose lr is a number",
        )  # fmt: skip
    return float(rate)
