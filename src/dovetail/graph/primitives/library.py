"""Rows of the primitives that are left to a library: matmul, argsort and top_k."""

from __future__ import annotations

import math

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dimensions import AlongAxis, Multiplied
from dovetail.graph.dtypes import DType, int64
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.movement import permute
from dovetail.graph.primitives.row import Array, Attributes, Linear, Primitive, same_dtype


def _infer_matmul(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    a, b = args
    fits = len(a.shape) == len(b.shape) >= 2 and a.shape[:-2] == b.shape[:-2]
    if not fits or a.shape[-1] != b.shape[-2]:
        raise ShapeError(name, [a.shape, b.shape], "shapes (..., m, k) and (..., k, n)")
    return (*a.shape[:-1], b.shape[-1]), same_dtype(name, args)


def swap_last(x: Node) -> Node:
    """The matrices of `x`, transposed."""
    rank = len(x.shape)
    return permute(x, axes=(*range(rank - 2), rank - 1, rank - 2))


def _matmul_transpose(node: Node, cotangent: Node, index: int) -> Node:
    a, b = node.args
    return matmul(cotangent, swap_last(b)) if index == 0 else matmul(swap_last(a), cotangent)


def _evaluate_matmul(node: Node, a: Array, b: Array) -> Array:
    return np.matmul(a, b)


matmul = Primitive(
    "matmul", "library", 2, _infer_matmul, _evaluate_matmul,
    Linear(_matmul_transpose, jointly=False), Multiplied(), accumulates=True,
    multiply_adds=lambda node: math.prod(node.shape) * node.args[0].shape[-1],
)  # fmt: skip


def _infer_argsort(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    return args[0].shape, int64


def _sort_keys(x: Array) -> Array:
    """The array in a type that NumPy sorts."""
    return x if x.dtype.kind in "fiub" else x.astype(np.float32)


def _descending(keys: Array, axis: int) -> Array:
    """The positions in descending order, equal elements in the order in which they are."""
    flipped = np.argsort(np.flip(keys, axis), axis=axis, kind="stable")
    return np.flip(keys.shape[axis] - 1 - flipped, axis)


def _evaluate_argsort(node: Node, x: Array) -> Array:
    """Stable, NaN last (first where descending), as the array API's sort."""
    axis, keys = node.integer("axis"), _sort_keys(x)
    if node.flag("descending"):
        return _descending(keys, axis)
    return np.argsort(keys, axis=axis, kind="stable")


argsort = Primitive(
    "argsort", "library", 1, _infer_argsort, _evaluate_argsort, dimensions=AlongAxis(), rounding=0.0
)


def _infer_top_k(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    axis, k = attrs["axis"], attrs["k"]
    shape = args[0].shape
    if not 0 <= k <= shape[axis]:
        raise ShapeError(f"{name} along axis {axis}", [shape], f"at least {k} elements along it")
    return (*shape[:axis], k, *shape[axis + 1 :]), int64


def _evaluate_top_k(node: Node, x: Array) -> Array:
    """The first of what `argsort` descending gives, by selection where that is faster."""
    axis, k = node.integer("axis"), node.integer("k")
    keys = np.moveaxis(_sort_keys(x), axis, -1)
    extent = keys.shape[-1]
    flat = keys.reshape(math.prod(keys.shape[:-1]), extent)
    if not 0 < k < extent // 4:
        places = _descending(flat, 1)[:, :k]
    else:
        threshold = np.partition(flat, extent - k, axis=1)[:, extent - k, None]
        above, equal = flat > threshold, flat == threshold
        if keys.dtype.kind == "f":  # NaN is the largest
            is_nan, of_nan = np.isnan(flat), np.isnan(threshold)
            above, equal = above | (is_nan & ~of_nan), equal | (is_nan & of_nan)
        room = k - above.sum(axis=1, keepdims=True)
        chosen = above | (equal & (np.cumsum(equal, axis=1) <= room))
        places = np.nonzero(chosen)[1].reshape(len(flat), k)
        found = np.take_along_axis(flat, places, axis=1)
        places = np.take_along_axis(places, _descending(found, 1), axis=1)
    return np.moveaxis(places.reshape(*keys.shape[:-1], k), -1, axis)


top_k = Primitive(
    "top_k", "library", 1, _infer_top_k, _evaluate_top_k, dimensions=AlongAxis(), rounding=0.0,
    source="the positions of the k largest elements, as argsort descending has them",
)  # fmt: skip
