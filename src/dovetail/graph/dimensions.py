"""How the dimensions of operands and results correspond, for primitives that are not elementwise.

Each class has the ties of dimensions (`ties`), and how the attributes change when operands
and result get a leading dimension of examples (`batched`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dovetail.graph.node import RESULT, Attributes, Dimensions, Node, Shape, Tie


def _each(operands: Iterable[int], dims: Iterable[int]) -> Iterator[Tie]:
    """These dimensions of the operands and the result, one by one."""
    numbers = (RESULT, *operands)
    return (tuple((number, dim) for number in numbers) for dim in dims)


def _others(node: Node) -> list[int]:
    """The dimensions but the one along which a primitive works."""
    return [dim for dim in range(len(node.shape)) if dim != node.integer("axis")]


def _kept(node: Node, axes: tuple[int, ...]) -> Iterator[Tie]:
    kept = [dim for dim in range(len(node.args[0].shape)) if dim not in axes]
    return (((RESULT, position), (0, dim)) for position, dim in enumerate(kept))


def _whole(node: Node, smaller: Shape, larger: Shape) -> Iterator[Tie]:
    """The dimensions of a slice, or of what is padded, that are the whole of the larger one."""
    starts, steps = node.ints("starts"), node.ints("steps")
    whole = [
        dim
        for dim, extent in enumerate(smaller)
        if extent == larger[dim] and starts[dim] == 0 and steps[dim] == 1
    ]
    return _each((0,), whole)


def _leading(attributes: Attributes, **first: int) -> Attributes:
    """The attributes with a first entry for those that have one for each dimension."""
    return attributes | {name: (value, *attributes[name]) for name, value in first.items()}


class Reduced(Dimensions):
    """The axes `axes` are dropped."""

    def ties(self, node: Node) -> Iterator[Tie]:
        return _kept(node, node.ints("axes"))

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return {**attributes, "axes": tuple(axis + 1 for axis in attributes["axes"])}


class AlongAxis(Dimensions):
    """All dimensions but `axis` correspond."""

    def ties(self, node: Node) -> Iterator[Tie]:
        return _each(range(len(node.args)), _others(node))

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return {**attributes, "axis": attributes["axis"] + 1}


class Searched(AlongAxis):
    """The dimension `axis` is dropped."""

    def ties(self, node: Node) -> Iterator[Tie]:
        return _kept(node, (node.integer("axis"),))


class Indexed(AlongAxis):
    """Along `axis`, dimensions of the indices and of one other correspond: `ends`, or RESULT."""

    def __init__(self, *ends: int) -> None:
        self.ends = ends

    def ties(self, node: Node) -> Iterator[Tie]:
        yield from super().ties(node)
        yield tuple((end, node.integer("axis")) for end in self.ends)


class Broadcast(Dimensions):
    """Operand dimension i is result dimension `dims[i]`, where it is not stretched."""

    def ties(self, node: Node) -> Iterator[Tie]:
        operand = node.args[0].shape
        for position, dim in enumerate(node.ints("dims")):
            if operand[position] == node.shape[dim]:
                yield (RESULT, dim), (0, position)

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return {
            "shape": (size, *attributes["shape"]),
            "dims": (0, *(dim + 1 for dim in attributes["dims"])),
        }


class Permuted(Dimensions):
    """Result dimension i is operand dimension `axes[i]`."""

    def ties(self, node: Node) -> Iterator[Tie]:
        return (((RESULT, position), (0, dim)) for position, dim in enumerate(node.ints("axes")))

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return {"axes": (0, *(axis + 1 for axis in attributes["axes"]))}


class Reshaped(Dimensions):
    """Dimensions that are kept, and the first of those that are merged or split."""

    def ties(self, node: Node) -> Iterator[Tie]:
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

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return _leading(attributes, shape=size)


class Sliced(Dimensions):
    """Dimensions that are not cut."""

    def ties(self, node: Node) -> Iterator[Tie]:
        return _whole(node, node.shape, node.args[0].shape)

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return _leading(attributes, starts=0, steps=1, sizes=size)


class Padded(Dimensions):
    """Dimensions that get no zeros."""

    def ties(self, node: Node) -> Iterator[Tie]:
        return _whole(node, node.args[0].shape, node.shape)

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return _leading(attributes, shape=size, starts=0, steps=1)


class OverWindows(Dimensions):
    """The axes `axes` are cut into windows, whose elements are axes at the end."""

    def ties(self, node: Node) -> Iterator[Tie]:
        rank = min(len(node.shape), len(node.args[0].shape))
        return _each((0,), [dim for dim in range(rank) if dim not in node.ints("axes")])

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return {**attributes, "axes": tuple(axis + 1 for axis in attributes["axes"])}


class AddedAt(Dimensions):
    """Dimensions of the second operand that are the whole of the first one's."""

    def ties(self, node: Node) -> Iterator[Tie]:
        first, second = (arg.shape for arg in node.args)
        for (_, dim), _ in _whole(node, second, first):
            yield (RESULT, dim), (0, dim), (1, dim)

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        return _leading(attributes, starts=0, steps=1)


class Convolved(Dimensions):
    """Convolutions: leading axes count them. `examples`: the operands with axes of examples."""

    def __init__(self, examples: tuple[int, int]) -> None:
        self.examples = examples

    def ties(self, node: Node) -> Iterator[Tie]:
        lead = len(node.shape) - len(node.ints("steps")) - 2
        yield from _each((0, 1), range(lead))
        yield tuple((operand, lead) for operand in self.examples)


class Multiplied(Dimensions):
    """Matrices: (..., m, k) times (..., k, n)."""

    def ties(self, node: Node) -> Iterator[Tie]:
        last = len(node.shape) - 1
        yield from _each((0, 1), range(last - 1))
        yield (RESULT, last - 1), (0, last - 1)
        yield (RESULT, last), (1, last)
        yield (0, last), (1, last - 1)


class OfMatrices(Dimensions):
    """Leading dimensions count matrices; the last `own` dimensions of the result belong to each.

    `columns`: the last dimension of the result is that of the last operand.
    """

    def __init__(self, own: int = 2, columns: bool = False) -> None:
        self.own, self.columns = own, columns

    def ties(self, node: Node) -> Iterator[Tie]:
        yield from _each(range(len(node.args)), range(len(node.shape) - self.own))
        if self.columns:
            last = len(node.shape) - 1
            yield (RESULT, last), (len(node.args) - 1, last)


class FirstOperand(Dimensions):
    """The first operand has the result's dimensions; the others are not looked at."""

    def ties(self, node: Node) -> Iterator[Tie]:
        return _each((0,), range(len(node.shape)))
