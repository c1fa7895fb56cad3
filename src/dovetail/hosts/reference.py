"""A stand-in for the compiler: the reference evaluator behind the interface of an executable.

`compile_graph(graph, strides)` returns `executable(arrays, scalars)`, which returns fresh
arrays. Used in tests, and wherever results are to be compared with the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph

Array = npt.NDArray[Any]
Executable = Callable[[Sequence[Array], Sequence[float]], list[Array]]


def compile_graph(graph: Graph, strides: Sequence[tuple[int, ...] | None]) -> Executable:
    """An executable that evaluates the graph node by node, floating types in float64."""
    is_scalar = [node.attr("scalar") for node in graph.inputs]
    assert [given is None for given in strides] == is_scalar

    def execute(arrays: Sequence[Array], scalars: Sequence[float]) -> list[Array]:
        remaining, floats = iter(arrays), iter(scalars)
        values = [next(floats) if scalar else next(remaining) for scalar in is_scalar]
        results = evaluate(graph, values)
        with np.errstate(all="ignore"):
            return [
                np.array(result, dtype=node.dtype.numpy, order="C")
                for result, node in zip(results, graph.outputs, strict=True)
            ]

    return execute
