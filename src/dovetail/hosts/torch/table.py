"""PyTorch's functions for each primitive: what an operation is decomposed into.

Graphs of torch.export may be decomposed by it (`ExportedProgram.run_decompositions`), and
torch.onnx.export does so: the functions are such that ONNX has, and has accurately. Shapes and
sizes in the nodes may be symbolic, and a number that follows from sizes a tensor. Neither an ONNX
graph nor a device that works while Python goes on can raise of its own: an element picked by an
index out of range is NaN, or 0 where its type has no NaN.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.fx.experimental.proxy_tensor import get_proxy_mode

from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import DType, bool_
from dovetail.graph.primitives.indexing import counts_from_end
from dovetail.graph.primitives.scan import UNTIL
from dovetail.hosts.torch.dtypes import THEIRS
from dovetail.hosts.torch.library_calls import LIBRARY_CALLS, sortable
from dovetail.operations.composite import Rule, Step, Table, by_arrays

_pad_with: Any = torch.nn.functional.pad


def cast(value: Any, dtype: DType) -> Any:
    """A conversion; of floats to integers it saturates, and NaN becomes 0."""
    target = THEIRS[dtype]
    if value.dtype is target:
        return value
    if not (value.is_floating_point() and dtype.is_integer):
        return value.to(target)
    limits = np.iinfo(dtype.numpy)
    wide = value.to(torch.float64 if limits.bits > 16 else torch.float32)
    low, high = float(limits.min), float(limits.max)
    over, under = wide >= high, wide <= low
    inside = torch.where(over | under | (wide != wide), 0.0, wide).to(target)
    found = torch.where(over, _full((), limits.max, target, value.device), inside)
    return torch.where(under, _full((), limits.min, target, value.device), found)


def _full(shape: Sequence[Any], value: Any, dtype: Any, device: Any) -> Any:
    return torch.full(list(shape), value, dtype=dtype, device=device)


# Elementwise work that PyTorch or ONNX has no single accurate function for.


def _signbit(x: Any) -> Any:
    """ONNX compares, so that -0.0 has to be told by its reciprocal."""
    return (x < 0) | ((x == 0) & (torch.reciprocal(x) < 0))


def _select(condition: Any, x: Any, y: Any) -> Any:
    if x.dtype is torch.bool:  # onnxruntime selects numbers only
        return (condition & x) | (~condition & y)
    return torch.where(condition, x, y)


def _sign(x: Any) -> Any:
    """NaN of NaN, of which PyTorch makes 0."""
    return torch.where(x == x, torch.sign(x), x) if x.is_floating_point() else torch.sign(x)


def _copysign(x: Any, y: Any) -> Any:
    size = torch.abs(x)
    return torch.where(_signbit(y), -size, size)


def _log1p(x: Any) -> Any:
    """By a logarithm whose rounding is undone; ONNX' own would lose small x."""
    near = x + 1.0
    correction = x / torch.where(near == 1.0, 1.0, near - 1.0)
    found = torch.where(near == 1.0, x, torch.log(near) * correction)
    return torch.where(torch.isinf(near), near, found)


def _expm1(x: Any) -> Any:
    """By an exponential whose rounding is undone; ONNX' own would lose small x."""
    power = torch.exp(x)
    regular = (power != 1.0) & (power > 0.0) & (torch.abs(x) < 1.0)
    found = (power - 1.0) * (x / torch.log(torch.where(regular, power, 2.0)))
    return torch.where(regular, found, torch.where(power == 1.0, x, power - 1.0))


def _sinh(x: Any) -> Any:
    """By expm1, without the cancellation near 0; halved before the overflow."""
    size = torch.abs(x)
    less = _expm1(torch.where(size < 1.0, size, 0.0))
    half = torch.exp(size * 0.5)
    large = (0.5 * half) * half - 0.5 * torch.exp(-size)
    found = torch.where(size < 1.0, 0.5 * (less + less / (less + 1.0)), large)
    return torch.where(x < 0, -found, torch.where(size < 1.0, _copysign(found, x), found))


