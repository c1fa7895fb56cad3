"""TensorFlow's functions for each primitive: the composite that XLA compiles.

Shapes and sizes in the nodes may be tensors, where they are not known before XLA runs
(composite.py). TensorFlow cannot raise under XLA: an element picked by an index out of range
is NaN, or 0 where its type has no NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from dovetail.graph.dtypes import DType, bool_
from dovetail.graph.node import Node
from dovetail.graph.primitives.indexing import counts_from_end
from dovetail.graph.primitives.scan import UNTIL
from dovetail.hosts.tensorflow.dtypes import THEIRS, ours
from dovetail.hosts.tensorflow.matrices import MATRIX_RULES
from dovetail.operations.composite import Rule, Step, Table, by_arrays


def cast(value: Any, dtype: DType) -> Any:
    """A conversion; of floats to integers it saturates, and NaN becomes 0."""
    given = ours(value.dtype)
    if not (given.is_floating and dtype.is_integer):
        return tf.cast(value, THEIRS[dtype])
    if given.compute is not given:
        value, given = tf.cast(value, tf.float32), given.compute
    limits = np.iinfo(dtype.numpy)
    low, high = (tf.constant(float(limit), value.dtype) for limit in (limits.min, limits.max))
    over, under = value >= high, value <= low
    inside = tf.where(over | under | tf.math.is_nan(value), tf.zeros_like(value), value)
    found = tf.cast(inside, THEIRS[dtype])
    found = tf.where(over, tf.constant(limits.max, THEIRS[dtype]), found)
    return tf.where(under, tf.constant(limits.min, THEIRS[dtype]), found)


# Elementwise work that TensorFlow has no single function for.


def _extremum(number: Any, truth: Any) -> Rule:
    return lambda node, x, y: (truth if node.dtype is bool_ else number)(x, y)


_BITS = {2: tf.int16, 4: tf.int32, 8: tf.int64}


def _signbit(x: Any) -> Any:
    return tf.bitcast(x, _BITS[x.dtype.size]) < 0


def _nextafter(node: Any, x: Any, y: Any) -> Any:
    """A step of the bits of the node's own type, of which those of positive numbers are ordered."""
    kind = THEIRS[node.dtype]
    start, end = tf.cast(x, kind), tf.cast(y, kind)
    bits = _BITS[kind.size]
    raw, target = tf.bitcast(start, bits), tf.bitcast(end, bits)
    one, sign = tf.ones_like(raw), tf.constant(bits.min, bits)
    away = tf.math.logical_xor(start < end, raw < 0)  # from 0
    least = tf.bitwise.bitwise_or(tf.bitwise.bitwise_and(target, sign), one)
    moved = tf.where(start == 0, least, tf.where(away, raw + one, raw - one))
    found = tf.where(start == end, end, tf.bitcast(moved, kind))
    lost = tf.math.is_nan(start) | tf.math.is_nan(end)
    return tf.cast(tf.where(lost, start + end, found), x.dtype)


def _scaled_log(base: float) -> Rule:
    return lambda node, x: tf.math.log(x) / tf.constant(math.log(base), x.dtype)


def _shift(function: Any, right: bool) -> Rule:
    def rule(node: Any, x: Any, y: Any) -> Any:
        bits = node.dtype.bits
        limit = tf.constant(bits - 1, y.dtype)
        large = y > limit
        shifted = function(x, tf.where(large, limit, y))
        last = shifted if right and node.dtype.kind == "i" else tf.zeros_like(x)
        return tf.where(large, last, shifted)

    return rule


# Leaves.


def _constant(node: Any) -> Any:
    dtype = THEIRS[node.dtype.compute]
    value = node.attr("value")
    number = tf.cast(value, dtype) if isinstance(value, tf.Tensor) else tf.constant(value, dtype)
    return tf.fill(_shape(node.shape), number)


def _iota(node: Any) -> Any:
    axis, rank = node.integer("axis"), len(node.shape)
    numbers = tf.cast(tf.range(node.shape[axis]), THEIRS[node.dtype])
    aligned = tf.reshape(numbers, _shape([-1 if dim == axis else 1 for dim in range(rank)]))
    return tf.broadcast_to(aligned, _shape(node.shape))


def _shape(sizes: Any) -> Any:
    """A shape as TensorFlow takes it; sizes may be tensors."""
    found = list(sizes)
    return tf.stack(found) if found and not all(type(n) is int for n in found) else (
        tf.constant(found, tf.int32)
    )  # fmt: skip


# Reductions and movement.


def _reduction(function: Any) -> Rule:
    return lambda node, x: function(x, axis=list(node.ints("axes")))


