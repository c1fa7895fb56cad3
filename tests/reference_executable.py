"""A stand-in for the compiler: the reference evaluator behind the interface of an executable.

`compile_graph(graph, strides)` returns an executable, whose outputs are fresh arrays or
the arrays `into`. Used in tests, and wherever results are to be compared with the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph

Array = npt.NDArray[Any]


class ReferenceExecutable:
    """Evaluates a graph node by node, floating types in float64."""

    def __init__(self, graph: Graph, strides: Sequence[tuple[int, ...] | None]) -> None:
        self._graph = graph
        self._is_scalar = [node.attr("scalar") for node in graph.inputs]
        assert [given is None for given in strides] == self._is_scalar

    def shares(self, output: int, position: int) -> bool:
        """Outputs are computed in full before one is written, so all memory may be shared."""
        return True

    def __call__(
        self,
        arrays: Sequence[Array],
        scalars: Sequence[float] = (),
        into: Sequence[Array] | None = None,
    ) -> list[Array]:
        remaining, floats = iter(arrays), iter(scalars)
        values = [next(floats) if scalar else next(remaining) for scalar in self._is_scalar]
        results = evaluate(self._graph, values)
        with np.errstate(all="ignore"):
            outputs = [
                np.array(result, dtype=node.dtype.numpy, order="C")
                for result, node in zip(results, self._graph.outputs, strict=True)
            ]
        if into is None:
            return outputs
        for target, output in zip(into, outputs, strict=True):
            target[...] = output
        return list(into)


def compile_graph(graph: Graph, strides: Sequence[tuple[int, ...] | None]) -> ReferenceExecutable:
    """An executable for arrays laid out in any way."""
    return ReferenceExecutable(graph, strides)
