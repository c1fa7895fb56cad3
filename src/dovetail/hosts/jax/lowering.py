"""What an operation becomes in a compiled program: `jax.numpy`, or a call of our kernel.

A kernel is called on the CPU where kernel_policy.py chooses it, inside one device's program:
plain jit, and each device's part of shard_map and pmap. Where XLA divides a program between
devices itself it would gather the operands of such a call, and an exported program may run in
another process: there, and on other devices, it is `jax.numpy`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax.interpreters import mlir

from dovetail.graph.node import Graph
from dovetail.hosts.jax import ffi
from dovetail.hosts.jax.dtypes import specs_of
from dovetail.hosts.jax.kernel_policy import kernel_wins
from dovetail.hosts.jax.symbolic_sizes import evaluate_symbolic, is_symbolic
from dovetail.hosts.jax.table import TABLE, wide
from dovetail.operations.composite import evaluate, prepared
from dovetail.operations.operation import Operation


def composite(graph: Graph, arrays: Sequence[Any], floats: Any, types: Sequence[Any]) -> list[Any]:
    """The graph in JAX's own functions, for arrays and packed floats; results of these types."""
    with wide():
        found = evaluate(prepared(graph, TABLE), TABLE, [*arrays, *_unpacked(floats)])
        return [lax.convert_element_type(x, t) for x, t in zip(found, types, strict=True)]


def in_jax_functions(*operands: Any, operation: Operation, types: Sequence[Any]) -> list[Any]:
    """An operation in JAX's own functions."""
    arrays = operands[: operation.arrays]
    floats = operands[operation.arrays] if operation.scalars else None
    if not is_symbolic(arrays):
        return composite(operation.graph(specs_of(operation, operands)), arrays, floats, types)
    with wide():
        found = evaluate_symbolic(operation, [*arrays, *_unpacked(floats)])
        return [lax.convert_element_type(x, t) for x, t in zip(found, types, strict=True)]


def _unpacked(floats: Any) -> list[Any]:
    if floats is None:
        return []
    values = lax.bitcast_convert_type(floats, np.float64)
    return [values[n] for n in range(floats.shape[0])]


def _called(*operands: Any, graph: Graph, name: str) -> list[Any]:
    with wide():
        return ffi.call(graph, name, operands)


_lower_composite: Any = mlir.lower_fun(in_jax_functions, multiple_results=True)
_lower_call: Any = mlir.lower_fun(_called, multiple_results=True)


def lower_composite(ctx: Any, *operands: Any, operation: Operation) -> Any:
    """The rule for any platform. Types are those traced: 64-bit types may be on or off by now."""
    types = tuple(aval.dtype for aval in ctx.avals_out)
    return _lower_composite(ctx, *operands, operation=operation, types=types)


def lower_on_cpu(ctx: Any, *operands: Any, operation: Operation) -> Any:
    """The rule for the CPU."""
    if is_symbolic(ctx.avals_in):
        return lower_composite(ctx, *operands, operation=operation)
    graph = operation.graph(specs_of(operation, ctx.avals_in))
    if _on_one_device(ctx.module_context) and kernel_wins(graph, not any(map(_fuses, operands))):
        fits = [aval.dtype for aval in ctx.avals_out] == [n.dtype.numpy for n in graph.output_specs]
        name = ffi.target(graph) if fits else None  # a 64-bit result may be stored in 32 bits
        if name is not None:
            return _lower_call(ctx, *operands, graph=graph, name=name)
    return lower_composite(ctx, *operands, operation=operation)


# Operations that XLA fuses nothing behind: their results are in memory anyway.
_APART = frozenset({
    "", "stablehlo.custom_call", "stablehlo.dot_general", "stablehlo.convolution", "stablehlo.sort",
    "stablehlo.while", "stablehlo.scatter", "stablehlo.fft", "stablehlo.constant",
})  # fmt: skip


_LOOKED_THROUGH = frozenset({
    "stablehlo.broadcast_in_dim", "stablehlo.reshape", "stablehlo.transpose",
})  # fmt: skip


def _fuses(value: Any) -> bool:
    """Whether XLA could fuse what makes a value with an operation, were that not a call."""
    while True:
        owner: Any = getattr(value, "owner", None)
        name = str(getattr(owner, "name", ""))  # a block has none: its arguments are in memory
        if name not in _LOOKED_THROUGH:
            return name not in _APART
        value = owner.operands[0]


def _on_one_device(context: Any) -> bool:
    """Whether the program is one device's, and runs in this process."""
    parameters = context.lowering_parameters
    if getattr(parameters, "for_export", False):
        return False
    axes = context.axis_context
    count = getattr(axes, "num_devices", None)
    if count is not None:
        return count == 1
    manual = getattr(axes, "manual_axes", None)
    mesh = getattr(axes, "mesh", None)
    if manual is None or mesh is None:
        return True  # pmap: a program for each device
    return frozenset(manual) == frozenset(mesh.axis_names)
