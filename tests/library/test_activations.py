"""Activations against hand-written NumPy, and their gradients against finite differences."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import erf, expit, log1p

import dovetail as dt
from dovetail.extension.base import Extension
from dovetail.library import activations
from dovetail.library.activations import ACTIVATIONS

X = np.array([-30.0, -4.0, -1.7, -0.6, -0.3, 0.0, 0.2, 0.7, 1.3, 2.9, 20.0])


def softplus(x: Any) -> Any:
    return np.logaddexp(x, 0.0)


EXPECTED: dict[str, Callable[[Any], Any]] = {
    "elish": lambda x: np.where(x >= 0, x, np.expm1(np.minimum(x, 0))) * expit(x),
    "gaussian": lambda x: np.exp(-x * x / 2),
    "hard_shrink": lambda x: x * (np.abs(x) > 0.5),
    "laplace": lambda x: 0.5 * (1 + erf((x - math.sqrt(0.5)) / math.sqrt(0.5 / math.pi))),
    "logish": lambda x: x * log1p(expit(x)),
    "relu_squared": lambda x: np.maximum(x, 0) ** 2,
    "serf": lambda x: x * erf(softplus(x)),
    "sine": lambda x: np.sin(30 * x),
    "smish": lambda x: x * np.tanh(log1p(expit(x))),
    "snake": lambda x: x + np.sin(x) ** 2,
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "tanh_exp": lambda x: x * np.tanh(np.exp(x)),
    "tanh_shrink": lambda x: x - np.tanh(x),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_values(name: str) -> None:
    np.testing.assert_allclose(ACTIVATIONS[name](X), EXPECTED[name](X), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        ACTIVATIONS[name](X.astype(np.float32)), EXPECTED[name](X), rtol=2e-5, atol=2e-5
    )


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_gradients(name: str) -> None:
    x = X[1:-1]
    found = dt.grad(lambda x: dt.sum(ACTIVATIONS[name](x)))(x)
    h = 1e-6
    slope = (EXPECTED[name](x + h) - EXPECTED[name](x - h)) / (2 * h)
    np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-6)


def test_every_activation_of_the_file_is_tested_and_named() -> None:
    written = {
        name
        for name, value in vars(activations).items()
        if isinstance(value, Extension) and value.kind == "activation"
    }
    assert written == set(EXPECTED)
    assert written <= set(ACTIVATIONS)


def test_names_of_the_language_are_known() -> None:
    x = dt.op(lambda x: {name: f(x) for name, f in ACTIVATIONS.items()})(X)
    assert set(x) == set(ACTIVATIONS)
    np.testing.assert_allclose(x["relu"], np.maximum(X, 0))
    np.testing.assert_allclose(x["linear"], X)


@pytest.mark.parametrize(("gated", "gate"), [("geglu", "gelu"), ("reglu", "relu")])
def test_gated_units(gated: str, gate: str) -> None:
    a, b = X, X[::-1].copy()
    reference = {"gelu": b * 0.5 * (1 + erf(b / math.sqrt(2))), "relu": np.maximum(b, 0)}
    np.testing.assert_allclose(getattr(activations, gated)(a, b), a * reference[gate], atol=1e-12)


def test_papers_are_cited() -> None:
    silent = [
        name
        for name in activations.__all__
        if callable(value := getattr(activations, name))
        and not re.search("arXiv:|doi:|PyTorch", inspect.getdoc(value) or "")
    ]
    assert silent == []


@pytest.mark.parametrize(
    "spelled",
    [
        lambda x: 0.5 * x * (1.0 + dt.erf(x / math.sqrt(2.0))),
        lambda x: 0.5 * x * (1.0 + dt.erf(x * 0.7071067811865476)),
        lambda x: x * 0.5 * dt.erfc(-x / dt.sqrt(2.0)),
        lambda x: 0.5 * x * dt.erfc(x * -math.sqrt(0.5)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gelu_however_it_is_written(spelled: Callable[[Any], Any], dtype: str) -> None:
    """The factor is folded in the type at hand, where it is no longer that of float64."""
    x = np.linspace(-12, 5, 301).astype(dtype)
    np.testing.assert_array_equal(dt.op(spelled)(x), dt.gelu(x))


@pytest.mark.parametrize("beta", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("threshold", [math.inf, 2.0])
def test_softplus_with_beta_and_threshold(beta: float, threshold: float) -> None:
    found = dt.softplus(X, beta=beta, threshold=threshold)
    wanted = np.where(beta * X > threshold, X, softplus(beta * X) / beta)
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    slope = dt.grad(lambda x: dt.sum(dt.softplus(x, beta=beta, threshold=threshold)))(X)
    np.testing.assert_allclose(
        slope, np.where(beta * X > threshold, 1.0, expit(beta * X)), rtol=1e-13
    )
    assert np.isfinite(dt.softplus(np.array([-1e30, 1e30]), beta=beta)).all()
    assert np.isnan(dt.softplus(np.array([np.nan]), beta=beta, threshold=threshold)).all()


def test_hard_tanh_with_bounds() -> None:
    found = dt.hard_tanh(X, min_val=-0.5, max_val=2.0)
    np.testing.assert_array_equal(found, np.clip(X, -0.5, 2.0))
    slope = dt.grad(lambda x: dt.sum(dt.hard_tanh(x, -0.6, 0.7)))(X)  # 0 at both bounds
    np.testing.assert_array_equal(slope, (X > -0.6) & (X < 0.7))
