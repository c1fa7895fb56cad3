"""The arguments of `compile` and `fit`, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.errors import ArgumentError
from dovetail.extension.optimizer import Optimizer
from dovetail.train.keras_defaults import optimizer_named
from dovetail.train.objective import Objective, found_loss
from dovetail.train.settings import Settings
from dovetail.train.state import Training


def configure(optimizer: str | Optimizer, objective: Objective, settings: Settings) -> Training:
    """The arguments of `compile`, with names resolved as far as they can be."""
    if isinstance(optimizer, str):
        optimizer = optimizer_named(optimizer)
    elif not isinstance(optimizer, Optimizer):
        raise ArgumentError("", "optimizer", optimizer, "a name, or an optimizer: dt.Adam(1e-3)")
    for loss in _members(objective.loss):
        found_loss(loss)
        if not isinstance(loss, str) and loss is not None and not callable(loss):
            expected = "a name, or a function of (predictions, targets)"
            raise ArgumentError("", "loss", loss, expected)
    objective.check_metrics()
    return Training(optimizer, objective, settings)


def _members(given: Any) -> list[Any]:
    if isinstance(given, Mapping):
        return list(given.values())
    return list(given) if isinstance(given, (list, tuple)) else [given]


def whole(argument: str, value: Any, least: int, call: str = "") -> int:
    """An integer of at least `least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:
        raise ArgumentError(call, argument, value, f"a whole number, {least} or more")
    return int(value)


def verbosity(value: Any) -> int:
    """0, 1 or 2; "auto" is 1."""
    if value == "auto":
        return 1
    if value not in (0, 1, 2):
        raise ArgumentError("", "verbose", value, '0, 1, 2 or "auto"')
    return int(value)
