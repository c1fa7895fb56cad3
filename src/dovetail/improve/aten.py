"""PyTorch's operators, as `torch.export` names them, in functions of the language.

The arguments are those of the operators in `native_functions.yaml`. Operators with arrays of their
own, such as `linear`, are layers (torch_layers.py); these here have none.
"""

from __future__ import annotations

import itertools
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


def _transpose(x: Any, first: int = 0, second: int = 1) -> Any:
    dims = list(range(x.ndim))
    if dims:
        dims[first], dims[second] = dims[second], dims[first]
    return dt.permute_dims(x, tuple(dims))


def _expand(x: Any, sizes: Any, implicit: bool = False) -> Any:
    lead = len(sizes) - x.ndim
    whole = tuple(
        x.shape[number - lead] if size == -1 else size for number, size in enumerate(sizes)
    )
    return dt.broadcast_to(x, whole)


def _squeeze(x: Any, dim: Any = None) -> Any:
    dims = range(x.ndim) if dim is None else dim if isinstance(dim, (list, tuple)) else [dim]
    axes = tuple(each % x.ndim for each in dims if x.shape[each] == 1)
    return dt.squeeze(x, axis=axes) if axes else x


def _select(x: Any, dim: int, index: Any) -> Any:
    return x[(slice(None),) * (dim % x.ndim) + (index,)]


def _split(x: Any, size: Any, dim: int = 0) -> tuple[Any, ...]:
    """Parts of one size, of which the last may be smaller; or of these sizes."""
    if isinstance(size, (list, tuple)):
        ends = list(itertools.accumulate(size))
    else:
        ends = [min(start + size, x.shape[dim]) for start in range(0, x.shape[dim], size)]
    bounds = itertools.pairwise([0, *ends])
    return tuple(_select(x, dim, slice(start, end)) for start, end in bounds)


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


