"""Layers over windows on NumPy's arrays: shapes, padding, order of axes, training, errors.

Their values are compared with torch.nn's in tests/hosts/torch/test_window_layers.py, and with
Keras' in tests/hosts/keras/check_window_layers.py.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DefinitionError, DovetailError, ShapeError
from dovetail.library import convolution, pooling, resampling

RNG = np.random.default_rng(0)
SIGNALS = RNG.normal(size=(2, 9, 4)).astype(np.float32)
IMAGES = RNG.normal(size=(2, 8, 7, 4)).astype(np.float32)
VOLUMES = RNG.normal(size=(2, 5, 6, 7, 4)).astype(np.float32)
BY_RANK = {1: SIGNALS, 2: IMAGES, 3: VOLUMES}

# Layers that have the same meaning for channels before space.
BOTH_ORDERS: list[tuple[int, Callable[[str], Any]]] = [
    (1, lambda f: dt.Conv1D(6, 3, groups=2, data_format=f, seed=1)),
    (2, lambda f: dt.Conv2D(6, 3, 2, "same", f, activation="tanh", seed=1)),
    (3, lambda f: dt.Conv3D(3, 2, data_format=f, seed=1)),
    (1, lambda f: dt.DepthwiseConv1D(3, data_format=f, seed=1)),
    (2, lambda f: dt.DepthwiseConv2D(3, depth_multiplier=2, data_format=f, seed=1)),
    (1, lambda f: dt.SeparableConv1D(5, 3, data_format=f, seed=1)),
    (2, lambda f: dt.SeparableConv2D(5, 3, data_format=f, seed=1)),
    (1, lambda f: dt.Conv1DTranspose(5, 3, 2, data_format=f, seed=1)),
    (2, lambda f: dt.Conv2DTranspose(6, 3, 2, groups=2, data_format=f, seed=1)),
    (3, lambda f: dt.Conv3DTranspose(2, 2, data_format=f, seed=1)),
    (1, lambda f: dt.MaxPool1D(3, 2, "same", data_format=f)),
    (2, lambda f: dt.MaxPool2D(2, data_format=f)),
    (3, lambda f: dt.MaxPool3D(2, data_format=f)),
    (1, lambda f: dt.AveragePool1D(3, 2, "same", data_format=f)),
    (2, lambda f: dt.AveragePool2D(2, data_format=f)),
    (3, lambda f: dt.AveragePool3D(2, data_format=f)),
    (1, lambda f: dt.GlobalMaxPool1D(f)),
    (2, lambda f: dt.GlobalMaxPool2D(f)),
    (3, lambda f: dt.GlobalMaxPool3D(f, keepdims=True)),
    (1, lambda f: dt.GlobalAveragePool1D(f)),
    (2, lambda f: dt.GlobalAveragePool2D(f, keepdims=True)),
    (3, lambda f: dt.GlobalAveragePool3D(f)),
    (1, lambda f: dt.AdaptiveMaxPool1D(4, f)),
    (2, lambda f: dt.AdaptiveMaxPool2D((3, None), f)),
    (3, lambda f: dt.AdaptiveMaxPool3D(2, f)),
    (1, lambda f: dt.AdaptiveAveragePool1D(4, f)),
    (2, lambda f: dt.AdaptiveAveragePool2D((3, 5), f)),
    (3, lambda f: dt.AdaptiveAveragePool3D(2, f)),
    (1, lambda f: dt.ZeroPadding1D((1, 2), f)),
    (2, lambda f: dt.ZeroPadding2D(((1, 2), (0, 3)), f)),
    (3, lambda f: dt.ZeroPadding3D((1, 0, 2), f)),
    (1, lambda f: dt.UpSampling1D(2, f)),
    (2, lambda f: dt.UpSampling2D((2, 3), f, "bilinear")),
    (3, lambda f: dt.UpSampling3D(2, f)),
    (2, lambda f: dt.Resize(5, 9, data_format=f)),
]


def test_every_layer_is_compared_in_both_orders() -> None:
    made = {make("channels_last").name for _, make in BOTH_ORDERS}
    assert made == {*convolution.__all__, *pooling.__all__, *resampling.__all__}
    for module in (convolution, pooling, resampling):
        assert all(getattr(module, name).__doc__ for name in module.__all__)


@pytest.mark.parametrize(
    "rank, make", BOTH_ORDERS, ids=lambda each: str(getattr(each, "__name__", each))
)
def test_channels_before_space(rank: int, make: Callable[[str], Any]) -> None:
    x = BY_RANK[rank]
    last, first = make("channels_last"), make("channels_first")
    y = last(x)
    found = first(np.moveaxis(x, -1, 1))
    for name, array in last.parameters().items():
        np.testing.assert_array_equal(first.get(name), array)
    found = np.moveaxis(found, 1, -1) if found.ndim > 2 else found
    np.testing.assert_allclose(found, y, rtol=1e-5, atol=1e-5)
    again = pickle.loads(pickle.dumps(last))
    np.testing.assert_array_equal(again(x), y)


@pytest.mark.parametrize(
    "rank, make", BOTH_ORDERS[:10], ids=lambda each: str(getattr(each, "__name__", each))
)
def test_biases_and_activations(rank: int, make: Callable[[str], Any]) -> None:
    for order in ("channels_last", "channels_first"):
        layer = make(order)
        x = BY_RANK[rank] if order == "channels_last" else np.moveaxis(BY_RANK[rank], -1, 1)
        layer.activation = None
        plain = layer(x)
        bias = RNG.normal(size=layer.bias.shape).astype(np.float32)
        layer.set("bias", bias)
        aligned = bias if order == "channels_last" else bias.reshape(-1, *(1,) * rank)
        layer.activation = "relu"
        np.testing.assert_allclose(layer(x), np.maximum(plain + aligned, 0), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("settings", [{"strides": 2}, {"dilation_rate": 2}, {"padding": "causal"}])
def test_a_convolution_of_each_channel_is_one_of_as_many_groups(settings: Any) -> None:
    layer = dt.DepthwiseConv1D(3, depth_multiplier=2, seed=1, **settings)
    found = layer(SIGNALS)
    grouped = dt.Conv1D(8, 3, groups=4, **settings).build(SIGNALS)
    grouped.set("kernel", layer.kernel.reshape(3, 1, 8))
    np.testing.assert_allclose(found, grouped(SIGNALS), rtol=1e-5, atol=1e-6)
    both = dt.SeparableConv1D(5, 3, depth_multiplier=2, seed=1, **settings).build(SIGNALS)
    both.set("depthwise_kernel", layer.kernel)
    expected = found @ both.pointwise_kernel[0]
    np.testing.assert_allclose(both(SIGNALS), expected, rtol=1e-5, atol=1e-5)


def test_the_mask_of_a_global_average() -> None:
    mask = np.array([[True] * 4 + [False] * 5, [False] * 9])
    layer = dt.GlobalAveragePool1D()
    found = layer(SIGNALS, mask)
    np.testing.assert_allclose(found[0], SIGNALS[0, :4].mean(0), rtol=1e-5)
    assert not found[1].any()
    for given in (None, np.ones_like(mask)):
        np.testing.assert_allclose(layer(SIGNALS, given), SIGNALS.mean(1), rtol=1e-5)
    first = dt.GlobalAveragePool1D("channels_first")
    np.testing.assert_allclose(first(np.moveaxis(SIGNALS, -1, 1), mask), found, rtol=1e-6)
    unseen = np.where(mask[..., None], SIGNALS, np.nan).astype(np.float32)
    np.testing.assert_array_equal(layer(unseen, mask), found)
    with pytest.raises(ShapeError, match=r"\(examples, steps\)"):
        layer(SIGNALS, mask[:, :3])


def test_ties_and_infinities_of_adaptive_maxima() -> None:
    x = np.full((1, 7, 1), -np.inf)
    x[0, 2] = 3.0
    found = dt.AdaptiveMaxPool1D(3)(x)
    np.testing.assert_array_equal(found[0, :, 0], [3.0, 3.0, -np.inf])
    whole = np.arange(7, dtype=np.int32).reshape(1, 7, 1)
    np.testing.assert_array_equal(dt.AdaptiveMaxPool1D(3)(whole)[0, :, 0], [2, 4, 6])
    gradient = dt.grad(lambda x: dt.sum(dt.AdaptiveMaxPool1D(3)(x)))(np.zeros((1, 7, 1)))
    np.testing.assert_allclose(gradient.sum(), 3.0)


def test_images_are_learned() -> None:
    """The position of a bright patch, which no dense layer of one pixel could see."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, 256)
    x = rng.normal(0.0, 0.1, (256, 8, 8, 1)).astype(np.float32)
    for image, label in zip(x, labels, strict=True):
        row, column = divmod(int(label), 2)
        image[4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += 1.0
    model = dt.Sequential(
        dt.Conv2D(8, 3, padding="same", activation="relu"), dt.MaxPool2D(2),
        dt.Residual(dt.Sequential(dt.Conv2D(8, 3, padding="same"), dt.GroupNorm(2), "relu")),
        dt.Flatten(), dt.Dense(4), seed=0,
    )  # fmt: skip
    model.compile(dt.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, labels, epochs=4, batch_size=32, verbose=0)
    assert history.history["accuracy"][-1] > 0.95


Wrong = tuple[Callable[[], Any], type[DovetailError], tuple[str, ...]]
WRONG: dict[str, Wrong] = {
    "a kernel larger than the input": (
        lambda: dt.Conv2D(3, 9)(IMAGES), ShapeError, ("9", "8", "padding")),
    "a window larger than the input": (
        lambda: dt.MaxPool2D(9)(IMAGES), ShapeError, ("9", "8", "padding")),
    "groups that do not divide the channels": (
        lambda: dt.Conv2D(6, 3, groups=3)(IMAGES), ArgumentError, ("groups", "4", "1, 2, 4")),
    "groups that do not divide the filters": (
        lambda: dt.Conv2D(5, 3, groups=2)(IMAGES), ArgumentError, ("groups", "filters, 5", "1, 5")),
    "groups of a transpose": (
        lambda: dt.Conv2DTranspose(6, 3, groups=4)(IMAGES), ArgumentError, ("filters, 6",)),
    "no integer of groups": (
        lambda: dt.Conv2D(6, 3, groups=2.0)(IMAGES), ArgumentError, ("groups",)),
    "groups, before there is an input": (
        lambda: dt.Conv2D(6, 3, groups=3, features=4).kernel, DefinitionError, ("4 / 3", "groups")),
    "an axis too few": (
        lambda: dt.Conv2D(3, 3)(IMAGES[0]), ShapeError, ("(examples, rows, columns, channels)",
                                                         "x[None]")),
    "an axis too many": (
        lambda: dt.GlobalAveragePool1D()(IMAGES), ShapeError, ("(examples, steps, channels)",)),
    "an unknown order": (
        lambda: dt.MaxPool1D(data_format="NCW")(SIGNALS), ArgumentError, ("channels_first",)),
    "a window for each of other axes": (
        lambda: dt.Conv2D(3, (3, 3, 3))(IMAGES), ArgumentError, ("kernel_size", "2 of them")),
    "an unknown padding": (
        lambda: dt.Conv2D(3, 3, padding="full")(IMAGES), ArgumentError, ("padding", '"same"')),
    "negative padding": (
        lambda: dt.ZeroPadding2D((-1, 2))(IMAGES), ArgumentError, ("padding", "from 0 on")),
    "padding of other axes": (
        lambda: dt.ZeroPadding3D((1, 2))(VOLUMES), ArgumentError, ("padding",)),
    "an adaptive size of other axes": (
        lambda: dt.AdaptiveMaxPool2D((1, 2, 3))(IMAGES), ArgumentError, ("output_size",)),
    "nothing to pool": (
        lambda: dt.AdaptiveMaxPool1D(2)(SIGNALS[:, :0]), ShapeError, ("at least one element",)),
    "nothing to convolve": (
        lambda: dt.Conv1DTranspose(2, 3)(SIGNALS[:, :0]), ShapeError, ("at least one element",)),
    "another number of channels": (
        lambda: dt.Conv2D(3, 3, features=5)(IMAGES), ShapeError, ("features = 5", "4")),
    "an unknown interpolation": (
        lambda: dt.UpSampling2D(2, interpolation="cubic")(IMAGES), ArgumentError, ("nearest",)),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_computed_says_why(case: str) -> None:
    call, kind, words = WRONG[case]
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert caught.value.expected
