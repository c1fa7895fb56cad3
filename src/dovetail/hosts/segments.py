"""Operations with library calls: their pieces as operations, for any host.

`segments(operation).plan(specs)` says how an operation is run on arrays of given shapes
and types: its cut (cutting.py), with an operation, a `Segment`, for each piece. A segment is an
operation like any other, with derivatives of its own; a host registers it once and calls
it for every shape.

The graph of a segment does not follow from the shapes of its own arrays: in
`q @ k.T / sqrt(d)` the size d is a constant of the piece after the product. So a segment
knows the graphs for the shapes that a plan was made for, and refuses others. Where a host
compiles for sizes that are not known yet, `flexible` makes segments that find the
operation's shapes from those of their own arrays, for the sizes that can be found so; the
host fixes the others.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import DovetailError, SegmentShapesError
from dovetail.graph.node import Graph
from dovetail.hosts.cutting import Call, Cut, Piece, Seen, cut, has_library
from dovetail.hosts.operation import Operation, Specs, spec_of
from dovetail.language.trace import ArraySpec

Place = tuple[int, int]  # the number of an array, and a dimension of it

REMEMBERED = 1024


@dataclass(frozen=True)
class Run:
    """A piece, as a call of its operation."""

    segment: Segment
    piece: Piece

    @property
    def outputs(self) -> range:
        """The numbers of the values that it makes."""
        return range(self.piece.first, self.piece.first + len(self.piece.graph.outputs))


@dataclass(frozen=True)
class Plan:
    """What a host runs. After step n, the values `dead[n]` are needed no more."""

    steps: tuple[Run | Call, ...]
    outputs: tuple[Seen, ...]
    dead: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Found:
    """How the operation's shapes are found from those of a segment's arrays.

    `places`: for each size of the operation's arrays that varies, where a segment's array
    has it; sizes that are not listed are as in `example`.
    """

    example: Specs
    places: tuple[tuple[Place, Place], ...]


class Segment(Operation):
    """Piece `number` of an operation."""

    def __init__(
        self, whole: Operation, number: int, piece: Piece, found: Found | None = None
    ) -> None:
        name = f"{whole.name}_part{number}"
        super().__init__(name, len(piece.arrays), len(piece.floats))
        self.whole, self.number, self.found = whole, number, found
        self.outputs_count = len(piece.graph.outputs)
        self._origins: dict[Specs, Specs] = {}

    def takes(self, specs: Specs, graph: Graph, origin: Specs) -> bool:
        """Whether this graph is, or from now on shall be, that for arrays like these."""
        with self.lock:
            if specs in self._origins:
                known = self.graph(specs)
                return known.inputs == graph.inputs and known.outputs == graph.outputs
            self._origins[specs] = origin
            self._graphs[specs] = graph
            return True

    def _build(self, specs: Specs) -> Graph:
        origin = self._origins.get(specs) or self._recovered(specs)
        pieces = segments(self.whole).cut(origin).pieces
        if self.number < len(pieces):
            graph = pieces[self.number].graph
            if inputs_of(graph, self.arrays) == specs:
                return graph
        raise self._refused(specs)

    def _recovered(self, specs: Specs) -> Specs:
        """The specs of the whole operation's arrays."""
        if self.found is None or len(specs) != self.arrays:
            raise self._refused(specs)
        shapes = [list(spec.shape) for spec in self.found.example]
        for (array, dim), (own, own_dim) in self.found.places:
            if own_dim >= len(specs[own].shape):
                raise self._refused(specs)
            shapes[array][dim] = specs[own].shape[own_dim]
        return tuple(
            ArraySpec(tuple(shape), spec.dtype)
            for shape, spec in zip(shapes, self.found.example, strict=True)
        )

    def _refused(self, specs: Specs) -> SegmentShapesError:
        known = [tuple(spec.shape for spec in each) for each in self._origins]
        if self.found is not None:
            known.append(tuple(spec.shape for spec in self.found.example))
        return SegmentShapesError(self.whole.name, [spec.shape for spec in specs], known[-1:])


def inputs_of(graph: Graph, arrays: int) -> Specs:
    """The specs of the arrays that a graph takes."""
    return tuple(map(spec_of, graph.inputs[:arrays]))