def _largest(function: Any, truth: Any) -> Rule:
    """A maximum or minimum; XLA's ignores NaN."""

    def rule(node: Any, x: Any) -> Any:
        axes = list(node.ints("axes"))
        if node.dtype is bool_:
            return truth(x, axis=axes)
        found = function(x, axis=axes)
        if not x.dtype.is_floating:
            return found
        lost = tf.reduce_any(tf.math.is_nan(x), axis=axes)
        return tf.where(lost, tf.constant(math.nan, x.dtype), found)

    return rule


def _broadcast(node: Any, x: Any) -> Any:
    aligned: list[Any] = [1] * len(node.shape)
    for extent, dim in zip(node.args[0].shape, node.ints("dims"), strict=True):
        aligned[dim] = extent
    return tf.broadcast_to(tf.reshape(x, _shape(aligned)), _shape(node.shape))


def _slice(node: Any, x: Any) -> Any:
    starts, steps, sizes = node.ints("starts"), node.ints("steps"), node.ints("sizes")
    if any(type(size) is int and size == 0 for size in sizes):
        return tf.zeros(_shape(sizes), x.dtype)
    if not sizes:
        return x
    lows = [s if k > 0 else s + k * (n - 1) for s, k, n in zip(starts, steps, sizes, strict=True)]
    spans = [abs(k) * (n - 1) + 1 for k, n in zip(steps, sizes, strict=True)]
    found = tf.slice(x, _shape(lows), _shape(spans))
    if any(abs(step) != 1 for step in steps):
        found = found[tuple(slice(None, None, abs(step)) for step in steps)]
    backwards = [dim for dim, step in enumerate(steps) if step < 0]
    return tf.reverse(found, backwards) if backwards else found


def _pad(node: Any, x: Any) -> Any:
    starts, steps, sizes = node.ints("starts"), node.ints("steps"), node.args[0].shape
    if not sizes:
        return x
    if any(type(size) is int and size == 0 for size in sizes):
        return tf.zeros(_shape(node.shape), x.dtype)
    backwards = [dim for dim, step in enumerate(steps) if step < 0]
    x = tf.reverse(x, backwards) if backwards else x
    spans = list(sizes)
    for dim, step in enumerate(steps):
        gap = abs(step)
        if gap != 1:  # zeros between the elements
            wide = tf.reshape(x, _shape([*spans[: dim + 1], 1, *spans[dim + 1 :]]))
            widths = [[0, 0]] * (dim + 1) + [[0, gap - 1]] + [[0, 0]] * (len(spans) - dim - 1)
            wide = tf.pad(wide, widths)
            spans[dim] = spans[dim] * gap
            x = tf.reshape(wide, _shape(spans))
            spans[dim] = spans[dim] - (gap - 1)
            x = tf.slice(x, [0] * len(spans), _shape(spans))
    lows = [s if k > 0 else s + k * (n - 1) for s, k, n in zip(starts, steps, sizes, strict=True)]
    highs = [total - low - n for total, low, n in zip(node.shape, lows, spans, strict=True)]
    return tf.pad(x, tf.stack([_shape(lows), _shape(highs)], axis=1))


# Indexing. TensorFlow's gather wants the axis last, after axes of batches.


def _wrapped(indices: Any, extent: Any) -> Any:
    wide = tf.cast(indices, tf.int64)
    return tf.where(wide < 0, wide + tf.cast(extent, tf.int64), wide)


def _last(x: Any, axis: int, rank: int) -> Any:
    """The axis moved to the end; `_axis_back` is the inverse."""
    order = [dim for dim in range(rank) if dim != axis]
    return x if axis == rank - 1 else tf.transpose(x, [*order, axis])


def _axis_back(x: Any, axis: int, rank: int) -> Any:
    order = list(range(rank - 1))
    order.insert(axis, rank - 1)
    return x if axis == rank - 1 else tf.transpose(x, order)


def _checked_index(node: Any, indices: Any) -> Any:
    extent = tf.cast(node.attr("extent"), tf.int64)
    index = _wrapped(indices, extent) if counts_from_end(node) else tf.cast(indices, tf.int64)
    # An index out of range becomes `extent`: a gather then gives NaN.
    index = tf.where((index < 0) | (index >= extent), extent, index)
    return tf.cast(index, THEIRS[node.dtype])


def _gather(node: Any, x: Any, indices: Any) -> Any:
    axis, rank = node.integer("axis"), len(node.shape)
    extent = node.args[0].shape[axis]
    index = _wrapped(indices, extent)
    inside = (index >= 0) & (index < tf.cast(extent, tf.int64))
    index = tf.where(inside, index, tf.zeros_like(index))
    found = tf.gather(
        _last(x, axis, rank), _last(index, axis, rank), axis=rank - 1, batch_dims=rank - 1
    )
    found = _axis_back(found, axis, rank)
    poison = float("nan") if node.dtype.is_floating else 0
    return tf.where(inside, found, tf.cast(poison, found.dtype))


