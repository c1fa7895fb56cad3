"""Writes a call of a definition: traced for several sizes, with formulas for the numbers in it.

A definition that branches on a size is refused (branches.py), because it is not one graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import DovetailError, SerialisationError, TraceError, raised_at
from dovetail.extension.exact import exact_key
from dovetail.files import branches, trees
from dovetail.files.calls import SavedCall
from dovetail.files.graphs import GraphWriter
from dovetail.files.records import FileFault
from dovetail.files.trees import Leaf, filled
from dovetail.graph.dtypes import DType, float64
from dovetail.graph.node import Array, ArraySpec, Graph, Node, Nodes, transform
from dovetail.graph.primitives.scan import Body, bodies_in, body_of, scan
from dovetail.language import operands
from dovetail.language.trace import NumberSpec, ScalarSpec, WeakSpec, trace
from dovetail.language.tree import LEAF, Tree, map_leaves
from dovetail.operations.sized_composite import NoFormulaError, SizedGraph, sized_graph
from dovetail.operations.sizes import STEPS, Values

_SPECS = (ArraySpec, WeakSpec, ScalarSpec, NumberSpec)


def is_spec(value: Any) -> bool:
    """Whether a leaf of arguments stands for an array or a float."""
    return isinstance(value, _SPECS)


@dataclass(frozen=True)
class Subject:
    """What is written: its name and line, for messages, and how it is called on tracers.

    `call(values)`: the result for one value for each argument.
    """

    name: str
    location: str | None
    call: Callable[[list[Any]], Any]

    def refused(self, reason: str, remedy: str) -> SerialisationError:
        """The error where it cannot be written."""
        return SerialisationError(
            f"{self.name} cannot be saved: {reason}",
            "maths in which every size is a product or a sum of the arguments' sizes",
            remedy,
            self.location,
        )


class _Sizes:
    """The dimensions of a call's arrays that may vary."""

    def __init__(self, leaves: Sequence[Any], varying: Sequence[bool]) -> None:
        self.leaves = leaves
        self.dims = [
            (number, dim)
            for number, (leaf, varies) in enumerate(zip(leaves, varying, strict=True))
            if varies and isinstance(leaf, (ArraySpec, WeakSpec))
            for dim in range(len(leaf.shape))
        ]
        self.given: Values = tuple(leaves[number].shape[dim] for number, dim in self.dims)

    def at(self, values: Sequence[int]) -> list[Any]:
        """The leaves with these sizes."""
        shapes: list[list[int]] = [list(getattr(leaf, "shape", ())) for leaf in self.leaves]
        for (number, dim), value in zip(self.dims, values, strict=True):
            shapes[number][dim] = value
        return [_reshaped(leaf, tuple(s)) for leaf, s in zip(self.leaves, shapes, strict=True)]

    def alike(self, place: int) -> list[int]:
        """The dimensions that have the size of this one."""
        return [n for n, size in enumerate(self.given) if size == self.given[place]]


