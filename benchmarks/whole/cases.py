"""The cases of networks.py: one piece of a network in Dovetail, PyTorch and JAX."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F

import dovetail as dt

Array = np.ndarray[Any, Any]
Arrays = Sequence[Array]
Layout = Callable[[Arrays], list[Array]]
STEPS, BATCH, UNITS = 200, 32, 64  # of recurrent layers


@dataclass(frozen=True)
class Case:
    """A function of the same arrays in three frameworks.

    The layouts convert arrays to the layout of PyTorch's own maths, and its output and gradients
    back to ours.
    """

    name: str
    arrays: Arrays
    ours: Callable[..., Any]
    torch: Callable[..., Any]
    jax: Callable[..., Any] | None = None
    torch_layout: Layout = field(default=list)
    our_layout: Layout = field(default=list)
    our_layout_of_gradients: Layout = field(default=list)

    def on(self, arrays: Arrays) -> Case:
        """The same on other arrays."""
        return replace(self, arrays=arrays)


def _normal(*shapes: tuple[int, ...], scale: float = 1.0) -> list[Array]:
    rng = np.random.default_rng(0)
    return [(scale * rng.normal(size=shape)).astype(np.float32) for shape in shapes]


def _channels_first(x: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(x, -1, 1))


def _channels_last(x: Array) -> Array:
    return np.moveaxis(x, 1, -1)


def conv(name: str, batch: int, size: int, inputs: int, outputs: int, groups: int = 1) -> Case:
    """A 3 x 3 convolution with padding "same"; kernels are (3, 3, in / groups, out)."""
    arrays = _normal((batch, size, size, inputs), (3, 3, inputs // groups, outputs), scale=0.3)
    dimensions = ("NHWC", "HWIO", "NHWC")
    return Case(
        name, arrays,
        lambda x, k: dt.conv(x, k, padding="same", groups=groups),
        lambda x, k: F.conv2d(x, k, padding=1, groups=groups),
        lambda x, k: jax.lax.conv_general_dilated(
            x, k, (1, 1), "SAME", dimension_numbers=dimensions, feature_group_count=groups
        ),
        lambda given: [
            _channels_first(given[0]), np.ascontiguousarray(given[1].transpose(3, 2, 0, 1))
        ],
        lambda given: [_channels_last(given[0])],
        lambda given: [_channels_last(given[0]), given[1].transpose(2, 3, 1, 0)],
    )  # fmt: skip


def max_pool() -> Case:
    """The largest of each 2 x 2."""
    return Case(
        "max-pool 56x56x64", _normal((4, 56, 56, 64)),
        lambda x: dt.max_pool(x, (2, 2), strides=(2, 2)),
        lambda x: F.max_pool2d(x, 2),
        lambda x: jax.lax.reduce_window(
            x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID"
        ),
        lambda given: [_channels_first(given[0])],
        *[lambda given: [_channels_last(given[0])]] * 2,
    )  # fmt: skip


def group_norm() -> Case:
    """Eight groups of channels."""
    arrays = _normal((8, 28, 28, 64), (64,), (64,))

    def ours(x: Any, scale: Any, bias: Any) -> Any:
        batch, height, width, channels = x.shape
        groups = dt.reshape(x, (batch, height, width, 8, channels // 8))
        centred = groups - dt.mean(groups, axis=(1, 2, 4), keepdims=True)
        var = dt.mean(centred * centred, axis=(1, 2, 4), keepdims=True)
        return dt.reshape(centred * dt.rsqrt(var + 1e-5), x.shape) * scale + bias

    return Case(
        "group norm 28x28x64", arrays, ours,
        lambda x, scale, bias: F.group_norm(x, 8, scale, bias, 1e-5), None,
        lambda given: [_channels_first(given[0]), *given[1:]],
        lambda given: [_channels_last(given[0])],
        lambda given: [_channels_last(given[0]), *given[1:]],
    )  # fmt: skip


def _recurrent(name: str, gates: int) -> Case:
    """A layer of torch.nn by scan, over (time, batch, units); weights as torch.nn has them."""
    wide = gates * UNITS
    arrays = _normal((STEPS, BATCH, UNITS), (wide, UNITS), (wide, UNITS), (wide,), (wide,))
    arrays = [arrays[0], *(0.1 * each for each in arrays[1:])]

    def parts(z: Any) -> list[Any]:
        return [z[:, n * UNITS : (n + 1) * UNITS] for n in range(gates)]

    def lstm(maths: Any, sigmoid: Any, xs: Any, u: Any, b: Any, scan: Any, zeros: Any) -> Any:
        def step(carry: Any, x: Any) -> Any:
            h, c = carry
            i, f, g, o = parts(x + h @ u.T + b)
            c = sigmoid(f) * c + sigmoid(i) * maths.tanh(g)
            h = sigmoid(o) * maths.tanh(c)
            return (h, c), h

        return scan(step, (zeros, zeros), xs)[1]

    def gru(maths: Any, sigmoid: Any, xs: Any, u: Any, b: Any, scan: Any, zeros: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            r, z, n = parts(x)
            hr, hz, hn = parts(h @ u.T + b)
            update = sigmoid(z + hz)
            h = update * h + (1 - update) * maths.tanh(n + sigmoid(r + hr) * hn)
            return h, h

        return scan(step, zeros, xs)[1]

    cell = lstm if gates == 4 else gru

    def ours(xs: Any, w: Any, u: Any, c: Any, b: Any) -> Any:
        zeros = dt.zeros((BATCH, UNITS), dtype=xs.dtype)
        return cell(dt, dt.sigmoid, xs @ w.T + c, u, b, dt.scan, zeros)

    def in_jax(xs: Any, w: Any, u: Any, c: Any, b: Any) -> Any:
        zeros = jnp.zeros((BATCH, UNITS), xs.dtype)
        return cell(jnp, jax.nn.sigmoid, xs @ w.T + c, u, b, jax.lax.scan, zeros)

    def in_torch(xs: Any, *weights: Any) -> Any:
        zeros = torch.zeros((1, BATCH, UNITS), dtype=xs.dtype)
        function = torch.lstm if gates == 4 else torch.gru
        state = (zeros, zeros) if gates == 4 else zeros
        return function(xs, state, list(weights), True, 1, 0.0, False, False, False)[0]

    return Case(f"{name} {STEPS}x{BATCH}x{UNITS}", arrays, ours, in_torch, in_jax)


def _slopes(heads: int) -> Array:
    return np.float32(2.0) ** -np.arange(1, heads + 1, dtype=np.float32)


def attention(kind: str, time: int) -> Case:
    """8 examples, 4 heads of 64; PyTorch's and JAX' own get a mask or a bias where they must."""
    arrays = _normal(*[(8, 4, time, 64)] * 3)
    distance = np.arange(time)[:, None] - np.arange(time)
    near = torch.from_numpy(np.abs(distance) < 64)
    slopes = _slopes(4)[:, None, None]
    bias = torch.from_numpy(-slopes * np.abs(distance).astype(np.float32))

    def composite(q: Any, k: Any, v: Any) -> Any:
        scores = 20.0 * torch.tanh(q @ k.transpose(-2, -1) / 8.0 / 20.0)
        return torch.softmax(scores, -1) @ v

    settings: dict[str, tuple[dict[str, Any], Callable[..., Any]]] = {
        "plain": ({}, F.scaled_dot_product_attention),
        "causal": (
            {"causal": True}, functools.partial(F.scaled_dot_product_attention, is_causal=True)
        ),
        "window": (
            {"window": 64},
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=near),
        ),
        "soft cap": ({"softcap": 20.0}, composite),
        "ALiBi": (
            {"score": lambda s, i, j: s - slopes * dt.astype(dt.abs(i - j), s.dtype)},
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype)),
        ),
    }  # fmt: skip
    options, own = settings[kind]

    def in_jax(q: Any, k: Any, v: Any) -> Any:
        scores = jnp.einsum("bhid,bhjd->bhij", q, k) / 8.0
        if kind == "soft cap":
            scores = 20.0 * jnp.tanh(scores / 20.0)
        if kind == "ALiBi":
            scores = scores + jnp.asarray(bias.numpy())
        if kind in ("window", "causal"):
            seen = near.numpy() if kind == "window" else distance >= 0
            scores = jnp.where(seen, scores, -jnp.inf)
        return jnp.einsum("bhij,bhjd->bhid", jax.nn.softmax(scores, axis=-1), v)

    return Case(
        f"attention {kind} {time}", arrays,
        lambda q, k, v: dt.attention(q, k, v, **options), own, in_jax,
    )  # fmt: skip


def segment_sum() -> Case:
    """100,000 rows of 64 into 1,000 segments."""
    (data,) = _normal((100_000, 64))
    ids = np.random.default_rng(1).integers(0, 1000, 100_000)
    return Case(
        "segment sum 100000x64", [data, ids],
        lambda x, i: dt.segment_sum(x, i, 1000),
        lambda x, i: torch.zeros((1000, 64), dtype=x.dtype).index_add(0, i, x),
        lambda x, i: jax.ops.segment_sum(x, i, num_segments=1000),
    )  # fmt: skip


def ctc() -> Case:
    """32 examples of 200 frames, 64 classes and 40 labels."""
    frames, batch, classes, labels = 200, 32, 64, 40
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(batch, frames, classes)).astype(np.float32)
    targets = rng.integers(1, classes, (batch, labels))
    lengths = np.full(batch, frames), np.full(batch, labels)

    def ours(x: Any, targets: Any, *lengths: Any) -> Any:
        return dt.ctc_loss(dt.log_softmax(x, axis=-1), targets, *lengths, reduction="sum")

    def own(x: Any, targets: Any, *lengths: Any) -> Any:
        rows = torch.log_softmax(x, -1).transpose(0, 1)
        return F.ctc_loss(rows, targets, *lengths, reduction="sum")

    def in_jax(x: Any, targets: Any, *lengths: Any) -> Any:
        import optax  # noqa: PLC0415

        padding = jnp.zeros(targets.shape)
        return optax.ctc_loss(x, jnp.zeros(x.shape[:2]), targets, padding).sum()

    return Case(f"CTC {frames}x{batch}x{classes}", [scores, targets, *lengths], ours, own, in_jax)


CASES: list[Callable[[], Case]] = [
    lambda: conv("conv 28x28x32", 8, 28, 32, 32),
    lambda: conv("conv 56x56x64", 4, 56, 64, 64),
    lambda: conv("conv depthwise 56x56x64", 4, 56, 64, 64, 64),
    lambda: conv("conv 28x28, 1 to 16", 32, 28, 1, 16),
    max_pool, group_norm,
    lambda: _recurrent("LSTM", 4), lambda: _recurrent("GRU", 3),
    *(
        functools.partial(attention, kind, time)
        for time in (512, 2048)
        for kind in ("plain", "causal", "window", "soft cap", "ALiBi")
    ),
    segment_sum, ctc,
]  # fmt: skip
