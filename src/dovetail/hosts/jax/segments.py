"""Operations with library calls: their pieces, and JAX's own functions between.

`apply` calls any operation. One without library calls is the primitive; of the others, the
plan of operations/segments.py is carried out: products and sorts are JAX's, so its transforms and
its compiler see them, and a gradient keeps what it needs of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from dovetail.graph.primitives.structure import basic_index
from dovetail.hosts.jax.dtypes import held, specs_of
from dovetail.hosts.jax.primitive import bind
from dovetail.hosts.jax.table import sorted_places
from dovetail.operations.cutting import Call, View
from dovetail.operations.operation import Operation
from dovetail.operations.segments import Run, segments


def apply(operation: Operation, operands: Sequence[Any]) -> list[Any]:
    """The outputs of an operation, for its arrays and its packed floats."""
    specs = specs_of(operation, operands)
    if not segments(operation).needed(specs):
        return bind(operation, operands)
    plan = segments(operation).plan(specs)
    values = list(operands[: operation.arrays])
    for step in plan.steps:
        if isinstance(step, Run):
            piece = step.piece
            given = [_seen(values, seen) for seen in piece.arrays]
            for number, constant in enumerate(piece.constant):
                if constant:
                    given[number] = lax.stop_gradient(given[number])
            if piece.floats:
                given.append(jnp.take(operands[-1], jnp.array(piece.floats), axis=0))
            values += bind(step.segment, given)
        else:
            values.append(_LIBRARY[step.op](step, *[_seen(values, s) for s in step.operands]))
    return [_seen(values, seen) for seen in plan.outputs]


@functools.cache
def jitted(operation: Operation) -> Any:
    """The operation compiled on its own: what eager code calls. One output, or a list."""

    def call(*operands: Any) -> Any:
        found = apply(operation, operands)
        return found[0] if len(found) == 1 else found

    call.__name__ = call.__qualname__ = operation.name
    return jax.jit(call, inline=True)


def _seen(values: list[Any], seen: View) -> Any:
    array = values[seen.value]
    for move in seen.moves:
        array = _VIEWS[move.op](array, move.fixed, *move.sizes)
    return array


def _slice(x: Any, steps: Sequence[int], starts: Sequence[int], sizes: Sequence[int]) -> Any:
    return x[basic_index(tuple(starts), tuple(steps), tuple(sizes))]


_VIEWS: dict[str, Callable[..., Any]] = {
    "permute": lambda x, axes: lax.transpose(x, axes),
    "reshape": lambda x, _, shape: lax.reshape(x, shape),
    "broadcast": lambda x, dims, shape: lax.broadcast_in_dim(x, shape, dims),
    "slice": _slice,
}


def _matmul(call: Call, a: Any, b: Any) -> Any:
    target = held(call.dtype, (a, b))
    return jnp.matmul(a, b, preferred_element_type=held(call.dtype.compute, (a, b))).astype(target)


def _argsort(call: Call, x: Any) -> Any:
    attrs: dict[str, Any] = dict(call.attrs)
    return sorted_places(x, attrs["axis"], attrs["descending"]).astype(held(call.dtype, ()))


_LIBRARY: dict[str, Callable[..., Any]] = {"matmul": _matmul, "argsort": _argsort}
