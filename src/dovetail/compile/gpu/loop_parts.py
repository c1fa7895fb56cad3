"""The parts of a loop over time that need nothing of each other, and what one does in a step.

Along an axis that no step mixes, such as that of the examples, a loop falls into parts: each has
its own share of the carries, from the first step to the last (transform/sharding.py). What is
summed over the axis, such as the gradient of what all parts read, each part adds up for itself.
Parts may fall into parts along another axis, such as that of the heads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.compile.gpu.schedule import PERSISTENT, WARP
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.scan import Body
from dovetail.transform.axes import Axes
from dovetail.transform.sharding import PARTIAL, Placement, Sharding, loop_shardings, part_of

ENOUGH_PARTS = PERSISTENT  # so many that parts may be larger than they have to
SMALL_PART = 2 * WARP  # elements of what several small parts make
TINY_PART = WARP // 2  # elements of a part that would leave most lanes of a warp idle


@dataclass(frozen=True, eq=False)
class Level:
    """A loop in parts along one axis. `inputs`, `outputs`: where a part has its share of those of
    `graph`: along a dimension, all of it (None), or a summand of it (PARTIAL).
    """

    graph: Graph
    parts: int
    inputs: tuple[Placement, ...]
    outputs: tuple[Placement, ...]

    def shares(self, strides: Sequence[Sequence[int]], of_inputs: bool) -> list[int]:
        """The bytes from the share of a part to that of the next one, for arrays that lie so."""
        nodes = self.graph.inputs if of_inputs else self.graph.outputs
        places = self.inputs if of_inputs else self.outputs
        return [
            steps[place] * (node.shape[place] // self.parts) if isinstance(place, int) else 0
            for node, place, steps in zip(nodes, places, strides, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Division:
    """A loop in parts, the outermost level first. `graph`: the step of a part."""

    graph: Graph
    levels: tuple[Level, ...] = ()

    @property
    def parts(self) -> int:
        return math.prod(level.parts for level in self.levels)

    @property
    def elements(self) -> int:
        """Of the largest value of a step."""
        return _largest(self.graph)

    def is_summand(self, output: int) -> bool:
        """Whether a part has a summand of an output."""
        return any(level.outputs[output] is PARTIAL for level in self.levels)

    def levels_of_whole(self, output: int) -> tuple[bool, ...]:
        """For each level, whether all parts have the same of an output."""
        return tuple(level.outputs[output] is None for level in self.levels)


def divided(body: Body) -> Division:
    """A loop in as many parts as there are."""
    return body.derived("gpu parts", lambda: _divided(body, ()))


def _divided(body: Body, outer: tuple[Level, ...]) -> Division:
    graph = body.graph
    carries = zip(graph.inputs[: body.carries], graph.outputs[: body.carries], strict=True)
    axes = Axes(graph, carries)
    ways = [(way.extent, way) for way in loop_shardings(body, axes) if _fits(body, way, outer)]
    for extent, way in sorted(ways, key=lambda found: -found[0]):
        one = part_of(graph, axes, way, 1)
        if one is None:
            continue
        levels = *outer, Level(graph, extent, way.inputs, way.outputs)
        inner = _divided(Body(one, body.carries, body.constants), levels)
        if len(inner.levels) > len(levels):
            return inner
        parts, size = extent * math.prod(level.parts for level in outer), _largest(one)
        together = _together(extent, parts, size)
        larger = one if together == 1 else part_of(graph, axes, way, together)
        if larger is None:
            larger, together = one, 1
        if outer and parts > ENOUGH_PARTS and together * size < TINY_PART:
            continue
        return Division(larger, (*outer, Level(graph, extent // together, way.inputs, way.outputs)))
    return Division(graph, outer)


def _largest(graph: Graph) -> int:
    return max(node.size for node in (*graph.inputs, *graph.nodes))


def _fits(body: Body, way: Sharding, outer: Sequence[Level]) -> bool:
    """Whether all shares are alike, one of what is written is contiguous, and sums are sums.

    A summand at one level is one at each, so that all parts together make the sum.
    """
    extent, carries = way.extent, body.carries
    inputs = zip(body.inputs, way.inputs, strict=True)
    if any(node.shape[dim] != extent for node, dim in inputs if isinstance(dim, int)):
        return False
    for number, (node, place) in enumerate(zip(body.outputs, way.outputs, strict=True)):
        if isinstance(place, int):
            if node.shape[place] != extent or math.prod(node.shape[:place]) != 1:
                return False
        elif place is PARTIAL and number < carries:
            others = Graph((), (*body.outputs[:number], *body.outputs[number + 1 :]))
            carry = body.inputs[number]
            # The sum of all parts is known at the end, so nothing else can read it.
            if not _adds_to(node, carry) or any(each is carry for each in others):
                return False
        if any((level.outputs[number] is PARTIAL) != (place is PARTIAL) for level in outer):
            return False
    return True


def _adds_to(node: Node, carry: Node) -> bool:
    """Whether a value is the carry plus something else."""
    waiting, found = [node], 0
    while waiting:
        node = waiting.pop()
        if node is carry:
            found += 1
        elif node.op == "add":
            waiting += node.args
        elif any(each is carry for each in Graph((), (node,))):
            return False
    return found == 1


def _together(extent: int, parts: int, size: int) -> int:
    """How many elements of the axis a part has: several if there are many, and they are small."""
    most = min(parts // ENOUGH_PARTS, SMALL_PART // max(1, size))
    return next((count for count in range(most, 1, -1) if extent % count == 0), 1)
