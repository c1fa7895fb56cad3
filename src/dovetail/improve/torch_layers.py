"""PyTorch's operators with arrays of their own as layers of the library, and these as operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail import library
from dovetail.improve.aten import numbers
from dovetail.language.namespace import NAMESPACE as dt

_LIBRARY: Any = library


@dataclass(frozen=True)
class Array:
    """An argument of an operator that is an array of a layer.

    `place`: of the argument; `axes`: that make the framework's array the layer's.
    """

    name: str
    place: int
    axes: tuple[int, ...] | None = None

    @property
    def back(self) -> tuple[int, ...] | None:
        """The axes that make the layer's array the framework's."""
        return None if self.axes is None else inverse(self.axes)


def inverse(axes: Sequence[int]) -> tuple[int, ...]:
    """The order of axes that takes a permutation back."""
    return tuple(sorted(range(len(axes)), key=lambda axis: axes[axis]))


@dataclass(frozen=True)
class Operator:
    """An operator as a layer: its arguments, with those left out, and the layer for them.

    `make` is given the arguments, with the shape of an array for an array, and returns None where
    the library has no such layer.
    """

    arguments: tuple[Any, ...]  # what those that are left out are
    arrays: tuple[Array, ...]
    make: Callable[..., Any]


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return library.Dense(weight[0], use_bias=bias is not None, features=weight[1])


def _convolution(rank: int) -> Operator:
    def make(
        x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
    ) -> Any:
        if len(x) != rank + 2:
            return None
        own = padding if isinstance(padding, str) else numbers(rank, padding)
        return getattr(_LIBRARY, f"Conv{rank}D")(
            weight[0], tuple(weight[2:]), numbers(rank, stride), own, "channels_first",
            numbers(rank, dilation), groups, use_bias=bias is not None,
            features=weight[1] * groups,
        )  # fmt: skip

    axes = (*range(2, rank + 2), 1, 0)
    arrays = Array("kernel", 1, axes), Array("bias", 2)
    return Operator((None, None, None, 1, 0, 1, 1), arrays, make)


def _batch_norm(
    x: Any, weight: Any, bias: Any, mean: Any, var: Any, training: bool, momentum: float,
    eps: float, *others: Any,
) -> Any:  # fmt: skip
    if training or mean is None or var is None:
        raise NotImplementedError("statistics of the batch in evaluation")
    return library.BatchNorm(
        features=mean[0], momentum=1.0 - momentum, eps=eps, axis=1, use_scale=weight is not None,
        use_bias=bias is not None, unbiased=True,
    )  # fmt: skip


def _layer_norm(x: Any, shape: Any, weight: Any, bias: Any, eps: float, *others: Any) -> Any:
    return library.LayerNorm(
        features=tuple(shape), eps=eps, axis=tuple(range(-len(shape), 0)),
        use_scale=weight is not None, use_bias=bias is not None,
    )  # fmt: skip


def _rms_norm(x: Any, shape: Any, weight: Any, eps: Any) -> Any:
    if eps is None:
        raise NotImplementedError("rms_norm without eps")
    return library.RMSNorm(
        features=tuple(shape), eps=eps, axis=tuple(range(-len(shape), 0)),
        use_scale=weight is not None,
    )  # fmt: skip


def _group_norm(x: Any, groups: int, weight: Any, bias: Any, eps: float, *others: Any) -> Any:
    return library.GroupNorm(groups, eps, 1, weight is not None, bias is not None, features=x[1])


def _dropout(kind: Callable[..., Any], *more: Any) -> Operator:
    def make(x: Any, rate: float, training: bool) -> Any:
        if training:
            raise NotImplementedError("dropout in evaluation")
        return kind(float(rate), *more)

    return Operator((None, 0.5, True), (), make)


def _adaptive(kind: str, rank: int) -> Operator:
    def make(x: Any, size: Any) -> Any:
        if len(x) != rank + 2:
            return None
        given = tuple(size) if isinstance(size, (list, tuple)) else (size,) * rank
        return getattr(_LIBRARY, f"Adaptive{kind}Pool{rank}D")(given, "channels_first")

    return Operator((None, 1), (), make)


_AFFINE = Array("scale", 1), Array("bias", 2)

OPERATORS: Mapping[str, Operator] = {
    "linear": Operator(
        (None, None, None), (Array("kernel", 1, (1, 0)), Array("bias", 2)), _linear
    ),
    **{f"conv{rank}d": _convolution(rank) for rank in (1, 2, 3)},
    "batch_norm": Operator(
        (None, None, None, None, None, False, 0.1, 1e-5, False),
        (*_AFFINE, Array("running_mean", 3), Array("running_var", 4)), _batch_norm,
    ),
    "layer_norm": Operator(
        (None, None, None, None, 1e-5, True), (Array("scale", 2), Array("bias", 3)), _layer_norm
    ),
    "rms_norm": Operator((None, None, None, None), (Array("scale", 2),), _rms_norm),
    "group_norm": Operator(
        (None, 1, None, None, 1e-5, True), (Array("scale", 2), Array("bias", 3)), _group_norm
    ),
    "embedding": Operator(
        (None, None, -1, False, False), (Array("table", 0),),
        lambda weight, indices, *others: library.Embedding(weight[0], weight[1]),
    ),
    "dropout": _dropout(library.Dropout),
    "feature_dropout": _dropout(library.SpatialDropout, "channels_first"),
    **{f"adaptive_avg_pool{rank}d": _adaptive("Average", rank) for rank in (1, 2, 3)},
}  # fmt: skip


# The same where no module of torch.nn has the arrays.


def _dense(x: Any, weight: Any, bias: Any = None) -> Any:
    y = dt.matmul(x, dt.permute_dims(weight, (1, 0)))
    return y if bias is None else y + bias


def _convolved(
    x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    rank = x.ndim - 2
    kernel = dt.permute_dims(weight, (*range(2, rank + 2), 1, 0))
    own = padding if isinstance(padding, str) else numbers(rank, padding)
    y = dt.conv(
        x, kernel, numbers(rank, stride), own, numbers(rank, dilation), groups,
        data_format="channels_first",
    )  # fmt: skip
    return y if bias is None else y + dt.reshape(bias, (-1, *(1,) * rank))


def _layer_normed(
    x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, *others: Any
) -> Any:
    if tuple(x.shape[-len(shape) :]) != tuple(shape):
        raise NotImplementedError("layer_norm of another shape")
    return dt.layer_norm(x, weight, bias, axis=tuple(range(-len(shape), 0)), eps=eps)


FUNCTIONAL: Mapping[str, Callable[..., Any]] = {
    "linear": _dense,
    **{f"conv{rank}d": _convolved for rank in (1, 2, 3)},
    "layer_norm": _layer_normed,
    "embedding": lambda weight, indices, *others: dt.take(weight, indices, axis=0),
}
