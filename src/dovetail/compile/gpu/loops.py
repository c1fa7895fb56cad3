"""Loops over time as one kernel, where every element goes its own way.

A step that is one pass of elementwise maths, in which a carry is read where it was written, needs
nothing of other threads: each takes all steps of its own elements, and nothing waits. So one launch
computes a linear recurrence or a filter of any length, and its gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dovetail.compile.gpu.kernel_writer import GLOBAL, Parameter
from dovetail.compile.gpu.kernels import Module, Printed, compiled, printed
from dovetail.compile.gpu.printer import NestPrinter
from dovetail.compile.gpu.schedule import Schedule
from dovetail.compile.gpu.target import Target
from dovetail.compile.loops import RUNNING, Instruction, Loop, Nest
from dovetail.compile.on_demand import OnDemand
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall, Program, operand_layout
from dovetail.compile.steps import LoopCall
from dovetail.errors import UnsupportedError
from dovetail.graph.node import Graph, Node


@dataclass(frozen=True)
class Role:
    """What a buffer of the step's kernel is in the loop.

    "fixed": the same in all steps. "moving": an x or a y, further on by as many bytes in each step.
    "written": a new carry, which is in two memories in turn. "read": a carry, as the step before
    has written it to the buffer `of`.
    """

    kind: Literal["fixed", "moving", "written", "read"]
    of: int = -1


@dataclass(frozen=True)
class LoopKernel:
    """A loop whose step is one kernel, with the role of each of its buffers.

    `operands` and `outputs`: the number among those of the loop, by the number of the buffer.
    `literals`: the arrays that the step holds.
    """

    call: KernelCall
    roles: tuple[Role, ...]
    operands: Mapping[int, int]
    outputs: Mapping[int, int]
    literals: Mapping[int, Node]


def loop_kernel(loop: LoopCall, program: Program) -> LoopKernel:
    """The kernel of a loop's step; UnsupportedError where it is none, or its elements meet."""
    body = loop.body
    strides = [operand_layout(operand, program.strides)[1] for operand in loop.operands]
    inner = tuple(
        tuple(map(int, each[1:] if number >= body.first_x else each))
        for number, each in enumerate(strides)
    )
    step = body.derived(
        ("gpu kernel", inner),
        lambda: lower_graph(Graph(body.inputs, body.outputs), inner, processor="gpu"),
    )
    if loop.length <= 0 or len(step.steps) != 1 or not isinstance(step.steps[0], KernelCall):
        raise _refused("a loop over time of several kernels or library calls")
    kernel = step.steps[0]
    plan, buffers = step.schedule, kernel.lowered.buffers
    sources = {each.source: each for each in plan.buffers.values() if each.source is not None}
    operands = {
        buffers.index(sources[node]): number
        for number, node in enumerate(step.graph.inputs)
        if node in sources and sources[node] in buffers
    }
    outputs = {buffers.index(each): number for number, each in enumerate(plan.outputs)
               if each in buffers}  # fmt: skip
    literals = {
        number: each.source
        for number, each in enumerate(buffers)
        if number not in operands and each.source is not None
    }
    known = {*operands, *outputs, *literals}
    if len(outputs) != len(plan.outputs) or known != set(range(len(buffers))):
        raise _refused("a loop over time with values between its steps")
    written = {number: place for place, number in outputs.items()}
    roles: list[Role] = []
    for place in range(len(buffers)):
        number = operands.get(place)
        if place in literals or (number is not None and body.carries <= number < body.first_x):
            roles.append(Role("fixed"))
        elif number is not None and number < body.carries:
            roles.append(Role("read", written[number]))
        elif number is None and outputs[place] < body.carries:
            roles.append(Role("written"))
        else:
            roles.append(Role("moving"))
    _require_own_elements(kernel, roles)
    return LoopKernel(kernel, tuple(roles), operands, outputs, literals)


