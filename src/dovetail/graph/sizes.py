"""Symbolic sizes with guards: a pass that ran for some sizes is specialised, and reused for others.

Most decisions of a pass follow from the structure of a graph, few from its sizes: a row is short, a
block divides a length. `Recording` gives the pass `Size` (an int) and `Real` (a float) in place of
the sizes. Arithmetic on them is recorded, and each comparison becomes a guard. `replay` compiles
that to a Python function from other sizes to all numbers that the pass would compute from them. It
returns None if a guard fails, where the pass would have decided something else.

Numbers that were looked up in a dict or set are guarded to be equal or different as before. What
cannot be recorded, such as the text of a number, guards this very value. NumPy, `range` and C code
read a number without being noticed: call them through `computed`.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

Replay = Callable[..., "tuple[Any, ...] | None"]

_serial = itertools.count(1)


class Recording:
    """The arithmetic on the sizes in one run, and the guards."""

    reused = True  # what the run makes is made anew for other sizes

    def __init__(self) -> None:
        self.serial = next(_serial)
        self.closed = False
        self._inputs: list[str] = []
        self._lines: dict[str, None] = {}
        self._known: dict[str, Any] = {}  # by expression
        # The names of each value, in order.
        self._hashed: tuple[dict[int, dict[str, None]], dict[str, dict[str, None]]] = ({}, {})
        self._globals: dict[str, Any] = {"inf": float("inf"), "nan": float("nan")}
        self.count = 0

    def input(self, value: float) -> Any:
        """A number that the run is given."""
        made = self._number(value)
        self._inputs.append(made.name)
        return made

    def _number(self, value: float) -> Size | Real:
        made: Size | Real = Real(value) if isinstance(value, float) else Size(value)
        made.recording, made.place, made.name = self, self.count, f"n{self.count}"
        made.plain, made.digest = plain(value), None
        self.count += 1
        return made

    def computed(self, text: str, value: Any) -> Any:
        """The value of an expression. 0, 1 and truth decide on structure: they are guarded."""
        if self.closed:
            return value
        if type(value) is bool or (type(value) is int and 0 <= value <= 1):
            self.guard(f"({text}) == {value}")
            return value
        if text not in self._known:
            self._known[text] = made = self._number(value)
            self._lines[f"{made.name} = {text}"] = None
        return self._known[text]

    def called(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a pure function makes of numbers."""
        name = f"f{id(function)}"
        self._globals[name] = function
        text = f"{name}({', '.join(map(self.text, arguments))})"
        return self.computed(text, function(*map(plain, arguments)))

    def called_for_many(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """What a pure function makes of numbers, if that is several: no structure follows."""
        name = f"f{id(function)}"
        self._globals[name] = function
        made = [self._number(value) for value in function(*map(plain, arguments))]
        call = f"{name}({', '.join(map(self.text, arguments))})"
        self._lines[f"{''.join(f'{number.name}, ' for number in made)} = {call}"] = None
        return made

    def guard(self, condition: str) -> None:
        """What must hold for the run to take the same course."""
        if not self.closed:
            self._lines[f"if not ({condition}): return None"] = None

    def hashed(self, name: str, value: int | str) -> None:
        """The number is looked up by its value: others equal it as they do now."""
        sizes, reals = self._hashed
        is_real = isinstance(value, str)
        names = reals.setdefault(value, {}) if is_real else sizes.setdefault(value, {})
        names[name] = None

    def text(self, value: Any) -> str:
        """A number in an expression."""
        if isinstance(value, _Number) and value.recording is self:
            return value.name
        return repr(plain(value))

    def replay(self) -> Replay:
        """A function of the inputs, to every number at its `place`. Ends the recording."""
        for known, suffix in zip(self._hashed, ("", ".hex()"), strict=True):
            names = list(known.values())
            for first, *others in names:
                for other in others:
                    self.guard(f"{first} == {other}")
            if names:
                distinct = ", ".join(f"{first}{suffix}" for first, *_ in names)
                self.guard(f"len({{{distinct}}}) == {len(names)}")
        self.closed = True
        result = "".join(f"n{place}, " for place in range(self.count))
        body = "\n    ".join([*self._lines, f"return ({result})"])
        exec(f"def replay({', '.join(self._inputs)}):\n    {body}\n", self._globals)
        return self._globals["replay"]


class _Number:
    """A number of a recording."""

    recording: Recording
    place: int
    name: str
    plain: Any  # the number without its recording
    digest: int | None  # its hash, once it has been asked for

    def __bool__(self) -> bool:
        found = bool(plain(self))
        self.recording.guard(f"{self.name} != 0" if found else f"{self.name} == 0")
        return found

    def __pos__(self) -> Any:
        return self

    def __hash__(self) -> int:
        if self.digest is None:
            value = self.plain.hex() if isinstance(self.plain, float) else self.plain
            self.recording.hashed(self.name, value)
            self.digest = hash((self.recording.serial, value))  # that of no number elsewhere
        return self.digest


class Size(_Number, int):
    """An int that is recorded."""

    __hash__ = _Number.__hash__

    def bit_length(self) -> int:
        """As of an int."""
        return self.recording.computed(f"{self.name}.bit_length()", plain(self).bit_length())


class Real(_Number, float):
    """A float that is recorded."""

    __hash__ = _Number.__hash__

    def hex(self) -> str:
        """A key that no float outside of the recording has."""
        value = plain(self).hex()
        self.recording.hashed(self.name, value)
        return f"{self.recording.serial}:{value}"


def _binary(symbol: str, function: Callable[[Any, Any], Any], *, swapped: bool) -> Any:
    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, (int, float)):
            return NotImplemented
        first, second = (other, self) if swapped else (self, other)
        recording = self.recording
        text = f"{recording.text(first)} {symbol} {recording.text(second)}"
        return recording.computed(text, function(plain(first), plain(second)))

    return method


