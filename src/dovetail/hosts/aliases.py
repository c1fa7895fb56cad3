"""What a framework calls the arguments and arrays of the library's pieces.

Each host has one table: by the module and name of a definition, the `Names` that its forms take and
show beside Dovetail's. A subclass of a library's piece has its names, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from dovetail.errors import ArgumentError
from dovetail.extension.call_errors import repeated_argument

ANY: Any = object()  # an option that changes nothing here


@dataclass(frozen=True)
class Renamed:
    """A field under the framework's name, and how values are converted from and to it."""

    field: str
    to_ours: Callable[[Any], Any] = lambda value: value
    to_theirs: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Spread:
    """Several fields that follow from one argument, and the argument as read off a layer."""

    to_ours: Callable[[Any], Mapping[str, Any]]
    to_theirs: Callable[[Any], Any]


@dataclass(frozen=True)
class Relaid:
    """A parameter of ours that the framework's files have with another order of axes, or shape.

    Both functions take the framework's array and the layer.
    """

    array: str
    to_ours: Callable[[Any, Any], Any]
    to_theirs: Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Joined:
    """An array of ours, or of a layer inside, that is other arrays in the framework's files.

    `to_ours` takes the arrays of these names and returns ours, `to_theirs` does the opposite.
    """

    arrays: tuple[str, ...]
    to_ours: Callable[..., Any]
    to_theirs: Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Names:
    """The framework's names of one piece.

    `fields`: by the framework's argument, our field or fields. `arrays`: by our parameter or state,
    the framework's. `options`: what the framework's piece takes and ours has not, with the value
    for which it does the same, a tuple of such values, or ANY. `relaid`: by the framework's array
    in files, ours, which has another layout. `joined`: by our array, those that it is made of.
    `settings`: by our parameter, the stem of the framework's arguments about it, such as
    `depthwise` of `depthwise_initializer`, if it is not the framework's name of the parameter.
    `unused`: arrays in files that ours has not.
    """

    fields: Mapping[str, str | Renamed | Spread] = field(default_factory=dict[str, Any])
    arrays: Mapping[str, str] = field(default_factory=dict[str, str])
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    relaid: Mapping[str, Relaid] = field(default_factory=dict[str, Relaid])
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    joined: Mapping[str, Joined] = field(default_factory=dict[str, Joined])
    unused: tuple[str, ...] = ()

    def own(self, owner: str, given: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
        """Arguments by our names, from arguments by either; `known` are ours."""
        found: dict[str, Any] = {}
        for name, value in given.items():
            if name in self.options and name not in known:
                self._check(owner, name, value)
                continue
            entry = self.fields.get(name, name)
            if isinstance(entry, str) and name in known:  # the definition's own
                entry = name
            for ours, own in _fields_of(entry, value).items():
                if isinstance(found.get(ours), bool) and isinstance(own, bool):
                    found[ours] = found[ours] and own  # such as affine=False and bias=True
                elif ours in found:
                    raise repeated_argument(owner, ours, None)
                else:
                    found[ours] = own
        return found

    def _check(self, owner: str, name: str, value: Any) -> None:
        expected = self.options[name]
        allowed: tuple[Any, ...] = expected if isinstance(expected, tuple) else (expected,)
        if expected is not ANY and value not in allowed:
            remedy = "leave it out, or use the framework's own"
            listed = " or ".join(map(repr, allowed))
            raise ArgumentError(owner, name, value, f"{listed}: it has no other rule", remedy)

    def field_named(self, name: str) -> Renamed | None:
        """The field that an attribute of this name is, if it is one."""
        entry = self.fields.get(name)
        if isinstance(entry, str):
            return Renamed(entry)
        return entry if isinstance(entry, Renamed) else None

    def reader(self, name: str, layer: Any) -> Callable[[Any], Any] | None:
        """What reads the argument of this name, the framework's or ours, off such a layer."""
        entry = self.fields.get(name)
        if isinstance(entry, Spread):
            return entry.to_theirs
        renamed = self.field_named(name) or Renamed(name)
        if not any(field.name == renamed.field for field in layer.fields):
            return None
        return lambda layer: renamed.to_theirs(getattr(layer, renamed.field))

    def shown(self, name: str, value: Any) -> Any:
        """The value of our field, in the framework's meaning where it has one of that name."""
        entry = self.fields.get(name)
        return entry.to_theirs(value) if isinstance(entry, Renamed) else value

    @property
    def ours(self) -> dict[str, str]:
        """Our arrays by the framework's names."""
        return {theirs: own for own, theirs in self.arrays.items()}


def _fields_of(entry: str | Renamed | Spread, value: Any) -> Mapping[str, Any]:
    """The fields that an argument gives."""
    if isinstance(entry, str):
        return {entry: value}
    ours = entry.to_ours(value)
    return {entry.field: ours} if isinstance(entry, Renamed) else ours


def key_of(definition: Any) -> str:
    """The key of a definition in a table."""
    return f"{definition.__module__}:{definition.__qualname__}"


Table = Mapping[str, Names]
_NONE = Names()


def names_of(table: Table, definition: Any, otherwise: str = "") -> Names:
    """The names of a definition in a table; of a class, those of the nearest class that has some.

    `otherwise`: the entry for definitions that have none of their own.
    """
    owners = definition.__mro__ if isinstance(definition, type) else (definition,)
    for owner in owners:
        found = table.get(key_of(owner))
        if found is not None:
            return found
    return table.get(otherwise, _NONE)
