"""Loop nests as LLVM IR: the loop printer.

A module holds `kernel(buffers, sizes, scalars, parallel_for)` and its `task(context,
number)`. A task covers one block of rows and of inner columns at one parallel point;
how work is cut follows from the sizes alone. Loop state lives in allocas, which LLVM
turns into registers; inner loops have the form that its vectoriser takes.

Sums run in the compute type over chunks of columns, and in float64 across chunks,
rows and tasks, so their error does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.compile.cpu import vectormath
from dovetail.compile.cpu.operations import (
    Code,
    cast,
    compute,
    literal,
    memory_type,
    narrow,
    register_type,
    widen,
)
from dovetail.compile.loops import HEADER, Access, Accumulation, Instruction, Loop, Nest, Store
from dovetail.graph.dtypes import DType, as_dtype, float64

CHUNK = 2048
_LOWEST = {"max": float("-inf"), "min": float("inf")}


def wide(dtype: DType) -> DType:
    """The type in which a reduction is carried across chunks, rows and tasks."""
    return float64 if dtype.is_floating else dtype


def identity(op: str, dtype: DType) -> str:
    """The value that a reduction starts from."""
    if op in ("sum", "prod"):
        return literal(1 if op == "prod" else 0, dtype)
    if dtype.is_floating:
        return literal(_LOWEST[op], dtype)
    if dtype.kind == "b":
        return "false" if op == "max" else "true"
    if dtype.kind == "u":
        return "0" if op == "max" else str(2**dtype.bits - 1)
    return str(-(2 ** (dtype.bits - 1)) if op == "max" else 2 ** (dtype.bits - 1) - 1)


def combine(code: Code, op: str, dtype: DType, x: str, y: str) -> str:
    """One step of a reduction. Sums and products may be reassociated."""
    kind = register_type(dtype)
    if op in ("max", "min"):
        name = "maximum" if op == "max" else "minimum"
        return compute(code, name, dtype, (x, y))
    word = "add" if op == "sum" else "mul"
    if dtype.kind == "b":
        return code.add(f"{'xor' if op == 'sum' else 'and'} i1 {x}, {y}")
    flags = f"f{word} reassoc contract" if dtype.is_floating else word
    return code.add(f"{flags} {kind} {x}, {y}")


class Printer:
    """Prints the module of one nest."""

    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.code = Code("t")
        self.allocas: list[str] = []
        self.metadata: list[str] = []
        self.labels = 0
        self.values: dict[int, str] = {}
        self.group: str | None = None
        self.pointers: dict[int, str] = {}
        self.columns: dict[int, str] = {}
        self.column = ""

    # Small parts.

    def line(self, text: str) -> None:
        self.code.lines.append(f"  {text}")

    def label(self, stem: str) -> str:
        self.labels += 1
        return f"{stem}.{self.labels}"

    def begin(self, label: str) -> None:
        self.code.lines.append(f"{label}:")

    def alloca(self, kind: str) -> str:
        name = f"%slot{len(self.allocas)}"
        self.allocas.append(f"  {name} = alloca {kind}")
        return name

    def load(self, kind: str, slot: str, note: str = "") -> str:
        return self.code.add(f"load {kind}, ptr {slot}{note}")

    def store(self, kind: str, value: str, slot: str, note: str = "") -> None:
        self.line(f"store {kind} {value}, ptr {slot}{note}")

    def word(self, position: int) -> str:
        slot = self.code.add(f"getelementptr i64, ptr %sizes, i64 {position}")
        return self.load("i64", slot, ", !invariant.load !0")

    def integer(self, text: str) -> str:
        return self.code.add(text)

    def minimum(self, x: str, y: str) -> str:
        below = self.integer(f"icmp slt i64 {x}, {y}")
        return self.integer(f"select i1 {below}, i64 {x}, i64 {y}")

    def count_loop(self, first: str, last: str, step: str = "1") -> tuple[str, str, str, str]:
        """Opens `for i in range(first, last, step)`; close it with `close_loop`."""
        slot = self.alloca("i64")
        self.store("i64", first, slot)
        head, body, done = self.label("head"), self.label("body"), self.label("done")
        self.line(f"br label %{head}")
        self.begin(head)
        counter = self.load("i64", slot)
        more = self.integer(f"icmp slt i64 {counter}, {last}")
        self.line(f"br i1 {more}, label %{body}, label %{done}")
        self.begin(body)
        return counter, slot, head, f"{done} {step}"

    def close_loop(self, loop: tuple[str, str, str, str], note: str = "") -> None:
        counter, slot, head, rest = loop
        done, step = rest.split()
        self.store("i64", self.integer(f"add nsw i64 {counter}, {step}"), slot)
        self.line(f"br label %{head}{note}")
        self.begin(done)

    def decode(self, number: str, first_extent: int, count: int) -> list[str]:
        """The indices along `count` dims of a flat number; their extents are words."""
        indices: list[str] = []
        for dim in reversed(range(1, count)):
            extent = self.word(first_extent + dim)
            indices.append(self.integer(f"urem i64 {number}, {extent}"))
            number = self.integer(f"udiv i64 {number}, {extent}")
        if count:
            indices.append(number)
        return indices[::-1]

    def stride(self, access: int, dim: int) -> str:
        return self.word(self.nest.access_words(access) + 1 + dim)

    def move(self, access: int, place: str, first_dim: int, indices: Sequence[str]) -> str:
        """A pointer (or number) moved along some dims."""
        for position, index in enumerate(indices):
            step = self.integer(f"mul i64 {index}, {self.stride(access, first_dim + position)}")
            if self.nest.accesses[access].buffer is None:
                place = self.integer(f"add i64 {place}, {step}")
            else:
                place = self.integer(f"getelementptr i8, ptr {place}, i64 {step}")
        return place

    def buffer(self, slot: int | str) -> str:
        place = self.integer(f"getelementptr ptr, ptr %buffers, i64 {slot}")
        return self.load("ptr", place, ", !invariant.load !0")

    def origin(self, number: int) -> str:
        """Where an access starts."""
        access = self.nest.accesses[number]
        offset = self.word(self.nest.access_words(number))
        if access.buffer is None:
            return offset
        return self.integer(f"getelementptr i8, ptr {self.buffer(access.buffer)}, i64 {offset}")

    # Instructions.

    def note(self) -> str:
        return f", !llvm.access.group {self.group}" if self.group else ""

    def place(self, number: int, inside: bool) -> str:
        """Where an access lies: at the column, if inside the loop over columns."""
        if not inside:
            return self.pointers[number]
        access, base = self.nest.accesses[number], self.columns[number]
        if access.inner == "zero":
            return base
        if access.inner == "unit" and access.buffer is not None:
            kind = memory_type(access.dtype)
            return self.integer(f"getelementptr inbounds {kind}, ptr {base}, i64 {self.column}")
        if access.inner == "unit":
            return self.integer(f"add i64 {base}, {self.column}")
        return self.move(number, base, self.nest.dims - 1, [self.column])

    def read(self, access: Access, place: str) -> str:
        if access.buffer is None:
            return place
        kind = memory_type(access.dtype)
        loaded = self.load(kind, place, f", align {access.dtype.itemsize}{self.note()}")
        return widen(self.code, access.dtype, loaded)

    def write(self, access: Access, value: str, place: str) -> None:
        stored = narrow(self.code, access.dtype, value)
        kind = memory_type(access.dtype)
        self.store(kind, stored, place, f", align {access.dtype.itemsize}{self.note()}")

    def indexed_place(self, number: int, index: str, dtype: DType, inside: bool) -> str:
        """An access at an index; one outside sets the status, and reads element 0."""
        position = cast(self.code, dtype, as_dtype("int64"), index)
        words = self.nest.access_words(number) + 1 + self.nest.dims
        extent, stride = self.word(words), self.word(words + 1)
        negative = self.integer(f"icmp slt i64 {position}, 0")
        wrapped = self.integer(f"add i64 {position}, {extent}")
        chosen = self.integer(f"select i1 {negative}, i64 {wrapped}, i64 {position}")
        outside = self.integer(f"icmp uge i64 {chosen}, {extent}")
        bad = self.load("i64", "%bad")
        flag = self.integer(f"zext i1 {outside} to i64")
        self.store("i64", self.integer(f"or i64 {bad}, {flag}"), "%bad")
        safe = self.integer(f"select i1 {outside}, i64 0, i64 {chosen}")
        step = self.integer(f"mul i64 {safe}, {stride}")
        return self.integer(f"getelementptr i8, ptr {self.place(number, inside)}, i64 {step}")

    def instruction(self, item: Instruction, inside: bool) -> None:
        operands = [self.values[operand] for operand in item.operands]
        self.values[item.result] = self.result(item, operands, inside)

    def result(self, item: Instruction, operands: list[str], inside: bool) -> str:
        op, dtype = item.op, item.dtype
        if op == "constant":
            assert item.detail is not None
            return literal(item.detail, dtype)
        if op == "load":
            assert isinstance(item.detail, int)
            return self.read(self.nest.accesses[item.detail], self.place(item.detail, inside))
        if op == "scalar":
            slot = self.integer(f"getelementptr double, ptr %scalars, i64 {item.detail}")
            return self.load("double", slot, ", !invariant.load !0")
        if op == "integer":
            assert isinstance(item.detail, int)
            number = self.word(self.nest.integer_words + item.detail)
            return cast(self.code, as_dtype("int64"), dtype, number)
        if op.startswith("gather:"):
            assert isinstance(item.detail, int)
            access = self.nest.accesses[item.detail]
            index = as_dtype(op.removeprefix("gather:"))
            place = self.indexed_place(item.detail, operands[0], index, inside)
            return self.read(access, place)
        if op == "running_sum":
            return self.running_sum(dtype, operands[0])
        return compute(self.code, op, dtype, operands)

    def running_sum(self, dtype: DType, value: str) -> str:
        carried = wide(dtype)
        kind = register_type(carried)
        widened = cast(self.code, dtype.compute, carried, value)
        word = "fadd" if carried.is_floating else "add"
        total = self.integer(f"{word} {kind} {self.load(kind, '%running')}, {widened}")
        self.store(kind, total, "%running")
        return cast(self.code, carried, dtype.compute, total)

    # The loops of one row.

    def row_item(self, item: object) -> None:
        if isinstance(item, Instruction):
            self.instruction(item, inside=False)
        elif isinstance(item, Loop):
            self.column_loops(item)
        elif isinstance(item, Store):
            self.write(self.nest.accesses[item.access], self.values[item.value],
                       self.pointers[item.access])  # fmt: skip
        elif isinstance(item, Accumulation):
            self.accumulate_full(item, self.values[item.value], item.dtype.compute)

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
        running = next((i.dtype for i in loop.body if i.op == "running_sum"), None)
        if running is not None:
            carried = wide(running)
            self.allocas.append(f"  %running = alloca {register_type(carried)}")
            self.store(register_type(carried), identity("sum", carried), "%running")
        used = self.accesses_in(loop)
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
        chunked = any(item.op in ("sum", "prod") for item in carried_sums)
        chunk = self.count_loop("%column_first", "%column_last", str(CHUNK)) if chunked else None
        first_column, last_column = "%column_first", "%column_last"
        if chunk is not None:
            first_column = chunk[0]
            end = self.integer(f"add i64 {chunk[0]}, {CHUNK}")
            last_column = self.minimum(end, "%column_last")
        self.inner_loop(loop, totals, first_column, last_column, base)
        if chunk is not None:
            self.close_loop(chunk)
        if outer is not None:
            self.close_loop(outer)
        for item in rows:
            carried = wide(item.dtype)
            total = self.load(register_type(carried), totals[item.result])
            self.values[item.result] = cast(self.code, carried, item.dtype.compute, total)

    def accesses_in(self, loop: Loop) -> list[int]:
        used = {store.access for store in loop.stores}
        for item in loop.body:
            if (item.op == "load" or item.op.startswith("gather")) and isinstance(item.detail, int):
                used.add(item.detail)
        return sorted(used)

    def inner_loop(
        self, loop: Loop, totals: dict[int, str], first: str, last: str, base: str
    ) -> None:
        """The loop that LLVM vectorises; its sums start anew for each chunk."""
        chunk_sums: dict[int, str] = {}
        for number, item in enumerate(loop.accumulations):
            if item.kind != "outer":
                kind = register_type(item.dtype)
                chunk_sums[number] = self.alloca(kind)
                self.store(kind, identity(item.op, item.dtype.compute), chunk_sums[number])
        note = self.parallel_note()
        counter = self.count_loop(first, last)
        self.column = counter[0]
        for item in loop.body:
            self.instruction(item, inside=True)
        for store in loop.stores:
            self.store_in_loop(store)
        for number, item in enumerate(loop.accumulations):
            value, dtype = self.values[item.value], item.dtype.compute
            if item.kind == "outer":
                self.accumulate_outer(item, value, base)
            else:
                kind, slot = register_type(dtype), chunk_sums[number]
                total = combine(self.code, item.op, dtype, self.load(kind, slot), value)
                self.store(kind, total, slot)
        self.close_loop(counter, note)
        self.group = None
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

    def parallel_note(self) -> str:
        """Loop metadata: iterations touch memory independently, so no overlap checks."""
        if self.nest.sequential:
            return ""
        number = len(self.metadata) + 1
        self.group = f"!{number}"
        self.metadata += [
            f"!{number} = distinct !{{}}",
            f"!{number + 1} = distinct !{{!{number + 1}, !{number + 2}}}",
            f'!{number + 2} = !{{!"llvm.loop.parallel_accesses", !{number}}}',
        ]
        return f", !llvm.loop !{number + 1}"

    def store_in_loop(self, store: Store) -> None:
        access, value = self.nest.accesses[store.access], self.values[store.value]
        if store.index is None:
            self.write(access, value, self.place(store.access, inside=True))
            return
        dtype = next(
            item.dtype
            for row in (self.nest.entry, *([i] if isinstance(i, Instruction) else
                        i.body if isinstance(i, Loop) else [] for i in self.nest.row))
            for item in row
            if item.result == store.index
        )  # fmt: skip
        place = self.indexed_place(store.access, self.values[store.index], dtype, inside=True)
        total = combine(self.code, "sum", access.dtype.compute, self.read(access, place), value)
        self.write(access, total, place)

    def accumulate_outer(self, item: Accumulation, value: str, base: str) -> None:
        dtype = item.dtype.compute
        kind = register_type(dtype)
        local = self.integer(f"sub i64 {self.column}, %column_first")
        position = self.integer(f"add i64 {base}, {local}")
        stored = memory_type(dtype)
        place = self.integer(f"getelementptr {stored}, ptr %region{item.result}, i64 {position}")
        old = widen(self.code, dtype, self.load(stored, place, self.note()))
        new = combine(self.code, item.op, dtype, old, value)
        self.store(stored, narrow(self.code, dtype, new), place, self.note())
        del kind

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
        if nest.gathers:
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
        rows = self.count_loop("%row_first", "%row_last")
        extents = len(HEADER) + nest.parallel_dims
        indices = self.decode(rows[0], extents, nest.row_dims)
        self.pointers = {
            number: self.move(number, start, nest.parallel_dims, indices)
            for number, start in starts.items()
        }
        if len({n for n, p in enumerate(nest.partials) if p.kind == "outer"}) and not nest.row:
            raise AssertionError("an outer reduction without rows")
        for item in nest.row:
            self.row_item(item)
        self.close_loop(rows)
        self.close_partials()
        if nest.gathers:
            self.report_bad_index()
        body = ["entry:", *self.allocas, *self.code.lines, "  ret void"]
        return ["define internal void @task(ptr %context, i64 %number) #0 {", *body, "}"]

    def header(self) -> None:
        for position, name in enumerate(HEADER):
            self.line(f"%{name}.at = getelementptr i64, ptr %sizes, i64 {position}")
            self.line(f"%{name} = load i64, ptr %{name}.at, !invariant.load !0")

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
            place = self.integer(f"getelementptr ptr, ptr %context, i64 {number}")
            self.store("ptr", f"%{name}", place)
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
        for number in range(len(self.nest.partials)):
            self.finish(number)
        arguments = "ptr %buffers, ptr %sizes, ptr %scalars, ptr %parallel_for"
        body = ["entry:", *self.allocas, *self.code.lines, "  ret void"]
        return [f"define void @kernel({arguments}) #0 {{", *body, "}"]

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

    def module(self) -> str:
        task, kernel = self.task(), self.kernel()
        functions, declared = vectormath.library(sorted(self.code.functions))
        declared = sorted({*self.code.declared, *declared})
        helpers = sorted(self.code.helpers)
        attributes = 'attributes #0 = { nounwind uwtable "prefer-vector-width"="512" }'
        parts = [*declared, functions, *helpers, *task, *kernel, attributes, "!0 = !{}"]
        return "\n".join([*parts, *self.metadata]) + "\n"


def print_module(nest: Nest) -> str:
    """The LLVM module of a nest."""
    return Printer(nest).module()
