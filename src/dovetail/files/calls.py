"""Calls of a definition in a file: for each kind of arguments a graph, for all sizes.

Of a call a file holds the static arguments, the rank and data type of each array, and the graph. A
size that may vary is a name (n0, n1, ...); a size that is the same in every call, such as that of a
layer's kernel, is a number. Floats are inputs of the graph and weak in promotion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import SerialisationError
from dovetail.extension.exact import exact_key
from dovetail.files import formulas, trees
from dovetail.files.graphs import SavedGraph
from dovetail.files.records import FileFault, Record, parsed, text_of
from dovetail.files.trees import Leaf, filled
from dovetail.graph.dtypes import DType, as_dtype, float64
from dovetail.graph.node import Array, ArraySpec, Node
from dovetail.graph.primitives.row import input_node
from dovetail.language import operands
from dovetail.language.trace import ScalarSpec, WeakSpec
from dovetail.language.tracer import Tracer
from dovetail.language.tree import flatten, map_leaves
from dovetail.language.weak import cast_node, convert


@dataclass(frozen=True)
class _SavedLeaf:
    """An array of a call, by type and shape; None for a float."""

    dtype: DType | None
    shape: tuple[int | str, ...]
    weak: bool

    def __str__(self) -> str:
        if self.dtype is None:
            return "float"
        sizes = ", ".join(map(str, self.shape))
        return f"{self.dtype}[{sizes}]"


class SavedCall:
    """A call of a file."""

    def __init__(
        self, record: Record, arrays: Mapping[str, Array], name: str,
        kinds: Sequence[type] | None = None, states: int | None = None,
    ) -> None:  # fmt: skip
        """`kinds`: the types of the arguments. `states`: which of them holds states.

        The new values of states are in the result.
        """
        self.name = name
        arguments = record.items_of("arguments")
        self.arguments = [
            trees.read(each, f"{record.path}arguments[{n}]") for n, each in enumerate(arguments)
        ]
        if kinds is not None and tuple(map(type, self.arguments)) != tuple(kinds):
            raise record.wrong("arguments", f"{', '.join(each.__name__ for each in kinds)}")
        self.sizes = tuple(record.integers("sizes", least=0, most=2**40))
        count = len(self.sizes)
        self.leaves = [_read_leaf(each, count) for each in record.records("leaves")]
        self._formulas = [formulas.read(each, count) for each in record.records("formulas")]
        self._graph = SavedGraph(record.record("graph"), len(self.leaves), arrays, name)
        self.result = trees.read(record.value("result"), f"{record.path}result")
        self._states: dict[Any, Any] = {} if states is None else self.arguments[states]
        if states is not None and not _has_states(self.result, self._states):
            raise record.wrong("result", "a list of a result and a record of states")
        self._results = [leaf for _, leaf in flatten(self.result)[0] if isinstance(leaf, Leaf)]
        if [leaf.number for leaf in self._results] != list(range(len(self._results))):
            raise record.wrong("result", "a value with a mark for each array, in order")
        weak = record.items_of("weak")
        self.weak = [None if each is None else as_dtype(str(each)) for each in weak]
        marks = [leaf.number for _, leaf in flatten(self.arguments)[0] if isinstance(leaf, Leaf)]
        if marks != list(range(len(self.leaves))):
            raise record.wrong("arguments", "values with a mark for each leaf, in order")
        self._try()
        if len(self.weak) != len(self._results):
            raise record.wrong("weak", f"a list of {len(self._results)} types")

    @classmethod
    def of(cls, record: dict[str, Any], arrays: Mapping[str, Array], name: str) -> SavedCall:
        """The call of a record that was not written yet."""
        return cls(parsed(text_of(record), "record"), arrays, name)

    def _try(self) -> None:
        """Build the graph once, for the sizes of the example, which checks every node."""
        inputs = [
            input_node(f"leaf.{n}", self._shape(leaf, self.sizes), leaf.dtype or float64)
            for n, leaf in enumerate(self.leaves)
        ]
        found = self._graph.outputs(inputs, formulas.values_of(self._formulas, self.sizes))
        if len(found) != len(self._results):
            raise FileFault(f"a call of {self.name} has {len(found)} results")
        changed: dict[Any, Leaf] = self.result[1] if self._states else {}
        for name, new in changed.items():
            old, node = inputs[self._states[name].number], found[new.number]
            if (node.shape, node.dtype) != (old.shape, old.dtype):
                raise FileFault(f"a call of {self.name} gives {name:.80} another shape or type")

    def _shape(self, leaf: _SavedLeaf, sizes: Sequence[int]) -> tuple[int, ...]:
        return tuple(size if isinstance(size, int) else sizes[int(size[1:])] for size in leaf.shape)

    def shown(self, skip: int = 0) -> str:
        """The arguments for a message, without the first `skip`."""

        def text(leaf: Any) -> Any:
            return _Text(self.leaves[leaf.number]) if isinstance(leaf, Leaf) else leaf

        return f"({', '.join(repr(map_leaves(text, each)) for each in self.arguments[skip:])})"

    def use_of(self, count: int) -> list[Any]:
        """The last arguments, with specs for arrays and floats, for the sizes of the example."""
        specs: list[Any] = []
        for leaf in self.leaves:
            shape = self._shape(leaf, self.sizes)
            if leaf.dtype is None:
                specs.append(ScalarSpec())
            else:
                specs.append((WeakSpec if leaf.weak else ArraySpec)(shape, leaf.dtype))
        return [filled(each, specs) for each in self.arguments[-count:]]

    def match(self, values: Sequence[Any]) -> list[Node] | None:
        """The nodes for the leaves, where values are arguments of this call; otherwise None."""
        nodes: list[Node] = []
        if len(values) != len(self.arguments):
            return None
        for saved, value in zip(self.arguments, values, strict=True):
            if not self._matches(saved, value, nodes):
                return None
        return nodes

    def _matches(self, saved: Any, value: Any, nodes: list[Node]) -> bool:
        if isinstance(saved, Leaf):
            node = _as_node(self.leaves[saved.number], value)
            if node is not None:
                nodes.append(node)
            return node is not None
        if isinstance(saved, (tuple, list)):
            alike = isinstance(value, (tuple, list)) and len(value) == len(saved)
            items: Any = value
            return alike and all(
                self._matches(each, item, nodes) for each, item in zip(saved, items, strict=True)
            )
        if isinstance(saved, dict):
            items = value
            alike = isinstance(value, dict) and set(items) == set(saved)
            return alike and all(
                self._matches(each, items[key], nodes) for key, each in saved.items()
            )
        return not isinstance(value, Tracer) and exact_key(saved) == exact_key(value)

    def sizes_of(self, nodes: Sequence[Node]) -> list[int] | None:
        """The sizes of the leaves, by number; None if one differs from a size in the graph."""
        sizes: dict[int, int] = {}
        for leaf, node in zip(self.leaves, nodes, strict=True):
            for said, size in zip(leaf.shape, node.shape, strict=True):
                if isinstance(said, int):
                    if said != size:
                        return None
                elif sizes.setdefault(int(said[1:]), size) != size:
                    return None
        return [sizes.get(n, default) for n, default in enumerate(self.sizes)]

    def shape_beside(self, leaf: int, shape: Sequence[int], other: int) -> tuple[int, ...] | None:
        """The shape of leaf `other` if `leaf` has this shape; None if it cannot have it."""
        said = self.leaves[leaf].shape
        sizes = list(self.sizes)
        if len(said) != len(shape):
            return None
        for name, size in zip(said, shape, strict=True):
            if isinstance(name, int):
                if name != size:
                    return None
            else:
                sizes[int(name[1:])] = size
        return self._shape(self.leaves[other], sizes)

    def outputs(self, nodes: Sequence[Node], sizes: Sequence[int]) -> list[Node]:
        """The results, for these nodes of the leaves."""
        try:
            return self._graph.outputs(nodes, formulas.values_of(self._formulas, sizes))
        except FileFault as reason:
            raise SerialisationError(
                f"{self.name} has no value for arrays of these sizes: {reason.found}",
                "sizes that its maths takes, as before it was saved",
                f"pass arrays like {self.shown()}",
            ) from reason

    def replay(self, nodes: Sequence[Node], sizes: Sequence[int]) -> Any:
        """The result, as tracers."""
        found = self.outputs(nodes, sizes)
        tracers = [operands.wrap(node, weak) for node, weak in zip(found, self.weak, strict=True)]
        return filled(self.result, tracers)


def _has_states(result: Any, states: Mapping[Any, Any]) -> bool:
    """Whether a result is a pair of an output and new values for some of these states."""
    if not isinstance(result, list) or len(result) != 2 or not isinstance(result[1], dict):
        return False
    pairs = [(states.get(name), value) for name, value in result[1].items()]
    return all(isinstance(old, Leaf) and isinstance(new, Leaf) for old, new in pairs)


def _read_leaf(record: Record, count: int) -> _SavedLeaf:
    if "float" in record:
        return _SavedLeaf(None, (), True)
    shape: list[int | str] = []
    names = [f"n{number}" for number in range(count)]
    for size in record.items_of("shape"):
        is_number = type(size) is int and 0 <= size <= 2**40
        if not is_number and size not in names:
            raise record.wrong("shape", "a list of sizes")
        shape.append(size)
    weak = record.flag("weak") if "weak" in record else False
    return _SavedLeaf(as_dtype(record.text("dtype")), tuple(shape), weak)


def _as_node(leaf: _SavedLeaf, value: Any) -> Node | None:
    """The node of an argument, where it has the rank and type of the leaf."""
    if leaf.dtype is None:  # a float
        if isinstance(value, (bool, int, float)) and not isinstance(value, Tracer):
            value = float(value)
        elif not isinstance(value, Tracer) or value.shape or not value.dtype.is_floating:
            return None
        node, _ = operands.operand(value)
        return cast_node(node, float64)
    if not operands.is_array(value):
        return None
    node, weak = operands.operand(value)
    if weak is not None and not leaf.weak:
        node, weak = convert(node, weak, weak), None
    dtype = weak or node.dtype
    if len(node.shape) != len(leaf.shape) or dtype is not leaf.dtype:
        return None
    return node if leaf.weak == (weak is not None) else None


def chosen(calls: Sequence[SavedCall], values: Sequence[Any], name: str, skip: int = 0) -> Any:
    """The result of the call that fits the values, as tracers.

    An error shows the values without the first `skip`.
    """
    fitting: list[SavedCall] = []
    for call in calls:
        nodes = call.match(values)
        if nodes is not None:
            sizes = call.sizes_of(nodes)
            if sizes is not None:
                return call.replay(nodes, sizes)
            fitting.append(call)
    raise _not_saved(name, values, fitting or calls, skip)


def _not_saved(
    name: str, values: Sequence[Any], calls: Sequence[SavedCall], skip: int
) -> SerialisationError:
    """The error for arguments that the file has no graph for."""
    given = ", ".join(map(_described, values[skip:]))
    known = "; ".join(dict.fromkeys(call.shown(skip) for call in calls[:6]))
    more = f"; and {len(calls) - 6} more" if len(calls) > 6 else ""
    return SerialisationError(
        f"{name} was saved without the maths for the arguments ({given})",
        f"arguments like one of {known}{more}, where a size n0 may be any",
        "call it with such arguments before it is saved, or name them: dt.save(..., calls=[...])",
    )


def _described(value: Any) -> str:
    def shown(leaf: Any) -> Any:
        if isinstance(leaf, Tracer):
            return _Text(f"{leaf.dtype}{list(leaf.shape)}")
        return leaf

    return f"{map_leaves(shown, value)!r:.100}"


class _Text(str):
    """A text that is shown without quotes."""

    def __repr__(self) -> str:
        return str(self)
