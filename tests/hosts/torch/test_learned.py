"""Hyperparameters that are tensors with a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from tests.hosts.learned import CHANNELS, WEIGHTS, X, check_host, declared  # noqa: E402


def _tensors(arrays: list[Any]) -> list[Any]:
    return [torch.as_tensor(np.ascontiguousarray(each)) for each in arrays]


def _scalar(function: Any, arrays: list[Any], weights: Any, **given: Any) -> Any:
    if weights is None:
        return function(*arrays, reduction="sum", **given)
    return (function(*arrays, **given) * torch.as_tensor(weights)).sum()


def _backward(function: Any, arrays: list[Any], given: dict[str, Any], weights: Any) -> Any:
    ((name, value),) = given.items()
    leaf = torch.tensor(value, requires_grad=True)
    _scalar(function, _tensors(arrays), weights, **{name: leaf}).backward()
    return leaf.grad.numpy()


def test_every_hyperparameter_of_the_package_has_a_gradient() -> None:
    check_host(_backward)


def _of(value: Any) -> Any:
    return torch.as_tensor(value).requires_grad_()


@pytest.mark.parametrize("value", [np.array(0.7), CHANNELS], ids=["scalar", "per channel"])
@pytest.mark.parametrize("function", [dt.squareplus, declared], ids=lambda each: each.name)
def test_gradients_of_both_modes_and_orders(function: Any, value: Any) -> None:
    given = torch.tensor(X, requires_grad=True), _of(value)
    assert torch.autograd.gradcheck(function, given, check_forward_ad=True)
    assert torch.autograd.gradcheck(function, given, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(function, given)


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
def test_under_transforms_and_compiled() -> None:
    x, weights = torch.tensor(X), torch.tensor(WEIGHTS)

    def scalar(value: Any, x: Any) -> Any:
        return (dt.snake(x, frequency=value) * weights).sum()

    for value in (_of(np.array(0.7)), _of(CHANNELS)):
        (wanted,) = torch.autograd.grad(scalar(value, x), value)
        torch.testing.assert_close(torch.func.grad(scalar)(value, x), wanted)
        torch.testing.assert_close(torch.func.jacfwd(scalar)(value, x), wanted)
        one_by_one = torch.func.vmap(
            torch.func.grad(lambda v, x, w: (dt.snake(x, frequency=v) * w).sum()), (None, 0, 0)
        )(value, x, weights)
        torch.testing.assert_close(one_by_one.sum(0), wanted)
        compiled = torch.compile(scalar, backend="aot_eager", fullgraph=True)
        (found,) = torch.autograd.grad(compiled(value, x), value)
        torch.testing.assert_close(found, wanted)
    # A batch of scalars is one call for each.
    many = torch.func.vmap(lambda v: dt.snake(x, frequency=v))(torch.tensor(CHANNELS))
    torch.testing.assert_close(many[2], dt.snake(x, frequency=float(CHANNELS[2])))


def test_a_scalar_is_weak_and_costs_no_copy_to_python() -> None:
    x = torch.tensor(X).half()
    assert dt.snake(x, torch.tensor(0.7, dtype=torch.float64)).dtype == torch.float16
    assert dt.snake(x, torch.tensor(CHANNELS)).dtype == torch.float64
    meta = torch.empty((), device="meta")  # reading it would raise
    assert dt.snake(x.to("meta"), meta).shape == x.shape
    value = torch.tensor(0.7, dtype=torch.float64)
    torch.testing.assert_close(dt.snake(torch.tensor(X), value), dt.snake(torch.tensor(X), 0.7))


def test_a_module_with_a_learned_hyperparameter_trains() -> None:
    torch.manual_seed(0)
    module = dt.snake.torch(frequency=torch.nn.Parameter(torch.ones(4)))
    assert [name for name, _ in module.named_parameters()] == ["frequency"]
    assert "frequency=(4,)" in repr(module)
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), module, torch.nn.Linear(4, 1))
    optimizer = dt.Adam.torch(model.parameters(), lr=0.05)
    x, y = torch.tensor(X).float(), torch.tensor(X[:, :1]).sin().float()
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4
    assert (module.frequency != 1.0).all()
    again = dt.snake.torch(frequency=torch.nn.Parameter(torch.zeros(4)))
    again.load_state_dict(module.state_dict())
    torch.testing.assert_close(again(x), module(x))
