"""How NumPy evaluates elementwise rows, where it is more than one function of NumPy's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.graph.node import Array, Node


def plain(function: Callable[..., Any]) -> Callable[..., Array]:
    """Evaluate by a NumPy function of the operands alone."""

    def evaluate(node: Node, *arrays: Array) -> Array:
        return function(*arrays)

    return evaluate


def of_math(function: Callable[[float], float]) -> Callable[[Array], Array]:
    """A function of the math module over an array of any shape."""
    vectorised = np.vectorize(function, otypes=[np.float64])

    def apply(x: Array) -> Array:
        return vectorised(x) if np.size(x) else np.asarray(x, np.float64)

    return apply


erf = of_math(math.erf)
erfc = of_math(math.erfc)


def fused_multiply_add(x: Array, y: Array, z: Array) -> Array:
    """x y + z, rounded once."""
    # In float64 the long double has 11 bits more, or none: the last bit may differ from a kernel's.
    wide = np.longdouble if np.result_type(x) == np.float64 else np.float64
    with np.errstate(all="ignore"):
        return (np.asarray(x, wide) * y + z).astype(np.result_type(x))


def power(node: Node, x: Array, y: Array) -> Array:
    """x^y; of integers with a negative exponent rounded towards 0."""
    if node.dtype.kind != "i":
        return np.power(x, y)
    # 1 / x^n rounded towards zero: 0, but for x = 1 and x = -1. y & 1 says whether n is odd.
    reciprocal = np.where(np.abs(x) == 1, np.power(x, y & 1), 0)
    return np.where(y < 0, reciprocal, np.power(x, np.maximum(y, 0)))


def nextafter(node: Node, x: Array, y: Array) -> Array:
    """The next number of the node's type, from x towards y."""
    kind = node.dtype.numpy
    return np.where(x == y, y, np.nextafter(x.astype(kind), y.astype(kind)).astype(x.dtype))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    with np.errstate(over="ignore"):
        return np.where(x < 0, np.exp(np.minimum(x, 0)), 1) / (1 + np.exp(-np.abs(x)))


def ndtr(x: Array) -> Array:
    """The cumulative normal distribution."""
    # Far from 0, erfc magnifies the rounding of its argument, which is therefore corrected.
    exact = np.clip(x, -40.0, 40.0) * -np.sqrt(np.longdouble(0.5))
    rounded = exact.astype(np.float64)
    slope = -2.0 / math.sqrt(math.pi) * np.exp(-rounded * rounded)
    return ((erfc(rounded) + (exact - rounded) * slope) / 2.0).astype(np.result_type(x))


def normal_density(x: Array) -> Array:
    """exp(-x^2 / 2) / sqrt(2 pi)."""
    # exp magnifies the rounding of its argument.
    wide = np.asarray(x, np.longdouble)
    with np.errstate(over="ignore"):
        return (np.exp(-wide * wide / 2.0) / np.sqrt(2.0 * np.pi)).astype(np.result_type(x))


def cast(node: Node, x: Array) -> Array:
    """The operand in the dtype of the attributes; integers saturate."""
    target = node.attr("dtype")
    if target.is_integer and x.dtype.kind == "f":
        limits = np.iinfo(target.numpy)
        with np.errstate(invalid="ignore"):
            clipped = np.clip(np.nan_to_num(x, nan=0.0), float(limits.min), float(limits.max))
            inside = np.where(clipped >= float(limits.max), 0, clipped).astype(target.numpy)
        return np.where(clipped >= float(limits.max), limits.max, inside).astype(target.numpy)
    return x.astype(target.numpy)


# Which branch of a piecewise function an element is on.


def by_value(node: Node, value: Array, *arrays: Array) -> Array:
    """The branch of a step function: its value."""
    return value


def by_sign(node: Node, value: Array, *arrays: Array) -> Array:
    """The branch of a function that depends on the sign of its last operand."""
    return np.signbit(arrays[-1])


def by_quotient(node: Node, value: Array, x: Array, y: Array) -> Array:
    """The branch of a function of floor(x / y)."""
    return np.floor(x / y)


def by_comparison(node: Node, value: Array, x: Array, y: Array) -> Array:
    """The branch of a function that takes one of its operands."""
    return x > y


def by_sign_of_difference(node: Node, value: Array, x: Array, y: Array) -> Array:
    """The branch of a step from x towards y."""
    return np.sign(y - x)
