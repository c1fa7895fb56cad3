"""Samples of products and norms; test_einsum.py and test_linalg.py have more."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.language.samples.sample import draws, sample

from dovetail.language.namespace import NAMESPACE

dt: Any = NAMESPACE
f, i, _ = draws()

x3 = f(2, 3, 4)
for first, second in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)),
                      ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (6, 3, 4)),
                      ((5, 2, 3), (3,)), ((0, 3), (3, 4)), ((2, 0), (0, 3)), ((2, 3), (3, 1)),
                      ((1, 2, 0), (0, 3))):  # fmt: skip
    sample("matmul", lambda x, y: x @ y, np.matmul, f(*first), f(*second))
sample("matmul", dt.matmul, np.matmul, i(2, 3), f(3, 2))
sample("matrix_transpose", lambda x: x.mT, lambda x: np.swapaxes(x, -1, -2), x3)
sample("matrix_transpose", dt.matrix_transpose, lambda x: x.T, f(2, 3))
sample("outer", dt.outer, np.outer, f(3), f(4))
for first, second, axis in (((2, 3), (3,), -1), ((3, 2), (3, 2), -2), ((3,), (3,), 0)):
    sample("vecdot", lambda x, y, a=axis: dt.vecdot(x, y, axis=a),
           lambda x, y, a=axis: np.sum(x * y, axis=a), f(*first), f(*second))  # fmt: skip
for axes in (0, 1, 2, ((2, 0), (0, 1)), ((1,), (2,))):
    other = (4, 2, 3) if axes == ((2, 0), (0, 1)) or axes == ((1,), (2,)) else (3, 4, 2)
    other = (4, 3) if axes == 1 else other
    sample("tensordot", lambda x, y, a=axes: dt.tensordot(x, y, axes=a),
           lambda x, y, a=axes: np.tensordot(x, y, axes=a), x3, f(*other))  # fmt: skip
sample("einsum", lambda x, y: dt.einsum("ij,jk->ik", x, y), np.matmul, f(2, 3), f(3, 4))

for order in (2, 1, 3, 0.5, -1, 0, np.inf, -np.inf):
    for axis in (None, 0, (0, 2), -1):
        # As text, since a float among the defaults would be traced.
        sample("vector_norm",
               lambda x, a=axis, o=str(order): dt.vector_norm(x, axis=a, ord=float(o)),
               lambda x, a=axis, o=order: np.linalg.vector_norm(x, axis=a, ord=o), x3)  # fmt: skip
for scale in (1e-30, 1e30):
    sample("vector_norm", dt.vector_norm, lambda x: np.linalg.vector_norm(x.astype(np.float64)),
           np.asarray([3, -4], np.float32) * np.float32(scale))  # fmt: skip
    sample("vector_norm", lambda x: dt.vector_norm(x, ord=3, keepdims=True),
           lambda x: np.linalg.vector_norm(x.astype(np.float64), ord=3, keepdims=True),
           np.asarray([3, -4], np.float32) * np.float32(scale))  # fmt: skip
sample("vector_norm", dt.vector_norm, np.linalg.vector_norm, np.zeros((0,), np.float32))
sample("vector_norm", dt.vector_norm, np.linalg.vector_norm, i(5))
