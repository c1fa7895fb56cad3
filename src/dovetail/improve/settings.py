"""Checks of the numbers among the arguments of `prune`, `quantise` and the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

from dovetail.errors import ArgumentError
from dovetail.train.configuration import whole

_LEAST = {"batch_size": 1, "rounds": 1, "multiple_of": 1, "epochs": 0}  # of whole numbers
_SHARE: tuple[Callable[[float], bool], str] = (
    lambda value: 0.0 < value <= 1.0, "a share, above 0 and up to 1"
)  # fmt: skip
_RANGES: Mapping[str, tuple[Callable[[float], bool], str]] = {
    "energy": _SHARE,
    "weight": _SHARE,
    "multiply_adds": (
        lambda value: 0.0 < value < 1.0, "a share of those of the model, between 0 and 1"
    ),
    "temperature": (lambda value: value > 0.0, "a number above 0"),
    "tolerance": (math.isfinite, "a finite number"),
}  # fmt: skip


def check_numbers(call: str, **numbers: Any) -> None:
    """Raise an error unless each is a finite number in the range of its name."""
    for name, value in numbers.items():
        if name in _LEAST:
            whole(name, value, _LEAST[name], call)
            continue
        fits, expected = _RANGES[name]
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not (is_number and math.isfinite(value) and fits(float(value))):
            raise ArgumentError(call, name, value, expected)
