"""Samples of every function of the namespace, with what NumPy and SciPy make of them.

Each file has those of one subject; all of them are in `SAMPLES`.
"""

from __future__ import annotations

from tests.language.samples import (
    creation,
    elementwise,
    linear_algebra,
    manipulation,
    neural,
    reductions,
    rows,
    searching,
    special,
    windows,
)
from tests.language.samples.sample import SAMPLES, UNARY

__all__ = [
    "SAMPLES", "UNARY", "creation", "elementwise", "linear_algebra", "manipulation", "neural",
    "reductions", "rows", "searching", "special", "windows",
]  # fmt: skip