def _addmm(x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    return _add(x if beta == 1 else beta * x, dt.matmul(a, b), alpha)


def _reduction(function: Function) -> Function:
    def reduced(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        return function(_to(x, dtype), axis=_axes(dim), keepdims=keepdim)

    return reduced


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


# Types, and arrays that are made.


def _type(dtype: Any) -> Any:
    """A data type of PyTorch by its name; None for None."""
    name = str(dtype).rpartition(".")[2]
    found = None if dtype is None else getattr(dt, {"half": "float16"}.get(name, name), None)
    if found is None and dtype is not None:
        raise NotImplementedError(f"arrays of {name}")
    return found


def _full(shape: Any, value: Any, dtype: Any, like: Any = None) -> Any:
    """An array of one value; `like`: another one whose type it has by default."""
    own = None if like is None else like.dtype
    return dt.full(tuple(shape), value, dtype=own if dtype is None else _type(dtype))


def _to(x: Any, *given: Any, dtype: Any = None, **more: Any) -> Any:
    """`to` with a data type among its arguments, or with none."""
    found = [each for each in (*given, dtype) if type(each).__name__ == "dtype"]
    return dt.astype(x, _type(found[0])) if found else x


def _passed(x: Any, *others: Any, **more: Any) -> Any:
    return x


# Functions of neural networks.


def numbers(rank: int, value: Any) -> tuple[Any, ...]:
    """One number for each axis of space."""
    given = list(value) if isinstance(value, (list, tuple)) else [value]
    return tuple(given * rank if len(given) == 1 else given)


def _max_pool(
    x: Any, size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil: bool = False
) -> Any:
    window = [numbers(x.ndim - 2, each) for each in (size, stride or size, padding, dilation)]
    return dt.max_pool(x, *window, ceil_mode=ceil, data_format="channels_first")


def _average_pool(
    x: Any, size: Any, stride: Any = (), padding: Any = 0, ceil: bool = False,
    count_include_pad: bool = True, divisor: Any = None,
) -> Any:  # fmt: skip
    if divisor is not None:
        raise NotImplementedError(f"an average with divisor_override={divisor}")
    window = [numbers(x.ndim - 2, each) for each in (size, stride or size, padding)]
    return dt.avg_pool(
        x, *window, count_include_pad=count_include_pad, ceil_mode=ceil,
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


def _elu(x: Any, alpha: Any = 1.0, scale: Any = 1.0, input_scale: Any = 1.0) -> Any:
    if scale != 1.0 or input_scale != 1.0:
        raise NotImplementedError("elu with a scale")
    return dt.elu(x, alpha)


ACTIVATIONS: Mapping[str, Function] = {
    **{
        name: getattr(dt, name)
        for name in ("mish", "relu", "relu6", "selu", "sigmoid", "silu", "tanh", "log_sigmoid")
    },
    "leaky_relu": lambda x, slope=0.01: dt.leaky_relu(x, slope),
    "gelu": lambda x, approximate="none": dt.gelu(x, approximate == "tanh"),
    "elu": _elu,
    "softplus": lambda x, beta=1.0, threshold=20.0: dt.softplus(x, beta, threshold),
    "hardtanh": lambda x, low=-1.0, high=1.0: dt.clip(x, low, high),
    "hardswish": dt.hard_swish,
    "hardsigmoid": dt.hard_sigmoid,
}
"""Those that reports name as layers."""

FUNCTIONS: Mapping[str, Function] = {
    **ACTIVATIONS,
    **{name: getattr(dt, name) for name in elementwise.__all__},  # those that have the same name
    **{name: _reduction(getattr(dt, name)) for name in ("sum", "mean", "prod", "any", "all")},
    "matmul": dt.matmul,
    "add": _add, "sub": _sub, "mul": operator.mul, "div": _div, "neg": operator.neg,
    "rsub": lambda x, y, alpha=1: _sub(y, x, alpha),
    "true_divide": _div, "floor_divide": operator.floordiv, "remainder": operator.mod,
    "__and__": operator.and_, "__or__": operator.or_, "__xor__": operator.xor,
    "pow": operator.pow, "bitwise_not": dt.bitwise_invert, "clamp": dt.clip,
    "clamp_min": dt.maximum, "clamp_max": dt.minimum,
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le,
    "gt": operator.gt, "ge": operator.ge,
    "where": dt.where, "masked_fill": lambda x, mask, value: dt.where(mask, value, x),
    "mm": dt.matmul, "bmm": dt.matmul, "addmm": _addmm,
    "einsum": lambda spec, operands, path=None: dt.einsum(spec, *operands),
    "amax": _reduction(dt.max), "amin": _reduction(dt.min),
    "max": dt.max, "min": dt.min,
    "max.dim": _extreme(dt.max, dt.argmax), "min.dim": _extreme(dt.min, dt.argmin),
    "max.other": dt.maximum, "min.other": dt.minimum,
    "argmax": lambda x, dim=None, keepdim=False: dt.argmax(x, axis=dim, keepdims=keepdim),
    "argmin": lambda x, dim=None, keepdim=False: dt.argmin(x, axis=dim, keepdims=keepdim),
    "var": _spread(dt.var), "std": _spread(dt.std),
    "linalg_vector_norm": _norm,
    "logsumexp": _reduction(dt.logsumexp),
    "cumsum": lambda x, dim, dtype=None: dt.cumulative_sum(_to(x, dtype), axis=dim),
    "softmax": lambda x, dim, dtype=None: dt.softmax(_to(x, dtype), axis=dim),
    "log_softmax": lambda x, dim, dtype=None: dt.log_softmax(_to(x, dtype), axis=dim),
    "glu": lambda x, dim=-1: dt.glu(x, axis=dim),
    **dict.fromkeys(
        ("view", "reshape", "_unsafe_view"), lambda x, shape: dt.reshape(x, tuple(shape))
    ),
    "flatten": _flatten, "unflatten": _unflatten,
    "permute": lambda x, dims: dt.permute_dims(x, tuple(dim % x.ndim for dim in dims)),
    "t": lambda x: _transpose(x) if x.ndim == 2 else x, "mT": lambda x: _transpose(x, -2, -1),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transpose),
    "expand": _expand, "expand_as": lambda x, other: dt.broadcast_to(x, other.shape),
    "unsqueeze": lambda x, dim: dt.expand_dims(x, axis=dim), "squeeze": _squeeze,
    **dict.fromkeys(("cat", "concat"), lambda arrays, dim=0: dt.concat(list(arrays), axis=dim)),
    "stack": lambda arrays, dim=0: dt.stack(list(arrays), axis=dim),
    "select": _select,
    "slice": lambda x, dim=0, start=None, end=None, step=1: _select(
        x, dim, slice(start, end, step)
    ),
    "narrow": lambda x, dim, start, length: _select(x, dim, slice(start, start + length)),
    "split": _split, "split_with_sizes": _split,
    "chunk": lambda x, chunks, dim=0: _split(x, max(1, -(-x.shape[dim] // chunks)), dim),
    "unbind": lambda x, dim=0: dt.unstack(x, axis=dim),
    **dict.fromkeys(("repeat", "tile"), lambda x, repeats: dt.tile(x, tuple(repeats))),
    "pad": _pad, "constant_pad_nd": _constant_pad,
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
    "zeros": lambda shape, dtype=None, **more: dt.zeros(tuple(shape), dtype=_type(dtype)),
    "ones": lambda shape, dtype=None, **more: dt.ones(tuple(shape), dtype=_type(dtype)),
    "full": lambda shape, value, dtype=None, **more: _full(shape, value, dtype),
    "arange": lambda *bounds, dtype=None, **more: dt.arange(*bounds, dtype=_type(dtype)),
    "new_zeros": lambda x, shape, dtype=None, **more: _full(shape, 0, dtype, x),
    "new_ones": lambda x, shape, dtype=None, **more: _full(shape, 1, dtype, x),
    "zeros_like": lambda x, dtype=None, **more: _full(x.shape, 0, dtype, x),
    "ones_like": lambda x, dtype=None, **more: _full(x.shape, 1, dtype, x),
    "full_like": lambda x, value, dtype=None, **more: _full(x.shape, value, dtype, x),
    **{f"max_pool{rank}d": _max_pool for rank in (1, 2, 3)},
    **{f"avg_pool{rank}d": _average_pool for rank in (1, 2, 3)},
    "scaled_dot_product_attention": _attention,
    "upsample_nearest2d": _upsample("nearest"), "upsample_bilinear2d": _upsample("bilinear"),
}  # fmt: skip
"""By the operator's name, or by its name and overload where overloads differ."""


def function_of(name: str, overload: str) -> Function | None:
    """The function of an operator; None for one without a counterpart."""
    return FUNCTIONS.get(f"{name}.{overload}", FUNCTIONS.get(name))
