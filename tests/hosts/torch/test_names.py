"""Names of PyTorch's own in definitions; optimizers with states of a condition and array fields."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch

import dovetail as dt
from dovetail.errors import DefinitionError
from tests.extension.test_configuration import Net, Rule
from tests.extension.test_optimizer_states import GRADS, START, Masked, Momentum, by_hand

X = torch.linspace(-1.0, 1.0, 6).reshape(2, 3)


@dt.activation
def named(x: Any, training: float = 0.5, type: float = 2.0, settings: float = 1.0) -> Any:
    return x * training * type * settings


class Cell(dt.Layer):
    """Fields and layers inside that have names of torch.nn.Module's."""

    type: str = "plain"
    half: float = 0.5
    kind: str = "tanh"

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.children_, self.apply, self.register = dt.Dense(3), dt.Dense(3), dt.Dense(2)

    def forward(self, x: Any) -> Any:
        return self.register(self.apply(self.children_(x))) * self.half


def test_hyperparameters_stay_what_they_are() -> None:
    module = named.torch(training=0.25, type=3.0, settings=4.0)
    for switched in (module, module.eval(), module.train(), copy.deepcopy(module).double()):
        torch.testing.assert_close(switched(X), X * 3.0)
    assert "training=0.25" in repr(module)


def test_fields_and_layers_inside() -> None:
    module = Cell.torch(half=2.0, type="other")
    plain = module(X)
    assert list(dict(module.named_parameters())) == [
        f"{name}.{part}" for name in ("children_", "apply", "register")
        for part in ("kernel", "bias")
    ]  # fmt: skip
    torch.testing.assert_close(pickle.loads(pickle.dumps(module)).eval()(X), plain)


def test_tensors_that_cannot_be_of_a_module() -> None:
    for name in ("half", "apply", "type"):
        body = {name: dt.Parameter(3), "forward": lambda self, x: x, "__module__": __name__}
        owner = type("Taken", (dt.Layer,), body)
        owner()(np.ones(3))
        with pytest.raises(DefinitionError, match=f"'{name}'"):
            _ = owner.torch


def test_arguments_of_init() -> None:
    module = Net.torch(8, 5, act="tanh")
    assert module(X).shape == (2, 5)
    assert len(list(module.parameters())) == 4
    param = torch.nn.Parameter(torch.ones(3))
    param.grad = torch.ones(3)
    optimizer = Rule.torch([param], 3, lr=0.25)
    optimizer.step()
    torch.testing.assert_close(param.detach(), torch.full((3,), 0.25))
    again = copy.deepcopy(optimizer)
    again.param_groups[0]["params"][0].grad = torch.ones(3)
    again.step()
    torch.testing.assert_close(again.param_groups[0]["params"][0].detach(), torch.full((3,), -0.5))


def run(optimizer: Any, params: list[Any], steps: Any = GRADS) -> None:
    for grads in steps:
        for param, grad in zip(params, grads.values(), strict=True):
            param.grad = torch.from_numpy(np.array(grad))
        optimizer.step()


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_states_of_a_condition(momentum: float) -> None:
    params = [torch.nn.Parameter(torch.from_numpy(v.copy())) for v in START.values()]
    optimizer = Momentum.torch(params, momentum=momentum)
    run(optimizer, params)
    for param, right in zip(params, by_hand(momentum).values(), strict=True):
        np.testing.assert_allclose(param.detach().numpy(), right, rtol=1e-12)
        assert ("velocity" in optimizer.state[param]) == (momentum != 0)
    again = Momentum.torch(params, momentum=momentum)
    again.load_state_dict(optimizer.state_dict())
    run(again, params)


def test_a_state_begins_when_its_field_becomes_true() -> None:
    params = [torch.nn.Parameter(torch.from_numpy(v.copy())) for v in START.values()]
    optimizer = Momentum.torch(params)
    run(optimizer, params, GRADS[:1])
    optimizer.param_groups[0]["momentum"] = 0.5
    run(optimizer, params, GRADS[1:3])
    one, two, three = (each["w"] for each in GRADS[:3])
    right = START["w"] - 0.1 * (one + two + (0.5 * two + three))
    np.testing.assert_allclose(params[0].detach().numpy(), right, rtol=1e-12)


def test_arrays_as_fields() -> None:
    mask = np.ones(3000, np.float32)
    other = mask.copy()
    other[1500] = 0.0
    for each in (mask, other):
        param = torch.nn.Parameter(torch.zeros(3000))
        param.grad = torch.ones(3000)
        optimizer = Masked.torch([param], mask=each)
        optimizer.step()
        np.testing.assert_array_equal(param.detach().numpy(), np.float32(-0.1) * each)
    other[7] = 3.0
    optimizer.step()
    np.testing.assert_allclose(param.detach().numpy()[[7, 8, 1500]], [-0.4, -0.2, 0.0], rtol=1e-6)
