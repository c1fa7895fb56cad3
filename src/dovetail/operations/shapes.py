"""The shapes of outputs where those of inputs are not known in full, by trial.

A graph is traced for plain sizes. Where a dimension of an input is not known, several
sizes are tried, each unknown dimension with sizes of its own; what stays the same in all
trials is known of the outputs, and the rest is not. Dimensions that must be equal for the
maths to work are made equal: first those at the same place of arrays of one rank, then
those at the same place counted from the end, then all, at last all and a known size. What
need not have been made equal is then told apart again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from dovetail.errors import DovetailError
from dovetail.graph.dtypes import DType
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Operation, Specs

Partial = tuple[int | None, ...] | None  # a shape; None for a size, or all, that is not known
UnknownDim = tuple[int, int]  # an unknown dimension: the number of the array, and the dimension

_SIZES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61)
_RANKS = (2, 1, 3, 4, 0, 5)  # tried where a rank is not known
TRIALS = 4
_DIFFERENT = 3  # arrays of unknown rank that may have different ones
_SPLIT = 8  # places of one size that are looked through for two sizes in all ways


@dataclass(frozen=True)
class Trials:
    """Specs that an operation works for, in agreement with what is known of the inputs.

    `classes` maps each unknown dimension to the number of its size; the unknown
    dimensions with the same number have one size.
    """

    specs: tuple[Specs, ...]
    classes: dict[UnknownDim, int]
    ranks_known: bool


def trials(operation: Operation, shapes: Sequence[Partial], dtypes: Sequence[DType]) -> Trials:
    """Specs to try an operation with; raises what it raises where it works with none."""
    first: Exception | None = None
    for ranked in _ranked(shapes):
        for classes, sizes in _choices(ranked):
            specs = [_filled(ranked, dtypes, classes, each) for each in sizes]
            try:
                for each in specs:
                    operation.graph(each)
            except DovetailError as error:
                first = first or error
                continue
            ranks_known = all(shape is not None for shape in shapes)
            found = Trials(tuple(specs), classes, ranks_known)
            return _refined(operation, ranked, dtypes, found) if len(specs) > 2 else found
    assert first is not None
    raise first


def _refined(
    operation: Operation,
    shapes: Sequence[tuple[int | None, ...]],
    dtypes: Sequence[DType],
    found: Trials,
) -> Trials:
    """The same with as few dimensions made equal as the maths allows."""
    number = 0
    while number <= max(found.classes.values(), default=-1):
        members = [place for place, own in found.classes.items() if own == number]
        largest = len(members) // 2 if len(members) <= _SPLIT else min(1, len(members) - 1)
        parts = itertools.chain.from_iterable(
            itertools.combinations(members, size) for size in range(1, largest + 1)
        )
        fresh = max(found.classes.values()) + 1
        for part in parts:
            classes = {**found.classes, **dict.fromkeys(part, fresh)}
            specs = [
                _filled(shapes, dtypes, classes, [_size(n, turn) for n in range(fresh + 1)])
                for turn in range(TRIALS)
            ]
            if all(_works(operation, each) for each in specs):
                found = Trials(tuple(specs), classes, found.ranks_known)
                break
        else:
            number += 1
    return found


def _works(operation: Operation, specs: Specs) -> bool:
    try:
        operation.graph(specs)
    except DovetailError:
        return False
    return True


def output_shapes(operation: Operation, found: Trials) -> list[Partial]:
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


def _choices(
    shapes: Sequence[tuple[int | None, ...]],
) -> Iterator[tuple[dict[UnknownDim, int], list[list[int]]]]:
    """Classes of unknown dimensions, and the sizes of each class in each trial."""
    for same in _SAME:
        classes = _classes(shapes, same)
        count = max(classes.values(), default=-1) + 1
        yield (
            classes,
            [[_size(n, turn) for n in range(count)] for turn in range(TRIALS if count else 1)],
        )
        if not count:
            return
    # What must agree with a known size can only be that, or 1.
    classes = _classes(shapes, _SAME[-1])
    for size in sorted({size for shape in shapes for size in shape if size is not None}):
        yield classes, [[size], [1]]
        yield classes, [[size]]


def _size(number: int, turn: int) -> int:
    place = number + 3 * turn
    return _SIZES[place % len(_SIZES)] + 64 * (place // len(_SIZES))


def _ranked(shapes: Sequence[Partial]) -> Iterator[list[tuple[int | None, ...]]]:
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
        given = iter(chosen)
        yield [(None,) * next(given) if shape is None else shape for shape in shapes]


Same = Callable[[int, int, int], Hashable]  # array, dimension, rank -> what equal sizes share
_SAME: tuple[Same, ...] = (
    lambda array, dim, rank: (array, dim),
    lambda array, dim, rank: (rank, dim),
    lambda array, dim, rank: dim - rank,
    lambda array, dim, rank: dim,
    lambda array, dim, rank: None,
)


def _classes(shapes: Sequence[tuple[int | None, ...]], same: Same) -> dict[UnknownDim, int]:
    numbers: dict[Hashable, int] = {}
    return {
        (array, dim): numbers.setdefault(same(array, dim, len(shape)), len(numbers))
        for array, shape in enumerate(shapes)
        for dim, size in enumerate(shape)
        if size is None
    }


def _filled(
    shapes: Sequence[tuple[int | None, ...]],
    dtypes: Sequence[DType],
    classes: dict[UnknownDim, int],
    sizes: Sequence[int],
) -> Specs:
    return tuple(
        ArraySpec(
            tuple(
                sizes[classes[array, dim]] if size is None else size
                for dim, size in enumerate(shape)
            ),
            dtype,
        )
        for array, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=True))
    )
