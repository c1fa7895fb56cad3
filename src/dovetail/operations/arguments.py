"""Sort the arguments of a call into arrays, floats and static values.

A host's subclass tells which arrays are its own, and how it converts others (NumPy's numbers).

Where an array is expected, Python numbers beside an array are weak: a float is passed
by value, a bool or int is part of the program.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from dovetail.errors import ArgumentError
from dovetail.extension.call_errors import not_an_array, wrong_hyperparameter
from dovetail.extension.content import reads_tracer
from dovetail.extension.exact import exact_key, is_hashable
from dovetail.extension.signature import Argument, Signature
from dovetail.extension.values import is_dict, is_sequence
from dovetail.graph.dtypes import as_dtype
from dovetail.language import operands
from dovetail.language.tracer import Tracer

NUMBERS = (bool, int, float, np.generic)
Spread = Callable[[Sequence[Any]], tuple[list[Any], dict[str, Any]]]

# What a placeholder stands for.
ARRAY, FLOAT = "array", "float"
NUMBER = "number"  # an array of shape () in place of a float


class ForeignValue(Exception):
    """A tracer or a foreign value is among the arguments; `error` is for the latter."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def only_numbers(value: Any) -> bool:
    """Whether a nested list or tuple holds only numbers, and at least one."""
    return bool(value) and all(
        only_numbers(item) if isinstance(item, (list, tuple)) else isinstance(item, NUMBERS)
        for item in value
    )


def _names(value: dict[Any, Any]) -> Any:
    """The keys of a dict, as part of a key."""
    names = tuple(value)
    return names if set(map(type, names)) <= _TEXT else exact_key(names)


_TEXT = frozenset({str})


def tuples(value: Any) -> Any:
    """The same with tuples for the lists in it."""
    if type(value) in (list, tuple):
        return tuple(map(tuples, value))
    return value


def rank_of(array: Any) -> int | None:
    """How many dimensions an array has; None where a framework does not know yet."""
    shape = array.shape
    rank: int | None = shape.rank if hasattr(shape, "rank") else len(shape)
    return rank


def _is_float(array: Any) -> bool:
    """Whether an array may be given wherever a float may be."""
    return rank_of(array) == 0 and as_dtype(array.dtype).is_floating


