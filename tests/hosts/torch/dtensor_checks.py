"""What test_dtensor.py runs in every process of a mesh; each check asserts in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import (
    DTensor,
    Partial,
    Replicate,
    Shard,
    distribute_module,
    distribute_tensor,
    init_device_mesh,
)
from torch.distributed.tensor.debug import CommDebugMode
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    SequenceParallel,
    parallelize_module,
)

import dovetail as dt
from dovetail.errors import HostError

CAPTURED = np.arange(1.0, 7.0, dtype=np.float32)


@dt.op
def rms(x: Any, scale: Any) -> Any:
    return x * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + 1e-6) * scale


OPS: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "pointwise": (dt.mish, ((5, 3),)),
    "row norm": (rms, ((4, 6), (6,))),
    "softmax": (dt.softmax, ((4, 6),)),
    "loss": (dt.mean_squared_error, ((4, 6), (4, 6))),
    "mean": (dt.op(lambda x: dt.mean(x, axis=0)), ((5, 6),)),
    "variance": (dt.op(lambda x: dt.var(x, axis=0)), ((4, 6),)),
    "a size in Python": (dt.op(lambda x: x / x.shape[0]), ((4, 6),)),
    "a branch on a size": (dt.op(lambda x: x * 2 if x.shape[0] > 2 else x * 3), ((4, 6),)),
    "merged": (dt.op(lambda x: dt.reshape(x, (x.shape[0] * x.shape[1],)) * 2), ((4, 6),)),
    "transposed": (dt.op(lambda x: x + dt.permute_dims(x, (1, 0))), ((4, 4),)),
    "moved": (dt.op(lambda x: dt.exp(dt.permute_dims(x, (1, 0)))), ((4, 6),)),
    "running": (dt.op(lambda x: dt.cumulative_sum(x, axis=0)), ((4, 6),)),
    "maximum": (dt.op(lambda x: dt.max(x, axis=0)), ((4, 6),)),
    "captured": (dt.op(lambda x: x * CAPTURED), ((4, 6),)),
    "cut": (dt.op(lambda x: x[1:3] * x[0:2]), ((4, 6),)),
    "two outputs": (dt.op(lambda x, y: (dt.hypot(x, y), dt.sum(x * y))), ((4, 6), (4, 6))),
    "product": (dt.op(lambda x, w: dt.tanh(x * 2) @ w / x.shape[1] + 1), ((4, 6), (6, 4))),
    "convolution": (dt.op(lambda x, k: dt.conv(dt.tanh(x), k) * 2), ((4, 6, 2), (3, 2, 4))),
    "affine": (dt.op(lambda x: 2 * x + 1), ((4, 6),)),
    "squared sum": (dt.op(lambda x: dt.sum(x) ** 2), ((4, 6),)),
    "positions": (dt.op(lambda x: x * dt.arange(x.shape[0])[:, None]), ((4, 6),)),
    "dropout": (dt.op(lambda x: dt.dropout(x, 3, 0.5)), ((4, 6),)),
}


def drawn(shape: tuple[int, ...], seed: int = 0) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def placed(whole: Any, mesh: Any, placement: Any) -> Any:
    """A DTensor of an array that all processes have; no process talks to another."""
    if placement.is_partial():
        part = drawn(whole.shape, 9)
        own = part if mesh.get_rank() == 0 else (whole - part) / (mesh.size() - 1)
        return DTensor.from_local(own, mesh, [placement], run_check=False)
    return distribute_tensor(whole.clone(), mesh, [placement], src_data_rank=None)


def full(tensor: Any) -> Any:
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def listed(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def _pairs(first: list[Any], *rest: list[Any]) -> list[tuple[Any, ...]]:
    """Each placement of the first input, with two of the second."""
    if not rest:
        return [(each,) for each in first]
    (other,) = rest
    return [(p, other[(n + k) % len(other)]) for n, p in enumerate(first) for k in (0, 1)]


def check_values(mesh: Any) -> None:
    """Values and gradients are those of whole arrays, however the inputs are placed."""
    for name, (function, shapes) in OPS.items():
        whole = [drawn(shape, n).requires_grad_() for n, shape in enumerate(shapes)]
        want = listed(function(*whole))
        seeds = [drawn(each.shape, 5) for each in want]
        gradients = torch.autograd.grad(want, whole, seeds)
        ways = [[*map(Shard, range(len(shape))), Partial()] for shape in shapes]
        for way in _pairs(*ways):
            given = [
                placed(x.detach(), mesh, p).requires_grad_()
                for x, p in zip(whole, way, strict=True)
            ]
            found = listed(function(*given))
            cotangents = [placed(each, mesh, Replicate()) for each in seeds]
            back = torch.autograd.grad(found, given, cotangents)
            for one, other in zip((*found, *back), (*want, *gradients), strict=True):
                text = f"{name} {way}"
                torch.testing.assert_close(full(one), other, rtol=1e-5, atol=1e-5, msg=text)


def check_second_derivatives(mesh: Any) -> None:
    for way in (Shard(0), Shard(1)):
        found: list[Any] = []
        for x in (drawn((4, 6)), placed(drawn((4, 6)), mesh, way)):
            x.requires_grad_()
            (first,) = torch.autograd.grad(dt.softmax(x).square().sum(), x, create_graph=True)
            found += torch.autograd.grad(first.square().sum(), x)
        torch.testing.assert_close(full(found[1]), found[0], rtol=1e-4, atol=1e-6)


NO_GATHER: dict[str, tuple[Callable[..., Any], list[Any], Any, list[Any]]] = {
    # function, placements of the inputs, of the output, of the gradients
    "pointwise, rows": (dt.mish, [Shard(0)], Shard(0), [Shard(0)]),
    "pointwise, columns": (dt.mish, [Shard(1)], Shard(1), [Shard(1)]),
    "row norm": (rms, [Shard(0), Replicate()], Shard(0), [Shard(0), Partial()]),
    "softmax": (dt.softmax, [Shard(0)], Shard(0), [Shard(0)]),
    "loss": (dt.mean_squared_error, [Shard(0), Shard(0)], Partial(), [Shard(0), Shard(0)]),
    "loss, columns": (dt.huber, [Shard(1), Shard(1)], Partial(), [Shard(1), Shard(1)]),
}


def check_no_gather(mesh: Any) -> None:
    """Forward and backward run where the parts are; with more dimensions, along each of them."""
    for name, (function, way, out, back) in NO_GATHER.items():
        shapes = [(16, 24), (24,)] if "norm" in name else [(16, 24)] * len(way)
        given = [
            distribute_tensor(drawn(shape, n), mesh, [p] * mesh.ndim, src_data_rank=None)
            .detach()
            .requires_grad_()
            for n, (shape, p) in enumerate(zip(shapes, way, strict=True))
        ]
        with CommDebugMode() as talk:
            found = function(*given)
            gradients = torch.autograd.grad(found, given, torch.ones_like(found))
        assert talk.get_total_counts() == 0, (name, talk.get_comm_counts())
        assert found.placements == (out,) * mesh.ndim, (name, found.placements)
        placements = [each.placements for each in gradients]
        assert placements == [(p,) * mesh.ndim for p in back], (name, placements)


def check_labels(mesh: Any) -> None:
    logits, labels = drawn((16, 24)), torch.arange(16) % 24
    given = distribute_tensor(logits, mesh, [Shard(0)], src_data_rank=None).requires_grad_()
    right = distribute_tensor(labels, mesh, [Shard(0)], src_data_rank=None)
    with CommDebugMode() as talk:
        loss = dt.sparse_categorical_cross_entropy(given, right)
        loss.backward()
    assert talk.get_total_counts() == 0
    assert loss.placements == (Partial(),) and given.grad.placements == (Shard(0),)


def check_layers(mesh: Any) -> None:
    """Products are PyTorch's own, and the pieces between them stay where the parts are."""
    layers = torch.nn.Sequential(
        dt.Dense.torch(24, "gelu", features=24, seed=1), dt.RMSNorm.torch(24)
    )
    x = drawn((16, 24))
    want = layers(x)
    model = distribute_module(layers, mesh)
    given = distribute_tensor(x, mesh, [Shard(0)], src_data_rank=None)
    with CommDebugMode() as talk:
        found = model(given)
        found.backward(torch.ones_like(found))
    assert talk.get_total_counts() == 0, talk.get_comm_counts()
    assert found.placements == (Shard(0),)
    assert all(param.grad.placements == (Partial(),) for param in model.parameters())
    share = 16 // mesh.size()
    first = mesh.get_rank() * share
    torch.testing.assert_close(found.to_local(), want[first : first + share])


