"""Nodes: what an extension says, as an immutable graph.

A node is one application of a primitive: its operands, its static attributes, and
the shape and dtype that follow. Nodes are hash-consed: building the same node twice
gives the same object, so common subexpressions are shared by construction and
equality is identity.

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

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dovetail.graph.dtypes import DType

if TYPE_CHECKING:
    from dovetail.graph.primitives.row import Primitive

Shape = tuple[int, ...]


class Node:
    """One application of a primitive. Build it by calling the primitive."""

    __slots__ = ("__weakref__", "args", "attrs", "dtype", "primitive", "shape", "source")

    primitive: Primitive
    args: tuple[Node, ...]
    attrs: tuple[tuple[str, Any], ...]
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


_interned: weakref.WeakValueDictionary[tuple[Any, ...], Node] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def intern(
    primitive: Primitive,
    args: tuple[Node, ...],
    attrs: tuple[tuple[str, Any], ...],
    shape: Shape,
    dtype: DType,
    source: str | None = None,
) -> Node:
    """The one node with these parts."""
    key = (
        primitive.name,
        tuple(map(id, args)),
        tuple((name, _identity(value)) for name, value in attrs),
        shape,
        dtype.name,
    )
    with _lock:
        node = _interned.get(key)
        if node is None:
            node = Node()
            node.primitive, node.args, node.attrs = primitive, args, attrs
            node.shape, node.dtype, node.source = shape, dtype, source
            _interned[key] = node
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
class Graph:
    """A function: its inputs (nodes of the primitive `input`) and its outputs."""

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]

    def __iter__(self) -> Iterator[Node]:
        return iter(topological(self.outputs))


def topological(outputs: Iterable[Node]) -> list[Node]:
    """Every node that the outputs need, operands before their users."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(node, False) for node in reversed(list(outputs))]
    while stack:
        node, expanded = stack.pop()
        if expanded:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args) if arg not in seen)
    return order


def users(nodes: Iterable[Node]) -> dict[Node, list[Node]]:
    """For each node, the nodes among `nodes` that take it as an operand."""
    result: dict[Node, list[Node]] = {}
    for node in nodes:
        result.setdefault(node, [])
        for arg in dict.fromkeys(node.args):
            result.setdefault(arg, []).append(node)
    return result


def rebuild(node: Node, args: Sequence[Node]) -> Node:
    """The same application on other operands; the same node if they are the same."""
    if all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    return node.primitive.apply(tuple(args), node.attrs, node.source)


def transform(
    outputs: Sequence[Node],
    visit: Callable[[Node], Node],
    replaced: Mapping[Node, Node] | None = None,
) -> tuple[Node, ...]:
    """Rebuild bottom-up: `visit` sees each node with its operands already rebuilt."""
    done: dict[Node, Node] = dict(replaced or {})
    for node in topological(outputs):
        if node not in done:
            done[node] = visit(rebuild(node, [done[arg] for arg in node.args]))
    return tuple(done[node] for node in outputs)


def substitute(outputs: Sequence[Node], replacement: Mapping[Node, Node]) -> tuple[Node, ...]:
    """The outputs with some nodes replaced."""
    return transform(outputs, lambda node: node, replacement)
