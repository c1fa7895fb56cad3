"""Half precisions: all 65,536 values, if the input is one array."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dovetail.graph.dtypes import DType, bfloat16, float16
from dovetail.verify.calls import Call
from dovetail.verify.context import Context, is_unary
from dovetail.verify.forward import compare_values
from dovetail.verify.verdict import Verdict, passed

ALL = 65536


def every_value(dtype: DType) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    """All numbers of a half precision, including infinities and NaN."""
    return np.arange(ALL, dtype=np.uint16).view(dtype.numpy)


def halves(context: Context) -> Verdict:
    """Results in half precision are within one ULP."""
    total = 0
    figures: dict[str, float | int | str | bool | None] = {}
    exhaustive = False
    for dtype in (float16, bfloat16):
        verdict = compare_values(context, _calls(context, dtype), dtype)
        exhaustive = exhaustive or any(map(is_unary, context.target.calls))
        total += int(verdict.figures.get("points") or 0)
        figures |= {f"{dtype}: {name}": value for name, value in verdict.figures.items()}
    how = "all 65,536 values of float16 and bfloat16" if exhaustive else f"{total} values"
    return passed(f"{how}, rounded once", "", **figures)


def _calls(context: Context, dtype: DType) -> Iterator[Call]:
    for call in context.target.calls:
        if is_unary(call):
            values = every_value(dtype)
            yield call.with_sample(call.sample.filled([values]))
        else:
            yield call.with_sample(call.sample.cast(dtype))
