"""dt.vjp and dt.jvp: a function's value together with its linear map at that point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from dovetail.errors import StructureError
from dovetail.extension.base import Arguments, Extension
from dovetail.extension.derived import derived
from dovetail.extension.exact import exact_key
from dovetail.extension.loss import Loss
from dovetail.extension.point import (
    AtPoint,
    NeedsTraceError,
    Point,
    Transformed,
    is_given_array,
    is_hyperparameter,
)
from dovetail.extension.signature import Argument, Signature
from dovetail.extension.values import leaves_of, split
from dovetail.graph.node import ArraySpec, Node
from dovetail.language import operands
from dovetail.language.location import name_of
from dovetail.language.scope import running
from dovetail.language.tracer import Tracer
from dovetail.language.tree import Tree, unflatten
from dovetail.language.weak import cast_node
from dovetail.transform import derivative
from dovetail.transform.joint_graph import JointGraph, pullback_graph
from dovetail.transform.stabilise import stabilise


def jvp(
    function: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any], **kwargs: Any
) -> tuple[Any, Any]:
    """(value, tangent of the value) of `function(*args, **kwargs)`, by forward mode.

    `tangents`: one for each of `args`, of its structure and shapes; None for an argument
    without one, such as integers.
    """
    call = f"jvp({name_of(function)})"
    if len(tangents) != len(args):
        raise StructureError(call, f"{len(tangents)} tangents", f"{len(args)}, as arguments")
    return pushforward(function)(*args, tangents=tuple(tangents), **kwargs)


def pushforward(function: Callable[..., Any]) -> Extension[..., Any]:
    """(*args, tangents) -> (value, tangent)."""
    call = f"jvp({name_of(function)})"

    def value_and_tangent(*args: Any, tangents: Any, **kwargs: Any) -> tuple[Any, Any]:
        point = Point(function, call, args, kwargs, lambda _, given: range(len(tangents)))
        given = _tangents(point, list(tangents))
        outputs = stabilise(point.graph.outputs)
        found = derivative.jvp(outputs, point.variables, given)
        results = point.at_arguments([*outputs, *found])
        halves = results[: len(outputs)], results[len(outputs) :]
        value, tangent = (unflatten(point.output, half) for half in halves)
        return value, tangent

    return _with_arguments(derived(pushforward, function, {}, value_and_tangent), "tangents")


Pullback = Callable[[Any], tuple[Any, ...]]


@overload
def vjp(function: Loss[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Pullback]: ...


@overload
def vjp(
    function: Callable[Arguments, Any], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> tuple[Any, Pullback]: ...


def vjp(function: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Pullback]:
    """(value, pullback) of `function(*args, **kwargs)`, by reverse mode.

    `pullback(cotangent)` takes a cotangent with the value's structure and shapes, and returns a
    tuple with the cotangent of each array argument (zeros for integers), and of each array that is
    given for a hyperparameter. It reads the arguments, the value and the residuals: do not change
    those arrays in place before it has run.
    """
    if running() is not None or any(isinstance(v, Tracer) for v in leaves_of((args, kwargs))):
        return _traced_vjp(_point(function, args, kwargs))
    value, residuals = _forward(function)(*args, **kwargs)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        backward = _backward(function)
        return backward(*args, value=value, residuals=residuals, cotangent=cotangent, **kwargs)

    return value, pullback


def _traced_vjp(point: Point) -> tuple[Any, Pullback]:
    """The value and the pullback inside of a running trace."""

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        given = _cotangents(point, cotangent)
        joint = JointGraph.of(point.graph, range(len(given)), point.variables, given)
        return unflatten(point.structure, point.at_arguments(joint.gradients))

    return unflatten(point.output, point.at_arguments(stabilise(point.graph.outputs))), pullback


def _forward(function: Callable[..., Any]) -> Extension[..., Any]:
    """(*args) -> (value, residuals)."""

    def make(*args: Any, **kwargs: Any) -> Transformed:
        point = _point(function, args, kwargs)
        forward = point.cut.forward
        count = len(forward.output_specs) - point.output.leaves
        residuals = split((0,) * count)[1]
        return Transformed(point, forward, Tree(tuple, (0, 1), (point.output, residuals)))

    return derived(_forward, function, {}, make, AtPoint)


def _backward(function: Callable[..., Any]) -> Extension[..., Any]:
    """(*args, value, residuals, cotangent) -> the cotangent of each array argument."""

    def make(*args: Any, value: Any, residuals: Any, cotangent: Any, **kwargs: Any) -> Transformed:
        point = _point(function, args, kwargs)
        cut = point.cut
        floats = tuple(node.flag("scalar") for node in point.graph.inputs)
        graph = pullback_graph(cut.backward, floats, cut.outputs, point.output.leaves)
        saved = [*split(value)[0], *residuals]
        given: list[Node] = []
        if running() is not None:
            given = [*map(operands.array, saved), *_cotangents(point, cotangent)]
        elif (*saved, *split(cotangent)[0]) != graph.input_specs[len(point.graph.inputs) :]:
            raise NeedsTraceError
        return Transformed(point, graph, point.structure, given)

    extension = derived(_backward, function, {}, make, AtPoint)
    return _with_arguments(extension, "value", "residuals", "cotangent")


_POINTS = 64  # that one function keeps between the forward and the backward pass


def _point(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Point:
    """A function at all its arrays; forward and backward of a call share one trace."""
    call = f"vjp({name_of(function)})"
    if running() is not None:
        return Point(function, call, args, kwargs, _arrays)
    known: Any = _forward(function)
    leaves, tree = split((tuple(args), kwargs))
    key = tree, tuple([x if isinstance(x, ArraySpec) else exact_key(x) for x in leaves])
    point = known.points.get(key)
    if point is None:
        if len(known.points) >= _POINTS:
            known.points.clear()
        point = known.points[key] = Point(function, call, args, kwargs, _arrays)
    return point


def _arrays(signature: Signature, given: list[Any]) -> Sequence[int]:
    """The arguments that are arrays, and those with a default that were given one."""
    return [
        number
        for number, value in enumerate(given)
        if not is_hyperparameter(signature, number) or is_given_array(value)
    ]


def _cotangents(point: Point, cotangent: Any) -> list[Node]:
    """The leaves of a cotangent of the value, as nodes."""
    leaves, structure = split(cotangent)
    if structure != point.output:
        raise StructureError(
            f"the cotangent of {point.call}",
            f"{structure.leaves} arrays in another structure",
            f"the structure of the value, which has {point.output.leaves}",
        )
    return [
        _like(f"cotangent {index} of {point.call}", leaf, output)
        for index, (leaf, output) in enumerate(zip(leaves, point.graph.outputs, strict=True))
    ]


def _like(what: str, value: Any, like: Node) -> Node:
    node = operands.array(value)
    if node.shape != like.shape:
        raise StructureError(what, f"shape {node.shape}", f"shape {like.shape}")
    return cast_node(node, like.dtype)


def _tangents(point: Point, given: list[Any]) -> list[Node | None]:
    """A node, or None, for each variable."""
    found: list[Any] = []
    for child, value in zip(point.structure.children, given, strict=True):
        leaves, structure = split(value)
        if value is None:
            leaves = [None] * child.leaves
        elif structure != child:
            raise StructureError(
                f"tangent of {point.call}", f"{structure.leaves} arrays in another structure",
                f"the structure of the argument, which has {child.leaves}",
            )  # fmt: skip
        found += leaves
    return [
        None
        if leaf is None or not node.dtype.is_floating
        else _like(f"tangent {index} of {point.call}", leaf, node)
        for index, (leaf, node) in enumerate(zip(found, point.variables, strict=True))
    ]


def _with_arguments(extension: Extension[..., Any], *names: str) -> Extension[..., Any]:
    """The derived extension, with more array arguments by keyword; changed once."""
    for name in names:
        if name not in extension.signature.index:
            argument = Argument(name, True, keyword_only=True)
            extension.signature = extension.signature.with_argument(argument)
    return extension
