"""Printers of loops over vectors of neighbouring elements, of which the last is masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dovetail.compile.cpu import native, runtime
from dovetail.compile.scalar.writer import FunctionWriter


@dataclass(frozen=True)
class Lanes:
    """A vector of channels."""

    real: str  # float or double
    count: int

    @property
    def vector(self) -> str:
        """The type of a vector."""
        return f"<{self.count} x {self.real}>"

    @property
    def mask(self) -> str:
        """The type of its mask."""
        return f"<{self.count} x i1>"

    @property
    def suffix(self) -> str:
        """Of LLVM's functions."""
        return f"v{self.count}{'f32' if self.real == 'float' else 'f64'}"

    @property
    def wide(self) -> bool:
        """Whether it has 512 bits: there are 32 of them, and masks cost nothing."""
        return self.count * self.align == 64

    @property
    def align(self) -> int:
        """The bytes of an element."""
        return 4 if self.real == "float" else 8


def lanes(size: int) -> Lanes:
    """The vectors for elements of so many bytes."""
    bits = 512 if native.vector_bits() >= 512 else 256
    return Lanes("float" if size == 4 else "double", bits // (8 * size))


def covering(count: int, most: int) -> tuple[int, int]:
    """Parts as alike as possible, of at most so many: their size, and how many have one more."""
    return divmod(count, -(-count // most)) if count else (1, 0)


def address_in(form: Lanes, function: str, name: str = "tile") -> int:
    """The address of the function of this name in this text."""
    v, mask, suffix = form.vector, form.mask, form.suffix
    lines = [
        f"declare {v} @llvm.fmuladd.{suffix}({v}, {v}, {v})",
        f"declare {form.real} @llvm.vector.reduce.fadd.{suffix}({form.real}, {v})",
        f"declare {v} @llvm.masked.load.{suffix}.p0(ptr, i32, {mask}, {v})",
        f"declare void @llvm.masked.store.{suffix}.p0({v}, ptr, i32, {mask})",
        function,
        'attributes #0 = { nounwind "prefer-vector-width"="512" }',
    ]
    return native.load(native.target_text() + "\n".join(lines) + "\n").address(name)


class VectorWriter(FunctionWriter):
    """Writes one function of vectors; strides are in elements."""

    def __init__(self, form: Lanes) -> None:
        super().__init__()
        self.form = form
        self.mask = ""  # true for the lanes to load and store; empty for all of them

    def field(self, struct: str, name: str) -> str:
        """A field of the words."""
        number = runtime.fields(struct).index(name)
        return self.load("i64", self.integer(f"getelementptr i64, ptr %words, i64 {number}"))

    def element(self, array: str, number: str) -> str:
        """A number of an array of 64-bit integers, whose address is an integer."""
        start = self.integer(f"inttoptr i64 {array} to ptr")
        return self.load("i64", self.integer(f"getelementptr i64, ptr {start}, i64 {number}"))

    def at(self, base: str, *terms: tuple[str | int, str | int]) -> str:
        """The address, moved by products of two numbers."""
        for one, other in terms:
            step = self.integer(f"mul i64 {one}, {other}")
            base = self.integer(f"getelementptr {self.form.real}, ptr {base}, i64 {step}")
        return base

    def vector(self, address: str) -> str:
        """Load the vector at an address; masked lanes are not read, and are 0."""
        form = self.form
        if not self.mask:
            return self.load(form.vector, address, f", align {form.align}")
        return self.code.add(
            f"call {form.vector} @llvm.masked.load.{form.suffix}.p0(ptr {address}, "
            f"i32 {form.align}, {form.mask} {self.mask}, {form.vector} zeroinitializer)"
        )

    def write(self, value: str, address: str) -> None:
        """Store a vector at an address; masked lanes are not written."""
        form = self.form
        if not self.mask:
            self.store(form.vector, value, address, f", align {form.align}")
            return
        self.line(
            f"call void @llvm.masked.store.{form.suffix}.p0({form.vector} {value}, "
            f"ptr {address}, i32 {form.align}, {form.mask} {self.mask})"
        )

    def add_product(self, total: str, one: str, other: str) -> None:
        """Add a product to the sums in a slot."""
        v = self.form.vector
        before = self.load(v, total)
        name = f"@llvm.fmuladd.{self.form.suffix}"
        self.store(
            v, self.code.add(f"call {v} {name}({v} {one}, {v} {other}, {v} {before})"), total
        )

    def splat(self, kind: str, value: str) -> str:
        """A vector of one value."""
        count = self.form.count
        one = self.code.add(f"insertelement <{count} x {kind}> poison, {kind} {value}, i32 0")
        return self.code.add(
            f"shufflevector <{count} x {kind}> {one}, <{count} x {kind}> poison, "
            f"<{count} x i32> zeroinitializer"
        )

    def last_lanes(self, left: str) -> str:
        """The mask of the first `left` lanes."""
        count, limit = self.form.count, self.splat("i64", left)
        places = ", ".join(f"i64 {lane}" for lane in range(count))
        return self.code.add(f"icmp slt <{count} x i64> <{places}>, {limit}")

    def either(self, condition: str, true: Callable[[], None], false: Callable[[], None]) -> None:
        """One of two pieces of code."""
        labels = [self.label(stem) for stem in ("then", "otherwise", "done")]
        self.line(f"br i1 {condition}, label %{labels[0]}, label %{labels[1]}")
        for label, write in zip(labels[:2], (true, false), strict=True):
            self.begin(label)
            write()
            self.line(f"br label %{labels[2]}")
        self.begin(labels[2])

    def each_vector(self, elements: str, body: Callable[[str], None]) -> None:
        """Loop over vectors of so many elements; `body` gets the number of the first of each."""
        count = self.form.count
        if self.form.wide:
            loop = self.count_loop("0", elements, str(count))
            self.mask = self.last_lanes(self.integer(f"sub i64 {elements}, {loop[0]}"))
            body(loop[0])
            self.close_loop(loop)
        else:
            full = self.integer(f"and i64 {elements}, {-count}")
            loop = self.count_loop("0", full, str(count))
            body(loop[0])
            self.close_loop(loop)
            last = self.count_loop(full, elements, str(count))  # once at most
            self.mask = self.last_lanes(self.integer(f"sub i64 {elements}, {full}"))
            body(full)
            self.close_loop(last)
        self.mask = ""

    def tile_function(self, arguments: str) -> str:
        """The text of the function `tile(words, arguments)`."""
        return self.define(f"@tile(ptr %words, {arguments})", internal=False)
