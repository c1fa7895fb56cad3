"""Sums and products that skip known zeros (None) and ones, and products with a partial."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.graph.node import Node
from dovetail.graph.primitives.elementwise import add, multiply, negative, select
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
    if partial is None or not _chooses_constant(partial):
        return times(node, partial)
    condition, *parts = partial.args
    first, second = (scaled(node, part) or zeros_like(node) for part in parts)
    return select(condition, first, second)


def _chooses_constant(node: Node) -> bool:
    return node.op == "select" and any(
        part.op == "constant" or _chooses_constant(part) for part in node.args[1:]
    )
