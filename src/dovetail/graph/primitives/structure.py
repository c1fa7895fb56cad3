"""Rows of the primitives that reduce, move, index, and multiply matrices.

Reductions drop their axes; `broadcast` puts dimensions back. Almost everything here
is linear, and its derivative is its transpose: sum and broadcast, slice and place,
gather and scatter_add are pairs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dovetail.errors import ShapeError
from dovetail.graph.dtypes import DType, int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.elementwise import (
    add,
    divide,
    equal,
    less,
    multiply,
    select,
)
from dovetail.graph.primitives.row import (
    Array,
    Expand,
    Linear,
    Partials,
    Primitive,
    constant,
    require_kind,
    same_dtype,
    size,
)

Attributes = dict[str, Any]

# Reductions. Attribute: axes, a sorted tuple.


def _reduced(shape: Shape, axes: tuple[int, ...]) -> Shape:
    return tuple(extent for axis, extent in enumerate(shape) if axis not in axes)


def _infer_reduction(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    axes: tuple[int, ...] = attrs["axes"]
    shape = args[0].shape
    if list(axes) != sorted(set(axes)) or any(not 0 <= axis < len(shape) for axis in axes):
        raise ShapeError(name, [shape, axes], "sorted, distinct axes of the operand")
    if name in ("max", "min") and any(shape[axis] == 0 for axis in axes):
        raise ShapeError(
            f"{name} over axes {axes}", [shape], "at least one element (there is no identity)"
        )
    return _reduced(shape, axes), args[0].dtype


def restore(reduced: Node, shape: Shape, axes: tuple[int, ...]) -> Node:
    """A reduced value, broadcast back over the axes it was reduced over."""
    kept = tuple(axis for axis in range(len(shape)) if axis not in axes)
    return broadcast(reduced, shape=shape, dims=kept)


def _sum_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return restore(cotangent, node.args[0].shape, node.attr("axes"))


def _evaluate_sum(node: Node, x: Array) -> Array:
    return np.sum(x, axis=node.attr("axes"), dtype=x.dtype)


sum_ = Primitive(
    "sum", "reduction", 1, _infer_reduction, _evaluate_sum, Linear(_sum_transpose)
)


def _product_tree(node: Node) -> Node:
    """The product by halves: multiplications only, so that zeros are right to every order."""
    x = node.args[0]
    for axis in reversed(node.attr("axes")):
        extent = x.shape[axis]
        if extent == 0:
            x = constant(1.0, _reduced(x.shape, (axis,)), x.dtype)
            continue
        while extent > 1:
            half = extent // 2
            paired = multiply(
                slice_axis(x, axis, 0, half, 1), slice_axis(x, axis, half, half, 1)
            )
            if extent % 2:
                paired = concat(paired, slice_axis(x, axis, extent - 1, 1, 1), axis=axis)
            x, extent = paired, half + extent % 2
        x = reshape(x, shape=_reduced(x.shape, (axis,)))
    return x


def _evaluate_prod(node: Node, x: Array) -> Array:
    return np.prod(x, axis=node.attr("axes"), dtype=x.dtype)


prod = Primitive("prod", "reduction", 1, _infer_reduction, _evaluate_prod, Expand(_product_tree))


def _extremum_weight(out: Node, x: Node, axes: tuple[int, ...]) -> Node:
    """1 where the extremum is taken, shared between ties."""
    taken = equal(x, restore(out, x.shape, axes))
    one, zero = (constant(value, x.shape, x.dtype) for value in (1.0, 0.0))
    weight = select(taken, one, zero)
    return divide(weight, restore(sum_(weight, axes=axes), x.shape, axes))


def reduction_weight(node: Node) -> Node:
    """d out / d x of a reduction that is a weighted sum of small changes."""
    return _extremum_weight(node, node.args[0], node.attr("axes"))


def _evaluate_max(node: Node, x: Array) -> Array:
    return np.max(x, axis=node.attr("axes"))


def _evaluate_min(node: Node, x: Array) -> Array:
    return np.min(x, axis=node.attr("axes"))


_weighted = Partials(lambda out, x: (reduction_weight(out),))
max_ = Primitive(
    "max", "reduction", 1, _infer_reduction, _evaluate_max, _weighted,
    source="NaN propagates; ties share the gradient",
)  # fmt: skip
min_ = Primitive(
    "min", "reduction", 1, _infer_reduction, _evaluate_min, _weighted,
    source="NaN propagates; ties share the gradient",
)  # fmt: skip


def _infer_cumulative(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args, "fiu")
    return args[0].shape, args[0].dtype


def _evaluate_cumulative_sum(node: Node, x: Array) -> Array:
    axis = node.attr("axis")
    if node.attr("reverse"):
        return np.flip(np.cumsum(np.flip(x, axis), axis=axis, dtype=x.dtype), axis)
    return np.cumsum(x, axis=axis, dtype=x.dtype)


def _cumulative_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return cumulative_sum(cotangent, axis=node.attr("axis"), reverse=not node.attr("reverse"))


cumulative_sum = Primitive(
    "cumulative_sum", "scan", 1, _infer_cumulative, _evaluate_cumulative_sum,
    Linear(_cumulative_transpose),
)  # fmt: skip

# Movement.


def _infer_broadcast(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    shape, dims = attrs["shape"], attrs["dims"]
    x = args[0]
    fits = len(dims) == len(x.shape) and list(dims) == sorted(set(dims))
    if not fits or any(
        extent not in (1, shape[dim]) for extent, dim in zip(x.shape, dims, strict=True)
    ):
        raise ShapeError(name, [x.shape, shape], f"an operand that fits dimensions {dims}")
    return shape, x.dtype


def _evaluate_broadcast(node: Node, x: Array) -> Array:
    shape, dims = node.attr("shape"), node.attr("dims")
    aligned = [1] * len(shape)
    for extent, dim in zip(x.shape, dims, strict=True):
        aligned[dim] = extent
    return np.broadcast_to(x.reshape(aligned), shape)


def _broadcast_transpose(node: Node, cotangent: Node, index: int) -> Node:
    x, dims, shape = node.args[0], node.attr("dims"), node.attr("shape")
    kept = {dim for dim, extent in zip(dims, x.shape, strict=True) if extent == shape[dim]}
    axes = tuple(axis for axis in range(len(shape)) if axis not in kept)
    reduced = sum_(cotangent, axes=axes) if axes else cotangent
    return reduced if reduced.shape == x.shape else reshape(reduced, shape=x.shape)


broadcast = Primitive(
    "broadcast", "movement", 1, _infer_broadcast, _evaluate_broadcast, Linear(_broadcast_transpose)
)


def _infer_permute(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    axes, x = attrs["axes"], args[0]
    if sorted(axes) != list(range(len(x.shape))):
        raise ShapeError(name, [x.shape, axes], "a permutation of the axes")
    return tuple(x.shape[axis] for axis in axes), x.dtype


def _permute_transpose(node: Node, cotangent: Node, index: int) -> Node:
    axes = node.attr("axes")
    return permute(cotangent, axes=tuple(axes.index(axis) for axis in range(len(axes))))


def _evaluate_permute(node: Node, x: Array) -> Array:
    return np.transpose(x, node.attr("axes"))


permute = Primitive(
    "permute", "movement", 1, _infer_permute, _evaluate_permute, Linear(_permute_transpose)
)


def _infer_reshape(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    if math.prod(attrs["shape"]) != args[0].size:
        raise ShapeError(name, [args[0].shape, attrs["shape"]], "as many elements as before")
    return attrs["shape"], args[0].dtype


def _evaluate_reshape(node: Node, x: Array) -> Array:
    return x.reshape(node.shape)


def _reshape_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return reshape(cotangent, shape=node.args[0].shape)


reshape = Primitive(
    "reshape", "movement", 1, _infer_reshape, _evaluate_reshape, Linear(_reshape_transpose)
)

# slice: element i of an axis of the result is element start + step * i of the operand.


def _infer_slice(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    starts, steps, sizes = attrs["starts"], attrs["steps"], attrs["sizes"]
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
    return x[basic_index(node.attr("starts"), node.attr("steps"), node.attr("sizes"))]


def _slice_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return place(
        cotangent,
        shape=node.args[0].shape,
        starts=node.attr("starts"),
        steps=node.attr("steps"),
    )


slice_ = Primitive(
    "slice", "movement", 1, _infer_slice, _evaluate_slice, Linear(_slice_transpose)
)


def slice_axis(x: Node, axis: int, start: int, count: int, step: int) -> Node:
    """A slice of one axis."""
    rank = len(x.shape)
    return slice_(
        x,
        starts=tuple(start if dim == axis else 0 for dim in range(rank)),
        steps=tuple(step if dim == axis else 1 for dim in range(rank)),
        sizes=tuple(count if dim == axis else extent for dim, extent in enumerate(x.shape)),
    )


# place: the transpose of slice; zeros elsewhere.


def _infer_place(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    return attrs["shape"], args[0].dtype


def _evaluate_place(node: Node, x: Array) -> Array:
    result = np.zeros(node.shape, x.dtype)
    result[basic_index(node.attr("starts"), node.attr("steps"), x.shape)] = x
    return result


def _place_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return slice_(
        cotangent,
        starts=node.attr("starts"),
        steps=node.attr("steps"),
        sizes=node.args[0].shape,
    )


place = Primitive("place", "movement", 1, _infer_place, _evaluate_place, Linear(_place_transpose))


def _infer_concat(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    axis = attrs["axis"]
    first = args[0].shape
    for arg in args:
        same = len(arg.shape) == len(first) and all(
            dim == axis or extent == first[dim] for dim, extent in enumerate(arg.shape)
        )
        if not same:
            raise ShapeError(
                name, [arg.shape for arg in args], f"shapes that differ only along axis {axis}"
            )
    total = sum(arg.shape[axis] for arg in args)
    return (*first[:axis], total, *first[axis + 1 :]), same_dtype(name, args)


def _evaluate_concat(node: Node, *arrays: Array) -> Array:
    return np.concatenate(arrays, axis=node.attr("axis"))


def _concat_transpose(node: Node, cotangent: Node, index: int) -> Node:
    axis = node.attr("axis")
    start = sum(arg.shape[axis] for arg in node.args[:index])
    return slice_axis(cotangent, axis, start, node.args[index].shape[axis], 1)


concat = Primitive(
    "concat", "movement", None, _infer_concat, _evaluate_concat, Linear(_concat_transpose)
)

# Indexing.


def _infer_iota(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    return attrs["shape"], attrs["dtype"]


def _evaluate_iota(node: Node) -> Array:
    shape, axis = node.shape, node.attr("axis")
    aligned = [1] * len(shape)
    aligned[axis] = shape[axis]
    return np.broadcast_to(np.arange(shape[axis]).reshape(aligned), shape).astype(node.dtype.numpy)


iota = Primitive("iota", "indexing", 0, _infer_iota, _evaluate_iota)

# gather: out[.., j, ..] = x[.., indices[.., j, ..], ..]; the indices have the result's shape.
# A negative index counts from the end; an index outside raises.


def _infer_gather(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    x, indices = args
    axis = attrs["axis"]
    require_kind(name, (indices,), "iu")
    if len(x.shape) != len(indices.shape) or any(
        dim != axis and extent != indices.shape[dim] for dim, extent in enumerate(x.shape)
    ):
        raise ShapeError(
            name, [x.shape, indices.shape], f"shapes that differ only along axis {axis}"
        )
    return indices.shape, x.dtype


def _evaluate_gather(node: Node, x: Array, indices: Array) -> Array:
    return np.take_along_axis(x, indices.astype(np.int64), axis=node.attr("axis"))


def _gather_transpose(node: Node, cotangent: Node, index: int) -> Node:
    x, indices = node.args
    axis = node.attr("axis")
    if indices.shape[axis] == 1:  # one index: a comparison, which fuses with its neighbours
        position = iota(shape=x.shape, axis=axis, dtype=indices.dtype)
        wrapped = select(less(indices, 0), add(indices, extent_of(x, axis, indices)), indices)
        dims = tuple(range(len(x.shape)))
        zero = constant(0.0, x.shape, node.dtype)
        hit = equal(position, broadcast(wrapped, shape=x.shape, dims=dims))
        return select(hit, broadcast(cotangent, shape=x.shape, dims=dims), zero)
    return scatter_add(indices, cotangent, axis=axis, extent=x.shape[axis])


def extent_of(x: Node, axis: int, like: Node) -> Node:
    """The size of an axis as a value of the shape and type of `like`."""
    return size(x.shape[axis], like.shape, like.dtype)


gather = Primitive(
    "gather", "indexing", 2, _infer_gather, _evaluate_gather,
    Linear(_gather_transpose, linear=(0,)),
)  # fmt: skip

# scatter_add: zeros of `extent` along the axis, to which the updates are added at the indices.


def _infer_scatter(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    indices, updates = args
    axis = attrs["axis"]
    require_kind(name, (indices,), "iu")
    if indices.shape != updates.shape:
        raise ShapeError(name, [indices.shape, updates.shape], "indices and updates of one shape")
    shape = updates.shape
    return (*shape[:axis], attrs["extent"], *shape[axis + 1 :]), updates.dtype


def _evaluate_scatter(node: Node, indices: Array, updates: Array) -> Array:
    axis = node.attr("axis")
    result = np.zeros(node.shape, updates.dtype)
    position = list(np.indices(indices.shape, sparse=True))
    position[axis] = indices.astype(np.int64)
    np.add.at(result, tuple(position), updates)
    return result


def _scatter_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return gather(cotangent, node.args[0], axis=node.attr("axis"))


scatter_add = Primitive(
    "scatter_add", "indexing", 2, _infer_scatter, _evaluate_scatter,
    Linear(_scatter_transpose, linear=(1,)),
)  # fmt: skip

# Library calls.


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
    Linear(_matmul_transpose, jointly=False),
)  # fmt: skip


def _infer_argsort(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    return args[0].shape, int64


def evaluate_argsort(node: Node, x: Array) -> Array:
    """Stable, NaN last (first where descending), as the array API's sort."""
    axis = node.attr("axis")
    keys = x.astype(np.float32) if x.dtype.kind not in "fiub" else x
    if not node.attr("descending"):
        return np.argsort(keys, axis=axis, kind="stable")
    extent = x.shape[axis]
    flipped = np.argsort(np.flip(keys, axis), axis=axis, kind="stable")
    return np.flip(extent - 1 - flipped, axis)


argsort = Primitive("argsort", "library", 1, _infer_argsort, evaluate_argsort)

ROWS: tuple[Primitive, ...] = (
    sum_, prod, max_, min_, cumulative_sum,
    broadcast, permute, reshape, slice_, place, concat,
    iota, gather, scatter_add, matmul, argsort,
)  # fmt: skip
