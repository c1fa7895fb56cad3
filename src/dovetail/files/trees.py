"""Trees of values as JSON: arguments, outputs and settings, with a mark where an array is.

    (x, {"rate": 0.5})   ->   {"tuple": [{"leaf": 0}, {"dict": [["rate", 0.5]]}]}

Numbers, texts and None stay as they are. Named tuples become tuples. Any other value, such as a
layer or a function, is given to `other`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import SerialisationError, described
from dovetail.files.records import FileFault, Record, as_real, real_text
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.language.tree import map_leaves

_DEEPEST = 64


@dataclass(frozen=True)
class Leaf:
    """Stands for an array or a float, by number."""

    number: int


def _unknown(value: Any) -> Any:
    raise SerialisationError(
        f"{described(value)} cannot be written into a file",
        "numbers, texts, tuples, lists, dicts with texts as keys, data types, layers, extensions",
        "pass one of these",
    )


def written(value: Any, other: Callable[[Any], Any] = _unknown) -> Any:
    """A tree as JSON."""
    items: Any = value
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.generic):
        return written(value.item(), other)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": real_text(value)}
    if isinstance(value, Leaf):
        return {"leaf": value.number}
    if isinstance(value, slice):
        return {"slice": [written(each, other) for each in (value.start, value.stop, value.step)]}
    if value is ...:
        return {"ellipsis": True}
    if isinstance(value, DType):
        return {"dtype": value.name}
    if isinstance(value, (tuple, list)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [written(item, other) for item in items]}
    if isinstance(value, dict):
        return {"dict": [[_key(key), written(item, other)] for key, item in items.items()]}
    return other(value)


def _key(key: Any) -> Any:
    if not isinstance(key, (str, int)) or isinstance(key, bool):
        raise SerialisationError(
            f"a dict has the key {described(key)}", "keys that are texts or integers", "name it"
        )
    return key


def read(
    value: Any, path: str, other: Callable[[Record], Any] | None = None, depth: int = 0
) -> Any:
    """A tree from JSON; `other` reads records of unknown kinds."""
    if depth > _DEEPEST:
        raise FileFault(f"{path} is nested more than {_DEEPEST} deep")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if not isinstance(value, dict) or not value:
        raise FileFault(f"{path} is no value")
    record = Record(value, f"{path}.")
    kind = next(iter(value))
    if len(value) == 1 and kind in _READERS:
        return _READERS[kind](record, other, depth)
    if other is None:
        raise FileFault(f"{path} has a value of the kind {kind!r:.40}, which is unknown")
    return other(record)


def _items(record: Record, kind: str, other: Any, depth: int) -> list[Any]:
    items = record.items_of(kind)
    return [read(item, f"{record.path}[{n}]", other, depth + 1) for n, item in enumerate(items)]


def _dict(record: Record, other: Any, depth: int) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for pair in record.items_of("dict"):
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) not in (str, int):
            raise record.wrong("dict", "a list of keys with values")
        found[pair[0]] = read(pair[1], f"{record.path}{pair[0]!s:.40}", other, depth + 1)
    return found


def _slice(record: Record) -> slice:
    parts = record.items_of("slice")
    if len(parts) != 3 or any(part is not None and type(part) is not int for part in parts):
        raise record.wrong("slice", "a start, a stop and a step")
    return slice(*parts)


def _float(record: Record, other: Any, depth: int) -> float:
    found = as_real(record.value("float"))
    if found is None:
        raise record.wrong("float", "a number")
    return found


_READERS: dict[str, Callable[[Record, Any, int], Any]] = {
    "leaf": lambda record, other, depth: Leaf(record.integer("leaf", least=0)),
    "dtype": lambda record, other, depth: as_dtype(record.text("dtype")),
    "float": _float,
    "tuple": lambda record, other, depth: tuple(_items(record, "tuple", other, depth)),
    "list": lambda record, other, depth: _items(record, "list", other, depth),
    "dict": _dict,
    "slice": lambda record, other, depth: _slice(record),
    "ellipsis": lambda record, other, depth: ...,
}


def filled(template: Any, leaves: Sequence[Any]) -> Any:
    """A template with these in place of its marks."""

    def found(leaf: Any) -> Any:
        return leaves[leaf.number] if isinstance(leaf, Leaf) else leaf

    return map_leaves(found, template)
