"""Reductions over rows: each task has a partial result, and these are combined in order."""

from __future__ import annotations

from dovetail.compile.cpu.task_writer import TaskWriter
from dovetail.compile.loops import HEADER
from dovetail.compile.scalar.operations import cast, memory_type, narrow, register_type, widen
from dovetail.compile.scalar.reductions import combine, identity, wide

FINISHED = 256  # columns whose partial results are combined at a time


class PartialWriter(TaskWriter):
    """Writes code to allocate, initialise and combine partial results."""

    def partial_bytes(self, number: int) -> str:
        """The size of one task's region for a partial reduction."""
        if self.nest.partials[number].kind == "full":
            return "8"
        cells = self.integer("mul i64 %outer_columns, %column_block")
        return self.integer(f"mul i64 {cells}, 8")

    def region(self, number: int, task: str) -> str:
        """The address of a task's partial result."""
        tasks = self.integer("mul i64 %row_blocks, %column_blocks")
        tasks = self.integer(f"mul i64 {tasks}, %parallel")
        address = self.buffer(self.nest.buffers)
        for earlier in range(number):
            whole = self.integer(f"mul i64 {tasks}, {self.partial_bytes(earlier)}")
            address = self.integer(f"getelementptr i8, ptr {address}, i64 {whole}")
        own = self.integer(f"mul i64 {task}, {self.partial_bytes(number)}")
        return self.integer(f"getelementptr i8, ptr {address}, i64 {own}")

    def open_partials(self) -> None:
        for number, partial in enumerate(self.nest.partials):
            address = self.region(number, "%number")
            self.line(f"%region{number} = getelementptr i8, ptr {address}, i64 0")
            if partial.kind == "full":
                carried = wide(partial.dtype)
                kind = register_type(carried)
                self.allocas.append(f"  %full{number} = alloca {kind}")
                self.store(kind, identity(partial.op, carried), f"%full{number}")
                continue
            dtype = partial.dtype.compute
            cells = self.integer("mul i64 %outer_columns, %column_block")
            loop = self.count_loop("0", cells)
            kind = memory_type(dtype)
            address = self.integer(f"getelementptr {kind}, ptr %region{number}, i64 {loop[0]}")
            start = identity(partial.op, dtype)
            self.store(kind, narrow(self.code, dtype, start), address)
            self.close_loop(loop)

    def close_partials(self) -> None:
        for number, partial in enumerate(self.nest.partials):
            if partial.kind == "full":
                carried = wide(partial.dtype)
                total = self.load(register_type(carried), f"%full{number}")
                self.store(memory_type(carried), narrow(self.code, carried, total),
                           f"%region{number}")  # fmt: skip

    def finish(self, number: int) -> None:
        """Combine the partial results of all tasks in order, and store the result."""
        nest, partial = self.nest, self.nest.partials[number]
        parallel = self.count_loop("0", "%parallel")
        indices = self.decode(parallel[0], len(HEADER), nest.parallel_dims)
        start = self.move(partial.access, self.origin(partial.access), 0, indices)
        task = self.integer(f"mul i64 {parallel[0]}, %grid")
        if partial.kind == "full":
            self.finish_full(number, task, start)
        else:
            outer = self.count_loop("0", "%outer_columns")
            first = nest.parallel_dims + nest.row_dims
            indices = self.decode(outer[0], len(HEADER) + first, nest.outer_dims)
            start = self.move(partial.access, start, first, indices)
            block = self.count_loop("0", "%column_blocks")
            self.finish_block(number, self.integer(f"add i64 {task}, {block[0]}"),
                              outer[0], block[0], start)  # fmt: skip
            self.close_loop(block)
            self.close_loop(outer)
        self.close_loop(parallel)

    def finish_full(self, number: int, task: str, address: str) -> None:
        partial = self.nest.partials[number]
        carried = wide(partial.dtype)
        kind, stored = register_type(carried), memory_type(carried)
        slot = self.alloca(kind)
        self.store(kind, identity(partial.op, carried), slot)
        parts = self.count_loop("0", "%grid")
        part = self.region(number, self.integer(f"add i64 {task}, {parts[0]}"))
        value = widen(self.code, carried, self.load(stored, part))
        self.store(
            kind, combine(self.code, partial.op, carried, self.load(kind, slot), value), slot
        )
        self.close_loop(parts)
        total = cast(self.code, carried, partial.dtype.compute, self.load(kind, slot))
        self.write(self.nest.accesses[partial.access], total, address)

    def finish_block(self, number: int, task: str, outer: str, block: str, start: str) -> None:
        """Combine the columns of one block, a few at a time, so that all loops are contiguous."""
        partial = self.nest.partials[number]
        dtype, carried = partial.dtype.compute, wide(partial.dtype)
        stored, held = memory_type(dtype), memory_type(carried)
        totals = self.alloca(f"[{FINISHED} x {held}]")

        def total_at(position: str) -> str:
            return self.integer(f"getelementptr {held}, ptr {totals}, i64 {position}")

        first = self.integer(f"mul i64 {block}, %column_block")
        last = self.minimum(self.integer(f"add i64 {first}, %column_block"), "%columns")
        chunk = self.count_loop(first, last, str(FINISHED))
        left = self.minimum(self.integer(f"sub i64 {last}, {chunk[0]}"), str(FINISHED))
        local = self.integer(f"sub i64 {chunk[0]}, {first}")
        cell = self.integer(f"add i64 {self.integer(f'mul i64 {outer}, %column_block')}, {local}")
        fresh = self.count_loop("0", left)
        self.store(held, narrow(self.code, carried, identity(partial.op, carried)),
                   total_at(fresh[0]))  # fmt: skip
        self.close_loop(fresh)
        parts = self.count_loop("0", "%row_blocks")
        moved = self.integer(f"mul i64 {parts[0]}, %column_blocks")
        region = self.region(number, self.integer(f"add i64 {task}, {moved}"))
        row = self.integer(f"getelementptr {stored}, ptr {region}, i64 {cell}")
        added = self.count_loop("0", left)
        part = self.integer(f"getelementptr {stored}, ptr {row}, i64 {added[0]}")
        value = cast(self.code, dtype, carried, widen(self.code, dtype, self.load(stored, part)))
        address = total_at(added[0])
        old = widen(self.code, carried, self.load(held, address))
        new = combine(self.code, partial.op, carried, old, value)
        self.store(held, narrow(self.code, carried, new), address)
        self.close_loop(added)
        self.close_loop(parts)
        written = self.count_loop("0", left)
        total = widen(self.code, carried, self.load(held, total_at(written[0])))
        column = self.integer(f"add i64 {chunk[0]}, {written[0]}")
        target = self.move(partial.access, start, self.nest.dims - 1, [column])
        self.write(self.nest.accesses[partial.access],
                   cast(self.code, carried, dtype, total), target)  # fmt: skip
        self.close_loop(written)
        self.close_loop(chunk)
