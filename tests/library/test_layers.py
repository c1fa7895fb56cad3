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
    Dense,
    Dropout,
    Embedding,
    Flatten,
    PReLU,
    SpatialDropout,
    TiedDense,
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


IMAGES = RNG.normal(size=(4, 3, 5, 2)).astype(np.float32)


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


def test_flatten_in_either_order() -> None:
    last = RNG.normal(size=(2, 3, 4, 5)).astype(np.float32)
    first = np.moveaxis(last, -1, 1)
    close(Flatten("channels_first")(first), last.reshape(2, -1))
    close(Flatten(order="channels_first")(last), first.reshape(2, -1))
    close(Flatten("channels_first", "channels_first")(first), first.reshape(2, -1))
    close(Flatten("channels_first")(X), X)
    with pytest.raises(DovetailError, match="order of Flatten"):
        Flatten(order="first")(last)


def test_spatial_dropout() -> None:
    layer = SpatialDropout(0.25, seed=3)
    x = RNG.uniform(1.0, 2.0, (50, 3, 2, 20)).astype(np.float32)
    close(layer(x), x)
    ratio = layer(x, training=True) / x
    close(ratio, np.broadcast_to(ratio[:, :1, :1], x.shape))  # a channel as a whole
    close(np.unique(ratio.round(5)), [0, np.float32(1 / 0.75).round(5)])
    assert 0.2 < (ratio == 0).mean() < 0.3
    first = SpatialDropout(0.5, "channels_first", seed=3)(x, training=True) / x
    close(first, np.broadcast_to(first[:, :, :1, :1], x.shape))
    assert 0.3 < (first[:, :, 0, 0] == 0).mean() < 0.7


def test_the_mask_of_an_embedding() -> None:
    indices = np.array([[2, 0], [0, 1]])
    layer = Embedding(3, 2, mask_zero=True)
    np.testing.assert_array_equal(layer.compute_mask(indices), [[True, False], [False, True]])
    assert Embedding(3, 2).compute_mask(indices) is None
    close(layer(indices), layer.table[indices])  # the row of padding is one like the others


def test_a_mask_reaches_the_layers_behind_it() -> None:
    indices = np.array([[2, 1, 0, 0], [1, 0, 2, 0], [3, 3, 3, 3]])
    mask = indices != 0
    embedding, lstm = Embedding(4, 3, mask_zero=True, seed=1), dt.LSTM(4, seed=2)
    table = embedding(indices)
    model = dt.Sequential(embedding, dt.Dropout(0.5), dt.tanh, lstm, dt.Dense(2, seed=3))
    found = model(indices)
    x = np.tanh(table)
    assert np.abs(lstm(x, mask=mask) - lstm(x)).max() > 1e-3
    close(found, model.layers[-1](lstm(x, mask=mask)))
    pool = dt.GlobalAveragePool1D()
    close(dt.Sequential(embedding, pool)(indices), pool(table, mask))
    plain = Embedding(4, 3, seed=1)
    close(dt.Sequential(plain, pool)(indices), pool(plain(indices)))
    # What has lost the axis of time has no mask, even if its sizes are the same ones.
    states = dt.Sequential(embedding, lstm, lambda y: y[:, :, None], pool)
    close(states(indices), lstm(table, mask=mask).mean(1, keepdims=True))


class Language(dt.Layer):
    """A table for words and scores."""

    embedding: Embedding
    scores: TiedDense

    def forward(self, indices: Any) -> Any:
        return self.scores(dt.tanh(self.embedding(indices)))


def test_tied_output_has_one_table_and_one_gradient() -> None:
    embedding = Embedding(7, 4, seed=1)
    model = Language(embedding, TiedDense(embedding, use_bias=True))
    indices = np.array([[0, 6, 3], [3, 3, 1]])
    y = model(indices)
    table = embedding.table
    assert sorted(model.parameters()) == ["embedding.table", "scores.bias"]
    close(y, np.tanh(table[indices]) @ table.T)
    apply, parameters = model.pure().apply, model.parameters()
    found = dt.grad(lambda p: dt.sum(apply(p, {}, indices)[0]))(parameters)["embedding.table"]
    hidden = np.tanh(table.astype(np.float64)[indices])
    through = (1 - hidden**2) * table.sum(0)
    expected = np.zeros_like(table, dtype=np.float64) + hidden.sum((0, 1))
    np.add.at(expected, indices, through)
    close(found, expected, 1e-5)
    with pytest.raises(DovetailError, match=r"as wide as the table"):
        TiedDense(embedding)(X)


def test_every_layer_is_documented_and_tested_here() -> None:
    text = inspect.getsource(inspect.getmodule(test_dense))  # type: ignore[arg-type]
    for name in layers.__all__:
        assert (getattr(layers, name).__doc__ or "").strip()
        assert f"{name}(" in text
