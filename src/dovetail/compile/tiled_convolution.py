"""Convolutions as products, or by tiles, as steps of programs that call no Python.

By tiles are those of long rows (cpu/tiled_steps.py). The kernel is read as *panels*: each has the
channels out of one tile, in the order in which the tile reads them. Its gradient is a sum for each
of a few tasks, which are added up. The others are products of matrices with a copy of the windows,
or sums of a kernel (convolution.py).
"""

from __future__ import annotations

import math

from dovetail.compile.convolution import RULES, as_conv, bordered, scattered
from dovetail.compile.cpu.convolution_tiles import tiles
from dovetail.compile.decompose import decompose
from dovetail.errors import ShapeError
from dovetail.graph.dtypes import DType, float32, float64
from dovetail.graph.node import Attributes, Graph, Node, Shape
from dovetail.graph.primitives.convolution import Sizes, sizes_of
from dovetail.graph.primitives.row import Primitive, same_dtype
from dovetail.graph.primitives.structure import pad, permuted, reshaped, slice_, sum_
from dovetail.graph.primitives.windows import window_count, window_span

LONG_ROW = 14  # pixels: each vector of the kernel that a tile loads is used for as many
LONG_SUM = 24  # pixels: each sum of a kernel's gradient is loaded and stored once for as many
MOST_BYTES = 1 << 20  # of a kernel that stays in the second cache
FEWEST_CHANNELS = 8  # out: half a vector
TASK = 1 << 18  # products that are worth a task
MOST_GRADIENTS = 16  # of a kernel, which tasks add up and which are added up in turn


def native_convolutions(graph: Graph) -> Graph:
    """The graph, whose convolutions are products and steps by tiles."""
    return decompose(graph, _RULES)


def window_bytes(node: Node) -> int:
    """The bytes of the copy of a convolution's windows, or of as many products; 0 for none."""
    sizes = sizes_of(node)
    turned = as_conv(node) if node.op == "conv_input" else node
    row = LONG_SUM if node.op == "conv_kernel" else LONG_ROW
    by_tiles = turned is not None and _has_tiles(turned, sizes_of(turned), row)
    each_channel = sizes.groups > 1 and sizes.inputs == 1
    if by_tiles or each_channel or all(size == 1 for size in sizes.window):
        return 0
    elements = math.prod(sizes.window) * sizes.inputs * sizes.groups
    return sizes.batch * math.prod(sizes.counts) * elements * node.dtype.itemsize


def _infer_conv(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    x, panels = (arg.shape for arg in args)
    count, *window, inputs, width = panels
    outputs = attrs["outputs"]
    if len(x) != len(window) + 2 or x[-1] != inputs or count != -(-outputs // width):
        expected = f"(batch, space..., {inputs}), and panels of {outputs} channels"
        raise ShapeError(name, [arg.shape for arg in args], expected)
    return (x[0], *_counts(x, window, attrs), outputs), same_dtype(name, args)


def _counts(x: Shape, window: list[int], attrs: Attributes) -> Shape:
    spans = map(window_span, window, attrs["dilations"])
    return tuple(map(window_count, x[1:-1], spans, attrs["steps"]))


def _infer_gradient(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    x, y = (arg.shape for arg in args)
    window = [*attrs["window"]]
    if x[0] != y[0] or y[1:-1] != _counts(x, window, attrs):
        raise ShapeError(name, [x, y], "(batch, space..., in) and (batch, space..., out)")
    return (attrs["tasks"], *window, x[-1], y[-1]), same_dtype(name, args)


# Only fusion knows them, too: they read arrays in C order.
tiled_conv = Primitive("tiled_conv", "library", 2, _infer_conv, None, accumulates=True)
tiled_gradient = Primitive("tiled_gradient", "library", 2, _infer_gradient, None, accumulates=True)
TILED = frozenset({tiled_conv, tiled_gradient})


def _has_tiles(node: Node, sizes: Sizes, columns: int) -> bool:
    """Whether tiles compute a convolution faster than a product with a copy of its windows."""
    kernel = math.prod(sizes.window) * sizes.inputs * sizes.outputs * node.dtype.itemsize
    pointwise = all(size == 1 for size in (*sizes.window, *node.ints("steps")))
    return (
        node.dtype in (float32, float64)
        and not sizes.lead
        and sizes.groups == 1
        and not pointwise
        and sizes.outputs >= FEWEST_CHANNELS
        and sizes.counts[-1] >= columns
        and kernel <= MOST_BYTES
    )


def _conv(node: Node) -> Node:
    sizes = sizes_of(node)
    if not _has_tiles(node, sizes, LONG_ROW):
        return RULES["conv"](node)
    x, kernel = node.args
    width = tiles(node.dtype.itemsize, sizes.outputs).channels
    count = -(-sizes.outputs // width)
    split = reshaped(_filled(kernel, count * width), (*kernel.shape[:-1], count, width))
    last = len(split.shape) - 1
    panels = permuted(split, (last - 1, *range(last - 1), last))
    attrs = {name: node.ints(name) for name in ("steps", "dilations")}
    return tiled_conv(bordered(node, x), panels, outputs=sizes.outputs, **attrs)


def _conv_input(node: Node) -> Node:
    turned = as_conv(node)
    if turned is None or not _has_tiles(turned, sizes_of(turned), LONG_ROW):
        return scattered(node)
    return _conv(turned)


def _conv_kernel(node: Node) -> Node:
    sizes = sizes_of(node)
    if not _has_tiles(node, sizes, LONG_SUM):
        return RULES["conv_kernel"](node)
    x, y = node.args
    width = tiles(node.dtype.itemsize, sizes.outputs).channels
    channels = -(-sizes.outputs // width) * width
    rows = sizes.batch * math.prod(sizes.counts[:-1])
    products = sizes.counts[-1] * math.prod(sizes.window) * sizes.inputs * channels
    at_once = max(1, TASK // products, -(-rows // MOST_GRADIENTS))
    attrs = {name: node.ints(name) for name in ("steps", "dilations", "window")}
    sums = tiled_gradient(
        bordered(node, x), _filled(y, channels), tasks=-(-rows // at_once), **attrs
    )
    total = sum_(sums, axes=(0,))
    return slice_(
        total, starts=(0,) * len(node.shape), steps=(1,) * len(node.shape), sizes=node.shape
    )


def _filled(x: Node, channels: int) -> Node:
    """The array with so many channels, the last ones zeros."""
    if x.shape[-1] == channels:
        return x
    rank = len(x.shape)
    return pad(x, shape=(*x.shape[:-1], channels), starts=(0,) * rank, steps=(1,) * rank)


_RULES = {"conv": _conv, "conv_input": _conv_input, "conv_kernel": _conv_kernel}
