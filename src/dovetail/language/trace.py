"""From a Python function to a graph."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from dovetail.errors import TraceError, described, fold_in_ipython
from dovetail.graph.dtypes import DEFAULT_FLOAT, DType, float64
from dovetail.graph.node import ArraySpec, Graph, Node, Shape
from dovetail.graph.primitives.row import input_node
from dovetail.language.location import location_of, name_of
from dovetail.language.namespace import NAMESPACE, OPERATIONS
from dovetail.language.operands import array, is_array
from dovetail.language.scope import Scope, opened
from dovetail.language.tracer import Tracer
from dovetail.language.tree import Tree, flatten, unflatten
from dovetail.language.weak import carrier, cast_node


@dataclass(frozen=True)
class WeakSpec:
    """An array argument of weak numbers, in the type that carries them; `weak`: their dtype."""

    shape: Shape
    weak: DType


@dataclass(frozen=True)
class ScalarSpec:
    """A float hyperparameter: a weak scalar input, passed by value at each call."""


@dataclass(frozen=True)
class NumberSpec:
    """An array of shape () in place of a float hyperparameter: weak, and it may have a gradient."""

    dtype: DType


@dataclass(frozen=True)
class Traced:
    """A graph, and how its outputs make up what the function returned."""

    graph: Graph
    output_tree: Tree


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
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{index}]" for index in range(count - len(names))]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    return names[:count] + [f"argument[{index}]" for index in range(len(names), count)]


def _output_nodes(function: Callable[..., Any], result: Any) -> tuple[list[Node], Tree]:
    """The outputs of a function as nodes, and how they make up its result."""
    leaves, tree = flatten(result)
    for path, leaf in leaves:
        if not is_array(leaf):
            where = f" at {path}" if path else ""
            raise TraceError(
                f"{name_of(function)} returned {described(leaf)}{where}, which is no array",
                "an array, or tuples, lists and dicts of arrays",
                "return the computed array; a function without return gives None",
                location_of(function),
            )
    return [array(leaf) for _, leaf in leaves], tree


_nested = itertools.count(1)


def _argument(path: str, value: Any, scope: Scope, inputs: list[Node]) -> Any:
    """What the function receives for one leaf of its arguments."""
    match value:
        case ArraySpec(shape, dtype):
            weak = None
        case WeakSpec(shape, weak):
            dtype = carrier(weak)
        case ScalarSpec():
            shape, dtype, weak = (), float64, DEFAULT_FLOAT
        case NumberSpec(dtype):
            shape, weak = (), DEFAULT_FLOAT
        case _:
            return value
    # Inputs of nested traces must differ from all others: equal nodes are one node.
    name = f"{path}'{next(_nested)}" if scope.depth else path
    node = input_node(name, shape, dtype, scalar=isinstance(value, ScalarSpec))
    inputs.append(node)
    number = isinstance(value, NumberSpec)
    return Tracer(cast_node(node, carrier(DEFAULT_FLOAT)) if number else node, scope, weak)


def trace(
    function: Callable[..., Any],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    read: Callable[[Callable[..., Any], Any], tuple[list[Node], Tree]] = _output_nodes,
) -> Traced:
    """The graph of `function`.

    `args` and `kwargs` are trees. Leaves that are specs become the inputs of the
    graph in this order; others are passed as they are. Weak outputs get their
    default dtype; Python scalars and NumPy arrays may be returned, too. `read(function, result)`
    is what the graph computes.
    """
    inputs: list[Node] = []
    with opened(OPERATIONS, NAMESPACE) as scope:

        def enter(path: str, value: Any) -> Any:
            leaves, tree = flatten(value, path)
            return unflatten(tree, [_argument(at, leaf, scope, inputs) for at, leaf in leaves])

        names = _parameter_names(function, len(args))
        positional = [enter(name, value) for name, value in zip(names, args, strict=True)]
        named = {name: enter(name, value) for name, value in (kwargs or {}).items()}
        try:
            outputs, tree = read(function, function(*positional, **named))
        except Exception as error:
            fold_in_ipython(error)
            raise
    return Traced(Graph(tuple(inputs), tuple(outputs)), tree)


def call_on_nodes(
    function: Callable[..., Any], nodes: Sequence[Node], weak: Sequence[DType | None] = ()
) -> list[Node]:
    """The flattened outputs of `function` on tracers of `nodes`: its graph, inlined.

    `weak[i]` is the default dtype of node i where it is weak.
    """
    dtypes = list(weak) + [None] * (len(nodes) - len(weak))
    with opened(OPERATIONS, NAMESPACE) as scope:
        tracers = [Tracer(node, scope, dtype) for node, dtype in zip(nodes, dtypes, strict=True)]
        return _output_nodes(function, function(*tracers))[0]
