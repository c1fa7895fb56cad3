"""Reductions and running sums, as in the array API standard 2024.12.

`axis`: an integer, a tuple, or None for all. Sums and products of small integers and
bool have the default integer type, int64, or uint64 for unsigned ones. Half precisions
accumulate in float32.
"""

from __future__ import annotations

import builtins
import math

from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, as_dtype, bool_
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import Primitive, constant, size
from dovetail.language.elementwise import maximum, subtract
from dovetail.language.elementwise_builders import truth
from dovetail.language.functions import op
from dovetail.language.operands import (
    Operand,
    keep_dims,
    many_axes,
    one_axis,
    operand,
    promoted,
    reduced,
    static_int,
    unify,
    wrap,
)
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node, convert

__all__ = [
    "all", "any", "cumulative_prod", "cumulative_sum", "diff", "max", "mean", "min", "prod", "std",
    "sum", "var",
]  # fmt: skip

Axis = int | tuple[int, ...] | None


def _accumulator(dtype: DType) -> DType:
    """The type that sums of `dtype` have."""
    if dtype.is_floating:
        return dtype
    return dtypes.uint64 if dtype.kind == "u" else dtypes.DEFAULT_INT


def _count(x: Node, axes: tuple[int, ...]) -> int:
    return math.prod(x.shape[axis] for axis in axes)


def _average(x: Node, axes: tuple[int, ...]) -> Node:
    """The mean over axes; their size is a run-time value of the kernel."""
    total = structure.sum_(x, axes=axes) if axes else x
    return rows.divide(total, size(_count(x, axes), total.shape, total.dtype))


def _accumulated(x: Operand, dtype: object) -> tuple[Node, DType | None]:
    """The operand in the type of its sums; without `dtype`, weak where the operand is."""
    node, weak = operand(x)
    if dtype is not None:
        return convert(node, weak, as_dtype(dtype)), None
    return cast_node(node, _accumulator(node.dtype)), weak


@op
def sum(
    x: Operand, /, *, axis: Axis = None, dtype: object = None, keepdims: bool = False
) -> Tracer:
    """The sum over axes; 0 over none."""
    node, weak = _accumulated(x, dtype)
    axes = many_axes("sum", axis, len(node.shape))
    return wrap(reduced(structure.sum_, node, axes, keepdims), weak)


@op
def prod(
    x: Operand, /, *, axis: Axis = None, dtype: object = None, keepdims: bool = False
) -> Tracer:
    """The product over axes; 1 over none. Its gradient is right where factors are 0."""
    node, weak = _accumulated(x, dtype)
    axes = many_axes("prod", axis, len(node.shape))
    return wrap(reduced(structure.prod, node, axes, keepdims), weak)


