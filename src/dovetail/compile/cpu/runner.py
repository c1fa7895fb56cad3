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
from typing import Any

import numpy as np

from dovetail.compile.cpu import native_memory, runtime
from dovetail.compile.cpu.kernels import kernel_address
from dovetail.compile.cpu.memory import rounded
from dovetail.compile.cpu.native_steps import NativeLoop, native_call
from dovetail.compile.program import KernelCall, Loop, Program, touched
from dovetail.compile.steps import Buffer, LibraryCall
from dovetail.errors import CompileError

OUT_OF_RANGE = runtime.message("OUT_OF_RANGE")


@functools.cache
def define_symbols() -> None:
    """Make the functions of runtime/program.c and memory.c known to compiled code."""
    native_memory.define_symbols()
    runtime.export("program", "dovetail_run_program")


def native_loop(step: Loop) -> NativeLoop:
    """A loop for compiled code; the table of its body is made once."""
    key = "native", id(step.program)  # which the body keeps, too
    known: NativeProgram | None = step.call.body.attached.get(key)
    if known is None:
        known = step.call.body.attached[key] = NativeProgram(step.program, in_loop=True)
    define_symbols()
    return NativeLoop(step, known.address)


class NativeProgram:
    """A program as the table that `dovetail_run_program` reads; `address` is where that is.

    Inputs and outputs are numbered as in the graph; the arrays must lie as the program was
    planned for. Keep the object as long as its address is in use. Only loops, and programs with
    loops, call libraries: the gradient of a loop multiplies what all of its steps have left.
    """

    def __init__(self, program: Program, *, in_loop: bool = False) -> None:
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
        absolute: set[int] = set()  # places in the rows that hold addresses already
        fields = runtime.fields("Step")
        most_slots = most_values = 1
        words = _Words()
        self._steps: list[Any] = []
        calls = in_loop or any(isinstance(step, Loop) for step in program.steps)
        for step in program.steps:
            if isinstance(step, LibraryCall) and not calls:
                raise CompileError(
                    f"a step of this program is the library call {step.node.op!r}",
                    "kernels and loops alone",
                    "cut the graph at its library calls first (operations/segments.py)",
                )
            if not isinstance(step, KernelCall):
                made = (
                    native_loop(step) if isinstance(step, Loop)
                    else native_call(step, program.strides)
                )  # fmt: skip
                self._steps.append(made)
                used = [slots[buffer] for buffer in touched(step)]
                if isinstance(step, Loop):
                    used.append(status)
                most_slots = max(most_slots, len(used))
                absolute.add(len(rows) + fields.index("words"))
                rows += _step(words, used, kernel=made.kernel, words=made.address)
                continue
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
            rows += _step(
                words, used, values, pairs,
                [word for b in zeros for word in (slots[b], b.nbytes)],
                kernel=kernel_address(step.lowered.nest),
                words=words.add(step.lowered.words),
            )  # fmt: skip
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
        pointers = [
            table + row + fields.index(name)
            for row in range(0, len(rows), len(fields))
            for name in ("words", "values", "given", "slots", "zeros")
            if row + fields.index(name) not in absolute
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


def _step(
    table: _Words,
    slots: Sequence[int],
    values: Sequence[float] = (),
    given: Sequence[tuple[int, int]] = (),
    zeros: Sequence[int] = (),
    **kernel: int,
) -> list[int]:
    """The words of one step; `kernel`: its address and its words."""
    return runtime.words(
        "Step",
        values=table.add(map(_bits, values)),
        value_count=len(values),
        given_count=len(given),
        given=table.add([word for pair in given for word in pair]),
        slot_count=len(slots),
        slots=table.add(slots),
        zero_count=len(zeros) // 2,
        zeros=table.add(zeros),
        **kernel,
    )


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