def _refused(what: str) -> UnsupportedError:
    return UnsupportedError(
        f"{what} has no GPU kernel",
        "loops of elementwise maths, in which no element of a carry depends on others",
        "call it on tensors of that device: the framework's own functions compute it",
    )


def _require_own_elements(kernel: KernelCall, roles: list[Role]) -> None:
    """Refuse a step in which a thread would read what another one has written."""
    nest = kernel.lowered.nest
    loops = nest.loops
    simple = (
        len(loops) == 1
        and all(isinstance(item, (Instruction, Loop)) for item in nest.row)
        and not (loops[0].accumulations or nest.partials or nest.checks or nest.scatters)
        and not (nest.sequential or any(access.indexed for access in nest.accesses))
        and not any(item.op in RUNNING for item in nest.instructions)
        and all(node.op != "input" for node in kernel.lowered.scalars)
    )
    if not simple:
        raise _refused("a loop over time whose step sums or indexes")
    places: dict[int, set[tuple[int, ...]]] = {}
    for number, access in enumerate(nest.accesses):
        if access.buffer is not None:
            places.setdefault(access.buffer, set()).add(tuple(kernel.lowered.access_words(number)))
    for number, role in enumerate(roles):
        if role.kind == "read" and not places.get(number, set()) <= places[role.of]:
            raise _refused("a loop over time whose elements meet")
    if any(len(places[number]) > 1 for number, role in enumerate(roles) if role.kind == "written"):
        raise _refused("a loop over time that writes a carry in two ways")


class LoopPrinter(NestPrinter):
    """Prints the kernel of a step with the loop over the steps around it."""

    def __init__(self, nest: Nest, schedule: Schedule, roles: tuple[Role, ...]) -> None:
        super().__init__(nest, schedule)
        self.roles = roles
        self.now: list[str] = []  # the address of each buffer in this step

    def kernel(self, name: str) -> str:
        """The text of the kernel."""
        length = self.launched("length")
        time = self.count_loop("0", length)
        left = self.integer(f"and i64 {self.integer(f'sub i64 {length}, {time[0]}')}, 1")
        to_first = self.integer(f"icmp eq i64 {left}, 1")  # so that the last step writes there
        begins = self.integer(f"icmp eq i64 {time[0]}, 0")
        self.now = [self._address(n, time[0], to_first, begins) for n in range(len(self.roles))]
        self.body()
        self.close_loop(time, self.rolled())
        return self.define_kernel(name)

    def _address(self, number: int, time: str, to_first: str, begins: str) -> str:
        given, role = super().buffer(number), self.roles[number]
        if role.kind == "moving":
            passed = self.integer(f"mul i64 {time}, {self.launched(f'step{number}')}")
            return self.integer(f"getelementptr i8, {GLOBAL} {given}, i64 {passed}")
        if role.kind == "written":
            return self._one_of(to_first, given, self._other(number))
        if role.kind == "read":
            before = self._one_of(to_first, self._other(role.of), super().buffer(role.of))
            return self._one_of(begins, given, before)
        return given

    def _other(self, number: int) -> str:
        """The second memory of a carry."""
        return self._given(f"%o{number}", Parameter("other", number))

    def _one_of(self, condition: str, one: str, other: str) -> str:
        return self.integer(f"select i1 {condition}, {GLOBAL} {one}, {GLOBAL} {other}")

    def buffer(self, number: int) -> str:
        """The address of a buffer in this step."""
        return self.now[number]


def loop_module(found: LoopKernel, schedule: Schedule, target: Target) -> Module:
    """The kernel of a loop; equal loops share it, whatever their sizes and lengths."""
    nest, roles = found.call.lowered.nest, found.roles

    def print_all() -> list[Printed]:
        printer = LoopPrinter(nest, schedule, roles)
        return [printed(printer, printer.kernel)]

    text = f"loop of {roles}:\n{nest.text()}"
    (module,) = compiled(text, schedule, target, OnDemand(print_all))
    return module
