"""Rules with `prepare`, `again`, `hessian` and `evaluation` as optimizers of PyTorch."""

from __future__ import annotations

import copy
import io
from typing import Any

import numpy as np
import pytest
import torch

import dovetail as dt
from dovetail.errors import CallError, TrainingError
from dovetail.hosts.torch.optimizers import optimize
from tests.extension.optimizer_pieces import (
    GRADS,
    PIECES,
    START,
    Averaged,
    Curved,
    Distance,
    Rated,
    Sharpness,
    assert_steps,
    averaged_evaluation,
    by_hand,
    distance,
)
from tests.extension.optimizer_pieces import averaged as averaged_rule

pytestmark = pytest.mark.filterwarnings("ignore:Using backward:UserWarning")
NAMES = [type(piece).__name__ for piece, _ in PIECES]


@pytest.mark.parametrize(("piece", "rule"), PIECES, ids=NAMES)
def test_five_steps(piece: Any, rule: Any) -> None:
    assert_steps(optimize(piece, START, GRADS), rule, atol=1e-14)


def parameters(dtype: Any = torch.float64) -> dict[str, Any]:
    return {k: torch.nn.Parameter(torch.tensor(v, dtype=dtype)) for k, v in START.items()}


def step(optimizer: Any, params: dict[str, Any], grads: dict[str, Any]) -> None:
    for name, param in params.items():
        param.grad = torch.tensor(grads[name], dtype=param.dtype)
    optimizer.step()


def test_shared_states_belong_to_a_group_and_are_saved() -> None:
    params = parameters()
    optimizer = Distance.torch([{"params": [params["kernel"]]}, {"params": [params["bias"]]}])
    other = None
    for number, grads in enumerate(GRADS):
        if number == 2:  # from here on with what was saved
            buffer = io.BytesIO()
            torch.save(optimizer.state_dict(), buffer)
            buffer.seek(0)
            other = Distance.torch([{"params": [p]} for p in params.values()])
            other.load_state_dict(torch.load(buffer, weights_only=True))
            optimizer = other
        step(optimizer, params, grads)
    for name in START:
        alone = by_hand(distance, {name: START[name]}, [{name: g[name]} for g in GRADS])[-1]
        np.testing.assert_allclose(params[name].detach(), alone[name], rtol=1e-12)


@pytest.mark.parametrize("to_none", [True, False], ids=["none", "zeros"])
def test_a_closure_is_called_at_the_second_point(to_none: bool) -> None:
    params = parameters()
    optimizer = Sharpness.torch(params.values(), lr=0.1, rho=0.5)
    seen: list[Any] = []

    def closure() -> Any:
        optimizer.zero_grad(set_to_none=to_none)
        loss = sum((p**3).sum() for p in params.values())
        loss.backward()
        seen.append(params["kernel"].detach().clone())
        return loss

    loss = optimizer.step(closure)
    start = {k: np.array(v) for k, v in START.items()}
    assert float(loss.detach()) == pytest.approx(sum((v**3).sum() for v in start.values()))
    first = {k: 3 * v**2 for k, v in start.items()}
    norm = np.sqrt(sum((g * g).sum() for g in first.values()))
    near = {k: v + 0.5 * first[k] / norm for k, v in start.items()}
    assert len(seen) == 2
    np.testing.assert_allclose(seen[1], near["kernel"], rtol=1e-12)
    for name, value in start.items():
        right = value - 0.1 * 3 * near[name] ** 2
        np.testing.assert_allclose(params[name].detach(), right, rtol=1e-12)
        np.testing.assert_allclose(params[name].grad, first[name], rtol=1e-12)


def test_two_groups_look_before_either_is_updated() -> None:
    params = parameters()
    optimizer = Sharpness.torch([{"params": [p]} for p in params.values()], lr=0.1, rho=0.5)
    seen: list[Any] = []

    def closure() -> Any:
        optimizer.zero_grad()
        seen.append({k: p.detach().clone() for k, p in params.items()})
        loss = sum((p**2).sum() for p in params.values())
        loss.backward()
        return loss

    optimizer.step(closure)
    assert len(seen) == 3
    np.testing.assert_array_equal(seen[2]["kernel"], START["kernel"])
    np.testing.assert_array_equal(seen[1]["bias"], START["bias"])


