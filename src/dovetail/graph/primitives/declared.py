"""The row of a definition with a declared derivative.

A definition with the outputs v_0 .. v_n and a declared rule becomes one node for each
output: `declared(v_i, the other values in order, *inputs)`. Its value is operand 0. Its
derivative is the rule's, with respect to the inputs; nothing flows into the values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dovetail.graph.dimensions import FirstOperand
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph, Node, Nodes, Shape, substitute
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Declared,
    Primitive,
    fresh_input,
)


class DerivativeRule(Protocol):
    """Cotangents of the inputs from those of the outputs; linear in the latter."""

    def __call__(
        self,
        inputs: Nodes,
        outputs: Nodes,
        cotangents: Nodes,
    ) -> tuple[Node | None, ...]: ...


class OwnRule:
    """A rule that does no arithmetic on sizes that graph/sizes.py does not see."""


@dataclass(frozen=True)
class Pullback(OwnRule):
    """The rule of one value: (cotangent, *inputs) to the cotangent of each input.

    For a formula whose derivative, taken operation by operation, cancels or overflows.
    """

    formula: Callable[..., Sequence[Node]]

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        return tuple(self.formula(cotangents[0], *inputs))

    def __repr__(self) -> str:
        return self.formula.__name__.strip("_")


ReverseMode = Callable[
    [Sequence[Node], Sequence[Node], Sequence["Node | None"]], "Sequence[Node | None]"
]
_reverse_mode: list[ReverseMode] = []


def install_reverse_mode(reverse: ReverseMode) -> None:
    """What takes derivatives of graphs; transform/derivative.py installs it."""
    _reverse_mode[:] = [reverse]


@dataclass(frozen=True)
class DerivativeOf(OwnRule):
    """The rule that is the derivative of other values, which are not computed themselves.

    They are a graph of the inputs of the definition and of its outputs, which are constants in it:
    so a derivative may read results. Derivatives of higher order see that these depend on the
    inputs.
    """

    inputs: Nodes
    values: Nodes

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        (reverse,) = _reverse_mode
        # All are replaced at once: what is given may be computed from inputs of the same names.
        fresh = [fresh_input(node, "cotangent") for node in cotangents]
        found = reverse(self.values, self.inputs[: len(inputs)], fresh)
        given = dict(zip((*self.inputs, *fresh), (*inputs, *outputs, *cotangents), strict=True))
        made = iter(substitute([node for node in found if node is not None], given))
        return tuple(None if node is None else next(made) for node in found)


class _Constant(OwnRule):
    """The rule of a value that is held constant: it has no inputs."""

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        return (None,) * len(inputs)

    def __repr__(self) -> str:
        return "constant"


_CONSTANT = _Constant()


def _infer_declared(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    assert len(args) >= attrs["count"] > attrs["index"] >= 0, f"{name}: {attrs}"
    return args[0].shape, args[0].dtype


def _evaluate_declared(node: Node, value: Array, *others: Array) -> Array:
    return value


declared = Primitive(
    "declared", "declared", None, _infer_declared, _evaluate_declared, Declared(), FirstOperand(),
    rounding=0.0,
)  # fmt: skip


def declare(values: Sequence[Node], inputs: Sequence[Node], rule: DerivativeRule) -> Nodes:
    """The outputs of a definition, with a declared derivative."""
    return tuple(_output(tuple(values), tuple(inputs), rule, i) for i in range(len(values)))


def _output(values: Nodes, inputs: Nodes, rule: DerivativeRule, index: int) -> Node:
    others = values[:index] + values[index + 1 :]
    return declared(values[index], *others, *inputs, rule=rule, index=index, count=len(values))


def declared_values(node: Node) -> Nodes:
    """The values of the definition that a declared node is an output of."""
    count, index = node.integer("count"), node.integer("index")
    others = node.args[1:count]
    return (*others[:index], node.args[0], *others[index:])


def declared_inputs(node: Node) -> Nodes:
    """The inputs of the definition that a declared node is an output of."""
    return node.args[node.integer("count") :]


def declared_outputs(node: Node) -> Nodes:
    """All outputs of the definition that a declared node is an output of."""
    return declare(declared_values(node), declared_inputs(node), node.attr("rule"))


def hold_constant(value: Node) -> Node:
    """The value, through which no derivative flows."""
    return declare((value,), (), _CONSTANT)[0]


def is_held_constant(node: Node) -> bool:
    """Whether a node is a value through which no derivative flows."""
    return node.op == "declared" and not declared_inputs(node)


def declares(graph: Graph) -> bool:
    """Whether the author of something in a graph has declared its derivative."""
    return any(node.op == "declared" and declared_inputs(node) for node in graph)


ROWS: tuple[Primitive, ...] = (declared,)
