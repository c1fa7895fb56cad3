"""vmap of a loop: a loop whose steps work on all examples.

Only what depends on a batched operand is batched. In xs and ys the steps stay the first dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dovetail.graph.dtypes import int32
from dovetail.graph.node import Graph, Node, rebuild, substitute
from dovetail.graph.primitives.elementwise import cast, greater, select
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.primitives.scan import UNTIL, Body, body_of, is_loop, loop, loop_key
from dovetail.graph.primitives.structure import broadcast, max_, permute
from dovetail.transform.dependence import carried_on, dependences

Batch = Callable[[Sequence[Node], Mapping[Node, Node], int], list[Node]]


def batched_loop(node: Node, batched: Mapping[Node, Node], size: int, batch: Batch) -> Node:
    """One output of a loop, over a leading dimension of examples."""
    body, length, reverse, checkpoint, operands = loop_key(node)
    given = frozenset(n for n, operand in enumerate(operands) if operand in batched)
    if length == UNTIL:
        return _batched_until(node, given, batched, size, batch)
    examples = int(size)  # of a body, which outlives a recording
    made, active = body.derived(
        ("batch", given, examples), lambda: _batched_body(body, given, examples, batch)
    )
    moved: list[Node] = []
    for number, operand in enumerate(operands):
        each = batched.get(operand)
        if each is None:
            moved.append(repeated(operand, size) if number in active else operand)
        else:
            moved.append(_swapped(each) if number >= body.first_x else each)
    index = node.integer("index")
    found = loop(made, moved, length, reverse, checkpoint, node.source)[index]
    if found.shape == node.shape:
        return repeated(found, size)
    return found if index < body.carries else _swapped(found)


def _batched_until(
    node: Node, given: frozenset[int], batched: Mapping[Node, Node], size: int, batch: Batch
) -> Node:
    """A loop that runs as long as the condition of any example holds; the others wait."""
    body, _, _, _, operands = loop_key(node)
    examples = int(size)
    made = body.derived(
        ("batch until", given, examples), lambda: _until_any(body, given, examples, batch)
    )
    moved = [
        batched[x] if n in given else repeated(x, size) if n < body.carries else x
        for n, x in enumerate(operands)
    ]
    found = loop(made, [_any(moved[0]), *moved], UNTIL, source=node.source)
    return found[1 + node.integer("index")]


def _until_any(body: Body, given: frozenset[int], size: int, batch: Batch) -> Body:
    """The body for all examples, whose first carry is whether any of them goes on."""
    inputs = list(body.inputs)
    mapped: dict[Node, Node] = {}
    for number in {*given, *range(body.carries)}:
        old = inputs[number]
        mapped[old] = inputs[number] = fresh_input(old, "examples", (size, *old.shape))
    goes_on = inputs[0]
    after = batch(body.outputs, mapped, size)
    kept = [
        select(broadcast(goes_on, shape=new.shape, dims=(0,)), new, old)
        for new, old in zip(after, inputs, strict=False)
    ]
    any_goes_on = fresh_input(body.inputs[0], "any")
    first = body.carries
    return body_of([any_goes_on, *inputs[:first]], inputs[first:], [], [_any(kept[0]), *kept])


def _any(conditions: Node) -> Node:
    """Whether one of the conditions is true."""
    number = cast(conditions, dtype=int32)
    return greater(max_(number, axes=(0,)), 0)


def _batched_body(
    body: Body, given: frozenset[int], size: int, batch: Batch
) -> tuple[Body, frozenset[int]]:
    """The body for all examples, and which of its inputs have them."""
    depends = dependences(body.outputs, body.inputs, derivatives=False)
    active = carried_on(given, depends, body.carries)
    inputs = list(body.inputs)
    mapped: dict[Node, Node] = {}
    for number in active:
        old = inputs[number]
        mapped[old] = inputs[number] = fresh_input(old, "examples", (size, *old.shape))
    chosen = [
        number in active if number < body.carries else not depends[number].isdisjoint(active)
        for number in range(len(body.outputs))
    ]
    some = [node for node, is_batched in zip(body.outputs, chosen, strict=True) if is_batched]
    found = iter(batch(some, mapped, size))
    outputs = [
        next(found) if is_batched else node
        for node, is_batched in zip(body.outputs, chosen, strict=True)
    ]
    return body_of(*body.by_role(inputs), outputs), frozenset(active)


def repeated(node: Node, size: int) -> Node:
    """The same value for each example."""
    dims = tuple(range(1, len(node.shape) + 1))
    return broadcast(node, shape=(size, *node.shape), dims=dims)


def _swapped(node: Node) -> Node:
    """The first two dimensions, examples and steps, in the other order."""
    return permute(node, axes=(1, 0, *range(2, len(node.shape))))


def without_independent_loops(graph: Graph, batch: Batch) -> Graph:
    """The graph whose loops without carries are maths over all steps at once."""
    done: dict[Node, Node] = {}
    for node in graph:
        moved = rebuild(node, [done[arg] for arg in node.args])
        if is_loop(moved):
            body, length, _, _, operands = loop_key(moved)
            if body.carries == 0 and length != UNTIL:
                _, constants, xs = body.by_role(list(zip(body.inputs, operands, strict=True)))
                (output,) = substitute([body.outputs[moved.integer("index")]], dict(constants))
                (moved,) = batch([output], dict(xs), length)
        done[node] = moved
    outputs = tuple(done[node] for node in graph.outputs)
    found = graph if outputs == graph.outputs else Graph(graph.inputs, outputs)
    return found if found is graph else without_independent_loops(found, batch)
