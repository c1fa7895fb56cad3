"""Loops over time in parts of a few examples, for several threads.

Where no step mixes examples, a part of them goes from the first step to the last on one thread.
Threads that share each step instead wait for each other several times in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.scan import Body
from dovetail.transform.axes import Axes
from dovetail.transform.sharding import Placement, Sharding, loop_shardings, part_of

MOST_PARTS = 8
# Fewer bytes that all steps read and write are not worth another thread.
LEAST_BYTES = 1 << 18
# Each part reads the constants at every step, so they have to stay in the cache of its processor.
MOST_CONSTANTS = 1 << 20
# The examples of a part. Where the constants are large, reading them takes longer than the sums of
# a few examples.
FEWEST = 8
SMALL_CONSTANTS = 1 << 17
FEWEST_WITH_LARGE = 16


@dataclass(frozen=True, eq=False)
class Parts:
    """A loop in parts of `size` examples each, but for the last, which may have fewer.

    `graph`: what a part does in a step, and `last`: what the last one does. `inputs`: which
    dimension of each input of the body is that of the examples, or None.
    """

    graph: Graph
    last: Graph
    count: int
    size: int
    inputs: tuple[int | None, ...]


def parts_of(body: Body, length: int) -> Parts | None:
    """The parts of a loop of so many steps; None where it has one. They depend on sizes alone."""
    changing = (*body.inputs[: body.carries], *body.inputs[body.first_x :], *body.outputs)
    if not body.carries or length * sum(map(_bytes, changing)) < LEAST_BYTES:
        return None
    return body.derived("parts", lambda: _parts_of(body))


def _parts_of(body: Body) -> Parts | None:
    constants = sum(map(_bytes, body.inputs[body.carries : body.first_x]))
    if constants > MOST_CONSTANTS:
        return None
    fewest = FEWEST if constants <= SMALL_CONSTANTS else FEWEST_WITH_LARGE
    graph = body.graph
    carries = zip(graph.inputs[: body.carries], graph.outputs[: body.carries], strict=True)
    axes = Axes(graph, carries)
    for way in loop_shardings(body, axes):
        extent = way.extent
        count = _power_of_two(min(MOST_PARTS, extent // fewest))
        if count < 2 or not _divides(body, way):
            continue
        size = -(-extent // count)
        count = -(-extent // size)
        one = last = part_of(graph, axes, way, size)
        if extent < size * count:
            last = part_of(graph, axes, way, extent - size * (count - 1))
        if one is not None and last is not None:
            inputs = tuple(dim if isinstance(dim, int) else None for dim in way.inputs)
            return Parts(one, last, count, size, inputs)
    return None


def _bytes(node: Node) -> int:
    return node.size * node.dtype.itemsize


def _power_of_two(most: int) -> int:
    """The largest power of two up to this; threads, too, are mostly as many."""
    return 1 << most.bit_length() - 1 if most > 0 else 0


def _divides(body: Body, way: Sharding) -> bool:
    """Whether a part has a contiguous share of all that a step computes, and nothing is summed."""

    def has(node: Node, dim: Placement, leads: bool) -> bool:
        if not isinstance(dim, int):
            return dim is None and not leads
        before = node.shape[:dim]
        return node.shape[dim] == way.extent and not (leads and math.prod(before) != 1)

    inputs = zip(body.inputs, way.inputs, strict=True)
    outputs = zip(body.outputs, way.outputs, strict=True)
    return all(has(node, dim, False) for node, dim in inputs) and all(
        has(node, dim, True) for node, dim in outputs
    )
