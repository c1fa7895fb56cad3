"""Rules for views, pad and concat: identities, repeated operations, and broadcasts."""

from __future__ import annotations

from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.structure import (
    broadcast,
    concat,
    pad,
    permute,
    reshape,
    slice_,
)
from dovetail.transform.rewrite import Match, Rule, of


def _unchanged(match: Match) -> Node | None:
    return match["x"] if match["x"].shape == match.root.shape else None


def _widened_by_ones(match: Match) -> Node | None:
    """Adding dimensions of size 1, as keepdims does, is always written as a reshape."""
    root = match.root
    return reshape(match["x"], shape=root.shape) if root.size == match["x"].size else None


def _unpermuted(match: Match) -> Node | None:
    axes = match.root.ints("axes")
    return match["x"] if axes == tuple(range(len(axes))) else None


def unit_steps(node: Node) -> bool:
    return all(step == 1 for step in node.ints("steps"))


def _unsliced(match: Match) -> Node | None:
    unchanged = match["x"].shape == match.root.shape and unit_steps(match.root)
    return match["x"] if unchanged else None


IDENTITIES = (
    Rule("broadcast to the same shape", of(broadcast, "x"), _unchanged),
    Rule("broadcast by ones", of(broadcast, "x"), _widened_by_ones),
    Rule("reshape to the same shape", of(reshape, "x"), _unchanged),
    Rule("permute to the same order", of(permute, "x"), _unpermuted),
    Rule("slice of everything", of(slice_, "x"), _unsliced),
    Rule("pad of everything", of(pad, "x"), _unsliced),
    Rule("concat of one", of(concat, "x"), "x"),
)

# Two operations of one kind become one.


def _broadcast_twice(match: Match) -> Node | None:
    outer, inner = match.root, match.root.args[0]
    dims = tuple(outer.ints("dims")[dim] for dim in inner.ints("dims"))
    return broadcast(match["x"], shape=outer.shape, dims=dims)


def _permute_twice(match: Match) -> Node | None:
    inner = match.root.args[0].ints("axes")
    return permute(match["x"], axes=tuple(inner[axis] for axis in match.root.ints("axes")))


def _reshape_twice(match: Match) -> Node | None:
    return reshape(match["x"], shape=match.root.shape)


def _composed(outer: Node, inner: Node) -> tuple[Shape, Shape]:
    """Starts and steps of the range `outer` within the range `inner`."""
    starts = tuple(
        start + step * first
        for start, step, first in zip(
            inner.ints("starts"), inner.ints("steps"), outer.ints("starts"), strict=True
        )
    )
    steps = tuple(a * b for a, b in zip(inner.ints("steps"), outer.ints("steps"), strict=True))
    return starts, steps


def _slice_twice(match: Match) -> Node | None:
    starts, steps = _composed(match.root, match.root.args[0])
    return slice_(match["x"], starts=starts, steps=steps, sizes=match.root.shape)


def _pad_twice(match: Match) -> Node | None:
    starts, steps = _composed(match.root.args[0], match.root)
    return pad(match["x"], shape=match.root.shape, starts=starts, steps=steps)


def _flattened_concat(match: Match) -> Node | None:
    axis = match.root.integer("axis")
    parts: list[Node] = []
    for arg in match.root.args:
        nested = arg.op == "concat" and arg.integer("axis") == axis
        parts.extend(arg.args if nested else (arg,))
    return concat(*parts, axis=axis) if len(parts) > len(match.root.args) else None


REPETITIONS = (
    Rule("broadcast of broadcast", of(broadcast, of(broadcast, "x")), _broadcast_twice),
    Rule("permute of permute", of(permute, of(permute, "x")), _permute_twice),
    Rule("reshape of reshape", of(reshape, of(reshape, "x")), _reshape_twice),
    Rule("slice of slice", of(slice_, of(slice_, "x")), _slice_twice),
    Rule("pad of pad", of(pad, of(pad, "x")), _pad_twice),
    Rule("concat of concat", of(concat), _flattened_concat),
)

# Broadcasts absorb reshapes that only add or drop dimensions of size 1, and are hoisted out.


def varying_dims(widened: Node) -> tuple[int, ...]:
    """The dimensions of a broadcast's result along which its elements differ."""
    return tuple(
        dim
        for extent, dim in zip(widened.args[0].shape, widened.ints("dims"), strict=True)
        if extent == widened.shape[dim] and extent != 1
    )