def _atan2(y: Any, x: Any) -> Any:
    a, b = torch.abs(y), torch.abs(x)
    most = torch.maximum(a, b)
    alike = (a == b) & ((most == 0.0) | torch.isinf(most))
    share = torch.where(alike, (most != 0.0).to(x.dtype), torch.minimum(a, b) / most)
    angle = torch.atan(share)
    angle = torch.where(a > b, math.pi / 2 - angle, angle)
    angle = torch.where(_signbit(x), math.pi - angle, angle)
    return torch.where(_signbit(y), -angle, angle)


def _extremum(number: Any, truth: Any) -> Rule:
    return lambda node, x, y: (truth if node.dtype is bool_ else number)(x, y)


def _scaled_log(base: float) -> Rule:
    return lambda node, x: torch.log(x) * (1.0 / math.log(base))


def _shift(function: Any, right: bool) -> Rule:
    def rule(node: Any, x: Any, y: Any) -> Any:
        limit = node.dtype.bits - 1
        large = y > limit
        shifted = function(x, torch.where(large, limit, y))
        last = shifted if right and node.dtype.kind == "i" else torch.zeros_like(x)
        return torch.where(large, last, shifted)

    return rule


# Leaves. A value of the device that `device` is; None: PyTorch's default.


def _constant(device: Any, node: Any) -> Any:
    value, dtype = node.attr("value"), THEIRS[node.dtype.compute]
    if isinstance(value, torch.Tensor):  # it follows from a symbolic size
        return value.to(dtype).expand(list(node.shape))
    return _full(node.shape, value, dtype, device)


def _iota(device: Any, node: Any) -> Any:
    axis, rank = node.integer("axis"), len(node.shape)
    numbers = torch.arange(node.shape[axis], dtype=THEIRS[node.dtype], device=device)
    aligned = numbers.reshape([-1 if dim == axis else 1 for dim in range(rank)])
    return aligned.expand(list(node.shape))


# Elements of an array in a definition that an exported graph can hold.
_MOST_LITERALS = 1024


def _literal(device: Any, node: Any) -> Any:
    array = np.array(node.attr("array").value, node.dtype.compute.numpy)
    dtype = THEIRS[node.dtype]
    if get_proxy_mode() is None or not array.size:
        return torch.from_numpy(array).to(device=device, dtype=dtype)
    # PyTorch's exporter loses tensors that a decomposition brings along (2.13), but not numbers.
    if array.size > _MOST_LITERALS:
        raise UnsupportedError(
            f"a definition has an array of {array.size} elements, which an export cannot hold",
            f"arrays of up to {_MOST_LITERALS} elements, or arguments",
            "pass the array as an argument of the extension, or make it a parameter of a layer",
        )
    items = [torch.full((), item, dtype=dtype, device=device) for item in array.ravel().tolist()]
    return torch.stack(items).reshape(array.shape)


# Reductions and movement.


def _reduction(function: Any) -> Rule:
    def rule(node: Any, x: Any) -> Any:
        axes = list(node.ints("axes"))
        return function(x, dim=axes, dtype=x.dtype) if axes else x

    return rule


def _product(node: Any, x: Any) -> Any:
    for axis in sorted(node.ints("axes"), reverse=True):
        x = torch.prod(x, dim=axis, dtype=x.dtype)
    return x


def _largest_alone(function: Any, truth: Any) -> Rule:
    """A maximum or minimum by PyTorch's own, which keeps NaN."""

    def rule(node: Any, x: Any) -> Any:
        axes = list(node.ints("axes"))
        if not axes:
            return x
        return truth(x, dim=axes) if node.dtype is bool_ else function(x, dim=axes)

    return rule


def _largest(function: Any, truth: Any) -> Rule:
    """A maximum or minimum; that of ONNX may ignore NaN."""
    alone = _largest_alone(function, truth)

    def rule(node: Any, x: Any) -> Any:
        found = alone(node, x)
        if found is x or not x.is_floating_point():
            return found
        lost = torch.any(x != x, dim=list(node.ints("axes")))
        return torch.where(lost, math.nan, found)

    return rule


