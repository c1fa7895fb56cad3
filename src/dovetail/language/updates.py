"""`x.at[key]` of a tracer: an array with other elements at a key, as in JAX."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dovetail.graph.dtypes import int64
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import Primitive, size
from dovetail.language.indexing import expanded, getitem, listed_array, require_integers
from dovetail.language.operands import (
    Operand,
    array,
    broadcast_node,
    has_array,
    operand,
    promoted,
    wrap,
)
from dovetail.language.segments import scattered
from dovetail.language.tracer import Tracer


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
    """`x.at[key]`: what can be done with the elements at a key of `x[key]`.

    Values broadcast to `x[key]`. Where an element is met more than once, its updates are taken in
    order.
    """

    __slots__ = ("_key", "_x")

    def __init__(self, x: Tracer, key: Any) -> None:
        self._x, self._key = x, key

    def get(self) -> Tracer:
        """x[key]."""
        return getitem(self._x, self._key)

    def set(self, values: Operand) -> Tracer:
        """With values in place of the elements."""
        return self._updated(structure.scatter_set, values)

    def add(self, values: Operand) -> Tracer:
        """With values added to the elements."""
        return self._updated(structure.scatter_add, values)

    def subtract(self, values: Operand) -> Tracer:
        """With values subtracted from the elements."""
        node, weak = operand(values)
        return self._updated(structure.scatter_add, wrap(rows.negative(node), weak))

    def max(self, values: Operand) -> Tracer:
        """With the maximum of the elements and values."""
        return self._updated(structure.scatter_max, values)

    def min(self, values: Operand) -> Tracer:
        """With the minimum of the elements and values."""
        return self._updated(structure.scatter_min, values)

    def _updated(self, row: Primitive, values: Operand) -> Tracer:
        found = promoted(self._x, values)
        node, updates = found.nodes
        axis = self._axis_of_indices(node)
        if axis is not None:
            return wrap(self._along(row, node, updates, axis), found.weak)
        places = self._numbers(node)
        updates = broadcast_node(updates, places.shape)
        flat, places, updates = (
            structure.reshaped(each, (each.size,)) for each in (node, places, updates)
        )
        result = scattered(row, flat, places, updates, 0)
        return wrap(structure.reshaped(result, node.shape), found.weak)

    def _axis_of_indices(self, x: Node) -> int | None:
        """The axis of an array of indices, where the key has whole axes beside it and no more."""
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

    def _numbers(self, x: Node) -> Node:
        """The number of each element at the key, in the order of memory."""
        number: Node = size(0, x.shape, int64)
        for axis in range(len(x.shape)):
            step = size(math.prod(x.shape[axis + 1 :]), x.shape, int64)
            place = structure.iota(shape=x.shape, axis=axis, dtype=int64)
            number = rows.add(number, rows.multiply(place, step))
        return getitem(wrap(number), self._key).node
