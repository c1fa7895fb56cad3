"""Loop nests, from which code is generated.

A nest runs over parallel dims x rows x outer columns x inner columns. Work that does
not depend on the columns is done once for each row; row reductions take passes over the columns,
each pass after those whose results it needs. All sizes, strides and offsets are run-time words, so
the text of a nest, which is the key of its machine code, is the same for every shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives.row import Cost

Stride = Literal["unit", "zero", "general"]
Processor = Literal["cpu", "gpu", "gpu with clusters"]  # what a nest is for
CPU: Processor = "cpu"
GPU: Processor = "gpu"
GPU_WITH_CLUSTERS: Processor = "gpu with clusters"  # of blocks, over which a long row is divided

# The first words of a nest's run-time sizes, in this order.
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

# Operations so slow that a later pass loads their result instead of recomputing it.
COSTLY = frozenset(row.name for row in PRIMITIVES.values() if row.cost >= Cost.COSTLY)
_TRANSCENDENTAL = frozenset(
    row.name for row in PRIMITIVES.values() if row.cost is Cost.TRANSCENDENTAL
)
_SLOW = COSTLY | {row.name for row in PRIMITIVES.values() if row.cost is Cost.QUOTIENT}

LOADS_PER_COSTLY_OP = 3  # values that are loaded or stored in the time of one costly operation

# Rows of at most this many columns may be processed with rows as vector lanes.
SHORT_ROW = 64

# A kernel with more transcendental functions calls them: inlined, they take LLVM 20 to 70 ms each.
MOST_INLINED = 12

# Number of vectors interleaved in loops with costly operations, to hide their latency.
INTERLEAVE = 4

# Rows of at most this many columns are too short for interleaved vectors. If they contain no sums,
# they are processed one vector at a time, with a masked last vector.
MASKED_ROW = 32

CHUNK = 2048  # columns that are summed in the compute type at a time
STREAMED_CHUNK = 512  # columns that are collected for streamed stores, in loops without sums


@dataclass(frozen=True)
class Access:
    """A strided access to a buffer (or, without a buffer, a number affine in the indices).

    Its run-time words: the offset, one stride for each dim of the nest (bytes, or counts without a
    buffer), and for an indexed access the extent and the stride of the indexed axis. A `streamed`
    store bypasses the caches (streaming.py); a `repeated` one is the same in all jammed rows.
    """

    buffer: int | None
    dtype: DType
    inner: Stride
    indexed: bool = False
    streamed: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Instruction:
    """`result = op(operands)` in the compute type of `dtype`.

    `detail`: the value of a constant, the number of a scalar or size, the access of a load.
    """

    result: int
    op: str
    operands: tuple[int, ...]
    dtype: DType
    detail: float | int | bool | None = None

    @property
    def access(self) -> int | None:
        """The access of a load; None for other operations."""
        reads = self.op == "load" or self.op.startswith("gather")
        return self.detail if reads and isinstance(self.detail, int) else None


@dataclass(frozen=True)
class Accumulation:
    """A reduction of a value in a loop or over rows.

    `row`: over this loop, then available to the row as `result`. `full`: over all rows;
    `outer`: over rows, for each column. The latter two go to `partial` results. The summand is
    `value`, or its product with `times`, rounded only with the sum.
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
    index: int | None = None  # at this index
    combine: str | None = None  # with what is there: a reduction, or "last"
    inside: bool = False  # the index is known to be from 0 to the extent


@dataclass
class Loop:
    """One pass over the columns of a row."""

    body: list[Instruction] = field(default_factory=list["Instruction"])
    accumulations: list[Accumulation] = field(default_factory=list["Accumulation"])
    stores: list[Store] = field(default_factory=list["Store"])

    @property
    def accesses(self) -> list[int]:
        """The accesses that it loads and stores."""
        read = {item.access for item in self.body if item.access is not None}
        return sorted(read | {store.access for store in self.stores})


