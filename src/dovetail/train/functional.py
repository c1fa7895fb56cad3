"""Models as graphs of calls: `x = dt.Input(784)`, layers called on it, `dt.Model(x, outputs)`.

A call on a symbol is recorded, and its shape inferred; nothing is computed. The model runs the
recorded calls. A layer that is called several times is shared.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import (
    ArgumentError,
    DefinitionError,
    ShapeError,
    StructureError,
)
from dovetail.extension.binding import Binding
from dovetail.extension.building import seeds_of
from dovetail.extension.layer import Layer
from dovetail.extension.layer_tree import LayerTree
from dovetail.graph.dtypes import DType, as_dtype, float32
from dovetail.graph.node import post_order
from dovetail.language.trace import ArraySpec, trace
from dovetail.language.tree import Tree, flatten, map_leaves, unflatten
from dovetail.train.naming import snake_case, unique

Shape = tuple[int | None, ...]

_BATCHES = (2, 3)  # sizes of the batch that shapes are inferred with
_LENGTH = 64  # times these: sizes of other axes that are not known


@dataclass(eq=False)
class Call:
    """A recorded call; `args` and `kwargs` are trees with symbols among their leaves."""

    function: Any
    args: Any
    kwargs: dict[str, Any]
    structure: Tree
    outputs: list[Symbol]


class Symbol:
    """An array that is not there yet: its shape, with None for the batch, and its data type.

    Another axis is None where its size may differ from batch to batch.
    """

    __array_ufunc__ = None  # NumPy's arrays leave operators to this class

    def __init__(self, shape: Shape, dtype: DType, call: Call | None, name: str = "") -> None:
        self.shape = shape
        self.dtype = dtype
        self.call = call  # None for an input
        self.name = name

    @property
    def ndim(self) -> int:
        """The number of axes, that of the examples included."""
        return len(self.shape)

    @property
    def one_example(self) -> ArraySpec:
        """Its shape and data type for a batch of one."""
        return _spec(self, 1)

    def __repr__(self) -> str:
        shape = ", ".join("n" if extent is None else str(extent) for extent in self.shape)
        return f"<{self.name or 'symbol'} ({shape}) {self.dtype}>"

    def __bool__(self) -> bool:
        raise DefinitionError(
            "the value of a symbol decides about the course of the program",
            "operations on arrays, since there are no values while a model is put together",
            "use dt.where, or write a subclass of dt.Model",
        )

    def __iter__(self) -> Iterator[Any]:
        raise DefinitionError(
            f"{self!r} was iterated over", "operations on arrays", "take parts by x[:, i]"
        )

    def __dovetail_call__(self, function: Any, args: Any, kwargs: Any) -> Any:
        """Record a call of a layer or extension (extension/dispatch.py)."""
        return recorded(function, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        return recorded(operator.getitem, (self, key), {})

    def __neg__(self) -> Any:
        return recorded(operator.neg, (self,), {})


def _operator(name: str) -> None:
    function = getattr(operator, name)

    def forward(self: Symbol, other: Any) -> Any:
        return recorded(function, (self, other), {})

    def reflected(self: Symbol, other: Any) -> Any:
        return recorded(function, (other, self), {})

    setattr(Symbol, f"__{name}__", forward)
    if name not in _COMPARISONS:
        setattr(Symbol, f"__r{name}__", reflected)


_COMPARISONS = ("lt", "le", "gt", "ge")
BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", *_COMPARISONS)
for _name in BINARY:
    _operator(_name)


def Input(  # noqa: N802  # as in Keras
    shape: int | Sequence[int | None], *, dtype: Any = float32, name: str | None = None
) -> Symbol:
    """An input of a model: an array whose first axis, not in `shape`, counts the examples.

    None in `shape` is an axis of any size, such as time.
    """
    extents = (shape,) if isinstance(shape, int) else tuple(shape)
    for extent in extents:
        whole = not isinstance(extent, bool) and hasattr(extent, "__index__")
        if extent is not None and (not whole or int(extent) < 0):
            expected = "the sizes of one example, integers from 0, or None for any size"
            raise ArgumentError("Input", "shape", shape, expected)
    sizes = (None if extent is None else int(extent) for extent in extents)
    return Symbol((None, *sizes), as_dtype(dtype), None, name or "")


def recorded(function: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
    """The symbols for what a call returns."""
    leaves, structure = flatten((tuple(args), dict(kwargs)))
    symbols = [leaf for _, leaf in leaves if isinstance(leaf, Symbol)]
    found: list[list[ArraySpec]] = []
    output: Tree | None = None
    for size in _BATCHES:
        specs = [_spec(symbol, size) for symbol in symbols]

        def run(*arrays: Any) -> Any:
            remaining = iter(arrays)
            values = [next(remaining) if isinstance(leaf, Symbol) else leaf for _, leaf in leaves]
            given, named = unflatten(structure, values)
            return _called(function, given, named)

        traced = trace(run, specs)
        output = traced.output_tree
        found.append([ArraySpec(node.shape, node.dtype) for node in traced.graph.outputs])
    assert output is not None
    call = Call(function, tuple(args), dict(kwargs), output, [])
    call.outputs = [
        Symbol(_shape(one, other), one.dtype, call) for one, other in zip(*found, strict=True)
    ]
    return unflatten(output, call.outputs)


def _called(function: Any, args: Any, kwargs: Any) -> Any:
    """A call on tracers; a layer is not built by it."""
    if not isinstance(function, Layer):
        return function(*args, **kwargs)
    slots = [slot for kind in LayerTree.slots(function) for slot in kind]  # makes none
    known = {path: arrays[name] for path, arrays, name in slots}
    training = bool(kwargs.pop("training", False))
    binding = Binding(known, training, seeds=seeds_of(function))
    return binding.forward(function, args, kwargs)


def _spec(symbol: Symbol, size: int) -> ArraySpec:
    others = (_LENGTH * size if n is None else n for n in symbol.shape[1:])
    first = symbol.shape[:1]
    return ArraySpec((*(size if n is None else n for n in first), *others), symbol.dtype)


def _shape(first: ArraySpec, second: ArraySpec) -> Shape:
    """The sizes of an output; None where they depend on the batch."""
    return tuple(
        one if one == other else None for one, other in zip(first.shape, second.shape, strict=True)
    )


@dataclass(frozen=True)
class Value:
    """The number of a value of a model: its inputs, then the outputs of its calls."""

    number: int


@dataclass(frozen=True)
class Step:
    """A call of a model: of one of its layers by name, or of a function."""

    target: str | Callable[..., Any]
    args: Any
    kwargs: dict[str, Any]


class Graph:
    """The calls that lead from inputs to outputs, in order, and their layers by name."""

    def __init__(self, inputs: Any, outputs: Any) -> None:
        leaves, self.input_tree = flatten(inputs)
        ends, self.output_tree = flatten(outputs)
        self.inputs = [_input(path, leaf) for path, leaf in leaves]
        self.layers: dict[str, Layer] = {}
        self.steps: list[Step] = []
        self._numbers: dict[Symbol, int] = {}
        self._names: dict[int, str] = {}
        self._count = 0
        for symbol in self.inputs:
            if symbol in self._numbers:
                raise StructureError("the inputs of a model", f"{symbol!r} twice", "each once")
            self._number(symbol)
        for path, end in ends:
            if not isinstance(end, Symbol):
                raise ArgumentError(
                    "Model", f"outputs{path}", end, "what a layer returned for an input"
                )
        for call in _ordered([end.call for _, end in ends], self.inputs):
            self._add(call)
        self.outputs = [self._value(end) for _, end in ends]
        self.output_names = self._output_names([end for _, end in ends], [path for path, _ in ends])

    def forget_symbols(self) -> None:
        """Drop what only its making needs: the layers and calls that symbols lead to."""
        self.layers, self._numbers, self._names = {}, {}, {}

    def _number(self, symbol: Symbol) -> None:
        self._numbers[symbol] = self._count
        self._count += 1

    def _value(self, leaf: Any) -> Any:
        if not isinstance(leaf, Symbol):
            return leaf
        if leaf not in self._numbers:
            raise StructureError(
                "the outputs of a model", f"they need {leaf!r}",
                "values computed from the inputs: dt.Model(inputs, outputs) with every input",
            )  # fmt: skip
        return Value(self._numbers[leaf])

    def _add(self, call: Call) -> None:
        function = call.function
        target = self._name(function) if isinstance(function, Layer) else function
        args, kwargs = map_leaves(self._value, (call.args, call.kwargs))
        self.steps.append(Step(target, args, kwargs))
        for symbol in call.outputs:
            self._number(symbol)

    def _name(self, layer: Layer) -> str:
        """The name of a layer: that of its class, with a number from the second on."""
        if id(layer) not in self._names:
            name = unique(snake_case(layer.name), self.layers)
            self._names[id(layer)], self.layers[name] = name, layer
        return self._names[id(layer)]

    def _output_names(self, ends: Sequence[Symbol], paths: Sequence[str]) -> tuple[str, ...]:
        """The key of each output in a dict; otherwise the layer that it comes from."""
        names: list[str] = []
        for end, path in zip(ends, paths, strict=True):
            key = re.fullmatch(r"\['(.*)'\]", path)
            layer = None if end.call is None else self._names.get(id(end.call.function))
            name = key[1] if key else layer or f"output{len(names)}"
            names.append(name if name not in names else f"{name}_{len(names)}")
        return tuple(names)


def _input(path: str, value: Any) -> Symbol:
    if not isinstance(value, Symbol) or value.call is not None:
        raise ArgumentError("Model", f"inputs{path}", value, "what dt.Input returned")
    return value


def _ordered(calls: Sequence[Call | None], inputs: Sequence[Symbol]) -> list[Call]:
    """All calls that these need, each after those that it needs."""
    stops = {id(symbol) for symbol in inputs}

    def needed(call: Call) -> list[Call]:
        return [
            leaf.call for _, leaf in flatten((call.args, call.kwargs))[0]
            if isinstance(leaf, Symbol) and leaf.call is not None and id(leaf) not in stops
        ]  # fmt: skip

    return list(post_order([call for call in calls if call is not None], needed))


def input_leaves(graph: Graph, x: Any) -> list[Any]:
    """The inputs in the order of the model: a tree like its own, or a dict by their names."""
    names = [symbol.name for symbol in graph.inputs]
    if isinstance(x, Mapping) and graph.input_tree.kind is not dict:
        missing = [name for name in names if name not in x]
        if missing or not all(names):
            raise StructureError(
                "the inputs of a model", f"a dict with {', '.join(map(repr, x))}",
                f"its inputs {', '.join(map(repr, names))}" if all(names) else
                "inputs in order, since they have no names: dt.Input(shape, name=...)",
            )  # fmt: skip
        return [x[name] for name in names]
    leaves, structure = flatten(x)
    if graph.input_tree.kind is dict and isinstance(x, Mapping):
        keys = graph.input_tree.keys
        if set(x) >= set(keys):
            leaves, structure = flatten({key: x[key] for key in keys})
    if structure.leaves != len(names):
        raise StructureError("the inputs of a model", f"{structure.leaves} arrays", f"{len(names)}")
    found = [leaf for _, leaf in leaves]
    for symbol, leaf in zip(graph.inputs, found, strict=True):
        if hasattr(leaf, "shape") and not _fits(symbol, leaf.shape):
            raise ShapeError(
                f"input {symbol.name or symbol!r}", [tuple(leaf.shape)], f"{symbol!r}",
                "reshape the array, or give dt.Input the shape of one example",
            )  # fmt: skip
    return found


def _fits(symbol: Symbol, shape: Sequence[int]) -> bool:
    return len(shape) == symbol.ndim and all(
        wanted is None or wanted == extent
        for wanted, extent in zip(symbol.shape, shape, strict=True)
    )


def run(graph: Graph, layers: Mapping[str, Any], x: Any) -> Any:
    """The outputs for the inputs, by the layers of these names."""
    values = input_leaves(graph, x)

    def given(leaf: Any) -> Any:
        return values[leaf.number] if isinstance(leaf, Value) else leaf

    for step in graph.steps:
        function: Any = layers[step.target] if isinstance(step.target, str) else step.target
        args, kwargs = map_leaves(given, (step.args, step.kwargs))
        values += [leaf for _, leaf in flatten(function(*args, **kwargs))[0]]
    return unflatten(graph.output_tree, [given(output) for output in graph.outputs])


def is_symbolic(value: Any) -> bool:
    """Whether a tree of inputs or outputs has symbols in it."""
    return any(isinstance(leaf, Symbol) for _, leaf in flatten(value)[0])
