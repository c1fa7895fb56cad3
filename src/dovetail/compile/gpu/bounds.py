"""Indices out of bounds where nobody waits for the device: they cannot raise, and give NaN.

`without_errors(graph)` says so in the graph itself: what a gather takes out of bounds is NaN (0 of
integers), a scatter leaves such an update out, and a checked index becomes the extent, which is
out of bounds again. The framework's own functions do the same (`hosts/torch/table.py`).
"""

from __future__ import annotations

import math

from dovetail.compile.index_checks import check_of, fallible_nodes
from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import bool_, int64
from dovetail.graph.node import Graph, Node, transform
from dovetail.graph.primitives.elementwise import (
    add,
    cast,
    greater_equal,
    less,
    logical_and,
    select,
)
from dovetail.graph.primitives.indexing import counts_from_end, gather, scatter_add
from dovetail.graph.primitives.row import constant, size
from dovetail.graph.primitives.scan import Body, body_of, is_loop, scan


def without_errors(graph: Graph) -> Graph:
    """The graph, where no index is out of bounds any more."""
    if not graph.known(_is_fallible):
        return graph
    return Graph(graph.inputs, transform(graph.outputs, _bounded))


def _is_fallible(graph: Graph) -> bool:
    return bool(fallible_nodes(graph))


def _bounded_loop(node: Node) -> Node:
    """A loop whose steps have no index out of bounds any more."""
    body: Body = node.attr("body")
    bounded = body.derived("without errors", lambda: _bounded_body(body))
    attrs = tuple((name, bounded if name == "body" else value) for name, value in node.attrs)
    return scan.apply(node.args, attrs, node.source)


def _bounded_body(body: Body) -> Body:
    graph = without_errors(body.graph)
    if graph is body.graph:
        return body
    return body_of(*body.by_role(graph.inputs), graph.outputs)


def _bounded(node: Node) -> Node:
    if is_loop(node):
        return _bounded_loop(node)
    check = check_of(node)
    if check is None or check.cannot_fail:
        return node
    if node.op == "checked_index":
        index, inside = _located(node.args[0], check.extent, counts_from_end(node))
        beyond = size(check.extent, node.shape, int64)
        return cast(select(inside, index, beyond), dtype=node.dtype)
    if node.op == "gather":
        index, inside = _located(node.args[1], check.extent, True)
        found = gather(node.args[0], index, axis=node.integer("axis"))
        if node.dtype is bool_:
            return logical_and(found, inside)
        nothing = constant(math.nan if node.dtype.is_floating else 0, node.shape, node.dtype)
        return select(inside, found, nothing)
    if node.op == "scatter_add":
        index, inside = _located(node.args[0], check.extent, True)
        nothing = constant(0, node.args[1].shape, node.dtype)
        kept = select(inside, node.args[1], nothing)
        return scatter_add(index, kept, axis=node.integer("axis"), extent=check.extent)
    raise UnsupportedError(
        f"{node.op} at indices that may be out of bounds has no GPU kernel",
        "scatter-adds, or indices from a sort or a range",
        "the framework's own functions compute it",
    )


def _located(indices: Node, extent: int, from_end: bool) -> tuple[Node, Node]:
    """Places along an axis, 0 where an index is out of bounds; and whether it is within."""
    wide = indices if indices.dtype is int64 else cast(indices, dtype=int64)
    length, zero = (size(extent, wide.shape, int64), constant(0, wide.shape, int64))
    place = select(less(wide, zero), add(wide, length), wide) if from_end else wide
    inside = logical_and(greater_equal(place, zero), less(place, length))
    return select(inside, place, zero), inside
