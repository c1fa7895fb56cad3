"""Sums of probabilities given by their logarithms, where a probability may be 0 (log -inf)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dovetail.language.namespace import NAMESPACE as dt

__all__: list[str] = []


def _finite(peak: Any) -> Any:
    """The maximum of logarithms, which is subtracted from them; 0 where it is infinite."""
    peak = dt.stop_gradient(peak)
    return dt.where(dt.abs(peak) == math.inf, 0.0, peak)


def _log(total: Any) -> Any:
    """log(total), with derivative 0 where the total is 0."""
    is_zero = total == 0.0
    return dt.where(is_zero, -math.inf, dt.log(dt.where(is_zero, 1.0, total)))


def log_add(*terms: Any) -> Any:
    """log(sum(e^t)) over the terms, elementwise; of -inf alone it is -inf, with gradient 0."""
    peak = terms[0]
    for each in terms[1:]:
        peak = dt.maximum(peak, each)
    shift = _finite(peak)
    total = dt.exp(terms[0] - shift)
    for each in terms[1:]:
        total = total + dt.exp(each - shift)
    return _log(total) + shift


def log_sum(x: Any, axis: int | Sequence[int]) -> Any:
    """log(sum(e^x)) over axes; of -inf alone it is -inf, with gradient 0."""
    shift = _finite(dt.max(x, axis=axis, keepdims=True))
    total = dt.sum(dt.exp(x - shift), axis=axis, keepdims=True)
    return dt.sum(_log(total) + shift, axis=axis)
