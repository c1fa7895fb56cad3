"""Reductions over rows: blocks have partial results, which a second kernel combines in order.

A `full` reduction is one number: each thread has totals in registers, and the block combines them.
An `outer` one has a number for each column. A group of lanes keeps its columns' totals in cells of
shared memory; a lane is alone with its columns, so they need no barrier until the end.
"""

from __future__ import annotations

from dovetail.compile.gpu.exchange import SLOT, ExchangeWriter, Total
from dovetail.compile.gpu.kernel_writer import GLOBAL, SHARED
from dovetail.compile.loops import HEADER, Accumulation, Nest
from dovetail.compile.scalar.operations import cast, memory_type, narrow, register_type, widen
from dovetail.compile.scalar.reductions import combine, identity, wide
from dovetail.graph.dtypes import DType

FINISHING = 256  # threads of a block that combines partial results
COLUMNS_AT_ONCE = 32  # of them: so many columns, each by several threads
UNDER_WAY = 4  # partial results that a thread loads at a time


class PartialWriter(ExchangeWriter):
    """Writes the totals of a block; the printer says where a thread is."""

    group_number: str
    groups: str
    cell_space = SHARED  # where cells are; in the memory for partial results, if they do not fit

    def open_partials(self, kept: int) -> None:
        """At the start of a parallel point. `kept`: totals of a thread for a full reduction."""
        self.full: dict[int, list[str]] = {}
        self.cells: dict[int, str] = {}
        for number, partial in enumerate(self.nest.partials):
            dtype = partial.dtype.compute
            if partial.kind == "full":
                kind = register_type(dtype)
                self.full[number] = [self.alloca(kind) for _ in range(kept)]
                for slot in self.full[number]:
                    self.store(kind, identity(partial.op, dtype), slot)
                continue
            self._clear_cells(number, dtype)
        if self.cells:
            self.barrier()

    def _clear_cells(self, number: int, dtype: DType) -> None:
        own = self.integer(f"mul i64 {self.group_number}, {self.launched('cells')}")
        start = self._cells_of(number)
        size = dtype.itemsize
        shift = self.integer(f"mul i64 {own}, {size}")
        self.cells[number] = self.integer(
            f"getelementptr i8, {self.cell_space} {start}, i64 {shift}"
        )
        every = self.integer(f"mul i64 {self.groups}, {self.launched('cells')}")
        kind = memory_type(dtype)
        first = narrow(self.code, dtype, identity(self.nest.partials[number].op, dtype))
        cell = self.count_loop(self.thread, every, str(self.threads))
        place = self.integer(f"getelementptr {kind}, {self.cell_space} {start}, i64 {cell[0]}")
        self.line(f"store {kind} {first}, {self.cell_space} {place}")
        self.close_loop(cell)

    def _cells_of(self, number: int) -> str:
        """The cells of the block for a partial result."""
        offset = self.launched(f"cells{number}")
        if self.cell_space == SHARED:
            return self.integer(f"getelementptr i8, {SHARED} @dynamic, i64 {offset}")
        block = self.special("ctaid.z")
        for name in ("y", "x"):
            block = self.integer(f"mul i64 {block}, {self.special(f'nctaid.{name}')}")
            block = self.integer(f"add i64 {block}, {self.special(f'ctaid.{name}')}")
        size = self.nest.partials[number].dtype.compute.itemsize
        own = self.integer(f"mul i64 {self.groups}, {self.launched('cells')}")
        own = self.integer(f"mul i64 {self.integer(f'mul i64 {block}, {own}')}, {size}")
        start = self.integer(f"getelementptr i8, {GLOBAL} {self.partials()}, i64 {offset}")
        return self.integer(f"getelementptr i8, {GLOBAL} {start}, i64 {own}")

    def cell(self, item: Accumulation, outer: str, column: str) -> str:
        """The address of the total of a column; `column` counts from the block's first."""
        kind = memory_type(item.dtype.compute)
        position = self.integer(f"mul i64 {outer}, {self.launched('cell_columns')}")
        position = self.integer(f"add i64 {position}, {column}")
        base = f"{self.cell_space} {self.cells[item.result]}"
        return self.integer(f"getelementptr {kind}, {base}, i64 {position}")

    def close_partials(self, point: str, first_column: str) -> None:
        """Store the block's results, at the end of a parallel point."""
        if not self.nest.partials:
            return
        self.barrier()  # what follows uses the memory of an earlier point again
        totals: list[Total] = []
        for number, slots in self.full.items():
            partial = self.nest.partials[number]
            dtype = partial.dtype.compute
            value = self.together(partial.op, dtype, slots)
            totals.append(Total(partial.op, dtype, value, self.slots + number))
        if totals:
            found = self.block_totals(totals)
            first = self.when(self.integer(f"icmp eq i64 {self.thread}, 0"))
            for number, value in zip(self.full, found, strict=True):
                self.store_total(number, point, value)
            self.otherwise(first)
        for number in self.cells:
            self._store_cells(number, point, first_column)
        if self.cells and self.nest.parallel_dims:
            self.barrier()  # the cells of the next point are these

    def _row_of_results(self, point: str) -> str:
        y, rows = self.special("ctaid.y"), self.special("nctaid.y")
        return self.integer(f"add i64 {self.integer(f'mul i64 {point}, {rows}')}, {y}")

    def store_total(self, number: int, point: str, value: str) -> None:
        """Store the block's result of a full reduction."""
        x, columns = self.special("ctaid.x"), self.special("nctaid.x")
        row = self.integer(f"mul i64 {self._row_of_results(point)}, {columns}")
        self.store_partial(number, self.integer(f"add i64 {row}, {x}"), value)

    def store_column(self, number: int, point: str, outer: str, column: str, value: str) -> None:
        """Store the block's result of an outer reduction for a column."""
        columns = self.count("columns")
        index = self.integer(f"add i64 {self.integer(f'mul i64 {outer}, {columns}')}, {column}")
        every = self.integer(f"mul i64 {self.count('outer_columns')}, {columns}")
        row = self.integer(f"mul i64 {self._row_of_results(point)}, {every}")
        self.store_partial(number, self.integer(f"add i64 {row}, {index}"), value)

    def _store_cells(self, number: int, point: str, first_column: str) -> None:
        """The cells of all groups of the block, in order."""
        partial = self.nest.partials[number]
        dtype, per_outer = partial.dtype.compute, self.launched("cell_columns")
        kind, start = memory_type(dtype), self._cells_of(number)
        columns = self.count("columns")
        cell = self.count_loop(self.thread, self.launched("cells"), str(self.threads))
        local = self.integer(f"urem i64 {cell[0]}, {per_outer}")
        column = self.integer(f"add i64 {local}, {first_column}")
        skip = self.when(self.integer(f"icmp slt i64 {column}, {columns}"))
        total = self.alloca(register_type(dtype))
        self.store(register_type(dtype), identity(partial.op, dtype), total)
        group = self.count_loop("0", self.groups)
        position = self.integer(f"mul i64 {group[0]}, {self.launched('cells')}")
        position = self.integer(f"add i64 {position}, {cell[0]}")
        place = self.integer(f"getelementptr {kind}, {self.cell_space} {start}, i64 {position}")
        value = widen(self.code, dtype, self.integer(f"load {kind}, {self.cell_space} {place}"))
        old = self.load(register_type(dtype), total)
        self.store(register_type(dtype), combine(self.code, partial.op, dtype, old, value), total)
        self.close_loop(group)
        outer = self.integer(f"udiv i64 {cell[0]}, {per_outer}")
        self.store_column(number, point, outer, column, self.load(register_type(dtype), total))
        self.otherwise(skip)
        self.close_loop(cell)

    def together(self, op: str, dtype: DType, slots: list[str]) -> str:
        """The totals of one thread, in pairs."""
        values = [self.load(register_type(dtype), slot) for slot in slots]
        while len(values) > 1:
            values = [
                combine(self.code, op, dtype, *values[n : n + 2]) if n + 1 < len(values)
                else values[n]
                for n in range(0, len(values), 2)
            ]  # fmt: skip
        return values[0]

    def partial_place(self, number: int, dtype: DType, index: str) -> str:
        """The address of a partial result."""
        offset = self.launched(f"partial{number}")
        start = self.integer(f"getelementptr i8, {GLOBAL} {self.partials()}, i64 {offset}")
        return self.integer(f"getelementptr {memory_type(dtype)}, {GLOBAL} {start}, i64 {index}")

    def store_partial(self, number: int, index: str, value: str) -> None:
        """Store a partial result."""
        dtype = self.nest.partials[number].dtype.compute
        place = self.partial_place(number, dtype, index)
        self.line(f"store {memory_type(dtype)} {narrow(self.code, dtype, value)}, {GLOBAL} {place}")


