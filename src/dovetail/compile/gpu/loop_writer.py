"""Prints a loop over time as one kernel: a block takes all steps of a part of the loop.

A block runs the nests of a step one after the other, each as a grid of one block would, with a
barrier between two where a thread may read or overwrite what another one has written. The carries
have two places each, in shared memory if they fit: a step reads one and writes the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dovetail.compile.gpu.exchange import ExchangeWriter
from dovetail.compile.gpu.kernel_writer import GLOBAL, SHARED, Parameter
from dovetail.compile.gpu.loop_text import LoopText, Place, Task
from dovetail.compile.gpu.printer import NestPrinter
from dovetail.compile.loops import HEADER, MOST_INLINED, Access
from dovetail.compile.scalar.operations import memory_type
from dovetail.graph.dtypes import DType


class _StepNest(NestPrinter):
    """A nest of a step: its code is part of the loop's."""

    def __init__(self, loop: LoopWriter, number: int, task: Task) -> None:
        assert task.nest is not None
        assert task.schedule is not None
        super().__init__(task.nest, task.schedule)
        self.loop, self.task, self.places_of_buffers = loop, number, task.places
        self.prefix = f"nest{number}_"
        self.code, self.allocas, self.metadata = loop.code, loop.allocas, loop.metadata

    def label(self, stem: str) -> str:
        return self.loop.label(stem)

    def special(self, name: str) -> str:
        """Of a grid of one block."""
        if name.startswith("ctaid"):
            return "0"
        return "1" if name.startswith("nctaid") else self.loop.special(name)

    # Parameters and addresses.

    def _given(self, name: str, parameter: Parameter) -> str:
        own = f"{self.prefix}{parameter.name}" if parameter.kind == "launch" else str(self.task)
        return self.loop.given(f"%{self.prefix}{name[1:]}", replace(parameter, name=own))

    def buffer(self, number: int) -> str:
        return self.loop.place_address(self.places_of_buffers[number])

    def space(self, access: Access) -> str:
        if access.buffer is None:
            return self.pointer
        return self.loop.space_of(self.places_of_buffers[access.buffer])

    def partials(self) -> str:
        return self.loop.scratch

    def status(self) -> str:
        return self.loop.status()

    # What a grid of more blocks leaves to a second kernel.

    def store_total(self, number: int, point: str, value: str) -> None:
        self._store_result(number, self._start(number, point), value)

    def store_column(self, number: int, point: str, outer: str, column: str, value: str) -> None:
        nest, access = self.nest, self.nest.partials[number].access
        first = nest.parallel_dims + nest.row_dims
        indices = self.decode(outer, len(HEADER) + first, nest.outer_dims)
        address = self.move(access, self._start(number, point), first, indices)
        self._store_result(number, self.move(access, address, nest.dims - 1, [column]), value)

    def _start(self, number: int, point: str) -> str:
        access = self.nest.partials[number].access
        indices = self.decode(point, len(HEADER), self.nest.parallel_dims)
        return self.move(access, self.origin(access), 0, indices)

    def _store_result(self, number: int, address: str, value: str) -> None:
        self.write(self.nest.accesses[self.nest.partials[number].access], value, address)


