"""TensorFlow's data types and ours."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, unknown_dtype
from dovetail.language.trace import ArraySpec

THEIRS: dict[DType, Any] = {dtype: getattr(tf, dtype.name) for dtype in dtypes.ALL}
OURS: dict[Any, DType] = {theirs: ours for ours, theirs in THEIRS.items()}
NUMBERS: dict[DType, int] = {ours: theirs.as_datatype_enum for ours, theirs in THEIRS.items()}


def ours(dtype: Any) -> DType:
    """Our name for a tf.DType."""
    found = OURS.get(dtype)
    if found is None:
        raise unknown_dtype(dtype)
    return found


def spec(tensor: Any) -> ArraySpec:
    """The shape and data type of a tensor; a dimension that is not known counts as 1."""
    shape = tensor.shape
    rank = shape.rank or 0
    return ArraySpec(
        tuple(1 if size is None else int(size) for size in shape) if rank else (),
        ours(tensor.dtype),
    )


def from_numpy(array: Any) -> Any:
    """A tensor of the same shape, type and values."""
    return tf.convert_to_tensor(array)
