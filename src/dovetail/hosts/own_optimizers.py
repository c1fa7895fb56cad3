"""Steps of optimizers in a framework, Dovetail's and its own, for measure/steps.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.extension.optimizer import Optimizer
from dovetail.hosts.aliases import Table as Aliases
from dovetail.hosts.aliases import names_of

Array = npt.NDArray[Any]
DOVETAIL, BUILT_IN = "Dovetail", "built-in"


@dataclass(frozen=True)
class Stepped:
    """A call that makes one step over parameters in place, and the parameters as they are."""

    call: Callable[[], Any]
    values: Callable[[], list[Array]]


# Parameters and gradients, NumPy arrays, to a step over copies of them.
Make = Callable[[Sequence[Array], Sequence[Array]], Stepped]
# By the name of a rule of the library: the framework's, those of our fields that it takes, and its
# other arguments.
Table = Mapping[str, tuple[str, str, Mapping[str, Any]]]


def own_settings(
    optimizer: Optimizer, table: Table, aliases: Aliases, rate: str
) -> tuple[str, dict[str, Any]] | None:
    """The framework's rule and its arguments, where the optimizer is the library's, and plain.

    `aliases`: the framework's names of fields; `rate`: that of `lr`.
    """
    kind = type(optimizer)
    if kind.__name__ not in table or not kind.__module__.startswith("dovetail.library."):
        return None  # a user's own, whatever its name
    extras = (optimizer.clip_norm, optimizer.clip_value, optimizer.maximize or None)
    name, fields, others = table[kind.__name__]
    theirs = {ours: name for name, ours in names_of(aliases, kind).fields.items()} | {"lr": rate}
    found = {theirs.get(field, field): getattr(optimizer, field) for field in fields.split()}
    found |= others
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
