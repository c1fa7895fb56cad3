"""How the loops of a nest are laid over blocks and threads.

A group of lanes, a power of two up to the threads of a block, works on a row: each lane on `width`
adjacent columns, then on those one tile further. A block has as many groups as fit, and the blocks
of a grid lie over tiles of columns (x), groups of rows (y) and parallel points (z). Every loop goes
on from where the grid ends, so any grid computes the whole. How many lanes and blocks there are
follows from the sizes alone, and is given to the launch: the code is the same for all sizes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from dovetail.compile.gpu.target import Target
from dovetail.compile.loops import HEADER, Access, Nest
from dovetail.errors import UnsupportedError

THREADS = 256
ACCESS_BYTES = 16  # the widest load of a thread
WIDEST = 8  # elements that a thread computes from one access
AT_ONCE = 8  # transcendental functions that are computed side by side
MOST_Y = 65_535
PERSISTENT = 1024  # blocks, where each has a partial result
ROWS_OF_A_SUM = 2048  # rows that a group sums in the compute type
WORD_BYTES = 8
MOST_PARAMETERS = 4096 // WORD_BYTES

Exchange = Literal["none", "warp", "block"]


@dataclass(frozen=True)
class Schedule:
    """What the code of a kernel depends on besides its nest.

    `width`: adjacent columns of a thread. `step`: how many of them it computes at a time. `wide`:
    accesses that load or store them at once. `exchange`: among which threads a row's sums go.
    """

    threads: int
    width: int
    step: int
    wide: tuple[int, ...]
    exchange: Exchange = "none"

    def text(self) -> str:
        """What differs between two schedules differs here."""
        wide = ", ".join(map(str, self.wide)) or "none"
        return (
            f"schedule: {self.threads} threads; {self.width} columns of a thread, {self.step} at a"
            f" time; wide accesses: {wide}; sums exchanged: {self.exchange}"
        )


@dataclass(frozen=True)
class Shape:
    """The grid and the numbers of one launch."""

    grid: tuple[int, int, int]
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    shared_bytes: int = 0


def header(words: Sequence[int], name: str) -> int:
    """A count of the nest, of its run-time words."""
    return words[HEADER.index(name)]


def refuse_unknown(nest: Nest) -> None:
    """Raise the error for what has no GPU kernel yet."""
    reason = ""
    if nest.transposed:
        reason = "a nest for the CPU"
    elif any(store.index is not None for loop in nest.loops for store in loop.stores):
        reason = "a scatter"
    elif nest.partials or any(loop.accumulations for loop in nest.loops):
        reason = "a reduction"
    if reason:
        raise UnsupportedError(
            f"{reason} has no GPU kernel yet",
            "elementwise maths, gathers, reductions and cumulative sums",
            "compute it by the framework's own operations (the composite)",
        )


def schedule_of(nest: Nest, words: Sequence[int], alignments: Sequence[int]) -> Schedule:
    """The schedule of a nest at these words; `alignments`: of its buffers, in bytes."""
    refuse_unknown(nest)
    if nest.sequential:
        return Schedule(THREADS, 1, 1, ())
    used = {number for loop in nest.loops for number in loop.accesses}
    adjacent = [
        number
        for number in sorted(used)
        if nest.accesses[number].inner == "unit"
        and nest.accesses[number].buffer is not None
        and not nest.accesses[number].indexed
    ]
    aligned = {n: _alignment(nest, n, words, alignments) for n in adjacent}
    width = _width([nest.accesses[n] for n in adjacent if aligned[n] >= ACCESS_BYTES])
    wide = tuple(
        n
        for n in adjacent
        if width > 1 and aligned[n] >= min(ACCESS_BYTES, width * nest.accesses[n].dtype.itemsize)
    )
    step = width
    while step > 1 and step * nest.transcendental > AT_ONCE:
        step //= 2
    return Schedule(THREADS, width, step, wide)


def _width(accesses: Sequence[Access]) -> int:
    """The columns of a thread: as many as the smallest type needs to fill an access."""
    sizes = [access.dtype.itemsize for access in accesses]
    return min(WIDEST, ACCESS_BYTES // min(sizes)) if sizes else 1


def _alignment(nest: Nest, number: int, words: Sequence[int], alignments: Sequence[int]) -> int:
    """The largest power of two, up to 16, that all rows of an access start at multiples of."""
    buffer = nest.accesses[number].buffer
    assert buffer is not None
    start = nest.access_words(number)
    extents = words[len(HEADER) : len(HEADER) + nest.dims - 1]
    strides = words[start + 1 : start + nest.dims]
    moved = [stride for extent, stride in zip(extents, strides, strict=True) if extent > 1]
    return math.gcd(ACCESS_BYTES, alignments[buffer], words[start], *moved)


def shape_of(nest: Nest, schedule: Schedule, words: Sequence[int], target: Target) -> Shape:
    """The grid for these words."""
    rows, columns = header(words, "rows"), header(words, "columns")
    lanes = 1 if nest.sequential else _lanes(columns, schedule)
    groups = schedule.threads // lanes
    tiles = 1 if nest.sequential else _parts(columns, lanes * schedule.width)
    grid = (
        min(tiles, 2**31 - 1),
        min(_parts(rows, groups), MOST_Y),
        min(max(1, header(words, "parallel")), MOST_Y),
    )
    return Shape(grid, {"lanes_log2": lanes.bit_length() - 1})


def _lanes(columns: int, schedule: Schedule) -> int:
    """The lanes of a row: the next power of two, so that none of them is in vain for half a row."""
    wanted = _parts(columns, schedule.width)
    return min(schedule.threads, 1 << (wanted - 1).bit_length())


def _parts(count: int, size: int) -> int:
    return max(1, -(-count // size))
