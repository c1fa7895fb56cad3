"""A softmax whose derivative is computed from its output: d/dx of sum(c y) is y (c - sum(c y)).

The derivative of exp(x) / sum(exp(x)) would read x and compute the exponentials again.
"""

from __future__ import annotations

from dataclasses import dataclass

from dovetail.graph.node import Node, Nodes
from dovetail.graph.primitives.declared import OwnRule, declare
from dovetail.graph.primitives.elementwise import divide, multiply, subtract
from dovetail.graph.primitives.structure import restore, sum_


@dataclass(frozen=True)
class SoftmaxDerivative(OwnRule):
    """The derivative of a softmax over axes, from its output."""

    axes: tuple[int, ...]

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        value, cotangent = outputs[0], cotangents[0]
        mean = sum_(multiply(cotangent, value), axes=self.axes)
        return (multiply(value, subtract(cotangent, restore(mean, value.shape, self.axes))),)


def normalised(powers: Node, x: Node, axes: tuple[int, ...]) -> Node:
    """The softmax of x, of which `powers` is exp(x - shift); the largest of them are 1.

    The sum is therefore at least 1, and one reciprocal for each row is safe.
    """
    inverse = divide(1.0, sum_(powers, axes=axes))
    value = multiply(powers, restore(inverse, x.shape, axes))
    return declare((value,), (x,), SoftmaxDerivative(axes))[0]
