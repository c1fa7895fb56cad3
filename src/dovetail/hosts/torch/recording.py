"""Operations recorded by plain autograd.

Each operation has an `autograd.Function` of its own, whose two functions know everything that is
settled before a call: forward runs an operator and saves tensors, backward runs another operator.
The interpreter's work around them would cost more than the arithmetic on a small tensor, so both
are native code where there is one output (fast_path.py). The Python versions serve the rest, and
backward under functorch, forward mode or torch.compile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import torch
from torch.autograd import Function, forward_ad

from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.fast_path import (
    fast_backward,
    fast_forward,
    functorch_is_active,
    grad_is_enabled,
    is_compiling,
    transforming,
)
from dovetail.hosts.torch.library import Registered
from dovetail.hosts.torch.memory import beside
from dovetail.operations.operation import Attachment, ForwardBackward, Indices, Operation, placed

Tensors = tuple[Any, ...]
Apply = Callable[[Operation, Tensors], Any]

# The functions of an operation that autograd records, by what matters of the arrays.
functions = Attachment[dict[Any, Callable[..., Any]]](lambda operation: {})


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
    # What is saved, as indices into the arguments and then the results; an index below 0 is that
    # of an array of which only the shape is saved. Then, for each argument of the backward
    # operation behind the cotangents, its number among what is saved.
    saved: tuple[int, ...]
    given: tuple[int, ...]


def function_of(plan: RecordingPlan, apply: Apply) -> Callable[..., Any]:
    """The function of arrays and floats that autograd records; `apply` is for double backward."""
    operation, outputs = plan.operation, len(plan.outputs)
    arrays, has_floats = operation.arrays, operation.scalars > 0
    run_forward, returns_one = plan.forward.call, plan.forward.outputs == 1
    run_backward = plan.backward.call
    saved_of, arguments_of = _picker(plan.saved), _picker(plan.given)

    @dynamo_skip
    def forward(ctx: Any, *args: Any) -> Any:
        results = run_forward(*args)
        if returns_one:
            results = (results,)
        ctx.save_for_backward(*saved_of((*args, *results)))
        if has_floats:
            ctx.scalars = args[arrays:]
        return results[0] if outputs == 1 else _mark_outputs(ctx, plan, tuple(results[:outputs]))

    @dynamo_skip
    def backward(ctx: Any, *gradients: Any) -> Any:
        saved = ctx.saved_tensors
        if outputs > 1:
            gradients = _cotangents(ctx, plan, gradients, saved)
            if not gradients:
                return (None,) * (arrays + operation.scalars)
        given = arguments_of(saved)
        scalars = ctx.scalars if has_floats else ()
        # `transforming`, step by step: most calls end in the last line.
        if grad_is_enabled() or functorch_is_active() or forward_ad._current_level >= 0:
            found = _differentiably(plan, gradients, given, scalars, apply)
        elif is_compiling():
            found = _compiled(plan, gradients, given, scalars, apply)
        else:
            found = run_backward(*gradients, *given, *scalars)
        results = found if isinstance(found, (tuple, list)) else (found,)
        count = arrays + operation.scalars
        return tuple(results if len(results) == count else placed(results, plan.wrt, count))

    native_forward, native_backward = None, None
    if outputs == 1 and min(plan.saved, default=0) >= 0:
        floats = operation.scalars
        native_forward = fast_forward(run_forward, arrays, floats, plan.forward.outputs, plan.saved)
        native_backward = fast_backward(
            run_backward, backward, has_floats, plan.given, plan.wrt, arrays + floats
        )
    members = {
        "forward": staticmethod(native_forward or forward),
        "backward": staticmethod(backward),
    }
    function: Any = type(operation.name, (Function,), {**members, "__module__": __name__})
    # What autograd's engine calls, without PyTorch's search for `backward`.
    node = getattr(function, "_backward_cls", None)
    if node is not None:
        node.apply = native_backward or backward
    # `apply` as C has it, without the checks for functorch, which have been made.
    return getattr(super(Function, function), "apply")  # noqa: B009


def _picker(indices: tuple[int, ...]) -> Callable[[Tensors], Tensors]:
    """Picks values of a tuple by index; n below 0 picks only the shape of value -1 - n."""
    if any(place < 0 for place in indices):
        return lambda values: tuple([
            values[n] if n >= 0 else _shape_of(values[-1 - n]) for n in indices
        ])  # fmt: skip
    if len(indices) > 1:
        return itemgetter(*indices)
    return lambda values: tuple([values[n] for n in indices])


def _shape_of(tensor: Any) -> Any:
    """A tensor of the same shape and type without memory: one element, expanded."""
    return tensor.new_empty(()).expand(tensor.shape)


def _mark_outputs(ctx: Any, plan: RecordingPlan, outputs: Tensors) -> Tensors:
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
        zero = torch.zeros(ctx.shapes[n], dtype=plan.outputs[n], device=saved[0].device)
        return beside(saved, zero)

    return tuple([zeros(n) if gradients[n] is None else gradients[n] for n in plan.cotangents])


def _compiled(
    plan: RecordingPlan, gradients: Tensors, given: Tensors, scalars: Any, apply: Apply
) -> Any:
    """Backward under compiled autograd: the operator as it knows it."""
    if transforming(gradients):
        return _differentiably(plan, gradients, given, scalars, apply)
    return plan.backward.dispatch(*gradients, *given, *scalars)


def _differentiably(
    plan: RecordingPlan, gradients: Tensors, given: Tensors, scalars: Any, apply: Apply
) -> Any:
    """Backward, recorded in turn."""
    operation, recorded = plan.operation, plan.recorded
    if recorded.residuals:  # residuals are constants to autograd, the arrays are not
        vjp = operation.vjp(plan.cotangents, plan.wrt)
        return apply(vjp, (*gradients, *given[: operation.arrays], *scalars))
    arrays = [
        tensor if n in recorded.needed else tensor.detach()
        for n, tensor in enumerate(given[: operation.arrays])
    ]
    return apply(recorded.backward, (*gradients, *arrays, *given[operation.arrays :], *scalars))
