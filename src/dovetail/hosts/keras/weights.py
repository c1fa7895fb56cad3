"""Initialisers, regularisers and constraints of the weights of a layer, as of Keras' own.

    Dense.keras(10, kernel_regularizer="l2", bias_constraint=keras.constraints.NonNeg())

Each weight takes `NAME_initializer`, `NAME_regularizer` and `NAME_constraint` by its name in Keras
or ours: strings, objects, functions, or configurations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import keras

from dovetail.hosts.aliases import Names

_KINDS: dict[str, Any] = {
    "initializer": keras.initializers, "regularizer": keras.regularizers,
    "constraint": keras.constraints,
}  # fmt: skip


class WeightSettings:
    """What was given for the weights: by our name of the weight, and the kind."""

    def __init__(
        self, names: Names, declared: Iterable[str], known: Collection[str], given: dict[str, Any]
    ) -> None:
        """Take the settings out of the arguments `given`; `known` are those of the definition."""
        self._names = names
        self._found: dict[str, dict[str, Any]] = {}
        for weight in declared:
            for called in dict.fromkeys((self._called(weight), weight)):
                for kind, module in _KINDS.items():
                    name = f"{called}_{kind}"
                    if name in given and name not in known:
                        value = module.get(given.pop(name))
                        self._found.setdefault(weight, {})[kind] = value

    def _called(self, weight: str) -> str:
        """The name of a weight in Keras' arguments about it."""
        return self._names.settings.get(weight, self._names.arrays.get(weight, weight))

    def of(self, weight: str, first: Any) -> dict[str, Any]:
        """The arguments of `add_weight`; `first` is the initialiser where none was given."""
        given = self._found.get(weight, {})
        return {**given, "initializer": given.get("initializer") or first}

    def config(self) -> dict[str, Any]:
        """The settings as Keras saves them, by Keras' names."""
        return {
            f"{self._called(weight)}_{kind}": _KINDS[kind].serialize(value)
            for weight, given in self._found.items()
            for kind, value in given.items()
            if value is not None
        }
