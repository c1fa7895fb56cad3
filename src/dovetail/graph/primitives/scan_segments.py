"""A loop as a loop over segments: its reverse mode keeps the carries between segments alone.

Griewank 1992, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
differentiation", with two levels: about sqrt(n) carries, and the residuals of about sqrt(n) steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives.movement import concat, reshape, slice_axis
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.primitives.scan import Body, body_of, loop
from dovetail.graph.sizes import computed

SHORTEST = 4  # steps: of fewer, the segments would be as many as the steps


def checkpointed_loop(
    body: Body, operands: Sequence[Node], length: int, reverse: bool, source: str | None
) -> Nodes:
    """The outputs of a loop whose reverse mode runs its segments again."""
    if length < SHORTEST:
        return loop(body, operands, length, reverse, True, source)
    steps = computed(_steps, length)
    count, rest = length // steps, length % steps
    first = body.carries
    carries, constants, xs = body.by_role(operands)
    # The steps that fill no segment come last.
    start = rest if reverse else 0
    inside = [_part(x, start, length - rest, (count, steps)) for x in xs]
    whole = _over_segments(body, int(steps), reverse, source)
    found = loop(whole, [*carries, *constants, *inside], count, reverse, True, source)
    ys = [reshape(y, shape=(count * steps, *y.shape[2:])) for y in found[first:]]
    if not rest:
        return (*found[:first], *ys)
    others = [slice_axis(x, 0, 0 if reverse else length - rest, rest, 1) for x in xs]
    after = loop(body, [*found[:first], *constants, *others], rest, reverse, False, source)
    pairs = zip(after[first:], ys, strict=True)
    joined = [concat(*((one, two) if reverse else (two, one)), axis=0) for one, two in pairs]
    return (*after[:first], *joined)


def _steps(length: int) -> int:
    """The steps of a segment: a divisor of the length, if there is one near its square root.

    Otherwise the segments are a part of the xs, which is copied.
    """
    root = math.isqrt(length - 1) + 1
    near = [n for n in range(root // 2 + 1, 2 * root) if length % n == 0]
    return min(near, key=lambda n: n + length // n, default=root)


def _part(x: Node, start: int, count: int, lead: Shape) -> Node:
    """Some steps of an x, by segments."""
    part = x if count == x.shape[0] else slice_axis(x, 0, start, count, 1)
    return reshape(part, shape=(*lead, *x.shape[1:]))


def _over_segments(body: Body, steps: int, reverse: bool, source: str | None) -> Body:
    """The body of the loop over segments: it runs so many steps."""
    first, last = body.carries, body.first_x
    outer = [fresh_input(node, "outer") for node in body.inputs[:last]]
    xs = [fresh_input(node, "segment", (steps, *node.shape)) for node in body.inputs[last:]]
    found = loop(body, [*outer, *xs], steps, reverse, False, source)
    return body_of(outer[:first], outer[first:], xs, found)
