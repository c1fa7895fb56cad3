"""Distribute sums so that dependent reductions need one pass: deviations from a mean sum to 0.

The gradient of a normalised row adds up g r + (x - m) s, where s follows from another sum over the
row: a pass to find s, and one more for this sum. The sum of (x - m) s is 0 whatever s is. Only the
sum of g r is left, and one pass finds both sums.

No factor is taken out of a sum that remains: r sum(g) overflows where sum(g r) does not, and
0 times infinity is not 0. What is left out is replaced by 0 m s, which keeps its NaN.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from math import prod

from dovetail.graph.node import Node, post_order
from dovetail.graph.primitives.elementwise import add, multiply, negative, subtract
from dovetail.graph.primitives.row import is_number
from dovetail.graph.primitives.structure import broadcast, reshape, sum_
from dovetail.transform.rewrite import Match, Rewriter, Rule, of
from dovetail.transform.simplify_fold import known_like
from dovetail.transform.simplify_movement import restores, varying_dims


def _factors(node: Node) -> Iterator[Node]:
    """The factors of a product, signs left out."""
    stack = [node]
    while stack:
        factor = stack.pop()
        if factor.op in ("multiply", "negative"):
            stack.extend(reversed(factor.args))
        else:
            yield factor


def _is_constant(node: Node, axes: tuple[int, ...]) -> bool:
    """Whether a node is written as one that does not vary along axes."""
    if node.op == "broadcast":
        return not set(varying_dims(node)) & set(axes)
    return is_number(node)


def _unshaped(node: Node) -> Node:
    return node.args[0] if node.op == "reshape" else node


def _mean_of_deviation(node: Node, axes: tuple[int, ...]) -> Node | None:
    """The broadcast mean of x - mean(x) over these axes, or of mean(x) - x."""
    if node.op != "subtract":
        return None
    for x, widened in (node.args, node.args[::-1]):
        if widened.op == "broadcast" and _is_mean(widened, x, axes):
            return widened
    return None


def _is_mean(widened: Node, x: Node, axes: tuple[int, ...]) -> bool:
    mean = _unshaped(widened.args[0])
    if mean.op not in ("divide", "multiply") or not is_number(mean.args[1]):
        return False
    total, by = _unshaped(mean.args[0]), mean.args[1]
    if total.op != "sum" or total.args[0] is not x or total.ints("axes") != axes:
        return False
    count = prod(x.shape[axis] for axis in axes)
    expected = count if mean.op == "divide" else 1 / count
    return by.attr("value") == expected and restores(widened, total)


def _narrowed(factor: Node, root: Node, axes: tuple[int, ...]) -> Node:
    """A factor that does not vary along the sum, in the shape of the sum."""
    if is_number(factor):
        return known_like(factor, root.shape)
    left = [axis for axis in range(len(factor.shape)) if axis not in axes]
    core, dims = factor.args[0], factor.ints("dims")
    kept = [
        position for position, dim in enumerate(dims) if dim not in axes
    ]  # the others have size 1
    core = reshape(core, shape=tuple(core.shape[position] for position in kept))
    return broadcast(core, shape=root.shape, dims=tuple(left.index(dims[at]) for at in kept))


# Deviations are looked for among so many summands, so that long sums take linear time.
_MOST_TERMS = 64
_SUMS = (add, subtract, negative)


class _Summands:
    """A sum's operand without its multiples of deviations, as `kept` (None: nothing is left).

    `dropped` holds, for each multiple left out, a zero that is NaN where the multiple would be.
    """

    def __init__(self, root: Node) -> None:
        self.root = root
        self.axes = root.ints("axes")
        self.dropped: dict[Node, None] = {}
        self.multiples: set[Node] = set()
        summed = self._summed(root.args[0])
        found: dict[Node, Node | None] = {}
        for node in post_order(root.args, lambda node: node.args if node in summed else ()):
            found[node] = self._without(node, found, summed)
        self.kept = found[root.args[0]]

    def _summed(self, operand: Node) -> set[Node]:
        """The sums that are taken apart; finds the multiples of deviations among their terms."""
        summed: set[Node] = set()
        terms = {operand: None}
        queue = deque(terms)
        while queue:
            node = queue.popleft()
            if node.op != "negative" and self._drop(node):
                self.multiples.add(node)
            elif node.primitive in _SUMS and len(terms) < _MOST_TERMS:
                summed.add(node)
                queue.extend(arg for arg in dict.fromkeys(node.args) if arg not in terms)
                terms.update(dict.fromkeys(node.args))
        return summed

    def _without(
        self, node: Node, found: dict[Node, Node | None], summed: set[Node]
    ) -> Node | None:
        if node not in summed:
            return None if node in self.multiples else node
        first, *rest = (found[arg] for arg in node.args)
        if node.op == "negative":
            return first and negative(first)
        (second,) = rest
        if first is None or second is None:
            return first or (second and (negative(second) if node.op == "subtract" else second))
        return node.primitive(first, second)

    def _drop(self, node: Node) -> bool:
        zero: Node | None = None
        others: list[Node] = []
        for factor in _factors(node):
            mean = _mean_of_deviation(factor, self.axes) if zero is None else None
            if mean is not None:
                zero = multiply(_narrowed(mean, self.root, self.axes), 0.0)
            elif _is_constant(factor, self.axes):
                others.append(factor)
            else:
                return False
        if zero is None:
            return False
        for factor in others:
            zero = multiply(zero, _narrowed(factor, self.root, self.axes))
        self.dropped[zero] = None
        return True


def _without_deviations(match: Match) -> Node | None:
    root = match.root
    if not root.dtype.is_floating or not root.args[0].size:  # of no elements, the mean is NaN
        return None
    summands = _Summands(root)
    if not summands.dropped:
        return None
    total = None if summands.kept is None else sum_(summands.kept, axes=summands.axes)
    for zero in summands.dropped:
        total = zero if total is None else add(total, zero)
    return total


RULES: tuple[Rule, ...] = tuple(
    Rule(
        f"sum of {row.name} of deviations", of(sum_, of(row)), _without_deviations, "reassociating"
    )
    for row in (add, subtract, multiply, negative)
)

_rewriter = Rewriter(RULES)


def without_deviations(outputs: Sequence[Node]) -> tuple[Node, ...]:
    """The outputs, where multiples of deviations from a mean are left out of sums over them."""
    return _rewriter(outputs)
