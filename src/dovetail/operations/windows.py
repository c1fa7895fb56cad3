"""Windows for the compilers of frameworks: slices, pads and sums, which they fuse."""

from __future__ import annotations

import math

from dovetail.graph.node import Node
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
