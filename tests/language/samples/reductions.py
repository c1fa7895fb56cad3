"""Samples of reductions and running sums."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from tests.language.samples.sample import draws, sample

from dovetail.language.namespace import FUNCTIONS, NAMESPACE

dt: Any = NAMESPACE
f, i, b = draws()

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.sum, "prod": np.prod, "mean": np.mean, "var": np.var, "std": np.std, "max": np.max,
    "min": np.min,
}  # fmt: skip
AXES: list[Any] = [None, 0, -1, (0, 2), (-1, 0, 1), ()]
for name, reference in REDUCTIONS.items():
    for axis in AXES:
        for keepdims in (False, True):
            sample(
                name,
                lambda x, n=name, a=axis, k=keepdims: FUNCTIONS[n](x, axis=a, keepdims=k),
                lambda x, r=reference, a=axis, k=keepdims: r(x, axis=a, keepdims=k),
                f(2, 3, 4),
            )
    sample(name, FUNCTIONS[name], reference, f())
    sample(name, FUNCTIONS[name], reference, np.asarray([1, np.nan, 3], np.float32))
for name in ("sum", "prod", "mean", "var"):
    reference = REDUCTIONS[name]

    def empty(x: Any, r: Callable[..., Any] = reference) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return r(x, axis=1)

    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=1), empty, np.zeros((3, 0), np.float32))
for name, reference in {
    "sum": np.sum,
    "prod": np.prod,
    "cumulative_sum": np.cumsum,
    "cumulative_prod": np.cumprod,
}.items():
    sample(name, FUNCTIONS[name], reference, i(4, dtype=np.int8), dtype="int64")
    sample(name, FUNCTIONS[name], reference, i(4, low=0, dtype=np.uint8), dtype="uint64")
    sample(name, FUNCTIONS[name], reference, b(4), dtype="int64")
    sample(name, lambda x, n=name: FUNCTIONS[n](x, dtype=dt.float64), reference, i(4),
           dtype="float64")  # fmt: skip
sample("mean", dt.mean, np.mean, i(5))
sample("mean", dt.mean, np.mean, f(5, dtype=np.float16), dtype="float16")
for name in ("var", "std"):
    reference = REDUCTIONS[name]
    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=1, correction=1),
           lambda x, r=reference: r(x, axis=1, ddof=1), f(3, 5))  # fmt: skip
    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=1, correction=0.5),
           lambda x, r=reference: r(x, axis=1, ddof=0.5), f(3, 5))  # fmt: skip
    sample(name, FUNCTIONS[name], reference, np.asarray([1e4, 1e4 + 1, 1e4 + 2], np.float32))
    sample(name, FUNCTIONS[name], reference, i(5))
    sample(name, lambda x, c, n=name: FUNCTIONS[n](x, correction=c),
           lambda x, c, r=reference: r(x, ddof=1.5), f(5), np.asarray(1.5, np.float32))  # fmt: skip
for name, reference in {"any": np.any, "all": np.all}.items():
    for axis in AXES:
        sample(name, lambda x, n=name, a=axis: FUNCTIONS[n](x, axis=a, keepdims=True),
               lambda x, r=reference, a=axis: r(x, axis=a, keepdims=True), b(2, 3, 4),
               dtype="bool")  # fmt: skip
    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=0), lambda x, r=reference: r(x, axis=0),
           np.zeros((0, 3), np.float32), dtype="bool")  # fmt: skip
    sample(name, FUNCTIONS[name], reference, np.asarray([0, np.nan], np.float32), dtype="bool")
for axis in (0, 1, -1):
    sample("cumulative_sum", lambda x, a=axis: dt.cumulative_sum(x, axis=a),
           lambda x, a=axis: np.cumsum(x, axis=a), f(3, 4))  # fmt: skip
sample("cumulative_sum", lambda x: dt.cumulative_sum(x, axis=1, include_initial=True),
       lambda x: np.pad(np.cumsum(x, axis=1), ((0, 0), (1, 0))), f(3, 4))  # fmt: skip
sample("cumulative_sum", dt.cumulative_sum, np.cumsum, np.zeros(0, np.float32))

for extent in (1, 2, 5, 8):
    sample("cumulative_prod", lambda x: dt.cumulative_prod(x, axis=0),
           lambda x: np.cumprod(x, axis=0), f(extent, 2))  # fmt: skip
sample("cumulative_prod", lambda x: dt.cumulative_prod(x, axis=-1, include_initial=True),
       lambda x: np.pad(np.cumprod(x, axis=1), ((0, 0), (1, 0)), constant_values=1),
       f(2, 3))  # fmt: skip
sample("cumulative_prod", dt.cumulative_prod, np.cumprod, np.zeros(0, np.float32))
for axis, n in ((-1, 1), (0, 2), (1, 0), (1, 4), (1, 6)):
    sample("diff", lambda x, a=axis, n=n: dt.diff(x, axis=a, n=n),
           lambda x, a=axis, n=n: np.diff(x, axis=a, n=n), f(3, 5))  # fmt: skip
sample("diff", lambda x, p, q: dt.diff(x, prepend=p, append=q),
       lambda x, p, q: np.diff(x, prepend=p, append=q), f(2, 3), f(2, 1), f(2, 2))  # fmt: skip
