"""Prints one loop nest as a GPU kernel, in LLVM IR for NVPTX.

The same for every schedule (schedule.py). Loads of all columns that a thread computes at a time
come before their stores, so that several are under way. Columns beyond the last whole width are
computed one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dovetail.compile.gpu.kernel_writer import KernelWriter
from dovetail.compile.gpu.schedule import ACCESS_BYTES, Schedule
from dovetail.compile.loops import HEADER, Instruction, Loop, Nest, RowItem, Store
from dovetail.compile.scalar.operations import memory_type, narrow, widen
from dovetail.compile.scalar.running import RunningWriter


class NestPrinter(RunningWriter, KernelWriter):
    """Prints the kernel of a nest."""

    def __init__(self, nest: Nest, schedule: Schedule) -> None:
        super().__init__(nest, schedule.threads)
        self.schedule = schedule
        self.picked: dict[int, str] = {}  # access -> the element of a wide load
        self.metadata: list[str] = []

    # The loops.

    def kernel(self, name: str) -> str:
        """The text of the kernel."""
        self._place()
        nest = self.nest
        if nest.checks:
            self.allocas.append("  %bad = alloca i64")
            self.store("i64", "0", "%bad")
        self._points(self._rows)
        if nest.checks:
            bad = self.integer(f"icmp ne i64 {self.load('i64', '%bad')}, 0")
            after = self.when(bad)
            self.line(f"store atomic i64 1, {self.pointer} {self.status()} monotonic, align 8")
            self.otherwise(after)
        return self.define_kernel(name)

    def _place(self) -> None:
        """Where the thread is: its lane, row and first column, and the steps of the loops."""
        width, threads = self.schedule.width, self.threads
        thread, shift = self.special("tid.x"), self.launched("lanes_log2")
        lanes = self.integer(f"shl i64 1, {shift}")
        self.lane = self.integer(f"and i64 {thread}, {self.integer(f'sub i64 {lanes}, 1')}")
        self.group_number = self.integer(f"lshr i64 {thread}, {shift}")
        self.groups = self.integer(f"lshr i64 {threads}, {shift}")
        first = self.integer(f"mul i64 {self.special('ctaid.y')}, {self.groups}")
        self.first_row = self.integer(f"add i64 {first}, {self.group_number}")
        self.row_step = self.integer(f"mul i64 {self.special('nctaid.y')}, {self.groups}")
        tile = self.integer(f"mul i64 {lanes}, {width}")
        block = self.special("ctaid.x")
        start = self.integer(f"mul i64 {block}, {tile}")
        own = self.integer(f"mul i64 {self.lane}, {width}")
        self.first_column = self.integer(f"add i64 {start}, {own}")
        self.column_step = self.integer(f"mul i64 {self.special('nctaid.x')}, {tile}")
        leads = self.integer(f"icmp eq i64 {self.first_column}, 0")
        self.leads = leads  # whether the thread stores what belongs to its row

    def _points(self, inside: Callable[[dict[int, str]], None]) -> None:
        """The loop over parallel points; `inside` gets the address of each access there."""
        nest = self.nest
        origins = {number: self.origin(number) for number in range(len(nest.accesses))}
        if not nest.parallel_dims:
            inside(origins)
            return
        first, step = self.special("ctaid.z"), self.special("nctaid.z")
        points = self.count_loop(first, self.count("parallel"), step)
        indices = self.decode(points[0], len(HEADER), nest.parallel_dims)
        inside({n: self.move(n, origin, 0, indices) for n, origin in origins.items()})
        self.close_loop(points)

    def _rows(self, starts: dict[int, str]) -> None:
        nest = self.nest
        self.pointers = starts
        for item in nest.entry:
            self.instruction(item, inside=False)
        rows = self.count_loop(self.first_row, self.count("rows"), self.row_step)
        indices = self.decode(rows[0], len(HEADER) + nest.parallel_dims, nest.row_dims)
        self.pointers = {
            number: self.move(number, start, nest.parallel_dims, indices)
            for number, start in starts.items()
        }
        for item in nest.row:
            self.row_item(item)
        self.close_loop(rows)

    def row_item(self, item: RowItem) -> None:
        """What is done once for each row, or a pass over its columns."""
        if isinstance(item, Instruction):
            self.instruction(item, inside=False)
        elif isinstance(item, Loop):
            self.open_running(item)
            self._pass(item)
        elif isinstance(item, Store):
            after = self.when(self.leads)
            self.write(self.nest.accesses[item.access], self.operand(item.value),
                       self.pointers[item.access])  # fmt: skip
            self.otherwise(after)

    def _pass(self, loop: Loop) -> None:
        """A pass over the columns of a row."""
        nest = self.nest
        used, self.columns = loop.accesses, self.pointers
        outer = None
        if nest.outer_dims:
            outer = self.count_loop("0", self.count("outer_columns"))
            first = nest.parallel_dims + nest.row_dims
            indices = self.decode(outer[0], len(HEADER) + first, nest.outer_dims)
            self.columns = {n: self.move(n, self.pointers[n], first, indices) for n in used}
        self._tiles(loop)
        if outer is not None:
            self.close_loop(outer)

    def _tiles(self, loop: Loop) -> None:
        columns, width = self.count("columns"), self.schedule.width
        tiles = self.count_loop(self.first_column, columns, self.column_step)
        if width == 1:
            self._elements(loop, [tiles[0]])
        else:
            end = self.integer(f"add i64 {tiles[0]}, {width}")
            whole, rest, done = self.label("whole"), self.label("rest"), self.label("done")
            inside = self.integer(f"icmp sle i64 {end}, {columns}")
            self.line(f"br i1 {inside}, label %{whole}, label %{rest}")
            self.begin(whole)
            self._whole(loop, tiles[0])
            self.line(f"br label %{done}")
            self.begin(rest)
            single = self.count_loop(tiles[0], columns)
            self._elements(loop, [single[0]])
            self.close_loop(single, self._rolled())
            self.line(f"br label %{done}")
            self.begin(done)
        self.close_loop(tiles)

    # The columns of a thread.

    def _whole(self, loop: Loop, first: str) -> None:
        """All columns of a thread, from the first on."""
        width, step = self.schedule.width, self.schedule.step
        loads = {n: self._wide_load(n, first) for n in self._wide_loads(loop)}
        stores = [store.access for store in loop.stores if store.access in self.schedule.wide]
        if step == width:
            columns = [self._after(first, number) for number in range(width)]
            made = self._elements(loop, columns, loads, stores)
        else:
            made = self._by_steps(loop, first, loads, stores)
        for number in stores:
            self._wide_store(number, first, made[number])

    def _by_steps(
        self, loop: Loop, first: str, loads: dict[int, str], stores: Sequence[int]
    ) -> dict[int, str]:
        """A few columns at a time: vectors are turned, so that the next elements come first."""
        width, step = self.schedule.width, self.schedule.step
        slots = {n: self.alloca(self._vector(n)) for n in {*loads, *stores}}
        for number, vector in loads.items():
            self.store(self._vector(number), vector, slots[number])
        counter = self.count_loop("0", str(width), str(step))
        start = self.integer(f"add i64 {first}, {counter[0]}")
        held = {n: self.load(self._vector(n), slots[n]) for n in {*loads, *stores}}
        columns = [self._after(start, number) for number in range(step)]
        made = self._elements(loop, columns, {n: held[n] for n in loads}, stores)
        order = ", ".join(f"i32 {(n + step) % width}" for n in range(width))
        for number in held:
            kind, vector = self._vector(number), held[number]
            turned = self.integer(
                f"shufflevector {kind} {vector}, {kind} {vector}, <{width} x i32> <{order}>"
            )
            for position in range(step) if number in stores else ():
                element = self.integer(f"extractelement {kind} {made[number]}, i32 {position}")
                turned = self._with(number, turned, element, width - step + position)
            self.store(kind, turned, slots[number])
        self.close_loop(counter, self._rolled())
        return {n: self.load(self._vector(n), slots[n]) for n in stores}

    def _elements(
        self,
        loop: Loop,
        columns: Sequence[str],
        loads: dict[int, str] | None = None,
        stores: Sequence[int] = (),
    ) -> dict[int, str]:
        """Compute and store some columns. Returns the vectors of wide stores, from the start on."""
        before = self.values
        self.values = dict(before)
        invariant = self.invariant(loop.body)
        self.column = columns[0]
        for item in invariant.values():
            self.instruction(item, inside=True)
        shared, each = self.values, list[dict[int, str]]()
        for position, column in enumerate(columns):
            self.values, self.column = dict(shared), column
            self.picked = {
                n: self._picked(n, vector, position) for n, vector in (loads or {}).items()
            }
            for item in loop.body:
                if item.result not in invariant:
                    self.instruction(item, inside=True)
            each.append(self.values)
        self.picked = {}
        made = dict.fromkeys(stores, "poison")
        for position, column in enumerate(columns):
            self.values, self.column = each[position], column
            for store in loop.stores:
                access = self.nest.accesses[store.access]
                if store.access in made:
                    value = narrow(self.code, access.dtype, self.operand(store.value))
                    made[store.access] = self._with(
                        store.access, made[store.access], value, position
                    )
                else:
                    address = self.address(store.access, inside=True)
                    self.write(access, self.operand(store.value), address)
        self.values = before
        return made

    def result(self, item: Instruction, operands: list[str], inside: bool) -> str:
        """A load takes its element of a wide load, where there is one."""
        if inside and item.op == "load" and item.access in self.picked:
            return widen(self.code, self.nest.accesses[item.access].dtype, self.picked[item.access])
        return super().result(item, operands, inside)

    # Vectors.

    def _wide_loads(self, loop: Loop) -> list[int]:
        found = {item.access for item in loop.body if item.op == "load"}
        return [number for number in self.schedule.wide if number in found]

    def _vector(self, number: int) -> str:
        return f"<{self.schedule.width} x {memory_type(self.nest.accesses[number].dtype)}>"

    def _wide_note(self, number: int) -> str:
        size = self.schedule.width * self.nest.accesses[number].dtype.itemsize
        return f", align {min(ACCESS_BYTES, size)}"

    def _wide_address(self, number: int, first: str) -> str:
        kind = memory_type(self.nest.accesses[number].dtype)
        base = f"{self.pointer} {self.columns[number]}"
        return self.integer(f"getelementptr inbounds {kind}, {base}, i64 {first}")

    def _wide_load(self, number: int, first: str) -> str:
        address = f"{self.pointer} {self._wide_address(number, first)}"
        note = self._wide_note(number)
        return self.integer(f"load {self._vector(number)}, {address}{note}")

    def _wide_store(self, number: int, first: str, vector: str) -> None:
        address = f"{self.pointer} {self._wide_address(number, first)}"
        note = self._wide_note(number)
        self.line(f"store {self._vector(number)} {vector}, {address}{note}")

    def _picked(self, number: int, vector: str, position: int) -> str:
        kind = self._vector(number)
        return self.integer(f"extractelement {kind} {vector}, i32 {position}")

    def _with(self, number: int, vector: str, element: str, position: int) -> str:
        kind = memory_type(self.nest.accesses[number].dtype)
        given = f"{self._vector(number)} {vector}, {kind} {element}, i32 {position}"
        return self.integer(f"insertelement {given}")

    def _after(self, first: str, number: int) -> str:
        return self.integer(f"add i64 {first}, {number}") if number else first

    def _rolled(self) -> str:
        """Metadata of a loop that is not unrolled."""
        number = len(self.metadata)
        self.metadata += [
            f"!{number} = distinct !{{!{number}, !{number + 1}}}",
            f'!{number + 1} = !{{!"llvm.loop.unroll.disable"}}',
        ]
        return f", !llvm.loop !{number}"
