"""Arrays with other elements at indices along an axis, or at a key: `x.at[key]`, as in JAX.

Results do not depend on the number of threads: updates of one element are taken in their order. An
index outside of its array raises; where XLA compiled the maths, the update is left out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dtypes import int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import Primitive, size
from dovetail.language.functions import op
from dovetail.language.indexing import expanded, getitem, listed_array, require_integers
from dovetail.language.operands import (
    Operand,
    array,
    broadcast_node,
    broadcast_shapes,
    has_array,
    located,
    one_axis,
    operand,
    promoted,
    wrap,
)
from dovetail.language.tracer import Tracer

__all__ = ["put_along_axis", "scatter_add", "scatter_max", "scatter_min"]


# Along an axis.


def _updated(
    function: str, row: Primitive, x: Operand, indices: Operand, values: Operand, axis: int
) -> Tracer:
    found = promoted(x, values)
    node, updates = found.nodes
    places = require_integers(function, array(indices))
    along = one_axis(function, axis, len(node.shape))
    if len(places.shape) != len(node.shape):
        shapes = [node.shape, places.shape]
        raise ShapeError(function, shapes, "indices of as many dimensions as the array")

    def others(shape: Shape, extent: int) -> Shape:
        return (*shape[:along], extent, *shape[along + 1 :])

    shape = broadcast_shapes(function, [places.shape, updates.shape])
    shape = broadcast_shapes(function, [shape, others(node.shape, 1)])
    if len(shape) != len(node.shape) or others(shape, 1) != others(node.shape, 1):
        shapes = [node.shape, places.shape, updates.shape]
        raise ShapeError(function, shapes, f"shapes that broadcast to the array's, but axis {axis}")
    places, updates = broadcast_node(places, shape), broadcast_node(updates, shape)
    return wrap(scattered(row, node, places, updates, along), found.weak)


def scattered(row: Primitive, x: Node, indices: Node, updates: Node, axis: int) -> Node:
    """An array with updates at indices along an axis."""
    if row is structure.scatter_add:
        extent = x.shape[axis]
        return rows.add(x, located(row(indices, updates, axis=axis, extent=extent)))
    return located(row(x, indices, updates, axis=axis))


@op
def put_along_axis(x: Operand, indices: Operand, values: Operand, /, *, axis: int = -1) -> Tracer:
    """x, with out[.., indices[.., j, ..], ..] = values[.., j, ..]; `x` itself does not change.

    Indices and values broadcast together, and to the other axes of x. Of several values for one
    element the last is kept, and gets the gradient.
    """
    return _updated("put_along_axis", structure.scatter_set, x, indices, values, axis)


@op
def scatter_add(x: Operand, indices: Operand, values: Operand, /, *, axis: int = -1) -> Tracer:
    """x with values added at indices along an axis; arguments as for `put_along_axis`."""
    return _updated("scatter_add", structure.scatter_add, x, indices, values, axis)


@op
def scatter_max(x: Operand, indices: Operand, values: Operand, /, *, axis: int = -1) -> Tracer:
    """The maximum of x and of values at indices along an axis; arguments as for `put_along_axis`.

    NaN propagates; ties share the gradient.
    """
    return _updated("scatter_max", structure.scatter_max, x, indices, values, axis)


@op
def scatter_min(x: Operand, indices: Operand, values: Operand, /, *, axis: int = -1) -> Tracer:
    """The minimum of x and of values at indices along an axis; arguments as for `put_along_axis`.

    NaN propagates; ties share the gradient.
    """
    return _updated("scatter_min", structure.scatter_min, x, indices, values, axis)


# At a key.


def _is_whole(part: object) -> bool:
    return isinstance(part, slice) and (part.start, part.stop, part.step) == (None,) * 3  # pyright: ignore[reportUnknownMemberType]


def _is_array(part: object) -> bool:
    return isinstance(part, (Tracer, list, tuple)) or (has_array(part) and np.ndim(part) > 0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class At:
    """`x.at`: `x.at[key].set(values)` is the array that `x[key] = values` would leave."""

    __slots__ = ("_x",)

    def __init__(self, x: Tracer) -> None:
        self._x = x

    def __getitem__(self, key: Any) -> Updates:
        return Updates(self._x, key)


class Updates:
    """`x.at[key]`: each method returns x with other elements at the key.

    Values broadcast to `x[key]`. Several updates of one element are taken in order.
    """

    __slots__ = ("_key", "_x")

    def __init__(self, x: Tracer, key: Any) -> None:
        self._x, self._key = x, key

    def get(self) -> Tracer:
        """x[key]."""
        return getitem(self._x, self._key)

    def set(self, values: Operand) -> Tracer:
        """x with values in place of the elements."""
        return self._updated(structure.scatter_set, values)

    def add(self, values: Operand) -> Tracer:
        """x with values added to the elements."""
        return self._updated(structure.scatter_add, values)

    def subtract(self, values: Operand) -> Tracer:
        """x with values subtracted from the elements."""
        node, weak = operand(values)
        return self._updated(structure.scatter_add, wrap(rows.negative(node), weak))

    def max(self, values: Operand) -> Tracer:
        """x with the maximum of the elements and values."""
        return self._updated(structure.scatter_max, values)

    def min(self, values: Operand) -> Tracer:
        """x with the minimum of the elements and values."""
        return self._updated(structure.scatter_min, values)

    def _updated(self, row: Primitive, values: Operand) -> Tracer:
        found = promoted(self._x, values)
        node, updates = found.nodes
        axis = self._axis_of_indices(node)
        if axis is not None:
            return wrap(self._along(row, node, updates, axis), found.weak)
        places = self._flat_indices(node)
        updates = broadcast_node(updates, places.shape)
        flat, places, updates = (
            structure.reshaped(each, (each.size,)) for each in (node, places, updates)
        )
        result = scattered(row, flat, places, updates, 0)
        return wrap(structure.reshaped(result, node.shape), found.weak)

    def _axis_of_indices(self, x: Node) -> int | None:
        """The axis of an array of indices, where the key is whole axes otherwise; else None."""
        parts = expanded(self._key, len(x.shape))
        found = [n for n, part in enumerate(parts) if not _is_whole(part)]
        one = len(found) == 1 and _is_array(parts[found[0]])
        return found[0] if one else None

    def _along(self, row: Primitive, x: Node, updates: Node, axis: int) -> Node:
        part = listed_array(expanded(self._key, len(x.shape))[axis])
        indices = require_integers("x.at[indices]", array(part))
        before, after = x.shape[:axis], x.shape[axis + 1 :]
        updates = broadcast_node(updates, (*before, *indices.shape, *after))
        shape = *before, indices.size, *after
        flat = structure.reshaped(indices, (indices.size,))
        places = structure.broadcast(flat, shape=shape, dims=(axis,))
        return scattered(row, x, places, structure.reshaped(updates, shape), axis)

    def _flat_indices(self, x: Node) -> Node:
        """The index of each element at the key in the flattened array."""
        number: Node = size(0, x.shape, int64)
        for axis in range(len(x.shape)):
            step = size(math.prod(x.shape[axis + 1 :]), x.shape, int64)
            place = structure.iota(shape=x.shape, axis=axis, dtype=int64)
            number = rows.add(number, rows.multiply(place, step))
        return getitem(wrap(number), self._key).node
