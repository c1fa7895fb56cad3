"""Nests whose rows are unrolled, and jammed into one loop over the columns.

What is the same in all rows is computed once for them. A partial sum of a column is loaded and
stored once, and adds up the rows in their order: its bits are those of one row after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dovetail.compile.cpu.printer import Printer
from dovetail.compile.loops import HEADER, Accumulation, Instruction, Nest, Store


@dataclass
class _Row:
    """The addresses and the values of one row."""

    pointers: dict[int, str]
    values: dict[int, str]


class JammedPrinter(Printer):
    """Prints a nest of one pass over the columns, for several rows at a time."""

    def __init__(self, nest: Nest) -> None:
        super().__init__(nest)
        self.jammed: list[_Row] = []  # the rows that an instruction is printed for
        self.shared = _same_in_all_rows(nest)

    def rows(self, starts: dict[int, str]) -> None:
        """Print loops over the dims of rows before the last, and over the rows along the last."""
        first, before = self.nest.parallel_dims, self.nest.row_dims - 1
        extent = self.word(len(HEADER) + first + before)
        ahead = self.integer(f"add i64 %row_last, {self.integer(f'sub i64 {extent}, 1')}")
        outer = self.count_loop(
            self.integer(f"udiv i64 %row_first, {extent}"),
            self.integer(f"udiv i64 {ahead}, {extent}"),
        )
        indices = self.decode(outer[0], len(HEADER) + first, before)
        starts = {n: self.move(n, start, first, indices) for n, start in starts.items()}
        passed = self.integer(f"mul i64 {outer[0]}, {extent}")
        begun = self.integer(f"sub i64 %row_first, {passed}")
        before_it = self.integer(f"icmp slt i64 {begun}, 0")
        begin = self.integer(f"select i1 {before_it}, i64 0, i64 {begun}")
        end = self.minimum(self.integer(f"sub i64 %row_last, {passed}"), extent)
        count = self.integer(f"sub i64 {end}, {begin}")
        whole = self.integer(f"and i64 {count}, {-self.nest.jammed}")
        middle = self.integer(f"add i64 {begin}, {whole}")
        several = self.count_loop(begin, middle, str(self.nest.jammed))
        rows = [self.integer(f"add i64 {several[0]}, {n}") for n in range(self.nest.jammed)]
        self.jam(starts, rows)
        self.close_loop(several)
        rest = self.count_loop(middle, end)
        self.jam(starts, [rest[0]])
        self.close_loop(rest)
        self.close_loop(outer)

    def jam(self, starts: Mapping[int, str], rows: Sequence[str]) -> None:
        """Print what these rows compute."""
        last = self.nest.parallel_dims + self.nest.row_dims - 1
        entry = self.values
        for row in rows:
            pointers = {
                n: start if self.nest.accesses[n].repeated else self.move(n, start, last, [row])
                for n, start in starts.items()
            }
            self.jammed.append(_Row(pointers, dict(entry)))
        for item in self.nest.row:
            self.row_item(item)
        self.jammed, self.values = [], entry

    def each_row(self) -> Iterator[_Row]:
        """Make one row after the other the current one."""
        for row in self.jammed:
            self.values = row.values
            self.pointers = self.columns = row.pointers
            yield row

    def instruction(self, item: Instruction, inside: bool) -> None:
        """Print an instruction for each row, or once if it is the same in all of them."""
        if not self.jammed:  # before the rows
            super().instruction(item, inside)
            return
        for row in self.each_row():
            if row is self.jammed[0] or item.result not in self.shared:
                super().instruction(item, inside)
            else:
                row.values[item.result] = self.jammed[0].values[item.result]

    def store_in_loop(self, store: Store) -> None:
        """Print a store for each row."""
        for _ in self.each_row():
            super().store_in_loop(store)

    def accumulated(self, item: Accumulation, total: str) -> str:
        """The total after all rows."""
        for _ in self.each_row():
            total = super().accumulated(item, total)
        return total


def _same_in_all_rows(nest: Nest) -> frozenset[int]:
    """The values that are the same in all rows."""
    found: set[int] = set()
    for item in nest.instructions:
        moving = item.access is not None and not nest.accesses[item.access].repeated
        if not moving and found.issuperset(item.operands):
            found.add(item.result)
    return frozenset(found)
