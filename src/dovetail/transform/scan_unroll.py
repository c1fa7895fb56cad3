"""Loops as their steps, one after the other: for the checker, which looks at every value."""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.graph.node import Graph, Node, Nodes, rebuild, substitute
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.scan import UNTIL, Body, LoopKey, is_loop, loop_key
from dovetail.graph.primitives.structure import concat, reshape, slice_axis


def unrolled(graph: Graph) -> Graph:
    """The graph without loops, and those inside of loops; itself if it has none."""
    if not any(map(_is_counted, graph)):
        return graph
    done: dict[Node, Node] = {}
    loops: dict[LoopKey, Nodes] = {}
    for node in graph:
        done[node] = moved = rebuild(node, [done[arg] for arg in node.args])
        if _is_counted(moved):
            key = loop_key(moved)
            if key not in loops:
                loops[key] = _steps(*key)
            done[node] = loops[key][moved.integer("index")]
    return unrolled(Graph(graph.inputs, tuple(done[node] for node in graph.outputs)))


def _is_counted(node: Node) -> bool:
    """Whether a node is a loop with a known number of steps."""
    return is_loop(node) and node.integer("length") != UNTIL


def _steps(
    body: Body, length: int, reverse: bool, checkpoint: bool, operands: Sequence[Node]
) -> Nodes:
    """The outputs of a loop."""
    first = body.carries
    carries, constants, xs = body.by_role(operands)
    rows: list[Sequence[Node]] = [()] * length
    for step in reversed(range(length)) if reverse else range(length):
        slices = [reshape(slice_axis(x, 0, step, 1, 1), shape=x.shape[1:]) for x in xs]
        given = dict(zip(body.inputs, (*carries, *constants, *slices), strict=True))
        found = substitute(body.outputs, given)
        carries, rows[step] = found[:first], found[first:]
    if not length:
        ys = [constant(0, (0, *y.shape), y.dtype) for y in body.outputs[first:]]
        return (*carries, *ys)
    stacks = [
        [reshape(value, shape=(1, *value.shape)) for value in column]
        for column in zip(*rows, strict=True)
    ]
    return (*carries, *(concat(*each, axis=0) for each in stacks))
