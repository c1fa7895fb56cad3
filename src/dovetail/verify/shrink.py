"""Shrinking of a failing example.

First fewer elements (halves of an axis, then single rows, in all arrays that have an axis of that
size), then rounder numbers. A sample that the definition refuses does not count as failing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from dovetail.graph.node import Array
from dovetail.verify.sample import REJECTED, Sample

Fails = Callable[[Sample], bool]
ROUNDER = (0, 1, 2, 3)  # decimals


def shrink(sample: Sample, fails: Fails, calls: int) -> Sample:
    """A failing sample that no simplification makes smaller, within `calls` calls."""
    left = calls
    progressed = True
    while progressed and left > 0:
        progressed = False
        for smaller in _simpler(sample):
            if left <= 0:
                break
            left -= 1
            if _fails(fails, smaller):
                sample, progressed = smaller, True
                break
    return sample.labelled("shrunk")


def _fails(fails: Fails, sample: Sample) -> bool:
    try:
        return fails(sample)
    except REJECTED:
        return False


def _simpler(sample: Sample) -> Iterator[Sample]:
    """Simplifications, the largest steps first."""
    sizes = sorted(
        {e for leaf, free in zip(sample.leaves, sample.free, strict=True) if free
         for e in leaf.shape if e > 1},
        reverse=True,
    )  # fmt: skip
    for extent in sizes:
        half = extent // 2
        for part in (slice(0, half), slice(half, extent)):
            yield taken(sample, extent, part)
        if extent <= 8:
            for position in range(extent):
                yield taken(sample, extent, slice(position, position + 1))
    if sum(leaf.size for leaf in sample.leaves) > 64:
        return
    for number, leaf in enumerate(sample.leaves):
        if leaf.dtype.kind in "biu" or not sample.free[number]:
            continue
        for decimals in ROUNDER:
            with np.errstate(all="ignore"):
                rounded = np.round(leaf.astype(np.float64), decimals).astype(leaf.dtype)
            if not np.array_equal(rounded, leaf, equal_nan=True):
                yield sample.with_leaf(number, rounded)


def taken(sample: Sample, extent: int, part: slice) -> Sample:
    """The sample with this part of every axis of this size, in free arrays."""

    def cut(array: Array) -> Array:
        index = tuple(part if size == extent else slice(None) for size in array.shape)
        return np.ascontiguousarray(array[index]).reshape(array[index].shape)

    return sample.map_free(cut)
