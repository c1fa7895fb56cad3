"""Windows too long for one operation per element: gathered and scattered by indices."""

from __future__ import annotations

from collections.abc import Callable

from dovetail.graph.dtypes import int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.elementwise import add, floor_divide, multiply, remainder
from dovetail.graph.primitives.indexing import gather, iota, scatter_add
from dovetail.graph.primitives.movement import permute, reshape
from dovetail.graph.primitives.windows import overlap_add, windows

MOST_TAPS = 64  # elements of a window that are written out one by one


def _single(node: Node, number: int) -> dict[str, Shape]:
    names = ("axes", "window", "steps", "dilations")
    return {name: (node.ints(name)[number],) for name in names}


def _positions(shape: Shape, axis: int, node: Node, number: int) -> Node:
    """Where each element of the windows, one window after the other, lies in the array."""
    place = iota(shape=shape, axis=axis, dtype=int64)
    size = int(node.ints("window")[number])
    window, inner = floor_divide(place, size), remainder(place, size)
    first = multiply(window, int(node.ints("steps")[number]))
    return add(first, multiply(inner, int(node.ints("dilations")[number])))


def _beside(rank: int, axis: int) -> Shape:
    """The order of axes in which the last one follows `axis`."""
    return (*range(axis + 1), rank - 1, *range(axis + 1, rank - 1))


def added_by_index(node: Node, short: Callable[[Node], Node]) -> Node:
    """A sum of overlapping windows, axis by axis; `short` computes that of a short window."""
    y = node.args[0]
    for number in reversed(range(len(node.ints("axes")))):
        attrs, extent = _single(node, number), node.ints("extent")[number]
        one = overlap_add(y, extent=(extent,), **attrs)
        (axis,), (size,) = attrs["axes"], attrs["window"]
        if size <= MOST_TAPS:
            y = short(one)
            continue
        turned = permute(y, axes=_beside(len(y.shape), axis))
        count = y.shape[axis] * size
        shape = (*turned.shape[:axis], count, *turned.shape[axis + 2 :])
        places = _positions(shape, axis, node, number)
        y = scatter_add(places, reshape(turned, shape=shape), axis=axis, extent=extent)
    return y


def windows_by_index(node: Node, short: Callable[[Node], Node]) -> Node:
    """Windows, axis by axis; `short` computes those of a short window."""
    x = node.args[0]
    for number in range(len(node.ints("axes"))):
        attrs = _single(node, number)
        one = windows(x, **attrs)
        (axis,), (size,) = attrs["axes"], attrs["window"]
        if size <= MOST_TAPS:
            x = short(one)
            continue
        count, rank = one.shape[axis], len(x.shape)
        shape = (*x.shape[:axis], count * size, *x.shape[axis + 1 :])
        found = gather(x, _positions(shape, axis, node, number), axis=axis)
        split = reshape(found, shape=(*x.shape[:axis], count, size, *x.shape[axis + 1 :]))
        order = (*range(axis + 1), *range(axis + 2, rank + 1), axis + 1)
        x = permute(split, axes=order)
    return x