def check_random_keys(mesh: Any) -> None:
    """All processes drop the same elements, although each has its own generator."""
    torch.manual_seed(mesh.get_rank())
    layer = dt.Dropout.torch(0.5)
    for way in (Shard(0), Shard(1), Replicate()):
        given = placed(torch.ones(16, 24), mesh, way).requires_grad_()
        found = layer(given)
        found.backward(placed(torch.ones(16, 24), mesh, way))
        whole = full(found)
        assert {*whole.unique().tolist()} == {0.0, 2.0}
        assert torch.equal(full(given.grad), whole)
        same = DTensor.from_local(whole.detach(), mesh, [Partial()], run_check=False)
        assert torch.equal(full(same), whole * mesh.size())
    assert torch.equal(layer.eval()(given).full_tensor(), torch.ones(16, 24))


def check_states(mesh: Any) -> None:
    """States are results, too, for which backward gets no cotangents."""
    x, seed = drawn((16, 4)).requires_grad_(), drawn((16, 4), 1)
    layers = [dt.BatchNorm.torch(4), distribute_module(dt.BatchNorm.torch(4), mesh)]
    given = placed(x.detach(), mesh, Shard(0)).requires_grad_()
    layers[0](x).backward(seed)
    layers[1](given).backward(placed(seed, mesh, Shard(0)))
    torch.testing.assert_close(full(given.grad), x.grad, rtol=1e-4, atol=1e-5)
    for one, other in zip(layers[0].buffers(), layers[1].buffers(), strict=True):
        torch.testing.assert_close(full(other), one, rtol=1e-5, atol=1e-6)


