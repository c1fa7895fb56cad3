"""Operations: flat functions of arrays and floats, closed under every derivative.

A framework registers operations rather than extensions, which take trees, defaults and static
values: an operation has a fixed number of arrays, floats and outputs. `Primal` (calls.py) is a
call of an extension with everything static fixed. Others are derived from any operation:

    vjp(cotangents, wrt)     (cotangents..., arrays...) -> the cotangent of each of wrt
    jvp(tangents, outputs)   (arrays..., tangents...) -> the tangent of each of outputs
    batched(mapped)           the same over one more leading dimension
    partition(...)             forward with residuals, and the backward that reads them

so a framework's rule for the gradient, forward mode or vmap of an operation calls another
operation, to any order. Numbers of arrays and outputs are fixed;
shapes are not: `graph(specs)` is the maths for given shapes and data types.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from dovetail.compile.program import other_arrays
from dovetail.extension.call_errors import output_count
from dovetail.extension.values import put
from dovetail.graph.dtypes import DType, float64
from dovetail.graph.node import ArraySpec, Graph, Node
from dovetail.graph.primitives.elementwise import cast as cast_node
from dovetail.graph.primitives.elementwise import equal
from dovetail.graph.primitives.reductions import broadcast
from dovetail.graph.primitives.row import fresh_input, input_node
from dovetail.transform.batch import batch
from dovetail.transform.joint_graph import (
    Indices,
    JointGraph,
    jvp_graph,
    partition,
    vjp_graph,
)
from dovetail.transform.scan_hoist import simple_loops

Specs = tuple[ArraySpec, ...]
Value = TypeVar("Value")

CACHE_SIZE = 1024  # graphs of one operation, each for other shapes


Attached = TypeVar("Attached")


class Attachment(Generic[Attached]):
    """A value that a host keeps with each operation: put there, or made at first use."""

    def __init__(self, make: Callable[[Operation], Attached] | None = None) -> None:
        self._make = make

    def of(self, operation: Operation) -> Attached:
        """The value of an operation."""
        found = operation.attached.get(self)
        if found is None:
            with operation.lock:
                found = operation.attached.get(self)
                if found is None:
                    assert self._make is not None
                    found = operation.attached[self] = self._make(operation)
        return found

    def find(self, operation: Operation) -> Attached | None:
        """The value, if any."""
        return operation.attached.get(self)

    def put(self, operation: Operation, value: Attached) -> Attached:
        """Keep a value, unless one is kept already."""
        return operation.attached.setdefault(self, value)


class Operation(ABC):
    """A function of `arrays` arrays and `scalars` floats."""

    def __init__(self, name: str, arrays: int, scalars: int) -> None:
        self.name = name
        self.arrays = arrays
        self.scalars = scalars
        self.lock = threading.RLock()
        self.attached: dict[Attachment[Any], Any] = {}
        self._graphs: dict[Specs, Graph] = {}
        self._sizes: dict[Specs, tuple[float, ...]] = {}
        self._made: dict[Any, Operation] = {}
        self._partitions: dict[Any, ForwardBackward] = {}

    @abstractmethod
    def _build(self, specs: Specs) -> Graph:
        """The graph; its inputs are the arrays, then the floats."""

    def graph(self, specs: Specs) -> Graph:
        """The maths for these shapes and data types: inputs are the arrays, then the floats."""
        found = self._graphs.get(specs)
        return found or self._kept(self._graphs, specs, lambda: self._checked(specs))

    def _kept(self, known: dict[Any, Value], key: Any, make: Callable[[], Value]) -> Value:
        """What is known for a key; made where nothing is."""
        with self.lock:
            found = known.get(key)
            return remember(known, key, make()) if found is None else found

    def _checked(self, specs: Specs) -> Graph:
        """The graph, unless it reads other arrays than those given.

        Programs are compiled for the inputs of a graph, and hosts look them up by the arrays.
        """
        graph = self._build(specs)
        expected = graph.input_specs[: self.arrays]
        if expected != specs or len(graph.inputs) != self.arrays + self.scalars:
            raise other_arrays(self.name, map(_described, specs), map(_described, expected))
        return graph

    def in_context(self, specs: Specs) -> Graph:
        """A graph with these inputs and outputs first, and everything that relates their shapes.

        A gradient need not read an array whose shape it has; the primal does.
        """
        return self.graph(specs)

    def outputs(self, specs: Specs) -> tuple[ArraySpec, ...]:
        """The shape and data type of each output."""
        return self.graph(specs).output_specs

    def floating_outputs(self, specs: Specs) -> Indices:
        """The outputs that have derivatives."""
        return tuple(n for n, spec in enumerate(self.outputs(specs)) if spec.dtype.is_floating)

    # Operations derived from this one.

    def derived(self, method: str, *chosen: Any) -> Operation:
        """The operation that a row of `DERIVED` makes of this one; the same one each time."""
        key = method, *chosen
        found = self._made.get(key)
        return found or self._made.setdefault(key, DERIVED[method](self, *chosen))

    def vjp(self, cotangents: Indices, wrt: Indices) -> Operation:
        """Reverse mode: cotangents of some outputs to those of some arrays."""
        return self.derived("vjp", cotangents, wrt)

    def jvp(self, tangents: Indices, outputs: Indices) -> Operation:
        """Forward mode: tangents of some arrays to those of some outputs."""
        return self.derived("jvp", tangents, outputs)

    def batched(self, mapped: Indices) -> Operation:
        """Over a leading dimension that only the arrays `mapped` have."""
        return self.derived("batched", mapped)

    def with_sizes(self, specs: Specs) -> tuple[Operation, tuple[float, ...]]:
        """The operation with numbers that follow from sizes as further floats; and these floats.

        So an operation on parts of arrays can use, for example, the count of the whole for a mean.
        """
        found = self._kept(
            self._sizes,
            specs,
            lambda: tuple(float(node.attr("value")) for node in sizes_of(self.graph(specs))),
        )
        return (self.derived("sized", len(found)) if found else self), found

    def partition(self, cotangents: Indices, wrt: Indices, specs: Specs) -> ForwardBackward:
        """Forward and backward, with what is kept between them chosen for these shapes."""
        key = cotangents, wrt, specs
        return self._kept(self._partitions, key, lambda: self._partition(*key))

    def halves(
        self, cotangents: Indices, wrt: Indices, specs: Specs,
        residuals: Indices, outputs: Indices | None = None,
    ) -> tuple[Graph, Graph]:  # fmt: skip
        """Forward and backward, with what is kept between them chosen at some other shapes."""
        cut = partition(self.graph(specs), cotangents, wrt)
        kept = cut.outputs if outputs is None else outputs
        if (cut.outputs, cut.residuals) == (kept, residuals):
            return cut.forward, cut.backward
        graph = self.graph(specs)
        joint = JointGraph.of(graph, cotangents, [graph.inputs[n] for n in wrt]).recorded()
        return joint.forward(residuals), joint.backward(kept, residuals)

    def _partition(self, cotangents: Indices, wrt: Indices, specs: Specs) -> ForwardBackward:
        cut = partition(self.graph(specs), cotangents, wrt)
        forward, residuals = self, cut.residuals
        if residuals:
            forward = self.derived("forward", cotangents, wrt, residuals)
        backward = self.derived("backward", cotangents, wrt, cut.outputs, residuals)
        needed = tuple(number for number in cut.needed if number < self.arrays)
        return ForwardBackward(forward, backward, needed, cut.outputs, len(residuals))

    def __repr__(self) -> str:
        return f"<operation {self.name}: {self.arrays} arrays, {self.scalars} floats>"


@dataclass(frozen=True)
class ForwardBackward:
    """How an operation runs where its gradient is needed.

    `forward` returns the outputs, then `residuals` more arrays. `backward` takes the
    cotangents, all arrays (of which it reads `needed` only; of the others the shape),
    the outputs `kept`, and the residuals. Without residuals, it is a function of the
    arrays and outputs, and may be differentiated as one; with some, all arrays are
    `needed`, and it is `vjp` that may be.
    """

    forward: Operation
    backward: Operation
    needed: Indices
    kept: Indices
    residuals: int


def _described(spec: ArraySpec) -> str:
    return f"{spec.dtype}{list(spec.shape)}"


class DerivedOperation(Operation):
    """What `inner.derived(method, *chosen)` makes."""

    method: ClassVar[str]

    def __init__(self, inner: Operation, chosen: tuple[Indices, ...], arrays: int) -> None:
        label = "".join("_" + ("_".join(map(str, indices)) or "n") for indices in chosen)
        super().__init__(f"{inner.name}_{self.method}{label}", arrays, inner.scalars)
        self.inner, self.chosen = inner, chosen


class Vjp(DerivedOperation):
    """(cotangents..., arrays...) -> the cotangent of each array in `wrt`."""

    method = "vjp"

    def __init__(self, inner: Operation, cotangents: Indices, wrt: Indices) -> None:
        super().__init__(inner, (cotangents, wrt), len(cotangents) + inner.arrays)
        self.cotangents, self.wrt = cotangents, wrt

    def _build(self, specs: Specs) -> Graph:
        first = len(self.cotangents)
        graph = self.inner.graph(specs[first:])
        return in_given_types(vjp_graph(graph, self.cotangents, self.wrt), specs)

    def in_context(self, specs: Specs) -> Graph:
        first = len(self.cotangents)
        graph = self.inner.graph(specs[first:])
        joint = JointGraph.of(graph, self.cotangents, [graph.inputs[n] for n in self.wrt])
        pairs = zip(joint.cotangents, (joint.outputs[n] for n in self.cotangents), strict=True)
        related = _related(self.inner, specs[first:], joint.inputs, joint.outputs, pairs)
        return Graph((*joint.cotangents, *joint.inputs), (*joint.gradients, *related))


def _related(
    inner: Operation,
    specs: Specs,
    inputs: Sequence[Node],
    outputs: Sequence[Node],
    alike: Iterable[tuple[Node, Node]],
) -> list[Node]:
    """An operation's outputs, what else relates its inputs, and nodes that relate those alike."""
    whole = inner.in_context(specs)
    context = put(whole.outputs[len(outputs) :], whole.inputs, inputs)
    return [*outputs, *context, *(equal(one, other) for one, other in alike)]


