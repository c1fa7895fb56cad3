"""Streamed accesses: blocks on the stack, and the stores that carry them past the caches.

In the loop over columns, a streamed access lies in a block of the task's own. Where one pass alone
uses it, the block holds the columns of one chunk, and goes to memory after each; else all columns
of the task, and goes to memory after the last of those passes.
"""

from __future__ import annotations

from dovetail.compile.cpu.ir import loop as counted
from dovetail.compile.cpu.writer import Writer
from dovetail.compile.loops import CHUNK, Loop

_LINE = 64  # bytes of the widest vector, and of a cache line

_COPY = f"""  %at = mul i64 %i, {_LINE}
  %read = getelementptr i8, ptr %middle.from, i64 %at
  %write = getelementptr i8, ptr %middle.to, i64 %at
  %line = load <16 x i32>, ptr %read, align 1
  store <16 x i32> %line, ptr %write, align {_LINE}, !nontemporal !0"""

# Copies a block to memory; its unaligned ends by way of the caches.
STREAM = f"""
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define internal void @stream(ptr noalias %to, ptr noalias %from, i64 %bytes) #0 {{
entry:
  %start = ptrtoint ptr %to to i64
  %below = sub i64 0, %start
  %wanted = and i64 %below, {_LINE - 1}
  %less = icmp slt i64 %wanted, %bytes
  %head = select i1 %less, i64 %wanted, i64 %bytes
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %head, i1 false)
  %rest = sub i64 %bytes, %head
  %lines = lshr i64 %rest, {_LINE.bit_length() - 1}
  %middle.from = getelementptr i8, ptr %from, i64 %head
  %middle.to = getelementptr i8, ptr %to, i64 %head
{counted("i", "%lines", "entry", _COPY)}
  %done = mul i64 %lines, {_LINE}
  %tail = sub i64 %rest, %done
  %tail.from = getelementptr i8, ptr %middle.from, i64 %done
  %tail.to = getelementptr i8, ptr %middle.to, i64 %done
  call void @llvm.memcpy.p0.p0.i64(ptr %tail.to, ptr %tail.from, i64 %tail, i1 false)
  ret void
}}
"""


class StreamWriter(Writer):
    """Writes where streamed accesses lie meanwhile, and how they get to memory."""

    @property
    def streamed(self) -> list[int]:
        """The streamed accesses."""
        return [n for n, access in enumerate(self.nest.accesses) if access.streamed]

    def by_chunks(self, number: int) -> bool:
        """Whether one pass alone uses a streamed access."""
        return len(self.nest.loops_using(number)) == 1

    def open_streams(self) -> None:
        """Takes the blocks, at the start of a task."""
        for number in self.streamed:
            columns = str(CHUNK) if self.by_chunks(number) else "%column_block"
            size = self.nest.accesses[number].dtype.itemsize
            bytes_ = self.integer(f"mul i64 {columns}, {size}")
            self.line(f"%block{number} = alloca i8, i64 {bytes_}, align {_LINE}")

    def place_streams(self, used: list[int], first_column: str) -> None:
        """Lets the columns of a loop that starts at `first_column` lie in the blocks."""
        self.columns = dict(self.columns)
        for number in used:
            access = self.nest.accesses[number]
            if access.streamed:
                first = first_column if self.by_chunks(number) else "%column_first"
                before = self.integer(f"mul i64 {first}, {-access.dtype.itemsize}")
                base = self.integer(f"getelementptr i8, ptr %block{number}, i64 {before}")
                self.columns[number] = base

    def flush_chunk(self, used: list[int], first_column: str, last_column: str) -> None:
        """Writes the blocks of one chunk to memory."""
        for number in used:
            if self.nest.accesses[number].streamed and self.by_chunks(number):
                self._flush(number, first_column, last_column)

    def flush_pass(self, loop: Loop) -> None:
        """Writes the blocks to memory that no later pass uses."""
        for number in loop.accesses:
            last = self.nest.loops_using(number)[-1] is loop
            if self.nest.accesses[number].streamed and last and not self.by_chunks(number):
                self._flush(number, "%column_first", "%column_last")

    def _flush(self, number: int, first_column: str, last_column: str) -> None:
        size = self.nest.accesses[number].dtype.itemsize
        offset = self.integer(f"mul i64 {first_column}, {size}")
        place = self.integer(f"getelementptr i8, ptr {self.pointers[number]}, i64 {offset}")
        count = self.integer(f"sub i64 {last_column}, {first_column}")
        bytes_ = self.integer(f"mul i64 {count}, {size}")
        self.code.helpers.add(STREAM)
        self.line(f"call void @stream(ptr {place}, ptr %block{number}, i64 {bytes_})")

    def close_streams(self) -> None:
        """Makes what was streamed visible to other threads, at the end of a task."""
        if self.streamed:
            self.line("fence seq_cst")
