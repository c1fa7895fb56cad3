"""Fusion: which values lie in memory, and which kernel computes each of them.

Every value that must lie in memory is the root of a kernel: outputs, operands of
library calls, sources of gathers. A root takes in all the pointwise work above it,
and the reductions that align with its loops: a reduction over the columns of the
kernel's rows costs one more pass over a row that is in cache. Roots over the same
iteration space that share operands join one kernel, unless a path through another
step leads from one to the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dovetail.compile.alignment import (
    REDUCTIONS,
    aligned_operand,
    drop_units,
    is_array_leaf,
    operands,
    statistics_of,
)
from dovetail.compile.index_checks import IndexCheck, check_of, is_whole, remaining
from dovetail.compile.index_map import IndexMap, identity, is_unit_reshape, is_view, through
from dovetail.compile.spaces import SEQUENTIAL, Dims, Spaces, new_root
from dovetail.compile.steps import Buffer, Kernel, LibraryCall, Operand, Root, Schedule, Step
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.structure import reshape

BARRIERS = frozenset({"matmul", "argsort", "pad", "concat", *SEQUENTIAL})
_ORDERED = frozenset({"sum", "prod"})  # whose bits depend on the order of the operands
DEEPEST_PASSES = 8  # more would compute the first of them too many times
DEEPEST_EXPRESSION = 100  # a longer chain of operations is cut, and goes through memory
LONGEST_CHAIN = 2 * DEEPEST_EXPRESSION  # that a kernel computes through values that it stores


@dataclass
class Expression:
    """What a value is computed from inside a kernel."""

    loads: dict[Node, None] = field(default_factory=dict["Node", None])
    misaligned: list[Node] = field(default_factory=list["Node"])
    reductions: dict[Node, Dims] = field(default_factory=dict["Node", "Dims"])
    checks: set[IndexCheck] = field(default_factory=set["IndexCheck"])  # made as it is computed


class Fuser:
    """Builds the plan of one graph."""

    def __init__(self, graph: Graph, contiguous: frozenset[Node]) -> None:
        self.graph = graph
        self.contiguous = contiguous
        self.buffers: dict[Node, Buffer] = {}
        self.writers: dict[Buffer, list[Step]] = {}
        self.needs: dict[Step, set[Step]] = {}
        self.readers: dict[Node, list[Kernel]] = {}
        self.row_values: dict[Node, tuple[Kernel, Dims]] = {}
        self.steps: list[Step] = []
        self.checked: set[IndexCheck] = set()
        self.spaces = Spaces(self.known)
        self.uses = Counter(arg for node in graph for arg in node.args) + Counter(graph.outputs)
        self.statistics = statistics_of(graph)

    # Traversal.

    def base(self, node: Node) -> Node:
        """The node that lies in memory under a chain of views."""
        while is_view(node) and node not in self.buffers:
            node = node.args[0]
        return node

    def known(self, node: Node) -> bool:
        """Whether a node lies in memory already."""
        return is_array_leaf(node) or node in self.buffers

    def in_memory(self, node: Node, index: IndexMap, own: Kernel | None) -> bool:
        """Whether a kernel loads the node instead of computing it."""
        if is_array_leaf(node):
            self.materialise(node)
            return True
        if node not in self.buffers:
            return False
        if own is None or own not in self.writers.get(self.buffers[node], ()):
            return True
        return not any(
            root.value is node and identity(node.shape, root.dims) == index
            for root in own.roots
            if root.reduction in (None, "row")
        )

    def expression(self, node: Node, index: IndexMap, kernel: Kernel) -> Expression:
        """What a value is computed from in a kernel: loads, reductions, and what misaligns."""
        result = Expression()
        depths: dict[tuple[Node, IndexMap], int] = {}

        def visit(node: Node, index: IndexMap, length: int) -> int:
            key = (node, index)
            if key in depths:
                return depths[key]
            depth = 0
            if length > LONGEST_CHAIN:
                result.misaligned.append(node)
                return depth
            if self.in_memory(node, index, kernel):
                result.loads[node] = None
            elif node.op in REDUCTIONS:
                columns = kernel.columns or frozenset()
                inner = aligned_operand(node, index, kernel.shape, columns) if columns else None
                if inner is None:
                    result.misaligned.append(node)
                else:
                    depth = 1 + visit(node.args[0], inner, length + 1)
                    result.reductions[node] = tuple(entry.dim for entry in index)
                    if depth > DEEPEST_PASSES:
                        result.misaligned.append(node)
            else:
                check = check_of(node)
                if check is not None and is_whole(index, node.shape, kernel.shape):
                    result.checks.add(check)
                if node.op == "gather":
                    source = self.base(node.args[0])
                    self.materialise(source)
                    result.loads[source] = None
                for operand, inner in operands(node, index):
                    depth = max(depth, visit(operand, inner, length + 1))
            depths[key] = depth
            return depth

        visit(node, index, 0)
        return result

    # Building.

    def materialise(self, node: Node) -> Buffer:
        """The buffer of a node's value; makes the step that computes it if there is none."""
        if node in self.buffers:
            return self.buffers[node]
        if node.op in ("input", "literal"):
            self.buffers[node] = Buffer(node.shape, node.dtype, source=node)
        elif node.op in ("pad", "concat"):
            self._assemble(node)
        elif node.op in ("matmul", "argsort"):
            self._library(node)
        elif node.op == "reshape" and not is_unit_reshape(node):
            self.buffers[node] = self._contiguous(node.args[0])
        elif node.op in SEQUENTIAL:
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
        """Keeps a half precision's statistic in float32, as it is where one kernel has it all."""
        node = root.value
        is_output_alone = self.uses[node] == 1 and node in self.graph.outputs
        if node in self.statistics and node.dtype.is_floating and not is_output_alone:
            root.buffer.dtype = node.dtype.compute

    def _narrow(self, node: Node) -> Buffer:
        """A buffer with a value in its own type."""
        buffer = self.materialise(node)
        return buffer if buffer.dtype is node.dtype else self._copy(node)

    def _contiguous(self, node: Node) -> Buffer:
        buffer = self.materialise(node)
        if buffer.source is None or buffer.source in self.contiguous:
            return buffer
        return self._copy(node)

    def _copy(self, node: Node) -> Buffer:
        """A fresh buffer with a value that lies in memory already."""
        shape, dims = drop_units(node.shape)
        root = new_root(reshape(node, shape=node.shape), dims)
        self._add(Kernel(shape), root)
        return root.buffer

    def _assemble(self, node: Node) -> None:
        """Each piece is stored where it belongs; what `pad` leaves free is zero."""
        buffer = Buffer(node.shape, node.dtype, zeroed=node.op == "pad")
        self.writers[buffer] = []
        start = 0
        for piece in node.args:
            if piece.op in _ORDERED and self.uses[piece] > 1:
                self.materialise(piece)
            kernel, root = self.spaces.space(piece)
            root.buffer = buffer
            if node.op == "pad":
                root.starts, root.steps = node.ints("starts"), node.ints("steps")
            else:
                axis = node.integer("axis")
                rank = len(node.shape)
                root.starts = tuple(start if dim == axis else 0 for dim in range(rank))
                start += piece.shape[axis]
            self._add(kernel, root)
        self.buffers[node] = buffer

    def _library(self, node: Node) -> None:
        operands: list[Operand] = []
        for arg in node.args:
            extents = arg.shape
            index = identity(extents, range(len(extents)))
            while is_view(arg) and arg not in self.buffers:
                arg, index = arg.args[0], through(arg, index)
            operands.append(Operand(self._narrow(arg), arg, index, extents))
        call = LibraryCall(node, tuple(operands), Buffer(node.shape, node.dtype))
        self._append(call, {operand.buffer for operand in operands})
        self.writers[call.buffer] = [call]
        self.buffers[node] = call.buffer

    def _sequential(self, node: Node) -> None:
        """A running sum along an axis, or additions at indices: one kernel of its own."""
        value = node.args[-1]
        shape, dims = drop_units(value.shape)
        for arg in node.args:  # read in an order of their own: no reduction is fused
            self.materialise_misaligned(arg, dims, Kernel(shape))
        dim = dims[node.integer("axis")]
        running = node.op == "cumulative_sum" and dim is not None
        columns = frozenset({dim}) if running and dim is not None else None
        root = new_root(node, dims)
        root.buffer.zeroed = node.op == "scatter_add"
        check = check_of(node)
        if check is not None and value.size:
            self.checked.add(check)
        self._add(Kernel(shape, columns, sequential=True), root)
        self.buffers[node] = root.buffer

    def materialise_misaligned(self, value: Node, dims: Dims, kernel: Kernel) -> Expression:
        """The expression of a value, once every reduction that cannot be fused lies in memory."""
        while True:
            expression = self.expression(value, identity(value.shape, dims), kernel)
            if not expression.misaligned:
                return expression
            self.materialise(expression.misaligned[0])

    def _expressions(self, kernel: Kernel, root: Root) -> list[Expression]:
        return [self.materialise_misaligned(value, dims, kernel) for value, dims in root.computed()]

    def _add(self, kernel: Kernel, root: Root) -> None:
        """Give a root to a kernel that exists, or to the one that suits it."""
        self.writers.setdefault(root.buffer, [])
        expressions = self._expressions(kernel, root)
        host = None if kernel.sequential else self._host(kernel, root, expressions)
        if host is None:
            if self._share_row_values(expressions):
                expressions = self._expressions(kernel, root)
            host = kernel
            self.steps.append(kernel)
            self.needs[kernel] = set()
        else:
            expressions = [
                self.expression(value, identity(value.shape, dims), host)
                for value, dims in root.computed()
            ]
        host.roots.append(root)
        self.writers[root.buffer].append(host)
        for expression in expressions:
            host.loads.update(expression.loads)
            self.checked |= expression.checks
            for node in expression.loads:
                self.readers.setdefault(node, []).append(host)
                self.needs[host].update(self.writers.get(self.buffers[node], []))
            for reduction, dims in expression.reductions.items():
                self.row_values.setdefault(reduction, (host, dims))
        self.needs[host].discard(host)

    def _append(self, step: Step, buffers: set[Buffer]) -> None:
        self.steps.append(step)
        self.needs[step] = {writer for b in buffers for writer in self.writers.get(b, [])}

    def _share_row_values(self, expressions: Sequence[Expression]) -> bool:
        """Row statistics that another kernel computes already are stored by it, and loaded."""
        shared = False
        for expression in expressions:
            for reduction in expression.reductions:
                if reduction in self.row_values and reduction not in self.buffers:
                    self._store_row_value(reduction)
                    shared = True
        return shared

    def _store_row_value(self, reduction: Node) -> None:
        """Lets the kernel that computes a row reduction store it as well."""
        kernel, dims = self.row_values[reduction]
        root = new_root(reduction, dims)
        self._widen(root)
        root.reduction = "row"
        root.operand_dims = self._operand_dims(reduction, dims, kernel)
        kernel.roots.append(root)
        self.writers[root.buffer] = [kernel]
        self.buffers[reduction] = root.buffer

    @staticmethod
    def _operand_dims(reduction: Node, dims: Dims, kernel: Kernel) -> Dims:
        index = aligned_operand(
            reduction, identity(reduction.shape, dims), kernel.shape, kernel.columns or frozenset()
        )
        assert index is not None
        return tuple(entry.dim for entry in index)

    # Merging.

    def _host(self, kernel: Kernel, root: Root, expressions: Sequence[Expression]) -> Kernel | None:
        """A kernel over the same space, with operands in common, that can take the root."""
        candidates: dict[Kernel, None] = {}
        for expression in expressions:
            for node in expression.loads:
                for step in self.writers.get(self.buffers[node], []):
                    if isinstance(step, Kernel):
                        candidates[step] = None
                candidates.update(dict.fromkeys(self.readers.get(node, [])))
        for candidate in reversed(candidates):
            if self._joins(candidate, kernel, root):
                return candidate
        return None

    def _joins(self, host: Kernel, kernel: Kernel, root: Root) -> bool:
        """Whether the root can join; if so, the host takes over the kernel's columns."""
        if host.sequential or host.shape != kernel.shape:
            return False
        if None not in (host.columns, kernel.columns) and host.columns != kernel.columns:
            return False
        if (
            root.reduction in ("outer", "full")
            and host.crosses
            and (host.parallel != kernel.parallel)
        ):
            return False
        columns, parallel = host.columns, host.parallel
        host.columns = kernel.columns if columns is None else columns
        if root.reduction in ("outer", "full"):
            host.parallel = kernel.parallel
        if self._fits(host, root) and not (host.columns and host.parallel & host.columns):
            return True
        host.columns, host.parallel = columns, parallel
        return False

    def _fits(self, host: Kernel, root: Root) -> bool:
        needed: set[Step] = set()
        for value, dims in root.computed():
            expression = self.expression(value, identity(value.shape, dims), host)
            if expression.misaligned or self._repeats(expression, host):
                return False
            for node in expression.loads:
                writers = self.writers.get(self.buffers[node], [])
                if host in writers:
                    return False
                needed.update(writers)
        return not self._reaches(needed, host)

    def _repeats(self, expression: Expression, host: Kernel) -> bool:
        """Whether a kernel would compute a sum again, in another order, and so to other bits."""
        return any(
            reduction.op in _ORDERED and self.row_values.get(reduction, (host,))[0] is not host
            for reduction in expression.reductions
        )

    def _reaches(self, steps: set[Step], target: Step) -> bool:
        """Whether one of the steps needs the target, directly or not."""
        seen: set[Step] = set()
        stack = list(steps)
        while stack:
            step = stack.pop()
            if step is target:
                return True
            if step not in seen:
                seen.add(step)
                stack.extend(self.needs[step])
        return False

    # The whole plan.

    def plan(self, checks: tuple[Node, ...] = ()) -> Schedule:
        """The plan; `checks` are the `checked_index` nodes whose indices must be checked."""
        depths: dict[Node, int] = {}
        # A value that is read through several slices would be computed once for each.
        slices = Counter(node.args[0] for node in self.graph if node.op == "slice")
        for node in self.graph:
            if slices[node] > 1 and node.primitive.category == "elementwise":
                self.materialise(node)
            if node.op == "gather":
                self.materialise(self.base(node.args[0]))
            elif node.op in BARRIERS or (node.op == "reshape" and not is_unit_reshape(node)):
                self.materialise(node)
            depths[node] = 1 + max((depths[arg] for arg in node.args), default=0)
            if depths[node] > DEEPEST_EXPRESSION and node.op not in ("constant", "size"):
                self.materialise(node)
            if self.known(node):
                depths[node] = 0
        outputs: list[Buffer] = []
        for node in self.graph.outputs:
            buffer = self._narrow(node)
            if buffer.source is not None or buffer in outputs:
                buffer = self._copy(node)
            outputs.append(buffer)
        for node in remaining(checks, self.checked):
            self.materialise(node)
        shapes = [node.shape for node in self.graph.outputs]
        return Schedule(self._ordered(), outputs, shapes, self.buffers)

    def _ordered(self) -> list[Step]:
        done: dict[Step, None] = {}
        for first in self.steps:
            stack = [first]
            while stack:
                step = stack[-1]
                waiting = [s for s in self.needs[step] if s not in done]
                if waiting:
                    stack.extend(waiting)
                else:
                    done.setdefault(stack.pop())
        return list(done)


def fuse(graph: Graph, contiguous: frozenset[Node], checks: tuple[Node, ...] = ()) -> Schedule:
    """The plan of a graph; `contiguous` are the inputs whose arrays are in C order.

    The indices of `checks` are checked whether an output needs them or not (index_checks.py).
    """
    return Fuser(graph, contiguous).plan(checks)
