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

import itertools
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import DovetailError, StructureError
from dovetail.extension.values import put
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph
from dovetail.graph.primitives.elementwise import cast
from dovetail.graph.primitives.row import input_node
from dovetail.language.trace import ArraySpec
from dovetail.operations.cutting import Call, Cut, Piece, View, cut, has_library
from dovetail.operations.operation import Operation, Specs, spec_of

Place = tuple[int, int]  # the number of an array, and a dimension of it

CACHE_SIZE = 1024
_FACTORS = 4  # sizes in one product


def other_shapes(name: str, specs: Specs, known: Iterable[object] = ()) -> StructureError:
    """The error for a part of an operation that met sizes it was not planned for."""
    such_as = "".join(f", such as {shapes}" for shapes in known)
    return StructureError(
        f"a part of {name}, between two library calls",
        f"arrays of shapes {[spec.shape for spec in specs]}",
        f"shapes that follow from those of a call of {name}{such_as}",
        "compile or trace again for these shapes; do not replay a graph that was traced for others",
    )


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
class SegmentPlan:
    """What a host runs. After step n, the values `dead[n]` are needed no more."""

    steps: tuple[Run | Call, ...]
    outputs: tuple[View, ...]
    dead: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Product:
    """A size of a segment's array is `factor` times the sizes at these places.

    Where several of them are found by nothing else, any sizes with that product serve.
    """

    own: Place
    factor: int
    known: tuple[Place, ...]
    free: tuple[Place, ...]

    def split(self, size: int) -> list[int] | None:
        """Sizes of 2 and more for the free places; None where there are none."""
        parts: list[int] = []
        divisor = 2
        while len(parts) < len(self.free) - 1 and divisor * divisor <= size:
            if size % divisor:
                divisor += 1
            else:
                parts.append(divisor)
                size //= divisor
        return [*parts, size] if len(parts) == len(self.free) - 1 else None


@dataclass(frozen=True)
class Found:
    """How the operation's shapes are found from those of a segment's arrays.

    `places`: for a size of the operation's arrays that varies, where a segment's array has
    it; `products`: for others. Sizes that are not listed are as in `example`.
    """

    example: Specs
    places: tuple[tuple[Place, Place], ...]
    products: tuple[Product, ...]


