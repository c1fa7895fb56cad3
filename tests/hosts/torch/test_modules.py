"""Ops, activations and losses as PyTorch's users hold them."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.errors import ArgumentError, CallError  # noqa: E402
from tests.hosts.torch.pairs import assert_same, focal, gated, mish  # noqa: E402

F = torch.nn.functional


@dt.activation
def sharp(x: Any, slope: float = 2.0, even: bool = False) -> Any:
    """slope * x where positive."""
    return dt.where(x > 0, slope * x, -x if even else 0.0 * x)


@dt.loss
def weighted(prediction: Any, target: Any, weight: Any = None, power: float = 2.0) -> Any:
    """Of each row."""
    found = dt.sum(dt.abs(prediction - target) ** power, axis=-1)
    return found if weight is None else found * weight


def _focal(logits: Any, labels: Any, gamma: float) -> Any:
    log_p = F.log_softmax(logits, -1).gather(-1, labels[..., None])[..., 0]
    return -((1.0 - log_p.exp()) ** gamma) * log_p


def test_an_op_is_a_function() -> None:
    x, g = torch.rand(2, 4).double().unbind()
    assert_same(gated.torch(x, g, power=2.0), x.sin() ** 2 * g**2)


def test_an_activation_is_a_module_class() -> None:
    kind = mish.torch
    assert kind is mish.torch
    assert issubclass(kind, torch.nn.Module)
    assert (kind.__name__, kind.__module__, kind.__doc__) == ("mish", mish.__module__, mish.__doc__)
    module = kind()
    x = torch.randn(3, dtype=torch.float64, requires_grad=True)
    assert_same(module(x), F.mish(x))
    assert torch.autograd.gradcheck(module, (x,))
    assert not list(module.parameters())
    assert not module.state_dict()
    model = torch.nn.Sequential(torch.nn.Linear(3, 3).double(), module)
    assert_same(model(x), F.mish(model[0](x)))


def test_hyperparameters_are_arguments_and_attributes() -> None:
    x = torch.tensor([-1.0, 2.0])
    module = sharp.torch()
    assert repr(module) == "sharp(slope=2.0, even=False)"
    assert module(x).tolist() == [-0.0, 4.0]
    assert sharp.torch(3.0)(x).tolist() == [-0.0, 6.0]
    assert sharp.torch(slope=3, even=True)(x).tolist() == [1.0, 6.0]
    module.slope = 5.0
    assert module(x).tolist() == [-0.0, 10.0]
    assert "slope=5.0" in repr(module)
    assert str(inspect.signature(sharp.torch)) == "(slope=2.0, even=False)"
    with pytest.raises(CallError, match="sloep"):
        sharp.torch(sloep=1.0)
    with pytest.raises(CallError, match="positional"):
        sharp.torch(1.0, True, 3)


def test_a_loss_is_a_module_class() -> None:
    logits = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 4, 2, 1])
    want = _focal(logits, labels, 3.0)
    assert_same(focal.torch(gamma=3.0)(logits, labels), want.mean())
    assert_same(focal.torch(3.0, reduction="sum")(logits, labels), want.sum())
    assert_same(focal.torch(3.0, reduction="none")(logits, labels), want)
    module = focal.torch()
    assert repr(module) == "focal(gamma=2.0, reduction='mean')"
    assert torch.autograd.gradcheck(lambda x: module(x, labels), (logits,))
    with pytest.raises(ArgumentError, match="median"):
        focal.torch(reduction="median")


def test_an_optional_array_is_given_to_either() -> None:
    p, t = torch.randn(2, 3, 4, dtype=torch.float64).unbind()
    weight = torch.rand(3, dtype=torch.float64)
    want = ((p - t).abs().square().sum(-1) * weight).mean()
    assert_same(weighted.torch()(p, t, weight=weight), want)
    assert_same(weighted.torch()(p, t, weight), want)
    assert_same(weighted.torch(weight)(p, t), want)
    assert_same(weighted.torch()(p, t), (p - t).square().sum(-1).mean())
    learned = weighted.torch(torch.nn.Parameter(weight))
    assert [name for name, _ in learned.named_parameters()] == ["weight"]
    learned(p, t).backward()
    assert_same(learned.weight.grad, (p - t).square().sum(-1) / 3)


@pytest.mark.parametrize("make", [lambda: sharp.torch(3.0, even=True), lambda: focal.torch(1.5)])
def test_copies_and_files(make: Any) -> None:
    module = make()
    args = (torch.randn(4, 5),) if "sharp" in repr(module) else (
        torch.randn(4, 5), torch.tensor([0, 1, 2, 3]))  # fmt: skip
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    others = [
        copy.deepcopy(module), pickle.loads(pickle.dumps(module)),
        torch.load(file, weights_only=False),
    ]  # fmt: skip
    for other in others:
        assert type(other) is type(module)
        assert repr(other) == repr(module)
        assert_same(other(*args), module(*args))
    assert pickle.loads(pickle.dumps(type(module))) is type(module)


def test_compiled_and_exported() -> None:
    x = torch.randn(2, 3)
    module = torch.nn.Sequential(torch.nn.Linear(3, 3), sharp.torch(3.0), mish.torch())
    run = torch.compile(module, fullgraph=True, backend="aot_eager")
    assert_same(run(x), module(x))
    assert_same(torch.export.export(module, (x,)).module()(x), module(x))
    torch._dynamo.reset()


def test_ready_made_functions_have_forms() -> None:
    x = torch.randn(5, dtype=torch.float64)
    assert_same(dt.relu.torch()(x), x.relu())
    assert_same(dt.softmax.torch(axis=0)(x), x.softmax(0))
    assert_same(dt.matmul.torch(x, x), x @ x)
    assert_same(dt.exp.torch(x), x.exp())