def _unary(symbol: str, function: Callable[[Any], Any]) -> Any:
    def method(self: Any) -> Any:
        return self.recording.computed(f"{symbol}({self.name})", function(plain(self)))

    return method


def _comparison(symbol: str, function: Callable[[Any, Any], bool]) -> Any:
    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, (int, float)):
            return NotImplemented
        found = function(plain(self), plain(other))
        if other is not self:
            condition = f"{self.name} {symbol} {self.recording.text(other)}"
            self.recording.guard(condition if found else f"not {condition}")
        return found

    return method


def _exactly(name: str) -> Any:
    def method(self: Any, *arguments: Any) -> Any:
        value = plain(self)
        self.recording.guard(f"{self.name} == {value!r}")
        return getattr(value, name)(*arguments)

    return method


for _name, _symbol in {
    "add": "+", "sub": "-", "mul": "*", "floordiv": "//", "truediv": "/", "mod": "%", "pow": "**",
    "lshift": "<<", "rshift": ">>", "and": "&", "or": "|", "xor": "^",
}.items():  # fmt: skip
    _function = getattr(operator, f"__{_name}__")
    setattr(_Number, f"__{_name}__", _binary(_symbol, _function, swapped=False))
    setattr(_Number, f"__r{_name}__", _binary(_symbol, _function, swapped=True))
for _name, _symbol in {
    "lt": "<",
    "le": "<=",
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
}.items():
    setattr(_Number, f"__{_name}__", _comparison(_symbol, getattr(operator, _name)))
for _name, _symbol in {"neg": "-", "invert": "~", "abs": "abs"}.items():
    setattr(_Number, f"__{_name}__", _unary(_symbol, getattr(operator, _name)))
for _name in (
    "__int__", "__index__", "__float__", "__trunc__", "__floor__", "__ceil__", "__round__",
    "__divmod__", "__rdivmod__", "__str__", "__repr__", "__format__",
):  # fmt: skip
    setattr(_Number, _name, _exactly(_name))
# A class that sets __eq__ loses its hash, unless it sets that, too.
Size.__hash__ = Real.__hash__ = _Number.__hash__


def plain(value: Any) -> Any:
    """A number without its recording."""
    kind = value.__class__
    return value.plain if kind is Size or kind is Real else value


def computed(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a pure function makes of numbers, of which it may read the values unseen."""
    for argument in arguments:
        if isinstance(argument, _Number):
            return argument.recording.called(function, *arguments)
    return function(*arguments)


def computed_numbers(function: Callable[..., Sequence[Any]], *arguments: Any) -> Sequence[Any]:
    """The same for a function of several results, on which nothing may be decided."""
    for argument in arguments:
        if isinstance(argument, _Number):
            return argument.recording.called_for_many(function, *arguments)
    return function(*arguments)


def is_recorded(value: Any) -> bool:
    """Whether a value is a number of a recording."""
    return isinstance(value, _Number)


def is_reused(value: Any) -> bool:
    """Whether a value is a number of a recording whose results are made anew for other sizes."""
    return isinstance(value, _Number) and value.recording.reused
