"""State dicts of PyTorch's own optimizers in those of the library: converted, or refused."""

from __future__ import annotations

import io
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402

ALIKE = {
    "SGD": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "SGD without momentum": ("SGD", {"lr": 0.1, "dampening": 0.3}),
    "Adam": ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.1}),
    "AdamW": ("AdamW", {"lr": 0.05, "eps": 1e-6, "weight_decay": 0.2, "maximize": True}),
    "AdamW without decay, as Adam": ("Adam", {"lr": 0.05, "weight_decay": 0.0}),
    "Adam with amsgrad": ("Adam", {"lr": 0.05, "amsgrad": True}),
    "AdamW with amsgrad": ("AdamW", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1}),
    "RMSprop": ("RMSprop", {"lr": 0.05, "alpha": 0.8, "momentum": 0.5}),
    "RMSprop without momentum": ("RMSprop", {"lr": 0.05, "eps": 1e-3}),
    "Adagrad": ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5}),
}


def _parameters() -> list[Any]:
    generator = torch.Generator().manual_seed(0)
    shapes = ((3, 4), (5,), ())
    return [
        torch.nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64))
        for shape in shapes
    ]


def _steps(optimizer: Any, parameters: list[Any], count: int, first: int) -> None:
    for step in range(first, first + count):
        for number, parameter in enumerate(parameters):
            parameter.grad = torch.cos(parameter.detach() * (number + 1) + step)
        optimizer.step()


@pytest.mark.parametrize("case", ALIKE)
def test_training_continues_as_with_the_framework_s_own(case: str) -> None:
    name, settings = ALIKE[case]
    theirs, ours = _parameters(), _parameters()
    own = getattr(torch.optim, case.partition(" ")[0])(theirs, **settings)
    _steps(own, theirs, 3, 0)
    file = io.BytesIO()
    torch.save(own.state_dict(), file)
    file.seek(0)
    optimizer = getattr(dt, name).torch(ours, clip_value=100.0)
    optimizer.load_state_dict(torch.load(file, weights_only=True))
    for mine, other in zip(ours, theirs, strict=True):
        mine.data.copy_(other.data)
    _steps(own, theirs, 3, 3)
    _steps(optimizer, ours, 3, 3)
    assert optimizer.param_groups[0]["clip_value"] == 100.0
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-12)


OTHER_RULES = {
    "decoupled_weight_decay": ("AdamW", "Adam", {"weight_decay": 0.1}),
    "dampening": ("SGD", "SGD", {"momentum": 0.9, "dampening": 0.1}),
    "centered": ("RMSprop", "RMSprop", {"centered": True}),
    "weight_decay": ("RMSprop", "RMSprop", {"weight_decay": 0.1}),
    "lr_decay": ("Adagrad", "Adagrad", {"lr_decay": 0.1}),
    "beta1": ("NAdam", "NAdam", {}),
    "no beta1": ("Lion", "SGD", {"momentum": 0.9}),
    "no rho": ("RMSprop", "Adam", {}),
}


@pytest.mark.parametrize("case", OTHER_RULES)
def test_another_rule_is_refused_when_it_is_loaded(case: str) -> None:
    name, theirs, settings = OTHER_RULES[case]
    parameters = _parameters()
    own = getattr(torch.optim, theirs)(parameters, **settings)
    _steps(own, parameters, 1, 0)
    optimizer = getattr(dt, name).torch(_parameters())
    before = optimizer.state_dict()
    with pytest.raises(dt.DovetailError, match=case.removeprefix("no ")):
        optimizer.load_state_dict(own.state_dict())
    assert optimizer.state_dict() == before


def test_states_of_other_parameters_are_refused_when_they_are_loaded() -> None:
    parameters = _parameters()
    optimizer = dt.Adam.torch(parameters)
    _steps(optimizer, parameters, 1, 0)
    saved = optimizer.state_dict()
    others = dt.Adam.torch(list(reversed(_parameters())))
    with pytest.raises(dt.DovetailError, match="shape"):
        others.load_state_dict(saved)
    del saved["state"][0]["variance"]
    with pytest.raises(dt.DovetailError, match="variance"):
        optimizer.load_state_dict(saved)
