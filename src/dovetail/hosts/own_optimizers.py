"""Steps of optimizers in a framework, Dovetail's and its own, for measure/steps.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.extension.optimizer import Optimizer

Array = npt.NDArray[Any]
DOVETAIL, BUILT_IN = "Dovetail", "built-in"


@dataclass(frozen=True)
class Stepped:
    """A call that makes one step over parameters in place, and the parameters as they are."""

    call: Callable[[], Any]
    values: Callable[[], list[Array]]


# Parameters and gradients, NumPy arrays, to a step over copies of them.
Make = Callable[[Sequence[Array], Sequence[Array]], Stepped]
# By the name of a rule of the library: the framework's, and its arguments from ours.
Table = Mapping[str, tuple[str, Callable[[Any], dict[str, Any]]]]


def own_settings(optimizer: Optimizer, table: Table) -> tuple[str, dict[str, Any]] | None:
    """The framework's rule and its arguments, where the optimizer is the library's, and plain."""
    kind = type(optimizer)
    if kind.__name__ not in table or not kind.__module__.startswith("dovetail.library."):
        return None  # a user's own, whatever its name
    extras = (optimizer.clip_norm, optimizer.clip_value, optimizer.maximize or None)
    name, settings = table[kind.__name__]
    found = settings(optimizer)
    if any(each is not None for each in extras) or any(map(callable, found.values())):
        return None
    return name, found


def step_in_numpy(optimizer: Optimizer) -> Make:
    """Dovetail's step on NumPy arrays, which overwrites them."""

    def make(params: Sequence[Array], grads: Sequence[Array]) -> Stepped:
        current = [np.array(each) for each in params]
        given = list(grads)
        state = [optimizer.init(current)]

        def call() -> None:
            state[0] = optimizer.apply_in_place(current, given, state[0])

        return Stepped(call, lambda: [np.array(each) for each in current])

    return make
