"""The pieces of Dovetail itself, which files hold by name.

A name is looked up in these tables, and nowhere else: no file makes this process import a module,
or reach an attribute. The upper floors add their pieces by `register`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dovetail import library
from dovetail.extension.base import Extension
from dovetail.extension.functions import extension_of
from dovetail.extension.layer import Layer
from dovetail.extension.sequential import Sequential
from dovetail.files.records import FileFault
from dovetail.language.functions import FUNCTIONS, KINDS

_NO_EXTENSIONS = ("query",)  # kinds of functions that are no extensions
_registered: dict[str, Any] = {"LayerSequence": Sequential}
BASES: dict[str, type[Layer]] = {"layer": Layer}
"""The base classes of saved layers by name; the trainer adds `Model`."""


@dataclass(frozen=True)
class Form:
    """A class of layers that files hold in a form of its own.

    `write(layer, writer)` is a record; `read(record, reader)` makes the layer again.
    """

    owner: type[Layer]
    write: Callable[[Any, Any], dict[str, Any]]
    read: Callable[[Any, Any], Layer]


FORMS: dict[str, Form] = {}


def register(pieces: Mapping[str, Any]) -> None:
    """Add pieces that files hold by name."""
    for name, piece in pieces.items():
        assert _registered.setdefault(name, piece) is piece, f"{name} is another piece already"
    _by_id.cache_clear()


@cache
def _table() -> Mapping[str, Any]:
    names: list[str] = vars(library)["PUBLIC"]
    return {name: getattr(library, name) for name in names}


def piece(name: str) -> Any:
    """The piece of a name."""
    found = _registered.get(name, _table().get(name))
    if found is None and name in FUNCTIONS and KINDS[name] not in _NO_EXTENSIONS:
        found = extension_of(name)
    if found is None:
        raise FileFault(
            f"{name!r:.60} is no piece of this version of Dovetail; a newer one may have it"
        )
    return found


@cache
def _by_id() -> dict[int, str]:
    return {id(each): name for name, each in {**_table(), **_registered}.items()}


def name_of_piece(value: Any) -> str | None:
    """The name of a piece of Dovetail; None for anything else."""
    found = _by_id().get(id(value))
    if found is None and FUNCTIONS.get(getattr(value, "__name__", "")) is value:
        return str(value.__name__)  # a function of the language itself, whose extension will do
    if found is None and isinstance(value, Extension) and value.__module__ == "dovetail":
        name = value.__name__
        known = name in FUNCTIONS and KINDS[name] not in _NO_EXTENSIONS
        found = name if known and extension_of(name) is value else None
    return found
