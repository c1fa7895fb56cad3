"""Losses of recommenders against NumPy in float64, and what sampling estimates."""

from __future__ import annotations

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import IndexingError, ShapeError

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(30, 6)) * 3
LABELS = RNG.integers(0, 6, 30)


def test_bpr() -> None:
    right = [
        np.mean([np.log1p(np.exp(row[j] - row[label])) for j in range(6) if j != label])
        for row, label in zip(SCORES, LABELS, strict=True)
    ]
    found = dt.bpr(SCORES, LABELS, reduction="none")
    np.testing.assert_allclose(found, right, rtol=1e-12)
    far = np.array([[1e4, -1e4], [-1e4, 1e4]], np.float32)
    np.testing.assert_array_equal(dt.bpr(far, np.zeros(2, int), reduction="none"), [0.0, 2e4])
    gradient = dt.grad(lambda z: dt.bpr(z, np.zeros(2, int)))(far)
    np.testing.assert_array_equal(gradient, [[0.0, 0.0], [-0.5, 0.5]])


def test_bpr_needs_another_candidate_and_labels_in_range() -> None:
    with pytest.raises(ShapeError, match="two or more"):
        dt.bpr(SCORES[:, :1], LABELS * 0)
    with pytest.raises(IndexingError):
        dt.bpr(SCORES, LABELS + 1)


def test_sampled_softmax() -> None:
    log_expected = RNG.normal(size=(30, 6))
    z = np.exp(SCORES - log_expected)
    found = dt.sampled_softmax(SCORES, log_expected, reduction="none")
    np.testing.assert_allclose(found, -np.log(z[:, 0] / z.sum(1)), rtol=1e-12)
    with pytest.raises(ShapeError):
        dt.sampled_softmax(SCORES, log_expected[:, 0])


def test_its_minimum_is_the_probability_of_the_items_however_they_are_drawn() -> None:
    """Free scores of four items go to the logarithms of how often each is chosen."""
    shares, weights = np.array([0.5, 0.3, 0.15, 0.05]), np.array([1.0, 2.0, 4.0, 8.0])

    class Popularity(dt.Model):
        items: int = 4
        score = dt.Parameter("items", init="zeros")

        def forward(self, x: object, candidates: object) -> object:
            return dt.take(self.score, candidates, axis=0)

    chosen = np.repeat(np.arange(4), (shares * 2000).astype(int))
    samples = dt.NegativeSamples(
        np.zeros(2000), chosen, 4, 40, 500, weights=weights, correction=True
    )
    model = Popularity()
    model.compile(dt.Adam(0.05), dt.sampled_softmax)
    model.fit(samples, epochs=60, verbose=0)
    found = np.exp(model.score - model.score.max())
    np.testing.assert_allclose(found / found.sum(), shares, atol=0.03)
