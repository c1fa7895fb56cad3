"""What an operation becomes in a compiled program: `jax.numpy`, or a call of our kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax

from dovetail.graph.node import Graph
from dovetail.hosts.composite import evaluate, prepared
from dovetail.hosts.jax.dtypes import canonical, specs_of
from dovetail.hosts.jax.table import TABLE, wide
from dovetail.hosts.operation import Operation


def composite(graph: Graph, arrays: Sequence[Any], floats: Any) -> list[Any]:
    """The graph in JAX's own functions, for arrays and packed floats."""
    types = [canonical(node.dtype) for node in graph.outputs]
    with wide():
        inputs = list(arrays)
        if floats is not None:
            values = lax.bitcast_convert_type(floats, np.float64)
            inputs += [values[n] for n in range(floats.shape[0])]
        found = evaluate(prepared(graph, TABLE), TABLE, inputs)
        return [lax.convert_element_type(x, t) for x, t in zip(found, types, strict=True)]


def in_own_functions(*operands: Any, operation: Operation) -> list[Any]:
    """An operation in JAX's own functions."""
    arrays = operands[: operation.arrays]
    floats = operands[operation.arrays] if operation.scalars else None
    return composite(operation.graph(specs_of(operation, operands)), arrays, floats)
