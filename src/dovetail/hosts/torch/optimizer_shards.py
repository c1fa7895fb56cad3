"""Optimizers on parameters that are distributed over processes (DTensor).

An elementwise rule updates each process' part; gradients are first placed as their parameters are,
and the norm for clipping is that over all processes. A rule to which the shape of a parameter
matters (norms of rows, of the whole parameter) is computed on the whole parameter, gathered, in
every process alike, and each keeps its part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from dovetail.errors import HostError
from dovetail.hosts.torch.memory import is_distributed, like, local, spread, total

Tensor = torch.Tensor
Update = Callable[[Tensor, Tensor, Sequence[Tensor], float], None]


KINDS = "a plain tensor", "a DTensor"


def parts(name: str, gradients: Sequence[Any], params: Sequence[Any]) -> list[Tensor]:
    """The parts of the gradients in this process, with the placements of the parameters."""
    found: list[Tensor] = []
    for gradient, param in zip(gradients, params, strict=True):
        together = is_distributed(param)
        if is_distributed(gradient) is not together:
            raise HostError(
                f"{name} got {KINDS[not together]} as the gradient of a parameter of shape "
                f"{tuple(param.shape)} that is {KINDS[together]}",
                "a gradient that is distributed as its parameter is",
                "torch.distributed.tensor.distribute_tensor(gradient, parameter.device_mesh, "
                "parameter.placements), or gradient.full_tensor()",
            )
        if together and gradient.placements != param.placements:
            gradient = gradient.redistribute(param.device_mesh, param.placements)
        found.append(local(gradient))
    return found


def norm_factor(
    params: Sequence[Any],
    gradients: Sequence[Tensor],
    hyper: Mapping[str, float],
    inverse_scale: float,
) -> float:
    """The factor of clipping by the norm of all gradients together.

    `gradients` are the parts in this process. A replicated part counts once.
    """
    limit = hyper.get("clip_norm")
    if limit is None:
        return 1.0
    bound = hyper.get("clip_value", math.inf)
    squares: dict[Any, float] = {None: 0.0}
    for param, gradient in zip(params, gradients, strict=True):
        scaled = (gradient.double() * inverse_scale).clamp(-bound, bound)
        where = None
        if is_distributed(param):
            where = param.device_mesh, tuple(not each.is_replicate() for each in param.placements)
        squares[where] = squares.get(where, 0.0) + scaled.square().sum().item()
    alone = squares.pop(None)
    everywhere = sum(total(mesh, split, amount) for (mesh, split), amount in squares.items())
    norm = math.sqrt(alone + everywhere)
    return limit / norm if not norm <= limit else 1.0


def update_one(
    update: Update,
    param: Any,
    work: Tensor,
    gradient: Tensor,
    states: Sequence[Any],
    step: float,
) -> None:
    """Update the part `work` of a parameter, and its states; a DTensor by computing the whole."""
    if not is_distributed(param):
        update(work, gradient, states, step)
        return
    placed = [like(param, work), *(state for state in states if is_distributed(state))]
    whole = {id(each): each.full_tensor() for each in placed}
    full = [whole.get(id(state), state) for state in states]
    update(whole[id(placed[0])], like(param, gradient).full_tensor(), full, step)
    for each in placed:
        local(each).copy_(local(spread(param, whole[id(each)])))
