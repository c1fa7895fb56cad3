"""The common parts of loop printers: stack slots, loops, run-time words and addresses."""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.compile.cpu.operations import Code, memory_type, narrow, widen
from dovetail.compile.loops import MOST_INLINED, Access, Nest


class FunctionWriter:
    """Writes one function, instruction by instruction.

    Loop state is kept in stack slots (allocas), which LLVM turns into registers.
    """

    def __init__(self) -> None:
        self.code = Code("t")
        self.allocas: list[str] = []
        self.labels = 0

    def line(self, text: str) -> None:
        self.code.lines.append(f"  {text}")

    def label(self, stem: str) -> str:
        self.labels += 1
        return f"{stem}.{self.labels}"

    def begin(self, label: str) -> None:
        self.code.lines.append(f"{label}:")

    def alloca(self, kind: str) -> str:
        name = f"%slot{len(self.allocas)}"
        self.allocas.append(f"  {name} = alloca {kind}")
        return name

    def load(self, kind: str, address: str, note: str = "") -> str:
        return self.code.add(f"load {kind}, ptr {address}{note}")

    def store(self, kind: str, value: str, address: str, note: str = "") -> None:
        self.line(f"store {kind} {value}, ptr {address}{note}")

    def integer(self, text: str) -> str:
        return self.code.add(text)

    def minimum(self, x: str, y: str) -> str:
        below = self.integer(f"icmp slt i64 {x}, {y}")
        return self.integer(f"select i1 {below}, i64 {x}, i64 {y}")

    def count_loop(self, first: str, last: str, step: str = "1") -> tuple[str, str, str, str]:
        """Opens `for i in range(first, last, step)`; close it with `close_loop`."""
        slot = self.alloca("i64")
        self.store("i64", first, slot)
        head, body, done = self.label("head"), self.label("body"), self.label("done")
        self.line(f"br label %{head}")
        self.begin(head)
        counter = self.load("i64", slot)
        more = self.integer(f"icmp slt i64 {counter}, {last}")
        self.line(f"br i1 {more}, label %{body}, label %{done}")
        self.begin(body)
        return counter, slot, head, f"{done} {step}"

    def close_loop(self, loop: tuple[str, str, str, str], note: str = "") -> None:
        counter, slot, head, rest = loop
        done, step = rest.split()
        self.store("i64", self.integer(f"add nsw i64 {counter}, {step}"), slot)
        self.line(f"br label %{head}{note}")
        self.begin(done)

    def define(self, signature: str) -> str:
        """The text of the function, which returns nothing."""
        body = "\n".join([*self.allocas, *self.code.lines])
        return f"define internal void {signature} #0 {{\n{body}\n  ret void\n}}\n"


class Writer(FunctionWriter):
    """Writes the task of one nest."""

    def __init__(self, nest: Nest) -> None:
        super().__init__()
        self.code.shares = nest.transcendental > MOST_INLINED
        self.nest = nest
        self.metadata: list[str] = []
        self.values: dict[int, str] = {}
        self.group: str | None = None
        self.pointers: dict[int, str] = {}
        self.columns: dict[int, str] = {}
        self.column = ""

    def word(self, position: int) -> str:
        address = self.code.add(f"getelementptr i64, ptr %sizes, i64 {position}")
        return self.load("i64", address, ", !invariant.load !0")

    def decode(self, number: str, first_extent: int, count: int) -> list[str]:
        """The indices along `count` dims for a linear index; their extents are words."""
        indices: list[str] = []
        for dim in reversed(range(1, count)):
            extent = self.word(first_extent + dim)
            indices.append(self.integer(f"urem i64 {number}, {extent}"))
            number = self.integer(f"udiv i64 {number}, {extent}")
        if count:
            indices.append(number)
        return indices[::-1]

    def stride(self, access: int, dim: int) -> str:
        return self.word(self.nest.access_words(access) + 1 + dim)

    def move(self, access: int, address: str, first_dim: int, indices: Sequence[str]) -> str:
        """An address (or number) moved along some dims."""
        for position, index in enumerate(indices):
            step = self.integer(f"mul i64 {index}, {self.stride(access, first_dim + position)}")
            if self.nest.accesses[access].buffer is None:
                address = self.integer(f"add i64 {address}, {step}")
            else:
                address = self.integer(f"getelementptr i8, ptr {address}, i64 {step}")
        return address

    def buffer(self, number: int | str) -> str:
        address = self.integer(f"getelementptr ptr, ptr %buffers, i64 {number}")
        return self.load("ptr", address, ", !invariant.load !0")

    def origin(self, number: int) -> str:
        """The address at which an access starts."""
        access = self.nest.accesses[number]
        offset = self.word(self.nest.access_words(number))
        if access.buffer is None:
            return offset
        return self.integer(f"getelementptr i8, ptr {self.buffer(access.buffer)}, i64 {offset}")

    def note(self) -> str:
        return f", !llvm.access.group {self.group}" if self.group else ""

    def read(self, access: Access, address: str) -> str:
        if access.buffer is None:
            return address
        kind = memory_type(access.dtype)
        loaded = self.load(kind, address, f", align {access.dtype.itemsize}{self.note()}")
        return widen(self.code, access.dtype, loaded)

    def write(self, access: Access, value: str, address: str) -> None:
        stored = narrow(self.code, access.dtype, value)
        kind = memory_type(access.dtype)
        self.store(kind, stored, address, f", align {access.dtype.itemsize}{self.note()}")
