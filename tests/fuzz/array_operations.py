"""Rows of the table of operations that reduce, move, index, sort and multiply matrices."""

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


_SUMS = {"accumulates": True}
define("sum", "dt.sum({0}" + _AXES + ")", np.sum,
       _over(lambda x, d, k: x.sum(d, keepdim=k)), result="sum", rounded=True, **_SUMS)  # fmt: skip
define("mean", "dt.mean({0}" + _AXES + ")", _numpy_mean,
       _over(lambda x, d, k: x.mean(d, keepdim=k)), **_SUMS)  # fmt: skip
define("prod", "dt.prod({0}" + _AXES + ")", np.prod, _over(_torch_prod), result="sum", **_SUMS)
define("max", "dt.max({0}" + _AXES + ")", np.max, _over(lambda x, d, k: x.amax(d, keepdim=k)),
       result="same", exact=True, edge="kink")  # fmt: skip
define("min", "dt.min({0}" + _AXES + ")", np.min, _over(lambda x, d, k: x.amin(d, keepdim=k)),
       result="same", exact=True, edge="kink")  # fmt: skip
define("any", "dt.any({0}" + _AXES + ")", np.any, _over(_torch_any), result="bool", exact=True)
define("all", "dt.all({0}" + _AXES + ")", np.all, _over(_torch_all), result="bool", exact=True)
define("cumulative_sum", "dt.cumulative_sum({0}, axis={axis})", np.cumsum,
       lambda x, axis: x.cumsum(axis), result="sum", rounded=True, **_SUMS)  # fmt: skip
define("cumulative_prod", "dt.cumulative_prod({0}, axis={axis})", np.cumprod,
       lambda x, axis: x.cumprod(axis), result="sum", **_SUMS)  # fmt: skip

# Positions and order.
define("argmax", "dt.argmax({0}, axis={axis}, keepdims={keepdims})", np.argmax,
       lambda x, axis, keepdims: x.argmax(axis, keepdim=keepdims), result="int64", exact=True,
       edge="order")  # fmt: skip
define("argmin", "dt.argmin({0}, axis={axis}, keepdims={keepdims})", np.argmin,
       lambda x, axis, keepdims: x.argmin(axis, keepdim=keepdims), result="int64", exact=True,
       edge="order")  # fmt: skip
define("argsort", "dt.argsort({0}, axis={axis})",
       lambda x, axis: np.argsort(x, axis=axis, kind="stable"),
       lambda x, axis: x.argsort(dim=axis, stable=True), result="int64", exact=True, edge="order")  # fmt: skip
define("sort", "dt.sort({0}, axis={axis})", lambda x, axis: np.sort(x, axis=axis),
       lambda x, axis: x.sort(dim=axis, stable=True).values, result="same", exact=True, edge="kink")  # fmt: skip


def _numpy_pick(x: Any, i: Any, axis: int) -> Any:
    return np.take_along_axis(x, i.astype(np.int64), axis=axis)


def _wrapped(x: Any, i: Any, axis: int) -> Any:
    return torch.where(i < 0, i + x.shape[axis], i)


define("take_along_axis", "dt.take_along_axis({0}, {1}, axis={axis})", _numpy_pick,
       lambda x, i, axis: torch.take_along_dim(x, _wrapped(x, i, axis), axis), result="first",
       exact=True)  # fmt: skip
define("take", "dt.take({0}, {1}, axis={axis})",
       lambda x, i, axis: np.take(x, i.astype(np.int64), axis=axis),
       lambda x, i, axis: x.index_select(axis, _wrapped(x, i, axis)), result="first", exact=True)  # fmt: skip
define("one_hot", "dt.one_hot({0}, {count})",
       lambda i, count: (i[..., None] == np.arange(count)).astype(np.float64),
       lambda i, count: (i[..., None] == torch.arange(count)).double(), result="float32",
       exact=True)  # fmt: skip
define("searchsorted", "dt.searchsorted({0}, {1})",
       lambda x, y: np.searchsorted(x, y), of_torch("searchsorted"), result="int64",
       exact=True, edge="order")  # fmt: skip

# Movement.
_MOVES = {"exact": True, "result": "same"}
define("transpose", "dt.matrix_transpose({0})", lambda x: np.swapaxes(x, -1, -2),
       lambda x: x.transpose(-1, -2), **_MOVES)  # fmt: skip
