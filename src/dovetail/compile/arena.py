"""One block of memory for all temporaries of a program, each at an offset while it is needed."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

import numpy as np

ALIGNMENT = 64

_BY_VECTORS = 128  # with more buffers, NumPy looks for a gap

Lifetimes = Sequence[tuple[int, int]]  # for each buffer, the first and the last step that needs it


def arena_layout(lifetimes: Lifetimes, *sizes: int) -> tuple[int, ...]:
    """Where each buffer starts, and the bytes of all, for buffers of these sizes.

    First fit, the largest first: a buffer gets the first gap between those that are needed at the
    same time, and its memory is reused after its last step.
    """
    count = len(sizes)
    offsets = [0] * count
    total = 0
    placed = _Few() if count <= _BY_VECTORS else _Many(count)
    for number in sorted(range(count), key=lambda each: (-sizes[each], lifetimes[each][0])):
        size, (begins, ends) = sizes[number], lifetimes[number]
        offset = placed.gap(size, begins, ends)
        placed.add(offset, -(-(offset + size) // ALIGNMENT) * ALIGNMENT, begins, ends)
        offsets[number] = offset
        total = max(total, offset + size)
    return (*offsets, total)


class _Few:
    """The buffers that have an offset, in the order of these."""

    def __init__(self) -> None:
        self._placed: list[tuple[int, int, int, int]] = []  # start, aligned end, first, last step

    def add(self, start: int, end: int, first: int, last: int) -> None:
        insort(self._placed, (start, end, first, last))

    def gap(self, size: int, begins: int, ends: int) -> int:
        """The first offset from which `size` bytes are free from step `begins` to step `ends`."""
        offset = 0
        for start, end, first, last in self._placed:
            if first <= ends and begins <= last:
                if offset + size <= start:
                    break
                offset = max(offset, end)
        return offset


class _Many:
    """The same as rows of an array: a search takes time that hardly grows with their number."""

    def __init__(self, count: int) -> None:
        self._rows = np.zeros((4, count), np.int64)
        self._count = 0

    def add(self, start: int, end: int, first: int, last: int) -> None:
        count = self._count
        at = int(np.searchsorted(self._rows[0, :count], start))
        self._rows[:, at + 1 : count + 1] = self._rows[:, at:count].copy()
        self._rows[:, at] = start, end, first, last
        self._count += 1

    def gap(self, size: int, begins: int, ends: int) -> int:
        """The first offset from which `size` bytes are free from step `begins` to step `ends`."""
        placed = self._rows[:, : self._count]
        starts, limits = placed[:2, (placed[2] <= ends) & (placed[3] >= begins)]
        if not len(starts) or size <= starts[0]:
            return 0
        free = np.maximum.accumulate(limits)  # from here on, until the next one starts
        fits = np.flatnonzero(free[:-1] + size <= starts[1:])
        return int(free[fits[0]] if len(fits) else free[-1])
