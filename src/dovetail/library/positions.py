"""Positions in a sequence: rotary, sinusoidal, and slopes for scores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.extension.layer import Layer
from dovetail.extension.op import op
from dovetail.graph.node import Array
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating, widened

__all__ = ["SinusoidalPositions", "alibi_slopes", "rope", "sinusoidal_table"]


@op
def rope(x: Any, positions: Any = None, base: float = 10000.0, interleaved: bool = False) -> Any:
    """x of (..., time, size), each pair of features turned by position / base^(2 pair / size).

    Pair p is the features p and p + size / 2, or with `interleaved` 2 p and 2 p + 1. `positions`
    broadcast to (..., time); by default 0, 1, ... Su et al. 2021, arXiv:2104.09864.
    """
    if len(x.shape) < 2 or x.shape[-1] % 2:
        raise ShapeError("rope", [x.shape], "(..., time, size) with an even size")
    time, half = x.shape[-2], x.shape[-1] // 2
    wide, dtype = widened(x), floating(x).dtype
    where = dt.arange(time) if positions is None else positions
    powers = dt.arange(half, dtype=wide.dtype) * (-1.0 / max(half, 1))
    angles = dt.astype(where, wide.dtype)[..., None] * dt.exp(powers * dt.log(base))
    cosine, sine = dt.cos(angles), dt.sin(angles)
    if interleaved:
        pairs = dt.reshape(wide, (*x.shape[:-1], half, 2))
        first, second = pairs[..., 0], pairs[..., 1]
    else:
        first, second = wide[..., :half], wide[..., half:]
    turned = first * cosine - second * sine, second * cosine + first * sine
    if interleaved:
        return dt.astype(dt.reshape(dt.stack(turned, axis=-1), x.shape), dtype)
    return dt.astype(dt.concat(turned, axis=-1), dtype)


@rope.samples
def _(rng: Any) -> Any:
    return rng.normal(size=(2, 5, 6))


def _sinusoids(xp: Any, length: int, size: int, base: Any) -> Any:
    """The table in float64, by NumPy or in the language.

    The size is a sum of ones: a number of Python would be a constant, in a kernel for each size.
    """
    ones = xp.ones(size, dtype=xp.float64)
    feature = xp.arange(size, dtype=xp.float64)
    odd = feature % 2
    angles = xp.arange(length, dtype=xp.float64)[:, None] / base ** ((feature - odd) / xp.sum(ones))
    return xp.where(odd == 1, xp.cos(angles), xp.sin(angles))


def sinusoidal_table(length: int, size: int, base: float = 10000.0) -> Array:
    """(length, size): feature 2 p is sin(t / base^(2 p / size)) at position t, 2 p + 1 its cosine.

    Vaswani et al. 2017, arXiv:1706.03762.
    """
    return _sinusoids(np, length, size, base).astype(np.float32)


class SinusoidalPositions(Layer):
    """x + `sinusoidal_table`, for x of (..., time, features). Vaswani et al., arXiv:1706.03762."""

    base: float = 10000.0

    def forward(self, x: Any) -> Any:
        """x with its positions."""
        x = floating(x)
        length, size = x.shape[-2:]
        table = dt.astype(_sinusoids(dt, length, size, self.base), dt.float32)
        return x + dt.astype(table, x.dtype)


@SinusoidalPositions.samples
def _(rng: Any) -> Any:
    return SinusoidalPositions(), rng.normal(size=(2, 5, 6))


def alibi_slopes(heads: int) -> Array:
    """(heads, 1, 1): from 2^(-8 / heads) to 2^-8. Press, Smith & Lewis 2021, arXiv:2108.12409.

    A score function with them: `lambda s, i, j: s - slopes * (i - j)`. If the number of heads is no
    power of two, the slopes are those of the next lower one and every second of twice as many.
    """
    if heads < 1:
        raise ArgumentError("alibi_slopes", "heads", heads, "at least 1")
    lower = 2 ** int(math.log2(heads))
    exponents = [*(-8 * (n + 1) / lower for n in range(lower))]
    exponents += [-8 * (2 * n + 1) / (2 * lower) for n in range(heads - lower)]
    return (2.0 ** np.asarray(exponents, np.float64)).astype(np.float32)[:, None, None]
