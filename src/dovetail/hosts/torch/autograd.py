"""Derivatives of operations, for PyTorch's autograd, torch.func and forward mode.

`apply(operation, args)` calls an operation so that it can be differentiated in any way,
to any order. Which way depends on who is looking:

- Under functorch transforms (torch.func, vmap) or in forward mode: `Transformable`, whose
  rules are other operations (`pull`, `push`, `batched`), called through `apply` again.
- Recording for backward: `Recording`, in the old style (half the cost), which runs the
  forward operation that keeps residuals. Its backward is a plain operator call, or, for
  double backward, one that is recorded in turn.
- Otherwise: the operator alone.

The two functions see `torch.compile` and `torch.export` too, because they are put into
graphs whole (caller.py) and meet functional and fake tensors there.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import torch
from torch.autograd import Function, forward_ad

from dovetail.hosts.cutting import declares
from dovetail.hosts.operation import Indices, Operation, Recorded, Specs
from dovetail.hosts.segments import segments
from dovetail.hosts.torch.dtypes import spec
from dovetail.hosts.torch.library import Registered, batch_first, registered, registered_with
from dovetail.hosts.torch.segments import calls_library, run_segments
from dovetail.hosts.torch.unseen import unseen

functorch_is_active: Any = torch._C._are_functorch_transforms_active
grad_is_enabled: Any = torch.is_grad_enabled
is_compiling: Any = torch.compiler.is_compiling


def apply(operation: Operation, args: tuple[Any, ...]) -> Any:
    """One call: arrays, then floats. One tensor, or a tuple of them."""
    arrays = args[: operation.arrays]
    if operation.hosted is None and calls_library(operation, arrays):
        return run_segments(operation, args, apply)
    if transforming(arrays):
        return Transformable.apply(operation, *args)
    if grad_is_enabled() and any(tensor.requires_grad for tensor in arrays):
        return record(operation, arrays, args[operation.arrays :])
    return registered(operation, tuple(map(spec, arrays))).call(*args)


def transforming(arrays: tuple[Any, ...]) -> bool:
    """Whether functorch or forward mode looks on."""
    if functorch_is_active() or forward_ad._current_level >= 0:
        return True
    if not is_compiling():
        return False
    # Inside torch.compile the level is not kept; there, the tensors themselves say it.
    return any(torch._VF._unpack_dual(tensor, level=0)[1] is not None for tensor in arrays)


@unseen
def record(operation: Operation, arrays: tuple[Any, ...], floats: tuple[float, ...]) -> Any:
    """`apply` where autograd records and nothing else looks on."""
    try:
        plan = operation.plans[_key(arrays)]
    except (KeyError, TypeError):
        plan = recording(operation, arrays)
    if plan.__class__ is RecordingPlan:
        return apply_recording(plan, *arrays, *floats)
    if plan is IN_SEGMENTS:
        return Transformable.apply(operation, *arrays, *floats)
    return registered(operation, tuple(map(spec, arrays))).call(*arrays, *floats)


# Recording for backward.


@dataclass(frozen=True)
class RecordingPlan:
    """What an operation does while autograd records it, for given shapes."""

    operation: Operation
    recorded: Recorded
    forward: Registered
    backward: Registered
    specs: Specs
    wrt: Indices
    cotangents: Indices  # the outputs that have derivatives
    outputs: int
    # What is saved, as places among the arguments and then the results; a place below 0 is that
    # of an array of which only the shape is kept. Then, for each argument of the backward
    # operation behind the cotangents, its number among what is saved.
    saved: tuple[int, ...]
    given: tuple[int, ...]
    nothing: tuple[None, ...]  # for each argument of `Recording.forward`


# Instead of a plan: a declared derivative calls a library, so `pull` is run in segments.
IN_SEGMENTS: Any = "in segments"


def _key(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([(tensor.requires_grad, tensor.shape, tensor.dtype) for tensor in arrays])


def recording(operation: Operation, arrays: tuple[Any, ...]) -> RecordingPlan | None:
    """The plan for tensors like these, made now; None where nothing has a derivative."""
    found = _plan(operation, arrays)
    plans, key = operation.plans, _key(arrays)
    if len(plans) > _REMEMBERED:
        plans.clear()
    with contextlib.suppress(TypeError):  # symbolic sizes
        plans[key] = found
    return found


_REMEMBERED = 1024


def _plan(operation: Operation, arrays: tuple[Any, ...]) -> RecordingPlan | None:
    wrt = tuple(n for n, tensor in enumerate(arrays) if tensor.requires_grad)
    specs = tuple(map(spec, arrays))
    cotangents = operation.floating_outputs(specs)
    if not cotangents:
        return None
    if declares(operation.graph(specs)):
        given = [operation.outputs(specs)[n] for n in cotangents]
        if segments(operation.pull(cotangents, wrt)).needed((*given, *specs)):
            return IN_SEGMENTS
    recorded = operation.recorded(cotangents, wrt, specs)
    outputs = operation.outputs(specs)
    forward = registered(recorded.forward, specs)
    backward = registered_with(recorded.backward, len(wrt))
    places = _places(recorded, specs, outputs, operation.scalars)
    saved = tuple(dict.fromkeys(places))
    given = tuple(saved.index(place) for place in places)
    nothing = (None,) * (1 + operation.arrays + operation.scalars)
    return RecordingPlan(
        operation, recorded, forward, backward, specs, wrt, cotangents, len(outputs), saved, given,
        nothing,
    )  # fmt: skip


def _places(recorded: Recorded, specs: Specs, outputs: Specs, floats: int) -> list[int]:
    """Where each argument of the backward operation behind the cotangents comes from.

    For an array of which it only reads the shape, what is kept anyway serves, where it is alike.
    """
    first = len(specs) + floats  # of the results
    kept = {outputs[n]: first + n for n in recorded.kept}
    kept |= {specs[n]: n for n in recorded.needed}
    places = [n if n in recorded.needed else kept.get(spec, -1 - n) for n, spec in enumerate(specs)]
    places += [first + n for n in recorded.kept]
    return places + [first + len(outputs) + n for n in range(recorded.residuals)]


class Recording(Function):
    """An operation on the tape of plain autograd."""

    @staticmethod
    @unseen
    def forward(ctx: Any, plan: RecordingPlan, *args: Any) -> Any:
        result = plan.forward.call(*args)
        made = (result,) if plan.forward.outputs == 1 else tuple(result)
        there = (*args, *made)
        ctx.plan = plan
        ctx.save_for_backward(
            *[there[n] if n >= 0 else _shape_of(args[-1 - n]) for n in plan.saved]
        )
        if plan.operation.scalars:
            ctx.scalars = args[plan.operation.arrays :]
        if plan.outputs == 1:
            return made[0]
        outputs = made[: plan.outputs]
        ctx.set_materialize_grads(False)
        ctx.shapes = [output.shape for output in outputs]
        others = [made[n] for n in range(plan.outputs) if n not in plan.cotangents]
        if others:
            ctx.mark_non_differentiable(*others)
        return outputs

    @staticmethod
    @unseen
    def backward(ctx: Any, *gradients: Any) -> Any:
        plan: RecordingPlan = ctx.plan
        saved = ctx.saved_tensors
        scalars = ctx.scalars if plan.operation.scalars else ()
        if plan.outputs > 1:
            if all(gradients[n] is None for n in plan.cotangents):
                return plan.nothing
            gradients = tuple(
                _zeros(ctx, n, saved) if gradients[n] is None else gradients[n]
                for n in plan.cotangents
            )
        given = [saved[n] for n in plan.given]
        if grad_is_enabled() or transforming(gradients):
            found = _differentiably(plan, gradients, given, scalars)
        else:
            # While compiled autograd looks on, the operator as it knows it.
            run = plan.backward.overload if is_compiling() else plan.backward.call
            found = run(*gradients, *given, *scalars)
        return _placed(found, plan.wrt, plan.nothing)


def _differentiably(plan: RecordingPlan, gradients: Any, given: list[Any], scalars: Any) -> Any:
    """The way back, recorded in turn."""
    operation, recorded = plan.operation, plan.recorded
    if recorded.residuals:  # residuals are constants to autograd, the arrays are not
        pull = operation.pull(plan.cotangents, plan.wrt)
        return apply(pull, (*gradients, *given[: operation.arrays], *scalars))
    arrays = [
        tensor if n in recorded.needed else tensor.detach()
        for n, tensor in enumerate(given[: operation.arrays])
    ]
    rest = given[operation.arrays :]
    return apply(recorded.backward, (*gradients, *arrays, *rest, *scalars))


def _shape_of(tensor: Any) -> Any:
    """A tensor of the same shape and type without memory: one element, expanded."""
    return tensor.new_empty(()).expand(tensor.shape)


def _zeros(ctx: Any, number: int, saved: tuple[Any, ...]) -> Any:
    dtype = ctx.plan.operation.graph(ctx.plan.specs).outputs[number].dtype
    return torch.zeros(ctx.shapes[number], dtype=getattr(torch, dtype.name), device=saved[0].device)


def _placed(found: Any, wrt: Indices, nothing: tuple[None, ...]) -> tuple[Any, ...]:
    """The gradients in the places of the arguments of `forward`."""
    results = found if isinstance(found, (tuple, list)) else (found,)
    if len(results) == len(nothing) - 1:
        return (None, *results)
    result: list[Any] = list(nothing)
    for index, gradient in zip(wrt, results, strict=True):
        result[1 + index] = gradient
    return tuple(result)


# `Recording.apply` as C has it, without the checks for functorch that `apply` has made.
apply_recording: Any = getattr(super(Function, Recording), "apply")  # noqa: B009
# What autograd's engine calls, without the detour in which PyTorch looks for `backward`.
_node: Any = getattr(Recording, "_backward_cls", None)
if _node is not None:
    _node.apply = Recording.backward


# Under transforms.


class Transformable(Function):
    """An operation under torch.func, vmap and forward mode, to any depth."""

    @staticmethod
    @unseen
    def forward(operation: Operation, *args: Any) -> Any:
        specs = tuple(map(spec, args[: operation.arrays]))
        result = registered(operation, specs).call(*args)
        return tuple(result) if isinstance(result, (tuple, list)) else result

    @staticmethod
    @unseen
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
    @unseen
    def backward(ctx: Any, *gradients: Any) -> Any:
        operation: Operation = ctx.operation
        nothing = (None,) * (1 + operation.arrays + operation.scalars)
        cotangents = tuple(n for n in ctx.floating if gradients[n] is not None)
        wrt = tuple(n for n in range(operation.arrays) if ctx.needs_input_grad[1 + n])
        if not cotangents or not wrt:
            return nothing
        given = [gradients[n] for n in cotangents]
        args = (*given, *ctx.saved_tensors, *ctx.scalars)
        return _placed(apply(operation.pull(cotangents, wrt), args), wrt, nothing)

    @staticmethod
    @unseen
    def jvp(ctx: Any, *tangents: Any) -> Any:
        operation: Operation = ctx.operation
        moving = tuple(n for n in range(operation.arrays) if tangents[1 + n] is not None)
        if not moving or not ctx.floating:
            return None if ctx.outputs == 1 else (None,) * ctx.outputs
        given = [tangents[1 + n] for n in moving]
        push = operation.push(moving, ctx.floating)
        found = apply(push, (*ctx.saved_tensors, *given, *ctx.scalars))
        results = found if isinstance(found, tuple) else (found,)
        placed = dict(zip(ctx.floating, results, strict=True))
        everything = tuple(placed.get(n) for n in range(ctx.outputs))
        return everything[0] if ctx.outputs == 1 else everything

    @staticmethod
    @unseen
    def vmap(info: Any, in_dims: tuple[Any, ...], operation: Operation, *args: Any) -> Any:
        mapped, moved = batch_first(in_dims[1:], args)
        result = apply(operation.batched(mapped), tuple(moved))
        return result, (0,) * len(result) if isinstance(result, tuple) else 0
