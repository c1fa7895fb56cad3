"""Whether a definition's derivative is what its author declares, and not what the maths says."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, trace
from dovetail.language.tree import map_leaves


def derivative_is_declared(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> bool:
    """Whether values are held constant (`stop_gradient`) or a rule is declared, on the way.

    Then a framework's comparison with differences says nothing; `dt.check` compares with
    what is held constant, and reports surrogates as such.
    """
    traced = trace(extension, map_leaves(_spec, args), settings)
    return any(node.op == "declared" for node in traced.graph)


def _spec(array: Any) -> ArraySpec:
    value = np.asarray(array)
    return ArraySpec(value.shape, as_dtype(value.dtype))
