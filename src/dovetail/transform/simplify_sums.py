"""Rules that spare passes: sums of the same rows in one, where a factor made one wait for another.

The gradient of a normalised row adds up g r + (x - m) s, where s follows from another sum over the
row: a pass to find s, and one more for this sum. r sum(g) + s sum(x - m) has the same value, and
all sums are found in the first pass.

A product alone is left as it is: of g y with y = e / sum(e), the sum is to see y as it is rounded,
or the gradient of softmax loses a digit of short rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

from dovetail.graph.node import Node, topological
from dovetail.graph.primitives.elementwise import add, multiply, negative, subtract
from dovetail.graph.primitives.structure import broadcast, reshape, sum_
from dovetail.transform.rewrite import Match, Rule, of
from dovetail.transform.simplify_fold import is_known, known_like
from dovetail.transform.simplify_movement import varying_dims

_MOST = 4  # terms: each sum of its own is work in the first pass


@dataclass(frozen=True)
class _Term:
    """A summand: a core that varies along the sum, times factors that do not."""

    core: Node
    factors: tuple[Node, ...] = ()
    minus: bool = False


def _summands(node: Node, axes: tuple[int, ...]) -> Iterator[_Term | None]:
    """The summands of an expression; None for one that doesn't vary along the sum."""
    if node.op in ("add", "subtract"):
        yield from _summands(node.args[0], axes)
        for term in _summands(node.args[1], axes):
            minus = term is not None and term.minus != (node.op == "subtract")
            yield term and replace(term, minus=minus)
    elif node.op == "negative":
        for term in _summands(node.args[0], axes):
            yield term and replace(term, minus=not term.minus)
    else:
        yield _product(node, axes)


def _product(node: Node, axes: tuple[int, ...]) -> _Term | None:
    if _is_constant(node, axes):
        return None
    if node.op == "negative":
        inner = _product(node.args[0], axes)
        return inner and replace(inner, minus=not inner.minus)
    if node.op != "multiply":
        return _Term(node)
    parts = [(arg, _product(arg, axes)) for arg in node.args]
    varying = [part for _, part in parts if part is not None]
    factors = [arg for arg, part in parts if part is None]
    for part in varying:
        factors += part.factors
    if not factors:
        return _Term(node)
    core = multiply(*(part.core for part in varying)) if len(varying) == 2 else varying[0].core
    return _Term(core, tuple(factors), sum(part.minus for part in varying) == 1)


def _is_constant(node: Node, axes: tuple[int, ...]) -> bool:
    if node.op == "broadcast":
        return not set(varying_dims(node)) & set(axes)
    return is_known(node)


def _waits(factor: Node, summed: Node, axes: tuple[int, ...]) -> bool:
    """Whether a factor follows from another reduction of such rows."""
    return any(
        node.primitive.category == "reduction"
        and node.args[0].shape == summed.shape
        and node.ints("axes") == axes
        for node in topological([factor])
    )


def _narrowed(factor: Node, root: Node, axes: tuple[int, ...]) -> Node:
    """A factor in the shape of the sum."""
    if is_known(factor):
        return known_like(factor, root.shape)
    left = [axis for axis in range(len(factor.shape)) if axis not in axes]
    core, dims = factor.args[0], factor.ints("dims")
    kept = [place for place, dim in enumerate(dims) if dim not in axes]  # the others have size 1
    core = reshape(core, shape=tuple(core.shape[place] for place in kept))
    return broadcast(core, shape=root.shape, dims=tuple(left.index(dims[place]) for place in kept))


def _in_one_pass(match: Match) -> Node | None:
    root, summed = match.root, match.root.args[0]
    axes = root.ints("axes")
    if not root.dtype.is_floating or not summed.size:  # of nothing, a factor is NaN, and the sum 0
        return None
    terms = list(_summands(summed, axes))
    found = [term for term in terms if term is not None]
    if len(found) < len(terms) or len(found) > _MOST:
        return None
    if not any(_waits(factor, summed, axes) for term in found for factor in term.factors):
        return None
    total: Node | None = None
    for term in found:
        value = sum_(term.core, axes=axes)
        for factor in term.factors:
            value = multiply(value, _narrowed(factor, root, axes))
        if total is None:
            total = negative(value) if term.minus else value
        else:
            total = (subtract if term.minus else add)(total, value)
    return total


def _sum_of_deviations(match: Match) -> Node | None:
    """Nothing is left of the deviations from the mean but roundings, or NaN."""
    root, x, mean = match.root, match["x"], match["mean"]
    axes = root.ints("axes")
    if not x.size or not _is_constant(root.args[0].args[1], axes):
        return None
    if mean.op == "reshape":
        mean = mean.args[0]
    if mean.op not in ("divide", "multiply") or not root.dtype.is_floating:
        return None
    total, by = mean.args
    of_x = total.op == "sum" and total.args[0] is x and total.ints("axes") == axes
    if not of_x or not is_known(by):
        return None
    count = prod(x.shape[axis] for axis in axes)
    expected = count if mean.op == "divide" else 1 / count if count else 0
    if by.attr("value") != expected:
        return None
    return multiply(_narrowed(root.args[0].args[1], root, axes), 0.0)


RULES: tuple[Rule, ...] = (
    Rule(
        "sum of x - mean(x)", of(sum_, of(subtract, "x", of(broadcast, "mean"))),
        _sum_of_deviations, "reassociating",
    ),
    *(
        Rule(
            f"sum of {row.name} with factors that wait", of(sum_, of(row)), _in_one_pass,
            "reassociating",
        )
        for row in (add, subtract)
    ),
)  # fmt: skip
