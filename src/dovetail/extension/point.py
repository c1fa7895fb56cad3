"""A function traced at the arguments of a call: what derivatives of it are made from.

They are taken with respect to fresh inputs, which are then replaced by the actual arguments. So a
function may also capture an array that it is given as an argument, and only the argument counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.extension.call_errors import not_an_array
from dovetail.extension.derived import Derived, signature_of
from dovetail.extension.signature import Signature
from dovetail.extension.values import output_leaves, put, split, wrapped
from dovetail.graph.dtypes import DEFAULT_FLOAT, DType
from dovetail.graph.node import ArraySpec, Graph, Node, spec_of
from dovetail.language import operands
from dovetail.language.scope import running
from dovetail.language.trace import NumberSpec, ScalarSpec, Traced, WeakSpec, trace
from dovetail.language.tracer import Tracer
from dovetail.language.tree import Tree, unflatten
from dovetail.transform.joint_graph import Partition, open_graph, partition

Read = Callable[[Callable[..., Any], Any], tuple[list[Node], Tree]]
Choose = Callable[[Signature, list[Any]], Sequence[int]]
_SPECS = (ArraySpec, WeakSpec, ScalarSpec, NumberSpec)


def is_hyperparameter(signature: Signature, position: int) -> bool:
    """Whether the positional argument at this position has a default."""
    named = signature.positional
    return position < len(named) and not named[position].is_array


def is_given_array(value: Any) -> bool:
    """Whether a hyperparameter was given an array; floats arrive as weak tracers."""
    if isinstance(value, Tracer):
        return value.weak is None or _array_of(value.node) is not None
    return isinstance(value, (ArraySpec, NumberSpec))


def _array_of(number: Node) -> Node | None:
    """The array of shape () that was given in place of a float; None for a float."""
    source = number.args[0] if number.op == "cast" else number
    return source if source.op == "input" and not source.flag("scalar") else None


class NeedsTraceError(Exception):
    """The specs of a call do not say what types its variables have: its definition is traced."""


def _argument_name(signature: Signature, position: int) -> str:
    """The name of the positional argument at this position."""
    if position < len(signature.positional):
        return signature.positional[position].name
    assert signature.variadic is not None
    return f"{signature.variadic.name}[{position - len(signature.positional)}]"


class Point:
    """A function traced on fresh inputs in place of its variables, which are some arguments.

    The arguments are tracers and arrays of a running trace, whose nodes are `actual`. Or they are
    specs, from a host that traces a call: then every spec is an input, also outside the variables.
    `choose(signature, arguments)` gives the positions of the variables, and `check(name, dtype)`
    raises where an argument cannot be one.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        call: str,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        choose: Choose,
        read: Read | None = None,
        check: Callable[[str, DType], None] | None = None,
    ) -> None:
        self.call, self.signature = call, signature_of(function)
        given, named = self.signature.spread(self.signature.bind(tuple(args), kwargs))
        numbers = choose(self.signature, given)
        self.actual: list[Node] = []
        positions: dict[int, list[int]] = {}
        floats: list[int] = []
        count = 0
        for number, value in enumerate(given):
            leaves, tree = split(value)
            if number in numbers:
                name = _argument_name(self.signature, number)
                weak = is_hyperparameter(self.signature, number)
                if weak and not is_given_array(value):
                    floats.append(count)
                leaves = [self._variable(name, leaf, weak) for leaf in leaves]
                given[number] = unflatten(tree, leaves)
                if check is not None:
                    for leaf in leaves:
                        check(name, leaf.dtype)
            specs = sum(isinstance(leaf, _SPECS) for leaf in leaves)
            positions[number] = list(range(count, count + specs))
            count += specs
        self.wrt = tuple(place for number in numbers for place in positions[number])
        # Of the variables, those that are floats: their gradients have no type of their own.
        self.floats = [n for n, place in enumerate(self.wrt) if place in floats]
        self.structure = split(tuple([given[number] for number in numbers]))[1]
        traced = trace(function, given, named, read or self._outputs)
        self.output, self.graph = traced.output_tree, open_graph(traced.graph)

    def _variable(self, name: str, leaf: Any, weak: bool) -> ArraySpec | NumberSpec:
        """The spec of a variable; a hyperparameter may stay `weak`."""
        if isinstance(leaf, (ArraySpec, NumberSpec)):
            return leaf
        if running() is None and not isinstance(leaf, Tracer):
            raise NeedsTraceError
        if not operands.is_array(leaf):
            raise not_an_array(self.call, name, leaf, None)
        if weak and isinstance(leaf, Tracer) and leaf.weak is DEFAULT_FLOAT and not leaf.shape:
            self.actual.append(_array_of(leaf.node) or operands.own(leaf, running()))
            return NumberSpec(self.actual[-1].dtype)
        self.actual.append(operands.array(leaf))
        return spec_of(self.actual[-1])

    def _outputs(self, function: Callable[..., Any], result: Any) -> tuple[list[Node], Tree]:
        leaves, tree = output_leaves(self.call, result, self.signature.location)
        return [operands.array(leaf) for leaf in leaves], tree

    @property
    def cut(self) -> Partition:
        """Forward and backward from all outputs to all variables."""
        return partition(self.graph, tuple(range(self.output.leaves)), self.wrt)

    @property
    def variables(self) -> list[Node]:
        """The inputs in place of the variables."""
        return [self.graph.inputs[place] for place in self.wrt]

    def at_arguments(self, outputs: Sequence[Node]) -> list[Tracer]:
        """Nodes of these inputs at the actual arguments, which come first among the inputs."""
        first = self.graph.inputs[: len(self.actual)]
        return wrapped(put(outputs, first, self.actual))


@dataclass(frozen=True)
class Transformed:
    """The graph that a transform makes at a point.

    Its inputs are those of the point, and others; inside a running trace the nodes in place of the
    others are `given`.
    """

    point: Point
    graph: Graph
    output: Tree
    given: Sequence[Node] = ()


class AtPoint(Derived):
    """A derived extension whose graph `make` builds, so that hosts do not trace its definition."""

    def __init__(
        self,
        transform: Callable[..., Any],
        function: Callable[..., Any],
        options: dict[str, Any],
        make: Callable[..., Transformed],
    ) -> None:
        def definition(*args: Any, **kwargs: Any) -> Any:
            made = make(*args, **kwargs)
            known = set(made.point.graph.inputs)
            others = [node for node in made.graph.inputs if node not in known]
            outputs = put(made.graph.outputs, others, made.given)
            return unflatten(made.output, made.point.at_arguments(outputs))

        super().__init__(transform, function, options, definition)
        self._make = make
        self.points: dict[Hashable, Point] = {}

    def traced(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Traced:
        if self.rule is None:
            with contextlib.suppress(NeedsTraceError):
                made = self._make(*args, **kwargs)
                return Traced(made.graph, made.output)
        return super().traced(args, kwargs)
