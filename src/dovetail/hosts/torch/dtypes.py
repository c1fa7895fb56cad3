"""PyTorch's data types and ours."""

from __future__ import annotations

import functools
from typing import Any

import torch

from dovetail.errors import ElementTypeError
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType
from dovetail.language.trace import ArraySpec

OURS: dict[Any, DType] = {
    getattr(torch, dtype.name): dtype for dtype in dtypes.ALL if hasattr(torch, dtype.name)
}
THEIRS: dict[DType, Any] = {ours: theirs for theirs, ours in OURS.items()}


def ours(dtype: Any) -> DType:
    """Our name for a torch.dtype."""
    found = OURS.get(dtype)
    if found is None:
        raise ElementTypeError(dtype, (known.name for known in dtypes.ALL))
    return found


def hint(extent: Any) -> int:
    """A size as a plain integer; of a symbolic one the example value, without a guard."""
    if type(extent) is int:
        return extent
    node = getattr(extent, "node", None)
    known = getattr(node, "hint", None)
    return int(extent) if known is None else int(known)


@functools.lru_cache(maxsize=4096)
def _spec(shape: Any, dtype: Any) -> ArraySpec:
    return ArraySpec(tuple(shape), ours(dtype))


def spec(tensor: Any) -> ArraySpec:
    """The shape and data type of a tensor; of symbolic sizes the example values."""
    try:
        return _spec(tensor.shape, tensor.dtype)
    except TypeError:  # symbolic sizes are not hashable
        return ArraySpec(tuple(map(hint, tensor.shape)), ours(tensor.dtype))
