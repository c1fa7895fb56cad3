"""How far a result may be from the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.verify.calls import Call
from dovetail.verify.compare import examined
from dovetail.verify.differences import SECOND_STEP, Differences
from dovetail.verify.sample import Sample

RNG = np.random.default_rng(0)


def call_of(function: Any, *arrays: Any) -> Call:
    names = function.signature.array_names
    return Call(function, Sample(arrays, {}, tuple(names)))


@pytest.mark.parametrize("terms", [24, 384])
def test_products_may_be_summed_one_after_the_other(terms: int) -> None:
    """Float32 sums in order pass; sums without one of the terms do not."""
    product = dt.op(lambda a, b: a @ b, name="product")
    a, b = (RNG.normal(size=size).astype(np.float32) for size in ((40, terms), (terms, 30)))
    call = call_of(product, a, b)
    sums = np.zeros((40, 30), np.float32)
    for term in range(terms):
        sums += a[:, term, None] * b[None, term]
    for array, right in ((sums, True), (sums - a[:, 3, None] * b[None, 3], False)):
        (found,) = examined(call.reference, call.sample.leaves, [array], 8, RNG)
        assert found.wrong.any() != right


def test_differences_know_their_rounding() -> None:
    """Of a large sum that is linear in x the second differences are rounding alone."""
    total = dt.op(lambda x: dt.sum(1e3 * x), name="total")
    call = call_of(total, RNG.normal(size=1000))
    differences = Differences(call, np.ones(()))
    direction = [np.ones(1000, np.longdouble)]
    found = [abs(float(differences.second(0, i, direction)[0])) for i in range(20)]
    assert 0 < max(found) < differences.noise(SECOND_STEP**2) < 1e4 * max(found)
