"""Convolutions by tiles, as steps of compiled code, or else as products.

Tiles need no copy of the windows (cpu/tiled_steps.py). The kernel is read as *panels*: each has the
channels out of one tile, in the order in which the tile reads them. Where few channels come out of
many, each has a panel of its own, and a result is a dot product. The gradient by the kernel is a
sum for each of a few tasks, which are added up. What has no tiles is a product of matrices with a
copy of the windows, or a sum of a kernel (convolution.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from dovetail.compile.convolution import RULES, as_conv, bordered, scattered
from dovetail.compile.cpu.convolution_tiles import tiles
from dovetail.compile.cpu.dot_tiles import are_fewer
from dovetail.compile.cpu.vector_writer import lanes
from dovetail.compile.decompose import decompose, over_units
from dovetail.errors import ShapeError
from dovetail.graph.dtypes import DType, float32, float64
from dovetail.graph.node import Attributes, Graph, Node, Shape
from dovetail.graph.primitives.convolution import is_depthwise, sizes_of
from dovetail.graph.primitives.row import Primitive, same_dtype
from dovetail.graph.primitives.structure import pad, permuted, reshaped, slice_, sum_
from dovetail.graph.primitives.windows import window_count, window_span

# Tiles load and store each sum of a kernel's gradient once for every row of the result. A product
# is faster for many sums of few pixels: 16 images of 4 x 4 with 512 channels: 17 ms, by tiles 48;
# 14 x 14 with 256 channels: 3.4 and 6.3; 16 x 16 with 128 channels 14 and 12 (Zen 4).
CACHED_SUMS = 1 << 19  # bytes
SHORT_ROW = 14  # pixels
WORTH_A_CALL = 1 << 15  # products of channels with their own kernels
TASK = 1 << 18  # products that are worth a task
MOST_GRADIENTS = 16  # of a kernel, which tasks add up and which are added up in turn


def native_convolutions(graph: Graph) -> Graph:
    """The graph, whose convolutions are products and steps by tiles."""
    return decompose(graph, _RULES)


def convolutions(graph: Graph) -> Graph:
    """The same, but large ones with a kernel for each channel are calls of cpu/depthwise.py."""
    return decompose(graph, {name: _unless_called(rule) for name, rule in _RULES.items()})


def _unless_called(rule: Callable[[Node], Node]) -> Callable[[Node], Node]:
    return lambda node: node if _is_called(node) else rule(node)


def _is_called(node: Node) -> bool:
    """Whether it has a kernel for each channel, and enough products."""
    sizes = sizes_of(node)
    if node.dtype not in (float32, float64) or sizes.lead or not is_depthwise(node):
        return False
    results = sizes.batch * math.prod(sizes.counts) * sizes.groups
    return bool(results * math.prod(sizes.window) >= WORTH_A_CALL)


def window_bytes(node: Node) -> int:
    """The bytes of the copy of a convolution's windows, or of as many products; 0 for none."""
    sizes = sizes_of(node)
    turned = as_conv(node) if node.op == "conv_input" else node
    by_tiles = turned is not None and _has_tiles(turned)
    each_channel = sizes.groups > 1 and sizes.inputs == 1
    if by_tiles or each_channel or all(size == 1 for size in sizes.window):
        return 0
    elements = math.prod(sizes.window) * sizes.inputs * sizes.groups
    return sizes.batch * math.prod(sizes.counts) * elements * node.dtype.itemsize


