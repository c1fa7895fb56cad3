"""Operations that PyTorch records itself: the same numbers for all sizes."""

from __future__ import annotations

from typing import Any

import pytest

import dovetail as dt

torch = pytest.importorskip("torch")

from dovetail.compile.cpu.memory import POOLED  # noqa: E402

MANY = POOLED // 4
VALUES = [-float("inf"), -2.0, -0.0, 0.0, 1e-40, 3.0, float("inf"), float("nan")]


@dt.op
def rectified(x: Any) -> Any:
    """ReLU, as a user may write it."""
    return dt.where(x <= 0.0, 0.0, x)


@dt.op
def without_nan(x: Any) -> Any:
    """Not ReLU: 0 for NaN."""
    return dt.where(x > 0.0, x, 0.0)


@dt.op
def nearly(x: Any) -> Any:
    """Not ReLU: -1 below zero."""
    return dt.where(x > 0.0, x, -1.0)


def node_of(function: Any, size: int) -> str:
    x = torch.randn(size, requires_grad=True)
    return type(function(x).grad_fn).__name__


def test_who_records() -> None:
    for function in (dt.relu, rectified):
        assert node_of(function, 10) == "ReluBackward0"
        assert node_of(function, MANY) != "ReluBackward0"
    for function in (without_nan, nearly, dt.leaky_relu, dt.relu6):
        assert node_of(function, 10) != "ReluBackward0"


@pytest.mark.parametrize("function", [dt.relu, rectified, without_nan], ids=str)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_same_at_every_size(function: Any, dtype: Any) -> None:
    few = torch.tensor(VALUES, dtype=dtype)
    results = []
    for repeats in (1, MANY):
        x = few.repeat(repeats).requires_grad_()
        out = function(x)
        (first,) = torch.autograd.grad(out, x, torch.ones_like(out), create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x, allow_unused=True)
        assert second is None or not second.count_nonzero()
        results.append([out[: len(few)], first[: len(few)]])
    for small, large in zip(*results, strict=True):
        torch.testing.assert_close(small, large, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("size", [10, MANY])
def test_the_output_is_kept_and_not_the_input(size: int) -> None:
    x = torch.randn(size, requires_grad=True)
    kept: list[Any] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        out = dt.relu(x * 1.0)
    assert kept[-1].data_ptr() == out.data_ptr()
    middle = x * 1.0
    out = dt.relu(middle)
    middle.add_(5.0)  # it is not asked again
    out.sum().backward()
    torch.testing.assert_close(x.grad, (x > 0).to(x.dtype))
    out = dt.relu(x * 1.0)
    out.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()
