"""Einstein summation: any number of arrays, contracted by matrix products where possible.

Arrays are contracted from left to right. A pair becomes one batched matrix product
where it shares summed letters and each side, or one of them, has letters of its own;
otherwise a product and a sum, which fuse with their neighbours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dovetail.errors import ShapeError
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.language.functions import op
from dovetail.language.operands import Operand, promoted, static, wrap
from dovetail.language.tracer import Tracer

__all__ = ["einsum"]


@dataclass(frozen=True)
class _Term:
    """An array and one letter for each of its axes."""

    node: Node
    letters: str


def _letters(spec: str, shapes: list[Shape]) -> tuple[list[str], str]:
    """The letters of each array and of the result, the ellipsis written as digits."""

    def fail(expectation: str) -> ShapeError:
        return ShapeError(f"einsum {spec!r}", shapes, expectation)

    left, arrow, right = spec.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise fail(f"{len(terms)} arrays")
    hidden = [
        len(shape) - len(term.replace("...", "")) for term, shape in zip(terms, shapes, strict=True)
    ]
    widest = max((gap for term, gap in zip(terms, hidden, strict=True) if "..." in term), default=0)
    if widest > 10:
        raise fail("at most 10 axes under '...'")
    dots = "0123456789"[:widest]
    written: list[str] = []
    for term, gap in zip(terms, hidden, strict=True):
        plain = term.replace("...", "", 1)
        if gap < 0 or (gap and "..." not in term):
            raise fail(f"as many letters as axes in {term!r}")
        if not all(letter.isalpha() and letter.isascii() for letter in plain):
            raise fail("letters, commas, '->' and one '...' in each term")
        written.append(term.replace("...", dots[len(dots) - gap :], 1))
    seen = "".join(written)
    result = right.replace("...", dots, 1)
    if not arrow:
        once = (letter for letter in set(seen) - set(dots) if seen.count(letter) == 1)
        result = dots + "".join(sorted(once))
    if len(set(result)) != len(result) or not set(result) <= set(seen) | set(dots):
        raise fail("a result whose letters differ and occur in the terms")
    return written, result


def _diagonal(term: _Term) -> _Term:
    """Repeated letters reduced to their diagonals."""
    node, letters = term.node, term.letters
    for letter in set(letters):
        while letters.count(letter) > 1:
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            rest = [axis for axis in range(len(letters)) if axis not in (first, second)]
            node = structure.permute(node, axes=(*rest, first, second))
            extent = node.shape[-1]
            lead = node.shape[:-2]
            flat = structure.reshape(node, shape=(*lead, extent * extent))
            node = structure.slice_axis(flat, len(lead), 0, extent, extent + 1)
            letters = "".join(letters[axis] for axis in rest) + letter
    return _Term(node, letters)


def _summed(term: _Term, kept: set[str]) -> _Term:
    """A term without the letters that nothing else needs."""
    axes = tuple(axis for axis, letter in enumerate(term.letters) if letter not in kept)
    if not axes:
        return term
    letters = "".join(letter for letter in term.letters if letter in kept)
    return _Term(structure.sum_(term.node, axes=axes), letters)


def _arranged(term: _Term, letters: str, extents: dict[str, int]) -> Node:
    """The node with its axes in the order of `letters`, broadcast along those it lacks."""
    own = [letter for letter in letters if letter in term.letters]
    node = structure.permuted(term.node, tuple(map(term.letters.index, own)))
    shape = tuple(extents[letter] for letter in letters)
    if node.shape == shape:
        return node
    return structure.broadcast(node, shape=shape, dims=tuple(map(letters.index, own)))


def _product(first: _Term, second: _Term, kept: set[str], extents: dict[str, int]) -> _Term:
    """Two terms as one, summed over the letters that only they have."""
    first = _summed(first, kept | set(second.letters))
    second = _summed(second, kept | set(first.letters))
    common = [letter for letter in first.letters if letter in second.letters]
    batch = "".join(letter for letter in common if letter in kept)
    inner = "".join(letter for letter in common if letter not in kept)
    rows_ = "".join(letter for letter in first.letters if letter not in common)
    columns = "".join(letter for letter in second.letters if letter not in common)
    if not inner or not (rows_ or columns):
        letters = batch + rows_ + columns + inner
        parts = (_arranged(term, letters, extents) for term in (first, second))
        return _summed(_Term(rows.multiply(*parts), letters), kept)

    def shape(letters: str) -> Shape:
        return tuple(extents[letter] for letter in letters)

    def extent(letters: str) -> int:
        return math.prod(shape(letters))

    a = _arranged(first, batch + rows_ + inner, extents)
    b = _arranged(second, batch + inner + columns, extents)
    lead = shape(batch)
    product = structure.matmul(
        structure.reshaped(a, (*lead, extent(rows_), extent(inner))),
        structure.reshaped(b, (*lead, extent(inner), extent(columns))),
    )
    whole = (*lead, *shape(rows_), *shape(columns))
    return _Term(structure.reshaped(product, whole), batch + rows_ + columns)


def _extents(spec: str, terms: list[_Term]) -> dict[str, int]:
    """The extent of each letter; an axis of extent 1 under '...' broadcasts."""
    extents: dict[str, int] = {}
    for term in terms:
        for letter, extent in zip(term.letters, term.node.shape, strict=True):
            known = extents.setdefault(letter, extent)
            if letter.isdigit() and 1 in (known, extent):
                extents[letter] = extent if known == 1 else known
            elif known != extent:
                expected = f"one extent for {letter!r}, not {known} and {extent}"
                raise ShapeError(f"einsum {spec!r}", [t.node.shape for t in terms], expected)
    return extents


@op
@static("spec")
def einsum(spec: str, /, *operands: Operand) -> Tracer:
    """The sum of products that `spec` says, as in `numpy.einsum`: "ij,jk->ik".

    Letters that the result lacks are summed over; a letter that occurs twice in one term
    means its diagonal; '...' stands for axes that broadcast. Arrays promote.
    """
    found = promoted(*operands)
    nodes = found.nodes
    written, result = _letters(spec, [node.shape for node in nodes])
    given = [_Term(node, letters) for node, letters in zip(nodes, written, strict=True)]
    extents = _extents(spec, given)
    terms = [_squeezed(_diagonal(term), extents) for term in given]
    current = terms[0]
    for index, term in enumerate(terms[1:], 1):
        later = set(result).union(*(term.letters for term in terms[index + 1 :]))
        current = _product(current, term, later, extents)
    current = _summed(current, set(result))
    return wrap(_arranged(current, result, extents), found.weak)


def _squeezed(term: _Term, extents: dict[str, int]) -> _Term:
    """A term without the axes that it broadcasts along."""
    pairs = zip(term.letters, term.node.shape, strict=True)
    kept = [(letter, extent) for letter, extent in pairs if extent == extents[letter]]
    shape = tuple(extent for _, extent in kept)
    return _Term(structure.reshaped(term.node, shape), "".join(letter for letter, _ in kept))
