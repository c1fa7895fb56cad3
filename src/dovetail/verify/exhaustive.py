"""All 2^32 values of float32, in chunks.

Each is first compared with an evaluation in float64, which takes minutes for all of them. Errors
above `CLEAR` ULP are then compared with the reference.
"""

from __future__ import annotations

import numpy as np

from dovetail.graph.dtypes import float32
from dovetail.graph.node import Array
from dovetail.verify.calls import Call
from dovetail.verify.compare import Comparison
from dovetail.verify.context import Context, is_unary
from dovetail.verify.forward import comparisons, reduced
from dovetail.verify.verdict import Verdict, fail, not_applicable, passed

CHUNK = 1 << 20
CLEAR = 2.0  # ULP, which every definition may have
VALUES = 1 << 32
LARGEST = np.finfo(np.float32).max


def exhaustive(context: Context) -> Verdict:
    """Every number of float32 within the tolerance, for functions of one array."""
    return over(context, 0, VALUES)


def over(context: Context, first: int, last: int) -> Verdict:
    """The numbers whose bits are from `first` to below `last`."""
    call = next(filter(is_unary, context.target.calls), None)
    if call is None:
        return not_applicable("the definition is not a pointwise function of one array")
    worst, at, total, count = 0.0, 0.0, 0.0, 0
    for start in range(first, last, CHUNK):
        bits = np.arange(start, min(start + CHUNK, last), dtype=np.uint32)
        chunk = call.with_sample(call.sample.filled([bits.view(float32.numpy)]))
        suspects, largest, where, added = _filtered(context, chunk)
        total, count = total + added, count + chunk.sample.leaves[0].size
        if largest > worst:
            worst, at = largest, where
        context.progress("all values of float32", (start - first) / (last - first))
        if not suspects.size:
            continue
        chunk = call.with_sample(call.sample.filled([suspects]))
        found: Comparison = comparisons(context, chunk)[0]
        if found.wrong.any():  # a few of millions: compare again
            chunk = call.with_sample(call.sample.filled([suspects[found.wrong.ravel()]]))
            found = comparisons(context, chunk)[0]
        index = found.worst
        if found.wrong.any():
            assert index is not None
            small = chunk.with_sample(reduced(chunk, found))
            case = small.case(found.expected.value[index], found.got[index], index)
            fail(
                f"wrong at {chunk.sample.leaves[0][index]!r}: {found.got[index]!r}, expected "
                f"{float(found.expected.value[index]):.9g}",
                "the compiled result differs from the definition itself: please report it",
                case,
            )
        if index is not None and abs(float(found.error[index])) > worst:
            worst = abs(float(found.error[index]))
            at = float(chunk.sample.leaves[0][index])
    return passed(
        f"all {last - first:,} values of float32", "",
        **{"worst ULP": worst, "worst at": at, "mean ULP": total / max(count, 1)},
    )  # fmt: skip


def _filtered(context: Context, call: Call) -> tuple[Array, float, float, float]:
    """(points to compare again, largest error of the rest, its point, sum of errors)."""
    points = call.sample.leaves[0]
    node = call.reference.graph.outputs[0]
    value = call.reference.values([points], wide=np.float64)[node]
    got = call.on(context.host)[0]
    nearest = value.astype(np.float32)
    unit = np.spacing(np.minimum(np.abs(nearest), LARGEST))
    error = np.abs((got - value) / unit)
    same = (got == nearest) | (np.isnan(got) & np.isnan(nearest))
    error = np.where(same & ~np.isfinite(error), 0.0, error)
    clear = error <= CLEAR
    kept = np.where(clear, error, 0.0)
    index = int(kept.argmax())
    return points[~clear], float(kept.flat[index]), float(points.flat[index]), float(kept.sum())
