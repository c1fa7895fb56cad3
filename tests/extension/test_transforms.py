"""grad, value_and_grad, vjp, jvp and vmap against closed forms, nested and over trees."""

from __future__ import annotations

from typing import Any

import numpy as np

import dovetail as dt
from tests.extension import definitions
from tests.extension.conftest import Counter
from tests.extension.definitions import mish

X = np.linspace(-2, 2, 7)


def cubes(x):
    return dt.sum(x * x * x * x)


def test_orders_one_to_three() -> None:
    first = dt.grad(cubes)
    second = dt.grad(lambda x: dt.sum(first(x)))
    third = dt.grad(lambda x: dt.sum(second(x)))
    np.testing.assert_allclose(first(X), 4 * X**3, atol=1e-12)
    np.testing.assert_allclose(second(X), 12 * X**2, atol=1e-12)
    np.testing.assert_allclose(third(X), 24 * X, atol=1e-12)


def test_reverse_forward_and_batched_agree_on_a_hessian() -> None:
    def f(x):
        return dt.sum(dt.exp(x) * dt.sin(x)) * dt.sum(x)

    expected = np.zeros((7, 7))
    total, part = X.sum(), np.exp(X) * np.sin(X)
    slope = np.exp(X) * (np.sin(X) + np.cos(X))
    expected += np.add.outer(slope, slope) + np.diag(2 * np.exp(X) * np.cos(X)) * total
    assert part.shape == (7,)
    forward_over_reverse = dt.vmap(
        lambda x, v: dt.jvp(dt.grad(f), (x,), (v,))[1], in_axes=(None, 0)
    )
    reverse_over_reverse = dt.vmap(
        lambda x, v: dt.grad(lambda x: dt.sum(dt.grad(f)(x) * v))(x), in_axes=(None, 0)
    )
    np.testing.assert_allclose(forward_over_reverse(X, np.eye(7)), expected, rtol=1e-10)
    np.testing.assert_allclose(reverse_over_reverse(X, np.eye(7)), expected, rtol=1e-10)


def test_the_same_array_inside_and_around() -> None:
    """d/dx [x * d/dy (x y)] at y = x is 2x: the inner derivative must not see the outer x."""
    outer = dt.grad(lambda x: x * dt.grad(lambda y: x * y)(x))
    assert float(outer(3.0)) == 6.0
    both = dt.grad(lambda x, y: x * y * y, argnums=(0, 1))
    np.testing.assert_allclose(both(np.array(3.0), np.array(3.0)), (9.0, 18.0))


def test_values_aux_and_trees() -> None:
    def f(p, x):
        y = p["w"] * x + p["b"]
        return dt.sum(y * y), {"y": y, "n": y + 1}

    p: dict[str, Any] = {"w": X, "b": np.array(0.5)}
    (value, aux), gradient = dt.value_and_grad(f, has_aux=True)(p, X)
    y = X * X + 0.5
    np.testing.assert_allclose(value, (y * y).sum())
    np.testing.assert_allclose(aux["n"], y + 1)
    np.testing.assert_allclose(gradient["w"], 2 * y * X)
    np.testing.assert_allclose(gradient["b"], (2 * y).sum())
    only, aux = dt.grad(f, argnums=-1, has_aux=True)(p, X)
    np.testing.assert_allclose(only, 2 * y * X)


def test_hyperparameters_pass_through(compiled: Counter) -> None:
    logits, labels = np.eye(3), np.array([0, 1, 1])
    focal = dt.loss(definitions.focal.definition)  # not called before
    gradient = dt.grad(focal)
    for gamma in (1.5, 2.0, 2.5):
        found = gradient(logits, labels, gamma=gamma, reduction="sum")
        step = 1e-6
        moved = logits.copy()
        moved[0, 1] += step
        high = focal(moved, labels, gamma=gamma, reduction="sum")
        moved[0, 1] -= 2 * step
        low = focal(moved, labels, gamma=gamma, reduction="sum")
        np.testing.assert_allclose(found[0, 1], (high - low) / (2 * step), rtol=1e-6)
    assert compiled.count == 2


