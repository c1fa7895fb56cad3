"""How a computation may be split over processes, read off its graph.

Each primitive says which dimensions of its operands and its result run along with each other
(`ties`). Dimensions that are tied anywhere in a graph are one axis of the computation. Where an
axis is split, every array that has it is split along one dimension and all others are whole; a walk
over the graph (`_state`) then says of each value whether a process computes its part of it
(`SPLIT`), all of it (`WHOLE`), or a summand of it (`PARTIAL`: what was summed over the axis, and
what is linear in that). What is none of these, such as a maximum over the axis, is `LOST`, and so
is whatever needs it; an axis by which an output is lost is not offered.

`localised` is the graph of one process: the same nodes at the sizes of its part.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dovetail.errors import DovetailError
from dovetail.graph.node import Graph, Node, Shape, topological

RESULT = -1
Tie = tuple[tuple[int, int], ...]  # (operand, or RESULT; dimension), which run along together
Dim = tuple[Node, int]


class State(enum.Enum):
    """What a process has of a value."""

    WHOLE = "whole"
    SPLIT = "split"
    PARTIAL = "partial"
    LOST = "lost"


WHOLE, SPLIT, PARTIAL, LOST = State


# Ties.


def _each(node: Node, operands: Iterable[int], dims: Iterable[int]) -> Iterator[Tie]:
    """Operands and result have these dimensions at the same places."""
    operands = tuple(operands)
    for dim in dims:
        yield (RESULT, dim), *((operand, dim) for operand in operands)


def _others(node: Node) -> list[int]:
    """The dimensions but the one along which a primitive works."""
    return [dim for dim in range(len(node.shape)) if dim != node.integer("axis")]


def _elementwise(node: Node) -> Iterator[Tie]:
    return _each(node, range(len(node.args)), range(len(node.shape)))


def _along_axis(node: Node) -> Iterator[Tie]:
    return _each(node, range(len(node.args)), _others(node))


def _reduction(node: Node) -> Iterator[Tie]:
    searched = node.primitive.category == "search"
    axes = (node.integer("axis"),) if searched else node.ints("axes")
    kept = [dim for dim in range(len(node.args[0].shape)) if dim not in axes]
    return (((RESULT, place), (0, dim)) for place, dim in enumerate(kept))


def _broadcast(node: Node) -> Iterator[Tie]:
    operand = node.args[0].shape
    for place, dim in enumerate(node.ints("dims")):
        if operand[place] == node.shape[dim]:
            yield (RESULT, dim), (0, place)


def _permute(node: Node) -> Iterator[Tie]:
    return (((RESULT, place), (0, dim)) for place, dim in enumerate(node.ints("axes")))


def _reshape(node: Node) -> Iterator[Tie]:
    """Dimensions that are kept, and the first of those that are merged or parted."""
    old, new = node.args[0].shape, node.shape
    if 0 in old:
        return
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == 1 or new[j] == 1:
            i, j = i + (old[i] == 1), j + (new[j] == 1)
            continue
        first = i, j
        a, b = old[i], new[j]
        while a != b:
            if a < b:
                i += 1
                a *= old[i]
            else:
                j += 1
                b *= new[j]
        yield (RESULT, first[1]), (0, first[0])
        i, j = i + 1, j + 1


def _slice(node: Node) -> Iterator[Tie]:
    smaller, larger = node.shape, node.args[0].shape
    if node.op == "place":
        smaller, larger = larger, smaller
    starts, steps = node.ints("starts"), node.ints("steps")
    whole = [
        dim
        for dim, extent in enumerate(smaller)
        if extent == larger[dim] and starts[dim] == 0 and steps[dim] == 1
    ]
    return _each(node, (0,), whole)


def _gather(node: Node) -> Iterator[Tie]:
    yield from _each(node, (0, 1), _others(node))
    axis = node.integer("axis")
    yield (RESULT, axis), (1, axis)


def _scatter(node: Node) -> Iterator[Tie]:
    yield from _each(node, (0, 1), _others(node))
    axis = node.integer("axis")
    yield (0, axis), (1, axis)


def _matmul(node: Node) -> Iterator[Tie]:
    last = len(node.shape) - 1
    yield from _each(node, (0, 1), range(last - 1))
    yield (RESULT, last - 1), (0, last - 1)
    yield (RESULT, last), (1, last)
    yield (0, last), (1, last - 1)


def _declared(node: Node) -> Iterator[Tie]:
    return _each(node, (0,), range(len(node.shape)))


_TIES: Mapping[str, Callable[[Node], Iterator[Tie]]] = {
    "sum": _reduction, "prod": _reduction, "max": _reduction, "min": _reduction,
    "argmax": _reduction, "argmin": _reduction,
    "cumulative_sum": _along_axis, "concat": _along_axis, "argsort": _along_axis,
    "broadcast": _broadcast, "permute": _permute, "reshape": _reshape, "slice": _slice,
    "place": _slice, "checked_index": _elementwise, "gather": _gather, "scatter_add": _scatter,
    "matmul": _matmul, "declared": _declared,
}  # fmt: skip


def ties(node: Node) -> Iterator[Tie]:
    """The dimensions of a node's operands and its result that run along with each other."""
    if node.primitive.category == "elementwise":
        return _elementwise(node)
    found = _TIES.get(node.op)
    return iter(()) if found is None else found(node)


