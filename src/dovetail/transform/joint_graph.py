"""A graph together with its reverse mode, and how the two are run apart.

`JointGraph.of` is what reverse mode computes. `recorded` is the same for a forward and a backward
that run one after the other: contracted as one graph, so that both compute the same bits.
`partition` cuts that in two where the least must be kept between them. `partition` and `vjp_graph`
do their work once for all sizes (graph/generic.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from dovetail.graph.generic import SizeGeneric, Strides, Template, Values
from dovetail.graph.node import Graph, Node, substitute, topological
from dovetail.graph.primitives.elementwise import cast, unrounded
from dovetail.graph.primitives.row import constant, fresh_input
from dovetail.graph.views import statistics_of
from dovetail.transform.contract import contracted
from dovetail.transform.derivative import vjp
from dovetail.transform.min_cut import min_cut_partition
from dovetail.transform.output_residuals import prefer_outputs
from dovetail.transform.stabilise import stabilise

Indices = tuple[int, ...]


@dataclass(frozen=True)
class JointGraph:
    """The outputs, and the gradients of some inputs for cotangents of some outputs."""

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    cotangents: tuple[Node, ...]
    gradients: tuple[Node, ...]

    @staticmethod
    def of(
        graph: Graph,
        seeded: Sequence[int],
        wrt: Sequence[Node],
        given: Sequence[Node] | None = None,
    ) -> JointGraph:
        """Reverse mode from the outputs `seeded`: from fresh cotangents, or from those given."""
        # Stable before it is differentiated: the derivative inherits one form of the maths.
        outputs = stabilise(graph.outputs)
        chosen = [outputs[index] for index in seeded]
        cotangents = tuple(given or (fresh_input(node, "cotangent") for node in chosen))
        return JointGraph(graph.inputs, outputs, cotangents, tuple(vjp(chosen, wrt, cotangents)))

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
        """The statistics of half precisions, which are residuals in float32.

        Where one kernel computes and uses them they are not rounded: so what the backward computes
        with them again has the bits of the forward.
        """
        found = statistics_of(self.order)
        return {x for x in found if x.dtype.is_floating and x.dtype.compute is not x.dtype}

    def kept(self, outputs: Sequence[int], residuals: Sequence[int]) -> list[Node]:
        """Outputs, and residuals by their positions."""
        return [*(self.outputs[n] for n in outputs), *(self.order[n] for n in residuals)]

    def forward(self, residuals: Sequence[int]) -> Graph:
        """(inputs) to the outputs and the residuals."""
        saved = [
            cast(node, dtype=node.dtype.compute) if node in self.unrounded else node
            for node in self.kept((), residuals)
        ]
        return Graph(self.inputs, (*self.outputs, *saved))

    def backward(self, outputs: Sequence[int], residuals: Sequence[int]) -> Graph:
        """(inputs, cotangents, what is kept) to the gradients."""
        old = self.kept(outputs, residuals)
        new: list[Node] = []
        replaced: dict[Node, Node] = {}
        for number, node in enumerate(old):
            wide = number >= len(outputs) and node in self.unrounded
            new.append(fresh_input(node, "kept", dtype=node.dtype.compute if wide else node.dtype))
            replaced[node] = unrounded(new[-1], node.dtype) if wide else new[-1]
        found = substitute(self.gradients, replaced)
        return Graph((*self.inputs, *self.cotangents, *new), found)


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


def _partition_filler(made: Partition) -> Callable[[Graph, Values], Partition]:
    forward, backward = Template(made.forward), Template(made.backward)

    def fill(graph: Graph, values: Values) -> Partition:
        halves = forward.filled(graph, values), backward.filled(graph, values)
        return Partition(*halves, made.outputs, made.residuals, made.needed)

    return fill


def _vjp_graph(
    graph: Graph, strides: Strides, seeded: Indices, wrt: Indices, seed: float | None = None
) -> Graph:
    given = None
    if seed is not None:
        given = [constant(seed, x.shape, x.dtype) for x in (graph.outputs[n] for n in seeded)]
    joint = JointGraph.of(graph, seeded, [graph.inputs[n] for n in wrt], given)
    fresh = joint.cotangents if given is None else ()
    return Graph((*joint.inputs, *fresh), (*joint.outputs, *joint.gradients))


# (graph, outputs with cotangents, inputs with gradients)
partition = SizeGeneric(_partition, _partition_filler, rules=True)
# The same, and a number where it is every cotangent -> (inputs, cotangents) to outputs, gradients.
vjp_graph = SizeGeneric(_vjp_graph, lambda made: Template(made).filled, rules=True)


def open_graph(inputs: Sequence[Node], outputs: Sequence[Node]) -> Graph:
    """A graph of these inputs, and of whatever else its outputs are made of."""
    others = [node for node in topological(outputs) if node.primitive.name == "input"]
    return Graph(tuple(dict.fromkeys((*inputs, *others))), tuple(outputs))
