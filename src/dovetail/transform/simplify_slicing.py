"""Rules for slice, pad and concat, which undo each other, and for gathers at known positions."""

from __future__ import annotations

from dovetail.graph.node import Node
from dovetail.graph.primitives import ELEMENTWISE
from dovetail.graph.primitives.elementwise import add
from dovetail.graph.primitives.indexing import is_inside
from dovetail.graph.primitives.row import is_number
from dovetail.graph.primitives.structure import (
    broadcast,
    concat,
    gather,
    iota,
    pad,
    slice_,
    slice_axis,
)
from dovetail.transform.rewrite import Known, Match, Rule, of
from dovetail.transform.simplify_fold import known_like
from dovetail.transform.simplify_movement import unit_steps, varying_dims


def _slice_of_concat(match: Match) -> Node | None:
    root, joined = match.root, match.root.args[0]
    axis = joined.integer("axis")
    count, step = root.shape[axis], root.ints("steps")[axis]
    if count == 0:
        return None
    first = root.ints("starts")[axis]
    last = first + step * (count - 1)
    start = 0
    for part in joined.args:
        stop = start + part.shape[axis]
        if start <= first < stop and start <= last < stop:
            starts = list(root.ints("starts"))
            starts[axis] -= start
            return slice_(part, starts=tuple(starts), steps=root.ints("steps"), sizes=root.shape)
        start = stop
    return None


def _slice_of_pad(match: Match) -> Node | None:
    """The range that was not padded, or a part of it at unit steps."""
    root, padded, x = match.root, match.root.args[0], match["x"]
    if not unit_steps(padded):
        same = all(root.attr(name) == padded.attr(name) for name in ("starts", "steps"))
        return x if same and root.shape == x.shape else None
    starts = tuple(a - b for a, b in zip(root.ints("starts"), padded.ints("starts"), strict=True))
    for start, step, count, extent in zip(
        starts, root.ints("steps"), root.shape, x.shape, strict=True
    ):
        last = start + step * (count - 1)
        if not count or not (0 <= start < extent and 0 <= last < extent):
            return None
    return slice_(x, starts=starts, steps=root.ints("steps"), sizes=root.shape)


def _joined(first: Node, second: Node) -> Node | None:
    """The sum of two padded arrays that are adjacent along one axis, as one padded array."""
    if not (unit_steps(first) and unit_steps(second)):
        return None
    x, y = first.args[0], second.args[0]
    rank = len(first.shape)
    here, there = first.ints("starts"), second.ints("starts")
    differing = [axis for axis in range(rank) if here[axis] != there[axis]]
    if len(differing) != 1:
        return None
    (axis,) = differing
    if here[axis] > there[axis]:
        x, y, here, there = y, x, there, here
    level = all(x.shape[dim] == y.shape[dim] for dim in range(rank) if dim != axis)
    if not level or here[axis] + x.shape[axis] != there[axis]:
        return None
    joined = concat(x, y, axis=axis)
    return pad(joined, shape=first.shape, starts=here, steps=(1,) * rank)


def _add_of_pads(match: Match) -> Node | None:
    first, second = match.root.args
    return _joined(first, second)


def _add_of_pad_to_sum(match: Match) -> Node | None:
    padded = match.root.args[0] if match.root.args[0].op == "pad" else match.root.args[1]
    inner = match.root.args[1] if padded is match.root.args[0] else match.root.args[0]
    for one, other in (inner.args, inner.args[::-1]):
        joined = _joined(one, padded) if one.op == "pad" else None
        if joined is not None:
            return add(other, joined)
    return None


