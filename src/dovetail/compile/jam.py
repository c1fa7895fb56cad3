"""Choose the nests whose rows are unrolled, and jammed into one loop over the columns.

What all rows share, the operands of a column and its partial sums, would be loaded and stored for
each row anew. And in a row of 64 columns, which are four vectors, what surrounds the loop over the
columns takes as long as the loop. With several rows in one loop (cpu/jammed.py) this is done once
for all of them: a norm over (6272, 64) takes half the time for its sums, and a sixth less to apply.
In long rows little is gained; they are jammed too, so that another size is the same kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dovetail.compile.loops import COSTLY, HEADER, Instruction, Loop, Nest

ROWS = 4  # in one loop
ROWS_OF_A_SUM = 2  # one sum is as fast as memory, which is slower when read at four places
MOST_INSTRUCTIONS = 20  # of a column: LLVM takes its time for each of the rows


def jam(nest: Nest, words: Sequence[int]) -> None:
    """Mark a nest whose rows are jammed, and its accesses that are the same in all of them."""
    last = nest.parallel_dims + nest.row_dims - 1  # of the dims of rows
    if not _is_simple(nest) or words[len(HEADER) + last] < 2:
        return
    repeated = [n for n in range(len(nest.accesses)) if not words[nest.access_words(n) + 1 + last]]
    operands = sum(nest.accesses[n].inner != "zero" for n in repeated)
    if nest.partials or operands > 1:
        nest.jammed = ROWS_OF_A_SUM if len(nest.partials) == 1 else ROWS
        for n in repeated:
            nest.accesses[n] = replace(nest.accesses[n], repeated=True)


def _is_simple(nest: Nest) -> bool:
    """Whether a nest is one pass of few instructions over its rows, without sums along them."""
    loops = nest.loops
    return (
        bool(nest.row_dims)
        and not (nest.outer_dims or nest.sequential or nest.transposed or nest.masked)
        and not (nest.checks or nest.scatters or any(access.streamed for access in nest.accesses))
        and all(isinstance(item, (Instruction, Loop)) for item in nest.row)
        and len(loops) == 1
        and all(item.kind == "outer" for item in loops[0].accumulations)
        and len(loops[0].body) <= MOST_INSTRUCTIONS
        and not any(item.op.partition(":")[0] in COSTLY for item in loops[0].body)
    )