def test_products_with_the_hessian() -> None:
    params = parameters()
    optimizer = Curved.torch(params.values(), lr=0.1)
    loss = sum((p**4).sum() for p in params.values())
    loss.backward(create_graph=True)
    optimizer.step()
    for name, value in START.items():
        grad = 4 * value**3
        right = value - 0.1 * (grad + 12 * value**2 * 3 * grad)
        np.testing.assert_allclose(params[name].detach(), right, rtol=1e-12)
    with pytest.raises(CallError, match="create_graph=True"):
        fresh = parameters()
        step(Curved.torch(fresh.values()), fresh, GRADS[0])


def test_an_answer_is_missing() -> None:
    params = parameters()
    with pytest.raises(CallError, match="closure"):
        step(Sharpness.torch(params.values()), params, GRADS[0])


def test_a_scaled_loss() -> None:
    params, scaled = parameters(torch.float32), parameters(torch.float32)
    plain, other = Distance.torch(params.values()), Distance.torch(scaled.values())
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    for grads in GRADS[:3]:
        step(plain, params, grads)
        loss = sum((p * torch.tensor(grads[k], dtype=p.dtype)).sum() for k, p in scaled.items())
        other.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(other)
        scaler.update()
    for name, param in params.items():
        np.testing.assert_allclose(scaled[name].detach(), param.detach(), rtol=1e-5)
    before = {k: p.detach().clone() for k, p in scaled.items()}
    for param in scaled.values():
        param.grad = torch.full_like(param, torch.inf)
    scaler.scale(torch.zeros(()))
    scaler.step(other)
    for name, value in before.items():
        np.testing.assert_array_equal(scaled[name].detach(), value)


def test_products_with_the_hessian_of_a_scaled_loss() -> None:
    found = []
    for scaler in (None, torch.amp.GradScaler("cpu", init_scale=2.0**10)):
        params = parameters()
        optimizer = Curved.torch(params.values(), lr=0.1)
        loss: Any = sum((p**4).sum() for p in params.values())
        (loss if scaler is None else scaler.scale(loss)).backward(create_graph=True)
        optimizer.step() if scaler is None else scaler.step(optimizer)
        found.append(params)
    for plain, scaled in zip(*(params.values() for params in found), strict=True):
        np.testing.assert_allclose(scaled.detach(), plain.detach(), rtol=1e-12)


class Halves(dt.Optimizer):
    """Shared states of a type that NumPy lacks."""

    lr: float = 0.1
    count = dt.Shared(dtype="bfloat16")
    table = dt.Shared(2, dtype="bfloat16", init="ones")

    def prepare(self, params: Any, grads: Any) -> None:
        self.count = self.count + 1
        self.table = 2.0 * self.table

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * self.count * grad


def test_shared_states_of_bfloat16() -> None:
    params = parameters()
    optimizer = Halves.torch(params.values())
    for grads in GRADS[:2]:
        step(optimizer, params, grads)
    right = START["bias"] - 0.1 * GRADS[0]["bias"] - 0.2 * GRADS[1]["bias"]
    np.testing.assert_allclose(params["bias"].detach(), right, rtol=1e-12)
    (group,) = optimizer.param_groups
    assert group["table"].dtype is torch.bfloat16
    assert group["table"].tolist() == [4.0, 4.0]


def test_evaluation_has_the_hyperparameters_of_the_last_step() -> None:
    params = parameters()
    optimizer = Rated.torch(params.values(), lr=lambda step: 1.0 / step)
    for grads in GRADS[:3]:
        step(optimizer, params, grads)
    optimizer.eval()
    np.testing.assert_allclose(params["bias"].detach(), START["bias"] / 3, rtol=1e-12)


def test_evaluation_and_back() -> None:
    params = parameters()
    optimizer = Averaged.torch(params.values(), lr=0.1)
    optimizer.eval()  # nothing was trained yet
    right: Any = START
    own: dict[str, Any] = {}
    for number, grads in enumerate(GRADS, 1):
        step(optimizer, params, grads)
        right = averaged_rule(right, grads, own, number, lambda _: {})
    trained = {k: p.detach().clone() for k, p in params.items()}
    optimizer.eval()
    optimizer.eval()
    for name, value in averaged_evaluation(right, own).items():
        np.testing.assert_allclose(params[name].detach(), value, rtol=1e-12)
    with pytest.raises(TrainingError, match=r"optimizer.train\(\)"):
        step(optimizer, params, GRADS[0])
    # What is saved meanwhile has both.
    saved = copy.deepcopy(optimizer.state_dict())
    again = Averaged.torch(params.values(), lr=0.1)
    again.load_state_dict(saved)
    for each in (again, optimizer):
        each.train()
        for name, value in trained.items():
            np.testing.assert_array_equal(params[name].detach(), value)
