"""The reference evaluator: NumPy, one node at a time, floating types in float64.

This is what every compiled result is compared with. It is plain and slow on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph, Node, topological
from dovetail.graph.primitives.row import Array


def _widened(value: Any, dtype: DType) -> Array:
    array = np.asarray(value)
    return array.astype(np.float64) if dtype.is_floating else array.astype(dtype.numpy)


def evaluate_nodes(outputs: Sequence[Node], values: Mapping[Node, Any]) -> list[Array]:
    """The values of nodes, given the values of the inputs; floating types in float64."""
    results: dict[Node, Array] = {}
    with np.errstate(all="ignore"):
        for node in topological(outputs):
            if node in values:
                results[node] = _widened(values[node], node.dtype)
                continue
            function = node.primitive.evaluate
            assert function is not None, f"no value for {node}"
            result = function(node, *(results[arg] for arg in node.args))
            results[node] = _widened(result, node.dtype)
    return [results[node] for node in outputs]


def evaluate(graph: Graph, arrays: Sequence[Any]) -> list[Array]:
    """The outputs of a graph for the arrays of its inputs."""
    return evaluate_nodes(graph.outputs, dict(zip(graph.inputs, arrays, strict=True)))
