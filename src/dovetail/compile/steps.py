"""The schedule of a graph: kernels, library calls, and their buffers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from dovetail.compile.index_map import IndexMap
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.scan import Body

ReductionKind = Literal["row", "outer", "full"]


@dataclass(eq=False)
class Buffer:
    """Contiguous memory for one value, or an array of the caller."""

    shape: Shape
    dtype: DType
    source: Node | None = None  # the graph input or literal that it holds
    zeroed: bool = False  # must be zero before the first step writes to it

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(eq=False)
class Root:
    """One value that a kernel stores.

    `dims` gives the iteration dimension of each dimension of the value. The value is stored in
    `buffer` at `starts + steps * index`. A reduction over the rows of the kernel (`outer`, `full`)
    is finished after its loops.
    """

    value: Node
    buffer: Buffer
    dims: tuple[int | None, ...]
    starts: Shape
    steps: Shape
    reduction: ReductionKind | None = None
    operand_dims: tuple[int | None, ...] = ()

    def computed(self) -> list[tuple[Node, tuple[int | None, ...]]]:
        """The values that the loops compute for this root, and their dimensions."""
        if self.reduction:
            return [(self.value.args[0], self.operand_dims)]
        if self.value.primitive.sequential:
            # Of a scatter into an array: the array is in the buffer already.
            return [(arg, self.dims) for arg in self.value.args[-2:]]
        return [(self.value, self.dims)]


@dataclass(eq=False)
class Kernel:
    """A loop nest over `shape` that computes its roots.

    `loads` are the nodes that it reads from memory. `columns` are the dimensions that row
    reductions run over (None if not chosen yet); `parallel` are those that outer and full
    reductions keep.
    """

    shape: Shape
    columns: frozenset[int] | None = None
    parallel: frozenset[int] = frozenset()
    roots: list[Root] = field(default_factory=list["Root"])
    loads: set[Node] = field(default_factory=set["Node"])
    sequential: bool = False

    @property
    def crosses(self) -> bool:
        """Whether a reduction is finished after the loops."""
        return any(root.reduction in ("outer", "full") for root in self.roots)

    @property
    def rows(self) -> frozenset[int]:
        columns = self.columns or frozenset()
        return frozenset(range(len(self.shape))) - columns - self.parallel


@dataclass(eq=False)
class Operand:
    """A stored value of this shape that a library call reads through views."""

    buffer: Buffer
    shape: Shape
    index: IndexMap
    extents: Shape


@dataclass(eq=False)
class LibraryCall:
    """A call of a library function: a matrix product or a sort.

    Its sizes are those of the operands and the buffer. The node may be from the recording of this
    program for other sizes.
    """

    node: Node
    operands: tuple[Operand, ...]
    buffer: Buffer


@dataclass(eq=False)
class LoopCall:
    """A loop: its body is a program of its own, which runs once a step.

    `buffers` are those of the outputs: the carries, then the stacked ys. Steps write the carries to
    theirs and to `scratch` in turn.
    """

    body: Body
    length: int
    reverse: bool
    operands: tuple[Operand, ...]
    buffers: tuple[Buffer, ...]
    scratch: tuple[Buffer, ...]


Step = Kernel | LibraryCall | LoopCall


@dataclass(eq=False)
class Schedule:
    """Kernels and library calls in order of execution, and the buffers of the outputs."""

    steps: list[Step]
    outputs: list[Buffer]
    output_shapes: list[Shape]
    buffers: dict[Node, Buffer]  # every node that is stored in memory
