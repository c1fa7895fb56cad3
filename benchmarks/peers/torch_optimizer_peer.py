"""Optimizers in PyTorch: Dovetail's, PyTorch's own, and Lion, which PyTorch does not have.

Lion is written with `torch._foreach_*`, as PyTorch's optimizers are, and tensor by tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

import dovetail as dt
from dovetail.timing import Call

OURS = "Dovetail"

Make = Callable[[Sequence[Any]], Call]


def lion_foreach(params: Sequence[Any], lr: float = 1e-4) -> Call:
    """Lion with one operation over all tensors at a time, as PyTorch's `foreach=True`."""
    momenta = [torch.zeros_like(param) for param in params]

    @torch.no_grad()
    def step() -> None:
        gradients = [param.grad for param in params]
        direction = torch._foreach_mul(momenta, 0.9)
        torch._foreach_add_(direction, gradients, alpha=0.1)
        torch._foreach_sign_(direction)
        torch._foreach_add_(params, direction, alpha=-lr)
        torch._foreach_mul_(momenta, 0.99)
        torch._foreach_add_(momenta, gradients, alpha=0.01)

    return step


def lion_loop(params: Sequence[Any], lr: float = 1e-4) -> Call:
    """Lion tensor by tensor."""
    momenta = [torch.zeros_like(param) for param in params]

    @torch.no_grad()
    def step() -> None:
        for param, momentum in zip(params, momenta, strict=True):
            direction = (0.9 * momentum).add_(param.grad, alpha=0.1).sign_()
            param.add_(direction, alpha=-lr)
            momentum.mul_(0.99).add_(param.grad, alpha=0.01)

    return step


def adamw(**settings: Any) -> Make:
    """PyTorch's own."""
    return lambda params: torch.optim.AdamW(params, **settings).step


# By optimizer and by column: what makes a step over parameters.
VARIANTS: Mapping[str, Mapping[str, Make]] = {
    "AdamW": {
        OURS: lambda params: dt.AdamW.torch(params).step,
        "fused": adamw(fused=True),
        "foreach": adamw(foreach=True),
        "loop": adamw(foreach=False),
    },
    "Lion": {
        OURS: lambda params: dt.Lion.torch(params).step,
        "foreach": lion_foreach,
        "loop": lion_loop,
    },
}


def parameters(shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Parameters with gradients, the same each time."""
    generator = torch.Generator().manual_seed(0)
    params: list[Any] = []
    for shape in shapes:
        param = torch.nn.Parameter(torch.randn(shape, generator=generator))
        param.grad = torch.randn(shape, generator=generator) * 0.01
        params.append(param)
    return params


def difference(ours: Sequence[Any], theirs: Sequence[Any]) -> float:
    """The largest difference of two sets of parameters."""
    return max((a - b).abs().max().item() for a, b in zip(ours, theirs, strict=True))
