"""Lowering: a kernel becomes a loop nest and the run-time words that it is called with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dovetail.compile.alignment import REDUCTIONS, aligned_operand, operands
from dovetail.compile.index_map import Index, IndexMap, identity, is_view
from dovetail.compile.loops import (
    SHORT_ROW,
    Access,
    Accumulation,
    Instruction,
    Loop,
    Nest,
    Partial,
    RowItem,
    Store,
)
from dovetail.compile.steps import Buffer, Kernel, Root
from dovetail.graph.dtypes import DType, float32, float64, int64
from dovetail.graph.node import Node, Shape

# A task should take some tens of microseconds; more rows than this in one outer sum
# would lose precision in float32, and a sum over more tasks costs more partial results.
TASK_ELEMENTS = 32_768
OUTER_BLOCK_ROWS = 256
TILE_COLUMNS = 256

Layout = Callable[[Node], tuple[Buffer, tuple[int, ...]]]


@dataclass
class Lowered:
    """A nest, and what one call of it is given."""

    nest: Nest
    buffers: list[Buffer]
    words: list[int]
    scalars: list[Node]  # inputs and sizes passed by value, as float64
    partial_bytes: int


@dataclass
class _Affine:
    """Where an access lies, in dims of the kernel."""

    buffer: Buffer | None
    dtype: DType
    offset: int
    strides: list[int]
    axis_words: tuple[int, int] | None = None  # extent and stride of an indexed axis


@dataclass
class _Dim:
    """Adjacent dims of the kernel, merged into one loop."""

    members: list[int]
    extent: int


@dataclass
class _Scope:
    """A place where instructions go, and the values that are known there."""

    items: list[Instruction] = field(default_factory=list["Instruction"])
    values: dict[tuple[Node, IndexMap], int] = field(
        default_factory=dict["tuple[Node, IndexMap]", int]
    )


def row_major(shape: Shape, itemsize: int) -> tuple[int, ...]:
    strides: list[int] = []
    step = itemsize
    for extent in reversed(shape):
        strides.append(step)
        step *= extent
    return tuple(reversed(strides))


class Lowering:
    """Lowers one kernel."""

    def __init__(self, kernel: Kernel, layout: Layout) -> None:
        self.kernel = kernel
        self.layout = layout
        self.columns = kernel.columns or frozenset()
        self.affine: list[_Affine] = []
        self.access_of: dict[tuple[Node, IndexMap, str], int] = {}
        self.buffers: list[Buffer] = []
        self.scalars: list[Node] = []
        self.integers: list[int] = []
        self.entry = _Scope()
        self.row_items: list[RowItem] = []
        self.row_values: dict[tuple[Node, IndexMap], int] = {}
        self.loop: _Scope | None = None
        self.next_value = 0
        self.partials: list[Partial] = []
        self.depths: dict[tuple[Node, IndexMap], int] = {}
        self.reached: dict[tuple[Node, IndexMap], frozenset[int]] = {}
        self.reading: set[tuple[Node, IndexMap]] = set()
        self.row_reductions: dict[tuple[Node, IndexMap], IndexMap] = {}

    # Accesses.

    def load_access(self, node: Node, index: IndexMap, skip: int | None = None) -> int:
        """A load of a node that lies in memory; `skip`: the axis that is indexed."""
        key = (node, index, f"load{skip}")
        if key not in self.access_of:
            buffer, strides = self.layout(node)
            offset, vector = self._place(index, strides)
            words = None if skip is None else (node.shape[skip], strides[skip])
            self.access_of[key] = self._access(_Affine(buffer, node.dtype, offset, vector, words))
        return self.access_of[key]

    def store_access(self, root: Root, skip: int | None = None) -> int:
        strides = row_major(root.buffer.shape, root.buffer.dtype.itemsize)
        offset = sum(s * stride for s, stride in zip(root.starts, strides, strict=True))
        steps = tuple(s * stride for s, stride in zip(root.steps, strides, strict=True))
        index = identity(root.value.shape, root.dims)
        if root.value.op == "cumulative_sum" and root.value.attr("reverse"):
            index = self._reversed(index, root.value.attr("axis"))
        shift, vector = self._place(index, steps)
        words = None
        if skip is not None:
            words = (root.buffer.shape[skip], strides[skip])
            for entry in (index[skip],):
                if entry.dim is not None:
                    vector[entry.dim] -= entry.step * steps[skip]
        return self._access(_Affine(root.buffer, root.buffer.dtype, offset + shift, vector, words))

    def _access(self, affine: _Affine) -> int:
        if affine.buffer is not None and affine.buffer not in self.buffers:
            self.buffers.append(affine.buffer)
        self.affine.append(affine)
        return len(self.affine) - 1

    def _place(self, index: IndexMap, strides: Sequence[int]) -> tuple[int, list[int]]:
        offset, vector = 0, [0] * len(self.kernel.shape)
        for entry, stride in zip(index, strides, strict=True):
            offset += entry.offset * stride
            if entry.dim is not None:
                vector[entry.dim] += entry.step * stride
        return offset, vector

    def _reversed(self, index: IndexMap, axis: int) -> IndexMap:
        entry = index[axis]
        if entry.dim is None:
            return index
        flipped = Index(self.kernel.shape[entry.dim] - 1, -1, entry.dim)
        return (*index[:axis], flipped, *index[axis + 1 :])

    # What depends on what.

    def reach(self, node: Node, index: IndexMap) -> frozenset[int]:
        """The dims that a value depends on; registers its accesses and row reductions."""
        key = (node, index)
        if key in self.reached:
            return self.reached[key]
        dims: frozenset[int] = frozenset()
        depth = 0
        # What reads memory stays within the rows: an empty nest must not touch it.
        reading = node in self.kernel.loads or node.op in ("iota", "gather", *REDUCTIONS)
        if node in self.kernel.loads:
            dims = self._varies(self.load_access(node, index))
        elif node.op == "iota":
            entry = index[node.attr("axis")]
            dims = frozenset({entry.dim}) if entry.dim is not None else frozenset()
            self._iota_access(node, index)
        elif node.op in REDUCTIONS:
            inner = aligned_operand(node, index, self.kernel.shape, self.columns)
            assert inner is not None, f"{node} does not align with {self.kernel.shape}"
            self.row_reductions[key] = inner
            dims = self.reach(node.args[0], inner) - self.columns
            depth = 1 + self.depths[node.args[0], inner]
        else:
            for operand, inner in operands(node, index):
                dims |= self.reach(operand, inner)
                depth = max(depth, self.depths[operand, inner])
                reading = reading or (operand, inner) in self.reading
            if node.op == "gather":
                access = self._gather_access(node, index)
                dims |= self._varies(access)
        self.reached[key], self.depths[key] = dims, depth
        if reading:
            self.reading.add(key)
        return dims

    def _varies(self, access: int) -> frozenset[int]:
        return frozenset(dim for dim, step in enumerate(self.affine[access].strides) if step)

    def _iota_access(self, node: Node, index: IndexMap) -> int:
        key = (node, index, "iota")
        if key not in self.access_of:
            steps = [int(axis == node.attr("axis")) for axis in range(len(node.shape))]
            offset, vector = self._place(index, steps)
            self.access_of[key] = self._access(_Affine(None, int64, offset, vector))
        return self.access_of[key]

    def _gather_access(self, node: Node, index: IndexMap) -> int:
        axis = node.attr("axis")
        key = (node, index, "gather")
        if key not in self.access_of:
            source, place = node.args[0], index
            place = (*place[:axis], Index(0, 0, None), *place[axis + 1 :])
            buffer, strides, extra = self._through_views(source, place)
            offset, vector = extra
            self.access_of[key] = self._access(
                _Affine(buffer, node.dtype, offset, vector, (source.shape[axis], strides[axis]))
            )
        return self.access_of[key]

    def _through_views(
        self, source: Node, place: IndexMap
    ) -> tuple[Buffer, tuple[int, ...], tuple[int, list[int]]]:
        """Strides of a view of a node in memory, as if the view were an array of its own."""
        chain: list[Node] = []
        base = source
        while is_view(base) and base not in self.kernel.loads:
            chain.append(base)
            base = base.args[0]
        buffer, strides = self.layout(base)
        offset = 0
        for view in reversed(chain):
            offset, strides = _view_strides(view, offset, strides)
        shift, vector = self._place(place, strides)
        return buffer, strides, (offset + shift, vector)

    # The loops.

    def dims(self) -> tuple[list[_Dim], list[_Dim], list[_Dim]]:
        """Parallel, row and column dims, adjacent ones merged where every access allows."""
        shape, kernel = self.kernel.shape, self.kernel
        parallel = self._merged(sorted(kernel.parallel))
        if self.columns:
            rows = self._merged(sorted(kernel.rows))
            columns = self._merged(sorted(self.columns))
        else:
            free = self._merged(sorted(frozenset(range(len(shape))) - kernel.parallel))
            rows, columns = free[:-1], free[-1:]
        return parallel, rows, columns

    def _merged(self, members: Sequence[int]) -> list[_Dim]:
        shape = self.kernel.shape
        result: list[_Dim] = []
        for dim in members:
            if (
                result
                and dim - 1 == result[-1].members[-1]
                and all(a.strides[dim - 1] == a.strides[dim] * shape[dim] for a in self.affine)
            ):
                result[-1].members.append(dim)
                result[-1].extent *= shape[dim]
            else:
                result.append(_Dim([dim], shape[dim]))
        return result

    def lower(self) -> Lowered:
        kernel = self.kernel
        stored: list[tuple[Root, tuple[int, ...]]] = []
        for root in kernel.roots:
            for value, dims in root.computed():
                self.reach(value, self._index(root, value, dims))
            if root.reduction == "row":
                self.reach(root.value, identity(root.value.shape, root.dims))
            skip = root.value.attr("axis") if root.value.op == "scatter_add" else None
            if root.reduction == "outer" or root.reduction == "full":
                self.partials.append(
                    Partial(
                        root.value.op, root.value.dtype, root.reduction, self.store_access(root)
                    )
                )
                stored.append((root, (len(self.partials) - 1,)))
            else:
                stored.append((root, (self.store_access(root, skip),)))
        parallel, rows, columns = self.dims()
        inner = columns[-1] if columns else _Dim([], 1)
        outer = columns[:-1]
        transposed = self._is_short(parallel, rows, columns)
        if transposed:
            (inner,), outer, rows = rows, columns, []
        self.column_dims = frozenset(d for dim in columns for d in dim.members)
        self._emit(stored)
        nest = Nest(
            len(parallel), len(rows), len(outer), len(self.buffers),
            entry=self.entry.items, row=self.row_items, partials=self.partials,
            scalars=len(self.scalars), integers=len(self.integers), sequential=kernel.sequential,
            transposed=transposed,
        )  # fmt: skip
        words = self._words(nest, parallel, rows, outer, inner)
        return Lowered(nest, self.buffers, words, self.scalars, self.partial_size(words))

    def _is_short(
        self, parallel: list[_Dim], rows: list[_Dim], columns: list[_Dim]
    ) -> bool:
        """Whether rows are too short for vectors, and enough of them to be lanes instead."""
        crossed = any(partial.kind == "outer" for partial in self.partials)
        one_each = not parallel and len(rows) == len(columns) == 1
        return (
            bool(self.row_reductions)
            and one_each
            and not crossed
            and not self.kernel.sequential
            and columns[0].extent <= SHORT_ROW
            and rows[0].extent >= columns[0].extent
        )

    def _index(self, root: Root, value: Node, dims: tuple[int | None, ...]) -> IndexMap:
        index = identity(value.shape, dims)
        if root.value.op == "cumulative_sum" and root.value.attr("reverse"):
            index = self._reversed(index, root.value.attr("axis"))
        return index

    def _emit(self, stored: Sequence[tuple[Root, tuple[int, ...]]]) -> None:
        """Passes in order of depth: what a pass needs was computed by earlier ones."""
        deepest = max(
            [self.depths[key] for key in self.row_reductions]
            + [self.depths[value, self._index(root, value, dims)] + 1
               for root, _ in stored for value, dims in root.computed()]
        )  # fmt: skip
        waiting: list[tuple[Root, int]] = [(root, slots[0]) for root, slots in stored]
        for depth in range(1, deepest + 1):
            loop = Loop()
            self.loop = _Scope()
            finished: list[tuple[tuple[Node, IndexMap], int]] = []
            for key, inner in self.row_reductions.items():
                if self.depths[key] == depth:
                    value = self.value(key[0].args[0], inner)
                    result = self._fresh()
                    loop.accumulations.append(
                        Accumulation("row", key[0].op, value, key[0].dtype, result)
                    )
                    finished.append((key, result))
            later: list[tuple[Root, int]] = []
            for root, slot in waiting:
                keys = [(v, self._index(root, v, dims)) for v, dims in root.computed()]
                if root.reduction == "row" or max(self.depths[key] for key in keys) + 1 > depth:
                    later.append((root, slot))
                elif self._varies_in_columns(root, slot, keys):
                    self._store_in_loop(loop, root, slot, keys)
                else:
                    self._store_in_row(root, slot, keys)
            waiting = later
            loop.body = self.loop.items
            self.loop = None
            if loop.body or loop.accumulations or loop.stores:
                self.row_items.append(loop)
            for key, result in finished:
                self.row_values[key] = result
        for root, slot in waiting:
            index = identity(root.value.shape, root.dims)
            self.row_items.append(Store(slot, self.row_values[root.value, index]))

    def _varies_in_columns(
        self, root: Root, slot: int, keys: Sequence[tuple[Node, IndexMap]]
    ) -> bool:
        if self.kernel.sequential or root.reduction == "outer":
            return True
        reached = frozenset[int]().union(*(self.reached[key] for key in keys))
        if root.reduction == "full":
            reduced = {d for axis in root.value.attr("axes")
                       if (d := root.operand_dims[axis]) is not None}  # fmt: skip
            return bool((reached | reduced) & self.column_dims)
        return bool({d for d in root.dims if d is not None} & self.column_dims)

    def _store_in_loop(
        self, loop: Loop, root: Root, slot: int, keys: Sequence[tuple[Node, IndexMap]]
    ) -> None:
        values = [self.value(*key) for key in keys]
        dtype = root.value.dtype
        if root.reduction in ("outer", "full"):
            loop.accumulations.append(
                Accumulation(root.reduction, root.value.op, values[0], dtype, slot)
            )
        elif root.value.op == "cumulative_sum":
            assert self.loop is not None
            result = self._instruction(self.loop.items, "running_sum", (values[0],), dtype)
            loop.stores.append(Store(slot, result))
        elif root.value.op == "scatter_add":
            loop.stores.append(Store(slot, values[1], values[0]))
        else:
            loop.stores.append(Store(slot, values[0]))

    def _store_in_row(self, root: Root, slot: int, keys: Sequence[tuple[Node, IndexMap]]) -> None:
        loop, self.loop = self.loop, None
        value = self.value(*keys[0])
        self.loop = loop
        if root.reduction == "full":
            self.row_items.append(
                Accumulation("full", root.value.op, value, root.value.dtype, slot)
            )
        else:
            self.row_items.append(Store(slot, value))

    # Values.

    def _fresh(self) -> int:
        self.next_value += 1
        return self.next_value - 1

    def _instruction(
        self,
        items: list[Instruction] | list[RowItem],
        op: str,
        operands: tuple[int, ...],
        dtype: DType,
        detail: float | int | bool | None = None,
    ) -> int:
        result = self._fresh()
        items.append(Instruction(result, op, operands, dtype, detail))  # type: ignore[arg-type]
        return result

    def value(self, node: Node, index: IndexMap) -> int:
        """The value of a node at an index, computed as far out as its dims allow."""
        key = (node, index)
        reached = self.reached[key]
        if reached & self.column_dims:
            assert self.loop is not None, f"{node} varies in the columns"
            items: list[Instruction] | list[RowItem] = self.loop.items
            values = self.loop.values
        elif reached or key in self.reading:
            items, values = self.row_items, self.row_values
        else:
            items, values = self.entry.items, self.entry.values
        if key not in values:
            values[key] = self._compute(items, node, index)
        return values[key]

    def _compute(
        self, items: list[Instruction] | list[RowItem], node: Node, index: IndexMap
    ) -> int:
        if node in self.kernel.loads:
            access = self.load_access(node, index)
            return self._instruction(items, "load", (), node.dtype, access)
        if is_view(node):
            ((operand, inner),) = operands(node, index)
            return self.value(operand, inner)
        if node.op == "iota":
            number = self._instruction(items, "load", (), int64, self._iota_access(node, index))
            if node.dtype is int64:
                return number
            return self._instruction(items, f"cast:{int64}", (number,), node.dtype)
        if node.op == "constant":
            return self._instruction(items, "constant", (), node.dtype, node.attr("value"))
        if node.op in ("size", "input"):
            if node.dtype.is_floating:
                return self._scalar(items, node)
            self.integers.append(int(node.attr("value")))
            return self._instruction(items, "integer", (), node.dtype, len(self.integers) - 1)
        if node.op == "gather":
            position = self.value(node.args[1], index)
            access = self._gather_access(node, index)
            return self._instruction(items, f"gather:{node.args[1].dtype}", (position,),
                                     node.dtype, access)  # fmt: skip
        values = tuple(self.value(operand, inner) for operand, inner in operands(node, index))
        return self._instruction(items, _operation(node), values, node.dtype)

    def _scalar(self, items: list[Instruction] | list[RowItem], node: Node) -> int:
        if node not in self.scalars:
            self.scalars.append(node)
        wide = self._instruction(items, "scalar", (), float64, self.scalars.index(node))
        if node.dtype.compute is float64:
            return wide
        return self._instruction(items, f"cast:{float64}", (wide,), float32)

    # Run-time words.

    def _words(
        self,
        nest: Nest,
        parallel: list[_Dim],
        rows: list[_Dim],
        outer: list[_Dim],
        inner: _Dim,
    ) -> list[int]:
        row_count = math.prod(dim.extent for dim in rows)
        outer_count = math.prod(dim.extent for dim in outer)
        parallel_count = math.prod(dim.extent for dim in parallel)
        whole_rows = (
            bool(self.row_reductions)
            or self.kernel.sequential
            or any(isinstance(item, (Store, Accumulation)) for item in self.row_items)
            or outer_count > 1
        )
        outer_sums = any(partial.kind == "outer" for partial in self.partials)
        whole_rows = whole_rows and not nest.transposed
        length = max(1, inner.extent)
        for affine in self.affine:
            nest.accesses.append(self._finished(affine, inner))
        strided = any(a.inner == "general" and a.buffer is not None for a in nest.accesses)
        column_block = length
        if not whole_rows:
            narrow = (strided and rows) or outer_sums
            column_block = min(length, TILE_COLUMNS if narrow else TASK_ELEMENTS)
        if nest.transposed:
            column_block = min(length, max(1024, TASK_ELEMENTS // max(1, outer_count)))
        row_block = max(1, TASK_ELEMENTS // max(1, column_block * outer_count))
        if outer_sums:  # enough rows that the partial results are small beside what is read
            row_block = min(max(row_block, 16), OUTER_BLOCK_ROWS)
        if self.kernel.sequential and self.kernel.columns is None:
            row_block = max(1, row_count)
        row_blocks = -(-row_count // row_block)
        words = [
            parallel_count, row_count, outer_count, inner.extent,
            row_block, row_blocks, column_block, -(-length // column_block),
        ]  # fmt: skip
        words += [dim.extent for dim in (*parallel, *rows, *outer)]
        for affine in self.affine:
            words.append(affine.offset)
            for dim in (*parallel, *rows, *outer, inner):
                words.append(affine.strides[dim.members[-1]] if dim.members else 0)
            if affine.axis_words is not None:
                words += affine.axis_words
        return words + self.integers

    def _finished(self, affine: _Affine, inner: _Dim) -> Access:
        stride = affine.strides[inner.members[-1]] if inner.members else 0
        unit = 1 if affine.buffer is None else affine.dtype.itemsize
        kind = "zero" if stride == 0 else "unit" if stride == unit else "general"
        buffer = None if affine.buffer is None else self.buffers.index(affine.buffer)
        return Access(buffer, affine.dtype, kind, affine.axis_words is not None)

    def partial_size(self, words: Sequence[int]) -> int:
        """Bytes of partial results: for each parallel point and block of rows, 8 per value."""
        parallel, _, outer, columns, _, row_blocks, _, column_blocks = words[:8]
        per_task = sum(
            8 * outer * columns if partial.kind == "outer" else 8 for partial in self.partials
        )
        return per_task * parallel * row_blocks * column_blocks


def _operation(node: Node) -> str:
    """The operation with the operand type, where that is not the result's."""
    if node.op == "cast":
        scalar = not node.shape and node.args[0].dtype is float64
        exact = ":exact" if scalar else ""
        return f"cast:{node.args[0].dtype}{exact}"
    if node.primitive.category == "elementwise" and node.args[-1].dtype is not node.dtype:
        return f"{node.op}:{node.args[-1].dtype}"
    return node.op


def _view_strides(view: Node, offset: int, strides: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    operand = view.args[0]
    if view.op == "permute":
        return offset, tuple(strides[axis] for axis in view.attr("axes"))
    if view.op == "slice":
        offset += sum(s * stride for s, stride in zip(view.attr("starts"), strides, strict=True))
        steps = view.attr("steps")
        return offset, tuple(s * stride for s, stride in zip(steps, strides, strict=True))
    if view.op == "broadcast":
        result = [0] * len(view.shape)
        for dim, extent, stride in zip(view.attr("dims"), operand.shape, strides, strict=True):
            result[dim] = 0 if extent == 1 else stride
        return offset, tuple(result)
    kept = iter(
        stride for stride, extent in zip(strides, operand.shape, strict=True) if extent != 1
    )
    return offset, tuple(0 if extent == 1 else next(kept) for extent in view.shape)


def lower(kernel: Kernel, layout: Layout) -> Lowered:
    """The loop nest of a kernel, for arrays that lie as `layout` says."""
    return Lowering(kernel, layout).lower()