def _infer_conv(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    x, panels = (arg.shape for arg in args)
    count, *window, inputs, width = panels
    groups, outputs = attrs["groups"], attrs["outputs"]
    fits = x[-1] == groups * inputs and count == groups * -(-outputs // width)
    if len(x) != len(window) + 2 or not fits:
        expected = f"(batch, space..., {groups * inputs}), and panels of {outputs} channels"
        raise ShapeError(name, [arg.shape for arg in args], expected)
    return (x[0], *_counts(x, window, attrs), groups * outputs), same_dtype(name, args)


def _counts(x: Shape, window: list[int], attrs: Attributes) -> Shape:
    spans = map(window_span, window, attrs["dilations"])
    return tuple(map(window_count, x[1:-1], spans, attrs["steps"]))


def _infer_gradient(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    x, y = (arg.shape for arg in args)
    window, groups = [*attrs["window"]], attrs["groups"]
    if x[0] != y[0] or y[1:-1] != _counts(x, window, attrs):
        raise ShapeError(name, [x, y], "(batch, space..., in) and (batch, space..., out)")
    shape = (attrs["tasks"], groups, *window, x[-1] // groups, y[-1] // groups)
    return shape, same_dtype(name, args)


# Only fusion knows them, too: they read arrays in C order. `groups` is their number, and `outputs`
# that of the channels of each.
tiled_conv = Primitive("tiled_conv", "library", 2, _infer_conv, None, accumulates=True)
tiled_gradient = Primitive("tiled_gradient", "library", 2, _infer_gradient, None, accumulates=True)
TILED = frozenset({tiled_conv, tiled_gradient})


def _has_tiles(node: Node) -> bool:
    """Whether tiles compute a convolution, or the gradient by its kernel."""
    sizes = sizes_of(node)
    pointwise = all(size == 1 for size in (*sizes.window, *node.ints("steps")))
    several = bool(sizes.lead) or (sizes.groups > 1 and sizes.inputs == 1)
    empty = not (node.size and node.args[0].size and node.args[1].size)
    none = several or pointwise or empty or (node.op == "conv_kernel" and _sums_leave_cache(node))
    return node.dtype in (float32, float64) and not none


def _sums_leave_cache(node: Node) -> bool:
    """Whether a product is faster for a kernel's gradient."""
    sizes = sizes_of(node)
    large = node.size * node.dtype.itemsize > CACHED_SUMS
    return sizes.groups == 1 and large and sizes.counts[-1] <= SHORT_ROW


def _conv(node: Node) -> Node:
    if not _has_tiles(node):
        return RULES["conv"](node)
    sizes, (x, kernel) = sizes_of(node), node.args
    width = 1 if _has_dots(node) else tiles(node.dtype.itemsize, sizes.outputs).channels
    count = -(-sizes.outputs // width)
    split = _filled(kernel, sizes.groups, count * width)
    split = reshaped(split, (*kernel.shape[:-1], sizes.groups * count, width))
    last = len(split.shape) - 1
    panels = permuted(split, (last - 1, *range(last - 1), last))
    attrs = {name: node.ints(name) for name in ("steps", "dilations")}
    return tiled_conv(
        bordered(node, x), panels, groups=sizes.groups, outputs=sizes.outputs, **attrs
    )


def _has_dots(node: Node) -> bool:
    """Whether vectors run along the channels in, and along neighbours in memory."""
    sizes = sizes_of(node)
    *_, columns = sizes.window
    together = columns if node.ints("dilations")[-1] == sizes.groups == 1 else 1
    elements = math.prod(sizes.window) // together
    form = lanes(node.dtype.itemsize)
    return are_fewer(form, elements, together * sizes.inputs, sizes.outputs)


def _conv_input(node: Node) -> Node:
    turned = as_conv(node)
    return scattered(node) if turned is None else _conv(turned)


def _conv_kernel(node: Node) -> Node:
    if not _has_tiles(node):
        return RULES["conv_kernel"](node)
    sizes, (x, y) = sizes_of(node), node.args
    width = tiles(node.dtype.itemsize, sizes.outputs).channels
    channels = -(-sizes.outputs // width) * width
    cotangent = _filled(y, sizes.groups, channels)
    rows = sizes.batch * math.prod(sizes.counts[:-1])
    products = sizes.counts[-1] * math.prod(sizes.window) * sizes.inputs * cotangent.shape[-1]
    at_once = max(1, TASK // products, -(-rows // MOST_GRADIENTS))
    attrs = {name: node.ints(name) for name in ("steps", "dilations", "window")}
    sums = tiled_gradient(
        bordered(node, x), cotangent, tasks=-(-rows // at_once), groups=sizes.groups, **attrs
    )
    total = over_units(sum_(sums, axes=(0,)))
    shape = (*total.shape[:-1], sizes.outputs)
    own = slice_(total, starts=(0,) * len(shape), steps=(1,) * len(shape), sizes=shape)
    last = len(shape) - 1
    return reshaped(permuted(own, (*range(1, last), 0, last)), node.shape)


def _filled(x: Node, groups: int, channels: int) -> Node:
    """The array, each of whose groups has so many channels, the last ones zeros."""
    *lead, every = x.shape
    if every == groups * channels:
        return x
    split = reshaped(x, (*lead, groups, every // groups))
    rank, shape = len(lead) + 2, (*lead, groups, channels)
    wide = pad(split, shape=shape, starts=(0,) * rank, steps=(1,) * rank)
    return reshaped(wide, (*lead, groups * channels))


_RULES = {"conv": _conv, "conv_input": _conv_input, "conv_kernel": _conv_kernel}
