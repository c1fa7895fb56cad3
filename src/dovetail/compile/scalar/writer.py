"""The common parts of printers: stack slots, loops, run-time words, addresses, instructions."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dovetail.compile.loops import RUNNING, Access, Accumulation, Instruction, Nest
from dovetail.compile.scalar.operations import (
    Code,
    cast,
    compute,
    literal,
    memory_type,
    narrow,
    register_type,
    widen,
)
from dovetail.compile.scalar.reductions import add_product, combine
from dovetail.graph.dtypes import DType, as_dtype


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

    def define(self, signature: str, internal: bool = True) -> str:
        """The text of the function, which returns nothing."""
        body = "\n".join([*self.allocas, *self.code.lines])
        linkage = "internal " if internal else ""
        return f"define {linkage}void {signature} #0 {{\n{body}\n  ret void\n}}\n"


class Writer(FunctionWriter):
    """Writes the instructions of one nest; a processor's writer says where its words lie."""

    pointer = "ptr"  # the type of an address in an array
    first_metadata = 0  # the first number of a line of metadata that is free

    def __init__(self, nest: Nest) -> None:
        super().__init__()
        self.nest = nest
        self.metadata: list[str] = []
        self.values: dict[int, str] = {}
        self.pointers: dict[int, str] = {}
        self.columns: dict[int, str] = {}
        self.column = ""

    # What a processor's writer says.

    def word(self, position: int) -> str:
        """A run-time word."""
        raise NotImplementedError

    def buffer(self, number: int) -> str:
        """The address of a buffer."""
        raise NotImplementedError

    def scalar(self, number: int) -> str:
        """A float of the call, as float64."""
        raise NotImplementedError

    def space(self, access: Access) -> str:
        """The type of an address of an access."""
        return self.pointer

    def note(self) -> str:
        """What a load or a store of an array says of itself."""
        return ""

    def running(self, op: str, dtype: DType, operands: Sequence[str]) -> str:
        """The result of a running reduction at one column."""
        raise NotImplementedError

    # Loops.

    def new_metadata(self, content: str) -> str:
        """The name of a new line of metadata."""
        name = f"!{self.first_metadata + len(self.metadata)}"
        self.metadata.append(f"{name} = {content}")
        return name

    def loop_metadata(self, *facts: str) -> str:
        """What the branch of a loop says, so that LLVM knows these facts of it."""
        names = [self.new_metadata(f"!{{!{fact}}}") for fact in facts]
        loop = f"!{self.first_metadata + len(self.metadata)}"  # it refers to itself
        self.new_metadata(f"distinct !{{{', '.join([loop, *names])}}}")
        return f", !llvm.loop {loop}"

    def rolled(self) -> str:
        """Loop metadata of a loop that LLVM does not unroll, with all that is in it."""
        return self.loop_metadata('"llvm.loop.unroll.disable"')

    # Words and addresses.

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
            address = self.advance(access, address, step)
        return address

    def advance(self, access: int, address: str, step: str) -> str:
        """An address moved by a number of bytes, or a number by another one."""
        found = self.nest.accesses[access]
        if found.buffer is None:
            return self.integer(f"add i64 {address}, {step}")
        return self.integer(f"getelementptr i8, {self.space(found)} {address}, i64 {step}")

    def origin(self, number: int) -> str:
        """The address at which an access starts."""
        access = self.nest.accesses[number]
        offset = self.word(self.nest.access_words(number))
        if access.buffer is None:
            return offset
        return self.advance(number, self.buffer(access.buffer), offset)

    def read(self, access: Access, address: str) -> str:
        if access.buffer is None:
            return address
        kind = memory_type(access.dtype)
        note = f", align {access.dtype.itemsize}{self.note()}"
        loaded = self.code.add(f"load {kind}, {self.space(access)} {address}{note}")
        return widen(self.code, access.dtype, loaded)

    def write(self, access: Access, value: str, address: str) -> None:
        stored = narrow(self.code, access.dtype, value)
        note = f", align {access.dtype.itemsize}{self.note()}"
        place = f"{self.space(access)} {address}"
        self.line(f"store {memory_type(access.dtype)} {stored}, {place}{note}")

    def address(self, number: int, inside: bool) -> str:
        """The address of an access, at the current column if inside the loop over columns."""
        if not inside:
            return self.pointers[number]
        access, base = self.nest.accesses[number], self.columns[number]
        if access.inner == "zero":
            return base
        if access.inner == "unit" and access.buffer is not None:
            kind = memory_type(access.dtype)
            place = f"{self.space(access)} {base}, i64 {self.column}"
            return self.integer(f"getelementptr inbounds {kind}, {place}")
        if access.inner == "unit":
            return self.integer(f"add i64 {base}, {self.column}")
        return self.move(number, base, self.nest.dims - 1, [self.column])

    def indexed_address(
        self, number: int, index: str, dtype: DType, inside: bool, known: bool = False
    ) -> str:
        """The address of an indexed access; an index out of bounds sets the status, becomes 0.

        `known`: the index is known to be within bounds, and counts from the start.
        """
        return self.address_at(number, self.place_along(number, index, dtype, known), inside)

    def place_along(self, number: int, index: str, dtype: DType, known: bool = False) -> str:
        """The place that an index says along the indexed axis."""
        if known:
            return cast(self.code, dtype, as_dtype("int64"), index)
        extent = self.word(self.nest.access_words(number) + 1 + self.nest.dims)
        return self.checked_index(index, dtype, extent)

    def address_at(self, number: int, place: str, inside: bool) -> str:
        """The address of an indexed access at a place along its axis."""
        stride = self.word(self.nest.access_words(number) + 2 + self.nest.dims)
        step = self.integer(f"mul i64 {place}, {stride}")
        return self.advance(number, self.address(number, inside), step)

    def checked_index(self, index: str, dtype: DType, extent: str, from_end: bool = True) -> str:
        """An index counted from the start; one out of bounds sets the status and becomes 0.

        `from_end`: negative indices count from the end; otherwise they are out of bounds.
        """
        chosen = position = cast(self.code, dtype, as_dtype("int64"), index)
        if from_end and dtype.kind != "u":
            negative = self.integer(f"icmp slt i64 {position}, 0")
            wrapped = self.integer(f"add i64 {position}, {extent}")
            chosen = self.integer(f"select i1 {negative}, i64 {wrapped}, i64 {position}")
        outside = self.integer(f"icmp uge i64 {chosen}, {extent}")
        bad = self.load("i64", "%bad")
        flag = self.integer(f"zext i1 {outside} to i64")
        self.store("i64", self.integer(f"or i64 {bad}, {flag}"), "%bad")
        return self.integer(f"select i1 {outside}, i64 0, i64 {chosen}")

    # Instructions.

    def operand(self, value: int) -> str:
        """The register that holds a value."""
        return self.values[value]

    def instruction(self, item: Instruction, inside: bool) -> None:
        operands = [self.operand(operand) for operand in item.operands]
        self.values[item.result] = self.result(item, operands, inside)

    def result(self, item: Instruction, operands: list[str], inside: bool) -> str:
        op, dtype = item.op, item.dtype
        if op == "constant":
            assert item.detail is not None
            return literal(item.detail, dtype)
        if op == "load":
            assert isinstance(item.detail, int)
            return self.read(self.nest.accesses[item.detail], self.address(item.detail, inside))
        if op == "scalar":
            assert isinstance(item.detail, int)
            return self.scalar(item.detail)
        if op == "integer":
            assert isinstance(item.detail, int)
            number = self.word(self.nest.integer_words + item.detail)
            return cast(self.code, as_dtype("int64"), dtype, number)
        if op.startswith("checked_"):
            assert isinstance(item.detail, int)
            word, _, index = op.partition(":")
            extent = self.word(self.nest.integer_words + item.detail)
            from_end = word == "checked_index"
            chosen = self.checked_index(operands[0], as_dtype(index), extent, from_end)
            return cast(self.code, as_dtype("int64"), dtype, chosen)
        if op.startswith("gather:"):
            assert isinstance(item.detail, int)
            access = self.nest.accesses[item.detail]
            index = as_dtype(op.removeprefix("gather:"))
            address = self.indexed_address(item.detail, operands[0], index, inside)
            return self.read(access, address)
        if op in RUNNING:
            return self.running(op, dtype, operands)
        value = compute(self.code, op, dtype, operands)
        if op == "cast:int64" and dtype.kind == "u":
            # Positions that random numbers hash: LLVM's loop strength reduction would look for a
            # closed form of every sum in the hash, for a second, and it stops at `freeze`.
            return self.code.add(f"freeze {register_type(dtype)} {value}")
        return value

    def index_type(self, value: int) -> DType:
        """The type of the index of a store."""
        return next(item.dtype for item in self.nest.instructions if item.result == value)

    def invariant(
        self, items: Sequence[object], varying: Collection[int] = ()
    ) -> dict[int, Instruction]:
        """The instructions of an innermost loop that have the same value in all iterations.

        `varying`: values from before the loop that are loaded again in each iteration.
        """
        found: dict[int, Instruction] = {}
        changing = set(varying)
        for item in items:
            if not isinstance(item, Instruction):
                continue
            moving = item.access is not None and self.nest.accesses[item.access].inner != "zero"
            if moving or item.op in RUNNING or not changing.isdisjoint(item.operands):
                changing.add(item.result)
            else:
                found[item.result] = item
        return found

    def accumulated(self, item: Accumulation, total: str) -> str:
        """A total after one more step of a reduction, in its compute type."""
        value, dtype = self.operand(item.value), item.dtype.compute
        if item.times is None:
            return combine(self.code, item.op, dtype, total, value)
        return add_product(self.code, dtype, total, value, self.operand(item.times))
