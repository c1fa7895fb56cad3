"""From the arguments of a call to arrays, floats, and the key of a compiled program.

Where an array is expected, Python numbers beside an array are weak: a float is passed
by value, a bool or int is part of the program. Where no argument is an array, numbers
and nested lists of numbers become arrays: floats float32, integers int64, bools bool.
Lists of numbers become such arrays in any case.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.errors import (
    ArrayExpectedError,
    ArraySubclassError,
    ElementTypeError,
    HyperparameterTypeError,
    RaggedArrayError,
)
from dovetail.extension.signature import Argument, Signature
from dovetail.graph import dtypes
from dovetail.language.tracer import Tracer

Array = npt.NDArray[Any]
_NUMBERS = (bool, int, float, np.generic)
_DEFAULTS: dict[str, Any] = {"f": np.float32, "i": np.int64, "u": np.int64}


class NotOurs(Exception):
    """A tracer or a foreign value is among the arguments; `error` says what is wrong with it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def plain_array(value: Array) -> Array:
    """The array, in native byte order, aligned, and of a type that Dovetail computes with."""
    if type(value) is not np.ndarray and not isinstance(value, np.memmap):
        raise ArraySubclassError(value)
    dtype = value.dtype
    if dtype.kind not in "biufV" or dtype.newbyteorder("=") not in _KNOWN:
        raise ElementTypeError(dtype, (known.name for known in dtypes.ALL))
    if not dtype.isnative:
        return value.astype(dtype.newbyteorder("="))
    return value if value.flags.aligned else value.copy()


_KNOWN = frozenset(dtype.numpy for dtype in dtypes.ALL)


def from_numbers(value: Any) -> Array:
    """An array of Python numbers or nested lists of them, of the default type of their kind."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise RaggedArrayError(value) from None
    if isinstance(value, np.generic) and not isinstance(value, float):
        return plain_array(array)
    if array.dtype == np.uint64:
        return array
    return plain_array(array.astype(_DEFAULTS.get(array.dtype.kind, array.dtype)))


def _only_numbers(value: Any) -> bool:
    """Whether a list or tuple holds numbers alone, however deep, and at least one."""
    return bool(value) and all(
        _only_numbers(item) if isinstance(item, (list, tuple)) else isinstance(item, _NUMBERS)
        for item in value
    )


def _tuples(value: Any) -> Any:
    if type(value) in (list, tuple):
        return tuple(map(_tuples, value))
    return value


class Collected:
    """The arguments of one call: normalised values, and what a program is found by.

    `promote`: numbers become arrays, because no argument is one.
    """

    __slots__ = ("arrays", "key", "promote", "scalars", "signature", "values")

    def __init__(self, signature: Signature, values: list[Any], promote: bool = False) -> None:
        self.signature = signature
        self.promote = promote
        self.arrays: list[Array] = []
        self.scalars: list[float] = []
        self.key: list[Any] = []
        self.values: list[Any] = [
            self._array(argument, value) if argument.is_array else self._setting(argument, value)
            for argument, value in zip(signature.arguments, values, strict=True)
        ]

    def _array(self, argument: Argument, value: Any) -> Any:
        """An array, a number, or a tree of them."""
        kind = type(value)
        if kind is np.ndarray:
            return self._add(value)
        if kind is dict:
            self.key.append(tuple(value))
            return {name: self._array(argument, item) for name, item in value.items()}
        if isinstance(value, (tuple, list)):
            items: Any = value
            if _only_numbers(items):
                return self._add(from_numbers(items))
            self.key.append((kind, len(items)))
            if hasattr(kind, "_fields"):
                return kind(*(self._array(argument, item) for item in items))
            return kind(self._array(argument, item) for item in items)
        return self._leaf(argument, value)

    def _leaf(self, argument: Argument, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return self._add(value)
        if isinstance(value, (bool, int, float)):
            if self.promote:
                return self._add(from_numbers(value))
            return self._float(value) if isinstance(value, float) else self._static(value)
        if isinstance(value, np.generic):
            return self._add(from_numbers(value))
        if value is None:  # left out of a tree, such as a bias that a layer does not have
            return self._static(None)
        signature = self.signature
        raise NotOurs(ArrayExpectedError(signature.call, argument.name, value, signature.location))

    def _setting(self, argument: Argument, value: Any) -> Any:
        """A hyperparameter: a float by value, anything else as part of the key."""
        kind = type(value)
        if argument.static:
            return self._frozen(argument, value)
        if kind is float or (argument.scalar and isinstance(value, _NUMBERS)):
            return self._float(value)
        if isinstance(value, Tracer):
            raise NotOurs(self._wrong(argument, value, "a number"))
        if isinstance(value, np.ndarray):
            if argument.default is None:
                return self._add(value)
            raise self._wrong(argument, value, f"a number or static value, as {argument} says")
        if isinstance(value, np.generic):
            value = value.item()
            return self._float(value) if isinstance(value, float) else self._static(value)
        if argument.scalar and value is not None:
            raise NotOurs(self._wrong(argument, value, "a number"))
        if argument.default is None and hasattr(value, "__array__"):  # another framework's
            raise NotOurs(self._wrong(argument, value, "a NumPy array, as the others are"))
        return self._frozen(argument, value)

    def _frozen(self, argument: Argument, value: Any) -> Any:
        """A static value, with tuples for the lists in it."""
        frozen = _tuples(value)
        try:
            hash(frozen)
        except TypeError:
            if argument.default is None and isinstance(value, (tuple, list, dict)):
                return self._array(argument, value)  # a tree of optional arrays
            raise self._wrong(argument, value, "a float, or a value that can be hashed") from None
        return self._static(frozen)

    def _wrong(self, argument: Argument, value: Any, expected: str) -> HyperparameterTypeError:
        signature = self.signature
        return HyperparameterTypeError(
            signature.call, argument.name, value, expected, signature.location
        )

    def _add(self, value: Array) -> Array:
        dtype = value.dtype
        if type(value) is not np.ndarray or dtype not in _KNOWN or not value.flags.aligned:
            value = plain_array(value)
            dtype = value.dtype
        self.arrays.append(value)
        self.key.append((value.shape, value.strides, dtype))
        return value

    def _float(self, value: Any) -> float:
        number = float(value)
        self.scalars.append(number)
        self.key.append(float)
        return number

    def _static(self, value: Any) -> Any:
        self.key.append((type(value), value))
        return value


def collect(signature: Signature, values: list[Any]) -> Collected:
    """The arguments of one call."""
    collected = Collected(signature, values)
    if collected.arrays or not signature.array_names:
        return collected
    return Collected(signature, values, promote=True)
