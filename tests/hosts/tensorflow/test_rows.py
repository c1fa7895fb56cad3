"""Segment reductions, `top_k`, updates at indices and `unique` on TensorFlow's tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from tests.language.row_cases import CASES, FEW, IDS, Case, op_of

tf: Any = pytest.importorskip("tensorflow")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values(case: Case) -> None:
    found = op_of(case)(*map(tf.constant, case.arrays))
    np.testing.assert_allclose(found, case.wanted(*case.arrays), rtol=1e-13)


@pytest.mark.parametrize("case", FEW, ids=str)
def test_graphs_and_gradients(case: Case) -> None:
    op = op_of(case)

    def run(*given: Any) -> Any:
        with tf.GradientTape() as tape:
            for tensor in given:
                tape.watch(tensor)
            found = op(*given)
            loss = tf.reduce_sum(tf.sin(tf.where(tf.math.is_finite(found), found, 0.0)))
        return found, tape.gradient(loss, list(given))

    given = list(map(tf.constant, case.arrays))
    values, gradients = run(*given)
    for compiled in (tf.function(run), tf.function(run, jit_compile=True)):
        found, others = compiled(*given)
        np.testing.assert_allclose(found, case.wanted(*case.arrays), rtol=1e-13)
        for one, other in zip(others, gradients, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(values, case.wanted(*case.arrays), rtol=1e-13)
    mapped = tf.vectorized_map(lambda x: op(*x), tuple(tf.stack([x, x]) for x in given))
    np.testing.assert_allclose(mapped[1], case.wanted(*case.arrays), rtol=1e-13)


def test_segments_are_those_of_tensorflow() -> None:
    data = tf.constant(np.random.default_rng(0).normal(size=(40, 3)))
    ids = tf.constant(IDS)
    for name in ("sum", "mean"):
        ours = getattr(dt, f"segment_{name}")(data, ids, 6)
        theirs = getattr(tf.math, f"unsorted_segment_{name}")(data, ids, 6)
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)
    values, indices = tf.math.top_k(data, 2)
    found = dt.top_k(data, 2)
    np.testing.assert_array_equal(found.values, values)
    np.testing.assert_array_equal(found.indices, indices)


def test_indices_out_of_range_raise() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
        dt.segment_sum(tf.zeros((40, 3)), tf.constant(IDS) + 1, 6)