class LoopWriter(ExchangeWriter):
    """Writes the kernel of a loop."""

    def __init__(self, loop: LoopText) -> None:
        nests = [task.nest for task in loop.tasks if task.nest is not None]
        super().__init__(nests[0], loop.threads)
        self.loop = loop
        if sum(nest.transcendental for nest in nests) > MOST_INLINED:
            self.call_functions()
        self.checks = any(nest.checks for nest in nests)
        self.nests = {
            number: _StepNest(self, number, task)
            for number, task in enumerate(loop.tasks)
            if task.nest is not None
        }
        self.now: dict[Place, str] = {}  # the addresses in this step
        self.scratch = ""

    def given(self, name: str, parameter: Parameter) -> str:
        """A parameter of the kernel."""
        return self._given(name, parameter)

    def shared_variables(self) -> list[str]:
        """The declarations of what the nests keep in shared memory."""
        return [line for nest in self.nests.values() for line in nest.shared_variables()]

    # Addresses.

    def place_address(self, place: Place) -> str:
        """The address of a buffer in this step."""
        return self.now[place]

    def space_of(self, place: Place) -> str:
        """The type of an address there."""
        if place.kind == "given":
            return GLOBAL
        if place.kind == "local":
            return SHARED if self.loop.locals_shared[place.number] else GLOBAL
        return SHARED if self.loop.carries[place.number].shared else GLOBAL

    def _own_memory(self, shared: bool, offset: str) -> str:
        """The address of this block's memory at an offset."""
        if shared:
            return self.integer(f"getelementptr i8, {SHARED} @dynamic, i64 {offset}")
        return self._moved(GLOBAL, self.scratch, offset)

    def _moved(self, space: str, address: str, nbytes: str) -> str:
        return self.integer(f"getelementptr i8, {space} {address}, i64 {nbytes}")

    def _far(self, space: str, address: str, count: str, distance: str) -> str:
        return self._moved(space, address, self.integer(f"mul i64 {count}, {distance}"))

    def _place_of(self, number: int, turn: str) -> str:
        """The place of a carry whose turn it is."""
        space = self.space_of(Place("now", number))
        return self._far(space, self.slots_of[number], turn, self.launched(f"size{number}"))

    # The text.

    def kernel(self, name: str) -> str:
        """The text of the kernel."""
        loop = self.loop
        self.open_exchange()
        self._open_memory()
        for nest in self.nests.values():
            nest.open()
        if self.checks:
            self.open_checks()
        self.turn = self.alloca("i64")
        self.store("i64", "0", self.turn)
        sums = [number for number, carry in enumerate(loop.carries) if carry.sums]
        others = [number for number, carry in enumerate(loop.carries) if not carry.sums]
        for number in sums:
            first = self.space_of(Place("now", number)), self._place_of(number, "0")
            self._fill(first, loop.carries[number].dtype, f"count{number}")
        block = self.special("ctaid.x")
        parts = self.count_loop(block, self.launched("parts"), self.special("nctaid.x"))
        self._open_part(parts[0])
        self._copy_in(others)
        self._steps()
        self._copy_out(others, self.arrays)
        self.close_loop(parts, self.rolled())
        ends = {loop.results + number: self._far(
            GLOBAL, self.buffer(loop.results + number), block, self.launched(f"block{number}")
        ) for number in sums}  # fmt: skip
        self._copy_out(sums, ends)
        if self.checks:
            self.close_checks()
        return self.define_kernel(name)

    def _open_memory(self) -> None:
        if self.loop.needs_scratch:
            block = self.special("ctaid.x")
            self.scratch = self._far(GLOBAL, self.partials(), block, self.launched("scratch"))
        self.slots_of = [
            self._own_memory(carry.shared, self.launched(f"carry{number}"))
            for number, carry in enumerate(self.loop.carries)
        ]
        for number, is_shared in enumerate(self.loop.locals_shared):
            offset = self.launched(f"local{number}")
            self.now[Place("local", number)] = self._own_memory(is_shared, offset)

    def _open_part(self, part: str) -> None:
        """The arrays of a part, at the first step."""
        self.arrays: dict[int, str] = {}
        indices: list[str] = []  # of the part, at each level
        for level in reversed(range(1, self.loop.levels)):
            count = self.launched(f"parts{level}")
            indices.append(self.integer(f"urem i64 {part}, {count}"))
            part = self.integer(f"udiv i64 {part}, {count}")
        indices = [part, *reversed(indices)][: self.loop.levels]
        self.writes: dict[int, str] = {}  # whether this part writes a result that all parts have
        for number, given in enumerate(self.loop.given):
            address = self.buffer(number)
            for level, index in enumerate(indices):
                if given.split[level]:
                    distance = self.launched(f"part{number}_{level}")
                    address = self._far(GLOBAL, address, index, distance)
                if given.whole[level]:
                    first = self.integer(f"icmp eq i64 {index}, 0")
                    before = self.writes.get(number, "true")
                    self.writes[number] = self.integer(f"and i1 {before}, {first}")
            self.arrays[number] = self.now[Place("given", number)] = address

    def _steps(self) -> None:
        """All steps of a part."""
        if not self.loop.until:
            time = self.count_loop("0", self.launched("length"))
            self._step(time[0], self.load("i64", self.turn))
            self.close_loop(time, self.rolled())
            return
        head, body, done = self.label("head"), self.label("body"), self.label("done")
        self.line(f"br label %{head}")
        self.begin(head)
        turn = self.load("i64", self.turn)
        place = f"{self.space_of(Place('now', 0))} {self._place_of(0, turn)}"
        more = self.integer(f"icmp ne i8 {self.integer(f'load i8, {place}')}, 0")
        self.line(f"br i1 {more}, label %{body}, label %{done}")
        self.begin(body)
        self._step("0", turn)
        self.line(f"br label %{head}{self.rolled()}")
        self.begin(done)
        self.barrier()  # all have read the condition before the next part has another one

    def _step(self, time: str, turn: str) -> None:
        loop = self.loop
        other = self.integer(f"xor i64 {turn}, 1")
        for number in range(len(loop.carries)):
            self.now[Place("now", number)] = self._place_of(number, turn)
            self.now[Place("next", number)] = self._place_of(number, other)
        for number, given in enumerate(loop.given):
            if given.moving:
                distance = self.launched(f"step{number}")
                moved = self._far(GLOBAL, self.arrays[number], time, distance)
                self.now[Place("given", number)] = moved
        for number, task in enumerate(loop.tasks):
            if task.waits:
                self.barrier()
            if number in self.nests:
                self.nests[number].run()
            else:
                self._whole_array(number, task)
        self.barrier()
        self.store("i64", other, self.turn)

    # Whole arrays, an element for each thread at a time.

    def _whole_array(self, number: int, task: Task) -> None:
        """A task without a nest."""
        count = f"elements{number}"
        first, *more = [(self.space_of(each), self.place_address(each)) for each in task.places]
        if more:
            self._copy(first, more[0], task.dtype, count, task.places[1].number)
        else:
            self._fill(first, task.dtype, count)

    def _fill(self, target: tuple[str, str], dtype: DType, count: str) -> None:
        """Set all elements to zero."""
        kind, (space, address) = memory_type(dtype), target
        zero = "0.0" if kind in ("half", "float", "double") else "0"
        element = self.count_loop(self.thread, self.launched(count), str(self.threads))
        there = self.integer(f"getelementptr {kind}, {space} {address}, i64 {element[0]}")
        self.line(f"store {kind} {zero}, {space} {there}")
        self.close_loop(element, self.rolled())

    def _copy_in(self, carries: Sequence[int]) -> None:
        """The first carries of a part."""
        turn = self.load("i64", self.turn)
        for number in carries:
            target = self.space_of(Place("now", number)), self._place_of(number, turn)
            dtype = self.loop.carries[number].dtype
            self._copy((GLOBAL, self.arrays[number]), target, dtype, f"count{number}")
        self.barrier()

    def _copy_out(self, carries: Sequence[int], results: dict[int, str]) -> None:
        """The last carries."""
        turn = self.load("i64", self.turn)
        for number in carries:
            source = self.space_of(Place("now", number)), self._place_of(number, turn)
            result, dtype = self.loop.results + number, self.loop.carries[number].dtype
            self._copy(source, (GLOBAL, results[result]), dtype, f"count{number}", result)

    def _copy(
        self, source: tuple[str, str], target: tuple[str, str], dtype: DType, count: str,
        result: int | None = None,
    ) -> None:  # fmt: skip
        """Copy all elements, of a result that all parts have in the first one alone."""
        condition = None if result is None else self.writes.get(result)
        after = None if condition is None else self.when(condition)
        kind, (here, first), (there, to) = memory_type(dtype), source, target
        element = self.count_loop(self.thread, self.launched(count), str(self.threads))
        place = self.integer(f"getelementptr {kind}, {here} {first}, i64 {element[0]}")
        value = self.integer(f"load {kind}, {here} {place}")
        place = self.integer(f"getelementptr {kind}, {there} {to}, i64 {element[0]}")
        self.line(f"store {kind} {value}, {there} {place}")
        self.close_loop(element, self.rolled())
        if after is not None:
            self.otherwise(after)
