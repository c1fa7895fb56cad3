"""Samples of functions that make arrays, and of conversions."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.language.samples.sample import SPECIAL, draws, sample

from dovetail.language.namespace import FUNCTIONS, NAMESPACE

dt: Any = NAMESPACE
f, i, _ = draws()

for name, reference in {"zeros": np.zeros, "ones": np.ones, "empty": np.zeros}.items():
    sample(name, lambda n=name: FUNCTIONS[n]((2, 3)), lambda r=reference: r((2, 3)))
    sample(name, lambda n=name: FUNCTIONS[n](3, dtype=dt.int8), lambda r=reference: r(3),
           dtype="int8")  # fmt: skip
for name, value in {"zeros_like": 0, "ones_like": 1, "empty_like": 0}.items():
    sample(name, FUNCTIONS[name], lambda x, v=value: np.full_like(x, v), i(2, 3), dtype="int32")
    sample(name, lambda x, n=name: FUNCTIONS[n](x, dtype="float64"),
           lambda x, v=value: np.full_like(x, v), f(2), dtype="float64")  # fmt: skip
sample("full", lambda: dt.full((2,), 7), lambda: np.full((2,), 7), dtype="int64")
sample("full", lambda: dt.full((), 1.5), lambda: np.full((), 1.5))
sample("full", lambda: dt.full(2, True), lambda: np.full(2, True), dtype="bool")
sample("full", lambda x: dt.full((2,), x), lambda x: np.full((2,), x), f())
sample("full_like", lambda x: dt.full_like(x, 3), lambda x: np.full_like(x, 3), f(2, 2))
for arguments in ((5,), (2, 7), (2, 9, 3), (5, 0, -2), (0,), (3, 1)):
    sample("arange", lambda a=arguments: dt.arange(*a), lambda a=arguments: np.arange(*a),
           dtype="int64")  # fmt: skip
for arguments in ((5.0,), (0.5, 2, 0.25), (1, -1, -0.5)):
    sample("arange", lambda a=arguments: dt.arange(*a), lambda a=arguments: np.arange(*a))
sample("arange", lambda: dt.arange(4, dtype=dt.float32), lambda: np.arange(4))
for arguments in ((0, 1, 5), (-1.5, 2, 7), (3, 3, 2), (1, 2, 1), (1, 2, 0)):
    sample("linspace", lambda a=arguments: dt.linspace(*a), lambda a=arguments: np.linspace(*a))
sample("linspace", lambda: dt.linspace(-3.0, -0.9, 8, dtype=dt.float64)[-1] == -0.9,
       lambda: np.asarray(True), dtype="bool")  # fmt: skip
sample("linspace", lambda: dt.linspace(0, 1, 4, endpoint=False),
       lambda: np.linspace(0, 1, 4, endpoint=False))  # fmt: skip
for arguments in ((3,), (2, 4), (0,)):
    for k in (0, 1, -1):
        sample("eye", lambda a=arguments, k=k: dt.eye(*a, k=k),
               lambda a=arguments, k=k: np.eye(*a, k=k))  # fmt: skip
for name, reference in {"tril": np.tril, "triu": np.triu}.items():
    for k in (0, 2, -1):
        sample(name, lambda x, n=name, k=k: FUNCTIONS[n](x, k=k),
               lambda x, r=reference, k=k: r(x, k), f(2, 3, 4))  # fmt: skip
for indexing in ("xy", "ij"):
    sample("meshgrid", lambda *a, g=indexing: dt.meshgrid(*a, indexing=g),
           lambda *a, g=indexing: tuple(np.meshgrid(*a, indexing=g)), f(2), f(3), f(4))  # fmt: skip
sample("asarray", dt.asarray, lambda x: x, f(2))
sample("asarray", lambda: dt.asarray([[1, 2], [3, 4]]), lambda: np.asarray([[1, 2], [3, 4]]),
       dtype="int64")  # fmt: skip
sample("asarray", lambda: dt.asarray([0.5, 1]), lambda: np.asarray([0.5, 1]))
sample("asarray", lambda: dt.asarray(2.5), lambda: np.asarray(2.5))
sample("asarray", lambda: dt.asarray(3, dtype=dt.int8), lambda: np.asarray(3), dtype="int8")
for axis in (-1, 0, 1):
    sample("one_hot", lambda x, a=axis: dt.one_hot(x, 4, axis=a),
           lambda x, a=axis: np.moveaxis(np.eye(4)[x], -1, a), i(2, 3, low=0, high=4))  # fmt: skip
sample("one_hot", lambda x: dt.one_hot(x, 3), lambda x: np.zeros((2, 3)), np.asarray([-1, 3]))

# Conversion.

WILD = np.asarray([1.9, -1.9, np.nan, np.inf, -np.inf, 300.0], np.float32)
sample("astype", lambda x: dt.astype(x, dt.int8), lambda x: np.asarray([1, -1, 0, 127, -128, 127]),
       WILD, dtype="int8")  # fmt: skip
sample("astype", lambda x: x.astype("float64"), lambda x: x, f(3), dtype="float64")
sample("astype", lambda x: dt.astype(x, dt.bool), lambda x: x != 0, SPECIAL, dtype="bool")
