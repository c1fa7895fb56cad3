"""The bytes that a kernel reads from and writes to global memory, counted from its schedule.

An address that several lanes or rows read counts once: caches serve the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.compile.gpu.schedule import Schedule, Shape
from dovetail.compile.loops import HEADER, Instruction, Loop, Nest, Store


@dataclass(frozen=True)
class Traffic:
    """`read` and `written`: of the arrays. `floor`: each element that is used, once.
    `partials`: bytes of partial results, written and read once each.
    """

    read: int
    written: int
    floor: int
    partials: int

    def text(self) -> str:
        return (
            f"reads {self.read} and writes {self.written} bytes of arrays (at least {self.floor} in"
            f" all), and {self.partials} bytes of partial results each way"
        )


def traffic_of(nest: Nest, schedule: Schedule, words: Sequence[int], shape: Shape) -> Traffic:
    """The bytes of one launch."""
    read = written = floor = 0
    for number, access in enumerate(nest.accesses):
        if access.buffer is None:
            continue
        loads, stores = _passes(nest, number)
        nbytes = _elements(nest, number, words) * access.dtype.itemsize
        if number in schedule.staged:
            read += nbytes * (loads[:1] < stores[:1] or not stores)
            written += nbytes * bool(stores)
        else:
            read += nbytes * len(loads)
            written += nbytes * len(stores)
        floor += nbytes * (bool(stores) + (bool(loads) and (loads[:1] < stores[:1] or not stores)))
    return Traffic(read, written, floor, shape.partial_bytes)


def _passes(nest: Nest, number: int) -> tuple[list[int], list[int]]:
    """The passes in which an access is loaded and stored; what a row does once counts, too."""
    loads: list[int] = []
    stores = [-1 for partial in nest.partials if partial.access == number]
    if any(item.access == number for item in nest.entry):
        loads.append(-1)
    for place, item in enumerate(nest.row):
        if isinstance(item, Store):
            stores += [place] * (item.access == number)
        elif isinstance(item, Instruction):
            loads += [place] * (item.access == number)
        elif isinstance(item, Loop):
            loads += [place] * any(each.access == number for each in item.body)
            stores += [place] * any(each.access == number for each in item.stores)
    return loads, stores


def _elements(nest: Nest, number: int, words: Sequence[int]) -> int:
    """The points of the loops along which the address changes."""
    extents = [*words[len(HEADER) : len(HEADER) + nest.dims - 1], words[HEADER.index("columns")]]
    start = nest.access_words(number) + 1
    strides = words[start : start + nest.dims]
    moving = [extent for extent, step in zip(extents, strides, strict=True) if step]
    return math.prod(moving) if 0 not in extents else 0
