"""vmap: a graph over one example becomes a graph over a leading dimension of them.

One rule for each category of primitives, and for each primitive that differs from its
category. A rule sees the operands with their leading dimension, and shifts the axes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.graph.node import Node, topological
from dovetail.graph.primitives.declared import DerivativeRule
from dovetail.graph.primitives.structure import broadcast, matmul, reshape
from dovetail.transform.derivative import fresh_input

Attributes = dict[str, Any]
Shift = Callable[[Attributes, int], Attributes]


def batch(outputs: Sequence[Node], mapped: Mapping[Node, Node], size: int) -> list[Node]:
    """The outputs over `size` examples, which the values of `mapped` hold along dimension 0."""
    batched: dict[Node, Node] = dict(mapped)
    for node in topological(outputs):
        if node not in batched and any(arg in batched for arg in node.args):
            batched[node] = _batch_node(node, batched, size)
    return [batched[output] if output in batched else repeated(output, size) for output in outputs]


def repeated(node: Node, size: int) -> Node:
    """The same value for each example."""
    dims = tuple(range(1, len(node.shape) + 1))
    return broadcast(node, shape=(size, *node.shape), dims=dims)


def _batch_node(node: Node, batched: Mapping[Node, Node], size: int) -> Node:
    if node.primitive is matmul and node.args[1] not in batched and len(node.shape) == 2:
        return _matmul_shared(batched[node.args[0]], node.args[1])
    args = tuple(batched[arg] if arg in batched else repeated(arg, size) for arg in node.args)
    shift = PRIMITIVES.get(node.op) or CATEGORIES[node.primitive.category]
    attributes = shift(dict(node.attrs), size)
    return node.primitive.apply(args, tuple(sorted(attributes.items())), node.source)


def _matmul_shared(a: Node, b: Node) -> Node:
    """All examples times one matrix: a single product of a taller matrix."""
    examples, rows, inner = a.shape
    tall = matmul(reshape(a, shape=(examples * rows, inner)), b)
    return reshape(tall, shape=(examples, rows, b.shape[1]))


# How the attributes change when dimension 0 is put in front.


def _unchanged(attributes: Attributes, size: int) -> Attributes:
    return attributes


def _shifted_axes(attributes: Attributes, size: int) -> Attributes:
    return {**attributes, "axes": tuple(axis + 1 for axis in attributes["axes"])}


def _shifted_axis(attributes: Attributes, size: int) -> Attributes:
    return {**attributes, "axis": attributes["axis"] + 1}


def _with_leading(**leading: int | None) -> Shift:
    """Attributes that hold one entry for each dimension; None stands for the size."""

    def shift(attributes: Attributes, size: int) -> Attributes:
        changed = {
            name: (size if value is None else value, *attributes[name])
            for name, value in leading.items()
        }
        return {**attributes, **changed}

    return shift


def _broadcast(attributes: Attributes, size: int) -> Attributes:
    return {
        "shape": (size, *attributes["shape"]),
        "dims": (0, *(dim + 1 for dim in attributes["dims"])),
    }


def _permute(attributes: Attributes, size: int) -> Attributes:
    return {"axes": (0, *(axis + 1 for axis in attributes["axes"]))}


@dataclass(frozen=True)
class BatchedRule:
    """A declared derivative, over a leading dimension of examples."""

    rule: DerivativeRule
    size: int

    def __call__(
        self,
        inputs: tuple[Node, ...],
        outputs: tuple[Node, ...],
        cotangents: tuple[Node, ...],
    ) -> tuple[Node | None, ...]:
        def example(batched: Node) -> Node:
            return fresh_input(batched, "example", batched.shape[1:])

        given = [tuple(map(example, nodes)) for nodes in (inputs, outputs, cotangents)]
        results = self.rule(given[0], given[1], given[2])
        whole = (*inputs, *outputs, *cotangents)
        parts = (part for nodes in given for part in nodes)
        mapped = dict(zip(parts, whole, strict=True))
        found = iter(batch([r for r in results if r is not None], mapped, self.size))
        return tuple(None if result is None else next(found) for result in results)


def _declared(attributes: Attributes, size: int) -> Attributes:
    return {**attributes, "rule": BatchedRule(attributes["rule"], size)}


CATEGORIES: dict[str, Shift] = {
    "elementwise": _unchanged,
    "reduction": _shifted_axes,
    "search": _shifted_axis,
    "scan": _shifted_axis,
    "indexing": _shifted_axis,
    "library": _unchanged,
    "declared": _declared,
}

PRIMITIVES: dict[str, Shift] = {
    "broadcast": _broadcast,
    "permute": _permute,
    "reshape": _with_leading(shape=None),
    "slice": _with_leading(starts=0, steps=1, sizes=None),
    "pad": _with_leading(shape=None, starts=0, steps=1),
    "concat": _shifted_axis,
    "argsort": _shifted_axis,
    "checked_index": _unchanged,
}
