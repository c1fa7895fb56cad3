"""JAX's arrays and data types, and ours."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from dovetail.graph.dtypes import DType, as_dtype
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Operation, Specs


@functools.lru_cache(maxsize=256)
def ours(dtype: Any) -> DType:
    """Our name for a data type of JAX."""
    return as_dtype(dtype)


def result_dtype(dtype: DType, operands: Sequence[Any]) -> np.dtype[Any]:
    """The data type of a result for JAX: half as wide while 64-bit types are off.

    An operand that has the type anyway was made while they were on: then the result has it, too,
    as with JAX's own functions.
    """
    if any(operand.dtype == dtype.numpy for operand in operands):
        return dtype.numpy
    return np.dtype(jax.dtypes.canonicalize_dtype(dtype.numpy))


def spec(array: Any) -> ArraySpec:
    """The shape and data type of an array, of a tracer, or of an abstract value."""
    return ArraySpec(tuple(map(int, array.shape)), ours(array.dtype))


def specs_of(operation: Operation, operands: Sequence[Any]) -> Specs:
    """The shapes and data types of an operation's arrays, which come first."""
    return tuple(map(spec, operands[: operation.arrays]))
