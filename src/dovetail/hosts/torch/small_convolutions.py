"""Convolutions of few windows and many channels, as products of the windows with the kernel.

PyTorch wants the channels out first, so a kernel of ours is copied by each convolution, and its
gradient once more; and oneDNN takes long for that gradient where images are small: 7 ms for 8
images of 4 x 4 with 512 channels, where a product takes 3 (two cores of Zen 5). A matrix of the
windows is smaller than the kernel where there are fewer windows than channels out. Where products
are MKL's (two cores of Zen 4), a step of the same 8 images takes 15 ms, and 23 by convolutions.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import torch

from dovetail.graph.primitives.windows import window_count, window_span
from dovetail.hosts.torch.dtypes import hint
from dovetail.hosts.torch.products import SMALL_PRODUCT, is_plain, product

Sizes = tuple[int, ...]
_FLOATS = (torch.float32, torch.float64)


def is_small(attrs: dict[str, Any], x: Any, kernel: Any) -> bool:
    """Whether a convolution has fewer windows than channels out, and enough work for a product.

    The images have their channels last in memory, too, as the result has.
    """
    *window, channels, outputs = map(hint, kernel.shape)
    leads = x.ndim > len(attrs["steps"]) + 2  # axes of vmap
    if leads or attrs["groups"] > 1 or x.dtype not in _FLOATS:
        return False
    if not (is_plain(x) and is_plain(kernel) and x.is_contiguous()):
        return False
    count = math.prod(map(hint, (x.shape[0], *_sizes_out(attrs, x, kernel))))
    work = count * math.prod(window) * channels * outputs
    return 0 < count <= outputs and work >= SMALL_PRODUCT


def _sizes_out(attrs: dict[str, Any], x: Any, kernel: Any) -> Sizes:
    """The numbers of windows along the axes of space."""
    found: list[int] = []
    for axis, step in enumerate(attrs["steps"]):
        whole = x.shape[axis + 1] + attrs["lows"][axis] + attrs["highs"][axis]
        span = window_span(kernel.shape[axis], attrs["dilations"][axis])
        found.append(window_count(whole, span, step))
    return tuple(found)


def windows_times_kernel(attrs: dict[str, Any], x: Any, kernel: Any) -> Any:
    """(examples, space..., channels) and (space..., channels, channels out) to (..., out)."""
    shape = (x.shape[0], *_sizes_out(attrs, x, kernel))
    padding = [*zip(reversed(attrs["lows"]), reversed(attrs["highs"]), strict=True)]
    if any(map(any, padding)):  # `pad` copies
        x = torch.nn.functional.pad(x, [0, 0, *itertools.chain(*padding)])
    window = tuple(kernel.shape[:-2])
    rows = _Windows.apply(x, shape, window, attrs["steps"], attrs["dilations"])
    found = product(rows, kernel.reshape(-1, kernel.shape[-1]))
    return found.view(*shape, kernel.shape[-1])


class _Windows(torch.autograd.Function):
    """The windows of images as the rows of a matrix."""

    @staticmethod
    def forward(
        ctx: Any, x: Any, shape: Sizes, window: Sizes, steps: Sizes, dilations: Sizes
    ) -> Any:
        ctx.given = x.shape, shape, window, steps, dilations
        found = x.new_empty((*shape, *window, x.shape[-1]))
        for offset in itertools.product(*map(range, window)):
            found[(..., *offset, slice(None))] = _pixels(x, offset, shape, steps, dilations)
        return found.view(math.prod(shape), -1)

    @staticmethod
    def backward(ctx: Any, cotangent: Any) -> Any:
        size, shape, window, steps, dilations = ctx.given
        found = cotangent.new_zeros(size)
        each = cotangent.reshape(*shape, *window, size[-1])
        for offset in itertools.product(*map(range, window)):
            pixels = _pixels(found, offset, shape, steps, dilations)
            pixels += each[(..., *offset, slice(None))]
        return found, None, None, None, None


def _pixels(x: Any, offset: Sizes, shape: Sizes, steps: Sizes, dilations: Sizes) -> Any:
    """For each window, the pixel at this offset in it."""
    for axis, (n, step, dilation) in enumerate(zip(offset, steps, dilations, strict=True), 1):
        start = n * dilation
        stop = start + step * (shape[axis] - 1) + 1
        x = x[(slice(None),) * axis + (slice(start, stop, step),)]
    return x
