"""The arguments of `compile` and `fit`, checked, and the state of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.errors import ArgumentError, UnknownNameError
from dovetail.extension.optimizer import Optimizer
from dovetail.library.optimizers import OPTIMIZERS
from dovetail.train.objective import Objective, found_loss
from dovetail.train.settings import Settings
from dovetail.train.stepper import Stepper

Array = npt.NDArray[Any]


@dataclass(eq=False)
class Training:
    """The configuration and state of a model's training.

    `slots`: the optimizer's states by name, and its count of steps as "step". `averages`: the moving
    averages of the parameters; `gradients`: those of `pending` batches, which wait for more. All are
    made when first needed, and overwritten in place.
    """

    optimizer: Optimizer
    objective: Objective
    settings: Settings
    slots: Any = None
    averages: dict[str, Array] | None = None
    gradients: dict[str, Array] | None = None
    pending: int = 0
    stop: bool = False
    stepper: Stepper | None = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Without the compiled steps, which are made again."""
        return {**vars(self), "stepper": None}

    def slots_of(self, parameters: dict[str, Array]) -> dict[str, Any]:
        """The optimizer's states for these parameters; those that are new start anew."""
        if self.slots is None:
            self.slots = self.optimizer.init(parameters)
        count, known = self.slots["step"], dict(self.slots)
        known.pop("step")
        states = self.optimizer.with_states(parameters, known)
        if any(_paths(tree) not in (None, parameters.keys()) for tree in states.values()):
            fresh = self.optimizer.init(parameters)
            states = {
                name: tree
                if _paths(tree) is None
                else {path: tree.get(path, fresh[name][path]) for path in parameters}
                for name, tree in states.items()
            }
        states = {name: _writeable(tree) for name, tree in states.items()}
        self.slots = {"step": count, **states}
        return states

    def averages_of(self, parameters: dict[str, Array]) -> dict[str, Array]:
        """The moving averages of these parameters, which start as they are."""
        known = self.averages or {}
        self.averages = {
            path: known[path] if path in known else array.copy()
            for path, array in parameters.items()
        }
        return self.averages

    def gradients_of(self, parameters: dict[str, Array]) -> dict[str, Array]:
        """The accumulated gradients of these parameters, which start at 0."""
        known = self.gradients or {}
        self.gradients = {
            path: known[path] if path in known else np.zeros_like(array)
            for path, array in parameters.items()
        }
        return self.gradients


def _paths(tree: Any) -> Any:
    """The paths of a state that each parameter has; None for one that belongs to all."""
    return tree.keys() if isinstance(tree, dict) else None


def _writeable(tree: Any) -> Any:
    """A state whose arrays can be overwritten in place."""
    if isinstance(tree, dict):
        return {path: _writeable(value) for path, value in tree.items()}
    array = np.asarray(tree)
    flags = array.flags
    usable = flags.c_contiguous and flags.writeable and flags.aligned and array.dtype.isnative
    return array if usable and array is tree else np.array(array, order="C")


def configure(optimizer: str | Optimizer, objective: Objective, settings: Settings) -> Training:
    """The arguments of `compile`, with names resolved as far as they can be."""
    if isinstance(optimizer, str):
        if optimizer.lower() not in OPTIMIZERS:
            raise UnknownNameError("optimizer", optimizer, OPTIMIZERS)
        optimizer = OPTIMIZERS[optimizer.lower()]()
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
