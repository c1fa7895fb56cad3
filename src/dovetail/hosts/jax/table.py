"""The primitives in JAX's own functions.

Rules run with 64-bit types on (lowering.py), so that every value has exactly its node's type;
outputs are narrowed to 32 bits where JAX is set to that.

An index that is out of range cannot raise here: gathered floating values are NaN there, and
integers the smallest of their type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node
from dovetail.graph.primitives.indexing import counts_from_end
from dovetail.graph.primitives.scan import UNTIL
from dovetail.graph.primitives.structure import basic_index
from dovetail.hosts.jax.library_calls import COMPOSITE_CALLS
from dovetail.operations.composite import Rule, Step, Table, by_arrays


def cast(value: Any, dtype: DType) -> Any:
    """The value in another type; values out of range saturate (graph/primitives)."""
    target = dtype.numpy
    if value.dtype == target:
        return value
    if dtype.is_integer and jnp.issubdtype(value.dtype, jnp.floating):
        limits = np.iinfo(target)
        low, high = float(limits.min), float(limits.max)
        wide = value.astype(np.float64) if limits.bits > 16 else value.astype(np.float32)
        inside = lax.convert_element_type(jnp.where((wide < high) & (wide >= low), wide, 0), target)
        # As numbers of Python, the limits of uint64 would not fit into JAX's integers.
        found = jnp.where(wide >= high, target.type(limits.max), inside)
        return jnp.where(wide < low, target.type(limits.min), found)
    return lax.convert_element_type(value, target)


def _constant(node: Node) -> Any:
    value, dtype = node.attr("value"), node.dtype.compute.numpy
    if not isinstance(value, (int, float)):  # it follows from a symbolic size
        return jnp.broadcast_to(jnp.asarray(value).astype(dtype), node.shape)
    return lax.full(node.shape, value, dtype)


def _slice(node: Node, x: Any) -> Any:
    starts, steps, sizes = node.ints("starts"), node.ints("steps"), node.ints("sizes")
    if 0 in sizes or any(step < 0 for step in steps):
        return x[basic_index(starts, steps, sizes)]
    stops = [a + s * (n - 1) + 1 for a, s, n in zip(starts, steps, sizes, strict=True)]
    return lax.slice(x, starts, stops, steps)


def _pad(node: Node, x: Any) -> Any:
    starts, steps = node.ints("starts"), node.ints("steps")
    zero = lax.full(node.shape, 0, x.dtype)
    if 0 in x.shape:
        return zero
    backwards = tuple(axis for axis, step in enumerate(steps) if step < 0)
    if backwards:
        x = lax.rev(x, backwards)
    padding: list[tuple[int, int, int]] = []
    for extent, start, step, count in zip(node.shape, starts, steps, x.shape, strict=True):
        first = start if step > 0 else start + step * (count - 1)
        last = first + abs(step) * (count - 1)
        padding.append((first, extent - 1 - last, abs(step) - 1))
    return lax.pad(x, jnp.zeros((), x.dtype), padding)


def _reduction(function: Callable[..., Any]) -> Rule:
    return lambda node, x: function(x, axis=node.ints("axes"))


def _accumulation(function: Callable[..., Any]) -> Rule:
    return lambda node, x: function(x, axis=node.ints("axes"), dtype=x.dtype)


def _cumulative_prod(node: Node, x: Any) -> Any:
    axis, reverse = node.integer("axis"), node.flag("reverse")
    if node.flag("exclusive"):
        widths = [(0, 0, 0)] * x.ndim
        widths[axis] = (-1, 1, 0) if reverse else (1, -1, 0)
        x = lax.pad(x, jnp.ones((), x.dtype), widths)
    return lax.cumprod(x, axis=axis, reverse=reverse)


def _position(function: Callable[..., Any], comes_first: Callable[..., Any], last: Any) -> Rule:
    def rule(node: Node, x: Any) -> Any:
        # JAX lowers its own with 64-bit types as they are set, and not as they were when traced.
        axis, wide = node.integer("axis"), x.dtype.itemsize == 8
        found = (
            _position_of_first(x, axis, comes_first, last) if wide else function(x, axis, np.int32)
        )
        return found.astype(np.int64)

    return rule


def _position_of_first(x: Any, axis: int, comes_first: Callable[..., Any], last: Any) -> Any:
    """The position along an axis of the first element in an order; NaN comes first."""
    positions = lax.broadcasted_iota(np.int32, x.shape, axis)

    def first(a: Any, b: Any) -> Any:
        (x, i), (y, j) = a, b
        x_nan, y_nan = x != x, y != y
        earlier = (i < j) & ((x == y) | (x_nan & y_nan))
        taken = (x_nan & ~y_nan) | (~y_nan & comes_first(x, y)) | earlier
        return lax.select(taken, x, y), lax.select(taken, i, j)

    worst = last(x.dtype), np.int32(np.iinfo(np.int32).max)
    return lax.reduce((x, positions), worst, first, (axis,))[1]


def _lowest(dtype: Any) -> Any:
    return dtype.type(-np.inf if dtype.kind == "f" else np.iinfo(dtype).min)


def _highest(dtype: Any) -> Any:
    return dtype.type(np.inf if dtype.kind == "f" else np.iinfo(dtype).max)


def _checked_index(node: Node, indices: Any) -> Any:
    extent = node.integer("extent")
    wide = lax.convert_element_type(indices, np.int64)
    if counts_from_end(node):
        wide = jnp.where(wide < 0, wide + extent, wide)
    # An index out of range becomes `extent`: a gather then gives NaN.
    wide = jnp.where((wide < 0) | (wide >= extent), extent, wide)
    return lax.convert_element_type(wide, node.dtype.numpy)


def _places(axis: int, indices: Any) -> tuple[Any, ...]:
    """The indices along an axis, with those of the other axes."""
    position: list[Any] = [
        lax.broadcasted_iota(np.int32, [s if d == n else 1 for d, s in enumerate(indices.shape)], n)
        for n in range(indices.ndim)
    ]
    position[axis] = indices
    return tuple(position)


def _scatter_add(node: Node, indices: Any, updates: Any) -> Any:
    zero = lax.full(node.shape, 0, updates.dtype)
    return zero.at[_places(node.integer("axis"), indices)].add(updates)


def _scatter(method: str) -> Rule:
    def rule(node: Node, x: Any, indices: Any, updates: Any) -> Any:
        return getattr(x.at[_places(node.integer("axis"), indices)], method)(updates)

    return rule


def _nextafter(node: Node, x: Any, y: Any) -> Any:
    """A step of the node's own type."""
    kind = node.dtype.numpy
    return lax.nextafter(x.astype(kind), y.astype(kind)).astype(x.dtype)


