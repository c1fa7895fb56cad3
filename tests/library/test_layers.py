"""Layers against hand-written NumPy."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DovetailError, UnknownNameError
from dovetail.library import (
    Activation,
    BatchNorm,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    PReLU,
    RMSNorm,
    layers,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 5)).astype(np.float32)


def close(found: Any, expected: Any, tolerance: float = 2e-6) -> None:
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_dense() -> None:
    layer = Dense(3, "relu", seed=1)
    y = layer(X)
    kernel, bias = layer.parameters()["kernel"], layer.parameters()["bias"]
    assert kernel.shape == (5, 3) and bias.shape == (3,)
    assert np.abs(kernel).max() <= np.sqrt(6 / 8) and kernel.std() > 0.2
    layer.set("bias", np.array([0.1, -0.2, 0.3], np.float32))
    close(layer(X), np.maximum(X @ kernel + [0.1, -0.2, 0.3], 0))
    assert y.dtype == np.float32


def test_dense_without_bias_and_with_more_dimensions() -> None:
    layer = Dense(3, use_bias=False)
    x = X.reshape(2, 3, 5)
    close(layer(x), x @ layer.parameters()["kernel"])
    assert list(layer.parameters()) == ["kernel"]


@pytest.mark.parametrize(
    "activation", ["tanh", dt.tanh, lambda x: dt.tanh(x)], ids=["name", "extension", "function"]
)
def test_dense_takes_activations_in_three_forms(activation: Any) -> None:
    layer = Dense(3, activation)
    layer.build(X)
    close(layer(X), np.tanh(X @ layer.parameters()["kernel"]))


def test_unknown_activation() -> None:
    with pytest.raises(UnknownNameError, match=r"'relo'.*activation"):
        Dense(3, "relo")(X)


def test_wrong_width_is_refused() -> None:
    layer = Dense(3)
    layer(X)
    with pytest.raises(DovetailError, match="features"):
        layer(X[:, :4])


def test_activation_layer() -> None:
    close(Activation("softplus")(X), np.logaddexp(X, 0))


def test_flatten() -> None:
    x = RNG.normal(size=(2, 3, 4)).astype(np.float32)
    close(Flatten()(x), x.reshape(2, 12))
    assert Flatten()(np.zeros((3,), np.float32)).shape == (3, 1)


def test_layer_norm() -> None:
    layer = LayerNorm()
    layer(X)
    scale, bias = RNG.normal(size=(2, 5)).astype(np.float32)
    layer.set("scale", scale)
    layer.set("bias", bias)
    mean, var = X.mean(-1, keepdims=True), X.var(-1, keepdims=True)
    close(layer(X), (X - mean) / np.sqrt(var + 1e-5) * scale + bias, 1e-5)


def test_rms_norm() -> None:
    layer = RMSNorm(eps=1e-2)
    layer(X)
    scale = RNG.normal(size=5).astype(np.float32)
    layer.set("scale", scale)
    close(layer(X), X / np.sqrt((X**2).mean(-1, keepdims=True) + 1e-2) * scale, 1e-5)


IMAGES = RNG.normal(size=(4, 3, 5, 2)).astype(np.float32)


def test_layer_norm_over_several_axes() -> None:
    for axis, shape in (((-2, -1), (5, 2)), ((1, 3), (3, 2)), ((3, 1), (2, 3)), (1, (3,))):
        layer = LayerNorm(axis=axis)
        layer(IMAGES)
        assert layer.scale.shape == layer.bias.shape == shape
        scale = RNG.normal(size=shape).astype(np.float32)
        layer.set("scale", scale)
        axes = tuple(np.atleast_1d(axis))
        mean = IMAGES.mean(axes, keepdims=True)
        normal = (IMAGES - mean) / np.sqrt(IMAGES.var(axes, keepdims=True) + 1e-5)
        order = [axis % 4 for axis in axes]
        subscripts = "".join("abcd"[each] for each in order)
        close(layer(IMAGES), np.einsum(f"abcd,{subscripts}->abcd", normal, scale), 1e-5)
    assert LayerNorm((5, 2), axis=(-2, -1)).scale.shape == (5, 2)
    with pytest.raises(DovetailError, match="axes"):
        LayerNorm((5, 3), axis=(-2, -1))(IMAGES)


def test_norms_without_scale_or_bias() -> None:
    plain = LayerNorm(use_scale=False, use_bias=False)
    mean, var = X.mean(-1, keepdims=True), X.var(-1, keepdims=True)
    close(plain(X), (X - mean) / np.sqrt(var + 1e-5), 1e-5)
    assert not plain.parameters()
    assert list(BatchNorm(5, use_bias=False).parameters()) == ["scale"]
    assert not RMSNorm(5, use_scale=False).parameters()


def test_rms_norm_over_another_axis() -> None:
    layer = RMSNorm(axis=1, eps=0.5)
    layer(IMAGES)
    scale = RNG.normal(size=3).astype(np.float32)
    layer.set("scale", scale)
    norm = np.sqrt((IMAGES**2).mean(1, keepdims=True) + 0.5)
    close(layer(IMAGES), IMAGES / norm * scale[:, None, None], 1e-5)


def test_prelu() -> None:
    shared = PReLU()
    close(shared(IMAGES), np.where(IMAGES > 0, IMAGES, 0.25 * IMAGES))
    assert shared.slope.shape == (1,)
    fresh = PReLU()
    assert (fresh.features, PReLU().slope.shape) == (1, (1,))  # no input is needed
    fresh.axis = -1
    assert fresh(IMAGES).shape == IMAGES.shape
    assert fresh.slope.shape == IMAGES.shape[-1:]
    each = PReLU(axis=1, start=0.1)
    each(IMAGES)
    slope = RNG.normal(size=3).astype(np.float32)
    each.set("slope", slope)
    close(each(IMAGES), np.where(IMAGES > 0, IMAGES, slope[:, None, None] * IMAGES))
    apply, (parameters, states) = each.pure().apply, each.pure().init()
    found = dt.grad(lambda p: dt.sum(apply(p, states, IMAGES)[0]))(parameters)["slope"]
    close(found, np.minimum(IMAGES, 0.0).sum((0, 2, 3)), 1e-5)
    assert PReLU(axis=(1, 2), features=(3, 5)).slope.shape == (3, 5)


def test_batch_norm_over_another_axis_with_the_unbiased_variance() -> None:
    layer = BatchNorm(axis=1, momentum=0.75, unbiased=True)
    axes = (0, 2, 3)
    mean, var = IMAGES.mean(axes, keepdims=True), IMAGES.var(axes, keepdims=True)
    close(layer(IMAGES, training=True), (IMAGES - mean) / np.sqrt(var + 1e-3), 1e-5)
    close(layer.running_mean, 0.25 * mean.ravel())
    close(layer.running_var, 0.75 + 0.25 * IMAGES.var(axes, ddof=1))
    running = layer.running_var[:, None, None] + 1e-3
    close(layer(IMAGES), (IMAGES - 0.25 * mean) / np.sqrt(running), 1e-5)
    one = BatchNorm(unbiased=True, momentum=0.5)
    one(X[:1], training=True)
    close(one.running_var, np.full(5, 0.5))  # one example has no unbiased variance


def test_batch_norm_in_training_and_after() -> None:
    layer = BatchNorm(momentum=0.9)
    mean, var = X.mean(0), X.var(0)
    close(layer(X, training=True), (X - mean) / np.sqrt(var + 1e-3), 1e-5)
    running_mean, running_var = 0.1 * mean, 0.9 + 0.1 * var
    close(layer.states()["running_mean"], running_mean)
    close(layer.states()["running_var"], running_var)
    close(layer(X), (X - running_mean) / np.sqrt(running_var + 1e-3), 1e-5)
    close(layer.states()["running_mean"], running_mean)  # evaluation moves nothing


def test_dropout() -> None:
    layer = Dropout(0.25, seed=3)
    x = np.ones((200, 50), np.float32)
    close(layer(x), x)
    first, second = layer(x, training=True), layer(x, training=True)
    for y in (first, second):
        close(np.unique(y), [0, 1 / 0.75])
        assert 0.22 < (y == 0).mean() < 0.28
    assert (first != second).any()
    again = Dropout(0.25, seed=3)
    close(again(x, training=True), first)
    close(again(x, training=True), second)


def test_embedding() -> None:
    layer = Embedding(7, 4)
    indices = np.array([[0, 6, 3], [3, 3, 1]])
    y = layer(indices)
    close(y, layer.parameters()["table"][indices])
    gradient = dt.grad(lambda table: dt.sum(layer.pure().apply({"table": table}, {}, indices)[0]))(
        layer.parameters()["table"]
    )
    close(gradient[:, 0], np.bincount(indices.ravel(), minlength=7))


@pytest.mark.parametrize("layer", [LayerNorm(), RMSNorm()], ids=["LayerNorm", "RMSNorm"])
def test_gradients_of_norms_against_differences(layer: Any) -> None:
    x = X.astype(np.float64)
    weights = RNG.normal(size=x.shape)
    layer.build(X)
    parameters = {path: value.astype(np.float64) for path, value in layer.parameters().items()}

    @dt.op
    def value(x: Any) -> Any:
        return dt.sum(layer.pure().apply(parameters, {}, x)[0] * weights)

    found = dt.grad(value)(x)
    for place in ((0, 0), (3, 2), (5, 4)):
        h = np.zeros_like(x)
        h[place] = 1e-5
        slope = (float(value(x + h)) - float(value(x - h))) / 2e-5
        assert abs(found[place] - slope) < 1e-7


def test_every_layer_is_documented_and_tested_here() -> None:
    text = inspect.getsource(inspect.getmodule(test_dense))  # type: ignore[arg-type]
    for name in layers.__all__:
        assert (getattr(layers, name).__doc__ or "").strip()
        assert f"{name}(" in text
