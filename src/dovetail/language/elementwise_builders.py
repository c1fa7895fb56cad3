"""Builders of the functions of the namespace that are one elementwise primitive each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dovetail.graph.dtypes import bool_
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.row import Primitive, constant
from dovetail.language.functions import Arguments, Function, op
from dovetail.language.operands import Operand, unify, wrap
from dovetail.language.tracer import Tracer

Unary = Function[[Operand]]
Binary = Function[[Operand, Operand]]


def named(
    function: Callable[Arguments, Any],
    name: str,
    doc: str,
    register: Callable[[Callable[Arguments, Any]], Function[Arguments]] = op,
) -> Function[Arguments]:
    """A function of the namespace with this name and documentation."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return register(function)


def float_unary(
    row: Primitive, equation: str, register: Callable[[Callable[[Operand], Any]], Unary] = op
) -> Unary:
    """A real function of one operand, which becomes floating."""

    def function(x: Operand, /) -> Tracer:
        operand = unify(row.name, x, floating=True)
        return wrap(row(*operand.nodes), operand.weak)

    return named(
        function, row.name, f"{equation}. Any shape; integers and bool become float32.", register
    )


def unary(row: Primitive, name: str, equation: str) -> Unary:
    """A function of one operand, whose dtype it keeps."""

    def function(x: Operand, /) -> Tracer:
        operand = unify(name, x)
        return wrap(row(*operand.nodes), operand.weak)

    return named(function, name, equation)


def float_test(name: str, test: Callable[[Node], Node], of_integers: bool, text: str) -> Unary:
    """A question about floating numbers, to which all integers have one answer."""

    def function(x: Operand, /) -> Tracer:
        operand = unify(name, x)
        node = operand.nodes[0]
        if node.dtype.is_floating:
            return wrap(test(node), operand.weak)
        return wrap(constant(of_integers, node.shape, bool_), operand.weak)

    return named(function, name, text)


def rounding(row: Primitive, equation: str) -> Unary:
    """Rounding, which leaves integers as they are."""

    def function(x: Operand, /) -> Tracer:
        operand = unify(row.name, x)
        node = operand.nodes[0]
        return wrap(row(node) if node.dtype.is_floating else node, operand.weak)

    return named(
        function, row.name, f"{equation}. Any shape; the dtype is kept. The derivative is 0."
    )


def binary(row: Primitive, name: str, equation: str, floating: bool = False) -> Binary:
    """A function of two operands."""

    def function(x1: Operand, x2: Operand, /) -> Tracer:
        operands = unify(name, x1, x2, floating=floating)
        return wrap(row(*operands.nodes), operands.weak)

    rule = "integers become float32" if floating else "operands promote"
    return named(function, name, f"{equation}. Shapes broadcast; {rule}.")


def comparison(row: Primitive, equation: str) -> Binary:
    """A comparison of two operands."""
    return binary(row, row.name, f"{equation}, as bool")


def truth(node: Node) -> Node:
    """Whether elements differ from 0."""
    return node if node.dtype is bool_ else rows.not_equal(node, 0)


def logical(row: Primitive, equation: str) -> Binary:
    """A function of two truth values."""

    def function(x1: Operand, x2: Operand, /) -> Tracer:
        operands = unify(row.name, x1, x2)
        return wrap(row(*map(truth, operands.nodes)), operands.weak)

    rule = "Numbers are true where they are not 0. Shapes broadcast."
    return named(function, row.name, f"{equation}, as bool. {rule}")


def bitwise(name: str, row: Primitive, logical: Primitive, equation: str) -> Binary:
    """A function of the bits of two integers, or of two truth values."""

    def function(x1: Operand, x2: Operand, /) -> Tracer:
        operands = unify(name, x1, x2)
        chosen = logical if operands.nodes[0].dtype is bool_ else row
        return wrap(chosen(*operands.nodes), operands.weak)

    return named(
        function, name, f"{equation} of integers or bool. Shapes broadcast; operands promote."
    )