def _scatter_add(node: Any, indices: Any, updates: Any) -> Any:
    axis, rank = node.integer("axis"), len(node.shape)
    extent = tf.cast(node.attr("extent"), tf.int64)
    index = _last(_wrapped(indices, extent), axis, rank)
    moved = _last(updates, axis, rank)
    shape = [size for dim, size in enumerate(node.shape) if dim != axis]
    count = tf.cast(tf.reduce_prod(_shape(shape)) if shape else 1, tf.int64)
    row = tf.reshape(tf.range(count) * extent, _shape([*shape, 1]))
    inside = (index >= 0) & (index < extent)
    flat = tf.where(inside, index + row, -tf.ones_like(index))
    total = tf.math.unsorted_segment_sum(
        tf.reshape(moved, [-1]), tf.reshape(flat, [-1]), count * extent
    )
    return _axis_back(tf.reshape(total, _shape([*shape, node.shape[axis]])), axis, rank)


def _scatter(function: Callable[..., Any]) -> Rule:
    """A scatter into an array; what is out of range goes into one more element at the end."""

    def rule(node: Any, x: Any, indices: Any, updates: Any) -> Any:
        axis, rank = node.integer("axis"), len(node.shape)
        moved = _last(x, axis, rank)
        sizes = tf.shape(moved, tf.int64)
        extent, count = sizes[-1], tf.reduce_prod(sizes[:-1])
        index = _last(_wrapped(indices, extent), axis, rank)
        first = tf.reshape(tf.range(count) * extent, tf.concat([sizes[:-1], [1]], axis=0))
        inside = (index >= 0) & (index < extent)
        place = tf.where(inside, index + first, count * extent)
        flat = tf.concat([tf.reshape(moved, [-1]), tf.zeros([1], moved.dtype)], axis=0)
        new = tf.reshape(_last(updates, axis, rank), [-1])
        found = function(flat, tf.reshape(place, [-1, 1]), new)[:-1]
        return _axis_back(tf.reshape(found, sizes), axis, rank)

    return rule


# Library calls.


def _matmul(node: Any, a: Any, b: Any) -> Any:
    small = not node.dtype.is_floating and node.dtype.bits < 32
    if small:
        return tf.cast(tf.matmul(tf.cast(a, tf.int32), tf.cast(b, tf.int32)), a.dtype)
    return tf.matmul(a, b)


def _argsort(node: Any, x: Any) -> Any:
    direction = "DESCENDING" if node.flag("descending") else "ASCENDING"
    found = tf.argsort(_sortable(x), node.integer("axis"), direction, stable=True)
    return tf.cast(found, tf.int64)


def _top_k(node: Any, x: Any) -> Any:
    axis, rank = node.integer("axis"), len(node.shape)
    order = tf.argsort(_sortable(_last(x, axis, rank)), -1, "DESCENDING", stable=True)
    return _axis_back(tf.cast(order[..., : node.attr("k")], tf.int64), axis, rank)


def _sortable(x: Any) -> Any:
    """Integers in the order of the values; NaN is the largest."""
    if not x.dtype.is_floating:
        return tf.cast(x, tf.int32) if x.dtype.size < 4 else x
    if x.dtype.size < 4:
        x = tf.cast(x, tf.float32)
    kind = tf.int32 if x.dtype.size == 4 else tf.int64
    bits = tf.bitcast(x + tf.zeros_like(x), kind)  # -0.0 + 0.0 is 0.0
    magnitude = tf.bitwise.bitwise_and(bits, tf.constant(kind.max, kind))
    ordered = tf.where(bits < 0, -magnitude, magnitude)
    return tf.where(tf.math.is_nan(x), tf.constant(kind.max, kind), ordered)


_DIRECT: dict[str, Any] = {
    "add": tf.add, "subtract": tf.subtract, "multiply": tf.multiply, "divide": tf.math.truediv,
    "power": tf.pow, "floor_divide": tf.math.floordiv, "remainder": tf.math.floormod,
    "absolute": tf.abs, "atan2": tf.math.atan2,
    "floor": tf.math.floor, "ceil": tf.math.ceil, "round": tf.round,
    "sqrt": tf.sqrt, "rsqrt": tf.math.rsqrt, "exp": tf.exp, "expm1": tf.math.expm1,
    "log": tf.math.log, "log1p": tf.math.log1p, "sigmoid": tf.sigmoid,
    "sin": tf.sin, "cos": tf.cos, "tan": tf.tan, "asin": tf.asin, "acos": tf.acos,
    "atan": tf.atan, "cosh": tf.cosh, "tanh": tf.tanh,
    "asinh": tf.asinh, "acosh": tf.acosh, "atanh": tf.atanh,
    "erf": tf.math.erf, "erfc": tf.math.erfc,
    "equal": tf.equal, "not_equal": tf.not_equal, "less": tf.less,
    "less_equal": tf.less_equal, "greater": tf.greater, "greater_equal": tf.greater_equal,
    "logical_and": tf.logical_and, "logical_or": tf.logical_or,
    "logical_xor": tf.math.logical_xor, "logical_not": tf.logical_not,
    "bitwise_and": tf.bitwise.bitwise_and, "bitwise_or": tf.bitwise.bitwise_or,
    "bitwise_xor": tf.bitwise.bitwise_xor, "bitwise_not": tf.bitwise.invert,
    "signbit": _signbit, "select": tf.where,
}  # fmt: skip

