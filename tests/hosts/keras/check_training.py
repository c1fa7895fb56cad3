"""Models trained by Keras' own loop, compiled or not; and the example."""

from __future__ import annotations

import importlib
import importlib.util
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import dovetail as dt
from tests.hosts.keras.pieces import Block, Dipped, Scale, focal, swiglu, swirl

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 8)).astype(np.float32)
Y = np.argmax(X[:, :3] + X[:, 3:6], axis=1)
EXAMPLE = Path(__file__).parents[3] / "examples" / "keras_mnist.py"
BACKEND = keras.backend.backend()


def _model() -> keras.Model:
    """A bit of everything."""
    inputs = keras.Input((8,))
    x = keras.layers.Dense(12, activation=swirl.keras)(inputs)
    x = Block.keras(12, seed=1)(x)
    x = swiglu(x, keras.layers.Dense(12)(inputs))
    x = dt.Dropout.keras(0.1, seed=2)(Scale.keras(seed=3)(x))
    return keras.Model(inputs, dt.Dense.keras(3, seed=4)(x))


def _trained(jit_compile: Any, policy: str = "float32") -> list[float]:
    keras.utils.set_random_seed(5)
    keras.config.set_dtype_policy(policy)
    try:
        model = _model()
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(
        Dipped.keras(0.05, clipnorm=1.0), focal.keras(gamma=1.0), metrics=["accuracy"],
        jit_compile=jit_compile,
    )  # fmt: skip
    history = model.fit(X, Y, epochs=4, batch_size=32, shuffle=False, verbose=0)
    assert np.isfinite(model.predict(X, verbose=0)).all()
    return history.history["loss"]


def test_fit_compiled_and_not() -> None:
    plain = _trained(False)
    assert plain[-1] < 0.99 * plain[0]
    np.testing.assert_allclose(_trained("auto"), plain, rtol=2e-3)
    if BACKEND != "torch":
        np.testing.assert_allclose(_trained(True), plain, rtol=2e-3)


@pytest.mark.skipif(BACKEND != "torch", reason="the others do it in seconds, above")
def test_fit_compiled_by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = importlib.import_module("torch")
    # All of torch.compile but the C++ compiler, which takes a minute.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    found: list[Any] = []
    for jit_compile in (False, True):
        keras.utils.set_random_seed(5)
        model = keras.Sequential([
            keras.Input((8,)), keras.layers.Dense(3, activation=swirl.keras), Scale.keras(seed=1),
        ])  # fmt: skip
        model.compile(Dipped.keras(0.05), focal.keras(), jit_compile=jit_compile)
        found.append(model.fit(X, Y, epochs=2, batch_size=48, shuffle=False, verbose=0))
    np.testing.assert_allclose(found[1].history["loss"], found[0].history["loss"], rtol=1e-3)


@pytest.mark.skipif(BACKEND == "torch", reason="Keras trains no float16 on PyTorch's CPU")
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_fit_in_mixed_precision(policy: str) -> None:
    """A LossScaleOptimizer comes by itself with float16."""
    losses = _trained("auto", policy)
    np.testing.assert_allclose(losses, _trained("auto"), rtol=0.1)


def test_the_same_as_keras_own() -> None:
    def train(activation: Any, norm: Any, last: Any, loss: Any, optimizer: Any) -> Any:
        keras.utils.set_random_seed(7)
        first = keras.layers.Dense(12, activation=activation)
        model = keras.Sequential([keras.Input((8,)), first, norm, last])
        model.compile(optimizer, loss)
        return model.fit(X, Y, epochs=3, shuffle=False, verbose=0).history["loss"]

    weights = RNG.normal(size=(12, 3)).astype(np.float32)
    start = keras.initializers.Constant(weights)
    ours = dt.Dense(3)
    ours.build(np.zeros((1, 12), np.float32)).set("kernel", weights)
    theirs = train(
        "mish", keras.layers.LayerNormalization(), keras.layers.Dense(3, kernel_initializer=start),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True), keras.optimizers.Adam(0.01),
    )  # fmt: skip
    found = train(
        dt.mish.keras, dt.LayerNorm.keras(eps=1e-3), ours.keras,
        dt.sparse_categorical_cross_entropy.keras(), dt.Adam.keras(0.01, eps=1e-7),
    )  # fmt: skip
    np.testing.assert_allclose(found, theirs, rtol=2e-4)


def test_the_example() -> None:
    spec = importlib.util.spec_from_file_location("keras_mnist", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.main(epochs=2, verbose=0)
    assert found["classic"] > 0.85
    assert found["with_dovetail"] > 0.88
