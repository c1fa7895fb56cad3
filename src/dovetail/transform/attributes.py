"""Attributes of nodes, with their types."""

from __future__ import annotations

from dovetail.graph.node import Node, Shape


def ints(node: Node, name: str) -> Shape:
    """An attribute that is a tuple of integers: axes, dims, starts, steps."""
    return node.attr(name)


def integer(node: Node, name: str) -> int:
    """An attribute that is an integer: axis, extent."""
    return node.attr(name)
