"""Names that a class of layers or optimizers may not define, since Dovetail uses them.

`_reserves = True` marks a class whose names are reserved. A user's class or mixin that defines one
of them, as a field, parameter, state, attribute or method, is refused when it is defined. A method
with the same arguments counts as an intended override; `open` names may always be overridden.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from dovetail.extension.call_errors import taken_name
from dovetail.language.location import location_of


def reserved_names(owner: type) -> dict[str, type]:
    """The names that the bases of `owner` reserve, each with the class that does."""
    found: dict[str, type] = {}
    for base in owner.__mro__:
        if base is not owner and vars(base).get("_reserves", False):
            for name in {*vars(base), *inspect.get_annotations(base)}:
                special = name.startswith("__") and name.endswith("__")
                if not special and name != "_reserves":
                    found.setdefault(name, base)
    return found


def check_names(
    owner: type, open_names: Iterable[str], declared: Iterable[str], words: Mapping[str, str]
) -> None:
    """Raises where a class defines a reserved name; `words` has reasons, and more names.

    `declared`: its fields, parameters and states, which may not have the `open_names` either.
    """
    open_names = frozenset(open_names)
    mine = frozenset(declared)
    needed = reserved_names(owner)
    # Bases that are layers or optimizers were checked when they were defined.
    unchecked = (each for each in owner.__mro__ if each is owner or not hasattr(each, "_reserves"))
    written = {
        name: vars(each).get(name)
        for each in reversed(tuple(unchecked))
        for name in {*vars(each), *inspect.get_annotations(each)}
    }
    for name, base in needed.items():
        if name not in written or (name in open_names and name not in mine):
            continue
        if name in mine or not _overrides(written[name], vars(base).get(name)):
            what = words.get(name, f"the name of {base.__name__}.{name}")
            raise taken_name(owner.__name__, name, what, location_of(owner))
    for name, what in words.items():
        if name in mine:
            raise taken_name(owner.__name__, name, what, location_of(owner))


def _overrides(new: Any, old: Any) -> bool:
    """Whether a method has the arguments of the one that it overrides."""
    if not inspect.isfunction(new) or not inspect.isfunction(old):
        return isinstance(new, property) and isinstance(old, property)
    return list(inspect.signature(new).parameters) == list(inspect.signature(old).parameters)
