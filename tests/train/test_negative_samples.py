"""Batches of chosen items and others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
OWNERS = RNG.integers(0, 7, 90) * 10
CHOSEN = RNG.integers(0, 40, 90)
X = np.arange(90)


def all_of(samples: Any) -> tuple[Any, ...]:
    """The rows, candidates and targets of an epoch."""
    found = [samples[n] for n in range(len(samples))]
    rows, candidates = (np.concatenate([x[part] for x, _ in found]) for part in (0, 1))
    return rows, candidates, np.concatenate([y for _, y in found])


def test_negatives_are_drawn_by_weight_from_what_the_owner_did_not_choose() -> None:
    weights = np.where(np.arange(40) < 30, 1.0, 0.0) * np.where(np.arange(40) < 5, 6.0, 1.0)
    samples = dt.NegativeSamples(X, CHOSEN, 40, 200, 32, weights=weights, owners=OWNERS, seed=3)
    rows, candidates, labels = all_of(samples)
    assert sorted(rows) == list(range(90)) and (rows != X).any()
    assert (candidates[:, 0] == CHOSEN[rows]).all() and (labels == 0).all()
    for owner in range(0, 70, 10):
        mine = np.unique(CHOSEN[owner == OWNERS])
        drawn = candidates[OWNERS[rows] == owner][:, 1:]
        left = np.where(np.isin(np.arange(40), mine), 0.0, weights)
        shares = np.bincount(drawn.ravel(), minlength=40) / drawn.size
        np.testing.assert_allclose(shares, left / left.sum(), atol=0.03)
        assert (shares[left == 0.0] == 0.0).all()


def test_an_owner_of_nearly_everything() -> None:
    chosen = np.delete(np.arange(1000), 7)
    weights = np.where(np.arange(1000) == 7, 1e-9, 1.0)
    owners = np.zeros(999, int)
    samples = dt.NegativeSamples(chosen, chosen, 1000, 2, 999, weights=weights, owners=owners)
    assert (samples[0][0][1][:, 1:] == 7).all()
    with pytest.raises(ArgumentError, match="that owner 0 did not choose"):
        dt.NegativeSamples(X, np.arange(90), 90, owners=X * 0)
    with pytest.raises(ArgumentError, match="that example 3 did not choose"):
        dt.NegativeSamples(X[:9], np.r_[0, 0, 0, 1, [0] * 5], 2, weights=[0, 2])


def test_epochs_differ_and_follow_from_the_seed() -> None:
    samples, again = (dt.NegativeSamples((X, X), CHOSEN, 40, 3, seed=1) for _ in range(2))
    first = samples[0][0][2]
    samples.on_epoch_end()
    assert (samples[0][0][2] != first).any()
    again.set_state(samples.get_state())
    for one, other in zip(samples[0][0], again[0][0], strict=True):
        np.testing.assert_array_equal(one, other)


def test_corrections_count_draws_on_average() -> None:
    weights = np.arange(1.0, 41.0)
    samples = dt.NegativeSamples(X, CHOSEN, 40, 8, 90, weights=weights, correction=True)
    (_, candidates), logs = samples[0]
    assert logs.dtype == np.float32
    np.testing.assert_allclose(np.exp(logs), 8 * weights[candidates] / weights.sum(), rtol=1e-6)
    with pytest.raises(ArgumentError, match="every draw"):
        dt.NegativeSamples(X, CHOSEN, 40, correction=True, owners=OWNERS)
    with pytest.raises(ArgumentError, match="item 3, which was chosen"):
        dt.NegativeSamples([0], [3], 40, weights=np.arange(40) != 3, correction=True)


def test_mistakes() -> None:
    with pytest.raises(ArgumentError, match="from 0 to 9"):
        dt.NegativeSamples(X, CHOSEN, 10)
    with pytest.raises(ShapeError):
        dt.NegativeSamples(X[1:], CHOSEN, 40)
    with pytest.raises(ShapeError):
        dt.NegativeSamples(X, CHOSEN, 40, owners=OWNERS[1:])
    for weights in (np.ones(39), np.full(40, -1.0), np.zeros(40)):
        with pytest.raises(ArgumentError, match="weights"):
            dt.NegativeSamples(X, CHOSEN, 40, weights=weights)