@op
def mean(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Tracer:
    """The sum over axes, divided by the number of elements; NaN over none.

    Integers become float32; half precisions are averaged in float32 and rounded once.
    """
    node, weak = operand(x, floating=True)
    axes = many_axes("mean", axis, len(node.shape))
    result = _average(cast_node(node, node.dtype.compute), axes)
    return wrap(keep_dims(cast_node(result, node.dtype), axes, len(node.shape), keepdims), weak)


def _variance(node: Node, axes: tuple[int, ...], correction: Operand) -> Node:
    """The variance in the type that the arithmetic is carried out in."""
    wide = cast_node(node, node.dtype.compute)
    if not axes:
        centred = rows.subtract(wide, wide)
    else:
        mean = structure.restore(_average(wide, axes), wide.shape, axes)
        centred = rows.subtract(wide, mean)
    squares = rows.multiply(centred, centred)
    total = structure.sum_(squares, axes=axes) if axes else squares
    count = _count(node, axes)
    if isinstance(correction, (int, float)) and correction == int(correction):
        left = builtins.max(count - int(correction), 0)
        freedom = size(left, total.shape, total.dtype)
    else:
        number = wrap(size(count, total.shape, total.dtype))
        freedom = cast_node(maximum(subtract(number, correction), 0.0).node, total.dtype)
    return rows.multiply(total, rows.divide(1.0, freedom))


@op
def var(
    x: Operand, /, *, axis: Axis = None, correction: Operand = 0, keepdims: bool = False
) -> Tracer:
    """sum((x - mean)^2) / (n - correction) over axes, in two passes, which loses no digits.

    Integers become float32; half precisions are computed in float32. With n no larger
    than the correction: NaN or infinity, as in NumPy.
    """
    node, weak = operand(x, floating=True)
    axes = many_axes("var", axis, len(node.shape))
    result = cast_node(_variance(node, axes, correction), node.dtype)
    return wrap(keep_dims(result, axes, len(node.shape), keepdims), weak)


@op
def std(
    x: Operand, /, *, axis: Axis = None, correction: Operand = 0, keepdims: bool = False
) -> Tracer:
    """sqrt(var(x)), over axes. Its derivative is infinite or NaN where the variance is 0."""
    node, weak = operand(x, floating=True)
    axes = many_axes("std", axis, len(node.shape))
    result = cast_node(rows.sqrt(_variance(node, axes, correction)), node.dtype)
    return wrap(keep_dims(result, axes, len(node.shape), keepdims), weak)


@op
def max(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Tracer:
    """The maximum over axes. NaN is kept; ties share the gradient; empty axes raise."""
    node, weak = operand(x)
    axes = many_axes("max", axis, len(node.shape))
    return wrap(reduced(structure.max_, node, axes, keepdims), weak)


@op
def min(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Tracer:
    """The minimum over axes. NaN is kept; ties share the gradient; empty axes raise."""
    node, weak = operand(x)
    axes = many_axes("min", axis, len(node.shape))
    return wrap(reduced(structure.min_, node, axes, keepdims), weak)


def _quantify(name: str, row: Primitive, x: Operand, axis: Axis, keepdims: bool) -> Tracer:
    """`any` as a maximum, `all` as a minimum of truth values."""
    node = truth(unify(name, x).nodes[0])
    axes = many_axes(name, axis, len(node.shape))
    if _count(node, axes) == 0:
        shape = tuple(extent for dim, extent in enumerate(node.shape) if dim not in axes)
        empty = constant(row is structure.min_, shape, bool_)
        return wrap(keep_dims(empty, axes, len(node.shape), keepdims))
    return wrap(reduced(row, node, axes, keepdims))


@op
def any(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Tracer:
    """Whether some element is not 0, as bool, over axes; false over none. NaN counts as true."""
    return _quantify("any", structure.max_, x, axis, keepdims)


@op
def all(x: Operand, /, *, axis: Axis = None, keepdims: bool = False) -> Tracer:
    """Whether no element is 0, as bool, over axes; true over none. NaN counts as true."""
    return _quantify("all", structure.min_, x, axis, keepdims)


@op
def cumulative_prod(
    x: Operand, /, *, axis: int | None = None, dtype: object = None, include_initial: bool = False
) -> Tracer:
    """Running products along an axis, which may be left out in one dimension.

    Derivatives are right where factors are 0. `include_initial` puts a 1 before them, so that
    the axis grows by one.
    """
    node, along, weak = _scanned("cumulative_prod", x, axis, dtype)
    result = structure.cumulative_prod(node, axis=along, reverse=False, exclusive=False)
    return wrap(_preceded(result, along, 1) if include_initial else result, weak)


def _scanned(
    name: str, x: Operand, axis: int | None, dtype: object
) -> tuple[Node, int, DType | None]:
    """(operand in the type of the result, axis, weak dtype) of a running reduction."""
    node, weak = _accumulated(x, dtype)
    rank = len(node.shape)
    along = one_axis(name, 0 if axis is None and rank == 1 else axis, rank)
    return node, along, weak


def _preceded(node: Node, axis: int, value: int) -> Node:
    """`node` with an element of `value` before it."""
    shape = (*node.shape[:axis], 1, *node.shape[axis + 1 :])
    return structure.concat(constant(value, shape, node.dtype), node, axis=axis)


@op
def cumulative_sum(
    x: Operand, /, *, axis: int | None = None, dtype: object = None, include_initial: bool = False
) -> Tracer:
    """Running sums along an axis, which may be left out in one dimension.

    `include_initial` puts a 0 before them, so that the axis grows by one.
    """
    node, along, weak = _scanned("cumulative_sum", x, axis, dtype)
    result = structure.cumulative_sum(node, axis=along, reverse=False)
    return wrap(_preceded(result, along, 0) if include_initial else result, weak)


@op
def diff(
    x: Operand,
    /,
    *,
    axis: int = -1,
    n: int = 1,
    prepend: Operand | None = None,
    append: Operand | None = None,
) -> Tracer:
    """Each element less the one before it along an axis, `n` times over."""
    found = promoted(*(part for part in (prepend, x, append) if part is not None))
    nodes = list(found.nodes)
    along = one_axis("diff", axis, len(nodes[0].shape))
    node = structure.concat(*nodes, axis=along) if len(nodes) > 1 else nodes[0]
    for _ in range(static_int("diff", "n", n)):
        left = builtins.max(node.shape[along] - 1, 0)
        first = builtins.min(node.shape[along], 1)
        later = structure.slice_axis(node, along, first, left, 1)
        node = rows.subtract(later, structure.slice_axis(node, along, 0, left, 1))
    return wrap(node, found.weak)
