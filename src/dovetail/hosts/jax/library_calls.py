"""Library calls by JAX's own functions: between segments, and as nodes of a composite.

`LIBRARY_CALLS[name](call, *arrays)`, where `call` is one of operations/splitting.py, or a node of
a graph. Its result has the call's data type; half precisions compute in float32. The derivatives of
convolutions are JAX's transposes of the convolution. Where a matrix is singular, or not positive
definite, the result is not finite: XLA cannot raise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from dovetail.graph.node import Node
from dovetail.hosts.jax.dtypes import result_dtype
from dovetail.operations.splitting import Call

LibraryCall = Callable[..., Any]  # (call, *arrays) -> array


def _matmul(call: Call | Node, a: Any, b: Any) -> Any:
    target, wide = (result_dtype(t, (a, b)) for t in (call.dtype, call.dtype.compute))
    return jnp.matmul(a, b, preferred_element_type=wide).astype(target)


def _order(x: Any, axis: int, descending: bool) -> Any:
    """Stable, NaN last (first where descending), as the array API's sort."""
    if not descending:
        return jnp.argsort(x, axis=axis, stable=True)
    flipped = jnp.argsort(jnp.flip(x, axis), axis=axis, stable=True)
    return jnp.flip(x.shape[axis] - 1 - flipped, axis)


def _argsort(call: Call | Node, x: Any) -> Any:
    attrs: dict[str, Any] = dict(call.attrs)
    order = _order(x, attrs["axis"], attrs["descending"])
    return order.astype(result_dtype(call.dtype, ()))


def _top_k(call: Call | Node, x: Any) -> Any:
    attrs: dict[str, Any] = dict(call.attrs)
    order = lax.slice_in_dim(_order(x, attrs["axis"], True), 0, attrs["k"], axis=attrs["axis"])
    return order.astype(result_dtype(call.dtype, ()))


def _in_float32(function: Callable[..., Any]) -> LibraryCall:
    """The call of a function of attributes and arrays; half precisions are float32 inside."""

    def run(call: Call | Node, *arrays: Any) -> Any:
        target, wide = (result_dtype(t, arrays) for t in (call.dtype, call.dtype.compute))
        return function(dict(call.attrs), *[x.astype(wide) for x in arrays]).astype(target)

    return run


# Convolutions.

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


# Linear algebra.


def _packed(*parts: Any) -> Any:
    """Matrices, and vectors with a last axis of 1, side by side along one axis."""
    flat = [part.reshape(*part.shape[:-2], math.prod(part.shape[-2:])) for part in parts]
    return jnp.concatenate(flat, axis=-1)


def _eigh(attrs: dict[str, Any], a: Any) -> Any:
    values, vectors = jnp.linalg.eigh(a, symmetrize_input=False)
    return jnp.concatenate([values[..., None, :], vectors], axis=-2)


def _svd(attrs: dict[str, Any], a: Any) -> Any:
    u, s, vh = jnp.linalg.svd(a, full_matrices=attrs["full"])
    return _packed(u, s[..., None], vh)


def _qr(attrs: dict[str, Any], a: Any) -> Any:
    rows, columns = a.shape[-2:]
    if rows >= columns:
        return _packed(*jnp.linalg.qr(a, "complete" if attrs["complete"] else "reduced"))
    # JAX has no derivative for these: the first columns decide on q.
    q, r = jnp.linalg.qr(a[..., :rows], "reduced")
    rest = jnp.matmul(jnp.matrix_transpose(q), a[..., rows:], precision="highest")
    return _packed(q, jnp.concatenate([r, rest], axis=-1))


def _cofactor(attrs: dict[str, Any], a: Any) -> Any:
    value, vjp = jax.vjp(jnp.linalg.det, a)
    return vjp(jnp.ones_like(value))[0]


def _solve_triangular(attrs: dict[str, Any], a: Any, b: Any) -> Any:
    lower, unit = attrs["lower"], attrs["unit_diagonal"]
    return lax.linalg.triangular_solve(a, b, left_side=True, lower=lower, unit_diagonal=unit)


def _pinv(attrs: dict[str, Any], a: Any) -> Any:
    rtol = attrs["rtol"]
    if rtol is None:
        rtol = max(a.shape[-2:]) * float(jnp.finfo(a.dtype).eps)
    return jnp.linalg.pinv(a, rtol=rtol)


def _singular_cofactor(attrs: dict[str, Any], a: Any) -> Any:
    """By the singular values, for matrices of any rank; without a derivative of its own."""
    u, s, vh = jnp.linalg.svd(a)
    sign = jnp.linalg.det(u) * jnp.linalg.det(vh)
    count = s.shape[-1]
    others = jnp.where(jnp.eye(count, dtype=bool), 1, s[..., None, :])
    products = jnp.prod(others, axis=-1) * sign[..., None]
    return jnp.matmul(u * products[..., None, :], vh, precision="highest")


_FUNCTIONS: dict[str, Callable[..., Any]] = {  # of attributes and arrays
    "conv": _conv,
    "conv_input": _conv_input,
    "conv_kernel": _conv_kernel,
    "cholesky": lambda attrs, a: lax.linalg.cholesky(a, symmetrize_input=False),
    "solve_triangular": _solve_triangular,
    "solve": lambda attrs, a, b: jnp.linalg.solve(a, b),
    "inv": lambda attrs, a: jnp.linalg.inv(a),
    "det": lambda attrs, a: jnp.linalg.det(a),
    "cofactor": _cofactor,
    "slogdet": lambda attrs, a: jnp.stack(jnp.linalg.slogdet(a), axis=-1),
    "pinv": _pinv,
    "eigh": _eigh,
    "eigvalsh": lambda attrs, a: jnp.linalg.eigvalsh(a, symmetrize_input=False),
    "svd": _svd,
    "svdvals": lambda attrs, a: jnp.linalg.svd(a, compute_uv=False),
    "qr": _qr,
}
LIBRARY_CALLS: dict[str, LibraryCall] = {
    "matmul": _matmul,
    "argsort": _argsort,
    "top_k": _top_k,
    **{name: _in_float32(function) for name, function in _FUNCTIONS.items()},
}

# In a composite JAX differentiates nothing.
COMPOSITE_CALLS = {**LIBRARY_CALLS, "cofactor": _in_float32(_singular_cofactor)}
