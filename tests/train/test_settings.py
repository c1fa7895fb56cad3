"""Frozen layers, averages, accumulated gradients, regularisers, constraints, precision."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import dovetail as dt
from dovetail import errors
from dovetail.train.loss_scale import next_scale

RNG = np.random.default_rng(4)
X = RNG.normal(size=(64, 5)).astype(np.float32)
Y = X @ RNG.normal(size=(5, 2)).astype(np.float32)


def linear(**settings: Any) -> Any:
    model = dt.Sequential([dt.Input(5), dt.Dense(2)], seed=0)
    model.compile(settings.pop("optimizer", dt.SGD(0.1)), settings.pop("loss", "mse"), **settings)
    return model


def weights(model: Any) -> tuple[Any, Any]:
    return tuple(model.get(f"layers.0.{name}").astype(np.float64) for name in ("kernel", "bias"))


def gradients(kernel: Any, bias: Any, rows: slice) -> tuple[Any, Any]:
    """Of the mean squared error of a linear model, in float64."""
    x, error = X[rows].astype(np.float64), (X[rows].astype(np.float64) @ kernel + bias) - Y[rows]
    return 2 * x.T @ error / error.size, 2 * error.sum(0) / error.size


def test_accumulated_gradients_are_those_of_the_larger_batch() -> None:
    model = linear(gradient_accumulation_steps=4, optimizer=dt.Adam(0.05))
    other = linear(optimizer=dt.Adam(0.05))
    for each, size in ((model, 8), (other, 32)):
        each.fit(X, Y, batch_size=size, epochs=3, shuffle=False, verbose=0)
    for path, array in model.get_weights().items():
        np.testing.assert_allclose(array, other.get(path), rtol=1e-5, atol=1e-6)
    before = model.get_weights()
    model.train_on_batch(X[:8], Y[:8])
    assert all((before[path] == array).all() for path, array in model.get_weights().items())


def test_moving_averages_predict() -> None:
    model = linear(ema_momentum=0.75)
    kernel, bias = weights(model)
    average = kernel.copy()
    for start in (0, 16, 32, 48):
        rows = slice(start, start + 16)
        by_kernel, by_bias = gradients(kernel, bias, rows)
        kernel, bias = kernel - 0.1 * by_kernel, bias - 0.1 * by_bias
        average = 0.75 * average + 0.25 * kernel
        model.train_on_batch(X[rows], Y[rows])
    np.testing.assert_allclose(model.get("layers.0.kernel"), kernel, rtol=1e-4, atol=1e-6)
    found = model.evaluated()["layers.0.kernel"]
    np.testing.assert_allclose(found, average, rtol=1e-4, atol=1e-6)
    with_average = linear()
    with_average.set_weights(model.evaluated())
    np.testing.assert_allclose(model.predict(X), with_average.predict(X), rtol=1e-5, atol=1e-6)
    assert model.evaluate(X, Y) == pytest.approx(with_average.evaluate(X, Y), rel=1e-5)


def test_regularisers_add_to_the_loss_and_to_the_gradients() -> None:
    model = linear(regularizers={"*.kernel": dt.L2(0.01), "*.bias": dt.L1(0.5)})
    model.set_weights({"layers.0.bias": [0.5, -0.25]})
    kernel, bias = weights(model)
    error = X.astype(np.float64) @ kernel + bias - Y
    loss = (error**2).mean() + 0.01 * (kernel**2).sum() + 0.5 * 0.75
    assert model.evaluate(X, Y, batch_size=64) == pytest.approx(loss, rel=1e-5)
    by_kernel, by_bias = gradients(kernel, bias, slice(None))
    model.train_on_batch(X, Y)
    expected = (
        kernel - 0.1 * (by_kernel + 0.02 * kernel),
        bias - 0.1 * (by_bias + np.array([0.5, -0.5])),
    )
    for found, wanted in zip(weights(model), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_constraints_act_after_the_step() -> None:
    model = linear(constraints={lambda path, param: param.ndim == 2: dt.MaxNorm(0.3)})
    model.train_on_batch(X, Y)
    kernel, bias = weights(model)
    np.testing.assert_allclose(np.linalg.norm(kernel, axis=0), 0.3, rtol=1e-5)
    model.compile("sgd", "mse", constraints={"*.kernel": dt.UnitNorm(), "*.bias": dt.NonNegative()})
    model.set_weights({"layers.0.bias": [-5.0, 5.0]})
    model.train_on_batch(X, Y)
    kernel, bias = weights(model)
    np.testing.assert_allclose(np.linalg.norm(kernel, axis=0), 1.0, rtol=1e-5)
    assert bias[0] == 0.0 < bias[1]


@pytest.mark.parametrize("name", ["regularizers", "constraints"])
def test_a_pattern_that_matches_nothing_is_refused(name: str) -> None:
    model = linear(**{name: {"*.kernels": dt.L2(0.1)}})
    with pytest.raises(errors.ArgumentError, match=r"kernels.*\n.*layers\.0\.kernel"):
        model.fit(X, Y, verbose=0)


def test_frozen_layers_stay_and_a_frozen_batch_norm_infers() -> None:
    frozen = dt.Sequential(dt.Dense(4, "relu"), dt.BatchNorm())
    model = dt.Sequential([dt.Input(5), frozen, dt.Dense(2)], seed=0)
    model.compile(dt.Adam(0.05), "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    frozen.trainable = False
    before = model.get_weights()
    history = model.fit(X, Y, epochs=5, verbose=0, seed=0)
    assert history["loss"][-1] < history["loss"][0]
    changed = {path for path, array in model.get_weights().items() if (before[path] != array).any()}
    assert changed == {"layers.1.kernel", "layers.1.bias"}
    # In training the frozen normalisation uses its running statistics, as in prediction.
    model.optimizer.lr = 0.0
    assert model.train_on_batch(X, Y)["loss"] == pytest.approx(model.evaluate(X, Y, 64), rel=1e-5)
    frozen.trainable = True
    model.optimizer.lr = 0.05
    model.fit(X, Y, verbose=0)
    assert all((before[path] != array).any() for path, array in model.get_weights().items())


def test_states_of_parameters_that_stay_trained_are_kept_when_others_are_frozen() -> None:
    model = dt.Sequential([dt.Input(5), dt.Dense(4), dt.Dense(2)], seed=0)
    model.compile(dt.SGD(0.1, momentum=0.9), "mse")
    model.fit(X, Y, verbose=0)
    kept = {path: array.copy() for path, array in model._training.slots["velocity"].items()}
    model.layers[0].trainable = False
    model.optimizer.lr = 0.0
    model.train_on_batch(X * 0, Y * 0 + model.predict(X * 0))  # without a gradient
    for path, array in model._training.slots["velocity"].items():
        assert path.startswith("layers.1.")
        np.testing.assert_allclose(array, 0.9 * kept[path], rtol=1e-5, atol=1e-7)


def test_float64_models_train_in_float64() -> None:
    model = linear(precision="float64", optimizer=dt.SGD(0.1))
    model.fit(X.astype(np.float64), Y.astype(np.float64), batch_size=64, verbose=0)
    assert {array.dtype for array in model.get_weights().values()} == {np.dtype(np.float64)}
    assert model.predict(X.astype(np.float64)).dtype == np.float64
    other = linear()
    kernel, bias = weights(other)
    by_kernel, _ = gradients(kernel, bias, slice(None))
    wanted = kernel - 0.1 * by_kernel
    np.testing.assert_allclose(model.get("layers.0.kernel"), wanted, rtol=1e-12)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_computes_in_halves(precision: str) -> None:
    half = ml_dtypes.bfloat16 if precision.endswith("bfloat16") else np.float16
    model, other = linear(precision=precision), linear()
    assert {array.dtype for array in model.parameters().values()} == {np.dtype(np.float32)}
    kernel, _ = weights(other)
    rounded = X.astype(half).astype(np.float32) @ kernel.astype(half).astype(np.float32)
    found = model.predict(X)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, rounded.astype(half).astype(np.float32))
    histories = [m.fit(X, Y, epochs=20, verbose=0, seed=0) for m in (model, other)]
    assert histories[0]["loss"][-1] < 0.3 * histories[0]["loss"][0]
    assert histories[0]["loss"][0] == pytest.approx(histories[1]["loss"][0], rel=0.1)


def test_a_step_whose_gradients_overflow_halves_the_scale_and_changes_nothing_else() -> None:
    model = linear(precision="mixed_float16", optimizer=dt.SGD(0.1, momentum=0.9))
    model.train_on_batch(X, Y)
    scale = model._training.loss_scale["scale"]
    scale[...] = 2.0**8
    count = model._training.slots["step"]
    before = model.get_weights()
    scale[...] = 2.0**24  # gradients of 0.01 overflow float16 now
    model.train_on_batch(X, Y)
    assert scale == 2.0**23
    assert all((before[path] == array).all() for path, array in model.get_weights().items())
    scale[...] = 2.0**8
    model.train_on_batch(X, Y)
    assert scale == 2.0**8
    assert any((before[path] != array).any() for path, array in model.get_weights().items())
    assert model._training.slots["step"] == count + 1


@pytest.mark.parametrize("overflows", [0, 1, 2])
def test_a_batch_whose_gradients_overflow_is_not_one_of_those_accumulated(overflows: int) -> None:
    """As if that batch had not been there, whichever of the three it is."""
    one, other = (
        linear(precision="mixed_float16", optimizer=dt.Adam(0.05), gradient_accumulation_steps=2)
        for _ in range(2)
    )
    for model in (one, other):
        model.stepper(model.terms(model.outputs_for({"x": X})))  # which makes the scale
        model._training.loss_scale["scale"][...] = 2.0**8
    for number in range(3):
        rows = slice(16 * number, 16 * number + 16)
        if number != overflows:
            other.train_on_batch(X[rows], Y[rows])
        one._training.loss_scale["scale"][...] = 2.0**24 if number == overflows else 2.0**8
        one.train_on_batch(X[rows], Y[rows])
    for path, array in one.get_weights().items():
        np.testing.assert_allclose(array, other.get(path), rtol=1e-3, atol=1e-5)
    assert one._training.slots["step"] == other._training.slots["step"] == 1
    assert one._training.pending == 0


def test_the_scale_of_the_loss_grows_after_steps_without_overflow_within_bounds() -> None:
    following = dt.op(lambda state, finite: next_scale(state, finite))

    def after(scale: float, steps: float, finite: bool) -> tuple[float, float]:
        state = {"scale": np.float32(scale), "steps": np.float32(steps)}
        found = following(state, np.array(finite))
        return float(found["scale"]), float(found["steps"])

    assert after(8.0, 5, finite=True) == (8.0, 6.0)
    assert after(8.0, 1999, finite=True) == (16.0, 0.0)
    assert after(8.0, 1999, finite=False) == (4.0, 0.0)
    assert after(2.0**24, 1999, finite=True) == (2.0**24, 0.0)
    assert after(1.0, 5, finite=False) == (1.0, 0.0)


def test_moving_averages_stay_when_gradients_overflow() -> None:
    model = linear(precision="mixed_float16", ema_momentum=0.5)
    for scale in (2.0**8, 2.0**24):
        before = {path: array.copy() for path, array in model.evaluated().items()}
        model.stepper(model.terms(model.outputs_for({"x": X})))  # which makes the scale
        model._training.loss_scale["scale"][...] = scale
        model.train_on_batch(X, Y)
        same = [(before[path] == array).all() for path, array in model.evaluated().items()]
        assert all(same) if scale == 2.0**24 else not any(same)


def test_penalties_and_constraints_are_what_their_docstrings_say() -> None:
    w = np.array([[3.0, 0.0], [-4.0, 0.0]])
    assert float(dt.op(dt.L1L2(0.5, 0.25))(w)) == 0.5 * 7 + 0.25 * 25
    np.testing.assert_allclose(dt.op(dt.UnitNorm())(w), [[0.6, 0.0], [-0.8, 0.0]])
    np.testing.assert_allclose(dt.op(dt.MaxNorm(2.5))(w), [[1.5, 0.0], [-2.0, 0.0]])
    np.testing.assert_array_equal(dt.op(dt.MaxNorm(9.0))(w), w)


def test_settings_that_make_no_sense() -> None:
    wrong = {
        "precision": "float8", "ema_momentum": 1.5, "gradient_accumulation_steps": 0,
        "regularizers": {"*": 0.1},
    }  # fmt: skip
    for name, value in wrong.items():
        with pytest.raises(errors.ArgumentError, match=name[:8]):
            linear(**{name: value})
