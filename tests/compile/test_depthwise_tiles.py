"""Convolutions with a kernel for each channel: every layout of rows, both types, any threads.

The reference is PyTorch's convolution in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile import tiled_convolution
from dovetail.compile.cpu import depthwise_tiles, native
from dovetail.compile.cpu.depthwise_tiles import Row, most_pixels
from dovetail.compile.cpu.vector_writer import covering, lanes
from dovetail.options import override

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small arrays are library calls, too."""
    monkeypatch.setattr(tiled_convolution, "WORTH_A_CALL", 0)


def values(x: Any, kernel: Any, weights: Any, **attrs: Any) -> list[Any]:
    """The convolution and both gradients of its sum with weights."""
    result = dt.op(lambda x, k: dt.conv(x, k, groups=x.shape[-1], **attrs))

    def loss(x: Any, kernel: Any) -> Any:
        return dt.sum(result(x, kernel) * weights)

    return [result(x, kernel), *dt.op(dt.grad(loss, (0, 1)))(x, kernel)]


def expected(x: Any, kernel: Any, weights: Any, pads: Any, steps: int, gap: int) -> list[Any]:
    """The same by PyTorch, whose channels are first."""
    rank = x.ndim - 2
    given, w = (torch.tensor(np.moveaxis(each, -1, 1)).double() for each in (x, weights))
    k = torch.tensor(np.moveaxis(kernel, (-1, -2), (0, 1))).double()
    given.requires_grad_()
    k.requires_grad_()
    sides = [side for pair in reversed(pads) for side in pair]
    padded = torch.nn.functional.pad(given, sides)
    function = (torch.conv1d, torch.conv2d, torch.conv3d)[rank - 1]
    result = function(padded, k, None, steps, 0, gap, x.shape[-1])
    dx, dk = torch.autograd.grad((result * w).sum(), (given, k))
    return [
        np.moveaxis(result.detach().numpy(), 1, -1),
        np.moveaxis(dx.numpy(), 1, -1),
        np.moveaxis(dk.numpy(), (0, 1), (-1, -2)),
    ]


def check(
    shape: tuple[int, ...], window: tuple[int, ...], pads: tuple[tuple[int, int], ...],
    steps: int = 1, gap: int = 1, dtype: str = "float64",
) -> None:  # fmt: skip
    x = RNG.normal(size=shape).astype(dtype)
    kernel = RNG.normal(size=(*window, 1, shape[-1])).astype(dtype)
    counts = [
        (extent + low + high - gap * (size - 1) - 1) // steps + 1
        for extent, (low, high), size in zip(shape[1:-1], pads, window, strict=True)
    ]
    weights = RNG.normal(size=(shape[0], *counts, shape[-1])).astype(dtype)
    found = values(x, kernel, weights, padding=pads, strides=steps, dilation=gap)
    right = expected(x, kernel, weights, pads, steps, gap)
    limit = 1e-12 if dtype == "float64" else 1e-5
    for one, other in zip(found, right, strict=True):
        assert one.dtype == dtype
        scale = np.abs(other).max() if other.size else 1.0
        np.testing.assert_allclose(one, other, rtol=0, atol=limit * scale)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("channels", [1, 9, 31, 64])
def test_channels(channels: int, dtype: str) -> None:
    check((2, 5, 14, channels), (3, 3), ((1, 1), (1, 1)), dtype=dtype)


@pytest.mark.parametrize("columns", [1, 2, 6, 7, 25])
@pytest.mark.parametrize("channels", [5, 16])
def test_rows_of_every_width(columns: int, channels: int) -> None:
    for pads in ((0, 0), (1, 1), (2, 0), (1, 4)):
        if columns + sum(pads) >= 3:
            check((2, 2, columns, channels), (1, 3), ((0, 0), pads))


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("gap", [1, 2, 3])
def test_steps_and_dilations(steps: int, gap: int) -> None:
    check((2, 19, 8), (1,), ((0, 0),), steps, gap)
    check((2, 12, 9, 3), (4, 2), ((1, 2), (2, 0)), steps, gap)


