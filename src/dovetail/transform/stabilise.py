"""Stabilisation: formulas that overflow or cancel are replaced by ones that do not.

They are for naive formulas; the language's own functions are stable as written. The
value and every derivative stay the same in exact arithmetic, at every point: where two
branches are needed they are joined by `select`, whose derivative is the taken branch's,
and each branch is smooth around every point at which it is taken. Where a formula has
a free choice (a shift, a scale), that choice is held constant under differentiation.

The rules run bottom-up: a pattern is written over operands that are already stable, so
1 - exp(x) appears inside it as -expm1(x).
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.node import Node, Nodes
from dovetail.transform import stabilise_exponential, stabilise_quotient, stabilise_sum
from dovetail.transform.rewrite import Rewriter, Rule
from dovetail.transform.simplify import RULES as SIMPLIFYING

RULES: tuple[Rule, ...] = (
    *stabilise_exponential.RULES,
    *stabilise_quotient.RULES,
    *stabilise_sum.RULES,
)

# A safe norm reads its operand twice; the caller decides whether to pay for that.
NORM_RULES: tuple[Rule, ...] = stabilise_sum.NORM_RULES

_rewriter = Rewriter((*RULES, *SIMPLIFYING))
_with_norms = Rewriter((*RULES, *NORM_RULES, *SIMPLIFYING))


def stabilise(outputs: Sequence[Node], *, norms: bool = False) -> Nodes:
    """The outputs, stable and simplified; `norms`: sums of squares may not overflow either."""
    return (_with_norms if norms else _rewriter)(outputs)
