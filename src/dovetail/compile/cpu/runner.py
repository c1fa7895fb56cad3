"""Runs a program of kernels from compiled code: one call, and no Python in it.

`dovetail_run_program` (runtime/program.c) reads a table of 64-bit words, which is made here once
for given shapes and strides; it is given the addresses of the input arrays, then of the output
arrays, and the floats of the call. A result other than 0 says that an index was out of range. The
entry points of frameworks collect those addresses and call this.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from dovetail.compile.cpu import memory, runtime, threads
from dovetail.compile.cpu.kernels import kernel_address
from dovetail.compile.cpu.native_steps import (
    NativeCall,
    NativeLoop,
    NativeLoops,
    calls_python,
    failure_check,
    is_native,
    native_call,
    raising_failures,
    runs_in_parallel,
)
from dovetail.compile.in_place import InPlace
from dovetail.compile.index_checks import fallible_nodes, with_checks
from dovetail.compile.program import (
    KernelCall,
    LoweredLoop,
    Program,
    ProgramStep,
    at_once,
    loops_of,
    touched,
)
from dovetail.compile.steps import Buffer, LibraryCall
from dovetail.errors import CompileError
from dovetail.graph.primitives.indexing import out_of_range

OUT_OF_RANGE = runtime.message("OUT_OF_RANGE")
_OUTSIDE, _NO_ARENA = map(runtime.constant, ("OUTSIDE", "NO_ARENA"))


@functools.cache
def define_symbols() -> None:
    """Make the functions of runtime/program.c and memory.c known to compiled code."""
    memory.define_symbols()
    runtime.export("program", "dovetail_run_program")


def native_loops(
    steps: Sequence[LoweredLoop], one_thread: bool = False
) -> Iterator[tuple[NativeLoop | NativeLoops, list[Buffer | None]]]:
    """Steps of compiled code, each with its buffers, of loops that may run at the same time.

    A buffer None is the status word. Loops that call Python run one after the other, because they
    need the lock of the interpreter, which the caller may hold.
    """
    loops = [native_loop(step, one_thread) for step in steps]
    buffers: list[list[Buffer | None]] = [[*touched(step), None] for step in steps]
    if len(loops) == 1 or one_thread or any(calls_python(step.program) for step in steps):
        yield from zip(loops, buffers, strict=True)
    else:
        yield NativeLoops(loops), [*itertools.chain(*buffers)]


def native_loop(step: LoweredLoop, one_thread: bool = False) -> NativeLoop:
    """A loop for compiled code; the table of its body is made once.

    `one_thread`: it runs inside of a task.
    """
    independent = not one_thread and runs_in_parallel(step)
    alone = one_thread or independent or step.parts is not None

    def address(program: Program) -> int:
        key = "native", id(program), alone  # which the body keeps, too
        return step.call.body.derived(
            key, lambda: NativeProgram(program, of_body=True, one_thread=alone)
        ).address

    define_symbols()
    last = step.program if step.parts is None else step.parts.last
    return NativeLoop(step, address(step.program), address(last), independent)


def kernel_buffers(step: KernelCall) -> list[Buffer | None]:
    """What a kernel is given, in its order: buffers, partial results, the status word as None."""
    checks = step.lowered.nest.checks
    found: list[Buffer | None] = [*step.lowered.buffers]
    if step.partials is not None or checks:
        found.append(step.partials)
    return [*found, None] if checks else found


class NativeProgram:
    """A program as the table that `dovetail_run_program` reads; `address` is where that is.

    Inputs and outputs are numbered as in the graph; the arrays must lie as the program was
    planned for. Keep the object as long as its address is in use. `python`: library calls other
    than products may call Python, which they may in any program with loops. `changes`: the inputs
    that it overwrites; given for `changes.program`. `of_body`: it is the body of a loop, which
    keeps BLAS on one thread. `one_thread`: it runs inside of a task.
    """

    def __init__(
        self, program: Program, *, python: bool = False, changes: InPlace | None = None,
        of_body: bool = False, one_thread: bool = False,
    ) -> None:  # fmt: skip
        define_symbols()
        loops = any(isinstance(step, LoweredLoop) for step in program.steps)
        if not (python or of_body or loops):
            _require_no_python(program)
        self._graph = program.graph
        steps = _Steps(program, changes, one_thread, keeps_threads=not of_body)
        words, rows = steps.words, steps.rows
        arena = program.arena_bytes
        self._native = steps.native
        self._constants = steps.constants
        table = words.add(rows)
        head = words.add(
            runtime.words(
                "Program",
                given=steps.given,
                temporaries=len(program.offsets),
                offsets=words.add(program.offsets.values()),
                constants=len(self._constants),
                addresses=words.add(array.ctypes.data for array in self._constants),
                arena=arena if arena <= runtime.constant("STACK_ARENA") else memory.rounded(arena),
                steps=steps.count,
                table=table,
                most_slots=max(1, *_column(rows, "slot_count")),
                most_values=max(1, *_column(rows, "value_count")),
                commit=steps.commit,
            )
        )
        fields = runtime.fields("Step")
        pointers = [
            table + row + fields.index(name)
            for row in range(0, len(rows), len(fields))
            for name in ("words", "values", "given", "slots", "zeros")
            if row + fields.index(name) not in steps.absolute
        ]
        fields = runtime.fields("Program")
        pointers += [head + fields.index(name) for name in ("offsets", "addresses", "table")]
        self._words = np.array(words.values, np.int64)
        start = self._words.ctypes.data
        self._words[pointers] = self._words[pointers] * 8 + start
        self.address = start + 8 * head

    def run(self, given: int, scalars: int) -> bool:
        """Run it on the arrays whose addresses, and the floats which, are at these addresses.

        False if a number that had to be finite was not.
        """
        pool = threads.parallel_for_address()
        status = raising_failures(_run_program(), self.address, given, scalars, pool)
        self.check(status)
        return not status

    def check(self, status: int) -> None:
        """Raise the error that the status of a call stands for, unless a number was not finite."""
        if status & _NO_ARENA:
            raise MemoryError(runtime.message("NO_TEMPORARIES"))
        if status & _OUTSIDE:
            raise out_of_range(fallible_nodes(with_checks(self._graph)))


@functools.cache
def _run_program() -> Callable[[int, int, int, int], int]:
    """The native function, called without the lock of the interpreter."""
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 4)
    return kind(runtime.load("program").address("dovetail_run_program"))


@functools.cache
def program_kernel() -> int:
    """The address of the kernel that runs a program; the last of its buffers is the status."""
    return runtime.load("program").address("dovetail_program_kernel")


class _Steps:
    """The rows of a program's steps, and the words that they refer to by place."""

    def __init__(
        self, program: Program, changes: InPlace | None, one_thread: bool, *, keeps_threads: bool
    ) -> None:
        graph, plan = program.graph, program.schedule
        self._one_thread, self._keeps_threads = one_thread, keeps_threads
        self._floats = [node for node in graph.inputs if node.flag("scalar")]
        # An array that no kernel reads has no buffer, but its address is given all the same.
        given = [plan.buffers.get(node) for node in graph.inputs if not node.flag("scalar")]
        self.given = len(given) + len(plan.outputs)
        order: list[Buffer | None] = [*given, *plan.outputs, *program.offsets]
        constants = {
            buffer: node.attr("array").value
            for node, buffer in plan.buffers.items()
            if buffer.source is node and node.op != "input"
        }
        self.constants = [*constants.values()]
        order += constants
        self._slots = {buffer: slot for slot, buffer in enumerate(order) if buffer is not None}
        self._status = len(order)
        self._strides = program.strides
        self._cleared: set[Buffer] = set()
        self.words = _Words()
        self.rows: list[int] = []
        self.absolute: set[int] = set()  # places in the rows that hold addresses already
        self.native: list[NativeLoop | NativeLoops | NativeCall] = []  # whose addresses these are
        commit = len(program.steps) if changes is None else changes.commit
        self._add(program.steps[:commit])
        if changes is not None:
            self._add_checks(program, len(given), changes.finite)
        self.commit = self.count
        self._add(program.steps[commit:])
        for output, source in () if changes is None else changes.copied:
            slots = [len(given) + output, source]
            self._add_call("dovetail_copy", plan.outputs[output].nbytes, slots)

    @property
    def count(self) -> int:
        """The number of steps so far."""
        return len(self.rows) // len(runtime.fields("Step"))

    def _add(self, steps: Sequence[ProgramStep]) -> None:
        for group in at_once(steps):
            step = group[0]
            if isinstance(step, KernelCall):
                self._add_kernel(step)
            elif isinstance(step, LibraryCall):
                self._add_library(step)
            else:
                self._add_loops(loops_of(group))

    def _add_library(self, step: LibraryCall) -> None:
        one_thread, keeps_threads = self._one_thread, self._keeps_threads
        made = native_call(step, self._strides, one_thread=one_thread, keeps_threads=keeps_threads)
        self._add_native(made, self._slots_of(touched(step)))

    def _add_loops(self, loops: Sequence[LoweredLoop]) -> None:
        for made, buffers in native_loops(loops, self._one_thread):
            self._add_native(made, self._slots_of(buffers))

    def _add_checks(self, program: Program, first: int, finite: Sequence[int]) -> None:
        """Set the status if a library call failed, or one of these outputs is not finite."""
        if calls_python(program):
            self._add_native(failure_check(), [self._status])
        for number in finite:
            size = program.schedule.outputs[number].dtype.itemsize
            self._add_call("dovetail_require_finite", size, [first + number, self._status])

    def _add_call(self, function: str, word: int, slots: Sequence[int]) -> None:
        """A function of runtime/prepared.c, which reads one word."""
        kernel = runtime.load("prepared").address(function)
        self.rows += _step(self.words, slots, kernel=kernel, words=self.words.add([word]))

    def _add_kernel(self, step: KernelCall) -> None:
        lowered = step.lowered
        zeros = [b for b in lowered.buffers if b.zeroed and b not in self._cleared]
        self._cleared.update(zeros)
        slots = self._slots_of(kernel_buffers(step))
        self.rows += _step(
            self.words, slots, lowered.values, lowered.given(self._floats),
            [word for buffer in zeros for word in (self._slots[buffer], buffer.nbytes)],
            kernel=kernel_address(lowered.nest), words=self.words.add(lowered.words),
        )  # fmt: skip

    def _slots_of(self, buffers: Iterable[Buffer | None]) -> list[int]:
        return [self._status if each is None else self._slots[each] for each in buffers]

    def _add_native(
        self, made: NativeLoop | NativeLoops | NativeCall, slots: Sequence[int]
    ) -> None:
        self.native.append(made)
        self.absolute.add(len(self.rows) + runtime.fields("Step").index("words"))
        self.rows += _step(self.words, slots, kernel=made.kernel, words=made.address)


def _require_no_python(program: Program) -> None:
    for step in program.steps:
        if isinstance(step, LibraryCall) and not is_native(step, program):
            raise CompileError(
                f"a step of this program is the library call {step.node.op!r}",
                "kernels, loops, and products by BLAS alone",
                "cut the graph at its library calls first (operations/segments.py)",
            )


def _column(rows: Sequence[int], name: str) -> Sequence[int]:
    """A field of every step."""
    fields = runtime.fields("Step")
    return rows[fields.index(name) :: len(fields)]


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
