"""Optimizers as torch.optim.Optimizer: they agree with PyTorch's own and live as those do."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.errors import (  # noqa: E402
    BetasError,
    HyperparameterTypeError,
    OptimizerDeviceError,
    OptimizerParameterError,
    OptimizerStateError,
    SparseGradientError,
    UnknownFieldError,
)
from dovetail.hosts.torch.optimizers import optimize  # noqa: E402
from dovetail.library.optimizers import (  # noqa: E402
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Lion,
    RMSprop,
)
from dovetail.options import override  # noqa: E402

SHAPES = ((3, 4), (5,), (), (0, 3), (70_000,), (2, 3, 4))

Make = Callable[[list[Any]], Any]


def parameters(dtype: Any = torch.float32, shapes: Any = SHAPES, seed: int = 0) -> list[Any]:
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.nn.Parameter(torch.randn(shape, generator=generator).to(dtype)) for shape in shapes
    ]


def twins(dtype: Any = torch.float32, shapes: Any = SHAPES) -> tuple[list[Any], list[Any]]:
    return parameters(dtype, shapes), parameters(dtype, shapes)


def give_gradients(step: int, *sets: list[Any], scale: float = 1.0) -> None:
    """The same gradients to each set of parameters."""
    generator = torch.Generator().manual_seed(100 + step)
    for same in zip(*sets, strict=True):
        drawn = torch.randn(same[0].shape, generator=generator) * scale
        for param in same:
            param.grad = drawn.to(param.dtype).clone()


def train(optimizer: Any, params: list[Any], first: int, last: int) -> None:
    for step in range(first, last):
        give_gradients(step, params)
        optimizer.step()


def assert_same(one: list[Any], other: list[Any]) -> None:
    for a, b in zip(one, other, strict=True):
        assert torch.equal(a, b)


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


@pytest.mark.parametrize("definition", OPTIMIZERS.values())
def test_agrees_with_numpy(definition: Any) -> None:
    rng = np.random.default_rng(0)
    start = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=())}
    given = [{k: rng.normal(size=v.shape) for k, v in start.items()} for _ in range(4)]
    given[1]["b"] = None
    optimizer = definition(clip_norm=1.0, clip_value=0.7)
    params, state, expected = start, optimizer.init(start), []
    for gradients in given:
        params, state = optimizer.apply(params, gradients, state)
        expected.append(params)
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
    with pytest.raises(HyperparameterTypeError):
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
        (UnknownFieldError, {"learning_rate": 1.0}),
        (HyperparameterTypeError, {"lr": "fast"}),
        (BetasError, {"betas": (0.9,)}),
        (BetasError, {"betas": (0.9, 0.99), "beta1": 0.9}),
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
    assert other.state_dict()["state"][0].keys() == {"step", *definition.declared}
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
    optimizer.load_state_dict({**optimizer.state_dict(), "state": saved["state"]})
    give_gradients(1, params)
    with pytest.raises(OptimizerStateError):
        optimizer.step()


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


# Gradients.


def test_closures() -> None:
    param = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = SGD.torch([param], lr=0.25)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (param * param).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 5.0
    assert param.tolist() == [0.5, -1.0]


def test_no_gradients_at_all() -> None:
    params = parameters()
    before = [param.detach().clone() for param in params]
    optimizer = AdamW.torch(params)
    optimizer.step()
    assert_same(params, before)
    assert not optimizer.state


def test_sparse_gradients_are_refused() -> None:
    layer = torch.nn.Embedding(4, 3, sparse=True)
    optimizer = AdamW.torch(layer.parameters())
    with torch.sparse.check_sparse_tensor_invariants(False):
        layer(torch.tensor([1])).sum().backward()
    for _ in range(2):
        with pytest.raises(SparseGradientError, match="SparseAdam"):
            optimizer.step()


@pytest.mark.parametrize("dtype", [torch.complex64, torch.int32], ids=str)
def test_other_types_are_refused(dtype: Any) -> None:
    param = torch.zeros(3, dtype=dtype, requires_grad=dtype.is_complex)
    with pytest.raises(OptimizerParameterError, match="float32"):
        AdamW.torch([param])


def test_other_devices_are_refused() -> None:
    with pytest.raises(OptimizerDeviceError, match="cpu"):
        AdamW.torch([torch.nn.Parameter(torch.zeros(3, device="meta"))])


def layouts() -> dict[str, Any]:
    base = torch.arange(24.0)
    return {
        "transposed": base.reshape(4, 6).t(),
        "channels last": base.reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
        "every second": torch.arange(48.0)[::2],
        "columns": torch.arange(60.0).reshape(6, 10)[:, :4],
    }


@pytest.mark.parametrize("name", layouts())
@pytest.mark.parametrize("gradient", ["as parameter", "contiguous", "expanded"])
def test_any_layout(name: str, gradient: str) -> None:
    one = torch.nn.Parameter(layouts()[name])
    other = torch.nn.Parameter(layouts()[name].contiguous())
    mine, theirs = AdamW.torch([one], lr=0.1), AdamW.torch([other], lr=0.1)
    assert one.stride() == layouts()[name].stride()
    for step in range(3):
        give_gradients(step, [other])
        if gradient == "expanded":
            other.grad = torch.ones(()).expand(other.shape)
        one.grad = torch.empty_like(one).copy_(other.grad)
        if gradient == "contiguous":
            one.grad = other.grad.contiguous()
        mine.step()
        theirs.step()
    assert torch.equal(one, other)


def test_optimizer_inside_backward() -> None:
    mine, others = (torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2)) for _ in "ab")
    others.load_state_dict(mine.state_dict())
    own = {param: AdamW.torch([param], lr=0.1) for param in mine.parameters()}

    def update(param: Any) -> None:
        own[param].step()
        own[param].zero_grad()

    for param in mine.parameters():
        param.register_post_accumulate_grad_hook(update)
    whole = AdamW.torch(others.parameters(), lr=0.1)
    x = torch.randn(5, 4)
    for _ in range(3):
        mine(x).square().sum().backward()
        others(x).square().sum().backward()
        whole.step()
        whole.zero_grad()
    assert_same(list(mine.parameters()), list(others.parameters()))


def test_step_hooks_are_called() -> None:
    params, seen = parameters(), []
    optimizer = Lion.torch(params)
    optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
    optimizer.register_step_post_hook(lambda *_: seen.append("after"))
    train(optimizer, params, 0, 2)
    assert seen == ["before", "after"] * 2


def test_autograd_sees_the_change() -> None:
    param = torch.nn.Parameter(torch.ones(3))
    loss = (param * param).sum()
    param.grad = torch.ones(3)
    SGD.torch([param]).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


# Mixed precision.


@pytest.mark.parametrize("clip_norm", [None, 0.5])
@pytest.mark.parametrize("unscale", [False, True], ids=["inside", "by hand"])
def test_gradient_scaler(unscale: bool, clip_norm: float | None) -> None:
    mine, others = twins()
    one, other = (AdamW.torch(p, lr=0.1, clip_norm=clip_norm) for p in (mine, others))
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=100)
    for step in range(4):
        give_gradients(step, others)
        give_gradients(step, mine, scale=scaler.scale(torch.ones(())).item())
        if step == 2:
            mine[0].grad[0, 0] = float("inf")
        before = [param.detach().clone() for param in mine]
        if unscale:
            scaler.unscale_(one)
        scaler.step(one)
        scaler.update()
        if step == 2:
            assert_same(mine, before)
            assert one.state[mine[0]]["step"].item() == 2
        else:
            other.step()
            for a, b in zip(mine, others, strict=True):
                torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)
    assert scaler.get_scale() == 512.0


# Rules that are not elementwise, and compiled steps.


class WideMomentum(dt.Optimizer):
    """Momentum that is kept in float32."""

    lr: float = 0.1
    momentum = dt.State(like="param", init="zeros", dtype="float32")

    def update(self, param: Any, grad: Any) -> Any:
        self.momentum = 0.9 * self.momentum + grad
        return param - self.lr * dt.astype(self.momentum, param.dtype)


class Normalised(dt.Optimizer):
    """The gradient over its norm, and how often it was taken."""

    lr: float = 0.1
    seen = dt.State(init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        self.seen = self.seen + 1.0
        return param - self.lr * grad * dt.rsqrt(dt.sum(grad * grad) + 1e-12)


@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_a_rule_to_which_the_shape_matters(clip_norm: float | None) -> None:
    params = [torch.nn.Parameter(torch.ones(3, 4).t()), torch.nn.Parameter(torch.ones(2))]
    optimizer = Normalised.torch(params, clip_norm=clip_norm)
    gradients = [torch.randn(4, 3), torch.randn(2)]
    for param, gradient in zip(params, gradients, strict=True):
        param.grad = gradient
    optimizer.grad_scale, optimizer.found_inf = torch.tensor(1.0), torch.tensor(0.0)
    optimizer.step()
    for param, gradient in zip(params, gradients, strict=True):
        torch.testing.assert_close(param, 1 - 0.1 * gradient / gradient.norm())
        assert optimizer.state[param]["seen"].item() == 1.0
    optimizer.found_inf = torch.tensor(1.0)
    before = [param.detach().clone() for param in params]
    optimizer.step()
    assert_same(params, before)


def test_a_compiled_step_breaks_the_graph_only() -> None:
    mine, others = twins()
    one, other = AdamW.torch(mine), AdamW.torch(others)
    compiled = torch.compile(one.step, backend="eager")
    for step in range(2):
        give_gradients(step, mine, others)
        compiled()
        other.step()
    assert_same(mine, others)


def test_threads_do_not_change_the_bits() -> None:
    results = []
    for count in (1, 2, 5):
        params = parameters(shapes=[(300_001,), *[(100,)] * 700])
        optimizer = AdamW.torch(params, clip_norm=0.1)
        with override(num_threads=count):
            train(optimizer, params, 0, 2)
        results.append(params)
    assert_same(results[0], results[1])
    assert_same(results[0], results[2])
