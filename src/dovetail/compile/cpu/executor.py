"""Runs a program on NumPy arrays."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import threads
from dovetail.compile.cpu.entry_points import Layout, Layouts, entry_point
from dovetail.compile.cpu.kernels import kernel_address
from dovetail.compile.cpu.memory import LARGE, empty
from dovetail.compile.cpu.native_steps import raising_failures
from dovetail.compile.cpu.runner import NativeProgram, kernel_buffers, program_kernel
from dovetail.compile.program import KernelCall, Program, may_share
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Shape

Array = np.ndarray[Any, Any]
Call: TypeAlias = Callable[[Sequence[Any], Sequence[float], "Sequence[Array] | None"], list[Array]]

_STATUS: Layout = (np.dtype(np.int64), (1,), (8,))


class Executable:
    """A compiled program. Call it with the arrays and the scalars of its inputs, in order."""

    def __init__(self, program: Program) -> None:
        self.program = program
        plan = program.schedule
        self._inputs = [node for node in program.graph.inputs if not node.flag("scalar")]
        results = [
            (shape, buffer.dtype)
            for buffer, shape in zip(plan.outputs, plan.output_shapes, strict=True)
        ]
        self._layouts = [
            *input_layouts(program),
            *((kind.numpy, shape, row_major(shape, kind.itemsize)) for shape, kind in results),
        ]
        self._makers = [_maker(*result) for result in results]
        self._call = self._kernel_call() or self._program_call()

    def _kernel_call(self) -> Call | None:
        """A direct call of the only kernel, where its buffers are the inputs and the outputs."""
        program, plan = self.program, self.program.schedule
        if len(program.steps) != 1 or not isinstance(program.steps[0], KernelCall):
            return None
        step = program.steps[0]
        lowered, buffers = step.lowered, kernel_buffers(step)
        every = [*map(plan.buffers.get, self._inputs), *plan.outputs]
        given = lowered.given([node for node in program.graph.inputs if node.flag("scalar")])
        zeroed = any(buffer.zeroed for buffer in lowered.buffers)
        if given or zeroed or None in buffers or not set(buffers) <= set(every):
            return None
        order = [every.index(buffer) for buffer in buffers]
        in_order = order == list(range(len(every)))
        layouts = Layouts("this call", [self._layouts[position] for position in order])
        words, values = np.array(lowered.words, np.int64), np.array(lowered.values, np.float64)
        self._kept = layouts, words, values  # the call below has their addresses
        kernel, run = kernel_address(lowered.nest), entry_point(len(order))
        sizes, scalars, fits = words.ctypes.data, values.ctypes.data, layouts.address
        tasks = lowered.words[0] * lowered.words[5] * lowered.words[7]
        serial = threads.serial_for_address() if tasks <= 1 else 0
        makers = self._makers
        make = makers[0] if len(makers) == 1 else None

        def call(
            arrays: Sequence[Any], floats: Sequence[float], into: Sequence[Array] | None
        ) -> list[Array]:
            if into is not None:
                made = list(into)
            else:
                made = [make()] if make is not None else [each() for each in makers]
            pool = serial or threads.parallel_for_address()
            if in_order:
                run(kernel, sizes, scalars, pool, fits, *arrays, *made)
            else:
                both = [*arrays, *made]
                run(kernel, sizes, scalars, pool, fits, *[both[position] for position in order])
            return made

        return call

    def _program_call(self) -> Call:
        """A call of all steps."""
        native = NativeProgram(self.program, python=True)
        layouts = Layouts("this call", [*self._layouts, _STATUS])
        self._kept = native, layouts  # the call below has their addresses
        run, kernel = entry_point(len(layouts.layouts)), program_kernel()
        table, fits, makers = native.address, layouts.address, self._makers
        floats = ctypes.c_double * (len(self.program.graph.inputs) - len(self._inputs))

        def call(
            arrays: Sequence[Any], scalars: Sequence[float], into: Sequence[Array] | None
        ) -> list[Array]:
            made = [each() for each in makers] if into is None else list(into)
            status, given = np.zeros(1, np.int64), floats(*scalars)
            pool, numbers = threads.parallel_for_address(), ctypes.addressof(given)
            raising_failures(run, kernel, table, numbers, pool, fits, *arrays, *made, status)
            if status[0]:
                native.check(status[0])
            return made

        return call

    def shares(self, output: int, position: int) -> bool:
        """Whether an output may be written over the array input at a position."""
        plan, node = self.program.schedule, self._inputs[position]
        source = plan.buffers.get(node)
        target, shape = plan.outputs[output], plan.output_shapes[output]
        in_place = source is None or may_share(self.program, target, source)
        return in_place and target.shape == shape == node.shape

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
        return self._call(arrays, scalars, into)


def input_layouts(program: Program) -> list[Layout]:
    """The layouts that a program expects of its arrays."""
    return [
        (node.dtype.numpy, node.shape,
         program.strides.get(node, row_major(node.shape, node.dtype.itemsize)))
        for node in program.graph.inputs
        if not node.flag("scalar")
    ]  # fmt: skip


def _maker(shape: Shape, dtype: DType) -> Callable[[], Array]:
    """A function that allocates an output."""
    if math.prod(shape) * dtype.itemsize >= LARGE:
        return partial(empty, shape, dtype)
    return partial(np.empty, shape, dtype.numpy)
