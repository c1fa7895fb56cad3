"""Data types: their names, their limits, and what two of them promote to.

The array API standard 2024.12 fixes the promotion inside each kind. Between kinds
it leaves the result open; Dovetail takes what PyTorch and JAX agree on: bool
promotes to everything, an integer array meeting a floating one takes the floating type,
and an integer array that needs a floating result becomes float32.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import ml_dtypes
import numpy as np

from dovetail.errors import DTypeError


@dataclass(frozen=True, eq=False)
class DType:
    """One element type. `kind` is b (bool), i (signed), u (unsigned) or f (floating).

    Equal to NumPy's dtype of the same type, with the same hash; there is one object for each
    type, so that inside the package types are compared with `is`.
    """

    name: str
    kind: str
    bits: int

    @property
    def itemsize(self) -> int:
        return max(1, self.bits // 8)

    @cached_property
    def numpy(self) -> np.dtype[Any]:
        """NumPy's dtype of the same type."""
        return np.dtype(ml_dtypes.bfloat16 if self.name == "bfloat16" else self.name)

    @property
    def is_floating(self) -> bool:
        return self.kind == "f"

    @property
    def is_integer(self) -> bool:
        return self.kind in "iu"

    @property
    def digits(self) -> int:
        """The binary digits of an integer that the type holds exactly."""
        if self.kind == "f":
            return 8 if self.name == "bfloat16" else {16: 11, 32: 24, 64: 53}[self.bits]
        return self.bits - (self.kind == "i")

    @property
    def compute(self) -> DType:
        """The type that arithmetic on this one is carried out in."""
        return float32 if self.kind == "f" and self.bits == 16 else self

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DType):
            return self is other
        return self.numpy == other if isinstance(other, np.dtype) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.numpy)

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)


bool_ = DType("bool", "b", 1)
int8, int16, int32, int64 = (DType(f"int{bits}", "i", bits) for bits in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (DType(f"uint{bits}", "u", bits) for bits in (8, 16, 32, 64))
float16 = DType("float16", "f", 16)
bfloat16 = DType("bfloat16", "f", 16)
float32 = DType("float32", "f", 32)
float64 = DType("float64", "f", 64)

ALL: tuple[DType, ...] = (
    bool_, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
    float16, bfloat16, float32, float64,
)  # fmt: skip
FLOATING: tuple[DType, ...] = (float16, bfloat16, float32, float64)

DEFAULT_FLOAT = float32
DEFAULT_INT = int64

_BY_NAME: dict[str, DType] = {dtype.name: dtype for dtype in ALL}
_BY_NUMPY: dict[np.dtype[Any], DType] = {dtype.numpy: dtype for dtype in ALL}


def as_dtype(value: object) -> DType:
    """The DType for a DType, a dtype or scalar type of NumPy or a framework, a type, or a name."""
    if isinstance(value, DType):
        return value
    try:
        return _convert(value)
    except TypeError:  # not hashable
        raise unknown_dtype(value) from None


@lru_cache(maxsize=256, typed=True)
def _convert(value: Any) -> DType:
    if value is float:
        return DEFAULT_FLOAT
    name = value if isinstance(value, str) else _name_of(value)
    if name in _BY_NAME:
        return _BY_NAME[name]
    try:
        converted = None if value is None else _BY_NUMPY.get(np.dtype(value).newbyteorder("="))
    except TypeError:
        converted = None
    if converted is None:
        raise unknown_dtype(value)
    return converted


def _name_of(value: Any) -> str | None:
    """The name of a framework's data type: `torch.float64`, `tf.float64`."""
    if type(value).__name__.lower() != "dtype" or isinstance(value, np.dtype):
        return None
    return str(getattr(value, "name", value)).rpartition(".")[2]


def unknown_dtype(value: object) -> DTypeError:
    """The error for a data type that Dovetail does not compute with."""
    shown = repr(value) if isinstance(value, str) else value
    return DTypeError(
        f"{shown} is not a data type that Dovetail computes with",
        f"one of {', '.join(_BY_NAME)}",
        "convert the array first, for example with array.astype('float32'); pass the real and "
        "the imaginary part of complex numbers as two arrays",
    )


def undefined(operation: str, given: Iterable[object], expected: str) -> DTypeError:
    """The error for an operation on data types that it is not defined for."""
    found = f"{operation} is not defined for {', '.join(map(str, given))}"
    kinds = {"floating": "float32", "integer": "int64", "bool": "bool"}
    wanted = next((name for word, name in kinds.items() if word in expected), "float32")
    return DTypeError(found, expected, f"convert with dt.astype(x, dt.{wanted}), for example")


@lru_cache(maxsize=1024)
def promote(first: DType, second: DType) -> DType:
    """The type of an operation on arrays of the two types."""
    if first is second or second is bool_:
        return first
    if first is bool_:
        return second
    if first.kind != second.kind and "f" in (first.kind, second.kind):
        return first if first.kind == "f" else second
    if first.kind == second.kind:
        if first.bits == second.bits:  # float16 with bfloat16
            return float32
        return max(first, second, key=lambda dtype: dtype.bits)
    signed, unsigned = (first, second) if first.kind == "i" else (second, first)
    if unsigned.bits == 64:
        raise DTypeError(
            f"{signed} and {unsigned} have no common integer type",
            remedy="cast one of them with dt.astype",
        )
    return _BY_NAME[f"int{max(signed.bits, 2 * unsigned.bits)}"]