def _cumulative_prod(node: Any, x: Any) -> Any:
    axis, reverse = node.integer("axis"), node.flag("reverse")
    if node.flag("exclusive") and x.shape[axis]:
        count = x.shape[axis] - 1
        one = torch.ones_like(x.narrow(axis, 0, 1))
        parts = (x.narrow(axis, 1, count), one) if reverse else (one, x.narrow(axis, 0, count))
        x = torch.cat(parts, axis)
    return _running(torch.cumprod, node, x)


def _running(function: Callable[..., Any], node: Any, x: Any) -> Any:
    axis = node.integer("axis")
    if not node.flag("reverse"):
        return function(x, axis, dtype=x.dtype)
    return function(x.flip(axis), axis, dtype=x.dtype).flip(axis)


def _broadcast(node: Any, x: Any) -> Any:
    aligned: list[Any] = [1] * len(node.shape)
    for extent, dim in zip(node.args[0].shape, node.ints("dims"), strict=True):
        aligned[dim] = extent
    return x.reshape(aligned).expand(list(node.shape))


def _slice(node: Any, x: Any) -> Any:
    starts, steps, sizes = node.ints("starts"), node.ints("steps"), node.ints("sizes")
    extents = node.args[0].shape
    for dim, (start, step, size) in enumerate(zip(starts, steps, sizes, strict=True)):
        if step == 1 and type(size) is int and type(extents[dim]) is int and size == extents[dim]:
            continue
        low = start if step > 0 else start + step * (size - 1)
        high = low + abs(step) * (size - 1) + 1
        if type(size) is int and size == 0:
            low = high = 0
        x = x[(slice(None),) * dim + (slice(low, high, abs(step)),)]
        if step < 0:
            x = x.flip(dim)
    return x


def _pad(node: Any, x: Any) -> Any:
    starts, steps, sizes = node.ints("starts"), node.ints("steps"), node.args[0].shape
    if any(type(size) is int and size == 0 for size in sizes):
        return _full(node.shape, 0, x.dtype, x.device)
    widths: list[Any] = []
    for dim, (start, step, size) in enumerate(zip(starts, steps, sizes, strict=True)):
        if step < 0:
            start, step, x = start + step * (size - 1), -step, x.flip(dim)
        span = size
        if step != 1:  # zeros between the elements
            shape = list(x.shape)
            wide = _pad_with(x.unsqueeze(dim + 1), [0, 0] * (x.ndim - dim - 1) + [0, step - 1])
            span = step * (size - 1) + 1
            shape[dim] = size * step
            x = wide.reshape(shape)[(slice(None),) * dim + (slice(0, span),)]
        widths = [start, node.shape[dim] - start - span, *widths]
    return _pad_with(x, widths) if widths else x


# Indexing.


def _wrapped(indices: Any, extent: Any) -> Any:
    wide = indices.to(torch.int64)
    return torch.where(wide < 0, wide + extent, wide)


def _checked_index(node: Any, indices: Any) -> Any:
    extent = node.attr("extent")
    index = _wrapped(indices, extent) if counts_from_end(node) else indices.to(torch.int64)
    # An index out of range becomes `extent`: a gather then gives NaN.
    index = torch.where((index < 0) | (index >= extent), extent, index)
    return index.to(THEIRS[node.dtype])


def _inside(indices: Any, extent: Any) -> tuple[Any, Any]:
    """Positions along an axis, 0 where they are out of range, and where they are in range."""
    index = _wrapped(indices, extent)
    inside = (index >= 0) & (index < extent)
    return torch.where(inside, index, 0), inside


def _gather(node: Any, x: Any, indices: Any) -> Any:
    axis = node.integer("axis")
    index, inside = _inside(indices, node.args[0].shape[axis])
    found = torch.gather(x, axis, index)
    if node.dtype is bool_:
        return found & inside
    return torch.where(inside, found, math.nan if node.dtype.is_floating else 0)


def _scatter_add(node: Any, indices: Any, updates: Any) -> Any:
    index, inside = _inside(indices, node.attr("extent"))
    zeros = _full(node.shape, 0, updates.dtype, updates.device)
    return zeros.scatter_add(node.integer("axis"), index, torch.where(inside, updates, 0))


