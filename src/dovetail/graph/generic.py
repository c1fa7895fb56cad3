"""Passes that run once for all sizes: the schedule of a graph, its derivative.

`SizeGeneric(run, filler)` calls `run` on the first graph of a structure. On the second one, which
differs in its sizes alone, `run` is recorded with symbolic sizes (sizes.py), and the result becomes
a template. For later sizes, `filler` puts their numbers into that template. If a guard fails,
because `run` would decide something else, it is recorded for these sizes as well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar, cast

from dovetail.graph.node import Graph, Node, intern, topological
from dovetail.graph.primitives.declared import OwnRule
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.sizes import Recording, Replay, is_recorded

Result = TypeVar("Result")
Values = tuple[Any, ...]
Strides = Sequence[tuple[int, ...] | None]
Fill = Callable[[Graph, Values], Result]
Attrs = tuple[tuple[str, Any], ...]

CACHED = 1024  # structures that one pass knows
SPECIALISATIONS = 16  # recordings kept for one structure
_SIZED = frozenset({"shape", "sizes", "starts", "extent"})  # attributes that hold sizes


class _Structure:
    """A graph without its sizes: the key; and the sizes, each once, in the order they are met."""

    def __init__(self, graph: Graph, strides: Strides) -> None:
        self.rules: dict[Any, int] = {}  # of declared derivatives
        # A number that is a size and a stride, or a size and a float, may be two at other sizes.
        self.sizes: dict[int, int] = {}
        self.reals: dict[float, int] = {}
        self.strides: dict[int, int] = {}
        self._tuples: dict[tuple[int, ...], Hashable] = {}
        numbers: dict[Node, int] = {}
        key: list[Hashable] = [len(graph.inputs)]
        for node in (*graph.inputs, *topological(graph.outputs)):
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
        key += [stride and tuple(map(self._stride, stride)) for stride in strides]
        self.key = tuple(key)

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
                number = self.rules.setdefault(value, len(self.rules))
                yield value if isinstance(value, OwnRule) else number
            else:
                yield value, type(value)

    def _sizes(self, sizes: tuple[int, ...]) -> Hashable:
        found = self._tuples.get(sizes)
        if found is None:
            found = self._tuples[sizes] = tuple(map(self._size, sizes))
        return found

    def _size(self, value: int) -> int:
        return value - 2 if -2 < value < 2 else self.sizes.setdefault(value, len(self.sizes))

    def _stride(self, value: int) -> int:
        return value - 2 if -2 < value < 2 else self.strides.setdefault(value, len(self.strides))

    def numbers(self) -> Iterable[float]:
        """What a recording is given."""
        return (*self.sizes, *self.reals, *self.strides)

    def recorded(
        self, recording: Recording, graph: Graph, strides: Strides
    ) -> tuple[Graph, Strides]:
        """The graph and the strides, with recorded numbers in them."""
        given = {key: recording.input(key) for key in self.sizes}
        reals = {key: recording.input(key) for key in self.reals}
        steps = {key: recording.input(key) for key in self.strides}

        def attr(op: str, name: str, value: Any) -> Any:
            if name not in _SIZED and (op != "size" or name != "value"):
                return value
            if isinstance(value, float):
                return reals[value]
            if isinstance(value, int):
                return given.get(value, value)
            return tuple([given.get(size, size) for size in cast("tuple[int, ...]", value)])

        done: dict[Node, Node] = {}
        for node in (*graph.inputs, *topological(graph.outputs)):
            args = tuple(done[arg] for arg in node.args)
            attrs = tuple((name, attr(node.op, name, value)) for name, value in node.attrs)
            shape = tuple(given.get(size, size) for size in node.shape)
            done[node] = intern(node.primitive, args, attrs, shape, node.dtype, node.source)
        inputs, outputs = (tuple(map(done.__getitem__, n)) for n in (graph.inputs, graph.outputs))
        moved = [s and tuple(steps.get(step, step) for step in s) for s in strides]
        return Graph(inputs, outputs), moved


class SizeGeneric(Generic[Result]):
    """`run(graph, strides, *static)`, once for all sizes; `filler(result)(graph, values)`.

    `rules`: the run calls rules of declared derivatives. A user's own rule cannot be recorded.
    """

    def __init__(
        self,
        run: Callable[..., Result],
        filler: Callable[[Result], Fill[Result]],
        *,
        rules: bool = False,
    ) -> None:
        self._run, self._filler, self._rules = run, filler, rules
        self._lock = threading.Lock()
        self._specialised: dict[Hashable, tuple[tuple[Replay, Fill[Result]], ...]] = {}

    def __call__(self, graph: Graph, *static: Hashable, strides: Strides = ()) -> Result:
        structure = _Structure(graph, strides)
        called = tuple(structure.rules) if self._rules else ()
        if structure.has_arrays or not all(isinstance(rule, OwnRule) for rule in called):
            return self._run(graph, strides, *static)
        key = structure.key, static, called
        specialised = self._specialised.get(key)
        if specialised is None:  # the first of its kind, and perhaps the only one
            result = self._run(graph, strides, *static)
            with self._lock:
                if len(self._specialised) >= CACHED:
                    self._specialised.clear()
                self._specialised.setdefault(key, ())
            return result
        numbers = structure.numbers()
        for replay, fill in specialised:
            values = replay(*numbers)
            if values is not None:
                return fill(graph, values)
        recording = Recording()
        seen, moved = structure.recorded(recording, graph, strides)
        fill = self._filler(self._run(seen, moved, *static))
        replay = recording.replay()
        values = replay(*numbers)
        assert values is not None, "a recording does not fit the sizes that it was made with"
        with self._lock:
            known = self._specialised.get(key, ())
            self._specialised[key] = ((replay, fill), *known[: SPECIALISATIONS - 1])
        return fill(graph, values)


def filled_number(value: Any, values: Values) -> Any:
    """A number of a result, for other sizes."""
    return values[value.place] if is_recorded(value) else value


def numbers(found: Iterable[Any], values: Values) -> tuple[Any, ...]:
    """As `filled_number`, for each of several."""
    return tuple([values[n.place] if is_recorded(n) else n for n in found])


class Template:
    """A graph that is built again for other sizes: on given first inputs, and fresh ones."""

    def __init__(self, graph: Graph) -> None:
        self._inputs, self._outputs = graph.inputs, graph.outputs
        given = set(graph.inputs)
        self._shapes: dict[int, tuple[int, ...]] = {}
        self._steps: list[tuple[Node, bool]] = []  # and whether its attributes hold numbers
        for node in topological(graph.outputs):
            if node not in given:
                self._shapes[id(node.shape)] = node.shape
                self._steps.append((node, any(_holds_numbers(value) for _, value in node.attrs)))

    def filled(self, graph: Graph, values: Values) -> Graph:
        """The graph, whose first inputs are now those of this one."""
        first = len(graph.inputs)
        fresh = [
            fresh_input(node, "given", numbers(node.shape, values)) for node in self._inputs[first:]
        ]
        inputs = (*graph.inputs, *fresh)
        done = dict(zip(self._inputs, inputs, strict=True))
        shapes = {key: numbers(shape, values) for key, shape in self._shapes.items()}
        for node, varies in self._steps:
            attrs = node.attrs
            if varies:
                attrs = tuple([(name, _filled(value, values)) for name, value in attrs])
            args = tuple([done[arg] for arg in node.args])
            shape = shapes[id(node.shape)]
            done[node] = intern(node.primitive, args, attrs, shape, node.dtype, node.source)
        return Graph(inputs, tuple([done[node] for node in self._outputs]))


def _holds_numbers(value: Any) -> bool:
    return any(map(is_recorded, value)) if isinstance(value, tuple) else is_recorded(value)  # pyright: ignore[reportUnknownArgumentType]


def _filled(value: Any, values: Values) -> Any:
    return numbers(value, values) if isinstance(value, tuple) else filled_number(value, values)  # pyright: ignore[reportUnknownArgumentType]
