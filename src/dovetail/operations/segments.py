"""Operations with library calls: their subgraphs as operations, for any host.

`segments(operation).plan(specs)` says how an operation runs on arrays of given shapes and types:
its steps (splitting.py), with an operation, a `Segment`, for each subgraph. A segment is an
operation like any other, with derivatives of its own; a host registers it once and calls
it for every shape.

The graph of a segment does not follow from the shapes of its own arrays: in
`q @ k.T / sqrt(d)` the size d is a constant of the subgraph after the product. So a segment
knows the graphs for the shapes that a plan was made for, and refuses others. Where a host
compiles for sizes that are not known yet, `for_varying_sizes` makes segments that recover the
operation's shapes from those of their own arrays, for the sizes where that is possible; the
host fixes the others.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import DovetailError, StructureError
from dovetail.graph.node import Graph
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import (
    Attachment,
    Operation,
    Specs,
    in_given_types,
    remember,
    same_kind,
)
from dovetail.operations.splitting import Call, SplitGraph, Subgraph, View, split_graph

Dim = tuple[int, int]  # the number of an array, and a dimension of it

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
    """A subgraph, as a call of its operation."""

    segment: Segment
    subgraph: Subgraph

    @property
    def outputs(self) -> range:
        """The numbers of the values that it makes."""
        return range(self.subgraph.first, self.subgraph.first + len(self.subgraph.graph.outputs))


@dataclass(frozen=True)
class HostFunctions:
    """A host's own functions between segments: views and library calls by name.

    `constant`: an array without its derivative.
    """

    views: Mapping[str, Callable[..., Any]]  # (array, fixed, *sizes)
    library: Mapping[str, Callable[..., Any]]  # (call, *arrays)
    constant: Callable[[Any], Any]

    def viewed(self, values: Sequence[Any], view: View) -> Any:
        """One of the values, with views applied."""
        array = values[view.value]
        for view_op in view.ops:
            array = self.views[view_op.op](array, view_op.fixed, *view_op.sizes)
        return array


@dataclass(frozen=True)
class SegmentPlan:
    """What a host runs. After step n, the values `dead[n]` are needed no more."""

    steps: tuple[Run | Call, ...]
    outputs: tuple[View, ...]
    dead: tuple[tuple[int, ...], ...]

    def run(
        self, arrays: Sequence[Any], host: HostFunctions,
        call: Callable[[Segment, list[Any], Sequence[int]], Sequence[Any]],
    ) -> list[Any]:  # fmt: skip
        """The outputs. `call` runs a segment on arrays, and floats by their numbers."""
        values = list(arrays)
        for step, dead in zip(self.steps, self.dead, strict=True):
            if isinstance(step, Run):
                inputs = [host.viewed(values, view) for view in step.subgraph.arrays]
                for number, constant in enumerate(step.subgraph.constant):
                    if constant:
                        inputs[number] = host.constant(inputs[number])
                values += call(step.segment, inputs, step.subgraph.floats)
            else:
                operands = [host.viewed(values, view) for view in step.operands]
                values.append(host.library[step.op](step, *operands))
            for number in dead:
                values[number] = None
        return [host.viewed(values, view) for view in self.outputs]


@dataclass(frozen=True)
class Product:
    """A size of a segment's array is `factor` times the sizes at these dims.

    Where several of them follow from nothing else, any sizes with that product are used.
    """

    own: Dim
    factor: int
    known: tuple[Dim, ...]
    free: tuple[Dim, ...]

    def split(self, size: int) -> list[int] | None:
        """Sizes of 2 and more for the free dims, if the size has so many factors."""
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
class ShapeRecovery:
    """How the operation's shapes follow from those of a segment's arrays.

    `dims`: for a size of the operation's arrays that varies, where a segment's array has
    it; `products`: for others. Sizes that are not listed are as in `example`.
    """

    example: Specs
    dims: tuple[tuple[Dim, Dim], ...]
    products: tuple[Product, ...]


class Segment(Operation):
    """Subgraph `number` of an operation."""

    def __init__(
        self, parts: Segments, number: int, subgraph: Subgraph, found: ShapeRecovery | None = None
    ) -> None:
        whole = parts.operation
        name = f"{whole.name}_part{number}"
        super().__init__(name, len(subgraph.arrays), len(subgraph.floats))
        self.whole, self.parts, self.number, self.found = whole, parts, number, found
        self._whole_specs: dict[Specs, Specs] = {}
        self._learned: dict[Specs, Graph] = {}  # for parts of arrays

    def learn(self, specs: Specs, graph: Graph) -> None:
        """Register the graph for parts of arrays, unless there is one for these specs."""
        with self.lock:
            if specs not in self._whole_specs:
                self._learned.setdefault(specs, graph)

    def register(self, specs: Specs, graph: Graph, whole_specs: Specs) -> bool:
        """Register this graph for these specs; false on conflict."""
        with self.lock:
            if specs in self._whole_specs:
                known = self.graph(specs)
                return known.inputs == graph.inputs and known.outputs == graph.outputs
            if self._learned.get(specs, graph) != graph:
                return False
            self._whole_specs[specs] = whole_specs
            self._graphs[specs] = graph
            return True

    def _build(self, specs: Specs) -> Graph:
        whole_specs = self._whole_specs.get(specs)
        if whole_specs is None and specs in self._learned:
            return self._learned[specs]
        if whole_specs is None:
            graph = self._for_other_widths(specs)
            if graph is not None:
                return graph
            whole_specs = self._recover(specs)
        subgraphs = self.parts.split(whole_specs).subgraphs
        if self.number < len(subgraphs):
            graph = subgraphs[self.number].graph
            if graph.input_specs[: self.arrays] == specs:
                return graph
        raise self._unknown_shapes(specs)

    def _for_other_widths(self, specs: Specs) -> Graph | None:
        """The graph for arrays like some known ones, but for the widths of their types.

        A framework's library call may return another integer or floating type than the graph has.
        """
        for known in self._whole_specs:
            pairs = list(zip(known, specs, strict=True))
            if all(a.shape == b.shape for a, b in pairs) and all(
                a.dtype is b.dtype or same_kind(a.dtype, b.dtype) for a, b in pairs
            ):
                return in_given_types(self.graph(known), specs)
        return None

    def _recover(self, specs: Specs) -> Specs:
        """The specs of the whole operation's arrays."""
        if self.found is None or len(specs) != self.arrays:
            raise self._unknown_shapes(specs)
        shapes = [list(spec.shape) for spec in self.found.example]
        for (array, dim), (own, own_dim) in self.found.dims:
            if own_dim >= len(specs[own].shape):
                raise self._unknown_shapes(specs)
            shapes[array][dim] = specs[own].shape[own_dim]
        for product in self.found.products:
            own, own_dim = product.own
            if own_dim >= len(specs[own].shape):
                raise self._unknown_shapes(specs)
            known = product.factor * math.prod(shapes[a][d] for a, d in product.known)
            size = specs[own].shape[own_dim]
            parts = product.split(size // known) if known and size % known == 0 else None
            if parts is None:
                raise self._unknown_shapes(specs)
            for (array, dim), part in zip(product.free, parts, strict=True):
                shapes[array][dim] = part
        return _with_shapes(self.found.example, shapes)

    def _unknown_shapes(self, specs: Specs) -> StructureError:
        known = [tuple(spec.shape for spec in each) for each in self._whole_specs]
        if self.found is not None:
            known.append(tuple(spec.shape for spec in self.found.example))
        return other_shapes(self.whole.name, specs, known[-1:])


class Segments:
    """The plans of one operation, and its segments.

    `takes_bias`: the host's convolutions and products take the bias that is added to them.
    """

    def __init__(self, operation: Operation, takes_bias: bool = False) -> None:
        self.operation, self.takes_bias = operation, takes_bias
        self._lock = threading.RLock()
        self._splits: dict[Specs, SplitGraph] = {}
        self._plans: dict[Specs, SegmentPlan] = {}
        self._known: dict[tuple[int, int, int, int], list[Segment]] = {}
        self._for_varying: dict[object, tuple[Segment, ...]] = {}

    def split(self, specs: Specs) -> SplitGraph:
        """The steps of the operation for these specs."""
        found = self._splits.get(specs)
        if found is None:
            graph = self.operation.graph(specs)
            split = split_graph(graph, self.operation.arrays, self.takes_bias)
            found = remember(self._splits, specs, split)
        return found

    def plan(self, specs: Specs) -> SegmentPlan:
        """The plan for arrays like these."""
        found = self._plans.get(specs)
        if found is None:
            with self._lock:
                subgraphs = self.split(specs).subgraphs
                parts = [self._segment(n, subgraph, specs) for n, subgraph in enumerate(subgraphs)]
                plan = _plan(self.split(specs), parts, self.operation.arrays)
                found = remember(self._plans, specs, plan)
        return found

    def _segment(self, number: int, subgraph: Subgraph, whole_specs: Specs) -> Segment:
        key = number, len(subgraph.arrays), len(subgraph.floats), len(subgraph.graph.outputs)
        known = self._known.setdefault(key, [])
        specs = subgraph.graph.input_specs[: len(subgraph.arrays)]
        for segment in known:
            if segment.register(specs, subgraph.graph, whole_specs):
                return segment
        known.append(Segment(self, number, subgraph))
        known[-1].register(specs, subgraph.graph, whole_specs)
        return known[-1]

    def for_varying_sizes(
        self, trials: Sequence[Specs], varying: Sequence[Dim]
    ) -> tuple[SegmentPlan, list[Dim]]:
        """A plan for the first of `trials` whose segments work at all sizes; and dims to fix.

        In the trials the sizes at the dims `varying` differ, each by steps of its own. Those that
        are returned cannot be recovered from a segment's arrays: the host fixes them, and calls
        this again. The trials must run the same steps.
        """
        splits = [self.split(specs) for specs in trials]
        assert len({each.skeleton for each in splits}) == 1, "splits that differ"
        recoveries: list[ShapeRecovery] = []
        to_fix: dict[Dim, None] = {}
        for number in range(len(splits[0].subgraphs)):
            recovery, unrecoverable = self._recovery(number, splits, trials, varying)
            recoveries.append(recovery)
            to_fix.update(dict.fromkeys(unrecoverable))
        return self._varying_plan(splits[0], trials[0], varying, recoveries), list(to_fix)

    def _recovery(
        self,
        number: int,
        splits: Sequence[SplitGraph],
        trials: Sequence[Specs],
        varying: Sequence[Dim],
    ) -> tuple[ShapeRecovery, list[Dim]]:
        """How one subgraph recovers the sizes; and the dims that it needs and cannot recover."""
        subgraphs = [each.subgraphs[number] for each in splits]
        inputs = [each.graph.input_specs[: len(each.arrays)] for each in subgraphs]
        own = {
            tuple(specs[array].shape[dim] for specs in inputs): (array, dim)
            for array, spec in enumerate(inputs[0])
            for dim in range(len(spec.shape))
        }
        columns = {
            (array, dim): tuple(specs[array].shape[dim] for specs in trials)
            for array, dim in varying
        }
        pairs = tuple((which, own[column]) for which, column in columns.items() if column in own)
        known = {which for which, _ in pairs}
        products: list[Product] = []
        for column, which in own.items():
            product = _product(column, which, columns, known)
            if product is not None:
                products.append(product)
                known.update(product.free)
        unrecoverable = [which for which in varying if which not in known]
        if unrecoverable and not self._is_unaffected(number, trials, unrecoverable):
            return ShapeRecovery(trials[0], pairs, tuple(products)), unrecoverable
        for product in products:
            if len(product.free) > 1 and not self._is_unaffected(
                number, [trials[0], _with_sizes_rotated(trials[0], product.free)], product.free
            ):
                return ShapeRecovery(trials[0], pairs, tuple(products)), list(product.free)
        return ShapeRecovery(trials[0], pairs, tuple(products)), []

    def _is_unaffected(self, number: int, trials: Sequence[Specs], dims: Sequence[Dim]) -> bool:
        """Whether a subgraph is the same with the sizes at these dims from any of the trials."""
        first = self.split(trials[0]).subgraphs[number].graph
        for other in trials[1:]:
            shapes = [list(spec.shape) for spec in trials[0]]
            for array, dim in dims:
                shapes[array][dim] = other[array].shape[dim]
            try:
                subgraphs = self.split(_with_shapes(trials[0], shapes)).subgraphs
            except DovetailError:
                return False
            if number >= len(subgraphs) or subgraphs[number].graph != first:
                return False
        return True

    def _varying_plan(
        self,
        first: SplitGraph,
        example: Specs,
        varying: Sequence[Dim],
        found: Sequence[ShapeRecovery],
    ) -> SegmentPlan:
        dims = frozenset(varying)
        shapes = tuple(
            (
                spec.dtype.name,
                tuple(None if (a, d) in dims else s for d, s in enumerate(spec.shape)),
            )
            for a, spec in enumerate(example)
        )
        key = shapes, first.skeleton, tuple((each.dims, each.products) for each in found)
        with self._lock:
            parts = self._for_varying.get(key)
            if parts is None:
                parts = self._for_varying[key] = tuple(
                    Segment(self, number, subgraph, how)
                    for number, (subgraph, how) in enumerate(
                        zip(first.subgraphs, found, strict=True)
                    )
                )
        return _plan(first, parts, self.operation.arrays)


def _with_shapes(specs: Specs, shapes: Sequence[Sequence[int]]) -> Specs:
    return tuple(
        ArraySpec(tuple(shape), spec.dtype) for shape, spec in zip(shapes, specs, strict=True)
    )


def _with_sizes_rotated(specs: Specs, dims: Sequence[Dim]) -> Specs:
    """The specs with the sizes at these dims swapped round."""
    shapes = [list(spec.shape) for spec in specs]
    sizes = [shapes[array][dim] for array, dim in dims]
    for (array, dim), size in zip(dims, [*sizes[1:], sizes[0]], strict=True):
        shapes[array][dim] = size
    return _with_shapes(specs, shapes)


def _product(
    column: Sequence[int], own: Dim, columns: Mapping[Dim, Sequence[int]], known: set[Dim]
) -> Product | None:
    """A size, as a product with sizes that are not known yet; in each trial, as in the first."""
    for count in range(1, _FACTORS + 1):
        for dims in itertools.combinations(columns, count):
            free = tuple(which for which in dims if which not in known)
            products = list(map(math.prod, zip(*(columns[which] for which in dims), strict=True)))
            factor = column[0] // products[0] if products[0] else 0
            if free and factor and all(
                size == factor * product for size, product in zip(column, products, strict=True)
            ):  # fmt: skip
                rest = tuple(which for which in dims if which in known)
                return Product(own, factor, rest, free)
    return None


def _plan(whole: SplitGraph, parts: Sequence[Segment], arrays: int) -> SegmentPlan:
    remaining = iter(parts)
    steps = tuple(
        Run(next(remaining), step) if isinstance(step, Subgraph) else step for step in whole.steps
    )
    last: dict[int, int] = {}
    for number, step in enumerate(steps):
        for view in step.subgraph.arrays if isinstance(step, Run) else step.operands:
            last[view.value] = number
        for value in step.outputs if isinstance(step, Run) else (step.value,):
            last.setdefault(value, number)
    for view in whole.outputs:
        last.pop(view.value, None)
    dead = tuple(
        tuple(value for value, at in last.items() if at == number and value >= arrays)
        for number in range(len(steps))
    )
    return SegmentPlan(steps, whole.outputs, dead)


_segments = Attachment(Segments)
_with_bias = Attachment[Segments](lambda operation: Segments(operation, takes_bias=True))


def segments(operation: Operation, takes_bias: bool = False) -> Segments:
    """The plans of an operation, for a host whose calls take a bias or for others."""
    return (_with_bias if takes_bias else _segments).of(operation)
