"""What the way back can read off an output instead of an input.

ReLU's derivative asks whether x <= 0, and max(x, 0) answers that as well as x does. The output is
what the next operation keeps for its own derivative; x would be kept for this question alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.node import Node, substitute
from dovetail.graph.primitives.elementwise import greater, less_equal, select
from dovetail.graph.primitives.row import Primitive
from dovetail.transform.rewrite import Application, Known, Match, matches, of

# Selections that show their condition: it holds of the output where it holds of v, NaN included.
SHOWING: tuple[tuple[Primitive, Application], ...] = (
    (less_equal, of(select, of(less_equal, "v", Known("k")), Known("other"), "v")),
    (greater, of(select, of(greater, "v", Known("k")), "v", Known("other"))),
)


def prefer_outputs(outputs: Sequence[Node], found: Sequence[Node]) -> tuple[Node, ...]:
    """`found`, computed from the outputs where they show what it asks of what they are made of."""
    replaced: dict[Node, Node] = {}
    for output in outputs:
        for primitive, pattern in SHOWING:
            match = Match(output)
            if matches(pattern, output, match) and match.value("k") == match.value("other"):
                # The output itself stays as it is.
                replaced |= {output.args[0]: primitive(output, match["k"]), output: output}
    return substitute(found, replaced)
