"""Tiles of convolutions: every width of a row, numbers of channels, both types, any threads.

The reference multiplies windows that NumPy cuts, in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu import convolution_tiles, dot_tiles, native
from dovetail.compile.cpu.convolution_tiles import Tiles, tiles
from dovetail.compile.cpu.vector_writer import Lanes, covering, lanes
from dovetail.compile.steps import LibraryCall
from dovetail.options import options, override
from tests.compile.test_native_loops import program_of

RNG = np.random.default_rng(0)


def reference(x: Any, kernel: Any, steps: tuple[int, ...], gaps: tuple[int, ...]) -> Any:
    """The convolution of an array with its border."""
    window = kernel.shape[:-2]
    spans = [gap * (size - 1) + 1 for gap, size in zip(gaps, window, strict=True)]
    axes = tuple(range(1, x.ndim - 1))
    cut = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), spans, axes)
    cut = cut[(slice(None), *(slice(None, None, step) for step in steps))]
    cut = cut[(..., *(slice(None, None, gap) for gap in gaps))]
    rank = len(window)
    elements = tuple(range(-rank, 0))
    return np.tensordot(cut, kernel, ((*elements, cut.ndim - rank - 1), (*range(rank), rank)))


def in_groups(
    x: Any, kernel: Any, steps: tuple[int, ...], gaps: tuple[int, ...], groups: int
) -> Any:
    """The convolutions of groups of channels, side by side."""
    pairs = zip(np.split(x, groups, -1), np.split(kernel, groups, -1), strict=True)
    return np.concatenate([reference(*pair, steps, gaps) for pair in pairs], -1)


def check(shape: tuple[int, ...], window: tuple[int, ...], outputs: int, dtype: str,
          steps: int = 1, gap: int = 1, groups: int = 1) -> None:  # fmt: skip
    rank = len(window)
    x = RNG.normal(size=shape).astype(dtype)
    kernel = RNG.normal(size=(*window, shape[-1] // groups, outputs)).astype(dtype)
    expected = in_groups(x, kernel, (steps,) * rank, (gap,) * rank, groups)
    limit = 1e-5 if dtype == "float32" else 1e-13
    scale = limit * np.sqrt(kernel.size / outputs)
    found = dt.conv(x, kernel, steps, "valid", gap, groups)
    assert found.dtype == dtype and found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=limit, atol=scale)
    weights = RNG.normal(size=expected.shape).astype(dtype)

    def loss(x: Any, kernel: Any) -> Any:
        return dt.sum(dt.conv(x, kernel, steps, "valid", gap, groups) * weights)

    # Both gradients are linear in what they are of: they are compared along random directions.
    dx, dk = dt.grad(loss, (0, 1))(x, kernel)
    for gradient, along in ((dx, "x"), (dk, "kernel")):
        direction = RNG.normal(size=gradient.shape)
        given = (direction, kernel) if along == "x" else (x, direction)
        moved = in_groups(*given, (steps,) * rank, (gap,) * rank, groups)
        right = np.vdot(moved, weights)
        size = np.linalg.norm(moved) * np.linalg.norm(weights)
        assert abs(np.vdot(gradient.astype(np.float64), direction) - right) < limit * size, along


@pytest.mark.parametrize("columns", [*range(1, 31), 56])
def test_rows_of_every_width(columns: int) -> None:
    for outputs in (16, 32, 64):
        check((2, 4, columns + 2, 3), (2, 3), outputs, "float32")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("outputs", [1, 3, 4, 5, 8, 9, 15, 16, 17, 31, 32, 33, 40, 64, 70, 128])
def test_channels_out(outputs: int, dtype: str) -> None:
    check((2, 5, 9, 6), (3, 3), outputs, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("groups", [2, 3, 8])
@pytest.mark.parametrize("each", [(2, 3), (4, 16), (5, 1), (3, 20)])
def test_groups_of_channels(each: tuple[int, int], groups: int, dtype: str) -> None:
    inputs, outputs = each[0] * groups, each[1] * groups
    check((2, 5, 17, inputs), (3, 3), outputs, dtype, groups=groups)
    check((2, 9, inputs), (2,), outputs, dtype, steps=2, gap=3, groups=groups)


@pytest.mark.parametrize("outputs", [1, 2, 3, 4])
@pytest.mark.parametrize("inputs", [9, 16, 21])
def test_few_channels_out(inputs: int, outputs: int) -> None:
    form = lanes(8)
    wide = form.count >= 8  # with AVX-512; narrower vectors make more of the other tiles
    assert dot_tiles.are_fewer(form, 9, inputs, outputs) or inputs < 16 or not wide
    check((2, 5, 12, inputs), (3, 3), outputs, "float64")
    check((2, 5, 12, 2 * inputs), (2, 3), 2 * outputs, "float64", groups=2)
    check((2, 12, inputs), (3,), outputs, "float64", steps=2, gap=2)


@pytest.mark.parametrize("inputs", [1, 2, 3, 7, 14, 15, 29, 64])
def test_channels_in(inputs: int) -> None:
    check((2, 5, 9, inputs), (3, 2), 20, "float32")


@pytest.mark.parametrize("steps, gap", [(1, 2), (2, 1), (3, 2)])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_steps_and_dilations(rank: int, steps: int, gap: int) -> None:
    check((2, *(11, 12, 9)[:rank], 5), (3, 2, 2)[:rank], 10, "float64", steps, gap)


def test_arrays_that_lie_otherwise() -> None:
    x = RNG.normal(size=(2, 4, 9, 8)).astype(np.float32)
    kernel = RNG.normal(size=(3, 2, 8, 12)).astype(np.float32)
    right = dt.conv(x, kernel, 1, "valid")
    for given in (np.asfortranarray(x), np.repeat(x, 2, axis=-1)[..., ::2], x[::-1].copy()[::-1]):
        np.testing.assert_array_equal(dt.conv(given, kernel, 1, "valid"), right)
    other = np.ascontiguousarray(kernel.transpose(3, 2, 1, 0)).transpose(3, 2, 1, 0)
    np.testing.assert_array_equal(dt.conv(x, other, 1, "valid"), right)


def test_the_same_bits_on_any_threads() -> None:
    x = RNG.normal(size=(9, 30, 31, 12)).astype(np.float32)
    kernel = RNG.normal(size=(3, 3, 12, 20)).astype(np.float32)
    step = dt.value_and_grad(lambda x, k: dt.sum(dt.sin(dt.conv(x, k))), (0, 1))
    found = []
    for threads in (1, 2, 3, 4):
        with override(num_threads=threads):
            assert options().num_threads == threads
            value, gradients = step(x, kernel)
            found.append([np.asarray(value), *gradients])
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_nothing_to_add() -> None:
    kernel = np.ones((3, 3, 4, 5), np.float32)
    assert dt.conv(np.ones((0, 6, 6, 4), np.float32), kernel).shape == (0, 6, 6, 5)
    no_channels = dt.conv(np.ones((2, 6, 6, 0), np.float32), np.ones((3, 3, 0, 5), np.float32))
    np.testing.assert_array_equal(no_channels, np.zeros((2, 6, 6, 5), np.float32))
    loss = dt.grad(lambda k, x: dt.sum(dt.conv(x, k)))
    no_examples = loss(kernel, np.ones((0, 6, 6, 4), np.float32))
    np.testing.assert_array_equal(no_examples, np.zeros_like(kernel))
    assert loss(kernel[..., :0], np.ones((2, 6, 6, 4), np.float32)).shape == (3, 3, 4, 0)


def test_nan_stays_in_its_windows() -> None:
    x = np.ones((1, 9, 9, 3), np.float32)
    x[0, 4, 4, 1] = np.nan
    found = dt.conv(x, np.ones((3, 3, 3, 4), np.float32), 1, "valid")
    reached = np.zeros((7, 7), bool)
    reached[2:5, 2:5] = True
    np.testing.assert_array_equal(np.isnan(found[0, ..., 0]), reached)


@pytest.mark.parametrize("bits", [128, 256, 512])
def test_tiles_fit_into_the_registers(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "vector_bits", lambda: bits)
    registers = 32 if bits == 512 else 16
    for size in (4, 8):
        for outputs in range(1, 130):
            form = tiles(size, outputs)
            per_vector = max(1, form.form.count * size * 8 // max(bits, 256))
            assert (form.most * form.vectors + form.vectors) * per_vector <= registers
            for columns in range(1, 60):
                pixels, larger = covering(columns, form.most)
                count = -(-columns // form.most)
                assert pixels + bool(larger) <= form.most
                assert pixels * count + larger == columns


@pytest.mark.parametrize("bits", [128, 256])
def test_narrower_machines(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution_tiles.native, "vector_bits", lambda: bits)
    for outputs in (3, 8, 16, 21):
        check((2, 5, 13, 6), (3, 3), outputs, "float32")
        check((2, 5, 13, 6), (3, 3), outputs, "float64")
    assert tiles(4, 64) == Tiles(Lanes("float", 8), 2, 6)


@pytest.mark.parametrize(
    ("size", "channels", "by_product"), [(4, 128, True), (18, 128, False), (4, 64, False)]
)
def test_gradients_of_large_kernels_over_short_rows_are_products(
    size: int, channels: int, by_product: bool
) -> None:
    """From 512 KiB and up to 14 pixels; values and gradients are right either way."""
    check((2, size, size, channels), (3, 3), channels, "float32")

    def gradient(x: Any, kernel: Any) -> Any:
        return dt.grad(lambda kernel: dt.sum(dt.sin(dt.conv(x, kernel, 1, "valid"))))(kernel)

    x = RNG.normal(size=(2, size, size, channels)).astype("float32")
    kernel = RNG.normal(size=(3, 3, channels, channels)).astype("float32")
    steps = program_of(gradient, x, kernel).steps
    calls = [step.node.op for step in steps if isinstance(step, LibraryCall)]
    assert ("tiled_gradient" in calls) != by_product
