"""The declared derivative of an elementwise function of one variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dovetail.graph.node import Node, Nodes
from dovetail.graph.primitives.elementwise import multiply


@dataclass(frozen=True)
class Slope:
    """The rule of an elementwise function of one variable: `formula(x)` is its derivative.

    For a formula whose own derivative has more branches, or cancels.
    """

    formula: Callable[[Node], Node]

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        return (multiply(cotangents[0], self.formula(inputs[0])),)

    def __repr__(self) -> str:
        return self.formula.__name__.strip("_")
