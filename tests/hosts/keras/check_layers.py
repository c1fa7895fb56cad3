"""Layers: Keras' own layer test, weights, masks, precision, saving in every kind of model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.testing import TestCase

import dovetail as dt
from dovetail.errors import DovetailError, SerialisationError, ShapeError
from tests.hosts.keras.pieces import Block, Mix, Scale, swirl
from tests.hosts.loops import Recurrent

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 5)).astype(np.float32)
TORCH = keras.backend.backend() == "torch"


def numpy(value: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(value))


class LayerTest(TestCase):
    """Keras' tests of layers and of configurations."""

    def runTest(self) -> None:  # noqa: N802 - unittest's name
        """TestCase needs a test method."""


LAYER_CASES: dict[str, tuple[Any, dict[str, Any], tuple[int, ...], tuple[int, ...], int, int]] = {
    # class, fields, shape in, shape out, trained weights, others
    "dense": (dt.Dense, {"units": 4, "activation": "relu"}, (2, 5), (2, 4), 2, 0),
    "dense 3d": (dt.Dense, {"units": 4, "use_bias": False}, (2, 3, 5), (2, 3, 4), 1, 0),
    "rms norm": (dt.RMSNorm, {"eps": 1e-5}, (2, 3, 5), (2, 3, 5), 1, 0),
    "layer norm": (dt.LayerNorm, {}, (2, 5), (2, 5), 2, 0),
    "batch norm": (dt.BatchNorm, {"momentum": 0.9}, (4, 5), (4, 5), 2, 2),
    "dropout": (dt.Dropout, {"rate": 0.3, "seed": 3}, (4, 5), (4, 5), 0, 0),
    "flatten": (dt.Flatten, {}, (4, 5, 2), (4, 10), 0, 0),
    "activation": (dt.Activation, {"function": swirl}, (4, 5), (4, 5), 0, 0),
    "state": (Scale, {"rate": 0.25}, (4, 3, 5), (4, 3, 5), 1, 1),
    "loop": (Recurrent, {"units": 4}, (2, 3, 5), (2, 4), 2, 0),
    "nested": (Block, {"units": 6, "inner": dt.Dense(3, activation=swirl)}, (4, 5), (4, 3), 7, 2),
}


@pytest.mark.parametrize("name", LAYER_CASES)
def test_of_keras(name: str) -> None:
    owner, fields, shape, output, trained, others = LAYER_CASES[name]
    LayerTest().run_layer_test(
        owner.keras, init_kwargs=fields, input_shape=shape, expected_output_shape=output,
        expected_num_trainable_weights=trained, expected_num_non_trainable_weights=others,
        expected_num_seed_generators=int(name == "dropout"), expected_num_losses=0,
        supports_masking=True,
    )  # fmt: skip


def test_of_keras_on_integers() -> None:
    LayerTest().run_layer_test(
        dt.Embedding.keras, init_kwargs={"count": 7, "units": 3},
        input_data=keras.ops.convert_to_tensor(np.array([[1, 2], [6, 0]])),
        expected_output_shape=(2, 2, 3), expected_num_trainable_weights=1,
        expected_num_non_trainable_weights=0, supports_masking=True,
    )  # fmt: skip


def test_the_same_draws_as_dovetail() -> None:
    ours = Block(4, seed=5).build(X)
    theirs = Block.keras(4, seed=5)
    theirs.build((None, 5))
    weights = {w.name: w for w in theirs.weights}
    both = {**ours.parameters(), **ours.states()}
    expected = {path.replace(".", "_"): array for path, array in both.items()}
    assert set(weights) == set(expected)
    for path, array in expected.items():
        np.testing.assert_array_equal(numpy(weights[path]), array, err_msg=path)
    np.testing.assert_allclose(numpy(theirs(X)), ours(X), rtol=1e-5, atol=1e-6)


def test_keras_own_seed_is_followed() -> None:
    drawn: list[Any] = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        layer = dt.Dense.keras(3)
        layer.build((None, 5))
        drawn.append(numpy(layer.weights[0]))
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()


def test_a_layer_that_is_built_brings_its_weights() -> None:
    ours = dt.Dense(3).build(X)
    theirs = ours.keras
    np.testing.assert_allclose(numpy(theirs(X)), ours(X), rtol=1e-5, atol=1e-6)
    assert ours.keras is theirs
    tensor = keras.ops.convert_to_tensor(X)
    symbolic = ours(keras.Input((5,)))
    assert symbolic.shape == (None, 3)
    assert theirs(tensor).shape == (6, 3)


def test_states_move_in_training_alone() -> None:
    layer = Scale.keras(seed=1)
    ours = Scale(seed=1)
    for training in (False, True, True, False):
        np.testing.assert_allclose(
            numpy(layer(X, training=training)), ours(X, training=training), rtol=1e-5, atol=1e-6
        )
    np.testing.assert_allclose(numpy(layer.non_trainable_weights[0]), ours.seen, rtol=1e-5)


def test_optional_arrays_and_settings_of_the_call() -> None:
    layer, ours = Mix.keras(), Mix()
    np.testing.assert_allclose(numpy(layer(X, X)), ours(X, X), rtol=1e-6)
    found = layer(X, X, bias=X, power=2.0)
    np.testing.assert_allclose(numpy(found), ours(X, X, bias=X, power=2.0), rtol=1e-6)
    a, b = keras.Input((5,)), keras.Input((5,))
    model = keras.Model([a, b], layer(a, b, power=2.0))
    np.testing.assert_allclose(numpy(model([X, X])), ours(X, X, power=2.0), rtol=1e-6)


