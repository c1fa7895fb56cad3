"""The code of a convolution's tiles, as LLVM IR.

A tile is some neighbouring pixels of the result and some vectors of channels out. Its sums stay in
registers while the elements of the windows and the channels in go by: each pixel's value is
multiplied by the same vectors of the kernel, which lies packed in this order. Rows of tiles are
covered by runtime/convolution.c.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.compile.cpu import native
from dovetail.compile.cpu.vector_writer import Lanes, VectorWriter, address_in


@dataclass(frozen=True)
class Tiles:
    """How tiles of a result are computed: with so many vectors of channels out."""

    form: Lanes
    vectors: int
    most: int  # pixels, or channels in for the gradient by the kernel

    @property
    def channels(self) -> int:
        """The channels out of a tile."""
        return self.form.count * self.vectors


def tiles(size: int, outputs: int) -> Tiles:
    """The tiles for elements of so many bytes, and so many channels out.

    Twelve to twenty-eight sums hide the latency of one; more do not fit into the registers.
    """
    real, half = ("float", 8) if size == 4 else ("double", 4)
    wide = native.vector_bits() >= 512
    if outputs <= half:
        return Tiles(Lanes(real, half), 1, 14 if wide else 12)
    if not wide:
        return Tiles(Lanes(real, half), 2, 6)
    if outputs <= 2 * half:
        return Tiles(Lanes(real, 2 * half), 1, 14)
    if outputs % (8 * half) == 0:
        return Tiles(Lanes(real, 2 * half), 4, 6)
    return Tiles(Lanes(real, 2 * half), 2, 14)


@functools.cache
def tile_address(tiles: Tiles, pixels: int) -> int:
    """The address of the function for tiles of so many pixels."""
    return address_in(tiles.form, _Printer(tiles).tile(pixels))


@functools.cache
def gradient_address(tiles: Tiles, inputs: int) -> int:
    """The address of the function for tiles of so many channels in."""
    return address_in(tiles.form, _Printer(tiles).gradient(inputs))


class _Printer(VectorWriter):
    """Writes one function; strides are in elements."""

    def __init__(self, tiles: Tiles) -> None:
        super().__init__(tiles.form)
        self.tiles = tiles

    def vectors_at(self, address: str) -> list[str]:
        """The addresses of the vectors of a tile, which follow each other."""
        return [self.at(address, (n, self.form.count)) for n in range(self.tiles.vectors)]

    def sums(self, count: int) -> list[list[str]]:
        """Slots of sums: the vectors of a tile, for each of so many pixels or channels."""
        kind = self.form.vector
        return [[self.alloca(kind) for _ in range(self.tiles.vectors)] for _ in range(count)]

    def add_products(self, slots: Sequence[str], number: str, factors: Sequence[str]) -> None:
        """Add the number at an address times each vector."""
        value = self.splat(self.form.real, self.load(self.form.real, number))
        for slot, factor in zip(slots, factors, strict=True):
            self.add_product(slot, value, factor)

    def tile(self, pixels: int) -> str:
        """`tile(words, x, kernel, out, channels)`: the first `channels` channels are stored."""
        every, names = (
            self.tiles.channels,
            ("taps", "offsets", "inputs", "output_step", "column_step"),
        )
        taps, offsets, inputs, output_step, column = (
            self.field("Convolution", name) for name in names
        )
        sums = self.sums(pixels)
        for slot in (slot for slots in sums for slot in slots):
            self.store(self.form.vector, "zeroinitializer", slot)
        step = self.integer(f"mul i64 {column}, {self.form.align}")  # in bytes
        starts = [self.at("%x", (column, pixel)) for pixel in range(0, pixels, 3)]
        tap = self.count_loop("0", taps)
        offset = self.element(offsets, tap[0])
        packed = self.at("%kernel", (self.integer(f"mul i64 {tap[0]}, {inputs}"), every))
        channel = self.count_loop("0", inputs)
        own = self.vectors_at(self.at(packed, (channel[0], every)))
        factors = list(map(self.vector, own))
        place = self.integer(f"add i64 {offset}, {channel[0]}")
        bases = [self.at(start, (place, 1)) for start in starts]
        for pixel, slots in enumerate(sums):
            number = bases[pixel // 3]
            if pixel % 3:  # an instruction adds one or two steps to an address, and not three
                steps = "i8" if pixel % 3 == 1 else "i16"
                number = self.integer(f"getelementptr {steps}, ptr {number}, i64 {step}")
            self.add_products(slots, number, factors)
        self.close_loop(channel)
        self.close_loop(tap)
        places = [self.vectors_at(self.at("%out", (output_step, n))) for n in range(pixels)]
        whole = self.integer(f"icmp sge i64 %channels, {every}")
        self.either(
            whole,
            lambda: self.write_sums(sums, places),
            lambda: self.write_sums(sums, places, "%channels"),
        )
        return self.tile_function("ptr %x, ptr %kernel, ptr %out, i64 %channels")

    def write_sums(
        self, sums: list[list[str]], places: list[list[str]], channels: str | None = None
    ) -> None:
        """Store the sums, or those of the first `channels` channels."""
        for n in range(self.tiles.vectors):
            if channels is not None:
                left = self.integer(f"sub i64 {channels}, {n * self.form.count}")
                self.mask = self.last_lanes(left)
            for slots, to in zip(sums, places, strict=True):
                self.write(self.load(self.form.vector, slots[n]), to[n])
        self.mask = ""

    def gradient(self, inputs: int) -> str:
        """`tile(words, x, cotangent, sums, unused)`: adds the products of a row of pixels."""
        names = ("columns", "outputs", "output_step", "column_step")
        columns, outputs, across, step = (self.field("Convolution", name) for name in names)
        sums = self.sums(inputs)
        places = [self.vectors_at(self.at("%out", (outputs, n))) for n in range(inputs)]
        for slots, to in zip(sums, places, strict=True):
            for slot, place in zip(slots, to, strict=True):
                self.store(self.form.vector, self.vector(place), slot)
        pixel = self.count_loop("0", columns)
        x = self.at("%x", (pixel[0], step))
        own = self.vectors_at(self.at("%cotangent", (pixel[0], across)))
        factors = list(map(self.vector, own))
        for n, slots in enumerate(sums):
            self.add_products(slots, self.at(x, (n, 1)), factors)
        self.close_loop(pixel)
        self.write_sums(sums, places)
        return self.tile_function("ptr %x, ptr %cotangent, ptr %out, i64 %channels")
