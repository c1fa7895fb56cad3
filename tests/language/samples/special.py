"""Samples of special functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special
from tests.language.samples.sample import draws, sample, unary_samples

from dovetail.language.namespace import NAMESPACE

dt: Any = NAMESPACE
f, i, _ = draws()

unary_samples({
    "digamma": (special.psi, 0.1, 9), "erfcx": (special.erfcx, -3, 30),
    "erfinv": (special.erfinv, -0.9, 0.9), "i0": (special.i0, -9, 9), "i0e": (special.i0e, -90, 90),
    "i1": (special.i1, -9, 9), "i1e": (special.i1e, -90, 90),
    "lgamma": (special.gammaln, 0.1, 9), "log_ndtr": (special.log_ndtr, -90, 4),
    "logit": (special.logit, 0.01, 0.99), "ndtri": (special.ndtri, 0.01, 0.99),
    "sinc": (np.sinc, -3, 3),
}, f)  # fmt: skip
for order in (0, 1, 2, 3, 7):
    sample("polygamma", lambda x, n=order: dt.polygamma(n, x),
           lambda x, n=order: special.polygamma(n, x), f(9, low=0.1, high=20))  # fmt: skip
sample("polygamma", lambda x: dt.polygamma(1, x), lambda x: special.polygamma(1, x),
       i(5, low=1))  # fmt: skip
sample("polygamma", lambda x: dt.polygamma(1, x),
       lambda x: (math.pi / np.sin(math.pi * x)) ** 2 - special.polygamma(1, 1 - x),
       f(9, low=-9, high=-0.1, dtype=np.float64), dtype="float64")  # fmt: skip
sample("xlogy", dt.xlogy, special.xlogy, np.asarray([0, 0, 0, 2, 2, np.nan, 0], np.float32),
       np.asarray([0, -1, np.nan, 0, 3, 1, np.inf], np.float32))  # fmt: skip
sample("xlogy", dt.xlogy, special.xlogy, f(3, 1), f(4, low=0.1))
sample("logit", lambda x: dt.logit(x, 0.25),
       lambda x: special.logit(np.clip(x, 0.25, 0.75)), f(9, low=-1, high=2))  # fmt: skip
sample("logit", dt.logit, special.logit,
       np.asarray([0, 1, -0.5, 2, np.nan, 0.5, 1e-30], np.float32))  # fmt: skip
