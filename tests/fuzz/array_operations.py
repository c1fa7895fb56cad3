"""Rows of the table of operations that reduce, sort and read by index."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fuzz.operations import define, of_torch, torch

_AXES = ", axis={axis}, keepdims={keepdims}"


def _dims(x: Any, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def _over(function: Any) -> Any:
    """A reduction of PyTorch over several axes, also over none."""

    def reduce(x: Any, axis: Any, keepdims: bool) -> Any:
        dims = _dims(x, axis)
        return function(x, dims, keepdims) if dims else function(x[None], (0,), False)

    return reduce


def _torch_prod(x: Any, dims: tuple[int, ...], keepdims: bool) -> Any:
    for dim in sorted((d % x.ndim for d in dims), reverse=True):
        x = x.prod(dim, keepdim=keepdims)
    return x


def _numpy_mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    total = np.sum(x, axis=axis, keepdims=keepdims)
    return total / np.asarray(x.size // total.size if total.size else 1, x.dtype)


def _torch_any(x: Any, dims: tuple[int, ...], keepdims: bool) -> Any:
    return (x != 0).sum(dims, keepdim=keepdims) > 0


def _torch_all(x: Any, dims: tuple[int, ...], keepdims: bool) -> Any:
    return (x == 0).sum(dims, keepdim=keepdims) == 0


def exact_sums(x: Any, axis: Any = None, keepdims: bool = False) -> bool:
    """Whether every sum of elements is exact: small multiples of 1/8 only."""
    eighths = np.asarray(x, np.float64) * 8
    return bool(np.all(eighths == np.round(eighths)) and np.sum(np.abs(eighths)) < 2.0**53)


_SUMS = {"accumulates": True}
define(
    "sum",
    "dt.sum({0}" + _AXES + ")",
    np.sum,
    _over(lambda x, d, k: x.sum(d, keepdim=k)),
    result="sum",
    rounded=exact_sums,
    **_SUMS,
)
define(
    "mean",
    "dt.mean({0}" + _AXES + ")",
    _numpy_mean,
    _over(lambda x, d, k: x.mean(d, keepdim=k)),
    **_SUMS,
)
define("prod", "dt.prod({0}" + _AXES + ")", np.prod, _over(_torch_prod), result="sum", **_SUMS)
define(
    "max",
    "dt.max({0}" + _AXES + ")",
    np.max,
    _over(lambda x, d, k: x.amax(d, keepdim=k)),
    result="same",
    exact=True,
    edge="kink",
)
define(
    "min",
    "dt.min({0}" + _AXES + ")",
    np.min,
    _over(lambda x, d, k: x.amin(d, keepdim=k)),
    result="same",
    exact=True,
    edge="kink",
)
define("any", "dt.any({0}" + _AXES + ")", np.any, _over(_torch_any), result="bool", exact=True)
define("all", "dt.all({0}" + _AXES + ")", np.all, _over(_torch_all), result="bool", exact=True)
define(
    "cumulative_sum",
    "dt.cumulative_sum({0}, axis={axis})",
    np.cumsum,
    lambda x, axis: x.cumsum(axis),
    result="sum",
    rounded=exact_sums,
    **_SUMS,
)
define(
    "cumulative_prod",
    "dt.cumulative_prod({0}, axis={axis})",
    np.cumprod,
    lambda x, axis: x.cumprod(axis),
    result="sum",
    **_SUMS,
)

# Positions and order.
define(
    "argmax",
    "dt.argmax({0}, axis={axis}, keepdims={keepdims})",
    np.argmax,
    lambda x, axis, keepdims: x.argmax(axis, keepdim=keepdims),
    result="int64",
    exact=True,
    edge="order",
)
define(
    "argmin",
    "dt.argmin({0}, axis={axis}, keepdims={keepdims})",
    np.argmin,
    lambda x, axis, keepdims: x.argmin(axis, keepdim=keepdims),
    result="int64",
    exact=True,
    edge="order",
)
define(
    "argsort",
    "dt.argsort({0}, axis={axis})",
    lambda x, axis: np.argsort(x, axis=axis, kind="stable"),
    lambda x, axis: x.argsort(dim=axis, stable=True),
    result="int64",
    exact=True,
    edge="order",
)
define(
    "sort",
    "dt.sort({0}, axis={axis})",
    lambda x, axis: np.sort(x, axis=axis),
    lambda x, axis: x.sort(dim=axis, stable=True).values,
    result="same",
    exact=True,
    edge="kink",
)


def _numpy_pick(x: Any, i: Any, axis: int) -> Any:
    return np.take_along_axis(x, i.astype(np.int64), axis=axis)


def _wrapped(x: Any, i: Any, axis: int) -> Any:
    return torch.where(i < 0, i + x.shape[axis], i)


define(
    "take_along_axis",
    "dt.take_along_axis({0}, {1}, axis={axis})",
    _numpy_pick,
    lambda x, i, axis: torch.take_along_dim(x, _wrapped(x, i, axis), axis),
    result="first",
    exact=True,
)
define(
    "take",
    "dt.take({0}, {1}, axis={axis})",
    lambda x, i, axis: np.take(x, i.astype(np.int64), axis=axis),
    lambda x, i, axis: x.index_select(axis, _wrapped(x, i, axis)),
    result="first",
    exact=True,
)
define(
    "one_hot",
    "dt.one_hot({0}, {count})",
    lambda i, count: (i[..., None] == np.arange(count)).astype(np.float64),
    lambda i, count: (i[..., None] == torch.arange(count)).double(),
    result="float32",
    exact=True,
)
define(
    "searchsorted",
    "dt.searchsorted({0}, {1})",
    lambda x, y: np.searchsorted(x, y),
    of_torch("searchsorted"),
    result="int64",
    exact=True,
    edge="order",
)
