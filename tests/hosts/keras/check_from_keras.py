"""Models of Keras taken over: the same predictions, from the same arrays, on each backend."""

from __future__ import annotations

import os
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import dovetail as dt
from dovetail.errors import UnsupportedError
from dovetail.train.keras_layers import ACTIVATIONS, MERGES, OPERATIONS, ROWS, SPECIAL, converted
from tests.hosts.keras.pieces import TRANSPOSES_AGREE

RNG = np.random.default_rng(0)
BACKEND = os.environ.get("KERAS_BACKEND", "")

SEQUENTIAL: dict[str, Any] = {
    "dense": ((6,), lambda: [
        layers.Dense(5, "gelu"), layers.BatchNormalization(), layers.Dropout(0.3),
        layers.LayerNormalization(), layers.Identity(), layers.Dense(4, use_bias=False),
        layers.LeakyReLU(0.1), layers.PReLU(), layers.ReLU(), layers.ReLU(max_value=2.0),
        layers.ReLU(negative_slope=0.1), layers.ELU(0.7), layers.Activation("swish"),
        layers.Softmax(),
    ]),
    "images": ((9, 8, 3), lambda: [
        layers.Rescaling(2.0, 0.5), layers.ZeroPadding2D(((1, 2), (0, 1))),
        layers.Conv2D(4, 3, 2, "same", activation="relu"),
        layers.DepthwiseConv2D(2, depth_multiplier=2), layers.SeparableConv2D(6, 2),
        layers.GroupNormalization(3), layers.GroupNormalization(-1),
        layers.PReLU(shared_axes=[1, 2]), layers.MaxPooling2D(2, 1, "same"),
        layers.UpSampling2D(2, interpolation="bilinear"), layers.Conv2DTranspose(4, 3, 2, "same"),
        layers.AveragePooling2D(3, 1, "same"), layers.SpatialDropout2D(0.2),
        layers.Resizing(6, 8), layers.AdaptiveAveragePooling2D((3, 4)),
        layers.AdaptiveMaxPooling2D((3, 2)), layers.RMSNormalization(), layers.Reshape((6, 4)),
        layers.Permute((2, 1)), layers.Flatten(), layers.Dense(3),
    ]),
    "series": ((20, 3), lambda: [
        layers.ZeroPadding1D(2), layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
        layers.Conv1D(4, 3, groups=2, activation="leaky_relu"), layers.DepthwiseConv1D(3),
        layers.SeparableConv1D(5, 2), layers.Conv1DTranspose(4, 3, 2), layers.UpSampling1D(2),
        layers.MaxPooling1D(2), layers.AveragePooling1D(2), layers.SpatialDropout1D(0.1),
        layers.AdaptiveAveragePooling1D(6), layers.AdaptiveMaxPooling1D(3),
        layers.PReLU(shared_axes=[1, 2]), layers.GlobalAveragePooling1D(),
    ]),
    "volumes": ((5, 5, 5, 2), lambda: [
        layers.Conv3D(3, 2), layers.ZeroPadding3D(1), layers.MaxPooling3D(2, 1),
        layers.Conv3DTranspose(2, 2), layers.UpSampling3D(2), layers.AveragePooling3D(2),
        layers.SpatialDropout3D(0.1), layers.AdaptiveAveragePooling3D(4),
        layers.AdaptiveMaxPooling3D(2), layers.GlobalAveragePooling3D(),
    ]),
    "recurrent": ((6, 3), lambda: [
        layers.SimpleRNN(4, return_sequences=True),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.GRU(4, return_sequences=True, reset_after=False),
        layers.Bidirectional(layers.GRU(3), merge_mode="ave"),
    ]),
}  # fmt: skip


def compare(model: Any, x: Any, dtype: str = "float32") -> Any:
    """The model that is taken over predicts as the one of Keras with other weights."""
    model.set_weights([RNG.uniform(0.2, 1.0, each.shape) for each in model.get_weights()])
    ours = dt.from_keras(model)
    expected, found = model.predict(x, verbose=0), ours.predict(x)
    assert type(found) is type(expected)
    pairs = [(expected, found)]
    if isinstance(expected, (list, dict)):
        keys = range(len(expected)) if isinstance(expected, list) else expected
        pairs = [(expected[key], found[key]) for key in keys]
    for one, other in pairs:
        assert one.dtype == other.dtype == dtype
        tolerance = 1e-5 if dtype == "float32" else 1e-12
        assert np.abs(other - one).max() < tolerance * np.abs(one).max()
    return ours


def sequential(name: str) -> Any:
    shape, make = SEQUENTIAL[name]
    return keras.Sequential([keras.Input(shape), *make()])


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_a_sequence_predicts_as_before(name: str) -> None:
    if name in ("images", "series", "volumes") and BACKEND != "torch":
        pytest.skip("the same reading of variables; others compile each of its many operations")
    if name == "images" and not TRANSPOSES_AGREE:
        pytest.skip("Keras crops transposed convolutions elsewhere")
    x = RNG.normal(size=(3, *SEQUENTIAL[name][0])).astype(np.float32)
    compare(sequential(name), x)


def test_float64() -> None:
    if BACKEND != "tensorflow":
        pytest.skip("Keras multiplies in float32 on PyTorch; in JAX it is an option of the process")
    keras.config.set_dtype_policy("float64")
    try:
        inputs = keras.Input((6, 3), dtype="float64")
        members = [layers.Conv1D(4, 3, activation="tanh"), *SEQUENTIAL["recurrent"][1]()]
        model = keras.Sequential([inputs, *members, layers.Dense(3, "softmax")])
    finally:
        keras.config.set_dtype_policy("float32")
    model.set_weights([RNG.uniform(0.2, 1.0, each.shape) for each in model.get_weights()])
    x = RNG.normal(size=(3, 6, 3))
    found = dt.from_keras(model).predict(x)
    # Keras' predict makes float32 of its inputs in any case.
    expected = keras.ops.convert_to_numpy(model(keras.ops.convert_to_tensor(x)))
    assert found.dtype == expected.dtype == np.float64
    assert np.abs(found - expected).max() < 1e-12 * np.abs(expected).max()