def _scatter_set(node: Any, x: Any, indices: Any, updates: Any) -> Any:
    """The last update of an element; `torch.scatter` does not say which it takes."""
    if 0 in node.args[0].shape or 0 in node.args[2].shape:
        return x
    axis = node.integer("axis")
    index, inside = _inside(indices, node.args[0].shape[axis])
    shape = [1] * x.ndim
    shape[axis] = updates.shape[axis]
    order = torch.arange(updates.shape[axis], device=x.device).reshape(shape)
    order = order.expand(updates.shape)
    none = torch.full_like(x, -1, dtype=torch.int64)
    last = none.scatter_reduce(axis, index, torch.where(inside, order, -1), "amax")
    return torch.where(last >= 0, torch.gather(updates, axis, last.clamp(min=0)), x)


def _scatter_extremum(reduce: str) -> Rule:
    def rule(node: Any, x: Any, indices: Any, updates: Any) -> Any:
        if 0 in node.args[0].shape or 0 in node.args[2].shape:
            return x
        axis = node.integer("axis")
        index, inside = _inside(indices, node.args[0].shape[axis])
        # Out of range: what is there already changes nothing.
        kept = torch.gather(x, axis, index)
        return x.scatter_reduce(axis, index, torch.where(inside, updates, kept), reduce)

    return rule


def _nextafter(node: Any, x: Any, y: Any) -> Any:
    """A step of the node's own type."""
    kind = THEIRS[node.dtype]
    return torch.nextafter(x.to(kind), y.to(kind)).to(x.dtype)


# Library calls that ONNX has for integers of 32 and 64 bits only.


def _widened(x: Any) -> Any:
    return x if x.is_floating_point() or x.dtype.itemsize >= 4 else x.to(torch.int32)


def _order(x: Any, axis: int, descending: bool) -> Any:
    """The exporter translates no sort that is called stable; that of ONNX is stable."""
    return torch.sort(_widened(sortable(x)), dim=axis, descending=descending).indices


def _top_k(node: Any, x: Any) -> Any:
    axis = node.integer("axis")
    return _order(x, axis, True).narrow(axis, 0, node.integer("k"))


_DIRECT: dict[str, Any] = {
    "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div,
    "power": torch.pow, "floor_divide": torch.floor_divide, "remainder": torch.remainder,
    "negative": torch.neg, "absolute": torch.abs, "sign": _sign, "atan2": _atan2,
    "copysign": _copysign, "signbit": _signbit,
    "floor": torch.floor, "ceil": torch.ceil, "round": torch.round, "trunc": torch.trunc,
    "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "exp": torch.exp, "exp2": torch.exp2,
    "expm1": _expm1, "log": torch.log, "log1p": _log1p, "sigmoid": torch.sigmoid,
    "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "asin": torch.asin, "acos": torch.acos,
    "atan": torch.atan, "sinh": _sinh, "cosh": torch.cosh, "tanh": torch.tanh,
    "asinh": torch.asinh, "acosh": torch.acosh, "atanh": torch.atanh, "erf": torch.erf,
    "equal": torch.eq, "not_equal": torch.ne, "less": torch.lt, "less_equal": torch.le,
    "greater": torch.gt, "greater_equal": torch.ge,
    "logical_and": torch.logical_and, "logical_or": torch.logical_or,
    "logical_xor": torch.logical_xor, "logical_not": torch.logical_not,
    "bitwise_and": torch.bitwise_and, "bitwise_or": torch.bitwise_or,
    "bitwise_xor": torch.bitwise_xor, "bitwise_not": torch.bitwise_not, "select": _select,
}  # fmt: skip

