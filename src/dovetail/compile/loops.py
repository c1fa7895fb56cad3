"""Loop nests: what a code generator prints.

A nest runs over parallel dims x rows x outer columns x inner columns. Work that does
not depend on the columns is done once for each row; row reductions take passes over
the columns, each pass after those whose results it needs. All sizes, strides and
offsets are run-time words, so the text of a nest, under which its machine code is
kept, is the same for every shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dovetail.graph.dtypes import DType

Stride = Literal["unit", "zero", "general"]

# The words at the start of a nest's run-time sizes, in this order.
HEADER = (
    "parallel",  # points of the parallel dims
    "rows",
    "outer_columns",
    "columns",  # of the inner loop
    "row_block",  # rows of one task
    "row_blocks",
    "column_block",  # inner columns of one task
    "column_blocks",
)

# What takes so long that a later pass would rather load it than compute it again.
COSTLY = frozenset({
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sigmoid", "power", "tanh",
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "asinh", "acosh",
    "atanh", "erf", "erfc", "ndtr", "normal_density", "remainder", "floor_divide",
})  # fmt: skip

LOADS_PER_COSTLY_OP = 3  # that are read or written in the time of one costly operation

# Rows of at most this many columns may become the lanes of vectors instead.
SHORT_ROW = 64

# Vectors that a loop with such work has under way. The operations on one wait for each other, and a
# processor looks ahead over the instructions of one or two.
INTERLEAVE = 4

# Rows of at most this many columns would end before vectors abreast have begun. Where nothing is
# added up in them, they take one vector at a time, and mask what the last one has too many.
MASKED_ROW = 32

CHUNK = 2048  # columns that are added up in the compute type, at a time
STREAMED_CHUNK = 512  # columns that are gathered for streamed stores, where nothing is added up


@dataclass(frozen=True)
class Access:
    """A strided place in a buffer (or, with no buffer, a number affine in the indices).

    Its run-time words: the offset, one stride for each dim of the nest (bytes, or
    counts where there is no buffer), and for an indexed access the extent and the
    stride of the indexed axis. What is stored at a `streamed` access goes to memory past the
    caches (streaming.py).
    """

    buffer: int | None
    dtype: DType
    inner: Stride
    indexed: bool = False
    streamed: bool = False


@dataclass(frozen=True)
class Instruction:
    """`result = op(operands)` in the compute type of `dtype`.

    `detail`: the value of a constant, the slot of a scalar or size, the access of a load.
    """

    result: int
    op: str
    operands: tuple[int, ...]
    dtype: DType
    detail: float | int | bool | None = None

    @property
    def access(self) -> int | None:
        """Where it reads; None where it reads nothing."""
        reads = self.op == "load" or self.op.startswith("gather")
        return self.detail if reads and isinstance(self.detail, int) else None


@dataclass(frozen=True)
class Accumulation:
    """A reduction of a value in a loop or over rows.

    `row`: over this loop, then available to the row as `result`. `full`: over all rows;
    `outer`: over rows, for each column. The latter two go to `partial` slots. What is added up
    is `value`, or its product with `times`, rounded only with the sum.
    """

    kind: Literal["row", "outer", "full"]
    op: str
    value: int
    dtype: DType
    result: int
    times: int | None = None


@dataclass(frozen=True)
class Store:
    access: int
    value: int
    index: int | None = None  # add at this index


@dataclass
class Loop:
    """One pass over the columns of a row."""

    body: list[Instruction] = field(default_factory=list["Instruction"])
    accumulations: list[Accumulation] = field(default_factory=list["Accumulation"])
    stores: list[Store] = field(default_factory=list["Store"])

    @property
    def accesses(self) -> list[int]:
        """Where it reads and writes."""
        read = {item.access for item in self.body if item.access is not None}
        return sorted(read | {store.access for store in self.stores})


RowItem = Instruction | Loop | Store | Accumulation


@dataclass
class Partial:
    """A reduction that is finished after the loops: its operator and where it goes."""

    op: str
    dtype: DType
    kind: Literal["outer", "full"]
    access: int


@dataclass
class Nest:
    """A loop nest with every run-time word abstracted."""

    parallel_dims: int
    row_dims: int
    outer_dims: int
    buffers: int
    accesses: list[Access] = field(default_factory=list["Access"])
    entry: list[Instruction] = field(default_factory=list["Instruction"])
    row: list[RowItem] = field(default_factory=list["RowItem"])
    partials: list[Partial] = field(default_factory=list["Partial"])
    scalars: int = 0
    integers: int = 0
    sequential: bool = False
    transposed: bool = False  # the rows are the inner dim, the columns the outer one
    masked: bool = False  # short rows that are no lanes: their last vector is masked

    @property
    def dims(self) -> int:
        """How many strides an access has: one for each dim, the inner column last."""
        return self.parallel_dims + self.row_dims + self.outer_dims + 1

    def access_words(self, number: int) -> int:
        """The position of an access' first word among the sizes."""
        position = len(HEADER) + self.parallel_dims + self.row_dims + self.outer_dims
        for access in self.accesses[:number]:
            position += 1 + self.dims + (2 if access.indexed else 0)
        return position

    @property
    def integer_words(self) -> int:
        return self.access_words(len(self.accesses))

    @property
    def loops(self) -> list[Loop]:
        """The passes over the columns."""
        return [item for item in self.row if isinstance(item, Loop)]

    def loops_using(self, number: int) -> list[Loop]:
        """The passes over the columns that read or write at an access."""
        return [loop for loop in self.loops if number in loop.accesses]

    @property
    def instructions(self) -> Iterator[Instruction]:
        """Every instruction, wherever it stands."""
        yield from self.entry
        for item in self.row:
            if isinstance(item, Instruction):
                yield item
            elif isinstance(item, Loop):
                yield from item.body

    @property
    def is_bound_by_memory(self) -> bool:
        """Whether its maths is done in the time in which its arrays are read and written."""
        names = [item.op.partition(":")[0] for loop in self.loops for item in loop.body]
        costly = sum(name in COSTLY or name == "divide" for name in names)
        touched = {number for loop in self.loops for number in loop.accesses}
        used = [self.accesses[number] for number in touched]
        arrays = sum(access.buffer is not None and access.inner != "zero" for access in used)
        return LOADS_PER_COSTLY_OP * costly <= arrays

    @property
    def checks(self) -> bool:
        """Whether an index may turn out to lie outside of its array."""
        return any(access.indexed for access in self.accesses) or any(
            item.op.startswith("checked_") for item in self.instructions
        )

    def text(self) -> str:
        """Canonical text: equal for two nests exactly when their machine code is."""
        lines = [
            f"nest parallel={self.parallel_dims} rows={self.row_dims} outer={self.outer_dims}"
            f" buffers={self.buffers} scalars={self.scalars} integers={self.integers}"
            + (" sequential" if self.sequential else "")
            + (" transposed" if self.transposed else "")
            + (" masked" if self.masked else "")
        ]
        for number, access in enumerate(self.accesses):
            place = "number" if access.buffer is None else f"buffer{access.buffer}"
            notes = " indexed" * access.indexed + " streamed" * access.streamed
            lines.append(f"  access {number}: {place} {access.dtype} {access.inner}{notes}")
        lines += [f"  {_instruction(item)}" for item in self.entry]
        lines.append("  each row:")
        for item in self.row:
            if isinstance(item, Loop):
                lines.append("    each column:")
                lines += [f"      {_instruction(line)}" for line in item.body]
                lines += [f"      {_accumulation(line)}" for line in item.accumulations]
                lines += [f"      {_store(line)}" for line in item.stores]
            elif isinstance(item, Store):
                lines.append(f"    {_store(item)}")
            elif isinstance(item, Accumulation):
                lines.append(f"    {_accumulation(item)}")
            else:
                lines.append(f"    {_instruction(item)}")
        for number, partial in enumerate(self.partials):
            lines.append(
                f"  finish {number}: {partial.kind} {partial.op} {partial.dtype}"
                f" -> access {partial.access}"
            )
        return "\n".join(lines)


def _instruction(item: Instruction) -> str:
    parts = [f"v{operand}" for operand in item.operands]
    if item.detail is not None:
        detail = item.detail.hex() if isinstance(item.detail, float) else str(item.detail)
        parts.append(detail)
    return f"v{item.result} = {item.op}({', '.join(parts)}) : {item.dtype}"


def _accumulation(item: Accumulation) -> str:
    value = f"v{item.value}" if item.times is None else f"v{item.value} * v{item.times}"
    return f"v{item.result} = accumulate {item.kind} {item.op}({value}) : {item.dtype}"


def _store(item: Store) -> str:
    index = "" if item.index is None else f" at v{item.index}"
    return f"store v{item.value} -> access {item.access}{index}"
