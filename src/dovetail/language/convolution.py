"""Convolution and its transpose, in 1 to 3 dimensions of space.

In PyTorch and JAX a convolution is the framework's own. On NumPy's arrays it is one product by
BLAS over a copy of the windows, or a sum in the kernel itself where each group has one channel.
"""

from __future__ import annotations

from typing import Any

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.windows import window_span
from dovetail.language.functions import op
from dovetail.language.operands import Operand, located, promoted, static_int, wrap
from dovetail.language.tracer import Tracer
from dovetail.language.window_arguments import (
    Numbers,
    Padding,
    one_for_each,
    paddings,
    spatial_axes,
    windowed,
)

__all__ = ["conv", "conv_transpose"]


def _checked(
    call: str, x: Node, kernel: Node, groups: Any, data_format: str, transposed: bool
) -> int:
    """Check the shapes; the number of groups."""
    rank = len(x.shape)
    spatial_axes(call, rank, data_format)
    count = static_int(call, "groups", groups)
    first = data_format == "channels_first"
    layout = "(batch, channels, space...)" if first else "(batch, space..., channels)"
    if not 3 <= rank <= 5 or len(kernel.shape) != rank:
        raise ShapeError(
            call,
            [x.shape, kernel.shape],
            f"an array {layout} and a kernel (space..., channels in / groups, channels out), with "
            "1 to 3 dimensions of space",
        )
    channels = x.shape[1 if first else -1]
    inner, outer = kernel.shape[-2:]
    divided = [("channels", channels)]
    if not transposed:
        divided.append(("the kernel's channels out", outer))
    for name, number in divided:
        if count < 1 or number % count:
            raise ArgumentError(call, "groups", groups, f"a divisor of {name}, {number}")
    if transposed:
        if channels != inner:
            raise ShapeError(
                call,
                [x.shape, kernel.shape],
                f"{channels} channels in of the kernel, as the array has: (space..., channels in, "
                "channels out / groups)",
            )
    elif inner * count != channels:
        of = f" / {count} groups" if count > 1 else ""
        raise ShapeError(
            call,
            [x.shape, kernel.shape],
            f"{channels}{of} = {channels // count} channels in of the kernel, which has {inner}: "
            "(space..., channels in / groups, channels out)",
        )
    if any(size == 0 for size in kernel.shape[:-2]):
        raise ShapeError(call, [x.shape, kernel.shape], "a kernel of at least one element")
    return count


def _channels_last(x: Node, data_format: str) -> Node:
    rank = len(x.shape)
    if data_format == "channels_last":
        return x
    return structure.permuted(x, (0, *range(2, rank), 1))


def _in_format(y: Node, data_format: str) -> Node:
    rank = len(y.shape)
    if data_format == "channels_last":
        return y
    return structure.permuted(located(y), (0, rank - 1, *range(1, rank - 1)))


@op
def conv(
    x: Operand,
    kernel: Operand,
    /,
    strides: Numbers = 1,
    padding: Padding = "same",
    dilation: Numbers = 1,
    groups: int = 1,
    *,
    data_format: str = "channels_last",
) -> Tracer:
    """out[b, i.., o] = sum of x[b, strides i + dilation j.., c] kernel[j.., c, o] over j.. and c.

    x is (batch, space..., channels), the kernel (space..., channels in / groups, channels out); the
    kernel is not flipped, as in every framework. `padding`: "same", "valid", "causal", or numbers
    for each axis, as for `windows`. `groups`: each group of channels has kernels of its own.
    """
    found = promoted(x, kernel, floating=True)
    node, weights = found.nodes
    count = _checked("conv", node, weights, groups, data_format, False)
    node = _channels_last(node, data_format)
    axes = tuple(range(1, len(node.shape) - 1))
    cut = windowed("conv", node.shape, axes, weights.shape[:-2], strides, dilation, padding)
    result = structure.conv(
        node, weights, steps=cut.steps, dilations=cut.dilations, lows=cut.lows, highs=cut.highs,
        groups=count,
    )  # fmt: skip
    return wrap(_in_format(result, data_format), found.weak)


def _opened(
    extents: Shape, spans: Shape, steps: Shape, padding: Any, more: Any
) -> tuple[Shape, Shape, Shape]:
    """The elements that a transposed convolution cuts off before and after, and appends."""
    call = "conv_transpose"
    if isinstance(padding, str) and padding not in ("valid", "same"):
        raise ArgumentError(call, "padding", padding, '"valid", "same", or numbers for each axis')
    if isinstance(padding, str) and more is None:
        extra = [step - span if span < step else 0 for step, span in zip(steps, spans, strict=True)]
        left = [span - step if span > step else 0 for step, span in zip(steps, spans, strict=True)]
        if padding == "valid":
            return (0,) * len(spans), (0,) * len(spans), tuple(extra)
        lows = tuple(each // 2 for each in left)
        highs = tuple(each - low for each, low in zip(left, lows, strict=True))
        return lows, highs, tuple(extra)
    if padding == "same":
        raise ArgumentError(call, "output_padding", more, 'None for padding="same"')
    pairs = paddings(call, padding, extents, spans, steps)
    extra_sizes = one_for_each(call, "output_padding", more or 0, len(spans), 0)
    if any(extra >= step for extra, step in zip(extra_sizes, steps, strict=True)):
        raise ArgumentError(call, "output_padding", more, f"less than the strides, {steps}")
    return tuple(low for low, _ in pairs), tuple(high for _, high in pairs), extra_sizes


@op
def conv_transpose(
    x: Operand,
    kernel: Operand,
    /,
    strides: Numbers = 1,
    padding: Padding = "same",
    dilation: Numbers = 1,
    groups: int = 1,
    *,
    output_padding: Numbers | None = None,
    data_format: str = "channels_last",
) -> Tracer:
    """The transpose of `conv`: x[b, i.., c] kernel[j.., c, o] is added at strides i + dilation j...

    x is (batch, space..., channels in), the kernel (space..., channels in, channels out / groups).
    "same" gives `strides` times as many elements as x has, "valid" all that are reached, as in
    Keras. Numbers are elements cut off at each end; `output_padding` appends some, as in PyTorch.
    """
    found = promoted(x, kernel, floating=True)
    node, weights = found.nodes
    count = _checked("conv_transpose", node, weights, groups, data_format, True)
    node = _channels_last(node, data_format)
    rank = len(node.shape) - 2
    steps = one_for_each("conv_transpose", "strides", strides, rank, 1)
    dilations = one_for_each("conv_transpose", "dilation", dilation, rank, 1)
    spans = tuple(map(window_span, weights.shape[:-2], dilations))
    extents = node.shape[1:-1]
    lows, highs, extra = _opened(extents, spans, steps, padding, output_padding)
    if any(extent == 0 for extent in extents):
        expected = "at least one element along each axis of space"
        raise ShapeError("conv_transpose", [node.shape, weights.shape], expected)
    for n, span in enumerate(spans):
        whole = (extents[n] - 1) * steps[n] + span + extra[n]
        if whole - lows[n] - highs[n] < 1:
            raise ShapeError(
                f"conv_transpose: padding of {lows[n]} and {highs[n]} of {whole} elements",
                [node.shape, weights.shape],
                "padding that leaves at least one element of each axis",
            )
    turned = structure.permuted(weights, (*range(rank), rank + 1, rank))
    result = structure.conv_input(
        node, turned, steps=steps, dilations=dilations, lows=lows, highs=highs, groups=count,
        extra=extra,
    )  # fmt: skip
    return wrap(_in_format(result, data_format), found.weak)
