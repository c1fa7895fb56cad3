"""Dimensions of arrays as products of factors, which are the same in several arrays.

The channels of an image are a dimension with one factor; flattened, rows, columns and channels are
one with three. A factor is found to be another one, to be a product of smaller ones, or to be parts
side by side, as what is concatenated is. What is left apart from that, its elements can be removed
together from all arrays that have it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from dovetail.graph.node import Array


class Factor:
    """A factor of dimensions. `fixed`: why none of its elements may be removed, if so."""

    __slots__ = ("fixed", "is_dimension", "parts", "size")

    def __init__(self, size: int, fixed: str = "") -> None:
        self.size = size
        self.fixed = fixed
        self.is_dimension: Dimension | None = None  # what it has been found to be
        self.parts: list[Dimension] | None = None  # what is side by side in it

    def fix(self, reason: str) -> None:
        """Let all of its elements stay."""
        self.fixed = self.fixed or reason
        for part in self.parts or ():
            fix(part, reason)

    def __repr__(self) -> str:
        return f"<factor {self.size}{' fixed' if self.fixed else ''}>"


Dimension = tuple[Factor, ...]


def roots(dimension: Dimension) -> Dimension:
    """The factors that it is found to be the product of; those of one element are left out."""
    found: list[Factor] = []
    for factor in dimension:
        if factor.is_dimension is not None:
            found += roots(factor.is_dimension)
        elif factor.size != 1:
            found.append(factor)
    return tuple(found)


def extent(dimension: Dimension) -> int:
    """How many elements it has."""
    return math.prod(factor.size for factor in dimension)


def fix(dimension: Dimension, reason: str) -> None:
    """Let all elements of a dimension stay."""
    for factor in roots(dimension):
        factor.fix(reason)


def unify(first: Dimension, second: Dimension) -> None:
    """These dimensions are one. Where their factors do not fit, all of them are fixed."""
    left, right = list(roots(first)), list(roots(second))
    while left and right:
        x, y = left[0], right[0]
        if x is y or x.size == y.size:
            if x is not y:
                _join(x, y)
            left, right = left[1:], right[1:]
            continue
        (large, rest), small = ((x, left), y) if x.size > y.size else ((y, right), x)
        if large.parts is not None or large.size % small.size:
            break
        _become(large, (Factor(small.size), Factor(large.size // small.size)))
        rest[:] = [*roots((large,)), *rest[1:]]
    if left or right:
        fix((*left, *right), "arrays that meet divide it into parts that do not fit")


def _become(factor: Factor, dimension: Dimension) -> None:
    if factor.fixed:
        fix(dimension, factor.fixed)
    factor.is_dimension = dimension


def _join(x: Factor, y: Factor) -> None:
    """Two factors of one size are one."""
    if x.parts is not None and y.parts is not None:
        for point in sorted({*_bounds(x), *_bounds(y)}):
            if not (_cut(x, point) and _cut(y, point)):
                for each in (x, y):
                    each.fix("arrays that meet are joined from parts that do not fit")
                return
        for one, other in zip(list(x.parts), list(y.parts), strict=True):
            unify(one, other)
        _become(x, (y,))
    elif x.parts is not None:
        _become(y, (x,))
    else:
        _become(x, (y,))


# Parts side by side.


def joined(parts: Iterable[Dimension]) -> Dimension:
    """The dimension in which these are side by side."""
    listed = list(parts)
    if len(listed) == 1:
        return listed[0]
    factor = Factor(sum(map(extent, listed)))
    factor.parts = listed
    return (factor,)


def part_of(dimension: Dimension, start: int, size: int) -> Dimension | None:
    """The part from an element on; None if no boundary of factors is there."""
    first, *inner = roots(dimension) or (Factor(1),)
    block = math.prod(factor.size for factor in inner)
    if start % block or size % block:
        return None
    start, size = start // block, size // block
    if not (_cut(first, start) and _cut(first, start + size)):
        return None
    bounds = [0, *_bounds(first), first.size]
    parts = first.parts if first.parts is not None else [(first,)]
    taken = [
        part for part, low in zip(parts, bounds[:-1], strict=True) if start <= low < start + size
    ]
    return (*joined(taken), *inner)


def _bounds(factor: Factor) -> list[int]:
    """The positions between its parts."""
    sizes = [extent(part) for part in factor.parts or ()]
    return list(itertools.accumulate(sizes))[:-1]


def _cut(factor: Factor, point: int) -> bool:
    """Whether there is a boundary of parts at this position, or could be made."""
    if point in (0, factor.size, *_bounds(factor)):
        return True
    if factor.parts is None:
        sizes = point, factor.size - point
        factor.parts = [(Factor(size, factor.fixed),) for size in sizes]
        return True
    start = 0
    for number, part in enumerate(factor.parts):
        end = start + extent(part)
        if start < point < end:
            inner = roots(part)
            if len(inner) != 1 or not _cut(inner[0], point - start):
                return False
            factor.parts[number : number + 1] = inner[0].parts or [inner]
            return True
        start = end
    return False


# What is kept of a dimension.

Kept = Mapping[Factor, Array]  # for factors of which not all is kept, whether each element is


def mask(dimension: Dimension, kept: Kept) -> Array:
    """Whether each element of a dimension is kept."""

    def of(factor: Factor) -> Array:
        if factor.parts is not None:
            return np.concatenate([mask(part, kept) for part in factor.parts])
        return kept.get(factor, np.ones(factor.size, np.bool_))

    found = np.ones(1, np.bool_)
    for factor in roots(dimension):
        found = np.logical_and.outer(found, of(factor)).ravel()
    return found


def size_of(dimension: Dimension, count: Callable[[Factor], int]) -> int:
    """The size of a dimension; `count` gives that of each factor without parts."""
    return math.prod(
        count(factor) if factor.parts is None
        else sum(size_of(part, count) for part in factor.parts)
        for factor in roots(dimension)
    )  # fmt: skip


def leaves(dimension: Dimension) -> list[Factor]:
    """The factors without parts that it is made of."""
    found: list[Factor] = []
    for factor in roots(dimension):
        if factor.parts is None:
            found.append(factor)
        else:
            found += [leaf for part in factor.parts for leaf in leaves(part)]
    return found


def positions(dimension: Dimension, wanted: Factor) -> Array:
    """For each position of a dimension the index of the factor's element there; else -1."""
    found = np.full(1, -1)
    for factor in roots(dimension):
        if factor is wanted:
            own = np.arange(factor.size)
        elif factor.parts is not None:
            own = np.concatenate([positions(part, wanted) for part in factor.parts])
        else:
            own = np.full(factor.size, -1)
        found = np.maximum.outer(found, own).ravel()
    return found


def fresh(shape: Sequence[int], fixed: str = "") -> tuple[Dimension | None, ...]:
    """A factor of its own for each dimension; None for those of one element."""
    return tuple(None if size == 1 else (Factor(size, fixed),) for size in shape)
