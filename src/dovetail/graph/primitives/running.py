"""Rows of the running reductions, along an axis or against it.

Reverse mode of a running product is a linear recurrence, which has no quotient: it takes as long
as the product, and is right where factors are 0, to every order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dovetail.graph.dimensions import AlongAxis
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.elementwise import add, multiply
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Linear,
    Primitive,
    Reverse,
    require_kind,
    same_dtype,
    same_shape,
)


def _infer_running(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args, "fiu")
    return args[0].shape, args[0].dtype


def _in_order(node: Node, x: Array) -> Array:
    """The axis first, in the order that a running reduction takes it; or back again."""
    moved = np.moveaxis(x, node.integer("axis"), 0)
    return moved[::-1] if node.flag("reverse") else moved


def _restored(node: Node, x: Array) -> Array:
    return np.moveaxis(x[::-1] if node.flag("reverse") else x, 0, node.integer("axis"))


def _evaluate_sum(node: Node, x: Array) -> Array:
    return _restored(node, np.cumsum(_in_order(node, x), axis=0, dtype=x.dtype))


def _sum_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return cumulative_sum(cotangent, axis=node.integer("axis"), reverse=not node.flag("reverse"))


cumulative_sum = Primitive(
    "cumulative_sum", "running", 1, _infer_running, _evaluate_sum,
    Linear(_sum_transpose), AlongAxis(), sequential=True, accumulates=True,
)  # fmt: skip


def _evaluate_prod(node: Node, x: Array) -> Array:
    factors = _in_order(node, x)
    if node.flag("exclusive"):
        factors = np.concatenate([np.ones_like(factors[:1]), factors[:-1]])
    return _restored(node, np.cumprod(factors, axis=0, dtype=x.dtype))


def _prod_reverse(node: Node, cotangent: Node) -> Sequence[Node | None]:
    (x,) = node.args
    axis, reverse = node.integer("axis"), node.flag("reverse")
    if node.flag("exclusive"):
        later = linear_recurrence(x, cotangent, axis=axis, reverse=not reverse)
        return (multiply(node, later),)
    before = cumulative_prod(x, axis=axis, reverse=reverse, exclusive=True)
    later = linear_recurrence(x, multiply(x, cotangent), axis=axis, reverse=not reverse)
    return (multiply(before, add(cotangent, later)),)


cumulative_prod = Primitive(
    "cumulative_prod", "running", 1, _infer_running, _evaluate_prod,
    Reverse(_prod_reverse), AlongAxis(), sequential=True, accumulates=True,
    source="exclusive: the product of the elements before each",
)  # fmt: skip


def _infer_recurrence(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args, "f")
    return same_shape(name, args), same_dtype(name, args)


def _evaluate_recurrence(node: Node, factor: Array, term: Array) -> Array:
    factors, terms = _in_order(node, factor), _in_order(node, term)
    found = np.zeros(terms.shape, terms.dtype)
    for number in range(1, len(found)):
        found[number] = terms[number - 1]
        if number > 1:
            found[number] += factors[number - 1] * found[number - 1]
    return _restored(node, found)


def _recurrence_reverse(node: Node, cotangent: Node) -> Sequence[Node | None]:
    """Each later cotangent times what lies between, summed by the same recurrence."""
    reverse = not node.flag("reverse")
    back = linear_recurrence(node.args[0], cotangent, axis=node.integer("axis"), reverse=reverse)
    return multiply(node, back), back


linear_recurrence = Primitive(
    "linear_recurrence", "running", 2, _infer_recurrence, _evaluate_recurrence,
    Reverse(_recurrence_reverse), AlongAxis(), sequential=True, accumulates=True,
    source="what is there before each element of a state s that becomes factor s + term, from 0",
)  # fmt: skip
