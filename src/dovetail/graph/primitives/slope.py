"""A derivative that is declared by a formula, because that of the parts is longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dovetail.graph.node import Node
from dovetail.graph.primitives.elementwise import multiply


@dataclass(frozen=True)
class Slope:
    """The rule of a function of one variable, element by element: its derivative, from x.

    For a form whose own derivative, branch by branch, is longer than that of the function.
    """

    formula: Callable[[Node], Node]

    def __call__(
        self,
        inputs: tuple[Node, ...],
        outputs: tuple[Node, ...],
        cotangents: tuple[Node, ...],
    ) -> tuple[Node | None, ...]:
        return (multiply(cotangents[0], self.formula(inputs[0])),)

    def __repr__(self) -> str:
        return self.formula.__name__.strip("_")
