"""Exact keys for caches: two values share a key only where no program could tell them apart.

Numbers are compared by type and bits (0.0 and -0.0, 1 and True differ), arrays by dtype, shape and
content, containers item by item, layers and optimizers by class and attributes, other values by
type and equality, or by identity where they have no hash.
"""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dovetail.errors import DefinitionError
from dovetail.extension.dispatch import Definition
from dovetail.extension.parameters import Declaration
from dovetail.graph.dtypes import DType
from dovetail.language.location import location_of

_PLAIN = frozenset({int, bool, str, bytes, type(None)})
_SHORT = 256  # bytes of an array up to which the key has them, and not a digest


class Itself:
    """Compares a value by identity, and keeps it alive so that its id is not used again."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


class Structured(Definition):
    """The base of layers and optimizers: `_own` names the attributes that are Dovetail's."""

    _reserves = True
    _own: ClassVar[frozenset[str]] = frozenset()
    _location: ClassVar[str | None]

    if not TYPE_CHECKING:  # which would take any name for an attribute

        def __getattr__(self, name: str) -> Any:
            """For attributes that are missing: those of Dovetail are made by `__init__`."""
            if name in type(self)._own and name.startswith("_") and not name.endswith("__"):
                raise DefinitionError(
                    f"{self.name}.__init__ does not call super().__init__()",
                    "super().__init__() before anything else in an __init__ of its own",
                    "call it, or leave __init__ out: fields are set without one",
                    self.location,
                )
            return object.__getattribute__(self, name)  # raises the error of before

    @property
    def name(self) -> str:
        return type(self).__name__

    @property
    def location(self) -> str | None:
        """`file:line` of the class; looked up once, which takes milliseconds."""
        owner = type(self)
        if "_location" not in vars(owner):
            owner._location = location_of(owner)
        return owner._location

    def is_present(self, declaration: Declaration) -> bool:
        """Whether the condition `when` of a parameter or state holds."""
        return declaration.when is None or bool(getattr(self, declaration.when))


def exact_key(value: Any, seen: dict[int, int] | None = None) -> Hashable:
    """A key that two values share only where no program could tell them apart."""
    kind: Any = value.__class__
    if kind in _PLAIN:
        return kind, value
    if kind is float:
        return kind, bits(value)
    seen = {} if seen is None else seen
    make = _BY_TYPE.get(kind)
    if make is not None:
        return kind, make(value, seen)
    for types, make in _KINDS:
        if isinstance(value, types):
            return kind, make(value, seen)
    if hasattr(value, "__array__") and not isinstance(value, type):  # another framework's
        try:
            return kind, _array(np.asarray(value), seen)
        except Exception:
            return kind, Itself(value)
    if _is_record(value):
        names = [each.name for each in dataclasses.fields(value)]
        parts = tuple(exact_key(getattr(value, name), seen) for name in names)
        return kind, parts, value if is_hashable(value) else None
    return kind, value if is_hashable(value) else Itself(value)


def bits(number: float) -> bytes:
    """The 64 bits of a float."""
    return struct.pack("<d", number)


def float_bits(numbers: tuple[float, ...]) -> bytes:
    """The bits of floats: a key in which 0.0 and -0.0 differ and NaN equals itself."""
    return struct.pack(f"<{len(numbers)}d", *numbers)


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def is_hashable(value: Any) -> bool:
    """Whether a value can be part of a key."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _array(value: Any, seen: dict[int, int]) -> Hashable:
    if value.dtype.hasobject:
        return value.dtype, value.shape, tuple(exact_key(item, seen) for item in value.flat)
    content = np.ascontiguousarray(value).tobytes()
    if len(content) > _SHORT:
        content = hashlib.blake2b(content).digest()
    return value.dtype, value.shape, content


def _structured(value: Any, seen: dict[int, int]) -> Hashable:
    """The attributes; an object that occurs again, as the number that it had."""
    if id(value) in seen:
        return "again", seen[id(value)]
    seen[id(value)] = len(seen)
    known: dict[str, Any] = value.__dict__
    left_out: frozenset[str] = value._own
    return tuple(
        (name, exact_key(item, seen)) for name, item in known.items() if name not in left_out
    )


def _items(value: Iterable[Any], seen: dict[int, int]) -> tuple[Hashable, ...]:
    return tuple([
        (kind, item) if (kind := item.__class__) in _PLAIN else exact_key(item, seen)
        for item in value
    ])  # fmt: skip


_KINDS: tuple[tuple[tuple[type, ...], Callable[[Any, dict[int, int]], Hashable]], ...] = (
    ((Structured,), _structured),
    ((np.ndarray,), _array),
    ((np.generic,), lambda value, _: (value.dtype, value.tobytes())),
    ((float,), lambda value, _: bits(value)),
    ((complex,), lambda value, _: (bits(value.real), bits(value.imag))),
    ((DType,), lambda value, _: value.name),
    ((tuple, list), _items),
    ((dict,), lambda value, seen: (_items(value, seen), _items(value.values(), seen))),
    ((set, frozenset), lambda value, seen: frozenset(_items(value, seen))),
)
_BY_TYPE = {kind: make for kinds, make in _KINDS for kind in kinds}
