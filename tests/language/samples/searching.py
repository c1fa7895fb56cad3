"""Samples of searching and sorting."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.language.samples.sample import SAMPLES, SPECIAL, draws, sample

from dovetail.language.namespace import FUNCTIONS, NAMESPACE

dt: Any = NAMESPACE
_, i, _ = draws()

TIES = np.asarray([[1, 3, 3, 0], [2, np.nan, np.nan, 5], [4, 4, 4, 4]], np.float32)
for name, reference in {"argmax": np.argmax, "argmin": np.argmin}.items():
    for axis in (None, 0, -1):
        sample(name, lambda x, n=name, a=axis: FUNCTIONS[n](x, axis=a, keepdims=True),
               lambda x, r=reference, a=axis: r(x, axis=a, keepdims=True), TIES,
               dtype="int64")  # fmt: skip
    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=1), lambda x, r=reference: r(x, axis=1),
           i(3, 5), dtype="int64")  # fmt: skip
for axis in (0, -1):
    sample("argsort", lambda x, a=axis: dt.argsort(x, axis=a),
           lambda x, a=axis: np.argsort(x, axis=a, kind="stable"), TIES, dtype="int64")  # fmt: skip
    sample("sort", lambda x, a=axis: dt.sort(x, axis=a), lambda x, a=axis: np.sort(x, axis=a), TIES)
    sample("sort", lambda x, a=axis: dt.sort(x, axis=a, descending=True),
           lambda x, a=axis: np.flip(np.sort(x, axis=a), a), TIES)  # fmt: skip
ZEROS = np.asarray([np.nan, 0.0, -0.0, 1, -0.0, 0.0, -np.inf, np.nan, np.inf], np.float32)
sample("argsort", dt.argsort, lambda x: np.argsort(x, kind="stable"), ZEROS, dtype="int64")
sample("argsort", lambda x: dt.argsort(x, descending=True),
       lambda x: np.argsort(np.where(np.isnan(x), -np.inf, -x), kind="stable"), ZEROS[:-1],
       dtype="int64")  # fmt: skip
sample("sort", lambda x: dt.signbit(dt.sort(x)),
       lambda x: np.signbit(x[np.argsort(x, kind="stable")]), ZEROS, dtype="bool")  # fmt: skip
sample("argsort", lambda x: dt.argsort(x, descending=True),
       lambda x: np.argsort(-x, kind="stable"), np.asarray([1, 3, 3, 2]),
       dtype="int64")  # fmt: skip
sample("sort", dt.sort, np.sort, np.zeros((2, 0), np.float32))
for axis in (None, 0, (0, 1)):
    sample("count_nonzero", lambda x, a=axis: dt.count_nonzero(x, axis=a),
           lambda x, a=axis: np.count_nonzero(x, axis=a), i(3, 4, low=0, high=2),
           dtype="int64")  # fmt: skip
EDGES = np.asarray([0, 1, 1, 2], np.float32)
for side in ("left", "right"):
    sample("searchsorted", lambda x, v, s=side: dt.searchsorted(x, v, side=s),
           lambda x, v, s=side: np.searchsorted(x, v, side=s), EDGES,
           np.asarray([[-1, 0, 1], [1.5, 2, 3]], np.float32), dtype="int64")  # fmt: skip
    sample("searchsorted", lambda x, v, s=side: dt.searchsorted(x, v, side=s),
           lambda x, v, s=side: np.searchsorted(x, v, side=s),
           np.asarray([-np.inf, 0, 2, np.nan, np.nan], np.float32), SPECIAL,
           dtype="int64")  # fmt: skip

for name in ("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values"):
    SAMPLES[name] = []  # test_counting.py
SHUFFLED = np.asarray([2, 0, 1, 1], np.float32)
for side in ("left", "right"):
    sample("searchsorted",
           lambda x, v, o, s=side: dt.searchsorted(x, v, side=s, sorter=o),
           lambda x, v, o, s=side: np.searchsorted(x, v, side=s, sorter=o.astype(int)), SHUFFLED,
           np.asarray([[-1, 0, 1], [1.5, 2, 3]], np.float32),
           np.argsort(SHUFFLED, kind="stable"), dtype="int64")  # fmt: skip
