"""The configuration and state of a model's training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.extension.optimizer import Optimizer
from dovetail.graph.node import Array
from dovetail.train.loss_scale import initial_scale
from dovetail.train.objective import Objective
from dovetail.train.settings import Settings


@dataclass(eq=False)
class Training:
    """What `compile` was given, and the state of the training.

    `slots`: the optimizer's states by name, and its count of steps as "step". `averages`: the
    moving averages of the parameters. `gradients`: those of the `pending` batches since the last
    step of the optimizer. All are made when first needed, and overwritten in place.
    """

    optimizer: Optimizer
    objective: Objective
    settings: Settings
    slots: Any = None
    averages: dict[str, Array] | None = None
    gradients: dict[str, Array] | None = None
    loss_scale: dict[str, Array] | None = None
    pending: int = 0
    stop: bool = False

    def slots_of(self, parameters: dict[str, Array]) -> dict[str, Any]:
        """The optimizer's states for these parameters; new parameters get initial states."""
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

    def evaluated(self, parameters: dict[str, Array]) -> dict[str, Array]:
        """What to predict with in place of trained parameters: averages, or the optimizer's."""
        if self.averages is not None:
            return {path: self.averages.get(path, each) for path, each in parameters.items()}
        if not self.optimizer.evaluates:
            return parameters
        self.slots_of(parameters)
        found: dict[str, Array] = self.optimizer.evaluation_parameters(parameters, self.slots)
        return found

    def scale_of_loss(self) -> dict[str, Array]:
        """What the loss is multiplied by, in float16."""
        if self.loss_scale is None:
            self.loss_scale = initial_scale()
        return self.loss_scale

    def averages_of(self, parameters: dict[str, Array]) -> dict[str, Array]:
        """The moving averages of these parameters, which start as they are."""
        self.averages = _kept(self.averages, parameters, np.copy)
        return self.averages

    def gradients_of(self, parameters: dict[str, Array]) -> dict[str, Array]:
        """The accumulated gradients of these parameters, which start at 0."""
        self.gradients = _kept(self.gradients, parameters, np.zeros_like)
        return self.gradients


def _kept(
    known: dict[str, Array] | None, parameters: dict[str, Array], make: Callable[[Array], Array]
) -> dict[str, Array]:
    """The arrays of these parameters, made where they are not known."""
    found = known or {}
    return {path: found[path] if path in found else make(p) for path, p in parameters.items()}


def _paths(tree: Any) -> Any:
    """The paths of a state that each parameter has; None for one that belongs to all."""
    return tree.keys() if isinstance(tree, dict) else None


def _writeable(tree: Any) -> Any:
    """A state whose arrays compiled code may write into."""
    if isinstance(tree, dict):
        return {path: _writeable(value) for path, value in tree.items()}
    return overwritable(np.asarray(tree))


def overwritable(array: Array) -> Array:
    """The array if compiled code may write into it, otherwise a copy."""
    flags = array.flags
    if flags.c_contiguous and flags.writeable and flags.aligned and array.dtype.isnative:
        return array
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
