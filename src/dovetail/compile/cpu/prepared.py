"""A program that runs many times on the same arrays, some of which it overwrites.

A call changes what is to change in a table of addresses and a table of numbers, and is one call of
native code: nothing is looked up, compared or allocated.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import blas, runtime, threads
from dovetail.compile.cpu.entry_points import Layouts
from dovetail.compile.cpu.memory import empty
from dovetail.compile.cpu.native_steps import multiplies, raising_failures
from dovetail.compile.cpu.runner import NativeProgram
from dovetail.compile.in_place import Pair, in_place
from dovetail.compile.index_checks import fallible_nodes, with_checks
from dovetail.compile.program import Program
from dovetail.graph.primitives.indexing import out_of_range

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
        self._program = changes.program
        self._native = NativeProgram(changes.program, libraries=True, changes=changes)
        nodes = program.graph.inputs
        arrays = [node for node in nodes if not node.flag("scalar")]
        self._layouts = Layouts("this call", [
            (node.dtype.numpy, node.shape,
             program.strides.get(node, row_major(node.shape, node.dtype.itemsize)))
            for node in arrays
        ])  # fmt: skip
        plan, first = program.schedule, len(arrays)
        targets = dict(changes.shared)
        self.scalars = np.zeros(max(1, len(nodes) - first), np.float64)
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
        words = runtime.words(
            "Prepared",
            program=self._native.address,
            given=self._given.ctypes.data,
            scalars=self.scalars.ctypes.data,
            threads=blas.threads_address() if multiplies(program) else 0,
        )
        self._words = np.array(words, np.int64)
        self._address = self._words.ctypes.data
        self._run = _function()

    def bind(self, position: int, array: Array) -> None:
        """Use this array for an input from now on; it must lie as the program was planned for."""
        Layouts("this call", [self._layouts.layouts[position]]).check([array])
        self._arrays[position] = array
        self.bind_address(position, array.ctypes.data)

    def bind_address(self, position: int, address: int) -> None:
        """Use memory at this address for an input; the caller keeps it, and knows that it fits."""
        self._given[position] = address
        if position in self._followers:
            self._given[self._followers[position]] = address

    def run(self) -> bool:
        """Run it; False if a number was not finite, and then nothing has been overwritten."""
        status = raising_failures(self._run, self._address, threads.parallel_for_address())
        if status & _OUTSIDE:
            raise out_of_range(fallible_nodes(with_checks(self._program.graph)))
        return not status


_OUTSIDE = runtime.constant("OUTSIDE")


@functools.cache
def _function() -> Callable[[int, int], int]:
    """The native function, called without the lock of the interpreter."""
    blas.one_thread()  # which it calls
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
    return kind(runtime.load("prepared").address("dovetail_run_prepared"))
