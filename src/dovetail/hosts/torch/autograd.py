"""Derivatives of operations, for PyTorch's autograd, torch.func and forward mode.

`apply(operation, args)` calls an operation so that it can be differentiated, to any order:

- Under functorch transforms (torch.func, vmap) or in forward mode: `Transformable`, whose
  rules are other operations (`vjp`, `jvp`, `batched`), called through `apply` again.
- Recording for backward: an `autograd.Function` without `setup_context` (half the cost;
  recording.py), which runs the forward operation that returns residuals. Its backward is a plain
  operator call, or, for double backward, one that is recorded in turn.
- Otherwise: the operator alone.

torch.compile puts such calls into its graph whole (caller.py), and calls them with functional and
fake tensors; in the graph of torch.export a call is an operator by name (graph_operator.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import torch
from torch.autograd import Function, forward_ad

from dovetail.compile.cpu.memory import POOLED
from dovetail.graph.node import Graph
from dovetail.graph.primitives.declared import declares
from dovetail.graph.primitives.elementwise import less_equal, select
from dovetail.graph.primitives.scan import is_reversible
from dovetail.hosts.torch.dtypes import THEIRS, is_tracing, spec
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.fast_path import (
    PLAIN,
    functorch_is_active,
    grad_is_enabled,
    key_of,
    transforming,
)
from dovetail.hosts.torch.library import batch_first, operators, registered, registered_with
from dovetail.hosts.torch.memory import is_distributed
from dovetail.hosts.torch.recording import RecordingPlan, function_of, functions
from dovetail.hosts.torch.segments import calls_library, run_segments
from dovetail.hosts.torch.sharding import register_waiting
from dovetail.operations.names import text_of
from dovetail.operations.operation import ForwardBackward, Operation, Specs, placed, remember
from dovetail.operations.splitting import is_split
from dovetail.transform.rewrite import Match, matches, of


def call(operation: Operation, args: tuple[Any, ...]) -> Any:
    """A call of an operation: arrays, then floats. One tensor, or a tuple of them.

    Inside torch.export and torch.jit.trace it is one node of the graph.
    """
    kept = is_tracing() or torch.compiler.is_exporting()
    if not kept or functorch_is_active() or forward_ad._current_level >= 0:
        return apply(operation, args)
    found = call_kept(operation, args[: operation.arrays], args[operation.arrays :])
    return found[0] if len(found) == 1 else tuple(found)


def call_kept(operation: Operation, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
    """A call of the operator of kept graphs, which kept_calls.py has registered."""
    operator: Any = torch.ops.dovetail.call.default
    return operator(text_of(operation), list(arrays), list(floats))


def apply(operation: Operation, args: tuple[Any, ...]) -> Any:
    """One call in eager mode or under a transform."""
    arrays = args[: operation.arrays]
    if not PLAIN.issuperset(map(type, arrays)) and any(map(is_distributed, arrays)):
        register_waiting()
        operation, sizes = operation.with_sizes(tuple(map(spec, arrays)))
        args = (*args, *sizes)
    if operators.find(operation) is None and calls_library(operation, arrays):
        return run_segments(operation, args, apply)
    if transforming(arrays):
        return Transformable.apply(operation, *args)
    if grad_is_enabled() and any(tensor.requires_grad for tensor in arrays):
        return record(operation, arrays, args[operation.arrays :])
    return registered(operation, tuple(map(spec, arrays))).call(*args)


@dynamo_skip
def record(operation: Operation, arrays: tuple[Any, ...], floats: tuple[float, ...]) -> Any:
    """`apply` under plain autograd, without transforms."""
    try:
        run = functions.of(operation)[key_of(arrays)]
    except (KeyError, TypeError):
        run = _new_function(operation, arrays)
    return run(*arrays, *floats)


def _new_function(operation: Operation, arrays: tuple[Any, ...]) -> Callable[..., Any]:
    """Make and cache the function that `record` calls for tensors like these."""
    made = _recorded_function(operation, arrays)
    known, key = functions.of(operation), key_of(arrays)
    with contextlib.suppress(TypeError):  # symbolic sizes
        remember(known, key, made)
    return made


def _recorded_function(operation: Operation, arrays: tuple[Any, ...]) -> Callable[..., Any]:
    wrt = tuple(n for n, tensor in enumerate(arrays) if tensor.requires_grad)
    specs = tuple(map(spec, arrays))
    cotangents = operation.floating_outputs(specs)
    if not cotangents:  # nothing has a derivative
        return registered(operation, specs).call
    outputs, graph = operation.outputs(specs), operation.graph(specs)
    if _is_small_relu(graph):
        return torch.relu
    if not graph.known(is_reversible):
        return partial(Transformable.apply, operation)  # an error, if the gradient is asked for
    if graph.known(declares):
        differentiable = [outputs[n] for n in cotangents]
        if operation.vjp(cotangents, wrt).graph((*differentiable, *specs)).known(is_split):
            # A declared derivative calls a library, so `vjp` is run in segments.
            return partial(Transformable.apply, operation)
    recorded = operation.partition(cotangents, wrt, specs)
    forward = registered(recorded.forward, specs)
    backward = registered_with(recorded.backward, len(wrt))
    sources = _sources(recorded, specs, outputs, operation.scalars)
    saved = tuple(dict.fromkeys(sources))
    given = tuple(saved.index(source) for source in sources)
    types = tuple(THEIRS[output.dtype] for output in outputs)
    plan = RecordingPlan(
        operation, recorded, forward, backward, wrt, cotangents, types, saved, given
    )
    # Tensors of other shapes that are recorded alike share a function.
    known = functions.of(operation)
    if plan not in known:
        known[plan] = function_of(plan, apply)
    return known[plan]


_RELU = of(select, of(less_equal, "v", 0.0), 0.0, "v")  # with v > 0, NaN would become 0


def _is_small_relu(graph: Graph) -> bool:
    """Whether a graph is, bit for bit, PyTorch's own ReLU, on so few elements that it is faster.

    An autograd node in Python costs 7 us more than one in C++; for more elements the fused kernels
    and their recycled memory are faster.
    """
    output, match = graph.outputs[0], Match(graph.outputs[0])
    return (
        len(graph.inputs) == len(graph.outputs) == 1
        and prod(output.shape) * output.dtype.itemsize < POOLED
        and matches(_RELU, output, match)
        and match["v"] is graph.inputs[0]
    )


def _sources(recorded: ForwardBackward, specs: Specs, outputs: Specs, floats: int) -> list[int]:
    """Where each argument of the backward operation after the cotangents comes from.

    An array of which only the shape is read is replaced by a saved one of the same spec.
    """
    first = len(specs) + floats  # of the results
    kept = {outputs[n]: first + n for n in recorded.kept}
    kept |= {specs[n]: n for n in recorded.needed}
    sources = [
        n if n in recorded.needed else kept.get(spec, -1 - n) for n, spec in enumerate(specs)
    ]
    sources += [first + n for n in recorded.kept]
    return sources + [first + len(outputs) + n for n in range(recorded.residuals)]


# Under transforms.


class Transformable(Function):
    """An operation under torch.func, vmap and forward mode, to any depth."""

    @staticmethod
    @dynamo_skip
    def forward(operation: Operation, *args: Any) -> Any:
        specs = tuple(map(spec, args[: operation.arrays]))
        result = registered(operation, specs).call(*args)
        return tuple(result) if isinstance(result, (tuple, list)) else result

    @staticmethod
    @dynamo_skip
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        operation: Operation = inputs[0]
        ctx.operation = operation
        arrays = inputs[1 : 1 + operation.arrays]
        ctx.save_for_backward(*arrays)
        ctx.save_for_forward(*arrays)
        ctx.scalars = inputs[1 + operation.arrays :]
        ctx.set_materialize_grads(False)
        outputs = output if isinstance(output, tuple) else (output,)
        ctx.floating = tuple(n for n, o in enumerate(outputs) if o.is_floating_point())
        ctx.outputs = len(outputs)
        others = [o for o in outputs if not o.is_floating_point()]
        if others:
            ctx.mark_non_differentiable(*others)

    @staticmethod
    @dynamo_skip
    def backward(ctx: Any, *gradients: Any) -> Any:
        operation: Operation = ctx.operation
        nothing = (None,) * (1 + operation.arrays + operation.scalars)
        cotangents = tuple(n for n in ctx.floating if gradients[n] is not None)
        wrt = tuple(n for n in range(operation.arrays) if ctx.needs_input_grad[1 + n])
        if not cotangents or not wrt:
            return nothing
        given = [gradients[n] for n in cotangents]
        args = (*given, *ctx.saved_tensors, *ctx.scalars)
        found = apply(operation.vjp(cotangents, wrt), args)
        results = found if isinstance(found, tuple) else (found,)
        return (None, *placed(results, wrt, operation.arrays + operation.scalars))

    @staticmethod
    @dynamo_skip
    def jvp(ctx: Any, *tangents: Any) -> Any:
        operation: Operation = ctx.operation
        moving = tuple(n for n in range(operation.arrays) if tangents[1 + n] is not None)
        if not moving or not ctx.floating:
            return None if ctx.outputs == 1 else (None,) * ctx.outputs
        given = [tangents[1 + n] for n in moving]
        jvp = operation.jvp(moving, ctx.floating)
        found = apply(jvp, (*ctx.saved_tensors, *given, *ctx.scalars))
        results = found if isinstance(found, tuple) else (found,)
        everything = placed(results, ctx.floating, ctx.outputs)
        return everything[0] if ctx.outputs == 1 else tuple(everything)

    @staticmethod
    @dynamo_skip
    def vmap(info: Any, in_dims: tuple[Any, ...], operation: Operation, *args: Any) -> Any:
        mapped, moved = batch_first(in_dims[1:], args)
        result = apply(operation.batched(mapped), tuple(moved))
        return result, (0,) * len(result) if isinstance(result, tuple) else 0
