"""What a kernel needs to compute a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dovetail.compile.alignment import aligned_operand, operands
from dovetail.compile.index_checks import IndexCheck, check_of, is_whole
from dovetail.compile.index_map import IndexMap
from dovetail.compile.spaces import Dims
from dovetail.compile.steps import Kernel
from dovetail.graph.node import Node, post_order
from dovetail.graph.views import is_reduction

DEEPEST_PASSES = 8  # beyond this, the first would be recomputed too often
DEEPEST_EXPRESSION = 100  # a longer chain of operations is split, through memory
LONGEST_CHAIN = 2 * DEEPEST_EXPRESSION  # of values that a kernel stores and uses

Key = tuple[Node, IndexMap]  # a value, as a kernel reads it


@dataclass
class Expression:
    """The loads and reductions that a value needs inside a kernel."""

    loads: dict[Node, None] = field(default_factory=dict["Node", None])
    # What must be stored first: reductions that do not align, the ends of chains that are too long.
    misaligned: list[Node] = field(default_factory=list["Node"])
    reductions: dict[Node, Dims] = field(default_factory=dict["Node", "Dims"])
    checks: set[IndexCheck] = field(default_factory=set["IndexCheck"])  # made as it is computed
    nodes: set[Node] = field(default_factory=set["Node"])  # loaded and computed


def expression_of(
    node: Node,
    index: IndexMap,
    kernel: Kernel,
    in_memory: Callable[[Node, IndexMap, Kernel], bool],
    stored_source: Callable[[Node], Node],
) -> Expression:
    """The expression of a value at an index, in a kernel.

    `in_memory`: whether the kernel loads a value instead of computing it. `stored_source`: the
    array in memory that a gather reads.
    """
    result = Expression()
    lengths = {(node, index): 0}  # of the chain of operations from the value
    needed: dict[Key, list[Key]] = {}

    def computed_from(key: Key) -> list[Key]:
        node, index = key
        found: list[Key] = []
        if lengths[key] > LONGEST_CHAIN:
            result.misaligned.append(node)
        elif in_memory(node, index, kernel):
            result.loads[node] = None
        elif is_reduction(node):
            columns = kernel.columns or frozenset()
            inner = aligned_operand(node, index, kernel.shape, columns) if columns else None
            if inner is None:
                result.misaligned.append(node)
            else:
                found.append((node.args[0], inner))
        else:
            check = check_of(node)
            if check is not None and is_whole(index, node.shape, kernel.shape):
                result.checks.add(check)
            if node.op == "gather":
                result.loads[stored_source(node)] = None
            found.extend(operands(node, index))
        for operand in found:
            lengths.setdefault(operand, lengths[key] + 1)
        needed[key] = found
        return found

    depths: dict[Key, int] = {}  # the passes over the columns before a value
    for key in post_order([(node, index)], computed_from):
        depths[key] = max((depths[operand] for operand in needed[key]), default=0)
        if is_reduction(key[0]) and needed[key]:
            depths[key] += 1
            result.reductions[key[0]] = tuple(entry.dim for entry in key[1])
            if depths[key] > DEEPEST_PASSES:
                result.misaligned.append(key[0])
    result.nodes.update(node for node, _ in depths)
    return result
