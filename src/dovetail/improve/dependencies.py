"""Dimensions of a model's arrays that must change together, from the graph of its forward pass.

Each primitive's row says how dimensions of operands and result correspond (`Node.primitive
.dimensions`); what is merged, split, cut or joined has a rule here. A dimension whose elements have
a place that matters, such as rows of an image or time, is fixed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.graph.dimensions import Tie
from dovetail.graph.node import RESULT, Node, topological
from dovetail.graph.primitives.scan import UNTIL, LoopKey, is_loop, loop_key
from dovetail.improve.factors import Dimension, Factor, fix, fresh, joined, part_of, size_of, unify
from dovetail.train.inspection import Inspection

Dimensions = tuple[Dimension | None, ...]
"""Of a node; None for one element, or a value that is the same for all elements."""

_Known = dict[Node, Dimensions]


@dataclass(frozen=True)
class LoopDimensions:
    """The dimensions of the nodes in the body of a loop, and that of its steps."""

    nodes: _Known
    steps: Dimension | None


@dataclass(frozen=True)
class Product:
    """The multiply-adds of a product or convolution: a number times sizes of dimensions."""

    number: int
    dimensions: tuple[Dimension, ...]

    def multiply_adds(self, count: Callable[[Factor], int]) -> int:
        """The multiply-adds of the product; `count` gives the size of each factor."""
        return self.number * math.prod(size_of(each, count) for each in self.dimensions)


class Dependencies:
    """The dimensions of every node of a model, and of its arrays by path."""

    def __init__(self, found: Inspection) -> None:
        self.nodes: _Known = {}
        self.loops: dict[LoopKey, LoopDimensions] = {}
        self.products: list[Product] = []
        arrays = {node: path for path, node in found.arrays.items()}
        for node in found.model.inputs:
            self.nodes[node] = fresh(node.shape, "it is one of the inputs")
        for node in arrays:
            self.nodes[node] = fresh(node.shape)
        self._follow(found.model.outputs, self.nodes, Product(1, ()))
        for node in found.model.outputs:
            _fix_all(self.nodes[node], "it is one of the outputs")
        self.arrays = {path: self.nodes[node] for node, path in arrays.items()}

    def multiply_adds(self, count: Callable[[Factor], int]) -> int:
        """The multiply-adds of the model; `count` gives the size of each factor."""
        return sum(product.multiply_adds(count) for product in self.products)

    def _follow(self, outputs: Sequence[Node], known: _Known, outer: Product) -> None:
        """The dimensions of all nodes that outputs need; they are computed `outer` times."""
        for node in topological(outputs):
            if node in known:
                continue
            operands = [known[arg] for arg in node.args]
            if is_loop(node):
                known[node] = self._looped(node, operands, outer)
                continue
            found = _RULES.get(node.op, _generic)(node, operands)
            known[node] = tuple(
                None if size == 1 else dimension
                for size, dimension in zip(node.shape, found, strict=True)
            )
            if node.primitive.multiply_adds is not None:
                self.products.append(_products_of(node, known, outer))

    def _looped(self, node: Node, operands: list[Dimensions], outer: Product) -> Dimensions:
        """Steps of a loop correspond in all that it reads and stacks."""
        key = loop_key(node)
        body, length = key[0], node.integer("length")
        if key not in self.loops:
            reason = "a loop carries values from each of its elements to the next"
            steps = None if length in (1, UNTIL) else (
                Factor(length, reason if body.carries else ""),
            )  # fmt: skip
            carries, constants, xs = body.by_role(operands)
            for each in xs:
                _unify(each[0], steps)
            starts = [
                tuple(dim or own for dim, own in zip(dims, fresh(one.shape), strict=True))
                for dims, one in zip(carries, body.inputs, strict=False)
            ]
            given = (*starts, *constants, *(each[1:] for each in xs))
            local = dict(zip(body.inputs, given, strict=True))
            self.loops[key] = LoopDimensions(local, steps)
            self._follow(body.outputs, local, _product(outer, [max(1, length)], [steps]))
            for start, end in zip(starts, body.outputs, strict=False):
                for one, other in zip(start, local[end], strict=True):
                    _unify(one, other)
        found, index = self.loops[key], node.integer("index")
        own = found.nodes[body.outputs[index]]
        return own if index < body.carries else (found.steps, *own)


def _product(outer: Product, sizes: Sequence[int], dimensions: Dimensions | list[Any]) -> Product:
    """A product with further sizes, some of which are those of dimensions."""
    named = tuple(each for each in dimensions if each is not None)
    plain = [size for size, each in zip(sizes, dimensions, strict=True) if each is None]
    return Product(outer.number * math.prod(plain), (*outer.dimensions, *named))


def _products_of(node: Node, known: _Known, outer: Product) -> Product:
    """The multiply-adds of a product or convolution, as its row counts them."""
    count = node.primitive.multiply_adds
    assert count is not None
    factors = _FACTORS.get(node.op)
    if factors is None:
        return Product(outer.number * count(node), outer.dimensions)
    nodes = (*node.args, node)  # the result is at -1
    places = [
        (nodes[number], dim)
        for number, dims in factors for dim in range(len(nodes[number].shape))[dims]
    ]  # fmt: skip
    sizes = [each.shape[dim] for each, dim in places]
    return _product(outer, sizes, [known[each][dim] for each, dim in places])


# The dimensions that the multiply-adds are the product of: (operand, or RESULT; which).
_FACTORS: Mapping[str, Sequence[tuple[int, slice]]] = {
    "matmul": ((RESULT, slice(None)), (0, slice(-1, None))),
    "conv": ((RESULT, slice(None)), (1, slice(-1))),
    "conv_input": ((0, slice(None)), (1, slice(-1))),
}


def _unify(first: Dimension | None, second: Dimension | None) -> None:
    if first is not None and second is not None:
        unify(first, second)


def _fix_all(dimensions: Dimensions, reason: str) -> None:
    for dimension in dimensions:
        fix(dimension or (), reason)


# Rules: the dimensions of the result.


def _tied(node: Node, operands: Sequence[Dimensions], ties: Sequence[Tie]) -> list[Any]:
    """Unify dimensions that correspond; those of the result."""
    found: list[Any] = [None] * len(node.shape)
    for tie in ties:
        members = [operands[number][dim] for number, dim in tie if number != RESULT]
        known = [each for each in members if each is not None]
        for one, other in itertools.pairwise(known):
            unify(one, other)
        for number, dim in tie:
            if number == RESULT and known:
                found[dim] = known[0]
    return found


def _generic(node: Node, operands: Sequence[Dimensions]) -> Sequence[Dimension | None]:
    """As the row of the primitive says; a dimension that corresponds to none is fixed."""
    if not node.args:
        return _leaf(node)
    ties = list(node.primitive.dimensions.ties(node))
    found = _tied(node, operands, ties)
    named = {place for tie in ties for place in tie}
    what = node.op.replace("_", " ")
    if node.primitive.category not in ("reduction", "declared"):
        for number, dimensions in enumerate(operands):
            for dim, dimension in enumerate(dimensions):
                if (number, dim) not in named:
                    fix(dimension or (), f"the order of its elements matters to {what}")
    if node.op != "broadcast":
        for dim, size in enumerate(node.shape):
            if (RESULT, dim) not in named and size > 1:
                found[dim] = (Factor(size, f"its elements are in the order that {what} makes"),)
    return found


def _leaf(node: Node) -> Dimensions:
    if node.op == "literal":
        return fresh(node.shape, "it meets an array that the definition has captured")
    if node.op == "iota":
        axis = node.integer("axis")
        numbers = fresh(node.shape, "its elements are numbered")
        return tuple(each if dim == axis else None for dim, each in enumerate(numbers))
    return (None,) * len(node.shape)


def _reshape(node: Node, operands: Sequence[Dimensions]) -> Sequence[Dimension | None]:
    """Runs of dimensions with one product are one dimension."""
    (dims,), shape = operands, node.args[0].shape
    if 0 in shape:
        return fresh(node.shape, "it is empty")
    found: list[Dimension | None] = [None] * len(node.shape)
    old = [n for n, size in enumerate(shape) if size != 1]
    new = [n for n, size in enumerate(node.shape) if size != 1]
    while old:
        a, b = [old.pop(0)], [new.pop(0)]
        while (left := _size(shape, a)) != (right := _size(node.shape, b)):
            if left < right:
                a.append(old.pop(0))
            else:
                b.append(new.pop(0))
        if any(dims[n] is not None for n in a):
            whole = tuple(f for n in a for f in (dims[n] or (Factor(shape[n]),)))
            for n in b:
                found[n] = (Factor(node.shape[n]),)
            unify(whole, tuple(f for n in b for f in found[n] or ()))
    return found


def _size(shape: Sequence[int], dims: Sequence[int]) -> int:
    return math.prod(shape[dim] for dim in dims)


def _concat(node: Node, operands: Sequence[Dimensions]) -> Sequence[Dimension | None]:
    found = _tied(node, operands, list(node.primitive.dimensions.ties(node)))
    axis = node.integer("axis")
    parts = [
        each[axis] or (Factor(arg.shape[axis]),)
        for each, arg in zip(operands, node.args, strict=True)
    ]
    found[axis] = joined(parts)
    return found


def _slice(node: Node, operands: Sequence[Dimensions]) -> Sequence[Dimension | None]:
    found = _tied(node, operands, list(node.primitive.dimensions.ties(node)))
    starts, steps = node.ints("starts"), node.ints("steps")
    for dim, (size, whole) in enumerate(zip(node.shape, operands[0], strict=True)):
        if whole is None or found[dim] is not None:
            continue
        part = part_of(whole, starts[dim], size) if steps[dim] == 1 else None
        if part is None:
            fix(whole, "a slice takes some of its elements")
            part = (Factor(size, "a slice has taken its elements"),)
        found[dim] = part
    return found


def _convolved(
    node: Node, inputs: Dimensions, kernel: Dimensions, outputs: Dimensions | None
) -> tuple[Dimension | None, Dimension | None]:
    """The channels of the input and of the output, for a kernel (..., in / groups, out)."""
    groups = node.integer("groups")
    kernel_node = node.args[1]
    within, out = kernel_node.shape[-2:]
    group = (Factor(groups),)
    per_group = (Factor(within),)
    of_input = (*group, *per_group)
    of_output = (*group, Factor(out // groups))
    _unify(kernel[-2], per_group)
    _unify(kernel[-1], of_output)
    _unify(inputs[-1], of_input)
    if outputs is not None:
        _unify(outputs[-1], of_output)
    return of_input, of_output


def _conv(node: Node, operands: Sequence[Dimensions]) -> Sequence[Dimension | None]:
    x, kernel = operands
    found = _spaces(node, operands)
    _, found[-1] = _convolved(node, x, kernel, None)
    return found


def _conv_input(node: Node, operands: Sequence[Dimensions]) -> Sequence[Dimension | None]:
    y, kernel = operands
    found = _spaces(node, operands)
    nothing: Dimensions = (None,)
    found[-1], _ = _convolved(node, nothing, kernel, y)
    return found


def _spaces(node: Node, operands: Sequence[Dimensions]) -> list[Any]:
    """The dimensions of a convolution but its channels; those of space are fixed."""
    found = _tied(node, operands, list(node.primitive.dimensions.ties(node)))
    lead = len(node.shape) - len(node.ints("steps")) - 2
    for dim in range(lead + 1, len(node.shape) - 1):
        found[dim] = (Factor(node.shape[dim], "it is a dimension of space"),)
        for number, dimensions in enumerate(operands):
            place = dim if number == 0 else dim - 1
            fix(dimensions[place] or (), "it is a dimension of space")
    return found


_RULES: Mapping[str, Callable[[Node, Sequence[Dimensions]], Sequence[Dimension | None]]] = {
    "reshape": _reshape,
    "concat": _concat,
    "slice": _slice,
    "conv": _conv,
    "conv_input": _conv_input,
}
