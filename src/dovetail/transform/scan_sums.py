"""Sums over the steps of a loop: products are taken after it, in one.

The cotangent of a constant of a loop is a sum over the steps. Its terms that are products of
matrices, such as the gradient of a weight, need not be computed step by step: the sum over t of
A_t B_t is one product of the A_t side by side with the B_t on top of each other. Sums of what is
stacked anyway, such as the gradient of a bias, are taken after the loop as well. Everything else is
accumulated in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from dovetail.graph.node import Node, Nodes, substitute
from dovetail.graph.primitives.elementwise import add, cast, negative
from dovetail.graph.primitives.library import swap_last
from dovetail.graph.primitives.row import Linear, fresh_input
from dovetail.graph.primitives.structure import matmul, permute, reshape, sum_
from dovetail.transform.arithmetic import total
from dovetail.transform.batch import batch


def _is_linear(node: Node) -> bool:
    """Whether a node is a linear function of one operand."""
    return len(node.args) == 1 and (
        isinstance(node.primitive.derivative, Linear) or node.primitive is negative
    )


@dataclass(frozen=True)
class _Term:
    """A product or a sum, under linear functions (outermost first)."""

    node: Node
    functions: Nodes

    def within(self, value: Node) -> Node:
        """The functions, applied to another value in place of the node."""
        for function in reversed(self.functions):
            value = function.primitive.apply((value,), function.attrs, function.source)
        return value


@dataclass(frozen=True)
class TimeSum:
    """A value of a body, to be summed over the steps: terms after the loop, and one in it.

    `bases`: the values whose views the terms read, and which differ from step to step.
    """

    term: Node | None
    after: tuple[_Term, ...]
    bases: Nodes

    @staticmethod
    def of(
        value: Node, fixed: AbstractSet[Node], stacked: AbstractSet[Node] = frozenset()
    ) -> TimeSum:
        """A sum of this value; `fixed` are the inputs that are the same at all steps.

        `stacked`: values that the loop stacks anyway.
        """
        after: list[_Term] = []
        terms: list[Node] = []
        bases: dict[Node, None] = {}
        waiting: list[tuple[Node, Nodes]] = [(value, ())]
        while waiting:
            node, functions = waiting.pop()
            found = _Term(node, functions)
            if node.primitive is sum_ and _base(node.args[0]) in stacked:
                after.append(found)
                bases[_base(node.args[0])] = None
            elif node.primitive is add:
                waiting += [(arg, functions) for arg in reversed(node.args)]
            elif _is_linear(node) and _holds_product(node):
                waiting.append((node.args[0], (*functions, node)))
            elif node.primitive is matmul and all(_varies(arg, fixed) for arg in node.args):
                after.append(found)
                bases.update(dict.fromkeys(map(_base, node.args)))
            else:
                terms.append(found.within(node))
        return TimeSum(total(terms), tuple(after), tuple(bases))

    @staticmethod
    def in_the_loop(value: Node) -> TimeSum:
        """A sum that is accumulated, products as well, which needs no memory."""
        return TimeSum(value, (), ())


def _holds_product(node: Node) -> bool:
    """Whether a product is among the terms of a value, under linear functions."""
    waiting = [node]
    seen: set[Node] = set()
    while waiting:
        node = waiting.pop()
        if node.primitive is matmul:
            return True
        if node not in seen and (node.primitive is add or _is_linear(node)):
            seen.add(node)
            waiting.extend(node.args)
    return False


def _base(node: Node) -> Node:
    while node.primitive.view:
        node = node.args[0]
    return node


def _varies(node: Node, fixed: AbstractSet[Node]) -> bool:
    """Whether an operand of a product may differ from step to step."""
    base = _base(node)
    return base not in fixed and bool(base.args or base.op == "input")


@dataclass(frozen=True)
class LocatedSum:
    """A sum, once it is known where its parts are.

    `accumulated`: the output of the backward loop with the sum of the terms. `places`: for each
    base, whether it is a residual, and its number; else it is that output of the backward loop.
    """

    sum: TimeSum
    accumulated: int | None
    places: Mapping[Node, tuple[bool, int]]

    def after(self, stacks: Sequence[Node], back: Sequence[Node], length: int) -> Node:
        """The sum; `stacks` are the residuals at all steps, `back` the backward loop."""
        terms: list[Node] = []
        for each in self.sum.after:
            operands = [self._stacked(arg, stacks, back, length) for arg in each.node.args]
            if each.node.primitive is sum_:
                axes = (0, *(axis + 1 for axis in each.node.ints("axes")))
                terms.append(each.within(sum_(operands[0], axes=axes)))
            else:
                terms.append(each.within(product_over_time(*operands)))
        if self.accumulated is not None:
            found = back[self.accumulated]
            like = self.sum.term
            assert like is not None
            terms.append(found if found.dtype is like.dtype else cast(found, dtype=like.dtype))
        result = total(terms)
        assert result is not None
        return result

    def _stacked(
        self, operand: Node, stacks: Sequence[Node], back: Sequence[Node], length: int
    ) -> Node:
        """An operand of a product at all steps."""
        base = _base(operand)
        is_residual, number = self.places[base]
        stack = stacks[number] if is_residual else back[number]
        if stack.dtype is not base.dtype:
            stack = cast(stack, dtype=base.dtype)
        one = fresh_input(base, "step")
        (view,) = substitute([operand], {base: one})
        return batch([view], {one: stack}, length)[0]


def product_over_time(a: Node, b: Node) -> Node:
    """The sum over t of a[t] @ b[t], as one product of matrices."""
    rank = len(a.shape)
    lead = tuple(range(1, rank - 2))
    steps, rows, inner, columns = a.shape[0], a.shape[-2], a.shape[-1], b.shape[-1]
    sizes = tuple(a.shape[dim] for dim in lead)
    # Transposed: the gradient of a weight has its left operand transposed already.
    tall = permute(a, axes=(*lead, 0, rank - 1, rank - 2))
    left = swap_last(reshape(tall, shape=(*sizes, steps * inner, rows)))
    other = b if not lead else permute(b, axes=(*lead, 0, rank - 2, rank - 1))
    right = reshape(other, shape=(*sizes, steps * inner, columns))
    return matmul(left, right)
