"""What a compiled graph is made of: kernels, library calls, and the buffers between them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from dovetail.compile.index_map import IndexMap
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Shape

ReductionKind = Literal["row", "outer", "full"]


@dataclass(eq=False)
class Buffer:
    """Contiguous memory for one value, or an array that the caller gave."""

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

    `dims` gives the iteration dimension that each dimension of the value follows. The
    value lands in `buffer` at `starts + steps * index`. A reduction over whole rows of
    the kernel (`outer`, `full`) is finished after its loops.
    """

    value: Node
    buffer: Buffer
    dims: tuple[int | None, ...]
    starts: Shape
    steps: Shape
    reduction: ReductionKind | None = None
    operand_dims: tuple[int | None, ...] = ()

    def computed(self) -> list[tuple[Node, tuple[int | None, ...]]]:
        """What the loops compute for this root, and the dimensions that it follows."""
        if self.reduction:
            return [(self.value.args[0], self.operand_dims)]
        if self.value.op in ("cumulative_sum", "scatter_add"):
            return [(arg, self.dims) for arg in self.value.args]
        return [(self.value, self.dims)]


@dataclass(eq=False)
class Kernel:
    """A loop nest over `shape` that computes its roots in one go.

    `loads` are the nodes that it reads from memory; all else it computes. `columns` are the
    dimensions that row reductions run over (None while that is open); `parallel` are those
    that outer and full reductions keep.
    """

    shape: Shape
    columns: frozenset[int] | None = None
    parallel: frozenset[int] = frozenset()
    roots: list[Root] = field(default_factory=list["Root"])
    loads: set[Node] = field(default_factory=set["Node"])
    sequential: bool = False

    @property
    def crosses(self) -> bool:
        """Whether a reduction here is finished only after the loops."""
        return any(root.reduction in ("outer", "full") for root in self.roots)

    @property
    def rows(self) -> frozenset[int]:
        columns = self.columns or frozenset()
        return frozenset(range(len(self.shape))) - columns - self.parallel


@dataclass(eq=False)
class Operand:
    """A materialised value read through views by a library call."""

    buffer: Buffer
    node: Node
    index: IndexMap
    extents: Shape


@dataclass(eq=False)
class LibraryCall:
    """A call that is left to the host: a matrix product, a sort."""

    node: Node
    operands: tuple[Operand, ...]
    buffer: Buffer


Step = Kernel | LibraryCall


@dataclass(eq=False)
class Schedule:
    """Steps in order of execution, and where each output of the graph lies."""

    steps: list[Step]
    outputs: list[Buffer]
    output_shapes: list[Shape]
    buffers: dict[Node, Buffer]  # every node that lies in memory
