"""Losses of embeddings against angles and distances by NumPy in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import IndexingError, ShapeError
from dovetail.library import metric_losses

RNG = np.random.default_rng(0)
COSINES = RNG.uniform(-1.0, 1.0, (40, 5))
LABELS = RNG.integers(0, 5, 40)


def arcface(cosines: Any, labels: Any, margin: float, scale: float) -> Any:
    """By the angles themselves; no angle beyond pi."""
    found = []
    for row, label in zip(cosines, labels, strict=True):
        theta = np.arccos(row)
        logits = scale * np.cos(theta + margin * (np.arange(len(row)) == label))
        found.append(np.log(np.exp(logits - logits[label]).sum()))
    return np.array(found)


@pytest.mark.parametrize(("margin", "scale"), [(0.5, 64.0), (0.2, 8.0), (0.0, 1.0)])
def test_arcface(margin: float, scale: float) -> None:
    own = COSINES[np.arange(40), LABELS]
    turns = np.arccos(own) + margin <= np.pi
    assert turns.any() and (margin < 0.5 or not turns.all())
    loss = dt.arcface(COSINES, LABELS, margin=margin, scale=scale, reduction="none")
    right = arcface(COSINES, LABELS, margin, scale)
    np.testing.assert_allclose(loss[turns], right[turns], rtol=1e-9, atol=1e-12)


def test_the_logit_falls_with_the_angle_up_to_pi() -> None:
    theta = np.linspace(0.01, np.pi, 200)
    rows = np.stack([np.cos(theta), np.zeros(200)], axis=1)
    losses = dt.arcface(rows, np.zeros(200, int), margin=0.5, scale=1.0, reduction="none")
    assert (np.diff(losses) > 0.0).all()


def test_the_gradient_of_arcface_is_finite_at_cosines_of_one() -> None:
    rows = np.array([[1.0, -1.0], [-1.0, 1.0], [0.0, 0.5]], np.float32)
    gradient = dt.grad(lambda z: dt.arcface(z, np.zeros(3, int)))(rows)
    assert np.isfinite(gradient).all() and (gradient[2] != 0).all()


def test_arcface_refuses_other_labels_and_leaves_out_ignored_ones() -> None:
    with pytest.raises(IndexingError):
        dt.arcface(COSINES, LABELS + 1)
    labels = np.where(np.arange(40) < 30, LABELS, -1)
    some = dt.arcface(COSINES, labels, ignore_index=-1)
    np.testing.assert_allclose(some, dt.arcface(COSINES[:30], LABELS[:30]), rtol=1e-12)


def test_cosine_dense() -> None:
    layer = dt.CosineDense(4)
    x = RNG.normal(size=(6, 3)).astype(np.float32) * 10.0 ** RNG.integers(-15, 15, (6, 1))
    x[0] = 0.0
    found = layer(x.astype(np.float32))
    kernel = np.asarray(layer.kernel, np.float64)
    length = np.linalg.norm(x, axis=1, keepdims=True)
    right = x @ kernel / np.where(length == 0, 1, length) / np.linalg.norm(kernel, axis=0)
    np.testing.assert_allclose(found, right, atol=1e-6)
    assert (found[0] == 0).all()


def test_triplet_against_pytorch() -> None:
    torch = pytest.importorskip("torch")
    arrays = RNG.normal(size=(3, 7, 4)) * 0.3
    found = dt.triplet(*arrays, margin=0.2, reduction="none")
    theirs = torch.nn.TripletMarginWithDistanceLoss(
        distance_function=lambda a, b: ((a - b) ** 2).sum(-1), margin=0.2, reduction="none"
    )(*map(torch.tensor, arrays))
    assert 0 < (theirs == 0).sum() < 7
    np.testing.assert_allclose(found, theirs, rtol=1e-12)
    with pytest.raises(ShapeError, match="positive"):
        dt.triplet(arrays[0], arrays[1, :6], arrays[2])


def hardest(x: Any, labels: Any, margin: float) -> Any:
    """By loops over all pairs."""
    found = []
    for n, label in enumerate(labels):
        distance = [float(np.linalg.norm(x[n] - other)) for other in x]
        same = [d for k, d in enumerate(distance) if k != n and labels[k] == label]
        rest = [d for k, d in enumerate(distance) if labels[k] != label]
        found.append(max(0.0, max(same) - min(rest) + margin) if same and rest else 0.0)
    return np.array(found)


def test_triplet_hard() -> None:
    x = RNG.normal(size=(12, 4))
    labels = np.array([7, 7, 7, -2, -2, 5, 5, 5, 5, 7, -2, 99])  # 99 is alone
    found = dt.triplet_hard(x, labels, margin=0.3, reduction="none")
    np.testing.assert_allclose(found, hardest(x, labels, 0.3), rtol=1e-12)
    assert found[-1] == 0 and (found[:-1] > 0).any()
    assert (dt.triplet_hard(x, np.ones(12, int), reduction="none") == 0).all()
    gradient = dt.grad(lambda e: dt.triplet_hard(e, labels, margin=0.3))(x)
    step = 1e-6
    for n, k in ((0, 0), (5, 2), (11, 1)):
        moved = [x.copy(), x.copy()]
        moved[0][n, k] += step
        moved[1][n, k] -= step
        high, low = (hardest(each, labels, 0.3).mean() for each in moved)
        np.testing.assert_allclose(gradient[n, k], (high - low) / (2 * step), atol=1e-8)


def test_equal_embeddings_have_finite_gradients() -> None:
    x = np.zeros((4, 3), np.float32)
    value, gradient = dt.value_and_grad(
        lambda e: dt.triplet_hard(e, np.array([0, 0, 1, 1]), margin=0.2)
    )(x)
    assert value == np.float32(0.2) and (gradient == 0).all()
    with pytest.raises(ShapeError, match="embeddings of a batch"):
        dt.triplet_hard(x, np.zeros(3, int))


def test_every_loss_has_a_test() -> None:
    assert metric_losses.__all__ == ["CosineDense", "arcface", "triplet", "triplet_hard"]
