"""Learned hyperparameters on NumPy's host: dt.grad and dt.vjp by a float or an array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import errors
from tests.hosts.learned import CHANNELS, LABELS, WEIGHTS, X, check_host, declared, hyperparameters


def _gradient(function: Any, arrays: list[Any], given: dict[str, Any], weights: Any) -> Any:
    def scalar(*args: Any, value: float = 1.0) -> Any:
        (name,) = given
        if weights is None:
            return function(*args, reduction="sum", **{name: value})
        return dt.sum(function(*args, **{name: value}) * weights)

    (value,) = given.values()
    last = len(arrays)
    if weights is None:
        return dt.grad(lambda x, y, value=1.0: scalar(x, y, value=value), last)(*arrays, value)
    return dt.grad(lambda x, value=1.0: scalar(x, value=value), last)(*arrays, value)


def test_every_hyperparameter_of_the_package_has_a_gradient() -> None:
    assert len(hyperparameters()) >= 12
    check_host(_gradient)


def test_a_float_is_a_variable_of_the_type_of_the_value() -> None:
    slope = dt.grad(lambda x, a=0.5: dt.sum(declared(x, a)), argnums=1)
    for dtype in (np.float64, np.float32, np.float16):
        found = slope(X.astype(dtype), 0.7)
        assert (found.shape, found.dtype) == ((), dtype)
    np.testing.assert_allclose(slope(X, 0.7), 1.4 * (X * X).sum(), rtol=1e-14)
    # An array has a gradient of its own type.
    assert slope(X, np.array(0.7, np.float32)).dtype == np.float32
    assert slope(X, CHANNELS).shape == CHANNELS.shape


def test_an_array_of_no_dimensions_is_weak() -> None:
    x = X.astype(np.float16)
    assert dt.snake(x, np.array(0.7)).dtype == np.float16
    assert dt.snake(x, np.full(4, 0.7)).dtype == np.float64  # an array promotes
    np.testing.assert_array_equal(dt.snake(X, np.array(0.7)), dt.snake(X, 0.7))
    # One array in two roles.
    one = np.array(0.5)
    np.testing.assert_array_equal(dt.snake(one, one), dt.snake(one, 0.5))


def test_vjp_has_a_cotangent_of_each_array_given_for_a_hyperparameter() -> None:
    value, pullback = dt.vjp(dt.laplace, X, sigma=CHANNELS)
    by_x, by_sigma = pullback(WEIGHTS)
    wanted = dt.grad(lambda x, s=1.0: dt.sum(dt.laplace(x, sigma=s) * WEIGHTS), argnums=(0, 1))
    np.testing.assert_allclose(by_x, wanted(X, CHANNELS)[0], rtol=1e-12)
    np.testing.assert_allclose(by_sigma, wanted(X, CHANNELS)[1], rtol=1e-12)
    np.testing.assert_array_equal(value, dt.laplace(X, sigma=CHANNELS))
    assert len(dt.vjp(dt.laplace, X, np.array(0.2), np.array(0.3))[1](WEIGHTS)) == 3
    assert len(dt.vjp(dt.laplace, X, 0.2, 0.3)[1](WEIGHTS)) == 1


def test_forward_mode_and_the_second_order() -> None:
    def scalar(x: Any, a: float = 1.0) -> Any:
        return dt.sum(declared(x, a))

    by_a = dt.grad(lambda x, a=1.0: dt.grad(scalar, 1)(x, a), 1)(X, 0.7)
    np.testing.assert_allclose(by_a, 2.0 * (X * X).sum(), rtol=1e-12)
    by_x = dt.grad(lambda x, a=1.0: dt.grad(scalar, 1)(x, a))(X, 0.7)
    np.testing.assert_allclose(by_x, 4.0 * 0.7 * X, rtol=1e-12)
    _, tangent = dt.jvp(declared, (X, np.array(0.7)), (None, np.array(1.0)))
    np.testing.assert_allclose(tangent, 1.4 * X * X, rtol=1e-12)


def test_a_declared_rule_of_several_outputs_leaves_the_hyperparameter_to_the_definition() -> None:
    @dt.op
    def pair(x: Any, factor: float = 2.0) -> Any:
        return x * factor, x > 0.0, factor * factor * x

    @pair.vjp
    def _(x: Any, *, out: Any, cotangent: Any, factor: Any) -> Any:
        return factor * cotangent[0] + factor * factor * cotangent[2]

    # The array depends on the hyperparameter, too: its part is the rule's, and counted once.
    def scalar(factor: Any) -> Any:
        first, _, last = pair(X * factor, factor)
        return dt.sum(first) + dt.sum(last)

    found = dt.grad(scalar)(np.array(1.5))
    np.testing.assert_allclose(found, (2 * 1.5 + 3 * 1.5**2) * X.sum(), rtol=1e-12)


def test_what_is_static_takes_no_array() -> None:
    for call in (
        lambda: dt.softmax(X, axis=np.array(1)),
        lambda: dt.gelu(X, approximate=np.array(0.5)),
        lambda: dt.focal(X, LABELS, reduction=np.array(0.5)),
    ):
        with pytest.raises(errors.ArgumentError, match="ndarray"):
            call()
    with pytest.raises(errors.DefinitionError, match="the shape of its argument"):
        dt.snake(X, np.ones((2, 6, 4)))
