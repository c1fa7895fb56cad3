"""The demo's check: derived gradients against finite differences of the float64 reference.

Nothing of the derivative, of the compiler, or of float32 is on the other side: the
differences are taken of the plain NumPy evaluation of the traced definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.extension.gradients import grad
from dovetail.extension.op import op
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.evaluate import evaluate
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.trace import ArraySpec, trace

Array = npt.NDArray[Any]

STEP = 1e-3  # of the differences; the formula's error is of the order of STEP^6


@dataclass(frozen=True)
class GradientError:
    """The worst error of a gradient, relative to its largest element or 1."""

    piece: str
    argument: str
    elements: int
    error: float


def compare(
    piece: str, function: Callable[..., Any], arrays: Mapping[str, Array]
) -> list[GradientError]:
    """One row for each floating argument of `function`, which takes and returns arrays.

    Both sides differentiate the sum of the outputs, each element times a fixed weight.
    """
    names = list(arrays)
    wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays.values()]

    def weighted(*given: Any) -> Any:
        outputs = function(*given)
        leaves = outputs if isinstance(outputs, tuple) else (outputs,)
        total: Any = 0.0
        for leaf in leaves:
            weights = np.random.default_rng(7).normal(size=leaf.shape)
            total = total + dt.sum(leaf * weights)
        return total

    specs = [ArraySpec(a.shape, as_dtype(a.dtype)) for a in wide]
    graph = trace(weighted, specs).graph
    rows: list[GradientError] = []
    for position, name in enumerate(names):
        if wide[position].dtype.kind != "f":
            continue
        derived = grad(op(weighted), argnums=position)(*wide)

        def value(changed: Array, position: int = position) -> float:
            given = [*wide[:position], changed, *wide[position + 1 :]]
            return float(evaluate(graph, given)[0])

        expected = differences(value, wide[position])
        scale = max(1.0, float(np.abs(expected).max()))
        error = float(np.abs(np.asarray(derived) - expected).max()) / scale
        rows.append(GradientError(piece, name, expected.size, error))
    return rows


def differences(value: Callable[[Array], float], at: Array) -> Array:
    """The gradient by central differences of order six."""
    gradient = np.empty_like(at)
    for index in np.ndindex(at.shape):
        total = 0.0
        for steps, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
            for sign in (1.0, -1.0):
                moved = at.copy()
                moved[index] += sign * steps * STEP
                total += sign * weight * value(moved)
        gradient[index] = total / (60.0 * STEP)
    return gradient
