"""Arrays in any order of memory, where products and sorts stand beside pointwise work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402

import dovetail as dt  # noqa: E402
from tests.hosts.torch.pairs import assert_same, leaves, scalar  # noqa: E402


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def reversed_order(a: Any) -> Any:
    back = tuple(reversed(range(a.ndim)))
    return a.permute(back).contiguous().permute(back)


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "transposed": reversed_order,
    "channels last": lambda a: (
        a.contiguous(memory_format=torch.channels_last) if a.ndim == 4 else reversed_order(a)
    ),
    "rows and columns": lambda a: a.mT.contiguous().mT,
    "first and last": lambda a: a.transpose(0, -1).contiguous().transpose(0, -1),
    "expanded": lambda a: a[:1].expand(a.shape),
    "expanded at the end": lambda a: a[..., :1].expand(a.shape),
    "flipped": lambda a: reversed_order(a.flip(0)),
    "every other": lambda a: a.repeat_interleave(2, -1)[..., ::2],
    "a transposed slice": lambda a: reversed_order(torch.cat([a, a]))[1 : 1 + a.shape[0]],
}

Function = Callable[..., Any]
# Ours, PyTorch's, and the shapes: of two, one is square, where a mistaken order shows no error.
OPERATIONS: dict[str, tuple[Function, Function, tuple[tuple[int, ...], ...]]] = {
    "before a product": (
        dt.op(lambda x, w: dt.exp(x) @ w), lambda x, w: torch.exp(x) @ w, ((3, 4), (4, 5)),
    ),
    "before and behind": (
        dt.op(lambda x, w: dt.tanh(dt.exp(x) @ w) * x),
        lambda x, w: torch.tanh(torch.exp(x) @ w) * x, ((4, 4), (4, 4)),
    ),
    "both operands": (
        dt.op(lambda x, y: dt.sin(x) @ dt.matrix_transpose(dt.exp(y)) + y.shape[0]),
        lambda x, y: torch.sin(x) @ torch.exp(y).mT + y.shape[0], ((2, 3, 4), (2, 5, 4)),
    ),
    "a size among the pointwise work": (
        dt.op(lambda x, w: (x * x.shape[0] + x.shape[1]) @ w),
        lambda x, w: (x * x.shape[0] + x.shape[1]) @ w, ((3, 4), (4, 2)),
    ),
    "before a sort": (
        dt.op(lambda x: dt.sort(dt.sin(x) * 2, axis=0)),
        lambda x: torch.sort(torch.sin(x) * 2, 0)[0], ((2, 3, 4, 5),),
    ),
    "behind a sort": (
        dt.op(lambda x: dt.exp(dt.sort(x, axis=1)) * x),
        lambda x: torch.exp(torch.sort(x, 1)[0]) * x, ((2, 3, 3, 5),),
    ),
    "two outputs": (
        dt.op(lambda x, w: (dt.gelu(x), dt.sigmoid(x) @ w)),
        lambda x, w: (F.gelu(x), torch.sigmoid(x) @ w), ((3, 4), (4, 3)),
    ),
}  # fmt: skip
operations = pytest.mark.parametrize("name", OPERATIONS)
layouts = pytest.mark.parametrize("layout", LAYOUTS)


def arguments(name: str) -> list[Any]:
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64)
        for shape in OPERATIONS[name][2]
    ]


def laid_out(name: str, layout: str, position: int | None = None) -> list[Any]:
    """Arguments of which all, or the one at a position, have this layout."""
    return [
        LAYOUTS[layout](a) if position in (None, n) else a for n, a in enumerate(arguments(name))
    ]


def results(function: Function, args: list[Any]) -> Any:
    """Values and gradients with respect to what the views are of."""
    real = [a.requires_grad_() for a in args]
    values = leaves(function(*real))
    total = sum((v * torch.cos(v.detach())).sum() for v in values)
    return [*values, *torch.autograd.grad(total, real)]


def detached(args: list[Any]) -> list[Any]:
    return [a.detach() for a in args]  # of the same strides


@operations
@layouts
def test_values_and_gradients(name: str, layout: str) -> None:
    ours, theirs, shapes = OPERATIONS[name]
    for position in (None, *range(len(shapes))):
        args = laid_out(name, layout, position)
        assert_same(results(ours, detached(args)), results(theirs, detached(args)), 1e-12)


@operations
@pytest.mark.parametrize("layout", ["channels last"])
def test_second_derivatives(name: str, layout: str) -> None:
    ours, theirs, _ = OPERATIONS[name]

    def second(function: Function) -> Any:
        args = [a.requires_grad_() for a in detached(laid_out(name, layout))]
        total = scalar(lambda *a: [v.square() for v in leaves(function(*a))])
        first = torch.autograd.grad(total(*args), args, create_graph=True)
        return torch.autograd.grad(sum((g * g).sum() for g in first), args)

    assert_same(second(ours), second(theirs), 1e-10)


@pytest.mark.parametrize("name", ["before and behind", "both operands", "behind a sort"])
def test_compiled(name: str) -> None:
    ours, theirs, _ = OPERATIONS[name]
    run = torch.compile(ours, fullgraph=True, backend="aot_eager")
    for given in ("transposed", "expanded at the end"):
        args = laid_out(name, given)
        assert_same(results(run, detached(args)), results(theirs, detached(args)), 1e-10)


@operations
@pytest.mark.parametrize("layout", ["transposed", "channels last", "expanded"])
def test_strides_of_fake_tensors_are_those_of_real_ones(name: str, layout: str) -> None:
    ours, _, _ = OPERATIONS[name]
    args = laid_out(name, layout)
    real = leaves(ours(*args))
    with FakeTensorMode() as mode:
        fake = leaves(ours(*[mode.from_tensor(a) for a in args]))
    assert [(f.shape, f.stride()) for f in fake] == [(r.shape, r.stride()) for r in real]


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (0, 0), (1, 4), (1, 1)])
def test_empty_and_single_rows(shape: tuple[int, int]) -> None:
    ours, theirs = OPERATIONS["before a product"][:2]
    x = torch.ones(shape[::-1], dtype=torch.float64).T
    w = torch.ones((5, shape[1]), dtype=torch.float64).T
    assert_same(results(ours, detached([x, w])), results(theirs, detached([x, w])))
    sort, other = OPERATIONS["before a sort"][:2]
    assert_same(results(sort, detached([x])), results(other, detached([x])))


def test_a_size_in_pointwise_work_is_that_of_the_array() -> None:
    """Not of the array in memory order."""
    x = torch.randn(4, 3, dtype=torch.float64).T
    scaled = dt.op(lambda x: x * x.shape[0])
    assert_same(scaled(x), x * 3)
    y = torch.randn(2, 3, 4, 5, dtype=torch.float64).to(memory_format=torch.channels_last)
    mean = dt.op(lambda x: dt.tanh(x) / x.shape[1])
    assert_same(results(mean, [y.clone()]), results(lambda x: torch.tanh(x) / 3, [y.clone()]))
    assert mean(y).stride() == y.stride()
