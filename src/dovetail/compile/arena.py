"""One block of memory for all temporaries of a program, each at an offset while it is needed."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

import numpy as np

ALIGNMENT = 64

_BY_VECTORS = 128  # with more buffers in place, NumPy looks for a gap

Lifetimes = Sequence[tuple[int, int]]  # for each buffer, the first and the last step that needs it


def arena_layout(lifetimes: Lifetimes, *sizes: int) -> tuple[int, ...]:
    """Where each buffer starts, and the bytes of all, for buffers of these sizes.

    First fit, the largest first: a buffer gets the first gap between those that are needed at the
    same time, and its memory is reused after its last step.
    """
    count = len(sizes)
    offsets = [0] * count
    total = 0
    placed = np.zeros((4, count), np.int64)  # start, aligned end, first and last step; by start
    listed: list[tuple[int, int, int, int]] = []  # the same, as long as there are few
    order = sorted(range(count), key=lambda number: (-sizes[number], lifetimes[number][0]))
    for done, number in enumerate(order):
        size, (begins, ends) = sizes[number], lifetimes[number]
        if done < _BY_VECTORS:
            offset = _gap(listed, size, begins, ends)
        else:
            offset = _gap_by_vectors(placed[:, :done], size, begins, ends)
        entry = offset, -(-(offset + size) // ALIGNMENT) * ALIGNMENT, begins, ends
        if done < _BY_VECTORS:
            insort(listed, entry)
            if done + 1 == min(_BY_VECTORS, count):
                placed[:, : done + 1] = np.transpose(listed)
        else:
            at = int(np.searchsorted(placed[0, :done], offset))
            placed[:, at + 1 : done + 1] = placed[:, at:done].copy()
            placed[:, at] = entry
        offsets[number] = offset
        total = max(total, offset + size)
    return (*offsets, total)


def _gap(placed: list[tuple[int, int, int, int]], size: int, begins: int, ends: int) -> int:
    """The first offset at which nothing of the steps from `begins` to `ends` lies."""
    offset = 0
    for start, end, first, last in placed:
        if first <= ends and begins <= last:
            if offset + size <= start:
                break
            offset = max(offset, end)
    return offset


def _gap_by_vectors(placed: np.ndarray, size: int, begins: int, ends: int) -> int:
    """The same in time that hardly grows with the number of buffers."""
    starts, limits = placed[:2, (placed[2] <= ends) & (placed[3] >= begins)]
    if not len(starts):
        return 0
    free = np.maximum.accumulate(limits)  # from here on, until the next one starts
    fits = np.flatnonzero(free[:-1] + size <= starts[1:])
    if size <= starts[0]:
        return 0
    return int(free[fits[0]] if len(fits) else free[-1])
