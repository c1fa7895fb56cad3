"""Operations with library calls on tensors: their segments, and PyTorch's own functions between.

`run_segments` carries out the plan of operations/segments.py. Products and sorts are PyTorch's, so
its autograd, torch.func, autocast and compiler see them; the segments between them are operators
with their own derivatives.

Types: a subgraph computes in the types of its inputs (half precisions in float32 inside,
rounded once), and mixed types promote as in Dovetail. Inside torch.autocast, products follow
autocast, as PyTorch's own do; their results are cast to the type that they have in the graph.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import torch

from dovetail.hosts.torch.dtypes import spec
from dovetail.hosts.torch.library_calls import LIBRARY_CALLS
from dovetail.hosts.torch.shapes import Numbers, SizeRules, symbolic_sizes
from dovetail.operations.operation import Attachment, Operation, Specs, remember
from dovetail.operations.segments import HostFunctions, Run, SegmentPlan, segments
from dovetail.operations.splitting import Call, Sizes, View, ViewOp, is_split, windowed_axes

Tensor = torch.Tensor
Apply = Callable[[Operation, tuple[Any, ...]], Any]


def calls_library(operation: Operation, arrays: Sequence[Any]) -> bool:
    """Whether an operation cannot be one operator, for tensors like these."""
    plans = _plans.of(operation)
    if plans:
        try:
            if _key(arrays) in plans:
                return True
        except TypeError:  # symbolic sizes
            pass
    return operation.graph(tuple(map(spec, arrays))).known(is_split)


def run_segments(operation: Operation, args: tuple[Any, ...], apply: Apply) -> Any:
    """One call: arrays, then floats; `apply` calls the segments. One tensor, or a tuple of them."""
    arrays, floats = args[: operation.arrays], args[operation.arrays :]

    def call(segment: Operation, given: list[Any], numbers: Sequence[int]) -> Sequence[Any]:
        made = apply(segment, (*given, *[floats[n] for n in numbers]))
        return made if isinstance(made, (tuple, list)) else (made,)

    outputs = plan_for(operation, arrays).run(arrays, _FUNCTIONS, call)
    return outputs[0] if len(outputs) == 1 else tuple(outputs)


def plan_for(operation: Operation, arrays: tuple[Any, ...]) -> SegmentPlan:
    """The plan for tensors like these."""
    key = _key(arrays)
    plans = _plans.of(operation)
    try:
        found = plans.get(key)
    except TypeError:  # symbolic sizes
        return _symbolic(operation, arrays)
    if found is None:
        parts = segments(operation, takes_bias=True)
        found = remember(plans, key, parts.plan(tuple(map(spec, arrays))))
    return found


def _key(arrays: Sequence[Any]) -> Any:
    return tuple([(tensor.shape, tensor.dtype) for tensor in arrays])


_plans = Attachment[dict[Any, SegmentPlan]](lambda operation: {})
_size_rules = Attachment[SizeRules](lambda operation: {})


# Sizes that are not known yet.


def _symbolic(operation: Operation, arrays: tuple[Any, ...]) -> SegmentPlan:
    """A plan whose sizes follow from the symbolic ones; what cannot be followed is fixed."""
    parts = segments(operation, takes_bias=True)
    while True:

        def sizes(specs: Specs) -> Numbers:
            found = parts.split(specs)
            views = [view_op.sizes for view in found.views() for view_op in view.ops]
            return found.skeleton, [size for sizes in views for each in sizes for size in each]

        (_, symbolic), trials = symbolic_sizes(_size_rules.of(operation), arrays, sizes)
        varying = [
            (number, dim)
            for number, tensor in enumerate(arrays)
            for dim, size in enumerate(tensor.shape)
            if len({specs[number].shape[dim] for specs in trials}) > 1
        ]
        plan, lost = parts.for_varying_sizes(trials, varying)
        if not lost:
            return _with_sizes(plan, iter(symbolic))
        for number, dim in lost:
            int(arrays[number].shape[dim])  # a guard: another size is another graph


def _with_sizes(plan: SegmentPlan, sizes: Any) -> SegmentPlan:
    """The plan, with these sizes in all its views."""

    def sized(op: ViewOp) -> ViewOp:
        return ViewOp(op.op, op.fixed, tuple(tuple(islice(sizes, len(n))) for n in op.sizes))

    def filled(values: Sequence[View]) -> tuple[View, ...]:
        return tuple(View(view.value, tuple(map(sized, view.ops))) for view in values)

    steps: list[Run | Call] = []
    for step in plan.steps:
        if isinstance(step, Run):
            subgraph = dataclasses.replace(step.subgraph, arrays=filled(step.subgraph.arrays))
            steps.append(Run(step.segment, subgraph))
        else:
            steps.append(dataclasses.replace(step, operands=filled(step.operands)))
    return SegmentPlan(tuple(steps), filled(plan.outputs), plan.dead)


# Views.


def _broadcast(tensor: Any, dims: Sequence[int], shape: Sequence[Any]) -> Any:
    aligned: list[Any] = [1] * len(shape)
    for extent, dim in zip(tensor.shape, dims, strict=True):
        aligned[dim] = extent
    return tensor.reshape(aligned).expand(shape)


def _slice(tensor: Any, steps: Sequence[int], starts: Sequence[Any], sizes: Sequence[Any]) -> Any:
    for dim, (step, start, size) in enumerate(zip(steps, starts, sizes, strict=True)):
        if step < 0:  # PyTorch has no views backwards
            tensor = tensor.flip(dim)
            start, step = tensor.shape[dim] - 1 - start, -step
        if step == 1:
            tensor = tensor.narrow(dim, start, size)
        else:
            index = (slice(None),) * dim + (slice(start, start + step * size, step),)
            tensor = tensor[index]
    return tensor


def _windows(tensor: Any, fixed: Sizes) -> Any:
    for axis, size, step, dilation in windowed_axes(fixed):
        tensor = tensor.unfold(axis, dilation * (size - 1) + 1, step)[..., ::dilation]
    return tensor


_FUNCTIONS = HostFunctions(
    {
        "permute": lambda tensor, axes: tensor.permute(axes),
        "reshape": lambda tensor, _, shape: tensor.reshape(shape),
        "broadcast": _broadcast,
        "slice": _slice,
        "windows": _windows,
    },
    LIBRARY_CALLS,
    lambda tensor: tensor.detach() if tensor.requires_grad else tensor,
)
