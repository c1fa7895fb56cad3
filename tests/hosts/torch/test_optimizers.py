"""Optimizers as torch.optim.Optimizer: they agree with PyTorch's own and live as those do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dovetail.errors import ArgumentError, CallError  # noqa: E402
from dovetail.hosts.numpy.host import HOST as EMBEDDED  # noqa: E402
from dovetail.hosts.torch.optimizers import optimize  # noqa: E402
from dovetail.library.optimizer_names import OPTIMIZERS  # noqa: E402
from dovetail.library.optimizers import (  # noqa: E402
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Lion,
    RMSprop,
)
from tests.hosts.torch.optimizer_helpers import (  # noqa: E402
    give_gradients,
    parameters,
    train,
    twins,
)

Make = Callable[[list[Any]], Any]

PAIRS: dict[str, tuple[Make, Make]] = {
    "SGD": (lambda p: SGD.torch(p, lr=0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "SGD momentum": (
        lambda p: SGD.torch(p, 0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    ),
    "Adam": (
        lambda p: Adam.torch(p, weight_decay=0.1),
        lambda p: torch.optim.Adam(p, weight_decay=0.1),
    ),
    "AdamW": (AdamW.torch, torch.optim.AdamW),
    "AdamW maximize": (
        lambda p: AdamW.torch(p, maximize=True),
        lambda p: torch.optim.AdamW(p, maximize=True),
    ),
    "RMSprop": (
        lambda p: RMSprop.torch(p, momentum=0.5),
        lambda p: torch.optim.RMSprop(p, lr=1e-3, alpha=0.9, eps=1e-7, momentum=0.5),
    ),
    "Adagrad": (Adagrad.torch, torch.optim.Adagrad),
}
# Relative to the largest element: float32 rounds each of ten steps to 6e-8 of it.
TOLERANCES = {torch.float64: 1e-12, torch.float32: 1e-6}


@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("name", PAIRS)
def test_agrees_with_pytorch(name: str, dtype: Any) -> None:
    ours, theirs = PAIRS[name]
    mine, others = twins(dtype)
    one, other = ours(mine), theirs(others)
    for step in range(10):
        give_gradients(step, mine, others)
        one.step()
        other.step()
    for a, b in zip(mine, others, strict=True):
        assert a.dtype is dtype
        largest = b.abs().max().item() if b.numel() else 1.0
        torch.testing.assert_close(a, b, rtol=0, atol=TOLERANCES[dtype] * max(largest, 0.1))


@pytest.mark.parametrize("name", PAIRS)
def test_float32_is_within_4_ulp_of_pytorch_in_float64(name: str) -> None:
    """In float32 PyTorch's own result is up to 3 ULP away from that, on another side than ours.

    The unit is that of the larger of the old and the new value, which may cancel.
    """
    ours, theirs = PAIRS[name]
    mine = parameters()
    others = [torch.nn.Parameter(param.detach().double()) for param in mine]
    before = [param.detach().clone() for param in mine]
    give_gradients(0, mine, others)
    ours(mine).step()
    theirs(others).step()
    for a, b, old in zip(mine, others, before, strict=True):
        unit = torch.finfo(torch.float32).eps * torch.maximum(b.abs(), old.abs())
        assert ((a - b).abs() <= 4 * unit).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("definition", [AdamW, Lion, SGD, Adagrad])
def test_half_precisions_round_once(definition: Any, dtype: Any) -> None:
    """One step is that of float32 on the same numbers, rounded at the end."""
    params = parameters(dtype)
    wide = [torch.nn.Parameter(param.detach().float()) for param in params]
    give_gradients(0, params)
    for param, twin in zip(params, wide, strict=True):
        twin.grad = param.grad.float()
    definition.torch(params, lr=0.01).step()
    definition.torch(wide, lr=0.01).step()
    for param, twin in zip(params, wide, strict=True):
        assert param.dtype is dtype
        torch.testing.assert_close(
            param, twin.detach().to(dtype), rtol=torch.finfo(dtype).eps, atol=1e-5
        )


@pytest.mark.filterwarnings("ignore:Using backward:UserWarning")
@pytest.mark.parametrize("definition", OPTIMIZERS.values())
def test_agrees_with_numpy(definition: Any) -> None:
    rng = np.random.default_rng(0)
    start = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=())}
    given = [{k: rng.normal(size=v.shape) for k, v in start.items()} for _ in range(4)]
    optimizer = definition(clip_norm=1.0, clip_value=0.7)
    if not optimizer.prepares:  # which needs all gradients
        given[1]["b"] = None
    expected = EMBEDDED.optimize(optimizer, start, given)
    # NumPy's form counts the steps of the optimizer, PyTorch's those of each parameter.
    for found, right in zip(optimize(optimizer, start, given), expected, strict=True):
        np.testing.assert_allclose(found["a"], right["a"], rtol=1e-12)


# Groups and hyperparameters.


def test_each_group_has_its_own_hyperparameters() -> None:
    mine, others = twins()
    groups = lambda p: [{"params": p[:2], "lr": 0.1, "beta1": 0.5}, {"params": p[2:]}]  # noqa: E731
    one = AdamW.torch(groups(mine), lr=1e-2)
    assert [group["lr"] for group in one.param_groups] == [0.1, 1e-2]
    assert one.param_groups[0]["betas"] == (0.5, 0.999)
    other = torch.optim.AdamW(
        [{"params": others[:2], "lr": 0.1, "betas": (0.5, 0.999)}, {"params": others[2:]}], lr=1e-2
    )
    for step in range(3):
        give_gradients(step, mine, others)
        one.step()
        other.step()
    for a, b in zip(mine, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)


def test_static_hyperparameters_may_differ_between_groups_and_change() -> None:
    mine, others = twins()
    one = SGD.torch([{"params": mine[:2], "nesterov": True}, {"params": mine[2:]}], momentum=0.9)
    other = torch.optim.SGD(
        [{"params": others[:2], "nesterov": True}, {"params": others[2:]}], lr=0.01, momentum=0.9
    )
    for step in range(4):
        if step == 2:
            for optimizer in (one, other):
                optimizer.param_groups[1]["nesterov"] = True
                optimizer.param_groups[0]["lr"] = 0.5
        give_gradients(step, mine, others)
        one.step()
        other.step()
    for a, b in zip(mine, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)


def test_add_param_group_and_unfreezing() -> None:
    mine, others = twins()
    one, other = AdamW.torch(mine[:1]), torch.optim.AdamW(others[:1])
    for step in range(4):
        if step == 2:
            one.add_param_group({"params": mine[1:], "lr": 0.1})
            other.add_param_group({"params": others[1:], "lr": 0.1})
        give_gradients(step, mine, others)
        if step == 3:
            mine[1].grad = others[1].grad = None
        one.step()
        other.step()
    for a, b in zip(mine, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)


def test_an_instance_gives_its_values_as_defaults() -> None:
    params = parameters()
    optimizer = AdamW(0.5, clip_norm=2.0).torch(params, eps=1e-3)
    group = optimizer.param_groups[0]
    assert (group["lr"], group["clip_norm"], group["eps"], group["beta1"]) == (0.5, 2.0, 1e-3, 0.9)


def test_a_field_may_be_a_function_of_the_step() -> None:
    mine, others = twins()
    one = SGD(lr=lambda step: 0.1 / step).torch(mine)
    other = torch.optim.SGD(others, lr=0.1)
    for step in range(3):
        other.param_groups[0]["lr"] = 0.1 / (step + 1)
        give_gradients(step, mine, others)
        one.step()
        other.step()
    for a, b in zip(mine, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)


def test_a_tensor_may_be_the_learning_rate() -> None:
    mine, others = twins()
    rate = torch.tensor(0.1)
    one, other = SGD.torch(mine, lr=rate), SGD.torch(others, lr=0.1)
    train(one, mine, 0, 1)
    train(other, others, 0, 1)
    rate.fill_(0.5)
    other.param_groups[0]["lr"] = 0.5
    train(one, mine, 1, 2)
    train(other, others, 1, 2)
    for a, b in zip(mine, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)
    with pytest.raises(ArgumentError, match="hyperparameter"):
        SGD.torch(parameters(), lr=torch.ones(2))


def test_betas_and_their_fields_agree() -> None:
    optimizer = Lion.torch(parameters(), betas=(0.5, 0.6))
    group = optimizer.param_groups[0]
    assert (group["beta1"], group["beta2"]) == (0.5, 0.6)
    train(optimizer, group["params"], 0, 1)
    group["betas"] = (0.7, 0.8)
    train(optimizer, group["params"], 1, 2)
    assert (group["beta1"], group["beta2"]) == (0.7, 0.8)
    group["beta1"] = 0.2
    train(optimizer, group["params"], 2, 3)
    assert group["betas"] == (0.2, 0.8)


@pytest.mark.parametrize(
    ("error", "settings"),
    [
        (CallError, {"learning_rate": 1.0}),
        (ArgumentError, {"lr": "fast"}),
        (ArgumentError, {"betas": (0.9,)}),
        (ArgumentError, {"betas": (0.9, 0.99), "beta1": 0.9}),
    ],
)
def test_wrong_hyperparameters(error: type[Exception], settings: dict[str, Any]) -> None:
    with pytest.raises(error):
        Lion.torch(parameters(), **settings)


# Clipping.


@pytest.mark.parametrize("limit", [0.1, 1e6])
def test_clipping_by_the_norm_of_the_group(limit: float) -> None:
    mine, others = twins(torch.float64)
    one, other = SGD.torch(mine, lr=0.1, clip_norm=limit), torch.optim.SGD(others, lr=0.1)
    for step in range(3):
        give_gradients(step, mine, others)
        norm = torch.nn.utils.get_total_norm([param.grad for param in others])
        for param in others:
            param.grad *= limit / max(norm.item(), limit)
        one.step()
        other.step()
    for a, b in zip(mine, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_clipping_by_value() -> None:
    mine, others = twins()
    one = SGD.torch(mine, lr=0.1, clip_value=0.2, clip_norm=1.0)
    give_gradients(0, mine, others)
    torch.nn.utils.clip_grad_value_(others, 0.2)
    one.step()
    SGD.torch(others, lr=0.1, clip_norm=1.0).step()
    for a, b in zip(mine, others, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_bad_gradient_is_not_hidden_by_clipping(bad: float) -> None:
    params = parameters()
    give_gradients(0, params)
    params[4].grad[69_000] = bad
    SGD.torch(params, clip_norm=1.0).step()
    assert params[4][69_000].isnan()
