"""`fori_loop`, `while_loop`, and the scan of an associative function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dovetail.errors import ArgumentError, StructureError, TraceError, described
from dovetail.graph.dtypes import bool_, int64
from dovetail.graph.node import Node
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.scan import UNTIL, loop
from dovetail.graph.primitives.structure import concat, reshape, slice_axis
from dovetail.language.functions import op
from dovetail.language.location import name_of, user_line
from dovetail.language.manipulation import flip, moveaxis
from dovetail.language.operands import array, is_array, one_axis, static, static_int, wrap
from dovetail.language.scan import Loop, closed, scan
from dovetail.language.tree import flatten, unflatten

__all__ = ["associative_scan", "fori_loop", "while_loop"]


@op
@static("lower", "upper", "step")
def fori_loop(
    lower: int, upper: int, step: Callable[[Any, Any], Any], carry: Any, checkpoint: bool = False
) -> Any:
    """`carry = step(i, carry)` for i = lower, .., upper - 1; returns the last carry.

    The step is traced once; `carry` is an array or a tree of them. `checkpoint`: as for `scan`.
    """
    first = static_int("fori_loop", "lower", lower)
    length = max(0, static_int("fori_loop", "upper", upper) - first)

    def one(carried: Any, _: None) -> tuple[Any, tuple[()]]:
        number, inner = carried
        return (number + 1, step(number, inner)), ()

    one.__name__ = name_of(step)
    start = wrap(constant(first, (), int64))
    (_, last), _ = scan(one, (start, carry), None, length=length, checkpoint=checkpoint)
    return last


@op
@static("condition", "step")
def while_loop(condition: Callable[[Any], Any], step: Callable[[Any], Any], carry: Any) -> Any:
    """`carry = step(carry)` while `condition(carry)`, a bool of shape (), is true.

    Both are traced, not called for each step. There is forward mode (`dt.jvp`) and `vmap`, which
    runs until the conditions of all examples are false, but no reverse mode: the number of steps
    is not known.
    """
    name = f"while_loop({name_of(step)})"

    def goes_on(carried: Any) -> Node:
        found = condition(carried)
        node = array(found) if is_array(found) else None
        if node is None or node.shape or node.dtype is not bool_:
            shown = described(found) if node is None else f"{node.dtype} of shape {node.shape}"
            error = StructureError(
                f"what the condition of {name} returned", shown, "one bool, of shape ()",
                "combine the elements with dt.all or dt.any",
            )  # fmt: skip
            error.at(None if node is None else node.source)
            raise error
        return node

    def one(carried: Any, _: None) -> tuple[Any, tuple[()]]:
        after = step(carried[1])
        return (wrap(goes_on(after)), after), ()

    start = wrap(constant(True, (), bool_))
    loop_of_step = Loop(one, (start, carry), None, 0, name)
    inputs, outputs, _ = loop_of_step.traced()
    body, constants = closed(inputs, (), outputs)
    leaves = [leaf.node for leaf in loop_of_step.carry]
    typed = unflatten(loop_of_step.carry_tree, map(wrap, leaves))
    first = goes_on(typed[1])
    found = loop(body, [first, *leaves[1:], *constants], UNTIL, source=user_line())
    return unflatten(loop_of_step.carry_tree, map(wrap, found))[1]


Combine = Callable[[Any, Any], Any]


@op
@static("function")
def associative_scan(function: Combine, xs: Any, reverse: bool = False, axis: int = 0) -> Any:
    """x_0, f(x_0, x_1), f(f(x_0, x_1), x_2), .. along an axis, in about 2 log2(n) calls.

    `function(a, b)` combines two trees like `xs` element by element along the axis, and is
    associative: a sum, a product, a maximum, or the composition of x -> a x + b of a linear
    recurrence. `reverse`: from the end. Blelloch 1990, "Prefix sums and their applications".
    """
    leaves, tree = flatten(xs, "xs")
    name = f"associative_scan({name_of(function)})"
    nodes: list[Node] = []
    axes: list[int] = []
    for path, leaf in leaves:
        if not is_array(leaf):
            raise TraceError(
                f"{path} of {name} is {described(leaf)}", "an array, or a tree of them"
            )
        node = array(leaf)
        axes.append(one_axis(name, axis, len(node.shape)))
        nodes.append(moveaxis(leaf, axes[-1], 0).node)
    if not nodes:
        raise ArgumentError(name, "xs", xs, "at least one array")
    sizes = {node.shape[0] for node in nodes}
    if len(sizes) > 1:
        each = ", ".join(f"{p}: {n.shape[0]}" for (p, _), n in zip(leaves, nodes, strict=True))
        raise StructureError(f"the xs of {name} differ in length", each, "one length for all")

    def combined(first: Sequence[Node], second: Sequence[Node]) -> list[Node]:
        parts = (unflatten(tree, map(wrap, part)) for part in (first, second))
        found, returned = flatten(function(*parts), "result")
        result = [array(leaf) for _, leaf in found]
        given = [(node.shape, node.dtype) for node in first]
        if returned != tree or [(node.shape, node.dtype) for node in result] != given:
            raise StructureError(
                f"what the function of {name} returned",
                ", ".join(f"{node.dtype} of shape {node.shape}" for node in result),
                ", ".join(f"{dtype} of shape {shape}" for shape, dtype in given)
                + ", as its arguments",
                "combine the arrays element by element along the axis, in their own types",
            )
        return result

    if reverse:
        nodes = [flip(wrap(node), axis=0).node for node in nodes]
    found = _prefixes(combined, nodes)
    if reverse:
        found = [flip(wrap(node), axis=0).node for node in found]
    moved = [moveaxis(wrap(node), 0, own) for node, own in zip(found, axes, strict=True)]
    return unflatten(tree, moved)


def _prefixes(
    combined: Callable[[Sequence[Node], Sequence[Node]], list[Node]], nodes: Sequence[Node]
) -> list[Node]:
    """The prefixes along the first axis, from those of pairs."""
    count = nodes[0].shape[0]
    if count < 2:
        return list(nodes)
    half = count // 2
    pairs = combined(_every_second(nodes, 0, half), _every_second(nodes, 1, half))
    odd = _prefixes(combined, pairs)
    rest = (count - 1) // 2
    first = [slice_axis(node, 0, 0, 1, 1) for node in nodes]
    even = first
    if rest:
        before = [slice_axis(node, 0, 0, rest, 1) for node in odd]
        after = combined(before, _every_second(nodes, 2, rest))
        even = [concat(one, other, axis=0) for one, other in zip(first, after, strict=True)]
    return [_alternating(one, other) for one, other in zip(even, odd, strict=True)]


def _every_second(nodes: Sequence[Node], start: int, count: int) -> list[Node]:
    return [slice_axis(node, 0, start, count, 2) for node in nodes]


def _alternating(even: Node, odd: Node) -> Node:
    """even[0], odd[0], even[1], .."""
    count, shape = odd.shape[0], odd.shape[1:]
    pairs = [
        reshape(slice_axis(node, 0, 0, count, 1), shape=(count, 1, *shape)) for node in (even, odd)
    ]
    both = reshape(concat(*pairs, axis=1), shape=(2 * count, *shape))
    if even.shape[0] == count:
        return both
    return concat(both, slice_axis(even, 0, count, 1, 1), axis=0)
