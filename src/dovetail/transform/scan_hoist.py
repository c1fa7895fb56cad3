"""Products of matrices that do not need the carry are taken before a loop, for all steps in one.

They become xs of the loop: `x @ w` of 200 steps is one product with 200 times the rows. A loop
with `checkpoint` takes them itself: they are often larger than what they are made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.graph.node import Graph, Node, Nodes, rebuild, substitute, topological
from dovetail.graph.primitives.library import swap_last
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.primitives.scan import Body, body_of, is_loop, loop, loop_key
from dovetail.graph.primitives.structure import matmul
from dovetail.transform.batch import batch
from dovetail.transform.scan_merge import merged, pruned


def has_loops(graph: Graph) -> bool:
    """Whether there is a loop in a graph."""
    return any(map(is_loop, graph))


def simple_loops(graph: Graph) -> Graph:
    """The graph `with_simple_loops`; itself, if it has no loop that changes."""
    if not graph.known(has_loops):
        return graph
    outputs = with_simple_loops(graph.outputs)
    return graph if outputs == graph.outputs else Graph(graph.inputs, outputs)


def with_simple_loops(outputs: Sequence[Node]) -> Nodes:
    """The outputs, with each loop run once, without what nobody reads or no step needs."""
    if not any(map(is_loop, topological(outputs))):
        return tuple(outputs)
    return pruned(_hoisted(pruned(merged(outputs))))


def _hoisted(outputs: Sequence[Node]) -> Nodes:
    """The outputs, with products taken before their loops."""
    done: dict[Node, Node] = {}
    for node in topological(outputs):
        done[node] = rebuild(node, [done[arg] for arg in node.args])
        if is_loop(node):
            done[node] = _hoisted_loop(done[node])
    return tuple(done[output] for output in outputs)


def _hoisted_loop(node: Node) -> Node:
    body, length, reverse, checkpoint, operands = loop_key(node)
    split = _split(body, not checkpoint)
    if split.body is body:
        return node
    more: list[Node] = []
    if split.products:
        _, constants, xs = body.by_role(list(zip(body.inputs, operands, strict=True)))
        fixed, steps = dict(constants), dict(xs)
        more = batch(substitute(split.products, fixed), steps, length)
    every = [*operands, *more]
    return loop(split.body, every, length, reverse, checkpoint, node.source)[node.integer("index")]


@dataclass(frozen=True)
class _Split:
    """A body that reads `products` of its inputs, at all steps, as further xs."""

    body: Body
    products: Nodes


def _split(body: Body, takes_products: bool) -> _Split:
    key = "hoisted", takes_products
    return body.derived(key, lambda: _make_split(body, takes_products))


def _make_split(body: Body, takes_products: bool) -> _Split:
    outputs = with_simple_loops(body.outputs)
    own_carries, own_constants, own_xs = body.by_role(body.inputs)
    xs, carried = set(own_xs), set(own_carries)
    order = topological(outputs)
    for node in order:
        if any(arg in carried for arg in node.args):
            carried.add(node)
        elif any(arg in xs for arg in node.args):
            xs.add(node)
    free = {n for n in order if takes_products and n.primitive is matmul and n in xs}
    # Those that the rest of the body reads: what they are made of moves with them.
    products: dict[Node, None] = {}
    seen: set[Node] = set()
    waiting = list(reversed(outputs))
    while waiting:
        node = waiting.pop()
        if node in free:
            products[node] = None
        elif node not in seen:
            seen.add(node)
            waiting.extend(reversed(node.args))
    if not products and outputs == body.outputs:
        return _Split(body, ())
    fresh = [fresh_input(node, "product") for node in products]
    left = substitute(outputs, dict(zip(products, fresh, strict=True)))
    made = body_of(own_carries, own_constants, [*own_xs, *fresh], left)
    return _Split(made, tuple(_on_the_left(node, xs) for node in products))


def _on_the_left(product: Node, xs: set[Node]) -> Node:
    """A product whose right operand is the same at all steps: so it is one product for all."""
    a, b = product.args
    if a in xs or len(a.shape) != 2:
        return product
    return swap_last(matmul(swap_last(b), swap_last(a)))
