"""Samples of rows by index; test_rows.py has more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tests.language.samples.sample import draws, sample

from dovetail.language.namespace import NAMESPACE

dt: Any = NAMESPACE
f, _, _ = draws()

SEGMENTS = np.asarray([0, 2, 2, 0, 1])
PLACES = np.asarray([[0, 2], [1, 1]])


def _segments(reduce: Any) -> Callable[..., Any]:
    return lambda x, segments: np.stack([reduce(x[n == segments], axis=0) for n in range(3)])


def _placed(function: Any) -> Callable[..., Any]:
    def run(x: Any, places: Any, v: Any) -> Any:
        out = x.copy()
        function(out, (np.arange(2)[:, None], places), v)
        return out

    return run


def _put(out: Any, key: Any, values: Any) -> None:
    out[key] = values


for name, reduce in (("sum", np.sum), ("mean", np.mean), ("max", np.max), ("min", np.min)):
    sample(f"segment_{name}", lambda x, s, n=name: getattr(dt, f"segment_{n}")(x, s, 3),
           _segments(reduce), f(5, 4), SEGMENTS)  # fmt: skip
for name, function in (("put_along_axis", _put), ("scatter_add", np.add.at),
                       ("scatter_max", np.maximum.at), ("scatter_min", np.minimum.at)):  # fmt: skip
    sample(name, lambda x, p, v, n=name: getattr(dt, n)(x, p, v), _placed(function), f(2, 3),
           PLACES, f(2, 2))  # fmt: skip
sample("top_k", lambda x: dt.top_k(x, 2).values, lambda x: np.flip(np.sort(x, -1), -1)[..., :2],
       f(3, 5))  # fmt: skip
sample("unique", lambda x: dt.unique(x, 5).values, np.unique, f(5))
