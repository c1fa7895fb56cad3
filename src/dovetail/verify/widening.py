"""Outputs whose data type a constant has widened.

Authors expect a type that follows from the arguments: for an activation the type of its argument,
otherwise the type that the real arguments promote to. If a constant of a fixed type promotes the
result to another type, the next layer computes in that type, which is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from dovetail.graph.dtypes import DType, as_dtype, promote
from dovetail.graph.node import Node
from dovetail.graph.primitives.row import is_number
from dovetail.verify.calls import Call
from dovetail.verify.reference import Reference
from dovetail.verify.sample import is_real


@dataclass(frozen=True)
class Mistyped:
    """An output whose type does not follow from the arguments, and the cause."""

    output: int
    got: DType
    wanted: DType
    because: str
    remedy: str


def mistyped(call: Call, kind: str) -> Mistyped | None:
    """The first floating output whose type does not follow from the arguments."""
    reals = [as_dtype(leaf.dtype) for leaf in call.sample.leaves if is_real(leaf)]
    if not reals:
        return None
    wanted = reduce(promote, reals)
    for number, output in enumerate(call.reference.graph.outputs):
        if not output.dtype.is_floating or output.dtype is wanted:
            continue
        origin, meets = _origin(output, call.reference)
        if origin is not None and (meets is not None or kind == "activation"):
            return Mistyped(
                number, output.dtype, wanted, _described(origin, meets),
                "make it a Python number or a hyperparameter, which take the type of the other "
                "operand, or convert it with dt.astype(value, x.dtype)",
            )  # fmt: skip
        if kind == "activation":
            return Mistyped(
                number, output.dtype, wanted, "it is converted to that type",
                "leave the type to promotion, or convert the result with "
                "dt.astype(result, x.dtype)",
            )  # fmt: skip
    return None


def _origin(output: Node, reference: Reference) -> tuple[Node | None, Node | None]:
    """The node that brings in the type, and the operation that combines it with an argument."""
    graph = reference.graph
    varying = _varying(reference.order, graph.inputs)
    kind = output.dtype
    origin: Node | None = None
    meets: Node | None = None
    seen: set[Node] = set()
    stack = [output]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        floating = [arg for arg in node.args if arg.dtype is kind]
        if node not in varying or not floating:
            if not (node.op == "cast" and node.args[0].dtype.is_floating and node in varying):
                origin = origin or node
            continue
        if any(_is_promoted(arg, varying) for arg in floating) and len(node.args) > 1:
            meets = meets or node
        stack.extend(reversed(floating))
    return origin, meets


def _is_promoted(node: Node, varying: set[Node]) -> bool:
    """Whether a node is a value of the arguments that was converted to another type."""
    while node.primitive.view:
        node = node.args[0]
    return node.op == "cast" and node in varying and node.args[0].dtype.is_floating


def _varying(order: Iterable[Node], inputs: Iterable[Node]) -> set[Node]:
    """The nodes that depend on the array arguments."""
    found = {node for node in inputs if not node.flag("scalar")}
    for node in order:
        if any(arg in found for arg in node.args):
            found.add(node)
    return found


def _described(origin: Node, meets: Node | None) -> str:
    value = origin
    while value.primitive.view or value.op == "cast":
        value = value.args[0]
    what = f"the constant {value.attr('value'):.6g}" if is_number(value) else (
        "a captured array" if value.op == "literal" else f"the result of {origin.op}"
    )  # fmt: skip
    line = origin.source or (meets.source if meets is not None else None)
    return f"{what} is {origin.dtype}" + (f", at {line}" if line else "")
