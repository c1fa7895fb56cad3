"""Split a graph at its library calls: what a host runs one after the other.

Kernels do not multiply matrices or sort. A graph that does is split into subgraphs for kernels,
and calls between them, which the host makes with its own functions, so that its autograd,
transforms, autocast and compiler see them. Views (permute, reshape, broadcast, slice,
windows) between a value and a call are also the host's.

Values are numbered: the arrays first, then the results of each step. A value that a later
subgraph needs is materialised, unless it follows element by element from one array in memory.

A declared derivative stays whole: its node is in one subgraph, with the rule, and what
a call computes inside the definition enters that subgraph as a constant, because no
derivative flows into declared values. Where the rule itself multiplies matrices, the
derivative of the subgraph is a graph that is split in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dovetail.compile.cpu.blas_library import gemm_address
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph, Node, substitute, topological
from dovetail.graph.primitives.row import input_node, is_library_call
from dovetail.graph.primitives.structure import matmul, reshape
from dovetail.operations.biased_calls import with_bias_inside
from dovetail.transform.dependence import between
from dovetail.transform.scan_hoist import has_loops
from dovetail.transform.stabilise import stabilise

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class ViewOp:
    """A view: `fixed` are axes, dimensions or steps; `sizes` the shape, or starts and sizes.

    `fixed` of windows are all axes, then all window sizes, steps and dilations.
    """

    op: str
    fixed: Sizes
    sizes: tuple[Sizes, ...]


def windowed_axes(fixed: Sizes) -> Iterator[tuple[int, ...]]:
    """For each axis of windows: the axis, its window size, step and dilation."""
    count = len(fixed) // 4
    return zip(*(fixed[count * n : count * (n + 1)] for n in range(4)), strict=True)


@dataclass(frozen=True)
class View:
    """A value by its number, with views applied to it."""

    value: int
    ops: tuple[ViewOp, ...] = ()


@dataclass(frozen=True)
class Subgraph:
    """Maths for kernels. `graph`: its arrays, then its floats, which are numbers of floats.

    `constant`: for each array, whether no derivative flows into it.
    """

    graph: Graph
    arrays: tuple[View, ...]
    floats: Sizes
    constant: tuple[bool, ...]
    first: int  # number of the first value that it makes; the others follow


@dataclass(frozen=True)
class Call:
    """A call of a library; `attrs` are the node's. A convolution or product may have a bias."""

    op: str
    attrs: tuple[tuple[str, object], ...]
    operands: tuple[View, ...]
    dtype: DType
    value: int


Step = Subgraph | Call


@dataclass(frozen=True)
class SplitGraph:
    """The steps in order, and the outputs of the graph among the values."""

    steps: tuple[Step, ...]
    outputs: tuple[View, ...]

    @cached_property
    def subgraphs(self) -> tuple[Subgraph, ...]:
        return tuple(step for step in self.steps if isinstance(step, Subgraph))

    @cached_property
    def skeleton(self) -> tuple[object, ...]:
        """The steps without sizes: equal at all shapes that run the same ones."""
        return (
            tuple(
                (_without_sizes(step.arrays), step.floats, step.constant, len(step.graph.outputs))
                if isinstance(step, Subgraph)
                else (step.op, step.attrs, _without_sizes(step.operands), step.dtype.name)
                for step in self.steps
            ),
            _without_sizes(self.outputs),
        )

    def views(self) -> list[View]:
        """All arrays of subgraphs, operands of calls and outputs, in order."""
        found: list[View] = []
        for step in self.steps:
            found += step.arrays if isinstance(step, Subgraph) else step.operands
        return [*found, *self.outputs]


def _without_sizes(values: Iterable[View]) -> tuple[object, ...]:
    return tuple(
        (view.value, tuple((m.op, m.fixed, tuple(map(len, m.sizes))) for m in view.ops))
        for view in values
    )


def has_library(graph: Graph) -> bool:
    """Whether a graph calls a library."""
    return any(is_library_call(node) for node in graph)


def is_split(graph: Graph) -> bool:
    """Whether a host makes the library calls of a graph between calls of kernels.

    Not where there are loops, and products of matrices by BLAS alone: what a loop reads and what it
    has stacked is multiplied in the program of the loop, as its steps are.
    """
    if not has_library(graph):
        return False
    return not has_loops(graph) or not all(
        node.primitive is matmul and gemm_address(node.dtype.name) is not None
        for node in graph
        if is_library_call(node)
    )


