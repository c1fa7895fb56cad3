"""Convolution on NumPy's arrays: values and gradients of every order beside PyTorch's, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DovetailError, ShapeError

torch: Any = pytest.importorskip("torch")
F: Any = torch.nn.functional
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch.func.jvp
RNG = np.random.default_rng(0)

# Space, kernel, channels in and out, strides, padding, dilation, groups.
CASES: list[tuple[Any, ...]] = [
    ((9,), (3,), 4, 6, 1, 1, 1, 1),
    ((9,), (3,), 4, 6, 2, 0, 2, 2),
    ((8, 7), (3, 3), 3, 5, 1, 1, 1, 1),
    ((8, 7), (3, 2), 4, 6, (2, 1), (1, 0), (1, 2), 2),
    ((8, 7), (1, 1), 4, 3, 1, 0, 1, 1),
    ((8, 7), (1, 1), 4, 4, 2, 0, 1, 2),
    ((8, 7), (3, 3), 4, 4, 1, 1, 1, 4),
    ((8, 7), (3, 3), 3, 6, 2, 1, 1, 3),
    ((8, 8), (2, 2), 1, 5, 2, 0, 1, 1),
    ((6, 5, 7), (3, 1, 2), 2, 4, (1, 2, 3), (1, 0, 1), 1, 2),
    ((6, 5, 7), (2, 2, 2), 2, 2, 1, 2, 1, 1),
]


def pair(case: tuple[Any, ...]) -> tuple[Any, Any, Callable[..., Any], Callable[..., Any]]:
    """The arrays, our function and PyTorch's, both of channels last."""
    space, window, inputs, outputs, strides, padding, dilation, groups = case
    x = RNG.normal(size=(2, *space, inputs))
    kernel = RNG.normal(size=(*window, inputs // groups, outputs))

    def ours(x: Any, kernel: Any) -> Any:
        return dt.conv(x, kernel, strides, padding, dilation, groups)

    def theirs(x: Any, kernel: Any) -> Any:
        function = getattr(F, f"conv{len(space)}d")
        weights = kernel.movedim((-1, -2), (0, 1))
        found = function(x.movedim(-1, 1), weights, None, strides, padding, dilation, groups)
        return found.movedim(1, -1)

    return x, kernel, ours, theirs


def close(found: Any, expected: Any, **limits: float) -> None:
    limits = {"rtol": 1e-12, "atol": 1e-12, **limits}
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), **limits)