# The instructions of running reductions: what they carry from column to column is in the printer.
RUNNING = frozenset({"running_sum", "running_prod", "running_prod_before", "running_recurrence"})


def running(node: Node) -> str:
    """The instruction of a running reduction."""
    word = node.op.removeprefix("cumulative_").removeprefix("linear_")
    before = word == "prod" and node.flag("exclusive")
    return f"running_{word}_before" if before else f"running_{word}"


RowItem = Instruction | Loop | Store | Accumulation


@dataclass
class Partial:
    """A reduction that is finished after the loops: its operator, type and store."""

    op: str
    dtype: DType
    kind: Literal["outer", "full"]
    access: int


@dataclass
class Nest:
    """A loop nest without its run-time words."""

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
    masked: bool = False  # short rows along the vectors: the last vector is masked
    jammed: int = 0  # rows that one loop over the columns computes (jam.py)
    address: int | None = field(default=None, compare=False)  # of its machine code

    @property
    def dims(self) -> int:
        """The number of strides of an access: one for each dim, the inner column last."""
        return self.parallel_dims + self.row_dims + self.outer_dims + 1

    def access_words(self, number: int) -> int:
        """The position of the first word of an access among the sizes."""
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

    @property
    def stored(self) -> set[int]:
        """The accesses that it stores."""
        stores = [item for item in self.row if isinstance(item, Store)]
        stores += [store for loop in self.loops for store in loop.stores]
        return {each.access for each in (*stores, *self.partials)}

    def loops_using(self, number: int) -> list[Loop]:
        """The passes over the columns that use an access."""
        return [loop for loop in self.loops if number in loop.accesses]

    @property
    def scatters(self) -> bool:
        """Whether it stores at indices, where several points may meet."""
        return any(store.index is not None for loop in self.loops for store in loop.stores)

    @property
    def instructions(self) -> Iterator[Instruction]:
        """Every instruction of the nest."""
        yield from self.entry
        for item in self.row:
            if isinstance(item, Instruction):
                yield item
            elif isinstance(item, Loop):
                yield from item.body

    @property
    def transcendental(self) -> int:
        """How many transcendental functions it computes for an element."""
        return sum(item.op in _TRANSCENDENTAL for item in self.instructions)

    @property
    def is_bound_by_memory(self) -> bool:
        """Whether loading and storing takes longer than the arithmetic."""
        names = [item.op.partition(":")[0] for loop in self.loops for item in loop.body]
        costly = sum(name in _SLOW for name in names)
        touched = {number for loop in self.loops for number in loop.accesses}
        used = [self.accesses[number] for number in touched]
        arrays = sum(access.buffer is not None and access.inner != "zero" for access in used)
        return LOADS_PER_COSTLY_OP * costly <= arrays

    @property
    def checks(self) -> bool:
        """Whether the nest checks indices."""
        return any(access.indexed for access in self.accesses) or any(
            item.op.startswith("checked_") for item in self.instructions
        )

    def text(self) -> str:
        """Canonical text, equal for two nests exactly if their machine code is equal."""
        lines = [
            f"nest parallel={self.parallel_dims} rows={self.row_dims} outer={self.outer_dims}"
            f" buffers={self.buffers} scalars={self.scalars} integers={self.integers}"
            + (" sequential" if self.sequential else "")
            + (" transposed" if self.transposed else "")
            + (" masked" if self.masked else "")
            + (f" jammed={self.jammed}" if self.jammed else "")
        ]
        for number, access in enumerate(self.accesses):
            source = "number" if access.buffer is None else f"buffer{access.buffer}"
            notes = " indexed" * access.indexed + " streamed" * access.streamed
            notes += " repeated" * access.repeated
            lines.append(f"  access {number}: {source} {access.dtype} {access.inner}{notes}")
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
    index = "" if item.index is None else f" {item.combine} at v{item.index}"
    known = " inside" if item.inside else ""
    return f"store v{item.value} -> access {item.access}{index}{known}"
