"""One block of memory for all temporaries of a program, each at an offset while it is needed."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

ALIGNMENT = 64

Lifetimes = Sequence[tuple[int, int]]  # for each buffer, the first and the last step that needs it


def arena_layout(lifetimes: Lifetimes, *sizes: int) -> tuple[int, ...]:
    """Where each buffer starts, and the bytes of all, for buffers of these sizes.

    First fit, the largest first: a buffer gets the first gap between those that are needed at the
    same time, and its memory is reused after its last step.
    """
    offsets = [0] * len(sizes)
    placed: list[tuple[int, int, int, int]] = []  # start, aligned end, first and last step
    for number in sorted(range(len(sizes)), key=lambda each: (-sizes[each], lifetimes[each][0])):
        size, (begins, ends) = sizes[number], lifetimes[number]
        offset = 0
        for start, end, first, last in placed:
            if first <= ends and begins <= last:
                if offset + size <= start:
                    break
                offset = max(offset, end)
        insort(placed, (offset, -(-(offset + size) // ALIGNMENT) * ALIGNMENT, begins, ends))
        offsets[number] = offset
    total = max((offset + size for offset, size in zip(offsets, sizes, strict=True)), default=0)
    return (*offsets, total)
