"""Simplification: the same values with less work. The rules are in simplify_*.py."""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.node import Node, Nodes
from dovetail.transform import (
    simplify_arithmetic,
    simplify_fold,
    simplify_hoisting,
    simplify_logic,
    simplify_movement,
    simplify_slicing,
)
from dovetail.transform.rewrite import Rewriter, Rule

RULES: tuple[Rule, ...] = (
    *simplify_fold.RULES,
    *simplify_arithmetic.RULES,
    *simplify_logic.RULES,
    *simplify_movement.RULES,
    *simplify_slicing.RULES,
    *simplify_hoisting.RULES,
)

_rewriter = Rewriter(RULES)


def simplify(outputs: Sequence[Node]) -> Nodes:
    """The outputs, simplified; the same nodes where nothing applies."""
    return _rewriter(outputs)
