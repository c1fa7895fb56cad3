"""NumPy's functions for graphs; derivatives are the graphs that Dovetail derives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from dovetail.graph.node import Graph
from dovetail.graph.primitives import PRIMITIVES
from dovetail.hosts.own_functions import Function, OwnFunctions
from dovetail.hosts.own_optimizers import DOVETAIL, step_in_numpy
from dovetail.operations.composite import Rule, Table, is_narrow
from dovetail.operations.straight_line import straight_line
from dovetail.transform.scan_unroll import unrolled
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import stabilise


def _rule(evaluate: Callable[..., Any]) -> Rule:
    """The evaluation of a primitive, in the type that operations/composite.py expects."""

    def rule(node: Any, *arrays: Any) -> Any:
        found = np.asarray(evaluate(node, *arrays))
        row = node.primitive
        if row.category in ("movement", "indexing") and node.op != "iota":
            wanted = found.dtype  # it only moves values
        elif row.category == "library" or is_narrow(node):
            wanted = node.dtype.numpy
        else:
            wanted = node.dtype.compute.numpy
        return found.astype(wanted, copy=False)

    return rule


TABLE = Table(
    {name: _rule(row.evaluate) for name, row in PRIMITIVES.items() if row.evaluate is not None},
    lambda value, dtype: value.astype(dtype.numpy),
)


class NumpyFunctions(OwnFunctions):
    """Whole-array code of NumPy; it has no compiler and no autograd."""

    framework: ClassVar[str] = "NumPy"

    def composite(self, graph: Graph) -> Function:
        graph = unrolled(graph)
        stable = Graph(graph.inputs, tuple(simplify(stabilise(simplify(graph.outputs)))))
        return straight_line(stable, TABLE, broadcasts=True)

    def steps(self, optimizer: Any) -> Mapping[str, Any]:
        return {DOVETAIL: step_in_numpy(optimizer)}


OWN = NumpyFunctions()
