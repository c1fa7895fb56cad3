"""Derivatives that the author of a definition declares."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dovetail.errors import GradientError
from dovetail.extension.signature import Signature
from dovetail.extension.values import is_sequence, put, split
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph, Node, Nodes
from dovetail.graph.primitives.declared import declare
from dovetail.graph.primitives.row import fresh_input
from dovetail.language import operands
from dovetail.language.trace import call_on_nodes
from dovetail.language.tracer import Tracer
from dovetail.language.tree import unflatten
from dovetail.language.weak import cast_node
from dovetail.transform.joint_graph import JointGraph

Evaluate = Callable[[Sequence[Any], dict[str, Any]], Any]
RULE_NAMES = ("out", "cotangent")  # arguments of a rule that the definition does not have


@dataclass(frozen=True, eq=False)
class Rule:
    """`function(*arrays, out, cotangent)`, and the hyperparameters that it names."""

    name: str
    function: Callable[..., Any]
    surrogate: bool
    location: str | None

    @cached_property
    def arguments(self) -> frozenset[str]:
        return frozenset(inspect.signature(self.function).parameters)


class BoundRule:
    """A rule with the arguments of one call, as the primitive `declared` calls it.

    The operands are the array arguments and the traced hyperparameters of the call;
    `template` holds the rest. The rule has the cotangents of array arguments; those of
    hyperparameters are derived from the definition, which `evaluate` calls.
    """

    def __init__(
        self,
        rule: Rule,
        signature: Signature,
        template: Sequence[Any],
        weak: Sequence[DType | None],
        outputs: Any,
        learned: Sequence[int],
        evaluate: Evaluate,
    ) -> None:
        self.rule, self.signature, self.outputs = rule, signature, outputs
        self.template, self.weak = template, weak
        self.learned, self.evaluate = learned, evaluate

    @property
    def surrogate(self) -> bool:
        """Whether the rule differs from the true derivative on purpose."""
        return self.rule.surrogate

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        present: list[bool] = []

        def traced(*tracers: Tracer) -> list[Tracer]:
            count = len(inputs)
            values = self._values(tracers[:count])
            out = unflatten(self.outputs, tracers[count : count + len(outputs)])
            cotangent = unflatten(self.outputs, tracers[count + len(outputs) :])
            found = self._cotangents(values, inputs, self._call(values, out, cotangent))
            present.extend(node is not None for node in found)
            return [operands.wrap(node) for node in found if node is not None]

        nodes = (*inputs, *outputs, *cotangents)
        given = iter(call_on_nodes(traced, nodes, weak=self.weak))
        found = [next(given) if there else None for there in present]
        for operand, node in zip(self.learned, self._of_learned(inputs, cotangents), strict=True):
            found[operand] = node
        return tuple(found)

    def _of_learned(self, inputs: Sequence[Node], cotangents: Sequence[Node]) -> Sequence[Node]:
        """The cotangents of the hyperparameters that are learned."""
        if not self.learned:
            return ()

        def values(*tracers: Tracer) -> Any:
            args, kwargs = self.signature.spread(self._values(tracers))
            return self.evaluate(args, kwargs)

        fresh = tuple(fresh_input(node, "variable") for node in inputs)
        graph = Graph(fresh, tuple(call_on_nodes(values, fresh, weak=self.weak)))
        wrt = [fresh[operand] for operand in self.learned]
        floating = [n for n, node in enumerate(graph.outputs) if node.dtype.is_floating]
        joint = JointGraph.of(graph, floating, wrt, [cotangents[n] for n in floating])
        return put(joint.gradients, fresh, inputs)

    def _values(self, tracers: Sequence[Tracer]) -> list[Any]:
        """The arguments of the call, with tracers where its operands were."""
        remaining = iter(tracers)
        return [
            unflatten(structure, [next(remaining) if leaf is _OPERAND else leaf for leaf in leaves])
            for leaves, structure in self.template
        ]

    def _call(self, values: list[Any], out: Any, cotangent: Any) -> Any:
        arrays: list[Any] = []
        named: dict[str, Any] = {}
        for argument, value in zip(self.signature.arguments, values, strict=True):
            if argument.variadic:
                arrays.extend(value)
            elif argument.is_array and not argument.keyword_only:
                arrays.append(value)
            elif argument.is_array or argument.name in self.rule.arguments:
                named[argument.name] = value
        return self.rule.function(*arrays, out=out, cotangent=cotangent, **named)

    def _cotangents(self, values: list[Any], inputs: Nodes, result: Any) -> tuple[Node | None, ...]:
        """The node for each operand, from what the rule returned for each array argument."""
        given: list[Any] = list(result) if is_sequence(result) else [result]
        counts = [
            (len(value) if argument.variadic else 1) if argument.is_array else 0
            for argument, value in zip(self.signature.arguments, values, strict=True)
        ]
        if len(given) != sum(counts):
            raise GradientError(
                f"the declared vjp of {self.rule.name} returned {len(given)} cotangents",
                f"{sum(counts)}, one for each array argument (None for no gradient)",
                "return a tuple in the order of the arguments",
                self.rule.location,
            )
        found: list[Node | None] = []
        remaining, nodes = iter(given), iter(inputs)
        for argument, count, (leaves, _) in zip(
            self.signature.arguments, counts, self.template, strict=True
        ):
            gradients: list[Any] = []
            for part in itertools.islice(remaining, count):
                gradients.extend([None] if part is None else split(part)[0])
            if len(gradients) != len(leaves):
                gradients = [None] * len(leaves)
            for leaf, gradient in zip(leaves, gradients, strict=True):
                if leaf is _OPERAND:
                    found.append(self._one(argument.name, next(nodes), gradient))
        return tuple(found)

    def _one(self, argument: str, node: Node, gradient: Any) -> Node | None:
        if gradient is None:
            return None
        result = cast_node(operands.array(gradient), node.dtype)
        if result.shape != node.shape:
            raise GradientError(
                f"the declared vjp of {self.rule.name} returned shape {result.shape} for "
                f"argument {argument!r}",
                f"the argument's shape {node.shape}",
                "sum over the axes that were broadcast",
                self.rule.location,
            )
        return result


_OPERAND: Any = object()  # in the template, in place of an operand of the declared node


def _is_fixed(node: Node) -> bool:
    """Whether a hyperparameter is a float: it has no gradient."""
    return node.op == "constant" or (node.op == "input" and node.flag("scalar"))


def declare_outputs(
    rule: Rule, signature: Signature, evaluate: Evaluate,
    values: Sequence[Any], outputs: list[Tracer], structure: Any,
) -> list[Tracer]:  # fmt: skip
    """The outputs of a traced call, with the rule as their derivative.

    `evaluate(args, kwargs)` is what the definition returns.
    """
    learned: list[int] = []
    inputs: list[Node] = []
    weak: list[DType | None] = []
    template: list[Any] = []
    for argument, value in zip(signature.arguments, values, strict=True):
        leaves, inner = split(value)
        marked: list[Any] = []
        for leaf in leaves:
            traced = isinstance(leaf, Tracer)
            if traced or (argument.is_array and operands.is_array(leaf)):
                node, default = operands.operand(leaf)
                if not (argument.is_array or _is_fixed(node)):
                    learned.append(len(inputs))
                inputs.append(node)
                weak.append(default)
                marked.append(_OPERAND)
            else:
                marked.append(leaf)
        template.append((marked, inner))
    bound = BoundRule(rule, signature, template, weak, structure, learned, evaluate)
    nodes = declare([output.node for output in outputs], inputs, bound)
    return [operands.wrap(node, output.weak) for node, output in zip(nodes, outputs, strict=True)]
