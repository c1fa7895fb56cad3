"""PyTorch's operators, as `torch.export` names them, in functions of the language.

The arguments are those of the operators in `native_functions.yaml`. Operators with arrays of their
own, such as `linear`, are layers (torch_layers.py); these here have none.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from dovetail.language import elementwise
from dovetail.language.namespace import NAMESPACE as dt

Function = Callable[..., Any]


def _axes(dim: Any) -> Any:
    """Axes of a reduction: all for None or an empty list."""
    if dim is None or (isinstance(dim, (list, tuple)) and not dim):
        return None
    return tuple(dim) if isinstance(dim, (list, tuple)) else dim


# Shapes.


def _reshape(x: Any, shape: Any) -> Any:
    return dt.reshape(x, tuple(shape))


def _flatten(x: Any, start: int = 0, end: int = -1) -> Any:
    if x.ndim == 0:
        return dt.reshape(x, (1,))
    first, last = start % x.ndim, end % x.ndim
    size = math.prod(x.shape[first : last + 1])
    return dt.reshape(x, (*x.shape[:first], size, *x.shape[last + 1 :]))


def _unflatten(x: Any, dim: int, sizes: Any) -> Any:
    dim %= x.ndim
    known = math.prod(size for size in sizes if size != -1)
    sizes = tuple(x.shape[dim] // known if size == -1 else size for size in sizes)
    return dt.reshape(x, (*x.shape[:dim], *sizes, *x.shape[dim + 1 :]))


def _permute(x: Any, dims: Any) -> Any:
    return dt.permute_dims(x, tuple(dim % x.ndim for dim in dims))


def _transpose(x: Any, first: int = 0, second: int = 1) -> Any:
    dims = list(range(x.ndim))
    if dims:
        dims[first], dims[second] = dims[second], dims[first]
    return dt.permute_dims(x, tuple(dims))


def _t(x: Any) -> Any:
    return _transpose(x) if x.ndim == 2 else x


def _expand(x: Any, sizes: Any, implicit: bool = False) -> Any:
    lead = len(sizes) - x.ndim
    whole = tuple(
        x.shape[number - lead] if size == -1 else size for number, size in enumerate(sizes)
    )
    return dt.broadcast_to(x, whole)


def _matrix_transpose(x: Any) -> Any:
    return _transpose(x, -2, -1)


def _unsqueeze(x: Any, dim: int) -> Any:
    return dt.expand_dims(x, axis=dim)


def _squeeze(x: Any, dim: Any = None) -> Any:
    dims = range(x.ndim) if dim is None else dim if isinstance(dim, (list, tuple)) else [dim]
    axes = tuple(each % x.ndim for each in dims if x.shape[each] == 1)
    return dt.squeeze(x, axis=axes) if axes else x


def _cat(arrays: Any, dim: int = 0) -> Any:
    return dt.concat(list(arrays), axis=dim)


def _stack(arrays: Any, dim: int = 0) -> Any:
    return dt.stack(list(arrays), axis=dim)


def _index(x: Any, dim: int, at: Any) -> Any:
    return x[(slice(None),) * (dim % x.ndim) + (at,)]


def _select(x: Any, dim: int, index: int) -> Any:
    return _index(x, dim, index)


def _slice(x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return _index(x, dim, slice(start, end, step))


def _narrow(x: Any, dim: int, start: int, length: int) -> Any:
    return _index(x, dim, slice(start, start + length))


def _parts(x: Any, dim: int, sizes: Any) -> tuple[Any, ...]:
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    return tuple(
        _index(x, dim, slice(end - size, end)) for size, end in zip(sizes, ends, strict=True)
    )


def _split(x: Any, size: Any, dim: int = 0) -> tuple[Any, ...]:
    if isinstance(size, (list, tuple)):
        return _parts(x, dim, list(size))
    extent = x.shape[dim]
    return _parts(x, dim, [min(size, extent - start) for start in range(0, extent, size)])


def _chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    return _split(x, max(1, -(-x.shape[dim] // chunks)), dim)


def _unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    return dt.unstack(x, axis=dim)


def _repeat(x: Any, repeats: Any) -> Any:
    return dt.tile(x, tuple(repeats))


def _pad(x: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    if mode != "constant":
        raise NotImplementedError(f"pad with mode={mode!r}")
    return _constant_pad(x, pad, value or 0)


def _constant_pad(x: Any, pad: Any, value: Any = 0) -> Any:
    if any(extent < 0 for extent in pad):
        raise NotImplementedError("padding by a negative number")
    width = [(0, 0)] * x.ndim
    for number in range(len(pad) // 2):
        width[x.ndim - 1 - number] = (pad[2 * number], pad[2 * number + 1])
    return dt.pad(x, width, value=value)


# Arithmetic.


def _add(x: Any, y: Any, alpha: Any = 1) -> Any:
    return x + (y if alpha == 1 else alpha * y)


def _sub(x: Any, y: Any, alpha: Any = 1) -> Any:
    return x - (y if alpha == 1 else alpha * y)


def _div(x: Any, y: Any, rounding_mode: str | None = None) -> Any:
    if rounding_mode == "floor":
        return x // y
    return dt.trunc(x / y) if rounding_mode == "trunc" else x / y


def _masked_fill(x: Any, mask: Any, value: Any) -> Any:
    return dt.where(mask, value, x)


def _addmm(x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    return _add(x if beta == 1 else beta * x, dt.matmul(a, b), alpha)


def _reduced(function: Function, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return function(x, axis=_axes(dim), keepdims=keepdim)


def _sum(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    return _reduced(dt.sum, _to(x, dtype), dim, keepdim)


def _mean(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    return _reduced(dt.mean, _to(x, dtype), dim, keepdim)


def _spread(function: Function) -> Function:
    def reduced(
        x: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False,
        correction: Any = None,
    ) -> Any:  # fmt: skip
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        less = float(unbiased if correction is None else correction)
        return function(x, axis=_axes(dim), correction=less, keepdims=keepdim)

    return reduced


def _extreme(function: Function, place: Function) -> Function:
    """`max.dim` and `min.dim`: values and indices."""

    def reduced(x: Any, dim: int, keepdim: bool = False) -> tuple[Any, Any]:
        return function(x, axis=dim, keepdims=keepdim), place(x, axis=dim, keepdims=keepdim)

    return reduced


def _norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    return dt.vector_norm(_to(x, dtype), axis=_axes(dim), keepdims=keepdim, ord=ord)


def _normalise(function: Function) -> Function:
    """softmax and log_softmax, whose second argument is the axis."""

    def of(x: Any, dim: int, dtype: Any = None) -> Any:
        return function(_to(x, dtype), axis=dim)

    return of


# Types, and arrays that are made.


def _type(dtype: Any) -> Any:
    """A data type of PyTorch by its name."""
    name = str(dtype).rpartition(".")[2]
    found = getattr(dt, {"half": "float16"}.get(name, name), None)
    if found is None:
        raise NotImplementedError(f"arrays of {name}")
    return found


def _to(x: Any, *given: Any, dtype: Any = None, **more: Any) -> Any:
    """`to` with a data type among its arguments, or with none."""
    found = [each for each in (*given, dtype) if type(each).__name__ == "dtype"]
    return dt.astype(x, _type(found[0])) if found else x


def _passed(x: Any, *others: Any, **more: Any) -> Any:
    return x


def _filled(value: Any) -> Function:
    def made(shape: Any, dtype: Any = None, **more: Any) -> Any:
        return dt.full(tuple(shape), value, dtype=dt.float32 if dtype is None else _type(dtype))

    return made


def _full(shape: Any, value: Any, dtype: Any = None, **more: Any) -> Any:
    return dt.full(tuple(shape), value, dtype=None if dtype is None else _type(dtype))


def _alike(value: Any) -> Function:
    def made(x: Any, dtype: Any = None, **more: Any) -> Any:
        return dt.full_like(x, value, dtype=x.dtype if dtype is None else _type(dtype))

    return made


def _new(value: Any) -> Function:
    """`new_zeros` and `new_ones`, of the type of an array."""

    def made(x: Any, shape: Any, dtype: Any = None, **more: Any) -> Any:
        return dt.full(tuple(shape), value, dtype=x.dtype if dtype is None else _type(dtype))

    return made


def _arange(*bounds: Any, dtype: Any = None, **more: Any) -> Any:
    return dt.arange(*bounds, dtype=None if dtype is None else _type(dtype))


# Functions of neural networks.


def _pool_numbers(rank: int, *values: Any) -> list[Any]:
    """One number for each axis of space, as tuples."""
    found: list[Any] = []
    for value in values:
        given = list(value) if isinstance(value, (list, tuple)) else [value]
        found.append(tuple(given * rank if len(given) == 1 else given))
    return found


def _max_pool(
    x: Any, size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil: bool = False
) -> Any:
    size, stride, padding, dilation = _pool_numbers(
        x.ndim - 2, size, stride or size, padding, dilation
    )
    return dt.max_pool(
        x, size, stride, padding, dilation, ceil_mode=ceil, data_format="channels_first"
    )


def _average_pool(
    x: Any, size: Any, stride: Any = (), padding: Any = 0, ceil: bool = False,
    count_include_pad: bool = True, divisor: Any = None,
) -> Any:  # fmt: skip
    if divisor is not None:
        raise NotImplementedError(f"an average with divisor_override={divisor}")
    size, stride, padding = _pool_numbers(x.ndim - 2, size, stride or size, padding)
    return dt.avg_pool(
        x, size, stride, padding, count_include_pad=count_include_pad, ceil_mode=ceil,
        data_format="channels_first",
    )  # fmt: skip


def _attention(
    q: Any, k: Any, v: Any, mask: Any = None, dropout: float = 0.0, causal: bool = False,
    scale: Any = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    if dropout:
        raise NotImplementedError("attention with dropout in evaluation")
    if causal and q.shape[-2] != k.shape[-2]:
        raise NotImplementedError("causal attention to keys of another length")
    if not q.ndim == k.ndim == v.ndim == 4:
        raise NotImplementedError("attention to arrays that are not (batch, heads, time, size)")
    return dt.attention(q, k, v, mask=mask, causal=causal, scale=scale)


def _upsample(method: str) -> Function:
    """To sizes that are multiples, where all definitions of the nearest element agree."""

    def resized(x: Any, size: Any, *others: Any) -> Any:
        corners = bool(others[0]) if method == "bilinear" and others else False
        if size is None:
            size = [int(n * s) for n, s in zip(x.shape[2:], others[-1], strict=True)]
        if any(n % m for n, m in zip(size, x.shape[2:], strict=True)):
            raise NotImplementedError("resampling by a factor that is no whole number")
        return dt.resize(
            x, tuple(size), method, align_corners=corners, data_format="channels_first"
        )

    return resized


def _leaky_relu(x: Any, slope: Any = 0.01) -> Any:
    return dt.leaky_relu(x, slope)


def _gelu(x: Any, approximate: str = "none") -> Any:
    return dt.gelu(x, approximate == "tanh")


def _elu(x: Any, alpha: Any = 1.0, scale: Any = 1.0, input_scale: Any = 1.0) -> Any:
    if scale != 1.0 or input_scale != 1.0:
        raise NotImplementedError("elu with a scale")
    return dt.elu(x, alpha)


def _softplus(x: Any, beta: Any = 1.0, threshold: Any = 20.0) -> Any:
    return dt.softplus(x, beta, threshold)


def _hard_tanh(x: Any, low: Any = -1.0, high: Any = 1.0) -> Any:
    return dt.clip(x, low, high)


ACTIVATIONS: Mapping[str, Function] = {
    **{
        name: getattr(dt, name)
        for name in ("mish", "relu", "relu6", "selu", "sigmoid", "silu", "tanh", "log_sigmoid")
    },
    "leaky_relu": _leaky_relu,
    "gelu": _gelu,
    "elu": _elu,
    "softplus": _softplus,
    "hardtanh": _hard_tanh,
    "hardswish": dt.hard_swish,
    "hardsigmoid": dt.hard_sigmoid,
}
"""Those that reports name as layers."""

FUNCTIONS: Mapping[str, Function] = {
    **ACTIVATIONS,
    **{name: getattr(dt, name) for name in elementwise.__all__},  # those that have the same name
    "matmul": dt.matmul,
    "add": _add, "sub": _sub, "mul": operator.mul, "div": _div, "neg": operator.neg,
    "rsub": lambda x, y, alpha=1: _sub(y, x, alpha),
    "true_divide": _div, "floor_divide": operator.floordiv, "remainder": operator.mod,
    "__and__": operator.and_, "__or__": operator.or_, "__xor__": operator.xor,
    "pow": operator.pow, "bitwise_not": dt.bitwise_invert, "clamp": dt.clip,
    "clamp_min": dt.maximum, "clamp_max": dt.minimum,
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le,
    "gt": operator.gt, "ge": operator.ge,
    "where": dt.where, "masked_fill": _masked_fill,
    "mm": dt.matmul, "bmm": dt.matmul, "addmm": _addmm,
    "einsum": lambda spec, operands, path=None: dt.einsum(spec, *operands),
    "sum": _sum, "mean": _mean, "prod": functools.partial(_reduced, dt.prod),
    "amax": functools.partial(_reduced, dt.max), "amin": functools.partial(_reduced, dt.min),
    "any": functools.partial(_reduced, dt.any), "all": functools.partial(_reduced, dt.all),
    "max": dt.max, "min": dt.min,
    "max.dim": _extreme(dt.max, dt.argmax), "min.dim": _extreme(dt.min, dt.argmin),
    "max.other": dt.maximum, "min.other": dt.minimum,
    "argmax": lambda x, dim=None, keepdim=False: dt.argmax(x, axis=dim, keepdims=keepdim),
    "argmin": lambda x, dim=None, keepdim=False: dt.argmin(x, axis=dim, keepdims=keepdim),
    "var": _spread(dt.var), "std": _spread(dt.std),
    "linalg_vector_norm": _norm,
    "logsumexp": functools.partial(_reduced, dt.logsumexp),
    "cumsum": lambda x, dim, dtype=None: dt.cumulative_sum(_to(x, dtype), axis=dim),
    "softmax": _normalise(dt.softmax), "log_softmax": _normalise(dt.log_softmax),
    "glu": lambda x, dim=-1: dt.glu(x, axis=dim),
    "view": _reshape, "reshape": _reshape, "_unsafe_view": _reshape, "flatten": _flatten,
    "unflatten": _unflatten, "permute": _permute, "t": _t, "mT": _matrix_transpose,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transpose),
    "expand": _expand, "expand_as": lambda x, other: dt.broadcast_to(x, other.shape),
    "unsqueeze": _unsqueeze, "squeeze": _squeeze, "cat": _cat,
    "concat": _cat, "stack": _stack, "select": _select, "slice": _slice, "narrow": _narrow,
    "split": _split, "split_with_sizes": _split, "chunk": _chunk, "unbind": _unbind,
    "repeat": _repeat, "tile": _repeat, "pad": _pad, "constant_pad_nd": _constant_pad,
    "flip": lambda x, dims: dt.flip(x, axis=tuple(dims)),
    "roll": lambda x, shifts, dims=(): dt.roll(x, tuple(shifts), axis=_axes(dims)),
    "tril": lambda x, diagonal=0: dt.tril(x, k=diagonal),
    "triu": lambda x, diagonal=0: dt.triu(x, k=diagonal),
    "index_select": lambda x, dim, index: dt.take(x, index, axis=dim),
    "gather": lambda x, dim, index, sparse_grad=False: dt.take_along_axis(x, index, axis=dim),
    "to": _to, "_to_copy": _to, "type_as": lambda x, other: dt.astype(x, other.dtype),
    **dict.fromkeys(
        ("contiguous", "clone", "detach", "alias", "lift_fresh_copy", "dropout_of_evaluation"),
        _passed,
    ),
    "zeros": _filled(0), "ones": _filled(1), "full": _full, "arange": _arange,
    "new_zeros": _new(0), "new_ones": _new(1), "zeros_like": _alike(0), "ones_like": _alike(1),
    "full_like": lambda x, value, **more: _alike(value)(x, **more),
    **{f"max_pool{rank}d": _max_pool for rank in (1, 2, 3)},
    **{f"avg_pool{rank}d": _average_pool for rank in (1, 2, 3)},
    "scaled_dot_product_attention": _attention,
    "upsample_nearest2d": _upsample("nearest"), "upsample_bilinear2d": _upsample("bilinear"),
}  # fmt: skip
"""By the operator's name, or by its name and overload where overloads differ."""


def function_of(name: str, overload: str) -> Function | None:
    """The function of an operator; None for one without a counterpart."""
    return FUNCTIONS.get(f"{name}.{overload}", FUNCTIONS.get(name))
