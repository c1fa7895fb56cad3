"""Transposing copies between rows in memory and a tile of columns.

Element by element such a copy costs more than the arithmetic on the elements. Instead one vector of
each of as many rows as a vector has lanes is loaded, and the block is transposed in log2(lanes)
rounds of shuffles: round d exchanges the off-diagonal blocks of d x d (Eklundh 1972). The copies
are code of their own, compiled once, since they take LLVM longer than the kernels that call them.
"""

from __future__ import annotations

import functools
import re

from dovetail.compile.cpu import native
from dovetail.compile.scalar.writer import FunctionWriter

LANES = 64  # rows of a tile: a multiple of the lanes of every register
REGISTER = 512  # bits; LLVM splits vectors that are too wide for a processor
_ATTRIBUTES = 'attributes #0 = { nounwind "prefer-vector-width"="512" }\n'
WIDTHS = {"float": 32, "i32": 32, "double": 64, "i64": 64}  # sizes of elements, in bits


_NAME = re.compile(r"@dt_tile_(in|out)_(\d+)\b")


def symbol(bits: int, inwards: bool) -> str:
    """The function `(memory, bytes from row to row, rows, columns, tile)` for such elements.

    The tile has LANES elements per column, and its number of columns is padded to a multiple of the
    lanes of a register.
    """
    return f"dt_tile_{'in' if inwards else 'out'}_{bits}"


def declaration(bits: int, inwards: bool) -> str:
    """What a module says that calls the function."""
    return f"declare void @{symbol(bits, inwards)}(ptr, i64, i64, i64, ptr)"


def define_in(ir: str) -> None:
    """Make the functions that a module calls known to the linker."""
    for direction, bits in set(_NAME.findall(ir)):
        _define(int(bits), direction == "in")


@functools.cache
def _define(bits: int, inwards: bool) -> None:
    name = symbol(bits, inwards)
    native.define_symbol(name, native.load(_TileWriter(bits, inwards).text()).address(name))


class _TileWriter(FunctionWriter):
    def __init__(self, bits: int, inwards: bool) -> None:
        super().__init__()
        self.bits, self.inwards = bits, inwards
        self.lanes = REGISTER // bits
        self.kind = f"<{self.lanes} x i{bits}>"
        self.mask_kind = f"<{self.lanes} x i1>"
        self.suffix = f"v{self.lanes}i{bits}.p0"

    def text(self) -> str:
        lanes, kind, mask = self.lanes, self.kind, self.mask_kind
        row_blocks = self.count_loop("0", "%rows", str(lanes))
        column_blocks = self.count_loop("0", "%columns", str(lanes))
        first, start = row_blocks[0], column_blocks[0]
        if self.inwards:
            inside = self._mask(start)
            rows = [self._read_row(first, start, n, inside) for n in range(lanes)]
            for number, column in enumerate(self._transposed(rows)):
                self.store(kind, column, self._cell(start, number, first), ", align 64")
        else:
            columns = [self.load(kind, self._cell(start, number, first), ", align 64")
                       for number in range(lanes)]  # fmt: skip
            inside = self._mask(start)
            for number, row in enumerate(self._transposed(columns)):
                self._write_row(first, start, number, inside, row)
        self.close_loop(column_blocks)
        self.close_loop(row_blocks)
        name, parameters = f"@llvm.masked.load.{self.suffix}", f"(ptr, i32, {mask}, {kind})"
        declared = f"declare {kind} {name}{parameters}\n"
        if not self.inwards:
            name, parameters = f"@llvm.masked.store.{self.suffix}", f"({kind}, ptr, i32, {mask})"
            declared = f"declare void {name}{parameters}\n"
        given = "ptr %memory, i64 %stride, i64 %rows, i64 %columns, ptr %tile"
        text = self.define(f"@{symbol(self.bits, self.inwards)}({given})", internal=False)
        return f"{declared}{text}{_ATTRIBUTES}"

    def _mask(self, start: str) -> str:
        """Which lanes of the vectors from this column on are columns."""
        lanes, numbers = self.lanes, f"<{self.lanes} x i64>"
        left = self.integer(f"sub i64 %columns, {start}")
        one = self.integer(f"insertelement {numbers} poison, i64 {left}, i64 0")
        every = self.integer(f"shufflevector {numbers} {one}, {numbers} poison,"
                             f" <{lanes} x i32> zeroinitializer")  # fmt: skip
        counting = ", ".join(f"i64 {lane}" for lane in range(lanes))
        return self.integer(f"icmp slt {numbers} <{counting}>, {every}")

    def _row(self, first: str, start: str, number: int) -> tuple[str, str]:
        """Where a row lies in memory, and whether there is such a row."""
        index = self.integer(f"add i64 {first}, {number}")
        there = self.integer(f"icmp slt i64 {index}, %rows")
        safe = self.integer(f"select i1 {there}, i64 {index}, i64 {first}")
        offset = self.integer(f"mul i64 {safe}, %stride")
        row = self.integer(f"getelementptr i8, ptr %memory, i64 {offset}")
        return self.integer(f"getelementptr i{self.bits}, ptr {row}, i64 {start}"), there

    def _read_row(self, first: str, start: str, number: int, inside: str) -> str:
        place, _ = self._row(first, start, number)
        return self.integer(f"call {self.kind} @llvm.masked.load.{self.suffix}(ptr {place},"
                            f" i32 {self.bits // 8}, {self.mask_kind} {inside},"
                            f" {self.kind} zeroinitializer)")  # fmt: skip

    def _write_row(self, first: str, start: str, number: int, inside: str, row: str) -> None:
        """Elements beyond the last row are not accessed."""
        place, there = self._row(first, start, number)
        mask = self.integer(f"select i1 {there}, {self.mask_kind} {inside},"
                            f" {self.mask_kind} zeroinitializer")  # fmt: skip
        self.line(f"call void @llvm.masked.store.{self.suffix}({self.kind} {row}, ptr {place},"
                  f" i32 {self.bits // 8}, {self.mask_kind} {mask})")  # fmt: skip

    def _cell(self, start: str, number: int, first: str) -> str:
        """Where a column of the tile lies, from a row on."""
        index = self.integer(f"add i64 {start}, {number}")
        column = self.integer(f"mul i64 {index}, {LANES}")
        cell = self.integer(f"add i64 {column}, {first}")
        return self.integer(f"getelementptr i{self.bits}, ptr %tile, i64 {cell}")

    def _transposed(self, vectors: list[str]) -> list[str]:
        """As many vectors as lanes, transposed."""
        lanes, distance = self.lanes, 1
        while distance < lanes:
            upper = [n if not n & distance else lanes + n - distance for n in range(lanes)]
            lower = [n + distance if not n & distance else lanes + n for n in range(lanes)]
            after = list(vectors)
            for low in range(lanes):
                if not low & distance:
                    high = low + distance
                    pair = f"{self.kind} {vectors[low]}, {self.kind} {vectors[high]}"
                    after[low], after[high] = (
                        self._shuffled(pair, upper),
                        self._shuffled(pair, lower),
                    )
            vectors = after
            distance *= 2
        return vectors

    def _shuffled(self, pair: str, order: list[int]) -> str:
        picks = ", ".join(f"i32 {n}" for n in order)
        return self.integer(f"shufflevector {pair}, <{self.lanes} x i32> <{picks}>")
