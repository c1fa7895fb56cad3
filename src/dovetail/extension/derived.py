"""What the transforms share: extensions made of functions, and arguments as nodes.

Derivatives and batches are taken with respect to fresh inputs, which are then replaced by the
actual arguments. So a function may also capture an array that it is given as an argument, and
only the argument counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from dovetail.extension.base import Extension
from dovetail.extension.call_errors import not_an_array, not_callable
from dovetail.extension.exact import exact_key
from dovetail.extension.op import Op
from dovetail.extension.signature import Signature, read_signature
from dovetail.extension.values import is_dict, output_leaves, put, split
from dovetail.graph.dtypes import DEFAULT_FLOAT, DType
from dovetail.graph.node import ArraySpec, Graph, Node, spec_of
from dovetail.language import operands
from dovetail.language.location import name_of
from dovetail.language.scope import running
from dovetail.language.trace import NumberSpec, ScalarSpec, Traced, WeakSpec, trace
from dovetail.language.tracer import Tracer
from dovetail.language.tree import Tree, unflatten
from dovetail.transform.joint_graph import Partition, open_graph, partition


class Derived(Op[..., Any]):
    """An extension that a transform has made of a function; pickles as that transform."""

    def __init__(
        self,
        transform: Callable[..., Any],
        function: Callable[..., Any],
        options: dict[str, Any],
        definition: Callable[..., Any],
    ) -> None:
        name = f"{transform.__name__}({name_of(function)})"
        super().__init__(definition, name=name)
        self.__doc__ = f"{name}, made by dt.{transform.__name__}."
        self.function = self.__wrapped__ = function  # whose arguments it takes
        self._recipe = (transform, options)

    def _read_signature(self) -> Signature:
        inner = signature_of(self.function)
        return Signature(self.name, inner.arguments, inner.location)

    @property
    def location(self) -> str | None:
        return signature_of(self.function).location

    def __reduce__(self) -> tuple[Any, ...]:
        transform, options = self._recipe
        return _again, (transform, self.function, options)


def _again(transform: Callable[..., Any], function: Any, options: dict[str, Any]) -> Any:
    return transform(function, **options)


def derived(
    transform: Callable[..., Any],
    function: Callable[..., Any],
    options: dict[str, Any],
    definition: Callable[..., Any],
    kind: Callable[..., Extension[..., Any]] = Derived,
) -> Extension[..., Any]:
    """The extension that a transform makes of a function.

    It is cached on the function, so that `dt.grad(f)(x)` in a loop traces f once.
    """
    if not callable(function):
        raise not_callable(f"dt.{transform.__name__}", function)
    key = (transform.__name__, exact_key(options))
    kept: dict[Any, Extension[..., Any]] | None = None
    namespace: Any = getattr(function, "__dict__", None)
    if is_dict(namespace):
        kept = cast(dict[Any, Any], namespace.setdefault("__dovetail_derived__", {}))
        known = kept.get(key)
        if known is not None:
            return known
    extension = kind(transform, function, options, definition)
    return extension if kept is None else kept.setdefault(key, extension)


def signature_of(function: Callable[..., Any]) -> Signature:
    """The signature of an extension, a layer, or a plain function."""
    known = getattr(function, "signature", None)
    return known if isinstance(known, Signature) else read_signature(function, name_of(function))


def argument_name(signature: Signature, position: int) -> str:
    """The name of the positional argument at this position."""
    if position < len(signature.positional):
        return signature.positional[position].name
    assert signature.variadic is not None
    return f"{signature.variadic.name}[{position - len(signature.positional)}]"


def array_count(signature: Signature, given: list[Any]) -> int:
    """How many of the positional arguments are arrays."""
    fixed = sum(argument.is_array for argument in signature.positional)
    return fixed + len(given) - len(signature.positional)


class WeakVariableError(Exception):
    """A variable is a number without a type: the definition is traced, which gives it one."""


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


class Point:
    """A function traced on fresh inputs in place of its variables, some of its arguments.

    Arguments are tracers and arrays of a running trace, whose nodes are `actual`; or specs, as a
    host traces a call: then all of their leaves are inputs. `choose` says which arguments are the
    variables, `check(name, dtype)` raises for those that cannot be.
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
                name = argument_name(self.signature, number)
                weak = is_hyperparameter(self.signature, number)
                floats += [count] * (weak and not is_given_array(value))
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
            raise WeakVariableError
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

    Its inputs are those of the point, and others, which are `given` inside of a running trace.
    """

    point: Point
    graph: Graph
    output: Tree
    given: Sequence[Node] = ()


class AtPoint(Derived):
    """A derived extension whose graph hosts have from `make`, without a trace of its definition."""

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
            with contextlib.suppress(WeakVariableError):
                made = self._make(*args, **kwargs)
                return Traced(made.graph, made.output)
        return super().traced(args, kwargs)


def wrapped(nodes: Sequence[Node]) -> list[Tracer]:
    return [operands.wrap(node) for node in nodes]