define("permute", "dt.permute_dims({0}, {axes})", lambda x, axes: np.transpose(x, axes),
       lambda x, axes: x.permute(axes), **_MOVES)  # fmt: skip
define("flip", "dt.flip({0}, axis={axis})", lambda x, axis: np.flip(x, axis),
       lambda x, axis: x.flip(axis), **_MOVES)  # fmt: skip
define("roll", "dt.roll({0}, {shift}, axis={axis})", lambda x, shift, axis: np.roll(x, shift, axis),
       lambda x, shift, axis: x.roll(shift, axis), **_MOVES)  # fmt: skip
define("flatten", "dt.reshape({0}, (-1,))", lambda x: x.reshape(-1), lambda x: x.reshape(-1),
       **_MOVES)  # fmt: skip
define("join_last", "dt.reshape({0}, (*{0}.shape[:-2], {0}.shape[-2] * {0}.shape[-1]))",
       lambda x: x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1]),
       lambda x: x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1]), **_MOVES)  # fmt: skip
define("expand", "dt.expand_dims({0}, axis={axis})", lambda x, axis: np.expand_dims(x, axis),
       lambda x, axis: x.unsqueeze(axis), **_MOVES)  # fmt: skip
define("index", "{0}[{key}]", lambda x, key: eval(f"x[{key}]", {"x": x}),
       lambda x, key: _torch_index(x, key), **_MOVES)  # fmt: skip
define("like", "dt.broadcast_to({0}, {1}.shape)", lambda x, y: np.broadcast_to(x, y.shape),
       lambda x, y: x.broadcast_to(y.shape), exact=True, result="first")  # fmt: skip
define("concat", "dt.concat([{all}], axis={axis})", lambda *x, axis: np.concatenate(x, axis),
       lambda *x, axis: torch.cat(x, axis), **_MOVES)  # fmt: skip
define("stack", "dt.stack([{all}], axis={axis})", lambda *x, axis: np.stack(x, axis),
       lambda *x, axis: torch.stack(x, axis), **_MOVES)  # fmt: skip
define("pad", "dt.pad({0}, 1, value={c})",
       lambda x, c: np.pad(x, 1, constant_values=c),
       lambda x, c: torch.nn.functional.pad(x, (1, 1) * x.ndim, value=c), **_MOVES)  # fmt: skip
define("repeat", "dt.repeat({0}, {count}, axis={axis})",
       lambda x, count, axis: np.repeat(x, count, axis),
       lambda x, count, axis: x.repeat_interleave(count, axis), **_MOVES)  # fmt: skip
define("tile", "dt.tile({0}, (2,) * {0}.ndim)", lambda x: np.tile(x, (2,) * x.ndim),
       lambda x: x.tile((2,) * x.ndim), **_MOVES)  # fmt: skip
define("tril", "dt.tril({0}, k={k})", lambda x, k: np.tril(x, k), lambda x, k: x.tril(k), **_MOVES)
define("triu", "dt.triu({0}, k={k})", lambda x, k: np.triu(x, k), lambda x, k: x.triu(k), **_MOVES)


def _torch_index(x: Any, key: str) -> Any:
    """`x[key]`; PyTorch has no negative steps, which are flips."""
    parts = [part.strip() for part in key.split(",")]
    for place, part in enumerate(parts):
        if part.startswith("::-"):
            axis = place if "..." not in parts else place - len(parts)
            x = x.flip(axis)
            parts[place] = f"::{part[3:]}"
    return eval(f"x[{', '.join(parts)}]", {"x": x})


# Products.
define("matmul", "{0} @ {1}", np.matmul, of_torch("matmul"), result="same", **_SUMS)
define("vecdot", "dt.vecdot({0}, {1})", lambda x, y: (x * y).sum(-1), lambda x, y: (x * y).sum(-1),
       result="same", **_SUMS)  # fmt: skip
define("outer", "dt.outer({0}, {1})", lambda x, y: x[:, None] * y, lambda x, y: x[:, None] * y,
       result="same")  # fmt: skip
define("gram", "dt.einsum('ik,jk->ij', {0}, {1})", lambda x, y: x @ y.T, lambda x, y: x @ y.T,
       result="same", **_SUMS)  # fmt: skip
define("diff", "dt.diff({0}, axis={axis})", lambda x, axis: np.diff(x, axis=axis),
       lambda x, axis: x.diff(dim=axis), result="same")  # fmt: skip
