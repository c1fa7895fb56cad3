"""Passes that run once for all sizes: the schedule of a graph, its derivative.

`SizeGeneric(run, filler)` calls `run` on the first graph of a structure. On the second one, which
differs in its sizes alone, `run` is recorded with symbolic sizes (sizes.py), and the result becomes
a template. For later sizes, `filler` puts their numbers into that template. If a guard fails,
because `run` would decide something else, it is recorded for these sizes as well.

A graph that is such a result (`FilledGraph`) is known by its template and its numbers: the passes
behind find what they have recorded for it without a look at its nodes, which are made where they
are asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar, cast

from dovetail.graph.node import Answer, ArraySpec, Graph, Node, Nodes, intern
from dovetail.graph.primitives.declared import OwnRule
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.sizes import Recording, Replay, is_recorded

Result = TypeVar("Result")
Values = tuple[Any, ...]  # every number of a recording, at its place
Strides = Sequence[tuple[int, ...] | None]
Fill = Callable[[Graph, Values], Result]
Attrs = tuple[tuple[str, Any], ...]

CACHED = 1024  # structures that one pass knows
SPECIALISATIONS = 16  # recordings kept for one structure
_SIZED = frozenset({"shape", "sizes", "starts", "extent", "length"})  # attributes that hold sizes


class _Structure:
    """A graph without its sizes: the key; and the sizes, each once, in the order they are met."""

    repeated = False

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.rules: dict[Any, int] = {}  # of declared derivatives
        # A number that is a size and a float may be two at other sizes.
        self.sizes: dict[int, int] = {}
        self.reals: dict[float, int] = {}
        self._tuples: dict[tuple[int, ...], Hashable] = {}
        numbers: dict[Node, int] = {}
        key: list[Hashable] = [len(graph.inputs)]
        for node in (*graph.inputs, *graph.nodes):
            if node not in numbers:
                numbers[node] = len(numbers)
                op = node.primitive.name
                shape = self._tuples.get(node.shape)
                key += (op, node.dtype.name, self._sizes(node.shape) if shape is None else shape)
                if node.primitive.category == "indexing":
                    key.append(node.source)  # an index may be an error, which names the line
                if node.args:
                    key += [numbers[arg] for arg in node.args]
                if node.attrs:
                    key += self._attrs(op, node.attrs)
        self.has_arrays = "literal" in key  # two graphs with arrays in them are never alike
        key += [numbers[node] for node in graph.outputs]
        self.key: Hashable = tuple(key)
        self.numbers = (*self.sizes, *self.reals)

    def _attrs(self, op: str, attrs: Attrs) -> Iterable[Hashable]:
        for name, value in attrs:
            if name in ("shape", "dtype") or (name == "name" and op == "input"):
                continue  # the node's own; and which input it is says its place
            if isinstance(value, float):
                is_size = op == "size"
                yield self.reals.setdefault(value, len(self.reals)) if is_size else value.hex()
            elif name in _SIZED or (name == "value" and op == "size"):
                yield self._sizes(value if isinstance(value, tuple) else (value,))  # pyright: ignore[reportUnknownArgumentType]
            elif name == "rule":
                yield self.rules.setdefault(value, len(self.rules))
            else:
                yield value, type(value)

    def _sizes(self, sizes: tuple[int, ...]) -> Hashable:
        found = self._tuples.get(sizes)
        if found is None:
            found = self._tuples[sizes] = _numbered(sizes, self.sizes)
        return found

    def recorded(self, recording: Recording) -> Graph:
        """The graph with recorded numbers in it."""
        given = {key: recording.input(key) for key in self.sizes}
        reals = {key: recording.input(key) for key in self.reals}

        def attr(op: str, name: str, value: Any) -> Any:
            if name not in _SIZED and (op != "size" or name != "value"):
                return value
            if isinstance(value, float):
                return reals[value]
            if isinstance(value, int):
                return given.get(value, value)
            return tuple([given.get(size, size) for size in cast("tuple[int, ...]", value)])

        graph = self._graph
        done: dict[Node, Node] = {}
        for node in (*graph.inputs, *graph.nodes):
            args = tuple(done[arg] for arg in node.args)
            attrs = tuple((name, attr(node.op, name, value)) for name, value in node.attrs)
            shape = tuple(given.get(size, size) for size in node.shape)
            done[node] = intern(node.primitive, args, attrs, shape, node.dtype, node.source)
        return Graph(*(tuple(map(done.__getitem__, n)) for n in (graph.inputs, graph.outputs)))


def _numbered(values: tuple[int, ...], numbers: dict[int, int]) -> tuple[int, ...]:
    """Numbers as what the key says of them: which of those met it is; -3, -2 and -1 for -1 to 1."""
    return tuple([v - 2 if -2 < v < 2 else numbers.setdefault(v, len(numbers)) for v in values])


class FilledGraph(Graph):
    """A recorded graph with other numbers: at least the second of its structure."""

    repeated = True
    has_arrays = False
    rules: ClassVar[dict[Any, int]] = {}  # the template has them

    def __init__(self, template: Template, given: Nodes, values: Values) -> None:
        super().__init__(template.inputs_for(given, values))
        self.key: Hashable = template
        self._template, self._values = template, values
        self.numbers = tuple([values[place] for place in template.places])
        # Sizes of 0 and 1 are structure.
        self.is_short = any(n.__class__ is int and -2 < n < 2 for n in self.numbers)

    @cached_property
    def outputs(self) -> Nodes:
        """The values that it computes."""
        return self._template.outputs_for(self.inputs, self._values)

    @cached_property
    def output_specs(self) -> tuple[ArraySpec, ...]:
        """Shape and data type of each output."""
        return tuple([
            ArraySpec(numbers(node.shape, self._values), node.dtype)
            for node in self._template.graph.outputs
        ])  # fmt: skip

    def known(self, question: Callable[[Graph], Answer]) -> Answer:
        """The answer to a question about the maths, which is the same for all sizes; asked once."""
        return self._template.graph.known(question)

    def recorded(self, recording: Recording) -> Graph:
        """The graph with recorded numbers in it."""
        template = self._template
        values = dict(zip(template.places, map(recording.input, self.numbers), strict=True))
        inputs = tuple([_filled_node(node, (), values) for node in template.graph.inputs])
        return Graph(inputs, template.outputs_for(inputs, values))


def _structure_of(graph: Graph) -> _Structure | FilledGraph:
    """What a pass looks a graph up by."""
    if isinstance(graph, FilledGraph) and not graph.is_short:
        return graph
    found = graph.notes.get(_Structure)
    if found is None:
        found = graph.notes[_Structure] = _Structure(graph)
    return found


class SizeGeneric(Generic[Result]):
    """`run(graph, strides, *static)`, once for all sizes.

    `filler(result, recorded graph)(graph, values)` is the result for other sizes.
    `rules`: the run calls rules of declared derivatives. A user's own rule cannot be recorded.
    """

    def __init__(
        self,
        run: Callable[..., Result],
        filler: Callable[[Result, Graph], Fill[Result]],
        *,
        rules: bool = False,
    ) -> None:
        self._run, self._filler, self._rules = run, filler, rules
        self._lock = threading.Lock()
        self._specialised: dict[Hashable, tuple[tuple[Replay, Fill[Result]], ...]] = {}

    def __call__(self, graph: Graph, *static: Hashable, strides: Strides = ()) -> Result:
        if strides:  # hosts keep what they make of these
            return self._made(graph, static, strides)
        if (self, static) not in graph.notes:
            graph.notes[self, static] = self._made(graph, static, ())
        return graph.notes[self, static]

    def _made(self, graph: Graph, static: tuple[Hashable, ...], strides: Strides) -> Result:
        structure = _structure_of(graph)
        called = tuple(structure.rules) if self._rules else ()
        if structure.has_arrays or not all(isinstance(rule, OwnRule) for rule in called):
            return self._run(graph, strides, *static)
        steps: dict[int, int] = {}  # a number that is a size and a stride may be two, too
        lying = tuple([stride and _numbered(stride, steps) for stride in strides])
        key = structure.key, static, called, lying
        specialised = self._specialised.get(key)
        if specialised is None and not structure.repeated:  # perhaps the only one of its kind
            result = self._run(graph, strides, *static)
            self._keep(key, ())
            return result
        given = (*structure.numbers, *steps)
        for replay, fill in specialised or ():
            values = replay(*given)
            if values is not None:
                return fill(graph, values)
        recording = Recording()
        seen = structure.recorded(recording)
        moved = {step: recording.input(step) for step in steps}
        made = self._run(
            seen, [s and tuple([moved.get(step, step) for step in s]) for s in strides], *static
        )
        fill = self._filler(made, seen)
        replay = recording.replay()
        values = replay(*given)
        assert values is not None, "a recording does not fit the sizes that it was made with"
        self._keep(key, ((replay, fill),))
        return fill(graph, values)

    def _keep(self, key: Hashable, more: tuple[tuple[Replay, Fill[Result]], ...]) -> None:
        with self._lock:
            if len(self._specialised) >= CACHED:
                self._specialised.clear()
            known = self._specialised.get(key, ())
            self._specialised[key] = (*more, *known)[:SPECIALISATIONS]


def filled_number(value: Any, values: Values) -> Any:
    """A number of a result, for other sizes."""
    return values[value.place] if is_recorded(value) else value


def numbers(found: Iterable[Any], values: Values) -> tuple[Any, ...]:
    """As `filled_number`, for each of several."""
    return tuple([values[n.place] if is_recorded(n) else n for n in found])


class Template:
    """A graph that a pass has made of the recorded graph `seen`, for graphs of other sizes."""

    def __init__(self, graph: Graph, seen: Graph) -> None:
        self.graph = graph
        given = {node: place for place, node in enumerate(seen.inputs)}
        self._given = [given.get(node) for node in graph.inputs]  # None: the pass made this input
        nodes = dict.fromkeys((*graph.inputs, *graph.nodes))
        self._inner = [node for node in nodes if node not in set(graph.inputs)]
        values = [value for node in nodes for value in (node.shape, *(v for _, v in node.attrs))]
        self.places = tuple(sorted({n.place for v in values for n in _items(v) if is_recorded(n)}))

    def __call__(self, graph: Graph, values: Values) -> Graph:
        """The graph for one of the structure of `seen`, and its numbers."""
        return FilledGraph(self, graph.inputs, values)

    def inputs_for(self, given: Nodes, values: Values) -> Nodes:
        """Inputs of other sizes: those given, and fresh ones."""
        return tuple([
            fresh_input(node, "given", numbers(node.shape, values))
            if place is None
            else given[place]
            for node, place in zip(self.graph.inputs, self._given, strict=True)
        ])  # fmt: skip

    def outputs_for(self, inputs: Nodes, values: Any) -> Nodes:
        """The outputs at inputs of other sizes."""
        done = dict(zip(self.graph.inputs, inputs, strict=True))
        for node in self._inner:
            done[node] = _filled_node(node, tuple([done[arg] for arg in node.args]), values)
        return tuple([done[node] for node in self.graph.outputs])


def _items(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)  # pyright: ignore[reportUnknownVariableType]


def _filled_node(node: Node, args: Nodes, values: Any) -> Node:
    """A node with other sizes and operands."""
    attrs = tuple([
        (name, numbers(value, values) if value.__class__ is tuple else filled_number(value, values))
        for name, value in node.attrs
    ])  # fmt: skip
    shape = numbers(node.shape, values)
    return intern(node.primitive, args, attrs, shape, node.dtype, node.source)