def _reshaped(leaf: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(leaf, ArraySpec):
        return ArraySpec(shape, leaf.dtype)
    return WeakSpec(shape, leaf.weak) if isinstance(leaf, WeakSpec) else leaf


class _Tracing:
    """The graphs of one call for different sizes, and their results, which must be equal."""

    def __init__(self, subject: Subject, template: Any, sizes: _Sizes) -> None:
        self.subject, self.template, self.sizes = subject, template, sizes
        self.graphs: dict[Values, Graph] = {}
        # The result with marks for arrays, and the default types of those that are weak.
        self.results: dict[Values, tuple[Any, list[DType | None]]] = {}

    def run(self, values: Sequence[Any]) -> tuple[Graph, Any, list[DType | None]]:
        """Trace for sizes, which may be recorded numbers."""
        weak: list[DType | None] = []
        results: list[Any] = []

        def call(*leaves: Any) -> Any:
            return self.subject.call(filled(self.template, leaves))

        def read(function: Any, result: Any) -> tuple[list[Node], Tree]:
            nodes: list[Node] = []

            def marked(leaf: Any) -> Any:
                if leaf is None:  # no cotangent
                    return None
                node, default = operands.operand(leaf)
                nodes.append(node)
                weak.append(default)
                return Leaf(len(nodes) - 1)

            results.append(map_leaves(marked, result))
            return nodes, LEAF

        graph = trace(call, self.sizes.at(values), read=read).graph
        return graph, results[0], weak

    def keep(self, values: Values) -> None:
        """Forget the graphs for all other sizes."""
        self.graphs = {values: self.graphs[values]}

    def at(self, values: Values) -> Graph:
        """The graph for sizes."""
        if values not in self.graphs:
            try:
                graph, result, weak = self.run(values)
            except DovetailError:
                raise
            except Exception as reason:  # the definition's own; other sizes may do
                raise TraceError(
                    f"{self.subject.name} raised {reason!r:.200}{raised_at(reason)}",
                    "a definition that takes arrays of these sizes",
                    location=self.subject.location,
                ) from reason
            self.graphs[values], self.results[values] = graph, (result, weak)
        return self.graphs[values]


def written(
    subject: Subject, values: Sequence[Any], arrays: dict[str, Array], fixed: int = 0
) -> dict[str, Any]:
    """A call as a record; the arrays that its maths holds are added to `arrays`.

    `values`: one for each argument, with specs for arrays and floats. The arrays of the first
    `fixed` arguments keep their sizes.
    """
    template, leaves, varying = _templated(values, fixed)
    tracing = _Tracing(subject, template, _Sizes(leaves, varying))
    example = _example(tracing)
    try:
        example, sized = _sized(tracing, example)
        record = _written(tracing, sized, example, arrays)
    except NoFormulaError as reason:
        raise subject.refused(str(reason), _REMEDY) from None
    except FileFault as reason:
        raise subject.refused(reason.found, _REMEDY) from None
    _check_branches(tracing, sized, example, SavedCall.of(record, arrays, subject.name))
    return record


def _sized(tracing: _Tracing, example: Values) -> tuple[Values, SizedGraph]:
    """The graph with formulas for its numbers; a size that cannot vary is the one it was given."""
    while True:
        sized = sized_graph(tracing.at, example, fixing=True)
        varying = {place for group in sized.groups for place in group}
        given = enumerate(tracing.sizes.given)
        wanted = tuple(example[n] if n in varying else size for n, size in given)
        if wanted == example:
            return example, sized
        example = wanted


def _example(tracing: _Tracing) -> Values:
    """Sizes to trace the call for, such that few of the numbers in it are equal by chance.

    Sizes of 0 and 1 broadcast, and nodes that are equal for some sizes become one. So each size is
    replaced by a prime: in its place alone if the maths takes that, otherwise wherever it occurs.
    """
    sizes = tracing.sizes
    found = sizes.given
    taken = _numbers_in(tracing.at(found))
    for place in range(len(found)):
        if found[place] != sizes.given[place]:
            continue
        size = next(n for n in _PRIMES if not taken & {n + more for more in _NEAR})
        taken.add(size)
        alike = sizes.alike(place)
        unchanged = [n for n in alike if found[n] == sizes.given[n]]
        for places in ([place], unchanged, alike):
            other = tuple(size if n in places else old for n, old in enumerate(found))
            try:
                tracing.at(other)
            except DovetailError:
                continue
            found = other
            break
    tracing.keep(found)
    return found


_PRIMES = [n for n in range(29, 4000) if all(n % d for d in range(2, 64) if d < n)]
_NEAR = {0, 1, 2, 3, *(turn * step for turn in (1, 2, 3) for step in STEPS)}


def _numbers_in(graph: Graph) -> set[int]:
    """The integers in a graph."""
    parts = (graph, *(body.graph for body in bodies_in(graph)))
    values = [value for part in parts for node in part for value in
              (node.shape, *(v for _, v in node.attrs))]  # fmt: skip
    flat = [n for value in values for n in (value if isinstance(value, tuple) else (value,))]
    return {n for n in flat if isinstance(n, int)}


def _written(
    tracing: _Tracing, sized: SizedGraph, example: Values, arrays: dict[str, Array]
) -> dict[str, Any]:
    """The record of a call."""
    sizes = tracing.sizes
    result, weak = tracing.results[example]
    writer = GraphWriter(arrays)
    graph = writer.graph(sized, tracing.at, example)
    groups = {variable: n for n, group in enumerate(sized.groups) for variable in group}
    shapes: list[list[Any]] = [list(getattr(leaf, "shape", ())) for leaf in sizes.at(example)]
    for variable, (number, dim) in enumerate(sizes.dims):
        if variable in groups:
            shapes[number][dim] = f"n{groups[variable]}"
    return {
        "arguments": [trees.written(each) for each in tracing.template],
        "leaves": [_written_leaf(*each) for each in zip(sizes.leaves, shapes, strict=True)],
        "sizes": [example[group[0]] for group in sized.groups],
        "formulas": writer.formulas,
        "graph": graph,
        "result": trees.written(result),
        "weak": [default and default.name for default in weak],
    }


_REMEDY = "write it without a decision by a size; ranks, types and static arguments may decide"


def _check_branches(
    tracing: _Tracing, sized: SizedGraph, example: Values, saved: SavedCall
) -> None:
    """Raises if the maths has another form for other sizes; it may refuse them."""
    subject = tracing.subject
    known = tracing.results[example], _literals(tracing.graphs[example])

    def is_same(values: Values) -> bool:
        """Whether the maths for these sizes is what the file gives for them."""
        graph = tracing.at(values)
        fixed = set(range(len(values))).difference(*sized.groups)
        others = [n for n in fixed if values[n] != example[n]]  # the file does not take these
        if any(example[n] == 1 for n in others):  # which broadcasts, as no other size does
            return True
        if (tracing.results[values], _literals(graph)) != known:
            return False
        if others:
            return sized.is_form_of(graph)
        sizes = [values[group[0]] for group in sized.groups]
        if sized.fits(graph, sizes):
            return True
        try:  # nodes that are equal for these sizes alone are one node, which is another form
            found = saved.outputs(graph.inputs, sizes)
        except SerialisationError:
            return False
        return _plain(found) == _plain(graph.outputs)

    def check(values: Values, line: str | None) -> None:
        if not is_same(values):
            where = f", by the comparison at {line}" if line else ""
            reason = f"for sizes {list(values)} its maths has another form than for {list(example)}"
            raise subject.refused(f"{reason}{where}, so it is not one graph", _REMEDY)

    for values in tuple(tracing.graphs):
        check(values, None)

    def spread(sizes: Sequence[Any]) -> list[Any]:
        values: list[Any] = list(example)
        for group, size in zip(sized.groups, sizes, strict=True):
            for variable in group:
                values[variable] = size
        return values

    start = [example[group[0]] for group in sized.groups]
    for sizes, line in branches.sizes_to_try(lambda numbers: tracing.run(spread(numbers)), start):
        values = tuple(spread(sizes))
        try:
            tracing.at(values)
        except Exception:  # the definition refuses these sizes
            continue
        check(values, line)


def _plain(outputs: Sequence[Node]) -> Nodes:
    """Values as one would write them for their sizes: equal ones are the same nodes.

    Without declared derivatives, and without broadcasts to the shape that a value has already,
    which other sizes need.
    """
    return transform(outputs, _without_effect)


def _without_effect(node: Node) -> Node:
    if node.op == "declared":
        return node.args[0]
    if node.op in ("broadcast", "slice") and node.args[0].shape == node.shape:
        rank = len(node.shape)
        attribute, whole = {
            "broadcast": ("dims", tuple(range(rank))), "slice": ("steps", (1,) * rank),
        }[node.op]  # fmt: skip
        if node.attr(attribute) == whole:
            return node.args[0]
    if node.primitive is scan:
        body: Body = node.attr("body")
        plain = body_of(*body.by_role(body.inputs), _plain(body.outputs), body.derivation)
        attrs = tuple((name, plain if name == "body" else value) for name, value in node.attrs)
        return scan.apply(node.args, attrs, node.source)
    return node


def _literals(graph: Graph) -> Any:
    """The arrays that a graph holds, by content."""
    parts = (graph, *(body.graph for body in bodies_in(graph)))
    return [
        exact_key(node.attr("array").value)
        for part in parts
        for node in part
        if node.op == "literal"
    ]


def _templated(values: Sequence[Any], fixed: int) -> tuple[list[Any], list[Any], list[bool]]:
    """The values with a mark for each spec, the specs, and whether their sizes may vary."""
    leaves: list[Any] = []
    varying: list[bool] = []
    template: list[Any] = []
    for number, value in enumerate(values):

        def marked(leaf: Any, number: int = number) -> Any:
            if not is_spec(leaf):
                return leaf
            leaves.append(NumberSpec(float64) if isinstance(leaf, ScalarSpec) else leaf)
            varying.append(number >= fixed)
            return Leaf(len(leaves) - 1)

        template.append(map_leaves(marked, value))
    return template, leaves, varying


def _written_leaf(leaf: Any, shape: Sequence[Any]) -> dict[str, Any]:
    if isinstance(leaf, NumberSpec):
        return {"float": True}
    if isinstance(leaf, WeakSpec):
        return {"dtype": leaf.weak.name, "shape": list(shape), "weak": True}
    return {"dtype": leaf.dtype.name, "shape": list(shape)}
