"""The arguments of a call on NumPy arrays.

Where no argument is an array, numbers and nested lists of numbers become arrays: floats
float32, integers int64, bools bool. Lists of numbers become such arrays in any case.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.errors import ArraySubclassError, ElementTypeError, RaggedArrayError
from dovetail.extension.signature import Signature
from dovetail.graph import dtypes
from dovetail.hosts.arguments import Collected

Array = npt.NDArray[Any]
_DEFAULTS: dict[str, Any] = {"f": np.float32, "i": np.int64, "u": np.int64}


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


class NumpyArguments(Collected):
    """The arguments of one call: normalised values, and what a program is found by.

    `promote`: numbers become arrays, because no argument is one.
    """

    __slots__ = ("promote",)

    def __init__(self, signature: Signature, values: list[Any], promote: bool = False) -> None:
        self.promote = promote
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

    def sequence(self, value: Any) -> Any:
        return self.add(from_numbers(value))

    def number(self, value: Any) -> Any:
        if self.promote or isinstance(value, np.generic):
            if not self.promote and type(value) is np.float64:
                return self.float_(value)
            return self.add(from_numbers(value))
        return super().number(value)


def collect(signature: Signature, values: list[Any]) -> NumpyArguments:
    """The arguments of one call."""
    collected = NumpyArguments(signature, values)
    if collected.arrays or not signature.array_names:
        return collected
    return NumpyArguments(signature, values, promote=True)
