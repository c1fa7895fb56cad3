"""Graphs in a framework's own functions.

Where a host cannot call our kernel, or its own compiler fuses better, it evaluates the graph by a
table of functions for the primitives:

    TABLE = Table(rules, cast)
    outputs = straight_line(prepared(graph, TABLE), TABLE)(*inputs)

A rule is called with the node and a value for each operand, `rule(node, *values)`; shapes
and attributes are the node's. Primitives without a rule are decomposed (`DECOMPOSITIONS`).

Half precisions are computed in float32 and rounded once, at an output, an explicit cast or
the operands of a library call: rules of elementwise work and of reductions get float32
arrays for operands of a half precision, and return float32. Movement and indexing get
values of either type, and library calls (matmul) arrays of the node's own type, which they also
return.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dovetail.compile import decompose
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Graph, Node, transform
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.row import constant, is_number
from dovetail.graph.primitives.scan import Body, body_of, is_loop, loop, loop_key
from dovetail.graph.primitives.structure import concat, slice_axis
from dovetail.graph.typecheck import typecheck
from dovetail.operations.signed_integers import signed
from dovetail.operations.special_functions import SPECIAL_FUNCTIONS
from dovetail.operations.windows import CONVOLUTIONS, padded_sum, sliced, summed
from dovetail.transform.scan_hoist import has_loops, simple_loops
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import stabilise

Rule = Callable[..., Any]  # (node, *values) -> value


def _fused_multiply_add(node: Node) -> Node:
    """Two roundings: a framework's compiler decides itself what it contracts."""
    x, y, z = node.args
    return rows.add(rows.multiply(x, y), z)


def _linear_recurrence(node: Node) -> Node:
    """By doubling, in log2(n) steps over the whole array, each of twice as many elements."""
    axis, reverse = node.integer("axis"), node.flag("reverse")
    extent = node.shape[axis]

    def earlier(x: Node, distance: int) -> Node:
        """For each element but the first few, the one that is so far before it."""
        return slice_axis(x, axis, distance if reverse else 0, extent - distance, 1)

    def later(x: Node, distance: int) -> Node:
        return slice_axis(x, axis, 0 if reverse else distance, extent - distance, 1)

    def first(x: Node, count: int) -> Node:
        return slice_axis(x, axis, extent - count if reverse else 0, count, 1)

    def joined(start: Node, rest: Node) -> Node:
        return concat(*((rest, start) if reverse else (start, rest)), axis=axis)

    if extent == 0:
        return node.args[1]
    factor, state = node.args  # the product, and the state, of the elements up to each
    distance = 1
    while distance < extent:
        own = later(factor, distance)
        moved = rows.add(rows.multiply(own, earlier(state, distance)), later(state, distance))
        state = joined(first(state, distance), moved)
        factor = joined(first(factor, distance), rows.multiply(own, earlier(factor, distance)))
        distance *= 2
    shape = (*node.shape[:axis], 1, *node.shape[axis + 1 :])
    return joined(constant(0, shape, node.dtype), earlier(state, 1))


DECOMPOSITIONS: Mapping[str, Callable[[Node], Node]] = {
    "fused_multiply_add": _fused_multiply_add,
    **decompose.EXPANSIONS,
    **CONVOLUTIONS,
    "windows": sliced,
    "overlap_add": summed,
    "add_at": padded_sum,
    "linear_recurrence": _linear_recurrence,
    **SPECIAL_FUNCTIONS,
}

_OWN_TYPE = frozenset({"library", "loop"})  # categories that take and return the node's own type
_ANY_TYPE = frozenset({"movement", "indexing", "leaf"})  # categories that only move values


Step = Callable[[Sequence[Any], Sequence[Any]], tuple[list[Any], list[Any]]]


@dataclass(frozen=True)
class Table:
    """How a framework computes each primitive. `cast(value, dtype)`: as an array of that type.

    Rules of `constant` and `size` return `node.dtype.compute`, those of `literal` and `iota`
    `node.dtype`; `input` has no rule. `loop(node, step, carries, xs)` runs a loop, where
    `step(carries, xs of one step)` gives the carries and the ys: all of its outputs. `bodies`:
    the tables of bodies that have one of their own. `signed`: int64 stands for uint16 and uint32.
    """

    rules: Mapping[str, Rule]
    cast: Callable[[Any, DType], Any]
    loop: Callable[[Any, Step, list[Any], list[Any]], Sequence[Any]] | None = None
    bodies: Mapping[Body, Table] = field(default_factory=dict["Body", "Table"])
    signed: bool = False


def by_arrays(function: Callable[..., Any]) -> Rule:
    """The rule of a primitive that a function of its arrays computes, whatever its attributes."""
    return lambda node, *arrays: function(*arrays)


def prepared(graph: Graph, table: Table) -> Graph:
    """The graph simplified, stable, and without the primitives that the table lacks."""
    lacking = {name: rule for name, rule in DECOMPOSITIONS.items() if name not in table.rules}
    graph = simple_loops(graph)
    found = Graph(graph.inputs, stabilise(simplify(graph.outputs)))
    found = decompose.decompose(found, lacking)
    outputs = simplify(found.outputs)
    if graph.known(has_loops):
        outputs = transform(outputs, lambda node: _with_prepared_body(node, table))
    found = Graph(graph.inputs, outputs)
    return typecheck(signed(found) if table.signed else found)


def _with_prepared_body(node: Node, table: Table) -> Node:
    if not is_loop(node):
        return node
    body, length, reverse, checkpoint, operands = loop_key(node)
    outputs = prepared(body.graph, table).outputs
    first, last = body.carries, body.first_x
    inputs = body.inputs
    made = body_of(inputs[:first], inputs[first:last], inputs[last:], outputs)
    return loop(made, operands, length, reverse, checkpoint, node.source)[node.integer("index")]


def _is_half(node: Node) -> bool:
    return node.dtype.compute is not node.dtype


def is_narrow(node: Node) -> bool:
    """Whether a rule returns a value of the node's own type."""
    array = node.primitive.category == "leaf" and not is_number(node)
    return array or node.op in ("cast", "iota")


def _widens(node: Node, wide: set[Node]) -> bool:
    category = node.primitive.category
    if category in _OWN_TYPE:
        return False
    if node.primitive.combine == "sum" or not node.args or category not in _ANY_TYPE:
        return True
    return any(arg in wide for arg in node.args)


def becomes_wide(node: Node, wide: set[Node]) -> bool:
    """Whether the value of a node of a half precision is held in float32."""
    return _is_half(node) and not is_narrow(node) and _widens(node, wide)


def operand_types(node: Node, wide: set[Node]) -> list[DType | None]:
    """To which type each operand of a node is cast first; None where it stays."""
    found: list[DType | None] = []
    library = node.primitive.category in _OWN_TYPE
    widens = _widens(node, wide)
    for arg in node.args:
        target: DType | None = None
        if _is_half(arg):
            if library:
                target = arg.dtype if arg in wide else None
            elif widens and arg not in wide:
                target = arg.dtype.compute
        found.append(target)
    return found
