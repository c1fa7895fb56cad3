"""The shapes of outputs where those of inputs are known in part.

Sizes that work are found first: each unknown dimension gets a size of its own, or, where the
maths does not take that, those at the same axis of arrays of one rank get one size, then those
at the same axis counted from the end, then all, at last all and a known size. From there
`SizeSearch` (sizes.py) tells apart again what need not be equal. What is the same at all sizes
tried is known of the outputs, and the rest is not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from dovetail.errors import DovetailError
from dovetail.graph.dtypes import DType
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Operation, Specs
from dovetail.operations.sizes import TRIALS, Group, SizeSearch, Values, varied

Shape = tuple[int | None, ...]
Partial = Shape | None  # None for a size, or for the whole shape, that is not known
UnknownDim = tuple[int, int]  # an unknown dimension: the number of the array, and the dimension

_SIZES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61)
_RANKS = (2, 1, 3, 4, 0, 5)  # tried where a rank is not known
_DIFFERENT = 3  # arrays of unknown rank that may have different ones


def example_size(number: int) -> int:
    """A size for the variable or group of this number: another one for each."""
    return _SIZES[number % len(_SIZES)] + 64 * (number // len(_SIZES))


@dataclass(frozen=True)
class UnknownSizes:
    """The unknown dimensions of an operation's arrays, and sizes that it works for.

    `dims` are the variables of the size search, `groups` those that must be equal; the others
    have the sizes of `example`. `specs` are trials, with other sizes for each group.
    """

    shapes: tuple[Shape, ...]
    dtypes: tuple[DType, ...]
    ranks_known: bool
    dims: tuple[UnknownDim, ...]
    example: Values
    groups: tuple[Group, ...]
    specs: tuple[Specs, ...]

    def at(self, values: Values) -> Specs:
        """The specs with these sizes for the unknown dimensions."""
        return _specs(self.shapes, self.dtypes, values)


def find_sizes(
    operation: Operation, shapes: Sequence[Partial], dtypes: Sequence[DType]
) -> UnknownSizes:
    """Sizes that an operation works for; raises what it raises where it works with none."""
    if all(shape is not None and None not in shape for shape in shapes):
        known = tuple(shape or () for shape in shapes)
        specs = _specs(known, dtypes, ())
        operation.graph(specs)
        return UnknownSizes(known, tuple(dtypes), True, (), (), (), (specs,))
    first: Exception | None = None
    for ranked in _ranked(shapes):
        dims = tuple(
            (array, dim)
            for array, shape in enumerate(ranked)
            for dim, size in enumerate(shape)
            if size is None
        )

        def trace(values: Values, ranked: Sequence[Shape] = ranked) -> tuple[None, tuple[()]]:
            operation.graph(_specs(ranked, dtypes, values))
            return None, ()

        for example, classes in _examples(ranked, dims):
            try:
                search = SizeSearch(trace, example)
            except DovetailError as error:
                first = first or error
                continue
            if classes and not search.works(classes):
                continue
            groups = classes if len(classes) == len(dims) else search.groups()
            if classes and len(set(itertools.chain(*groups))) < len(dims):
                groups = classes  # no size is known that the others could be fixed to
            tried = [varied(example, groups, turn) for turn in range(TRIALS if groups else 1)]
            fixed = set(range(len(dims))) - set(itertools.chain(*groups))
            ones = tuple(1 if n in fixed else size for n, size in enumerate(example))
            if search.at(ones) is not None:  # what agrees with a known size may also be 1
                tried.append(ones)
            return UnknownSizes(
                tuple(ranked), tuple(dtypes), None not in shapes, dims, example, tuple(groups),
                tuple(_specs(ranked, dtypes, values) for values in dict.fromkeys(tried)),
            )  # fmt: skip
    assert first is not None
    raise first


def output_shapes(operation: Operation, found: UnknownSizes) -> list[Partial]:
    """What is known of the shape of each output."""
    tried = [operation.outputs(specs) for specs in found.specs]
    result: list[Partial] = []
    for number in range(len(tried[0])):
        shapes = [outputs[number].shape for outputs in tried]
        if not found.ranks_known or len({len(shape) for shape in shapes}) > 1:
            result.append(None)
        else:
            columns = zip(*shapes, strict=True)
            result.append(tuple(c[0] if len(set(c)) == 1 else None for c in columns))
    return result


Same = Callable[[int, int, int], Hashable]  # array, dimension, rank -> what equal sizes share
_SAME: tuple[Same, ...] = (
    lambda array, dim, rank: (array, dim),
    lambda array, dim, rank: (rank, dim),
    lambda array, dim, rank: dim - rank,
    lambda array, dim, rank: dim,
    lambda array, dim, rank: None,
)


def _examples(
    shapes: Sequence[Shape], dims: Sequence[UnknownDim]
) -> Iterator[tuple[Values, list[Group]]]:
    """Sizes of the unknown dimensions, and groups of equal ones; none for known sizes."""
    if not dims:
        yield (), []
        return
    for same in _SAME:
        members: dict[Hashable, list[int]] = {}
        for number, (array, dim) in enumerate(dims):
            members.setdefault(same(array, dim, len(shapes[array])), []).append(number)
        sizes = {
            number: example_size(n) for n, group in enumerate(members.values()) for number in group
        }
        yield tuple(sizes[n] for n in range(len(dims))), list(map(tuple, members.values()))
    for size in sorted({size for shape in shapes for size in shape if size is not None}):
        yield (size,) * len(dims), []


def _ranked(shapes: Sequence[Partial]) -> Iterator[list[Shape]]:
    """The shapes, with a rank for each that has none."""
    known = [shape for shape in shapes if shape is not None]
    if len(known) == len(shapes):
        yield known
        return
    ranks = list(dict.fromkeys((*(len(shape) for shape in known), *_RANKS)))
    missing = len(shapes) - len(known)
    same = [(rank,) * missing for rank in ranks]
    others = itertools.product(ranks, repeat=missing) if missing <= _DIFFERENT else ()
    for chosen in dict.fromkeys((*same, *others)):
        remaining = iter(chosen)
        yield [(None,) * next(remaining) if shape is None else shape for shape in shapes]


def _specs(shapes: Sequence[Shape], dtypes: Sequence[DType], values: Values) -> Specs:
    sizes = iter(values)
    return tuple(
        ArraySpec(tuple(next(sizes) if size is None else size for size in shape), dtype)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    )
