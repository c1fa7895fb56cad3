"""Windows and pooling on NumPy's arrays: values, gradients of every order, edges, and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import dovetail as dt
from dovetail.compile.pipeline import lower_graph
from dovetail.errors import ArgumentError, DovetailError, ShapeError
from dovetail.graph.dtypes import float32
from dovetail.graph.node import Graph
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import input_node

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
IMAGES = 0.01 * RNG.permutation(2 * 9 * 8 * 3).reshape(2, 9, 8, 3)  # no ties
IMAGES -= IMAGES.mean()


def numpy_windows(
    x: Array, size: tuple[int, ...], axes: tuple[int, ...], steps: Any, gaps: Any
) -> Array:
    """By NumPy: all windows, of which some are taken."""
    spans = [gap * (n - 1) + 1 for n, gap in zip(size, gaps, strict=True)]
    every = sliding_window_view(x, spans, axis=axes)
    index = [slice(None)] * every.ndim
    for number, axis in enumerate(axes):
        index[axis] = slice(None, None, steps[number])
        index[x.ndim + number] = slice(None, None, gaps[number])
    return every[tuple(index)]


@pytest.mark.parametrize("steps", [(1, 1), (2, 3)])
@pytest.mark.parametrize("gaps", [(1, 1), (2, 1)])
@pytest.mark.parametrize("axes", [(1, 2), (2, 0), (-2, -1)])
def test_values(steps: Any, gaps: Any, axes: Any) -> None:
    x = RNG.normal(size=(5, 9, 8, 7))
    found = dt.windows(x, (3, 2), axes, strides=steps, dilation=gaps)
    expected = numpy_windows(x, (3, 2), tuple(a % 4 for a in axes), steps, gaps)
    np.testing.assert_array_equal(found, expected)


def test_the_axes_of_space_are_the_default() -> None:
    assert dt.windows(IMAGES, 3).shape == (2, 7, 6, 3, 3, 3)
    assert dt.windows(np.ones(5), 3).shape == (3, 3)
    assert dt.windows(np.ones((2, 5, 3)), 3).shape == (2, 3, 3, 3)


@pytest.mark.parametrize("padding", ["same", "causal", 1, (2, 0), ((1, 2), (0, 1))])
@pytest.mark.parametrize("strides", [1, 2, 3])
def test_padding_is_zeros(padding: Any, strides: int) -> None:
    found = dt.windows(IMAGES, 3, strides=strides, padding=padding)
    pairs: Any = {1: ((1, 1), (1, 1)), (2, 0): ((2, 2), (0, 0))}.get(padding, padding)
    if padding == "causal":
        pairs = ((2, 0), (2, 0))
    if padding == "same":
        needed = [max((-(-n // strides) - 1) * strides + 3 - n, 0) for n in (9, 8)]
        pairs = [(n // 2, n - n // 2) for n in needed]
        assert found.shape[1:3] == tuple(-(-n // strides) for n in (9, 8))
    padded = np.pad(IMAGES, ((0, 0), *pairs, (0, 0)))
    expected = numpy_windows(padded, (3, 3), (1, 2), (strides, strides), (1, 1))
    np.testing.assert_array_equal(found, expected)


def l2_pool(x: Any) -> Any:
    return dt.sqrt(dt.sum(dt.square(dt.windows(x, 2, strides=2)), axis=(-2, -1)))


def response_norm(x: Any) -> Any:
    """Krizhevsky et al. 2012: over five neighbouring channels."""
    near = dt.sum(dt.windows(x * x, 5, -1, padding="same"), axis=-1)
    return x / (2.0 + 1e-1 * near) ** 0.75


def median_like(x: Any) -> Any:
    """The middle of three elements: all but the largest and the smallest."""
    near = dt.windows(x, 3, 1, padding="same")
    return dt.sum(near, axis=-1) - dt.max(near, axis=-1) - dt.min(near, axis=-1)


def unfolded_attention(x: Any) -> Any:
    near = dt.windows(x, (3, 3), padding="same")
    scores = dt.sum(near * x[..., None, None], axis=3, keepdims=True)
    weights = dt.exp(scores - dt.max(scores, axis=(-2, -1), keepdims=True))
    return dt.sum(near * weights, axis=(-2, -1)) / dt.sum(weights, axis=(-2, -1))


OWN = [l2_pool, response_norm, median_like, unfolded_attention]
POOLS: list[Callable[[Any], Any]] = [
    lambda x: dt.max_pool(x, 2),
    lambda x: dt.max_pool(x, 3, 2, "same"),
    lambda x: dt.max_pool(x, (3, 2), 1, 1, 1),
    lambda x: dt.max_pool(x, 3, 1, dilation=2),
    lambda x: dt.avg_pool(x, 2),
    lambda x: dt.avg_pool(x, 3, 2, "same"),
    lambda x: dt.avg_pool(x, 3, 1, 1),
    lambda x: dt.avg_pool(x, 3, 2, 1, count_include_pad=False),
]
LINEAR: list[Callable[[Any], Any]] = [
    lambda x: dt.windows(x, 3),
    lambda x: dt.windows(x, 3, strides=2, padding="same"),
    lambda x: dt.windows(x, (2, 3), (3, 1), strides=(1, 3)),
    lambda x: dt.windows(x, 70, 1, strides=5, padding=35),
]
EVERY = [*OWN, *POOLS, *LINEAR]


def loss(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: dt.sum(dt.sin(function(x)))


@pytest.mark.parametrize("number", range(len(EVERY)))
def test_gradients_are_those_of_differences(number: int) -> None:
    f = loss(EVERY[number])
    value, gradient = dt.op(f), dt.grad(f)
    v = RNG.normal(size=IMAGES.shape)
    h = 1e-6
    slope = float(value(IMAGES + h * v) - value(IMAGES - h * v)) / (2 * h)
    assert np.sum(gradient(IMAGES) * v) == pytest.approx(slope, rel=2e-7, abs=2e-7)
    _, tangent = dt.jvp(f, (IMAGES,), (v,))
    assert float(tangent) == pytest.approx(float(np.sum(gradient(IMAGES) * v)), rel=1e-12)
    second = dt.grad(lambda x: dt.sum(dt.grad(f)(x) * v))(IMAGES)
    both = (gradient(IMAGES + h * v) - gradient(IMAGES - h * v)) / (2 * h)
    np.testing.assert_allclose(second, both, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("number", range(len(EVERY)))
def test_vmap(number: int) -> None:
    f = EVERY[number]
    many = np.stack([IMAGES, IMAGES[:, ::-1], IMAGES[::-1]])
    found = dt.vmap(f)(many)
    expected = np.stack([dt.op(f)(each) for each in many])
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    gradients = dt.vmap(dt.grad(loss(f)))(many)
    one_by_one = np.stack([dt.grad(loss(f))(each) for each in many])
    np.testing.assert_allclose(gradients, one_by_one, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("number", range(len(EVERY)))
def test_the_adjoint_is_the_transpose_at_every_size(number: int) -> None:
    """<y, J v> = <J^T y, v>, with sizes that differ, in one compiled program for each structure."""
    f = EVERY[number]
    for height, width in ((9, 8), (7, 7), (10, 11), (12, 9), (13, 16)):
        x = RNG.permutation(2 * height * width * 3).reshape(2, height, width, 3) * 0.01
        v = RNG.normal(size=x.shape)
        out, moved = dt.jvp(f, (x,), (v,))
        y = RNG.normal(size=out.shape)
        (back,) = dt.vjp(f, x)[1](y)
        assert np.sum(y * moved) == pytest.approx(float(np.sum(back * v)), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "float32"])
def test_types(dtype: str) -> None:
    x = RNG.integers(0, 2 if dtype == "bool" else 100, size=(1, 6, 6, 2)).astype(dtype)
    found = dt.max_pool(x, 3, 2, "same")
    assert found.dtype == x.dtype
    wide = np.pad(x.astype(np.float64), ((0, 0), (0, 1), (0, 1), (0, 0)), constant_values=-np.inf)
    expected = numpy_windows(wide, (3, 3), (1, 2), (2, 2), (1, 1)).max(axis=(-2, -1))
    np.testing.assert_array_equal(found, expected.astype(dtype))


def test_halves_add_overlapping_windows_in_float32() -> None:
    x = RNG.normal(size=(1, 40, 1)).astype(np.float16)
    weights = RNG.normal(size=(36, 5)).astype(np.float16)
    f = lambda x: dt.sum(dt.windows(x, 5)[0, :, 0] * weights)  # noqa: E731
    exact = np.zeros(40)
    for place in range(5):
        exact[place : place + 36] += weights[:, place].astype(np.float64)
    np.testing.assert_allclose(dt.grad(f)(x)[0, :, 0], exact, rtol=2**-10, atol=2**-22)


def test_ties_share_the_gradient_and_nan_remains() -> None:
    ones = np.ones((1, 4, 1))
    np.testing.assert_array_equal(
        dt.grad(lambda x: dt.sum(dt.max_pool(x, 2)))(ones)[0, :, 0], [0.5] * 4
    )
    broken = np.array([0.0, np.nan, 1.0, 2.0]).reshape(1, 4, 1)
    np.testing.assert_array_equal(dt.max_pool(broken, 2)[0, :, 0], [np.nan, 2.0])


def test_channels_first() -> None:
    x = np.moveaxis(IMAGES, -1, 1)
    for pool in (dt.max_pool, dt.avg_pool):
        found = pool(x, 3, 2, "same", data_format="channels_first")
        np.testing.assert_array_equal(np.moveaxis(found, 1, -1), pool(IMAGES, 3, 2, "same"))


@pytest.mark.parametrize("counted", [None, True, False])
@pytest.mark.parametrize(
    "size, step, pad", [(2, 3, 1), (3, 2, 1), (3, 5, 1), (4, 3, 2), (4, 4, 0), (5, 2, 0)]
)
def test_a_last_window_that_is_partly_after_the_end(
    size: int, step: int, pad: int, counted: bool | None
) -> None:
    torch = pytest.importorskip("torch")
    options = {"ceil_mode": True} | ({} if counted is None else {"count_include_pad": counted})
    ours = dt.max_pool if counted is None else dt.avg_pool
    pooled = torch.nn.functional.max_pool1d if counted is None else torch.nn.functional.avg_pool1d
    for length in range(1, 9):  # also shorter than a window
        x = RNG.normal(size=(2, length, 3))
        theirs = torch.tensor(x).requires_grad_()
        if length + 2 * pad <= size - step:  # PyTorch refuses it, too
            with pytest.raises(RuntimeError):
                pooled(theirs.movedim(-1, 1), size, step, pad, **options)
            with pytest.raises(ShapeError, match="a window of 5 elements"):
                ours(x, size, step, pad, **options)
            continue
        right = pooled(theirs.movedim(-1, 1), size, step, pad, **options).movedim(1, -1)
        value, pullback = dt.vjp(lambda x: ours(x, size, step, pad, **options), x)
        np.testing.assert_allclose(value, right.detach().numpy(), rtol=1e-12, atol=1e-12)
        weights = RNG.normal(size=value.shape)
        (gradient,) = torch.autograd.grad(right, theirs, torch.tensor(weights))
        (found,) = pullback(weights)
        np.testing.assert_allclose(found, gradient.numpy(), rtol=1e-12, atol=1e-12)


def test_padding_in_numbers_counts_in_means_and_that_of_same_does_not() -> None:
    ones = np.ones((1, 3, 4, 1))
    counted = np.array([[4, 6, 6, 4], [6, 9, 9, 6], [4, 6, 6, 4]]) / 9
    for padding, by_default in ((1, True), ("same", False)):
        for given in (None, True, False):
            found = dt.avg_pool(ones, 3, 1, padding, count_include_pad=given)[0, ..., 0]
            counts = by_default if given is None else given
            np.testing.assert_allclose(found, counted if counts else 1.0, rtol=1e-15)


def test_empty_batches() -> None:
    nothing = np.zeros((0, 6, 6, 2))
    assert dt.max_pool(nothing, 2).shape == (0, 3, 3, 2)
    assert dt.grad(lambda x: dt.sum(dt.avg_pool(x, 3, 1)))(nothing).shape == nothing.shape


def test_windows_are_not_copied() -> None:
    """One kernel reads the array and writes the maxima: there is no memory in between."""
    x = input_node("x", (1, 64, 64, 8), float32)
    out = structure.max_(
        structure.windows(x, axes=(1, 2), window=(3, 3), steps=(1, 1), dilations=(1, 1)),
        axes=(4, 5),
    )
    program = lower_graph(Graph((x,), (out,)), [(64 * 64 * 8 * 4, 64 * 8 * 4, 8 * 4, 4)])
    assert len(program.steps) == 1 and program.arena_bytes == 0


WRONG: list[tuple[Callable[[Any], Any], type[DovetailError], tuple[str, ...]]] = [
    (lambda x: dt.windows(x, 10), ShapeError, ("a window of 10 elements in axis 1, which has 9",)),
    (lambda x: dt.windows(x, 3, dilation=5), ShapeError, ("a window of 11 elements",)),
    (lambda x: dt.windows(x, 0), ArgumentError, ("size of windows is int 0", "from 1 on")),
    (lambda x: dt.windows(x, (2, 2, 2)), ArgumentError, ("size of windows", "2 of them")),
    (lambda x: dt.windows(x, 2, strides=0), ArgumentError, ("strides of windows is int 0",)),
    (lambda x: dt.windows(x, 2, padding="full"), ArgumentError, ("'full'", '"same"')),
    (lambda x: dt.windows(x, 2, padding=-1), ArgumentError, ("padding of windows is int -1",)),
    (lambda x: dt.windows(x, 2, padding=(1, 2, 3)), ArgumentError, ("there are 2 axes",)),
    (lambda x: dt.windows(x, 2, 4), ArgumentError, ("axis of windows is int 4", "-4 to 3")),
    (lambda x: dt.windows(x, 2, (1, -3)), ArgumentError, ("axis of windows", "differ")),
    (lambda x: dt.windows(x[0, 0], 2), ArgumentError, ("axis of windows is NoneType",)),
    (lambda x: dt.max_pool(x, 2, padding=2), ArgumentError, ("padding of max_pool", "less than")),
    (lambda x: dt.max_pool(x, 10), ShapeError, ("max_pool: a window of 10 elements",)),
    (lambda x: dt.avg_pool(x, 2, data_format="nchw"), ArgumentError, ("'nchw'", "channels_last")),
    (lambda x: dt.max_pool(x, 2, ceil_mode=1), ArgumentError, ("ceil_mode",)),
    (lambda x: dt.avg_pool(x, 2, count_include_pad=1), ArgumentError, ("count_include_pad",)),
    (lambda x: dt.max_pool(x[0, 0, 0], 2), ArgumentError, ("x of max_pool", "batch")),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_errors_say_what_was_wrong(number: int) -> None:
    call, kind, words = WRONG[number]
    with pytest.raises(kind) as caught:
        dt.op(call)(IMAGES)
    for each in words:
        assert each in str(caught.value)
    assert "test_windows.py" in str(caught.value)


@pytest.mark.parametrize("length", [17, 40, 41, 70])
def test_long_windows_that_follow_each_other_are_put_back(length: int) -> None:
    """Also one alone, at any step, and with elements behind the last one."""

    def cut(x: Any, step: int) -> Any:
        return dt.windows(x, length, 1, strides=step)

    for count, more, step in ((1, 0, length), (1, 0, 1), (3, 0, length), (2, 5, length)):
        x = RNG.normal(size=(2, count * length + more, 3))
        function = lambda x, step=step: dt.sum(dt.sin(cut(x, step)) ** 2)  # noqa: E731
        exact = np.sin(2 * x)
        exact[:, count * length :] = 0.0
        found = dt.op(dt.grad(function))(x)
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-13)


def test_both_axes_of_windows_are_put_back() -> None:
    x = RNG.normal(size=(2, 10, 14, 3))
    function = lambda x: dt.sum(dt.windows(x, (5, 6), (1, 2), strides=(5, 6)) ** 2)  # noqa: E731
    exact = 2 * x
    exact[:, :, 12:] = 0.0
    np.testing.assert_allclose(dt.op(dt.grad(function))(x), exact, rtol=1e-13, atol=1e-13)
