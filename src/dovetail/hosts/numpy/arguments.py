"""The arguments of a call on NumPy arrays.

Where no argument is an array, numbers and nested lists of numbers become weak arrays
(language/weak.py): by default floats are float32, integers int64, bools bool, and a cast to a
wider dtype keeps every digit. Beside an array, lists of numbers become arrays that are not weak.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from dovetail.errors import ArgumentError, HostError
from dovetail.extension.signature import Signature
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, as_dtype, unknown_dtype
from dovetail.language.trace import NumberSpec, WeakSpec
from dovetail.language.weak import carrier, holds_float64
from dovetail.operations.arguments import NUMBER, CallArguments

Array = npt.NDArray[Any]
_DEFAULTS: dict[str, DType] = {
    "f": dtypes.DEFAULT_FLOAT, "i": dtypes.DEFAULT_INT, "u": dtypes.DEFAULT_INT,
    "b": dtypes.bool_,
}  # fmt: skip


def plain_array(value: Array) -> Array:
    """The array, in native byte order, aligned, and of a type that Dovetail computes with."""
    if type(value) is not np.ndarray and not isinstance(value, np.memmap):
        raise HostError(
            f"got an array of {type(value).__module__}.{type(value).__name__}, a subclass of "
            "numpy.ndarray",
            "a plain numpy.ndarray (masks, units and matrix rules would be lost)",
            "convert it with numpy.asarray, after filling what is masked",
        )
    dtype = value.dtype
    if dtype.kind not in "biufV" or dtype.newbyteorder("=") not in _KNOWN:
        raise unknown_dtype(dtype)
    if not dtype.isnative:
        return value.astype(dtype.newbyteorder("="))
    return value if value.flags.aligned else value.copy()


_KNOWN = frozenset(dtype.numpy for dtype in dtypes.ALL)


def from_numbers(value: Any) -> tuple[Array, DType | None]:
    """An array of numbers or nested lists of them, and its default type where they are weak.

    NumPy's numbers, and integers that only uint64 holds, have a type of their own.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ArgumentError(
            "one array",
            "the content",
            value,
            "nested lists of equal lengths, and its rows differ in length",
            "pad them, or pass several arrays",
        ) from None
    typed = isinstance(value, np.generic) or (array.dtype == np.float64 and holds_float64(value))
    default = None if typed or array.dtype == np.uint64 else _DEFAULTS.get(array.dtype.kind)
    if default is None:
        return plain_array(array), None
    return plain_array(array.astype(carrier(default).numpy)), default


class NumpyArguments(CallArguments):
    """The arguments of one call: normalised values, and the key of its program.

    `promote`: numbers become arrays, because no argument is one; `weak` has what those that are
    weak are traced as, by their id.
    """

    __slots__ = ("lists", "promote", "weak")

    literals: ClassVar[tuple[type, ...]] = (int, np.integer)

    def __init__(self, signature: Signature, values: list[Any], promote: bool = False) -> None:
        self.promote = promote
        self.lists = 0  # of the arrays
        self.weak: dict[int, WeakSpec | NumberSpec] = {}
        super().__init__(signature, values)

    def owns(self, value: object) -> bool:
        return isinstance(value, np.ndarray)

    def add(self, value: Array) -> Array:
        dtype = value.dtype
        if type(value) is not np.ndarray or dtype not in _KNOWN or not value.flags.aligned:
            value = plain_array(value)
            dtype = value.dtype
        self.arrays.append(value)
        self.key.append((value.shape, value.strides, dtype))
        return value

    def learned(self, value: Array) -> Array:
        if value.ndim:
            return self.add(value)
        number = self.add(value.copy())  # no other argument has its id
        self.weak[id(number)] = NumberSpec(as_dtype(number.dtype))
        self.key.append(NUMBER)
        return number

    def sequence(self, value: Any) -> Any:
        array, weak = from_numbers(value)
        if weak is None:
            return self.add(array)
        if not self.promote:
            self.lists += 1
            with np.errstate(over="ignore"):
                return self.add(array.astype(weak.numpy))
        self.weak[id(array)] = WeakSpec(array.shape, weak)
        self.key.append(weak.name)
        return self.add(array)

    def number(self, value: Any) -> Any:
        if not self.promote and type(value) is np.float64:
            return self.float_(value)
        if self.promote or isinstance(value, np.generic):
            return self.sequence(value)
        return super().number(value)


def collect(signature: Signature, values: list[Any]) -> NumpyArguments:
    """The arguments of one call."""
    collected = NumpyArguments(signature, values)
    if len(collected.arrays) > collected.lists or not signature.array_names:
        return collected
    return NumpyArguments(signature, values, promote=True)
