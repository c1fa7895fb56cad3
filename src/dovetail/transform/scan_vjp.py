"""Reverse mode of a loop: a loop that also stacks residuals, and one that runs back over them.

What one step keeps for the backward step is chosen by a minimum cut of the body, as for a graph
(min_cut.py): xs, constants and ys exist anyway, everything else is stacked. The cotangents of the
carries are the carries of the backward loop; those of xs are stacked by it; those of constants are
summed over the steps (scan_sums.py), where products are taken after the loop, in one.

The loop that stacks residuals computes the outputs of the original one, too, and says so
(`Derivation`): scan_merge.py puts it in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice

from dovetail.errors import GradientError
from dovetail.graph.node import Node, Nodes, post_order, substitute, topological
from dovetail.graph.primitives.elementwise import add, cast
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.primitives.scan import UNTIL, Body, Derivation, body_of, loop, loop_key
from dovetail.graph.primitives.structure import concat, reshape, slice_axis
from dovetail.transform.arithmetic import zeros_like
from dovetail.transform.contract import contracted
from dovetail.transform.dependence import carried_on, dependences
from dovetail.transform.min_cut import min_cut_partition
from dovetail.transform.residuals import (
    half_statistics,
    prefer_outputs,
    residual_input,
    widened,
)
from dovetail.transform.scan_merge import merged
from dovetail.transform.scan_sums import LocatedSum, TimeSum
from dovetail.transform.stabilise import stabilise

Tangent = Node | None
Reverse = Callable[[Sequence[Node], Sequence[Node], Sequence[Tangent]], list[Tangent]]


def loop_cotangents(
    node: Node, cotangents: Mapping[int, Node], varying: AbstractSet[Node], reverse: Reverse
) -> Iterator[tuple[Node, Node]]:
    """What a loop adds to the cotangents of its operands.

    `node` is any of its outputs, `cotangents` has those of the outputs by index.
    """
    body, length, backwards, checkpoint, operands = loop_key(node)
    if length == UNTIL:
        raise GradientError(
            "a while_loop has no reverse mode: the number of its steps is not known before it ends",
            "a loop with a known number of steps, or forward mode",
            "use dt.fori_loop or dt.scan with a mask of the steps that count, or dt.jvp",
            node.source,
        )
    wanted = frozenset(n for n, x in enumerate(operands) if x in varying and x.dtype.is_floating)
    seeded = frozenset(cotangents)
    key = "vjp", wanted, seeded, checkpoint
    plan = body.derived(key, lambda: _plan(body, wanted, seeded, checkpoint, reverse))
    if plan is None or not plan.gradients:
        return
    forward = loop(plan.forward, operands, length, backwards, checkpoint, node.source)
    stacks = [kept.stacked(operands, forward, length, backwards) for kept in plan.kept]
    first = [cotangents[j] if j in cotangents else zeros_like(forward[j]) for j in plan.carries]
    first += [zeros_like(each) for each in plan.accumulators]
    constants = [operands[n] for n in plan.constants]
    xs = [*stacks, *(cotangents[n] for n in plan.seeded)]
    back = loop(
        plan.backward, [*first, *constants, *xs], length, not backwards, checkpoint, node.source
    )
    for position, found in plan.gradients.items():
        if isinstance(found, int):
            yield operands[position], back[found]
        else:
            yield operands[position], found.after(stacks, back, length)


@dataclass(frozen=True)
class _Kept:
    """Where the values of one residual are, at all steps.

    An operand of the loop, or an output of the forward loop; `first`: the operand that comes
    before those, as the values after a step are those before the next one.
    """

    operand: int | None = None
    output: int | None = None
    first: int | None = None

    def stacked(
        self, operands: Sequence[Node], forward: Sequence[Node], length: int, reverse: bool
    ) -> Node:
        if self.operand is not None:
            return operands[self.operand]
        assert self.output is not None
        stack = forward[self.output]
        if self.first is None or length == 0:
            return stack
        start = operands[self.first]
        start = reshape(start, shape=(1, *start.shape))
        if length == 1:
            return start
        others = slice_axis(stack, 0, 1 if reverse else 0, length - 1, 1)
        return concat(others, start, axis=0) if reverse else concat(start, others, axis=0)


@dataclass(frozen=True)
class Plan:
    """The two loops, and how the cotangents of operands follow from the second one.

    The backward loop has the carries `carries` (outputs of the original loop) and `accumulators`;
    the constants `constants`; the residuals `kept` and the cotangents of the ys `seeded` as xs.
    """

    forward: Body
    backward: Body
    kept: tuple[_Kept, ...]
    carries: tuple[int, ...]
    accumulators: Nodes
    constants: tuple[int, ...]
    seeded: tuple[int, ...]
    gradients: dict[int, int | LocatedSum]


def _active(
    body: Body, outputs: Sequence[Node], wanted: frozenset[int], seeded: frozenset[int]
) -> tuple[list[int], list[int]]:
    """The carries that a cotangent flows through, and the ys with one that reaches anything."""
    depends = dependences(outputs, body.inputs, derivatives=True)
    varying = carried_on(wanted, depends, body.carries)
    ys = [n for n in sorted(seeded) if n >= body.carries and not depends[n].isdisjoint(varying)]
    varying = {n for n in varying if n < body.carries}
    carries = varying & seeded
    while True:
        reached = {j for n in (*carries, *ys) for j in depends[n] if j in varying}
        if reached <= carries:
            break
        carries |= reached
    return sorted(carries), ys


def _plan(
    body: Body, wanted: frozenset[int], seeded: frozenset[int], checkpoint: bool, reverse: Reverse
) -> Plan | None:
    outputs = stabilise(body.outputs)
    carries, ys = _active(body, outputs, wanted, seeded)
    if not carries and not ys:
        return None
    active = [outputs[n] for n in (*carries, *ys)]
    cotangents = [fresh_input(node, "cotangent") for node in active]
    wrt = [*carries, *sorted(n for n in wanted if n >= body.carries)]
    found = reverse(active, [body.inputs[n] for n in wrt], cotangents)
    gradients = {n: node for n, node in zip(wrt, found, strict=True) if node is not None}
    return _Planner(body, outputs, cotangents, carries, ys, gradients, checkpoint).plan()


class _Planner:
    """Puts the two bodies of a plan together."""

    def __init__(
        self, body: Body, outputs: Sequence[Node], cotangents: Sequence[Node],
        carries: list[int], ys: list[int], gradients: dict[int, Node], checkpoint: bool,
    ) -> None:  # fmt: skip
        self.body, self.carries, self.ys, self.checkpoint = body, carries, ys, checkpoint
        self.cotangents = list(cotangents)
        inputs = body.inputs
        constants = range(body.carries, body.first_x)
        fixed = {inputs[n] for n in constants}
        of_carries = [gradients.get(j) or zeros_like(inputs[j]) for j in carries]
        self.of_xs = [n for n in gradients if n >= body.first_x]
        of_xs = [gradients[n] for n in self.of_xs]
        self.sums = _sums({n: gradients[n] for n in constants if n in gradients}, fixed, of_xs)
        if checkpoint:
            self.sums = {n: TimeSum.in_the_loop(gradients[n]) for n in self.sums}
        terms = [total.term for total in self.sums.values() if total.term is not None]
        self.bases = list(dict.fromkeys(b for total in self.sums.values() for b in total.bases))
        parts = [of_carries, of_xs, terms, self.bases]
        computed = [node for part in parts for node in part]
        joint = contracted(merged((*outputs, *prefer_outputs(outputs, computed))))
        self.outputs, self.computed = joint[: len(outputs)], joint[len(outputs) :]
        self.sizes = list(map(len, parts))
        self.kept: list[_Kept] = []
        self.stored: list[Node] = []  # residuals that the forward loop stacks
        self.numbers: dict[Node, int] = {}  # of the residuals that are stacked
        self.chosen = self._chosen()
        for node in self.chosen:
            if node not in fixed:
                self.numbers[node] = len(self.kept)
                self.kept.append(self._kept(node))
        statistics = half_statistics(topological(joint))
        self.wide = statistics.intersection(self.stored) - set(self.outputs)

    def _chosen(self) -> list[Node]:
        """The forward values that the backward body starts from."""
        inputs, first = self.body.inputs, self.body.carries
        if not self.checkpoint:
            return min_cut_partition(
                self.outputs[first:], self.computed, inputs[first:], self.cotangents
            )
        known = {*inputs, *self.outputs[first:]}
        order = post_order(self.computed, lambda node: () if node in known else node.args)
        read = known.intersection(order)
        return [node for node in dict.fromkeys((*inputs, *self.outputs[first:])) if node in read]

    def _kept(self, node: Node) -> _Kept:
        """Where a residual is; the forward loop stacks it if it is nowhere else."""
        body, inputs = self.body, self.body.inputs
        if node in inputs[body.first_x :]:
            return _Kept(operand=inputs.index(node))
        ys = self.outputs[body.carries :]
        first = None
        if node in inputs[: body.carries]:
            number = inputs.index(node)
            after = self.outputs[number]
            if after not in inputs and (after in ys or after in self.chosen):
                node, first = after, number
        if node in ys:
            return _Kept(output=body.carries + ys.index(node), first=first)
        if node not in self.stored:
            self.stored.append(node)
        return _Kept(output=len(self.outputs) + self.stored.index(node), first=first)

    def forward(self) -> Body:
        """The body that stacks the residuals."""
        body, inputs = self.body, self.body.inputs
        stored = widened(self.stored, self.wide)
        origin = Derivation(body, tuple(range(len(inputs))), tuple(range(len(self.outputs))))
        return body_of(*body.by_role(inputs), [*self.outputs, *stored], origin)

    def plan(self) -> Plan:
        inputs = self.body.inputs
        replaced: dict[Node, Node] = {}
        stacks: list[Node] = []
        for node in self.numbers:
            stack, replaced[node] = residual_input(node, wide=node in self.wide)
            stacks.append(stack)
        rest = iter(substitute(self.computed, replaced))
        of_carries, of_xs, terms, bases = (list(islice(rest, size)) for size in self.sizes)
        accumulators = [fresh_input(term, "sum", dtype=term.dtype.compute) for term in terms]
        summed = [_added(sum_, term) for sum_, term in zip(accumulators, terms, strict=True)]
        # Bases of products that are no residuals are stacked by the backward loop.
        made = self.computed[len(self.computed) - len(self.bases) :]
        places: dict[Node, tuple[bool, int]] = {}
        emitted: list[Node] = []
        first_y = len(of_carries) + len(summed)
        for base, joint, value in zip(self.bases, made, bases, strict=True):
            if joint in self.numbers:
                places[base] = True, self.numbers[joint]
            else:
                places[base] = False, first_y + len(of_xs) + len(emitted)
                emitted.append(value)
        constants = [
            n for n in range(self.body.carries, self.body.first_x) if inputs[n] in self.chosen
        ]
        count = len(of_carries)
        backward = body_of(
            [*self.cotangents[:count], *accumulators], [inputs[n] for n in constants],
            [*stacks, *self.cotangents[count:]], [*of_carries, *summed, *of_xs, *emitted],
        )  # fmt: skip
        gradients: dict[int, int | LocatedSum] = {j: n for n, j in enumerate(self.carries)}
        gradients |= {n: first_y + at for at, n in enumerate(self.of_xs)}
        position = count
        for n, total in self.sums.items():
            has_term = total.term is not None
            gradients[n] = LocatedSum(total, position if has_term else None, places)
            position += has_term
        return Plan(
            self.forward(), backward, tuple(self.kept), tuple(self.carries), tuple(accumulators),
            tuple(constants), tuple(self.ys), gradients,
        )  # fmt: skip


def _sums(
    gradients: Mapping[int, Node], fixed: AbstractSet[Node], stacked: Sequence[Node]
) -> dict[int, TimeSum]:
    """The sums over time of the cotangents of constants."""
    bases = set(stacked)
    for value in gradients.values():
        bases.update(TimeSum.of(value, fixed).bases)
    return {n: TimeSum.of(value, fixed, bases) for n, value in gradients.items()}


def _added(total: Node, term: Node) -> Node:
    """A running sum, which half precisions keep in float32."""
    return add(total, term if term.dtype is total.dtype else cast(term, dtype=total.dtype))
