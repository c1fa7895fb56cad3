"""Derivatives, from graph to graph: reverse mode (vjp) and forward mode (jvp).

Both read the derivative of each primitive from its row, and both return ordinary
nodes, so that a derivative can be differentiated again. The nodes in `wrt` are taken
as independent variables, even where one of them is computed from another.

A tangent or cotangent that is known to be zero is None inside, and makes no nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from dovetail.errors import GradientError, ShapeError
from dovetail.graph.node import Node, post_order
from dovetail.graph.primitives.declared import (
    declared_inputs,
    declared_outputs,
    declared_values,
    install_reverse_mode,
)
from dovetail.graph.primitives.row import (
    Declared,
    Expand,
    Linear,
    Loop,
    Partials,
    Reverse,
    Zero,
    fresh_input,
)
from dovetail.graph.primitives.scan import loop_key
from dovetail.graph.primitives.structure import restore, sum_
from dovetail.transform.arithmetic import is_constant, plus, scaled, total, zeros_like
from dovetail.transform.dependence import between
from dovetail.transform.scan_jvp import loop_tangent
from dovetail.transform.scan_vjp import loop_cotangents

Tangent = Node | None


def vjp(outputs: Sequence[Node], wrt: Sequence[Node], cotangents: Sequence[Tangent]) -> list[Node]:
    """For each node of `wrt`, the sum over the outputs of cotangent times derivative."""
    found = zip(wrt, _vjp(outputs, wrt, cotangents), strict=True)
    return [zeros_like(node) if cotangent is None else cotangent for node, cotangent in found]


def jvp(outputs: Sequence[Node], wrt: Sequence[Node], tangents: Sequence[Tangent]) -> list[Node]:
    """For each output, the sum over `wrt` of derivative times tangent."""
    found = _jvp(outputs, wrt, tangents)
    return [
        zeros_like(node) if tangent is None else tangent
        for node, tangent in zip(outputs, found, strict=True)
    ]


# Reverse mode.


def _vjp(
    outputs: Sequence[Node], wrt: Sequence[Node], cotangents: Sequence[Tangent]
) -> list[Tangent]:
    order = between(outputs, wrt)
    varying = {*order, *wrt}
    found: dict[Node, Tangent] = {}
    for output, cotangent in zip(outputs, cotangents, strict=True):
        if output.dtype.is_floating:
            found[output] = plus(found.get(output), cotangent)
    siblings = _Siblings(order)
    for node in reversed(order):
        cotangent = found.pop(node, None)
        if _has_siblings(node):
            contributions = _joint_contributions(node, siblings.known(node, cotangent), varying)
        elif cotangent is None or is_constant(cotangent, 0):
            continue
        else:
            contributions = _contributions(node, cotangent, varying)
        for operand, contribution in contributions:
            if contribution is not None and operand in varying:
                found[operand] = plus(found.get(operand), contribution)
    return [found.get(node) if node.dtype.is_floating else None for node in wrt]


def _contributions(
    node: Node, cotangent: Node, varying: set[Node]
) -> Iterator[tuple[Node, Tangent]]:
    """What one node adds to the cotangent of each operand."""
    match node.primitive.derivative:
        case Partials(formula):
            if node.primitive.category == "reduction":
                cotangent = restore(cotangent, node.args[0].shape, node.ints("axes"))
            for operand, partial in zip(node.args, formula(node, *node.args), strict=True):
                yield operand, scaled(cotangent, partial)
        case Linear(transpose) as row:
            for index in row.operands(node):
                if node.args[index] in varying:
                    yield node.args[index], transpose(node, cotangent, index)
        case Expand(formula):
            operands = list(dict.fromkeys(node.args))
            yield from zip(operands, _vjp([formula(node)], operands, [cotangent]), strict=True)
        case Reverse(rule):
            yield from zip(node.args, rule(node, cotangent), strict=True)
        case Zero() | Declared() | Loop():
            return


def _has_siblings(node: Node) -> bool:
    """Whether a node is one output of several: of a definition with a rule, or of a loop."""
    return isinstance(node.primitive.derivative, (Declared, Loop))


def _sibling_key(node: Node) -> object:
    """What the outputs of one definition or loop have in common."""
    if isinstance(node.primitive.derivative, Loop):
        return loop_key(node)
    return node.attr("rule"), declared_values(node), declared_inputs(node)


class _Siblings:
    """The outputs of definitions and loops: those of one are differentiated together."""

    def __init__(self, order: Sequence[Node]) -> None:
        self._first: dict[object, Node] = {}  # the output that reverse order reaches last
        self._cotangents: dict[object, dict[int, Node]] = {}
        for node in order:
            if _has_siblings(node):
                self._first.setdefault(_sibling_key(node), node)

    def known(self, node: Node, cotangent: Tangent) -> dict[int, Node]:
        """The cotangents of all siblings by index, at the last of them; before that, none."""
        key = _sibling_key(node)
        known = self._cotangents.setdefault(key, {})
        if cotangent is not None:
            known[node.integer("index")] = cotangent
        return known if node is self._first[key] else {}


def _joint_contributions(
    node: Node, cotangents: Mapping[int, Node], varying: set[Node]
) -> Iterable[tuple[Node, Tangent]]:
    """What a definition or a loop, of which `node` is an output, adds to those of its operands."""
    if isinstance(node.primitive.derivative, Loop):
        cotangents = {n: each for n, each in cotangents.items() if not is_constant(each, 0)}
        return loop_cotangents(node, cotangents, varying, _vjp) if cotangents else ()
    if not cotangents:
        return ()
    return zip(declared_inputs(node), declared_cotangents(node, cotangents), strict=True)


def declared_cotangents(node: Node, known: Mapping[int, Node]) -> tuple[Tangent, ...]:
    """The cotangents of the inputs of a definition from those of its outputs, by index."""
    inputs, outputs = declared_inputs(node), declared_outputs(node)
    cotangents = tuple(
        known.get(index) or zeros_like(output) for index, output in enumerate(outputs)
    )
    result = node.attr("rule")(inputs, outputs, cotangents)
    for operand, cotangent in zip(inputs, result, strict=True):
        if cotangent is not None and cotangent.shape != operand.shape:
            shapes = [cotangent.shape]
            raise ShapeError(
                "a declared derivative", shapes, f"the operand's shape {operand.shape}"
            )
    return tuple(
        cotangent if operand.dtype.is_floating else None
        for operand, cotangent in zip(inputs, result, strict=True)
    )


install_reverse_mode(_vjp)


# Forward mode.


def _jvp(
    outputs: Sequence[Node], wrt: Sequence[Node], tangents: Sequence[Tangent]
) -> list[Tangent]:
    found: dict[Node, Tangent] = {}
    for node, tangent in zip(wrt, tangents, strict=True):
        if node.dtype.is_floating and tangent is not None and not is_constant(tangent, 0):
            found[node] = tangent
    for node in between(outputs, wrt):
        found[node] = _node_jvp(node, found)
    return [found.get(node) for node in outputs]


def _node_jvp(node: Node, found: dict[Node, Tangent]) -> Tangent:
    """The tangent of a node from those of its operands, through the derivative of its row."""
    tangents = [found.get(operand) for operand in node.args]
    if all(tangent is None for tangent in tangents):
        return None
    match node.primitive.derivative:
        case Partials(formula):
            partials = formula(node, *node.args)
            result = total(
                scaled(tangent, partial)
                for tangent, partial in zip(tangents, partials, strict=True)
                if tangent is not None
            )
            if result is not None and node.primitive.category == "reduction":
                return sum_(result, axes=node.ints("axes"))
            return result
        case Linear() as row:
            return _linear_jvp(node, row, tangents)
        case Expand(formula):
            operands = list(dict.fromkeys(node.args))
            return _jvp([formula(node)], operands, [found.get(x) for x in operands])[0]
        case Reverse(rule):
            return _transposed(
                node, found, lambda c: zip(node.args, rule(node, c), strict=True), (node,)
            )
        case Declared():
            before = *declared_inputs(node), *declared_outputs(node)
            return _transposed(node, found, lambda c: _pulled_back(node, c), before)
        case Loop():
            return loop_tangent(node, tangents, _jvp)
        case Zero():
            return None


def _linear_jvp(node: Node, row: Linear, tangents: Sequence[Tangent]) -> Tangent:
    indices = row.operands(node)
    known = {index: tangents[index] for index in indices if tangents[index] is not None}
    if not known:
        return None
    if not row.jointly:  # linear in each operand: the product rule
        return total(_with_operands(node, {index: t}) for index, t in known.items())
    if len(known) < len(indices) and node.primitive.category == "elementwise":
        # An elementwise linear map is its own transpose; this avoids adding zeros.
        return total(row.transpose(node, t, index) for index, t in known.items() if t)
    zeros = {index: zeros_like(node.args[index]) for index in indices}
    return _with_operands(node, {**zeros, **known})


def _with_operands(node: Node, replaced: dict[int, Tangent]) -> Node:
    args = tuple(replaced.get(index) or arg for index, arg in enumerate(node.args))
    return node.primitive.apply(args, node.attrs, node.source)


def _pulled_back(node: Node, cotangent: Node) -> Iterable[tuple[Node, Tangent]]:
    """The inputs of a definition, and their cotangents from that of one output."""
    found = declared_cotangents(node, {node.attr("index"): cotangent})
    return zip(declared_inputs(node), found, strict=True)


def _transposed(
    node: Node,
    found: dict[Node, Tangent],
    rule: Callable[[Node], Iterable[tuple[Node, Tangent]]],
    before: Iterable[Node],
) -> Tangent:
    """The transpose of a rule of reverse mode, so that forward mode agrees with it.

    The rule is linear in the cotangent; reverse mode through the rule itself, seeded with
    the tangents of the operands, is therefore its transpose. `before`: what the rule is given.
    """
    cotangent = fresh_input(node, "cotangent")
    pairs = [
        (result, found.get(operand)) for operand, result in rule(cotangent) if result is not None
    ]
    results, tangents = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    tangent = _vjp(results, [cotangent], tangents)[0]
    given = {*before, *tangents}
    made = post_order([tangent] if tangent else [], lambda x: () if x in given else x.args)
    if cotangent in made:
        raise GradientError(
            "a declared derivative is not linear in its cotangent, so it has no forward mode",
            "the cotangent multiplied, added, selected, moved or reduced",
            "use reverse mode (grad, vjp), or declare a rule that is linear",
            node.source,
        )
    return tangent
