"""Which results of correctly rounded operations are exact in float64.

The error of a sum and of a product are themselves float64 numbers (Knuth, The Art of Computer
Programming, vol. 2, 4.2.2; Dekker 1971). Products beyond 2^500 or below 2^-500 count as inexact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SPLIT = 2.0**27 + 1


def sums(x: Any, y: Any) -> Any:
    """Where x + y is exact."""
    total = x + y
    back = total - x
    return (x - (total - back)) + (y - back) == 0


def _halves(x: Any) -> tuple[Any, Any]:
    scaled = _SPLIT * x
    high = scaled - (scaled - x)
    return high, x - high


def products(x: Any, y: Any) -> Any:
    """Where x * y is exact."""
    product = np.asarray(x * y)
    (a, b), (c, d) = _halves(np.asarray(x)), _halves(np.asarray(y))
    error = ((a * c - product) + a * d + b * c) + b * d
    size = np.abs(product)
    zero = (np.asarray(x) == 0) | (np.asarray(y) == 0)
    return ((error == 0) & (size > 2.0**-500) & (size < 2.0**500)) | (zero & np.isfinite(product))


def quotients(x: Any, y: Any) -> Any:
    """Where x / y is exact."""
    quotient = x / y
    return (quotient * y == x) & products(quotient, y)


def roots(x: Any) -> Any:
    """Where sqrt(x) is exact."""
    root = np.sqrt(x)
    return (root * root == x) & products(root, root)
