"""Convolutions by torch.nn.functional: its kernels, its derivatives.

PyTorch has channels first; ours are last, which it reads as its channels-last format, without a
copy. Convolutions of leading axes (those of `vmap`) are groups of one.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from dovetail.hosts.torch.dtypes import hint
from dovetail.hosts.torch.fast_path import transforming
from dovetail.hosts.torch.memory import is_distributed
from dovetail.hosts.torch.products import is_plain
from dovetail.hosts.torch.small_convolutions import is_small, windows_times_kernel

# Elements from which the transposition pays: of 3 x 3, with 128 channels to 128, PyTorch's own copy
# takes 20 us and the transposition 92; with 256 to 256, 1,300 and 318 (two cores of Zen 4).
LARGE_KERNEL = 1 << 18

Function = Callable[..., Any]  # (attributes, *tensors) -> tensor

_functional: Any = torch.nn.functional
_CONV = (_functional.conv1d, _functional.conv2d, _functional.conv3d)
_TRANSPOSED = (
    _functional.conv_transpose1d, _functional.conv_transpose2d, _functional.conv_transpose3d,
)  # fmt: skip
_weight: Any = torch.ops.aten.convolution_backward


def _first(x: Any, lead: int) -> Any:
    """Channels first, with the leading axes among them."""
    if lead:
        x = x.movedim(tuple(range(lead)), tuple(range(-1 - lead, -1)))
        x = x.flatten(-1 - lead, -1)
    return x.movedim(-1, 1)


def _last(y: Any, lead: Sequence[int]) -> Any:
    """Channels last, with the leading axes in front."""
    y = y.movedim(1, -1)
    if lead:
        y = y.unflatten(-1, (*lead, y.shape[-1] // math.prod(lead)))
        y = y.movedim(tuple(range(-1 - len(lead), -1)), tuple(range(len(lead))))
    return y


class _OutputsFirst(torch.autograd.Function):
    """(space..., channels in, out) as (out, in, space...), with the channels in innermost.

    That is how PyTorch reads weights where images have their channels last. It would copy them as
    strided arrays, and their gradients; a matrix is transposed in a fraction of that time.
    """

    @staticmethod
    def forward(ctx: Any, kernel: Any) -> Any:
        *space, channels, outputs = kernel.shape
        rows = kernel.reshape(-1, outputs).t().contiguous()
        return rows.view(outputs, *space, channels).movedim(-1, 1)

    @staticmethod
    def backward(ctx: Any, cotangent: Any) -> Any:
        outputs, channels, *space = cotangent.shape
        rows = cotangent.movedim(1, -1).reshape(outputs, -1)
        return rows.t().contiguous().view(*space, channels, outputs)


def _is_large(kernel: Any) -> bool:
    return math.prod(map(hint, kernel.shape)) >= LARGE_KERNEL


def _weights(kernel: Any, lead: int, images: Any) -> Any:
    """(channels out, channels in / groups, space...), for images with the channels first."""
    channels_last = images.ndim in (4, 5) and not images.is_contiguous()  # in memory
    plain = is_plain(kernel) and kernel.is_contiguous() and not transforming((kernel,))
    if channels_last and plain and not lead and _is_large(kernel):
        return _OutputsFirst.apply(kernel)
    if lead:
        kernel = kernel.movedim(tuple(range(lead)), tuple(range(-1 - lead, -1)))
        kernel = kernel.flatten(-1 - lead, -1)
    return kernel.movedim((-1, -2), (0, 1))


def _padded(x: Any, attrs: dict[str, Any]) -> tuple[Any, Any]:
    """The array and what is left of the padding: PyTorch's is the same on both sides."""
    lows, highs = attrs["lows"], attrs["highs"]
    if lows == highs:
        return x, list(lows)
    pairs = zip(reversed(lows), reversed(highs), strict=True)
    return _functional.pad(x, [n for pair in pairs for n in pair]), [0] * len(lows)


def _conv(attrs: dict[str, Any], x: Any, kernel: Any, bias: Any = None) -> Any:
    count = len(attrs["steps"])
    lead = x.ndim - count - 2
    if is_small(attrs, x, kernel) and not transforming((x, kernel)):
        found = windows_times_kernel(attrs, x, kernel)
        return found if bias is None else found + bias
    groups = attrs["groups"] * math.prod(x.shape[:lead])
    given, padding = _padded(_first(x, lead), attrs)
    found = _CONV[count - 1](
        given, _weights(kernel, lead, given), bias, attrs["steps"], padding, attrs["dilations"],
        groups,
    )  # fmt: skip
    return _last(found, x.shape[:lead])


def _conv_input(attrs: dict[str, Any], y: Any, kernel: Any) -> Any:
    count = len(attrs["steps"])
    lead = y.ndim - count - 2
    groups = attrs["groups"] * math.prod(y.shape[:lead])
    lows, highs = attrs["lows"], attrs["highs"]
    even = lows == highs
    given = _first(y, lead)
    found = _TRANSPOSED[count - 1](
        given, _weights(kernel, lead, given), None, attrs["steps"],
        list(lows) if even else 0, attrs["extra"], groups, attrs["dilations"],
    )  # fmt: skip
    if not even:
        for axis, (low, high) in enumerate(zip(lows, highs, strict=True), 2):
            found = found.narrow(axis, low, found.shape[axis] - low - high)
    return _last(found, y.shape[:lead])


def _conv_kernel(attrs: dict[str, Any], x: Any, y: Any) -> Any:
    count = len(attrs["steps"])
    lead = x.ndim - count - 2
    groups = attrs["groups"] * math.prod(x.shape[:lead])
    given, padding = _padded(_first(x, lead), attrs)
    cotangent = _first(y, lead)
    like = given.new_empty(1).expand(
        (cotangent.shape[1], given.shape[1] // groups, *attrs["window"])
    )
    found = _weight(
        cotangent, given, like, None, list(attrs["steps"]), padding, list(attrs["dilations"]),
        False, [0] * count, groups, [False, True, False],
    )[1]  # fmt: skip
    kernel = found.movedim((0, 1), (-1, -2))
    if lead:
        kernel = kernel.unflatten(-1, (*x.shape[:lead], y.shape[-1]))
        kernel = kernel.movedim(tuple(range(-1 - lead, -1)), tuple(range(lead)))
    return kernel


def _on_whole_arrays(function: Function, attrs: dict[str, Any], *tensors: Any) -> Any:
    """A convolution of which every process computes the whole, where the tensors are DTensors.

    PyTorch's own rule takes them to be split along the last axis of space, whatever they are.
    """
    mesh = next((each.device_mesh for each in tensors if is_distributed(each)), None)
    if mesh is None:
        return function(attrs, *tensors)
    api: Any = sys.modules["torch.distributed.tensor"]
    placements = [api.Replicate()] * mesh.ndim
    whole = [
        each.redistribute(placements=placements).to_local() if is_distributed(each) else each
        for each in tensors
    ]
    return api.DTensor.from_local(function(attrs, *whole), mesh, placements, run_check=False)


CONVOLUTIONS: dict[str, Function] = {
    name: partial(_on_whole_arrays, function)
    for name, function in {
        "conv": _conv,
        "conv_input": _conv_input,
        "conv_kernel": _conv_kernel,
    }.items()
}