def test_graphs_of_calls() -> None:
    a, b = keras.Input((8,), name="a"), keras.Input((8,), name="b")
    shared = layers.Dense(6, "tanh")
    h = layers.Add()([shared(a), shared(b)])
    more = layers.Multiply()([h, shared(a)])
    mean = layers.Average()([layers.Maximum()([h, more]), h, more])
    sums = layers.Subtract()([mean, h]) + h * 2.0
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.BatchNormalization()])
    outputs = {
        "x": inner(sums), "z": layers.Minimum()([h, sums]),
        "y": layers.Dense(2)(layers.Concatenate()([sums, inner(h)])),
    }  # fmt: skip
    x = dict(zip("ab", RNG.normal(size=(2, 5, 8)).astype(np.float32), strict=True))
    model = keras.Model({"a": a, "b": b}, outputs)
    shared.trainable = False
    ours = compare(model, x)
    frozen = [name for name, layer in ours.layers.items() if not layer.trainable]
    assert frozen == ["dense"] and len(ours.parameters()) == len(model.weights) - 2
    compare(keras.Model([a, b], [outputs["x"], outputs["y"]]), list(x.values()))


def test_sequences_of_any_length() -> None:
    tokens = keras.Input((None,), dtype="int32")
    x = layers.Embedding(20, 6)(tokens)
    y = layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    y = layers.LayerNormalization()(x + y)
    y = layers.GroupQueryAttention(4, 4, 2)(y, y)
    y, h, c = layers.LSTM(4, return_sequences=True, return_state=True)(layers.Conv1D(5, 3)(y))
    y = layers.LSTM(4, return_sequences=True)(y, initial_state=[h, c])
    model = keras.Model(tokens, [layers.GlobalMaxPooling1D()(y), h])
    compare(model, RNG.integers(0, 20, (3, 9)).astype("int32"))
    masked = keras.Sequential([
        keras.Input((None,), dtype="int32"), layers.Embedding(20, 4, mask_zero=True),
        layers.Dropout(0.2), layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.GRU(3),
    ])  # fmt: skip
    compare(masked, np.array([[1, 2, 0, 0], [3, 4, 5, 0]], "int32"))


def test_activations() -> None:
    x = RNG.normal(size=(50, 4)).astype(np.float32) * 3.0
    for name in ACTIVATIONS:
        layer = layers.Activation(name)
        expected = keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x)))
        found = np.asarray(converted("", layer)(x))
        assert np.abs(found - expected).max() < 1e-6 * np.abs(expected).max(), name


def test_every_layer_of_the_table_is_tested() -> None:
    kinds = {type(each).__name__ for name in SEQUENTIAL for each in sequential(name).layers}
    others = {
        "Add", "Concatenate", "Embedding", "GroupedQueryAttention", "InputLayer", "LSTM",
        "MultiHeadAttention", *(f"GlobalMaxPooling{rank}D" for rank in (1, 2, 3)),
        "GlobalAveragePooling2D", *MERGES,
    }  # fmt: skip
    assert {*ROWS, *SPECIAL, *MERGES} <= kinds | others
    x = RNG.normal(size=(2, 4, 5, 3)).astype(np.float32)
    for layer in (layers.GlobalMaxPooling2D(keepdims=True), layers.GlobalAveragePooling2D()):
        expected = keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x)))
        np.testing.assert_allclose(np.asarray(converted("", layer)(x)), expected, 1e-6, 1e-6)
    layer = layers.GlobalMaxPooling3D()
    expected = keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x[..., None])))
    np.testing.assert_allclose(np.asarray(converted("", layer)(x[..., None])), expected, 1e-6, 1e-6)
    inputs = keras.Input((3, 3))
    y = (inputs + 2.0) * inputs / (inputs - 5.0)
    y = keras.ops.matmul(-y, inputs**2.0)
    assert set(OPERATIONS) >= {"Add", "Matmul", "Negative"}
    compare(keras.Model(inputs, y), RNG.uniform(1.0, 2.0, (2, 3, 3)).astype(np.float32))


@pytest.mark.filterwarnings("ignore")
def test_what_is_refused_is_named() -> None:
    class Own(layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    def of(*members: Any) -> Any:
        return keras.Sequential([keras.Input((4, 3)), *members])

    ids = keras.Input((4,))
    for model, message in (
        (of(layers.Dense(2), layers.GaussianNoise(0.1, name="noise")), "GaussianNoise at 'noise'"),
        (of(Own(name="own")), r"Own at 'own'"),
        (of(layers.Dense(2, activation=lambda x: x)), "activation"),
        (of(layers.LSTM(2, stateful=False, zero_output_for_mask=True)), "zero_output_for_mask"),
        (of(layers.Reshape((-1, 2))), "target_shape"),
        (keras.Sequential([layers.Dense(2)]), "has not been built"),
        (keras.Model(ids, layers.Embedding(20, 4, mask_zero=True)(ids)), "mask"),
        (keras.Model(ids, keras.ops.sin(ids)), "Sin"),
    ):
        with pytest.raises(UnsupportedError, match=message):
            dt.from_keras(model)