class CallArguments(ABC):
    """The arguments of one call, sorted.

    `arrays` and `scalars` in the order of the arguments, `values` the normalised arguments,
    `key` the key of the program.
    """

    __slots__ = ("arrays", "key", "scalars", "signature", "values")

    floats: ClassVar[tuple[type, ...]] = (float,)  # types of values that are passed as floats
    literals: ClassVar[tuple[type, ...]] = (int,)  # of integers that a literal argument keeps

    def __init__(self, signature: Signature, values: list[Any]) -> None:
        self.signature = signature
        self.arrays: list[Any] = []
        self.scalars: list[float] = []
        self.key: list[Any] = []
        self.values: list[Any] = [
            self._sorted(argument, value)
            for argument, value in zip(signature.arguments, values, strict=True)
        ]

    def _sorted(self, argument: Argument, value: Any) -> Any:
        if not argument.is_array:
            return self._setting(argument, value)
        if argument.variadic:  # several arrays, and not one that is written as a tuple of numbers
            self.key.append(len(value))
            return tuple(self._array(argument, item) for item in value)
        return self._array(argument, value)

    # For a host to define.

    @abstractmethod
    def owns(self, value: object) -> bool:
        """Whether a value is one of the host's arrays."""

    @abstractmethod
    def add(self, value: Any) -> Any:
        """Append an array to `arrays`, and what a program depends on to `key`."""

    def learned(self, value: Any) -> Any:
        """Append an array that is given for a float hyperparameter, and may have a gradient.

        One of shape () is weak in promotion, as a float is; others broadcast like any array.
        """
        return self.add(value)

    def sequence(self, value: Any) -> Any:
        """A list or tuple of numbers, passed for an array."""
        return NotImplemented

    def number(self, value: Any) -> Any:
        """A number of Python or NumPy, passed for an array."""
        if isinstance(value, np.generic):
            value = value.item()
        return self.float_(value) if isinstance(value, self.floats) else self.static(value)

    # The same for all hosts.

    def float_(self, value: Any) -> Any:
        """A float, passed by value."""
        number = value if type(value) in self.floats else float(value)
        self.scalars.append(number)
        self.key.append(float)
        return number

    def static(self, value: Any) -> Any:
        """A value that is part of the program."""
        self.key.append(exact_key(value))
        return value

    def _array(self, argument: Argument, value: Any) -> Any:
        """An array, a number, or a tree of them."""
        kind = type(value)
        if self.owns(value):
            return self.add(value)
        if kind is dict:
            self.key.append(_names(value))
            return {name: self._array(argument, item) for name, item in value.items()}
        if is_sequence(value):
            if only_numbers(value):
                array = self.sequence(value)
                if array is not NotImplemented:
                    return array
            self.key.append((kind, len(value)))
            items = [self._array(argument, item) for item in value]
            return kind(*items) if hasattr(kind, "_fields") else kind(items)
        if isinstance(value, (*NUMBERS, *self.floats)):
            if argument.literal and isinstance(value, self.literals):
                return self.static(value)
            return self.number(value)
        if value is None:  # left out of a tree, such as a bias that a layer does not have
            return self.static(None)
        signature = self.signature
        raise ForeignValue(not_an_array(signature.call, argument.name, value, signature.location))

    def _setting(self, argument: Argument, value: Any) -> Any:
        """A hyperparameter: a float by value, anything else as part of the key."""
        kind = type(value)
        if argument.static:
            return self._frozen(argument, self._known(argument, value))
        if kind in self.floats or (argument.scalar and isinstance(value, NUMBERS)):
            return self.float_(value)
        if isinstance(value, Tracer):
            raise ForeignValue(self._wrong(argument, value, "a number"))
        if self.owns(value):
            if argument.default is None:
                return self.add(value)
            if argument.scalar or (type(argument.default) is int and _is_float(value)):
                return self.learned(value)
            raise self._wrong(argument, value, f"a number or static value, as {argument} says")
        if isinstance(value, np.generic):
            value = value.item()
            return self.float_(value) if isinstance(value, float) else self.static(value)
        if argument.scalar and value is not None:
            raise ForeignValue(self._wrong(argument, value, "a number"))
        if argument.default is None and operands.has_array(value):  # another framework's
            raise ForeignValue(
                self._wrong(argument, value, "an array of the kind that the others are")
            )
        return self._frozen(argument, value)

    def _known(self, argument: Argument, value: Any) -> Any:
        """A static value; of an array, its numbers, which must be known."""
        if not operands.has_array(value) or isinstance(value, (Tracer, np.generic)):
            return value
        try:
            return np.asarray(value).tolist()
        except Exception as reason:
            expected = "numbers that are known when it is called"
            raise self._wrong(argument, value, expected) from reason

    def _frozen(self, argument: Argument, value: Any) -> Any:
        """A static value, with tuples for the lists in it."""
        if reads_tracer(value):
            raise ForeignValue(self._wrong(argument, value, "a function of known values"))
        frozen = tuples(value)
        if not is_hashable(frozen):
            if argument.default is None and isinstance(value, (tuple, list, dict)):
                return self._array(argument, value)  # a tree of optional arrays
            raise self._wrong(argument, value, "a float, or a value that can be hashed")
        if argument.default is None and is_sequence(value) and self._holds_arrays(value):
            return self._array(argument, value)  # a framework's arrays may be hashable
        return self.static(frozen)

    def _holds_arrays(self, value: Any) -> bool:
        return any(self._holds_arrays(v) if is_sequence(v) else self.owns(v) for v in value)

    def _wrong(self, argument: Argument, value: Any, expected: str) -> ArgumentError:
        signature = self.signature
        return wrong_hyperparameter(
            signature.call, argument.name, value, expected, signature.location
        )


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Stands for an array or float in the arguments of a call."""

    number: int


class CallTemplate(CallArguments):
    """Arguments with a placeholder for every array and float.

    `order`: for each placeholder, what it stands for: ARRAY, FLOAT or NUMBER. Equal keys have
    equal templates.
    """

    __slots__ = ("order",)

    def __init__(self, signature: Signature, values: list[Any]) -> None:
        self.order: list[str] = []
        super().__init__(signature, values)

    def add(self, value: Any) -> Any:
        self.arrays.append(value)
        self.key.append(ARRAY)
        return self._placeholder(ARRAY)

    def learned(self, value: Any) -> Any:
        placeholder = self.add(value)
        if rank_of(value) == 0:
            self.key[-1] = self.order[-1] = NUMBER
        return placeholder

    def float_(self, value: Any) -> Any:
        super().float_(value)
        return self._placeholder(FLOAT)

    def without_arrays(self) -> Self:
        """A copy that keeps no array alive."""
        found = copy.copy(self)
        found.arrays, found.scalars = [], []
        return found

    def _placeholder(self, kind: str) -> Placeholder:
        self.order.append(kind)
        return Placeholder(len(self.order) - 1)

    def spread(self) -> Spread:
        """From the arrays and floats, in order, to the arguments of a call like this one."""
        signature, template = self.signature, self.values  # not the arrays of this call
        return lambda leaves: signature.spread([_filled(value, leaves) for value in template])


def _filled(value: Any, leaves: Sequence[Any]) -> Any:
    if isinstance(value, Placeholder):
        return leaves[value.number]
    if is_dict(value):
        return {name: _filled(item, leaves) for name, item in value.items()}
    if is_sequence(value):
        items = [_filled(item, leaves) for item in value]
        kind: Any = type(value)
        return kind(*items) if hasattr(kind, "_fields") else kind(items)
    return value
