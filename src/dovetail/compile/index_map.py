"""Index maps: the element of an operand that an iteration point reads.

Movement primitives cost nothing inside a kernel: they only change the index map of their
operand. A map has one entry for each dimension of the operand:
the index along it is `offset + step * i[dim]`, or just `offset` where `dim` is None.
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


ZERO = Index(0, 0, None)
IndexMap = tuple[Index, ...]


def identity(shape: Shape, dims: Sequence[int | None]) -> IndexMap:
    """Dimension k follows iteration dimension dims[k]; dimensions of size 1 stay at 0."""
    return tuple(
        ZERO if extent == 1 or dim is None else Index(0, 1, dim)
        for extent, dim in zip(shape, dims, strict=True)
    )


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
            Index(start + step * entry.offset, step * entry.step, entry.dim)
            for start, step, entry in zip(
                node.ints("starts"), node.ints("steps"), index, strict=True
            )
        )
    kept = iter(entry for entry, extent in zip(index, node.shape, strict=True) if extent != 1)
    return tuple(ZERO if extent == 1 else next(kept) for extent in operand.shape)
