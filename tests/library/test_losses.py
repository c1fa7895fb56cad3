"""Losses against hand-written NumPy in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.errors import IndexingError
from dovetail.library import losses
from dovetail.library.losses import LOSSES

RNG = np.random.default_rng(0)
N, K = 6, 5
A = RNG.normal(size=(N, K))
B = RNG.normal(size=(N, K))
P = RNG.dirichlet(np.ones(K), N)
Q = RNG.dirichlet(np.ones(K), N)
LABELS = np.array([0, 4, 2, 1, 3, 0])
BITS = RNG.integers(0, 2, (N, K))
SIGNS = 2.0 * BITS - 1.0


def log_p(z: Any) -> Any:
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def picked(values: Any) -> Any:
    return values[np.arange(N), LABELS]


def huber(a: Any, b: Any, delta: float) -> Any:
    e = np.abs(a - b)
    return np.where(e <= delta, 0.5 * e * e, delta * (e - 0.5 * delta)).mean(-1)


def binary(p: Any, y: Any) -> Any:
    return (-y * np.log(p) - (1 - y) * np.log(1 - p)).mean(-1)


SIGMOID = 1.0 / (1.0 + np.exp(-A))
ONE_HOT = np.eye(K)[LABELS]
CASES: list[tuple[str, tuple[Any, ...], dict[str, Any], Any]] = [
    ("mean_squared_error", (A, B), {}, ((A - B) ** 2).mean(-1)),
    ("mean_absolute_error", (A, B), {}, np.abs(A - B).mean(-1)),
    ("huber", (A, B), {}, huber(A, B, 1.0)),
    ("huber", (A, B), {"delta": 0.3}, huber(A, B, 0.3)),
    ("log_cosh", (A, B), {}, np.log(np.cosh(A - B)).mean(-1)),
    ("poisson", (P, BITS * 1.0), {}, (P - BITS * np.log(P + 1e-7)).mean(-1)),
    ("binary_cross_entropy", (A, BITS * 1.0), {}, binary(SIGMOID, BITS)),
    ("binary_cross_entropy", (A, BITS), {"label_smoothing": 0.2},
     binary(SIGMOID, BITS * 0.8 + 0.1)),
    ("binary_cross_entropy", (P, BITS), {"from_logits": False}, binary(P, BITS)),
    ("categorical_cross_entropy", (A, ONE_HOT), {}, -picked(log_p(A))),
    ("categorical_cross_entropy", (A, Q), {"label_smoothing": 0.1},
     -((0.9 * Q + 0.1 / K) * log_p(A)).sum(-1)),
    ("categorical_cross_entropy", (3.0 * P, Q), {"from_logits": False}, -(Q * np.log(P)).sum(-1)),
    ("sparse_categorical_cross_entropy", (A, LABELS), {}, -picked(log_p(A))),
    ("sparse_categorical_cross_entropy", (P, LABELS), {"from_logits": False}, -picked(np.log(P))),
    ("sparse_categorical_cross_entropy", (A, LABELS), {"label_smoothing": 0.1},
     -((0.9 * ONE_HOT + 0.1 / K) * log_p(A)).sum(-1)),
    ("focal", (A, LABELS), {"gamma": 2.0},
     -picked((1 - np.exp(log_p(A))) ** 2.0 * log_p(A))),
    ("hinge", (A, SIGNS), {}, np.maximum(0, 1 - SIGNS * A).mean(-1)),
    ("kl_divergence", (P, Q), {}, (Q * np.log(Q / P)).sum(-1)),
    ("cosine_similarity", (A, B), {},
     -(A * B).sum(-1) / np.linalg.norm(A, axis=-1) / np.linalg.norm(B, axis=-1)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arrays", "options", "expected"), CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values(name: str, arrays: Any, options: Any, expected: Any, dtype: str) -> None:
    given = [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays]
    tolerance = 2e-5 if dtype == "float32" else 1e-6
    each = LOSSES[name](*given, reduction="none", **options)
    assert each.dtype == dtype
    np.testing.assert_allclose(each, expected, rtol=tolerance, atol=tolerance)
    mean = LOSSES[name](*given, **options)
    np.testing.assert_allclose(mean, expected.mean(), rtol=tolerance, atol=tolerance)


def test_every_loss_is_tested() -> None:
    tested = {LOSSES[name] for name, *_ in CASES}
    assert tested == set(LOSSES.values())
    assert {getattr(losses, name) for name in losses.__all__ if name.islower()} == tested


@pytest.mark.parametrize(
    "loss", [losses.mean_squared_error, losses.mean_absolute_error, losses.huber]
)
def test_one_dimension_is_one_example_each(loss: Callable[..., Any]) -> None:
    assert loss(A[:, 0], B[:, 0], reduction="none").shape == (N,)


def test_extreme_logits_stay_finite() -> None:
    z = np.array([[1e4, -1e4], [-1e4, 1e4]], np.float32)
    np.testing.assert_allclose(
        losses.binary_cross_entropy(z, np.array([[1, 0], [1, 0]]), reduction="none"), [0, 1e4]
    )
    np.testing.assert_allclose(
        losses.sparse_categorical_cross_entropy(z, np.array([0, 0]), reduction="none"), [0, 2e4]
    )


def test_an_impossible_class_that_is_not_wanted_costs_nothing() -> None:
    z = np.array([[0.0, 0.0, -np.inf]], np.float32)
    y = np.array([[1.0, 0.0, 0.0]], np.float32)
    np.testing.assert_allclose(losses.categorical_cross_entropy(z, y), np.log(2), rtol=1e-6)


def test_vectors_have_an_axis() -> None:
    one = np.ones((), np.float32)
    vectors = ("cosine_similarity", "categorical_cross_entropy", "kl_divergence")
    for loss in (LOSSES[name] for name in vectors):
        with pytest.raises(IndexingError, match="does not exist"):
            loss(one, one)
