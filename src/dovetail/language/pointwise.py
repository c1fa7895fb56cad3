"""From a row of the table of primitives to a function that users call."""

from __future__ import annotations

from collections.abc import Callable

from dovetail.graph.dtypes import bool_
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.row import Primitive
from dovetail.language.operands import Operand, unify, wrap
from dovetail.language.tracer import Tracer

Unary = Callable[[Operand], Tracer]
Binary = Callable[[Operand, Operand], Tracer]


def _named(function: Callable[..., Tracer], name: str, doc: str) -> None:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc


def float_unary(row: Primitive, equation: str) -> Unary:
    """A real function of one operand, which becomes floating."""

    def function(x: Operand, /) -> Tracer:
        operand = unify(row.name, x, floating=True)
        return wrap(row(*operand.nodes), operand.weak)

    _named(function, row.name, f"{equation}. Any shape; integers and bool become float32.")
    return function


def rounding(row: Primitive, equation: str) -> Unary:
    """Rounding, which leaves integers as they are."""

    def function(x: Operand, /) -> Tracer:
        operand = unify(row.name, x)
        node = operand.nodes[0]
        return wrap(row(node) if node.dtype.is_floating else node, operand.weak)

    _named(function, row.name, f"{equation}. Any shape; the dtype is kept. The derivative is 0.")
    return function


def binary(row: Primitive, name: str, equation: str, floating: bool = False) -> Binary:
    def function(x1: Operand, x2: Operand, /) -> Tracer:
        operands = unify(name, x1, x2, floating=floating)
        return wrap(row(*operands.nodes), operands.weak)

    rule = "integers become float32" if floating else "operands promote"
    _named(function, name, f"{equation}. Shapes broadcast; {rule}.")
    return function


def comparison(row: Primitive, equation: str) -> Binary:
    return binary(row, row.name, f"{equation}, as bool")


def truth(node: Node) -> Node:
    """Whether elements differ from 0."""
    return node if node.dtype is bool_ else rows.not_equal(node, 0)


def logical(row: Primitive, equation: str) -> Binary:
    def function(x1: Operand, x2: Operand, /) -> Tracer:
        operands = unify(row.name, x1, x2)
        return wrap(row(*map(truth, operands.nodes)), operands.weak)

    _named(function, row.name, f"{equation}, as bool. Numbers are true where they are not 0.")
    return function


def bitwise(name: str, row: Primitive, logical: Primitive, equation: str) -> Binary:
    def function(x1: Operand, x2: Operand, /) -> Tracer:
        operands = unify(name, x1, x2)
        chosen = logical if operands.nodes[0].dtype is bool_ else row
        return wrap(chosen(*operands.nodes), operands.weak)

    _named(function, name, f"{equation} of integers or bool. Shapes broadcast; operands promote.")
    return function