class Axes:
    """The axes of a graph: sets of dimensions that are tied, each named by one of them."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = topological([*graph.inputs, *graph.outputs])
        self._parent: dict[Dim, Dim] = {}
        for node in self.nodes:
            for tie in ties(node):
                dims = [(node if n == RESULT else node.args[n], dim) for n, dim in tie]
                for dim in dims[1:]:
                    one, other = self.find(dims[0]), self.find(dim)
                    if one != other:
                        self._parent[other] = one

    def find(self, dim: Dim) -> Dim:
        """The axis that a dimension belongs to."""
        above = self._parent.get(dim)
        while above is not None:
            dim, above = above, self._parent.get(above)
        return dim

    def along(self, node: Node, axis: Dim) -> int | None:
        """The dimension of an array that belongs to an axis; the last, where there are several."""
        found = [dim for dim in range(len(node.shape)) if self.find((node, dim)) == axis]
        return found[-1] if found else None

    def is_simple(self, axis: Dim) -> bool:
        """Whether no array has an axis twice, as in x + transpose(x)."""
        return all(
            sum(self.find((node, dim)) == axis for dim in range(len(node.shape))) <= 1
            for node in self.nodes
        )


# States.

_LINEAR = frozenset({"negative", "permute", "reshape", "slice", "place", "broadcast", "concat",
                     "cumulative_sum", "sum", "add", "subtract"})  # fmt: skip
# Linear in one operand, with the others whole.
_LINEAR_IN = {"multiply": (0, 1), "divide": (0,), "gather": (0,), "scatter_add": (1,),
              "matmul": (0, 1)}  # fmt: skip


def _is_zero(node: Node) -> bool:
    while node.op in ("broadcast", "cast", "reshape"):
        node = node.args[0]
    return node.op == "constant" and not node.attr("value")


def _partial(node: Node, states: Sequence[State]) -> State:
    """The state of a node one of whose operands is PARTIAL, and none SPLIT or LOST."""
    summand = [
        state is PARTIAL or _is_zero(arg) for arg, state in zip(node.args, states, strict=True)
    ]
    if node.op in _LINEAR:
        return PARTIAL if all(summand) else LOST
    if node.op == "cast":
        return PARTIAL if node.dtype.is_floating and node.args[0].dtype.is_floating else LOST
    if node.op == "select":
        return PARTIAL if states[0] is WHOLE and all(summand[1:]) else LOST
    places = [place for place, state in enumerate(states) if state is PARTIAL]
    allowed = _LINEAR_IN.get(node.op, ())
    return PARTIAL if len(places) == 1 and places[0] in allowed else LOST


def _leaf(node: Node, dim: int | None) -> State:
    """The state of a node without operands that is no input."""
    if node.op in ("constant", "size"):
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
    tied = {tie for each in ties(node) if (RESULT, dim) in each for tie in each}
    fits = all(
        ((operand, own) in tied) if state is SPLIT else state is WHOLE
        for operand, (state, own) in enumerate(zip(states, dims, strict=True))
    )
    return SPLIT if fits else LOST


Placement = int | None | State  # along this dimension; whole; or PARTIAL


@dataclass(frozen=True)
class Sharding:
    """One way to split a computation: of every array of its inputs and outputs, how."""

    axis: Dim | None
    inputs: tuple[Placement, ...]
    outputs: tuple[Placement, ...]


def shardings(
    graph: Graph, axes: Axes, arrays: int, outputs: int, partial: Iterable[Sequence[int]] = ()
) -> list[Sharding]:
    """The ways to split a graph's first `arrays` inputs and first `outputs` outputs.

    One along each axis that allows it, and one for each set in `partial`: these inputs are given
    as summands.
    """
    inputs = graph.inputs[:arrays]
    candidates = dict.fromkeys(
        axes.find((node, dim))
        for node in inputs
        for dim, extent in enumerate(node.shape)
        if extent > 1
    )
    found: list[Sharding] = []
    for axis in candidates:
        if axes.is_simple(axis):
            given: dict[Node, State] = {
                node: WHOLE if axes.along(node, axis) is None else SPLIT for node in graph.inputs
            }
            _offer(found, graph, axes, axis, given, arrays, outputs)
    for summands in partial:
        given = dict.fromkeys(graph.inputs, WHOLE)
        given.update({inputs[number]: PARTIAL for number in summands})
        _offer(found, graph, axes, None, given, arrays, outputs)
    return found


def _offer(
    found: list[Sharding], graph: Graph, axes: Axes, axis: Dim | None,
    states: dict[Node, State], arrays: int, outputs: int,
) -> None:  # fmt: skip
    place = {node: None if axis is None else axes.along(node, axis) for node in axes.nodes}
    for node in axes.nodes:
        if node not in states:
            args = node.args
            states[node] = _state(
                node, place[node], [states[arg] for arg in args], [place[arg] for arg in args]
            )
    ends = [states[node] for node in graph.outputs[:outputs]]
    if LOST in ends:
        return

    def placed(node: Node) -> Placement:
        state = states[node]
        return place[node] if state is SPLIT else PARTIAL if state is PARTIAL else None

    found.append(
        Sharding(
            axis,
            tuple(map(placed, graph.inputs[:arrays])),
            tuple(map(placed, graph.outputs[:outputs])),
        )
    )


# The graph of one process.

Cut = Callable[[int], int]  # the size of a process' part of a dimension


def localised(
    graph: Graph, axes: Axes, cuts: Sequence[tuple[Dim, Cut]], outputs: int
) -> Graph | None:
    """The graph of a process that has a part along these axes; None where there is none.

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
