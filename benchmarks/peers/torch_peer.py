"""PyTorch: its built-in functions, eager and through torch.compile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from problems import EPSILON, Adam, Array, Problem
from torch.nn import functional as F

from dovetail.timing import Call

EAGER, COMPILED = "torch", "torch.compile"
FUSED, FOREACH = "torch fused", "torch foreach"
VARIANTS = (EAGER, COMPILED)
OPTIMIZERS = (FUSED, FOREACH)

Tensor = torch.Tensor


def set_threads(count: int) -> None:
    """The threads of one operation."""
    torch.set_num_threads(count)


def swiglu(x: Tensor, gate: Tensor) -> Tensor:
    """x silu(gate)."""
    return x * F.silu(gate)


def softmax(x: Tensor) -> Tensor:
    """The built-in one, along rows."""
    return F.softmax(x, dim=-1)


def log_softmax(x: Tensor) -> Tensor:
    """The built-in one, along rows."""
    return F.log_softmax(x, dim=-1)


def rms_norm(x: Tensor, scale: Tensor) -> Tensor:
    """The built-in one."""
    return F.rms_norm(x, scale.shape, scale, EPSILON)


def layer_norm(x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """The built-in one."""
    return F.layer_norm(x, scale.shape, scale, bias, EPSILON)


FORWARD: Mapping[str, Callable[..., Tensor]] = {
    "mish": F.mish,
    "gelu": F.gelu,
    "swiglu": swiglu,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "rms_norm": rms_norm,
    "layer_norm": layer_norm,
    "cross_entropy": F.cross_entropy,
}


def prepare(problem: Problem, variant: str) -> Call:
    """The operation; its gradients by autograd. torch.compile specialises on the sizes."""
    function = FORWARD[problem.operation]
    if variant == COMPILED:
        torch.compiler.reset()  # else it stops compiling after a few sizes
        function = torch.compile(function, dynamic=False)
    return called(problem, function)


def called(problem: Problem, function: Callable[..., Tensor]) -> Call:
    """A function on the tensors of a problem; its gradients by autograd."""
    tensors = [torch.from_numpy(array) for array in problem.arrays]
    if problem.direction == "forward":
        return lambda: function(*tensors)
    leaves = [tensors[i].requires_grad_() for i in problem.floating]
    cotangent = None if problem.cotangent is None else torch.from_numpy(problem.cotangent)

    def both() -> tuple[Tensor, ...]:
        value = function(*tensors)
        return value, *torch.autograd.grad(value, leaves, cotangent)

    return both


def adamw(
    parameters: Sequence[Array], gradients: Sequence[Array], settings: Adam, variant: str
) -> Call:
    """torch.optim.AdamW, fused or foreach."""
    tensors = [torch.nn.Parameter(torch.tensor(array)) for array in parameters]
    for tensor, gradient in zip(tensors, gradients, strict=True):
        tensor.grad = torch.from_numpy(gradient)
    optimizer = torch.optim.AdamW(
        tensors,
        lr=settings.lr,
        betas=(settings.beta1, settings.beta2),
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        fused=variant == FUSED,
        foreach=variant == FOREACH,
    )

    def call() -> Sequence[Tensor]:
        optimizer.step()
        return tensors

    return call


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    tensors = result if isinstance(result, (tuple, list)) else [result]
    return [tensor.detach().numpy() for tensor in tensors]
