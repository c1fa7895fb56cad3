"""Convolutions as products and sums.

A fused kernel copies the windows, unless they have one element, and BLAS takes one product. Where
each of several groups has one channel, a window has few elements for each result: they are
multiplied and added where they lie, without a copy. Most have tiles instead (tiled_convolution.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from dovetail.compile.decompose import over_units
from dovetail.compile.unroll_windows import picked
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.convolution import Sizes, sizes_of
from dovetail.graph.primitives.elementwise import multiply
from dovetail.graph.primitives.library import matmul, swap_last
from dovetail.graph.primitives.long_windows import MOST_TAPS
from dovetail.graph.primitives.structure import (
    broadcast,
    concat,
    conv,
    overlap_add,
    pad,
    permuted,
    reshaped,
    slice_,
    sum_,
    taps,
    windows,
)

# Results of a single channel: with so many or more, a copy of the windows and a product are faster
# (28 x 28 images, 5 x 5 windows, 6 results: 3.5 instead of 21 ms for 128 images).
FEW_RESULTS = 4


def bordered(node: Node, x: Node) -> Node:
    """The array that a convolution reads, with zeros around it."""
    return _Layout(node).bordered(x)


def as_conv(node: Node) -> Node | None:
    """The derivative by the array as a convolution, if it is one: at steps of 1."""
    layout = _Layout(node)
    sizes, lows, highs = layout.sizes, node.ints("lows"), node.ints("highs")
    if all(step == 1 for step in node.ints("steps")) and all(
        low < span and high < span for low, high, span in zip(lows, highs, sizes.spans, strict=True)
    ):
        return _as_conv(layout, *node.args)
    return None


def _sum(x: Node, axes: Shape) -> Node:
    return over_units(sum_(x, axes=axes))


class _Layout:
    """The axes of a convolution: (convolutions, batch, space..., groups, channels)."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.sizes: Sizes = sizes_of(node)
        self.many = math.prod(self.sizes.lead)
        rank = self.sizes.rank
        self.space = tuple(range(2, 2 + rank))
        self.own = tuple(range(4 + rank, 4 + 2 * rank))  # the elements of a window

    @property
    def depthwise(self) -> bool:
        sizes = self.sizes
        return bool(sizes.inputs == 1 and (sizes.groups > 1 or sizes.outputs < FEW_RESULTS))

    def attrs(self) -> dict[str, Shape]:
        return {
            "axes": self.space,
            "window": tuple(map(int, self.sizes.window)),
            "steps": self.node.ints("steps"),
            "dilations": self.node.ints("dilations"),
        }

    def bordered(self, x: Node) -> Node:
        """The array with zeros around it."""
        sizes = self.sizes
        starts = (*(0,) * (len(sizes.lead) + 1), *self.node.ints("lows"), 0)
        shape = (*sizes.lead, sizes.batch, *sizes.space, x.shape[-1])
        if shape == x.shape:
            return x
        return pad(x, shape=shape, starts=starts, steps=(1,) * len(shape))

    def windows(self, x: Node, channels: Shape) -> Node:
        """(convolutions, batch, windows..., *channels, elements...)."""
        sizes, node = self.sizes, self.node
        rank, own = sizes.rank, len(channels)
        x = self.bordered(x)
        whole = reshaped(x, (self.many, sizes.batch, *sizes.space, *channels))
        if all(size == 1 for size in sizes.window):
            steps = (1, 1, *node.ints("steps"), *(1,) * own)
            cut = slice_(
                whole,
                starts=(0,) * len(steps),
                steps=steps,
                sizes=(*whole.shape[:2], *sizes.counts, *channels),
            )
            return reshaped(cut, (*cut.shape, *(1,) * rank))
        return windows(whole, **self.attrs())

    def columns(self, x: Node) -> Node:
        """The windows as matrices: (convolutions * groups, batch * windows, elements)."""
        rank = self.sizes.rank
        split = self.windows(x, (self.sizes.groups, self.sizes.inputs))
        turned = permuted(split, (0, 2 + rank, 1, *self.space, *self.own, 3 + rank))
        return reshaped(turned, self._matrices(self.places, self.elements))

    @property
    def places(self) -> int:
        return self.sizes.batch * math.prod(self.sizes.counts)

    @property
    def elements(self) -> int:
        return math.prod(self.sizes.window) * self.sizes.inputs

    def _matrices(self, rows: int, columns: int) -> Shape:
        count = self.many * self.sizes.groups
        return (rows, columns) if count == 1 else (count, rows, columns)

    def kernel(self, kernel: Node) -> Node:
        """(convolutions * groups, elements, results)."""
        sizes = self.sizes
        inner = self.elements
        split = reshaped(kernel, (self.many, inner, sizes.groups, sizes.outputs))
        return reshaped(self._exchanged(split), self._matrices(inner, sizes.outputs))

    def results(self, y: Node) -> Node:
        """(convolutions * groups, batch * windows, results)."""
        sizes = self.sizes
        split = reshaped(y, (self.many, self.places, sizes.groups, sizes.outputs))
        return reshaped(self._exchanged(split), self._matrices(self.places, sizes.outputs))

    def ungrouped(self, products: Node, rows: int, shape: Shape) -> Node:
        """Products of each group, with the groups' channels side by side."""
        split = reshaped(products, (self.many, self.sizes.groups, rows, products.shape[-1]))
        return reshaped(self._exchanged(split), shape)

    def _exchanged(self, matrices: Node) -> Node:
        """Groups and rows in the other order: (convolutions, groups or rows, ..., columns)."""
        return permuted(matrices, (0, 2, 1, 3)) if self.sizes.groups > 1 else matrices

    def spread(self, x: Node, axes: Shape) -> Node:
        """With these axes of (convolutions, batch, windows..., groups, results, elements...)."""
        sizes = self.sizes
        window = map(int, sizes.window)
        shape = (self.many, sizes.batch, *sizes.counts, sizes.groups, sizes.outputs, *window)
        return broadcast(x, shape=shape, dims=axes)


