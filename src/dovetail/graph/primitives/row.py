"""What a row of the table of primitives holds.

A row is maths only: how many operands, which shape and dtype follow, how NumPy
evaluates it, and its derivative in terms of other rows. Calling a row builds a
node. What a row costs, and how a target computes it, stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.errors import CallError, ShapeError
from dovetail.graph.dtypes import DType, bool_, undefined
from dovetail.graph.node import Node, Shape, intern

Array = npt.NDArray[Any]
Attrs = tuple[tuple[str, Any], ...]
Attributes = dict[str, Any]  # by name, as a shape rule reads them
Infer = Callable[[str, tuple[Node, ...], Attributes], tuple[Shape, DType]]
Evaluate = Callable[..., Array]
Partial = Node | tuple[Node, ...] | None
PartialsFormula = (
    Callable[[Node, Node], Sequence[Partial]]
    | Callable[[Node, Node, Node], Sequence[Partial]]
    | Callable[[Node, Node, Node, Node], Sequence[Partial]]
)


@dataclass(frozen=True)
class Partials:
    """An elementwise derivative: (out, *args) -> one partial derivative for each operand.

    Where a partial chooses a constant 0 (`select`), no cotangent passes, not even NaN.
    A partial that is a tuple is a product, whose factors are multiplied onto a cotangent one after
    another: the product itself may lie outside of the range where the result does not.
    """

    formula: PartialsFormula


@dataclass(frozen=True)
class Linear:
    """Linear in the operands `linear`: jointly (a sum), or in each with the others fixed.

    `transpose(node, cotangent, index)` is the cotangent of operand `index`.
    """

    transpose: Callable[[Node, Node, int], Node]
    linear: tuple[int, ...] | None = None  # None: all of them
    jointly: bool = True

    def operands(self, node: Node) -> tuple[int, ...]:
        return tuple(range(len(node.args))) if self.linear is None else self.linear


@dataclass(frozen=True)
class Expand:
    """Differentiated through an equal expression: node -> node."""

    formula: Callable[[Node], Node]


@dataclass(frozen=True)
class Zero:
    """Constant almost everywhere, or not a function of a continuum."""


@dataclass(frozen=True)
class Declared:
    """By the rule that the node carries."""


Derivative = Partials | Linear | Expand | Zero | Declared


@dataclass(frozen=True, eq=False)
class Primitive:
    """One row: everything that the maths of a primitive is."""

    name: str
    category: str  # leaf, elementwise, reduction, movement, indexing, library
    arity: int | None  # None: any number
    infer: Infer
    evaluate: Evaluate | None  # (node, *arrays) -> array
    derivative: Derivative = field(default_factory=Zero)
    commutative: bool = False
    domain: tuple[float, float] | None = None  # where a real function of one variable is defined
    samples: tuple[float, float] = (-3.0, 3.0)  # where the checker draws its examples
    kinks: tuple[float, ...] = ()  # where no derivative exists and the convention decides
    source: str = ""

    def __call__(self, *operands: Node | bool | int | float, **attrs: Any) -> Node:
        """Build a node. A Python scalar becomes a constant like the first node operand."""
        like = next((operand for operand in operands if isinstance(operand, Node)), None)
        args: list[Node] = []
        for operand in operands:
            if isinstance(operand, Node):
                args.append(operand)
            else:
                assert like is not None, f"{self.name} needs an operand that is a node"
                args.append(constant(operand, like.shape, like.dtype))
        return self.apply(tuple(args), tuple(sorted(attrs.items())))

    def apply(self, args: tuple[Node, ...], attrs: Attrs, source: str | None = None) -> Node:
        if self.arity is not None and len(args) != self.arity:
            raise CallError(f"{self.name} takes {self.arity} operands, {len(args)} were given")
        shape, dtype = self.infer(self.name, args, dict(attrs))
        return intern(self, args, attrs, shape, dtype, source)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def _infer_given(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    return attrs["shape"], attrs["dtype"]


def _evaluate_constant(node: Node) -> Array:
    return np.full(node.shape, node.attr("value"), node.dtype.compute.numpy)


def _evaluate_literal(node: Node) -> Array:
    return node.attr("array").value


input_ = Primitive("input", "leaf", 0, _infer_given, None)
constant_ = Primitive("constant", "leaf", 0, _infer_given, _evaluate_constant)
size_ = Primitive("size", "leaf", 0, _infer_given, _evaluate_constant)
literal_ = Primitive("literal", "leaf", 0, _infer_given, _evaluate_literal)


class Held:
    """An array captured by a definition; its identity is the object's."""

    __slots__ = ("value",)

    def __init__(self, value: Array) -> None:
        self.value = value


def input_node(name: str, shape: Shape, dtype: DType, *, scalar: bool = False) -> Node:
    """A graph input. `scalar`: a hyperparameter, passed by value at each call."""
    return input_(name=name, shape=shape, dtype=dtype, scalar=scalar)


def constant(value: bool | int | float, shape: Shape, dtype: DType) -> Node:
    """A constant of any shape."""
    if dtype is bool_:
        value = bool(value)
    elif dtype.is_floating:
        value = float(value)
    else:
        value = int(value)
    return constant_(value=value, shape=shape, dtype=dtype)


def size(value: int, shape: Shape, dtype: DType) -> Node:
    """A number that follows from shapes: a constant, but never part of a kernel's text."""
    return size_(value=float(value) if dtype.is_floating else value, shape=shape, dtype=dtype)


def literal(array: Array, dtype: DType) -> Node:
    """An array captured by a definition."""
    return literal_(array=Held(array), shape=tuple(array.shape), dtype=dtype)


def same_shape(name: str, args: tuple[Node, ...]) -> Shape:
    for arg in args[1:]:
        if arg.shape != args[0].shape:
            raise ShapeError(name, [arg.shape for arg in args], "operands of one shape")
    return args[0].shape


def same_dtype(name: str, args: tuple[Node, ...]) -> DType:
    for arg in args[1:]:
        if arg.dtype is not args[0].dtype:
            raise undefined(name, [arg.dtype for arg in args], "operands of one data type")
    return args[0].dtype


def require_kind(name: str, args: tuple[Node, ...], kinds: str) -> None:
    words = {"f": "floating", "i": "signed integer", "u": "unsigned integer", "b": "bool"}
    if any(arg.dtype.kind not in kinds for arg in args):
        raise undefined(
            name, [arg.dtype for arg in args], " or ".join(words[kind] for kind in kinds) + " types"
        )
