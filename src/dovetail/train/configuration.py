"""The arguments of `compile` and `fit`, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, UnknownNameError
from dovetail.extension.loss import IGNORE, Loss
from dovetail.extension.optimizer import Optimizer
from dovetail.language.location import name_of
from dovetail.library.losses import LOSSES
from dovetail.library.optimizers import OPTIMIZERS
from dovetail.train.metrics import LABEL_METRICS, Metric, resolve
from dovetail.train.step import Steps

LossFunction = Callable[[Any, Any], Any]
_TAKES_LABELS = {"labels": True, "alike": False, "any": None}


@dataclass
class Training:
    """The configuration and state of a model's training.

    `slots`: the optimizer's states and step count; `steps`: the compiled steps. Both are made
    when first needed.
    """

    optimizer: Optimizer
    loss: LossFunction
    metrics: tuple[tuple[str, Metric], ...]
    stop_on_nan: bool
    slots: Any = None
    steps: Steps | None = None
    stop: bool = False

    def __getstate__(self) -> dict[str, Any]:
        """Without the compiled steps, which are made again."""
        return {**vars(self), "steps": None}

    @property
    def loss_name(self) -> str:
        """The name of the loss in messages."""
        return name_of(_inner(self.loss))

    @property
    def takes_labels(self) -> bool | None:
        """Whether the loss takes integer labels; None if it does not say."""
        function = _inner(self.loss)
        return _TAKES_LABELS[function.targets] if isinstance(function, Loss) else None

    @property
    def ignored(self) -> int | None:
        """The label of examples that do not count: `partial(loss, ignore_index=-100)`."""
        keywords: Any = getattr(self.loss, "keywords", {})
        return keywords.get(IGNORE) if self.takes_labels else None

    def counted(self, targets: Any) -> int:
        """The number of examples in a batch that are not ignored."""
        if self.ignored is None:
            return len(targets)
        return int(np.count_nonzero(targets != self.ignored))

    @property
    def watches_labels(self) -> bool:
        """Whether a metric takes integer labels."""
        return any(_inner(metric) in LABEL_METRICS for _, metric in self.metrics)


def _inner(function: Any) -> Any:
    """The function of a functools.partial."""
    return getattr(function, "func", function)


def configure(
    optimizer: str | Optimizer,
    loss: str | LossFunction,
    metrics: Iterable[str | Metric],
    stop_on_nan: bool,
) -> Training:
    """The arguments of `compile`, with names resolved."""
    if isinstance(optimizer, str):
        if optimizer.lower() not in OPTIMIZERS:
            raise UnknownNameError("optimizer", optimizer, OPTIMIZERS)
        optimizer = OPTIMIZERS[optimizer.lower()]()
    elif not isinstance(optimizer, Optimizer):
        raise ArgumentError("", "optimizer", optimizer, "a name, or an optimizer: dt.Adam(1e-3)")
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise UnknownNameError("loss", loss, LOSSES)
        loss = LOSSES[loss]
    elif not callable(loss):
        raise ArgumentError("", "loss", loss, "a name, or a function of (predictions, targets)")
    if isinstance(metrics, str):
        metrics = [metrics]
    return Training(optimizer, loss, tuple(resolve(metric) for metric in metrics), stop_on_nan)


def whole(argument: str, value: Any, least: int) -> int:
    """An integer of at least `least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:
        raise ArgumentError("", argument, value, f"a whole number, {least} or more")
    return int(value)


def verbosity(value: Any) -> int:
    """0, 1 or 2; "auto" is 1."""
    if value == "auto":
        return 1
    if value not in (0, 1, 2):
        raise ArgumentError("", "verbose", value, '0, 1, 2 or "auto"')
    return int(value)
