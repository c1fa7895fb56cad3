"""Index maps: the element of an operand that an iteration point reads.

Movement primitives cost nothing inside a kernel: they only change the index map of their operand.
A map has one entry for each dimension of the operand: the index along it is
`offset + step * i[dim]`, or just `offset` where `dim` is None. Along an axis that is cut into
windows, it is the sum of the terms of several loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dovetail.graph.node import Node, Shape


class Index(NamedTuple):
    """The index along one dimension, as a function of the iteration point."""

    offset: int
    step: int
    dim: int | None
    more: tuple[tuple[int, int], ...] = ()  # further loops: (step, dim)

    @property
    def terms(self) -> tuple[tuple[int, int], ...]:
        """The loops that it follows: (step, dim)."""
        return self.more if self.dim is None else ((self.step, self.dim), *self.more)

    @property
    def whole(self) -> int | None:
        """The loop that it equals, if it follows one loop from the first element on."""
        return self.dim if self.offset == 0 and self.step == 1 and not self.more else None

    def moved(self, start: int, step: int) -> Index:
        """start + step * self."""
        more = tuple([(step * own, dim) for own, dim in self.more])
        return Index(start + step * self.offset, step * self.step, self.dim, more)


ZERO = Index(0, 0, None)
IndexMap = tuple[Index, ...]


def summed(first: Index, second: Index) -> Index:
    """The sum of two indices."""
    offset, terms = first.offset + second.offset, (*first.terms, *second.terms)
    return Index(offset, *terms[0], terms[1:]) if terms else Index(offset, 0, None)


def identity(shape: Shape, dims: Sequence[int | None]) -> IndexMap:
    """Dimension k follows iteration dimension dims[k]; dimensions of size 1 stay at 0."""
    return tuple(
        ZERO if extent == 1 or dim is None else Index(0, 1, dim)
        for extent, dim in zip(shape, dims, strict=True)
    )


def strided(index: IndexMap, strides: Sequence[int], rank: int) -> tuple[int, list[int]]:
    """The offset, and the stride of each of `rank` loops, in an array with these strides."""
    offset, found = 0, [0] * rank
    for entry, stride in zip(index, strides, strict=True):
        offset += entry.offset * stride
        for step, dim in entry.terms:
            found[dim] += step * stride
    return offset, found


def through(node: Node, index: IndexMap) -> IndexMap:
    """The map of a view's operand, for the map of the view."""
    operand = node.args[0]
    if node.op == "broadcast":
        dims = node.ints("dims")
        return tuple(
            ZERO if extent == 1 else index[dim]
            for extent, dim in zip(operand.shape, dims, strict=True)
        )
    if node.op == "permute":
        axes = node.ints("axes")
        return tuple(index[axes.index(axis)] for axis in range(len(axes)))
    if node.op == "slice":
        return tuple(
            entry.moved(start, step)
            for start, step, entry in zip(
                node.ints("starts"), node.ints("steps"), index, strict=True
            )
        )
    if node.op == "windows":
        return _through_windows(node, index)
    kept = iter(entry for entry, extent in zip(index, node.shape, strict=True) if extent != 1)
    return tuple(ZERO if extent == 1 else next(kept) for extent in operand.shape)


def _through_windows(node: Node, index: IndexMap) -> IndexMap:
    """Element j of window i of an axis is its element step * i + dilation * j."""
    found = list(index[: len(node.args[0].shape)])
    inner = index[len(found) :]
    for axis, entry, step, dilation in zip(
        node.ints("axes"), inner, node.ints("steps"), node.ints("dilations"), strict=True
    ):
        found[axis] = summed(found[axis].moved(0, step), entry.moved(0, dilation))
    return tuple(found)
