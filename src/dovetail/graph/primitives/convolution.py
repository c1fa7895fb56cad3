"""Rows of convolution, and of its derivatives by the array and by the kernel.

Arrays are (batch, space..., channels), kernels (space..., channels in / groups, channels out); the
channels of a group are adjacent. Further axes before these, in all operands, count convolutions.
Each of the three is linear in each operand, and the transposes of each are the other two.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dimensions import Convolved
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.movement import basic_index
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Linear,
    Primitive,
    require_kind,
    same_dtype,
)
from dovetail.graph.primitives.windows import taps, window_count, window_span, windows_of

ATTRIBUTES = ("dilations", "groups", "highs", "lows", "steps")  # of each of the three


class Sizes(NamedTuple):
    """The sizes of a convolution; `space` is that of the padded array."""

    lead: Shape
    batch: int
    space: Shape
    counts: Shape
    window: Shape
    spans: Shape
    groups: int
    inputs: int  # channels of one group
    outputs: int  # channels of one group

    @property
    def rank(self) -> int:
        return len(self.space)


def _plain(attrs: Attributes) -> Attributes:
    return {name: attrs[name] for name in ATTRIBUTES}


def _lead(x: Shape, kernel: Shape, attrs: Attributes) -> tuple[int, bool]:
    """The number of axes before that of examples, and whether both operands have these."""
    lead = len(x) - len(attrs["steps"]) - 2
    return lead, lead >= 0 and len(kernel) == len(x) and kernel[:lead] == x[:lead]


def _infer_conv(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args, "f")
    x, kernel = (arg.shape for arg in args)
    lead, fits = _lead(x, kernel, attrs)
    groups = attrs["groups"]
    if not fits or x[-1] != kernel[-2] * groups or kernel[-1] % groups:
        raise ShapeError(name, [x, kernel], "(batch, space..., in) and (space..., in/groups, out)")
    counts: list[int] = []
    for n, extent in enumerate(x[lead + 1 : -1]):
        span = window_span(kernel[lead + n], attrs["dilations"][n])
        whole = extent + attrs["lows"][n] + attrs["highs"][n]
        if whole < span:
            raise ShapeError(name, [x, kernel], "a kernel that fits into the padded array")
        counts.append(window_count(whole, span, attrs["steps"][n]))
    return (*x[: lead + 1], *counts, kernel[-1]), same_dtype(name, args)


def _infer_input(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args, "f")
    y, kernel = (arg.shape for arg in args)
    lead, fits = _lead(y, kernel, attrs)
    groups = attrs["groups"]
    if not fits or y[-1] != kernel[-1] or kernel[-1] % groups:
        raise ShapeError(name, [y, kernel], "(batch, space..., out) and (space..., in/groups, out)")
    extents = [
        (y[lead + 1 + n] - 1) * attrs["steps"][n]
        + window_span(kernel[lead + n], attrs["dilations"][n])
        + attrs["extra"][n]
        - attrs["lows"][n]
        - attrs["highs"][n]
        for n in range(len(attrs["steps"]))
    ]
    if any(extent < 0 for extent in extents):
        raise ShapeError(name, [y, kernel], "padding of at most the whole result")
    return (*y[: lead + 1], *extents, kernel[-2] * groups), same_dtype(name, args)


def _infer_kernel(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args, "f")
    x, y = (arg.shape for arg in args)
    lead = len(x) - len(attrs["steps"]) - 2
    groups = attrs["groups"]
    if x[: lead + 1] != y[: lead + 1] or x[-1] % groups or y[-1] % groups:
        raise ShapeError(name, [x, y], "(batch, space..., in) and (batch, space..., out)")
    return (*x[:lead], *attrs["window"], x[-1] // groups, y[-1]), same_dtype(name, args)


# Which operands are the array, the kernel and conv's result; -1: the result of the node.
_PLACES = {"conv": (0, 1, -1), "conv_input": (-1, 1, 0), "conv_kernel": (0, -1, 1)}


def sizes_of(node: Node) -> Sizes:
    """The sizes of a convolution, or of one of its derivatives."""
    count = len(node.ints("steps"))
    x, kernel, y = (node.shape if n < 0 else node.args[n].shape for n in _PLACES[node.op])
    lead = len(x) - count - 2
    window = kernel[lead:-2]
    spans = tuple(map(window_span, window, node.ints("dilations")))
    space = tuple(
        extent + low + high
        for extent, low, high in zip(
            x[lead + 1 : -1], node.ints("lows"), node.ints("highs"), strict=True
        )
    )
    groups = node.integer("groups")
    return Sizes(
        x[:lead], x[lead], space, y[lead + 1 : -1], window, spans, groups,
        kernel[-2], kernel[-1] // groups,
    )  # fmt: skip


def is_depthwise(node: Node) -> bool:
    """Whether each channel has one kernel of its own."""
    kernel = node.shape if node.op == "conv_kernel" else node.args[1].shape
    return bool(kernel[-2] == 1 and kernel[-1] == node.integer("groups"))


# Evaluation: windows of the padded array, and products over their elements.


def _windows(node: Node, x: Array, sizes: Sizes) -> Array:
    """(convolutions, batch, windows, groups, channels, elements)."""
    lead = len(sizes.lead)
    pairs = list(zip(node.ints("lows"), node.ints("highs"), strict=True))
    padded = np.pad(x, [(0, 0)] * (lead + 1) + pairs + [(0, 0)])
    axes = range(lead + 1, lead + 1 + sizes.rank)
    fields = zip(axes, sizes.window, node.ints("steps"), node.ints("dilations"), strict=True)
    return windows_of(padded, fields).reshape(
        math.prod(sizes.lead), sizes.batch, math.prod(sizes.counts), sizes.groups, sizes.inputs,
        math.prod(sizes.window),
    )  # fmt: skip


def _kernel(kernel: Array, sizes: Sizes) -> Array:
    return kernel.reshape(
        math.prod(sizes.lead), math.prod(sizes.window), sizes.inputs, sizes.groups, sizes.outputs
    )


def _results(y: Array, sizes: Sizes) -> Array:
    return y.reshape(
        math.prod(sizes.lead), sizes.batch, math.prod(sizes.counts), sizes.groups, sizes.outputs
    )


def _evaluate_conv(node: Node, x: Array, kernel: Array) -> Array:
    sizes = sizes_of(node)
    cut = _windows(node, x, sizes)
    found = np.einsum("lnpgck,lkcgo->lnpgo", cut, _kernel(kernel, sizes), optimize=True)
    return found.reshape(node.shape)


def _evaluate_input(node: Node, y: Array, kernel: Array) -> Array:
    sizes = sizes_of(node)
    parts = np.einsum(
        "lnpgo,lkcgo->lnpgck", _results(y, sizes), _kernel(kernel, sizes), optimize=True
    )
    channels = sizes.groups * sizes.inputs
    parts = parts.reshape(
        math.prod(sizes.lead), sizes.batch, *sizes.counts, channels, *sizes.window
    )
    whole = np.zeros((len(parts), sizes.batch, *sizes.space, channels), y.dtype)
    steps = (1, 1, *node.ints("steps"), 1)
    for tap in taps(sizes.window):
        starts = (place * gap for place, gap in zip(tap, node.ints("dilations"), strict=True))
        index = basic_index((0, 0, *starts, 0), steps, parts.shape[: -sizes.rank])
        whole[index] += parts[(..., *tap)]
    inside = tuple(
        slice(low, extent - high)
        for low, high, extent in zip(
            node.ints("lows"), node.ints("highs"), sizes.space, strict=True
        )
    )
    return whole[(slice(None), slice(None), *inside)].reshape(node.shape)


def _evaluate_kernel(node: Node, x: Array, y: Array) -> Array:
    sizes = sizes_of(node)
    cut = _windows(node, x, sizes)
    found = np.einsum("lnpgck,lnpgo->lkcgo", cut, _results(y, sizes), optimize=True)
    return found.reshape(node.shape)


# Derivatives.


def _extra(node: Node) -> Shape:
    """The elements at the end of each padded axis that no window reaches."""
    sizes = sizes_of(node)
    return tuple(
        extent - span - step * (count - 1)
        for extent, span, step, count in zip(
            sizes.space, sizes.spans, node.ints("steps"), sizes.counts, strict=True
        )
    )


def _transpose(node: Node, cotangent: Node, index: int) -> Node:
    """Each of the three is made of the other two; the cotangent takes the place of the result."""
    places = _PLACES[node.op]
    x, kernel, y = (cotangent if n < 0 else node.args[n] for n in places)
    attrs = _plain(dict(node.attrs))
    match places.index(index):
        case 0:
            return conv_input(y, kernel, extra=_extra(node), **attrs)
        case 1:
            return conv_kernel(x, y, window=sizes_of(node).window, **attrs)
        case _:
            return conv(x, kernel, **attrs)


def _products(results: Shape, kernel: Shape) -> int:
    """The multiply-adds of one of the three, of the shapes of conv's result and kernel."""
    return math.prod(results) * math.prod(kernel[:-1])


conv = Primitive(
    "conv", "library", 2, _infer_conv, _evaluate_conv,
    Linear(_transpose, jointly=False), Convolved((0, -1)), accumulates=True,
    multiply_adds=lambda node: _products(node.shape, node.args[1].shape),
)  # fmt: skip
conv_input = Primitive(
    "conv_input", "library", 2, _infer_input, _evaluate_input,
    Linear(_transpose, jointly=False), Convolved((0, -1)), accumulates=True,
    multiply_adds=lambda node: _products(node.args[0].shape, node.args[1].shape),
    zero_products=True,
    source="the derivative of conv by the array: transposed convolution",
)  # fmt: skip
conv_kernel = Primitive(
    "conv_kernel", "library", 2, _infer_kernel, _evaluate_kernel,
    Linear(_transpose, jointly=False), Convolved((0, 1)), accumulates=True,
    multiply_adds=lambda node: _products(node.args[1].shape, node.shape),
    source="the derivative of conv by the kernel",
)  # fmt: skip

CONVOLUTIONS = (conv, conv_input, conv_kernel)
