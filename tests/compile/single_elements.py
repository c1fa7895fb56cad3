"""Deep expressions of one element, in every kind of loop. Run by test_single_elements.py."""

from __future__ import annotations

from typing import Any

import numpy as np

import dovetail as dt

DEPTH = 3
RANDOM = np.random.default_rng(0)


def deep(x: Any) -> Any:
    for _ in range(DEPTH):
        x = dt.mish(x)
    return x


def expected(x: Any) -> tuple[Any, Any]:
    """`deep` and its derivative in NumPy."""
    slope = np.ones_like(x)
    for _ in range(DEPTH):
        tanh, sigmoid = np.tanh(np.log1p(np.exp(x))), 1 / (1 + np.exp(-x))
        slope = slope * (tanh + x * (1 - tanh**2) * sigmoid)
        x = x * tanh
    return x, slope


ONE, UNIT, NONE = np.full(1, 0.7), np.full((1, 1), 0.7), np.empty((0, 1))
VALUE, SLOPE = expected(ONE)

# In each, every element of `ONE` or `UNIT` counts as often as the number says.
GRADIENTS: dict[str, tuple[Any, Any, float]] = {
    "gather": (lambda x: dt.sum(deep(x)[[0]]), ONE, 1),
    "gather twice": (lambda x: dt.sum(deep(x)[np.array([0, 0])]), ONE, 2),
    "gather a column": (lambda x: dt.sum(deep(x)[:, [0]]), UNIT, 1),
    "gather nothing": (lambda x: dt.sum(deep(x)[np.zeros(0, int)]), ONE, 0),
    "label": (lambda x: dt.sum(dt.take_along_axis(deep(x), np.array([[0]]), axis=1)), UNIT, 1),
    "sort": (lambda x: dt.sum(dt.sort(deep(x))), ONE, 1),
    "max": (lambda x: dt.max(deep(x)), ONE, 1),
    "max of rows": (lambda x: dt.sum(dt.max(deep(x), axis=1)), UNIT, 1),
    "prod": (lambda x: dt.prod(deep(x)), UNIT, 1),
    "running sum": (lambda x: dt.sum(dt.cumulative_sum(deep(x))), ONE, 1),
    "pieces": (lambda x: dt.sum(dt.concat([deep(x), 2 * deep(x)])[::2]), ONE, 1),
    "broadcast": (lambda x: dt.sum(dt.broadcast_to(deep(x), (5, 3))), ONE, 15),
}


def main() -> None:
    for name, (function, x, count) in GRADIENTS.items():
        np.testing.assert_allclose(
            dt.grad(function)(x), np.broadcast_to(count * SLOPE, x.shape), rtol=1e-14, err_msg=name
        )
    gathered = dt.grad(lambda x: dt.sum(deep(x)[:, np.zeros(1, int)]))(NONE)
    assert gathered.shape == NONE.shape
    # What is the same for all rows, all lanes, all inner columns; and loops without an iteration.
    softmax_rows = dt.op(lambda x, w: dt.softmax(x, axis=-1) * deep(w))
    quotients = dt.op(lambda x, w: x * deep(w) / dt.sum(dt.exp(x), axis=(1, 2), keepdims=True))
    scaled = dt.op(lambda x, w: x * deep(w))
    for rows in (4096, 3, 0):
        x, w = RANDOM.normal(size=(rows, 8)), RANDOM.normal(size=8)
        share = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
        for factor in (w, ONE):
            found = softmax_rows(x, factor)
            np.testing.assert_allclose(found, share * expected(factor)[0], rtol=1e-13)
        np.testing.assert_allclose(scaled(x.T, ONE), x.T * VALUE, rtol=1e-14)
        y = RANDOM.normal(size=(rows, 16, 40))[:, ::2]
        total = np.exp(y).sum((1, 2), keepdims=True)
        np.testing.assert_allclose(
            quotients(y, w[:, None]), y * expected(w[:, None])[0] / total, rtol=1e-12
        )


main()