def restores(widened: Node, reduction: Node) -> bool:
    """Whether each value of a reduction is broadcast along the axes that it was taken over.

    Reshapes that add or drop dimensions of size 1 may be between them. The shapes alone do not show
    it: in a square array, the sums of the rows fit along the columns as well.
    """
    whole, axes = reduction.args[0].shape, reduction.ints("axes")
    kept = [dim for dim in _long(whole) if dim not in axes]
    along = _long(widened.shape) if widened.op == "reshape" else list(varying_dims(widened))
    return widened.shape == whole and along == kept


def restored_reduction(widened: Node) -> Node | None:
    """The reduction whose values a broadcast or reshape restores to their axes, if it does."""
    reduced = widened if widened.op == "reshape" else widened.args[0]
    if reduced.op == "reshape":
        reduced = reduced.args[0]
    is_reduction = reduced.primitive.category == "reduction"
    return reduced if is_reduction and restores(widened, reduced) else None


def _long(shape: Shape) -> list[int]:
    """The dimensions that are not of size 1."""
    return [dim for dim, extent in enumerate(shape) if extent != 1]


def _same_but_for_ones(first: Shape, second: Shape) -> bool:
    return [first[dim] for dim in _long(first)] == [second[dim] for dim in _long(second)]


def _squeezed(x: Node) -> Node:
    return reshape(x, shape=tuple(extent for extent in x.shape if extent != 1))


def _broadcast_of_reshape(match: Match) -> Node | None:
    root, reshaped = match.root, match.root.args[0]
    if not _same_but_for_ones(reshaped.shape, match["x"].shape):
        return None
    dims = tuple(root.ints("dims")[dim] for dim in _long(reshaped.shape))
    squeezed = _squeezed(match["x"])
    if squeezed is reshaped:
        return None
    return broadcast(squeezed, shape=root.shape, dims=dims)


def _reshape_of_broadcast(match: Match) -> Node | None:
    root, widened = match.root, match.root.args[0]
    if not _same_but_for_ones(root.shape, widened.shape):
        return None
    renamed = dict(zip(_long(widened.shape), _long(root.shape), strict=True))
    dims = [renamed.get(dim) for dim in widened.ints("dims")]
    x = match["x"]
    kept = [dim for dim, target in enumerate(dims) if target is not None]
    if any(x.shape[dim] != 1 for dim in range(len(dims)) if dim not in kept):
        return None
    narrowed = reshape(x, shape=tuple(x.shape[dim] for dim in kept))
    return broadcast(
        narrowed, shape=root.shape, dims=tuple(target for target in dims if target is not None)
    )


def _permute_of_broadcast(match: Match) -> Node | None:
    root, widened = match.root, match.root.args[0]
    position = [root.ints("axes").index(dim) for dim in widened.ints("dims")]
    order = sorted(range(len(position)), key=position.__getitem__)
    return broadcast(
        permute(match["x"], axes=tuple(order)),
        shape=root.shape,
        dims=tuple(position[dim] for dim in order),
    )


def _slice_of_broadcast(match: Match) -> Node | None:
    root, widened, x = match.root, match.root.args[0], match["x"]
    dims, starts, steps = widened.ints("dims"), root.ints("starts"), root.ints("steps")
    # Along a dimension that was only broadcast there is one element to take.
    ranges = [
        (starts[dim], steps[dim], root.shape[dim]) if extent == widened.shape[dim] else (0, 1, 1)
        for extent, dim in zip(x.shape, dims, strict=True)
    ]
    sliced = slice_(
        x,
        starts=tuple(start for start, _, _ in ranges),
        steps=tuple(step for _, step, _ in ranges),
        sizes=tuple(count for _, _, count in ranges),
    )
    return broadcast(sliced, shape=root.shape, dims=dims)


BROADCASTS = (
    Rule("broadcast of reshape", of(broadcast, of(reshape, "x")), _broadcast_of_reshape),
    Rule("reshape of broadcast", of(reshape, of(broadcast, "x")), _reshape_of_broadcast),
    Rule("permute of broadcast", of(permute, of(broadcast, "x")), _permute_of_broadcast),
    Rule("slice of broadcast", of(slice_, of(broadcast, "x")), _slice_of_broadcast),
)

RULES: tuple[Rule, ...] = (*IDENTITIES, *REPETITIONS, *BROADCASTS)