RULES: dict[str, Rule] = {
    **{name: by_arrays(function) for name, function in _DIRECT.items()},
    "negative": lambda node, x: tf.zeros_like(x) - x if node.dtype.kind == "u" else tf.negative(x),
    "maximum": _extremum(tf.maximum, tf.logical_or),
    "minimum": _extremum(tf.minimum, tf.logical_and),
    "sign": lambda node, x: tf.cast(x > 0, x.dtype) if node.dtype.kind == "u" else tf.sign(x),
    "copysign": lambda node, x, y: tf.where(_signbit(y), -tf.abs(x), tf.abs(x)),
    "nextafter": _nextafter,
    "trunc": lambda node, x: tf.where(_signbit(x), tf.math.ceil(x), tf.math.floor(x)),
    # XLA's is too inaccurate in float32.
    "sinh": lambda node, x: tf.cast(tf.sinh(tf.cast(x, tf.float64)), x.dtype),
    "exp2": lambda node, x: tf.pow(tf.constant(2.0, x.dtype), x),
    "log2": _scaled_log(2.0),
    "log10": _scaled_log(10.0),
    "shift_left": _shift(tf.bitwise.left_shift, False),
    "shift_right": _shift(tf.bitwise.right_shift, True),
    "cast": lambda node, x: cast(x, node.dtype),
    "constant": _constant,
    "size": _constant,
    "literal": lambda node: tf.constant(node.attr("array").value, THEIRS[node.dtype]),
    "iota": _iota,
    "sum": _reduction(tf.reduce_sum),
    "prod": _reduction(tf.reduce_prod),
    "max": _largest(tf.reduce_max, tf.reduce_any),
    "min": _largest(tf.reduce_min, tf.reduce_all),
    "cumulative_sum": lambda node, x: tf.cumsum(
        x, axis=node.integer("axis"), reverse=node.flag("reverse")
    ),
    "cumulative_prod": lambda node, x: tf.math.cumprod(
        x,
        axis=node.integer("axis"),
        exclusive=node.flag("exclusive"),
        reverse=node.flag("reverse"),
    ),
    "broadcast": _broadcast,
    "permute": lambda node, x: tf.transpose(x, list(node.ints("axes"))),
    "reshape": lambda node, x: tf.reshape(x, _shape(node.shape)),
    "slice": _slice,
    "pad": _pad,
    "concat": lambda node, *values: tf.concat(values, node.integer("axis")),
    "checked_index": _checked_index,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "scatter_set": _scatter(tf.tensor_scatter_nd_update),
    "scatter_max": _scatter(tf.tensor_scatter_nd_max),
    "scatter_min": _scatter(tf.tensor_scatter_nd_min),
    "matmul": _matmul,
    "argsort": _argsort,
    "top_k": _top_k,
    **MATRIX_RULES,
}


def _loop(node: Any, step: Step, carries: list[Any], xs: list[Any]) -> Sequence[Any]:
    """A loop of the graph, over arrays of tensors."""
    length, reverse = node.integer("length"), node.flag("reverse")
    if isinstance(length, int) and length == UNTIL:
        return tf.while_loop(
            lambda goes_on, *rest: goes_on, lambda *carried: step(carried, ())[0], carries
        )
    body = node.attr("body")
    outputs = body.outputs[body.carries :]
    known = isinstance(node, Node)  # else sizes are tensors
    stacks = [
        tf.TensorArray(THEIRS[y.dtype], length, element_shape=y.shape if known else None)
        for y in outputs
    ]

    def advance(count: Any, carried: Any, made: Any) -> Any:
        at = length - 1 - count if reverse else count
        after, ys = step(carried, [tf.gather(x, at) for x in xs])
        return count + 1, after, [array.write(at, y) for array, y in zip(made, ys, strict=True)]

    _, last, made = tf.while_loop(
        lambda count, carried, made: count < length, advance,
        (tf.constant(0), carries, stacks), maximum_iterations=length,
    )  # fmt: skip
    return [*last, *(array.stack() for array in made)]


TABLE = Table(RULES, cast, _loop)
