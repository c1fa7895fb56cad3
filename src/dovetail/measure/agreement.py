"""How far computed arrays are from their reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dovetail.graph.node import Array


def error_of(found: Sequence[Array], reference: Sequence[Array]) -> float:
    """The largest error, relative to the reference or to its root mean square."""
    if [array.shape for array in found] != [array.shape for array in reference]:
        return float("inf")
    worst = 0.0
    for array, exact in zip(found, reference, strict=True):
        if not exact.size:
            continue
        wide = exact.astype(np.float64)
        size = float(np.sqrt(np.mean(np.square(wide))))
        error = np.abs(array.astype(np.float64) - wide) / (np.abs(wide) + size + 1e-30)
        worst = max(worst, float(np.max(error)) if np.isfinite(error).all() else float("inf"))
    return worst
