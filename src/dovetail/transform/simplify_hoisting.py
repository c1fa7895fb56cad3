"""Rules that compute on fewer elements: views are hoisted out, reductions are moved in."""

from __future__ import annotations

import math

from dovetail.graph.node import Node
from dovetail.graph.primitives import ELEMENTWISE, structure
from dovetail.graph.primitives.elementwise import multiply, negative
from dovetail.graph.primitives.row import is_number, size
from dovetail.graph.primitives.structure import (
    broadcast,
    max_,
    min_,
    pad,
    permute,
    reshape,
    sum_,
)
from dovetail.transform.rewrite import Match, Rule, of
from dovetail.transform.simplify_fold import known_like
from dovetail.transform.simplify_movement import varying_dims


def _elementwise_of_broadcasts(match: Match) -> Node | None:
    """Compute on the dimensions that the operands vary along, then broadcast once."""
    root = match.root
    moved = [arg for arg in root.args if not is_number(arg)]
    if not moved or any(arg.op != "broadcast" for arg in moved):
        return None
    dims = tuple(sorted({dim for arg in moved for dim in varying_dims(arg)}))
    shape = tuple(root.shape[dim] for dim in dims)
    if root.size == 0 or math.prod(shape) == root.size:
        return None

    def narrowed(arg: Node) -> Node:
        if is_number(arg):
            return known_like(arg, shape)
        own = varying_dims(arg)
        core = reshape(arg.args[0], shape=tuple(root.shape[dim] for dim in own))
        return broadcast(core, shape=shape, dims=tuple(dims.index(dim) for dim in own))

    small = root.primitive.apply(tuple(map(narrowed, root.args)), root.attrs, root.source)
    return broadcast(small, shape=root.shape, dims=dims)


def _elementwise_of_reshapes(match: Match) -> Node | None:
    root = match.root
    moved = [arg for arg in root.args if not is_number(arg)]
    if not moved or any(arg.op != "reshape" for arg in moved):
        return None
    shape = moved[0].args[0].shape
    if any(arg.args[0].shape != shape for arg in moved):
        return None
    args = tuple(known_like(arg, shape) if is_number(arg) else arg.args[0] for arg in root.args)
    inner = root.primitive.apply(args, root.attrs, root.source)
    return reshape(inner, shape=root.shape)


_VIEWS = ((broadcast, _elementwise_of_broadcasts), (reshape, _elementwise_of_reshapes))
HOISTING = tuple(
    Rule(f"{row.name} of {view.name}s", of(row), hoisted, having=view)
    for view, hoisted in _VIEWS
    for row in ELEMENTWISE
)

# Reductions.


def _reduces_nothing(match: Match) -> bool:
    return match.root.ints("axes") == ()


def _sum_twice(match: Match) -> Node | None:
    inner, x = match.root.args[0].ints("axes"), match["x"]
    left = [axis for axis in range(len(x.shape)) if axis not in inner]
    outer = [left[axis] for axis in match.root.ints("axes")]
    return sum_(x, axes=tuple(sorted((*inner, *outer))))


def _narrowed(node: Node) -> tuple[Node, int]:
    """A reduction of a broadcast, reduced before broadcasting; and how often a value counts."""
    widened, axes = node.args[0], node.ints("axes")
    x, dims, varying = widened.args[0], widened.ints("dims"), varying_dims(widened)
    count = math.prod(widened.shape[axis] for axis in axes if axis not in varying)
    reduced = tuple(index for index, dim in enumerate(dims) if dim in axes)
    left = [axis for axis in range(len(widened.shape)) if axis not in axes]
    inner = node.primitive(x, axes=reduced) if reduced else x
    targets = tuple(left.index(dim) for dim in dims if dim not in axes)
    return broadcast(inner, shape=node.shape, dims=targets), count


def _reduces_copies(node: Node) -> bool:
    """Whether a reduction runs along a dimension that was only broadcast."""
    widened = node.args[0]
    varying = varying_dims(widened)
    copied = [widened.shape[axis] for axis in node.ints("axes") if axis not in varying]
    return math.prod(copied) > 1 and 0 not in widened.shape


def _sum_of_broadcast(match: Match) -> Node | None:
    if not _reduces_copies(match.root):
        return None
    summed, count = _narrowed(match.root)
    return multiply(summed, size(count, summed.shape, summed.dtype))


def _extremum_of_broadcast(match: Match) -> Node | None:
    return _narrowed(match.root)[0] if _reduces_copies(match.root) else None


def _reduction_of_permute(match: Match) -> Node | None:
    root, x, order = match.root, match["x"], match.root.args[0].ints("axes")
    reduced = tuple(sorted(order[axis] for axis in root.ints("axes")))
    left = [axis for axis in range(len(x.shape)) if axis not in reduced]
    kept = [order[axis] for axis in range(len(order)) if order[axis] not in reduced]
    inner = root.primitive(x, axes=reduced)
    return permute(inner, axes=tuple(left.index(axis) for axis in kept))


def _full_reduction_of_reshape(match: Match) -> Node | None:
    if match.root.shape != ():
        return None
    x = match["x"]
    return match.root.primitive(x, axes=tuple(range(len(x.shape))))


def _sum_of_pad(match: Match) -> Node | None:
    padded, x, axes = match.root.args[0], match["x"], match.root.ints("axes")
    kept = [dim for dim in range(len(x.shape)) if dim not in axes]
    if any(x.shape[dim] != padded.shape[dim] or padded.ints("steps")[dim] != 1 for dim in kept):
        return None
    return sum_(x, axes=axes)


# There is no "max of max": merging them shares the gradient of ties differently.
REDUCTION = (
    # A sum starts from 0, which turns -0 into 0.
    *(
        Rule(f"{row.name} over no axes", of(row, "x"), "x", "reassociating", _reduces_nothing)
        for row in structure.ROWS
        if row.category == "reduction"
    ),
    Rule("sum of sum", of(sum_, of(sum_, "x")), _sum_twice, "reassociating"),
    Rule("sum of broadcast", of(sum_, of(broadcast, "x")), _sum_of_broadcast, "reassociating"),
    Rule("max of broadcast", of(max_, of(broadcast, "x")), _extremum_of_broadcast),
    Rule("min of broadcast", of(min_, of(broadcast, "x")), _extremum_of_broadcast),
    Rule(
        "sum of -x",
        of(sum_, of(negative, "x")),
        lambda m: negative(sum_(m["x"], axes=m.root.ints("axes"))),
        "reassociating",  # of 1 and -1: 0, not -0
    ),
    Rule("sum of pad", of(sum_, of(pad, "x")), _sum_of_pad, "reassociating"),
    *(
        Rule(name.format(row.name), of(row, of(view, "x")), moved, "reassociating")
        for name, view, moved in (
            ("{} of permute", permute, _reduction_of_permute),
            ("full {} of reshape", reshape, _full_reduction_of_reshape),
        )
        for row in (sum_, max_, min_)
    ),
)

RULES: tuple[Rule, ...] = (*HOISTING, *REDUCTION)
