"""Library calls by JAX's own functions: between segments, and as nodes of a composite.

`LIBRARY_CALLS[name](call, *arrays)`, where `call` is one of operations/splitting.py, or a node of
a graph. Its result has the call's data type; half precisions compute in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax

from dovetail.graph.node import Node
from dovetail.hosts.jax.convolutions import CONVOLUTIONS
from dovetail.hosts.jax.dtypes import result_dtype
from dovetail.hosts.jax.matrices import MATRICES, singular_cofactor
from dovetail.operations.splitting import Call

LibraryCall = Callable[..., Any]  # (call, *arrays) -> array


def _matmul(call: Call | Node, a: Any, b: Any) -> Any:
    target, wide = (result_dtype(t, (a, b)) for t in (call.dtype, call.dtype.compute))
    return jnp.matmul(a, b, preferred_element_type=wide).astype(target)


def _order(x: Any, axis: int, descending: bool) -> Any:
    """Stable, NaN last (first where descending), as the array API's sort."""
    if not descending:
        return jnp.argsort(x, axis=axis, stable=True)
    flipped = jnp.argsort(jnp.flip(x, axis), axis=axis, stable=True)
    return jnp.flip(x.shape[axis] - 1 - flipped, axis)


def _argsort(call: Call | Node, x: Any) -> Any:
    attrs: dict[str, Any] = dict(call.attrs)
    order = _order(x, attrs["axis"], attrs["descending"])
    return order.astype(result_dtype(call.dtype, ()))


def _top_k(call: Call | Node, x: Any) -> Any:
    attrs: dict[str, Any] = dict(call.attrs)
    order = lax.slice_in_dim(_order(x, attrs["axis"], True), 0, attrs["k"], axis=attrs["axis"])
    return order.astype(result_dtype(call.dtype, ()))


def _in_float32(function: Callable[..., Any]) -> LibraryCall:
    """The call of a function of attributes and arrays; half precisions are float32 inside."""

    def run(call: Call | Node, *arrays: Any) -> Any:
        target, wide = (result_dtype(t, arrays) for t in (call.dtype, call.dtype.compute))
        return function(dict(call.attrs), *[x.astype(wide) for x in arrays]).astype(target)

    return run


LIBRARY_CALLS: dict[str, LibraryCall] = {
    "matmul": _matmul,
    "argsort": _argsort,
    "top_k": _top_k,
    **{name: _in_float32(function) for name, function in {**MATRICES, **CONVOLUTIONS}.items()},
}

# In a composite JAX differentiates nothing.
COMPOSITE_CALLS = {**LIBRARY_CALLS, "cofactor": _in_float32(singular_cofactor)}
