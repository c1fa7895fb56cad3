"""Transposing copies between rows in memory and a tile of columns.

Element by element such a copy costs more than the arithmetic on the elements. Instead one vector of
each of as many rows as a vector has lanes is loaded, and the block is transposed in log2(lanes)
rounds of shuffles: round d exchanges the off-diagonal blocks of d x d (Eklundh 1972). The copies
are code of their own, compiled once, since they take LLVM longer than the kernels that call them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Generator
from contextlib import contextmanager

from dovetail.compile.cpu import native
from dovetail.compile.cpu.vector_writer import Lanes, VectorWriter, address_in

LANES = 64  # rows of a tile: a multiple of the lanes of every register
REGISTER = 512  # bits; LLVM splits vectors that are too wide for a processor
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
    form = Lanes("float" if bits == 32 else "double", REGISTER // bits)
    text = _TileWriter(form).inwards() if inwards else _TileWriter(form).outwards()
    name = symbol(bits, inwards)
    native.define_symbol(name, address_in(form, text, name))


class _TileWriter(VectorWriter):
    """Copies vectors of floats, whose bits may be those of integers."""

    def inwards(self) -> str:
        """From memory to the tile."""
        with self._blocks() as (cells, inside, places):
            self.mask = inside
            rows = [self.vector(place) for place, _ in places]
            self.mask = ""
            for cell, column in zip(cells, self._transposed(rows), strict=True):
                self.write(column, cell)
        return self._function(inwards=True)

    def outwards(self) -> str:
        """From the tile to memory; elements beyond the last row are not accessed."""
        with self._blocks() as (cells, inside, places):
            rows = self._transposed(list(map(self.vector, cells)))
            mask = self.form.mask
            for row, (place, there) in zip(rows, places, strict=True):
                self.mask = self.integer(
                    f"select i1 {there}, {mask} {inside}, {mask} zeroinitializer"
                )
                self.write(row, place)
            self.mask = ""
        return self._function(inwards=False)

    def _function(self, inwards: bool) -> str:
        name = symbol(8 * self.form.align, inwards)
        arguments = "ptr %memory, i64 %stride, i64 %rows, i64 %columns, ptr %tile"
        return self.define(f"@{name}({arguments})", internal=False)

    @contextmanager
    def _blocks(self) -> Generator[tuple[list[str], str, list[tuple[str, str]]]]:
        """Loops over blocks of as many rows and columns as lanes.

        For a block: where its columns lie in the tile, which lanes are columns, and for each row
        where it lies in memory and whether there is such a row.
        """
        count = self.form.count
        rows = self.count_loop("0", "%rows", str(count))
        columns = self.count_loop("0", "%columns", str(count))
        first, start = rows[0], columns[0]
        yield (
            [self.at("%tile", (start, LANES), (n, LANES), (first, 1)) for n in range(count)],
            self.last_lanes(self.integer(f"sub i64 %columns, {start}")),
            [self._row(first, start, n) for n in range(count)],
        )
        self.close_loop(columns)
        self.close_loop(rows)

    def _row(self, first: str, start: str, number: int) -> tuple[str, str]:
        index = self.integer(f"add i64 {first}, {number}")
        there = self.integer(f"icmp slt i64 {index}, %rows")
        safe = self.integer(f"select i1 {there}, i64 {index}, i64 {first}")
        offset = self.integer(f"mul i64 {safe}, %stride")
        row = self.integer(f"getelementptr i8, ptr %memory, i64 {offset}")
        return self.at(row, (start, 1)), there

    def _transposed(self, vectors: list[str]) -> list[str]:
        """As many vectors as lanes, transposed."""
        lanes, distance = self.form.count, 1
        while distance < lanes:
            upper = [n if not n & distance else lanes + n - distance for n in range(lanes)]
            lower = [n + distance if not n & distance else lanes + n for n in range(lanes)]
            after = list(vectors)
            for low in range(lanes):
                if not low & distance:
                    high = low + distance
                    pair = f"{self.form.vector} {vectors[low]}, {self.form.vector} {vectors[high]}"
                    after[low], after[high] = (
                        self._shuffled(pair, upper),
                        self._shuffled(pair, lower),
                    )
            vectors = after
            distance *= 2
        return vectors

    def _shuffled(self, pair: str, order: list[int]) -> str:
        picks = ", ".join(f"i32 {n}" for n in order)
        return self.integer(f"shufflevector {pair}, <{self.form.count} x i32> <{picks}>")
