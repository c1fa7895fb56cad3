"""A compiled GPU program: everything that a launch (native_program.py) needs, and nothing of CUDA.

`gpu_program(program, target)` makes one of a planned graph (`pipeline.lower_graph` with the
`processor` of the target) for given sizes, strides and alignments. Planning another size fills in
numbers, and finds all code in a cache.

What is done once for each program:

- load `module.ptx` of each launch (the driver compiles it) and look up `module.name`; where
  `shared_bytes` exceeds 48 KiB, allow the function that many;
- copy `constants` to the device.

And for each call, on one stream, in order:

- allocate `workspace_bytes` for the call, at an address divisible by 256, and the `outputs`, each
  in C order;
- for a `Clear`, `cuMemsetD8Async` of so many zero bytes there;
- for a `HostCall`, compute the result of the library call. There are none in a program that is made
  for a device: hosts cut operations at library calls. The emulator (verify/emulator) runs them;
- for a `Launch`, `cuLaunchKernel` of the function with `grid`, blocks of `module.threads`, and
  `shared_bytes`. Each argument is a word of 64 bits: an address (`Pointer`), an integer (`Word`),
  the bits of a float64 (`Float`), or those of a scalar input of this call (`Given`, its place among
  the scalar inputs of the graph).

No kernel allocates, synchronises or reads what is not an argument. An array that is given must lie
as the program was planned for, and its address be divisible by what `alignments` says of it. If
`status` is not None, the 64-bit word there, in the workspace, is 1 after the last launch if an
index was out of bounds (it was taken as 0), else 0; whether and when somebody reads it is the
caller's choice. An output may have the memory of an input where `program.may_share` says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

from dovetail.compile.accesses import row_major
from dovetail.compile.gpu.kernel_writer import Parameter
from dovetail.compile.gpu.kernels import Module, modules_of
from dovetail.compile.gpu.loop_blocks import added_up, block_loop, block_module
from dovetail.compile.gpu.loops import loop_kernel, loop_module
from dovetail.compile.gpu.schedule import Shape, finish_grid, schedule_of, shape_of
from dovetail.compile.gpu.target import Target, target_of
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall, LoweredLoop, Program, operand_layout
from dovetail.compile.steps import Buffer, LibraryCall, LoopCall
from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node
from dovetail.graph.node import Shape as Extents

ALIGNMENT = 256  # of the workspace and of what lies in it


class Area(Enum):
    """Memory that an address may be in."""

    INPUT = "input"
    OUTPUT = "output"
    CONSTANT = "constant"
    WORKSPACE = "workspace"


@dataclass(frozen=True)
class Pointer:
    """An address: so many bytes into an input, output or constant, or into the workspace."""

    area: Area
    number: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Word:
    """An integer of 64 bits."""

    value: int


@dataclass(frozen=True)
class Float:
    """A float64."""

    value: float


@dataclass(frozen=True)
class Given:
    """The scalar input of this number, as float64."""

    number: int


Argument = Pointer | Word | Float | Given


@dataclass(frozen=True, eq=False)
class Launch:
    """One kernel with its grid and its arguments."""

    module: Module
    grid: tuple[int, int, int]
    shared_bytes: int
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Clear:
    """Bytes that are set to zero."""

    pointer: Pointer
    nbytes: int


@dataclass(frozen=True)
class View:
    """An array that a library call reads or writes, by its address and strides in bytes."""

    pointer: Pointer
    dtype: DType
    shape: Extents
    strides: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class HostCall:
    """A library call, such as a matrix product."""

    node: Node
    operands: tuple[View, ...]
    result: View


Step = Launch | Clear | HostCall


@dataclass(frozen=True, eq=False)
class GpuProgram:
    """See the head of this file."""

    target: Target
    steps: tuple[Step, ...]
    alignments: tuple[int, ...]  # of the array inputs
    outputs: tuple[tuple[Extents, DType], ...]
    constants: tuple[np.ndarray[Any, Any], ...]
    workspace_bytes: int
    status: Pointer | None

    @property
    def device_steps(self) -> tuple[Launch | Clear, ...]:
        """The steps of a program without library calls, as every one for a device is."""
        assert not any(isinstance(step, HostCall) for step in self.steps)
        return tuple(step for step in self.steps if not isinstance(step, HostCall))

    @property
    def launches(self) -> tuple[Launch, ...]:
        """The steps that are kernels."""
        return tuple(step for step in self.steps if isinstance(step, Launch))

    @property
    def modules(self) -> tuple[Module, ...]:
        """The modules of the kernels, each once."""
        return tuple(dict.fromkeys(launch.module for launch in self.launches))


def gpu_program(
    program: Program, target: str | Target, alignments: Sequence[int] | None = None,
    reads_status: bool = True, library: bool = False,
) -> GpuProgram:  # fmt: skip
    """The GPU program of a planned graph.

    `alignments`: powers of two that the addresses of the array inputs are divisible by, at least
    the size of an element; 16 and more are alike, and the default. `reads_status`: whether the
    status means something; clearing it is a step. UnsupportedError, if a step has no GPU kernel;
    with `library`, library calls are steps of the program.
    """
    chip = target_of(target) if isinstance(target, str) else target
    return _Builder(program, chip, alignments).built(reads_status, library)


class _Builder:
    """Collects the steps of a program."""

    def __init__(self, program: Program, target: Target, alignments: Sequence[int] | None) -> None:
        self.program, self.target = program, target
        graph, plan = program.graph, program.schedule
        arrays = [node for node in graph.inputs if not node.flag("scalar")]
        self.scalars = [node for node in graph.inputs if node.flag("scalar")]
        self.alignments = tuple(alignments or [ALIGNMENT] * len(arrays))
        self.places: dict[Buffer, Pointer] = {}
        self.aligned: dict[Buffer, int] = {}
        self.constants: list[np.ndarray[Any, Any]] = []
        positions = {node: number for number, node in enumerate(arrays)}
        for node, buffer in plan.buffers.items():
            if buffer.source is node and node.op == "input":
                self.places[buffer] = Pointer(Area.INPUT, positions[node])
                self.aligned[buffer] = self.alignments[positions[node]]
            elif buffer.source is node:
                self.places[buffer] = Pointer(Area.CONSTANT, len(self.constants))
                self.aligned[buffer] = ALIGNMENT
                self.constants.append(node.attr("array").value)
        for buffer, offset in program.offsets.items():
            self.places[buffer] = Pointer(Area.WORKSPACE, 0, offset)
            self.aligned[buffer] = ALIGNMENT
        for number, buffer in enumerate(plan.outputs):
            self.places[buffer] = Pointer(Area.OUTPUT, number)
            self.aligned[buffer] = ALIGNMENT
        self.workspace = _rounded(program.arena_bytes)
        self.status: Pointer | None = None
        self.cleared: set[Buffer] = set()
        self.steps: list[Step] = []

    def built(self, reads_status: bool, library: bool) -> GpuProgram:
        if self.program.has_checks:
            self.status = self._reserved(8)
            if reads_status:
                self.steps.append(Clear(self.status, 8))
        for step in self.program.steps:
            if library and isinstance(step, LibraryCall):
                self._library(step)
                continue
            if isinstance(step, LoweredLoop):
                self._loop(step)
                continue
            if not isinstance(step, KernelCall):
                raise UnsupportedError(
                    f"a step of this program, a library call of {step.node.op}, has no GPU kernel",
                    "elementwise maths, reductions, gathers, scatters, elementwise loops alone",
                    "call it on tensors of that device: the framework's own functions compute it",
                )
            self._kernel(step)
        plan = self.program.schedule
        return GpuProgram(
            self.target, tuple(self.steps), self.alignments,
            tuple((shape, buffer.dtype) for shape, buffer in
                  zip(plan.output_shapes, plan.outputs, strict=True)),
            tuple(self.constants), self.workspace, self.status if reads_status else None,
        )  # fmt: skip

    def _reserved(self, nbytes: int) -> Pointer:
        """A place of its own in the workspace."""
        place = Pointer(Area.WORKSPACE, 0, self.workspace)
        self.workspace += _rounded(nbytes)
        return place

    def _library(self, call: LibraryCall) -> None:
        operands: list[View] = []
        for operand in call.operands:
            place, dtype = self.places[operand.buffer], operand.buffer.dtype
            offset, strides = operand_layout(operand, self.program.strides)
            moved = replace(place, offset=place.offset + offset)
            operands.append(View(moved, dtype, operand.extents, strides))
        made = call.buffer
        strides = row_major(made.shape, made.dtype.itemsize)
        result = View(self.places[made], made.dtype, made.shape, strides)
        self.steps.append(HostCall(call.node, tuple(operands), result))

    def _kernel(self, call: KernelCall) -> None:
        lowered = call.lowered
        for buffer in lowered.buffers:
            if buffer.zeroed and buffer not in self.cleared:
                self.cleared.add(buffer)
                self.steps.append(Clear(self.places[buffer], buffer.nbytes))
        nest, words = lowered.nest, lowered.words
        aligned = [self.aligned[each] for each in lowered.buffers]
        schedule = schedule_of(nest, words, aligned, self.target)
        shape = shape_of(nest, schedule, words)
        partials = self._reserved(shape.partial_bytes)
        for module in modules_of(nest, schedule, self.target):
            arguments = tuple(
                self._argument(parameter, call, shape, partials) for parameter in module.parameters
            )
            grid, shared = shape.grid, shape.shared_bytes
            if module.finishes is not None:
                grid, shared = finish_grid(nest, module.finishes, words), 0
            self.steps.append(Launch(module, grid, shared, arguments))

    def _loop(self, loop: LoweredLoop) -> None:
        """One launch for all steps. Those of a loop in reverse are at negative distances."""
        call = loop.call
        try:
            found = loop_kernel(call, self.program)
        except UnsupportedError:
            self._block_loop(call)
            return
        lowered, length = found.call.lowered, call.length
        last = length - 1 if call.reverse else 0
        places: list[Pointer] = []
        aligned: list[int] = []
        numbers = {"length": length}
        others: dict[int, Pointer] = {}
        for number, (buffer, role) in enumerate(zip(lowered.buffers, found.roles, strict=True)):
            moved = 0
            if number in found.literals:
                place, alignment = self._literal(found.literals[number]), ALIGNMENT
            elif number in found.operands:
                operand = call.operands[found.operands[number]]
                place, alignment = self.places[operand.buffer], self.aligned[operand.buffer]
                offset, strides = operand_layout(operand, self.program.strides)
                moved = strides[0] if role.kind == "moving" else 0
                place = replace(place, offset=place.offset + offset)
            else:
                output = found.outputs[number]
                made = call.buffers[output]
                place, alignment = self.places[made], self.aligned[made]
                moved = buffer.nbytes if role.kind == "moving" else 0
                if role.kind == "written":
                    others[number] = self.places[call.scratch[output]]
            if role.kind == "moving":
                place = replace(place, offset=place.offset + last * moved)
                numbers[f"step{number}"] = -moved if call.reverse else moved
            places.append(place)
            aligned.append(math.gcd(alignment, place.offset, moved))
        alone = replace(self.target, is_whole=False)  # no clusters
        schedule = schedule_of(lowered.nest, lowered.words, aligned, alone)
        shape = shape_of(lowered.nest, schedule, lowered.words)
        module = loop_module(found, schedule, self.target)
        numbers |= shape.numbers

        def argument(parameter: Parameter) -> Argument:
            if parameter.kind == "buffer":
                return places[parameter.number]
            if parameter.kind == "other":
                return others[parameter.number]
            if parameter.kind == "word":
                return Word(lowered.words[parameter.number])
            if parameter.kind == "scalar":
                return Float(lowered.scalars[parameter.number].attr("value"))
            return Word(numbers[parameter.name])

        arguments = tuple(map(argument, module.parameters))
        self.steps.append(Launch(module, shape.grid, shape.shared_bytes, arguments))

    def _block_loop(self, call: LoopCall) -> None:
        """One launch for all steps and parts, and one for each sum over the parts."""
        found = block_loop(call, self.program, self.target)
        module = block_module(found.text, self.target)
        last = call.length - 1 if call.reverse else 0
        scratch = self._reserved(found.scratch_bytes)
        sums = {
            index: self._reserved(count * call.buffers[index].nbytes)
            for index, count in found.summands.items()
        }
        places: list[Pointer] = []
        for number, operand in enumerate(call.operands):
            place = self.places[operand.buffer]
            offset = operand_layout(operand, self.program.strides)[0]
            offset -= last * found.numbers[f"step{number}"]
            places.append(replace(place, offset=place.offset + offset))
        for index, buffer in enumerate(call.buffers):
            place = sums.get(index, self.places[buffer])
            offset = -last * found.numbers[f"step{len(places)}"]
            places.append(replace(place, offset=place.offset + offset))
        places += map(self._literal, found.literals)

        def argument(parameter: Parameter) -> Argument:
            if parameter.kind == "buffer":
                return places[parameter.number]
            if parameter.kind == "partials":
                return scratch
            if parameter.kind == "word":
                return Word(found.nest_of(parameter).words[parameter.number])
            if parameter.kind == "scalar":
                return self._scalar(found.nest_of(parameter).scalars[parameter.number])
            if parameter.kind == "status":
                assert self.status is not None
                return self.status
            return Word(found.numbers[parameter.name])

        arguments = tuple(map(argument, module.parameters))
        grid = (found.grid, 1, 1)
        self.steps.append(Launch(module, grid, found.shared_bytes, arguments))
        for index, summands in sums.items():
            self._add_up(call, index, found.summands[index], summands)

    def _add_up(self, call: LoopCall, index: int, count: int, summands: Pointer) -> None:
        """What the parts of a loop have left of a result."""
        is_carry, result = index < call.body.carries, call.buffers[index]
        graph = added_up(result.shape, result.dtype, count, is_carry)
        given = [summands]
        if is_carry:
            operand = call.operands[index]
            offset = operand_layout(operand, self.program.strides)[0]
            first = self.places[operand.buffer]
            given.append(replace(first, offset=first.offset + offset))
        strides = [row_major(node.shape, node.dtype.itemsize) for node in graph.inputs]
        program = lower_graph(graph, strides, processor="gpu")
        sources = dict(zip(program.graph.inputs, given, strict=True))
        for buffer in program.schedule.buffers.values():
            if buffer.source is not None:
                self.places[buffer] = sources[buffer.source]
                self.aligned[buffer] = buffer.dtype.itemsize
        for buffer in program.offsets:
            self.places[buffer] = self._reserved(buffer.nbytes)
            self.aligned[buffer] = ALIGNMENT
        (made,) = program.schedule.outputs
        self.places[made], self.aligned[made] = self.places[result], self.aligned[result]
        for step in program.steps:
            assert isinstance(step, KernelCall)
            self._kernel(step)

    def _literal(self, node: Node) -> Pointer:
        """The place of an array that a loop's step holds."""
        self.constants.append(node.attr("array").value)
        return Pointer(Area.CONSTANT, len(self.constants) - 1)

    def _argument(
        self, parameter: Parameter, call: KernelCall, shape: Shape, partials: Pointer
    ) -> Argument:
        lowered, number = call.lowered, parameter.number
        if parameter.kind == "buffer":
            return self.places[lowered.buffers[number]]
        if parameter.kind == "word":
            return Word(lowered.words[number])
        if parameter.kind == "launch":
            return Word(shape.numbers[parameter.name])
        if parameter.kind == "partials":
            return partials
        if parameter.kind == "scalar":
            return self._scalar(lowered.scalars[number])
        assert parameter.kind == "status"
        assert self.status is not None
        return self.status

    def _scalar(self, node: Node) -> Argument:
        return Given(self.scalars.index(node)) if node.op == "input" else Float(node.attr("value"))


def _rounded(nbytes: int) -> int:
    return -(-nbytes // ALIGNMENT) * ALIGNMENT
