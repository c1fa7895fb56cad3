"""A graph together with its reverse mode, and how the two are run apart.

`JointGraph.of` is what reverse mode computes. `recorded` is the same for a forward and a backward
that run one after the other: contracted as one graph, so that both compute the same bits.
`partition` cuts that in two where the least must be kept between them. The functions at the end run
once for all sizes (graph/generic.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from dovetail.graph.generic import SizeGeneric, Strides, Template, Values
from dovetail.graph.node import Graph, Node, Nodes, substitute, topological
from dovetail.graph.primitives.row import constant, fresh_input
from dovetail.transform.contract import contracted
from dovetail.transform.derivative import jvp, vjp
from dovetail.transform.min_cut import min_cut_partition
from dovetail.transform.residuals import (
    half_statistics,
    prefer_outputs,
    residual_input,
    widened,
)
from dovetail.transform.scan_hoist import with_simple_loops
from dovetail.transform.stabilise import stabilise

Indices = tuple[int, ...]


@dataclass(frozen=True)
class JointGraph:
    """The outputs, and the gradients of some inputs for cotangents of some outputs."""

    inputs: Nodes
    outputs: Nodes
    cotangents: Nodes
    gradients: Nodes

    @staticmethod
    def of(
        graph: Graph,
        seeded: Sequence[int],
        wrt: Sequence[Node],
        given: Sequence[Node] | None = None,
    ) -> JointGraph:
        """Reverse mode from the outputs `seeded`: from fresh cotangents, or from those given."""
        # Stable before it is differentiated: the derivative inherits one form of the maths.
        outputs = stabilise(with_simple_loops(graph.outputs))
        chosen = [outputs[index] for index in seeded]
        cotangents = tuple(given or (fresh_input(node, "cotangent") for node in chosen))
        gradients = vjp(chosen, wrt, cotangents)
        nodes, count = with_simple_loops([*outputs, *gradients]), len(outputs)
        return JointGraph(graph.inputs, nodes[:count], cotangents, nodes[count:])

    def recorded(self) -> JointGraph:
        """The same where forward and backward run apart; the gradients may read the outputs."""
        nodes = contracted((*self.outputs, *prefer_outputs(self.outputs, self.gradients)))
        count = len(self.outputs)
        return JointGraph(self.inputs, nodes[:count], self.cotangents, nodes[count:])

    @cached_property
    def order(self) -> list[Node]:
        """All nodes, at the same positions for all shapes for which the maths is the same."""
        return topological([*self.outputs, *self.gradients])

    @cached_property
    def unrounded(self) -> set[Node]:
        """The nodes that are kept in float32 as residuals."""
        return half_statistics(self.order)

    def kept(self, outputs: Sequence[int], residuals: Sequence[int]) -> list[Node]:
        """Outputs, and residuals by their positions."""
        return [*(self.outputs[n] for n in outputs), *(self.order[n] for n in residuals)]

    def forward(self, residuals: Sequence[int]) -> Graph:
        """(inputs) to the outputs and the residuals."""
        saved = widened(self.kept((), residuals), self.unrounded)
        return Graph(self.inputs, (*self.outputs, *saved))

    def backward(self, outputs: Sequence[int], residuals: Sequence[int]) -> Graph:
        """(cotangents, arrays, what is kept, floats) to the gradients."""
        old = self.kept(outputs, residuals)
        new: list[Node] = []
        replaced: dict[Node, Node] = {}
        for number, node in enumerate(old):
            wide = number >= len(outputs) and node in self.unrounded
            given, replaced[node] = residual_input(node, wide=wide)
            new.append(given)
        arrays = [node for node in self.inputs if not node.flag("scalar")]
        floats = [node for node in self.inputs if node.flag("scalar")]
        inputs = (*self.cotangents, *arrays, *new, *floats)
        return Graph(inputs, substitute(self.gradients, replaced))


@dataclass(frozen=True)
class Partition:
    """Forward and backward, as JointGraph says, and what is kept between them.

    The backward reads the outputs `outputs`, the `residuals`, and more than the shape of the
    inputs `needed`.
    """

    forward: Graph
    backward: Graph
    outputs: Indices
    residuals: Indices
    needed: Indices


def _partition(graph: Graph, strides: Strides, seeded: Indices, wrt: Indices) -> Partition:
    joint = JointGraph.of(graph, seeded, [graph.inputs[n] for n in wrt]).recorded()
    chosen = min_cut_partition(joint.outputs, joint.gradients, joint.inputs, joint.cotangents)
    given = set(joint.inputs)
    # Extrema are compared as rounded, as they are as outputs; other statistics are read unrounded.
    made = set(joint.outputs) - {x for x in joint.unrounded if x.op not in ("max", "min")}
    outputs = tuple(
        n for n, x in enumerate(joint.outputs) if x in chosen and x not in given and x in made
    )
    residuals = tuple(joint.order.index(x) for x in chosen if x not in given and x not in made)
    backward = joint.backward(outputs, residuals)
    read = set(topological(backward.outputs))
    needed = tuple(n for n, x in enumerate(joint.inputs) if x in read or residuals)
    return Partition(joint.forward(residuals), backward, outputs, residuals, needed)


def _partition_filler(made: Partition, seen: Graph) -> Callable[[Graph, Values], Partition]:
    forward, backward = Template(made.forward, seen), Template(made.backward, seen)

    def fill(graph: Graph, values: Values) -> Partition:
        halves = forward(graph, values), backward(graph, values)
        return Partition(*halves, made.outputs, made.residuals, made.needed)

    return fill


def _vjp_graph(graph: Graph, strides: Strides, seeded: Indices, wrt: Indices) -> Graph:
    joint = JointGraph.of(graph, seeded, [graph.inputs[n] for n in wrt])
    return Graph((*joint.cotangents, *joint.inputs), joint.gradients)


def _pullback_graph(
    backward: Graph, strides: Strides, floats: tuple[bool, ...], kept: Indices, outputs: int
) -> Graph:
    inputs = iter(backward.inputs)
    cotangents = [next(inputs) for _ in range(outputs)]
    arrays = [next(inputs) for is_float in floats if not is_float]
    values = [fresh_input(node, "value") for node in cotangents]
    for number in kept:
        values[number] = next(inputs)
    rest = [*inputs]
    residuals = rest[: len(rest) - sum(floats)]
    remaining = {False: iter(arrays), True: iter(rest[len(residuals) :])}
    own = [next(remaining[is_float]) for is_float in floats]
    return Graph((*own, *values, *residuals, *cotangents), backward.outputs)


def _gradient_graph(graph: Graph, strides: Strides, wrt: Indices, chosen: Indices) -> Graph:
    loss = graph.outputs[0]
    one = constant(1.0, loss.shape, loss.dtype)
    joint = JointGraph.of(graph, (0,), [graph.inputs[n] for n in wrt], (one,))
    every = (*joint.outputs, *joint.gradients)
    return Graph(joint.inputs, tuple(every[n] for n in chosen))


def _jvp_graph(graph: Graph, strides: Strides, moving: Indices, outputs: Indices) -> Graph:
    stable = stabilise(graph.outputs)
    wrt = [graph.inputs[n] for n in moving]
    tangents = [fresh_input(node, "tangent") for node in wrt]
    found = jvp([stable[n] for n in outputs], wrt, tangents)
    arrays = [node for node in graph.inputs if not node.flag("scalar")]
    floats = [node for node in graph.inputs if node.flag("scalar")]
    return Graph((*arrays, *tangents, *floats), with_simple_loops(found))


# (graph, outputs with cotangents, inputs with gradients)
partition = SizeGeneric(_partition, _partition_filler, rules=True)
# The same -> (cotangents, inputs) to gradients.
vjp_graph = SizeGeneric(_vjp_graph, Template, rules=True)
# (backward of a partition, which of the inputs are floats, outputs kept, number of outputs)
# -> (inputs, outputs, residuals, cotangents) to gradients.
pullback_graph = SizeGeneric(_pullback_graph, Template, rules=True)
# (graph, inputs with gradients, positions) -> inputs to those of the outputs, followed by the
# gradients of the first output, that are at these positions.
gradient_graph = SizeGeneric(_gradient_graph, Template, rules=True)
# (graph, inputs with tangents, outputs) -> (arrays, tangents, floats) to tangents.
jvp_graph = SizeGeneric(_jvp_graph, Template, rules=True)


def open_graph(graph: Graph) -> Graph:
    """The graph, with what its outputs are made of besides its inputs as further inputs."""
    known = set(graph.inputs)
    others = [x for x in graph.nodes if x.primitive.name == "input" and x not in known]
    return Graph((*graph.inputs, *others), graph.outputs) if others else graph
