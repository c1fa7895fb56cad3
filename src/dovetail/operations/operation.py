"""Operations: flat functions of arrays and floats, closed under every derivative.

A framework registers operations rather than extensions, which take trees, defaults and static
values: an operation has a fixed number of arrays, floats and outputs. `Primal` is a call of an
extension with everything static fixed. The others are derived from any operation:

    vjp(cotangents, wrt)     (cotangents..., arrays...) -> the cotangent of each of wrt
    jvp(tangents, outputs)   (arrays..., tangents...) -> the tangent of each of outputs
    batched(mapped)           the same over one more leading dimension
    partition(...)             forward with residuals, and the backward that reads them

so a framework's rule for the gradient, forward mode or vmap of an operation calls another
operation, to any order. Numbers of arrays and outputs are fixed;
shapes are not: `graph(specs)` is the maths for given shapes and data types.
"""

from __future__ import annotations

import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from dovetail.compile.program import other_arrays
from dovetail.extension.call_errors import output_count
from dovetail.extension.values import put
from dovetail.graph.dtypes import float64
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.elementwise import cast as cast_node
from dovetail.graph.primitives.elementwise import equal
from dovetail.graph.primitives.reductions import broadcast
from dovetail.graph.primitives.row import fresh_input, input_node
from dovetail.language.trace import ArraySpec, ScalarSpec, trace
from dovetail.language.tree import Tree
from dovetail.transform import derivative
from dovetail.transform.batch import batch
from dovetail.transform.joint_graph import Indices, JointGraph, Partition, partition, vjp_graph
from dovetail.transform.stabilise import stabilise

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
        self._cuts: dict[Any, Partition] = {}
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
            if key not in known:
                found = make()
                if len(known) >= CACHE_SIZE:
                    known.clear()
                known[key] = found
            return known[key]

    def _checked(self, specs: Specs) -> Graph:
        """The graph, unless it reads other arrays than those given.

        Programs are compiled for the inputs of a graph, and hosts look them up by the arrays.
        """
        graph = self._build(specs)
        expected = tuple(map(spec_of, graph.inputs[: self.arrays]))
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
        return tuple(spec_of(node) for node in self.graph(specs).outputs)

    def floating_outputs(self, specs: Specs) -> Indices:
        """The outputs that have derivatives."""
        return tuple(
            index for index, node in enumerate(self.graph(specs).outputs) if node.dtype.is_floating
        )

    # Operations derived from this one.

    def vjp(self, cotangents: Indices, wrt: Indices) -> Operation:
        """Reverse mode: cotangents of some outputs to those of some arrays."""
        return self._once(("vjp", cotangents, wrt), lambda: Vjp(self, cotangents, wrt))

    def jvp(self, tangents: Indices, outputs: Indices) -> Operation:
        """Forward mode: tangents of some arrays to those of some outputs."""
        return self._once(("jvp", tangents, outputs), lambda: Jvp(self, tangents, outputs))

    def batched(self, mapped: Indices) -> Operation:
        """Over a leading dimension that only the arrays `mapped` have."""
        return self._once(("batched", mapped), lambda: Batched(self, mapped))

    def with_sizes(self, specs: Specs) -> tuple[Operation, tuple[float, ...]]:
        """The operation with numbers that follow from sizes as further floats; and these floats.

        So an operation on parts of arrays can use, for example, the count of the whole for a mean.
        """
        found = self._kept(
            self._sizes,
            specs,
            lambda: tuple(float(node.attr("value")) for node in sizes_of(self.graph(specs))),
        )
        if not found:
            return self, ()
        count = len(found)
        return self._once(("sizes", count), lambda: WithSizes(self, count)), found

    def partition(self, cotangents: Indices, wrt: Indices, specs: Specs) -> ForwardBackward:
        """Forward and backward, with what is kept between them chosen for these shapes."""
        key = cotangents, wrt, specs
        return self._kept(self._partitions, key, lambda: self._partition(cotangents, wrt, specs))

    def cut(self, cotangents: Indices, wrt: Indices, specs: Specs) -> Partition:
        """The joint graph of this operation and its reverse mode, cut in two."""
        key = cotangents, wrt, specs
        return self._kept(self._cuts, key, lambda: partition(self.graph(specs), cotangents, wrt))

    def forward(self, cotangents: Indices, wrt: Indices, residuals: Indices) -> Operation:
        """The outputs, and residuals for `backward`; `partition` chooses them."""
        key = "forward", cotangents, wrt, residuals
        return self._once(key, lambda: Forward(self, cotangents, wrt, residuals))

    def backward(
        self, cotangents: Indices, wrt: Indices, outputs: Indices, residuals: Indices
    ) -> Backward:
        """The reverse mode that reads the residuals, and some outputs."""
        key = "backward", cotangents, wrt, outputs, residuals
        make = lambda: Backward(self, cotangents, wrt, outputs, residuals)  # noqa: E731
        return cast(Backward, self._once(key, make))

    def _partition(self, cotangents: Indices, wrt: Indices, specs: Specs) -> ForwardBackward:
        cut = self.cut(cotangents, wrt, specs)
        forward = self
        if cut.residuals:
            forward = self.forward(cotangents, wrt, cut.residuals)
        backward = self.backward(cotangents, wrt, cut.outputs, cut.residuals)
        needed = tuple(number for number in cut.needed if number < self.arrays)
        return ForwardBackward(forward, backward, needed, cut.outputs, len(cut.residuals))

    def _once(self, key: Any, make: Callable[[], Operation]) -> Operation:
        found = self._made.get(key)
        return self._made.setdefault(key, make()) if found is None else found

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


