"""Layers: fields, parameters and states, nesting, seeds, purity, copies, configuration."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.extension.initializers import INITIALIZERS, fans
from dovetail.extension.sequential import Sequential
from tests.extension.conftest import Counter
from tests.extension.definitions import BatchNorm, Block, Dense, RMSNorm, mish

X = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)


def rms(x: Any, eps: float = 1e-6) -> Any:
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps)


def test_rms_norm() -> None:
    layer = RMSNorm()
    assert repr(layer) == "RMSNorm(eps=1e-06)"
    np.testing.assert_allclose(layer(X), rms(X), rtol=1e-6)
    assert repr(layer) == "RMSNorm(features=6, eps=1e-06)"
    assert layer.features == 6
    layer.scale = np.arange(6)
    assert layer.scale.dtype == np.float32
    np.testing.assert_allclose(layer(X), rms(X) * np.arange(6), rtol=1e-6)
    assert RMSNorm(6, 1e-3).eps == 1e-3 and RMSNorm(features=6).features == 6


def test_a_changed_field_is_seen(compiled: Counter) -> None:
    layer = RMSNorm()
    layer(X)
    layer(X)
    layer(X[:2])
    assert compiled.count == 2
    layer.eps = 10.0
    np.testing.assert_allclose(layer(X), rms(X, 10.0), rtol=1e-6)
    outer = Sequential(layer)
    outer(X)
    layer.eps = 20.0
    np.testing.assert_allclose(outer(X), rms(X, 20.0), rtol=1e-6)


def test_batch_norm_and_its_states() -> None:
    layer = BatchNorm(momentum=0.9)
    layer(X)
    np.testing.assert_array_equal(layer.running_mean, np.zeros(6))
    y = layer(X, training=True)
    mean, var = X.mean(0), X.var(0)
    np.testing.assert_allclose(y, (X - mean) / np.sqrt(var + 1e-3), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.running_mean, 0.1 * mean, rtol=1e-5)
    np.testing.assert_allclose(layer.running_var, 0.9 + 0.1 * var, rtol=1e-5)
    inferred = layer(X)
    expected = (X - layer.running_mean) / np.sqrt(layer.running_var + 1e-3)
    np.testing.assert_allclose(inferred, expected, rtol=1e-4)


def test_nested_layers_and_paths() -> None:
    block = Block(4, BatchNorm(), [Dense(4, use_bias=False), Dense(2)], seed=3)
    block(X)
    assert list(block.parameters()) == [
        "norm.scale", "norm.bias", "stack.0.kernel", "stack.1.kernel", "stack.1.bias",
    ]  # fmt: skip
    assert list(block.states()) == ["norm.running_mean", "norm.running_var"]
    assert block.get("stack.1.kernel").shape == (4, 2)
    assert block.stack[0].bias is None
    before = block.get("norm.running_mean").copy()
    block(X, training=True)
    assert not np.array_equal(block.norm.running_mean, before)
    block.set("stack.1.bias", [1.0, 2.0])
    np.testing.assert_array_equal(block.stack[1].bias, [1, 2])
    block.load({path: np.zeros_like(value) for path, value in block.parameters().items()})
    np.testing.assert_array_equal(block(X), np.zeros((4, 2)))


def test_training_reaches_nested_layers_and_may_be_overridden() -> None:
    class Frozen(dt.Layer):
        inner: Any

        def forward(self, x):
            return self.inner(x, training=False)

    norm = BatchNorm()
    frozen = Sequential(Frozen(Sequential(norm)), BatchNorm())
    frozen(X, training=True)
    np.testing.assert_array_equal(norm.running_mean, np.zeros(6))
    assert np.any(frozen.get("layers.1.running_mean") != 0)


def test_one_layer_in_two_places_has_one_set_of_parameters() -> None:
    shared = Dense(6, seed=1)
    model = Sequential(shared, "tanh", shared)
    y = model(X)
    assert list(model.parameters()) == ["layers.0.kernel", "layers.0.bias"]
    np.testing.assert_allclose(y, np.tanh(X @ shared.kernel) @ shared.kernel, rtol=1e-4, atol=1e-6)


def test_seeds() -> None:
    def model(seed: int | None) -> Sequential:
        return Sequential(Dense(5), Dense(5), seed=seed)

    first, again, other, free = model(1), model(1), model(2), model(None)
    for each in (first, again, other, free):
        each.build((None, 5))
    np.testing.assert_array_equal(first.layers[0].kernel, again.layers[0].kernel)
    assert not np.array_equal(first.layers[0].kernel, first.layers[1].kernel)
    assert not np.array_equal(first.layers[0].kernel, other.layers[0].kernel)
    assert not np.array_equal(first.layers[0].kernel, free.layers[0].kernel)
    alone = Dense(5, seed=7).build((1, 5))
    inside = Sequential(Dense(5), Dense(5, seed=7), seed=1).build((1, 5))
    np.testing.assert_array_equal(alone.kernel, inside.layers[1].kernel)
    parameters, _ = first.pure().init(seed=2)
    np.testing.assert_array_equal(parameters["layers.0.kernel"], other.layers[0].kernel)
    np.testing.assert_array_equal(first.layers[0].kernel, again.layers[0].kernel)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initial_values(name: str) -> None:
    rng = np.random.default_rng(0)
    shape = (200, 300)
    values = INITIALIZERS[name](rng, shape, np.float32)
    variances = {
        "zeros": 0.0, "ones": 0.0, "normal": 0.02**2, "uniform": 0.05**2 / 3,
        "glorot_uniform": 2 / 500, "glorot_normal": 2 / 500, "he_uniform": 2 / 200,
        "he_normal": 2 / 200, "lecun_uniform": 1 / 200, "lecun_normal": 1 / 200,
        "orthogonal": 1 / 300,
    }  # fmt: skip
    assert values.shape == shape
    assert values.var() == pytest.approx(variances[name], rel=0.03)
    if name == "orthogonal":
        np.testing.assert_allclose(values @ values.T, np.eye(200), atol=1e-10)
    assert fans((3, 3, 8, 16)) == (72, 144) and fans((5,)) == (5, 5) and fans(()) == (1, 1)


def test_initial_values_of_ones_own() -> None:
    class Own(dt.Layer):
        dtype: Any = dt.float16
        size: int = 3
        a = dt.Parameter("size", 2, init=lambda rng, shape, dtype: rng.normal(size=shape))
        b = dt.Parameter(init=0.5, dtype="dtype")

        def forward(self, x):
            return x * self.b + dt.sum(self.a)

    layer = Own(seed=0)
    layer(X)
    assert layer.a.shape == (3, 2) and layer.a.dtype == np.float32
    assert layer.b.shape == () and layer.b.dtype == np.float16 and layer.b == 0.5


def test_the_pure_function() -> None:
    model = Sequential(Dense(3), BatchNorm(), mish, seed=1)
    pure = model.pure((None, 6))
    parameters, states = pure.init()
    before = {path: value.copy() for path, value in states.items()}

    def loss(parameters, states, x):
        y, states = pure.apply(parameters, states, x, training=True)
        return dt.sum(y * y), states

    (value, new), gradient = dt.value_and_grad(loss, has_aux=True)(parameters, states, X)
    assert gradient.keys() == parameters.keys() and new.keys() == states.keys()
    for path, value_before in before.items():
        np.testing.assert_array_equal(model.get(path), value_before)
        assert not np.array_equal(new[path], value_before)
    step = 1e-2
    moved = dict(parameters)
    kernel = parameters["layers.0.kernel"]
    moved["layers.0.kernel"] = kernel + step * gradient["layers.0.kernel"]
    high, _ = loss_value(pure, moved, states)
    moved["layers.0.kernel"] = kernel - step * gradient["layers.0.kernel"]
    low, _ = loss_value(pure, moved, states)
    slope = (gradient["layers.0.kernel"] ** 2).sum()
    np.testing.assert_allclose((high - low) / (2 * step), slope, rtol=2e-2)
    assert value.shape == ()


def loss_value(pure: Any, parameters: Any, states: Any) -> Any:
    y, states = pure.apply(parameters, states, X, training=True)
    return (y * y).sum(), states


def test_copies_and_pickles() -> None:
    model = Sequential(Dense(3, seed=0), BatchNorm(), "relu", mish)
    model(X, training=True)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(other(X), model(X))
        other.layers[0].kernel = np.zeros((6, 3))
        assert np.any(model.layers[0].kernel != 0)
        other.layers[0].units = 3
        assert repr(other) == repr(model)


def test_arrays_exist_as_soon_as_their_sizes_are_known() -> None:
    known = Sequential(Dense(3), BatchNorm(), seed=1).build((1, 6))
    model = Sequential(Dense(3, inputs=6), BatchNorm(features=3), seed=1)
    inner = model.layers[0]
    np.testing.assert_array_equal(inner.kernel, known.layers[0].kernel)  # from the model's seed
    assert {**model.parameters(), **model.states()}.keys() == {
        **known.parameters(), **known.states()
    }.keys()  # fmt: skip
    again = Dense(3, inputs=6)
    again.kernel = np.ones((6, 3))
    np.testing.assert_allclose(again(X), X.sum(1, keepdims=True).repeat(3, 1), rtol=1e-5)
    with pytest.raises(dt.DovetailError, match="does not exist yet"):
        _ = Dense(3).kernel


def test_loaded_values_give_sizes_that_are_not_known() -> None:
    model = Sequential(Dense(3), BatchNorm())
    model(X, training=True)
    values = {**model.parameters(), **model.states()}
    for other in (dt.from_config(dt.get_config(model)), Sequential(Dense(3), BatchNorm())):
        other.load(values)
        np.testing.assert_array_equal(other(X), model(X))
    with pytest.raises(dt.DovetailError, match="shape"):
        Dense(4).load({"kernel": np.ones((6, 3))})


def test_configuration() -> None:
    model = Sequential(Dense(3, use_bias=False, seed=5), RMSNorm(), "relu", dt.gelu, seed=2)
    model(X)
    config = dt.get_config(model)
    again = dt.from_config(config)
    assert repr(again) == repr(model) and dt.get_config(again) == config
    np.testing.assert_array_equal(again(X), model(X))
    block = Block(4, RMSNorm(eps=0.5), (Dense(4),))
    assert repr(dt.from_config(dt.get_config(block))) == repr(block)


def test_optional_inputs_and_several_outputs() -> None:
    class Attend(dt.Layer):
        scale: float = 2.0

        def forward(self, q, k, mask=None, *, causal=False):
            scores = q * k * self.scale
            if mask is not None:
                scores = dt.where(mask, scores, 0.0)
            return {"scores": -scores if causal else scores, "q": q}

    layer = Attend()
    np.testing.assert_allclose(layer(X, X)["scores"], 2 * X * X, rtol=1e-6)
    np.testing.assert_allclose(layer(X, X, mask=X > 0)["scores"], 2 * X * X * (X > 0), rtol=1e-6)
    np.testing.assert_allclose(layer(X, X, causal=True)["scores"], -2 * X * X, rtol=1e-6)


class Padded(dt.Layer):
    """The steps of a sequence that count are those whose first feature is positive."""

    def compute_mask(self, x):
        return x[..., 0] > 0

    def forward(self, x):
        return x


class Last(dt.Layer):
    """The last step."""

    def forward(self, x):
        return x[:, -1]


class Taking(dt.Layer):
    """Zeros if a mask was passed."""

    def forward(self, x, mask=None):
        return x if mask is None else x * 0.0


def test_a_sequential_passes_a_mask_on_while_its_axes_are_there() -> None:
    x = np.ones((2, 3, 3), np.float32)
    assert not Sequential(Padded(), Taking())(x).any()
    assert not Sequential(Padded(), Dense(3), dt.tanh, Taking())(x).any()
    assert Sequential(Taking())(x).all()
    # The features of the last step are as many as there were steps.
    assert Sequential(Padded(), Last(), Taking())(x).all()


def test_inheritance_keeps_fields_in_order() -> None:
    class Wide(Dense):
        gain: float = 2
        units: int = 8

        def forward(self, x):
            return super().forward(x) * self.gain

    layer = Wide()
    assert [field.name for field in Wide.fields] == ["units", "use_bias", "inputs", "gain"]
    assert layer(X).shape == (4, 8) and layer.gain == 2.0 and type(layer.gain) is float
