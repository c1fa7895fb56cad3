"""Reductions over rows: each task has a partial result, and these are combined in order.

What is alike for all partial results of a kernel is a function, which LLVM compiles once: the
gradient of a depthwise convolution has a partial result for each tap of its window.
"""

from __future__ import annotations

import functools

from dovetail.compile.cpu.task_writer import TaskWriter
from dovetail.compile.loops import HEADER
from dovetail.compile.scalar.operations import cast, memory_type, narrow, register_type, widen
from dovetail.compile.scalar.reductions import combine, identity, wide
from dovetail.compile.scalar.writer import FunctionWriter
from dovetail.graph.dtypes import DType

FINISHED = 256  # columns whose partial results are combined at a time


class PartialWriter(TaskWriter):
    """Writes code to allocate, initialise and combine partial results."""

    def place_partials(self) -> None:
        """Compute where the partial results of all tasks are, at the head of a function."""
        self.results: list[tuple[str, str]] = []  # the address of the first task's, and its bytes
        if not self.nest.partials:
            return
        tasks = self.integer("mul i64 %row_blocks, %column_blocks")
        tasks = self.integer(f"mul i64 {tasks}, %parallel")
        self.cells = self.integer("mul i64 %outer_columns, %column_block")
        size = self.integer(f"mul i64 {self.cells}, 8")
        address = self.buffer(self.nest.buffers)
        for partial in self.nest.partials:
            own = "8" if partial.kind == "full" else size
            self.results.append((address, own))
            whole = self.integer(f"mul i64 {tasks}, {own}")
            address = self.integer(f"getelementptr i8, ptr {address}, i64 {whole}")

    def region(self, number: int, task: str) -> str:
        """The address of a task's partial result."""
        address, size = self.results[number]
        own = self.integer(f"mul i64 {task}, {size}")
        return self.integer(f"getelementptr i8, ptr {address}, i64 {own}")

    def open_partials(self) -> None:
        self.place_partials()
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
            self.code.helpers.add(_fill(partial.op, dtype))
            region = f"ptr %region{number}"
            self.line(f"call void {_fill_name(partial.op, dtype)}({region}, i64 {self.cells})")

    def close_partials(self) -> None:
        for number, partial in enumerate(self.nest.partials):
            if partial.kind == "full":
                carried = wide(partial.dtype)
                total = self.load(register_type(carried), f"%full{number}")
                self.store(memory_type(carried), narrow(self.code, carried, total),
                           f"%region{number}")  # fmt: skip

    def finish_partials(self) -> None:
        """Combine the partial results of all tasks in order, and store the results."""
        nest, first = self.nest, len(HEADER)
        if not nest.partials:
            return
        self.place_partials()
        parallel = self.count_loop("0", "%parallel")
        indices = self.decode(parallel[0], first, nest.parallel_dims)
        starts = [
            self.move(partial.access, self.origin(partial.access), 0, indices)
            for partial in nest.partials
        ]
        task = self.integer(f"mul i64 {parallel[0]}, %grid")
        of_columns = [n for n, partial in enumerate(nest.partials) if partial.kind == "outer"]
        for number, start in enumerate(starts):
            if number not in of_columns:
                self.finish_full(number, task, start)
        if of_columns:
            outer = self.count_loop("0", "%outer_columns")
            dims = nest.parallel_dims + nest.row_dims
            indices = self.decode(outer[0], first + dims, nest.outer_dims)
            moved = {n: self.move(nest.partials[n].access, starts[n], dims, indices)
                     for n in of_columns}  # fmt: skip
            block = self.count_loop("0", "%column_blocks")
            at_block = self.integer(f"add i64 {task}, {block[0]}")
            for number, start in moved.items():
                self.finish_block(number, at_block, outer[0], block[0], start)
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
        """Combine the columns of one block."""
        partial = self.nest.partials[number]
        dtype, written = partial.dtype, self.nest.accesses[partial.access].dtype
        helper, declared = _combine_columns(partial.op, dtype, written)
        self.code.helpers.add(helper)
        self.code.declared |= declared
        first = self.integer(f"mul i64 {block}, %column_block")
        last = self.minimum(self.integer(f"add i64 {first}, %column_block"), "%columns")
        count = self.integer(f"sub i64 {last}, {first}")
        cell = self.integer(f"mul i64 {outer}, %column_block")
        region = self.region(number, task)
        stored = memory_type(dtype.compute)
        part = self.integer(f"getelementptr {stored}, ptr {region}, i64 {cell}")
        between = self.integer(f"mul i64 %column_blocks, {self.results[number][1]}")
        target = self.move(partial.access, start, self.nest.dims - 1, [first])
        stride = self.stride(partial.access, self.nest.dims - 1)
        name = _combine_name(partial.op, dtype, written)
        self.line(f"call void {name}(ptr {part}, i64 {between}, i64 %row_blocks, "
                  f"ptr {target}, i64 {stride}, i64 {count})")  # fmt: skip


