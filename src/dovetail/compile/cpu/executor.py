"""Runs a program on NumPy arrays."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import runtime, threads
from dovetail.compile.cpu.entry_points import Layout, Layouts, entry_point
from dovetail.compile.cpu.kernels import kernel_address
from dovetail.compile.cpu.library import call_library
from dovetail.compile.cpu.memory import LARGE, array_at, empty
from dovetail.compile.cpu.native_steps import is_native, raising_failures
from dovetail.compile.cpu.runner import kernel_buffers, native_loops, native_product
from dovetail.compile.index_checks import fallible_nodes, with_checks
from dovetail.compile.index_map import IndexMap, strided
from dovetail.compile.program import (
    KernelCall,
    LoweredLoop,
    Program,
    ProgramStep,
    at_once,
    loops_of,
    may_share,
    touched,
)
from dovetail.compile.steps import Buffer, LibraryCall, Operand
from dovetail.graph.node import Node
from dovetail.graph.primitives.indexing import out_of_range

Array = np.ndarray[Any, Any]


class Frame:
    """The memory of one running call: the arena, and everything that lies in it."""

    __slots__ = ("arena", "scalars", "status", "views")

    def __init__(self, program: Program) -> None:
        raw = np.empty(program.arena_bytes + 64, np.uint8)
        start = -raw.ctypes.data % 64
        self.arena = raw[start : start + program.arena_bytes]
        self.views: dict[Buffer, Array] = {}
        for buffer, offset in program.offsets.items():
            part = self.arena[offset : offset + buffer.nbytes]
            self.views[buffer] = part.view(buffer.dtype.numpy).reshape(buffer.shape)
        self.status = np.zeros(1, np.int64)
        self.scalars: list[Array] = []


class _Kernel:
    """A kernel with its addresses and constant words."""

    def __init__(self, call: KernelCall, slots: dict[Buffer, int], program: Program) -> None:
        lowered = call.lowered
        self.address = kernel_address(lowered.nest)
        self.words = np.array(lowered.words, np.int64)
        self.words_address = self.words.ctypes.data
        self.values = np.array(lowered.values, np.float64)
        self.values_address = self.values.ctypes.data
        names = [node for node in program.graph.inputs if node.flag("scalar")]
        self.given = lowered.given(names)
        words = lowered.words
        tasks = words[0] * words[5] * words[7]
        self.serial = tasks <= 1
        self.slots = [STATUS if b is None else slots[b] for b in kernel_buffers(call)]
        self.entry_point = entry_point(len(self.slots))


STATUS = -1


class Executable:
    """A compiled program. Call it with the arrays and the scalars of its inputs, in order."""

    def __init__(self, program: Program) -> None:
        self.program = program
        graph, plan = program.graph, program.schedule
        arrays = [node for node in graph.inputs if not node.flag("scalar")]
        # Every buffer has a slot; slot -1 is the status word.
        self._slots: dict[Buffer, int] = {}
        positions = {node: number for number, node in enumerate(arrays)}
        self._inputs: list[tuple[int, int]] = []
        self._constants: list[tuple[int, Array]] = []
        for node, buffer in plan.buffers.items():
            if buffer.source is node:
                slot = self._slot(buffer)
                if node.op == "input":
                    self._inputs.append((slot, positions[node]))
                else:
                    self._constants.append((slot, node.attr("array").value))
        self._outputs = [(self._slot(b), b, shape) for b, shape in
                         zip(plan.outputs, plan.output_shapes, strict=True)]  # fmt: skip
        self._temporaries = [(self._slot(buffer), buffer) for buffer in program.offsets]
        self._frames: list[Frame] = []
        self._layouts: list[Layouts] = []  # native code holds their addresses
        self._kernels: list[_Kernel] = []  # the closures below hold addresses into them
        self._native: list[Any] = []  # likewise
        self._groups = list(at_once(program.steps))
        self._zero_first = self._zeroing()
        self._steps = [self._prepared(group) for group in self._groups]
        self._checks = program.has_checks
        self._input_layouts = [_layout(node, program) for node in arrays]
        self._output_layouts = [
            (buffer.dtype.numpy, shape, row_major(shape, buffer.dtype.itemsize))
            for _, buffer, shape in self._outputs
        ]
        self._guards: dict[bool, Callable[..., None]] = {}
        self._single = self._single_call(len(arrays))

    def _guard(self, with_outputs: bool) -> Callable[..., None]:
        """A function that raises an error for arrays that the program was not made for."""
        layouts = Layouts(
            "this call", [*self._input_layouts, *(self._output_layouts if with_outputs else ())]
        )
        self._layouts.append(layouts)
        return functools.partial(
            entry_point(len(layouts.layouts)), _no_op(), 0, 0, 0, layouts.address
        )

    def _kernel(self, call: KernelCall) -> _Kernel:
        kernel = _Kernel(call, self._slots, self.program)
        self._kernels.append(kernel)
        return kernel

    def _slot(self, buffer: Buffer) -> int:
        return self._slots.setdefault(buffer, len(self._slots))

    def _zeroing(self) -> dict[int, list[int]]:
        """The slots to clear before each group of steps."""
        cleared: set[Buffer] = set()
        result: dict[int, list[int]] = {}
        for number, (step, *_) in enumerate(self._groups):
            for buffer in step.lowered.buffers if isinstance(step, KernelCall) else ():
                if buffer.zeroed and buffer not in cleared:
                    cleared.add(buffer)
                    result.setdefault(number, []).append(self._slot(buffer))
        return result

    def _prepared(self, group: Sequence[ProgramStep]) -> Callable[[list[Any], Any], None]:
        """What runs a step, or loops that run at the same time."""
        step = group[0]
        if isinstance(step, LibraryCall):
            return self._library(step)
        if isinstance(step, LoweredLoop):
            return self._loops_at_once(loops_of(group))
        kernel = self._kernel(step)
        slots, run, address = kernel.slots, kernel.entry_point, kernel.address
        words, values = kernel.words_address, kernel.values_address
        pool = threads.serial_for_address if kernel.serial else threads.parallel_for_address

        def call(arrays: list[Any], scalars: Any) -> None:
            run(address, words, values, pool(), 0, *[arrays[slot] for slot in slots])

        template = kernel.values.tolist()
        kind = ctypes.c_double * len(template)

        def call_with_scalars(arrays: list[Any], scalars: Any) -> None:
            own = kind(*template)
            for position, number in kernel.given:
                own[position] = scalars[number]
            at = ctypes.addressof(own)
            run(address, words, at, pool(), 0, *[arrays[slot] for slot in slots])

        return call_with_scalars if kernel.given else call

    def _library(self, step: LibraryCall) -> Callable[[list[Any], Any], None]:
        if is_native(step, self.program):
            # On the threads of kernels: those of BLAS spin for milliseconds after a product.
            made = native_product(step, self.program)
            self._native.append(made)
            slots = [self._slot(buffer) for buffer in touched(step)]
            run, pool = entry_point(len(slots)), threads.parallel_for_address

            def multiply(arrays: list[Any], scalars: Any) -> None:
                run(made.kernel, made.address, 0, pool(), 0, *[arrays[slot] for slot in slots])

            return multiply
        target = self._slot(step.buffer)
        sources = [(self._slot(o.buffer), _view(o)) for o in step.operands]
        node = step.node

        def call(arrays: list[Any], scalars: Any) -> None:
            operands = [view(arrays[slot]) for slot, view in sources]
            with np.errstate(all="ignore"):  # kernels do not warn either
                call_library(node, operands, arrays[target])

        return call

    def _loops_at_once(self, loops: Sequence[LoweredLoop]) -> Callable[[list[Any], Any], None]:
        calls: list[tuple[Any, int, int, list[int]]] = []
        for made, buffers in native_loops(loops):
            self._native.append(made)
            slots = [STATUS if each is None else self._slot(each) for each in buffers]
            calls.append((entry_point(len(slots)), made.kernel, made.address, slots))
        pool = threads.parallel_for_address

        def call(arrays: list[Any], scalars: Any) -> None:
            for run, address, words, slots in calls:
                own = [arrays[slot] for slot in slots]
                raising_failures(run, address, words, 0, pool(), 0, *own)

        return call

    def _single_call(self, arrays: int) -> Callable[..., list[Array]] | None:
        """A direct call of the only kernel, where its buffers are the inputs and the outputs."""
        steps = self.program.steps
        if len(steps) != 1 or not isinstance(steps[0], KernelCall) or self._constants:
            return None
        kernel = self._kernel(steps[0])
        outputs = [slot for slot, _, _ in self._outputs]
        inputs = dict(self._inputs)
        known = {*inputs, *outputs}
        if kernel.given or not set(kernel.slots) <= known or self._zero_first:
            return None
        if any(buffer.shape != shape for _, buffer, shape in self._outputs):
            return None
        positions = {**inputs, **{slot: arrays + n for n, slot in enumerate(outputs)}}
        order = [positions[slot] for slot in kernel.slots]
        in_order = order == list(range(arrays + len(outputs)))
        every_layout = [*self._input_layouts, *self._output_layouts]
        layouts = Layouts("this call", [every_layout[position] for position in order])
        self._layouts.append(layouts)
        run, address, fits = kernel.entry_point, kernel.address, layouts.address
        words, values = kernel.words_address, kernel.values_address
        makers = [_maker(buffer) for _, buffer, _ in self._outputs]
        (make,) = makers if len(makers) == 1 else (None,)
        serial = threads.serial_for_address() if kernel.serial else 0

        def call(given: Sequence[Any], into: Sequence[Array] | None) -> list[Array]:
            if into is not None:
                made = list(into)
            else:
                made = [make()] if make is not None else [each() for each in makers]
            pool = serial or threads.parallel_for_address()
            if in_order:
                run(address, words, values, pool, fits, *given, *made)
            else:
                every = [*given, *made]
                run(address, words, values, pool, fits, *[every[position] for position in order])
            return made

        return call

    def shares(self, output: int, position: int) -> bool:
        """Whether an output may be written over the array input at a position."""
        given = [buffer for buffer in self.program.schedule.buffers.values() if buffer.source]
        arrays = [node for node in self.program.graph.inputs if not node.flag("scalar")]
        source = next((b for b in given if b.source is arrays[position]), None)
        target, shape = (
            self.program.schedule.outputs[output],
            self.program.schedule.output_shapes[output],
        )
        in_place = source is None or may_share(self.program, target, source)
        return in_place and target.shape == shape == arrays[position].shape

    def __call__(
        self,
        arrays: Sequence[Any],
        scalars: Sequence[float] = (),
        into: Sequence[Array] | None = None,
    ) -> list[Array]:
        """The outputs; written into the arrays `into`, where given.

        Those are C-contiguous arrays of the outputs' shapes and types, and share memory
        with an input only where `shares` allows it.
        """
        if self._single is not None:
            return self._single(arrays, into)
        guard = self._guards.get(into is not None)
        if guard is None:
            guard = self._guards.setdefault(into is not None, self._guard(into is not None))
        guard(*arrays, *(into or ()))
        try:
            frame = self._frames.pop()
        except IndexError:
            frame = Frame(self.program)
        memory: list[Any] = [None] * (len(self._slots) + 1)
        memory[STATUS] = frame.status
        for slot, position in self._inputs:
            memory[slot] = arrays[position]
        for slot, array in self._constants:
            memory[slot] = array
        for slot, buffer in self._temporaries:
            memory[slot] = frame.views[buffer]
        for number, (slot, buffer, _) in enumerate(self._outputs):
            memory[slot] = (
                into[number].reshape(buffer.shape) if into else empty(buffer.shape, buffer.dtype)
            )
        zero_first = self._zero_first
        for number, step in enumerate(self._steps):
            if number in zero_first:
                for slot in zero_first[number]:
                    memory[slot].fill(0)
            step(memory, scalars)
        results = [
            memory[slot] if buffer.shape == shape else memory[slot].reshape(shape)
            for slot, buffer, shape in self._outputs
        ]
        if self._checks and frame.status[0]:
            raise out_of_range(fallible_nodes(with_checks(self.program.graph)))
        self._frames.append(frame)
        return results


@functools.cache
def _no_op() -> int:
    """The address of a kernel that does nothing."""
    return runtime.load("serial").address("dovetail_no_kernel")


def _layout(node: Node, program: Program) -> Layout:
    """The layout that the program expects of an input."""
    strides = program.strides.get(node, row_major(node.shape, node.dtype.itemsize))
    return node.dtype.numpy, node.shape, strides


def _maker(buffer: Buffer) -> Callable[[], Array]:
    """A function that allocates an output."""
    if buffer.nbytes >= LARGE:
        return functools.partial(empty, buffer.shape, buffer.dtype)
    return functools.partial(np.empty, buffer.shape, buffer.dtype.numpy)


def _view(operand: Operand) -> Callable[[Array], Array]:
    """How a library call sees an operand: the strides of its views over the buffer."""
    index: IndexMap = operand.index
    shape = operand.shape

    def view(array: Array) -> Array:
        base = array if array.shape == shape else array.reshape(shape)
        return _strided(base, index, extents)

    extents = operand.extents
    return view


def _strided(base: Array, index: IndexMap, extents: tuple[int, ...]) -> Array:
    """An array that is read through an index map, as a view."""
    offset, steps = strided(index, base.strides, len(extents))
    strides = tuple(steps)
    if not base.size:
        return np.empty(extents, base.dtype)
    if offset == 0 and strides == base.strides and extents == base.shape:
        return base
    address = base.__array_interface__["data"][0] + offset
    return array_at(address, extents, strides, base.dtype, base)
