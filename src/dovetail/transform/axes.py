"""The axes of a computation: dimensions of its arrays that run along with each other.

Each primitive says which dimensions of its operands and its result correspond (`ties`).
Dimensions that are tied anywhere in a graph are one axis of the computation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from dovetail.graph.node import Graph, Node, topological

RESULT = -1
Tie = tuple[tuple[int, int], ...]  # (operand, or RESULT; dimension), which run along together
Dim = tuple[Node, int]


def _each(node: Node, operands: Iterable[int], dims: Iterable[int]) -> Iterator[Tie]:
    """These dimensions of the operands and the result, one by one."""
    operands = tuple(operands)
    for dim in dims:
        yield (RESULT, dim), *((operand, dim) for operand in operands)


def _others(node: Node) -> list[int]:
    """The dimensions but the one along which a primitive works."""
    return [dim for dim in range(len(node.shape)) if dim != node.integer("axis")]


def _elementwise(node: Node) -> Iterator[Tie]:
    return _each(node, range(len(node.args)), range(len(node.shape)))


def _along_axis(node: Node) -> Iterator[Tie]:
    return _each(node, range(len(node.args)), _others(node))


def _reduction(node: Node) -> Iterator[Tie]:
    searched = node.primitive.category == "search"
    axes = (node.integer("axis"),) if searched else node.ints("axes")
    kept = [dim for dim in range(len(node.args[0].shape)) if dim not in axes]
    return (((RESULT, position), (0, dim)) for position, dim in enumerate(kept))


def _broadcast(node: Node) -> Iterator[Tie]:
    operand = node.args[0].shape
    for position, dim in enumerate(node.ints("dims")):
        if operand[position] == node.shape[dim]:
            yield (RESULT, dim), (0, position)


def _permute(node: Node) -> Iterator[Tie]:
    return (((RESULT, position), (0, dim)) for position, dim in enumerate(node.ints("axes")))


def _reshape(node: Node) -> Iterator[Tie]:
    """Dimensions that are kept, and the first of those that are merged or split."""
    old, new = node.args[0].shape, node.shape
    if 0 in old:
        return
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == 1 or new[j] == 1:
            i, j = i + (old[i] == 1), j + (new[j] == 1)
            continue
        first = i, j
        a, b = old[i], new[j]
        while a != b:
            if a < b:
                i += 1
                a *= old[i]
            else:
                j += 1
                b *= new[j]
        yield (RESULT, first[1]), (0, first[0])
        i, j = i + 1, j + 1


def _slice(node: Node) -> Iterator[Tie]:
    smaller, larger = node.shape, node.args[0].shape
    if node.op == "pad":
        smaller, larger = larger, smaller
    starts, steps = node.ints("starts"), node.ints("steps")
    whole = [
        dim
        for dim, extent in enumerate(smaller)
        if extent == larger[dim] and starts[dim] == 0 and steps[dim] == 1
    ]
    return _each(node, (0,), whole)


def _gather(node: Node) -> Iterator[Tie]:
    yield from _each(node, (0, 1), _others(node))
    axis = node.integer("axis")
    yield (RESULT, axis), (1, axis)


def _scatter(node: Node) -> Iterator[Tie]:
    yield from _each(node, (0, 1), _others(node))
    axis = node.integer("axis")
    yield (0, axis), (1, axis)


def _matmul(node: Node) -> Iterator[Tie]:
    last = len(node.shape) - 1
    yield from _each(node, (0, 1), range(last - 1))
    yield (RESULT, last - 1), (0, last - 1)
    yield (RESULT, last), (1, last)
    yield (0, last), (1, last - 1)


def _declared(node: Node) -> Iterator[Tie]:
    return _each(node, (0,), range(len(node.shape)))


_TIES: Mapping[str, Callable[[Node], Iterator[Tie]]] = {
    "sum": _reduction, "prod": _reduction, "max": _reduction, "min": _reduction,
    "argmax": _reduction, "argmin": _reduction,
    "cumulative_sum": _along_axis, "concat": _along_axis, "argsort": _along_axis,
    "broadcast": _broadcast, "permute": _permute, "reshape": _reshape, "slice": _slice,
    "pad": _slice, "checked_index": _elementwise, "gather": _gather, "scatter_add": _scatter,
    "matmul": _matmul, "declared": _declared,
}  # fmt: skip


def ties(node: Node) -> Iterator[Tie]:
    """The dimensions of a node's operands and its result that run along with each other."""
    if node.primitive.category == "elementwise":
        return _elementwise(node)
    found = _TIES.get(node.op)
    return iter(()) if found is None else found(node)


class Axes:
    """The axes of a graph: sets of dimensions that are tied, each named by one of them."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = topological([*graph.inputs, *graph.outputs])
        self._parent: dict[Dim, Dim] = {}
        for node in self.nodes:
            for tie in ties(node):
                dims = [(node if n == RESULT else node.args[n], dim) for n, dim in tie]
                for dim in dims[1:]:
                    one, other = self.find(dims[0]), self.find(dim)
                    if one != other:
                        self._parent[other] = one

    def find(self, dim: Dim) -> Dim:
        """The axis that a dimension belongs to."""
        above = self._parent.get(dim)
        while above is not None:
            dim, above = above, self._parent.get(above)
        return dim

    def along(self, node: Node, axis: Dim) -> int | None:
        """The dimension of an array that belongs to an axis; the last, where there are several."""
        found = [dim for dim in range(len(node.shape)) if self.find((node, dim)) == axis]
        return found[-1] if found else None

    def is_simple(self, axis: Dim) -> bool:
        """Whether no array has an axis twice, as in x + transpose(x)."""
        return all(
            sum(self.find((node, dim)) == axis for dim in range(len(node.shape))) <= 1
            for node in self.nodes
        )
