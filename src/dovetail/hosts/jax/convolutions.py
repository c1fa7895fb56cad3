"""Convolutions by XLA's own, between segments and in JAX's composite.

Half precisions compute in float32. The derivatives are JAX's transposes of the convolution.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax import lax

from dovetail.graph.node import Node
from dovetail.hosts.jax.dtypes import result_dtype
from dovetail.operations.composite import Rule
from dovetail.operations.splitting import Call

Function = Callable[..., Any]  # (attributes, *arrays) -> array
_SPACE = ("W", "HW", "DHW")


def _single(attrs: dict[str, Any], x: Any, kernel: Any) -> Any:
    space = _SPACE[len(attrs["steps"]) - 1]
    return lax.conv_general_dilated(
        x, kernel, attrs["steps"], list(zip(attrs["lows"], attrs["highs"], strict=True)),
        rhs_dilation=attrs["dilations"], feature_group_count=attrs["groups"],
        dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"), precision="highest",
    )  # fmt: skip


def _conv(attrs: dict[str, Any], x: Any, kernel: Any) -> Any:
    function: Any = _single
    for _ in range(x.ndim - len(attrs["steps"]) - 2):
        function = jax.vmap(function, in_axes=(None, 0, 0))
    return function(attrs, x, kernel)


def _conv_input(attrs: dict[str, Any], y: Any, kernel: Any) -> Any:
    lead = y.ndim - len(attrs["steps"]) - 2
    fields = zip(
        y.shape[lead + 1 : -1], kernel.shape[lead:-2],
        *[attrs[name] for name in ("steps", "dilations", "lows", "highs", "extra")], strict=True,
    )  # fmt: skip
    space = [
        (n - 1) * step + gap * (size - 1) + 1 - low - high + extra
        for n, size, step, gap, low, high, extra in fields
    ]
    shape = (*y.shape[: lead + 1], *space, kernel.shape[-2] * attrs["groups"])
    like = jax.ShapeDtypeStruct(shape, y.dtype)
    return jax.linear_transpose(lambda x: _conv(attrs, x, kernel), like)(y)[0]


def _conv_kernel(attrs: dict[str, Any], x: Any, y: Any) -> Any:
    lead = x.ndim - len(attrs["steps"]) - 2
    channels = x.shape[-1] // attrs["groups"], y.shape[-1]
    shape = (*x.shape[:lead], *attrs["window"], *channels)
    like = jax.ShapeDtypeStruct(shape, x.dtype)
    return jax.linear_transpose(lambda kernel: _conv(attrs, x, kernel), like)(y)[0]


_TABLE: dict[str, Function] = {
    "conv": _conv,
    "conv_input": _conv_input,
    "conv_kernel": _conv_kernel,
}


def _called(function: Function) -> Callable[..., Any]:
    """The function of a library call between segments."""

    def run(call: Call, *arrays: Any) -> Any:
        wanted, wide = (result_dtype(t, arrays) for t in (call.dtype, call.dtype.compute))
        return function(dict(call.attrs), *[x.astype(wide) for x in arrays]).astype(wanted)

    return run


def _rule(function: Function) -> Rule:
    """The function of a node in a composite."""

    def rule(node: Node, *arrays: Any) -> Any:
        wide = node.dtype.compute.numpy
        found = function(dict(node.attrs), *[x.astype(wide) for x in arrays])
        return found.astype(node.dtype.numpy)

    return rule


CONVOLUTION_CALLS = {name: _called(function) for name, function in _TABLE.items()}
CONVOLUTION_RULES: dict[str, Rule] = {name: _rule(function) for name, function in _TABLE.items()}
