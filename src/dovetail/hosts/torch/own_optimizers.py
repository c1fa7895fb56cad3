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
from dovetail.hosts.torch.conversion import from_numpy
from dovetail.hosts.torch.optimizers import optimizer_form


def _adam(rule: Any) -> dict[str, Any]:
    return {"lr": rule.lr, "betas": (rule.beta1, rule.beta2), "eps": rule.eps}


def _decayed(rule: Any) -> dict[str, Any]:
    return {**_adam(rule), "weight_decay": rule.weight_decay}


def _amsgrad(rule: Any) -> dict[str, Any]:
    return {**_decayed(rule), "amsgrad": rule.amsgrad}


OWN: Table = {
    "Adam": ("Adam", _amsgrad),
    "AdamW": ("AdamW", _amsgrad),
    "Adamax": ("Adamax", _decayed),
    "NAdam": ("NAdam", lambda rule: {**_adam(rule), "momentum_decay": 0.0}),
    "RAdam": ("RAdam", _decayed),
    "SGD": ("SGD", lambda rule: {"lr": rule.lr, "momentum": rule.momentum,
                                 "weight_decay": rule.weight_decay, "nesterov": rule.nesterov}),
    "Adagrad": ("Adagrad", lambda rule: {"lr": rule.lr, "eps": rule.eps}),
    "Adadelta": ("Adadelta", lambda rule: {"lr": rule.lr, "rho": rule.rho, "eps": rule.eps,
                                           "weight_decay": rule.weight_decay}),
    "RMSprop": ("RMSprop", lambda rule: {"lr": rule.lr, "alpha": rule.rho, "eps": rule.eps,
                                         "momentum": rule.momentum}),
}  # fmt: skip
FORMS: dict[str, dict[str, bool]] = {
    BUILT_IN: {"foreach": False}, f"{BUILT_IN}, foreach": {"foreach": True},
    f"{BUILT_IN}, fused": {"fused": True},
}  # fmt: skip


def steps(optimizer: Optimizer) -> dict[str, Make]:
    """By column, what makes a step."""
    found = {DOVETAIL: _made(optimizer_form(optimizer))}
    own = own_settings(optimizer, OWN)
    if own is not None:
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
