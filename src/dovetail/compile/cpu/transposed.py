"""Nests over short rows, with the rows as vector lanes.

A row of ten elements cannot fill a vector, and its reductions across lanes are expensive. So the
loops are interchanged: the outer loop runs over columns, and the vectorised loop over a block of
rows. Values of a row are kept in small arrays with one element per lane. Rows that are not
adjacent in memory are first copied through a transposed tile, since gathering sixteen of them
costs more than the arithmetic. In such a nest the inner dim is the rows, the outer dim the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from dovetail.compile.cpu.printer import Printer
from dovetail.compile.cpu.tiles import LANES, WIDTHS, declaration, symbol
from dovetail.compile.loops import (
    SHORT_ROW,
    Accumulation,
    Instruction,
    Loop,
    Nest,
    RowItem,
    Store,
)
from dovetail.compile.scalar.operations import register_type
from dovetail.compile.scalar.reductions import identity
from dovetail.graph.dtypes import DType


def lane_type(dtype: DType) -> str:
    """The element type of an array of lanes."""
    return "i8" if dtype.kind == "b" else register_type(dtype)


class TransposedPrinter(Printer):
    """Prints a nest whose rows are the lanes of the inner loop."""

    def __init__(self, nest: Nest) -> None:
        super().__init__(nest)
        self.kept: dict[int, tuple[str, DType]] = {}  # value -> its array and type
        self.fresh: set[int] = set()  # values that are in registers in this loop
        self.lane = ""
        self.block = ""
        for value, dtype in _shared(nest):
            self.kept[value] = self.alloca(f"[{LANES} x {lane_type(dtype)}], align 64"), dtype
        self.tiles: dict[int, str] = {}  # access -> its transposed tile
        loads, stores = _tiled(nest)
        for number in [*loads, *stores]:
            kind = lane_type(nest.accesses[number].dtype)
            self.tiles[number] = self.alloca(f"[{SHORT_ROW * LANES} x {kind}], align 64")
        self.tiled_loads, self.tiled_stores = loads, stores
        self.outer = ""

    # Tiles.

    def tile_cell(self, number: int, column: str, lane: str) -> str:
        row = self.integer(f"mul i64 {column}, {LANES}")
        position = self.integer(f"add i64 {row}, {lane}")
        kind = lane_type(self.nest.accesses[number].dtype)
        return self.integer(f"getelementptr {kind}, ptr {self.tiles[number]}, i64 {position}")

    def copy_tile(self, number: int, start: str, last: str, inwards: bool) -> None:
        """Copy between rows in memory and columns of the tile."""
        dtype = self.nest.accesses[number].dtype
        bits = WIDTHS.get(lane_type(dtype))
        if bits is None or bits != 8 * dtype.itemsize:
            self.copy_by_element(number, start, last, inwards)
            return
        self.code.declared.add(declaration(bits, inwards))
        near, far, done = self.label("near"), self.label("far"), self.label("copied")
        adjacent = self.integer(f"icmp eq i64 {self.stride(number, 0)}, {dtype.itemsize}")
        self.line(f"br i1 {adjacent}, label %{near}, label %{far}")
        self.begin(near)
        first = self.move(number, start, 1, [self.block])
        rows = self.integer(f"sub i64 {last}, {self.block}")
        self.line(
            f"call void @{symbol(bits, inwards)}(ptr {first}, i64 {self.stride(number, 1)},"
            f" i64 {rows}, i64 %outer_columns, ptr {self.tiles[number]})"
        )
        self.line(f"br label %{done}")
        self.begin(far)
        self.copy_by_element(number, start, last, inwards)
        self.line(f"br label %{done}")
        self.begin(done)

    def copy_by_element(self, number: int, start: str, last: str, inwards: bool) -> None:
        access = self.nest.accesses[number]
        rows = self.count_loop(self.block, last)
        lane = self.integer(f"sub i64 {rows[0]}, {self.block}")
        row = self.move(number, start, 1, [rows[0]])
        note = self.scalar_note()
        columns = self.count_loop("0", "%outer_columns")
        address = self.move(number, row, 0, [columns[0]])
        cell = self.tile_cell(number, columns[0], lane)
        if inwards:
            self.put(access.dtype, self.read(access, address), cell)
        else:
            self.write(access, self.get(access.dtype, cell), address)
        self.close_loop(columns, note)
        self.close_loop(rows)

    def scalar_note(self) -> str:
        """Loop metadata against vectorisation, which would only scatter."""
        return self.loop_metadata('"llvm.loop.vectorize.enable", i1 false')

    def put(self, dtype: DType, value: str, cell: str) -> None:
        kind = lane_type(dtype)
        stored = self.integer(f"zext i1 {value} to i8") if dtype.kind == "b" else value
        self.store(kind, stored, cell, self.note())

    def get(self, dtype: DType, cell: str) -> str:
        kind = lane_type(dtype)
        loaded = self.load(kind, cell, self.note())
        return self.integer(f"icmp ne i8 {loaded}, 0") if dtype.kind == "b" else loaded

    def result(self, item: Instruction, operands: list[str], inside: bool) -> str:
        if item.op == "load" and item.detail in self.tiles:
            assert isinstance(item.detail, int)
            return self.get(item.dtype, self.tile_cell(item.detail, self.outer, self.lane))
        return super().result(item, operands, inside)

    def store_in_loop(self, store: Store) -> None:
        if store.access in self.tiled_stores:
            dtype = self.nest.accesses[store.access].dtype
            cell = self.tile_cell(store.access, self.outer, self.lane)
            self.put(dtype, self.operand(store.value), cell)
        else:
            super().store_in_loop(store)

    # Values of a row.

    def operand(self, value: int) -> str:
        if value not in self.kept or value in self.fresh:
            return self.values[value]
        array, dtype = self.kept[value]
        self.values[value] = loaded = self.get(dtype, self.cell(array, dtype))
        self.fresh.add(value)
        return loaded

    def cell(self, array: str, dtype: DType) -> str:
        """The element of the current lane."""
        return self.integer(f"getelementptr {lane_type(dtype)}, ptr {array}, i64 {self.lane}")

    def keep(self, value: int) -> None:
        """Store a row's value for later loops, if they use it."""
        if value in self.kept:
            array, dtype = self.kept[value]
            self.put(dtype, self.values[value], self.cell(array, dtype))

    def rows(self, starts: dict[int, str]) -> None:
        blocks = self.count_loop("%column_first", "%column_last", str(LANES))
        self.block = blocks[0]
        end = self.integer(f"add i64 {self.block}, {LANES}")
        last = self.minimum(end, "%column_last")
        self.pointers = starts
        for number in self.tiled_loads:
            self.copy_tile(number, starts[number], last, inwards=True)
        for is_loop, items in groupby(self.nest.row, lambda item: isinstance(item, Loop)):
            for item in items if is_loop else [list(items)]:
                if isinstance(item, Loop):
                    self.columns_of(item, starts, last)
                else:
                    assert isinstance(item, list)
                    self.columns = starts
                    self.lanes(item, [], last)
        for number in self.tiled_stores:
            self.copy_tile(number, starts[number], last, inwards=False)
        self.close_loop(blocks)

    def columns_of(self, loop: Loop, starts: dict[int, str], last: str) -> None:
        """The loop over columns, each for a block of rows."""
        rows = [item for item in loop.accumulations if item.kind == "row"]
        self.lanes([], rows, last)
        outer = self.count_loop("0", "%outer_columns")
        self.outer = outer[0]
        used = loop.accesses
        self.columns = {number: self.move(number, starts[number], 0, [outer[0]]) for number in used}
        self.lanes([*loop.body, *loop.stores, *loop.accumulations], [], last)
        self.close_loop(outer)

    def lanes(
        self,
        items: Sequence[RowItem],
        starting: Sequence[Accumulation],
        last: str,
    ) -> None:
        """The loop that LLVM vectorises, over the rows of a block."""
        totals = [item for item in items if isinstance(item, Accumulation) and item.kind == "full"]
        sums = {item.result: self.alloca(register_type(item.dtype)) for item in totals}
        for item in totals:
            dtype = item.dtype.compute
            self.store(register_type(dtype), identity(item.op, dtype), sums[item.result])
        self.fresh = set()
        invariant = self.invariant(items, self.kept)
        skip = self.hoisted(invariant, self.block, last)
        self.fresh.update(invariant)
        note = self.loop_note(items)
        counter = self.count_loop(self.block, last)
        self.column = counter[0]
        self.lane = self.integer(f"sub i64 {self.column}, {self.block}")
        for start in starting:
            self.values[start.result] = identity(start.op, start.dtype.compute)
            self.keep(start.result)
        for item in items:
            if isinstance(item, Instruction) and item.result in invariant:
                self.keep(item.result)
            else:
                self.lane_item(item, sums)
        self.close_loop(counter, note)
        self.group = None
        self.close_hoisted(skip)
        for item in totals:
            dtype = item.dtype.compute
            part = self.load(register_type(dtype), sums[item.result])
            self.accumulate_full(item, part, dtype)

    def lane_item(self, item: RowItem, sums: dict[int, str]) -> None:
        if isinstance(item, Instruction):
            self.instruction(item, inside=True)
            self.fresh.add(item.result)
            self.keep(item.result)
        elif isinstance(item, Store):
            self.store_in_loop(item)
        elif isinstance(item, Accumulation):
            if item.kind == "row":
                total = self.operand(item.result)
                self.values[item.result] = self.accumulated(item, total)
                self.keep(item.result)
            else:
                kind, slot = register_type(item.dtype.compute), sums[item.result]
                self.store(kind, self.accumulated(item, self.load(kind, slot)), slot)


def _shared(nest: Nest) -> Iterator[tuple[int, DType]]:
    """The values of a row that more than one loop over its columns uses."""
    for item in nest.row:
        if isinstance(item, Instruction):
            yield item.result, item.dtype
        elif isinstance(item, Loop):
            for part in item.accumulations:
                if part.kind == "row":
                    yield part.result, part.dtype


def _tiled(nest: Nest) -> tuple[list[int], list[int]]:
    """The accesses, loads and stores, that go through a tile: strided from row to row."""
    loads: dict[int, None] = {}
    stores: dict[int, None] = {}
    for loop in nest.loops:
        stores.update((store.access, None) for store in loop.stores)
        for item in loop.body:
            if item.op == "load" and isinstance(item.detail, int) and item.detail not in stores:
                loads[item.detail] = None

    def strided(number: int) -> bool:
        access = nest.accesses[number]
        return access.buffer is not None and access.inner == "general" and not access.indexed

    return [n for n in loads if strided(n)], [n for n in stores if strided(n)]
