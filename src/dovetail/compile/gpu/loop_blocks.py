"""Loops over time as one kernel, where elements meet: a block takes all steps of a part.

The step is planned for one part (loop_parts.py), laid over the threads and the memory of a block
(loop_layout.py), and printed with the loops over parts and steps around it (loop_writer.py). What
parts add up is combined by another kernel.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.compile.accesses import row_major
from dovetail.compile.gpu.kernels import Module, Printed, compiled, printed
from dovetail.compile.gpu.loop_layout import BlockLoop, Layout, refused
from dovetail.compile.gpu.loop_parts import Division, divided
from dovetail.compile.gpu.loop_text import LoopText
from dovetail.compile.gpu.loop_writer import LoopWriter
from dovetail.compile.gpu.schedule import Schedule
from dovetail.compile.gpu.target import Target
from dovetail.compile.on_demand import OnDemand
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import Program, operand_layout
from dovetail.compile.steps import LoopCall
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph
from dovetail.graph.node import Shape as Extents
from dovetail.graph.primitives.elementwise import add
from dovetail.graph.primitives.row import input_node
from dovetail.graph.primitives.structure import sum_

MOST_ELEMENTS = 1 << 18  # of a value in the step of one block: more are faster as kernels of a step


def block_loop(call: LoopCall, program: Program, target: Target) -> BlockLoop:
    """A loop as a kernel; UnsupportedError where its step is none of one block."""
    body = call.body
    strides = [operand_layout(operand, program.strides)[1] for operand in call.operands]
    inner = tuple(
        tuple(map(int, each[1:] if number >= body.first_x else each))
        for number, each in enumerate(strides)
    )
    division = divided(body)
    if division.elements > MOST_ELEMENTS:
        raise refused(f"a loop over time whose parts have {division.elements} elements")
    step = body.derived(("gpu part", inner), lambda: _lowered(division, inner, body.carries))
    return Layout(call, division, step, strides, target).laid_out()


def _lowered(division: Division, inner: Sequence[tuple[int, ...]], carries: int) -> Program:
    """The program of a step of a part, whose carries are in C order."""
    inputs = division.graph.inputs
    given = [
        row_major(node.shape, node.dtype.itemsize) if number < carries else inner[number]
        for number, node in enumerate(inputs)
    ]
    return lower_graph(Graph(inputs, division.graph.outputs), given, processor="gpu")


def block_module(loop: LoopText, target: Target) -> Module:
    """The kernel of a loop; equal loops share it, whatever their sizes and lengths."""

    def print_all() -> list[Printed]:
        writer = LoopWriter(loop)
        return [printed(writer, writer.kernel)]

    plain = Schedule(loop.threads, 1, 1, ())
    (module,) = compiled(loop.text(), plain, target, OnDemand(print_all))
    return module


def added_up(shape: Extents, dtype: DType, count: int, is_carry: bool) -> Graph:
    """The sum of so many summands of a result; to a carry the first one is added."""
    parts = input_node("summands", (count, *shape), dtype)
    total = sum_(parts, axes=(0,))
    if not is_carry:
        return Graph((parts,), (total,))
    first = input_node("first", shape, dtype)
    return Graph((parts, first), (add(first, total),))