def agree(ours: Any, theirs: Any, *arrays: Any) -> None:
    """Values, gradients, tangents and second derivatives."""
    tensors = tuple(map(torch.tensor, arrays))
    close(dt.op(ours)(*arrays), theirs(*tensors))

    def our_loss(*given: Any) -> Any:
        return dt.sum(dt.sin(ours(*given)))

    def their_loss(*given: Any) -> Any:
        return torch.sin(theirs(*given)).sum()

    numbers = tuple(range(len(arrays)))
    vectors = [RNG.normal(size=array.shape) for array in arrays]
    directions = tuple(map(torch.tensor, vectors))
    gradients = torch.func.grad(their_loss, numbers)
    for mine, other in zip(dt.grad(our_loss, numbers)(*arrays), gradients(*tensors), strict=True):
        close(mine, other)

    def along(*given: Any) -> Any:
        found = dt.grad(our_loss, numbers)(*given)
        return sum(dt.sum(g * v) for g, v in zip(found, vectors, strict=True))

    def their_along(*given: Any) -> Any:
        found = gradients(*given)
        return sum((g * v).sum() for g, v in zip(found, directions, strict=True))

    second = dt.grad(along, numbers)(*arrays)
    their_second = torch.func.grad(their_along, numbers)(*tensors)
    for mine, other in zip(second, their_second, strict=True):
        close(mine, other, rtol=1e-11, atol=1e-11)
    close(
        dt.jvp(ours, arrays, tuple(vectors))[1],
        torch.func.jvp(theirs, tensors, directions)[1],
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_derivatives(case: tuple[Any, ...]) -> None:
    x, kernel, ours, theirs = pair(case)
    agree(ours, theirs, x, kernel)


TRANSPOSED: list[tuple[Any, ...]] = [
    ((5,), (3,), 4, 6, 1, 1, 1, 1, 0),
    ((5,), (3,), 4, 6, 2, 1, 1, 2, 1),
    ((4, 3), (3, 2), 3, 5, (2, 3), (1, 0), (1, 2), 1, (1, 2)),
    ((4, 3), (3, 3), 4, 4, 2, 1, 1, 4, 0),
    ((4, 3), (2, 2), 2, 3, 3, 0, 1, 1, 0),
    ((3, 2, 4), (2, 3, 1), 2, 4, (2, 1, 1), 0, 1, 2, 0),
]


@pytest.mark.parametrize("case", TRANSPOSED, ids=str)
def test_transposed(case: tuple[Any, ...]) -> None:
    space, window, inputs, outputs, strides, padding, dilation, groups, more = case
    x = RNG.normal(size=(2, *space, inputs))
    kernel = RNG.normal(size=(*window, inputs, outputs // groups))

    def ours(x: Any, kernel: Any) -> Any:
        return dt.conv_transpose(x, kernel, strides, padding, dilation, groups, output_padding=more)

    def theirs(x: Any, kernel: Any) -> Any:
        function = getattr(F, f"conv_transpose{len(space)}d")
        weights = kernel.movedim((-2, -1), (0, 1))
        found = function(x.movedim(-1, 1), weights, None, strides, padding, more, groups, dilation)
        return found.movedim(1, -1)

    agree(ours, theirs, x, kernel)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_named_padding_is_that_of_the_convolution(padding: str, strides: int, size: int) -> None:
    """The transpose of `conv` with the same arguments."""
    x, kernel = RNG.normal(size=(2, 5, 4)), RNG.normal(size=(size, 4, 6))
    found = dt.conv_transpose(x, kernel, strides, padding)
    extent = 5 * strides if padding == "same" else 4 * strides + max(size, strides)
    assert found.shape == (2, extent, 6)

    def along(y: Any) -> Any:
        return dt.sum(x * dt.conv(y, np.swapaxes(kernel, 1, 2), strides, padding))

    close(found, dt.grad(along)(np.zeros(found.shape)))


@pytest.mark.parametrize("case", CASES[:8], ids=str)
def test_vmap_over_either_operand(case: tuple[Any, ...]) -> None:
    x, kernel, ours, _ = pair(case)
    xs, kernels = np.stack([x, x[::-1], -x]), np.stack([kernel, kernel[::-1], 2 * kernel])
    one = dt.op(ours)
    both = np.stack([one(a, b) for a, b in zip(xs, kernels, strict=True)])
    close(dt.vmap(ours)(xs, kernels), both)
    shared = np.stack([one(a, kernel) for a in xs])
    close(dt.vmap(lambda a: ours(a, kernel))(xs), shared)
    for number, arrays in ((0, xs), (1, kernels)):

        def loss(given: Any, number: int = number) -> Any:
            return dt.sum(dt.sin(ours(*((given, kernel) if number == 0 else (x, given)))))

        expected = np.stack([dt.grad(loss)(each) for each in arrays])
        close(dt.vmap(dt.grad(loss))(arrays), expected)


@pytest.mark.parametrize("padding", ["same", "valid", "causal", ((1, 2), (0, 3))])
@pytest.mark.parametrize("strides", [1, 2, 3])
def test_padding(padding: Any, strides: int) -> None:
    x, kernel = RNG.normal(size=(2, 8, 7, 3)), RNG.normal(size=(3, 2, 3, 4))
    pairs: Any = padding
    if padding == "valid":
        pairs = ((0, 0), (0, 0))
    elif padding == "causal":
        pairs = ((2, 0), (1, 0))
    elif padding == "same":
        sizes = zip((8, 7), (3, 2), strict=True)
        missing = [max((-(-n // strides) - 1) * strides + k - n, 0) for n, k in sizes]
        pairs = [(n // 2, n - n // 2) for n in missing]
    padded = np.pad(x, ((0, 0), *pairs, (0, 0)))
    expected = dt.conv(padded, kernel, strides, "valid")
    close(dt.conv(x, kernel, strides, padding), expected)


def test_channels_first_and_types() -> None:
    x, kernel = RNG.normal(size=(2, 6, 5, 4)), RNG.normal(size=(3, 3, 2, 6))
    first = np.moveaxis(x, -1, 1)
    found = dt.conv(first, kernel, groups=2, data_format="channels_first")
    close(np.moveaxis(found, 1, -1), dt.conv(x, kernel, groups=2))
    whole = dt.conv(np.ones((1, 4, 4, 1), np.int32), np.ones((2, 2, 1, 1), np.int32), 1, "valid")
    assert whole.dtype == np.float32 and np.all(whole == 4)
    half = dt.conv(x.astype(np.float16), kernel.astype(np.float16), groups=2)
    assert half.dtype == np.float16
    close(half, dt.conv(x, kernel, groups=2), rtol=1e-2, atol=2e-2)


def test_empty_batches() -> None:
    x, kernel = np.zeros((0, 6, 5, 4)), RNG.normal(size=(3, 3, 4, 6))
    assert dt.conv(x, kernel).shape == (0, 6, 5, 6)
    gradient = dt.grad(lambda k: dt.sum(dt.conv(x, k)))(kernel)
    np.testing.assert_array_equal(gradient, np.zeros_like(kernel))


X, KERNEL = np.ones((2, 6, 5, 4)), np.ones((3, 3, 4, 6))
WRONG: list[tuple[Callable[[], Any], type[DovetailError], tuple[str, ...]]] = [
    (
        lambda: dt.conv(X, np.ones((7, 3, 4, 6)), 1, "valid"),
        ShapeError, ("a window of 7 elements in axis 1, which has 6",),
    ),
    (lambda: dt.conv(X, KERNEL, groups=3), ArgumentError, ("groups of conv is int 3", "channels")),
    (lambda: dt.conv(X, KERNEL, groups=0), ArgumentError, ("groups of conv is int 0",)),
    (lambda: dt.conv(X, KERNEL, groups=2), ShapeError, ("4 / 2 groups = 2 channels", "has 4")),
    (lambda: dt.conv(X, np.ones((3, 3, 5, 6))), ShapeError, ("4 = 4 channels in", "has 5")),
    (lambda: dt.conv(X, KERNEL, padding="full"), ArgumentError, ("'full'", '"causal"')),
    (lambda: dt.conv(X, KERNEL, strides=0), ArgumentError, ("strides of conv",)),
    (lambda: dt.conv(X, np.ones((3, 4, 6))), ShapeError, ("kernel (space...",)),
    (lambda: dt.conv(X[0, 0], np.ones((4, 6))), ShapeError, ("1 to 3 dimensions",)),
    (lambda: dt.conv(X, KERNEL, data_format="nhwc"), ArgumentError, ("'nhwc'",)),
    (lambda: dt.conv_transpose(X, np.ones((3, 3, 5, 6))), ShapeError, ("4 channels in",)),
    (
        lambda: dt.conv_transpose(X, KERNEL, 2, 1, output_padding=2),
        ArgumentError, ("output_padding", "less than the strides"),
    ),
    (lambda: dt.conv_transpose(X, KERNEL, padding="causal"), ArgumentError, ("'causal'",)),
    (lambda: dt.conv_transpose(X, KERNEL, 1, 9), ShapeError, ("padding of 9 and 9 of 8",)),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_errors_say_what_was_wrong(number: int) -> None:
    call, kind, words = WRONG[number]
    with pytest.raises(kind) as caught:
        call()
    for each in words:
        assert each in str(caught.value)


def test_errors_name_the_users_line() -> None:
    def layer(x: Any) -> Any:
        return dt.conv(x, KERNEL, groups=3)

    with pytest.raises(ArgumentError, match=r"defined at .*test_convolution\.py"):
        dt.op(layer)(X)