class Jvp(DerivedOperation):
    """(arrays..., tangents...) -> the tangent of each output in `outputs`."""

    method = "jvp"

    def __init__(self, inner: Operation, tangents: Indices, outputs: Indices) -> None:
        super().__init__(inner, (tangents, outputs), inner.arrays + len(tangents))
        self.tangents, self.tangents_of = tangents, outputs

    def _build(self, specs: Specs) -> Graph:
        graph = self.inner.graph(specs[: self.inner.arrays])
        return in_given_types(jvp_graph(graph, self.tangents, self.tangents_of), specs)


class Batched(DerivedOperation):
    """An operation over a leading dimension that the arrays `mapped` have, and every output."""

    method = "batched"

    def __init__(self, inner: Operation, mapped: Indices) -> None:
        super().__init__(inner, (mapped,), inner.arrays)
        self.mapped = mapped

    def _build(self, specs: Specs) -> Graph:
        size = specs[self.mapped[0]].shape[0]
        examples = tuple(
            ArraySpec(spec.shape[1:], spec.dtype) if index in self.mapped else spec
            for index, spec in enumerate(specs)
        )
        graph = self.inner.graph(examples)
        inputs = list(graph.inputs)
        outer: dict[Node, Node] = {}
        for index in self.mapped:
            spec = specs[index]
            batch_of = input_node(f"{inputs[index].attr('name')}_batch", spec.shape, spec.dtype)
            outer[inputs[index]] = inputs[index] = batch_of
        return simple_loops(Graph(tuple(inputs), tuple(batch(graph.outputs, outer, size))))


