"""What an operation becomes in a compiled program: `jax.numpy`, or a call of our kernel.

A kernel is called where kernel_policy.py chooses it, on the CPU and, if the option `gpu_kernels` is
on while a program is compiled, on NVIDIA's GPUs. That is inside one device's program: plain jit,
and each device's part of shard_map and pmap. Where XLA divides a program between devices itself it
would gather the operands of such a call, and an exported program may run in another process: there,
and on other devices, it is `jax.numpy`.

A kernel is given what it reads, and returns what it computes: XLA keeps an operand in memory up to
the call, and a result takes memory of its own. A gradient that is the cotangent itself is neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jax import lax
from jax.interpreters import mlir

from dovetail.graph.node import Graph, topological
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


class _Part(NamedTuple):
    """What a kernel computes of a graph.

    `reads`: the arrays that it is given. `outputs`: for each of the graph's, the number of a
    result, or -1 - n for array n.
    """

    graph: Graph
    reads: tuple[int, ...]
    outputs: tuple[int, ...]


def _computed(graph: Graph) -> _Part:
    """The part of a graph that is computed; all floats belong to it, if any is read."""
    arrays = [node for node in graph.inputs if not node.flag("scalar")]
    floats = graph.inputs[len(arrays) :]
    made = tuple(dict.fromkeys(node for node in graph.outputs if node not in arrays))
    read = set(topological(made))
    reads = tuple(n for n, node in enumerate(arrays) if node in read)
    given = (*(arrays[n] for n in reads), *(() if read.isdisjoint(floats) else floats))
    outputs = tuple(
        made.index(node) if node in made else -1 - arrays.index(node) for node in graph.outputs
    )
    return _Part(Graph(given, made), reads, outputs)


def _called(*operands: Any, part: _Part, arrays: int, target: ffi.Target) -> list[Any]:
    given = [operands[n] for n in part.reads]
    if any(node.flag("scalar") for node in part.graph.inputs):
        given += operands[arrays:]
    with wide():
        found = ffi.call(part.graph, target, given)
    return [found[n] if n >= 0 else operands[-1 - n] for n in part.outputs]


_lower_composite: Any = mlir.lower_fun(in_jax_functions, multiple_results=True)
_lower_call: Any = mlir.lower_fun(_called, multiple_results=True)


def lower_composite(ctx: Any, *operands: Any, operation: Operation) -> Any:
    """The rule for any platform. Types are those traced: 64-bit types may be on or off by now."""
    types = tuple(aval.dtype for aval in ctx.avals_out)
    return _lower_composite(ctx, *operands, operation=operation, types=types)


def lower_on_cpu(ctx: Any, *operands: Any, operation: Operation) -> Any:
    """The rule for the CPU."""
    part = _callable(ctx, operation)
    if part is not None and _wins_on_cpu(part.graph, [operands[n] for n in part.reads]):
        target = ffi.target(part.graph)
        if target is not None:
            return _lower_call(ctx, *operands, part=part, arrays=operation.arrays, target=target)
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
        part = _callable(ctx, operation)
        given = () if part is None else [operands[n] for n in part.reads]
        if part is not None and gpu_kernel_wins(part.graph, not any(map(_fuses, given))):
            # Imported here because most programs do without it.
            from dovetail.hosts.jax import cuda  # noqa: PLC0415

            target = cuda.target(operation.name, part.graph)
            if target is not None:
                return _lower_call(
                    ctx, *operands, part=part, arrays=operation.arrays, target=target
                )
    return lower_composite(ctx, *operands, operation=operation)


def _callable(ctx: Any, operation: Operation) -> _Part | None:
    """What is computed of an operation's graph, if a custom call may do it."""
    if is_symbolic(ctx.avals_in) or not _on_one_device(ctx.module_context):
        return None
    graph = operation.graph(specs_of(operation, ctx.avals_in))
    # A 64-bit result may be stored in 32 bits.
    fits = [aval.dtype for aval in ctx.avals_out] == [n.dtype.numpy for n in graph.output_specs]
    part = _computed(graph) if fits else None
    return part if part is not None and part.graph.outputs else None


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
