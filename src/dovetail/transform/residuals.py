"""Residuals as backward receives them: outputs rather than inputs, and statistics in float32.

Where one kernel computes and uses a statistic of half precisions, it is not rounded. So what
backward computes with it again has the bits of forward.

ReLU's derivative needs to know where x <= 0, which max(x, 0) shows as well as x does. The next
operation often saves that output for its own derivative; x would be saved for ReLU's alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from dovetail.graph.node import Node, Nodes, substitute
from dovetail.graph.primitives.elementwise import cast, greater, less_equal, select, unrounded
from dovetail.graph.primitives.row import Primitive, fresh_input
from dovetail.graph.views import statistics_of
from dovetail.transform.rewrite import Application, Known, Match, matches, of


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


# Selections whose condition is true for the output exactly where it is true for v, NaN included.
_SELECTIONS: tuple[tuple[Primitive, Application], ...] = (
    (less_equal, of(select, of(less_equal, "v", Known("k")), Known("other"), "v")),
    (greater, of(select, of(greater, "v", Known("k")), "v", Known("other"))),
)


def prefer_outputs(outputs: Sequence[Node], gradients: Sequence[Node]) -> Nodes:
    """Gradients, with conditions on inputs replaced by the same conditions on outputs."""
    replaced: dict[Node, Node] = {}
    for output in outputs:
        for primitive, pattern in _SELECTIONS:
            match = Match(output)
            if matches(pattern, output, match) and match.value("k") == match.value("other"):
                # The output itself stays as it is.
                replaced |= {output.args[0]: primitive(output, match["k"]), output: output}
    return substitute(gradients, replaced)
