"""JAX' primitives, as they stand in a jaxpr, in functions of the language.

A function is given the operands, and the parameters of the equation by name.
"""

from __future__ import annotations

import itertools
import math
import operator
import string
from collections.abc import Callable, Mapping
from typing import Any

from dovetail.language import elementwise
from dovetail.language.namespace import NAMESPACE as dt

Function = Callable[..., Any]


def _elementwise(function: Function) -> Function:
    """Without the parameters, which say how exact or where it is computed."""

    def of(*operands: Any, **parameters: Any) -> Any:
        return function(*operands)

    return of


def _reduction(function: Function) -> Function:
    def of(x: Any, *, axes: Any, **parameters: Any) -> Any:
        return function(x, axis=tuple(axes)) if axes else x

    return of


def _place(function: Function) -> Function:
    def of(x: Any, *, axes: Any, index_dtype: Any, **parameters: Any) -> Any:
        (axis,) = axes
        return dt.astype(function(x, axis=axis), _type(index_dtype))

    return of


def _type(dtype: Any) -> Any:
    name = str(getattr(dtype, "name", dtype))
    found = getattr(dt, name, None)
    if found is None:
        raise NotImplementedError(f"arrays of {name}")
    return found


def _reshape(x: Any, *, new_sizes: Any, dimensions: Any, **parameters: Any) -> Any:
    if dimensions is not None:
        raise NotImplementedError("reshape with dimensions")
    return dt.reshape(x, tuple(new_sizes))


def _broadcast(x: Any, *, shape: Any, broadcast_dimensions: Any, **parameters: Any) -> Any:
    if not hasattr(x, "shape"):  # a number in the jaxpr
        return dt.full(tuple(shape), x)
    lead = [1] * len(shape)
    for extent, place in zip(x.shape, broadcast_dimensions, strict=True):
        lead[place] = extent
    return dt.broadcast_to(dt.reshape(x, tuple(lead)), tuple(shape))


def _slice(
    x: Any, *, start_indices: Any, limit_indices: Any, strides: Any, **parameters: Any
) -> Any:
    steps = strides or (1,) * x.ndim
    bounds = zip(start_indices, limit_indices, steps, strict=True)
    return x[tuple(slice(start, end, step) for start, end, step in bounds)]


def _split(x: Any, *, sizes: Any, axis: int) -> Any:
    bounds = itertools.pairwise(itertools.accumulate(sizes, initial=0))
    return tuple(x[(slice(None),) * axis + (slice(*bound),)] for bound in bounds)


def _pad(x: Any, value: Any, *, padding_config: Any) -> Any:
    if any(inner or low < 0 or high < 0 for low, high, inner in padding_config):
        raise NotImplementedError("padding between elements, or by a negative number")
    return dt.pad(x, [(low, high) for low, high, _ in padding_config], value=value)


def _iota(*, dtype: Any, shape: Any, dimension: int, **parameters: Any) -> Any:
    numbers = dt.arange(shape[dimension], dtype=_type(dtype))
    own = [1] * len(shape)
    own[dimension] = shape[dimension]
    return dt.broadcast_to(dt.reshape(numbers, tuple(own)), tuple(shape))


def _select(which: Any, *cases: Any) -> Any:
    if len(cases) != 2:
        raise NotImplementedError("a choice among more than two arrays")
    return dt.where(which, cases[1], cases[0])


def _product(x: Any, y: Any, *, dimension_numbers: Any, **parameters: Any) -> Any:
    """dot_general: the axes of the batch, then those of x, then those of y."""
    (left, right), (of_x, of_y) = dimension_numbers
    letters = iter(string.ascii_letters)
    first = [next(letters) for _ in range(x.ndim)]
    second = [""] * y.ndim
    for one, other in [*zip(left, right, strict=True), *zip(of_x, of_y, strict=True)]:
        second[other] = first[one]
    second = [letter or next(letters) for letter in second]
    batch = [first[axis] for axis in of_x]
    rest = [letter for axis, letter in enumerate(first) if axis not in (*left, *of_x)]
    others = [letter for axis, letter in enumerate(second) if axis not in (*right, *of_y)]
    if (list(left), list(right), list(of_x)) == ([x.ndim - 1], [0], []) and y.ndim == 2:
        return dt.matmul(x, y)
    spec = f"{''.join(first)},{''.join(second)}->{''.join([*batch, *rest, *others])}"
    return dt.einsum(spec, x, y)


