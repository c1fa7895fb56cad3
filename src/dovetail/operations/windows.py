"""Windows for the compilers of frameworks: slices, pads and sums, which they fuse."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from dovetail.compile.convolution import RULES
from dovetail.graph.node import Node, transform
from dovetail.graph.primitives.elementwise import add
from dovetail.graph.primitives.long_windows import MOST_TAPS, added_by_index, windows_by_index
from dovetail.graph.primitives.structure import (
    concat,
    pad,
    reshape,
    slice_,
    tap_starts,
    tap_steps,
    taps,
)


def sliced(node: Node) -> Node:
    """Windows as slices side by side: one for each of their elements."""
    x, window = node.args[0], tuple(map(int, node.ints("window")))
    if math.prod(window) > MOST_TAPS:
        return windows_by_index(node, sliced)
    rank = len(x.shape)
    steps, sizes = tap_steps(node, rank), node.shape[:rank]
    parts = [
        slice_(x, starts=tap_starts(node, tap, rank), steps=steps, sizes=sizes)
        for tap in taps(window)
    ]
    beside = [reshape(part, shape=(*sizes, 1)) for part in parts]
    joined = concat(*beside, axis=rank) if len(beside) > 1 else beside[0]
    return reshape(joined, shape=node.shape)


def summed(node: Node) -> Node:
    """The sum of overlapping windows: one padded slice for each of their elements."""
    y, window = node.args[0], tuple(map(int, node.ints("window")))
    if math.prod(window) > MOST_TAPS:
        return added_by_index(node, summed)
    rank = len(node.shape)
    sizes, over = y.shape[:rank], tap_steps(node, rank)
    total: Node | None = None
    for tap in taps(window):
        part = slice_(
            y,
            starts=(*[0] * rank, *tap),
            steps=(1,) * len(y.shape),
            sizes=(*sizes, *[1] * len(tap)),
        )
        wide = pad(
            reshape(part, shape=sizes),
            shape=node.shape,
            starts=tap_starts(node, tap, rank),
            steps=over,
        )
        total = wide if total is None else add(total, wide)
    assert total is not None
    return total


def padded_sum(node: Node) -> Node:
    """A value with another one added at a place: a sum with the padded one."""
    x, y = node.args
    return add(x, pad(y, shape=x.shape, starts=node.ints("starts"), steps=node.ints("steps")))


def _product_of_windows(rule: Callable[[Node], Node]) -> Callable[[Node], Node]:
    """A convolution for a compiler whose framework has none: slices, and a product."""
    made = {"windows": sliced, "overlap_add": summed}

    def expanded(node: Node) -> Node:
        def visit(inner: Node) -> Node:
            return made[inner.op](inner) if inner.op in made else inner

        return transform([rule(node)], visit, {arg: arg for arg in node.args})[0]

    return expanded


CONVOLUTIONS: Mapping[str, Callable[[Node], Node]] = {
    name: _product_of_windows(rule) for name, rule in RULES.items()
}
