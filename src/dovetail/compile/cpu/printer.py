"""Print one loop nest as LLVM IR.

A module holds `kernel(buffers, sizes, scalars, parallel_for)` and its `task(context,
number)`. A task covers one block of rows and of inner columns at one parallel point;
the partition into tasks depends only on the sizes. Loop state is kept in allocas, which LLVM turns
into registers; inner loops have a form that its vectoriser accepts. Nests over short rows are
printed by transposed.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dovetail.compile.cpu import shared_functions
from dovetail.compile.cpu.partials import PartialWriter
from dovetail.compile.cpu.streams import StreamWriter
from dovetail.compile.loops import (
    CHUNK,
    COSTLY,
    HEADER,
    INTERLEAVE,
    STREAMED_CHUNK,
    Accumulation,
    Instruction,
    Loop,
    Store,
)
from dovetail.compile.scalar import vectormath
from dovetail.compile.scalar.operations import (
    cast,
    memory_type,
    narrow,
    register_type,
    widen,
)
from dovetail.compile.scalar.reductions import combine, identity, wide
from dovetail.compile.scalar.running import RunningWriter
from dovetail.graph.dtypes import DType


class Printer(PartialWriter, RunningWriter, StreamWriter):
    """Prints the module of one nest."""

    # The loops of one row.

    def row_item(self, item: object) -> None:
        if isinstance(item, Instruction):
            self.instruction(item, inside=False)
        elif isinstance(item, Loop):
            self.column_loops(item)
        elif isinstance(item, Store):
            self.write(self.nest.accesses[item.access], self.operand(item.value),
                       self.pointers[item.access])  # fmt: skip
        elif isinstance(item, Accumulation):
            self.accumulate_full(item, self.operand(item.value), item.dtype.compute)

    def accumulate_full(self, item: Accumulation, value: str, dtype: DType) -> None:
        carried = wide(dtype)
        kind, slot = register_type(carried), f"%full{item.result}"
        total = combine(self.code, item.op, carried, self.load(kind, slot),
                        cast(self.code, dtype, carried, value))  # fmt: skip
        self.store(kind, total, slot)

    def column_loops(self, loop: Loop) -> None:
        nest = self.nest
        rows = [item for item in loop.accumulations if item.kind == "row"]
        totals = {item.result: self.alloca(register_type(wide(item.dtype))) for item in rows}
        for item in rows:
            kind = register_type(wide(item.dtype))
            self.store(kind, identity(item.op, wide(item.dtype)), totals[item.result])
        self.open_running(loop)
        used = loop.accesses
        if nest.outer_dims:
            outer = self.count_loop("0", "%outer_columns")
            first = nest.parallel_dims + nest.row_dims
            extents = len(HEADER) + first
            indices = self.decode(outer[0], extents, nest.outer_dims)
            self.columns = {n: self.move(n, self.pointers[n], first, indices) for n in used}
            base = self.integer(f"mul i64 {outer[0]}, %column_block")
        else:
            outer, base = None, "0"
            self.columns = self.pointers
        carried_sums = [i for i in loop.accumulations if i.kind != "outer"]
        size = None
        if any(item.op in ("sum", "prod") for item in carried_sums):
            size = CHUNK
        elif any(nest.accesses[n].streamed and self.by_chunks(n) for n in used):
            size = STREAMED_CHUNK
        chunk = self.count_loop("%column_first", "%column_last", str(size)) if size else None
        first_column, last_column = "%column_first", "%column_last"
        if chunk is not None:
            first_column = chunk[0]
            end = self.integer(f"add i64 {chunk[0]}, {size}")
            last_column = self.minimum(end, "%column_last")
        self.place_streams(used, first_column)
        self.inner_loop(loop, totals, first_column, last_column, base)
        self.flush_chunk(used, first_column, last_column)
        if chunk is not None:
            self.close_loop(chunk)
        if outer is not None:
            self.close_loop(outer)
        self.flush_pass(loop)
        for item in rows:
            carried = wide(item.dtype)
            total = self.load(register_type(carried), totals[item.result])
            self.values[item.result] = cast(self.code, carried, item.dtype.compute, total)

    def inner_loop(
        self, loop: Loop, totals: dict[int, str], first: str, last: str, base: str
    ) -> None:
        """The loop that LLVM vectorises; its sums start at 0 for each chunk."""
        chunk_sums: dict[int, str] = {}
        for number, item in enumerate(loop.accumulations):
            if item.kind != "outer":
                kind = register_type(item.dtype)
                chunk_sums[number] = self.alloca(kind)
                self.store(kind, identity(item.op, item.dtype.compute), chunk_sums[number])
        invariant = self.invariant(loop.body)
        skip = self.hoisted(invariant, first, last)
        note = self.loop_note([*loop.body, *loop.accumulations])
        counter = self.count_loop(first, last)
        self.column = counter[0]
        for item in loop.body:
            if item.result not in invariant:
                self.instruction(item, inside=True)
        for store in loop.stores:
            self.store_in_loop(store)
        for number, item in enumerate(loop.accumulations):
            dtype = item.dtype.compute
            if item.kind == "outer":
                self.accumulate_outer(item, base)
            else:
                kind, slot = register_type(dtype), chunk_sums[number]
                self.store(kind, self.accumulated(item, self.load(kind, slot)), slot)
        self.close_loop(counter, note)
        self.group = None
        self.close_hoisted(skip)
        for number, item in enumerate(loop.accumulations):
            if item.kind == "outer":
                continue
            dtype = item.dtype.compute
            part = self.load(register_type(dtype), chunk_sums[number])
            if item.kind == "full":
                self.accumulate_full(item, part, dtype)
                continue
            carried = wide(dtype)
            kind, slot = register_type(carried), totals[item.result]
            part = cast(self.code, dtype, carried, part)
            self.store(
                kind, combine(self.code, item.op, carried, self.load(kind, slot), part), slot
            )

    # Invariants of an innermost loop are computed before it. LLVM would not move them past stores,
    # and its vectoriser takes time exponential in the depth of such expressions.

    def hoisted(self, invariant: Mapping[int, Instruction], first: str, last: str) -> str | None:
        """Compute invariants before a loop that is not empty: an empty one touches no memory.

        Returns the label after the loop, for `close_hoisted`.
        """
        if not invariant:
            return None
        ahead, skip = self.label("ahead"), self.label("skip")
        more = self.integer(f"icmp slt i64 {first}, {last}")
        self.line(f"br i1 {more}, label %{ahead}, label %{skip}")
        self.begin(ahead)
        for item in invariant.values():
            self.instruction(item, inside=True)
        return skip

    def close_hoisted(self, skip: str | None) -> None:
        """End the block that `hoisted` has begun."""
        if skip is not None:
            self.line(f"br label %{skip}")
            self.begin(skip)

    def loop_note(self, items: Sequence[object]) -> str:
        """Loop metadata: no overlap checks, since iterations are independent; how many vectors are
        interleaved, where LLVM would choose one to save registers; and masks.
        """
        if self.nest.sequential:
            return ""
        self.group = self.new_metadata("distinct !{}")
        facts = [f'"llvm.loop.parallel_accesses", {self.group}']
        if self.nest.masked and self.code.call is None:  # no mask can be given to a function
            facts.append('"llvm.loop.vectorize.predicate.enable", i1 true')
            facts.append('"llvm.loop.interleave.count", i32 1')
        elif any(isinstance(item, Instruction) and item.op in COSTLY for item in items):
            facts.append(f'"llvm.loop.interleave.count", i32 {INTERLEAVE}')
        return self.loop_metadata(*facts)

    def store_in_loop(self, store: Store) -> None:
        access, value = self.nest.accesses[store.access], self.operand(store.value)
        if store.index is None:
            self.write(access, value, self.address(store.access, inside=True))
            return
        dtype = self.index_type(store.index)
        index = self.operand(store.index)
        address = self.indexed_address(store.access, index, dtype, True, store.inside)
        if store.combine != "last":
            old = self.read(access, address)
            value = combine(self.code, str(store.combine), access.dtype.compute, old, value)
        self.write(access, value, address)

    def accumulate_outer(self, item: Accumulation, base: str) -> None:
        dtype = item.dtype.compute
        local = self.integer(f"sub i64 {self.column}, %column_first")
        position = self.integer(f"add i64 {base}, {local}")
        stored = memory_type(dtype)
        address = self.integer(f"getelementptr {stored}, ptr %region{item.result}, i64 {position}")
        old = widen(self.code, dtype, self.load(stored, address, self.note()))
        new = self.accumulated(item, old)
        self.store(stored, narrow(self.code, dtype, new), address, self.note())

    # The functions.

    def task(self) -> list[str]:
        nest = self.nest
        self.line("%sizes = load ptr, ptr %context, !invariant.load !0")
        for number, name in ((1, "buffers"), (2, "scalars")):
            self.line(f"%{name}.at = getelementptr ptr, ptr %context, i64 {number}")
            self.line(f"%{name} = load ptr, ptr %{name}.at, !invariant.load !0")
        self.header()
        self.line("%column_number = urem i64 %number, %column_blocks")
        self.line("%rest = udiv i64 %number, %column_blocks")
        self.line("%row_number = urem i64 %rest, %row_blocks")
        self.line("%parallel_number = udiv i64 %rest, %row_blocks")
        self.line("%column_first = mul i64 %column_number, %column_block")
        self.line("%row_first = mul i64 %row_number, %row_block")
        for name, limit in (("column", "columns"), ("row", "rows")):
            self.line(f"%{name}_end = add i64 %{name}_first, %{name}_block")
            below = self.integer(f"icmp slt i64 %{name}_end, %{limit}")
            self.line(f"%{name}_last = select i1 {below}, i64 %{name}_end, i64 %{limit}")
        if nest.checks:
            self.allocas.append("  %bad = alloca i64")
            self.store("i64", "0", "%bad")
        indices = self.decode("%parallel_number", len(HEADER), nest.parallel_dims)
        starts = {
            number: self.move(number, self.origin(number), 0, indices)
            for number in range(len(nest.accesses))
        }
        for item in nest.entry:
            self.instruction(item, inside=False)
        self.open_partials()
        self.open_streams()
        self.rows(starts)
        self.close_streams()
        self.close_partials()
        if nest.checks:
            self.report_bad_index()
        body = ["entry:", *self.allocas, *self.code.lines, "  ret void"]
        # Inlined into the kernel, which calls a single task, it would be compiled twice.
        return ["define internal void @task(ptr %context, i64 %number) noinline #0 {", *body, "}"]

    def rows(self, starts: dict[int, str]) -> None:
        """The loop over the rows of a task; `starts` are the addresses of the first row."""
        nest = self.nest
        if not nest.row_dims:  # one row needs no loop
            self.pointers = starts
            for item in nest.row:
                self.row_item(item)
            return
        rows = self.count_loop("%row_first", "%row_last")
        extents = len(HEADER) + nest.parallel_dims
        indices = self.decode(rows[0], extents, nest.row_dims)
        self.pointers = {
            number: self.move(number, start, nest.parallel_dims, indices)
            for number, start in starts.items()
        }
        for item in nest.row:
            self.row_item(item)
        # Where rows are found by indices, two at a time hide the latency of these.
        self.close_loop(rows, "" if nest.checks or nest.scatters else self.rolled())

    def header(self) -> None:
        for position, name in enumerate(HEADER):
            self.line(f"%{name}.at = getelementptr i64, ptr %sizes, i64 {position}")
            self.line(f"%{name} = load i64, ptr %{name}.at, !invariant.load !0")

    def report_bad_index(self) -> None:
        bad = self.integer(f"icmp ne i64 {self.load('i64', '%bad')}, 0")
        report, leave = self.label("report"), self.label("leave")
        self.line(f"br i1 {bad}, label %{report}, label %{leave}")
        self.begin(report)
        self.line(
            f"store atomic i64 1, ptr {self.buffer(self.nest.buffers + 1)} monotonic, align 8"
        )
        self.line(f"br label %{leave}")
        self.begin(leave)

    def kernel(self) -> list[str]:
        self.code.lines, self.allocas = [], ["  %context = alloca [3 x ptr]"]
        for number, name in enumerate(("sizes", "buffers", "scalars")):
            address = self.integer(f"getelementptr ptr, ptr %context, i64 {number}")
            self.store("ptr", f"%{name}", address)
        self.header()
        self.line("%grid = mul i64 %row_blocks, %column_blocks")
        self.line("%tasks = mul i64 %grid, %parallel")
        self.line("%one = icmp eq i64 %tasks, 1")
        self.line("br i1 %one, label %alone, label %shared")
        self.begin("alone")
        self.line("call void @task(ptr %context, i64 0)")
        self.line("br label %finish")
        self.begin("shared")
        self.line("call void %parallel_for(ptr @task, ptr %context, i64 %tasks)")
        self.line("br label %finish")
        self.begin("finish")
        self.finish_partials()
        arguments = "ptr %buffers, ptr %sizes, ptr %scalars, ptr %parallel_for"
        body = ["entry:", *self.allocas, *self.code.lines, "  ret void"]
        return [f"define void @kernel({arguments}) #0 {{", *body, "}"]

    def module(self) -> str:
        task, kernel = self.task(), self.kernel()
        used = sorted(self.code.functions)
        if self.code.call is not None:
            declared = frozenset(shared_functions.declarations(used))
            functions = ""
        else:
            functions, declared = vectormath.library(used)
        declared = sorted({*self.code.declared, *declared})
        helpers = sorted(self.code.helpers)
        attributes = 'attributes #0 = { nounwind "prefer-vector-width"="512" }'
        parts = [*declared, functions, *helpers, *task, *kernel, attributes, "!0 = !{}"]
        return "\n".join([*parts, *self.metadata]) + "\n"
