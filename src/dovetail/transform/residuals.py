"""Residuals as backward receives them; statistics of half precisions are kept in float32.

Where one kernel computes and uses such a statistic, it is not rounded. So what backward computes
with it again has the bits of forward.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from dovetail.graph.node import Node
from dovetail.graph.primitives.elementwise import cast, unrounded
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.views import statistics_of


def half_statistics(order: Iterable[Node]) -> set[Node]:
    """The statistics of half precisions among nodes, operands first."""
    found = statistics_of(order)
    return {x for x in found if x.dtype.is_floating and x.dtype.compute is not x.dtype}


def widened(nodes: Iterable[Node], wide: AbstractSet[Node]) -> list[Node]:
    """The residuals as forward returns them: those of `wide` in float32."""
    return [cast(x, dtype=x.dtype.compute) if x in wide else x for x in nodes]


def residual_input(node: Node, *, wide: bool) -> tuple[Node, Node]:
    """The input of backward for a residual, and the residual's value, which follows from it."""
    made = fresh_input(node, "kept", dtype=node.dtype.compute if wide else node.dtype)
    return made, unrounded(made, node.dtype) if wide else made