class Segments:
    """The plans of one operation, and its segments."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        # What the host that runs the plans keeps with them.
        self.hosted: dict[Any, Any] = {}
        self.laws: dict[Any, Any] = {}
        self._lock = threading.RLock()
        self._libraries: dict[Specs, bool] = {}
        self._cuts: dict[Specs, Cut] = {}
        self._plans: dict[Specs, Plan] = {}
        self._known: dict[tuple[int, int, int, int], list[Segment]] = {}
        self._flexible: dict[object, tuple[Segment, ...]] = {}

    def needed(self, specs: Specs) -> bool:
        """Whether the operation calls a library, so that it is no operator on its own."""
        found = self._libraries.get(specs)
        if found is None:
            found = has_library(self.operation.graph(specs))
            _remember(self._libraries, specs, found)
        return found

    def cut(self, specs: Specs) -> Cut:
        """The cut for arrays like these."""
        found = self._cuts.get(specs)
        if found is None:
            found = cut(self.operation.graph(specs), self.operation.arrays)
            _remember(self._cuts, specs, found)
        return found

    def plan(self, specs: Specs) -> Plan:
        """The plan for arrays like these."""
        found = self._plans.get(specs)
        if found is None:
            with self._lock:
                pieces = self.cut(specs).pieces
                parts = [self._segment(n, piece, specs) for n, piece in enumerate(pieces)]
                found = _plan(self.cut(specs), parts, self.operation.arrays)
                _remember(self._plans, specs, found)
        return found

    def _segment(self, number: int, piece: Piece, origin: Specs) -> Segment:
        key = number, len(piece.arrays), len(piece.floats), len(piece.graph.outputs)
        known = self._known.setdefault(key, [])
        specs = inputs_of(piece.graph, len(piece.arrays))
        for segment in known:
            if segment.takes(specs, piece.graph, origin):
                return segment
        known.append(Segment(self.operation, number, piece))
        known[-1].takes(specs, piece.graph, origin)
        return known[-1]

    def flexible(
        self, trials: Sequence[Specs], varying: Sequence[Place]
    ) -> tuple[Plan, list[Place]]:
        """A plan for the first of `trials` whose segments work at all sizes; and places to fix.

        In the trials the sizes at the places `varying` differ, each in its own way. Those
        that come back cannot be found from what a segment is given: the host is to fix them,
        and to ask again. The trials must have cuts of one skeleton.
        """
        cuts = [self.cut(specs) for specs in trials]
        assert len({each.skeleton for each in cuts}) == 1, "cuts that differ"
        found: list[Found] = []
        lost: dict[Place, None] = {}
        for number in range(len(cuts[0].pieces)):
            sizes = [
                inputs_of(each.pieces[number].graph, len(each.pieces[number].arrays))
                for each in cuts
            ]
            own = {
                tuple(specs[array].shape[dim] for specs in sizes): (array, dim)
                for array, spec in enumerate(sizes[0])
                for dim in range(len(spec.shape))
            }
            pairs: list[tuple[Place, Place]] = []
            hidden: list[Place] = []
            for array, dim in varying:
                place = own.get(tuple(specs[array].shape[dim] for specs in trials))
                if place is None:
                    hidden.append((array, dim))
                else:
                    pairs.append(((array, dim), place))
            if hidden and not self._indifferent(number, trials, hidden):
                lost.update(dict.fromkeys(hidden))
            found.append(Found(trials[0], tuple(pairs)))
        return self._flexible_plan(cuts[0], trials[0], varying, found), list(lost)

    def _indifferent(self, number: int, trials: Sequence[Specs], hidden: Sequence[Place]) -> bool:
        """Whether a piece is the same whatever the sizes at these places are."""
        for other in trials[1:]:
            shapes = [list(spec.shape) for spec in trials[0]]
            for array, dim in hidden:
                shapes[array][dim] = other[array].shape[dim]
            specs = tuple(
                ArraySpec(tuple(shape), spec.dtype)
                for shape, spec in zip(shapes, trials[0], strict=True)
            )
            try:
                pieces = self.cut(specs).pieces
            except DovetailError:
                return False
            first = self.cut(trials[0]).pieces[number].graph
            if number >= len(pieces) or pieces[number].graph != first:
                return False
        return True

    def _flexible_plan(
        self, first: Cut, example: Specs, varying: Sequence[Place], found: Sequence[Found]
    ) -> Plan:
        places = frozenset(varying)
        shapes = tuple(
            (spec.dtype.name, tuple(None if (a, d) in places else s for d, s in enumerate(spec.shape)))
            for a, spec in enumerate(example)
        )
        key = shapes, first.skeleton, tuple(each.places for each in found)
        with self._lock:
            parts = self._flexible.get(key)
            if parts is None:
                parts = self._flexible[key] = tuple(
                    Segment(self.operation, number, piece, how)
                    for number, (piece, how) in enumerate(zip(first.pieces, found, strict=True))
                )
        return _plan(first, parts, self.operation.arrays)


def _plan(whole: Cut, parts: Sequence[Segment], arrays: int) -> Plan:
    remaining = iter(parts)
    steps = tuple(
        Run(next(remaining), step) if isinstance(step, Piece) else step for step in whole.steps
    )
    last: dict[int, int] = {}
    for number, step in enumerate(steps):
        for seen in step.piece.arrays if isinstance(step, Run) else step.operands:
            last[seen.value] = number
        for value in step.outputs if isinstance(step, Run) else (step.value,):
            last.setdefault(value, number)
    for seen in whole.outputs:
        last.pop(seen.value, None)
    dead = tuple(
        tuple(value for value, at in last.items() if at == number and value >= arrays)
        for number in range(len(steps))
    )
    return Plan(steps, whole.outputs, dead)


def _remember(known: dict[Specs, Any], specs: Specs, value: Any) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
    known[specs] = value


def segments(operation: Operation) -> Segments:
    """The plans of an operation."""
    found = operation.parts
    if found is None:
        with operation.lock:
            found = operation.parts = operation.parts or Segments(operation)
    return found
