"""PyTorch's data types and ours."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import torch

from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, unknown_dtype
from dovetail.language.trace import ArraySpec

OURS: dict[Any, DType] = {
    getattr(torch, dtype.name): dtype for dtype in dtypes.ALL if hasattr(torch, dtype.name)
}
THEIRS: dict[DType, Any] = {ours: theirs for theirs, ours in OURS.items()}


def ours(dtype: Any) -> DType:
    """Our name for a torch.dtype."""
    found = OURS.get(dtype)
    if found is None:
        raise unknown_dtype(dtype)
    return found


_compiler: Any = torch._C
is_tracing: Any = _compiler._is_tracing  # by torch.jit.trace

UNKNOWN = 6  # the example value of a size that depends on data


def hint(extent: Any) -> int:
    """A size as a plain integer; of a symbolic one the example value, without a guard."""
    if type(extent) is int:
        return extent
    node = getattr(extent, "node", None)
    expression = getattr(node, "expr", None)
    if expression is None:
        return int(extent)
    values = {symbol: symbol_value(symbol, extent) for symbol in expression.free_symbols}
    return int(expression.xreplace(values))


def symbol_value(symbol: Any, size: Any) -> int:
    """The example value of a symbol in a size; `UNKNOWN` if it has none."""
    return int(size.node.shape_env.backed_var_to_val.get(symbol, UNKNOWN))


# torch.jit.trace makes tensors of the sizes that are read, to record what is done with them.


@contextlib.contextmanager
def tracing_paused() -> Iterator[None]:
    """Record nothing for torch.jit.trace; sizes are plain integers."""
    state = _compiler._get_tracing_state()
    _compiler._set_tracing_state(None)
    try:
        yield
    finally:
        _compiler._set_tracing_state(state)


@functools.lru_cache(maxsize=4096)
def _spec(shape: Any, dtype: Any) -> ArraySpec:
    return ArraySpec(tuple(shape), ours(dtype))


def spec(tensor: Any) -> ArraySpec:
    """The shape and data type of a tensor; of symbolic sizes the example values."""
    if is_tracing():
        with tracing_paused():
            return _spec(tensor.shape, tensor.dtype)
    try:
        return _spec(tensor.shape, tensor.dtype)
    except TypeError:  # symbolic sizes are not hashable
        return ArraySpec(tuple(map(hint, tensor.shape)), ours(tensor.dtype))
