"""From a Python function to a graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from dovetail.errors import TraceError, described
from dovetail.graph.dtypes import DEFAULT_FLOAT, DType, float64
from dovetail.graph.node import Graph, Node, Shape
from dovetail.graph.primitives.row import input_node
from dovetail.language.namespace import NAMESPACE, OPERATIONS
from dovetail.language.operands import array, is_array
from dovetail.language.scope import Scope, opened
from dovetail.language.tracer import Tracer
from dovetail.language.tree import Tree, flatten, unflatten
from dovetail.language.weak import carrier


@dataclass(frozen=True)
class ArraySpec:
    """An array argument: only its shape and dtype matter to the graph."""

    shape: Shape
    dtype: DType


@dataclass(frozen=True)
class WeakSpec:
    """An array argument of numbers that are weak: it has the type in which they are carried.

    `weak` is the dtype that they have by themselves.
    """

    shape: Shape
    weak: DType


@dataclass(frozen=True)
class ScalarSpec:
    """A float hyperparameter: a weak scalar input, passed by value at each call."""


@dataclass(frozen=True)
class Traced:
    """A graph, and how its outputs make up what the function returned."""

    graph: Graph
    output_tree: Tree


def _location(function: Callable[..., Any]) -> str | None:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else None


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


_known_parameters: WeakKeyDictionary[Callable[..., Any], tuple[inspect.Parameter, ...]]
_known_parameters = WeakKeyDictionary()


def _parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """A name for each positional argument."""
    names: list[str] = []
    try:
        parameters = _known_parameters.get(function)
        if parameters is None:
            parameters = tuple(inspect.signature(function).parameters.values())
            _known_parameters[function] = parameters
    except (TypeError, ValueError):
        parameters = ()
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{index}]" for index in range(count - len(names))]
        elif parameter.kind in (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
        ):
            names.append(parameter.name)
    return names[:count] + [f"argument[{index}]" for index in range(len(names), count)]


def _output_nodes(function: Callable[..., Any], result: Any) -> tuple[list[Node], Tree]:
    leaves, tree = flatten(result)
    nodes: list[Node] = []
    for path, leaf in leaves:
        if not is_array(leaf):
            where = f" at {path}" if path else ""
            raise TraceError(
                f"{_name(function)} returned {described(leaf)}{where}, which is no array",
                "an array, or tuples, lists and dicts of arrays",
                "return the computed array; a function without return gives None",
                _location(function),
            )
        nodes.append(array(leaf))
    return nodes, tree


def _argument(path: str, value: Any, scope: Scope, inputs: list[Node]) -> Any:
    """What the function receives for one leaf of its arguments."""
    match value:
        case ArraySpec(shape, dtype):
            weak = None
        case WeakSpec(shape, weak):
            dtype = carrier(weak)
        case ScalarSpec():
            shape, dtype, weak = (), float64, DEFAULT_FLOAT
        case _:
            return value
    # Inputs of nested traces must differ from those around them: equal nodes are one node.
    scalar = isinstance(value, ScalarSpec)
    node = input_node(path + "'" * scope.depth, shape, dtype, scalar=scalar)
    inputs.append(node)
    return Tracer(node, scope, weak)


def trace(
    function: Callable[..., Any],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    namespace: Any = NAMESPACE,
) -> Traced:
    """The graph of `function`.

    `args` and `kwargs` are trees whose leaves are ArraySpec, WeakSpec and ScalarSpec, which become
    the inputs of the graph in this order, and other values, which are passed as they are.
    `namespace` is what `__array_namespace__` of tracers returns. Outputs that are weak
    get the dtype that they have by themselves; Python scalars and NumPy arrays may be
    returned, too.
    """
    inputs: list[Node] = []
    with opened(OPERATIONS, namespace) as scope:

        def enter(path: str, value: Any) -> Any:
            leaves, tree = flatten(value, path)
            return unflatten(tree, [_argument(at, leaf, scope, inputs) for at, leaf in leaves])

        names = _parameter_names(function, len(args))
        positional = [enter(name, value) for name, value in zip(names, args, strict=True)]
        named = {name: enter(name, value) for name, value in (kwargs or {}).items()}
        outputs, tree = _output_nodes(function, function(*positional, **named))
    return Traced(Graph(tuple(inputs), tuple(outputs)), tree)


def call_on_nodes(
    function: Callable[..., Any],
    nodes: Sequence[Node],
    *,
    weak: Sequence[DType | None] = (),
    namespace: Any = NAMESPACE,
    **static: Any,
) -> list[Node]:
    """The nodes that `function` makes of tracers of `nodes`, flattened: a graph, inlined.

    Derivative rules that a user declares are traced with it. `weak[i]` is the
    dtype that node i has by itself where it is weak.
    """
    flags = list(weak) + [None] * (len(nodes) - len(weak))
    with opened(OPERATIONS, namespace) as scope:
        tracers = [Tracer(node, scope, flag) for node, flag in zip(nodes, flags, strict=True)]
        return _output_nodes(function, function(*tracers, **static))[0]


def call_on_tree(
    function: Callable[..., Any],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    namespace: Any = NAMESPACE,
) -> tuple[list[Node], Tree]:
    """As `call_on_nodes` for trees with nodes at their leaves; also the output's structure."""
    with opened(OPERATIONS, namespace) as scope:

        def enter(value: Any) -> Any:
            leaves, tree = flatten(value)
            return unflatten(
                tree,
                [Tracer(leaf, scope) if isinstance(leaf, Node) else leaf for _, leaf in leaves],
            )

        positional = [enter(value) for value in args]
        named = {name: enter(value) for name, value in (kwargs or {}).items()}
        return _output_nodes(function, function(*positional, **named))
