"""What an operation becomes in a compiled program: `jax.numpy`, or a call of our kernel.

A kernel is called where kernel_policy.py chooses it, on the CPU and, if the option `gpu_kernels` is
on while a program is compiled, on NVIDIA's GPUs. That is inside one device's program: plain jit,
and each device's part of shard_map and pmap. Where XLA divides a program between devices itself it
would gather the operands of such a call, and an exported program may run in another process: there,
and on other devices, it is `jax.numpy`.
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
from dovetail.hosts.jax.kernel_policy import (
    gpu_kernel_wins,
    is_product,
    kernel_wins,
    product_wins,
)
from dovetail.hosts.jax.symbolic_sizes import evaluate_symbolic, is_symbolic
from dovetail.hosts.jax.table import TABLE, wide
from dovetail.operations.composite import prepared
from dovetail.operations.operation import Operation
from dovetail.operations.straight_line import straight_line
from dovetail.options import options


def composite(graph: Graph, arrays: Sequence[Any], floats: Any, types: Sequence[Any]) -> list[Any]:
    """The graph in JAX's own functions, for arrays and packed floats; results of these types."""
    with wide():
        found = straight_line(prepared(graph, TABLE), TABLE)(*arrays, *_unpacked(floats))
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


def _called(*operands: Any, graph: Graph, target: ffi.Target) -> list[Any]:
    with wide():
        return ffi.call(graph, target, operands)


_lower_composite: Any = mlir.lower_fun(in_jax_functions, multiple_results=True)
_lower_call: Any = mlir.lower_fun(_called, multiple_results=True)


def lower_composite(ctx: Any, *operands: Any, operation: Operation) -> Any:
    """The rule for any platform. Types are those traced: 64-bit types may be on or off by now."""
    types = tuple(aval.dtype for aval in ctx.avals_out)
    return _lower_composite(ctx, *operands, operation=operation, types=types)


def lower_on_cpu(ctx: Any, *operands: Any, operation: Operation) -> Any:
    """The rule for the CPU."""
    graph = _callable(ctx, operation)
    if graph is not None and _wins_on_cpu(graph, operands):
        target = ffi.target(graph)
        if target is not None:
            return _lower_call(ctx, *operands, graph=graph, target=target)
    return lower_composite(ctx, *operands, operation=operation)


def _wins_on_cpu(graph: Graph, operands: Sequence[Any]) -> bool:
    if graph.known(is_product):
        return product_wins(graph) and not any(map(_is_permuted, operands))
    return kernel_wins(graph, not any(map(_fuses, operands)), any(map(_is_product, operands)))


def _made_by(value: Any) -> str:
    return str(getattr(getattr(value, "owner", None), "name", ""))


def _is_permuted(value: Any) -> bool:
    """Whether XLA's own product would read an operand with its axes as they were before."""
    return _made_by(value) == "stablehlo.transpose"


def _is_product(value: Any) -> bool:
    """Whether a value is a product of XLA's."""
    return _made_by(value) == "stablehlo.dot_general"


def lower_on_cuda(ctx: Any, *operands: Any, operation: Operation) -> Any:
    """The rule for NVIDIA's GPUs."""
    if options().gpu_kernels:
        graph = _callable(ctx, operation)
        if graph is not None and gpu_kernel_wins(graph, not any(map(_fuses, operands))):
            # Imported here because most programs do without it.
            from dovetail.hosts.jax import cuda  # noqa: PLC0415

            target = cuda.target(operation.name, graph)
            if target is not None:
                return _lower_call(ctx, *operands, graph=graph, target=target)
    return lower_composite(ctx, *operands, operation=operation)


def _callable(ctx: Any, operation: Operation) -> Graph | None:
    """The graph of an operation, if a custom call may compute it."""
    if is_symbolic(ctx.avals_in) or not _on_one_device(ctx.module_context):
        return None
    graph = operation.graph(specs_of(operation, ctx.avals_in))
    # A 64-bit result may be stored in 32 bits.
    fits = [aval.dtype for aval in ctx.avals_out] == [n.dtype.numpy for n in graph.output_specs]
    return graph if fits else None


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
