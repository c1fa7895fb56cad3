"""The code of depthwise convolutions, as LLVM IR.

Each channel has a kernel of its own, so vectors run along the channels, which lie side by side. A
tile is some pixels of a row and all channels, one vector after the other: the sums of the pixels
stay in registers while the elements of the windows go by. The last vector is masked. Rows are
covered by runtime/depthwise.c.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dovetail.compile.cpu.vector_writer import Lanes, VectorWriter, address_in

Fields = dict[str, str]  # of the words, by name
# What is done for a vector: its first channel, the slots of its sums, and the fields of the words.
Body = Callable[[str, Sequence[str], Fields], None]

FIELDS = (
    "plane_gap", "row_gap", "column_gap", "column_stride", "kernel_plane", "kernel_row",
    "kernel_column", "pixel_step", "output_step",
)  # fmt: skip
MOST_PIXELS = 6  # of a tile: more take longer to compile, and are no faster
MOST_SUMS = 12  # of gradients at once: they hide the latency of one, and fit into the registers
MOST_TAPS = 7  # of a row of the kernel, which code is unrolled for


@dataclass(frozen=True)
class Row:
    """A row of the kernel, and how far apart windows and their elements are, in pixels.

    What is before `first` or from `end` on, counted from the beginning of the first window, is
    outside of the array.
    """

    taps: int
    step: int
    gap: int
    first: int = 0
    end: int | None = None


def most_pixels(form: Lanes, row: Row | None) -> int:
    """The pixels of a tile, whose sums and a row of the kernel fit into the registers."""
    registers = 32 if form.wide else 16
    return min(MOST_PIXELS, registers - 2 - (row.taps if row else 0))


@functools.cache
def tile_address(form: Lanes, pixels: int, row: Row | None = None) -> int:
    """The address of the function for tiles of so many pixels; without `row` for any row."""
    return address_in(form, _Printer(form).tile(pixels, row))


@functools.cache
def gradient_address(form: Lanes, row: Row) -> int:
    """The address of the function for neighbouring elements of the kernel."""
    return address_in(form, _Printer(form).gradient(row))


class _Printer(VectorWriter):
    """Writes one function; strides are in elements."""

    def whole(self, arguments: str, totals: int, body: Body) -> str:
        """The function: `body` for each vector of channels."""
        slots = [self.alloca(self.form.vector) for _ in range(totals)]
        words = {name: self.field("Depthwise", name) for name in FIELDS}
        self.each_vector("%channels", lambda channel: body(channel, slots, words))
        return self.tile_function(f"ptr %x, {arguments}, i64 %channels")

    def tile(self, pixels: int, row: Row | None) -> str:
        """`tile(words, x, kernel, out, planes, rows, columns, channels)`.

        The windows begin at `x`, and have so many planes, rows and columns, or those of `row`.
        """

        def body(channel: str, slots: Sequence[str], words: Fields) -> None:
            for slot in slots:
                self.store(self.form.vector, "zeroinitializer", slot)
            plane = self.count_loop("0", "%planes")
            near = self.at("%x", (channel, 1), (plane[0], words["plane_gap"]))
            own = self.at("%kernel", (channel, 1), (plane[0], words["kernel_plane"]))

            line = self.count_loop("0", "%rows")
            x = self.at(near, (words["row_gap"], line[0]))
            factors = self.at(own, (words["kernel_row"], line[0]))
            self.line_of_window(x, factors, slots, words, row)
            self.close_loop(line)
            self.close_loop(plane)
            for pixel, slot in enumerate(slots):
                to = self.at("%out", (channel, 1), (words["output_step"], pixel))
                self.write(self.load(self.form.vector, slot), to)

        return self.whole(
            "ptr %kernel, ptr %out, i64 %planes, i64 %rows, i64 %columns", pixels, body
        )

    def line_of_window(
        self, x: str, kernel: str, slots: Sequence[str], words: Fields, row: Row | None
    ) -> None:
        """Add the products of a row of the window of each pixel."""
        if row is None:
            column = self.count_loop("0", "%columns")
            factor = self.vector(self.at(kernel, (column[0], words["kernel_column"])))
            window = self.at(x, (column[0], words["column_gap"]))
            for pixel, slot in enumerate(slots):
                value = self.vector(self.at(window, (words["pixel_step"], pixel)))
                self.add_product(slot, value, factor)
            self.close_loop(column)
            return
        factors = [
            self.vector(self.at(kernel, (words["kernel_column"], tap))) for tap in range(row.taps)
        ]
        for value, met in self.values(x, words, row, len(slots)):
            for pixel, tap in met:
                self.add_product(slots[pixel], value, factors[tap])

    def values(
        self, address: str, words: Fields, row: Row, pixels: int
    ) -> Iterator[tuple[str, list[tuple[int, int]]]]:
        """Each element of neighbouring windows, and the pixels and elements that it is."""
        met: dict[int, list[tuple[int, int]]] = {}
        for pixel, tap in itertools.product(range(pixels), range(row.taps)):
            met.setdefault(pixel * row.step + tap * row.gap, []).append((pixel, tap))
        end = max(met) + 1 if row.end is None else row.end
        for place in sorted(place for place in met if row.first <= place < end):
            yield self.vector(self.at(address, (words["column_stride"], place))), met[place]

    def gradient(self, row: Row) -> str:
        """`tile(words, x, y, sums, pixels, channels)` adds the products of pixels of a row.

        Several pixels have sums of their own until the end, which hides the latency of one sum.
        """
        at_once = MOST_SUMS // row.taps if row.taps > 1 else 1

        def products(channel: str, first: str, count: int, slots: Sequence[str],
                     words: Fields) -> None:  # fmt: skip
            y = self.at("%y", (channel, 1), (first, words["output_step"]))
            factors = [
                self.vector(self.at(y, (words["output_step"], pixel))) for pixel in range(count)
            ]
            window = self.at("%x", (channel, 1), (first, words["pixel_step"]))
            for value, met in self.values(window, words, row, count):
                for pixel, tap in met:
                    self.add_product(slots[pixel * row.taps + tap], value, factors[pixel])

        def body(channel: str, slots: Sequence[str], words: Fields) -> None:
            for slot in slots:
                self.store(self.form.vector, "zeroinitializer", slot)
            rest = self.integer(f"urem i64 %pixels, {at_once}")
            full = self.integer(f"sub i64 %pixels, {rest}")
            for first, last, count in (("0", full, at_once), (full, "%pixels", 1)):
                loop = self.count_loop(first, last, str(count))
                products(channel, loop[0], count, slots, words)
                self.close_loop(loop)
            for tap in range(row.taps):
                place = self.at("%sums", (channel, 1), (words["kernel_column"], tap))
                total = self.vector(place)
                for slot in slots[tap :: row.taps]:
                    part = self.load(self.form.vector, slot)
                    total = self.code.add(f"fadd {self.form.vector} {total}, {part}")
                self.write(total, place)

        return self.whole("ptr %y, ptr %sums, i64 %pixels", at_once * row.taps, body)
