"""Choose the outputs of a nest whose stores bypass the caches.

A store to memory that is not in a cache first reads the cache line. For an output larger than the
caches that is a third of all memory traffic or more. Such an output is collected in a block on the
stack, and each full block is written to memory with non-temporal stores (cpu/streams.py). If
arithmetic takes longer than memory, this costs time (mish, gelu: up to a tenth).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dovetail.compile.loops import HEADER, Nest
from dovetail.compile.steps import Buffer

LARGE = 32 << 20  # bytes of an output, about the size of a last-level cache
FEWEST_COLUMNS = 256  # of a row; in shorter rows the unaligned ends weigh too much
KEPT_BYTES = 1 << 16  # of a row that a later pass reads again


def stream(nest: Nest, buffers: Sequence[Buffer], words: Sequence[int]) -> None:
    """Mark the accesses of a nest whose stores are streamed."""
    columns, block = (words[HEADER.index(name)] for name in ("columns", "column_block"))
    if nest.sequential or nest.transposed or nest.outer_dims or columns < FEWEST_COLUMNS:
        return
    if not nest.is_bound_by_memory:
        return
    for number, access in enumerate(nest.accesses):
        if access.buffer is None or access.indexed or access.inner != "unit":
            continue
        if buffers[access.buffer].nbytes < LARGE or not _is_written_in_loops_alone(nest, number):
            continue
        if len(nest.loops_using(number)) > 1 and block * access.dtype.itemsize > KEPT_BYTES:
            continue
        nest.accesses[number] = replace(access, streamed=True)


def _is_written_in_loops_alone(nest: Nest, number: int) -> bool:
    if not any(store.access == number for loop in nest.loops for store in loop.stores):
        return False
    outside = (*nest.entry, *nest.row, *nest.partials)
    return all(getattr(item, "access", None) != number for item in outside)
