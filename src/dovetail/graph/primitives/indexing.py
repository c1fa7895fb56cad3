"""Rows of the primitives that number elements and pick them by number.

Gather and scatter_add are each other's transpose.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dovetail.errors import IndexingError, ShapeError
from dovetail.graph.dimensions import Indexed
from dovetail.graph.dtypes import DType, int32, int64
from dovetail.graph.node import RESULT, Node, Nodes, Shape, infer_given
from dovetail.graph.primitives.elementwise import equal, select
from dovetail.graph.primitives.movement import differ_only_along
from dovetail.graph.primitives.reductions import broadcast
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Linear,
    Primitive,
    constant,
    require_kind,
    size,
)


def _evaluate_iota(node: Node) -> Array:
    shape, axis = node.shape, node.integer("axis")
    aligned = [1] * len(shape)
    aligned[axis] = shape[axis]
    return np.broadcast_to(np.arange(shape[axis]).reshape(aligned), shape).astype(node.dtype.numpy)


iota = Primitive("iota", "indexing", 0, infer_given, _evaluate_iota, rounding=0.0)

# checked_index: an index into `extent` elements, counted from the start. One out of range raises.
# A negative one counts from the end; with `from_end=False` it is out of range, as for class labels.


def counts_from_end(node: Node) -> bool:
    """Whether a negative index of a `checked_index` counts from the end."""
    return dict(node.attrs).get("from_end", True)


def out_of_range(nodes: Iterable[Node]) -> IndexingError:
    """The error for an index outside of its array; `nodes`: whose index it may be."""
    ranges = dict.fromkeys(map(_range_of, nodes))
    return IndexingError(
        "an index lies outside of its array",
        "\n  expected: ".join(ranges),
        "check labels and indices against the number of classes or rows",
    )


def _range_of(node: Node) -> str:
    """What an index had to be, along which axis, and at which line."""
    where = f", at {node.source}" if node.source else ""
    if node.op == "checked_index":
        extent = node.integer("extent")
        if counts_from_end(node):
            return f"{-extent} to {extent - 1}{where}"
        return f"0 to {extent - 1} (ignore_index= of a loss leaves labels out){where}"
    axis = node.integer("axis")
    extent = node.args[0].shape[axis] if node.op == "gather" else node.shape[axis]
    return f"{-extent} to {extent - 1} along axis {axis}{where}"


def _infer_checked(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args, "iu")
    extent: int = attrs["extent"]
    return args[0].shape, int32 if extent < 2**31 else int64


def _evaluate_checked(node: Node, indices: Array) -> Array:
    extent = node.integer("extent")
    wrapped = indices.astype(np.int64)
    if counts_from_end(node):
        wrapped = np.where(indices < 0, wrapped + extent, wrapped)
    outside = (wrapped < 0) | (wrapped >= extent)
    if outside.any():
        raise out_of_range([node])
    return wrapped


checked_index = Primitive("checked_index", "indexing", 1, _infer_checked, _evaluate_checked)


def is_inside(indices: Node, extent: int, from_end: bool = True) -> bool:
    """Whether indices are known to be within `extent` elements.

    A negative one may count from the end; with `from_end=False` it is out of range.
    """
    while indices.primitive.view:
        indices = indices.args[0]
    lowest = -extent if from_end else 0
    if indices.op in ("iota", "argsort"):
        return indices.shape[indices.integer("axis")] <= extent
    if indices.primitive.category == "search" or indices.op == "top_k":
        return indices.args[0].shape[indices.integer("axis")] <= extent
    if indices.op == "checked_index":
        return indices.integer("extent") <= extent
    if indices.op == "constant":
        return lowest <= indices.attr("value") < extent
    if indices.op == "literal":
        values: Array = np.asarray(indices.attr("array").value)
        return not values.size or bool(lowest <= int(values.min()) <= int(values.max()) < extent)
    return False


# gather: out[.., j, ..] = x[.., indices[.., j, ..], ..]; the indices have the result's shape.
# A negative index counts from the end; an index outside raises.


def _infer_gather(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    x, indices = args
    axis: int = attrs["axis"]
    require_kind(name, (indices,), "iu")
    if not differ_only_along(axis, x.shape, indices.shape):
        raise ShapeError(
            name, [x.shape, indices.shape], f"shapes that differ only along axis {axis}"
        )
    if not x.shape[axis] and 0 not in indices.shape:
        raise IndexingError(
            f"an index lies outside of its array, which has no elements along axis {axis}: got "
            f"indices {indices.shape} into {x.shape}",
            remedy="check that the array was filled, or leave the call out where it is empty",
        )
    return indices.shape, x.dtype


def _evaluate_gather(node: Node, x: Array, indices: Array) -> Array:
    return np.take_along_axis(x, indices.astype(np.int64), axis=node.integer("axis"))


def _gather_transpose(node: Node, cotangent: Node, index: int) -> Node:
    x, indices = node.args
    axis = node.integer("axis")
    if indices.shape[axis] == 1:  # one index: a comparison, which fuses with its neighbours
        if indices.dtype.bits < 32 or not is_inside(indices, x.shape[axis], from_end=False):
            attrs = (("extent", x.shape[axis]),)
            indices = checked_index.apply((indices,), attrs, node.source)
        position = iota(shape=x.shape, axis=axis, dtype=indices.dtype)
        dims = tuple(range(len(x.shape)))
        zero = constant(0.0, x.shape, node.dtype)
        hit = equal(position, broadcast(indices, shape=x.shape, dims=dims))
        return select(hit, broadcast(cotangent, shape=x.shape, dims=dims), zero)
    return scatter_add(indices, cotangent, axis=axis, extent=x.shape[axis])


def extent_of(x: Node, axis: int, like: Node) -> Node:
    """The size of an axis as a value of the shape and type of `like`."""
    return size(x.shape[axis], like.shape, like.dtype)


gather = Primitive(
    "gather", "indexing", 2, _infer_gather, _evaluate_gather,
    Linear(_gather_transpose, linear=(0,)), Indexed(RESULT, 1), rounding=0.0,
)  # fmt: skip

# scatter_add: zeros of `extent` along the axis, to which the updates are added at the indices.


def _infer_scatter(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    indices, updates = args
    axis: int = attrs["axis"]
    require_kind(name, (indices,), "iu")
    if indices.shape != updates.shape:
        raise ShapeError(name, [indices.shape, updates.shape], "indices and updates of one shape")
    shape = updates.shape
    return (*shape[:axis], attrs["extent"], *shape[axis + 1 :]), updates.dtype


def positions(indices: Array, axis: int) -> tuple[Array, ...]:
    """Where each update goes: an index along each dimension, of which those of `axis` are given."""
    found: list[Array] = list(np.indices(indices.shape, sparse=True))
    found[axis] = indices.astype(np.int64)
    return tuple(found)


def _evaluate_scatter(node: Node, indices: Array, updates: Array) -> Array:
    result = np.zeros(node.shape, updates.dtype)
    np.add.at(result, positions(indices, node.integer("axis")), updates)
    return result


def _scatter_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return gather(cotangent, node.args[0], axis=node.integer("axis"))


scatter_add = Primitive(
    "scatter_add", "indexing", 2, _infer_scatter, _evaluate_scatter,
    Linear(_scatter_transpose, linear=(1,)), Indexed(0, 1), sequential=True, combine="sum",
    accumulates=True,
)  # fmt: skip
