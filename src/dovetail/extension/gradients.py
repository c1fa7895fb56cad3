"""dt.grad and dt.value_and_grad: gradients of a scalar, by reverse mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from dovetail.errors import ArgumentError, GradientError
from dovetail.extension.base import Arguments, Extension
from dovetail.extension.derived import derived, signature_of
from dovetail.extension.loss import Loss
from dovetail.extension.point import AtPoint, Point, Transformed
from dovetail.extension.values import is_sequence, is_tuple, output_leaves, split
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph, Node
from dovetail.language import operands
from dovetail.language.location import name_of
from dovetail.language.tree import LEAF, Tree, unflatten
from dovetail.language.weak import cast_node
from dovetail.transform.joint_graph import gradient_graph

ArgumentNumbers = int | Sequence[int]


# The transform of a loss takes `reduction`, too.
@overload
def grad(
    function: Loss[Arguments, Any], argnums: ArgumentNumbers = 0, has_aux: bool = False
) -> Loss[Arguments, Any]: ...


@overload
def grad(
    function: Callable[Arguments, Any], argnums: ArgumentNumbers = 0, has_aux: bool = False
) -> Extension[Arguments, Any]: ...


def grad(
    function: Callable[Arguments, Any], argnums: ArgumentNumbers = 0, has_aux: bool = False
) -> Extension[Arguments, Any]:
    """The gradient of a function that returns one array of shape ().

    `argnums`: the position of the argument (an array, a tree of arrays, or a float
    hyperparameter), or a tuple of positions for a tuple of gradients. `has_aux`: the function
    returns (value, aux), and the result is (gradient, aux).
    """

    def result(value: Any, gradient: Any, aux: Any) -> Any:
        return (gradient, aux) if has_aux else gradient

    return _gradient(grad, function, argnums, has_aux, result)


@overload
def value_and_grad(
    function: Loss[Arguments, Any], argnums: ArgumentNumbers = 0, has_aux: bool = False
) -> Loss[Arguments, Any]: ...


@overload
def value_and_grad(
    function: Callable[Arguments, Any], argnums: ArgumentNumbers = 0, has_aux: bool = False
) -> Extension[Arguments, Any]: ...


def value_and_grad(
    function: Callable[Arguments, Any], argnums: ArgumentNumbers = 0, has_aux: bool = False
) -> Extension[Arguments, Any]:
    """As `grad`, and the value: (value, gradient), or ((value, aux), gradient)."""

    def result(value: Any, gradient: Any, aux: Any) -> Any:
        return ((value, aux) if has_aux else value), gradient

    return _gradient(value_and_grad, function, argnums, has_aux, result)


def _gradient(
    transform: Callable[..., Any],
    function: Callable[..., Any],
    argnums: ArgumentNumbers,
    has_aux: bool,
    result: Callable[[Any, Any, Any], Any],
) -> Extension[..., Any]:
    """The extension that returns `result` of (value, gradient, aux)."""
    wanted = tuple(argnums) if is_sequence(argnums) else argnums
    call = f"{transform.__name__}({name_of(function)})"

    def make(*args: Any, **kwargs: Any) -> Transformed:
        location = signature_of(function).location
        extra: list[Tree] = []

        def read(_: Callable[..., Any], returned: Any) -> tuple[list[Node], Tree]:
            """The loss, and what is returned beside it."""
            if not has_aux:
                return [_scalar_output(call, returned, location)], LEAF
            if not is_tuple(returned) or len(returned) != 2:
                raise GradientError(
                    f"{call}: has_aux=True, and the function returned {type(returned).__name__}",
                    "a pair (loss, aux)",
                    "return both, or leave has_aux out",
                )
            value = _scalar_output(call, returned[0], location)
            leaves, structure = output_leaves(call, returned[1], None)
            extra.append(structure)
            return [value, *map(operands.array, leaves)], LEAF

        def check(name: str, dtype: DType) -> None:
            _require_floating(call, f"argument {name!r}", dtype, location)

        point = Point(
            function, call, args, kwargs,
            lambda _, given: _argument_numbers(call, wanted, len(given)), read, check,
        )  # fmt: skip
        # The result, with positions among the outputs and gradients in place of arrays.
        first = len(point.graph.outputs)
        gradients = unflatten(point.structure, range(first, first + len(point.wrt)))
        aux = unflatten(extra[0], range(1, first)) if has_aux else None
        whole = result(0, gradients if is_tuple(wanted) else gradients[0], aux)
        chosen, output = split(whole)
        graph = gradient_graph(point.graph, point.wrt, tuple(chosen))
        floats = {first + n for n in point.floats}
        if floats.intersection(chosen):  # their gradients take the type of the value
            dtype = point.graph.outputs[0].dtype
            outputs = [
                cast_node(node, dtype) if number in floats else node
                for node, number in zip(graph.outputs, chosen, strict=True)
            ]
            graph = Graph(graph.inputs, tuple(outputs))
        return Transformed(point, graph, output)

    options = {"argnums": wanted, "has_aux": bool(has_aux)}
    return derived(transform, function, options, make, AtPoint)


def _argument_numbers(call: str, argnums: Any, count: int) -> tuple[int, ...]:
    """Positions of arguments, counted from 0."""
    numbers: tuple[Any, ...] = argnums if is_tuple(argnums) else (argnums,)
    for number in numbers:
        whole = isinstance(number, int) and not isinstance(number, bool)
        if not whole or not -count <= number < count:
            raise ArgumentError(
                call, "argnums", argnums,
                f"an integer from {-count} to {count - 1}, or a tuple of them",
                "count the positional arguments of this call from 0",
            )  # fmt: skip
    return tuple(number % count for number in numbers)


def _require_floating(call: str, role: str, dtype: DType, location: str | None) -> None:
    if not dtype.is_floating:
        raise GradientError(
            f"{call}: {role} is of dtype {dtype}, which has no derivative",
            "a floating type",
            "convert with dt.astype(x, dt.float32), or choose other argnums",
            location,
        )


def _scalar_output(call: str, result: Any, location: str | None) -> Node:
    """The one output of shape () that a gradient is taken of."""
    leaves, structure = output_leaves(call, result, location)
    if structure != LEAF:
        raise _not_a_scalar(call, f"{len(leaves)} arrays", location)
    node = operands.array(leaves[0])
    if node.shape:
        raise _not_a_scalar(call, f"an array of shape {node.shape}", location)
    _require_floating(call, "the output", node.dtype, location)
    return node


def _not_a_scalar(call: str, found: str, location: str | None) -> GradientError:
    return GradientError(
        f"{call}: the function returned {found}",
        "one array of shape (), of which a gradient exists",
        "reduce it with dt.sum or dt.mean, or use dt.vjp; return (loss, aux) with has_aux=True",
        location,
    )
