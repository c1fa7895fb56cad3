"""What each step means: the code that calls Dovetail, and the same in NumPy and PyTorch.

The two references share nothing with Dovetail. They are called on float64 (or int64, or
bool) arrays, and on float32 ones for what arithmetic of that width makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

try:
    import torch
except ImportError:  # the values are then checked, and derivatives by differences
    torch = None


@dataclass(frozen=True)
class Operation:
    """One kind of step.

    `text`: the code, with `{0}`, `{1}`, `{all}` for operands and names for attributes.
    `result`: "float" and "same" promote the operands, "sum" as sums of integers do, others
    name the dtype. `exact`: nothing is rounded. `rounded`: rounded correctly, and where
    float64 holds the exact result. `accumulates`: rounding errors count against the operands,
    not against the result. `edge`: where the function jumps ("compare", "round", "order") or
    where only its derivative does ("kink").
    """

    name: str
    text: str
    numpy: Callable[..., Any] | None
    torch: Callable[..., Any] | None = None
    result: str = "float"
    exact: bool = False
    rounded: Callable[..., Any] | None = None
    accumulates: bool = False
    edge: str | None = None
    pole: bool = False  # infinite or NaN at a finite operand, other than by overflow
    vanishing: bool = False  # never 0 but by underflow
    parts: Callable[..., Any] | None = None  # or the same by other operations
    low: float = -np.inf  # the domain of the first operand, for the generator
    high: float = np.inf


TABLE: dict[str, Operation] = {}


def define(name: str, text: str, numpy: Any, torch_: Any = None, **options: Any) -> None:
    """Add a row."""
    TABLE[name] = Operation(name, text, numpy, torch_, **options)


def compose(name: str, text: str, parts: Callable[..., Any]) -> None:
    """Add a row whose meaning is `parts(do, x, **attributes)`, where `do(name, ...)` is a step."""
    TABLE[name] = Operation(name, text, None, parts=parts)


def texts() -> dict[str, str]:
    """The code of each operation."""
    return {name: row.text for name, row in TABLE.items()}


# Operators as functions, for arrays whose operators are not Dovetail's.
_FUNCTIONS = {
    "-{0}": "dt.negative({0})", "~{0}": "dt.logical_not({0})", "@": "matmul", "+": "add",
    "-": "subtract", "*": "multiply", "/": "divide", "**": "pow", "//": "floor_divide",
    "%": "remainder", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
    "==": "equal", "!=": "not_equal", "&": "logical_and", "|": "logical_or",
}  # fmt: skip


def _call(text: str) -> str:
    if text in _FUNCTIONS:
        return _FUNCTIONS[text]
    parts = text.split(" ")
    if len(parts) == 3 and parts[1] in _FUNCTIONS:
        return f"dt.{_FUNCTIONS[parts[1]]}({parts[0]}, {parts[2]})"
    return text


def calls() -> dict[str, str]:
    """The code of each operation without operators."""
    return {name: _call(row.text) for name, row in TABLE.items()}


def of_torch(name: str) -> Any:
    """A function of PyTorch, where it is installed."""
    found: Any = torch
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
