"""Initial values of parameters, by name.

For fans the last dimension counts the outputs, the one before it the inputs, and all others are
the receptive field; one dimension is both fans.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Array, Shape

# In quotes, because numpy.random is imported where it is first named.
Initializer = Callable[["np.random.Generator", Shape, Any], Any]
Init = str | float | Initializer

# The standard deviation of a standard normal distribution, truncated at +-2.
_TRUNCATED = 0.87962566103423978


def fans(shape: Shape) -> tuple[float, float]:
    """(inputs, outputs) of a kernel."""
    if len(shape) < 2:
        extent = float(shape[0]) if shape else 1.0
        return extent, extent
    field = math.prod(shape[:-2])
    return float(shape[-2] * field), float(shape[-1] * field)


def _scale(shape: Shape, inputs: float, outputs: float) -> float:
    fan_in, fan_out = fans(shape)
    return max(1.0, inputs * fan_in + outputs * fan_out)


def _uniform(variance: float, inputs: float, outputs: float) -> Initializer:
    def draw(rng: np.random.Generator, shape: Shape, dtype: Any) -> Array:
        limit = math.sqrt(3 * variance / _scale(shape, inputs, outputs))
        return rng.uniform(-limit, limit, shape)

    return draw


def _truncated(variance: float, inputs: float, outputs: float) -> Initializer:
    def draw(rng: np.random.Generator, shape: Shape, dtype: Any) -> Array:
        deviation = math.sqrt(variance / _scale(shape, inputs, outputs)) / _TRUNCATED
        values = rng.standard_normal(shape)
        while (outside := np.abs(values) > 2).any():
            values[outside] = rng.standard_normal(int(outside.sum()))
        return values * deviation

    return draw


def _orthogonal(rng: np.random.Generator, shape: Shape, dtype: Any) -> Array:
    """Saxe et al. 2014, arXiv:1312.6120: rows or columns of a random orthogonal matrix."""
    if len(shape) < 2:
        expected = "a shape of two dimensions or more"
        raise ShapeError("orthogonal", [shape], expected, "choose another init=")
    rows, columns = math.prod(shape[:-1]), shape[-1]
    tall = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diagonal(r))
    return (q if rows >= columns else q.T).reshape(shape)


INITIALIZERS: dict[str, Initializer] = {
    "zeros": lambda rng, shape, dtype: np.zeros(shape),
    "ones": lambda rng, shape, dtype: np.ones(shape),
    "normal": lambda rng, shape, dtype: rng.normal(0.0, 0.02, shape),
    "uniform": lambda rng, shape, dtype: rng.uniform(-0.05, 0.05, shape),
    "glorot_uniform": _uniform(1.0, 0.5, 0.5),  # Glorot & Bengio 2010
    "glorot_normal": _truncated(1.0, 0.5, 0.5),
    "he_uniform": _uniform(2.0, 1.0, 0.0),  # He et al. 2015, arXiv:1502.01852
    "he_normal": _truncated(2.0, 1.0, 0.0),
    "lecun_uniform": _uniform(1.0, 1.0, 0.0),  # LeCun et al. 1998
    "lecun_normal": _truncated(1.0, 1.0, 0.0),
    "orthogonal": _orthogonal,
}


def initial(where: str, init: Init, rng: np.random.Generator, shape: Shape, dtype: DType) -> Array:
    """The initial value; `where` names the parameter in messages."""
    if isinstance(init, str):
        if init not in INITIALIZERS:
            expected = f"a number, a function (rng, shape, dtype), or {', '.join(INITIALIZERS)}"
            raise ArgumentError(where, "the initial value", init, expected, "correct init=")
        value = INITIALIZERS[init](rng, shape, dtype.numpy)
    elif callable(init):
        value = init(rng, shape, dtype.numpy)
    else:
        value = np.full(shape, init)
    array = np.asarray(value)
    if array.shape != shape:
        what = f"the initial value of {where}"
        raise ShapeError(what, [array.shape], f"shape {shape}", "correct init=")
    return np.array(array, dtype=dtype.numpy, order="C")
