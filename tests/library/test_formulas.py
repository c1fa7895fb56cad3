"""The library at the edges of float32: small, large, saturated and empty arguments.

References are float64 formulas by NumPy, of other form than the library's.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import mpmath
import numpy as np
import numpy.typing as npt
import pytest

import dovetail as dt

Array = npt.NDArray[Any]
RNG = np.random.default_rng(0)
NORMS = (1e-18, 1e-15, 1e-5, 1.0, 1e5, 1e10, 1e15, 1e18)


def relative(got: Any, expected: Any) -> float:
    """The largest error, in shares of the largest element."""
    wide = np.asarray(expected, np.float64)
    return float(np.abs(np.asarray(got, np.float64) - wide).max() / np.abs(wide).max())


def exact(function: Any, x: Array) -> Array:
    """A function of one number in 60 digits."""
    with mpmath.workdps(60):
        return np.array([float(function(mpmath.mpf(float(each)))) for each in x])


@pytest.mark.parametrize("norm", NORMS)
def test_cosine_similarity_of_vectors_of_any_norm(norm: float) -> None:
    p = (RNG.normal(size=(3, 7)) * norm).astype(np.float32)
    y = (RNG.normal(size=(3, 7)) / norm).astype(np.float32)
    wide, other = p.astype(np.float64), y.astype(np.float64)
    lengths = [np.linalg.norm(each, axis=-1, keepdims=True) for each in (wide, other)]
    u, v = wide / lengths[0], other / lengths[1]
    cosine = (u * v).sum(-1, keepdims=True)
    assert relative(dt.cosine_similarity(p, y, reduction="none"), -cosine[:, 0]) < 1e-6
    gradient = dt.grad(lambda q: dt.sum(dt.cosine_similarity(q, y)))(p)
    assert relative(gradient * np.float32(norm), (cosine * u - v) / lengths[0] / 3 * norm) < 1e-5
    assert abs(dt.cosine_similarity(p, p) + 1) < 1e-6


def test_cosine_similarity_of_a_vector_of_zeros() -> None:
    zero, y = np.zeros((1, 3), np.float32), np.array([[3.0, 0.0, 4.0]], np.float32)
    gradient = dt.grad(lambda q, eps: dt.cosine_similarity(q, y, eps=eps))
    assert dt.cosine_similarity(zero, y) == 0 and (gradient(zero, 0.0) == 0).all()
    # With eps, as in PyTorch: a norm below it counts as it.
    np.testing.assert_allclose(gradient(zero, 0.5), -y / 5 / 0.5, rtol=1e-6)
    np.testing.assert_allclose(dt.cosine_similarity(y * 1e-3, y, eps=0.5), -0.01, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_log_cosh_of_errors_of_any_size(dtype: str) -> None:
    e = np.concatenate([10.0 ** np.linspace(-18, 4, 89), [19.9, 20.0, 20.1, 88.0]]).astype(dtype)
    close = 5e-7 if dtype == "float32" else 2e-15
    got = dt.log_cosh(-e, np.zeros_like(e), reduction="none")
    held = e > (1e-18 if dtype == "float32" else 0)
    want = exact(lambda x: mpmath.log(mpmath.cosh(x)), e)
    np.testing.assert_allclose(got[held], want[held], rtol=close)
    slope = dt.grad(lambda q: dt.sum(dt.log_cosh(q, np.zeros_like(e), reduction="none")))(e)
    np.testing.assert_allclose(slope, exact(mpmath.tanh, e), rtol=2 * close)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("size", [1.0, 20.0, 200.0, 1e4, np.inf])
def test_focal_of_saturated_logits(gamma: float, size: float) -> None:
    for label in (0, 1):
        logits = np.array([[size, 0.0, 0.0]], np.float32)
        loss = dt.value_and_grad(lambda q: dt.focal(q, np.array([label]), gamma=gamma))  # noqa: B023
        value, gradient = loss(logits) if np.isfinite(size) else loss(-logits)
        assert not np.isnan(value) and not np.isnan(gradient).any(), (label, value, gradient)
    # By the exact formula, where p is neither 0 nor 1 to the last digit.
    z = RNG.normal(size=(8, 5)) * 3
    labels = RNG.integers(0, 5, 8)
    found = dt.grad(lambda q: dt.focal(q, labels, gamma=gamma, reduction="sum"))(z)
    each = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    p = each[np.arange(8), labels][:, None]
    slope = gamma * (1 - p) ** (gamma - 1) * p * np.log(p) - (1 - p) ** gamma
    np.testing.assert_allclose(found, slope * (np.eye(5)[labels] - each), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("tanh_shrink", lambda x: x - mpmath.tanh(x)),
        ("squareplus", lambda x: (x + mpmath.sqrt(x * x + 4)) / 2),
        ("tanh_exp", lambda x: x * mpmath.tanh(mpmath.exp(x)) if x < 90 else x),
        ("mish", lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))) if x < 1e4 else x),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations_from_small_to_large(name: str, function: Any, dtype: str) -> None:
    size = np.concatenate([10.0 ** np.linspace(-6, 8, 57), [0.9, 0.999, 1.0, 1.1]])
    x = np.concatenate([-size, size]).astype(dtype)
    x = x[x > -80] if name in ("mish", "tanh_exp") else x
    f = getattr(dt, name)
    close = 2e-6 if dtype == "float32" else 4e-15
    np.testing.assert_allclose(f(x), exact(function, x), rtol=close, atol=1e-37)
    slopes = exact(lambda v: mpmath.diff(function, v), x[np.abs(x) < 1e3])
    got = dt.grad(lambda q: dt.sum(f(q)))(x)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got[np.abs(x) < 1e3], slopes, rtol=10 * close, atol=1e-20)


def normalised(x: Array, centre: bool, eps: float, axis: int) -> tuple[Array, Array]:
    """The normalised array in float64, and 1 / its deviation."""
    wide = x.astype(np.float64)
    centred = wide - wide.mean(axis, keepdims=True) if centre else wide
    rate = 1 / np.sqrt((centred**2).mean(axis, keepdims=True) + eps)
    return centred * rate, rate


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", ["layer_norm", "rms_norm", "BatchNorm"])
def test_gradients_of_norms_of_any_size(name: str, norm: float) -> None:
    x = (RNG.normal(size=(6, 9)) * norm / 9).astype(np.float32)
    c = RNG.normal(size=(6, 9)).astype(np.float32)
    centre, axis = name != "rms_norm", 0 if name == "BatchNorm" else -1
    if name == "BatchNorm":
        layer = dt.BatchNorm()
        layer.build(x)
        eps = layer.eps

        def function(q: Any) -> Any:
            return layer.program(layer.parameters(), layer.states(), q, training=True)[0]
    else:
        eps = {"layer_norm": 1e-5, "rms_norm": 1e-6}[name]
        function = getattr(dt, name)
    n, rate = normalised(x, centre, eps, axis)
    wide = c.astype(np.float64)
    expected = wide - n * (wide * n).mean(axis, keepdims=True)
    if centre:
        expected -= wide.mean(axis, keepdims=True)
    got = dt.grad(lambda q: dt.sum(function(q) * c))(x)
    assert relative(got.astype(np.float64) / rate.max(), rate / rate.max() * expected) < 2e-6


@pytest.mark.parametrize("half", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", ["layer_norm", "rms_norm", "BatchNorm"])
def test_gradients_of_a_norms_weights_add_up_what_is_not_rounded(name: str, half: Any) -> None:
    x, c = (RNG.normal(size=(256, 8)).astype(half) for _ in range(2))
    scale = np.ones(8, np.float32)
    if name == "BatchNorm":
        layer = dt.BatchNorm()
        layer.build(x)

        def function(x: Any, scale: Any) -> Any:
            parameters = {**layer.parameters(), "scale": scale}
            return layer.program(parameters, layer.states(), x, training=True)[0]
    else:
        function = getattr(dt, name)
    eps = {"layer_norm": 1e-5, "rms_norm": 1e-6, "BatchNorm": 1e-3}[name]
    n, _ = normalised(x, name != "rms_norm", eps, 0 if name == "BatchNorm" else -1)
    wide = c.astype(np.float64)
    got = dt.grad(lambda s: dt.sum(function(x, s) * c.astype(np.float32)))(scale)
    assert got.dtype == np.float32
    assert relative(got, (wide * n).sum(0)) < 2e-6
    # A scale of the same type: rounded once, at the end.
    got = dt.grad(lambda s: dt.sum(function(x, s) * c))(scale.astype(half))
    assert got.dtype == half
    spacing = np.abs(np.spacing(got).astype(np.float64))
    assert (np.abs(got.astype(np.float64) - (wide * n).sum(0)) <= 0.51 * spacing).all()
