"""Which values are in memory whatever the kernels are."""

from __future__ import annotations

from collections import Counter

from dovetail.compile.alignment import is_array_leaf
from dovetail.graph.dtypes import float32, float64
from dovetail.graph.node import Cost, Graph, Node
from dovetail.graph.primitives.row import is_number
from dovetail.graph.views import is_view

FEWEST_SHARED = 3  # operations of a value that is stored instead of computed for each part
FEWEST_REPEATED = 2  # dimensions that would compute a costly value again: those of an image


def is_covered(node: Node) -> bool:
    """Whether parts that lie apart, from a padded one on, fill the whole."""
    size = 0
    while node.op == "add_at" and node.flag("apart"):
        size += node.args[1].size
        node = node.args[0]
    return node.op == "pad" and size + node.args[0].size == node.size


def read_repeatedly(graph: Graph) -> set[Node]:
    """Pointwise values that several elements of one kernel, or several kernels, would compute."""
    slices = Counter(node.args[0] for node in graph if node.op == "slice")
    found = {node for node, count in slices.items() if count > 1}
    found.update(node.args[0] for node in graph if node.op == "windows")
    found |= _shared_by_parts(graph) | _costly_for_each_row(graph)
    return {node for node in found if node.primitive.category == "elementwise"}


def _costly_for_each_row(graph: Graph) -> set[Node]:
    """Costly values of columns that each of many rows would compute: a quotient for each channel.

    Dimensions tell that rows are many, not sizes: no size needs other kernels. Half precisions
    would be rounded in between.
    """
    costly: set[Node] = set()  # with what is computed from them
    found: set[Node] = set()
    for node in graph:
        pointwise = node.primitive.category == "elementwise"
        slow = pointwise and node.primitive.cost >= Cost.QUOTIENT
        if slow or ((pointwise or is_view(node)) and costly.intersection(node.args)):
            costly.add(node)
        if node.op != "broadcast" or node.args[0] not in costly:
            continue
        value = node.args[0]
        place = dict(zip(node.ints("dims"), value.shape, strict=True))
        along_columns = place.get(len(node.shape) - 1, 1) != 1
        repeated = len(node.shape) - sum(extent != 1 for extent in value.shape) >= FEWEST_REPEATED
        if along_columns and repeated and value.dtype in (float32, float64):
            while is_view(value):
                value = value.args[0]
            found.add(value)
    return found


def _shared_by_parts(graph: Graph) -> set[Node]:
    """What several parts of a sum in place need, each of which has a kernel of its own."""
    parts = [node.args[1] for node in graph if node.op == "add_at" and not node.flag("apart")]
    cones = [_cone(part) for part in dict.fromkeys(parts)]
    counts = Counter(node for cone in cones for node in cone)
    found: set[Node] = set()
    for cone in cones:
        for user in cone:
            for node in user.args:
                shared = counts[node] > counts[user] and not is_number(node)
                if shared and node not in found and len(_operations(node)) >= FEWEST_SHARED:
                    found.add(node)
    return found


def _cone(root: Node) -> list[Node]:
    """What a value is computed from by pointwise maths."""
    found: dict[Node, None] = {}
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in found and not is_array_leaf(node):
            found[node] = None
            if node.primitive.category == "elementwise" or is_view(node):
                stack += node.args
    return list(found)


def _operations(root: Node) -> list[Node]:
    return [node for node in _cone(root) if node.primitive.category == "elementwise"]