class Segment(Operation):
    """Piece `number` of an operation."""

    def __init__(
        self, whole: Operation, number: int, piece: Piece, found: Found | None = None
    ) -> None:
        name = f"{whole.name}_part{number}"
        super().__init__(name, len(piece.arrays), len(piece.floats))
        self.whole, self.number, self.found = whole, number, found
        self._origins: dict[Specs, Specs] = {}
        self._learned: dict[Specs, Graph] = {}  # for parts of arrays that a plan was made for

    def learn(self, specs: Specs, graph: Graph) -> None:
        """From now on this is the graph for arrays like these, unless there is one."""
        with self.lock:
            if specs not in self._origins:
                self._learned.setdefault(specs, graph)

    def takes(self, specs: Specs, graph: Graph, origin: Specs) -> bool:
        """Whether this graph is, or from now on shall be, that for arrays like these."""
        with self.lock:
            if specs in self._origins:
                known = self.graph(specs)
                return known.inputs == graph.inputs and known.outputs == graph.outputs
            if self._learned.get(specs, graph) != graph:
                return False
            self._origins[specs] = origin
            self._graphs[specs] = graph
            return True

    def _build(self, specs: Specs) -> Graph:
        origin = self._origins.get(specs)
        if origin is None and specs in self._learned:
            return self._learned[specs]
        if origin is None:
            graph = self._of_other_widths(specs)
            if graph is not None:
                return graph
            origin = self._recovered(specs)
        pieces = segments(self.whole).cut(origin).pieces
        if self.number < len(pieces):
            graph = pieces[self.number].graph
            if inputs_of(graph, self.arrays) == specs:
                return graph
        raise self._refused(specs)

    def _of_other_widths(self, specs: Specs) -> Graph | None:
        """The graph for arrays like some known ones, but for the widths of their types.

        A framework's library call may give another integer or floating type than the graph says.
        """
        for known in self._origins:
            if [spec.shape for spec in known] == [spec.shape for spec in specs] and all(
                one is other or _alike(one, other)
                for one, other in ((a.dtype, b.dtype) for a, b in zip(known, specs, strict=True))
            ):
                graph = self.graph(known)
                arrays = [
                    input_node(node.attr("name"), spec.shape, spec.dtype)
                    for node, spec in zip(graph.inputs[: self.arrays], specs, strict=True)
                ]
                given = [
                    cast(array, dtype=node.dtype) if array.dtype is not node.dtype else array
                    for array, node in zip(arrays, graph.inputs[: self.arrays], strict=True)
                ]
                outputs = put(graph.outputs, graph.inputs[: self.arrays], given)
                return Graph((*arrays, *graph.inputs[self.arrays :]), outputs)
        return None

    def _recovered(self, specs: Specs) -> Specs:
        """The specs of the whole operation's arrays."""
        if self.found is None or len(specs) != self.arrays:
            raise self._refused(specs)
        shapes = [list(spec.shape) for spec in self.found.example]
        for (array, dim), (own, own_dim) in self.found.places:
            if own_dim >= len(specs[own].shape):
                raise self._refused(specs)
            shapes[array][dim] = specs[own].shape[own_dim]
        for product in self.found.products:
            own, own_dim = product.own
            if own_dim >= len(specs[own].shape):
                raise self._refused(specs)
            known = product.factor * math.prod(shapes[a][d] for a, d in product.known)
            size = specs[own].shape[own_dim]
            parts = product.split(size // known) if known and size % known == 0 else None
            if parts is None:
                raise self._refused(specs)
            for (array, dim), part in zip(product.free, parts, strict=True):
                shapes[array][dim] = part
        return _shaped(self.found.example, shapes)

    def _refused(self, specs: Specs) -> StructureError:
        known = [tuple(spec.shape for spec in each) for each in self._origins]
        if self.found is not None:
            known.append(tuple(spec.shape for spec in self.found.example))
        return other_shapes(self.whole.name, specs, known[-1:])


def _alike(one: DType, other: DType) -> bool:
    return (one.is_integer and other.is_integer) or (one.is_floating and other.is_floating)


def inputs_of(graph: Graph, arrays: int) -> Specs:
    """The specs of the arrays that a graph takes."""
    return tuple(map(spec_of, graph.inputs[:arrays]))


class Segments:
    """The plans of one operation, and its segments."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        # What the host that runs the plans keeps with them.
        self.hosted: dict[Any, Any] = {}
        self.size_rules: dict[Any, Any] = {}
        self._lock = threading.RLock()
        self._libraries: dict[Specs, bool] = {}
        self._cuts: dict[Specs, Cut] = {}
        self._plans: dict[Specs, SegmentPlan] = {}
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

    def plan(self, specs: Specs) -> SegmentPlan:
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
    ) -> tuple[SegmentPlan, list[Place]]:
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
            how, hidden = self._found(number, cuts, trials, varying)
            found.append(how)
            lost.update(dict.fromkeys(hidden))
        return self._flexible_plan(cuts[0], trials[0], varying, found), list(lost)

    def _found(
        self, number: int, cuts: Sequence[Cut], trials: Sequence[Specs], varying: Sequence[Place]
    ) -> tuple[Found, list[Place]]:
        """How one piece finds the sizes; and the places that it cannot do without."""
        pieces = [each.pieces[number] for each in cuts]
        inputs = [inputs_of(piece.graph, len(piece.arrays)) for piece in pieces]
        own = {
            tuple(specs[array].shape[dim] for specs in inputs): (array, dim)
            for array, spec in enumerate(inputs[0])
            for dim in range(len(spec.shape))
        }
        columns = {
            (array, dim): tuple(specs[array].shape[dim] for specs in trials)
            for array, dim in varying
        }
        pairs = tuple((place, own[column]) for place, column in columns.items() if column in own)
        known = {place for place, _ in pairs}
        products: list[Product] = []
        for column, place in own.items():
            product = _product(column, place, columns, known)
            if product is not None:
                products.append(product)
                known.update(product.free)
        hidden = [place for place in varying if place not in known]
        if hidden and not self._indifferent(number, trials, hidden):
            return Found(trials[0], pairs, tuple(products)), hidden
        for product in products:
            if len(product.free) > 1 and not self._indifferent(
                number, [trials[0], _rotated(trials[0], product.free)], product.free
            ):
                return Found(trials[0], pairs, tuple(products)), list(product.free)
        return Found(trials[0], pairs, tuple(products)), []

    def _indifferent(self, number: int, trials: Sequence[Specs], places: Sequence[Place]) -> bool:
        """Whether a piece is the same with the sizes at these places from any of the trials."""
        first = self.cut(trials[0]).pieces[number].graph
        for other in trials[1:]:
            shapes = [list(spec.shape) for spec in trials[0]]
            for array, dim in places:
                shapes[array][dim] = other[array].shape[dim]
            try:
                pieces = self.cut(_shaped(trials[0], shapes)).pieces
            except DovetailError:
                return False
            if number >= len(pieces) or pieces[number].graph != first:
                return False
        return True

    def _flexible_plan(
        self, first: Cut, example: Specs, varying: Sequence[Place], found: Sequence[Found]
    ) -> SegmentPlan:
        places = frozenset(varying)
        shapes = tuple(
            (
                spec.dtype.name,
                tuple(None if (a, d) in places else s for d, s in enumerate(spec.shape)),
            )
            for a, spec in enumerate(example)
        )
        key = shapes, first.skeleton, tuple((each.places, each.products) for each in found)
        with self._lock:
            parts = self._flexible.get(key)
            if parts is None:
                parts = self._flexible[key] = tuple(
                    Segment(self.operation, number, piece, how)
                    for number, (piece, how) in enumerate(zip(first.pieces, found, strict=True))
                )
        return _plan(first, parts, self.operation.arrays)


def _shaped(specs: Specs, shapes: Sequence[Sequence[int]]) -> Specs:
    return tuple(
        ArraySpec(tuple(shape), spec.dtype) for shape, spec in zip(shapes, specs, strict=True)
    )


def _rotated(specs: Specs, places: Sequence[Place]) -> Specs:
    """The specs with the sizes at these places in each other's place."""
    shapes = [list(spec.shape) for spec in specs]
    sizes = [shapes[array][dim] for array, dim in places]
    for (array, dim), size in zip(places, [*sizes[1:], sizes[0]], strict=True):
        shapes[array][dim] = size
    return _shaped(specs, shapes)


def _product(
    column: Sequence[int], own: Place, columns: Mapping[Place, Sequence[int]], known: set[Place]
) -> Product | None:
    """A size, as a product with sizes that are not known yet; in each trial, as in the first."""
    for count in range(1, _FACTORS + 1):
        for places in itertools.combinations(columns, count):
            free = tuple(place for place in places if place not in known)
            products = list(map(math.prod, zip(*(columns[place] for place in places), strict=True)))
            factor = column[0] // products[0] if products[0] else 0
            if free and factor and all(
                size == factor * product for size, product in zip(column, products, strict=True)
            ):  # fmt: skip
                rest = tuple(place for place in places if place in known)
                return Product(own, factor, rest, free)
    return None


def _plan(whole: Cut, parts: Sequence[Segment], arrays: int) -> SegmentPlan:
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
    return SegmentPlan(steps, whole.outputs, dead)


def _remember(known: dict[Specs, Any], specs: Specs, value: Any) -> None:
    if len(known) >= CACHE_SIZE:
        known.clear()
    known[specs] = value


def segments(operation: Operation) -> Segments:
    """The plans of an operation."""
    found = operation.parts
    if found is None:
        with operation.lock:
            found = operation.parts = operation.parts or Segments(operation)
    return found