# Optimizers.


class Trust(dt.Optimizer):
    """The norm of the whole parameter is part of the rule, as in LARS and LAMB."""

    lr: float = 0.1
    m = dt.State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        self.m = 0.9 * self.m + grad
        norm = dt.sqrt(dt.sum(param * param))
        return param - self.lr * norm / dt.sqrt(dt.sum(self.m * self.m)) * self.m


class Counted(dt.Optimizer):
    """A size is part of the rule."""

    lr: float = 0.1

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr / param.size * grad


RULES = (
    dt.AdamW(0.1), dt.AdamW(0.1, clip_norm=0.5), dt.Lion(0.1),
    dt.SGD(0.1, momentum=0.9, clip_norm=0.5, clip_value=0.1), Trust(), Trust(clip_norm=0.3),
    Counted(), Counted(clip_norm=0.3),
)  # fmt: skip


def check_optimizers(mesh: Any) -> None:
    """Parts are updated as the whole is; the norm for clipping is that of all parts."""
    shapes = ((5, 3), (8,), (2, 2), (3, 4), (3,))
    ways = (Shard(0), Shard(0), Replicate(), Shard(1), None)
    for rule in RULES:
        whole = [torch.nn.Parameter(drawn(shape, n)) for n, shape in enumerate(shapes)]
        parts = [
            torch.nn.Parameter(x.detach().clone() if p is None else placed(x.detach(), mesh, p))
            for x, p in zip(whole, ways, strict=True)
        ]
        one, other = rule.torch(whole), rule.torch(parts)
        for step in range(4):
            for n, (x, y, p) in enumerate(zip(whole, parts, ways, strict=True)):
                x.grad = drawn(x.shape, 10 * step + n)
                y.grad = x.grad.clone()
                if p is not None:  # one of them must be summed first
                    y.grad = placed(x.grad, mesh, Partial() if n == 1 else p)
            one.step()
            other.step()
            for x, y in zip(whole, parts, strict=True):
                torch.testing.assert_close(full(y), x, rtol=1e-5, atol=1e-6, msg=f"{rule} {step}")
            if step == 1:
                saved = other.state_dict()
                other = rule.torch(parts)
                other.load_state_dict(saved)
        for name, state in other.state[parts[0]].items():
            assert name == "step" or state.placements == parts[0].placements


