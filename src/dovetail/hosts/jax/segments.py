"""Operations with library calls: their segments, and JAX's own functions between.

`apply` calls any operation. One without library calls is the primitive; of the others, the
plan of operations/segments.py is carried out: products and sorts are JAX's, so its transforms and
its compiler see them, and a gradient keeps what it needs of them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from dovetail.graph.primitives.structure import basic_index
from dovetail.hosts.jax.dtypes import specs_of
from dovetail.hosts.jax.primitive import bind
from dovetail.hosts.jax.products import CALLS
from dovetail.hosts.jax.symbolic_sizes import is_symbolic
from dovetail.operations.operation import Operation
from dovetail.operations.segments import HostFunctions, segments
from dovetail.operations.splitting import Sizes, is_split, windowed_axes


def apply(operation: Operation, operands: Sequence[Any]) -> list[Any]:
    """The outputs of an operation, for its arrays and its packed floats.

    With symbolic sizes it is exported, in JAX's functions as a whole.
    """
    if is_symbolic(operands):
        return bind(operation, operands)
    specs = specs_of(operation, operands)
    if not operation.graph(specs).known(is_split):
        return bind(operation, operands)

    def call(segment: Operation, arrays: list[Any], floats: Sequence[int]) -> list[Any]:
        packed = [jnp.take(operands[-1], jnp.array(floats), axis=0)] if floats else []
        return bind(segment, [*arrays, *packed])

    plan = segments(operation).plan(specs)
    return plan.run(operands[: operation.arrays], _FUNCTIONS, call)


@functools.cache
def jitted(operation: Operation) -> Any:
    """The operation compiled on its own: what eager code calls. One output, or a list."""

    def call(*operands: Any) -> Any:
        found = apply(operation, operands)
        return found[0] if len(found) == 1 else found

    call.__name__ = call.__qualname__ = operation.name
    return jax.jit(call, inline=True)


def _slice(x: Any, steps: Sequence[int], starts: Sequence[int], sizes: Sequence[int]) -> Any:
    return x[basic_index(tuple(starts), tuple(steps), tuple(sizes))]


def _windows(x: Any, fixed: Sizes) -> Any:
    for axis, size, step, dilation in windowed_axes(fixed):
        windows = (x.shape[axis] - dilation * (size - 1) - 1) // step + 1
        places = np.arange(windows)[:, None] * step + np.arange(size) * dilation
        x = jnp.moveaxis(jnp.take(x, places, axis=axis), axis + 1, -1)
    return x


_FUNCTIONS = HostFunctions(
    {
        "permute": lambda x, axes: lax.transpose(x, axes),
        "reshape": lambda x, _, shape: lax.reshape(x, shape),
        "broadcast": lambda x, dims, shape: lax.broadcast_in_dim(x, shape, dims),
        "slice": _slice,
        "windows": _windows,
    },
    CALLS,
    lax.stop_gradient,
)
