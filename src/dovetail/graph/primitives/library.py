"""Rows of the primitives that are left to a library: matmul and argsort."""

from __future__ import annotations

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dimensions import AlongAxis, Multiplied
from dovetail.graph.dtypes import DType, int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.movement import permute
from dovetail.graph.primitives.row import Array, Attributes, Linear, Primitive, same_dtype


def _infer_matmul(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
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
)  # fmt: skip


def _infer_argsort(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    return args[0].shape, int64


def evaluate_argsort(node: Node, x: Array) -> Array:
    """Stable, NaN last (first where descending), as the array API's sort."""
    axis = node.integer("axis")
    keys = x.astype(np.float32) if x.dtype.kind not in "fiub" else x
    if not node.flag("descending"):
        return np.argsort(keys, axis=axis, kind="stable")
    extent = x.shape[axis]
    flipped = np.argsort(np.flip(keys, axis), axis=axis, kind="stable")
    return np.flip(extent - 1 - flipped, axis)


argsort = Primitive(
    "argsort", "library", 1, _infer_argsort, evaluate_argsort, dimensions=AlongAxis(), rounding=0.0
)
