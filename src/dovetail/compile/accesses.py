"""Addresses of the loads and stores of a kernel, as affine functions of its iteration dims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dovetail.compile.index_map import Index, IndexMap, identity, strided, through
from dovetail.compile.steps import Buffer, Kernel, Root
from dovetail.graph.dtypes import DType, int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.views import is_view

Layout = Callable[[Node], tuple[Buffer, tuple[int, ...]]]


@dataclass
class Affine:
    """An address, offset + strides * dims, in bytes; without a buffer, a number (for iota)."""

    buffer: Buffer | None
    dtype: DType
    offset: int
    strides: list[int]
    axis_words: tuple[int, int] | None = None  # extent and stride of an indexed axis


def row_major(shape: Shape, itemsize: int) -> tuple[int, ...]:
    """The strides of an array in C order, in bytes."""
    strides: list[int] = []
    step = itemsize
    for extent in reversed(shape):
        strides.append(step)
        step *= extent
    return tuple(reversed(strides))


class AccessTable:
    """The accesses of one kernel, without duplicates."""

    def __init__(self, kernel: Kernel, layout: Layout) -> None:
        self.kernel = kernel
        self.layout = layout
        self.affine: list[Affine] = []
        self.buffers: list[Buffer] = []
        self._numbers: dict[tuple[Node, IndexMap, str], int] = {}

    def varies(self, number: int) -> frozenset[int]:
        """The dims along which the address of an access changes."""
        return frozenset(dim for dim, step in enumerate(self.affine[number].strides) if step)

    def load(self, node: Node, index: IndexMap) -> int:
        """The load of a node that is in memory."""
        key = (node, index, "load")
        if key not in self._numbers:
            buffer, strides = self.layout(node)
            offset, vector = self._along(index, strides)
            self._numbers[key] = self._add(Affine(buffer, buffer.dtype, offset, vector))
        return self._numbers[key]

    def position(self, node: Node, index: IndexMap) -> int:
        """The value of an iota node, as an access without a buffer."""
        key = (node, index, "position")
        if key not in self._numbers:
            axis = node.integer("axis")
            steps = [int(dim == axis) for dim in range(len(node.shape))]
            offset, vector = self._along(index, steps)
            self._numbers[key] = self._add(Affine(None, int64, offset, vector))
        return self._numbers[key]

    def gather(self, node: Node, index: IndexMap) -> int:
        """The load of a gather; an index selects the position along its axis."""
        key = (node, index, "gather")
        if key not in self._numbers:
            axis = node.integer("axis")
            source = node.args[0]
            buffer, start, strides = self._viewed(source)
            others = (*index[:axis], Index(0, 0, None), *index[axis + 1 :])
            offset, vector = self._along(others, strides)
            words = (source.shape[axis], strides[axis])
            affine = Affine(buffer, buffer.dtype, start + offset, vector, words)
            self._numbers[key] = self._add(affine)
        return self._numbers[key]

    def store(self, root: Root) -> int:
        """The store of a root; an index selects the position along the axis of a scatter."""
        buffer = root.buffer
        strides = row_major(buffer.shape, buffer.dtype.itemsize)
        offset = sum(start * stride for start, stride in zip(root.starts, strides, strict=True))
        steps = [step * stride for step, stride in zip(root.steps, strides, strict=True)]
        words = None
        if root.value.primitive.combine:
            axis = root.value.integer("axis")
            words = (buffer.shape[axis], strides[axis])
            steps[axis] = 0
        moved, vector = self._along(self.index(root, root.value, root.dims), steps)
        return self._add(Affine(buffer, buffer.dtype, offset + moved, vector, words))

    def index(self, root: Root, value: Node, dims: tuple[int | None, ...]) -> IndexMap:
        """The index map of a root's value; a reversed running reduction goes backwards."""
        index = identity(value.shape, dims)
        if root.value.primitive.category != "running" or not root.value.flag("reverse"):
            return index
        axis = root.value.integer("axis")
        dim = index[axis].dim
        if dim is None:
            return index
        flipped = Index(self.kernel.shape[dim] - 1, -1, dim)
        return (*index[:axis], flipped, *index[axis + 1 :])

    def _add(self, affine: Affine) -> int:
        if affine.buffer is not None and affine.buffer not in self.buffers:
            self.buffers.append(affine.buffer)
        self.affine.append(affine)
        return len(self.affine) - 1

    def _along(self, index: IndexMap, strides: Sequence[int]) -> tuple[int, list[int]]:
        """Offset and strides of an index map over an array with these strides."""
        return strided(index, strides, len(self.kernel.shape))

    def _viewed(self, node: Node) -> tuple[Buffer, int, list[int]]:
        """Buffer, offset and strides of a view of a node in memory."""
        rank = len(node.shape)
        index = identity(node.shape, range(rank))
        while is_view(node) and node not in self.kernel.loads:
            node, index = node.args[0], through(node, index)
        buffer, strides = self.layout(node)
        return buffer, *strided(index, strides, rank)
