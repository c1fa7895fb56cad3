"""PyTorch's optimizers beside Dovetail's: tensor by tensor, for each operation, and fused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from dovetail.extension.optimizer import Optimizer
from dovetail.hosts.own_optimizers import (
    BUILT_IN,
    DOVETAIL,
    Array,
    Make,
    Stepped,
    Table,
    own_settings,
)
from dovetail.hosts.torch.aliases import OPTIMIZERS
from dovetail.hosts.torch.dtypes import from_numpy
from dovetail.hosts.torch.optimizers import optimizer_form

OWN: Table = {
    "Adam": ("Adam", "lr beta1 beta2 eps weight_decay amsgrad", {}),
    "AdamW": ("AdamW", "lr beta1 beta2 eps weight_decay amsgrad", {}),
    "Adamax": ("Adamax", "lr beta1 beta2 eps weight_decay", {}),
    "NAdam": ("NAdam", "lr beta1 beta2 eps", {"momentum_decay": 0.0}),
    "RAdam": ("RAdam", "lr beta1 beta2 eps weight_decay", {}),
    "SGD": ("SGD", "lr momentum weight_decay nesterov", {}),
    "Adagrad": ("Adagrad", "lr eps", {}),
    "Adadelta": ("Adadelta", "lr rho eps weight_decay", {}),
    "RMSprop": ("RMSprop", "lr rho eps momentum", {}),
}
FORMS: dict[str, dict[str, bool]] = {
    BUILT_IN: {"foreach": False}, f"{BUILT_IN}, foreach": {"foreach": True},
    f"{BUILT_IN}, fused": {"fused": True},
}  # fmt: skip


def steps(optimizer: Optimizer) -> dict[str, Make]:
    """By column, what makes a step."""
    found = {DOVETAIL: _made(optimizer_form(optimizer))}
    own = own_settings(optimizer, OWN, OPTIMIZERS, "lr")
    if own is not None:
        if "beta1" in own[1]:
            own[1]["betas"] = own[1].pop("beta1"), own[1].pop("beta2")
        kind: Any = getattr(torch.optim, own[0])
        known = inspect.signature(kind).parameters
        for column, form in FORMS.items():
            if set(form) <= set(known):
                settings = {**own[1], **form}
                found[column] = _made(lambda params, s=settings: kind(params, **s))
    return found


def _made(factory: Callable[[Any], Any]) -> Make:
    def make(params: Sequence[Array], grads: Sequence[Array]) -> Stepped:
        tensors = [torch.nn.Parameter(from_numpy(np.array(each))) for each in params]
        for tensor, grad in zip(tensors, grads, strict=True):
            tensor.grad = from_numpy(np.array(grad))
        made = factory(tensors)
        return Stepped(made.step, lambda: [each.detach().numpy().copy() for each in tensors])

    return make
