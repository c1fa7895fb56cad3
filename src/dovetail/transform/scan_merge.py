"""Loops that compute the same are run once, and compute only what is read.

Derivatives add loops that compute the outputs of an original one and more (`Derivation`): the
original is replaced by them.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.node import Node, Nodes, rebuild, substitute, topological
from dovetail.graph.primitives.scan import (
    UNTIL,
    Body,
    body_of,
    is_loop,
    loop,
    loop_key,
    loop_of,
    members,
)
from dovetail.transform.dependence import dependences


def merged(outputs: Sequence[Node]) -> Nodes:
    """The outputs, where each loop is replaced by one that is derived from it, if there is one."""
    while True:
        loops = members(topological(outputs))
        replaced: dict[Node, Node] = {}
        for key, nodes in loops.items():
            body, length, reverse, checkpoint, operands = key
            origin = body.derivation
            if origin is None:
                continue
            own = tuple(operands[n] for n in origin.inputs)
            every = loop_of(nodes[0])
            for node in loops.get((origin.body, length, reverse, checkpoint, own), ()):
                replaced.setdefault(node, every[origin.outputs[node.integer("index")]])
        if not replaced:
            return tuple(outputs)
        outputs = substitute(outputs, replaced)


def pruned(outputs: Sequence[Node]) -> Nodes:
    """The outputs, with loops that compute nothing that nobody reads."""
    order = topological(outputs)
    used = {key: {n.integer("index") for n in nodes} for key, nodes in members(order).items()}
    if not used:
        return tuple(outputs)
    done: dict[Node, Node] = {}
    for node in order:
        moved = [done[arg] for arg in node.args]
        if not is_loop(node):
            done[node] = rebuild(node, moved)
            continue
        body, length, reverse, checkpoint, _ = loop_key(node)
        found = _narrowed(body, frozenset(used[loop_key(node)]), length)
        index = found.first_of(node.integer("index"))
        if index in found.unchanged:
            done[node] = moved[index]
            continue
        operands = [moved[n] for n in found.inputs]
        made = loop(found.body, operands, length, reverse, checkpoint, node.source)
        done[node] = made[found.outputs.index(index)]
    return tuple(done[node] for node in outputs)


class _Narrowed:
    """A body without what nobody reads: the inputs and outputs that are left."""

    def __init__(self, body: Body, used: frozenset[int], condition: frozenset[int]) -> None:
        inputs = body.inputs
        outputs = pruned(body.outputs)
        carries = range(body.carries)
        # A carry that never changes is a constant, and its last value the first one.
        same = {j for j in carries if outputs[j] is inputs[j]}
        self.unchanged = frozenset(same) - condition
        depends = dependences(outputs, inputs, derivatives=False)
        self._first: dict[Node, int] = {}  # of ys that are the same value
        for n in range(body.carries, len(outputs)):
            self._first.setdefault(outputs[n], n)
        self._outputs, self._carries = outputs, body.carries
        wanted = {self.first_of(n) for n in used if n not in self.unchanged} | condition
        while True:
            read = {i for n in wanted for i in depends[n]}
            more = {j for j in carries if j in read} - wanted - self.unchanged
            if not more:
                break
            wanted |= more
        kept = [j for j in carries if j in wanted]
        fixed = [j for j in carries if j in read and j in self.unchanged]
        fixed += [n for n in range(body.carries, body.first_x) if n in read]
        xs = [n for n in range(body.first_x, len(inputs)) if n in read]
        self.inputs = (*kept, *fixed, *xs)
        self.outputs = tuple(sorted(wanted))
        carried, same, stepped = ([inputs[n] for n in part] for part in (kept, fixed, xs))
        self.body: Body = body_of(carried, same, stepped, [outputs[n] for n in self.outputs])

    def first_of(self, index: int) -> int:
        """The first y that has the value of this one; a carry is itself."""
        return index if index < self._carries else self._first[self._outputs[index]]


def _narrowed(body: Body, used: frozenset[int], length: int) -> _Narrowed:
    condition: frozenset[int] = frozenset({0} if length == UNTIL else ())
    return body.derived(("narrowed", used, condition), lambda: _Narrowed(body, used, condition))
