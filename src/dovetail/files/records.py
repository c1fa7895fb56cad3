"""JSON records with a typed view: a value of another type is an error that names its path.

Files come from anywhere. A `Record` is asked for each value by name and type, and says where a
value is that has another type: `model.json: layers[2].fields.units is a text`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from dovetail.errors import SerialisationError

Value = TypeVar("Value")

MOST = 2**53  # of the integers in a file
_KINDS = {
    bool: "a truth value", int: "an integer", float: "a number", str: "a text", list: "a list",
    dict: "a record", type(None): "null",
}  # fmt: skip
_REAL = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def text_of(value: Any) -> bytes:
    """A value as JSON, without spaces; floats that are not finite are texts (`real_text`)."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def real_text(value: float) -> float | str:
    """A float as JSON holds it: finite ones to the last digit, others as a text."""
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def parsed(content: bytes, name: str) -> Record:
    """A record from JSON; `name` is that of the member, for messages."""
    try:
        value = json.loads(
            content.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_not_json
        )
    except (ValueError, RecursionError) as reason:
        raise FileFault(f"its {name} is no JSON ({reason!s:.80})") from None
    if not isinstance(value, dict):
        raise FileFault(f"its {name} is no record")
    return Record(value, f"its {name}: ")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _not_json(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


class FileFault(SerialisationError):
    """A fault of a file, or a value that files cannot hold; `save` and `load` add the path."""


class Record(Mapping[str, "Record"]):
    """A record of a file. `path` leads to it, and ends where a name can follow."""

    def __init__(self, values: dict[str, Any], path: str) -> None:
        self._values, self.path = values, path

    def __getitem__(self, name: str) -> Record:
        return self.record(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def wrong(self, name: str, expected: str) -> FileFault:
        """The error for a value that is not as expected."""
        value = self._values.get(name)
        kind = _KINDS.get(type(value), "unknown")
        shown = f" ({value!r:.60})" if isinstance(value, (bool, int, float, str)) else ""
        found = f"is {kind}{shown}" if name in self._values else "is missing"
        return FileFault(f"{self.path}{name:.80} {found}; it has to be {expected}")

    def value(self, name: str) -> Any:
        """The value of a name, of any type."""
        if name not in self._values:
            raise self.wrong(name, "there")
        return self._values[name]

    def _of_type(self, name: str, kind: type[Value]) -> Value:
        value = self._values.get(name)
        if type(value) is not kind:
            raise self.wrong(name, _KINDS[kind])
        return value

    def text(self, name: str) -> str:
        """A text."""
        return self._of_type(name, str)

    def flag(self, name: str) -> bool:
        """A truth value."""
        return self._of_type(name, bool)

    def integer(self, name: str, least: int = -MOST, most: int = MOST) -> int:
        """An integer of a range."""
        value = self._values.get(name)
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(name, f"an integer from {least} to {most}")
        return value

    def real(self, name: str) -> float:
        """A float."""
        value = as_real(self._values.get(name))
        if value is None:
            raise self.wrong(name, "a number")
        return value

    def record(self, name: str) -> Record:
        """A record."""
        return Record(self._of_type(name, dict), f"{self.path}{name:.80}.")

    def items_of(self, name: str) -> list[Any]:
        """A list, of values of any type."""
        return self._of_type(name, list)

    def records(self, name: str) -> list[Record]:
        """A list of records."""
        items = self.items_of(name)
        if any(type(item) is not dict for item in items):
            raise self.wrong(name, "a list of records")
        return [Record(item, f"{self.path}{name:.80}[{n}].") for n, item in enumerate(items)]

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        items = self.items_of(name)
        if any(type(item) is not str for item in items):
            raise self.wrong(name, "a list of texts")
        return items

    def integers(self, name: str, least: int = -MOST, most: int = MOST) -> list[int]:
        """A list of integers of a range."""
        items = self.items_of(name)
        if any(type(item) is not int or not least <= item <= most for item in items):
            raise self.wrong(name, f"a list of integers from {least} to {most}")
        return items

    def optional(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """A value that may be null or missing: `record.optional("name", record.text)`."""
        return None if self._values.get(name) is None else read(name)

    def chosen(self, name: str, among: Sequence[str]) -> str:
        """One of several texts."""
        value = self.text(name)
        if value not in among:
            raise self.wrong(name, f"one of {', '.join(among)}")
        return value


def as_real(value: Any) -> float | None:
    """A float as JSON holds it; None for what is none."""
    if type(value) is str:
        return _REAL.get(value)
    if type(value) is int and abs(value) <= MOST:
        return float(value)
    return value if type(value) is float and math.isfinite(value) else None
