"""Nests over short rows, with the rows as vector lanes.

A row of ten elements cannot fill a vector, and pays for its reductions across lanes.
Here the loops change places: the columns run outside, and the vectorised loop runs
over a block of rows. What is known for each row lies in small arrays, one element a
lane. The nest is laid out accordingly: its inner dim is the rows, its outer dim the
columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from dovetail.compile.cpu.operations import register_type
from dovetail.compile.cpu.printer import Printer
from dovetail.compile.cpu.reductions import combine, identity
from dovetail.compile.loops import Accumulation, Instruction, Loop, Nest, RowItem, Store
from dovetail.graph.dtypes import DType

LANES = 128


class TransposedPrinter(Printer):
    """Prints a nest whose rows are the lanes of the inner loop."""

    def __init__(self, nest: Nest) -> None:
        super().__init__(nest)
        self.kept: dict[int, tuple[str, str]] = {}  # value -> its array and element type
        self.fresh: set[int] = set()  # values that are in registers in this loop
        self.lane = ""
        self.block = ""
        for value, dtype in _shared(nest):
            kind = "i8" if dtype.kind == "b" else register_type(dtype)
            self.kept[value] = (self.alloca(f"[{LANES} x {kind}], align 64"), kind)

    def operand(self, value: int) -> str:
        if value not in self.kept or value in self.fresh:
            return self.values[value]
        slot, kind = self.kept[value]
        loaded = self.load(kind, self.cell(slot, kind), self.note())
        if kind == "i8":
            loaded = self.integer(f"icmp ne i8 {loaded}, 0")
        self.values[value] = loaded
        self.fresh.add(value)
        return loaded

    def cell(self, slot: str, kind: str) -> str:
        """The element of the current lane."""
        return self.integer(f"getelementptr {kind}, ptr {slot}, i64 {self.lane}")

    def keep(self, value: int) -> None:
        """Store a row's value for later loops, if they use it."""
        if value not in self.kept:
            return
        slot, kind = self.kept[value]
        stored = self.values[value]
        if kind == "i8":
            stored = self.integer(f"zext i1 {stored} to i8")
        self.store(kind, stored, self.cell(slot, kind), self.note())

    def rows(self, starts: dict[int, str]) -> None:
        blocks = self.count_loop("%column_first", "%column_last", str(LANES))
        self.block = blocks[0]
        end = self.integer(f"add i64 {self.block}, {LANES}")
        last = self.minimum(end, "%column_last")
        self.pointers = starts
        for is_loop, items in groupby(self.nest.row, lambda item: isinstance(item, Loop)):
            for item in items if is_loop else [list(items)]:
                if isinstance(item, Loop):
                    self.columns_of(item, starts, last)
                else:
                    assert isinstance(item, list)
                    self.columns = starts
                    self.lanes(item, [], last)
        self.close_loop(blocks)

    def columns_of(self, loop: Loop, starts: dict[int, str], last: str) -> None:
        """The columns, one after the other, each for a block of rows."""
        rows = [item for item in loop.accumulations if item.kind == "row"]
        self.lanes([], rows, last, opening=True)
        outer = self.count_loop("0", "%outer_columns")
        used = self.accesses_in(loop)
        self.columns = {number: self.move(number, starts[number], 0, [outer[0]]) for number in used}
        self.lanes([*loop.body, *loop.stores, *loop.accumulations], [], last)
        self.close_loop(outer)

    def lanes(
        self,
        items: Sequence[RowItem],
        starting: Sequence[Accumulation],
        last: str,
        opening: bool = False,
    ) -> None:
        """The loop that LLVM vectorises, over the rows of a block."""
        totals = [item for item in items if isinstance(item, Accumulation) and item.kind == "full"]
        sums = {item.result: self.alloca(register_type(item.dtype)) for item in totals}
        for item in totals:
            dtype = item.dtype.compute
            self.store(register_type(dtype), identity(item.op, dtype), sums[item.result])
        self.fresh = set()
        note = self.parallel_note()
        counter = self.count_loop(self.block, last)
        self.column = counter[0]
        self.lane = self.integer(f"sub i64 {self.column}, {self.block}")
        for start in starting:
            self.values[start.result] = identity(start.op, start.dtype.compute)
            self.keep(start.result)
        for item in items:
            self.lane_item(item, sums)
        self.close_loop(counter, note)
        self.group = None
        for item in totals:
            dtype = item.dtype.compute
            part = self.load(register_type(dtype), sums[item.result])
            self.accumulate_full(item, part, dtype)

    def lane_item(self, item: RowItem, sums: dict[int, str]) -> None:
        if isinstance(item, Instruction):
            self.instruction(item, inside=True)
            self.fresh.add(item.result)
            self.keep(item.result)
        elif isinstance(item, Store):
            self.store_in_loop(item)
        elif isinstance(item, Accumulation):
            dtype = item.dtype.compute
            value = self.operand(item.value)
            if item.kind == "row":
                total = self.operand(item.result)
                self.values[item.result] = combine(self.code, item.op, dtype, total, value)
                self.keep(item.result)
            else:
                kind, slot = register_type(dtype), sums[item.result]
                total = combine(self.code, item.op, dtype, self.load(kind, slot), value)
                self.store(kind, total, slot)


def _shared(nest: Nest) -> Iterator[tuple[int, DType]]:
    """The values of a row, apart from those that live in one loop over its columns."""
    for item in nest.row:
        if isinstance(item, Instruction):
            yield item.result, item.dtype
        elif isinstance(item, Loop):
            for part in item.accumulations:
                if part.kind == "row":
                    yield part.result, part.dtype
