"""Prints one loop nest as a GPU kernel, in LLVM IR for NVPTX.

The same for every schedule (schedule.py). Loads of all columns that a thread computes at a time
come before their stores, so that several are under way. Columns beyond the last whole width are
computed one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dovetail.compile.gpu.exchange import Total
from dovetail.compile.gpu.kernel_writer import GLOBAL
from dovetail.compile.gpu.partials import PartialWriter
from dovetail.compile.gpu.schedule import Schedule
from dovetail.compile.gpu.staging import StagingWriter
from dovetail.compile.loops import HEADER, Accumulation, Instruction, Loop, Nest, RowItem, Store
from dovetail.compile.scalar.operations import (
    memory_type,
    narrow,
    register_type,
    widen,
)
from dovetail.compile.scalar.reductions import combine, identity
from dovetail.compile.scalar.running import RunningWriter


class NestPrinter(RunningWriter, PartialWriter, StagingWriter):
    """Prints the kernel of a nest."""

    def __init__(self, nest: Nest, schedule: Schedule) -> None:
        super().__init__(nest, schedule.threads)
        self.cluster = schedule.cluster
        self.place_rows(schedule)
        if not schedule.cells_shared:
            self.cell_space = GLOBAL
        self.totals: dict[int, list[str]] = {}  # of the row, in the current pass

    # The loops.

    def kernel(self, name: str) -> str:
        """The text of the kernel."""
        self.body()
        return self.define_kernel(name)

    def body(self) -> None:
        """Print what the kernel does."""
        self.open()
        if self.nest.checks:
            self.open_checks()
        self.run()
        if self.nest.checks:
            self.close_checks()
        self.close_exchange()

    def open(self) -> None:
        """Where the thread is."""
        self._place_thread()
        self.open_exchange()
        self.open_staging(self.group_number)
        self.copy = self.alloca("i64")
        self.allocas.append(f"  store i64 0, ptr {self.copy}")  # once: a turn for each row of all

    def run(self) -> None:
        """The nest, from the first parallel point to the last."""
        self._points(self._rows)

    def _place_thread(self) -> None:
        """Where the thread is: its lane, row and first column, and the steps of the loops."""
        width, threads = self.schedule.width, self.threads
        thread, shift = self.special("tid.x"), self.launched("lanes_log2")
        lanes = self.integer(f"shl i64 1, {shift}")
        self.lanes = lanes
        self.lane = self.integer(f"and i64 {thread}, {self.integer(f'sub i64 {lanes}, 1')}")
        self.group_number = self.integer(f"lshr i64 {thread}, {shift}")
        self.groups = self.integer(f"lshr i64 {threads}, {shift}")
        first = self.integer(f"mul i64 {self.special('ctaid.y')}, {self.groups}")
        self.first_row = self.integer(f"add i64 {first}, {self.group_number}")
        self.owner = self.first_row
        if self.nest.scatters:
            self.first_row, self.row_step = "0", "1"
        else:
            self.row_step = self.integer(f"mul i64 {self.special('nctaid.y')}, {self.groups}")
        tile = self.integer(f"mul i64 {lanes}, {width}")
        block = self.special("ctaid.x")
        if self.cluster > 1:  # of which each block has adjacent columns
            part, columns = self.launched("part"), self.count("columns")
            start = self.integer(f"mul i64 {block}, {part}")
            end = self.integer(f"add i64 {start}, {part}")
            beyond = self.integer(f"icmp sgt i64 {end}, {columns}")
            self.column_end = self.integer(f"select i1 {beyond}, i64 {columns}, i64 {end}")
            self.column_step = tile
        else:
            start = self.integer(f"mul i64 {block}, {tile}")
            self.column_end = ""  # of the row
            self.column_step = self.integer(f"mul i64 {self.special('nctaid.x')}, {tile}")
        self.block_column = start
        own = self.integer(f"mul i64 {self.lane}, {width}")
        self.first_column = self.integer(f"add i64 {start}, {own}")
        leads = self.integer(f"icmp eq i64 {self.first_column}, 0")
        self.leads = leads  # whether the thread stores what belongs to its row

    def _points(self, inside: Callable[[str, dict[int, str]], None]) -> None:
        """The loop over parallel points; `inside` gets each, and the addresses there."""
        nest = self.nest
        origins = {number: self.origin(number) for number in range(len(nest.accesses))}
        if not nest.parallel_dims:
            inside("0", origins)
            return
        first, step = self.special("ctaid.z"), self.special("nctaid.z")
        points = self.count_loop(first, self.count("parallel"), step)
        indices = self.decode(points[0], len(HEADER), nest.parallel_dims)
        starts = {n: self.move(n, origin, 0, indices) for n, origin in origins.items()}
        inside(points[0], starts)
        self.close_loop(points)

    def _rows(self, point: str, starts: dict[int, str]) -> None:
        nest = self.nest
        self.pointers = starts
        for item in nest.entry:
            self.instruction(item, inside=False)
        self.open_partials(self.schedule.step)
        rows = self.count_loop(self.first_row, self.count("rows"), self.row_step)
        indices = self.decode(rows[0], len(HEADER) + nest.parallel_dims, nest.row_dims)
        self.pointers = {
            number: self.move(number, start, nest.parallel_dims, indices)
            for number, start in starts.items()
        }
        for item in nest.row:
            self.row_item(item)
        turned = self.integer(f"xor i64 {self.load('i64', self.copy)}, 1")
        self.store("i64", turned, self.copy)
        self.close_loop(rows)
        self.close_partials(point, self.block_column)

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
        else:  # of a value of the row, for which one lane speaks
            dtype = item.dtype.compute
            nothing = identity(item.op, dtype)
            own = self.code.select(self.leads, dtype, self.operand(item.value), nothing)
            self._add_to(self.full[item.result][0], item, own)

    def _pass(self, loop: Loop) -> None:
        """A pass over the columns of a row."""
        nest = self.nest
        used, self.columns = loop.accesses, self.pointers
        rows = [item for item in loop.accumulations if item.kind == "row"]
        self.totals = {
            item.result: [self.alloca(register_type(item.dtype)) for _ in range(self.schedule.step)]
            for item in rows
        }
        for item in rows:
            for slot in self.totals[item.result]:
                nothing = identity(item.op, item.dtype.compute)
                self.store(register_type(item.dtype), nothing, slot)
        self.begin_pass(loop)
        self.places = self._places_of_row(loop)
        unowned = [self.when(self._is_own(place)) for place in self.places.values()]
        outer, self.outer = None, "0"
        if nest.outer_dims:
            outer = self.count_loop("0", self.count("outer_columns"))
            first = nest.parallel_dims + nest.row_dims
            self.outer = outer[0]
            indices = self.decode(outer[0], len(HEADER) + first, nest.outer_dims)
            self.columns = {n: self.move(n, self.pointers[n], first, indices) for n in used}
        self._tiles(loop)
        if outer is not None:
            self.close_loop(outer)
        for after in reversed(unowned):
            self.otherwise(after)
        if rows:
            self._exchange(rows)

    # Scatters.

    def _places_of_row(self, loop: Loop) -> dict[int, str]:
        """The place of a scatter whose index is the same for all columns of a row."""
        inner = {item.result for item in loop.body}
        if len(loop.stores) != 1 or loop.stores[0].index in (None, *inner):
            return {}
        return {0: self._place_of(loop.stores[0])}

    def _place_of(self, store: Store) -> str:
        assert store.index is not None
        dtype, index = self.index_type(store.index), self.operand(store.index)
        return self.place_along(store.access, index, dtype, store.inside)

    def _is_own(self, place: str) -> str:
        below = self.integer(f"sub i64 {self.launched('owners')}, 1")
        share = self.integer(f"and i64 {place}, {below}")
        return self.integer(f"icmp eq i64 {share}, {self.owner}")

    def _scatter(self, number: int, store: Store) -> None:
        """Combine a value with what is at its place, if that belongs to this group."""
        access, value = self.nest.accesses[store.access], self.operand(store.value)
        place = self.places.get(number)
        after = None
        if place is None:
            place = self._place_of(store)
            after = self.when(self._is_own(place))
        address = self.address_at(store.access, place, inside=True)
        if store.combine != "last":
            old = self.read(access, address)
            value = combine(self.code, str(store.combine), access.dtype.compute, old, value)
        self.write(access, value, address)
        if after is not None:
            self.otherwise(after)

    # The columns of a row.

    def _exchange(self, rows: Sequence[Accumulation]) -> None:
        """The totals of a row, of those of its lanes."""
        first = self.slots
        totals = [
            Total(item.op, item.dtype.compute,
                  self.together(item.op, item.dtype.compute, self.totals[item.result]),
                  first + number)
            for number, item in enumerate(rows)
        ]  # fmt: skip
        if self.schedule.exchange == "block":
            found = self.row_totals(totals, self.load("i64", self.copy))
        else:
            found = self.group_totals(totals, self.lanes)
        self.values |= {item.result: value for item, value in zip(rows, found, strict=True)}

    def _add_to(self, slot: str, item: Accumulation, value: str) -> None:
        dtype = item.dtype.compute
        kind = register_type(dtype)
        self.store(kind, combine(self.code, item.op, dtype, self.load(kind, slot), value), slot)

    def _tiles(self, loop: Loop) -> None:
        columns, width = self.column_end or self.count("columns"), self.schedule.width
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
            self.close_loop(single, self.rolled())
            self.line(f"br label %{done}")
            self.begin(done)
        self.close_loop(tiles)

    # The columns of a thread.

    def _whole(self, loop: Loop, first: str) -> None:
        """All columns of a thread, from the first on."""
        width, step = self.schedule.width, self.schedule.step
        loads = {n: self.wide_load(n, first) for n in self.wide_loads(loop)}
        stores = [store.access for store in loop.stores if store.access in self.schedule.wide]
        if step == width:
            columns = [self._after(first, number) for number in range(width)]
            made = self._elements(loop, columns, loads, stores)
        else:
            made = self._by_steps(loop, first, loads, stores)
        for number in stores:
            self.wide_store(number, first, made[number])

    def _by_steps(
        self, loop: Loop, first: str, loads: dict[int, str], stores: Sequence[int]
    ) -> dict[int, str]:
        """A few columns at a time: vectors are turned, so that the next elements come first."""
        width, step = self.schedule.width, self.schedule.step
        slots = {n: self.alloca(self.vector(n)) for n in {*loads, *stores}}
        for number, vector in loads.items():
            self.store(self.vector(number), vector, slots[number])
        counter = self.count_loop("0", str(width), str(step))
        start = self.integer(f"add i64 {first}, {counter[0]}")
        held = {n: self.load(self.vector(n), slots[n]) for n in {*loads, *stores}}
        columns = [self._after(start, number) for number in range(step)]
        made = self._elements(loop, columns, {n: held[n] for n in loads}, stores)
        order = ", ".join(f"i32 {(n + step) % width}" for n in range(width))
        for number in held:
            kind, vector = self.vector(number), held[number]
            turned = self.integer(
                f"shufflevector {kind} {vector}, {kind} {vector}, <{width} x i32> <{order}>"
            )
            for position in range(step) if number in stores else ():
                element = self.integer(f"extractelement {kind} {made[number]}, i32 {position}")
                turned = self.with_element(number, turned, element, width - step + position)
            self.store(kind, turned, slots[number])
        self.close_loop(counter, self.rolled())
        return {n: self.load(self.vector(n), slots[n]) for n in stores}

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
                n: self.element_of(n, vector, position) for n, vector in (loads or {}).items()
            }
            for item in loop.body:
                if item.result not in invariant:
                    self.instruction(item, inside=True)
            each.append(self.values)
        self.picked = {}
        made = dict.fromkeys(stores, "poison")
        for position, column in enumerate(columns):
            self.values, self.column = each[position], column
            for number, store in enumerate(loop.stores):
                access = self.nest.accesses[store.access]
                if store.index is not None:
                    self._scatter(number, store)
                elif store.access in made:
                    value = narrow(self.code, access.dtype, self.operand(store.value))
                    made[store.access] = self.with_element(
                        store.access, made[store.access], value, position
                    )
                else:
                    self.write_element(store.access, self.operand(store.value))
        self._accumulate(loop, columns, each)
        self.values = before
        return made

    def _accumulate(
        self, loop: Loop, columns: Sequence[str], each: Sequence[dict[int, str]]
    ) -> None:
        """Add the values of these columns; all cells are loaded before one is stored."""
        cells: list[tuple[str, str, str]] = []
        for position, column in enumerate(columns):
            self.values = each[position]
            for item in loop.accumulations:
                kind = register_type(item.dtype.compute)
                if item.kind == "outer":
                    dtype = item.dtype.compute
                    local = self.integer(f"sub i64 {column}, {self.block_column}")
                    place, held = self.cell(item, self.outer, local), memory_type(dtype)
                    old = self.integer(f"load {held}, {self.cell_space} {place}")
                    new = self.accumulated(item, widen(self.code, dtype, old))
                    cells.append((held, narrow(self.code, dtype, new), place))
                else:
                    slots = self.totals if item.kind == "row" else self.full
                    slot = slots[item.result][position]
                    self.store(kind, self.accumulated(item, self.load(kind, slot)), slot)
        for held, value, place in cells:
            self.line(f"store {held} {value}, {self.cell_space} {place}")

    def _after(self, first: str, number: int) -> str:
        return self.integer(f"add i64 {first}, {number}") if number else first