def _concat_of_slices(match: Match) -> Node | None:
    """Adjacent slices of one array, put together again."""
    root, axis = match.root, match.root.integer("axis")
    for index, (first, second) in enumerate(zip(root.args, root.args[1:], strict=False)):
        if not (first.op == second.op == "slice" and first.args == second.args):
            continue
        if not (unit_steps(first) and unit_steps(second)):
            continue
        following = list(first.ints("starts"))
        following[axis] += first.shape[axis]
        if tuple(following) != second.ints("starts"):
            continue
        sizes = list(first.shape)
        sizes[axis] += second.shape[axis]
        merged = slice_(
            first.args[0],
            starts=first.ints("starts"),
            steps=first.ints("steps"),
            sizes=tuple(sizes),
        )
        return concat(*root.args[:index], merged, *root.args[index + 2 :], axis=axis)
    return None


_PADDED_X = of(pad, "x")

SLICING = (
    Rule("slice of concat", of(slice_, of(concat)), _slice_of_concat),
    Rule("slice of pad", of(slice_, _PADDED_X), _slice_of_pad),
    # A sum of padded arrays adds zeros, which turns -0 into 0; a concat does not.
    Rule("pad + pad", of(add, _PADDED_X, of(pad, "y")), _add_of_pads, "reassociating"),
    Rule(
        "(x + pad) + pad", of(add, of(add, "a", of(pad, "y")), _PADDED_X),
        _add_of_pad_to_sum, "reassociating",
    ),
    Rule("concat of adjacent slices", of(concat), _concat_of_slices),
)  # fmt: skip


def _gather_of_own_positions(match: Match) -> Node | None:
    x, positions = match.root.args
    own = positions.integer("axis") == match.root.integer("axis") and positions.shape == x.shape
    return x if own else None


def _gather_of_one_index(match: Match) -> Node | None:
    """A known index: a slice. One that is out of range stays: it is an error."""
    root, x, axis = match.root, match["x"], match.root.integer("axis")
    index, extent = int(match.value("c")), x.shape[axis]
    if not -extent <= index < extent:
        return None
    row = slice_axis(x, axis, index % extent, 1, 1)
    return broadcast(row, shape=root.shape, dims=tuple(range(len(root.shape))))


# No rule may hide an index that is out of range: at least one gather that checks it remains.


def without_gather(source: Node, indices: Node, axis: int) -> Node | None:
    """The same as a gather, as a broadcast, where the source was only broadcast along the axis."""
    if source.op != "broadcast" or axis in varying_dims(source) or indices.size == 0:
        return None
    x, dims = source.args[0], source.ints("dims")
    extents = zip(x.shape, dims, strict=True)
    if any(extent not in (1, indices.shape[dim]) for extent, dim in extents):
        return None
    return broadcast(x, shape=indices.shape, dims=dims)


def _gather_of_broadcast(match: Match) -> Node | None:
    source, indices = match.root.args
    axis = match.root.integer("axis")
    if not is_inside(indices, source.shape[axis]):
        return None
    return without_gather(source, indices, axis)


def _gather_of_elementwise(match: Match) -> Node | None:
    """Few elements of a result: computed from those few elements of the operands."""
    root, (whole, indices) = match.root, match.root.args
    if root.size >= whole.size or all(map(is_number, whole.args)):
        return None
    axis = root.integer("axis")
    ungathered = {
        arg: known_like(arg, root.shape) if is_number(arg) else without_gather(arg, indices, axis)
        for arg in whole.args
    }
    if None not in ungathered.values() and not is_inside(indices, whole.shape[axis]):
        return None
    args = tuple(
        ungathered[arg] or gather.apply((arg, indices), root.attrs, root.source)
        for arg in whole.args
    )
    return whole.primitive.apply(args, whole.attrs, whole.source)


INDEXING = (
    Rule("gather of broadcast", of(gather, of(broadcast, "x"), "i"), _gather_of_broadcast),
    *(
        Rule(f"gather of {row.name}", of(gather, of(row), "i"), _gather_of_elementwise)
        for row in ELEMENTWISE
    ),
    Rule("gather of every position", of(gather, "x", of(iota)), _gather_of_own_positions),
    Rule("gather of one index", of(gather, "x", Known("c")), _gather_of_one_index),
)

RULES: tuple[Rule, ...] = (*SLICING, *INDEXING)
