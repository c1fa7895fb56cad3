"""vmap: a graph over one example becomes a graph over a leading dimension of them.

`Primitive.dimensions` says how the attributes of each primitive change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dovetail.graph.node import Node, Nodes, topological
from dovetail.graph.primitives.declared import DerivativeRule
from dovetail.graph.primitives.row import Declared, fresh_input
from dovetail.graph.primitives.scan import scan
from dovetail.graph.primitives.structure import conv, conv_input, matmul, reshape
from dovetail.transform.scan_batch import batched_loop, repeated


def batch(outputs: Sequence[Node], mapped: Mapping[Node, Node], size: int) -> list[Node]:
    """The outputs over `size` examples, which the values of `mapped` hold along dimension 0."""
    batched: dict[Node, Node] = dict(mapped)
    for node in topological(outputs):
        if node not in batched and any(arg in batched for arg in node.args):
            batched[node] = _batch_node(node, batched, size)
    return [batched[output] if output in batched else repeated(output, size) for output in outputs]


def _batch_node(node: Node, batched: Mapping[Node, Node], size: int) -> Node:
    if node.primitive is scan:
        return batched_loop(node, batched, size, batch)
    if node.primitive is matmul and node.args[1] not in batched and len(node.shape) == 2:
        return _matmul_shared(batched[node.args[0]], node.args[1])
    if node.primitive in (conv, conv_input) and node.args[1] not in batched:
        shared = _convolved_shared(node, batched[node.args[0]])
        if shared is not None:
            return shared
    args = tuple(batched[arg] if arg in batched else repeated(arg, size) for arg in node.args)
    attributes = node.primitive.dimensions.batched(dict(node.attrs), size)
    if isinstance(node.primitive.derivative, Declared):
        attributes["rule"] = BatchedRule(node.attr("rule"), size)
    return node.primitive.apply(args, tuple(sorted(attributes.items())), node.source)


def _matmul_shared(a: Node, b: Node) -> Node:
    """All examples times one matrix: a single product of a taller matrix."""
    examples, rows, inner = a.shape
    tall = matmul(reshape(a, shape=(examples * rows, inner)), b)
    return reshape(tall, shape=(examples, rows, b.shape[1]))


def _convolved_shared(node: Node, x: Node) -> Node | None:
    """All examples and one kernel: a single convolution of a larger batch."""
    kernel = node.args[1]
    if len(kernel.shape) != len(node.ints("steps")) + 2:
        return None
    whole = reshape(x, shape=(x.shape[0] * x.shape[1], *x.shape[2:]))
    found = node.primitive.apply((whole, kernel), node.attrs, node.source)
    return reshape(found, shape=(*x.shape[:2], *found.shape[1:]))


@dataclass(frozen=True)
class BatchedRule:
    """A declared derivative, over a leading dimension of examples."""

    rule: DerivativeRule
    size: int

    def __call__(self, inputs: Nodes, outputs: Nodes, cotangents: Nodes) -> tuple[Node | None, ...]:
        def example(batched: Node) -> Node:
            return fresh_input(batched, "example", batched.shape[1:])

        given = [tuple(map(example, nodes)) for nodes in (inputs, outputs, cotangents)]
        results = self.rule(given[0], given[1], given[2])
        whole = (*inputs, *outputs, *cotangents)
        parts = (part for nodes in given for part in nodes)
        mapped = dict(zip(parts, whole, strict=True))
        found = iter(batch([r for r in results if r is not None], mapped, self.size))
        return tuple(None if result is None else next(found) for result in results)
