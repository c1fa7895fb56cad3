"""Functions that make arrays, as in the array API standard 2024.12.

Those without an array argument work only inside a trace. `device` is accepted and ignored. The
default dtypes are float32 and int64.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError, TraceError, described
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, as_dtype, int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import constant, size
from dovetail.language.functions import creation, op, query
from dovetail.language.operands import (
    KNOWN,
    Operand,
    Unified,
    array,
    broadcast_node,
    classify,
    has_array,
    is_array,
    one_axis,
    operand,
    promoted,
    require_matrices,
    scalar_node,
    static,
    static_int,
    static_ints,
    wrap,
)
from dovetail.language.scope import running
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node, convert, holds_float64

__all__ = [
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like",
    "linspace", "meshgrid", "one_hot", "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip

Extents = int | tuple[int, ...]


def _dtype(dtype: object, default: DType) -> DType:
    return default if dtype is None else as_dtype(dtype)


@creation
@static("shape")
def zeros(shape: Extents, *, dtype: object = None, device: object = None) -> Tracer:
    """Zeros of a shape, a tuple of sizes or one size; float32 by default."""
    return full(shape, 0, dtype=_dtype(dtype, dtypes.DEFAULT_FLOAT))


@creation
@static("shape")
def ones(shape: Extents, *, dtype: object = None, device: object = None) -> Tracer:
    """Ones of a shape, a tuple of sizes or one size; float32 by default."""
    return full(shape, 1, dtype=_dtype(dtype, dtypes.DEFAULT_FLOAT))


@creation
@static("shape")
def empty(shape: Extents, *, dtype: object = None, device: object = None) -> Tracer:
    """Zeros of a shape: results are always determined."""
    return zeros(shape, dtype=dtype)


@creation
@static("shape")
def full(
    shape: Extents, fill_value: Operand, *, dtype: object = None, device: object = None
) -> Tracer:
    """A shape with one value everywhere, of its dtype; a number is weak (float32 or int64)."""
    extents = static_ints("full", "shape", shape)
    if any(extent < 0 for extent in extents):
        raise ArgumentError("full", "shape", shape, "extents of 0 or more")
    node, weak = _converted(fill_value, dtype)
    return wrap(broadcast_node(node, extents), weak)


def _converted(value: Operand, dtype: object) -> tuple[Node, DType | None]:
    """The node of a value in a dtype; without one, with its weak dtype."""
    known, weak = classify(value, running())
    if dtype is None:
        return operand(value)
    if not isinstance(known, Node):
        return scalar_node(known, (), as_dtype(dtype)), None
    return convert(known, weak, as_dtype(dtype)), None


@op
def zeros_like(x: Operand, /, *, dtype: object = None, device: object = None) -> Tracer:
    """Zeros of the shape and dtype of `x`."""
    return full_like(x, 0, dtype=dtype)


@op
def ones_like(x: Operand, /, *, dtype: object = None, device: object = None) -> Tracer:
    """Ones of the shape and dtype of `x`."""
    return full_like(x, 1, dtype=dtype)


@op
def empty_like(x: Operand, /, *, dtype: object = None, device: object = None) -> Tracer:
    """Zeros of the shape and dtype of `x`."""
    return full_like(x, 0, dtype=dtype)


@op
@static("fill_value")
def full_like(
    x: Operand, /, fill_value: Operand, *, dtype: object = None, device: object = None
) -> Tracer:
    """One value everywhere, of the shape and dtype of `x`."""
    node, weak = operand(x)
    if dtype is not None or weak is None:
        return full(node.shape, fill_value, dtype=_dtype(dtype, node.dtype))
    value, _ = _converted(fill_value, node.dtype)
    return wrap(broadcast_node(value, node.shape), weak)


def _number(function: str, argument: str, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ArgumentError(function, argument, value, "a Python number", KNOWN)
    return value.item() if isinstance(value, np.generic) else value  # pyright: ignore


@creation
@static("start")
def arange(
    start: int | float,
    /,
    stop: int | float | None = None,
    step: int | float = 1,
    *,
    dtype: object = None,
    device: object = None,
) -> Tracer:
    """start, start + step, ... below `stop`: (n,); with one argument 0, 1, ... below it.

    int64 where all numbers are integers, else float32.
    """
    first = _number("arange", "start", start)
    last = first if stop is None else _number("arange", "stop", stop)
    first = 0 if stop is None else first
    stride = _number("arange", "step", step)
    if stride == 0:
        raise ArgumentError("arange", "step", step, "a number that is not 0")
    whole = all(isinstance(number, int) for number in (first, last, stride))
    target = _dtype(dtype, int64 if whole else dtypes.DEFAULT_FLOAT)
    count = max(0, -((first - last) // stride) if whole else math.ceil((last - first) / stride))
    working = target if whole or target.is_floating else dtypes.float64
    node = structure.iota(shape=(count,), axis=0, dtype=working)
    if stride != 1:
        node = rows.multiply(node, scalar_node(stride, node.shape, working))
    if first != 0:
        node = rows.add(node, scalar_node(first, node.shape, working))
    return wrap(cast_node(node, target))


@creation
@static("start", "stop", "num")
def linspace(
    start: float,
    stop: float,
    /,
    num: int,
    *,
    dtype: object = None,
    device: object = None,
    endpoint: bool = True,
) -> Tracer:
    """(num,): numbers at equal distances from `start` to `stop`, which is met exactly."""
    first, last = _number("linspace", "start", start), _number("linspace", "stop", stop)
    count = static_int("linspace", "num", num)
    if count < 0:
        raise ArgumentError("linspace", "num", num, "0 or more")
    target = _dtype(dtype, dtypes.DEFAULT_FLOAT)
    working = target if target.is_floating else dtypes.float64
    position = structure.iota(shape=(count,), axis=0, dtype=working)
    parts = size(max(count - 1 if endpoint else count, 1), (count,), working)
    rise = rows.multiply(rows.divide(position, parts), float(last) - float(first))
    node = rows.add(rise, scalar_node(float(first), (count,), working))
    if endpoint and count > 1:
        at_end = rows.equal(position, parts)
        node = rows.select(at_end, scalar_node(float(last), (count,), working), node)
    return wrap(cast_node(node, target))


def _diagonal(shape: Shape, k: int) -> tuple[Node, Node]:
    """The row plus `k`, and the column, of each element of the matrices of `shape`."""
    rank = len(shape)
    row = structure.iota(shape=shape, axis=rank - 2, dtype=int64)
    column = structure.iota(shape=shape, axis=rank - 1, dtype=int64)
    return (rows.add(row, k) if k else row), column


@creation
@static("n_rows")
def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: object = None,
    device: object = None,
) -> Tracer:
    """A matrix with ones on the diagonal `k` above the main one, zeros elsewhere."""
    height = static_int("eye", "n_rows", n_rows)
    width = height if n_cols is None else static_int("eye", "n_cols", n_cols)
    row, column = _diagonal((height, width), static_int("eye", "k", k))
    return wrap(cast_node(rows.equal(row, column), _dtype(dtype, dtypes.DEFAULT_FLOAT)))


def _triangle(name: str, x: Operand, k: int, lower: bool) -> Tracer:
    node, weak = operand(x)
    require_matrices(name, node)
    row, column = _diagonal(node.shape, static_int(name, "k", k))
    kept = (rows.less_equal if lower else rows.greater_equal)(column, row)
    return wrap(rows.select(kept, node, constant(0, node.shape, node.dtype)), weak)


@op
def tril(x: Operand, /, *, k: int = 0) -> Tracer:
    """The matrices of `x`, zero above the diagonal `k`."""
    return _triangle("tril", x, k, lower=True)


@op
def triu(x: Operand, /, *, k: int = 0) -> Tracer:
    """The matrices of `x`, zero below the diagonal `k`."""
    return _triangle("triu", x, k, lower=False)


@op
def meshgrid(*arrays_: Operand, indexing: str = "xy") -> tuple[Tracer, ...]:
    """Coordinates of a grid: array i, laid along axis i (the first two swapped for "xy")."""
    if indexing not in ("xy", "ij"):
        raise ArgumentError("meshgrid", "indexing", indexing, '"xy" or "ij"')
    found = promoted(*arrays_) if arrays_ else Unified((), None)
    nodes = found.nodes
    if any(len(node.shape) != 1 for node in nodes):
        raise ShapeError("meshgrid", [node.shape for node in nodes], "arrays of one dimension")
    axes = list(range(len(nodes)))
    if indexing == "xy" and len(nodes) > 1:
        axes[:2] = [1, 0]
    shape = tuple(nodes[axes.index(dim)].shape[0] for dim in range(len(nodes)))
    return tuple(
        wrap(structure.broadcast(node, shape=shape, dims=(axis,)), found.weak)
        for node, axis in zip(nodes, axes, strict=True)
    )


@op
def asarray(
    x: Any, /, *, dtype: object = None, device: object = None, copy: bool | None = None
) -> Tracer:
    """An array of a tracer, a NumPy array, a Python scalar, or nested lists of scalars. Any shape.

    NumPy's arrays and numbers keep their dtype. Without `dtype`, lists of Python floats
    become float32, of integers int64, and a Python number stays weak, as in JAX.
    """
    if not is_array(x):
        listed: Any = np.asarray(x)
        plain = listed.size == 0 or (listed.dtype == np.float64 and not holds_float64(x))
        with np.errstate(over="ignore"):
            x = listed.astype(np.float32) if plain and dtype is None else listed
    node, weak = _converted(x, dtype)
    return wrap(node, weak)


@query
def from_dlpack(x: Any, /, *, device: object = None, copy: bool | None = None) -> Any:
    """The array of any object with `__dlpack__`, over the same memory unless `copy` is true.

    Any shape and dtype. An array of a framework is returned as it is; another object becomes a
    NumPy array.
    """
    if isinstance(x, Tracer):
        raise TraceError(
            f"{x} has no memory while it is being traced", "an array",
            "use the traced array itself",
        )  # fmt: skip
    if has_array(x):
        return deepcopy(x) if copy else x
    if not hasattr(x, "__dlpack__"):
        raise ArgumentError("from_dlpack", "x", described(x), "an object with __dlpack__")
    given = np.from_dlpack(x)
    return given.copy() if copy else given


@op
@static("num_classes")
def one_hot(x: Operand, /, num_classes: int, *, axis: int = -1, dtype: object = None) -> Tracer:
    """1 at the class that an integer names, else 0, along a new axis of `num_classes`.

    float32 by default. An integer outside 0 to num_classes - 1 gives zeros only, as in JAX.
    """
    node = array(x)
    if not node.dtype.is_integer:
        raise ArgumentError(
            "one_hot", "x", node.dtype, "integers", "convert it with dt.astype(x, dt.int64)"
        )
    count = static_int("one_hot", "num_classes", num_classes)
    rank = len(node.shape) + 1
    along = one_axis("one_hot", axis, rank)
    shape = (*node.shape[:along], count, *node.shape[along:])
    dims = tuple(dim for dim in range(rank) if dim != along)
    given = structure.broadcast(cast_node(node, int64), shape=shape, dims=dims)
    hit = rows.equal(given, structure.iota(shape=shape, axis=along, dtype=int64))
    return wrap(cast_node(hit, _dtype(dtype, dtypes.DEFAULT_FLOAT)))