def spec_of(node: Node) -> ArraySpec:
    """The shape and data type of a node."""
    return ArraySpec(node.shape, node.dtype)


def _described(spec: ArraySpec) -> str:
    return f"{spec.dtype}{list(spec.shape)}"


class Primal(Operation):
    """A call of an extension with everything static fixed.

    `call(leaves)` calls the extension with its arrays and floats (specs, here) in
    their positions; `order` says for each leaf whether it is an array.
    """

    def __init__(
        self, name: str, location: str | None, call: Callable[..., Any], order: Sequence[bool]
    ) -> None:
        label = re.sub(r"\W+", "_", name).strip("_") or "operation"
        super().__init__(label, sum(order), len(order) - sum(order))
        self._call = call
        self._order = tuple(order)
        self._named = name, location
        self.tree: Tree | None = None  # of the outputs, once it is known

    def _build(self, specs: Specs) -> Graph:
        arrays = iter(specs)
        leaves = [next(arrays) if is_array else ScalarSpec() for is_array in self._order]
        traced = trace(self._call, leaves)
        if self.tree is None:
            self.tree = traced.output_tree
        elif self.tree != traced.output_tree:
            name, location = self._named
            expected = f"{self.tree.leaves} arrays, as for other shapes"
            raise output_count(name, expected, traced.output_tree.leaves, location)
        inputs = traced.graph.inputs
        first = [node for node in inputs if not node.flag("scalar")]
        last = [node for node in inputs if node.flag("scalar")]
        return Graph((*first, *last), traced.graph.outputs)


class Vjp(Operation):
    """(cotangents..., arrays...) -> the cotangent of each array in `wrt`."""

    def __init__(self, inner: Operation, cotangents: Indices, wrt: Indices) -> None:
        name = f"{inner.name}_vjp{_digits(cotangents)}{_digits(wrt)}"
        super().__init__(name, len(cotangents) + inner.arrays, inner.scalars)
        self.inner, self.cotangents, self.wrt = inner, cotangents, wrt

    def _build(self, specs: Specs) -> Graph:
        first = len(self.cotangents)
        graph = self.inner.graph(specs[first:])
        found = vjp_graph(graph, self.cotangents, self.wrt)
        fresh = found.inputs[len(graph.inputs) :]
        gradients = found.outputs[len(graph.outputs) :]
        given, outputs = in_given_types(fresh, specs[:first], gradients)
        return Graph((*given, *graph.inputs), outputs)

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


class Jvp(Operation):
    """(arrays..., tangents...) -> the tangent of each output in `outputs`."""

    def __init__(self, inner: Operation, tangents: Indices, outputs: Indices) -> None:
        name = f"{inner.name}_jvp{_digits(tangents)}{_digits(outputs)}"
        super().__init__(name, inner.arrays + len(tangents), inner.scalars)
        self.inner, self.tangents, self.tangents_of = inner, tangents, outputs

    def _build(self, specs: Specs) -> Graph:
        graph = self.inner.graph(specs[: self.inner.arrays])
        inputs, outputs = graph.inputs, list(stabilise(graph.outputs))
        wrt = [inputs[index] for index in self.tangents]
        tangents = [fresh_input(node, "tangent") for node in wrt]
        found = derivative.jvp([outputs[index] for index in self.tangents_of], wrt, tangents)
        count = self.inner.arrays
        given, tangents_of = in_given_types(tangents, specs[count:], tuple(found))
        return Graph((*inputs[:count], *given, *inputs[count:]), tangents_of)


class Batched(Operation):
    """An operation over a leading dimension that the arrays `mapped` have, and every output."""

    def __init__(self, inner: Operation, mapped: Indices) -> None:
        super().__init__(f"{inner.name}_vmap{_digits(mapped)}", inner.arrays, inner.scalars)
        self.inner, self.mapped = inner, mapped

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
        return Graph(tuple(inputs), tuple(batch(graph.outputs, outer, size)))


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


