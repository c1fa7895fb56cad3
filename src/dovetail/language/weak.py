"""Weak values: Python scalars, hyperparameters, and what is computed from them alone.

A weak value takes the floating type of the first floating array that it is combined with, or
else its default dtype (`Tracer.weak`). Until then a weak float is carried as float64, and
`resolve` gives it its type: scalars are computed in float64 and rounded once, arrays of weak
numbers, such as `where(x > 0, 1.0, 0.01)`, are computed in the type that they take.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np

from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.row import constant, size
from dovetail.graph.primitives.structure import iota
from dovetail.language.scope import running

CARRIER = dtypes.float64  # of weak floats


def carrier(default: DType) -> DType:
    """The type that a weak value of this default dtype is carried in."""
    return CARRIER if default.is_floating else default


def holds_float64(value: Any) -> bool:
    """Whether nested lists hold a numpy.float64, which has a type, unlike a Python float."""
    if isinstance(value, (list, tuple)):
        return any(map(holds_float64, cast("Iterable[Any]", value)))
    return getattr(value, "dtype", None) == np.float64


def cast_node(node: Node, dtype: DType) -> Node:
    """A node cast to a dtype; itself if it has it."""
    return node if node.dtype is dtype else rows.cast(node, dtype=dtype)


def convert(node: Node, weak: DType | None, dtype: DType) -> Node:
    """A node as an array of `dtype`: resolved where it is `weak`, else cast."""
    return cast_node(node, dtype) if weak is None else resolve(node, dtype)


def resolve(node: Node, dtype: DType) -> Node:
    """A weak node as an array of `dtype`."""
    if node.dtype is not CARRIER or not dtype.is_floating or dtype is CARRIER:
        return cast_node(node, dtype)
    if node.op == "constant":
        return constant(node.attr("value"), node.shape, dtype)
    scope = running()
    known = {} if scope is None else scope.resolved.setdefault(dtype.compute, {})
    return cast_node(_retyped(node, dtype.compute, known) or node, dtype)


def _retyped(root: Node, dtype: DType, known: dict[Node, Node | None]) -> Node | None:
    """The same value computed in `dtype`; None, also in `known`, for a scalar."""
    stack = [root]
    while stack:
        node = stack[-1]
        weak = [arg for arg in node.args if arg.dtype is CARRIER]
        missing = [arg for arg in weak if arg not in known]
        if node in known or not missing:
            stack.pop()
            if node not in known:
                scalar = not node.shape and all(known[arg] is None for arg in weak)
                known[node] = None if scalar else _rebuilt(node, dtype, known)
        else:
            stack.extend(missing)
    return known[root]


def _rebuilt(node: Node, dtype: DType, known: dict[Node, Node | None]) -> Node:
    match node.op:
        case "constant":
            return constant(node.attr("value"), node.shape, dtype)
        case "size":
            return size(node.attr("value"), node.shape, dtype)
        case "iota":
            return iota(shape=node.shape, axis=node.integer("axis"), dtype=dtype)
        case "cast":
            return cast_node(node.args[0], dtype)
        case "input" | "literal":
            return cast_node(node, dtype)
        case _:
            args = tuple(
                known[arg] or resolve(arg, dtype) if arg.dtype is CARRIER else arg
                for arg in node.args
            )
            return node.primitive.apply(args, node.attrs, node.source)
