"""Convolutions of few windows: products, right to the second derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt

torch = pytest.importorskip("torch")

from dovetail.hosts.torch import convolutions, small_convolutions  # noqa: E402
from tests.hosts.torch.dispatched import operators_in  # noqa: E402

F = torch.nn.functional
# x, kernel, arguments of dt.conv, and the same as PyTorch has them, after padding.
CASES: dict[str, tuple[Any, Any, dict[str, Any], tuple[int, ...], dict[str, Any]]] = {
    "plain": ((2, 5, 6, 3), (3, 2, 3, 40), {"padding": "valid"}, (0, 0, 0, 0), {}),
    "padded": ((1, 4, 4, 3), (3, 3, 3, 40), {"padding": 1}, (1, 1, 1, 1), {}),
    "padded on one side": (
        (1, 4, 5, 2), (3, 2, 2, 40), {"padding": ((1, 0), (0, 2))}, (0, 2, 1, 0), {},
    ),
    "strided": (
        (2, 9, 8, 3), (3, 3, 3, 40), {"strides": (2, 3), "padding": "valid"}, (0, 0, 0, 0),
        {"stride": (2, 3)},
    ),
    "dilated": (
        (1, 8, 9, 3), (3, 2, 3, 60), {"dilation": (2, 3), "padding": "valid"}, (0, 0, 0, 0),
        {"dilation": (2, 3)},
    ),
    "of one pixel": ((3, 3, 4, 7), (1, 1, 7, 40), {"padding": "valid"}, (0, 0, 0, 0), {}),
    "along one axis": ((2, 12, 3), (5, 3, 40), {"padding": 2}, (2, 2), {}),
    "of volumes": ((1, 4, 3, 5, 2), (2, 2, 3, 2, 40), {"padding": "valid"}, (0,) * 6, {}),
}  # fmt: skip
CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def _convolved(names: list[str]) -> bool:
    """Whether a convolution of PyTorch's is among the operators."""
    return any("conv" in name for name in names)


def _results(y: Any, x: Any, kernel: Any) -> list[Any]:
    weights = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape)
    first = torch.autograd.grad((torch.sin(y) * weights).sum(), (x, kernel), create_graph=True)
    second = torch.autograd.grad(sum(torch.sin(g).sum() for g in first), (x, kernel))
    return [y, *first, *second]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", CASES)
def test_values_and_derivatives(case: str, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_convolutions, "SMALL_PRODUCT", 0)
    shape, size, ours, padding, theirs = CASES[case]
    x = torch.randn(shape, dtype=dtype, requires_grad=True)
    kernel = (0.2 * torch.randn(size, dtype=dtype)).requires_grad_()
    found, names = operators_in(lambda: _results(dt.conv(x, kernel, **ours), x, kernel))
    assert not _convolved(names)

    wide, weights = (a.detach().double().requires_grad_() for a in (x, kernel))
    rank = len(shape) - 2
    given = F.pad(wide.movedim(-1, 1), padding)
    y = CONV[rank](given, weights.movedim((-1, -2), (0, 1)), **theirs).movedim(1, -1)
    tolerance = 1e-4 if dtype is torch.float32 else 1e-12
    for mine, right in zip(found, _results(y, wide, weights), strict=True):
        scale = 1.0 + float(right.detach().abs().max())
        assert mine.dtype is dtype
        np.testing.assert_allclose(mine.detach(), right.detach(), rtol=0, atol=tolerance * scale)


def _convolves(x: Any, kernel: Any, **arguments: Any) -> bool:
    return _convolved(operators_in(dt.conv, x, kernel, padding=1, **arguments)[1])


def test_where_pytorch_convolves() -> None:
    channels = 128
    kernel = torch.randn(3, 3, channels, channels)
    assert not _convolves(torch.randn(8, 4, 4, channels), kernel)  # 128 windows, 128 channels
    assert _convolves(torch.randn(9, 4, 4, channels), kernel)  # more windows
    assert _convolves(torch.randn(1, 2, 2, channels), kernel)  # little work
    assert _convolves(torch.randn(8, 4, 4, channels).bfloat16(), kernel.bfloat16())
    halves = torch.randn(3, 3, channels // 2, channels)
    assert _convolves(torch.randn(8, 4, 4, channels), halves, groups=2)
    layer = dt.Conv2D(channels, 3, data_format="channels_first", features=channels).torch
    y, names = operators_in(layer, torch.randn(2, channels, 8, 8))
    assert y.is_contiguous() and _convolved(names)
    batched = torch.vmap(lambda x: dt.conv(x, kernel, padding=1))
    assert _convolved(operators_in(batched, torch.randn(2, 4, 4, 4, channels))[1])


def test_gradients_of_kernels_are_in_their_order_in_memory() -> None:
    layer = dt.Conv2D(16, 3, padding="same", features=8).torch
    layer(torch.randn(4, 9, 9, 8)).sum().backward()
    assert layer.kernel.grad.stride() == layer.kernel.stride()


@pytest.mark.parametrize("large", [0, 1 << 60])
@pytest.mark.parametrize("arguments", [{}, {"strides": 2}, {"dilation": 2}, {"groups": 2}])
def test_kernels_that_are_transposed_and_those_that_are_not(
    arguments: dict[str, int], large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convolutions, "LARGE_KERNEL", large)
    x = torch.randn(3, 9, 8, 4, dtype=torch.float64, requires_grad=True)
    groups = arguments.get("groups", 1)
    kernel = torch.randn(3, 3, 4 // groups, 6, dtype=torch.float64, requires_grad=True)
    found = _results(dt.conv(x, kernel, padding=1, **arguments), x, kernel)
    theirs = {"stride" if name == "strides" else name: n for name, n in arguments.items()}
    own = kernel.movedim((-1, -2), (0, 1))
    y = F.conv2d(x.movedim(-1, 1), own, padding=1, **theirs).movedim(1, -1)
    for mine, right in zip(found, _results(y, x, kernel), strict=True):
        torch.testing.assert_close(mine, right, rtol=1e-12, atol=1e-12)