def test_a_size_that_is_not_known() -> None:
    with pytest.raises(ShapeError, match="kernel"):
        dt.Dense.keras(3)(keras.Input((4, None)))
    assert dt.Dense.keras(3)(keras.Input((None, 4))).shape == (None, None, 3)


def test_masks_go_on_where_they_fit() -> None:
    data = np.array([[1, 2, 0], [3, 0, 0]])
    embedded = keras.layers.Embedding(5, 4, mask_zero=True)
    x = embedded(data)
    kept = dt.RMSNorm.keras()(x)
    np.testing.assert_array_equal(numpy(kept._keras_mask), data != 0)
    assert getattr(dt.Flatten.keras()(x), "_keras_mask", None) is None
    inputs = keras.Input((3,), dtype="int32")
    outputs = keras.layers.LSTM(2)(dt.RMSNorm.keras()(embedded(inputs)))
    assert keras.Model(inputs, outputs)(data).shape == (2, 2)


def test_a_definition_that_takes_a_mask() -> None:
    class Total(dt.Layer):
        def forward(self, x: Any, mask: Any = None) -> Any:
            x = x if mask is None else dt.where(mask[..., None], x, 0.0)
            return dt.sum(x, axis=1)

    data = np.array([[1, 2, 0], [3, 0, 0]])
    x = keras.layers.Embedding(5, 4, mask_zero=True)(data)
    expected = numpy(x) * (data != 0)[..., None]
    np.testing.assert_allclose(numpy(Total.keras()(x)), expected.sum(1), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_precision_policies(policy: str) -> None:
    wide = policy == "float64"
    if wide and keras.backend.backend() == "jax":
        pytest.skip("JAX has no float64 here")
    layer = Block.keras(4, dtype=policy, seed=2)
    result = layer(X.astype("float64" if wide else "float32"), training=True)
    assert keras.backend.standardize_dtype(result.dtype) == layer.compute_dtype
    assert layer(keras.Input((5,))).dtype == layer.compute_dtype
    kinds = {keras.backend.standardize_dtype(w.dtype) for w in layer.trainable_weights}
    assert kinds == {layer.variable_dtype}
    states = {keras.backend.standardize_dtype(w.dtype) for w in layer.non_trainable_weights}
    assert states == {"float32"}
    expected = Block(4, seed=2)(X, training=True)
    np.testing.assert_allclose(numpy(result).astype("float64"), expected, rtol=0.05, atol=0.05)
    again = type(layer).from_config(layer.get_config())
    assert again.dtype_policy.name == layer.dtype_policy.name


class Subclassed(keras.Model):
    """A model with a subclass."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block = Block.keras(4)
        self.last = dt.Dense(3, activation=swirl).keras

    def call(self, x: Any, training: bool = False) -> Any:
        return self.last(self.block(x, training=training))


def _functional() -> keras.Model:
    inputs = keras.Input((5,))
    return keras.Model(inputs, dt.Dense.keras(3)(Block.keras(4)(inputs)))


MODELS = {
    "functional": _functional,
    "sequential": lambda: keras.Sequential([Block.keras(4), dt.Dense.keras(3), Scale.keras()]),
    "of dovetail": lambda: keras.Sequential(
        [dt.Sequential(dt.Dense(4, swirl), dt.BatchNorm(), dt.relu, dt.Dense(3)).keras]
    ),
    "subclassed": lambda: Subclassed(),
}


@pytest.mark.parametrize("kind", MODELS)
def test_models_are_saved(kind: str, tmp_path: Path) -> None:
    model = MODELS[kind]()
    model(X, training=True)  # states have moved
    expected = numpy(model(X))
    lines: list[str] = []
    model.summary(print_fn=lambda text, **_: lines.append(text))
    assert "Total params" in "".join(lines)
    model.save(tmp_path / "model.keras")
    custom = {"Subclassed": Subclassed} if kind == "subclassed" else None
    again = keras.models.load_model(tmp_path / "model.keras", custom_objects=custom)
    np.testing.assert_array_equal(numpy(again(X)), expected)
    model.save_weights(tmp_path / "model.weights.h5")
    other = MODELS[kind]()
    other(X)
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(numpy(other(X)), expected)
    if kind != "subclassed":
        clone = keras.models.clone_model(model)
        clone.set_weights(model.get_weights())
        np.testing.assert_array_equal(numpy(clone(X)), expected)


def test_what_a_file_may_name() -> None:
    layer = dt.Sequential(dt.Dense(2, swirl), dt.relu).keras
    config = keras.saving.serialize_keras_object(layer)
    text = str(config)
    assert "tests.hosts.keras.pieces:swirl" in text
    for bad in ("os:system", "never_imported_module:thing"):
        broken = layer.get_config()
        broken["layers"] = [{"dovetail": {"object": bad}}]
        with pytest.raises(SerialisationError, match="not looked up"):
            type(layer).from_config(broken)


def test_wrong_fields_and_inputs_say_so() -> None:
    with pytest.raises((DovetailError, ValueError), match="unit"):
        dt.Dense.keras(unit=3)
    with pytest.raises(DovetailError, match="units"):
        dt.Dense.keras()
    layer = dt.Dense.keras(3)
    layer(X)
    with pytest.raises(DovetailError, match="features"):
        layer(X[:, :3])


def test_trainable_regularised_and_frozen() -> None:
    layer = Block.keras(4, activity_regularizer="l2", name="mine")
    layer(X)
    assert len(layer.losses) == 1
    layer.trainable = False
    assert not layer.trainable_weights
    assert layer.weights[0].path.startswith("mine/")
