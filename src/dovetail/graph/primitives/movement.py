"""Rows of the primitives that move elements: permute, reshape, slice, pad and concat.

All of them are linear, and the derivative of each is its transpose: slice and pad are a pair.
"""

from __future__ import annotations

import math

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dimensions import AlongAxis, Padded, Permuted, Reshaped, Sliced
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.row import Array, Attributes, Linear, Primitive, same_dtype


def _infer_permute(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    axes: Shape = attrs["axes"]
    x = args[0]
    if sorted(axes) != list(range(len(x.shape))):
        raise ShapeError(name, [x.shape, axes], "a permutation of the axes")
    return tuple(x.shape[axis] for axis in axes), x.dtype


def _permute_transpose(node: Node, cotangent: Node, index: int) -> Node:
    axes = node.ints("axes")
    return permute(cotangent, axes=tuple(axes.index(axis) for axis in range(len(axes))))


def _evaluate_permute(node: Node, x: Array) -> Array:
    return np.transpose(x, node.ints("axes"))


permute = Primitive(
    "permute", "movement", 1, _infer_permute, _evaluate_permute, Linear(_permute_transpose),
    Permuted(), view=True, rounding=0.0,
)  # fmt: skip


def permuted(x: Node, axes: Shape) -> Node:
    """`x` with its axes in another order; itself where they are in this one."""
    return x if axes == tuple(range(len(axes))) else permute(x, axes=axes)


def _infer_reshape(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    if math.prod(attrs["shape"]) != args[0].size:
        raise ShapeError(name, [args[0].shape, attrs["shape"]], "as many elements as before")
    return attrs["shape"], args[0].dtype


def _evaluate_reshape(node: Node, x: Array) -> Array:
    return x.reshape(node.shape)


reshape = Primitive(
    "reshape", "movement", 1, _infer_reshape, _evaluate_reshape,
    Linear(lambda node, cotangent, _: reshape(cotangent, shape=node.args[0].shape)),
    Reshaped(), view=True, rounding=0.0,
)  # fmt: skip


def reshaped(x: Node, shape: Shape) -> Node:
    """`x` under another shape; itself where it has it."""
    return x if x.shape == shape else reshape(x, shape=shape)


# slice: element i of an axis of the result is element start + step * i of the operand.


def _infer_slice(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    starts: Shape = attrs["starts"]
    steps: Shape = attrs["steps"]
    sizes: Shape = attrs["sizes"]
    for extent, start, step, count in zip(args[0].shape, starts, steps, sizes, strict=True):
        last = start + step * (count - 1)
        if count and not (0 <= start < extent and 0 <= last < extent and step):
            raise ShapeError(name, [args[0].shape, (starts, steps, sizes)], "a range inside")
    return sizes, args[0].dtype


def basic_index(starts: Shape, steps: Shape, sizes: Shape) -> tuple[slice, ...]:
    """NumPy's index for a slice node."""
    index: list[slice] = []
    for start, step, count in zip(starts, steps, sizes, strict=True):
        stop = start + step * count
        index.append(slice(start, None if stop < 0 else stop, step) if count else slice(0, 0))
    return tuple(index)


def _evaluate_slice(node: Node, x: Array) -> Array:
    return x[basic_index(node.ints("starts"), node.ints("steps"), node.ints("sizes"))]


def _slice_transpose(node: Node, cotangent: Node, index: int) -> Node:
    starts, steps = node.ints("starts"), node.ints("steps")
    return pad(cotangent, shape=node.args[0].shape, starts=starts, steps=steps)


slice_ = Primitive(
    "slice", "movement", 1, _infer_slice, _evaluate_slice, Linear(_slice_transpose),
    Sliced(), view=True, rounding=0.0,
)  # fmt: skip


def slice_axis(x: Node, axis: int, start: int, count: int, step: int) -> Node:
    """A slice of one axis."""
    rank = len(x.shape)
    return slice_(
        x,
        starts=tuple(start if dim == axis else 0 for dim in range(rank)),
        steps=tuple(step if dim == axis else 1 for dim in range(rank)),
        sizes=tuple(count if dim == axis else extent for dim, extent in enumerate(x.shape)),
    )


# pad: the transpose of slice; zeros elsewhere.


def _infer_pad(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    return attrs["shape"], args[0].dtype


def _evaluate_pad(node: Node, x: Array) -> Array:
    result = np.zeros(node.shape, x.dtype)
    result[basic_index(node.ints("starts"), node.ints("steps"), x.shape)] = x
    return result


def _pad_transpose(node: Node, cotangent: Node, index: int) -> Node:
    starts, steps = node.ints("starts"), node.ints("steps")
    return slice_(cotangent, starts=starts, steps=steps, sizes=node.args[0].shape)


pad = Primitive(
    "pad", "movement", 1, _infer_pad, _evaluate_pad, Linear(_pad_transpose), Padded(), rounding=0.0
)


def differ_only_along(axis: int, one: Shape, other: Shape) -> bool:
    """Whether two shapes are equal but for one dimension."""
    return len(one) == len(other) and all(
        dim == axis or extent == other[dim] for dim, extent in enumerate(one)
    )


def _infer_concat(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    axis: int = attrs["axis"]
    first = args[0].shape
    if not all(differ_only_along(axis, arg.shape, first) for arg in args):
        raise ShapeError(
            name, [arg.shape for arg in args], f"shapes that differ only along axis {axis}"
        )
    total = sum(arg.shape[axis] for arg in args)
    return (*first[:axis], total, *first[axis + 1 :]), same_dtype(name, args)


def _evaluate_concat(node: Node, *arrays: Array) -> Array:
    return np.concatenate(arrays, axis=node.integer("axis"))


def _concat_transpose(node: Node, cotangent: Node, index: int) -> Node:
    axis = node.integer("axis")
    start = sum(arg.shape[axis] for arg in node.args[:index])
    return slice_axis(cotangent, axis, start, node.args[index].shape[axis], 1)


concat = Primitive(
    "concat", "movement", None, _infer_concat, _evaluate_concat, Linear(_concat_transpose),
    AlongAxis(), rounding=0.0,
)  # fmt: skip