RULES: dict[str, Rule] = {
    **{name: by_arrays(function) for name, function in _DIRECT.items()},
    "maximum": _extremum(torch.maximum, torch.logical_or),
    "minimum": _extremum(torch.minimum, torch.logical_and),
    "nextafter": _nextafter,
    "log2": _scaled_log(2.0),
    "log10": _scaled_log(10.0),
    "shift_left": _shift(torch.bitwise_left_shift, False),
    "shift_right": _shift(torch.bitwise_right_shift, True),
    "cast": lambda node, x: cast(x, node.dtype),
    "sum": _reduction(torch.sum),
    "prod": _product,
    "max": _largest(torch.amax, torch.any),
    "min": _largest(torch.amin, torch.all),
    "cumulative_sum": lambda node, x: _running(torch.cumsum, node, x),
    "cumulative_prod": _cumulative_prod,
    "broadcast": _broadcast,
    "permute": lambda node, x: x.permute(list(node.ints("axes"))),
    "reshape": lambda node, x: x.reshape(list(node.shape)),
    "slice": _slice,
    "pad": _pad,
    "concat": lambda node, *values: torch.cat(values, node.integer("axis")),
    "checked_index": _checked_index,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "scatter_set": _scatter_set,
    "scatter_max": _scatter_extremum("amax"),
    "scatter_min": _scatter_extremum("amin"),
    **LIBRARY_CALLS,
    "matmul": lambda node, a, b: LIBRARY_CALLS["matmul"](node, _widened(a), _widened(b)),
    "argsort": lambda node, x: _order(x, node.integer("axis"), node.flag("descending")),
    "top_k": _top_k,
}


def _loop(device: Any, node: Any, step: Step, carries: list[Any], xs: list[Any]) -> Sequence[Any]:
    """The steps one by one: an ONNX graph of PyTorch has no loop."""
    length = node.integer("length")
    if isinstance(length, int) and length == UNTIL:
        if get_proxy_mode() is None and not torch.compiler.is_compiling():
            while bool(carries[0]):
                carries, _ = step(carries, ())
            return carries
        raise UnsupportedError(
            "a while_loop cannot be decomposed into PyTorch's functions: its steps are not known",
            "loops with a static number of steps",
            "write the loop with dt.fori_loop or dt.scan where it is exported",
        )
    if not isinstance(length, int):
        raise UnsupportedError(
            "a loop over a dynamic number of steps cannot be decomposed into PyTorch's functions",
            "a static size along the first axis of the xs of dt.scan",
            "export with a static number of steps",
        )
    body = node.attr("body")
    rows: list[Any] = [None] * length
    for at in reversed(range(length)) if node.flag("reverse") else range(length):
        carries, rows[at] = step(carries, [x[at] for x in xs])
    ys = body.outputs[body.carries :]
    if not length:
        return [*carries, *(_full((0, *y.shape), 0, THEIRS[y.dtype], device) for y in ys)]
    return [*carries, *(torch.stack(list(each)) for each in zip(*rows, strict=True))]


# What PyTorch has one function for, and ONNX none, or one with fewer types or less accuracy.
_SINGLE: dict[str, Rule] = {
    **{name: by_arrays(function) for name, function in {
        "log1p": torch.log1p, "expm1": torch.expm1, "sinh": torch.sinh, "atan2": torch.atan2,
        "copysign": torch.copysign, "signbit": torch.signbit, "select": torch.where,
        "log2": torch.log2, "log10": torch.log10, "erfc": torch.erfc,
        "ndtr": torch.special.ndtr, "logaddexp": torch.logaddexp, "lgamma": torch.lgamma,
        "digamma": torch.digamma, "erfinv": torch.erfinv, "ndtri": torch.special.ndtri,
        "erfcx": torch.special.erfcx, "log_ndtr": torch.special.log_ndtr,
        "i0": torch.special.i0, "i1": torch.special.i1, "i0e": torch.special.i0e,
        "i1e": torch.special.i1e, "sinc": torch.sinc,
    }.items()},
    "max": _largest_alone(torch.amax, torch.any),
    "min": _largest_alone(torch.amin, torch.all),
    **LIBRARY_CALLS,  # sorts that are stable, products in every type
}  # fmt: skip


@functools.cache
def table_on(device: Any, single: bool = False) -> Table:
    """The table whose constants are on a device; None: PyTorch's default, as it then is.

    `single`: for PyTorch alone, not for ONNX.
    """
    leaves = {"constant": _constant, "size": _constant, "literal": _literal, "iota": _iota}
    rules = {**RULES, **{name: functools.partial(rule, device) for name, rule in leaves.items()}}
    if single:
        rules |= _SINGLE
    return Table(rules, cast, functools.partial(_loop, device), signed=True)


TABLE = table_on(None)
