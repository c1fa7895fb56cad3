"""Nodes and primitives: what an extension says, as an immutable graph.

A primitive is a row of the table in `graph/primitives`: it says everything that is asked about
the operation anywhere. A node is one application of a primitive: its operands, its static
attributes, and the shape and dtype that follow. Nodes are hash-consed: building the same node
twice gives the same object, so common subexpressions are shared by construction and equality is
identity.

Semantics that hold for every node, on every target:

- Shapes are plain integers. Elementwise primitives take operands of one shape;
  broadcasting is a node of its own.
- float16 and bfloat16 are computed in float32 and rounded once, where a value is
  stored; their reductions accumulate in float32.
- NaN and infinity are kept as IEEE 754 says. Sums may be reassociated inside kernels;
  assuming that no NaN occurs is not allowed.
- One node, one value: wherever a node is computed again it has the same bits. A fused
  multiply-add is a node of its own; quotients are correctly rounded.
- Kinks follow PyTorch: relu'(0) = 0, |x|'(0) = 0, ties of maximum and of max share
  the gradient, clip passes it on its closed interval.
- Results do not depend on the number of threads.
"""

from __future__ import annotations

import enum
import math
import threading
import weakref
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from dovetail.errors import CallError
from dovetail.graph.dtypes import DType, bool_

Key = TypeVar("Key", bound=Hashable)
Shape = tuple[int, ...]
Array = npt.NDArray[Any]
Nodes = tuple["Node", ...]
Attrs = tuple[tuple[str, Any], ...]
Attributes = dict[str, Any]  # by name, as a shape rule reads them
Answer = TypeVar("Answer")


class Node:
    """One application of a primitive. Build it by calling the primitive."""

    __slots__ = ("__weakref__", "args", "attrs", "dtype", "primitive", "shape", "source")

    primitive: Primitive
    args: Nodes
    attrs: Attrs
    shape: Shape
    dtype: DType
    source: str | None  # the user's line; not part of the identity

    @property
    def op(self) -> str:
        return self.primitive.name

    @property
    def size(self) -> int:
        count = 1
        for extent in self.shape:
            count *= extent
        return count

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def attr(self, name: str) -> Any:
        for key, value in self.attrs:
            if key == name:
                return value
        raise KeyError(name)

    def ints(self, name: str) -> Shape:
        """An attribute that is a tuple of integers: axes, dims, starts, steps."""
        return self.attr(name)

    def integer(self, name: str) -> int:
        """An attribute that is an integer: axis, extent."""
        return self.attr(name)

    def flag(self, name: str) -> bool:
        """An attribute that is a truth value: scalar, reverse, descending."""
        return self.attr(name)

    def __repr__(self) -> str:
        attrs = "".join(f", {key}={value}" for key, value in self.attrs)
        operands = ", ".join(arg.op for arg in self.args)
        return f"<{self.op}({operands}{attrs}): {self.dtype}{list(self.shape)}>"


# How a primitive is differentiated.

