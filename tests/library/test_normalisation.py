"""Norms against hand-written NumPy."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DovetailError, ShapeError
from dovetail.library import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    RMSNorm,
    UnitNormalization,
    normalisation,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 5)).astype(np.float32)
IMAGES = RNG.normal(size=(4, 3, 5, 2)).astype(np.float32)


def close(found: Any, expected: Any, tolerance: float = 2e-6) -> None:
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


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


def test_unit_normalization() -> None:
    for axis in (-1, 1):
        x = IMAGES * 10.0 ** RNG.integers(-18, 18, (*IMAGES.shape[:1], 1, 1, 1))
        x = x.astype(np.float32)
        x[0, 0] = 0.0
        wide = x.astype(np.float64)
        length = np.sqrt((wide**2).sum(axis, keepdims=True))
        close(UnitNormalization(axis)(x), wide / np.where(length == 0.0, 1.0, length))
    gradient = dt.grad(lambda x: dt.sum(UnitNormalization()(x)))(np.array([[0.0, 0.0], [0.0, 2.0]]))
    close(gradient, [[0.0, 0.0], [0.5, 0.0]])


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


def grouped(x: Any, groups: int, eps: float) -> Any:
    """The formula of a group norm, for channels last."""
    parts = x.reshape(len(x), -1, groups, x.shape[-1] // groups)
    mean, var = (f(parts, axis=(1, 3), keepdims=True) for f in (np.mean, np.var))
    return ((parts - mean) / np.sqrt(var + eps)).reshape(x.shape)


@pytest.mark.parametrize("groups", [1, 2, 3, 6, -1])
def test_group_norm(groups: int) -> None:
    x = RNG.normal(1.0, 2.0, (4, 3, 5, 6)).astype(np.float32)
    layer = GroupNorm(groups, eps=1e-2)
    layer(x)
    scale, bias = RNG.normal(size=(2, 6)).astype(np.float32)
    layer.set("scale", scale)
    layer.set("bias", bias)
    expected = grouped(x.astype(np.float64), groups if groups > 0 else 6, 1e-2)
    close(layer(x), expected * scale + bias, 1e-5)
    first = GroupNorm(groups, eps=1e-2, axis=1)
    first.load({"scale": scale, "bias": bias})
    close(np.moveaxis(first(np.moveaxis(x, -1, 1)), 1, -1), expected * scale + bias, 1e-5)
    vectors = x[:, 0, 0]
    close(layer(vectors), grouped(vectors, groups if groups > 0 else 6, 1e-2) * scale + bias, 1e-5)


def test_group_norm_keeps_its_digits_far_from_zero() -> None:
    x = (RNG.normal(size=(2, 64, 8)) + 1e3).astype(np.float32)
    close(GroupNorm(2)(x), grouped(x.astype(np.float64), 2, 1e-5), 1e-3)


def test_instance_norm() -> None:
    x = RNG.normal(1.0, 2.0, (4, 3, 5, 6)).astype(np.float32)
    layer = InstanceNorm(eps=1e-2)
    close(layer(x), grouped(x, 6, 1e-2), 1e-5)
    assert layer.scale.shape == layer.bias.shape == (6,)
    plain = InstanceNorm(eps=1e-2, axis=1, use_scale=False, use_bias=False)
    close(np.moveaxis(plain(np.moveaxis(x, -1, 1)), 1, -1), grouped(x, 6, 1e-2), 1e-5)
    assert not plain.parameters()


def test_groups_that_do_not_divide_and_axes_that_are_not_there() -> None:
    x = np.ones((2, 3, 6), np.float32)
    for groups in (4, 12, 0):
        with pytest.raises(ArgumentError, match=r"groups of GroupNorm .*(\n.*)* 6") as caught:
            GroupNorm(groups)(x)
        assert "1, 2, 3, 6" in str(caught.value)
    for layer in (GroupNorm(2, axis=0), InstanceNorm(axis=-3), GroupNorm(1)):
        with pytest.raises(ShapeError, match="examples"):
            layer(x if layer.axis != -1 else x[0, 0])


def test_every_norm_is_documented_and_tested_here() -> None:
    text = inspect.getsource(inspect.getmodule(close))  # type: ignore[arg-type]
    for name in normalisation.__all__:
        assert (getattr(normalisation, name).__doc__ or "").strip()
        assert f"{name}(" in text