def test_a_transform_of_the_same_function_is_kept(compiled: Counter) -> None:
    def cubes(x):
        return dt.sum(x * x * x)

    def tangent(x):
        return dt.tan(x)

    for _ in range(3):
        dt.grad(cubes)(X)
        dt.vjp(tangent, X)[1](X)
    assert compiled.count == 3
    assert dt.grad(cubes) is dt.grad(cubes)
    assert dt.grad(cubes) is not dt.grad(cubes, has_aux=True)


def test_vjp_and_jvp() -> None:
    def f(x, n, y):
        return {"s": dt.sum(dt.exp(x) * y), "p": x * y + n}

    n = np.arange(7)
    value, pullback = dt.vjp(f, X, n, X)
    np.testing.assert_allclose(value["p"], X * X + n)
    for scale in (1.0, 2.0):
        by_x, by_n, by_y = pullback({"s": scale, "p": np.ones(7)})
        np.testing.assert_allclose(by_x, scale * np.exp(X) * X + X)
        np.testing.assert_allclose(by_y, scale * np.exp(X) + X)
        assert by_n.dtype == n.dtype and not by_n.any()
    value, tangent = dt.jvp(f, (X, n, X), (np.ones(7), None, np.zeros(7)))
    np.testing.assert_allclose(tangent["s"], (np.exp(X) * X).sum())
    np.testing.assert_allclose(tangent["p"], X)


def test_what_the_pullback_keeps_is_used() -> None:
    """A reduction is kept and not computed again, with the same results as by grad."""
    x = np.random.default_rng(0).normal(size=(5, 7))

    def f(x):
        return dt.softmax(x, axis=-1) * dt.mean(x * x, axis=-1, keepdims=True)

    cotangent = np.cos(x)
    expected = dt.grad(lambda x: dt.sum(f(x) * cotangent))(x)
    np.testing.assert_allclose(dt.vjp(f, x)[1](cotangent)[0], expected, rtol=1e-10)


def test_a_pullback_inside_a_trace_and_on_tracers() -> None:
    second = dt.grad(lambda x: dt.sum(dt.vjp(mish, x)[1](dt.ones_like(x))[0]))
    expected = dt.grad(lambda x: dt.sum(dt.grad(lambda x: dt.sum(mish(x)))(x)))
    np.testing.assert_allclose(second(X), expected(X))
    _, pullback = dt.vjp(lambda x: x**3.0, X)
    by_cotangent = dt.grad(lambda c: dt.sum(pullback(c)[0]))(X)
    np.testing.assert_allclose(by_cotangent, 3 * X**2)


def test_vmap_axes() -> None:
    a, b = np.arange(12.0).reshape(3, 4), np.arange(4.0)
    np.testing.assert_allclose(dt.vmap(lambda r, v: dt.sum(r * v), in_axes=(0, None))(a, b), a @ b)
    columns = dt.vmap(lambda c: c * 2, in_axes=1, out_axes=1)
    np.testing.assert_allclose(columns(a), 2 * a)
    np.testing.assert_allclose(dt.vmap(lambda c: c * 2, in_axes=-1)(a), 2 * a.T)
    tree = dt.vmap(lambda p: {"s": p["a"] + p["b"], "c": 1.0}, in_axes=({"a": 0, "b": None},))
    found = tree({"a": a, "b": b})
    np.testing.assert_allclose(found["s"], a + b)
    assert found["c"].shape == (3,)
    nested = dt.vmap(dt.vmap(lambda x, y: x * y, in_axes=(None, 0)), in_axes=(0, None))
    np.testing.assert_allclose(nested(b, b), np.multiply.outer(b, b))
    per_example = dt.vmap(dt.grad(lambda r: dt.sum(r * r)))
    np.testing.assert_allclose(per_example(a), 2 * a)


