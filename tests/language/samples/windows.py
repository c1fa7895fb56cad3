"""Samples of windows, pooling, resizing and convolution."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.language.samples.sample import draws, sample

from dovetail.language.namespace import NAMESPACE

dt: Any = NAMESPACE
f, i, _ = draws()


def _windows(x: Any, size: int, step: int = 1, gap: int = 1) -> Any:
    """Over the axes of space of (batch, height, width, channels)."""
    span = gap * (size - 1) + 1
    every = np.lib.stride_tricks.sliding_window_view(x, (span, span), axis=(1, 2))
    return every[:, ::step, ::step, :, ::gap, ::gap]


images = f(2, 7, 6, 3)
sample("windows", lambda x: dt.windows(x, 3), lambda x: _windows(x, 3), images)
sample("windows", lambda x: dt.windows(x, 2, strides=3, dilation=2),
       lambda x: _windows(x, 2, 3, 2), images)  # fmt: skip
sample("windows", lambda x: dt.windows(x, 2), lambda x: _windows(x, 2),
       i(1, 4, 4, 2), dtype="int32")  # fmt: skip
sample("max_pool", lambda x: dt.max_pool(x, 2),
       lambda x: _windows(x, 2, 2).max(axis=(-2, -1)), images)  # fmt: skip
sample("max_pool", lambda x: dt.max_pool(x, 3, 2, 1),
       lambda x: _windows(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-9), 3, 2)
       .max(axis=(-2, -1)), images)  # fmt: skip
sample("avg_pool", lambda x: dt.avg_pool(x, 3, 1),
       lambda x: _windows(x, 3).mean(axis=(-2, -1)), images)  # fmt: skip


def _conv(x: Any, kernel: Any) -> Any:
    """One product of each window and the kernel."""
    return np.einsum("nhwckl,klco->nhwo", _windows(x, kernel.shape[0]), kernel)


def _conv_transpose(x: Any, kernel: Any, step: int) -> Any:
    """Each element times the kernel, added up where they lie."""
    count, size = x.shape[1:3], kernel.shape[0]
    whole = np.zeros((len(x), *((n - 1) * step + size for n in count), kernel.shape[-1]))
    for row, column in np.ndindex(*count):
        block = np.einsum("nc,klco->nklo", x[:, row, column], kernel)
        top, left = row * step, column * step
        whole[:, top : top + size, left : left + size] += block
    return whole


sample("resize", lambda x: dt.resize(x, (14, 18), "nearest"),
       lambda x: np.repeat(np.repeat(x, 2, 1), 3, 2), images)  # fmt: skip
sample("resize", lambda x: dt.resize(x, (13, 11), align_corners=True)[:, ::2, ::2],
       lambda x: x, images)  # fmt: skip
sample("conv", lambda x, k: dt.conv(x, k, 1, "valid"), _conv, images, f(3, 3, 3, 5))
sample("conv", lambda x, k: dt.conv(x, k, padding=1),
       lambda x, k: _conv(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), k),
       images, f(3, 3, 3, 2))  # fmt: skip
sample("conv_transpose", lambda x, k: dt.conv_transpose(x, k, 2, "valid"),
       lambda x, k: _conv_transpose(x, k, 2), images, f(3, 3, 3, 2))  # fmt: skip
