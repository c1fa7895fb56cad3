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
    name the dtype. `exact`: nothing is rounded. `accumulates`: rounding errors count
    against the operands, not against the result. `edge`: where the function jumps
    ("compare", "round", "order") or where only its derivative does ("kink").
    """

    name: str
    text: str
    numpy: Callable[..., Any]
    torch: Callable[..., Any] | None = None
    result: str = "float"
    exact: bool = False
    accumulates: bool = False
    edge: str | None = None
    inner: float = 0.0  # what is added on the way is rounded at this size, too
    low: float = -np.inf  # the domain of the first operand, for the generator
    high: float = np.inf


TABLE: dict[str, Operation] = {}


def define(name: str, text: str, numpy: Any, torch_: Any = None, **options: Any) -> None:
    """Add a row."""
    TABLE[name] = Operation(name, text, numpy, torch_, **options)


def texts() -> dict[str, str]:
    """The code of each operation."""
    return {name: row.text for name, row in TABLE.items()}


def of_torch(name: str) -> Any:
    """A function of PyTorch, where it is installed."""
    found: Any = torch
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