def check_mixed_gradients(mesh: Any) -> None:
    param = torch.nn.Parameter(torch.ones(4))
    param.grad = placed(torch.ones(4), mesh, Shard(0))
    try:
        dt.SGD.torch([param]).step()
    except HostError:
        return
    raise AssertionError("a distributed gradient of a plain parameter was taken")


def _model() -> Any:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(6, 8), dt.mish.torch(), dt.RMSNorm.torch(8), torch.nn.Linear(8, 2)
    )


def _trained(model: Any, rows: slice, wrap: Callable[[Any], Any] = lambda x: x) -> dict[str, Any]:
    optimizer = dt.AdamW.torch(model.parameters(), lr=0.05, clip_norm=0.1)
    loss = dt.mean_squared_error.torch()
    for step in range(3):
        optimizer.zero_grad()
        x, y = drawn((8, 6), step)[rows], drawn((8, 2), 50 + step)[rows]
        loss(wrap(model(x)), y).backward()
        optimizer.step()
    return {name: full(value).detach() for name, value in model.state_dict().items()}


def _assert_same(found: dict[str, Any], want: dict[str, Any]) -> None:
    for name, value in want.items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-5, msg=name)


def check_fully_shard(mesh: Any) -> None:
    want = _trained(_model(), slice(None))
    model = _model()
    for part in (model[0], model[3], model):
        fully_shard(part, mesh=mesh)
    share = 8 // mesh.size()
    first = mesh.get_rank() * share
    _assert_same(_trained(model, slice(first, first + share)), want)


def check_tensor_parallel(mesh: Any) -> None:
    """Columns split in the pointwise part; the norm where rows are split (sequence parallel)."""
    want = _trained(_model(), slice(None))
    model = _model()
    plan = {
        "0": ColwiseParallel(output_layouts=Shard(0), use_local_output=False),
        "2": SequenceParallel(sequence_dim=0, use_local_output=False),
        "3": RowwiseParallel(input_layouts=Shard(0), output_layouts=Replicate()),
    }
    _assert_same(_trained(parallelize_module(model, mesh, plan), slice(None)), want)


TWO = {
    "values": check_values,
    "second derivatives": check_second_derivatives,
    "no gather": check_no_gather,
    "labels": check_labels,
    "layers": check_layers,
    "random keys": check_random_keys,
    "states": check_states,
    "optimizers": check_optimizers,
    "mixed gradients": check_mixed_gradients,
    "fully_shard": check_fully_shard,
    "tensor parallel": check_tensor_parallel,
}


def check_fake_mesh(mesh: Any) -> None:
    check_no_gather(mesh)
    check_labels(mesh)
    check_layers(mesh)


def check_fake_mesh_of_two_dimensions(_: Any) -> None:
    check_no_gather(init_device_mesh("cpu", (2, 4)))


EIGHT = {"one dimension": check_fake_mesh, "two dimensions": check_fake_mesh_of_two_dimensions}