def _fill_name(op: str, dtype: DType) -> str:
    return f"@fill_{op}_{dtype.name}"


@functools.cache
def _fill(op: str, dtype: DType) -> str:
    """The function that sets so many cells to the initial value of a reduction."""
    w, kind = FunctionWriter(), memory_type(dtype)
    loop = w.count_loop("0", "%count")
    cell = w.integer(f"getelementptr {kind}, ptr %cells, i64 {loop[0]}")
    w.store(kind, narrow(w.code, dtype, identity(op, dtype)), cell)
    w.close_loop(loop)
    return w.define(f"{_fill_name(op, dtype)}(ptr %cells, i64 %count) noinline")


def _combine_name(op: str, dtype: DType, written: DType) -> str:
    return f"@combine_{op}_{dtype.name}_{written.name}"


@functools.cache
def _combine_columns(op: str, result: DType, written: DType) -> tuple[str, frozenset[str]]:
    """The function that combines the parts of some columns and stores the results as `written`.

    Also what it declares. The parts of a column are `between` bytes apart. A few columns are
    combined at a time, so that all loops are contiguous.
    """
    w = FunctionWriter()
    dtype, carried = result.compute, wide(result)
    stored, held, target = memory_type(dtype), memory_type(carried), memory_type(written)
    totals = w.alloca(f"[{FINISHED} x {held}]")

    def total_at(position: str) -> str:
        return w.integer(f"getelementptr {held}, ptr {totals}, i64 {position}")

    chunk = w.count_loop("0", "%count", str(FINISHED))
    left = w.minimum(w.integer(f"sub i64 %count, {chunk[0]}"), str(FINISHED))
    first = w.integer(f"getelementptr {stored}, ptr %part, i64 {chunk[0]}")
    fresh = w.count_loop("0", left)
    w.store(held, narrow(w.code, carried, identity(op, carried)), total_at(fresh[0]))
    w.close_loop(fresh)
    parts = w.count_loop("0", "%parts")
    moved = w.integer(f"mul i64 {parts[0]}, %between")
    row = w.integer(f"getelementptr i8, ptr {first}, i64 {moved}")
    added = w.count_loop("0", left)
    part = w.integer(f"getelementptr {stored}, ptr {row}, i64 {added[0]}")
    value = cast(w.code, dtype, carried, widen(w.code, dtype, w.load(stored, part)))
    address = total_at(added[0])
    old = widen(w.code, carried, w.load(held, address))
    w.store(held, narrow(w.code, carried, combine(w.code, op, carried, old, value)), address)
    w.close_loop(added)
    w.close_loop(parts)
    stores = w.count_loop("0", left)
    total = widen(w.code, carried, w.load(held, total_at(stores[0])))
    column = w.integer(f"add i64 {chunk[0]}, {stores[0]}")
    step = w.integer(f"mul i64 {column}, %stride")
    place = w.integer(f"getelementptr i8, ptr %target, i64 {step}")
    final = narrow(w.code, written, cast(w.code, carried, dtype, total))
    w.store(target, final, place, f", align {written.itemsize}")
    w.close_loop(stores)
    w.close_loop(chunk)
    parameters = "ptr %part, i64 %between, i64 %parts, ptr %target, i64 %stride, i64 %count"
    text = w.define(f"{_combine_name(op, result, written)}({parameters}) noinline")
    return text, frozenset(w.code.declared)
