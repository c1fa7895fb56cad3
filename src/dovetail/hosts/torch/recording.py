"""Operations on the tape of plain autograd.

Each has an `autograd.Function` of its own, whose two functions know all that is settled before a
call: an operator is run, some of what it met is kept, and another operator is run on the way back.
What the interpreter does besides would cost more than the arithmetic on a small tensor, so that
both are native code where there is one output (fast_path.py). Those in Python serve the rest, and
backward where somebody looks on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import torch
from torch.autograd import Function, forward_ad

from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.fast_path import short_backward, short_forward
from dovetail.hosts.torch.library import Registered
from dovetail.hosts.torch.memory import beside
from dovetail.operations.operation import ForwardBackward, Indices, Operation

functorch_is_active: Any = torch._C._are_functorch_transforms_active
grad_is_enabled: Any = torch.is_grad_enabled
is_compiling: Any = torch.compiler.is_compiling

Tensors = tuple[Any, ...]
Apply = Callable[[Operation, Tensors], Any]


@dataclass(frozen=True)
class RecordingPlan:
    """What an operation does while autograd records it."""

    operation: Operation
    recorded: ForwardBackward
    forward: Registered
    backward: Registered
    wrt: Indices
    cotangents: Indices  # the outputs that have derivatives
    outputs: tuple[Any, ...]  # their types
    # What is saved, as places among the arguments and then the results; a place below 0 is that
    # of an array of which only the shape is kept. Then, for each argument of the backward
    # operation behind the cotangents, its number among what is saved.
    saved: tuple[int, ...]
    given: tuple[int, ...]


def transforming(arrays: Tensors) -> bool:
    """Whether functorch or forward mode looks on."""
    if functorch_is_active() or forward_ad._current_level >= 0:
        return True
    if not is_compiling():
        return False
    # Inside torch.compile the level is not kept; there, the tensors themselves say it.
    return any(torch._VF._unpack_dual(tensor, level=0)[1] is not None for tensor in arrays)


def function_of(plan: RecordingPlan, apply: Apply) -> Callable[..., Any]:
    """The function of arrays and floats that autograd records; `apply` is for double backward."""
    operation, outputs = plan.operation, len(plan.outputs)
    arrays, has_floats = operation.arrays, operation.scalars > 0
    run_forward, returns_one = plan.forward.call, plan.forward.outputs == 1
    run_backward, keep, give = plan.backward.call, _picked(plan.saved), _picked(plan.given)

    @dynamo_skip
    def forward(ctx: Any, *args: Any) -> Any:
        made = run_forward(*args)
        if returns_one:
            made = (made,)
        ctx.save_for_backward(*keep((*args, *made)))
        if has_floats:
            ctx.scalars = args[arrays:]
        return made[0] if outputs == 1 else _marked(ctx, plan, tuple(made[:outputs]))

    @dynamo_skip
    def backward(ctx: Any, *gradients: Any) -> Any:
        saved = ctx.saved_tensors
        if outputs > 1:
            gradients = _cotangents(ctx, plan, gradients, saved)
            if not gradients:
                return (None,) * (arrays + operation.scalars)
        given = give(saved)
        scalars = ctx.scalars if has_floats else ()
        # `transforming`, step by step: most calls end in the last line.
        if grad_is_enabled() or functorch_is_active() or forward_ad._current_level >= 0:
            found = _differentiably(plan, gradients, given, scalars, apply)
        elif is_compiling():
            found = _compiled(plan, gradients, given, scalars, apply)
        else:
            found = run_backward(*gradients, *given, *scalars)
        return placed(found, plan.wrt, arrays + operation.scalars)

    there, back = None, None
    if outputs == 1 and min(plan.saved, default=0) >= 0:
        made, floats = plan.forward.outputs, operation.scalars
        there = short_forward(run_forward, arrays, floats, made, plan.saved)
        back = short_backward(
            run_backward, backward, has_floats, plan.given, plan.wrt, arrays + floats
        )
    members = {"forward": staticmethod(there or forward), "backward": staticmethod(backward)}
    function: Any = type(operation.name, (Function,), {**members, "__module__": __name__})
    # What autograd's engine calls, without the detour in which PyTorch looks for `backward`.
    node = getattr(function, "_backward_cls", None)
    if node is not None:
        node.apply = back or backward
    # `apply` as C has it, without the checks for functorch that have been made.
    return getattr(super(Function, function), "apply")  # noqa: B009


def _picked(places: tuple[int, ...]) -> Callable[[Tensors], Tensors]:
    """From a tuple, what lies at the places; below 0, only the shape of what lies at -1 - place."""
    if any(place < 0 for place in places):
        return lambda there: tuple([
            there[n] if n >= 0 else _shape_of(there[-1 - n]) for n in places
        ])  # fmt: skip
    if len(places) > 1:
        return itemgetter(*places)
    return lambda there: tuple([there[n] for n in places])


def _shape_of(tensor: Any) -> Any:
    """A tensor of the same shape and type without memory: one element, expanded."""
    return tensor.new_empty(()).expand(tensor.shape)


def placed(found: Any, wrt: Indices, arguments: int) -> Tensors:
    """The gradients in the places of all arguments."""
    results = found if isinstance(found, (tuple, list)) else (found,)
    if len(results) == arguments:
        return tuple(results)
    result: list[Any] = [None] * arguments
    for index, gradient in zip(wrt, results, strict=True):
        result[index] = gradient
    return tuple(result)


def _marked(ctx: Any, plan: RecordingPlan, outputs: Tensors) -> Tensors:
    """More than one output, some of which may have no derivative or get no cotangent."""
    ctx.set_materialize_grads(False)
    ctx.shapes = [output.shape for output in outputs]
    others = [output for n, output in enumerate(outputs) if n not in plan.cotangents]
    if others:
        ctx.mark_non_differentiable(*others)
    return outputs


def _cotangents(ctx: Any, plan: RecordingPlan, gradients: Tensors, saved: Tensors) -> Tensors:
    """The cotangents, zeros for those that are missing; none if all are."""
    if all(gradients[n] is None for n in plan.cotangents):
        return ()

    def zeros(n: int) -> Any:
        made = torch.zeros(ctx.shapes[n], dtype=plan.outputs[n], device=saved[0].device)
        return beside(saved, made)

    return tuple([zeros(n) if gradients[n] is None else gradients[n] for n in plan.cotangents])


def _compiled(
    plan: RecordingPlan, gradients: Tensors, given: Tensors, scalars: Any, apply: Apply
) -> Any:
    """The way back while compiled autograd looks on: the operator as it knows it."""
    if transforming(gradients):
        return _differentiably(plan, gradients, given, scalars, apply)
    return plan.backward.overload(*gradients, *given, *scalars)


def _differentiably(
    plan: RecordingPlan, gradients: Tensors, given: Tensors, scalars: Any, apply: Apply
) -> Any:
    """The way back, recorded in turn."""
    operation, recorded = plan.operation, plan.recorded
    if recorded.residuals:  # residuals are constants to autograd, the arrays are not
        vjp = operation.vjp(plan.cotangents, plan.wrt)
        return apply(vjp, (*gradients, *given[: operation.arrays], *scalars))
    arrays = [
        tensor if n in recorded.needed else tensor.detach()
        for n, tensor in enumerate(given[: operation.arrays])
    ]
    return apply(recorded.backward, (*gradients, *arrays, *given[operation.arrays :], *scalars))
