"""Reductions over rows: each task keeps its part, and the parts are added up in order."""

from __future__ import annotations

from dovetail.compile.cpu.operations import cast, memory_type, narrow, register_type, widen
from dovetail.compile.cpu.reductions import combine, identity, wide
from dovetail.compile.cpu.writer import Writer
from dovetail.compile.loops import HEADER


class PartialWriter(Writer):
    """Writes where partial results live, how they start, and how they are finished."""

    def partial_bytes(self, number: int) -> str:
        """The size of one task's region for a partial reduction."""
        if self.nest.partials[number].kind == "full":
            return "8"
        cells = self.integer("mul i64 %outer_columns, %column_block")
        return self.integer(f"mul i64 {cells}, 8")

    def region(self, number: int, task: str) -> str:
        """Where a task's part of a partial reduction lies."""
        tasks = self.integer("mul i64 %row_blocks, %column_blocks")
        tasks = self.integer(f"mul i64 {tasks}, %parallel")
        place = self.buffer(self.nest.buffers)
        for earlier in range(number):
            whole = self.integer(f"mul i64 {tasks}, {self.partial_bytes(earlier)}")
            place = self.integer(f"getelementptr i8, ptr {place}, i64 {whole}")
        own = self.integer(f"mul i64 {task}, {self.partial_bytes(number)}")
        return self.integer(f"getelementptr i8, ptr {place}, i64 {own}")

    def open_partials(self) -> None:
        for number, partial in enumerate(self.nest.partials):
            place = self.region(number, "%number")
            self.line(f"%region{number} = getelementptr i8, ptr {place}, i64 0")
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
            place = self.integer(f"getelementptr {kind}, ptr %region{number}, i64 {loop[0]}")
            start = identity(partial.op, dtype)
            self.store(kind, narrow(self.code, dtype, start), place)
            self.close_loop(loop)

    def close_partials(self) -> None:
        for number, partial in enumerate(self.nest.partials):
            if partial.kind == "full":
                carried = wide(partial.dtype)
                total = self.load(register_type(carried), f"%full{number}")
                self.store(memory_type(carried), narrow(self.code, carried, total),
                           f"%region{number}")  # fmt: skip

    def finish(self, number: int) -> None:
        """Adds up the parts of all tasks, in order, and stores the result."""
        nest, partial = self.nest, self.nest.partials[number]
        parallel = self.count_loop("0", "%parallel")
        indices = self.decode(parallel[0], len(HEADER), nest.parallel_dims)
        start = self.move(partial.access, self.origin(partial.access), 0, indices)
        task = self.integer(f"mul i64 {parallel[0]}, %grid")
        if partial.kind == "full":
            self.finish_cell(number, task, "%grid", "1", "0", start)
        else:
            outer = self.count_loop("0", "%outer_columns")
            first = nest.parallel_dims + nest.row_dims
            indices = self.decode(outer[0], len(HEADER) + first, nest.outer_dims)
            start = self.move(partial.access, start, first, indices)
            inner = self.count_loop("0", "%columns")
            block = self.integer(f"udiv i64 {inner[0]}, %column_block")
            local = self.integer(f"urem i64 {inner[0]}, %column_block")
            cell = self.integer(f"mul i64 {outer[0]}, %column_block")
            cell = self.integer(f"add i64 {cell}, {local}")
            place = self.move(partial.access, start, nest.dims - 1, [inner[0]])
            task = self.integer(f"add i64 {task}, {block}")
            self.finish_cell(number, task, "%row_blocks", "%column_blocks", cell, place)
            self.close_loop(inner)
            self.close_loop(outer)
        self.close_loop(parallel)

    def finish_cell(
        self, number: int, task: str, count: str, step: str, cell: str, place: str
    ) -> None:
        partial = self.nest.partials[number]
        dtype = wide(partial.dtype) if partial.kind == "full" else partial.dtype.compute
        carried = wide(partial.dtype)
        kind, stored = register_type(carried), memory_type(dtype)
        slot = self.alloca(kind)
        self.store(kind, identity(partial.op, carried), slot)
        parts = self.count_loop("0", count)
        moved = self.integer(f"mul i64 {parts[0]}, {step}")
        region = self.region(number, self.integer(f"add i64 {task}, {moved}"))
        part = self.integer(f"getelementptr {stored}, ptr {region}, i64 {cell}")
        value = cast(self.code, dtype, carried, widen(self.code, dtype, self.load(stored, part)))
        self.store(
            kind, combine(self.code, partial.op, carried, self.load(kind, slot), value), slot
        )
        self.close_loop(parts)
        total = cast(self.code, carried, partial.dtype.compute, self.load(kind, slot))
        self.write(self.nest.accesses[partial.access], total, place)