def _power(x: Any, y: Any) -> Any:
    return jnp.power(x, y) if jnp.issubdtype(x.dtype, jnp.integer) else lax.pow(x, y)


RULES: dict[str, Rule] = {
    "constant": _constant,
    "size": _constant,
    "literal": lambda node: jnp.asarray(node.attr("array").value),
    "round": lambda node, x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN),
    **{
        name: by_arrays(function)
        for name, function in {
            "negative": lax.neg, "add": lax.add, "subtract": lax.sub, "multiply": lax.mul,
            "divide": lax.div, "power": _power, "floor_divide": jnp.floor_divide,
            "remainder": jnp.remainder, "maximum": lax.max, "minimum": lax.min,
            "absolute": lax.abs, "sign": lax.sign, "copysign": jnp.copysign, "atan2": lax.atan2,
            "floor": lax.floor, "ceil": lax.ceil, "trunc": jnp.trunc,
            "sqrt": lax.sqrt, "rsqrt": lax.rsqrt, "exp": lax.exp, "exp2": lax.exp2,
            "expm1": lax.expm1, "log": lax.log, "log2": jnp.log2, "log10": jnp.log10,
            "log1p": lax.log1p, "sigmoid": lax.logistic,
            "sin": lax.sin, "cos": lax.cos, "tan": lax.tan, "asin": lax.asin, "acos": lax.acos,
            "atan": lax.atan, "sinh": lax.sinh, "cosh": lax.cosh, "tanh": lax.tanh,
            "asinh": lax.asinh, "acosh": lax.acosh, "atanh": lax.atanh,
            "erf": lax.erf, "erfc": lax.erfc,
            "equal": lax.eq, "not_equal": lax.ne, "less": lax.lt, "less_equal": lax.le,
            "greater": lax.gt, "greater_equal": lax.ge,
            "logical_and": lax.bitwise_and, "logical_or": lax.bitwise_or,
            "logical_xor": lax.bitwise_xor, "logical_not": lax.bitwise_not,
            "bitwise_and": lax.bitwise_and, "bitwise_or": lax.bitwise_or,
            "bitwise_xor": lax.bitwise_xor, "bitwise_not": lax.bitwise_not,
            "shift_left": jnp.left_shift, "shift_right": jnp.right_shift,
            "signbit": jnp.signbit, "select": lax.select,
        }.items()
    },
    "nextafter": _nextafter,
    "cast": lambda node, x: cast(x, node.dtype),
    "sum": _accumulation(jnp.sum), "prod": _accumulation(jnp.prod),
    "max": _reduction(jnp.max), "min": _reduction(jnp.min),
    "argmax": _position(lax.argmax, lax.gt, _lowest),
    "argmin": _position(lax.argmin, lax.lt, _highest),
    "cumulative_sum": lambda node, x: lax.cumsum(
        x, axis=node.integer("axis"), reverse=node.flag("reverse")
    ),
    "cumulative_prod": _cumulative_prod,
    "broadcast": lambda node, x: lax.broadcast_in_dim(x, node.shape, node.ints("dims")),
    "permute": lambda node, x: lax.transpose(x, node.ints("axes")),
    "reshape": lambda node, x: lax.reshape(x, node.shape),
    "slice": _slice, "pad": _pad,
    "concat": lambda node, *xs: lax.concatenate(xs, node.integer("axis")),
    "iota": lambda node: lax.broadcasted_iota(
        node.dtype.numpy, node.shape, node.integer("axis")
    ),
    "checked_index": _checked_index,
    "gather": lambda node, x, indices: jnp.take_along_axis(
        x, indices, axis=node.integer("axis"), mode="fill"
    ),
    "scatter_add": _scatter_add,
    "scatter_set": _scatter("set"), "scatter_max": _scatter("max"),
    "scatter_min": _scatter("min"),
    **COMPOSITE_CALLS,
}  # fmt: skip


def _loop(node: Any, step: Step, carries: list[Any], xs: list[Any]) -> Sequence[Any]:
    length, reverse = node.integer("length"), node.flag("reverse")
    if length == UNTIL:
        return lax.while_loop(
            lambda carried: carried[0], lambda carried: step(carried, ())[0], carries
        )
    last, ys = lax.scan(step, carries, xs, length=length, reverse=reverse)
    return [*last, *ys]


TABLE = Table(RULES, cast, _loop)


def wide() -> Any:
    """A context in which 64-bit types are not narrowed."""
    return jax.enable_x64(True)
