"""dt.vmap: a function of one example, applied to a batch of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from dovetail.errors import ArgumentError, ShapeError
from dovetail.extension.base import Arguments, Extension
from dovetail.extension.derived import array_count, derived, signature_of
from dovetail.extension.loss import Loss
from dovetail.extension.values import is_sequence, is_tuple, output_leaves, split, wrapped
from dovetail.graph.node import Node
from dovetail.graph.primitives.row import constant, fresh_input
from dovetail.graph.primitives.structure import permuted
from dovetail.language import operands
from dovetail.language.location import name_of
from dovetail.language.tree import unflatten
from dovetail.transform.batch import batch

Axes = int | None | Sequence[Any]


@overload
def vmap(
    function: Loss[Arguments, Any], in_axes: Axes = 0, out_axes: Axes = 0
) -> Loss[Arguments, Any]: ...


@overload
def vmap(
    function: Callable[Arguments, Any], in_axes: Axes = 0, out_axes: Axes = 0
) -> Extension[Arguments, Any]: ...


def vmap(
    function: Callable[Arguments, Any], in_axes: Axes = 0, out_axes: Axes = 0
) -> Extension[Arguments, Any]:
    """`function` of one example, mapped over an axis of its arguments.

    `in_axes`: the axis of every argument, or one for each in a tuple; None for an
    argument that all members of the batch share. Within one argument that is a tree,
    the axis is that of all its arrays, or a tree of axes. `out_axes`: where the axis of
    the batch goes in the outputs. Hyperparameters given by keyword are shared.
    """
    of_one: Callable[..., Any] = function
    options = {"in_axes": _plain(in_axes), "out_axes": _plain(out_axes)}
    call = f"vmap({name_of(function)})"

    def mapped(*args: Any, **kwargs: Any) -> Any:
        signature = signature_of(function)
        given, named = signature.spread(signature.bind(args, kwargs))
        arrays = array_count(signature, given)
        axes = _one_for_each(call, "in_axes", options["in_axes"], arrays, "arguments")
        outer: dict[Node, Node] = {}  # fresh input of one example -> the batch, axis first
        sizes: dict[int, None] = {}
        for position, axis in enumerate(axes):
            given[position] = _one_example(call, given[position], axis, outer, sizes)
        if not sizes:
            raise ArgumentError(call, "in_axes", options["in_axes"], "an axis for some argument")
        if len(sizes) > 1:
            remedy = "slice the arguments, or give in_axes=None to the shared ones"
            raise ShapeError(f"the mapped axes of {call}", sizes, "one size for all", remedy)
        leaves, structure = output_leaves(call, of_one(*given, **named), signature.location)
        nodes = batch([operands.array(leaf) for leaf in leaves], outer, next(iter(sizes)))
        axes = _one_for_each(call, "out_axes", options["out_axes"], structure.leaves, "outputs")
        moved = [_from_front(call, node, axis) for node, axis in zip(nodes, axes, strict=True)]
        return unflatten(structure, wrapped(moved))

    return derived(vmap, function, options, mapped)


SHARED = "None for an argument that is shared by all members of the batch"


def _plain(axes: Any) -> Any:
    return tuple(map(_plain, axes)) if is_sequence(axes) else axes


def _one_for_each(call: str, argument: str, axes: Any, count: int, what: str) -> list[Any]:
    """An axis for each argument or output."""
    if not is_tuple(axes):
        return [axes] * count
    given: list[Any] = list(axes) if argument == "in_axes" else split(axes)[0]
    if len(given) != count:
        remedy = SHARED if argument == "in_axes" else ""
        raise ArgumentError(call, argument, axes, f"one axis for each of {count} {what}", remedy)
    return given


def _one_example(
    call: str, value: Any, axis: Any, outer: dict[Node, Node], sizes: dict[int, None]
) -> Any:
    """The argument as the function of one example receives it."""
    if axis is None:
        return value
    leaves, structure = split(value)
    axes: list[Any] = [axis] * len(leaves) if isinstance(axis, int) else split(axis)[0]
    if len(axes) != len(leaves):
        expected = f"one axis for each of {len(leaves)} arrays"
        raise ArgumentError(call, "in_axes", axis, expected, SHARED)
    inner: list[Any] = []
    for leaf, own in zip(leaves, axes, strict=True):
        if own is None:
            inner.append(leaf)
            continue
        node = operands.array(leaf)
        rank = len(node.shape)
        if not isinstance(own, int) or not -rank <= own < rank:
            expected = f"an axis of an array of shape {node.shape}"
            raise ArgumentError(call, "in_axes", own, expected, SHARED)
        rest = (axis for axis in range(rank) if axis != own % rank)
        front = permuted(node, (own % rank, *rest))
        sizes[front.shape[0]] = None
        example = fresh_input(constant(0, front.shape[1:], front.dtype), "example")
        outer[example] = front
        inner.append(operands.wrap(example))
    return unflatten(structure, inner)


def _from_front(call: str, node: Node, axis: Any) -> Node:
    rank = len(node.shape)
    if not isinstance(axis, int) or not -rank <= axis < rank:
        raise ArgumentError(call, "out_axes", axis, f"an axis of an output of {rank} dimensions")
    order = list(range(1, rank))
    order.insert(axis % rank, 0)
    return permuted(node, tuple(order))
