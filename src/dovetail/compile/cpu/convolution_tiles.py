"""The code of a convolution's tiles, as LLVM IR.

A tile is some neighbouring pixels of the result and some vectors of channels out. Its sums stay in
registers while the elements of the windows and the channels in go by: each pixel's value is
multiplied by the same vectors of the kernel, which lies packed in this order. Rows of tiles are
covered by runtime/convolution.c.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from dovetail.compile.cpu import native, runtime


@dataclass(frozen=True)
class Tiles:
    """How tiles of a result are computed."""

    real: str  # float or double
    lanes: int  # of a vector of channels out
    vectors: int
    most: int  # pixels, or channels in for the gradient by the kernel

    @property
    def size(self) -> int:
        """The bytes of an element."""
        return 4 if self.real == "float" else 8

    @property
    def channels(self) -> int:
        """The channels out of a tile."""
        return self.lanes * self.vectors

    def covering(self, columns: int) -> tuple[int, int]:
        """The pixels of each tile of a row, and how many of the tiles have one more."""
        return divmod(columns, -(-columns // self.most))


def tiles(size: int, outputs: int) -> Tiles:
    """The tiles for elements of so many bytes, and so many channels out.

    Twelve to twenty-eight sums hide the latency of one; more do not fit into the registers.
    """
    real, half = ("float", 8) if size == 4 else ("double", 4)
    wide = native.vector_bits() >= 512
    if outputs <= half:
        return Tiles(real, half, 1, 14 if wide else 12)
    if not wide:
        return Tiles(real, half, 2, 6)
    if outputs <= 2 * half:
        return Tiles(real, 2 * half, 1, 14)
    if outputs % (8 * half) == 0:
        return Tiles(real, 2 * half, 4, 6)
    return Tiles(real, 2 * half, 2, 14)


@functools.cache
def tile_address(form: Tiles, pixels: int) -> int:
    """The address of the function for tiles of so many pixels."""
    declared = (
        f"declare void @llvm.masked.store.{_suffix(form)}.p0({_vector(form)}, ptr, i32, "
        f"<{form.lanes} x i1>)"
    )
    return _address(form, [declared, *_function(form, pixels)])


@functools.cache
def gradient_address(form: Tiles, inputs: int) -> int:
    """The address of the function for tiles of so many channels in."""
    return _address(form, _gradient(form, inputs))


def _address(form: Tiles, lines: list[str]) -> int:
    vector = _vector(form)
    lines = [
        f"declare {vector} @llvm.fmuladd.{_suffix(form)}({vector}, {vector}, {vector})",
        *lines,
        'attributes #0 = { nounwind "prefer-vector-width"="512" }',
    ]
    return native.load(native.target_text() + "\n".join(lines) + "\n").address("tile")


def _vector(form: Tiles) -> str:
    return f"<{form.lanes} x {form.real}>"


def _suffix(form: Tiles) -> str:
    return f"v{form.lanes}{'f32' if form.real == 'float' else 'f64'}"


def _splat(name: str, kind: str, lanes: int, value: str) -> list[str]:
    """The lines that make a vector of one value."""
    vector = f"<{lanes} x {kind}>"
    return [
        f"%{name}.one = insertelement {vector} poison, {kind} {value}, i32 0",
        f"%{name} = shufflevector {vector} %{name}.one, {vector} poison, "
        f"<{lanes} x i32> zeroinitializer",
    ]


_HEAD = "define void @tile(ptr %words, ptr %x, ptr %kernel, ptr %out, i64 %channels) #0 {"


def _fields(*names: str) -> list[str]:
    """The lines that load fields of the words."""
    known = runtime.fields("Convolution")
    return [
        line
        for name in names
        for line in (
            f"%{name}.at = getelementptr i64, ptr %words, i64 {known.index(name)}",
            f"%{name} = load {'ptr' if name == 'offsets' else 'i64'}, ptr %{name}.at",
        )
    ]


def _loaded(form: Tiles, name: str) -> list[str]:
    """The lines that load the vectors `name.n` from the address `name`."""
    return [
        line
        for n in range(form.vectors)
        for line in (
            f"%{name}.{n}.at = getelementptr {form.real}, ptr %{name}, i64 {n * form.lanes}",
            f"%{name}.{n} = load {_vector(form)}, ptr %{name}.{n}.at, align {form.size}",
        )
    ]


def _added(form: Tiles, p: int, name: str) -> list[str]:
    """The lines that add to the sums `p` the number at `value.p.at` times the vectors `name.n`."""
    vector = _vector(form)
    lines = [
        f"%value.{p}.1 = load {form.real}, ptr %value.{p}.at, align {form.size}",
        *_splat(f"value.{p}", form.real, form.lanes, f"%value.{p}.1"),
    ]
    for n in range(form.vectors):
        lines += [
            f"%old.{p}.{n} = load {vector}, ptr %sum.{p}.{n}",
            f"%new.{p}.{n} = call {vector} @llvm.fmuladd.{_suffix(form)}({vector} %value.{p}, "
            f"{vector} %{name}.{n}, {vector} %old.{p}.{n})",
            f"store {vector} %new.{p}.{n}, ptr %sum.{p}.{n}",
        ]
    return lines


def _function(form: Tiles, pixels: int) -> list[str]:
    """`tile(words, x, kernel, out, channels)`: the first `channels` channels are stored."""
    vector, align = _vector(form), form.size
    real, lanes = form.real, form.lanes
    sums = [(p, n) for p in range(pixels) for n in range(form.vectors)]
    lines = [_HEAD, "entry:", *_fields("taps", "offsets", "inputs", "output_step", "column_step")]
    lines += [f"%sum.{p}.{n} = alloca {vector}" for p, n in sums]
    lines += ["%tap = alloca i64", "%channel = alloca i64", "%at = alloca ptr"]
    lines += [f"store {vector} zeroinitializer, ptr %sum.{p}.{n}" for p, n in sums]
    lines.append(f"%step = mul i64 %column_step, {align}")
    for p in range(0, pixels, 3):  # an address holds one, two or four steps
        lines += [
            f"%steps.{p} = mul i64 %step, {p}",
            f"%x.{p} = getelementptr i8, ptr %x, i64 %steps.{p}",
        ]
    lines += [
        "store i64 0, ptr %tap", "store ptr %kernel, ptr %at", "br label %taps.head",
        "taps.head:", "%t = load i64, ptr %tap", "%more = icmp slt i64 %t, %taps",
        "br i1 %more, label %taps.body, label %done",
        "taps.body:", "%offset.at = getelementptr i64, ptr %offsets, i64 %t",
        "%offset = load i64, ptr %offset.at", "store i64 0, ptr %channel",
        "br label %channels.body",
        "channels.body:", "%c = load i64, ptr %channel", "%place = add i64 %offset, %c",
        "%k = load ptr, ptr %at",
    ]  # fmt: skip
    lines += _loaded(form, "k")
    for p in range(pixels):
        base, unit = p - p % 3, ("", "i8", "i16")[p % 3]
        if p == base:
            lines.append(f"%from.{p} = getelementptr {real}, ptr %x.{p}, i64 %place")
        lines += [
            f"%value.{p}.at = getelementptr {unit}, ptr %from.{base}, i64 %step"
            if unit
            else f"%value.{p}.at = getelementptr i8, ptr %from.{p}, i64 0",
            *_added(form, p, "k"),
        ]
    lines += [
        f"%k.next = getelementptr {real}, ptr %k, i64 {form.channels}",
        "store ptr %k.next, ptr %at",
        "%c.next = add i64 %c, 1", "store i64 %c.next, ptr %channel",
        "%again = icmp slt i64 %c.next, %inputs",
        "br i1 %again, label %channels.body, label %taps.next",
        "taps.next:", "%t.next = add i64 %t, 1", "store i64 %t.next, ptr %tap",
        "br label %taps.head",
        "done:", f"%whole = icmp sge i64 %channels, {form.channels}",
        "br i1 %whole, label %store.whole, label %store.part",
    ]  # fmt: skip
    for block, masked in (("whole", False), ("part", True)):
        lines.append(f"store.{block}:")
        for n in range(form.vectors) if masked else ():
            places = ", ".join(f"i64 {n * lanes + lane}" for lane in range(lanes))
            lines += [
                *_splat(f"limit.{n}", "i64", lanes, "%channels"),
                f"%mask.{n} = icmp slt <{lanes} x i64> <{places}>, %limit.{n}",
            ]
        for p, n in sums:
            name = f"{block}.{p}.{n}"
            lines += [
                f"%{name}.row = mul i64 %output_step, {p}",
                f"%{name}.place = add i64 %{name}.row, {n * lanes}",
                f"%{name}.at = getelementptr {real}, ptr %out, i64 %{name}.place",
                f"%{name} = load {vector}, ptr %sum.{p}.{n}",
                f"call void @llvm.masked.store.{_suffix(form)}.p0({vector} %{name}, "
                f"ptr %{name}.at, i32 {align}, <{lanes} x i1> %mask.{n})"
                if masked
                else f"store {vector} %{name}, ptr %{name}.at, align {align}",
            ]
        lines.append("ret void")
    return [*lines, "}"]


def _gradient(form: Tiles, inputs: int) -> list[str]:
    """`tile(words, x, cotangent, sums, unused)`: adds the products of a row of pixels."""
    vector, align = _vector(form), form.size
    real, lanes = form.real, form.lanes
    sums = [(p, n) for p in range(inputs) for n in range(form.vectors)]
    lines = [_HEAD, "entry:", *_fields("columns", "outputs", "column_step")]
    for p, n in sums:
        name = f"sum.{p}.{n}"
        lines += [
            f"%{name} = alloca {vector}",
            f"%{name}.row = mul i64 %outputs, {p}",
            f"%{name}.place = add i64 %{name}.row, {n * lanes}",
            f"%{name}.at = getelementptr {real}, ptr %out, i64 %{name}.place",
            f"%{name}.0 = load {vector}, ptr %{name}.at, align {align}",
            f"store {vector} %{name}.0, ptr %{name}",
        ]
    lines += [
        "%pixel = alloca i64",
        "store i64 0, ptr %pixel",
        "br label %pixels",
        "pixels:",
        "%i = load i64, ptr %pixel",
        "%x.place = mul i64 %i, %column_step",
        f"%from = getelementptr {real}, ptr %x, i64 %x.place",
        "%y.place = mul i64 %i, %outputs",
        f"%y = getelementptr {real}, ptr %kernel, i64 %y.place",
    ]
    lines += _loaded(form, "y")
    for p in range(inputs):
        address = f"%value.{p}.at = getelementptr {real}, ptr %from, i64 {p}"
        lines += [address, *_added(form, p, "y")]
    lines += [
        "%next = add i64 %i, 1",
        "store i64 %next, ptr %pixel",
        "%again = icmp slt i64 %next, %columns",
        "br i1 %again, label %pixels, label %done",
        "done:",
    ]
    for p, n in sums:
        lines += [
            f"%last.{p}.{n} = load {vector}, ptr %sum.{p}.{n}",
            f"store {vector} %last.{p}.{n}, ptr %sum.{p}.{n}.at, align {align}",
        ]
    return [*lines, "ret void", "}"]
