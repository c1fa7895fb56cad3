"""Checks of the numbers that changes of models are given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError


def _whole(least: int) -> tuple[Callable[[Any], bool], str]:
    def fits(value: Any) -> bool:
        return isinstance(value, (int, np.integer)) and int(value) >= least

    return fits, f"a whole number, {least} or more"


_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("batch_size", "rounds", "multiple_of"), _whole(1)),
    "epochs": _whole(0),
    **dict.fromkeys(
        ("energy", "weight"), (lambda value: 0.0 < value <= 1.0, "a share, above 0 and up to 1")
    ),
    "multiply_adds": (
        lambda value: 0.0 < value < 1.0, "a share of those of the model, between 0 and 1"
    ),
    "temperature": (lambda value: value > 0.0, "a number above 0"),
    "tolerance": (math.isfinite, "a finite number"),
}  # fmt: skip


def check_numbers(call: str, **numbers: Any) -> None:
    """Raises for a setting that is no finite number, or not one that its name allows."""
    for name, value in numbers.items():
        fits, expected = _RULES[name]
        is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not (is_number and math.isfinite(value) and fits(value)):
            raise ArgumentError(call, name, value, expected)
