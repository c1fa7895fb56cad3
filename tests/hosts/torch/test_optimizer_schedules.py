"""Optimizers under every learning-rate schedule; saved, loaded, copied."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from dovetail.errors import StructureError  # noqa: E402
from dovetail.library.optimizers import (  # noqa: E402
    SGD,
    AdamW,
    Lion,
    RMSprop,
)
from tests.hosts.torch.optimizer_helpers import (  # noqa: E402
    WideMomentum,
    assert_same,
    give_gradients,
    parameters,
    train,
    twins,
)

# Learning-rate schedules.

SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "LambdaLR": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda step: 0.9**step),
    "MultiplicativeLR": lambda o: torch.optim.lr_scheduler.MultiplicativeLR(o, lambda step: 0.9),
    "StepLR": lambda o: torch.optim.lr_scheduler.StepLR(o, 2),
    "MultiStepLR": lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [1, 3]),
    "ConstantLR": lambda o: torch.optim.lr_scheduler.ConstantLR(o, total_iters=2),
    "LinearLR": lambda o: torch.optim.lr_scheduler.LinearLR(o, total_iters=3),
    "ExponentialLR": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.8),
    "PolynomialLR": lambda o: torch.optim.lr_scheduler.PolynomialLR(o, total_iters=8),
    "CosineAnnealingLR": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 5),
    "CosineAnnealingWarmRestarts": lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(
        o, 3
    ),
    "CyclicLR": lambda o: torch.optim.lr_scheduler.CyclicLR(o, 1e-3, 1e-1, 2),
    "OneCycleLR": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=8),
    "ReduceLROnPlateau": lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0),
    "SequentialLR": lambda o: torch.optim.lr_scheduler.SequentialLR(
        o,
        [
            torch.optim.lr_scheduler.ConstantLR(o, 0.1, 2),
            torch.optim.lr_scheduler.ExponentialLR(o, 0.5),
        ],
        [2],
    ),
    "ChainedScheduler": lambda o: torch.optim.lr_scheduler.ChainedScheduler(
        [
            torch.optim.lr_scheduler.ConstantLR(o, 0.1, 2),
            torch.optim.lr_scheduler.ExponentialLR(o, 0.5),
        ]
    ),
    "SWALR": lambda o: torch.optim.swa_utils.SWALR(o, 0.05, anneal_epochs=3),
}


def test_every_schedule_is_tried() -> None:
    base = torch.optim.lr_scheduler.LRScheduler
    there = {
        name
        for name in torch.optim.lr_scheduler.__all__
        if issubclass(getattr(torch.optim.lr_scheduler, name), base)
    }
    assert there - {"LRScheduler"} <= SCHEDULES.keys()


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("kind", ["AdamW", "SGD"])
def test_schedules(name: str, kind: str) -> None:
    mine, others = twins()
    if kind == "SGD":
        one = SGD.torch(mine, lr=0.1, momentum=0.9)
        other = torch.optim.SGD(others, lr=0.1, momentum=0.9)
    else:
        one, other = AdamW.torch(mine, lr=0.1), torch.optim.AdamW(others, lr=0.1)
    schedules = [SCHEDULES[name](one), SCHEDULES[name](other)]
    for step in range(6):
        give_gradients(step, mine, others)
        one.step()
        other.step()
        for schedule in schedules:
            schedule.step(1.0) if name == "ReduceLROnPlateau" else schedule.step()
        assert one.param_groups[0]["lr"] == other.param_groups[0]["lr"]
    for a, b in zip(mine, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


# Saving, loading, copying.


@pytest.mark.parametrize("definition", [AdamW, Lion, SGD, RMSprop])
def test_a_run_goes_on_from_its_state_dict(definition: Any) -> None:
    params = parameters()
    optimizer = definition.torch(params, lr=0.01)
    train(optimizer, params, 0, 3)
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    resumed = parameters(seed=5)
    with torch.no_grad():
        for param, value in zip(resumed, params, strict=True):
            param.copy_(value)
    other = definition.torch(resumed, lr=1.0)
    train(other, resumed, 50, 50)
    other.load_state_dict(torch.load(file, weights_only=True))
    train(optimizer, params, 3, 6)
    train(other, resumed, 3, 6)
    assert_same(params, resumed)
    stored = {name for name in definition.declared if name != "largest"}  # amsgrad is off
    assert other.state_dict()["state"][0].keys() == {"step", *stored}
    assert other.state[resumed[0]]["step"].item() == 6


def test_a_state_with_a_type_of_its_own_keeps_it() -> None:
    params = parameters(torch.bfloat16, [(4,)])
    optimizer = WideMomentum.torch(params)
    train(optimizer, params, 0, 1)
    before = optimizer.state[params[0]]["momentum"].clone()
    assert before.dtype is torch.float32
    other = WideMomentum.torch(params)
    other.load_state_dict(optimizer.state_dict())
    assert torch.equal(other.state[params[0]]["momentum"], before)


def test_a_state_of_another_optimizer_is_refused() -> None:
    params = parameters()
    other = torch.optim.AdamW(params)
    train(other, params, 0, 1)
    optimizer = AdamW.torch(params)
    saved = other.state_dict()
    with pytest.raises(StructureError, match="the state of"):
        optimizer.load_state_dict({**optimizer.state_dict(), "state": saved["state"]})


@pytest.mark.parametrize("definition", [AdamW, AdamW(0.5)], ids=["class", "instance"])
def test_deepcopy_and_pickle(definition: Any) -> None:
    model = torch.nn.Linear(3, 2)
    optimizer = definition.torch(model.parameters())
    params = list(model.parameters())
    train(optimizer, params, 0, 2)
    pairs = [copy.deepcopy((model, optimizer)), pickle.loads(pickle.dumps((model, optimizer)))]
    train(optimizer, params, 2, 4)
    for other_model, other in pairs:
        assert type(other).__name__ == "AdamW"
        others = list(other_model.parameters())
        train(other, others, 2, 4)
        assert_same(params, others)


def test_states_that_are_cleared_begin_anew() -> None:
    mine, others = twins()
    one = AdamW.torch(mine)
    train(one, mine, 0, 2)
    one.state.clear()
    with torch.no_grad():
        for a, b in zip(mine, others, strict=True):
            b.copy_(a)
    two = AdamW.torch(others)
    train(one, mine, 2, 3)
    train(two, others, 2, 3)
    assert_same(mine, others)


def test_a_state_may_be_replaced_while_its_group_rests() -> None:
    params = parameters(shapes=[(3,), (4,)])
    optimizer = SGD.torch([{"params": params[:1]}, {"params": params[1:]}], momentum=0.9)
    train(optimizer, params, 0, 1)
    optimizer.state[params[1]] = {
        name: value.clone() for name, value in optimizer.state[params[1]].items()
    }
    params[0].grad, params[1].grad = torch.ones(3), None
    optimizer.step()
    params[1].grad = torch.ones(4)
    before = optimizer.state[params[1]]["velocity"].clone()
    optimizer.step()
    torch.testing.assert_close(optimizer.state[params[1]]["velocity"], 0.9 * before + 1.0)
    assert optimizer.state[params[1]]["step"].item() == 2


def test_parameters_may_move() -> None:
    mine, others = twins()
    one, two = AdamW.torch(mine), AdamW.torch(others)
    for step in range(3):
        for param in mine:
            param.data = param.data.clone()
        train(one, mine, step, step + 1)
        train(two, others, step, step + 1)
    assert_same(mine, others)
