"""Memory layouts and kinds of tensors, and the results for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402
from torch.fx.experimental.symbolic_shapes import ShapeEnv  # noqa: E402

import dovetail as dt  # noqa: E402
from tests.hosts.torch.pairs import (  # noqa: E402
    PAIRS,
    assert_same,
    gated,
    leaves,
    mish,
    normalised,
    polar,
    scalar,
)

pairs = pytest.mark.parametrize("name", PAIRS)

LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "transposed": lambda a: a.transpose(0, -1).contiguous().transpose(0, -1),
    "every other": lambda a: a.repeat_interleave(2, 0)[::2],
    "every other at the end": lambda a: a.repeat_interleave(2, -1)[..., ::2],
    "with an offset": lambda a: torch.cat([a, a])[a.shape[0] :],
    "a column of more": lambda a: torch.stack([a, a], -1)[..., 0],
    "expanded": lambda a: a[:1].expand(a.shape),
    "expanded at the end": lambda a: a[..., :1].expand(a.shape),
    "one element": lambda a: a.flatten()[:1].reshape([1] * a.ndim).expand(a.shape),
}


@pairs
@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_and_gradients_of_any_layout(name: str, layout: str) -> None:
    pair = PAIRS[name]

    def run(function: Callable[..., Any]) -> Any:
        base = pair.arguments()
        real = [a.requires_grad_() for a in base if a.is_floating_point()]
        out = function(*(LAYOUTS[layout](a) for a in base))
        return leaves(out), torch.autograd.grad(scalar(lambda: out)(), real)

    assert_same(run(pair.ours), run(pair.theirs))


@pairs
def test_gradients_of_stride_0_and_transposed_gradients(name: str) -> None:
    pair = PAIRS[name]

    def run(function: Callable[..., Any], weight: Callable[[Any], Any]) -> Any:
        args = pair.arguments()
        real = [a.requires_grad_() for a in args if a.is_floating_point()]
        outs = leaves(function(*args))
        return torch.autograd.grad(outs, real, [weight(out) for out in outs])

    for weight in (
        lambda o: torch.tensor(1.5, dtype=o.dtype).expand(o.shape),
        lambda o: torch.randn(
            o.shape[::-1], dtype=o.dtype, generator=torch.Generator().manual_seed(3)
        ).permute(tuple(reversed(range(o.ndim)))),
    ):
        assert_same(run(pair.ours, weight), run(pair.theirs, weight))


SHAPES = [(), (1,), (7,), (0,), (3, 0), (0, 3), (1, 1, 5), (2, 3, 4, 5), (2, 1, 3, 1, 2)]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: tuple[int, ...]) -> None:
    x = torch.randn(shape, dtype=torch.float64)
    y = mish(x)
    assert y.shape == shape and y.stride() == F.mish(x).stride()
    assert_same(y, F.mish(x))
    one, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    mish(one).sum().backward()
    F.mish(other).sum().backward()
    assert_same(one.grad, other.grad)


def test_empty_rows_and_empty_batches() -> None:
    pair = PAIRS["rows"]
    x, scale = torch.randn(0, 5, dtype=torch.float64), torch.randn(5, dtype=torch.float64)
    one, other = scale.clone().requires_grad_(), scale.clone().requires_grad_()
    got, want = pair.ours(x, one), pair.theirs(x, other)
    assert_same(got, want)
    got.sum().backward()
    want.sum().backward()
    assert_same(one.grad, other.grad)


STRIDED: dict[str, Any] = {
    "rows": lambda: torch.randn(3, 4, 5, 6),
    "channels last": lambda: torch.randn(3, 4, 5, 6).to(memory_format=torch.channels_last),
    "3d channels last": lambda: torch.randn(2, 3, 4, 5, 6).to(memory_format=torch.channels_last_3d),
    "transposed": lambda: torch.randn(3, 4).t(),
    "permuted": lambda: torch.randn(3, 4, 5).permute(2, 0, 1),
    "expanded": lambda: torch.randn(3, 1, 5).expand(3, 4, 5),
    "sliced": lambda: torch.randn(6, 4)[::2],
    "one column": lambda: torch.randn(4, 1).t(),
    "channels of one": lambda: torch.randn(2, 1, 3, 3).to(memory_format=torch.channels_last),
}


@pytest.mark.parametrize("name", STRIDED)
def test_outputs_lie_as_pytorch_would_lay_them(name: str) -> None:
    x = STRIDED[name]()
    y = mish(x)
    want = torch.sin(x)
    dense = name not in ("expanded", "sliced")
    if dense:
        assert y.stride() == want.stride()
        assert (
            y.is_contiguous(memory_format=torch.channels_last)
            == want.is_contiguous(memory_format=torch.channels_last)
            if x.ndim == 4
            else True
        )
    else:
        assert y.is_contiguous()
    assert_same(y, F.mish(x), 1e-6)
    with FakeTensorMode() as mode:
        fake = mish(mode.from_tensor(x))
    assert fake.stride() == y.stride() and fake.shape == y.shape and fake.dtype == y.dtype


def test_gradients_keep_channels_last() -> None:
    x = STRIDED["channels last"]().requires_grad_()
    mish(x).square().sum().backward()
    assert x.grad.is_contiguous(memory_format=torch.channels_last)


# Tensors without data.


@pairs
def test_meta(name: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    got = leaves(pair.ours(*(a.to("meta") for a in args)))
    want = leaves(pair.ours(*args))
    assert [(g.shape, g.dtype, g.stride()) for g in got] == [
        (w.shape, w.dtype, w.stride()) for w in want
    ]
    assert all(g.device.type == "meta" for g in got)
    real = [a.to("meta").requires_grad_() if a.is_floating_point() else a.to("meta") for a in args]
    out = pair.ours(*real)
    grads = torch.autograd.grad(scalar(lambda: out)(), [a for a in real if a.requires_grad])
    assert [g.shape for g in grads] == [a.shape for a in real if a.requires_grad]


@pairs
def test_fake_tensors_with_symbolic_sizes(name: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    with FakeTensorMode(shape_env=ShapeEnv()) as mode:
        fakes = [mode.from_tensor(a) for a in args]
        got = leaves(pair.ours(*fakes))
        grads = leaves(torch.func.grad(scalar(pair.ours))(*fakes))
    want = leaves(pair.ours(*args))
    assert [g.dtype for g in got] == [w.dtype for w in want]
    assert [tuple(map(int, g.shape)) for g in got] == [tuple(w.shape) for w in want]
    assert tuple(map(int, grads[0].shape)) == tuple(args[0].shape)


def test_sizes_that_only_the_data_say() -> None:
    with torch._dynamo.config.patch(capture_dynamic_output_shape_ops=True):
        run = torch.compile(lambda x: mish(x[x > 0]) * 2, fullgraph=True, backend="aot_eager")
        for seed in (0, 1):
            x = torch.randn(20, generator=torch.Generator().manual_seed(seed)).double()
            assert_same(run(x), F.mish(x[x > 0]) * 2)


def test_parameters_buffers_and_inference_tensors() -> None:
    x = torch.randn(4, dtype=torch.float64)
    parameter = torch.nn.Parameter(x)
    y = mish(parameter)
    assert type(y) is torch.Tensor and y.requires_grad
    assert_same(y.detach(), F.mish(x))
    with torch.inference_mode():
        inner = torch.randn(4, dtype=torch.float64)
    assert_same(mish(inner), F.mish(inner))
    with torch.no_grad():
        assert_same(gated(inner, parameter), inner.sin() ** 2 * parameter**3.0)


# Data types.


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_floating_types(dtype: Any) -> None:
    x = torch.linspace(-6, 6, 97).to(dtype)
    y = mish(x)
    assert y.dtype is dtype
    exact = F.mish(x.double())
    unit = torch.finfo(dtype).eps * exact.abs().clamp_min(torch.finfo(dtype).tiny)
    assert ((y.double() - exact).abs() <= (1.0 if dtype.itemsize == 2 else 4.0) * unit).all()
    leaf = x.clone().requires_grad_()
    mish(leaf).sum().backward()
    assert leaf.grad is not None and leaf.grad.dtype is dtype


def test_types_are_promoted_as_the_standard_says() -> None:
    for one in (torch.float32, torch.float64, torch.int32, torch.bool, torch.bfloat16):
        for other in (torch.float32, torch.float16, torch.int64):
            x, y = torch.ones(3).to(one), torch.ones(3).to(other)
            if one.is_floating_point == other.is_floating_point:
                assert dt.multiply(x, y).dtype is torch.result_type(x, y)


def test_a_zero_dimensional_tensor_is_an_array_like_any_other() -> None:
    """The array API standard has no weak arrays; PyTorch lets a 0-d tensor follow."""
    assert dt.multiply(torch.ones(3), torch.tensor(2.0, dtype=torch.float64)).dtype is torch.float64
    assert dt.multiply(torch.ones(3), 2.0).dtype is torch.float32


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_gradients_in_half_precision(dtype: Any) -> None:
    pair = PAIRS["rows"]
    args = [a.to(dtype).requires_grad_() for a in pair.arguments()]
    wide = [a.detach().double().requires_grad_() for a in args]
    got = torch.autograd.grad(pair.ours(*args).sum(), args)
    want = torch.autograd.grad(pair.theirs(*wide).sum(), wide)
    for one, other in zip(got, want, strict=True):
        assert one.dtype is dtype
        size = float(other.abs().max())
        assert (one.double() - other).abs().max() <= 4 * torch.finfo(dtype).eps * size


# Memory.


def test_no_output_shares_memory_with_an_input() -> None:
    @dt.op
    def passing(x: Any) -> Any:
        return x, x * 1.0, dt.reshape(x, (-1,))

    x = torch.randn(3, 4)
    addresses = {o.data_ptr() for o in passing(x)}
    assert x.data_ptr() not in addresses and len(addresses) == 3


def test_inputs_are_left_as_they_are() -> None:
    x, y = torch.randn(2, 50).unbind()
    before = x.clone(), y.clone()
    polar(x, y)
    assert torch.equal(x, before[0]) and torch.equal(y, before[1])
    assert (x._version, y._version) == (0, 0)


def test_large_outputs_outlive_their_inputs_and_are_writable() -> None:
    outputs = [mish(torch.full((1 << 18,), float(n))) for n in range(4)]
    for n, out in enumerate(outputs):
        out.add_(1.0)
        assert_same(out, F.mish(torch.full((1 << 18,), float(n))) + 1.0, 1e-6)


def test_normalised_under_all_layouts_has_the_same_numbers() -> None:
    x, scale = torch.randn(6, 8), torch.rand(8)
    want = normalised(x, scale)
    for layout in ("transposed", "every other", "with an offset", "a column of more"):
        assert_same(normalised(LAYOUTS[layout](x), scale), want, 1e-6)
