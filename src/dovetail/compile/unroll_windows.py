"""Windows in kernels: reductions over their elements, and sums of overlapping windows, unrolled.

The maximum of windows of 3 elements is that of three slices: each is read along the array's own
last axis, so that vectors run along it, and a window's elements follow one another in registers.
A sum of overlapping windows is made in place, one element of all windows after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from dovetail.compile.decompose import over_units
from dovetail.graph.dtypes import float32
from dovetail.graph.node import Graph, Node, Shape, post_order, transform
from dovetail.graph.primitives.elementwise import add, cast, maximum, minimum, multiply
from dovetail.graph.primitives.long_windows import MOST_TAPS, added_by_index
from dovetail.graph.primitives.row import is_number, with_shape
from dovetail.graph.primitives.structure import (
    add_at,
    broadcast,
    pad,
    permute,
    reshape,
    slice_,
    sum_,
    tap_starts,
    tap_steps,
    taps,
    windows,
)

FEW_TAPS = 16  # of windows that do not overlap: for more, a transpose is faster than a slice each

Places = tuple[tuple[int, int], ...]  # (axis, position): these axes are dropped
Key = tuple[Node, Places]

_FOLDS: dict[str, Callable[[Node, Node], Node]] = {
    "sum": add,
    "prod": multiply,
    "max": maximum,
    "min": minimum,
}


def unroll_windows(graph: Graph) -> Graph:
    """The graph without reductions over short windows, and without sums of overlapping ones."""

    def visit(node: Node) -> Node:
        if node.op in _FOLDS:
            return _folded(node)
        return _added_up(node) if node.op == "overlap_add" else node

    return Graph(graph.inputs, transform(graph.outputs, visit))


def _folded(node: Node) -> Node:
    """A reduction, with that over elements of windows unrolled."""
    operand, axes = node.args[0], node.ints("axes")
    own = tuple(sorted(axis for axis in axes if _is_of_windows(operand, axis)))
    extents = [operand.shape[axis] for axis in own]
    if not own or not 1 <= math.prod(extents) <= MOST_TAPS:
        return node
    parts = [
        picked(operand, tuple(zip(own, map(int, tap), strict=True)))
        for tap in taps([int(extent) for extent in extents])
    ]
    inner = _tree(_FOLDS[node.op], parts)
    rest = tuple(axis - sum(other < axis for other in own) for axis in axes if axis not in own)
    return over_units(node.primitive(inner, axes=rest)) if rest else inner


def _tree(function: Callable[[Node, Node], Node], parts: Sequence[Node]) -> Node:
    """Neighbours first, so that no chain is long."""
    while len(parts) > 1:
        paired = [function(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = [*paired, *parts[2 * len(paired) :]]
    return parts[0]


def _is_of_windows(node: Node, axis: int) -> bool:
    """Whether an axis holds the elements of windows, anywhere in a pointwise expression."""
    stack, seen = [(node, axis)], set[tuple[Node, int]]()
    while stack:
        key = stack.pop()
        if key in seen:
            continue
        seen.add(key)
        node, axis = key
        if node.op == "windows" and axis >= len(node.args[0].shape):
            return True
        stack += [(arg, place) for arg, ((place, _),) in _needed(node, ((axis, 0),)) if arg.shape]
    return False


def _needed(node: Node, places: Places) -> Iterator[tuple[Node, Places]]:
    """The operands of which a value at some places is computed, and their places."""
    if node.op == "broadcast":
        x, dims = node.args[0], node.ints("dims")
        own = [
            (dims.index(axis), 0 if x.shape[dims.index(axis)] == 1 else place)
            for axis, place in places
            if axis in dims
        ]
        if own:
            yield x, tuple(sorted(own))
    elif node.op == "permute":
        axes = node.ints("axes")
        yield node.args[0], tuple(sorted((axes[axis], place) for axis, place in places))
    elif node.primitive.category == "elementwise":
        for arg in node.args:
            yield arg, places


def _kept(shape: Shape, places: Places) -> list[int]:
    gone = {axis for axis, _ in places}
    return [axis for axis in range(len(shape)) if axis not in gone]


def picked(node: Node, places: Places) -> Node:
    """The elements of a value at fixed positions along some axes, which are dropped."""
    done: dict[Key, Node] = {}
    for key in post_order([(node, places)], lambda key: _needed(*key)):
        done[key] = _picked_from(*key, [done[operand] for operand in _needed(*key)])
    return done[node, places]


def _picked_from(node: Node, places: Places, operands: Sequence[Node]) -> Node:
    kept = _kept(node.shape, places)
    shape = tuple(node.shape[axis] for axis in kept)
    if is_number(node):
        return with_shape(node, shape)
    if node.op == "windows" and all(axis >= len(node.args[0].shape) for axis, _ in places):
        return _window_elements(node, places)
    if node.op == "broadcast":
        x, dims = node.args[0], node.ints("dims")
        left = [axis for axis in dims if axis in kept]
        return broadcast(
            operands[0] if operands else x, shape=shape, dims=tuple(map(kept.index, left))
        )
    if node.op == "permute":
        axes = [node.ints("axes")[axis] for axis in kept]
        return permute(operands[0], axes=tuple(sorted(axes).index(axis) for axis in axes))
    if operands:
        return node.primitive.apply(tuple(operands), node.attrs, node.source)
    at = dict(places)
    rank = len(node.shape)
    one = slice_(
        node,
        starts=tuple(at.get(axis, 0) for axis in range(rank)),
        steps=(1,) * rank,
        sizes=tuple(1 if axis in at else extent for axis, extent in enumerate(node.shape)),
    )
    return reshape(one, shape=shape)


def _window_elements(node: Node, places: Places) -> Node:
    """The same element of each window: a slice of the array, or windows of one."""
    x = node.args[0]
    rank = len(x.shape)
    starts, steps, sizes = [0] * rank, [1] * rank, list(x.shape)
    at = {axis - rank: place for axis, place in places}
    rest: list[tuple[int, int, int, int]] = []
    fields = (node.ints(name) for name in ("axes", "window", "steps", "dilations"))
    for number, (axis, size, step, dilation) in enumerate(zip(*fields, strict=True)):
        if number in at:
            starts[axis] = at[number] * dilation
            steps[axis], sizes[axis] = step, node.shape[axis]
        else:
            rest.append((axis, size, step, dilation))
    found = slice_(x, starts=tuple(starts), steps=tuple(steps), sizes=tuple(sizes))
    if not rest:
        return found
    names = ("axes", "window", "steps", "dilations")
    return windows(found, **dict(zip(names, zip(*rest, strict=True), strict=True)))


def _added_up(node: Node) -> Node:
    """A sum of overlapping windows, made in place; half precisions are added in float32."""
    y, dtype = node.args[0], node.dtype
    rank = len(node.shape)
    window = tuple(map(int, node.ints("window")))
    if math.prod(window) > FEW_TAPS and _follow_each_other(node):
        return _side_by_side(node)
    if math.prod(window) > MOST_TAPS:
        return added_by_index(node, _added_up)
    steps, dilations = node.ints("steps"), node.ints("dilations")
    apart = _lie_apart(window, steps, dilations)
    if not apart and y.op == "broadcast" and all(axis < rank for axis in y.ints("dims")):
        first = tuple((rank + n, 0) for n in range(len(window)))
        return _of_equal_elements(node, picked(y, first))
    if dtype.compute is not dtype and not apart:
        y = cast(y, dtype=float32)
    over = tap_steps(node, rank)
    total: Node | None = None
    for tap in taps(window):
        part = picked(y, tuple((rank + n, place) for n, place in enumerate(tap)))
        starts = tap_starts(node, tap, rank)
        if total is None:
            total = pad(part, shape=node.shape, starts=starts, steps=over)
        else:
            total = add_at(total, part, starts=starts, steps=over, apart=apart)
    assert total is not None
    return cast(total, dtype=dtype) if total.dtype is not dtype else total


def _follow_each_other(node: Node) -> bool:
    """Whether each window begins where the one before it ends."""
    axes, steps = node.ints("axes"), node.ints("steps")
    if any(dilation != 1 for dilation in node.ints("dilations")):
        return False
    counts = [node.args[0].shape[axis] for axis in axes]
    return all(
        step == size or count == 1
        for size, step, count in zip(node.ints("window"), steps, counts, strict=True)
    )


def _side_by_side(node: Node) -> Node:
    """The array that such windows were cut of, and zeros after them."""
    found, rank = node.args[0], len(node.shape)
    axes = node.ints("axes")
    for axis in reversed(axes):  # the last dimension is the last window's
        order = (*range(axis + 1), len(found.shape) - 1, *range(axis + 1, len(found.shape) - 1))
        turned = permute(found, axes=order)
        extent = turned.shape[axis] * turned.shape[axis + 1]
        found = reshape(turned, shape=(*turned.shape[:axis], extent, *turned.shape[axis + 2 :]))
    if found.shape == node.shape:
        return found
    return pad(found, shape=node.shape, starts=(0,) * rank, steps=(1,) * rank)


def _of_equal_elements(node: Node, x: Node) -> Node:
    """A sum of overlapping windows whose elements are all equal: that of windows, too."""
    shape, rank = list(node.shape), len(node.shape)
    starts, steps = [0] * rank, tap_steps(node, rank)
    fields = node.ints("axes"), node.ints("window"), node.ints("dilations")
    for axis, size, dilation in zip(*fields, strict=True):
        starts[axis] = dilation * (size - 1)
        shape[axis] += starts[axis]
    wide = pad(x, shape=tuple(shape), starts=tuple(starts), steps=steps)
    axes, window, dilations = fields
    cut = windows(wide, axes=axes, window=window, steps=(1,) * len(axes), dilations=dilations)
    elements = tuple(range(rank, rank + len(axes)))
    return _folded(sum_(cut, axes=elements))


def _lie_apart(window: Shape, steps: Shape, dilations: Shape) -> bool:
    """Whether no element is in two windows."""
    return all(
        size == 1 or (dilation == 1 and size <= step)
        for size, step, dilation in zip(window, steps, dilations, strict=True)
    )
