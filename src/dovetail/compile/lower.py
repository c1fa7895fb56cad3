"""Lower a kernel to a loop nest and the run-time words of a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dovetail.compile.accesses import AccessTable, Layout
from dovetail.compile.alignment import aligned_operand, operands
from dovetail.compile.blocks import access_of, arrange, partial_bytes, words_of
from dovetail.compile.cpu.native import has_fused_multiply_add
from dovetail.compile.index_map import IndexMap, identity
from dovetail.compile.jam import jam
from dovetail.compile.loops import (
    COSTLY,
    CPU,
    Accumulation,
    Instruction,
    Loop,
    Nest,
    Partial,
    Processor,
    RowItem,
    Store,
    running,
)
from dovetail.compile.steps import Buffer, Kernel, Root
from dovetail.compile.streaming import stream
from dovetail.graph.dtypes import DType, float32, float64, int64
from dovetail.graph.node import Node, post_order
from dovetail.graph.primitives.indexing import counts_from_end, is_inside
from dovetail.graph.views import is_reduction, is_view

Key = tuple[Node, IndexMap]


@dataclass
class Lowered:
    """A nest with the buffers, words and scalars of one call."""

    nest: Nest
    buffers: list[Buffer]
    words: list[int]
    scalars: list[Node]  # inputs and sizes passed by value, as float64
    partial_bytes: int

    @property
    def values(self) -> list[float]:
        """The scalars as far as they are known; those of a call are 0."""
        return [0.0 if node.op == "input" else node.attr("value") for node in self.scalars]

    def given(self, inputs: Sequence[Node]) -> list[tuple[int, int]]:
        """The scalars of a call: the place of each here, and among these inputs."""
        found = enumerate(self.scalars)
        return [(place, inputs.index(node)) for place, node in found if node.op == "input"]

    def access_words(self, number: int) -> list[int]:
        """The run-time words of an access: its offset and strides."""
        start = self.nest.access_words(number)
        return self.words[start : start + 1 + self.nest.dims]


@dataclass
class _Scope:
    """A list of instructions, and the values that are available to them."""

    items: list[Instruction] = field(default_factory=list["Instruction"])
    values: dict[Key, int] = field(default_factory=dict["Key", int])


@dataclass
class _Task:
    """A root that is being lowered: its store or partial result, and the values it needs."""

    root: Root
    target: int  # its access, or its partial result
    keys: list[Key]
    depth: int  # the first pass in which all values that it needs are available


class Lowering:
    """Lowers one kernel."""

    def __init__(
        self, kernel: Kernel, layout: Layout, stored: Mapping[Node, Buffer], processor: Processor
    ) -> None:
        self.kernel = kernel
        self.on_cpu = processor == CPU
        self.stored = stored  # values that a kernel stores and others use
        self.fused = kernel.columns or frozenset()
        self.table = AccessTable(kernel, layout)
        self.columns: frozenset[int] = frozenset()
        self.scalars: list[Node] = []
        self.integers: list[int] = []
        self.partials: list[Partial] = []
        self.entry = _Scope()
        self.row_items: list[RowItem] = []
        self.row_values: dict[Key, int] = {}
        self.loop: _Scope | None = None
        self.next_value = 0
        self.depths: dict[Key, int] = {}
        self.reached: dict[Key, frozenset[int]] = {}
        self.reading: set[Key] = set()
        self.row_reductions: dict[Key, IndexMap] = {}
        self.stashed: dict[Key, int] = {}  # values that an earlier pass has stored in an output

    # Dependencies.

    def reach(self, node: Node, index: IndexMap) -> None:
        """Register the dims that a value depends on, its accesses and its row reductions."""
        for key in post_order([(node, index)], self._reached_from):
            if key not in self.reached:
                self._register(*key)

    def _reached_from(self, key: Key) -> Iterable[Key]:
        node, index = key
        if key in self.reached or node in self.kernel.loads or node.op == "iota":
            return
        if not is_reduction(node):
            yield from operands(node, index)
            return
        inner = aligned_operand(node, index, self.kernel.shape, self.fused)
        assert inner is not None, f"{node} does not align with {self.kernel.shape}"
        self.row_reductions[key] = inner
        yield node.args[0], inner

    def _register(self, node: Node, index: IndexMap) -> None:
        """Register a value, after everything that it is computed from."""
        key = (node, index)
        dims: frozenset[int] = frozenset()
        depth = 0
        # Loads stay within the rows: an empty nest must not touch memory.
        reading = node in self.kernel.loads or node.op in ("iota", "gather") or is_reduction(node)
        if node in self.kernel.loads:
            dims = self.table.varies(self.table.load(node, index))
        elif node.op == "iota":
            dims = self.table.varies(self.table.position(node, index))
        elif is_reduction(node):
            operand = node.args[0], self.row_reductions[key]
            dims = self.reached[operand] - self.fused
            depth = 1 + self.depths[operand]
        else:
            for operand in operands(node, index):
                dims |= self.reached[operand]
                depth = max(depth, self.depths[operand])
                reading = reading or operand in self.reading
            if node.op == "gather":
                dims |= self.table.varies(self.table.gather(node, index))
        self.reached[key], self.depths[key] = dims, depth
        if reading:
            self.reading.add(key)

    def lower(self) -> Lowered:
        kernel = self.kernel
        tasks = [self._task(root) for root in kernel.roots]
        crossed = any(partial.kind == "outer" for partial in self.partials)
        costly = any(node.op in COSTLY for node, _ in self.reached)
        transposable = costly and bool(self.row_reductions) and not (crossed or kernel.sequential)
        transposable = transposable and self.on_cpu
        loops = arrange(kernel, self.table.affine, transposable)
        self.columns = loops.columns
        self._emit(tasks)
        nest = Nest(
            len(loops.parallel), len(loops.rows), len(loops.outer), len(self.table.buffers),
            entry=self.entry.items, row=self.row_items, partials=self.partials,
            scalars=len(self.scalars), integers=len(self.integers),
            sequential=kernel.sequential, transposed=loops.transposed,
            masked=loops.short and not (self.row_reductions or self.partials or kernel.sequential),
        )  # fmt: skip
        nest.accesses = [
            access_of(each, loops.inner, self.table.buffers) for each in self.table.affine
        ]
        whole_rows = (
            bool(self.row_reductions)
            or kernel.sequential
            or any(isinstance(item, (Store, Accumulation)) for item in self.row_items)
        )
        words = words_of(nest, loops, self.table.affine, self.integers, whole_rows)
        if self.on_cpu:
            stream(nest, self.table.buffers, words)
            jam(nest, words)
        size = partial_bytes(nest, words)
        return Lowered(nest, self.table.buffers, words, self.scalars, size)

    def _task(self, root: Root) -> _Task:
        keys = [(value, self.table.index(root, value, dims)) for value, dims in root.computed()]
        for key in keys:
            self.reach(*key)
        if root.reduction == "row":
            self.reach(root.value, identity(root.value.shape, root.dims))
        target = self.table.store(root)
        if root.reduction in ("outer", "full"):
            self.partials.append(Partial(root.value.op, root.value.dtype, root.reduction, target))
            target = len(self.partials) - 1
        return _Task(root, target, keys, 1 + max(self.depths[key] for key in keys))

    # The passes.

    def _emit(self, tasks: Sequence[_Task]) -> None:
        """Passes in order of depth: what a pass needs was computed by earlier ones."""
        depths = [self.depths[key] for key in self.row_reductions]
        deepest = max([*depths, *(task.depth for task in tasks)])
        stashes = self._stashes(tasks, deepest)
        for depth in range(1, deepest + 1):
            # An output that has its final values no longer holds stashed ones.
            stored = [task for task in tasks if task.depth < depth and not task.root.reduction]
            written = {task.target for task in stored}
            self.stashed = {key: at for key, at in self.stashed.items() if at not in written}
            loop = Loop()
            self.loop = _Scope()
            finished: dict[Key, int] = {}
            for key, inner in self.row_reductions.items():
                if self.depths[key] == depth:
                    value, times = self._summand(key[0], inner)
                    finished[key] = result = self._fresh()
                    loop.accumulations.append(
                        Accumulation("row", key[0].op, value, key[0].dtype, result, times)
                    )
            for task in tasks:
                if task.depth == depth and task.root.reduction != "row":
                    if self._varies_in_columns(task):
                        self._store_in_loop(loop, task)
                    else:
                        self._store_in_row(task)
            for key, access in stashes.get(depth, {}).items():
                loop.stores.append(Store(access, self.value(*key)))
                self.stashed[key] = access
            loop.body = self.loop.items
            self.loop = None
            if loop.body or loop.accumulations or loop.stores:
                self.row_items.append(loop)
            self.row_values.update(finished)
        for task in tasks:
            if task.root.reduction == "row":
                index = identity(task.root.value.shape, task.root.dims)
                value = self.row_values[task.root.value, index]
                self.row_items.append(Store(task.target, value))

    def _stashes(self, tasks: Sequence[_Task], deepest: int) -> dict[int, dict[Key, int]]:
        """For each pass, the costly values that later passes load from an output's row.

        Until a later pass stores an output, its row can hold another value of the same type.
        """
        free = [
            task
            for task in tasks
            if not task.root.reduction
            and not self.kernel.sequential
            and len(self.table.varies(task.target)) == len(self.kernel.shape)
            and task.root.buffer.dtype.compute is task.root.buffer.dtype
        ]
        wanted: dict[Key, list[int]] = {}
        for depth in range(1, deepest + 1):
            starts = [(key[0].args[0], inner) for key, inner in self.row_reductions.items()
                      if self.depths[key] == depth]  # fmt: skip
            starts += [key for task in tasks if task.depth == depth for key in task.keys]
            for key in self._costly_under(starts):
                wanted.setdefault(key, []).append(depth)
        result: dict[int, dict[Key, int]] = {}
        for key, passes in wanted.items():
            room = next(
                (t for t in free if passes[0] < t.depth >= passes[-1] and len(passes) > 1
                 and t.root.buffer.dtype is key[0].dtype
                 and len(self.reached[key]) == len(self.kernel.shape)), None,
            )  # fmt: skip
            if room is not None:
                free.remove(room)
                result.setdefault(passes[0], {})[key] = room.target
        return result

    def _costly_under(self, starts: Sequence[Key]) -> list[Key]:
        """The topmost costly values that are computed in loops over columns."""
        found: dict[Key, None] = {}
        seen: set[Key] = set()
        stack = list(starts)
        while stack:
            key = stack.pop()
            node, index = key
            outside = node in self.kernel.loads or not self.reached[key] & self.columns
            if key in seen or outside:
                continue
            seen.add(key)
            if node.op in COSTLY:
                found[key] = None
            else:
                stack.extend(operands(node, index))
        return list(found)

    def _varies_in_columns(self, task: _Task) -> bool:
        root = task.root
        if self.kernel.sequential or root.reduction == "outer":
            return True
        if root.reduction == "full":
            axes = root.value.ints("axes")
            reached = frozenset[int]().union(*(self.reached[key] for key in task.keys))
            reduced = {dim for axis in axes if (dim := root.operand_dims[axis]) is not None}
            return bool((reached | reduced) & self.columns)
        return bool({dim for dim in root.dims if dim is not None} & self.columns)

    def _store_in_loop(self, loop: Loop, task: _Task) -> None:
        root, target = task.root, task.target
        dtype = root.value.dtype
        if root.reduction in ("outer", "full"):
            ((_, index),) = task.keys
            value, times = self._summand(root.value, index)
            loop.accumulations.append(
                Accumulation(root.reduction, root.value.op, value, dtype, target, times)
            )
            return
        values = [self.value(*key) for key in task.keys]
        if root.value.primitive.category == "running":
            assert self.loop is not None
            result = self._instruction(self.loop.items, running(root.value), tuple(values), dtype)
            loop.stores.append(Store(target, result))
        elif combine := root.value.primitive.combine:
            index, extent = root.value.args[-2], root.value.shape[root.value.integer("axis")]
            known = is_inside(index, extent, from_end=False)
            loop.stores.append(Store(target, values[1], values[0], combine, known))
        else:
            loop.stores.append(Store(target, values[0]))

    def _summand(self, reduction: Node, index: IndexMap) -> tuple[int, int | None]:
        """The summand of a reduction: a value, or two values whose product is contracted."""
        operand = reduction.args[0]
        product = (
            reduction.op == "sum"
            and operand.op == "multiply"
            and operand.dtype.is_floating
            and operand not in self.stored
            and (has_fused_multiply_add() or not self.on_cpu)
        )
        if not product:
            return self.value(operand, index), None
        x, y = (self.value(arg, inner) for arg, inner in operands(operand, index))
        return x, y

    def _store_in_row(self, task: _Task) -> None:
        root = task.root
        loop, self.loop = self.loop, None
        value = self.value(*task.keys[0])
        self.loop = loop
        if root.reduction == "full":
            dtype = root.value.dtype
            self.row_items.append(Accumulation("full", root.value.op, value, dtype, task.target))
        else:
            self.row_items.append(Store(task.target, value))

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
        items.append(Instruction(result, op, operands, dtype, detail))
        return result

    def value(self, node: Node, index: IndexMap) -> int:
        """The value of a node at an index, computed in the outermost possible loop."""
        root = node, index
        for key in post_order([root], self._missing):
            items, values = self._scope(key)
            if key not in values:
                values[key] = self._compute(items, *key)
        return self._scope(root)[1][root]

    def _missing(self, key: Key) -> Iterable[Key]:
        """The operands of a value that is not computed yet."""
        node, index = key
        ready = key in self._scope(key)[1] or key in self.stashed or node in self.kernel.loads
        return () if ready or node.op == "iota" else operands(node, index)

    def _known(self, key: Key) -> int:
        return self._scope(key)[1][key]

    def _scope(self, key: Key) -> tuple[list[Instruction] | list[RowItem], dict[Key, int]]:
        """Where a value is computed, and what has been computed there."""
        if self.reached[key] & self.columns:
            assert self.loop is not None, f"{key[0]} varies in the columns"
            return self.loop.items, self.loop.values
        if self.reached[key] or key in self.reading:
            return self.row_items, self.row_values
        return self.entry.items, self.entry.values

    def _compute(
        self, items: list[Instruction] | list[RowItem], node: Node, index: IndexMap
    ) -> int:
        if (node, index) in self.stashed:
            return self._instruction(items, "load", (), node.dtype, self.stashed[node, index])
        if node in self.kernel.loads:
            access = self.table.load(node, index)
            return self._instruction(items, "load", (), node.dtype, access)
        if is_view(node):
            (operand,) = operands(node, index)
            return self._known(operand)
        if node.op == "iota":
            number = self._instruction(items, "load", (), int64, self.table.position(node, index))
            if node.dtype is int64:
                return number
            return self._instruction(items, f"cast:{int64}", (number,), node.dtype)
        if node.op == "constant":
            return self._instruction(items, "constant", (), node.dtype, node.attr("value"))
        if node.op in ("size", "input"):
            if node.dtype.is_floating:
                return self._scalar(items, node)
            self.integers.append(node.attr("value"))
            return self._instruction(items, "integer", (), node.dtype, len(self.integers) - 1)
        if node.op == "checked_index":
            position = self._known((node.args[0], index))
            self.integers.append(node.integer("extent"))
            word = "checked_index" if counts_from_end(node) else "checked_label"
            op = f"{word}:{node.args[0].dtype}"
            return self._instruction(items, op, (position,), node.dtype, len(self.integers) - 1)
        if node.op == "gather":
            position = self._known((node.args[1], index))
            access = self.table.gather(node, index)
            return self._instruction(items, f"gather:{node.args[1].dtype}", (position,),
                                     node.dtype, access)  # fmt: skip
        values = tuple(self._known(operand) for operand in operands(node, index))
        result = self._instruction(items, _operation(node), values, node.dtype)
        if self._rounds(node):
            result = self._instruction(items, f"cast:{float32}", (result,), node.dtype)
        return result

    def _rounds(self, node: Node) -> bool:
        """Whether a half precision is rounded when computed, not only when stored.

        Values that another kernel loads from memory are rounded, so they must be rounded here too.
        Statistics are stored as float32.
        """
        narrow = node.dtype.is_floating and node.dtype.compute is not node.dtype
        return narrow and node in self.stored and self.stored[node].dtype is node.dtype

    def _scalar(self, items: list[Instruction] | list[RowItem], node: Node) -> int:
        if node not in self.scalars:
            self.scalars.append(node)
        wide = self._instruction(items, "scalar", (), float64, self.scalars.index(node))
        if node.dtype.compute is float64:
            return wide
        return self._instruction(items, f"cast:{float64}", (wide,), float32)


def _operation(node: Node) -> str:
    """The operation, with the type of the operand if the result has another type."""
    if node.op == "cast":
        scalar = not node.shape and node.args[0].dtype is float64
        exact = ":exact" if scalar or ("exact", True) in node.attrs else ""
        return f"cast:{node.args[0].dtype}{exact}"
    if node.primitive.category == "elementwise" and node.args[-1].dtype is not node.dtype:
        return f"{node.op}:{node.args[-1].dtype}"
    return node.op


def lower(
    kernel: Kernel, layout: Layout, stored: Mapping[Node, Buffer], processor: Processor = CPU
) -> Lowered:
    """The loop nest of a kernel for arrays with this layout."""
    return Lowering(kernel, layout, stored, processor).lower()
