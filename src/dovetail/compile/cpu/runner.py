"""Runs a program of kernels from compiled code: one call, and no Python in it.

    i64 run_program(ptr program, ptr given, ptr scalars, ptr parallel_for)

`program` is a table of 64-bit words, made here once for given shapes and strides; `given` are
the addresses of the input arrays, then of the output arrays; `scalars` the floats of the
call. A result other than 0 says that an index was out of range. Frameworks' own front entry points
(hosts/) collect those addresses and call this.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Sequence

import numpy as np

from dovetail.compile.cpu import native, native_memory
from dovetail.compile.cpu.executor import kernel_address
from dovetail.compile.cpu.ir import field, loop
from dovetail.compile.cpu.memory import rounded
from dovetail.compile.program import KernelCall, Program
from dovetail.compile.steps import Buffer
from dovetail.errors import CompileError

OUT_OF_RANGE = (
    "an index is out of range: check labels and indices against the number of classes or rows"
)
_SMALL = 4096  # bytes of temporaries that fit on the stack

# The words of a program, and of each step.
PROGRAM = (
    "given", "temporaries", "offsets", "constants", "addresses", "arena", "steps", "table",
    "most_slots", "most_values",
)  # fmt: skip
STEP = (
    "kernel", "words", "values", "value_count", "given_count", "given", "slot_count", "slots",
    "zero_count", "zeros",
)  # fmt: skip


def _text() -> str:
    words = "\n".join(
        field(
            "program",
            PROGRAM,
            name,
            "ptr" if name in ("offsets", "addresses", "table") else "i64",
        )
        for name in PROGRAM
    )
    step = "\n".join(
        field("step", STEP, name, "i64" if name.endswith("count") else "ptr") for name in STEP
    )
    copy_given = """
  %g.from = getelementptr ptr, ptr %given, i64 %g
  %g.value = load ptr, ptr %g.from
  %g.to = getelementptr ptr, ptr %buffers, i64 %g
  store ptr %g.value, ptr %g.to"""
    place_temporary = """
  %t.from = getelementptr i64, ptr %program.offsets, i64 %t
  %t.offset = load i64, ptr %t.from
  %t.value = getelementptr i8, ptr %arena, i64 %t.offset
  %t.slot = add i64 %program.given, %t
  %t.to = getelementptr ptr, ptr %buffers, i64 %t.slot
  store ptr %t.value, ptr %t.to"""
    place_constant = """
  %c.from = getelementptr ptr, ptr %program.addresses, i64 %c
  %c.value = load ptr, ptr %c.from
  %c.slot = add i64 %first.constant, %c
  %c.to = getelementptr ptr, ptr %buffers, i64 %c.slot
  store ptr %c.value, ptr %c.to"""
    clear = """
  %z.two = mul i64 %z, 2
  %z.slot.at = getelementptr i64, ptr %step.zeros, i64 %z.two
  %z.slot = load i64, ptr %z.slot.at
  %z.bytes.at = getelementptr i64, ptr %z.slot.at, i64 1
  %z.bytes = load i64, ptr %z.bytes.at
  %z.buffer.at = getelementptr ptr, ptr %buffers, i64 %z.slot
  %z.buffer = load ptr, ptr %z.buffer.at
  call void @llvm.memset.p0.i64(ptr %z.buffer, i8 0, i64 %z.bytes, i1 false)"""
    copy_value = """
  %v.from = getelementptr double, ptr %step.values, i64 %v
  %v.value = load double, ptr %v.from
  %v.to = getelementptr double, ptr %values, i64 %v
  store double %v.value, ptr %v.to"""
    put_scalar = """
  %s.two = mul i64 %s, 2
  %s.position.at = getelementptr i64, ptr %step.given, i64 %s.two
  %s.position = load i64, ptr %s.position.at
  %s.number.at = getelementptr i64, ptr %s.position.at, i64 1
  %s.number = load i64, ptr %s.number.at
  %s.from = getelementptr double, ptr %scalars, i64 %s.number
  %s.value = load double, ptr %s.from
  %s.to = getelementptr double, ptr %values, i64 %s.position
  store double %s.value, ptr %s.to"""
    put_buffer = """
  %b.slot.at = getelementptr i64, ptr %step.slots, i64 %b
  %b.slot = load i64, ptr %b.slot.at
  %b.from = getelementptr ptr, ptr %buffers, i64 %b.slot
  %b.value = load ptr, ptr %b.from
  %b.to = getelementptr ptr, ptr %slots, i64 %b
  store ptr %b.value, ptr %b.to"""
    run = f"""
  %n.offset = mul i64 %n, {8 * len(STEP)}
  %step = getelementptr i8, ptr %program.table, i64 %n.offset
{step}
{loop("z", "%step.zero_count", "n.body", clear)}
  %inputs = icmp sgt i64 %step.given_count, 0
  br i1 %inputs, label %own, label %ready
