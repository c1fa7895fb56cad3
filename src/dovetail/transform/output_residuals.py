"""Save the output instead of the input when backward can use it.

ReLU's derivative needs to know where x <= 0, which max(x, 0) shows as well as x does. The next
operation often saves that output for its own derivative; x would be saved for ReLU's alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.node import Node, Nodes, substitute
from dovetail.graph.primitives.elementwise import greater, less_equal, select
from dovetail.graph.primitives.row import Primitive
from dovetail.transform.rewrite import Application, Known, Match, matches, of

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