class Recorded(Operation):
    """The forward or the backward of an operation, for what was chosen at some shapes."""

    def __init__(
        self,
        name: str,
        arrays: int,
        inner: Operation,
        cotangents: Indices,
        wrt: Indices,
        outputs: Indices | None,
        residuals: Indices,
    ) -> None:
        chosen = (
            (cotangents, wrt, residuals)
            if outputs is None
            else (cotangents, wrt, outputs, residuals)
        )
        super().__init__(
            f"{inner.name}_{name}{''.join(map(_digits, chosen))}", arrays, inner.scalars
        )
        self.inner, self.cotangents, self.wrt = inner, cotangents, wrt
        self.outputs_kept, self.residuals = outputs, residuals

    def halves(self, specs: Specs) -> tuple[Graph, Graph]:
        """Forward and backward at these shapes of the arrays of `inner`."""
        cut = self.inner.cut(self.cotangents, self.wrt, specs)
        outputs = cut.outputs if self.outputs_kept is None else self.outputs_kept
        if (cut.outputs, cut.residuals) == (outputs, self.residuals):
            return cut.forward, cut.backward
        graph = self.inner.graph(specs)
        wrt = [graph.inputs[n] for n in self.wrt]
        joint = JointGraph.of(graph, self.cotangents, wrt).recorded()
        return joint.forward(self.residuals), joint.backward(outputs, self.residuals)


class Forward(Recorded):
    """(arrays...) -> (outputs..., residuals...)."""

    def __init__(
        self, inner: Operation, cotangents: Indices, wrt: Indices, residuals: Indices
    ) -> None:
        super().__init__("forward", inner.arrays, inner, cotangents, wrt, None, residuals)

    def _build(self, specs: Specs) -> Graph:
        return self.halves(specs)[0]

    def in_context(self, specs: Specs) -> Graph:
        graph = self.graph(specs)
        count = len(graph.outputs) - len(self.residuals)
        related = _related(self.inner, specs, graph.inputs, graph.outputs[:count], ())
        return Graph(graph.inputs, (*graph.outputs, *related[count:]))


class Backward(Recorded):
    """(cotangents..., arrays..., kept outputs..., residuals...) -> the cotangents of `wrt`."""

    def __init__(
        self,
        inner: Operation,
        cotangents: Indices,
        wrt: Indices,
        outputs: Indices,
        residuals: Indices,
    ) -> None:
        arrays = len(cotangents) + inner.arrays + len(outputs) + len(residuals)
        super().__init__("backward", arrays, inner, cotangents, wrt, outputs, residuals)

    def _build(self, specs: Specs) -> Graph:
        first, arrays = len(self.cotangents), self.inner.arrays
        graph = self.halves(specs[first : first + arrays])[1]
        own = arrays + self.scalars
        others = specs[:first] + specs[first + arrays :]
        given, found = in_given_types(graph.inputs[own:], others, graph.outputs)
        return self._in_order(graph.inputs[:own], given, found)

    def in_context(self, specs: Specs) -> Graph:
        first, arrays = len(self.cotangents), self.inner.arrays
        forward, graph = self.halves(specs[first : first + arrays])
        own = arrays + self.scalars
        count = len(forward.outputs) - len(self.residuals)
        assert self.outputs_kept is not None
        alike = [*self.cotangents, *self.outputs_kept, *range(count, len(forward.outputs))]
        pairs = zip(graph.inputs[own:], (forward.outputs[n] for n in alike), strict=True)
        related = _related(self.inner, specs[first : first + arrays], forward.inputs,
                           forward.outputs[:count], pairs)  # fmt: skip
        found = (*graph.outputs, *related)
        return self._in_order(graph.inputs[:own], graph.inputs[own:], found)

    def _in_order(
        self, own: Sequence[Node], others: Sequence[Node], outputs: tuple[Node, ...]
    ) -> Graph:
        """Cotangents, arrays, what is kept, floats."""
        first, arrays = len(self.cotangents), self.inner.arrays
        return Graph((*others[:first], *own[:arrays], *others[first:], *own[arrays:]), outputs)


def in_given_types(
    nodes: Sequence[Node], specs: Specs, outputs: tuple[Node, ...]
) -> tuple[list[Node], tuple[Node, ...]]:
    """Inputs of the floating types that are given in place of `nodes`, and outputs that read them.

    A framework may hold a result in a narrower type than the maths says (JAX with 64-bit types
    off): its cotangent then has that type as well.
    """
    inputs = list(nodes)
    old: list[Node] = []
    new: list[Node] = []
    for number, (node, spec) in enumerate(zip(nodes, specs, strict=True)):
        if spec.dtype is not node.dtype and spec.dtype.is_floating and node.dtype.is_floating:
            inputs[number] = fresh_input(node, "given", dtype=spec.dtype)
            old.append(node)
            new.append(cast_node(inputs[number], dtype=node.dtype))
    return inputs, put(outputs, old, new) if old else outputs


def _digits(indices: Indices) -> str:
    return "_" + "_".join(map(str, indices)) if indices else "_n"
