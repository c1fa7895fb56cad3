"""Layers over windows beside Keras' own: arguments, values, weights and files, a training step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import dovetail as dt
from tests.hosts.keras.pieces import TRANSPOSES_AGREE

L = keras.layers
RNG = np.random.default_rng(0)
SPACE = {1: (2, 11, 6), 2: (2, 9, 8, 6), 3: (2, 5, 7, 6, 6)}

# Ours, Keras', the dimensions of space, arguments of both.
PIECES: list[tuple[Any, Any, int, dict[str, Any]]] = [
    (dt.Conv1D, L.Conv1D, 1, {"filters": 4, "kernel_size": 3, "padding": "causal",
                              "dilation_rate": 2, "kernel_initializer": "he_normal"}),
    (dt.Conv2D, L.Conv2D, 2, {"filters": 5, "kernel_size": (3, 2), "strides": [2, 1],
                              "padding": "same", "activation": "relu", "data_format": None}),
    (dt.Conv2D, L.Conv2D, 2, {"filters": 4, "kernel_size": 3, "use_bias": False}),
    (dt.Conv3D, L.Conv3D, 3, {"filters": 3, "kernel_size": 2, "padding": "same"}),
    (dt.DepthwiseConv1D, L.DepthwiseConv1D, 1, {"kernel_size": 4, "depth_multiplier": 2}),
    (dt.DepthwiseConv2D, L.DepthwiseConv2D, 2, {"kernel_size": 3, "depth_multiplier": 2,
                                                "padding": "same", "strides": 2,
                                                "depthwise_initializer": "he_uniform"}),
    (dt.SeparableConv1D, L.SeparableConv1D, 1, {"filters": 4, "kernel_size": 3}),
    (dt.SeparableConv2D, L.SeparableConv2D, 2, {"filters": 4, "kernel_size": 3, "strides": 2,
                                                "depth_multiplier": 3, "activation": "tanh",
                                                "pointwise_regularizer": "l2"}),
    (dt.Conv1DTranspose, L.Conv1DTranspose, 1, {"filters": 4, "kernel_size": 3, "strides": 2}),
    (dt.Conv2DTranspose, L.Conv2DTranspose, 2, {"filters": 4, "kernel_size": 3, "strides": 2,
                                                "padding": "same", "activation": "relu"}),
    (dt.Conv2DTranspose, L.Conv2DTranspose, 2, {"filters": 4, "kernel_size": (3, 5),
                                                "strides": (1, 3)}),
    (dt.Conv3DTranspose, L.Conv3DTranspose, 3, {"filters": 2, "kernel_size": 3, "strides": 2}),
    (dt.MaxPool1D, L.MaxPooling1D, 1, {"pool_size": 3, "strides": 2, "padding": "same"}),
    (dt.MaxPool2D, L.MaxPooling2D, 2, {"pool_size": (2, 3)}),
    (dt.MaxPool3D, L.MaxPooling3D, 3, {"pool_size": 2}),
    (dt.AveragePool1D, L.AveragePooling1D, 1, {"pool_size": 2}),
    (dt.AveragePool2D, L.AveragePooling2D, 2, {"pool_size": 3, "strides": 2, "padding": "same"}),
    (dt.AveragePool3D, L.AveragePooling3D, 3, {"pool_size": (1, 2, 3)}),
    (dt.GlobalMaxPool1D, L.GlobalMaxPooling1D, 1, {}),
    (dt.GlobalMaxPool2D, L.GlobalMaxPooling2D, 2, {"keepdims": True}),
    (dt.GlobalMaxPool3D, L.GlobalMaxPooling3D, 3, {}),
    (dt.GlobalAveragePool1D, L.GlobalAveragePooling1D, 1, {"keepdims": True}),
    (dt.GlobalAveragePool2D, L.GlobalAveragePooling2D, 2, {}),
    (dt.GlobalAveragePool2D, L.GlobalAveragePooling2D, 2, {"data_format": "channels_first"}),
    (dt.GlobalAveragePool3D, L.GlobalAveragePooling3D, 3, {}),
    (dt.ZeroPadding1D, L.ZeroPadding1D, 1, {"padding": (1, 2)}),
    (dt.ZeroPadding2D, L.ZeroPadding2D, 2, {"padding": (1, 2)}),
    (dt.ZeroPadding2D, L.ZeroPadding2D, 2, {"padding": ((1, 0), (2, 3))}),
    (dt.ZeroPadding3D, L.ZeroPadding3D, 3, {"padding": 1}),
    (dt.UpSampling1D, L.UpSampling1D, 1, {"size": 3}),
    (dt.UpSampling2D, L.UpSampling2D, 2, {"size": (2, 3), "interpolation": "bilinear"}),
    (dt.UpSampling3D, L.UpSampling3D, 3, {"size": 2}),
    (dt.Resize, L.Resizing, 2, {"height": 5, "width": 11, "antialias": False}),
    (dt.GroupNorm, L.GroupNormalization, 2, {"groups": 3, "epsilon": 1e-2}),
    (dt.GroupNorm, L.GroupNormalization, 1, {"groups": -1, "epsilon": 1e-2, "scale": False}),
    (dt.GroupNorm, L.GroupNormalization, 2, {"groups": 2, "axis": 1, "epsilon": 1e-2}),
    (dt.Flatten, L.Flatten, 2, {"data_format": "channels_first"}),
    (dt.SpatialDropout, L.SpatialDropout2D, 2, {"rate": 0.0}),
]  # fmt: skip


def _numpy(value: Any) -> Any:
    return keras.ops.convert_to_numpy(value)


def _made(kind: Any, shape: Any, arguments: dict[str, Any]) -> Any:
    """A model of one layer, with weights that are the same for every kind."""
    model = keras.Sequential([keras.Input(shape[1:]), kind(**arguments)])
    values = np.random.default_rng(1)
    model.set_weights([values.normal(size=w.shape) for w in model.get_weights()])
    return model


def test_values_and_weights_are_those_of_keras(tmp_path: Path) -> None:
    for number, (kind, their_kind, rank, arguments) in enumerate(PIECES):
        if kind is dt.AveragePool2D and keras.backend.backend() == "torch":
            continue  # where Keras' own averages over a border that repeats the edge
        if kind is dt.Conv2DTranspose and "padding" in arguments and not TRANSPOSES_AGREE:
            continue
        shape = SPACE[rank] if arguments.get("axis") != 1 else (2, 6, 5, 4)
        x = RNG.normal(size=shape).astype("float32")
        theirs, ours = _made(their_kind, shape, arguments), _made(kind.keras, shape, arguments)
        names = [w.name for w in theirs.layers[0].weights]
        assert [w.name for w in ours.layers[0].weights] == names, kind
        assert ours.output_shape == theirs.output_shape, kind
        if names:
            file = str(tmp_path / f"{number}.weights.h5")
            theirs.set_weights([w + 0.25 for w in theirs.get_weights()])
            theirs.save_weights(file)
            ours.load_weights(file)
        wanted = _numpy(theirs(x))
        np.testing.assert_allclose(_numpy(ours(x)), wanted, 1e-5, 2e-5, err_msg=str(kind))
        for one, two in zip(ours.losses, theirs.losses, strict=True):
            np.testing.assert_allclose(_numpy(one), _numpy(two), 1e-5)
        if names:
            ours.save_weights(file)
            again = _made(their_kind, shape, arguments)
            again.load_weights(file)
            np.testing.assert_allclose(_numpy(again(x)), wanted, 1e-6, 1e-6)
        own = type(ours.layers[0]).from_config(ours.layers[0].get_config())
        assert own.get_config() == ours.layers[0].get_config()


def test_a_configuration_of_keras_own_makes_ours() -> None:
    theirs = L.Conv2D(4, 3, strides=2, activation="relu", kernel_regularizer="l2", name="first")
    ours = dt.Conv2D.keras.from_config(theirs.get_config())
    assert (ours.name, ours.filters, ours.kernel_size) == ("first", 4, (3, 3))
    model, twin = (keras.Sequential([keras.Input((8, 8, 3)), each]) for each in (ours, theirs))
    model.set_weights(twin.get_weights())
    x = RNG.normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(_numpy(model(x)), _numpy(twin(x)), 1e-5, 1e-5)


def _network(keras_own: bool) -> Any:
    def made(ours: Any, theirs: Any, *args: Any, **kwargs: Any) -> Any:
        return theirs(*args, **kwargs) if keras_own else ours.keras(*args, **kwargs)

    return keras.Sequential([
        keras.Input((12, 12, 3)),
        made(dt.Conv2D, L.Conv2D, 6, 3, padding="same", activation="relu"),
        made(dt.MaxPool2D, L.MaxPooling2D),
        made(dt.DepthwiseConv2D, L.DepthwiseConv2D, 3, depth_multiplier=2),
        made(dt.GroupNorm, L.GroupNormalization, 4, epsilon=1e-2),
        made(dt.SeparableConv2D, L.SeparableConv2D, 5, 2, activation="tanh"),
        made(dt.Conv2DTranspose, L.Conv2DTranspose, 4, 3, strides=2, padding="same"),
        made(dt.ZeroPadding2D, L.ZeroPadding2D, 1),
        made(dt.AveragePool2D, L.AveragePooling2D, 2),
        made(dt.GlobalAveragePool2D, L.GlobalAveragePooling2D),
        made(dt.Dense, L.Dense, 2),
    ])  # fmt: skip


@pytest.mark.skipif(not TRANSPOSES_AGREE, reason="Keras crops elsewhere")
def test_a_training_step_moves_the_weights_as_keras_own_do() -> None:
    ours, theirs = _network(False), _network(True)
    ours.set_weights(theirs.get_weights())
    x, y = RNG.normal(size=(8, 12, 12, 3)).astype("float32"), RNG.normal(size=(8, 2))
    for model in (ours, theirs):
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.train_on_batch(x, y)
        model.train_on_batch(x, y)
    for weight, mine, other in zip(
        theirs.weights, ours.get_weights(), theirs.get_weights(), strict=True
    ):
        np.testing.assert_allclose(mine, other, 1e-3, 2e-5, err_msg=weight.path)


def test_the_mask_of_an_embedding_reaches_what_takes_one() -> None:
    indices = np.array([[3, 1, 0, 0], [2, 0, 4, 0], [0, 0, 0, 0]])
    found = []
    for embedding, pool in (
        (dt.Embedding.keras(5, 3, mask_zero=True), dt.GlobalAveragePool1D.keras()),
        (dt.Embedding.keras(input_dim=5, output_dim=3, mask_zero=True), L.GlobalAveragePooling1D()),
        (L.Embedding(5, 3, mask_zero=True), dt.GlobalAveragePool1D.keras()),
    ):
        model = keras.Sequential([keras.Input((4,), dtype="int32"), embedding, pool])
        model.set_weights([np.arange(15, dtype="float32").reshape(5, 3)])
        found.append(_numpy(model(indices))[:2])
    np.testing.assert_allclose(found[0], [[6, 7, 8], [9, 10, 11]])
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0])
    plain = dt.Embedding.keras(5, 3)
    plain(indices)
    assert plain.compute_mask(indices, None) is None
