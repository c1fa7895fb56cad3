"""dt.vjp and dt.jvp: a function's value together with its linear map at that point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from dovetail.errors import StructureError
from dovetail.extension.base import Arguments, Extension
from dovetail.extension.derived import (
    Variables,
    argument_name,
    array_count,
    derived,
    signature_of,
    variables,
    wrapped,
)
from dovetail.extension.loss import Loss
from dovetail.extension.signature import Argument
from dovetail.extension.values import leaves_of, output_leaves, put, split
from dovetail.graph.node import Graph, Node
from dovetail.language import operands
from dovetail.language.location import name_of
from dovetail.language.scope import running
from dovetail.language.tracer import Tracer
from dovetail.language.tree import unflatten
from dovetail.language.weak import cast_node
from dovetail.transform import derivative
from dovetail.transform.joint_graph import JointGraph, Partition, open_graph, partition
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
        point = _Point(function, call, args, kwargs, len(tangents))
        given = _tangents(call, list(tangents), point.wrt)
        outputs = stabilise(point.outputs)
        found = derivative.jvp(outputs, point.wrt.fresh, given)
        results = wrapped(put([*outputs, *found], point.wrt.fresh, point.wrt.actual))
        halves = results[: len(outputs)], results[len(outputs) :]
        value, tangent = (unflatten(point.structure, half) for half in halves)
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
    tuple with the cotangent of each array argument (zeros for integers). It reads the arguments,
    the value and the residuals: do not change those arrays in place before it has run.
    """
    call = f"vjp({name_of(function)})"
    if running() is not None or any(isinstance(v, Tracer) for v in leaves_of((args, kwargs))):
        point = _Point(function, call, args, kwargs)
        return point.value(), point.vjp
    value, residuals = _forward(function)(*args, **kwargs)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        backward = _backward(function)
        return backward(*args, value=value, residuals=residuals, cotangent=cotangent, **kwargs)

    return value, pullback


def _forward(function: Callable[..., Any]) -> Extension[..., Any]:
    """(*args) -> (value, residuals)."""

    def forward(*args: Any, **kwargs: Any) -> tuple[Any, tuple[Tracer, ...]]:
        point = _Point(function, f"vjp({name_of(function)})", args, kwargs)
        made = wrapped(point.at_arguments(point.partition().forward))
        count = len(point.outputs)
        return unflatten(point.structure, made[:count]), tuple(made[count:])

    return derived(_forward, function, {}, forward)


def _backward(function: Callable[..., Any]) -> Extension[..., Any]:
    """(*args, value, residuals, cotangent) -> the cotangent of each array argument.

    Traces the function again, and replaces nodes by the outputs and residuals that were saved.
    """

    def backward(
        *args: Any, value: Any, residuals: Any, cotangent: Any, **kwargs: Any
    ) -> tuple[Any, ...]:
        point = _Point(function, f"vjp({name_of(function)})", args, kwargs)
        cut = point.partition()
        leaves = split(value)[0]
        saved = [*(leaves[n] for n in cut.outputs), *residuals]
        given = [*point.cotangents(cotangent), *map(operands.array, saved)]
        nodes = point.at_arguments(cut.backward, given)
        return tuple(unflatten(point.wrt.structure, wrapped(nodes)))

    extension = derived(_backward, function, {}, backward)
    return _with_arguments(extension, "value", "residuals", "cotangent")


class _Point:
    """A function on fresh inputs in place of its first `count` arguments (all its arrays)."""

    def __init__(
        self,
        function: Callable[..., Any],
        call: str,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        count: int | None = None,
    ) -> None:
        self.call = call
        signature = signature_of(function)
        given, named = signature.spread(signature.bind(tuple(args), kwargs))
        if count is None:
            count = array_count(signature, given)
            while count < len(given) and _is_optional_array(given[count]):
                count += 1
        names = [argument_name(signature, position) for position in range(count)]
        self.wrt: Variables = variables(call, names, given[:count])
        given[:count] = self.wrt.tracers()
        leaves, self.structure = output_leaves(call, function(*given, **named), signature.location)
        self.outputs = [operands.array(leaf) for leaf in leaves]
        self.graph = open_graph(self.wrt.fresh, self.outputs)
        self._every = tuple(range(len(self.outputs)))

    def value(self) -> Any:
        """The function's value at the actual arguments."""
        return unflatten(
            self.structure, wrapped(put(stabilise(self.outputs), self.wrt.fresh, self.wrt.actual))
        )

    def cotangents(self, cotangent: Any) -> list[Node]:
        """The leaves of a cotangent of the value, as nodes."""
        leaves, structure = split(cotangent)
        if structure != self.structure:
            raise StructureError(
                f"the cotangent of {self.call}",
                f"{structure.leaves} arrays in another structure",
                f"the structure of the value, which has {self.structure.leaves}",
            )
        return [
            _like(f"cotangent {index} of {self.call}", leaf, output)
            for index, (leaf, output) in enumerate(zip(leaves, self.outputs, strict=True))
        ]

    def vjp(self, cotangent: Any) -> tuple[Any, ...]:
        """The cotangent of each array argument."""
        given = self.cotangents(cotangent)
        joint = JointGraph.of(self.graph, self._every, self.wrt.fresh, given)
        nodes = put(joint.gradients, self.wrt.fresh, self.wrt.actual)
        return tuple(unflatten(self.wrt.structure, wrapped(nodes)))

    def partition(self) -> Partition:
        """The forward and backward graphs, and the residuals between them."""
        return partition(self.graph, self._every, tuple(range(len(self.wrt.fresh))))

    def at_arguments(self, half: Graph, given: Sequence[Node] = ()) -> tuple[Node, ...]:
        """The outputs of the forward or backward graph at the actual arguments."""
        first = len(self.graph.inputs)
        old = (*half.inputs[first:], *self.wrt.fresh)
        return put(half.outputs, old, (*given, *self.wrt.actual))


def _is_optional_array(value: Any) -> bool:
    """Whether an argument with a default was given an array; floats arrive as weak tracers."""
    return isinstance(value, Tracer) and not value.weak


def _like(what: str, value: Any, like: Node) -> Node:
    node = operands.array(value)
    if node.shape != like.shape:
        raise StructureError(what, f"shape {node.shape}", f"shape {like.shape}")
    return cast_node(node, like.dtype)


def _tangents(call: str, given: list[Any], wrt: Variables) -> list[Node | None]:
    """A node, or None, for each variable."""
    found: list[Any] = []
    for child, value in zip(wrt.structure.children, given, strict=True):
        leaves, structure = split(value)
        if value is None:
            leaves = [None] * child.leaves
        elif structure != child:
            raise StructureError(
                f"tangent of {call}", f"{structure.leaves} arrays in another structure",
                f"the structure of the argument, which has {child.leaves}",
            )  # fmt: skip
        found += leaves
    return [
        None
        if leaf is None or not node.dtype.is_floating
        else _like(f"tangent {index} of {call}", leaf, node)
        for index, (leaf, node) in enumerate(zip(found, wrt.fresh, strict=True))
    ]


def _with_arguments(extension: Extension[..., Any], *names: str) -> Extension[..., Any]:
    """The derived extension, with more array arguments by keyword; changed once."""
    for name in names:
        if name not in extension.signature.index:
            argument = Argument(name, True, keyword_only=True)
            extension.signature = extension.signature.with_argument(argument)
    return extension