class WithSizes(Operation):
    """An operation whose `count` numbers that follow from sizes are floats, after its own."""

    def __init__(self, inner: Operation, count: int) -> None:
        super().__init__(f"{inner.name}_sized", inner.arrays, inner.scalars + count)
        self.inner, self.count = inner, count

    def _build(self, specs: Specs) -> Graph:
        return self._replaced(self.inner.graph(specs), specs)

    def in_context(self, specs: Specs) -> Graph:
        return self._replaced(self.inner.in_context(specs), specs)

    def _replaced(self, graph: Graph, specs: Specs) -> Graph:
        old = sizes_of(Graph(graph.inputs, graph.outputs[: len(self.inner.outputs(specs))]))
        if len(old) != self.count:
            expected = f"{self.count} numbers that follow from sizes, as for other shapes"
            raise output_count(self.name, expected, len(old), None)
        new = [
            input_node(f"size.{number}", (), float64, scalar=True) for number in range(self.count)
        ]
        spread = [_like(node, size) for node, size in zip(new, old, strict=True)]
        return Graph((*graph.inputs, *new), put(graph.outputs, old, spread))


def _like(number: Node, node: Node) -> Node:
    """A number in the type and the shape of a node."""
    typed = number if node.dtype is number.dtype else cast_node(number, dtype=node.dtype)
    return broadcast(typed, shape=node.shape, dims=()) if node.shape else typed