@pytest.mark.parametrize("window", [(6, 7), (1, 9), (1, 15)])
def test_large_windows(window: tuple[int, int]) -> None:
    pads = tuple((size // 2, size - 1 - size // 2) for size in window)
    check((2, 8, 20, 12), window, pads)


def test_three_dimensions() -> None:
    check((2, 5, 6, 7, 4), (2, 3, 3), ((1, 0), (1, 1), (0, 2)))


def test_arrays_that_lie_otherwise() -> None:
    x = RNG.normal(size=(2, 6, 9, 8)).astype(np.float32)
    kernel = RNG.normal(size=(3, 3, 1, 8)).astype(np.float32)
    right = dt.conv(x, kernel, 1, "same", groups=8)
    for given in (np.asfortranarray(x), np.repeat(x, 2, axis=-1)[..., ::2], x[::-1].copy()[::-1]):
        np.testing.assert_array_equal(dt.conv(given, kernel, 1, "same", groups=8), right)
    wide = np.repeat(x, 2, axis=2)[:, :, ::2]  # pixels are apart
    np.testing.assert_allclose(dt.conv(wide, kernel, 1, "same", groups=8), right, rtol=0, atol=1e-5)


def test_the_same_bits_on_any_threads() -> None:
    x = RNG.normal(size=(9, 30, 31, 12)).astype(np.float32)
    kernel = RNG.normal(size=(3, 3, 1, 12)).astype(np.float32)
    weights = RNG.normal(size=x.shape).astype(np.float32)
    found = []
    for threads in (1, 2, 3):
        with override(num_threads=threads):
            found.append(values(x, kernel, weights, padding="same"))
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_nothing_to_add() -> None:
    kernel = np.ones((3, 3, 1, 4), np.float32)
    empty = np.ones((0, 6, 6, 4), np.float32)
    assert dt.conv(empty, kernel, groups=4).shape == (0, 6, 6, 4)
    gradient = dt.grad(lambda k, x: dt.sum(dt.conv(x, k, groups=4)))(kernel, empty)
    np.testing.assert_array_equal(gradient, np.zeros_like(kernel))


def test_nan_stays_in_its_windows_and_channel() -> None:
    x = np.ones((1, 9, 9, 3), np.float32)
    x[0, 4, 4, 1] = np.nan
    found = dt.conv(x, np.ones((3, 3, 1, 3), np.float32), groups=3)
    reached = np.zeros((9, 9, 3), bool)
    reached[3:6, 3:6, 1] = True
    np.testing.assert_array_equal(np.isnan(found[0]), reached)


def test_it_is_a_library_call() -> None:
    text = dt.show(
        dt.op(lambda x, k: dt.conv(x, k, groups=64)),
        np.ones((1, 20, 20, 64), np.float32), np.ones((3, 3, 1, 64), np.float32),
    )  # fmt: skip
    assert "windows" not in str(text) and "pad" not in str(text)


@pytest.mark.parametrize("bits", [128, 256])
def test_narrower_machines(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "vector_bits", lambda: bits)
    assert lanes(4).count == 8 and lanes(8).count == 4
    check((2, 5, 14, 12), (2, 3), ((1, 1), (1, 1)), dtype="float32")


@pytest.mark.parametrize("bits", [256, 512])
def test_tiles_fit_into_the_registers(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "vector_bits", lambda: bits)
    for taps in range(1, depthwise_tiles.MOST_TAPS + 1):
        most = most_pixels(lanes(4), Row(taps, 1, 1))
        assert most >= 1 and most + taps + 1 <= (32 if bits == 512 else 16)
        for count in range(1, 60):
            pixels, larger = covering(count, most)
            assert pixels + bool(larger) <= most
            assert pixels * -(-count // most) + larger == count