def _each_channel(layout: _Layout, x: Node) -> Node:
    """The windows of single channels, for each result."""
    rank = layout.sizes.rank
    one = layout.windows(x, (layout.sizes.groups,))
    return layout.spread(one, (*range(3 + rank), *layout.own))


def _each_kernel(layout: _Layout, kernel: Node) -> Node:
    """The kernel of single channels, for each result."""
    sizes, rank = layout.sizes, layout.sizes.rank
    split = reshaped(kernel, (layout.many, *sizes.window, sizes.groups, sizes.outputs))
    turned = permuted(split, (0, 1 + rank, 2 + rank, *range(1, 1 + rank)))
    return layout.spread(turned, (0, 2 + rank, 3 + rank, *layout.own))


def _each_result(layout: _Layout, y: Node) -> Node:
    """The results, for each element of a window."""
    sizes, rank = layout.sizes, layout.sizes.rank
    split = reshaped(y, (layout.many, sizes.batch, *sizes.counts, sizes.groups, sizes.outputs))
    return layout.spread(split, tuple(range(4 + rank)))


def _conv(node: Node) -> Node:
    layout = _Layout(node)
    x, kernel = node.args
    if layout.depthwise:
        cut = _each_channel(layout, x)
        found = _sum(multiply(cut, _each_kernel(layout, kernel)), axes=layout.own)
        return reshaped(found, node.shape)
    products = matmul(layout.columns(x), layout.kernel(kernel))
    return layout.ungrouped(products, layout.places, node.shape)


def _conv_kernel(node: Node) -> Node:
    layout = _Layout(node)
    x, y = node.args
    if layout.depthwise:
        return _channel_kernel(layout, x, y)
    products = matmul(swap_last(layout.columns(x)), layout.results(y))
    return layout.ungrouped(products, layout.elements, node.shape)


