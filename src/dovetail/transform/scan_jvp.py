"""Forward mode of a loop: a loop that carries the tangents along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dovetail.graph.node import Node
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.primitives.scan import Body, Derivation, body_of, loop, loop_key
from dovetail.transform.arithmetic import is_constant, zeros_like
from dovetail.transform.dependence import carried_on, dependences
from dovetail.transform.stabilise import stabilise

Tangent = Node | None
Forward = Callable[[Sequence[Node], Sequence[Node], Sequence[Tangent]], list[Tangent]]


@dataclass(frozen=True)
class _TangentBody:
    """A body with tangents, the inputs that have one, and where those of the outputs are."""

    body: Body
    active: frozenset[int]
    outputs: dict[int, int]


def loop_tangent(node: Node, tangents: Sequence[Tangent], forward: Forward) -> Tangent:
    """The tangent of one output of a loop from those of its operands."""
    body, length, reverse, checkpoint, operands = loop_key(node)
    given = frozenset(
        number
        for number, (operand, tangent) in enumerate(zip(operands, tangents, strict=True))
        if tangent is not None and operand.dtype.is_floating and not is_constant(tangent, 0)
    )
    made = _with_tangents(body, given, forward)
    position = made.outputs.get(node.integer("index"))
    if position is None:
        return None

    def with_tangents(numbers: Sequence[int]) -> list[Node]:
        own = [operands[number] for number in numbers]
        more = [
            tangents[number] or zeros_like(operands[number])
            for number in numbers
            if number in made.active
        ]
        return [*own, *more]

    every = [each for numbers in _positions(body) for each in with_tangents(numbers)]
    return loop(made.body, every, length, reverse, checkpoint, node.source)[position]


def _positions(body: Body) -> tuple[Sequence[int], ...]:
    """The positions of carries, constants and xs."""
    return body.by_role(range(len(body.inputs)))


def _with_tangents(body: Body, given: frozenset[int], forward: Forward) -> _TangentBody:
    return body.derived(("jvp", given), lambda: _make_with_tangents(body, given, forward))


def _make_with_tangents(body: Body, given: frozenset[int], forward: Forward) -> _TangentBody:
    outputs = stabilise(body.outputs)
    depends = dependences(outputs, body.inputs, derivatives=True)
    active = carried_on(given, depends, body.carries)
    wrt = sorted(active)
    fresh = {number: fresh_input(body.inputs[number], "tangent") for number in wrt}
    found = forward(outputs, [body.inputs[n] for n in wrt], [fresh[n] for n in wrt])
    groups: list[list[Node]] = []
    positions: dict[int, int] = {}
    for numbers in _positions(body):
        start = sum(map(len, groups))
        positions |= {number: start + at for at, number in enumerate(numbers)}
        groups.append(
            [*(body.inputs[n] for n in numbers), *(fresh[n] for n in numbers if n in active)]
        )
    carries = list(range(body.carries))
    ys = list(range(body.carries, len(outputs)))
    chosen = [n for n in carries if n in active], [n for n in ys if found[n] is not None]
    moved = [
        *(outputs[n] for n in carries), *(found[n] or zeros_like(outputs[n]) for n in chosen[0]),
        *(outputs[n] for n in ys), *(found[n] for n in chosen[1]),
    ]  # fmt: skip
    first_y = body.carries + len(chosen[0])
    own = (*carries, *(first_y + at for at in range(len(ys))))
    of_tangents = {n: body.carries + at for at, n in enumerate(chosen[0])}
    of_tangents |= {n: first_y + len(ys) + at for at, n in enumerate(chosen[1])}
    origin = Derivation(body, tuple(positions[n] for n in range(len(body.inputs))), own)
    first, second, third = groups
    made = body_of(first, second, third, [node for node in moved if node is not None], origin)
    return _TangentBody(made, frozenset(active), of_tangents)
