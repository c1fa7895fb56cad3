"""An update of flat memory as one kernel that works in place, on a piece of any length.

`flat_plan(flat, processor)`: the kernel of a flat graph (flat.py) whose arrays are the parameter,
the gradient and the states, and whose outputs are the new parameter and states. Which of its
run-time words are the length is seen by planning it for two lengths.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from dovetail.compile.flat import flattened
from dovetail.compile.loops import Processor
from dovetail.compile.lower import Lowered
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall, may_share
from dovetail.compile.steps import Buffer
from dovetail.graph.node import Graph, Node

# Lengths that a kernel is planned for: below the size of a task on the CPU, so that there is one,
# and like no other number of a plan.
LENGTH, _OTHER = 16_381, 12_289


@dataclass(frozen=True, eq=False)
class FlatPlan:
    """`roles`: which array each buffer of the kernel is. `lengths`: the words that are the length.
    `inputs`: of the graph.
    """

    kernel: Lowered
    roles: tuple[int, ...]
    lengths: tuple[int, ...]
    inputs: tuple[Node, ...]

    @property
    def floats(self) -> list[Node]:
        """The scalars of a call, in order."""
        return [node for node in self.inputs if node.flag("scalar")]


@functools.lru_cache(maxsize=512)
def flat_plan(flat: Graph, processor: Processor) -> FlatPlan | None:
    """The kernel of a flat graph of `LENGTH` elements; None if it is not one, or not in place."""
    first, second = (_planned(flattened(flat, each), processor) for each in (LENGTH, _OTHER))
    if first is None or second is None:
        return None
    if first.kernel.nest.text() != second.kernel.nest.text():
        return None
    lengths: list[int] = []
    pairs = zip(first.kernel.words, second.kernel.words, strict=True)
    for position, pair in enumerate(pairs):
        if pair == (LENGTH, _OTHER):
            lengths.append(position)
        elif pair[0] != pair[1]:
            return None
    return FlatPlan(first.kernel, first.roles, tuple(lengths), first.inputs)


def _planned(flat: Graph, processor: Processor) -> FlatPlan | None:
    """The program for flat arrays of one length, if it is one kernel that may run in place."""
    strides = [None if n.flag("scalar") else (n.dtype.itemsize,) for n in flat.inputs]
    # What an update leaves as it was need not be written.
    written = {
        role: node
        for number, node in enumerate(flat.outputs)
        if node is not flat.inputs[role := number + 1 if number else 0]
    }
    if not written:
        return None
    graph = Graph(flat.inputs, tuple(written.values()))
    program = lower_graph(graph, strides, processor=processor)
    plan = program.schedule
    sources = {
        role: plan.buffers[node]
        for role, node in enumerate(program.graph.inputs)
        if node in plan.buffers
    }
    roles: dict[Buffer, int] = {buffer: role for role, buffer in sources.items()}
    roles |= dict(zip(plan.outputs, written, strict=True))
    if len(roles) != len(sources) + len(written) or len(program.steps) != 1:
        return None  # an output that is an input, or two that are one
    (step,) = program.steps
    if not isinstance(step, KernelCall) or step.partials is not None or step.lowered.nest.checks:
        return None
    buffers = step.lowered.buffers
    if not set(buffers) <= set(roles) or any(buffer.zeroed for buffer in buffers):
        return None
    in_place = all(
        role not in sources or may_share(program, output, sources[role])
        for output, role in zip(plan.outputs, written, strict=True)
    )
    if not in_place:
        return None
    own = tuple(roles[buffer] for buffer in buffers)
    return FlatPlan(step.lowered, own, (), program.graph.inputs)
