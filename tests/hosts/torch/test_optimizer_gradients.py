"""Optimizers and the gradients that they are given: kinds, layouts, hooks, mixed precision."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.errors import HostError  # noqa: E402
from dovetail.library.optimizers import (  # noqa: E402
    SGD,
    AdamW,
    Lion,
)
from dovetail.options import override  # noqa: E402
from tests.hosts.torch.optimizer_helpers import (  # noqa: E402
    assert_same,
    give_gradients,
    parameters,
    train,
    twins,
)

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
        with pytest.raises(HostError, match="SparseAdam"):
            optimizer.step()


@pytest.mark.parametrize("dtype", [torch.complex64, torch.int32], ids=str)
def test_other_types_are_refused(dtype: Any) -> None:
    param = torch.zeros(3, dtype=dtype, requires_grad=dtype.is_complex)
    with pytest.raises(HostError, match="float32"):
        AdamW.torch([param])


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
