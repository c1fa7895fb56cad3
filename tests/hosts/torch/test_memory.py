"""Tensors that are no plain memory are refused, or made plain; none is read where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402
from torch.utils._pytree import tree_map  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.errors import DovetailError, HostError, UnsupportedError  # noqa: E402
from dovetail.hosts.torch.memory import is_freed, kind_of  # noqa: E402

SHAPE = (4, 3)


class Wrapped(torch.Tensor):
    """A tensor without memory in place of another one."""

    @staticmethod
    def __new__(cls, inner: Any) -> Any:
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        args, kwargs = tree_map(
            lambda v: v.inner if isinstance(v, Wrapped) else v, (args, kwargs or {})
        )
        made = func(*args, **kwargs)
        return tree_map(lambda v: Wrapped(v) if isinstance(v, torch.Tensor) else v, made)


def plain() -> Any:
    return torch.linspace(-2.0, 2.0, 12).reshape(SHAPE)


def freed(offset: int = 0) -> Any:
    base = torch.ones(offset + 12)
    view = base[offset:].view(SHAPE)
    base.untyped_storage().resize_(0)
    return view


# Those of which PyTorch can make plain memory, and those of which it cannot.
COPIED: dict[str, Callable[[], Any]] = {
    "negative": lambda: torch._neg_view(plain()),
    "imaginary": lambda: torch.complex(plain(), plain()).conj().imag,
    "zeros": lambda: torch._efficientzerotensor(SHAPE),
    "subclass": lambda: plain().as_subclass(type("Named", (torch.Tensor,), {})),
    "transposed": lambda: plain().T.contiguous().T,
}
REFUSED: dict[str, Callable[[], Any]] = {
    "sparse": lambda: plain().to_sparse(),
    "csr": lambda: plain().to_sparse_csr(),
    "mkldnn": lambda: plain().to_mkldnn(),
    "quantised": lambda: torch.quantize_per_tensor(plain(), 0.1, 0, torch.qint8),
    "complex": lambda: torch.complex(plain(), plain()),
    "conjugate": lambda: torch.complex(plain(), plain()).conj(),
    "freed": freed,
    "freed, further on": lambda: freed(1000),
    "jagged": lambda: torch.nested.nested_tensor([plain()], layout=torch.jagged),
}
NO_MEMORY: dict[str, Callable[[], Any]] = {  # operators take them by the framework's own means
    "wrapped": lambda: Wrapped(plain()),
    "fake": lambda: FakeTensorMode().from_tensor(plain()),
    "functional": lambda: torch._to_functional_tensor(plain()),
}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of sparse and quantised tensors


@pytest.mark.parametrize("kind", COPIED)
def test_what_can_be_copied_is_right(kind: str) -> None:
    tensor = COPIED[kind]()
    values = torch.zeros(SHAPE).copy_(tensor)
    torch.testing.assert_close(
        torch.Tensor(dt.mish(tensor)), torch.nn.functional.mish(values), rtol=1e-5, atol=1e-6
    )
    for first in (False, True):  # the first step makes the tables, the second finds them
        ours, theirs = (torch.nn.Parameter(torch.ones(SHAPE)) for _ in range(2))
        one = dt.AdamW.torch([ours], lr=0.1)
        other = torch.optim.AdamW([theirs], lr=0.1, weight_decay=0.01)
        for gradient in [torch.ones(SHAPE)] * first + [tensor]:
            ours.grad, theirs.grad = gradient, torch.zeros(SHAPE).copy_(gradient)
            one.step()
            other.step()
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    one.state[ours]["mean"] = tensor
    other.state[theirs]["exp_avg"].copy_(tensor)
    one.step()
    other.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["negative", "imaginary", "transposed"])
def test_parameters_are_written_where_they_are(kind: str) -> None:
    tensor = COPIED[kind]()
    wanted = torch.nn.Parameter(torch.zeros(SHAPE).copy_(tensor))
    param = torch.nn.Parameter(tensor)
    one = dt.AdamW.torch([param], lr=0.1)
    other = torch.optim.AdamW([wanted], lr=0.1, weight_decay=0.01)
    for _ in range(2):
        param.grad, wanted.grad = torch.ones(SHAPE), torch.ones(SHAPE)
        one.step()
        other.step()
        torch.testing.assert_close(torch.zeros(SHAPE).copy_(param.detach()), wanted.detach())


@pytest.mark.parametrize("kind", REFUSED)
def test_operators_refuse(kind: str) -> None:
    with pytest.raises(DovetailError):
        dt.mish(REFUSED[kind]())
    with pytest.raises(DovetailError):
        dt.AdamW.torch([torch.nn.Parameter(REFUSED[kind](), requires_grad=False)])


@pytest.mark.parametrize("kind", [*REFUSED, *NO_MEMORY])
@pytest.mark.parametrize("known", [False, True])
def test_optimizers_refuse_gradients_and_states(kind: str, known: bool) -> None:
    tensor = {**REFUSED, **NO_MEMORY}[kind]()
    param = torch.nn.Parameter(torch.ones(SHAPE))
    optimizer = dt.AdamW.torch([param], lr=0.1)
    param.grad = torch.ones(SHAPE)
    optimizer.step()
    before = param.detach().clone()
    optimizer.state[param]["mean"] = tensor
    with pytest.raises(DovetailError):
        optimizer.step()
    optimizer = dt.AdamW.torch([param], lr=0.1)
    if known:
        optimizer.step()
        before = param.detach().clone()
    try:
        param.grad = tensor
    except RuntimeError:  # PyTorch does not take it for a gradient
        return
    with pytest.raises(DovetailError):
        optimizer.step()
    assert torch.equal(param, before)


@pytest.mark.parametrize("kind", NO_MEMORY)
def test_what_stands_for_others(kind: str) -> None:
    tensor = NO_MEMORY[kind]()
    found = dt.mish(tensor)
    assert found.shape == SHAPE
    if kind == "wrapped":
        want = torch.nn.functional.mish(plain())
        torch.testing.assert_close(found.inner, want, rtol=1e-5, atol=1e-6)
        with torch._C._DisableTorchDispatch(), pytest.raises(DovetailError):
            dt.mish(tensor)  # outside of its rules there is no value
    with pytest.raises(UnsupportedError, match="plain memory"):
        dt.SGD.torch([torch.nn.Parameter(tensor, requires_grad=False)])


def test_what_is_said() -> None:
    with pytest.raises(UnsupportedError, match="mkldnn"):
        dt.mish(plain().to_mkldnn())
    with pytest.raises(UnsupportedError, match="freed"):
        dt.mish(freed())
    with pytest.raises(UnsupportedError, match=r"Wrapped.*\n.*\n.*what it wraps"):
        dt.SGD.torch([torch.nn.Parameter(Wrapped(plain()))])


def test_empty_tensors_are_memory_enough() -> None:
    empty = torch.empty((0, 3))
    assert dt.mish(empty).shape == (0, 3)
    assert kind_of(empty) is None and not is_freed(empty)
    param = torch.nn.Parameter(empty)
    param.grad = torch.empty((0, 3))
    dt.AdamW.torch([param]).step()


def test_embeddings_with_sparse_gradients() -> None:
    """Refused, and the remedy works; PyTorch's own Adam refuses them too."""
    table = torch.nn.Embedding(5, 3, sparse=True)
    table(torch.tensor([1, 1, 4])).sum().backward()
    optimizer = dt.SGD.torch(table.parameters(), lr=1.0)
    before = table.weight.detach().clone()
    with pytest.raises(HostError, match="sparse=False"):
        optimizer.step()
    assert torch.equal(table.weight, before)
    table.weight.grad = table.weight.grad.to_dense()
    optimizer.step()
    expected = before - torch.tensor([0.0, 2.0, 0.0, 0.0, 1.0])[:, None]
    torch.testing.assert_close(table.weight.detach(), expected)
