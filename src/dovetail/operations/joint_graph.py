"""An operation together with its reverse mode, as one graph.

It is what `Vjp` computes, and what `Forward` and `Backward` are cut from (operation.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dovetail.compile.contract import contracted
from dovetail.extension.values import put
from dovetail.graph.node import Node, topological
from dovetail.graph.primitives.elementwise import cast, equal
from dovetail.transform import derivative
from dovetail.transform.derivative import fresh_input
from dovetail.transform.output_residuals import prefer_outputs
from dovetail.transform.stabilise import stabilise

if TYPE_CHECKING:
    from dovetail.operations.operation import Indices, Operation, Specs


class JointGraph:
    """An operation and its reverse mode at given shapes.

    `partition`: the gradients may read the outputs.
    """

    def __init__(
        self,
        inner: Operation,
        cotangents: Indices,
        wrt: Indices,
        specs: Specs,
        *,
        recorded: bool = True,
    ) -> None:
        graph = inner.graph(specs)
        self._inner, self._specs, self._pulled = inner, specs, cotangents
        self.inputs = list(graph.inputs)
        # Stable before it is differentiated: the derivative inherits one form of the maths.
        self.outputs = list(stabilise(graph.outputs))
        differentiated = [self.outputs[index] for index in cotangents]
        self.cotangents = [fresh_input(node, "cotangent") for node in differentiated]
        gradients = derivative.vjp(
            differentiated, [self.inputs[index] for index in wrt], self.cotangents
        )
        self.gradients = tuple(gradients)
        if recorded:
            # Contracted before it is cut in two, so that both halves compute the same bits.
            joint = contracted((*self.outputs, *prefer_outputs(self.outputs, gradients)))
            count = len(self.outputs)
            self.outputs, self.gradients = list(joint[:count]), joint[count:]
        # The same positions at all shapes for which the maths is the same.
        self.order = topological([*self.outputs, *self.gradients])

    @property
    def related(self) -> list[Node]:
        """The outputs, what relates the inputs, and nodes that relate cotangents to outputs."""
        differentiated = [self.outputs[index] for index in self._pulled]
        pairs = zip(self.cotangents, differentiated, strict=True)
        return [*self.outputs, *self.context, *(equal(one, other) for one, other in pairs)]

    @property
    def context(self) -> tuple[Node, ...]:
        """What else relates the inputs in the operation that is differentiated."""
        whole = self._inner.in_context(self._specs)
        return put(whole.outputs[len(self.outputs) :], whole.inputs, self.inputs)


def in_given_types(
    nodes: Sequence[Node], specs: Specs, outputs: tuple[Node, ...]
) -> tuple[list[Node], tuple[Node, ...]]:
    """Inputs of the floating types that are given in place of `nodes`, and outputs that read them.

    A framework may hold a result in a narrower type than the maths says (JAX with 64-bit types
    off): its cotangent then has that type as well.
    """
    inputs = list(nodes)
    old: list[Node] = []
    new: list[Node] = []
    for number, (node, spec) in enumerate(zip(nodes, specs, strict=True)):
        if spec.dtype is not node.dtype and spec.dtype.is_floating and node.dtype.is_floating:
            inputs[number] = fresh_input(node, "given", dtype=spec.dtype)
            old.append(node)
            new.append(cast(inputs[number], dtype=node.dtype))
    return inputs, put(outputs, old, new) if old else outputs
