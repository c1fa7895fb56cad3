"""What the files of rows share: what a row is made of, the leaves, and checks of operands."""

# ruff: noqa: F403

from __future__ import annotations

import itertools

from dovetail.errors import ShapeError
from dovetail.graph.dtypes import DType, undefined
from dovetail.graph.node import *
from dovetail.graph.node import (
    Array,
    Node,
    Nodes,
    Primitive,
    Shape,
    constant_,
    evaluate_constant,
    infer_given,
)
from dovetail.graph.sizes import computed


def _evaluate_literal(node: Node) -> Array:
    return node.attr("array").value


input_ = Primitive("input", "leaf", 0, infer_given, None, rounding=0.0)
size_ = Primitive("size", "leaf", 0, infer_given, evaluate_constant, rounding=0.0)
literal_ = Primitive("literal", "leaf", 0, infer_given, _evaluate_literal, rounding=0.0)


class Held:
    """An array captured by a definition; its identity is the object's."""

    __slots__ = ("value",)

    def __init__(self, value: Array) -> None:
        self.value = value


def input_node(name: str, shape: Shape, dtype: DType, *, scalar: bool = False) -> Node:
    """A graph input. `scalar`: a hyperparameter, passed by value at each call."""
    return input_(name=name, shape=shape, dtype=dtype, scalar=scalar)


_fresh = itertools.count()


def fresh_input(
    like: Node, role: str, shape: Shape | None = None, dtype: DType | None = None
) -> Node:
    """An input that occurs in no other graph."""
    name = f"{role}.{next(_fresh)}"
    return input_node(name, like.shape if shape is None else shape, dtype or like.dtype)


def size(value: int, shape: Shape, dtype: DType) -> Node:
    """A number that follows from shapes: a constant, but never part of a kernel's text."""
    known = computed(float, value) if dtype.is_floating else value
    return size_(value=known, shape=shape, dtype=dtype)


def is_number(node: Node) -> bool:
    """Whether a node is one number at every position: a constant, or what follows from shapes."""
    return node.primitive is constant_ or node.primitive is size_


def with_shape(leaf: Node, shape: Shape) -> Node:
    """A constant, a size or positions along an axis, with another shape."""
    attrs = tuple((name, shape if name == "shape" else value) for name, value in leaf.attrs)
    return leaf.primitive.apply((), attrs, leaf.source)


def is_scalar(node: Node) -> bool:
    """Whether a node is a hyperparameter, which is passed by value."""
    return node.primitive is input_ and node.flag("scalar")


def is_library_call(node: Node) -> bool:
    """Whether a node is left to a library: a product of matrices, a sort."""
    return node.primitive.category == "library"


def literal(array: Array, dtype: DType) -> Node:
    """An array captured by a definition."""
    return literal_(array=Held(array), shape=tuple(array.shape), dtype=dtype)


def same_shape(name: str, args: Nodes) -> Shape:
    shape = args[0].shape
    for arg in args:
        if arg.shape != shape:
            raise ShapeError(name, [arg.shape for arg in args], "operands of one shape")
    return shape


def same_dtype(name: str, args: Nodes) -> DType:
    dtype = args[0].dtype
    for arg in args:
        if arg.dtype is not dtype:
            raise undefined(name, [arg.dtype for arg in args], "operands of one data type")
    return dtype


def require_kind(name: str, args: Nodes, kinds: str) -> None:
    for arg in args:
        if arg.dtype.kind not in kinds:
            words = {"f": "floating", "i": "signed integer", "u": "unsigned integer", "b": "bool"}
            expected = " or ".join(words[kind] for kind in kinds) + " types"
            raise undefined(name, [arg.dtype for arg in args], expected)
