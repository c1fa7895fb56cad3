"""How a model is trained, beside its losses and optimizer: the other arguments of `compile`."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dovetail.errors import ArgumentError
from dovetail.graph.dtypes import DType, bfloat16, float16, float32, float64

Where = str | Callable[[str, Any], bool]
Function = Callable[[Any], Any]

PRECISIONS: Mapping[str, tuple[DType, DType | None]] = {
    "float32": (float32, None),
    "float64": (float64, None),
    "mixed_bfloat16": (float32, bfloat16),
    "mixed_float16": (float32, float16),
}
"""For each name the type of the parameters, and that of the computation where it differs."""


@dataclass(frozen=True)
class Settings:
    """`regularisers` and `constraints`: functions of a parameter, by path or predicate."""

    precision: str | None = None
    gradient_accumulation_steps: int = 1
    ema_momentum: float | None = None
    regularisers: Mapping[Where, Function] = field(default_factory=dict[Where, Function])
    constraints: Mapping[Where, Function] = field(default_factory=dict[Where, Function])
    stop_on_nan: bool = True

    def __post_init__(self) -> None:
        if self.precision is not None and self.precision not in PRECISIONS:
            expected = f"one of {', '.join(PRECISIONS)}"
            raise ArgumentError("compile", "precision", self.precision, expected)
        momentum = self.ema_momentum
        if momentum is not None and not 0.0 <= momentum <= 1.0:
            raise ArgumentError("compile", "ema_momentum", momentum, "a number from 0 to 1")
        for name in ("regularisers", "constraints"):
            for where, function in getattr(self, name).items():
                if not callable(function):
                    expected = f"a function of a parameter for {where!r}"
                    raise ArgumentError("compile", name, function, expected)

    @property
    def dtype(self) -> DType | None:
        """The type of the parameters, if it is asked for."""
        return None if self.precision is None else PRECISIONS[self.precision][0]

    @property
    def compute_dtype(self) -> DType | None:
        """The type of the computation, where it is not that of the parameters."""
        return None if self.precision is None else PRECISIONS[self.precision][1]

    @property
    def scales_loss(self) -> bool:
        """Whether the loss is scaled for the sake of small gradients."""
        return self.compute_dtype is float16


def by_parameter(
    given: Mapping[Where, Function], parameters: Mapping[str, Any]
) -> list[tuple[str, Function]]:
    """The regularisers or constraints of these parameters by path."""
    found = [
        (path, function)
        for where, function in given.items()
        for path, parameter in parameters.items()
        if (where(path, parameter) if callable(where) else fnmatch.fnmatchcase(path, where))
    ]
    matched = {id(function) for _, function in found}
    for where, function in given.items():
        if id(function) not in matched:
            expected = f"a pattern of one of {', '.join(parameters)}"
            raise ArgumentError("compile", "the pattern of a parameter", where, expected)
    return found