Partial = Node | Nodes | None
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
    another: the product itself may overflow or underflow where the result does not.
    """

    formula: PartialsFormula
    linear: tuple[int, ...] = ()  # operands in each of which the function is linear

    def operands(self, node: Node) -> tuple[int, ...]:
        """The operands in each of which a node is linear, with the others fixed."""
        return self.linear


@dataclass(frozen=True)
class Linear:
    """Linear in the operands `linear`: jointly (a sum), or in each with the others fixed.

    `transpose(node, cotangent, index)` is the cotangent of operand `index`.
    """

    transpose: Callable[[Node, Node, int], Node]
    linear: tuple[int, ...] | None = None  # None: all of them
    jointly: bool = True

    def operands(self, node: Node) -> tuple[int, ...]:
        """The operands in which a node is linear."""
        return tuple(range(len(node.args))) if self.linear is None else self.linear


@dataclass(frozen=True)
class Expand:
    """Differentiated through an equal expression: node -> node."""

    formula: Callable[[Node], Node]


@dataclass(frozen=True)
class Reverse:
    """By a rule of reverse mode: (node, cotangent) -> the cotangent of each operand.

    The rule is linear in the cotangent; forward mode is its transpose.
    """

    rule: Callable[[Node, Node], Sequence[Node | None]]


@dataclass(frozen=True)
class Zero:
    """Constant almost everywhere, or not a function of real numbers."""


@dataclass(frozen=True)
class Declared:
    """By the rule that the node carries."""


@dataclass(frozen=True)
class Loop:
    """By another loop: transform/scan_vjp.py and scan_jvp.py."""


Derivative = Partials | Linear | Expand | Reverse | Zero | Declared | Loop


# How the dimensions of operands and results correspond.

RESULT = -1
Tie = tuple[tuple[int, int], ...]  # (operand, or RESULT; dimension): these correspond


class Dimensions:
    """Of an elementwise primitive: all operands have the result's dimensions.

    `graph/dimensions.py` has the other kinds.
    """

    def ties(self, node: Node) -> Iterator[Tie]:
        """The dimensions of operands and result that correspond."""
        numbers = (RESULT, *range(len(node.args)))
        return (tuple((n, dim) for n in numbers) for dim in range(len(node.shape)))

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        """The attributes when operands and result get a leading dimension of this size."""
        return attributes


class Cost(enum.IntEnum):
    """The time that an elementwise primitive takes in a vectorised loop."""

    CHEAP = 0  # a few cycles
    QUOTIENT = 1  # as long as loading several operands
    COSTLY = 2  # so long that a later pass loads the value instead of computing it again
    TRANSCENDENTAL = 3  # costly, and a polynomial or rational approximation


Category = Literal[
    "leaf",
    "elementwise",
    "reduction",  # drops the axes that it reduces
    "search",  # a reduction to a position
    "running",  # a running reduction
    "loop",  # runs a graph once a step
    "movement",  # moves elements
    "indexing",  # numbers elements, and picks them by number
    "library",  # left to a library
    "declared",
]
Infer = Callable[[str, Nodes, Attributes], tuple[Shape, DType]]


@dataclass(frozen=True, eq=False)
class Primitive:
    """One row of the table: everything that is asked about a primitive anywhere."""

    name: str
    category: Category
    arity: int | None  # None: any number
    infer: Infer
    evaluate: Callable[..., Array] | None  # (node, *arrays) -> array
    derivative: Derivative = field(default_factory=Zero)
    dimensions: Dimensions = field(default_factory=Dimensions)
    commutative: bool = False
    domain: tuple[float, float] | None = None  # where a real function of one variable is defined
    samples: tuple[float, float] = (-3.0, 3.0)  # where the checker draws its examples
    parity: Literal["odd", "even", None] = None  # f(-x) is -f(x), or f(x)
    positive: bool = False  # no result is negative or -0
    kinks: tuple[float, ...] = ()  # where no derivative exists and the convention decides
    source: str = ""
    # How a kernel computes it.
    cost: Cost = Cost.CHEAP
    view: bool = False  # each element is one of the operand's, at a position known beforehand
    sequential: bool = False  # an element is combined with what earlier ones have left
    # How a scatter combines its last operand with what is at the indices before: as the reduction
    # of this name, or in its place ("last").
    combine: str | None = None
    # How exact a result is: within so many halves of an ULP (4: what kernels are held to).
    rounding: float = 4.0
    accumulates: bool = False  # adds up or multiplies many rounded operands
    multiply_adds: Callable[[Node], int] | None = None  # of a product or convolution
    # Zeros that are no elements of an operand may be multiplied: by NaN or infinity they give NaN.
    zero_products: bool = False
    # The largest intermediate result, whose rounding the result inherits: (*arrays) -> array.
    intermediate: Callable[..., Array] | None = None
    # Which branch of a piecewise function each element is on: (node, value, *arrays) -> array.
    branch: Callable[..., Array] | None = None

    def __call__(self, *operands: Node | bool | int | float, **attrs: Any) -> Node:
        """Build a node. A Python scalar becomes a constant like the first node operand."""
        args: list[Node] = [x for x in operands if isinstance(x, Node)]
        if len(args) < len(operands):
            assert args, f"{self.name} needs an operand that is a node"
            like = args[0]
            args = [
                x if isinstance(x, Node) else constant(x, like.shape, like.dtype) for x in operands
            ]
        return self.apply(tuple(args), tuple(sorted(attrs.items())) if attrs else ())

    def apply(self, args: Nodes, attrs: Attrs, source: str | None = None) -> Node:
        """Build a node of operands that are nodes, and sorted attributes."""
        if self.arity is not None and len(args) != self.arity:
            raise CallError(f"{self.name} of {len(args)} operands", f"{self.arity} operands")
        shape, dtype = self.infer(self.name, args, dict(attrs))
        return intern(self, args, attrs, shape, dtype, source)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def infer_given(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    """The shape and dtype among the attributes."""
    return attrs["shape"], attrs["dtype"]


def evaluate_constant(node: Node) -> Array:
    """The value of a `constant` or a `size`, at every position."""
    return np.full(node.shape, node.attr("value"), node.dtype.compute.numpy)


constant_ = Primitive("constant", "leaf", 0, infer_given, evaluate_constant, rounding=1.0)


def constant(value: bool | int | float, shape: Shape, dtype: DType) -> Node:
    """A constant of any shape."""
    if dtype is bool_:
        value = bool(value)
    elif dtype.is_floating:
        value = float(value)
    else:
        value = int(value)
    return constant_(value=value, shape=shape, dtype=dtype)


class _Reference(weakref.ref["Node"]):
    """A node that is known by a key until nobody holds it."""

    __slots__ = ("key",)

    key: tuple[Any, ...]


_interned: dict[tuple[Any, ...], _Reference] = {}
_lock = threading.RLock()  # a node may end wherever memory is allocated


def _forget(reference: Any) -> None:
    with _lock:
        if _interned.get(reference.key) is reference:
            del _interned[reference.key]


def intern(
    primitive: Primitive,
    args: Nodes,
    attrs: Attrs,
    shape: Shape,
    dtype: DType,
    source: str | None = None,
) -> Node:
    """The one node with these parts."""
    key = (
        primitive.name,
        tuple(map(id, args)),
        attrs and tuple([(n, v if v.__class__ is tuple else _identity(v)) for n, v in attrs]),
        shape,
        dtype.name,
    )
    with _lock:
        known = _interned.get(key)
        node = None if known is None else known()
        if node is None:
            node = Node()
            node.primitive, node.args, node.attrs = primitive, args, attrs
            node.shape, node.dtype, node.source = shape, dtype, source
            reference = _Reference(node, _forget)
            reference.key = key
            _interned[key] = reference
        elif node.source is None:
            node.source = source
    return node


def _identity(value: Any) -> Any:
    """A key under which equal bits are equal: 0.0 and -0.0 differ, NaN equals itself."""
    if isinstance(value, float):
        return ("float", value.hex())
    if isinstance(value, (bool, int)):
        return (type(value).__name__, value)
    return value


@dataclass(frozen=True)
class ArraySpec:
    """The shape and data type of an array."""

    shape: Shape
    dtype: DType

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype.name))

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def spec_of(node: Node) -> ArraySpec:
    """The shape and data type of a node."""
    return ArraySpec(node.shape, node.dtype)


class Graph:
    """A function: its inputs (nodes of the primitive `input`) and its outputs."""

    def __init__(self, inputs: Nodes, outputs: Nodes = ()) -> None:
        self.inputs = inputs
        self._outputs = outputs
        self.notes: dict[Any, Any] = {}  # what passes have found out about it

    @cached_property
    def outputs(self) -> Nodes:
        """The values that it computes."""
        return self._outputs

    @cached_property
    def input_specs(self) -> tuple[ArraySpec, ...]:
        """Shape and data type of each input."""
        return tuple(map(spec_of, self.inputs))

    @cached_property
    def output_specs(self) -> tuple[ArraySpec, ...]:
        """Shape and data type of each output."""
        return tuple(map(spec_of, self.outputs))

    @cached_property
    def nodes(self) -> list[Node]:
        """Every node that the outputs need, operands before their users."""
        return topological(self.outputs)

    def known(self, question: Callable[[Graph], Answer]) -> Answer:
        """The answer to a question about the maths, which is the same for all sizes; asked once."""
        if question not in self.notes:
            self.notes[question] = question(self)
        return self.notes[question]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return self.inputs == other.inputs and self.outputs == other.outputs

    def __hash__(self) -> int:
        return hash((self.inputs, self.outputs))


def topological(outputs: Iterable[Node]) -> list[Node]:
    """Every node that the outputs need, operands before their users."""
    order: list[Node] = []
    done: set[Node] = set()
    stack = list(outputs)[::-1]
    while stack:
        node = stack[-1]
        missing = [arg for arg in node.args if arg not in done]
        if missing and node not in done:
            stack += missing[::-1]
        else:
            stack.pop()
            if node not in done:
                done.add(node)
                order.append(node)
    return order


def post_order(roots: Iterable[Key], operands: Callable[[Key], Iterable[Key]]) -> Iterator[Key]:
    """Everything that the roots need, operands before their users, as a recursion would meet it.

    `operands` is asked once for each, on the way down; what it returns is read bit by bit, so
    that it may depend on what has been met before.
    """
    seen: set[Key] = set()
    stack: list[tuple[Key, Iterator[Key]]] = []
    for root in roots:
        if root not in seen:
            seen.add(root)
            stack.append((root, iter(operands(root))))
        while stack:
            found, missing = stack[-1]
            for operand in missing:
                if operand not in seen:
                    seen.add(operand)
                    stack.append((operand, iter(operands(operand))))
                    break
            else:
                stack.pop()
                yield found


def rebuild(node: Node, args: Sequence[Node]) -> Node:
    """The same application on other operands; the same node if they are the same."""
    if all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    return node.primitive.apply(tuple(args), node.attrs, node.source)


def transform(
    outputs: Sequence[Node],
    visit: Callable[[Node], Node],
    replaced: Mapping[Node, Node] | None = None,
) -> Nodes:
    """Rebuild bottom-up: `visit` sees each node with its operands already rebuilt."""
    done: dict[Node, Node] = dict(replaced or {})
    for node in topological(outputs):
        if node not in done:
            done[node] = visit(rebuild(node, [done[arg] for arg in node.args]))
    return tuple(done[node] for node in outputs)


def substitute(outputs: Sequence[Node], replacement: Mapping[Node, Node]) -> Nodes:
    """The outputs with some nodes replaced."""
    return transform(outputs, lambda node: node, replacement)
