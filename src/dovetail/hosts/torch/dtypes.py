"""PyTorch's data types and ours, and tensors of NumPy's arrays; bfloat16 is that of ml_dtypes."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, as_dtype, bfloat16, unknown_dtype
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


# Between arrays and tensors.


def shared(array: Any) -> Any:
    """A tensor over the memory of an array."""
    if array.dtype == bfloat16.numpy:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def from_numpy(array: Any) -> Any:
    """A tensor with the elements of an array, in memory of its own, on PyTorch's default device."""
    given = np.asarray(array)
    made = shared(np.array(given, dtype=as_dtype(given.dtype).numpy, order="C"))
    return made.to(torch.get_default_device())


def as_numpy(tensor: Any) -> Any:
    """An array over the memory of a tensor."""
    plain = tensor.detach()
    if plain.dtype is torch.bfloat16:
        return plain.view(torch.int16).numpy().view(bfloat16.numpy)
    return plain.numpy()


def to_numpy(tensor: Any) -> Any:
    """An array with the elements of a tensor, in memory of its own."""
    return as_numpy(tensor.detach().to("cpu").resolve_conj().resolve_neg()).copy()
