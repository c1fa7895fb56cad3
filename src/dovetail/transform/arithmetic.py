"""Sums and products that skip known zeros (None) and ones, and products with a partial."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.graph.node import Node, Nodes, post_order
from dovetail.graph.primitives.elementwise import add, divide, multiply, negative, select
from dovetail.graph.primitives.row import Partial, constant


def zeros_like(node: Node) -> Node:
    return constant(0, node.shape, node.dtype)


def is_constant(node: Node, value: float) -> bool:
    """Whether every element is known to be `value` (zeros of both signs are equal)."""
    return node.op == "constant" and node.attr("value") == value


def plus(first: Node | None, second: Node | None) -> Node | None:
    if first is None or is_constant(first, 0):
        return second
    if second is None or is_constant(second, 0):
        return first
    return add(first, second)


def total(terms: Iterable[Node | None]) -> Node | None:
    result: Node | None = None
    for term in terms:
        result = plus(result, term)
    return result


def times(node: Node, factor: Node | None) -> Node | None:
    if factor is None or is_constant(factor, 0) or is_constant(node, 0):
        return None
    for one, other in ((node, factor), (factor, node)):
        if is_constant(one, 1):
            return other
        if is_constant(one, -1):
            return negative(other)
    if factor.op == "divide" and factor.args[0].op == "constant":
        top, bottom = factor.args
        if bottom.op not in ("constant", "size"):
            # Not c / x first: it is infinite for a subnormal x, and one rounding more.
            numerator = times(node, top)
            return None if numerator is None else divide(numerator, bottom)
    return multiply(node, factor)


def scaled(node: Node, partial: Partial) -> Node | None:
    """`times` for a partial derivative, which may be a product, or choose among others.

    Where it chooses 0 the result is 0 whatever the node is: NaN and infinity do not reach an
    operand that was not taken.
    """
    if isinstance(partial, tuple):
        product: Node | None = node
        for factor in partial:
            product = None if product is None else scaled(product, factor)
        return product
    if partial is None or partial.op != "select":
        return times(node, partial)
    found: dict[Node, Node | None] = {}
    choosing: set[Node] = set()
    for part in post_order([partial], _choices):
        if any(choice.op == "constant" or choice in choosing for choice in _choices(part)):
            choosing.add(part)
    for part in post_order([partial], lambda part: _choices(part) if part in choosing else ()):
        if part in choosing:
            first, second = (found[choice] or zeros_like(node) for choice in _choices(part))
            found[part] = select(part.args[0], first, second)
        else:
            found[part] = times(node, part)
    return found[partial]


def _choices(node: Node) -> Nodes:
    return node.args[1:] if node.op == "select" else ()
