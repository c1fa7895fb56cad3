"""Sums and products in which a structural zero (None) or one makes no work."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.graph.node import Node
from dovetail.graph.primitives.elementwise import add, multiply, negative
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


def times(node: Node, factor: Partial) -> Node | None:
    if isinstance(factor, tuple):
        product: Node | None = node
        for each in factor:
            product = None if product is None else times(product, each)
        return product
    if factor is None or is_constant(factor, 0) or is_constant(node, 0):
        return None
    for one, other in ((node, factor), (factor, node)):
        if is_constant(one, 1):
            return other
        if is_constant(one, -1):
            return negative(other)
    return multiply(node, factor)
