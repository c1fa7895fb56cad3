"""Keras' tables of custom objects, with Dovetail's names looked up when a file asks for them.

To register everything at `import dovetail` would take longer than all the rest of it, so the two
tables find a name such as "dovetail>RMSNorm" themselves: in Dovetail, in a module that has been
imported already ("dovetail>my.pieces.swirl"), or in `__main__`. A file imports no other module.
"""

from __future__ import annotations

import importlib
from typing import Any

from keras.src import activations
from keras.src.saving import object_registration

PREFIX = "dovetail>"
# What registers Keras' own kinds of objects that Dovetail defines, such as a call in a model.
_MODULES = ("registration", "symbolic", "losses")


class CustomObjects(dict[str, Any]):
    """A table by name; one of Dovetail's is registered when it is first looked up."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or self._find(name)

    def __missing__(self, name: str) -> Any:
        if self._find(name):
            return super().__getitem__(name)
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The object, or the default."""
        return self[name] if name in self else default  # noqa: SIM401  # which would not look it up

    def _find(self, name: object) -> bool:
        """Register the definition of this name, if there is one; whether the name is known now."""
        if not isinstance(name, str) or not name.startswith(PREFIX):
            return False
        for module in _MODULES:
            importlib.import_module(f"dovetail.hosts.keras.{module}")
        if super().__contains__(name):
            return True
        registration = importlib.import_module("dovetail.hosts.keras.registration")
        definition = registration.definition_named(name.removeprefix(PREFIX))
        if definition is not None:
            _ = definition.keras  # which registers it
        return super().__contains__(name)


def install() -> None:
    """Put such tables in the place of Keras'."""
    for module, table in (
        (object_registration, "GLOBAL_CUSTOM_OBJECTS"),
        (activations, "ALL_OBJECTS_DICT"),
    ):
        known = getattr(module, table)
        if not isinstance(known, CustomObjects):
            setattr(module, table, CustomObjects(known))