def test_gradients_of_layers() -> None:
    layer = dt.RMSNorm()
    x = np.random.default_rng(0).normal(size=(3, 5))
    found = dt.grad(lambda x: dt.sum(layer(x) * 2))(x)
    mean = (x * x).mean(-1, keepdims=True) + layer.eps
    expected = 2 / np.sqrt(mean) - x * (2 * x).sum(-1, keepdims=True) / 5 / mean**1.5
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_vjp_of_an_optional_array_that_is_given() -> None:
    x, scale = np.ones((2, 3)), np.full(3, 2.0)
    y, pullback = dt.vjp(dt.rms_norm, x, scale)
    by_x, by_scale = pullback(np.ones_like(y))
    assert by_x.shape == (2, 3)
    np.testing.assert_allclose(by_scale, 2.0 / np.sqrt(1.0 + 1e-6), rtol=1e-12)
    _, pullback = dt.vjp(dt.rms_norm, x)
    assert len(pullback(np.ones_like(y))) == 1


def test_a_pullback_used_inside_another_transform_of_the_same_names() -> None:
    """The variables of one transform are not those of another, though both are called x."""

    def outer(x):
        _, pullback = dt.vjp(lambda x: x * x * x, x)
        return dt.sum(dt.value_and_grad(lambda x: dt.sum(pullback(x)[0]))(2.0 * x)[1])

    # The pullback is 3 x^2 times its argument: the inner gradient is 3 x^2.
    np.testing.assert_allclose(dt.grad(outer)(X), 6 * X, atol=1e-12)


def test_a_call_of_vjp_traces_once() -> None:
    traced = []

    def cubed(x):
        traced.append(x.shape)
        return x * x * x

    for count in (5, 6, 7):
        x = np.linspace(1, 2, count)
        value, pullback = dt.vjp(cubed, x)
        np.testing.assert_allclose(pullback(value)[0], 3 * x**5, rtol=1e-12)
        np.testing.assert_allclose(pullback(np.ones(count))[0], 3 * x**2, rtol=1e-12)
    assert traced == [(5,), (6,), (7,)]


def test_vjp_of_numbers_and_with_numbers_as_cotangents() -> None:
    value, pullback = dt.vjp(lambda x: dt.sum(x * x), X)
    np.testing.assert_allclose(pullback(2.0)[0], 4 * X, rtol=1e-12)
    np.testing.assert_allclose(pullback(np.float32(2.0))[0], 4 * X, rtol=1e-12)
    value, pullback = dt.vjp(lambda x: x * x, 3.0)
    assert value.dtype == np.float32
    assert pullback(np.float32(1.0))[0] == 6.0
    gradients = dt.grad(lambda x, y: dt.sum(x * y), (1, 0))(X, 2.0)
    np.testing.assert_allclose(gradients[0], X.sum(), atol=1e-6)
    np.testing.assert_allclose(gradients[1], np.full(7, 2.0))


def test_gradients_with_a_float_between_the_arrays() -> None:
    @dt.op
    def scaled(x, *, scale=2.0, shift):
        return dt.sum(scale * x * x + shift), dt.mean(x)

    for count in (5, 6, 7):
        x, shift = np.linspace(1, 2, count), np.ones(count)
        (value, aux), gradient = dt.value_and_grad(scaled, has_aux=True)(x, scale=3.0, shift=shift)
        np.testing.assert_allclose(value, 3 * (x * x).sum() + count, rtol=1e-12)
        np.testing.assert_allclose((aux, *gradient), (x.mean(), *(6 * x)), rtol=1e-12)
        gradient, aux = dt.grad(scaled, has_aux=True)(x, scale=3.0, shift=shift)
        np.testing.assert_allclose((aux, *gradient), (x.mean(), *(6 * x)), rtol=1e-12)
        _, pullback = dt.vjp(lambda x, *, shift: scaled(x, shift=shift)[0], x, shift=shift)
        np.testing.assert_allclose(pullback(np.float64(1.0))[0], 4 * x, rtol=1e-12)