def split_graph(graph: Graph, arrays: int, takes_bias: bool = False) -> SplitGraph:
    """The steps of a graph whose first `arrays` inputs are arrays, and the others floats.

    `takes_bias`: the host's convolutions and products take the bias that is added to them.
    """
    outputs = stabilise(graph.outputs)
    outputs, biased = with_bias_inside(outputs) if takes_bias else (outputs, {})
    return _Splitter(graph.inputs[:arrays], graph.inputs[arrays:], outputs, biased).split()


def _distinct(
    outputs: Sequence[Node], is_call: Callable[[Node], bool]
) -> tuple[list[Node], set[Node]]:
    """The outputs, and which of them a subgraph makes: all but views of a call's result.

    What shares memory with an input or another output is copied, by a reshape to its shape.
    """
    found: list[Node] = []
    made: set[Node] = set()
    calls: set[Node] = set()
    for node in outputs:
        call = node
        while call.op in ("permute", "reshape"):
            call = call.args[0]
        copied = call in calls or node in found or node.op == "input"
        while copied and (node in found or node.op == "input" or is_call(node)):
            node = reshape(node, shape=node.shape)
        if copied or not is_call(call):
            made.add(node)
        else:
            calls.add(call)
        found.append(node)
    return found, made


class _Splitter:
    def __init__(
        self,
        arrays: Sequence[Node],
        floats: Sequence[Node],
        outputs: Sequence[Node],
        biased: Mapping[Node, Node],  # a sum, and the call that takes the bias
    ) -> None:
        self.arrays = arrays
        self.biased = biased
        self.inner = frozenset(biased.values())
        self.floats = {node: number for number, node in enumerate(floats)}
        self.outputs, made = _distinct(outputs, self._is_call)
        self.order = topological(self.outputs)
        self.levels: dict[Node, int] = {}
        for node in self.order:
            level = max((self.levels[arg] for arg in node.args), default=0)
            self.levels[node] = level + self._is_call(node)
        # Nodes with memory of their own: inputs, results of calls, and what subgraphs make.
        self.in_memory = {node for node in self.order if self._is_call(node)} | set(arrays)
        self.made: dict[int, dict[Node, None]] = {}
        self.numbers: dict[Node, int] = {}
        self._sources: dict[Node, frozenset[Node] | None] = {}
        for node in self.outputs:
            if node in made:
                self._materialize(node)

    def _is_call(self, node: Node) -> bool:
        """Whether a call of a library computes a node: on its own, or with a bias in it."""
        return node in self.biased or (is_library_call(node) and node not in self.inner)

    def _operands(self, node: Node) -> tuple[Node, ...]:
        """The operands of the call that computes a node."""
        call = self.biased.get(node)
        if call is None:
            return node.args
        return (*call.args, *(arg.args[0] for arg in node.args if arg is not call))

    def split(self) -> SplitGraph:
        for node in self.order:
            if self._is_call(node):
                for operand in self._operands(node):
                    self._materialize(self._viewed(operand))
        depth = max(self.levels.values(), default=0)
        groups = {level: self._groups(level) for level in range(depth, -1, -1)}
        self.numbers = {node: number for number, node in enumerate(self.arrays)}
        count = len(self.arrays)
        steps: list[Step] = []
        for level in range(depth + 1):
            for node in self.order:
                if self._is_call(node) and self.levels[node] == level:
                    operands = tuple(map(self._view, self._operands(node)))
                    call = self.biased.get(node, node)
                    self.numbers[node] = count
                    steps.append(Call(call.op, call.attrs, operands, node.dtype, count))
                    count += 1
            for made, leaves in groups[level]:
                steps.append(self._subgraph(made, leaves, count))
                self.numbers.update({node: count + n for n, node in enumerate(made)})
                count += len(made)
        return SplitGraph(tuple(steps), tuple(map(self._view, self.outputs)))

    # Values in memory.

    def _materialize(self, node: Node) -> None:
        """Have a subgraph make the value of a node, unless it is in memory."""
        if node not in self.in_memory:
            self.in_memory.add(node)
            self.made.setdefault(self.levels[node], {})[node] = None

    def _viewed(self, node: Node) -> Node:
        """The value that a call's operand is a view of."""
        base = node
        while base.primitive.view and base not in self.in_memory:
            base = base.args[0]
        return node if base in self.floats else base

    # Pieces.

    def _groups(self, level: int) -> list[tuple[list[Node], list[Node]]]:
        """Outputs and inputs of the subgraphs of a level; those that share a node are one."""
        groups: list[tuple[list[Node], list[Node], set[Node]]] = []
        for node in self.made.get(level, {}):
            leaves, inside = self._walk(node, level)
            made, touched = [node], {*inside, *leaves}
            for group in [g for g in groups if not touched.isdisjoint(g[2])]:
                groups.remove(group)
                made = group[0] + made
                leaves = list(dict.fromkeys([*group[1], *leaves]))
                touched |= group[2]
            groups.append((made, leaves, touched))
        return [(made, leaves) for made, leaves, _ in groups]

    def _walk(self, root: Node, level: int) -> tuple[list[Node], list[Node]]:
        """The nodes that a value is loaded from, and those computed between."""
        leaves: dict[Node, None] = {}
        inside: dict[Node, None] = {}
        stack = [(root, True)]
        while stack:
            node, first = stack.pop()
            if node in inside or node in leaves or node in self.floats:
                continue
            if self._is_leaf(node, level, first):
                leaves[node] = None
            elif node.args:
                inside[node] = None
                stack.extend((arg, False) for arg in reversed(node.args))
        return list(leaves), list(inside)

    def _is_leaf(self, node: Node, level: int, first: bool) -> bool:
        if node in self.in_memory and (self._is_call(node) or node.op == "input"):
            return True
        if node.op in ("reshape", "permute"):  # of a call's result: a view of the host
            base = node
            while base.op == node.op:
                base = base.args[0]
            if self._is_call(base):
                return True
        if first or self.levels[node] == level or not node.args:
            return False
        if node in self.in_memory:
            return True
        if node.primitive.view or self._is_recomputed(node):
            return False
        self._materialize(node)
        return True

    def _is_recomputed(self, node: Node) -> bool:
        """Whether a value follows, element by element, from one array in memory, or none."""
        sources = self._sources_of(node)
        return sources is not None and len(sources) <= 1

    def _sources_of(self, node: Node) -> frozenset[Node] | None:
        """The arrays that a value follows from by pointwise maths and views; None if by more."""
        waiting = [node]
        while waiting:
            top = waiting[-1]
            if top in self._sources:
                waiting.pop()
                continue
            if top in self.in_memory and top is not node:
                self._sources[top] = frozenset({top})
            elif not top.primitive.view and top.args and top.primitive.category != "elementwise":
                self._sources[top] = None
            else:
                missing = [arg for arg in top.args if arg not in self._sources]
                if missing:
                    waiting.extend(missing)
                    continue
                parts = [self._sources[arg] for arg in top.args]
                union: frozenset[Node] = frozenset()
                for part in parts:
                    union = union if part is None else union | part
                self._sources[top] = None if None in parts else union
        return self._sources[node]

    def _subgraph(self, made: list[Node], leaves: list[Node], first: int) -> Subgraph:
        inputs = [input_node(f"a{n}", leaf.shape, leaf.dtype) for n, leaf in enumerate(leaves)]
        replaced = dict(zip(leaves, inputs, strict=True))
        outputs = substitute(made, replaced)
        used = {node for node in topological(outputs) if node.op == "input"}
        floats = [node for node in self.floats if node in used]
        scalars = [
            input_node(f"s{n}", (), node.dtype, scalar=True) for n, node in enumerate(floats)
        ]
        outputs = substitute(outputs, dict(zip(floats, scalars, strict=True)))
        constant = [
            node not in outputs and not (node.dtype.is_floating and between(outputs, [node]))
            for node in inputs
        ]
        arrays = tuple(self._view(leaf) for leaf in leaves)
        if not inputs:  # constants: some array gives them their device
            like = self.arrays[0]
            inputs, arrays, constant = (
                [input_node("a0", like.shape, like.dtype)],
                (View(0),),
                [True],
            )
        return Subgraph(
            Graph((*inputs, *scalars), outputs), arrays,
            tuple(self.floats[node] for node in floats), tuple(constant), first,
        )  # fmt: skip

    def _view(self, node: Node) -> View:
        ops: list[ViewOp] = []
        while node not in self.numbers:
            ops.append(_view_op(node))
            node = node.args[0]
        return View(self.numbers[node], tuple(reversed(ops)))


def _view_op(node: Node) -> ViewOp:
    match node.op:
        case "permute":
            return ViewOp("permute", node.ints("axes"), ())
        case "reshape":
            return ViewOp("reshape", (), (node.shape,))
        case "broadcast":
            return ViewOp("broadcast", node.ints("dims"), (node.shape,))
        case "windows":
            names = ("axes", "window", "steps", "dilations")
            fields = [number for name in names for number in node.ints(name)]
            return ViewOp("windows", tuple(fields), ())
        case _:
            return ViewOp("slice", node.ints("steps"), (node.ints("starts"), node.ints("sizes")))
