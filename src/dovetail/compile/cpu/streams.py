"""Streamed accesses: blocks on the stack, and the stores that carry them past the caches.

In the loop over columns, a streamed access lies in a block of the task's own. Where one pass alone
uses it, the block holds the columns of one chunk, and goes to memory after each; else all columns
of the task, and goes to memory after the last of those passes.
"""

from __future__ import annotations

import functools

from dovetail.compile.cpu.task_writer import TaskWriter
from dovetail.compile.loops import CHUNK, Loop
from dovetail.compile.scalar.writer import FunctionWriter

_LINE = 64  # bytes of the widest vector, and of a cache line


@functools.cache
def _stream() -> str:
    """The function `(to, from, bytes)` that copies a block past the caches, but its unaligned ends.

    It is part of each kernel's module, where LLVM inlines it, and so is no C of the runtime.
    """
    w = FunctionWriter()

    def copy(to: str, source: str, count: str) -> None:
        w.line(f"call void @llvm.memcpy.p0.p0.i64(ptr {to}, ptr {source}, i64 {count}, i1 false)")

    def moved(pointer: str, count: str) -> str:
        return w.integer(f"getelementptr i8, ptr {pointer}, i64 {count}")

    below = w.integer(f"sub i64 0, {w.integer('ptrtoint ptr %to to i64')}")
    head = w.minimum(w.integer(f"and i64 {below}, {_LINE - 1}"), "%bytes")
    copy("%to", "%from", head)
    rest = w.integer(f"sub i64 %bytes, {head}")
    to, source = moved("%to", head), moved("%from", head)
    whole = w.integer(f"and i64 {rest}, {-_LINE}")
    loop = w.count_loop("0", whole, str(_LINE))
    line = w.load("<16 x i32>", moved(source, loop[0]), ", align 1")
    w.store("<16 x i32>", line, moved(to, loop[0]), f", align {_LINE}, !nontemporal !0")
    w.close_loop(loop)
    copy(moved(to, whole), moved(source, whole), w.integer(f"sub i64 {rest}, {whole}"))
    declared = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n"
    return declared + w.define("@stream(ptr noalias %to, ptr noalias %from, i64 %bytes)")


class StreamWriter(TaskWriter):
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
        self.code.helpers.add(_stream())
        self.line(f"call void @stream(ptr {place}, ptr %block{number}, i64 {bytes_})")

    def close_streams(self) -> None:
        """Makes what was streamed visible to other threads, at the end of a task."""
        if self.streamed:
            self.line("fence seq_cst")
