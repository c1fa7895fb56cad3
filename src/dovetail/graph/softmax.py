"""A softmax with the derivative that reads its value alone.

What is derived from exp(x) / sum(exp(x)) reads x again and raises it again; this reads the
output, which exists anyway: d/dx of sum(c y) is y (c - sum(c y)).
"""

from __future__ import annotations

from dataclasses import dataclass

from dovetail.graph.node import Node
from dovetail.graph.primitives.declared import declare
from dovetail.graph.primitives.elementwise import divide, multiply, subtract
from dovetail.graph.primitives.structure import restore, sum_


@dataclass(frozen=True)
class SoftmaxDerivative:
    """Of a softmax over axes, from its value."""

    axes: tuple[int, ...]

    def __call__(
        self,
        inputs: tuple[Node, ...],
        outputs: tuple[Node, ...],
        cotangents: tuple[Node, ...],
    ) -> tuple[Node | None, ...]:
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
