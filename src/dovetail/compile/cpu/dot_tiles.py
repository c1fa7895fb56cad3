"""The code of convolutions with few results from many channels, as LLVM IR.

Vectors run along the channels in, and beside them along the elements of a window that follow each
other in memory: a result is a dot product of a window and a kernel. A tile is some neighbouring
pixels and all results of each, whose sums stay in registers until their lanes are added up.
"""

from __future__ import annotations

import functools

from dovetail.compile.cpu.vector_writer import Lanes, VectorWriter, address_in

MOST_RESULTS = 4
MOST_SUMS = 8  # for each pixel and result: they hide the latency of one
ADD_UP = 8  # instructions that add up the lanes of a vector


def are_fewer(form: Lanes, taps: int, inputs: int, results: int) -> bool:
    """Whether this takes fewer instructions than a vector of results for each element."""
    dots = results * (taps * -(-inputs // form.count) + ADD_UP)
    return results <= MOST_RESULTS and dots < taps * inputs


def most_pixels(results: int) -> int:
    """The pixels of a tile."""
    return max(1, MOST_SUMS // results)


@functools.cache
def tile_address(form: Lanes, pixels: int, results: int) -> int:
    """The address of the function for so many pixels and results."""
    return address_in(form, _tile(VectorWriter(form), pixels, results))


def _tile(writer: VectorWriter, pixels: int, results: int) -> str:
    """`tile(words, x, kernel, out, channels)`: the kernel is (results, elements, channels in)."""
    form = writer.form
    slots = [[writer.alloca(form.vector) for _ in range(results)] for _ in range(pixels)]
    names = ("taps", "offsets", "inputs", "column_step", "output_step")
    words = {name: writer.field("Convolution", name) for name in names}
    for row in slots:
        for slot in row:
            writer.store(form.vector, "zeroinitializer", slot)
    one_result = writer.integer(f"mul i64 {words['taps']}, {words['inputs']}")
    tap = writer.count_loop("0", words["taps"])
    place = writer.element(words["offsets"], tap[0])
    window = writer.at("%x", (place, 1))
    own = writer.at("%kernel", (tap[0], words["inputs"]))

    def products(first: str) -> None:
        factors = [
            writer.vector(writer.at(own, (first, 1), (one_result, n))) for n in range(results)
        ]
        for pixel, row in enumerate(slots):
            value = writer.vector(writer.at(window, (first, 1), (words["column_step"], pixel)))
            for slot, factor in zip(row, factors, strict=True):
                writer.add_product(slot, value, factor)

    writer.each_vector(words["inputs"], products)
    writer.close_loop(tap)
    for pixel, row in enumerate(slots):
        to = writer.at("%out", (words["output_step"], pixel))
        for n, slot in enumerate(row):
            total = writer.code.add(
                f"call reassoc {form.real} @llvm.vector.reduce.fadd.{form.suffix}("
                f"{form.real} 0.0, {form.vector} {writer.load(form.vector, slot)})"
            )
            writer.store(form.real, total, writer.at(to, (str(n), 1)), f", align {form.align}")
    return writer.tile_function("ptr %x, ptr %kernel, ptr %out, i64 %channels")