own:
{loop("v", "%step.value_count", "own", copy_value)}
{loop("s", "%step.given_count", "v.exit", put_scalar)}
  br label %ready
ready:
  %called = phi ptr [%step.values, %z.exit], [%values, %s.exit]
{loop("b", "%step.slot_count", "ready", put_buffer)}
  call void %step.kernel(ptr %slots, ptr %step.words, ptr %called, ptr %parallel_for)"""
    return f"""
declare ptr @dovetail_take(i64)
declare void @dovetail_give(ptr, i64)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define i64 @run_program(ptr %program, ptr %given, ptr %scalars, ptr %parallel_for) {{
entry:
{words}
  %first.constant = add i64 %program.given, %program.temporaries
  %last = add i64 %first.constant, %program.constants
  %total = add i64 %last, 1
  %buffers = alloca ptr, i64 %total
  %slots = alloca ptr, i64 %program.most_slots
  %values = alloca double, i64 %program.most_values
  %status = alloca i64
  store i64 0, ptr %status
  %status.at = getelementptr ptr, ptr %buffers, i64 %last
  store ptr %status, ptr %status.at
  %small = icmp sle i64 %program.arena, {_SMALL}
  br i1 %small, label %stack, label %heap
stack:
  %near = alloca i8, i64 %program.arena, align 64
  br label %begin
heap:
  %far = call ptr @dovetail_take(i64 %program.arena)
  br label %begin
begin:
  %arena = phi ptr [%near, %stack], [%far, %heap]
{loop("g", "%program.given", "begin", copy_given)}
{loop("t", "%program.temporaries", "g.exit", place_temporary)}
{loop("c", "%program.constants", "t.exit", place_constant)}
{loop("n", "%program.steps", "c.exit", run)}
  br i1 %small, label %end, label %release
release:
  call void @dovetail_give(ptr %arena, i64 %program.arena)
  br label %end
end:
  %result = load i64, ptr %status
  ret i64 %result
}}
"""


@functools.cache
def define_symbols() -> None:
    """Make `dovetail_run_program`, `dovetail_take` and `dovetail_give` known to compiled code."""
    native_memory.define_symbols()
    native.define_symbol("dovetail_run_program", native.load(_text()).address("run_program"))


class NativeProgram:
    """A program as the table that `run_program` reads; `address` is where that is.

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
        rows: list[list[int]] = []
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
            rows.append([
                kernel_address(step.lowered.nest), words.add(step.lowered.words),
                words.add(map(_bits, values)), len(values),
                len(pairs), words.add([word for pair in pairs for word in pair]),
                len(used), words.add(used),
                len(zeros), words.add([w for b in zeros for w in (slots[b], b.nbytes)]),
            ])  # fmt: skip
        arena = program.arena_bytes
        self._constants = [
            buffer.source.attr("array").value for buffer in constants if buffer.source
        ]
        table = words.add([word for row in rows for word in row])
        pointers = [table + len(STEP) * row + STEP.index(name) for row in range(len(rows))
                    for name in ("words", "values", "given", "slots", "zeros")]  # fmt: skip
        head = words.add([
            len(given) + len(outputs), len(program.offsets),
            words.add(program.offsets.values()), len(constants),
            words.add(array.ctypes.data for array in self._constants),
            arena if arena <= _SMALL else rounded(arena), len(rows), table,
            most_slots, most_values,
        ])  # fmt: skip
        pointers += [head + PROGRAM.index(name) for name in ("offsets", "addresses", "table")]
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
