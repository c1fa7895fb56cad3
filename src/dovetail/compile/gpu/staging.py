"""Loads and stores of a thread's columns, and rows that stay in shared memory between passes.

What a later pass needs again is read from global memory once: the lane that has loaded some columns
keeps them in shared memory, and loads them from there. A value that a pass leaves in an output for
a later one, until it has its own, goes to shared memory alone. Each lane reads only what it wrote,
so no barrier is needed.
"""

from __future__ import annotations

from dovetail.compile.gpu.kernel_writer import SHARED, KernelWriter
from dovetail.compile.gpu.schedule import ACCESS_BYTES, Schedule
from dovetail.compile.loops import Instruction, Loop
from dovetail.compile.scalar.operations import memory_type, narrow, widen


class StagingWriter(KernelWriter):
    """Writes loads and stores, one column or several at a time."""

    outer: str  # the number of the outer column
    block_column: str  # the first one of the block

    def place_rows(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.picked: dict[int, str] = {}  # access -> the element of a wide load
        self.number = -1  # of the pass
        loops = self.nest.loops
        self.loads: dict[int, list[int]] = {}
        self.stores: dict[int, list[int]] = {}
        for number, loop in enumerate(loops):
            for item in loop.body:
                if item.op == "load" and item.access is not None:
                    self.loads.setdefault(item.access, []).append(number)
            for store in loop.stores:
                self.stores.setdefault(store.access, []).append(number)
        self.rows: dict[int, str] = {}

    def open_staging(self, group: str) -> None:
        """Where the rows of this group of lanes lie in shared memory."""
        for number in self.schedule.staged:
            own = self.integer(f"mul i64 {group}, {self.launched('stage_group')}")
            own = self.integer(f"add i64 {own}, {self.launched(f'stage{number}')}")
            self.rows[number] = self.integer(f"getelementptr i8, {SHARED} @dynamic, i64 {own}")

    def begin_pass(self, loop: Loop) -> None:
        self.number = next(n for n, each in enumerate(self.nest.loops) if each is loop)

    # Which memory.

    def _is_kept(self, access: int) -> bool:
        """Whether an earlier pass has left the values in shared memory."""
        uses = [*self.loads.get(access, ()), *self.stores.get(access, ())]
        return access in self.rows and any(use < self.number for use in uses)

    def _keeps(self, access: int) -> bool:
        """Whether a later pass loads the values."""
        return access in self.rows and any(use > self.number for use in self.loads.get(access, ()))

    def _is_last(self, access: int) -> bool:
        """Whether what this pass stores is the final value."""
        return access not in self.rows or self.stores[access][-1] == self.number

    # One column.

    def result(self, item: Instruction, operands: list[str], inside: bool) -> str:
        """A load takes its element of a wide load, or of a row in shared memory."""
        number = item.access
        if not inside or item.op != "load" or number is None:
            return super().result(item, operands, inside)
        dtype = self.nest.accesses[number].dtype
        if number in self.picked:
            return widen(self.code, dtype, self.picked[number])
        if self._is_kept(number):
            return widen(self.code, dtype, self._loaded(number, self._row(number, self.column)))
        if not self._keeps(number):
            return super().result(item, operands, inside)
        kind = memory_type(dtype)
        place = f"{self.pointer} {self.address(number, inside)}"
        value = self.integer(f"load {kind}, {place}, align {dtype.itemsize}")
        self.line(f"store {kind} {value}, {self._row(number, self.column)}")
        return widen(self.code, dtype, value)

    def write_element(self, number: int, value: str) -> None:
        """Store the value of the current column."""
        dtype = self.nest.accesses[number].dtype
        if self._keeps(number):
            kind = memory_type(dtype)
            stored = narrow(self.code, dtype, value)
            self.line(f"store {kind} {stored}, {self._row(number, self.column)}")
        if self._is_last(number):
            self.write(self.nest.accesses[number], value, self.address(number, inside=True))

    def _row(self, number: int, column: str) -> str:
        """The place of a column in shared memory."""
        position = self.integer(f"mul i64 {self.outer}, {self.launched('stage_columns')}")
        if self.cluster > 1:
            column = self.integer(f"sub i64 {column}, {self.block_column}")
        position = self.integer(f"add i64 {position}, {column}")
        kind = memory_type(self.nest.accesses[number].dtype)
        base = f"{SHARED} {self.rows[number]}"
        return f"{SHARED} {self.integer(f'getelementptr {kind}, {base}, i64 {position}')}"

    def _loaded(self, number: int, place: str) -> str:
        return self.integer(f"load {memory_type(self.nest.accesses[number].dtype)}, {place}")

    # Several adjacent columns.

    def wide_loads(self, loop: Loop) -> list[int]:
        """The accesses that load all columns of a thread at once."""
        found = {item.access for item in loop.body if item.op == "load"}
        return [number for number in self.schedule.wide if number in found]

    def vector(self, number: int) -> str:
        """The type of a thread's columns."""
        return f"<{self.schedule.width} x {memory_type(self.nest.accesses[number].dtype)}>"

    def wide_load(self, number: int, first: str) -> str:
        """The columns of a thread, from the first on."""
        kind, note = self.vector(number), self._note(number)
        if self._is_kept(number):
            return self.integer(f"load {kind}, {self._row(number, first)}{note}")
        found = self.integer(f"load {kind}, {self._place(number, first)}{note}")
        if self._keeps(number):
            self.line(f"store {kind} {found}, {self._row(number, first)}{note}")
        return found

    def wide_store(self, number: int, first: str, vector: str) -> None:
        kind, note = self.vector(number), self._note(number)
        if self._keeps(number):
            self.line(f"store {kind} {vector}, {self._row(number, first)}{note}")
        if self._is_last(number):
            self.line(f"store {kind} {vector}, {self._place(number, first)}{note}")

    def element_of(self, number: int, vector: str, position: int) -> str:
        return self.integer(f"extractelement {self.vector(number)} {vector}, i32 {position}")

    def with_element(self, number: int, vector: str, element: str, position: int) -> str:
        kind = memory_type(self.nest.accesses[number].dtype)
        given = f"{self.vector(number)} {vector}, {kind} {element}, i32 {position}"
        return self.integer(f"insertelement {given}")

    def _note(self, number: int) -> str:
        size = self.schedule.width * self.nest.accesses[number].dtype.itemsize
        return f", align {min(ACCESS_BYTES, size)}"

    def _place(self, number: int, first: str) -> str:
        kind = memory_type(self.nest.accesses[number].dtype)
        base = f"{self.pointer} {self.columns[number]}"
        return (
            f"{self.pointer} {self.integer(f'getelementptr inbounds {kind}, {base}, i64 {first}')}"
        )