def _convolution(
    x: Any, kernel: Any, *, window_strides: Any, padding: Any, lhs_dilation: Any,
    rhs_dilation: Any, dimension_numbers: Any, feature_group_count: int, batch_group_count: int,
    **parameters: Any,
) -> Any:  # fmt: skip
    if batch_group_count != 1 or any(each != 1 for each in lhs_dilation):
        raise NotImplementedError("a transposed convolution, or one with groups of examples")
    batch, channels, *space = dimension_numbers.lhs_spec
    out, within, *window = dimension_numbers.rhs_spec
    y = dt.conv(
        dt.permute_dims(x, (batch, *space, channels)),
        dt.permute_dims(kernel, (*window, within, out)),
        tuple(window_strides), tuple(map(tuple, padding)), tuple(rhs_dilation),
        feature_group_count,
    )  # fmt: skip
    batch, channels, *space = dimension_numbers.out_spec
    order = (batch, *space, channels)
    return dt.permute_dims(y, tuple(sorted(range(y.ndim), key=lambda axis: order[axis])))


def _windows(
    *, window_dimensions: Any, window_strides: Any, padding: Any, base_dilation: Any,
    window_dilation: Any,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """The windows in space of (examples, space..., channels): sizes, steps and padding."""
    window, strides = window_dimensions, window_strides
    plain = window[0] == window[-1] == strides[0] == strides[-1] == 1
    padded = any(map(any, (padding[0], padding[-1])))
    if not plain or padded or any(each != 1 for each in (*base_dilation, *window_dilation)):
        raise NotImplementedError("windows over examples or channels")
    return tuple(window[1:-1]), tuple(strides[1:-1]), tuple(map(tuple, padding[1:-1]))


def _window_sum(x: Any, **parameters: Any) -> Any:
    window, strides, padding = _windows(**parameters)
    return dt.avg_pool(x, window, strides, padding, count_include_pad=True) * math.prod(window)


def _gather(x: Any, indices: Any, *, dimension_numbers: Any, slice_sizes: Any, **more: Any) -> Any:
    """Whole slices at indices along one axis, as `take` has them."""
    found = dimension_numbers
    (axis, *others) = found.start_index_map
    lead = indices.ndim - 1
    wanted = tuple(n if n < axis else n + lead - 1 for n in range(x.ndim) if n != axis)
    sizes = tuple(1 if n == axis else extent for n, extent in enumerate(x.shape))
    offsets = tuple(n if n < axis else n + lead for n in range(x.ndim - 1))
    batched = getattr(found, "operand_batching_dims", ())
    if (
        others or batched or tuple(found.collapsed_slice_dims) != (axis,)
        or tuple(slice_sizes) != sizes or tuple(found.offset_dims) != offsets
        or len(wanted) != len(offsets)
    ):  # fmt: skip
        raise NotImplementedError("indices along several axes")
    return dt.take(x, dt.reshape(indices, indices.shape[:-1]), axis=axis)


def _cumulative(x: Any, *, axis: int, reverse: bool) -> Any:
    if reverse:
        return dt.flip(dt.cumulative_sum(dt.flip(x, axis=axis), axis=axis), axis=axis)
    return dt.cumulative_sum(x, axis=axis)


def _dtype(x: Any, y: Any) -> Any:
    """The type of two operands, one of which may be a number in the jaxpr."""
    return (x if hasattr(x, "dtype") else y).dtype


def _divide(x: Any, y: Any) -> Any:
    """A quotient, of integers towards zero."""
    if _dtype(x, y).kind == "f":
        return x / y
    quotient = abs(x) // abs(y)
    return dt.where((x < 0) == (y < 0), quotient, -quotient)


def _logical(function: Function, bits: Function) -> Function:
    def of(x: Any, y: Any) -> Any:
        return function(x, y) if _dtype(x, y) == dt.bool else bits(x, y)

    return of


_OF_ELEMENTS: Mapping[str, Function] = {
    **{name: getattr(dt, name) for name in elementwise.__all__},  # those that have the same name
    "neg": operator.neg, "logistic": dt.sigmoid, "is_finite": dt.isfinite, "erf_inv": dt.erfinv,
    "sub": operator.sub, "mul": operator.mul, "div": _divide, "add_any": operator.add,
    "max": dt.maximum, "min": dt.minimum, "rem": dt.fmod, "stop_gradient": dt.stop_gradient,
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le,
    "gt": operator.gt, "ge": operator.ge,
    "not": lambda x: dt.logical_not(x) if x.dtype == dt.bool else dt.bitwise_invert(x),
    "and": _logical(dt.logical_and, dt.bitwise_and), "or": _logical(dt.logical_or, dt.bitwise_or),
    "xor": _logical(dt.logical_xor, dt.bitwise_xor),
    "select_n": _select, "clamp": lambda low, x, high: dt.clip(x, low, high),
}  # fmt: skip

FUNCTIONS: Mapping[str, Function] = {
    **{name: _elementwise(function) for name, function in _OF_ELEMENTS.items()},
    "integer_pow": lambda x, *, y: x**y,
    "convert_element_type": lambda x, *, new_dtype, **parameters: dt.astype(x, _type(new_dtype)),
    **dict.fromkeys(("copy", "copy_p"), lambda x, **parameters: x),
    "reshape": _reshape, "broadcast_in_dim": _broadcast, "slice": _slice, "split": _split,
    "transpose": lambda x, *, permutation: dt.permute_dims(x, tuple(permutation)),
    "squeeze": lambda x, *, dimensions: dt.squeeze(x, axis=tuple(dimensions)),
    "expand_dims": lambda x, *, dimensions: dt.expand_dims(x, axis=tuple(dimensions)),
    "concatenate": lambda *arrays, dimension: dt.concat(list(arrays), axis=dimension),
    "stack": lambda *arrays, axis: dt.stack(list(arrays), axis=axis),
    "unstack": lambda x, *, axis: dt.unstack(x, axis=axis),
    "tile": lambda x, *, reps: dt.tile(x, tuple(reps)),
    "rev": lambda x, *, dimensions: dt.flip(x, axis=tuple(dimensions)),
    "pad": _pad, "iota": _iota, "gather": _gather, "cumsum": _cumulative,
    "reduce_sum": _reduction(dt.sum), "reduce_prod": _reduction(dt.prod),
    "reduce_max": _reduction(dt.max), "reduce_min": _reduction(dt.min),
    "reduce_and": _reduction(dt.all), "reduce_or": _reduction(dt.any),
    "argmax": _place(dt.argmax), "argmin": _place(dt.argmin),
    "dot_general": _product, "conv_general_dilated": _convolution,
    "reduce_window_max": lambda x, **parameters: dt.max_pool(x, *_windows(**parameters)),
    "reduce_window_sum": _window_sum,
}  # fmt: skip

ACTIVATIONS = ("relu", "relu6", "silu")
"""Functions of jax.nn that a jaxpr has by name, and that reports name as layers."""

INNER: Mapping[str, str] = {
    "jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "core_call": "call_jaxpr",
    "remat2": "jaxpr", "checkpoint": "jaxpr", "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}  # fmt: skip
"""Equations that have a jaxpr of their own, and the parameter that it is in."""
