"""A program that runs many times on the same arrays, some of which it overwrites.

A call changes what is to change in a table of addresses and a table of numbers, and is one call of
native code: nothing is looked up, compared or allocated.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from dovetail.compile.cpu.entry_points import Layouts
from dovetail.compile.cpu.executor import input_layouts
from dovetail.compile.cpu.memory import empty
from dovetail.compile.cpu.runner import NativeProgram
from dovetail.compile.in_place import Pair, in_place
from dovetail.compile.program import Program

Array = np.ndarray[Any, Any]


class PreparedProgram:
    """A program with its arrays and numbers.

    `pairs` are the outputs that overwrite array inputs, by position. Nothing is overwritten if an
    index is out of range, a library call fails, or an output of `finite`, a scalar of float32 or
    float64, is not finite. The other outputs are in `outputs`; the next run overwrites them.
    `scalars` are the numbers of a call, in order.
    """

    def __init__(
        self, program: Program, pairs: Sequence[Pair] = (), finite: Sequence[int] = ()
    ) -> None:
        changes = in_place(program, pairs, finite)
        self._native = NativeProgram(changes.program, python=True, changes=changes)
        self._layouts = input_layouts(program)
        plan, first = program.schedule, len(self._layouts)
        targets = dict(changes.shared)
        self.scalars = np.zeros(max(1, len(program.graph.inputs) - first), np.float64)
        self._given = np.zeros(first + len(plan.outputs), np.int64)
        self._arrays: list[Array | None] = [None] * first
        self._followers = {source: first + output for output, source in targets.items()}
        self.outputs: list[Array | None] = []
        for number, (buffer, shape) in enumerate(
            zip(plan.outputs, plan.output_shapes, strict=True)
        ):
            made = None if number in targets else empty(buffer.shape, buffer.dtype)
            if made is not None:
                self._given[first + number] = made.ctypes.data
            self.outputs.append(None if made is None else made.reshape(shape))
        given, scalars = self._given.ctypes.data, self.scalars.ctypes.data
        self.run = functools.partial(self._native.run, given, scalars)

    def bind(self, position: int, array: Array) -> None:
        """Use this array for an input from now on; it must lie as the program was planned for."""
        Layouts("this call", [self._layouts[position]]).check([array])
        self._arrays[position] = array
        self.bind_address(position, array.ctypes.data)

    def bind_address(self, position: int, address: int) -> None:
        """Use memory at this address for an input; the caller keeps it, and knows that it fits."""
        self._given[position] = address
        if position in self._followers:
            self._given[self._followers[position]] = address