def sizes_of(graph: Graph) -> list[Node]:
    """The nodes of a graph that are numbers which follow from sizes."""
    return [node for node in graph if node.op == "size"]


class Forward(DerivedOperation):
    """(arrays...) -> (outputs..., residuals...)."""

    method = "forward"

    def __init__(
        self, inner: Operation, cotangents: Indices, wrt: Indices, residuals: Indices
    ) -> None:
        super().__init__(inner, (cotangents, wrt, residuals), inner.arrays)
        self.cotangents, self.wrt, self.residuals = cotangents, wrt, residuals

    def _build(self, specs: Specs) -> Graph:
        return self.inner.halves(self.cotangents, self.wrt, specs, self.residuals)[0]

    def in_context(self, specs: Specs) -> Graph:
        graph = self.graph(specs)
        count = len(graph.outputs) - len(self.residuals)
        related = _related(self.inner, specs, graph.inputs, graph.outputs[:count], ())
        return Graph(graph.inputs, (*graph.outputs, *related[count:]))


class Backward(DerivedOperation):
    """(cotangents..., arrays..., kept outputs..., residuals...) -> the cotangents of `wrt`."""

    method = "backward"

    def __init__(
        self, inner: Operation, cotangents: Indices, wrt: Indices,
        outputs: Indices, residuals: Indices,
    ) -> None:  # fmt: skip
        arrays = len(cotangents) + inner.arrays + len(outputs) + len(residuals)
        super().__init__(inner, (cotangents, wrt, outputs, residuals), arrays)
        self.cotangents, self.wrt = cotangents, wrt
        self.outputs_kept, self.residuals = outputs, residuals

    def _halves(self, specs: Specs) -> tuple[Graph, Graph]:
        kept = self.residuals, self.outputs_kept
        return self.inner.halves(self.cotangents, self.wrt, specs, *kept)

    def _build(self, specs: Specs) -> Graph:
        first, arrays = len(self.cotangents), self.inner.arrays
        return in_given_types(self._halves(specs[first : first + arrays])[1], specs)

    def in_context(self, specs: Specs) -> Graph:
        first, arrays = len(self.cotangents), self.inner.arrays
        specs = specs[first : first + arrays]
        forward, graph = self._halves(specs)
        count = len(forward.outputs) - len(self.residuals)
        alike = [*self.cotangents, *self.outputs_kept, *range(count, len(forward.outputs))]
        others = (*graph.inputs[:first], *graph.inputs[first + arrays : self.arrays])
        pairs = zip(others, (forward.outputs[n] for n in alike), strict=True)
        outputs = forward.outputs[:count]
        related = _related(self.inner, specs, forward.inputs, outputs, pairs)
        return Graph(graph.inputs, (*graph.outputs, *related))


def in_given_types(graph: Graph, specs: Specs) -> Graph:
    """The graph for arrays of the widths that are given in place of its own.

    A framework may hold a result in a narrower type than the maths says (JAX with 64-bit types
    off): its cotangent then has that type as well.
    """
    inputs = list(graph.inputs)
    old: list[Node] = []
    new: list[Node] = []
    for number, (own, spec) in enumerate(zip(graph.input_specs, specs, strict=False)):
        if spec.dtype is not own.dtype and same_kind(spec.dtype, own.dtype):
            old.append(inputs[number])
            inputs[number] = fresh_input(old[-1], "given", dtype=spec.dtype)
            new.append(cast_node(inputs[number], dtype=own.dtype))
    return Graph(tuple(inputs), put(graph.outputs, old, new)) if old else graph


def same_kind(one: DType, other: DType) -> bool:
    """Whether two types are the same but for their width."""
    return (one.is_integer and other.is_integer) or (one.is_floating and other.is_floating)


def remember(known: dict[Any, Value], key: Any, value: Value, most: int = CACHE_SIZE) -> Value:
    """Keep a value in a cache, which is emptied when it is full."""
    if len(known) >= most:
        known.clear()
    known[key] = value
    return value


def placed(values: Iterable[Any], positions: Iterable[int], count: int, rest: Any = None) -> Any:
    """A list of so many items, with the values at these positions."""
    found: list[Any] = [rest] * count
    for position, value in zip(positions, values, strict=True):
        found[position] = value
    return found


# How an operation is made of another one, by the name of the method.
DERIVED: dict[str, Callable[..., Operation]] = {
    "sized": WithSizes, **{kind.method: kind for kind in (Vjp, Jvp, Batched, Forward, Backward)}
}  # fmt: skip
