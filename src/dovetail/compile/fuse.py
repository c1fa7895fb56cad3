"""Fusion: choose which values are stored in memory, and which kernel computes each of them.

Every value that must be in memory is the root of a kernel: outputs, operands of library calls,
sources of gathers. A root includes all the pointwise work above it, and the reductions that align
with its loops: a reduction over the columns of the kernel's rows costs one more pass over a row
that is in cache. Roots over the same iteration space that share operands join one kernel, unless
one depends on the other through another step.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from dovetail.compile.alignment import drop_units, is_array_leaf
from dovetail.compile.expression import DEEPEST_EXPRESSION, Expression, expression_of
from dovetail.compile.index_checks import IndexCheck, check_of, remaining
from dovetail.compile.index_map import IndexMap, identity, through
from dovetail.compile.loops import Processor
from dovetail.compile.panels import panel_constants, panel_matmul
from dovetail.compile.spaces import Dims, Spaces, new_root, operand_dims
from dovetail.compile.step_order import StepOrder
from dovetail.compile.steps import (
    Buffer,
    Kernel,
    LibraryCall,
    LoopCall,
    Operand,
    Root,
    Schedule,
    Step,
)
from dovetail.compile.stored import is_covered, read_repeatedly
from dovetail.compile.tiled_convolution import TILED
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.elementwise import add
from dovetail.graph.primitives.row import is_library_call, is_number, is_scalar
from dovetail.graph.primitives.scan import is_loop, loop_key, members
from dovetail.graph.primitives.structure import add_at, reshape, slice_
from dovetail.graph.views import (
    assembles,
    is_barrier,
    is_ordered,
    is_unit_reshape,
    is_view,
    statistics_of,
)

MOST_OPERATIONS = 512  # of one kernel: in longer ones, LLVM takes longer for each
MOST_CANDIDATES = 64  # kernels that a value tries to join, the latest first


class Fuser:
    """Builds the schedule of one graph."""

    def __init__(self, graph: Graph, contiguous: frozenset[Node], processor: Processor) -> None:
        self.graph = graph
        self.contiguous = contiguous
        self.buffers: dict[Node, Buffer] = {}
        self.writers: dict[Buffer, list[Step]] = {}
        self.order = StepOrder()
        self.readers: dict[Node, dict[Kernel, None]] = {}
        self.row_values: dict[Node, tuple[Kernel, Dims]] = {}
        self.computed: dict[Kernel, set[Node]] = {}  # in the loops of each kernel
        self.checked: set[IndexCheck] = set()
        self.spaces = Spaces(self.known, processor)
        self.uses = Counter(arg for node in graph for arg in node.args) + Counter(graph.outputs)
        self.statistics = statistics_of(graph)
        self.loops = members(graph)

    # Traversal.

    def base(self, node: Node) -> Node:
        """The node in memory under a chain of views."""
        while is_view(node) and node not in self.buffers:
            node = node.args[0]
        return node

    def known(self, node: Node) -> bool:
        """Whether a node is in memory already."""
        return is_array_leaf(node) or node in self.buffers

    def in_memory(self, node: Node, index: IndexMap, own: Kernel) -> bool:
        """Whether a kernel loads the node instead of computing it."""
        if is_array_leaf(node):
            self.materialise(node)
            return True
        if node not in self.buffers:
            return False
        if own not in self.writers.get(self.buffers[node], ()):
            return True
        return not any(
            root.value is node and identity(node.shape, root.dims) == index
            for root in own.roots
            if root.reduction in (None, "row")
        )

    def expression(self, node: Node, index: IndexMap, kernel: Kernel) -> Expression:
        """What a value needs in a kernel."""
        return expression_of(node, index, kernel, self.in_memory, self.stored_source)

    def stored_source(self, gather: Node) -> Node:
        """The array that a gather reads, in memory."""
        source = self.base(gather.args[0])
        self.materialise(source)
        return source

    # Building.

    def materialise(self, node: Node) -> Buffer:
        """The buffer of a node's value; adds a step to compute it if necessary."""
        if node in self.buffers:
            return self.buffers[node]
        if is_scalar(node):
            self.buffers[node] = self._copy(node)
        elif node.op in ("input", "literal"):
            self.buffers[node] = Buffer(node.shape, node.dtype, source=node)
        elif node.primitive is add_at:
            self._accumulate(node)
        elif assembles(node):
            self._assemble(node)
        elif is_library_call(node):
            self._library(node)
        elif is_loop(node):
            self._loop(node)
        elif node.op == "reshape" and not is_unit_reshape(node):
            self.buffers[node] = self._contiguous(node.args[0])
        elif node.primitive.sequential:
            self._sequential(node)
        elif node in self.row_values:
            self._store_row_value(node)
        else:
            kernel, root = self.spaces.space(node)
            self._widen(root)
            self._add(kernel, root)
            self.buffers[node] = root.buffer
        return self.buffers[node]

    def _widen(self, root: Root) -> None:
        """Store a half precision's statistic in float32, as in a single kernel."""
        node = root.value
        is_output_alone = self.uses[node] == 1 and node in self.graph.outputs
        if node in self.statistics and node.dtype.is_floating and not is_output_alone:
            root.buffer.dtype = node.dtype.compute

    def _narrow(self, node: Node) -> Buffer:
        """A buffer with a value in the type of its node."""
        buffer = self.materialise(node)
        return buffer if buffer.dtype is node.dtype else self._copy(node)

    def _contiguous(self, node: Node) -> Buffer:
        buffer = self.materialise(node)
        if buffer.source is None or buffer.source in self.contiguous:
            return buffer
        return self._copy(node)

    def _copy(self, node: Node) -> Buffer:
        """A new buffer with a copy of a value that is in memory."""
        shape, dims = drop_units(node.shape)
        root = new_root(reshape(node, shape=node.shape), dims)
        self._add(Kernel(shape), root)
        return root.buffer

    def _assemble(self, node: Node) -> None:
        """Store each piece at its offset; the padding is zero."""
        buffer = Buffer(node.shape, node.dtype, zeroed=node.op == "pad")
        self.writers[buffer] = []
        start = 0
        for piece in node.args:
            kernel, root = self._piece(piece, buffer)
            if node.op == "pad":
                root.starts, root.steps = node.ints("starts"), node.ints("steps")
            else:
                axis = node.integer("axis")
                rank = len(node.shape)
                root.starts = tuple(start if dim == axis else 0 for dim in range(rank))
                start += piece.shape[axis]
            self._add(kernel, root)
        self.buffers[node] = buffer

    def _accumulate(self, node: Node) -> None:
        """Add to a value where it lies, or to a copy of it where it is needed itself."""
        whole, part = node.args
        buffer = self.materialise(whole)
        mine = self.uses[whole] == 1 and buffer.source is None and buffer.dtype is node.dtype
        if not mine:
            buffer, whole = self._copy(whole), reshape(whole, shape=whole.shape)
            self.buffers[whole] = buffer
        starts, steps = node.ints("starts"), node.ints("steps")
        if not node.flag("apart"):
            part = add(slice_(whole, starts=starts, steps=steps, sizes=part.shape), part)
        elif mine and is_covered(node):
            buffer.zeroed = False
        kernel, root = self._piece(part, buffer)
        root.starts, root.steps = starts, steps
        self._add(kernel, root)
        self.buffers[node] = buffer

    def _library(self, node: Node) -> None:
        operands = tuple(map(self._whole if node.primitive in TILED else self._viewed, node.args))
        if node.primitive is panel_matmul:
            operands = self._in_rows(node.args[0], operands[0]), operands[1]
        call = LibraryCall(node, operands, Buffer(node.shape, node.dtype))
        self._append(call, {operand.buffer for operand in operands})
        self.writers[call.buffer] = [call]
        self.buffers[node] = call.buffer

    def _viewed(self, node: Node) -> Operand:
        """A value that is read through the views over what is in memory."""
        extents = node.shape
        index = identity(extents, range(len(extents)))
        while is_view(node) and node not in self.buffers:
            node, index = node.args[0], through(node, index)
        return Operand(self._narrow(node), node.shape, index, extents)

    def _loop(self, node: Node) -> None:
        """All outputs of a loop; a first carry lies as the body's program leaves the others."""
        key = loop_key(node)
        body, length, reverse = key[:3]
        whole = {*range(body.carries), *panel_constants(body)}
        operands = [
            self._whole(arg) if number in whole or is_scalar(arg) else self._viewed(arg)
            for number, arg in enumerate(node.args)
        ]
        found = [
            Buffer(inner.shape if n < body.carries else (length, *inner.shape), inner.dtype)
            for n, inner in enumerate(body.outputs)
        ]
        scratch = [Buffer(buffer.shape, buffer.dtype) for buffer in found[: body.carries]]
        call = LoopCall(body, length, reverse, tuple(operands), tuple(found), tuple(scratch))
        self._append(call, {operand.buffer for operand in operands})
        for buffer in (*found, *scratch):
            self.writers[buffer] = [call]
        for member in self.loops[key]:
            self.buffers[member] = found[member.integer("index")]

    def _in_rows(self, node: Node, found: Operand) -> Operand:
        """A matrix as it was found, or a copy with contiguous rows."""
        return found if self._has_rows(found) else self._copied(node)

    def _has_rows(self, matrix: Operand) -> bool:
        """Whether the elements of a row of a matrix follow each other in memory."""
        source, last = matrix.buffer.source, matrix.index[-1]
        in_rows = matrix.extents[-1] == 1 or (last.step == 1 and last.dim == 1 and not last.more)
        return in_rows and (source is None or source in self.contiguous)

    def _whole(self, node: Node) -> Operand:
        """A value in C order."""
        found = self._viewed(node)  # stores what it is a view of
        in_order = identity(node.shape, range(len(node.shape)))
        source = found.buffer.source
        whole = found.index == in_order and found.buffer.shape == node.shape
        if whole and (source is None or source in self.contiguous):
            return found
        return self._copied(node)

    def _copied(self, node: Node) -> Operand:
        buffer, order = self._copy(node), identity(node.shape, range(len(node.shape)))
        return Operand(buffer, node.shape, order, node.shape)

    def _sequential(self, node: Node) -> None:
        """A running reduction along an axis, or a scatter: a separate kernel."""
        changed, read = node.args[:-2], node.args[-2:]  # a scatter may change an array
        shape, dims = drop_units(read[-1].shape)
        for arg in read:  # the order of reads is fixed: no reduction is fused
            self.materialise_misaligned(arg, dims, Kernel(shape))
        dim = dims[node.integer("axis")]
        running = node.primitive.category == "running"
        columns = frozenset({dim}) if running and dim is not None else None
        root = new_root(node, dims)
        root.buffer.zeroed = not running and not changed
        check = check_of(node)
        if check is not None and read[-1].size:
            self.checked.add(check)
        kernel = Kernel(shape, columns, sequential=True)
        before = self._store_first(changed[0], root.buffer) if changed else set[Step]()
        self._add(kernel, root)
        self.order.require(kernel, before)
        self.buffers[node] = root.buffer

    def _store_first(self, node: Node, buffer: Buffer) -> set[Step]:
        """Store the array that a scatter changes in its buffer; the steps that do."""
        self._add(*self._piece(node, buffer))
        return set(self.writers[buffer])

    def _piece(self, node: Node, buffer: Buffer) -> tuple[Kernel, Root]:
        """A kernel that stores a value in a buffer of another one."""
        if is_ordered(node) and self.uses[node] > 1:
            self.materialise(node)
        kernel, root = self.spaces.space(node)
        root.buffer = buffer
        return kernel, root

    def materialise_misaligned(self, value: Node, dims: Dims, kernel: Kernel) -> Expression:
        """The expression of a value, after storing every reduction that cannot be fused."""
        while True:
            expression = self.expression(value, identity(value.shape, dims), kernel)
            if not expression.misaligned:
                return expression
            self.materialise(expression.misaligned[0])

    def _expressions(self, kernel: Kernel, root: Root) -> list[Expression]:
        return [self.materialise_misaligned(value, dims, kernel) for value, dims in root.computed()]

    def _add(self, kernel: Kernel, root: Root) -> None:
        """Add a root to an existing kernel, or to a new one."""
        self.writers.setdefault(root.buffer, [])
        expressions = self._expressions(kernel, root)
        joined = None if kernel.sequential else self._join(kernel, root, expressions)
        if joined is None:
            if self._share_row_values(expressions):
                expressions = self._expressions(kernel, root)
            joined = kernel, expressions
            self.order.add(kernel)
            self.computed[kernel] = set()
        target, expressions = joined
        target.roots.append(root)
        self.writers[root.buffer].append(target)
        for expression in expressions:
            target.loads.update(expression.loads)
            self.computed[target] |= expression.nodes
            self.checked |= expression.checks
            for node in expression.loads:
                self.readers.setdefault(node, {})[target] = None
            self.order.require(target, self._writers(expression))
            for reduction, dims in expression.reductions.items():
                self.row_values.setdefault(reduction, (target, dims))

    def _writers(self, expression: Expression) -> set[Step]:
        """The steps that write what an expression loads."""
        writers = self.writers
        return {step for node in expression.loads for step in writers.get(self.buffers[node], ())}

    def _append(self, step: Step, buffers: set[Buffer]) -> None:
        writers = [writer for buffer in buffers for writer in self.writers.get(buffer, ())]
        self.order.add(step, writers)

    def _share_row_values(self, expressions: Sequence[Expression]) -> bool:
        """Store row statistics in the kernel that computes them, and load them in others."""
        shared = False
        for expression in expressions:
            for reduction in expression.reductions:
                if reduction in self.row_values and reduction not in self.buffers:
                    self._store_row_value(reduction)
                    shared = True
        return shared

    def _store_row_value(self, reduction: Node) -> None:
        """Make the kernel that computes a row reduction also store it."""
        kernel, dims = self.row_values[reduction]
        root = new_root(reduction, dims)
        self._widen(root)
        root.reduction = "row"
        root.operand_dims = operand_dims(reduction, dims, kernel)
        kernel.roots.append(root)
        self.writers[root.buffer] = [kernel]
        self.buffers[reduction] = root.buffer

    # Merging.

    def _join(
        self, kernel: Kernel, root: Root, expressions: Sequence[Expression]
    ) -> tuple[Kernel, list[Expression]] | None:
        """A kernel over the same space, with common operands, that the root joins.

        With it the expressions of the root as that kernel computes them.
        """
        candidates: dict[Kernel, None] = {}
        writers: set[Step] = set()
        for expression in expressions:
            for node in expression.loads:
                for step in self.writers.get(self.buffers[node], ()):
                    writers.add(step)
                    if isinstance(step, Kernel):
                        candidates[step] = None
                readers = reversed(self.readers.get(node, {}))
                latest = list(itertools.islice(readers, MOST_CANDIDATES))
                candidates.update(dict.fromkeys(reversed(latest)))
        for candidate in itertools.islice(reversed(candidates), MOST_CANDIDATES):
            # A step between the two stays between them, whatever the root computes itself.
            if not self.order.depend(writers - {candidate}, candidate):
                found = self._joined(candidate, kernel, root, expressions)
                if found is not None:
                    return candidate, found
        return None

    def _joined(
        self, target: Kernel, kernel: Kernel, root: Root, expressions: Sequence[Expression]
    ) -> list[Expression] | None:
        """The root's expressions in the target if it can join; the target takes its columns."""
        if target.sequential or target.shape != kernel.shape:
            return None
        if None not in (target.columns, kernel.columns) and target.columns != kernel.columns:
            return None
        if (
            root.reduction in ("outer", "full")
            and target.crosses
            and (target.parallel != kernel.parallel)
        ):
            return None
        columns, parallel = target.columns, target.parallel
        target.columns = kernel.columns if columns is None else columns
        if root.reduction in ("outer", "full"):
            target.parallel = kernel.parallel
        if not (target.columns and target.parallel & target.columns):
            found = self._fitting(target, kernel, root, expressions)
            if found is not None:
                return found
        target.columns, target.parallel = columns, parallel
        return None

    def _fitting(
        self, target: Kernel, kernel: Kernel, root: Root, expressions: Sequence[Expression]
    ) -> list[Expression] | None:
        """The root's expressions in the target, if it can compute them."""
        found: list[Expression] = []
        for (value, dims), known in zip(root.computed(), expressions, strict=True):
            expression = known
            reduces = known.reductions and target.columns != kernel.columns
            if reduces or target in self._writers(known):
                expression = self.expression(value, identity(value.shape, dims), target)
            if expression.misaligned or self._repeats(expression, target):
                return None
            writers = self._writers(expression)
            if target in writers or self.order.depend(writers, target):
                return None
            found.append(expression)
        computed = self.computed[target].union(*(expression.nodes for expression in found))
        return found if len(computed) <= MOST_OPERATIONS else None

    def _repeats(self, expression: Expression, target: Kernel) -> bool:
        """Whether a kernel would recompute a sum in another order, with other bits."""
        return any(
            is_ordered(reduction) and self.row_values.get(reduction, (target,))[0] is not target
            for reduction in expression.reductions
        )

    # The whole schedule.

    def schedule(self, checks: tuple[Node, ...] = ()) -> Schedule:
        """The schedule; `checks` are the `checked_index` nodes whose indices must be checked."""
        depths: dict[Node, int] = {}
        inside: dict[Node, int] = {}  # bit n: node n of the graph is computed with this one
        repeated = read_repeatedly(self.graph)
        for number, node in enumerate(self.graph):
            if node in repeated:
                self.materialise(node)
            if node.op == "gather":
                self.stored_source(node)
            elif is_barrier(node):
                self.materialise(node)
            depths[node] = 1 + max((depths[arg] for arg in node.args), default=0)
            inside[node] = 1 << number
            for arg in node.args:
                inside[node] |= inside[arg]
            long = depths[node] > DEEPEST_EXPRESSION or inside[node].bit_count() > MOST_OPERATIONS
            if long and not is_number(node):
                self.materialise(node)
            if self.known(node):
                depths[node] = inside[node] = 0
        outputs: list[Buffer] = []
        for node in self.graph.outputs:
            buffer = self._narrow(node)
            if buffer.source is not None or buffer in outputs:
                buffer = self._copy(node)
            outputs.append(buffer)
        for node in remaining(checks, self.checked):
            self.materialise(node)
        shapes = [node.shape for node in self.graph.outputs]
        return Schedule(self.order.ordered(), outputs, shapes, self.buffers)


def fuse(
    graph: Graph, contiguous: frozenset[Node], checks: tuple[Node, ...], processor: Processor
) -> Schedule:
    """The schedule of a graph; `contiguous`: the inputs whose arrays are in C order; `checks`: the
    indices that are checked even if no output needs them (index_checks.py).
    """
    return Fuser(graph, contiguous, processor).schedule(checks)
