"""All 2^32 values of float32, in chunks."""

from __future__ import annotations

import numpy as np

from dovetail.graph.dtypes import float32
from dovetail.verify.compare import Comparison
from dovetail.verify.context import Context
from dovetail.verify.forward import comparisons, reduced
from dovetail.verify.verdict import Verdict, failed, not_applicable, passed

CHUNK = 1 << 20
VALUES = 1 << 32


def exhaustive(context: Context) -> Verdict:
    """Every number of float32 within the tolerance, for functions of one array."""
    return over(context, 0, VALUES)


def over(context: Context, first: int, last: int) -> Verdict:
    """The numbers whose bits are from `first` to below `last`."""
    call = context.unary
    if call is None:
        return not_applicable("the definition is no pointwise function of one array")
    worst, at, total, count = 0.0, 0.0, 0.0, 0
    for start in range(first, last, CHUNK):
        bits = np.arange(start, min(start + CHUNK, last), dtype=np.uint32)
        chunk = call.with_sample(call.sample.filled([bits.view(float32.numpy)]))
        found: Comparison = comparisons(context, chunk)[0]
        index = found.worst
        if found.wrong.any():
            assert index is not None
            small = chunk.with_sample(reduced(chunk, found))
            case = small.case(found.expected.value[index], found.got[index], index)
            return failed(
                f"wrong at {chunk.sample.leaves[0][index]!r}: {found.got[index]!r} where "
                f"{float(found.expected.value[index]):.9g} is right",
                "the compiled result differs from the definition itself: please report it",
                case,
            )
        known = found.error[~np.isnan(found.error)]
        total, count = total + float(np.abs(known).sum()), count + known.size
        if index is not None and abs(float(found.error[index])) > worst:
            worst = abs(float(found.error[index]))
            at = float(chunk.sample.leaves[0][index])
        context.progress("all values of float32", (start - first) / (last - first))
    return passed(
        f"all {last - first:,} values of float32", "",
        **{"worst ULP": worst, "worst at": at, "mean ULP": total / max(count, 1)},
    )  # fmt: skip
