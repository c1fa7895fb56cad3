"""Reading by index: `x[...]`, `take` and `take_along_axis`.

A negative index counts from the end. An index outside the axis raises: at once where
it is a Python integer, when the graph runs where it is an array.
"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from dovetail.errors import IndexingError, ShapeError
from dovetail.graph.dtypes import bool_, int64, undefined
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import constant, size
from dovetail.language.functions import op
from dovetail.language.operands import (
    Operand,
    array,
    broadcast_node,
    broadcast_shapes,
    data_dependent,
    one_axis,
    operand,
    wrap,
)
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node

__all__ = ["take", "take_along_axis"]


def require_integers(operation: str, node: Node) -> Node:
    """An array of indices."""
    if not node.dtype.is_integer:
        raise undefined(operation, [node.dtype], "integer indices")
    return node


def taken(node: Node, indices: Node, axis: int) -> Node:
    """The elements of one axis at indices of any shape, which replaces the axis."""
    before, after = node.shape[:axis], node.shape[axis + 1 :]
    flat = indices
    if len(indices.shape) != 1:
        flat = structure.reshape(indices, shape=(indices.size,))
    shape = (*before, indices.size, *after)
    spread = structure.broadcast(flat, shape=shape, dims=(axis,))
    result = structure.gather(node, spread, axis=axis)
    whole = (*before, *indices.shape, *after)
    return result if result.shape == whole else structure.reshape(result, shape=whole)


@op
def take(x: Operand, indices: Operand, /, *, axis: int | None = None) -> Tracer:
    """The elements of an axis at `indices`, whose shape replaces the axis.

    The axis may be left out in one dimension. Integer indices of any shape.
    """
    (node, weak), positions = operand(x), require_integers("take", array(indices))
    along = 0 if axis is None and len(node.shape) == 1 else one_axis("take", axis, len(node.shape))
    return wrap(taken(node, positions, along), weak)


@op
def take_along_axis(x: Operand, indices: Operand, /, *, axis: int = -1) -> Tracer:
    """out[.., j, ..] = x[.., indices[.., j, ..], ..]; the other axes broadcast."""
    (node, weak), positions = operand(x), require_integers("take_along_axis", array(indices))
    if len(node.shape) != len(positions.shape):
        raise ShapeError(
            "take_along_axis", [node.shape, positions.shape], "arrays of as many dimensions"
        )
    along = one_axis("take_along_axis", axis, len(node.shape))

    def others(shape: Shape) -> Shape:
        return (*shape[:along], 1, *shape[along + 1 :])

    common = broadcast_shapes("take_along_axis", [others(node.shape), others(positions.shape)])
    node, positions = (
        broadcast_node(item, (*common[:along], item.shape[along], *common[along + 1 :]))
        for item in (node, positions)
    )
    return wrap(structure.gather(node, positions, axis=along), weak)


def label_index(labels: Tracer, classes: int) -> Tracer:
    """Labels as indices into `classes`; one outside, and any negative one, raises.

    Where a host cannot raise, in code that XLA compiled, the loss is NaN.
    """
    node = structure.checked_index(labels.node, extent=classes, from_end=False)
    return wrap(node)


def expanded(key: Any, rank: int) -> list[Any]:
    """The parts of a key, with the ellipsis written out."""
    parts = list(cast("tuple[Any, ...]", key)) if isinstance(key, tuple) else [key]
    for part in parts:
        _check_part(part)
    consuming = sum(part is not None and part is not Ellipsis for part in parts)
    ellipses = [index for index, part in enumerate(parts) if part is Ellipsis]
    if consuming > rank or len(ellipses) > 1:
        raise _not_an_index(cast(object, key), f"at most {rank} indices and one '...'")
    split = ellipses[0] if ellipses else len(parts)
    rest = parts[split + 1 :] if ellipses else []
    return [*parts[:split], *[slice(None)] * (rank - consuming), *rest]


def _check_part(part: object) -> None:
    """Raises where a part of a key is neither an integer, a slice nor an array of integers."""
    dtype = getattr(part, "dtype", None)
    if isinstance(part, bool) or dtype is bool_ or dtype == np.bool_:
        raise data_dependent(
            "x[mask]", "use dt.where(mask, x, 0), or the sum of x * mask, and keep the shape"
        )
    if isinstance(part, (float, str)):
        raise _not_an_index(part, "integers")


def _is_integer(part: object) -> bool:
    return isinstance(part, (int, np.integer))


def _not_an_index(key: object, expected: str) -> IndexingError:
    remedy = "use integers, slices, ..., None, integer arrays, or dt.take_along_axis"
    return IndexingError(f"{key!r} is no index that can be traced", expected, remedy)


def getitem(x: Operand, key: Any, /) -> Tracer:
    """`x[key]`: integers, slices with any step, `...`, None, and integer arrays, as in NumPy."""
    node, weak = operand(x)
    parts = expanded(key, len(node.shape))
    starts: list[int] = []
    steps: list[int] = []
    sizes: list[int] = []
    layout: list[int] = []  # extents after slicing, None as 1, dropped axes left out
    advanced: list[tuple[int, Node]] = []  # (axis in `layout`, indices)
    separated = _separated(parts)
    axis = 0
    for part in parts:
        if part is None:
            layout.append(1)
            continue
        extent = node.shape[axis]
        if _is_integer(part):
            index = int(part)
            if not -extent <= index < extent:
                raise IndexingError(
                    f"index {index} does not exist on axis {axis}, which has {extent} elements",
                    f"an integer from {-extent} to {extent - 1}",
                )
            start, step, count = index % extent, 1, 1
        elif isinstance(part, slice):
            start, stop, step = part.indices(extent)
            count = len(range(start, stop, step))
            layout.append(count)
        else:
            start, step, count = 0, 1, extent
            advanced.append(
                (len(layout), require_integers("x[indices]", array(listed_array(part))))
            )
            layout.append(extent)
        starts.append(start if count else 0)
        steps.append(step if count else 1)
        sizes.append(count)
        axis += 1
    sliced = node
    if tuple(sizes) != node.shape or any(step != 1 for step in steps):
        sliced = structure.slice_(
            node, starts=tuple(starts), steps=tuple(steps), sizes=tuple(sizes)
        )
    if sliced.shape != tuple(layout):
        sliced = structure.reshape(sliced, shape=tuple(layout))
    return wrap(_advanced(sliced, advanced, separated) if advanced else sliced, weak)


def listed_array(part: Any) -> Any:
    """A list of integers as an array; anything else as it is."""
    if not isinstance(part, (list, tuple)):
        return part
    listed: Any = np.asarray(cast(object, part))
    _check_part(listed)
    return listed if listed.size else listed.astype(np.int64)


def _separated(parts: list[Any]) -> bool:
    """Whether a slice separates arrays and integers, which in NumPy puts their axes first."""
    found = [i for i, part in enumerate(parts) if part is not None and not isinstance(part, slice)]
    return bool(found) and found[-1] - found[0] + 1 != len(found)


def _merged(node: Node, advanced: list[tuple[int, Node]]) -> tuple[Node, Node, int]:
    """Several indexed axes as one: the array, the indices into it, and the axis."""
    if len(advanced) == 1:
        axis, indices = advanced[0]
        return node, indices, axis
    axes = [axis for axis, _ in advanced]
    first = axes[0]
    others = [axis for axis in range(len(node.shape)) if axis not in axes]
    before = [axis for axis in others if axis < first]
    after = [axis for axis in others if axis > first]
    order = (*before, *axes, *after)
    if order != tuple(range(len(order))):
        node = structure.permute(node, axes=order)
    extents = node.shape[first : first + len(axes)]
    total = math.prod(extents)
    shape = broadcast_shapes("x[indices]", [indices.shape for _, indices in advanced])
    linear: Node = constant(0, shape, int64)
    outside: Node = constant(False, shape, bool_)
    for (_, indices), extent in zip(advanced, extents, strict=True):
        given = broadcast_node(cast_node(indices, int64), shape)
        length = size(extent, shape, int64)
        wrapped = rows.select(rows.less(given, 0), rows.add(given, length), given)
        wrong = rows.logical_or(rows.less(wrapped, 0), rows.greater_equal(wrapped, length))
        outside = rows.logical_or(outside, wrong)
        linear = rows.add(rows.multiply(linear, length), wrapped)
    # An index that is wrong on its own axis must not hit an element of another row.
    linear = rows.select(outside, size(total, shape, int64), linear)
    merged = (*node.shape[:first], total, *node.shape[first + len(axes) :])
    return structure.reshape(node, shape=merged), linear, first


def _advanced(node: Node, advanced: list[tuple[int, Node]], separated: bool) -> Node:
    node, indices, axis = _merged(node, advanced)
    result = taken(node, indices, axis)
    if separated and axis:
        width = len(indices.shape)
        rank = len(result.shape)
        order = (*range(axis, axis + width), *range(axis), *range(axis + width, rank))
        result = structure.permute(result, axes=order)
    return result
