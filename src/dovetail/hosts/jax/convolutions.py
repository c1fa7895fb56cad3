"""Convolutions by XLA's own; their derivatives are JAX's transposes of the convolution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax import lax

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


CONVOLUTIONS: dict[str, Function] = {
    "conv": _conv,
    "conv_input": _conv_input,
    "conv_kernel": _conv_kernel,
}
