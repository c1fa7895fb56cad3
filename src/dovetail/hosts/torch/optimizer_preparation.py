"""`prepare` and `evaluation` of optimizers on PyTorch's parameters.

Shared states are tensors in the param group. `again` is the closure of `step`, called with other
values in the parameters; `hessian` differentiates gradients that backward(create_graph=True) left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from dovetail.errors import CallError, UnsupportedError
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.optimizer_preparation import AGAIN, HESSIAN
from dovetail.extension.optimizer_stages import after_preparation, prepared
from dovetail.hosts.torch.dtypes import THEIRS, from_numpy
from dovetail.hosts.torch.memory import is_distributed
from dovetail.hosts.torch.optimizer_states import Row, check_gradient

Tensor = torch.Tensor
Closure = Callable[[], Any]
REMEDY = (
    "optimizer.step(closure), where closure() zeroes the gradients, computes the loss, calls "
    "backward and returns the loss"
)
TRAINED = "trained_parameter"  # in the state of a parameter, while it has the value for predictions


class Derivatives:
    """The loss and its gradients at other parameters, and products with its Hessian.

    `inverse_scale`: what the gradients of the parameters are to be multiplied by (GradScaler).
    """

    def __init__(
        self,
        name: str,
        params: Sequence[Tensor],
        closure: Closure | None,
        inverse_scale: float,
    ) -> None:
        self.name, self.params, self.closure = name, params, closure
        self.inverse_scale = inverse_scale
        self.gradients = [param.grad for param in params]

    def again(self, points: Sequence[Tensor]) -> tuple[Any, list[Tensor]]:
        """The loss and the gradients with the parameters at these points."""
        assert self.closure is not None
        kept = [param.detach().clone() for param in self.params]
        own = [param.grad for param in self.params]
        try:
            self._put(points)
            for param in self.params:
                param.grad = None  # so that the closure leaves the first gradients as they are
            with torch.enable_grad():
                loss = self.closure()
            found = [param.grad for param in self.params]
        finally:
            self._put(kept)
            for param, grad in zip(self.params, own, strict=True):
                param.grad = grad
        if any(grad is None for grad in found):
            raise CallError(
                f"the closure left no gradient for a parameter of {self.name}",
                "the gradients of all parameters that had one before",
                REMEDY,
            )
        loss = torch.as_tensor(loss).detach().reshape(())
        return loss, [grad.detach() for grad in found if grad is not None]

    def _put(self, values: Sequence[Tensor]) -> None:
        with torch.no_grad():
            for param, value in zip(self.params, values, strict=True):
                param.copy_(value)

    def hessian(self, vectors: Sequence[Tensor]) -> list[Tensor]:
        """The products of the Hessian with vectors, by differentiating the gradients."""
        gradients: Any = self.gradients
        if not any(grad is not None and grad.requires_grad for grad in gradients):
            raise CallError(
                f"{self.name} needs products of the Hessian with vectors, and the gradients have "
                "no graph",
                "gradients that can be differentiated",
                "call loss.backward(create_graph=True) before optimizer.step(), and set the "
                "gradients to None afterwards",
            )
        with torch.enable_grad():
            found = torch.autograd.grad(
                gradients, list(self.params), list(vectors), allow_unused=True, retain_graph=True
            )
        return [
            torch.zeros_like(param) if product is None else product.detach() * self.inverse_scale
            for param, product in zip(self.params, found, strict=True)
        ]


def shared_of(optimizer: Optimizer, group: dict[str, Any]) -> dict[str, Tensor]:
    """The shared states of a group, made where they are missing."""
    found: dict[str, Tensor] = {}
    for name, declaration in optimizer.shared_states.items():
        value = group.get(name)
        if not isinstance(value, Tensor):
            value = from_numpy(optimizer.initial_shared(declaration))
        kind = THEIRS[declaration.data_type(optimizer)]
        found[name] = group[name] = value.to(device=group["params"][0].device, dtype=kind)
    return found


def prepare(
    optimizer: Optimizer,
    group: dict[str, Any],
    params: Sequence[Tensor],
    gradients: Sequence[Tensor],
    rows: Sequence[Row],
    step: float,
    hyper: Mapping[str, float],
    closure: Closure | None,
    inverse_scale: float,
) -> tuple[Optimizer, list[Tensor], dict[str, float]]:
    """Run `prepare` for a group: (the rule of the updates, gradients, hyperparameters)."""
    if any(map(is_distributed, params)):
        raise UnsupportedError(
            f"{optimizer.name} computes with all parameters together, and some are DTensors",
            "plain tensors",
            "use a rule without prepare(), or keep the parameters whole in every process",
        )
    for param, gradient in zip(params, gradients, strict=True):
        check_gradient(optimizer.name, gradient, param)
    derivatives = Derivatives(optimizer.name, params, closure, inverse_scale)
    shared = shared_of(optimizer, group)
    names = tuple(optimizer.kept_states)
    with torch.no_grad():
        found = prepared(
            optimizer,
            optimizer.preparation,
            [param.detach() for param in params],
            [gradient.detach().to(p.dtype) for gradient, p in zip(gradients, params, strict=True)],
            {name: [row[name] for row in rows] for name in names},
            shared,
            step,
            hyper,
            {AGAIN: None if closure is None else derivatives.again, HESSIAN: derivatives.hessian},
            inverse_scale=inverse_scale,
            remedy=REMEDY,
        )
        for name, values in found.states.items():
            for row, value in zip(rows, values, strict=True):
                row[name].copy_(value)
        for name, value in found.shared.items():
            shared[name].copy_(value)
    scalars = {name: value.item() for name, value in shared.items() if value.ndim == 0}
    return optimizer.bare(), found.gradients, after_preparation(optimizer, hyper, scalars)


def evaluated(
    optimizer: Optimizer,
    group: Mapping[str, Any],
    params: Sequence[Tensor],
    rows: Sequence[Row],
    step: int,
) -> list[Tensor]:
    """The parameters of a group to predict with."""
    states: dict[str, Any] = {name: [row[name] for row in rows] for name in optimizer.kept_states}
    state = {"step": step, **states, **{name: group[name] for name in optimizer.shared_states}}
    with torch.no_grad():
        return optimizer.evaluation_parameters([param.detach() for param in params], state)
