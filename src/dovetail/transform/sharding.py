"""The ways in which a computation can be split over processes, derived from its graph.

Where an axis of the computation (axes.py) is split, every array that has it is split along one
dimension, and all others are whole. A walk over the graph (`_state`) finds for each value whether a
process computes its part of it (`SPLIT`), all of it (`WHOLE`), or a summand of it (`PARTIAL`: what
was summed over the axis, and what is linear in that). What is none of these, such as a maximum over
the axis, is `LOST`, and so is whatever needs it. An axis that would lose an output is not offered.

`localised` is the graph of one process: the same nodes at the sizes of its part.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dovetail.errors import DovetailError
from dovetail.graph.node import RESULT, Graph, Node, Shape, topological
from dovetail.graph.primitives.row import Linear, Partials, is_number
from dovetail.graph.primitives.scan import Body
from dovetail.transform.axes import Axes, Dim


class State(enum.Enum):
    """What a process has of a value."""

    WHOLE = "whole"
    SPLIT = "split"
    PARTIAL = "partial"
    LOST = "lost"


WHOLE, SPLIT, PARTIAL, LOST = State


def _is_zero(node: Node) -> bool:
    while node.primitive.view or node.op == "cast":
        node = node.args[0]
    return node.op == "constant" and not node.attr("value")


def _partial(node: Node, states: Sequence[State]) -> State:
    """The state of a node one of whose operands is PARTIAL, and none SPLIT or LOST.

    PARTIAL where the node is linear in the summands.
    """
    derivative = node.primitive.derivative
    if not isinstance(derivative, (Linear, Partials)):
        return LOST
    partial = [operand for operand, state in enumerate(states) if state is PARTIAL]
    linear = derivative.operands(node)
    if not set(partial) <= set(linear) or any(_is_inexact(node.args[n], node) for n in partial):
        return LOST
    if isinstance(derivative, Linear) and derivative.jointly:
        return PARTIAL if all(n in partial or _is_zero(node.args[n]) for n in linear) else LOST
    return PARTIAL if len(partial) == 1 else LOST


def _is_inexact(operand: Node, result: Node) -> bool:
    """Whether a conversion of summands is none of their sum: it rounds to integers, or wraps."""
    dtypes = operand.dtype, result.dtype
    return dtypes[0] is not dtypes[1] and not all(dtype.is_floating for dtype in dtypes)


def _leaf(node: Node, dim: int | None) -> State:
    """The state of a node without operands that is no input."""
    if is_number(node):
        return WHOLE if dim is None else SPLIT  # the same value everywhere
    if node.op == "iota" and dim != node.integer("axis"):
        return WHOLE if dim is None else SPLIT
    return WHOLE if dim is None else LOST


def _summed(node: Node, dims: Sequence[int | None]) -> bool:
    """Whether a node sums over the axis: the operands are split, the result is not."""
    if node.op == "sum":
        return dims[0] in node.ints("axes")
    if node.op == "matmul":
        last = len(node.shape) - 1
        return dims[0] == last and dims[1] == last - 1
    return node.op == "scatter_add" and dims[0] == dims[1] == node.integer("axis")


def _state(
    node: Node, dim: int | None, states: Sequence[State], dims: Sequence[int | None]
) -> State:
    """The state of a node, whose result has the axis at `dim`, and whose operands at `dims`."""
    if not node.args:
        return _leaf(node, dim)
    if node.op == "declared":
        return states[0]
    if LOST in states:
        return LOST
    if SPLIT not in states:
        if PARTIAL in states:
            return _partial(node, states) if dim is None else LOST
        if dim is None:
            return WHOLE
        return SPLIT if node.op == "broadcast" else LOST  # a whole value, spread over the axis
    if dim is None:
        whole = all(state is SPLIT for state in states)
        return PARTIAL if whole and _summed(node, dims) else LOST
    ties = node.primitive.dimensions.ties(node)
    tied = {tie for each in ties if (RESULT, dim) in each for tie in each}
    fits = all(
        ((operand, own) in tied) if state is SPLIT else state is WHOLE
        for operand, (state, own) in enumerate(zip(states, dims, strict=True))
    )
    return SPLIT if fits else LOST


Placement = int | None | State  # along this dimension; whole; or PARTIAL


@dataclass(frozen=True)
class Sharding:
    """One way to split a computation: the placement of each input and output array."""

    axis: Dim | None
    inputs: tuple[Placement, ...]
    outputs: tuple[Placement, ...]

    @property
    def extent(self) -> int:
        """The elements of the axis."""
        assert self.axis is not None
        node, dim = self.axis
        return node.shape[dim]


def shardings(
    graph: Graph, axes: Axes, arrays: int, outputs: int, partial: Iterable[Sequence[int]] = ()
) -> list[Sharding]:
    """The ways to split a graph's first `arrays` inputs and first `outputs` outputs.

    One along each axis that allows it, and one for each set in `partial`: these inputs are given
    as summands.
    """
    inputs = graph.inputs[:arrays]
    found: list[Sharding | None] = []
    for axis in _candidates(inputs, axes):
        states = _states(axes, axis, _given(graph, axes, axis))
        found.append(_placements(graph, axes, axis, states, arrays, outputs))
    for summands in partial:
        given = dict.fromkeys(graph.inputs, WHOLE)
        given.update({inputs[number]: PARTIAL for number in summands})
        states = _states(axes, None, given)
        found.append(_placements(graph, axes, None, states, arrays, outputs))
    return [each for each in found if each is not None]


def loop_shardings(body: Body, axes: Axes) -> list[Sharding]:
    """The ways to split a loop along an axis: its carries are placed alike in all steps.

    A carry that is PARTIAL adds up what is summed over the axis. `axes`: of `body.graph`, where
    each carry is alike what the next step gets.
    """
    graph, carries = body.graph, body.carries
    found: list[Sharding] = []
    for axis in _candidates(graph.inputs, axes):
        given, summed = _given(graph, axes, axis), dict[Node, State]()
        while True:
            given |= summed
            states = _states(axes, axis, given)
            after = [states[node] for node in graph.outputs[:carries]]
            summed = {
                node: PARTIAL
                for node, state in zip(graph.inputs, after, strict=False)
                if given[node] is WHOLE and state in (PARTIAL, LOST)
            }
            if not summed:
                break
        way = _placements(graph, axes, axis, states, len(graph.inputs), len(graph.outputs))
        if way is not None and way.inputs[:carries] == way.outputs[:carries]:
            found.append(way)
    return found


def _candidates(inputs: Sequence[Node], axes: Axes) -> list[Dim]:
    """The axes of these arrays of more than one element, which no array has twice."""
    found = dict.fromkeys(
        axes.find((node, dim))
        for node in inputs
        for dim, extent in enumerate(node.shape)
        if extent > 1
    )
    return [axis for axis in found if axes.is_simple(axis)]


def _given(graph: Graph, axes: Axes, axis: Dim) -> dict[Node, State]:
    """The states of the inputs: those that have the axis are split."""
    return {node: WHOLE if axes.along(node, axis) is None else SPLIT for node in graph.inputs}


def _states(axes: Axes, axis: Dim | None, given: dict[Node, State]) -> dict[Node, State]:
    """The states of all nodes that follow from those of the inputs."""
    states = dict(given)
    dims = {node: None if axis is None else axes.along(node, axis) for node in axes.nodes}
    for node in axes.nodes:
        if node not in states:
            args = node.args
            states[node] = _state(
                node, dims[node], [states[arg] for arg in args], [dims[arg] for arg in args]
            )
    return states


def _placements(
    graph: Graph, axes: Axes, axis: Dim | None, states: dict[Node, State], arrays: int, outputs: int
) -> Sharding | None:
    """The placements that these states are; None where an output is lost."""
    if LOST in [states[node] for node in graph.outputs[:outputs]]:
        return None

    def placed(node: Node) -> Placement:
        state = states[node]
        if state is SPLIT:
            assert axis is not None
            return axes.along(node, axis)
        return PARTIAL if state is PARTIAL else None

    return Sharding(
        axis,
        tuple(map(placed, graph.inputs[:arrays])),
        tuple(map(placed, graph.outputs[:outputs])),
    )


# The graph of one process.

Cut = Callable[[int], int]  # the size of a process' part of a dimension


def localised(
    graph: Graph, axes: Axes, cuts: Sequence[tuple[Dim, Cut]], outputs: int
) -> Graph | None:
    """The graph of a process that has a part along these axes; None if it has none.

    Of an axis whose dimensions differ in size (one of them merged with others), every part must be
    the same fraction.
    """

    def shape(node: Node) -> Shape:
        extents = list(node.shape)
        for axis, cut in cuts:
            dim = axes.along(node, axis)
            if dim is not None:
                extents[dim] = cut(extents[dim])
        return tuple(extents)

    done: dict[Node, Node] = {}
    for node in topological([*graph.inputs, *graph.outputs[:outputs]]):
        own = shape(node)
        attrs = tuple(
            (name, own if name in ("shape", "sizes") and value == node.shape else value)
            for name, value in node.attrs
        )
        try:
            made = node.primitive.apply(tuple(done[arg] for arg in node.args), attrs, node.source)
        except (DovetailError, AssertionError):
            return None
        if made.shape != own:
            return None
        done[node] = made
    return Graph(
        tuple(done[node] for node in graph.inputs),
        tuple(done[node] for node in graph.outputs[:outputs]),
    )


def part_of(graph: Graph, axes: Axes, way: Sharding, size: int) -> Graph | None:
    """The graph of a part of `size` elements of the axis along which it is split."""
    assert way.axis is not None

    def cut(whole: int) -> int:
        return whole * size // way.extent

    return localised(graph, axes, [(way.axis, cut)], len(graph.outputs))
