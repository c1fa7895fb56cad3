"""Runs a program of kernels from compiled code: one call, and no Python in it.

`dovetail_run_program` (runtime/program.c) reads a table of 64-bit words, which is made here once
for given shapes and strides; it is given the addresses of the input arrays, then of the output
arrays, and the floats of the call. A result other than 0 says that an index was out of range. The
entry points of frameworks collect those addresses and call this.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Sequence

import numpy as np

from dovetail.compile.cpu import native_memory, runtime
from dovetail.compile.cpu.executor import kernel_address
from dovetail.compile.cpu.memory import rounded
from dovetail.compile.program import KernelCall, Program
from dovetail.compile.steps import Buffer
from dovetail.errors import CompileError

OUT_OF_RANGE = runtime.message("OUT_OF_RANGE")


@functools.cache
def define_symbols() -> None:
    """Make the functions of runtime/program.c and memory.c known to compiled code."""
    native_memory.define_symbols()
    runtime.export("program", "dovetail_run_program")


class NativeProgram:
    """A program as the table that `dovetail_run_program` reads; `address` is where that is.

    Inputs and outputs are numbered as in the graph; the arrays must lie as the program was
    planned for. Keep the object as long as its address is in use.
    """

    def __init__(self, program: Program) -> None:
        define_symbols()
        graph, plan = program.graph, program.schedule
        arrays = [node for node in graph.inputs if not node.flag("scalar")]
        floats = [node for node in graph.inputs if node.flag("scalar")]
        given = [plan.buffers.get(node) for node in arrays]
        outputs = list(plan.outputs)
        # An array that no kernel reads has no buffer, but its address is given all the same.
        order: list[Buffer | None] = [*given, *outputs, *program.offsets]
        constants = [
            buffer
            for node, buffer in plan.buffers.items()
            if buffer.source is node and node.op != "input"
        ]
        slots: dict[Buffer, int] = {}
        slots |= {buffer: slot for slot, buffer in enumerate(order) if buffer is not None}
        slots |= {buffer: len(order) + n for n, buffer in enumerate(constants)}
        status = len(order) + len(constants)
        cleared: set[Buffer] = set()
        rows: list[int] = []
        most_slots = most_values = 1
        words = _Words()
        for step in program.steps:
            if not isinstance(step, KernelCall):
                raise CompileError(
                    f"a step of this program is the library call {step.node.op!r}",
                    "kernels alone",
                    "cut the graph at its library calls first (operations/segments.py)",
                )
            zeros = [b for b in step.lowered.buffers if b.zeroed and b not in cleared]
            cleared.update(zeros)
            used = _slots(step, slots, status)
            values = [
                0.0 if node.op == "input" else node.attr("value") for node in step.lowered.scalars
            ]
            pairs = [
                (position, floats.index(node))
                for position, node in enumerate(step.lowered.scalars)
                if node.op == "input"
            ]
            most_slots, most_values = max(most_slots, len(used)), max(most_values, len(values))
            rows += runtime.words(
                "Step",
                kernel=kernel_address(step.lowered.nest),
                words=words.add(step.lowered.words),
                values=words.add(map(_bits, values)),
                value_count=len(values),
                given_count=len(pairs),
                given=words.add([word for pair in pairs for word in pair]),
                slot_count=len(used),
                slots=words.add(used),
                zero_count=len(zeros),
                zeros=words.add([word for b in zeros for word in (slots[b], b.nbytes)]),
            )
        arena = program.arena_bytes
        self._constants = [
            buffer.source.attr("array").value for buffer in constants if buffer.source
        ]
        table = words.add(rows)
        head = words.add(
            runtime.words(
                "Program",
                given=len(given) + len(outputs),
                temporaries=len(program.offsets),
                offsets=words.add(program.offsets.values()),
                constants=len(constants),
                addresses=words.add(array.ctypes.data for array in self._constants),
                arena=arena if arena <= runtime.constant("STACK_ARENA") else rounded(arena),
                steps=len(program.steps),
                table=table,
                most_slots=most_slots,
                most_values=most_values,
            )
        )
        fields = runtime.fields("Step")
        pointers = [
            table + row + fields.index(name)
            for row in range(0, len(rows), len(fields))
            for name in ("words", "values", "given", "slots", "zeros")
        ]
        fields = runtime.fields("Program")
        pointers += [head + fields.index(name) for name in ("offsets", "addresses", "table")]
        self._words = np.array(words.values, np.int64)
        start = self._words.ctypes.data
        self._words[pointers] = self._words[pointers] * 8 + start
        self.address = start + 8 * head


class _Words:
    """Words that lie one after the other."""

    def __init__(self) -> None:
        self.values: list[int] = []

    def add(self, values: Iterable[int]) -> int:
        """The place of the first of these words."""
        place = len(self.values)
        self.values += values
        return place


def _bits(value: float) -> int:
    """A float64 as a word."""
    (word,) = struct.unpack("q", struct.pack("d", value))
    return word


def _slots(step: KernelCall, slots: dict[Buffer, int], status: int) -> Sequence[int]:
    """The buffers of a kernel, in its order: its own, its partial results, the status word."""
    used = [slots[buffer] for buffer in step.lowered.buffers]
    checks = step.lowered.nest.checks
    if step.partials is not None:
        used.append(slots[step.partials])
    elif checks:
        used.append(status)
    if checks:
        used.append(status)
    return used
