"""The table of samples, and what the files of samples draw their arrays with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from dovetail.language.namespace import FUNCTIONS


@dataclass
class Sample:
    """A call, its arrays, and the function of NumPy that it is compared with."""

    call: Callable[..., Any]
    arrays: tuple[Any, ...]
    reference: Callable[..., Any]
    dtype: str = "float32"


SAMPLES: dict[str, list[Sample]] = {}
# Of functions of one operand: the reference, and the range of arguments.
UNARY: dict[str, tuple[Callable[..., Any], float, float]] = {}
HALVES = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float64": np.float64}
SPECIAL = np.asarray([0.0, -0.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 1.5, 2.5], np.float32)


def sample(
    name: str, call: Callable[..., Any], reference: Any, *arrays: Any, dtype: str = "float32"
) -> None:
    """Add a sample; `dtype` is that of the result."""
    SAMPLES.setdefault(name, []).append(Sample(call, arrays, reference, dtype))


def draws() -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """What draws arrays of floats, integers and truth values; each file has its own generator."""
    rng = np.random.default_rng(7)

    def floats(*shape: int, low: float = -3.0, high: float = 3.0, dtype: Any = np.float32) -> Any:
        return np.asarray(rng.uniform(low, high, shape)).astype(dtype)

    def integers(*shape: int, low: int = -9, high: int = 9, dtype: Any = np.int32) -> Any:
        return np.asarray(rng.integers(low, high, shape)).astype(dtype)

    def truths(*shape: int) -> Any:
        return np.asarray(rng.integers(0, 2, shape)).astype(bool)

    return floats, integers, truths


def unary_samples(
    table: dict[str, tuple[Callable[..., Any], float, float]], f: Callable[..., Any]
) -> None:
    """Samples of functions of one operand, of several shapes and types."""
    UNARY.update(table)
    for name, (reference, low, high) in table.items():
        for shape in ((), (0,), (3, 4)):
            sample(name, FUNCTIONS[name], reference, f(*shape, low=low, high=high))
        for kind, dtype in HALVES.items():
            given = f(5, low=low, high=high, dtype=dtype)
            sample(name, FUNCTIONS[name], reference, given, dtype=kind)
        sample(name, FUNCTIONS[name], reference, np.asarray([1, 1], np.int32))