class FinishPrinter(PartialWriter):
    """Prints the kernel that combines the partial results of one reduction, in the widest type."""

    def __init__(self, nest: Nest, number: int) -> None:
        super().__init__(nest, FINISHING)
        self.number, self.prefix = number, f"finish{number}_"
        self.partial = nest.partials[number]
        self.narrow_type = self.partial.dtype.compute
        self.wide_type = wide(self.narrow_type)

    def kernel(self, name: str) -> str:
        """The text of the kernel."""
        self.open_exchange()
        points = self.count_loop(self.special("ctaid.z"), self.count("parallel"),
                                 self.special("nctaid.z"))  # fmt: skip
        indices = self.decode(points[0], len(HEADER), self.nest.parallel_dims)
        access = self.partial.access
        start = self.move(access, self.origin(access), 0, indices)
        if self.partial.kind == "full":
            self._full(points[0], start)
        else:
            self._outer(points[0], start)
        self.close_loop(points)
        return self.define_kernel(name)

    def _sum(self, slot: str, first: str, step: str, index_of: tuple[str, str]) -> None:
        """Add partial results from the first on; several loads are under way at a time."""
        blocks = self.launched(f"blocks{self.number}")
        scale, shift = index_of
        ahead = self.integer(f"mul i64 {step}, {UNDER_WAY}")
        parts = self.count_loop(first, blocks, ahead)
        values: list[tuple[str, str]] = []
        for number in range(UNDER_WAY):
            part = self.integer(f"add i64 {parts[0]}, {self.integer(f'mul i64 {step}, {number}')}")
            there = self.integer(f"icmp slt i64 {part}, {blocks}")
            safe = self.integer(f"select i1 {there}, i64 {part}, i64 {parts[0]}")
            index = self.integer(f"add i64 {self.integer(f'mul i64 {safe}, {scale}')}, {shift}")
            place = self.partial_place(self.number, self.narrow_type, index)
            kind = memory_type(self.narrow_type)
            values.append((there, self.integer(f"load {kind}, {GLOBAL} {place}")))
        kind = register_type(self.wide_type)
        total = self.load(kind, slot)
        nothing = identity(self.partial.op, self.wide_type)
        for there, value in values:
            own = cast(self.code, self.narrow_type, self.wide_type,
                       widen(self.code, self.narrow_type, value))  # fmt: skip
            own = self.code.select(there, self.wide_type, own, nothing)
            total = combine(self.code, self.partial.op, self.wide_type, total, own)
        self.store(kind, total, slot)
        self.close_loop(parts)

    def _opened(self) -> str:
        slot = self.alloca(register_type(self.wide_type))
        nothing = identity(self.partial.op, self.wide_type)
        self.store(register_type(self.wide_type), nothing, slot)
        return slot

    def _stored(self, value: str, address: str) -> None:
        total = cast(self.code, self.wide_type, self.narrow_type, value)
        self.write(self.nest.accesses[self.partial.access], total, address)

    def _full(self, point: str, address: str) -> None:
        slot = self._opened()
        base = self.integer(f"mul i64 {point}, {self.launched(f'blocks{self.number}')}")
        self._sum(slot, self.thread, str(self.threads), ("1", base))
        value = self.load(register_type(self.wide_type), slot)
        self.barrier()  # the slots of an earlier point have been read
        (total,) = self.block_totals([Total(self.partial.op, self.wide_type, value, 0)])
        first = self.when(self.integer(f"icmp eq i64 {self.thread}, 0"))
        self._stored(total, address)
        self.otherwise(first)

    def _outer(self, point: str, start: str) -> None:
        """So many columns by a block, each by several threads, whose totals are added in order."""
        nest, parts = self.nest, FINISHING // COLUMNS_AT_ONCE
        columns, outer = self.count("columns"), self.count("outer_columns")
        cells = self.integer(f"mul i64 {outer}, {columns}")
        part = self.integer(f"lshr i64 {self.thread}, {COLUMNS_AT_ONCE.bit_length() - 1}")
        base = self.integer(f"mul i64 {self.special('ctaid.x')}, {COLUMNS_AT_ONCE}")
        step = self.integer(f"mul i64 {self.special('nctaid.x')}, {COLUMNS_AT_ONCE}")
        tiles = self.count_loop(base, cells, step)
        cell = self.integer(f"add i64 {tiles[0]}, {self.warp_lane}")
        there = self.integer(f"icmp slt i64 {cell}, {cells}")
        slot = self._opened()
        skip = self.when(there)
        shift = self.integer(f"mul i64 {self.integer(f'mul i64 {point}, {cells}')}, "
                             f"{self.launched(f'blocks{self.number}')}")  # fmt: skip
        shift = self.integer(f"add i64 {shift}, {cell}")
        self._sum(slot, part, str(parts), (cells, shift))
        self.otherwise(skip)
        kind, held = register_type(self.wide_type), memory_type(self.wide_type)
        own = narrow(self.code, self.wide_type, self.load(kind, slot))
        place = self._column_slot(self.thread)
        self.line(f"store {held} {own}, {SHARED} {place}")
        self.barrier()
        stores = self.integer(f"and i1 {there}, {self.integer(f'icmp eq i64 {part}, 0')}")
        skip = self.when(stores)
        total = identity(self.partial.op, self.wide_type)
        for number in range(parts):
            position = self.integer(f"add i64 {self.warp_lane}, {number * COLUMNS_AT_ONCE}")
            place = self._column_slot(position)
            value = widen(self.code, self.wide_type, self.integer(f"load {held}, {SHARED} {place}"))
            total = combine(self.code, self.partial.op, self.wide_type, total, value)
        first = nest.parallel_dims + nest.row_dims
        number = self.integer(f"udiv i64 {cell}, {columns}")
        column = self.integer(f"urem i64 {cell}, {columns}")
        indices = self.decode(number, len(HEADER) + first, nest.outer_dims)
        address = self.move(self.partial.access, start, first, indices)
        self._stored(total, self.move(self.partial.access, address, nest.dims - 1, [column]))
        self.otherwise(skip)
        self.barrier()
        self.close_loop(tiles)

    def _column_slot(self, thread: str) -> str:
        base = f"{SHARED} @{self.prefix}columns"
        return self.integer(f"getelementptr i64, {base}, i64 {thread}")

    def shared_variables(self) -> list[str]:
        found = super().shared_variables()
        if self.partial.kind == "outer":
            size = f"[{FINISHING} x i64] undef, align {SLOT}"
            found.append(f"@{self.prefix}columns = internal addrspace(3) global {size}")
        return found
