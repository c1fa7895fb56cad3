"""Functions that move elements, as in the array API standard 2024.12, and split and pad."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.dtypes import bool_, int64
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import constant, literal
from dovetail.language.functions import op
from dovetail.language.operands import (
    Operand,
    broadcast_node,
    broadcast_shapes,
    data_dependent,
    one_axis,
    operand,
    promoted,
    static,
    static_int,
    static_ints,
    wrap,
)
from dovetail.language.tracer import Tracer

__all__ = [
    "broadcast_arrays", "broadcast_to", "concat", "expand_dims", "flip", "moveaxis", "pad",
    "permute_dims", "repeat", "reshape", "roll", "split", "squeeze", "stack", "tile", "unstack",
]  # fmt: skip

Axes = int | tuple[int, ...]


@op
@static("shape")
def reshape(x: Operand, /, shape: Axes, *, copy: bool | None = None) -> Tracer:
    """The elements of `x` in row-major order under another shape; one extent may be -1."""
    node, weak = operand(x)
    extents = static_ints("reshape", "shape", shape)
    known = math.prod(extent for extent in extents if extent != -1)
    valid = extents.count(-1) <= 1 and all(extent >= -1 for extent in extents)
    if not valid or (-1 in extents and (known == 0 or node.size % known)):
        raise ShapeError("reshape", [node.shape, extents], "as many elements, at most one -1")
    free = node.size // known if known else 0
    shape = tuple(free if extent == -1 else extent for extent in extents)
    return wrap(structure.reshaped(node, shape), weak)


@op
@static("axes")
def permute_dims(x: Operand, /, axes: tuple[int, ...]) -> Tracer:
    """The axes of `x` in another order: axis i of the result is axis axes[i] of `x`."""
    node, weak = operand(x)
    rank = len(node.shape)
    given = static_ints("permute_dims", "axes", axes)
    order = tuple(one_axis("permute_dims", axis, rank) for axis in given)
    if sorted(order) != list(range(rank)):
        raise ArgumentError("permute_dims", "axes", axes, f"each of the {rank} axes once")
    return wrap(structure.permuted(node, order), weak)


@op
@static("source", "destination")
def moveaxis(x: Operand, source: Axes, destination: Axes, /) -> Tracer:
    """`x` with the axes `source` moved to the positions `destination`, the others in order."""
    rank = len(operand(x)[0].shape)
    origin, target = (
        [one_axis("moveaxis", axis, rank) for axis in static_ints("moveaxis", name, axes)]
        for name, axes in (("source", source), ("destination", destination))
    )
    if len(origin) != len(target) or len(set(origin)) < len(origin) > len(set(target)):
        raise ArgumentError("moveaxis", "destination", destination, "a position for each axis")
    order = [axis for axis in range(rank) if axis not in origin]
    for position, axis in sorted(zip(target, origin, strict=True)):
        order.insert(position, axis)
    return permute_dims(x, tuple(order))


@op
def expand_dims(x: Operand, /, axis: Axes = 0) -> Tracer:
    """`x` with axes of extent 1 inserted at the positions `axis` of the result."""
    node, weak = operand(x)
    positions = static_ints("expand_dims", "axis", axis)
    rank = len(node.shape) + len(positions)
    new = {one_axis("expand_dims", position, rank) for position in positions}
    if len(new) != len(positions):
        raise ArgumentError("expand_dims", "axis", axis, "positions that differ")
    extents = iter(node.shape)
    shape = tuple(1 if dim in new else next(extents) for dim in range(rank))
    return wrap(structure.reshaped(node, shape), weak)


@op
def squeeze(x: Operand, /, axis: Axes | None = None) -> Tracer:
    """`x` without the axes `axis`, which have extent 1; without all such axes for None."""
    node, weak = operand(x)
    rank = len(node.shape)
    if axis is None:
        gone = {dim for dim, extent in enumerate(node.shape) if extent == 1}
    else:
        gone = {one_axis("squeeze", each, rank) for each in static_ints("squeeze", "axis", axis)}
    if any(node.shape[dim] != 1 for dim in gone):
        raise ShapeError(f"squeeze over {axis}", [node.shape], "axes of extent 1")
    shape = tuple(extent for dim, extent in enumerate(node.shape) if dim not in gone)
    return wrap(structure.reshaped(node, shape), weak)


@op
def concat(arrays_: Sequence[Operand], /, *, axis: int | None = 0) -> Tracer:
    """Arrays one after the other along an axis; flattened first for None. They promote."""
    if not arrays_:
        raise ArgumentError("concat", "arrays", arrays_, "at least one array")
    found = promoted(*arrays_)
    nodes = list(found.nodes)
    if axis is None:
        nodes = [structure.reshaped(node, (node.size,)) for node in nodes]
    along = one_axis("concat", axis or 0, len(nodes[0].shape))
    joined = structure.concat(*nodes, axis=along) if len(nodes) > 1 else nodes[0]
    return wrap(joined, found.weak)


@op
def stack(arrays_: Sequence[Operand], /, *, axis: int = 0) -> Tracer:
    """Arrays of one shape side by side along a new axis. They promote."""
    if not arrays_:
        raise ArgumentError("stack", "arrays", arrays_, "at least one array")
    found = promoted(*arrays_)
    nodes = found.nodes
    if len({node.shape for node in nodes}) > 1:
        raise ShapeError("stack", [node.shape for node in nodes], "arrays of one shape")
    along = one_axis("stack", axis, len(nodes[0].shape) + 1)
    shape = (*nodes[0].shape[:along], 1, *nodes[0].shape[along:])
    widened = [structure.reshape(node, shape=shape) for node in nodes]
    joined = structure.concat(*widened, axis=along) if len(nodes) > 1 else widened[0]
    return wrap(joined, found.weak)


@op
def unstack(x: Operand, /, *, axis: int = 0) -> tuple[Tracer, ...]:
    """The arrays along an axis, as a tuple."""
    node, weak = operand(x)
    along = one_axis("unstack", axis, len(node.shape))
    shape = (*node.shape[:along], *node.shape[along + 1 :])
    return tuple(
        wrap(structure.reshape(structure.slice_axis(node, along, index, 1, 1), shape=shape), weak)
        for index in range(node.shape[along])
    )


@op
@static("indices_or_sections")
def split(x: Operand, indices_or_sections: Axes, /, *, axis: int = 0) -> tuple[Tracer, ...]:
    """`x` cut along an axis: into equal sections, or before each of the indices given."""
    node, weak = operand(x)
    along = one_axis("split", axis, len(node.shape))
    extent = node.shape[along]
    if isinstance(indices_or_sections, (tuple, list)):
        inner = static_ints("split", "indices_or_sections", indices_or_sections)
        cuts = [slice(None, cut).indices(extent)[1] for cut in inner]
        edges = [0, *cuts, extent]
    else:
        sections = static_int("split", "indices_or_sections", indices_or_sections)
        if sections < 1 or extent % sections:
            raise ShapeError(f"split into {sections}", [node.shape], "sections of one size")
        edges = list(range(0, extent + 1, extent // sections)) if extent else [0] * (sections + 1)
    return tuple(
        wrap(structure.slice_axis(node, along, start, max(stop - start, 0), 1), weak)
        for start, stop in pairwise(edges)
    )


@op
@static("shape")
def broadcast_to(x: Operand, /, shape: Axes) -> Tracer:
    """`x` repeated along axes of extent 1 or missing ones, up to `shape`."""
    node, weak = operand(x)
    return wrap(broadcast_node(node, static_ints("broadcast_to", "shape", shape)), weak)


@op
def broadcast_arrays(*arrays_: Operand) -> tuple[Tracer, ...]:
    """The arrays under their common shape, each with its own dtype."""
    found = [operand(item) for item in arrays_]
    shape = broadcast_shapes("broadcast_arrays", [node.shape for node, _ in found])
    return tuple(wrap(broadcast_node(node, shape), weak) for node, weak in found)


def _axes(function: str, axis: Axes | None, rank: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(rank))
    return tuple(one_axis(function, item, rank) for item in static_ints(function, "axis", axis))


@op
def flip(x: Operand, /, *, axis: Axes | None = None) -> Tracer:
    """`x` backwards along axes; along all for None."""
    node, weak = operand(x)
    axes = _axes("flip", axis, len(node.shape))
    backwards = [dim in axes and extent > 0 for dim, extent in enumerate(node.shape)]
    pairs = zip(node.shape, backwards, strict=True)
    starts = tuple(extent - 1 if back else 0 for extent, back in pairs)
    steps = tuple(-1 if back else 1 for back in backwards)
    return wrap(structure.slice_(node, starts=starts, steps=steps, sizes=node.shape), weak)


def _rolled(node: Node, axis: int, shift: int) -> Node:
    extent = node.shape[axis]
    shift = shift % extent if extent else 0
    if shift == 0:
        return node
    tail = structure.slice_axis(node, axis, extent - shift, shift, 1)
    head = structure.slice_axis(node, axis, 0, extent - shift, 1)
    return structure.concat(tail, head, axis=axis)


@op
@static("shift")
def roll(x: Operand, /, shift: Axes, *, axis: Axes | None = None) -> Tracer:
    """Elements shifted by `shift` along axes, wrapping around; of the flattened array for None."""
    node, weak = operand(x)
    shifts = static_ints("roll", "shift", shift)
    if axis is None:
        flat = _rolled(structure.reshaped(node, (node.size,)), 0, sum(shifts))
        return wrap(structure.reshaped(flat, node.shape), weak)
    axes = _axes("roll", axis, len(node.shape))
    if len(shifts) == 1:
        shifts *= len(axes)
    if len(shifts) != len(axes):
        raise ArgumentError("roll", "shift", shift, f"one shift for each of {axes}")
    for dim, count in zip(axes, shifts, strict=True):
        node = _rolled(node, dim, count)
    return wrap(node, weak)


@op
@static("repetitions")
def tile(x: Operand, repetitions: Axes, /) -> Tracer:
    """`x` repeated along each axis, as often as `repetitions` says."""
    node, weak = operand(x)
    counts = static_ints("tile", "repetitions", repetitions)
    rank = max(len(counts), len(node.shape))
    counts = (1,) * (rank - len(counts)) + counts
    shape = (1,) * (rank - len(node.shape)) + node.shape
    paired = tuple(item for pair in zip(counts, shape, strict=True) for item in pair)
    spread = structure.broadcast(
        structure.reshaped(node, shape), shape=paired, dims=tuple(range(1, 2 * rank, 2))
    )
    whole = tuple(count * extent for count, extent in zip(counts, shape, strict=True))
    return wrap(structure.reshaped(spread, whole), weak)


Repeats = int | Sequence[int] | npt.NDArray[np.integer[Any]]


def _counts(repeats: Any) -> tuple[int, ...]:
    """The repetitions as Python integers, where they are known."""
    if isinstance(repeats, Tracer):
        raise data_dependent(
            "repeat", "pass the repeats as integers, or as a NumPy array that is no argument"
        )
    listed: Any = np.asarray(repeats)
    whole = listed.dtype.kind in "iu" or not listed.size
    if listed.ndim > 1 or not whole or (listed < 0).any():
        expected = "an integer of 0 or more, or one for each element"
        raise ArgumentError("repeat", "repeats", repeats, expected)
    return tuple(listed.reshape(-1).tolist())


@op
@static("repeats")
def repeat(x: Operand, repeats: Repeats, /, *, axis: int | None = None) -> Tracer:
    """Each element `repeats` times along an axis; over the flattened array for None.

    `repeats`: one integer, or one for each element along the axis; their values are part of the
    program, since the shape follows from them.
    """
    node, weak = operand(x)
    counts = _counts(repeats)
    if axis is None:
        node = structure.reshaped(node, (node.size,))
    along = one_axis("repeat", axis or 0, len(node.shape))
    if len(counts) != 1:
        if len(counts) != node.shape[along]:
            expected = f"one integer, or {node.shape[along]}: one for each element"
            raise ArgumentError("repeat", "repeats", repeats, expected)
        return wrap(_repeated_by(node, counts, along), weak)
    (count,) = counts
    extents = (*node.shape[: along + 1], count, *node.shape[along + 1 :])
    dims = tuple(dim for dim in range(len(extents)) if dim != along + 1)
    spread = structure.broadcast(node, shape=extents, dims=dims)
    shape = (*node.shape[:along], node.shape[along] * count, *node.shape[along + 1 :])
    return wrap(structure.reshaped(spread, shape), weak)


def _repeated_by(node: Node, counts: tuple[int, ...], axis: int) -> Node:
    """Element i of an axis `counts[i]` times."""
    positions = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    shape = (*node.shape[:axis], len(positions), *node.shape[axis + 1 :])
    index = structure.broadcast(literal(positions, int64), shape=shape, dims=(axis,))
    return structure.gather(node, index, axis=axis)


def _pad_pairs(pad_width: Any, rank: int) -> list[tuple[int, ...]]:
    listed = isinstance(pad_width, (tuple, list))
    given = cast("Sequence[object]", pad_width if listed else (pad_width,))
    widths = [static_ints("pad", "pad_width", item) for item in given]
    if len(widths) == 2 and all(len(width) == 1 for width in widths):
        widths = [widths[0] + widths[1]]
    pairs = [width * 2 if len(width) == 1 else width for width in widths]
    pairs = pairs * rank if len(pairs) == 1 else pairs
    if len(pairs) != rank or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise ArgumentError("pad", "pad_width", given, f"{rank} pairs of 0 or more")
    return pairs


PadWidth = int | Sequence[int] | Sequence[Sequence[int]]


@op
@static("pad_width")
def pad(x: Operand, pad_width: PadWidth, /, *, value: Operand = 0) -> Tracer:
    """`x` inside a border of `value`: (before, after) for each axis, or the same for all."""
    found = promoted(x, value)
    node, border = found.nodes
    rank = len(node.shape)
    pairs = _pad_pairs(pad_width, rank)
    shape = tuple(sum(pair) + extent for pair, extent in zip(pairs, node.shape, strict=True))
    starts, steps = tuple(pair[0] for pair in pairs), (1,) * rank
    placed = structure.pad(node, shape=shape, starts=starts, steps=steps)
    if isinstance(value, (int, float)) and value == 0:
        return wrap(placed, found.weak)
    whole = constant(True, node.shape, bool_)
    inside = structure.pad(whole, shape=shape, starts=starts, steps=steps)
    return wrap(rows.select(inside, placed, broadcast_node(border, shape)), found.weak)