def _channel_kernel(layout: _Layout, x: Node, y: Node) -> Node:
    """The kernel's derivative where groups have one channel: sums over examples and windows."""
    rank = layout.sizes.rank
    products = multiply(_each_channel(layout, x), _each_result(layout, y))
    window = tuple(map(int, layout.sizes.window))
    if 1 < math.prod(window) <= MOST_TAPS:  # a sum for each element, of slices
        sums = [
            _sum(picked(products, tuple(zip(layout.own, tap, strict=True))), (1, *layout.space))
            for tap in taps(window)
        ]
        parts = [reshaped(each, (each.shape[0], 1, *each.shape[1:])) for each in sums]
        return reshaped(concat(*parts, axis=1), layout.node.shape)
    order = (0, 1, *layout.space, *layout.own, 2 + rank, 3 + rank)
    total = _sum(permuted(products, order), axes=(1, *layout.space))
    return reshaped(total, layout.node.shape)


def _conv_input(node: Node) -> Node:
    """The transpose."""
    turned = as_conv(node)
    return scattered(node) if turned is None else _conv(turned)


def scattered(node: Node) -> Node:
    """The transpose: products of each result with the kernel, added up where windows overlap."""
    layout = _Layout(node)
    y, kernel = node.args
    sizes, rank = layout.sizes, layout.sizes.rank
    lows = node.ints("lows")
    if layout.depthwise:
        products = multiply(_each_result(layout, y), _each_kernel(layout, kernel))
        parts = _sum(products, axes=(3 + rank,))
        shape = (*parts.shape[: 3 + rank], 1, *parts.shape[3 + rank :])
        parts = reshaped(parts, shape)
    else:
        products = matmul(layout.results(y), swap_last(layout.kernel(kernel)))
        split = reshaped(
            products,
            (layout.many, sizes.groups, sizes.batch, *sizes.counts, *sizes.window, sizes.inputs),
        )
        # (convolutions, batch, windows..., groups, channels, elements...)
        space = tuple(range(3, 3 + rank))
        inner = tuple(range(3 + rank, 3 + 2 * rank))
        parts = permuted(split, (0, 2, *space, 1, 3 + 2 * rank, *inner))
    whole = overlap_add(parts, extent=sizes.space, **layout.attrs())
    inside = slice_(
        whole,
        starts=(0, 0, *lows, 0, 0),
        steps=(1,) * len(whole.shape),
        sizes=(
            *whole.shape[:2],
            *node.shape[len(sizes.lead) + 1 : -1],
            *whole.shape[-2:],
        ),
    )
    return reshaped(inside, node.shape)


def _as_conv(layout: _Layout, y: Node, kernel: Node) -> Node:
    """At steps of 1: the convolution with the kernel turned round, and its channels exchanged."""
    node, sizes, rank = layout.node, layout.sizes, layout.sizes.rank
    lead = len(sizes.lead)
    split = reshaped(
        kernel, (*sizes.lead, *sizes.window, sizes.inputs, sizes.groups, sizes.outputs)
    )
    last = lead + rank
    turned = permuted(split, (*range(last), last + 2, last + 1, last))
    backwards = slice_(
        turned,
        starts=(*(0,) * lead, *(size - 1 for size in sizes.window), 0, 0, 0),
        steps=(*(1,) * lead, *(-1,) * rank, 1, 1, 1),
        sizes=turned.shape,
    )
    channels = sizes.groups * sizes.inputs
    exchanged = reshaped(backwards, (*sizes.lead, *sizes.window, sizes.outputs, channels))
    return conv(
        y,
        exchanged,
        steps=node.ints("steps"),
        dilations=node.ints("dilations"),
        groups=sizes.groups,
        lows=tuple(
            span - 1 - low for span, low in zip(sizes.spans, node.ints("lows"), strict=True)
        ),
        highs=tuple(
            span - 1 - high for span, high in zip(sizes.spans, node.ints("highs"), strict=True)
        ),
    )


RULES: dict[str, Callable[[Node], Node]] = {
    "conv": _conv,
    "conv_input": _conv_input,
    "conv_kernel": _conv_kernel,
}
